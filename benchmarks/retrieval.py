"""Retrieval over paragraphs, within and across Arabic and English.

    python -m benchmarks.retrieval [FOLDER]

FOLDER holds SQuAD-format files in two languages, NAME.ar.json and NAME.en.json, with the same
questions in the same order. Each paragraph is an article of the collection; a question is
answered by its own paragraph alone. Printed for each direction, question to paragraph: nDCG@10
and recall@1 and @5 of the embedder alone, of lexical search alone and of both fused, then the
collection that holds both languages at once, where the paragraph should come first and second.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant import Article, Assistant
from assistant.language import LANGUAGES, Language
from assistant.retrieval.fusion import Question, Retriever
from benchmarks.squad import SquadFile, ndcg_at_10, ranks, read_squad, recall_at

EVALUATION = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "eval"
Floats = npt.NDArray[np.float32]
Score = Callable[[Retriever, Question], Floats]


def pairs_in(folder: Path) -> Iterator[tuple[str, dict[Language, SquadFile]]]:
    """The files that stand in the folder in both languages."""
    for path in sorted(folder.glob("*.ar.json")):
        name = path.name.removesuffix(".ar.json")
        beside = folder / f"{name}.en.json"
        if beside.exists():
            yield name, {"ar": read_squad(path, "ar"), "en": read_squad(beside, "en")}


def collection_of(files: Sequence[SquadFile], original: Language | None = None) -> Assistant:
    """Each paragraph as an article, with its number as id.

    Args:
        files: Whose paragraphs.
        original: The language that the others translate, if they do.
    """
    return Assistant(
        Article(
            id=f"{file.language}-{number}",
            language=file.language,
            title="",
            text=text,
            translation_of=f"{original}-{number}"
            if original not in (None, file.language)
            else None,
        )
        for file in files
        for number, text in enumerate(file.paragraphs)
    )


def dense(retriever: Retriever, question: Question) -> Floats:
    """Cosines of the embeddings, for each row."""
    return retriever.collection.store.scores(question.vector)


def lexical(retriever: Retriever, question: Question) -> Floats:
    """BM25, across languages by the lexicon, for each row."""
    return retriever.collection.lexical.scores(question.text).bm25


def fused(retriever: Retriever, question: Question) -> Floats:
    """The product's own ranking, for each row; -1 below its candidates."""
    scores = np.full(len(retriever.collection.passages), -1.0, dtype=np.float32)
    for candidate in retriever.rank(question):
        scores[candidate.row] = candidate.score
    return scores


SCORES: dict[str, Score] = {"embedder": dense, "lexical": lexical, "fused": fused}


def paragraph_ranks(
    assistant: Assistant, read: Sequence[Question], gold: npt.NDArray[np.int64], score: Score
) -> npt.NDArray[np.int64]:
    """The 0-based rank of each question's paragraph in a collection of one language."""
    retriever = assistant.retriever
    numbers = [int(p.article_id.split("-")[1]) for p in retriever.collection.passages]
    table = np.full((len(read), max(numbers) + 1), -np.inf, dtype=np.float32)
    for row, question in enumerate(read):
        # A paragraph cut in two counts by its better passage.
        np.maximum.at(table[row], numbers, score(retriever, question))
    return ranks(table, gold)


def print_directions(name: str, files: dict[Language, SquadFile]) -> None:
    """A line for each direction and way of scoring."""
    sizes = len(files["ar"].paragraphs), len(files["ar"].questions)
    print(f"{name}: {sizes[0]} paragraphs, {sizes[1]} questions")
    print("direction  scored by  nDCG@10  recall@1  recall@5")
    for held in LANGUAGES:
        assistant = collection_of([files[held]])
        for asked in LANGUAGES:
            texts = [question.text for question in files[asked].questions]
            read = assistant.retriever.read(texts, [asked] * len(texts))
            for way, score in SCORES.items():
                gold = paragraph_ranks(assistant, read, files[held].gold, score)
                figures = ndcg_at_10(gold), recall_at(gold, 1), recall_at(gold, 5)
                print(f"{asked}-{held}      {way:9}", *(f"{x:.4f}  " for x in figures), flush=True)


def print_mixed(files: dict[Language, SquadFile]) -> None:
    """Both languages in one collection: is the paragraph first and second?"""
    assistant = collection_of([files["ar"], files["en"]])
    retriever = assistant.retriever
    print("both languages at once: the first is the paragraph; both are in the first 2; in 4")
    for asked in LANGUAGES:
        texts = [question.text for question in files[asked].questions]
        first = two = four = 0
        for question, known in zip(
            retriever.read(texts, [asked] * len(texts)), files[asked].questions, strict=True
        ):
            wanted = {
                f"{held}-{files[held].questions[number].paragraph}"
                for held in LANGUAGES
                for number in [files[asked].questions.index(known)]
            }
            found = [
                retriever.collection.passages[candidate.row].article_id
                for candidate in retriever.rank(question)
            ]
            order = list(dict.fromkeys(found))
            first += order[0] in wanted
            two += wanted <= set(order[:2])
            four += wanted <= set(order[:4])
        n = len(texts)
        print(f"{asked}         {first / n:.4f}  {two / n:.4f}  {four / n:.4f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=EVALUATION)
    arguments = parser.parse_args()
    found = list(pairs_in(arguments.folder))
    if not found:
        parser.error(f"{arguments.folder} holds no NAME.ar.json with a NAME.en.json beside it")
    for name, files in found:
        print_directions(name, files)
        print_mixed(files)


if __name__ == "__main__":
    main()
