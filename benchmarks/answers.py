"""Answers by quoting: cited right, first sentence right, refused, calibrated, quick.

    python -m benchmarks.answers [--xquad FOLDER]
    python -m benchmarks.answers --translated [--xquad FOLDER]
    python -m benchmarks.answers --folders FOLDER ...

The questions over our fourteen articles (`benchmarks/data/answers`), by set, language and kind;
then XQuAD-like paragraphs in four directions: is the answer's span in the first quoted sentence,
in any of at most three, how much of the quoted text isn't needed, and how many are refused when
their own article is left out. Reader and networks were fitted on XQuAD's development half, so
figures on that half flatter; `python -m training.answers` prints them across folds.
With `--translated` only the paragraphs, each with its translation beside it. With `--folders` only
the questions of folders like those in `training/unread`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant import Assistant, Settings
from assistant.answering.answerer import Asked
from assistant.language import LANGUAGES, Language
from benchmarks.retrieval import EVALUATION, collection_of, pairs_in
from benchmarks.squad import SquadFile

Floats = npt.NDArray[np.floating]
Right = dict[tuple[str, str], list[bool]]
DATA = Path(__file__).parent / "data" / "answers"


def ask_all(assistant: Assistant, questions: Path, right: Right) -> list[tuple[float, bool]]:
    """Ask bilingual questions; returns confidence and outcome of each.

    Args:
        assistant: Holds the articles.
        questions: One JSON object a line.
        right: What was right is added here, by kind and direction.
    """
    rows = [json.loads(line) for line in questions.read_text("utf-8").splitlines()]
    outcomes = []
    for row in rows:
        for language in LANGUAGES:
            answer = assistant.ask(row[language])
            cited = any(gold in c.quote for gold in row["gold"] for c in answer.citations)
            good = cited if row["gold"] else not answer.found
            held = assistant.article(Path(row["article"]).stem).language if row["gold"] else ""
            right[(row["kind"], f"{language}-{held}" if held else language)].append(good)
            if row["gold"]:
                right[("  wrongly refused", f"{language}-{held}")].append(not answer.found)
            outcomes.append((answer.confidence, cited))
    return outcomes


def print_right(name: str, right: Right) -> None:
    """The share that was right of each kind and direction, and of how many."""
    for (kind, direction), goods in sorted(right.items()):
        print(f"{name:8} {kind:18} {direction:6} {np.mean(goods):.3f}  {len(goods)}")


def reliability(outcomes: list[tuple[float, bool]]) -> None:
    """A reliability diagram in text, and the expected calibration error (Guo et al. 2017)."""
    confidence, cited = (np.array(column, dtype=float) for column in zip(*outcomes, strict=True))
    bins = _bins(confidence)
    print("confidence  cited right  questions")
    for number in range(10):
        inside = bins == number
        if inside.any():
            bar = "#" * round(20 * cited[inside].mean())
            mean = confidence[inside].mean()
            print(f"{mean:10.2f}  {cited[inside].mean():11.2f}  {inside.sum():9}  {bar}")
    print(f"ECE {calibration_error(confidence, cited):.3f}")


def calibration_error(confidence: Floats, outcome: Floats, weights: Floats | None = None) -> float:
    """The expected calibration error over ten bins; all of shape (n,), outcome 0 or 1."""
    counts = np.ones(len(confidence)) if weights is None else weights
    apart = np.bincount(_bins(confidence), (confidence - outcome) * counts)
    return float(np.abs(apart).sum() / counts.sum())


def _bins(confidence: Floats) -> npt.NDArray[np.int64]:
    return np.minimum((confidence * 10).astype(np.int64), 9)


def directions(
    files: dict[Language, SquadFile], translated: bool
) -> Iterator[tuple[str, Assistant, SquadFile]]:
    """Each direction with a collection of its paragraphs, and its questions in `files`."""
    for held in LANGUAGES:
        beside = list(files.values()) if translated else [files[held]]
        assistant = collection_of(beside, original=held)
        for asked in LANGUAGES:
            yield f"{asked}-{held}", assistant, files[asked]


def print_spans(name: str, files: dict[Language, SquadFile], translated: bool = False) -> None:
    """Spans in the quotes, per direction, and orphans refused."""
    print(f"{name}: first, in three, not needed, wrongly refused, orphans refused, at 8%")
    for direction, assistant, asked in directions(files, translated):
        held = files["ar" if direction.endswith("ar") else "en"]
        first, three, spare, own, orphan = [], [], [], [], []
        found, kept = [], []
        rows_of = _rows_by_article(assistant, held)
        for question, told in zip(asked.questions, held.questions, strict=True):
            find = assistant.answerer.find(Asked(question.text, question.text, asked.language))
            own.append(find.confidence)
            found.append(find.found)
            quotes = assistant.answerer.quotations(find, asked.language)
            wanted = f"{held.language}-{told.paragraph}"
            hits = [
                q.citation.article.id == wanted
                and any(q.citation.start <= at < q.citation.end for at, _ in told.answers)
                for q in quotes
            ]
            first.append(any(hits[:1]))
            three.append(any(hits))
            quoted = sum(len(q.citation.quote) for q in quotes)
            needed = max(
                (len(q.citation.quote) for q, h in zip(quotes, hits, strict=True) if h), default=0
            )
            spare.append(1 - needed / quoted if quoted else 1.0)
            without = rows_of[held.articles[told.paragraph]]
            left = assistant.answerer.find(
                Asked(question.text, question.text, asked.language), without=without
            )
            orphan.append(left.confidence)
            kept.append(left.found)
        bound = float(np.quantile(own, 0.08))
        figures = [np.mean(first), np.mean(three), np.mean(spare), 1 - np.mean(found)]
        figures += [1 - np.mean(kept), np.mean(np.array(orphan) < bound)]
        print(direction, *(f"{figure:.3f}" for figure in figures), flush=True)


def _rows_by_article(assistant: Assistant, held: SquadFile) -> dict[int, np.ndarray]:
    numbers = [int(p.article_id.split("-")[1]) for p in assistant.collection.passages]
    articles = np.array([held.articles[number] for number in numbers])
    return {article: np.flatnonzero(articles == article) for article in set(held.articles)}


def _seconds(call: Callable[[str], object], question: str) -> float:
    begin = time.perf_counter()
    call(question)
    return time.perf_counter() - begin


def print_speed(assistant: Assistant, questions: list[str]) -> None:
    """Time of a whole answer, and of what comes after retrieval."""
    whole, after = [], []
    for question in questions:
        # The second time the question's vectors are remembered, in both calls alike.
        first, again = (_seconds(assistant.ask, question) for _ in range(2))
        whole.append(first)
        after.append(again - _seconds(assistant.search, question))
    print(f"whole answer p50 {1000 * np.median(whole):.0f} ms", end=", ")
    print(f"past retrieval p50 {1000 * np.median(after):.0f} ms")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--xquad", type=Path, default=EVALUATION)
    parser.add_argument("--translated", action="store_true")
    parser.add_argument("--folders", type=Path, nargs="*", default=())
    arguments = parser.parse_args()
    outcomes = []
    if arguments.translated:
        for name, files in pairs_in(arguments.xquad):
            print_spans(f"{name}, translations beside", files, translated=True)
        return
    if arguments.folders:
        right: Right = defaultdict(list)
        for folder in arguments.folders:
            assistant = Assistant.open(folder, settings=Settings())
            outcomes += ask_all(assistant, folder / "questions.jsonl", right)
        print_right("folders", right)
        reliability(outcomes)
        return
    assistant = Assistant.open(DATA / "articles", settings=Settings())
    every: Right = defaultdict(list)
    for name in ("tuned", "heldout"):
        right = defaultdict(list)
        outcomes += ask_all(assistant, DATA / f"{name}.jsonl", right)
        print_right(name, right)
        for key, goods in right.items():
            every[key] += goods
    print_right("all", every)
    reliability(outcomes)
    rows = (DATA / "heldout.jsonl").read_text("utf-8").splitlines()
    print_speed(assistant, [json.loads(row)["en"] for row in rows])
    for name, files in pairs_in(arguments.xquad):
        print_spans(name, files)


if __name__ == "__main__":
    main()
