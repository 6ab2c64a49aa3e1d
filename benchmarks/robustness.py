"""What typos, other spellings, dialect and missing marks cost, against the clean question.

    python -m benchmarks.robustness [--without-translation] [--limit N]

Each line of `benchmarks/data/robustness.jsonl` is a question, clean and perturbed. All its articles
and the project's first one stand in one collection. Printed for each kind and language, clean,
noisy and lost: is the gold sentence in the first passage, is it in the first five, and is it cited
by the answer.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant import Answer, Article, Assistant, Settings
from assistant.reading import read_folder

DATA = Path(__file__).parent / "data"
QUESTIONS = DATA / "robustness.jsonl"
ARTICLES = DATA / "answers" / "articles"
FIRST = Path(__file__).resolve().parents[1] / "seeds"
MEASURES = ("first passage", "first five", "cited right")


@dataclass(frozen=True)
class Perturbed:
    """A question in two forms.

    Attributes:
        kind: What was done to it.
        language: Of both forms.
        clean: As a careful writer puts it.
        noisy: The same, perturbed.
        gold: A right passage or quote holds one of these.
        article: The file that they stand in, or the id of an article made without one.
    """

    kind: str
    language: str
    clean: str
    noisy: str
    gold: tuple[str, ...]
    article: str


Outcome = tuple[bool, ...]  # by MEASURES
Group = list[tuple[Outcome, Outcome]]  # clean, noisy


def read_perturbed(path: Path) -> list[Perturbed]:
    """Read a file of one JSON object a line.

    Raises:
        ValueError: a line is not of the form.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            names = ("kind", "language", "clean", "noisy", "article")
            texts = {name: row[name] for name in names}
            gold = row["gold"]
            if not (isinstance(gold, list) and gold):
                raise TypeError("gold must be a list that isn't empty")
            if not all(isinstance(text, str) and text for text in (*texts.values(), *gold)):
                raise TypeError("texts must be strings that aren't empty")
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path}, line {number}: not of the form: {error!r}") from error
        found.append(Perturbed(**texts, gold=tuple(gold)))
    return found


def collection(folders: Sequence[Path], *, translations: bool) -> Assistant:
    """The articles of several folders at once, in memory."""
    read: list[Article] = [a for folder in folders for a in read_folder(folder).articles]
    held = [article for article in read if translations or article.translation_of is None]
    return Assistant(held, settings=Settings())


def ids_by_file(assistant: Assistant) -> dict[str, str]:
    """The id of each article by its file's name, or by its id where it was made without one."""
    return {Path(each.source or each.id).name: each.id for each in assistant.articles()}


def cites(answer: Answer, gold: Sequence[str], article: str) -> bool:
    """Whether a quote from an article holds one of what answers."""
    return any(
        citation.article.id == article and one in citation.quote
        for citation in answer.citations
        for one in gold
    )


def outcome(assistant: Assistant, text: str, gold: Sequence[str], article: str) -> Outcome:
    """How one form of a question goes, by MEASURES."""
    hits = assistant.search(text, k=5)
    holds = [
        hit.passage.article_id == article and any(one in hit.passage.text for one in gold)
        for hit in hits
    ]
    return any(holds[:1]), any(holds), cites(assistant.ask(text), gold, article)


def measure(assistant: Assistant, questions: Iterable[Perturbed]) -> dict[tuple[str, str], Group]:
    """Both forms of each question, grouped by kind and language.

    Raises:
        ValueError: a question is about an article that the collection doesn't hold.
    """
    ids = ids_by_file(assistant)
    ask = cache(lambda *asked: outcome(assistant, *asked))  # clean forms come again
    groups: dict[tuple[str, str], Group] = defaultdict(list)
    for question in questions:
        if question.article not in ids:
            raise ValueError(f"The collection holds no {question.article}.")
        about = question.gold, ids[question.article]
        both = ask(question.clean, *about), ask(question.noisy, *about)
        groups[question.kind, question.language].append(both)
    return dict(groups)


def line(name: str, language: str, group: Group) -> str:
    """Shares clean, noisy and lost, for each measure."""
    shares = np.array(group, dtype=float).mean(axis=0)
    cells = (
        f"{clean:6.3f} {noisy:6.3f} {clean - noisy:+6.3f}"
        for clean, noisy in zip(*shares, strict=True)
    )
    return f"{name:14} {language:4} {len(group):4}   " + "   ".join(cells)


def table(groups: dict[tuple[str, str], Group]) -> str:
    """A line for each kind and language, one for each language, one for all."""
    over = "   ".join(f"{measure:^20}" for measure in MEASURES)
    under = "   ".join([" clean  noisy   lost"] * len(MEASURES))
    lines = [f"{'':26}{over}", f"{'kind':14} {'':4} {'n':>4}   {under}"]
    lines += [line(kind, language, group) for (kind, language), group in sorted(groups.items())]
    for language in sorted({language for _, language in groups}):
        pooled = [pair for key, group in groups.items() if key[1] == language for pair in group]
        lines.append(line("all", language, pooled))
    lines.append(line("all", "both", [pair for group in groups.values() for pair in group]))
    return "\n".join(lines)


def spread(questions: Sequence[Perturbed], limit: int | None) -> Sequence[Perturbed]:
    """At most so many questions, taken evenly from the whole file."""
    if limit is None or limit >= len(questions):
        return questions
    return [questions[index * len(questions) // limit] for index in range(limit)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--without-translation", action="store_true", help="leave the first article's one out"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="ask N questions, spread evenly")
    options = parser.parse_args(arguments)
    if options.limit is not None and options.limit < 1:
        parser.error("--limit must be 1 or more")
    assistant = collection([ARTICLES, FIRST], translations=not options.without_translation)
    info = assistant.info()
    print(f"{info.articles} articles, {info.passages} passages")
    print(table(measure(assistant, spread(read_perturbed(QUESTIONS), options.limit))))


if __name__ == "__main__":
    main()
