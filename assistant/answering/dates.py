"""Months, days and weekdays named in a text, under every name that Arabic and English use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.answering.numerals import RANGE, Numeral
from assistant.language import Word, normalise

DateKey = tuple[str, int, int]


@dataclass(frozen=True)
class DateMention:
    """A month, a day of a month, or a weekday.

    Attributes:
        text: As written.
        keys: What it may be: ("month", 1..12, 0), ("day", month, day), ("weekday", 0..6, 0).
        year: Written with it in digits alone, or None.
        certain: Surely a date; False for words that often mean something else ("may").
        start: In characters of the text.
        end: Exclusive.
    """

    text: str
    keys: frozenset[DateKey]
    year: int | None
    certain: bool
    start: int
    end: int


_DIGITS = re.compile(r"(?<![\d.,/-])(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?![\d/-])")
_BEFORE_MONTH = re.compile(r"(?:st|nd|rd|th)?\s*-?\s*(?:of|من)?\s*(?:شهر)?\s*(?:the)?\s*")
_AFTER_MONTH = re.compile(r"\s*(?:the\s+)?")
_CHAIN = re.compile(rf"(?:st|nd|rd|th)?(?:{RANGE}|\s*,\s*)(?:the\s+)?")
# Spellings that Babel's locales of the Arab world leave out.
_MORE_MONTHS = {
    "يونية": 6, "يوليه": 7, "يولية": 7, "يونيه": 6, "أغشت": 8, "شتمبر": 9, "فبرير": 2,
    "نوفنبر": 11, "دجمبر": 12, "sept": 9,
}  # fmt: skip
# They are verbs, nouns and given names too: only beside what makes them dates.
_AMBIGUOUS = frozenset(
    normalise("may march mar jun nov dec jan مارس آب أوت ماي جوان نيسان تموز").split()
)
_LEADS_IN = frozenset(
    normalise(
        "in of since until till by from early late mid last next this during before after "
        "في شهر منذ حتى خلال مطلع أوائل أواخر منتصف بداية نهاية من إلى قبل بعد ومنذ"
    ).split()
)
_FOLLOWS = frozenset(
    normalise("الماضي المقبل الجاري المنصرم القادم الحالي الفائت last next").split()
)
_DAY_WORDS = frozenset(normalise("يوم مساء صباح فجر ليلة ظهر يومي بعد").split())


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    from babel import Locale

    named = {normalise(word): month for word, month in _MORE_MONTHS.items()}
    for locale in ("en", "ar", "ar_LB", "ar_TN", "ar_MA", "ar_MR"):
        names = Locale.parse(locale).months["format"]
        for width in ("wide", "abbreviated"):
            named |= {normalise(name).rstrip("."): month for month, name in names[width].items()}
    return named


@lru_cache(maxsize=1)
def _weekdays() -> dict[str, int]:
    from babel import Locale

    named: dict[str, int] = {}
    for locale in ("en", "ar"):
        names = Locale(locale).days["format"]["wide"]
        named |= {normalise(name): day for day, name in names.items()}
    return named


def dates(text: str, found: Sequence[Word], numbers: Sequence[Numeral]) -> list[DateMention]:
    """The dates of a text, in order.

    Args:
        text: As given.
        found: Its words.
        numbers: Its numerals, in order.
    """
    mentions = [*_in_digits(text), *_weekdays_of(text, found)]
    for index, month, width in _month_words(text, found):
        start, end = found[index].start, found[index + width - 1].end
        before, after = _days(text, start, end, numbers)
        certain = found[index].text.lstrip("و") not in _AMBIGUOUS or bool(before or after)
        certain = certain or _in_context(found, index)
        mentions.append(
            DateMention(
                text[start:end], frozenset({("month", month, 0)}), None, certain, start, end
            )
        )
        for day in (*before, *after):
            low, high = min(start, day.start), max(end, day.end)
            keys = frozenset({("day", month, int(max(day.values)))})
            sure = (
                _counts_days(text[: day.start]) if day in before else _stands_alone(text[day.end :])
            )
            mentions.append(DateMention(text[low:high], keys, None, sure, low, high))
    return sorted(mentions, key=lambda mention: mention.start)


def _month_words(text: str, found: Sequence[Word]) -> Iterator[tuple[int, int, int]]:
    named = _months()
    for index, word in enumerate(found):
        pair = " ".join(w.text for w in found[index : index + 2])
        for width, words in ((1, word.text), (2, pair)):
            month = next((named[form] for form in _bare(words) if form in named), None)
            if month and (not word.text[0].isascii() or text[word.start].isupper()):
                yield index, month, width
                break


def _bare(word: str) -> Iterator[str]:
    """The word, and what is left without the particles that Arabic writes before it."""
    yield word
    if not word[0].isascii():
        for prefix in ("و", "ب", "ل", "ف", "ول", "وب"):
            if word.startswith(prefix) and len(word) > len(prefix) + 2:
                yield word[len(prefix) :]


def _in_context(found: Sequence[Word], index: int) -> bool:
    before = found[index - 1].text if index else ""
    after = found[index + 1].text if index + 1 < len(found) else ""
    year = after.isdigit() and len(after) == 4
    english = found[index].text[0].isascii()
    led = before in _LEADS_IN and (english or before != "من")
    return led or after in _FOLLOWS or year


def _days(
    text: str, start: int, end: int, numbers: Sequence[Numeral]
) -> tuple[list[Numeral], list[Numeral]]:
    """The numbers that are days of the month between `start` and `end`."""
    before: list[Numeral] = []
    edge, gap = start, _BEFORE_MONTH
    for number in reversed([n for n in numbers if n.end <= start]):
        if not (_is_day(number) and gap.fullmatch(normalise(text[number.end : edge]))):
            break
        before.append(number)
        edge, gap = number.start, _CHAIN
    after: list[Numeral] = []
    edge, gap = end, _AFTER_MONTH
    for number in (n for n in numbers if n.start >= end):
        if not (_is_day(number) and gap.fullmatch(normalise(text[edge : number.start]))):
            break
        if before and not after:
            break
        after.append(number)
        edge, gap = number.end, _CHAIN
    return before, after


def _is_day(number: Numeral) -> bool:
    value = max(number.values)
    return value == int(value) and 1 <= value <= 31 and not number.percent and not number.unit


_GOES_ON = re.compile(
    r"(?:st|nd|rd|th)?\s+(?!(?:in|at|on|after|before|and|or|to|when|that|the|with|by|for|from|as"
    r"|but|was|were|is|of|during|under|while|في|على|إلى|عند|بعد|قبل|من|حتى|خلال)\b)[^\W\d_]"
)


def _stands_alone(following: str) -> bool:
    """Whether a number after a month counts days, not what the next word names."""
    return _GOES_ON.match(following) is None


_PARTS = re.compile(r"(?:نصف|اسبوع|ربع|ثلث|عقد|شهر|half|week|quarter)\s*$")


def _counts_days(leading: str) -> bool:
    """Whether an ordinal before a month is a day, not a half or a week ("الأسبوع الثاني من")."""
    return _PARTS.search(normalise(leading[-24:])) is None


def _weekdays_of(text: str, found: Sequence[Word]) -> Iterator[DateMention]:
    named = _weekdays()
    for index, word in enumerate(found):
        form = next((bare for bare in _bare(word.text) if bare in named), None)
        if form is None or (word.text[0].isascii() and not text[word.start].isupper()):
            continue
        # "الاثنين" is Monday or "the two", "الأحد" Sunday or "the one".
        doubtful = form in ("الاثنين", "الاحد")
        led = index > 0 and found[index - 1].text in _DAY_WORDS
        keys = frozenset({("weekday", named[form], 0)})
        certain = led or not doubtful
        yield DateMention(text[word.start : word.end], keys, None, certain, word.start, word.end)


def _in_digits(text: str) -> Iterator[DateMention]:
    folded = normalise(text)
    if len(folded) != len(text):
        folded = text
    for match in _DIGITS.finditer(folded):
        first, middle, last = int(match[1]), int(match[3]), int(match[4])
        if len(match[1]) == 4:
            year, pairs = first, [(middle, last)]
        elif len(match[4]) in (2, 4) and len(match[1]) < 3:
            year, pairs = last, [(middle, first), (first, middle)]
        else:
            continue
        keys = {("day", month, day) for month, day in pairs if 0 < month < 13 and 0 < day < 32}
        if keys:
            whole = frozenset(keys)
            yield DateMention(match[0], whole, year, True, match.start(), match.end())
