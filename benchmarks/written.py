"""Written answers over a scripted set: what the check shows, and how it cites (ALCE).

A scripted model gives each answer of `data/written.jsonl`: sentences that its passages support
in other words, mixed with invented ones that carry a number, date or name. What the writer then
shows is compared with the labels that a person gave each sentence when the set was written.

Citation recall and precision as in ALCE (Gao et al. 2023), support being judged by those labels
and not by a model: a sentence shown is recalled when the passages it cites hold a labelled one; a
citation is precise when its passage is labelled.

    python -m benchmarks.written
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.answering.chat_model import Message
from assistant.answering.check import Checker
from assistant.answering.write import Evidence, Writer, Written
from assistant.embedding import load_embedder
from assistant.errors import ChatModelError
from assistant.language import detect, normalise
from assistant.reading import read_file
from assistant.retrieval.lexicon import Lexicon
from assistant.settings import Settings

HERE = Path(__file__).parent
FOLDERS = (HERE / "data" / "answers" / "articles", HERE.parent / "seeds")


class Scripted:
    """A model that says what it is told to, in pieces of a few characters."""

    name = "scripted"

    def __init__(self) -> None:
        """Say nothing until `reply` is set."""
        self.reply = ""

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        """The reply, whatever is asked."""
        for at in range(0, len(self.reply), 9):
            yield self.reply[at : at + 9]


@lru_cache(maxsize=32)
def paragraphs(name: str) -> tuple[str, tuple[str, ...]]:
    """An article's title and paragraphs."""
    [path] = [folder / name for folder in FOLDERS if (folder / name).is_file()]
    article = read_file(path)
    return article.title, tuple(article.text.split("\n\n"))


def evidence(row: dict[str, Any]) -> list[Evidence]:
    """The passages that a scripted answer is about."""
    found = []
    for number, (name, at) in enumerate(row["passages"], start=1):
        title, texts = paragraphs(name)
        found.append(Evidence(number, title, None, texts[at]))
    return found


def measure(rows: Sequence[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Counts for each direction (question-passage) and for all."""
    model = Scripted()
    writer = Writer(model, Checker(load_embedder(Settings()), Lexicon.bundled()))
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        passages = evidence(row)
        direction = f"{row['language']}-{detect(passages[0].text)}"
        model.reply = " ".join(
            f"{s['text']} {''.join(f'[{n}]' for n in s['cites'])}." for s in row["reply"]
        )
        shown = list(_write(writer, row, passages))
        for name in (direction, "all"):
            counts.setdefault(name, Counter()).update(_count(row["reply"], shown))
    return counts


def _write(writer: Writer, row: dict[str, Any], passages: list[Evidence]) -> Iterator[Written]:
    try:
        yield from writer.write(row["question"], row["language"], passages)
    except ChatModelError:
        return


def _count(reply: Sequence[dict[str, Any]], shown: Sequence[Written]) -> Counter[str]:
    by_text = {_key(sentence.text): sentence for sentence in shown}
    count: Counter[str] = Counter()
    for said in reply:
        kind = "invented" if "invented" in said else "supported"
        count[kind] += 1
        written = by_text.get(_key(said["text"]))
        if written is None:
            continue
        count[f"{kind} shown"] += 1
        cited = [support.number for support in written.supports]
        count["citations"] += len(cited)
        count["precise"] += sum(number in said["supported_by"] for number in cited)
        count["recalled"] += any(number in said["supported_by"] for number in cited)
    return count


def _key(text: str) -> str:
    return normalise(text).rstrip(".").strip()


def main() -> None:
    """Print the table."""
    lines = (HERE / "data" / "written.jsonl").read_text(encoding="utf-8").splitlines()
    counts = measure([json.loads(line) for line in lines])
    print("              supported kept   invented shown   citation recall   citation precision")
    for name, count in counts.items():
        shown = count["supported shown"] + count["invented shown"]
        print(
            f"{name:6} {count['supported shown']:8}/{count['supported']:<3}"
            f" {count['supported shown'] / count['supported']:.3f}"
            f" {count['invented shown']:8}/{count['invented']:<3}"
            f" {count['recalled'] / max(1, shown):12.3f}"
            f" {count['precise'] / max(1, count['citations']):17.3f}"
        )
    print(f"{len(lines)} scripted answers; support judged by labels given when they were written.")


if __name__ == "__main__":
    main()
