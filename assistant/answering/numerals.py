"""The amounts in a text, in digits or spelled out, in Arabic or English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from assistant.answering.measures import SIGNS, UNITS
from assistant.answering.number_words import (
    NEED_AMOUNT,
    NEED_DIGITS,
    NEED_TEN_AFTER,
    NumberWord,
    number_word,
)
from assistant.answering.spelled import Piece, Spelled
from assistant.language import Word, normalise, words


@dataclass(frozen=True)
class Numeral:
    """One amount.

    Attributes:
        text: As written.
        values: What it may be worth; more than one where writing leaves it open ("1.500", and
            the 3 of "3 to 5 million").
        percent: It counts hundredths; None where writing leaves that open ("from 5 to 8%").
        unit: What is counted, from a short list of measures and currencies, or None.
        certain: Surely an amount; False for words that often mean something else ("one").
        start: In characters of the text.
        end: Exclusive.
    """

    text: str
    values: frozenset[Decimal]
    percent: bool | None
    unit: str | None
    certain: bool
    start: int
    end: int


_THOUSANDS_DOT = re.compile(r"\d{1,3}(?:\.\d{3})+")
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?![\d:])")
_ROMANS = "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi".split()
_ROMAN = re.compile(r"II|III|IV|VI{1,3}|IX|XI{1,3}|XIV|XVI?")
_JOINT = re.compile(r"[\s\-\u2010\u2011]*")
_PERCENT_AFTER = re.compile(
    r"\s*(?:[%٪]|(?:-\s*)?per\s?cent|percentage|(?:ب|في |ف)ال(?:ميه|مايه)(?!\w)|نقط\w* ميوي\w*)"
)
RANGE = r"\s*(?:[-\u2010-\u2014]|to|or|and|الي|او|حتي|و|ل)(?:\s+(?:and|بين|from))?\s*و?\s*"


def numerals(text: str) -> list[Numeral]:
    """The amounts of a text, in order."""
    found = list(words(text))
    sums = _sums(found, text)
    numbers = [_numeral(each, found, text) for each in sums]
    return _ranges(numbers, text)


def _sums(found: Sequence[Word], text: str) -> list[Spelled]:
    sums: list[Spelled] = []
    index = 0
    while index < len(found):
        piece = _piece(found, index, text, bool(sums) and sums[-1].last == index)
        if piece is None:
            index += 1
            continue
        close = bool(sums) and sums[-1].last == piece.first - _ands(found, piece)
        near = close and _JOINT.fullmatch(
            text[found[piece.first - 1].end : found[piece.first].start]
        )
        if not (near and sums[-1].takes(piece)):
            fresh = Spelled(first=piece.first)
            fresh.takes(piece)
            sums.append(fresh)
        index = piece.last
        index = _past_percent(found, index, text)
    return sums


def _ands(found: Sequence[Word], piece: Piece) -> int:
    """How many words "and" stand between the piece and what is before it."""
    if piece.first and found[piece.first - 1].text in ("and", "و", "a"):
        two = piece.first > 1 and found[piece.first - 2].text == "and"
        return 2 if two and found[piece.first - 1].text == "a" else 1
    return 0


def _piece(found: Sequence[Word], index: int, text: str, goes_on: bool) -> Piece | None:
    """The word as a part of a number; `goes_on` says whether a number ends just before it."""
    word = found[index]
    before = found[index - 1].text if index else ""
    two_before = found[index - 2].text if index > 1 else ""
    joined = before in ("and", "و") or (two_before, before) == ("and", "a")
    if word.text[0].isdigit():
        return _digits(found, index, text, joined and before == "و") if _whole(word) else None
    if _ROMAN.fullmatch(text[word.start : word.end]):
        roman = NumberWord(Decimal(_ROMANS.index(word.text) + 2), "teen", ordinal=True)
        return Piece(roman, False, False, index, index + 1)
    known = number_word(word.text)
    after = found[index + 1].text if index + 1 < len(found) else ""
    if known is None or _needs_more(word.text, after, before if goes_on else ""):
        return None
    spelled, with_and = known
    arabic = not word.text[0].isascii()
    return Piece(spelled, joined or with_and, arabic, index, index + 1)


def _whole(word: Word) -> bool:
    return word.text.count(".") < 2  # 17.3.1979 is a date


def _digits(found: Sequence[Word], index: int, text: str, joined: bool) -> Piece:
    word = found[index]
    hour = _TIME.match(text, word.start)
    written = normalise(f"{hour[1]}.{hour[2]}") if hour else word.text
    alone = _fraction(text[word.start])
    part = alone or _fraction(text[word.end : word.end + 1])
    value, last = alone or Decimal(written) + part, index + (2 if hour else 1)
    # The digits that a fraction is made of are words, too.
    place = word.start if alone else word.end
    while part and last < len(found) and found[last].start == place:
        last += 1
    return Piece(NumberWord(value, "digits"), joined, joined, index, last)


def _fraction(letter: str) -> Decimal:
    """What a fraction in one letter is worth, ½ or ⅔; 0 for any other."""
    whole = Fraction(unicodedata.numeric(letter, 0) if letter else 0).limit_denominator(10)
    broken = whole.denominator > 1
    return Decimal(whole.numerator) / whole.denominator if broken else Decimal(0)


def _needs_more(word: str, after: str, number_before: str) -> bool:
    """Whether a word is a number only beside another one, which isn't there."""
    if word in NEED_TEN_AFTER and not _tens_follow(after):
        return True
    if word in NEED_DIGITS:
        return not number_before[:1].isdigit()
    amounts = NEED_AMOUNT & {word, *_without_article(word)}
    return bool(amounts) and not number_before


def _without_article(word: str) -> tuple[str, str]:
    rest = word.removeprefix("و")
    return rest, rest.removeprefix("ال")


def _tens_follow(word: str) -> bool:
    known = number_word(word) if word else None
    return known is not None and known[0].rank in ("ten", "tens")


def _past_percent(found: Sequence[Word], index: int, text: str) -> int:
    """Skip the words of "percent" after a number, so that its hundred is no number."""
    match = _percent_after(text, found[index - 1].end)
    end = found[index - 1].end + match if match else 0
    while index < len(found) and found[index].start < end:
        index += 1
    return index


def _percent_after(text: str, end: int) -> int:
    following = text[end : end + 24]
    folded = normalise(following)
    # Marks vanish in folding; the words of "percent" carry none worth counting.
    match = _PERCENT_AFTER.match(folded if len(folded) == len(following) else following)
    return match.end() if match else 0


def _numeral(spelled: Spelled, found: Sequence[Word], text: str) -> Numeral:
    start, end = found[spelled.first].start, found[spelled.last - 1].end
    known = number_word(found[spelled.first].text)
    start += int(known is not None and known[1])  # the "and" of "وعشرين" is not the number's
    values = {spelled.value}
    first = spelled.pieces[0]
    alone = len(spelled.pieces) == 1
    raw = normalise(text[start:end])
    if alone and _THOUSANDS_DOT.fullmatch(raw):
        values.add(Decimal(raw.replace(".", "")))
    if alone and first.word.rank == "decade":
        values.add(spelled.value + 1900)
    if alone and first.word.rank == "digits" and text[end : end + 1] == "s":
        values.add(spelled.value % 100)
    if alone and first.word == NumberWord(Decimal(3), "unit", ordinal=True):
        values.add(Decimal(1) / 3)
    percent = bool(_percent_after(text, end)) or text[max(0, start - 1) : start] in ("%", "٪")
    return Numeral(
        text=text[start:end],
        values=frozenset(values),
        percent=percent,
        unit=_unit(found, spelled, text),
        certain=not (alone and _doubtful(first.word, text[start:end])),
        start=start,
        end=end,
    )


def _doubtful(word: NumberWord, written: str) -> bool:
    """Whether a word that can mean a number often means something else."""
    spelling = normalise(written)
    if spelling[0].isdigit():
        return False
    if spelling == "الفا" or _ROMAN.fullmatch(written):  # alpha; Henry V
        return True
    return word.rank == "part" or word.value <= 1 or (word.ordinal and word.value <= 2)


def _unit(found: Sequence[Word], spelled: Spelled, text: str) -> str | None:
    start = found[spelled.first].start
    if (sign := text[max(0, start - 1) : start]) in SIGNS:
        return SIGNS[sign]
    if spelled.last >= len(found):
        return None
    following = found[spelled.last]
    gap = text[found[spelled.last - 1].end : following.start]
    if gap.strip() in SIGNS:
        return SIGNS[gap.strip()]
    return UNITS.get(following.text) if _JOINT.fullmatch(gap) else None


def _ranges(numbers: list[Numeral], text: str) -> list[Numeral]:
    """Let the first number of "3 to 5 million" or "5-8%" share what the second ends with."""
    for index in range(len(numbers) - 2, -1, -1):
        low, high = numbers[index], numbers[index + 1]
        if not re.fullmatch(RANGE, normalise(text[low.end : high.start])):
            continue
        largest = max(high.values)
        if high.percent and not low.percent:
            low = replace(low, percent=None)
        scale = next((Decimal(10) ** e for e in (9, 6, 3) if largest >= Decimal(10) ** e), None)
        if scale and max(low.values) < 1000 and not _all_digits(high.text):
            low = replace(low, values=low.values | {v * scale for v in low.values})
        numbers[index] = replace(low, unit=low.unit or high.unit)
    return numbers


def _all_digits(written: str) -> bool:
    return all(letter.isdigit() or letter in ".,٫٬" for letter in written)
