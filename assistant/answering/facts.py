"""The facts that can be checked letter by letter: numbers, dates and names.

A sentence may say less than its passage, in another language and in other words, but it may not
say another number, day or name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import pairwise

from assistant.answering.dates import DateMention, dates
from assistant.answering.held import Held
from assistant.answering.names import Translations, names
from assistant.answering.numerals import Numeral, numerals
from assistant.language import Word, normalise, words
from assistant.models import Article, heading

_BEGINNING = 10_000
"""Characters of an article in which what a question names is looked for."""


@dataclass(frozen=True)
class Facts:
    """What a text says that can be checked.

    Attributes:
        numbers: Amounts, years and places in a row, without the numbers of days.
        dates: Months, days of months, weekdays.
        names: Words that name someone or something.
    """

    numbers: tuple[Numeral, ...]
    dates: tuple[DateMention, ...]
    names: tuple[Word, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to check."""
        return bool(self.numbers or self.dates or self.names)


def facts(text: str, lexicon: Translations) -> Facts:
    """The numbers, dates and names of a text that surely are such.

    Args:
        text: A sentence, in Arabic or English.
        lexicon: Tells names from other words where no capital does.
    """
    found = list(words(text))
    numbers = numerals(text)
    days = [date for date in dates(text, found, numbers) if date.certain]
    amounts = [n for n in numbers if n.certain and not _within(n.start, n.end, days)]
    taken: list[Numeral | DateMention] = [*days, *numbers]
    named = [w for w in names(text, found, lexicon) if not _within(w.start, w.end, taken)]
    return Facts(tuple(amounts), tuple(days), tuple(named))


def _within(start: int, end: int, spans: list[DateMention] | list[Numeral | DateMention]) -> bool:
    return any(span.start < end and start < span.end for span in spans)


class Passage:
    """A passage's facts, ready to be asked for those of a sentence."""

    def __init__(self, text: str, lexicon: Translations) -> None:
        self._text = text
        self._lexicon = lexicon
        self.held = Held(text, lexicon)

    # Most questions ask for no number and no day.
    @cached_property
    def _numbers(self) -> list[Numeral]:
        return numerals(self._text)

    @cached_property
    def _dates(self) -> list[DateMention]:
        return dates(self._text, list(words(self._text)), self._numbers)

    @cached_property
    def _twice(self) -> bool:
        return not _TWO.isdisjoint(word.text for word in words(self._text))

    @cached_property
    def _years(self) -> set[int | None]:
        return {date.year for date in self._dates}

    @cached_property
    def _keys(self) -> set[tuple[str, int, int]]:
        keys = {key for date in self._dates for key in date.keys}
        return keys | {("month", month, 0) for kind, month, _ in keys if kind == "day"}

    def missing(self, sentence: str) -> tuple[str, ...]:
        """The sentence's facts that the passage doesn't hold, as written in the sentence."""
        said = facts(sentence, self._lexicon)
        names = (sentence[w.start : w.end] for w in self.unknown_names(said.names, sentence))
        return tuple(dict.fromkeys((*self.unknown_amounts(said, sentence), *names)))

    def missing_amounts(self, text: str) -> tuple[str, ...]:
        """The numbers and dates of a text that the passage doesn't hold, as written in it."""
        return tuple(dict.fromkeys(self.unknown_amounts(facts(text, self._lexicon), text)))

    def unknown_amounts(self, said: Facts, sentence: str) -> Iterator[str]:
        """The numbers and dates that the passage lacks, of those said in a sentence."""
        yield from (n.text for n in said.numbers if not self._has_number(n, sentence))
        yield from (d.text for d in said.dates if not self._has_date(d))

    def unknown_names(self, named: tuple[Word, ...], sentence: str) -> Iterator[Word]:
        """The names that the passage lacks, alone and as one word with a neighbour (نيويورك)."""
        places = {word: n for n, word in enumerate(words(sentence))}
        row = list(places)
        for word in named:
            at = places[word]
            joined = any(
                two.start - one.end == 1 and self.held.holds_joined(one.text, two.text)
                for one, two in pairwise(row[max(0, at - 1) : at + 2])
            )
            if not joined and not self.held.holds_name(word.text):
                yield word

    def _has_number(self, said: Numeral, sentence: str) -> bool:
        same = [n for n in self._numbers if n.values & said.values and _same_share(n, said)]
        if not same:
            two = said.values == {Decimal(2)} and self._two_of(_next_words(sentence, said.end))
            # A name may be spelled as a number is: Stone is ستون, and so is sixty.
            return (
                two
                or int(min(said.values)) in self._years
                or (said.text.isalpha() and self.held.sounds_across(normalise(said.text)))
            )
        return said.unit is None or any(n.unit in (None, said.unit) for n in same)

    def _two_of(self, counted: list[str]) -> bool:
        """Whether "two" is said by a dual ("ضابطين"), or by "both"."""
        return self._twice or any(
            self.held.holds_translation(word, ("ين", "ان", "تا", "تي")) for word in counted
        )

    def _has_date(self, said: DateMention) -> bool:
        if said.keys.isdisjoint(self._keys):
            return False
        return (
            said.year is None
            or any(said.year in {*map(int, n.values)} for n in self._numbers)
            or said.year in self._years
        )


_TWO = frozenset(
    normalise("both twice pair couple double كلا كلتا كليهما كلاهما مرتين ضعف ضعفي زوج").split()
)


def _same_share(one: Numeral, other: Numeral) -> bool:
    return one.percent is None or other.percent is None or one.percent == other.percent


def _next_words(text: str, end: int) -> list[str]:
    return [word.text for word in words(text[end : end + 60])][:3]


@lru_cache(maxsize=64)
def asked_facts(question: str, lexicon: Translations) -> Facts:
    """A question's facts, found once: several texts are asked for them."""
    return facts(question, lexicon)


@lru_cache(maxsize=64)
def beginning_of(article: Article, lexicon: Translations) -> Passage:
    """An article's title and its first characters, read once."""
    return Passage(heading(article.title) + article.text[:_BEGINNING], lexicon)


@lru_cache(maxsize=64)
def passage_of(text: str, lexicon: Translations) -> Passage:
    """A passage, read once: questions meet the same ones again."""
    return Passage(text, lexicon)


def missing_facts(sentence: str, passage: str, lexicon: Translations) -> tuple[str, ...]:
    """The numbers, dates and names of a sentence that a passage doesn't hold.

    Args:
        sentence: In Arabic or English, without citation markers.
        passage: In the same language or the other one.
        lexicon: Translates names and words.
    """
    return Passage(passage, lexicon).missing(sentence)
