"""Does the trimmed model still read and embed unseen text as the untrimmed one does?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tokenizers import Tokenizer


class Agreement(NamedTuple):
    """How far two models agree on some texts.

    Attributes:
        texts: How many were compared.
        same_tokens: Share of texts whose tokens are the same.
        mean_cosine: Of the two vectors of a text.
        least_cosine: Of the worst text.
    """

    texts: int
    same_tokens: float
    mean_cosine: float
    least_cosine: float


def compare(trimmed: Path, full: Path, texts: Sequence[str]) -> Agreement:
    """Compare two model folders by the tokens and vectors they give to passages."""
    from sentence_transformers import SentenceTransformer

    readers = [Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in (trimmed, full)]
    same = [
        readers[0].encode(text).tokens == readers[1].encode(text).tokens  # by piece, not number
        for text in texts
    ]
    vectors = [
        SentenceTransformer(str(folder), device="cpu").encode_document(list(texts), batch_size=16)
        for folder in (trimmed, full)
    ]
    cosines = np.einsum("nd,nd->n", *vectors)
    return Agreement(len(texts), float(np.mean(same)), float(cosines.mean()), float(cosines.min()))


def unseen_texts(file: Path) -> dict[str, list[str]]:
    """The two columns of a file of sentence pairs, by language."""
    pairs = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    return {"ar": [pair[0] for pair in pairs], "en": [pair[1] for pair in pairs]}


def report(trimmed: Path, full: Path, corpus: Path, every: int = 4) -> str:
    """A line per language over every n-th sentence of NTREX, which no step of making it saw."""
    lines = []
    for language, texts in unseen_texts(corpus / "eval" / "ntrex-ara-eng.tsv").items():
        found = compare(trimmed, full, texts[::every])
        lines.append(
            f"{language}: {found.texts} texts, same tokens {found.same_tokens:.4f}, "
            f"cosine mean {found.mean_cosine:.5f}, least {found.least_cosine:.4f}"
        )
    return "\n".join(lines)
