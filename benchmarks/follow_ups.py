"""Conversations: is a follow-up answered as well as the question that it stands for?

    python -m benchmarks.follow_ups [--set tuned] [--show]

Each line of `benchmarks/data/conversations/*.jsonl` is a conversation about one of our fifteen
articles, which stand in one collection. Printed for each kind of follow-up and each language: does
a citation's quote hold the answer, or, where the articles don't tell, is it refused; asked as typed
in the conversation, asked as a careful writer puts it, and asked as typed but alone. With `--show`
those that are right only as a careful writer puts them.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant import Answer, Assistant
from assistant.language import Language, detect
from benchmarks.robustness import ARTICLES, FIRST, cites, collection, ids_by_file

DATA = Path(__file__).parent / "data" / "conversations"
SETS = ("tuned", "heldout")
WAYS = ("conversation", "standalone", "alone")


@dataclass(frozen=True)
class Turn:
    """A question of a conversation.

    Attributes:
        ask: As typed.
        standalone: As it can be understood alone.
        gold: A right quote holds one of these; none where the article doesn't tell.
        kind: "first", what it leans by, or "new".
    """

    ask: str
    standalone: str
    gold: tuple[str, ...]
    kind: str

    @property
    def language(self) -> Language:
        """Of the question."""
        return detect(self.ask)


def read_conversations(path: Path) -> Iterator[tuple[str, list[Turn]]]:
    """Read a file: each conversation's article and turns."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["article"], [Turn(**{**t, "gold": tuple(t["gold"])}) for t in row["turns"]]


def is_right(answer: Answer, turn: Turn, article: str) -> bool:
    """Whether an answer cites what tells, or says that nothing does."""
    return cites(answer, turn.gold, article) if turn.gold else not answer.found


def measure(
    assistant: Assistant, conversations: Sequence[tuple[str, list[Turn]]], *, show: bool
) -> dict[tuple[str, str], list[tuple[bool, ...]]]:
    """What was right by WAYS, by kind and language."""
    ids = ids_by_file(assistant)
    found: dict[tuple[str, str], list[tuple[bool, ...]]] = defaultdict(list)
    for article, turns in conversations:
        chat = assistant.conversation()
        for turn in turns:
            answers = chat.ask(turn.ask), assistant.ask(turn.standalone), assistant.ask(turn.ask)
            right = tuple(is_right(answer, turn, ids[article]) for answer in answers)
            kind = turn.kind if turn.gold else "not told"
            found[kind, turn.language].append(right)
            if show and right[1] and not right[0]:
                print(f"{turn.kind}: {' / '.join(t.ask for t in turns)} -> {turn.ask}")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of each set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--set", choices=SETS, action="append")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args(arguments)
    assistant = collection([ARTICLES, FIRST], translations=True)
    for name in options.set or SETS:
        conversations = list(read_conversations(DATA / f"{name}.jsonl"))
        found = measure(assistant, conversations, show=options.show)
        print(f"{name}, {len(conversations)} conversations: {', '.join(WAYS)}")
        follow_ups = [
            right for (kind, _), rows in found.items() for right in rows if kind != "first"
        ]
        for (kind, language), rows in [
            *sorted(found.items()),
            (("follow-ups", "both"), follow_ups),
        ]:
            shares = " ".join(f"{share:.3f}" for share in np.mean(rows, axis=0))
            print(f"{kind:10} {language:4} {len(rows):4}  {shares}")


if __name__ == "__main__":
    main()
