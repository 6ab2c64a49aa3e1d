"""What late interaction loses by keeping token vectors in few bits.

    python -m benchmarks.tokens

MaxSim alone ranks XQuAD's development paragraphs within each language, with the token vectors as
the model gives them and as the store keeps them; nDCG@10, and bytes a passage.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant import Settings
from assistant.embedding import load_embedder
from assistant.language import LANGUAGES
from assistant.retrieval.tokens import maxsim, pack, similarities
from benchmarks.retrieval import EVALUATION
from benchmarks.squad import ndcg_at_10, ranks, read_squad

Floats = npt.NDArray[np.float32]


def main() -> None:
    """Print a line for each language."""
    embedder = load_embedder(Settings())
    for language in LANGUAGES:
        file = read_squad(EVALUATION / f"xquad-dev.{language}.json", language)
        texts = file.paragraphs
        tokens = [found.vectors for found in embedder.passage_tokens(texts)]
        questions = embedder.query_tokens([question.text for question in file.questions])
        codes = np.concatenate([pack(rows) for rows in tokens])
        starts = np.concatenate([[0], np.cumsum([len(rows) for rows in tokens])[:-1]])
        whole = np.concatenate(tokens)
        figures = [
            ndcg_at_10(ranks(np.stack(scores), file.gold))
            for scores in (
                [_late(whole @ question.T, starts) for question in questions],
                [_late(similarities(codes, question), starts) for question in questions],
            )
        ]
        sizes = [rows.nbytes / len(texts) / 1024 for rows in (whole, codes)]
        print(f"{language}  whole {figures[0]:.4f} ({sizes[0]:.0f} kB a passage)", end="  ")
        print(f"kept {figures[1]:.4f} ({sizes[1]:.0f} kB a passage)")


def _late(similar: Floats, starts: Sequence[int] | npt.NDArray[np.int64]) -> Floats:
    count = similar.shape[1]
    weights = np.full(count, 1 / count, dtype=np.float32)
    return maxsim(similar, np.asarray(starts, dtype=np.int64), weights)


if __name__ == "__main__":
    main()
