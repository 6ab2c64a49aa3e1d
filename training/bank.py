"""The banks that the encoder is tuned on: Arabic texts and the English that they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from random import Random

from training.corpus import passages, sentence_pairs, word_pairs
from training.names import name_pairs

QUERY, PASSAGE = "query: ", "passage: "
WORDS, NAMES = 8_000, 8_000  # the most frequent words; more cost time and teach little


@dataclass
class Bank:
    """Texts with their prefixes; item i of one list means item i of the other.

    Attributes:
        passage: For questions, the index of each one's passage in the passages' bank.
    """

    arabic: list[str] = field(default_factory=list)
    english: list[str] = field(default_factory=list)
    passage: list[int] = field(default_factory=list)

    def add(self, prefix: str, arabic: str, english: str) -> None:
        """Add one item."""
        self.arabic.append(prefix + arabic)
        self.english.append(prefix + english)


def read_banks() -> dict[str, Bank]:
    """Sentences, passages, questions, words and names; nothing held out, nothing from eval."""
    banks = {name: Bank() for name in ("sentences", "passages", "questions", "words", "names")}
    for number, pair in enumerate(sentence_pairs()):
        banks["sentences"].add(PASSAGE if number % 2 else QUERY, pair.ar, pair.en)
    for index, passage in enumerate(passages("train")):
        banks["passages"].add(PASSAGE, passage.ar, passage.en)
        for question in passage.questions:
            if question.kind == "answerable":
                banks["questions"].add(QUERY, question.ar, question.en)
                banks["questions"].passage.append(index)
    for pair in islice(word_pairs(), WORDS):
        banks["words"].add(QUERY, pair.ar, pair.en)
    names = list(name_pairs())
    for pair in Random(0).sample(names, min(NAMES, len(names))):
        banks["names"].add(QUERY, pair.ar, pair.en)
    return banks
