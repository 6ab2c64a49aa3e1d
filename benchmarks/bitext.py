"""Translations found among two thousand sentences, and native Arabic questions.

    python -m benchmarks.bitext [FOLDER] [--limit N]

FOLDER holds parallel text, NAME-ara-eng.tsv, a sentence and its translation a line (NTREX,
Federmann et al. 2022), and may hold arcd.json (Mozannar et al. 2019, native Arabic questions in
SQuAD's form). Printed: bitext mining F1 in both directions with the embedder alone, as MTEB scores
it (Muennighoff et al. 2023), and nDCG@10 of ARCD by the embedder, lexical search and both fused.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant import Settings
from assistant.embedding import Embedder, load_embedder
from benchmarks.retrieval import EVALUATION, SCORES, collection_of, paragraph_ranks
from benchmarks.squad import SquadFile, ndcg_at_10, read_squad, recall_at

ENDING = "-ara-eng.tsv"
Vectors = npt.NDArray[np.float32]
_BATCH = 256


def read_pairs(path: Path) -> tuple[list[str], list[str]]:
    """Read parallel text: two columns, a sentence and its translation.

    Raises:
        ValueError: a line has not two columns with text.
    """
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != 2 or not all(columns):
            raise ValueError(f"{path}, line {number}: not a sentence, a tab and its translation")
        pairs.append(columns)
    if not pairs:
        raise ValueError(f"{path} is empty")
    return [left for left, _ in pairs], [right for _, right in pairs]


def embed(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Sentences as questions, which is how e5 is used for pairs without direction."""
    # In portions, since their token vectors come with them.
    starts = range(0, len(texts), _BATCH)
    return np.concatenate([embedder.embed_queries(texts[at : at + _BATCH]) for at in starts])


def mining_f1(queries: Vectors, corpus: Vectors) -> float:
    """F1 of taking the nearest neighbour by cosine for the translation.

    Scored as MTEB does: each sentence of the corpus is a class, and the classes' F1 are averaged.

    Args:
        queries: Shape (n, dim), rows of L2 norm 1.
        corpus: Shape (n, dim), rows of L2 norm 1; each row translates that of the same number.
    """
    nearest = (queries @ corpus.T).argmax(axis=1)
    taken = np.bincount(nearest, minlength=len(corpus))
    right = nearest == np.arange(len(queries))
    # Precision is 1 / taken where right, recall 1.
    return float(np.where(right, 2.0 / (1.0 + taken), 0.0).mean())


def first_questions(file: SquadFile, limit: int | None) -> SquadFile:
    """The first questions, with the paragraphs up to the last that one of them needs."""
    if limit is None:
        return file
    questions = file.questions[:limit]
    last = max(question.paragraph for question in questions) + 1
    return replace(
        file, paragraphs=file.paragraphs[:last], articles=file.articles[:last], questions=questions
    )


def print_mining(path: Path, limit: int | None) -> None:
    """Both directions of one file."""
    arabic, english = (column[:limit] for column in read_pairs(path))
    embedder = load_embedder(Settings())
    ar, en = embed(embedder, arabic), embed(embedder, english)
    print(f"{path.name.removesuffix(ENDING)}: {len(arabic)} pairs, bitext mining F1")
    print(f"ar-en {mining_f1(ar, en):.4f}")
    print(f"en-ar {mining_f1(en, ar):.4f}", flush=True)


def print_arcd(path: Path, limit: int | None) -> None:
    """A line for each way of scoring, Arabic questions to Arabic paragraphs."""
    file = first_questions(read_squad(path, "ar"), limit)
    assistant = collection_of([file])
    texts = [question.text for question in file.questions]
    read = assistant.retriever.read(texts, ["ar"] * len(texts))
    print(f"{path.stem}: {len(file.paragraphs)} paragraphs, {len(texts)} questions, ar-ar")
    print("scored by  nDCG@10  recall@1  recall@5")
    for way, score in SCORES.items():
        gold = paragraph_ranks(assistant, read, file.gold, score)
        figures = ndcg_at_10(gold), recall_at(gold, 1), recall_at(gold, 5)
        print(f"{way:9}", *(f"{figure:.4f}  " for figure in figures), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=EVALUATION)
    parser.add_argument("--limit", type=int, metavar="N", help="the first N pairs and questions")
    options = parser.parse_args(arguments)
    if options.limit is not None and options.limit < 1:
        parser.error("--limit must be 1 or more")
    parallel = sorted(options.folder.glob(f"*{ENDING}"))
    arcd = options.folder / "arcd.json"
    if not parallel and not arcd.is_file():
        parser.error(f"{options.folder} holds neither NAME{ENDING} nor arcd.json")
    for path in parallel:
        print_mining(path, options.limit)
    if arcd.is_file():
        print_arcd(arcd, options.limit)


if __name__ == "__main__":
    main()
