"""The words that spell numbers in Arabic and English, with what each is worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from assistant.language import normalise

Rank = Literal[
    "digits", "unit", "ten", "teen", "tens", "decade", "hundred", "hundreds", "scale", "scaled",
    "part",
]  # fmt: skip


class NumberWord(NamedTuple):
    """What one word adds to a number.

    Attributes:
        value: Its worth alone.
        rank: How it joins its neighbours.
        ordinal: It counts a place in a row, not an amount.
    """

    value: Decimal
    rank: Rank
    ordinal: bool = False


# One line a number: every gender, case and spelling, the spoken ones too; ordinals after "|".
_ARABIC_UNITS = """
0 صفر
1 واحد واحدة إحدى أحد | أول أولى حادي حادية
2 اثنان اثنين اثنتان اثنتين اثنتا اثنا اثني اتنين تنين اثنينهما | ثاني ثانية
3 ثلاثة ثلاث تلاتة تلات | ثالث ثالثة
4 أربعة أربع | رابع رابعة
5 خمسة خمس | خامس خامسة
6 ستة ست | سادس سادسة
7 سبعة سبع | سابع سابعة
8 ثمانية ثماني ثمان تمانية تمن | ثامن ثامنة
9 تسعة تسع | تاسع تاسعة
10 عشرة عشر | عاشر عاشرة
11 حداشر احداشر
12 اثناعشر اطناشر اتناشر
13 تلتاشر تلاتاشر
14 اربعتاشر
15 خمستاشر
16 ستاشر
17 سبعتاشر
18 تمنتاشر
19 تسعتاشر
20 عشرون عشرين
30 ثلاثون ثلاثين تلاتين
40 أربعون أربعين
50 خمسون خمسين
60 ستون ستين
70 سبعون سبعين
80 ثمانون ثمانين تمانين
90 تسعون تسعين
"""
_ENGLISH_UNITS = """
0 zero
1 one | first
2 two | second
3 three triple threefold | third
4 four quadruple fourfold | fourth
5 five | fifth
6 six | sixth
7 seven | seventh
8 eight | eighth
9 nine | ninth
10 ten | tenth
11 eleven | eleventh
12 twelve | twelfth
13 thirteen | thirteenth
14 fourteen | fourteenth
15 fifteen | fifteenth
16 sixteen | sixteenth
17 seventeen | seventeenth
18 eighteen | eighteenth
19 nineteen | nineteenth
20 twenty | twentieth
30 thirty | thirtieth
40 forty fourty | fortieth
50 fifty | fiftieth
60 sixty | sixtieth
70 seventy | seventieth
80 eighty | eightieth
90 ninety | ninetieth
"""
_HUNDRED = "مئة مائة مية hundred hundredth"
_HUNDREDS_STEMS = ("ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع")
_SCALES = {
    10**3: "ألف ألفا آلاف الاف thousand k",
    10**6: "مليون مليونا ملايين million millions m mn",
    10**9: "مليار مليارا مليارات بليون billion billions bn b",
    10**12: "تريليون تريليونا تريليونات trillion trillions tn",
}
_DUALS = {
    10**2: "مئتان مئتين مئتا مئتي مائتان مائتين مائتا مائتي ميتين",
    10**3: "ألفان ألفين ألفا ألفي",
    10**6: "مليونان مليونين مليونا مليوني",
    10**9: "ملياران مليارين مليارا ملياري",
}
# Worth a number only beside one: "5k", "3m", "hundreds of people" says no number.
NEED_DIGITS = frozenset("k m mn bn b tn".split())
NEED_AMOUNT = frozenset(normalise("آلاف ملايين مليارات تريليونات millions billions").split())


def _lined(table: str) -> dict[str, NumberWord]:
    found = {}
    for line in table.strip().splitlines():
        digits, _, spelled = line.partition(" ")
        value = Decimal(digits)
        rank: Rank = "unit" if value < 10 else "teen" if value < 20 else "tens"
        if value == 10:
            rank = "ten"
        cardinals, _, ordinals = spelled.partition("|")
        for word in cardinals.split():
            found[normalise(word)] = NumberWord(value, rank)
            if rank == "tens":
                found |= _decades(word, value)
        for word in ordinals.split():
            for form in (word, word + "ا") if word[0] > "z" else (word,):
                found[normalise(form)] = NumberWord(value, rank, ordinal=True)
    return found


def _decades(tens: str, value: Decimal) -> dict[str, NumberWord]:
    """The eighties: "ثمانينيات", "ثمانينات", "eighties"."""
    if tens.endswith("ين"):
        return {normalise(tens + end): NumberWord(value, "decade") for end in ("يات", "ات")}
    return {tens[:-1] + "ies": NumberWord(value, "decade")} if tens.endswith("y") else {}


def _all() -> dict[str, NumberWord]:
    found = _lined(_ARABIC_UNITS) | _lined(_ENGLISH_UNITS)
    for word in _HUNDRED.split():
        found[normalise(word)] = NumberWord(Decimal(100), "hundred")
    for count, stem in enumerate(_HUNDREDS_STEMS, start=3):
        for hundred in ("مئة", "مائة", "مية", "ومئة"):
            found[normalise(stem + hundred)] = NumberWord(Decimal(count * 100), "hundreds")
    found[normalise("ثمانيمئة")] = NumberWord(Decimal(800), "hundreds")
    for worth, words in _DUALS.items():
        rank: Rank = "hundreds" if worth == 100 else "scaled"
        for word in words.split():
            found[normalise(word)] = NumberWord(Decimal(2 * worth), rank)
    for worth, words in _SCALES.items():
        for word in words.split():
            found[normalise(word)] = NumberWord(Decimal(worth), "scale")
    for word, part in (("half", ".5"), ("نصف", ".5"), ("نص", ".5"), ("ربع", ".25")):
        found[normalise(word)] = NumberWord(Decimal(part), "part")
    return found


_WORDS = _all()
# "أثناء" (during) folds to what begins "اثنا عشر" (twelve), "أثني" (praise) likewise.
NEED_TEN_AFTER = frozenset(normalise("اثنا اثني اثنتا").split())


def number_word(word: str) -> tuple[NumberWord, bool] | None:
    """What a normalised word is worth as a number.

    Returns:
        The worth, and whether the word begins with "and" (و); None for any other word.
    """
    if (found := _WORDS.get(word)) is not None:
        return found, False
    if not "\u0621" <= word[0] <= "\u064a" or len(word) < 3:
        return None
    joined = word[0] == "و"
    rest = word[1:] if joined else word
    for prefix in ("", "ال", "لل", "بال", "كال", "فال", "ب", "ل", "ك", "ف"):
        if rest.startswith(prefix) and (found := _WORDS.get(rest[len(prefix) :])) is not None:
            # A short verb or noun is not a number for having one's letters after a prefix.
            return None if prefix in ("ب", "ل", "ك", "ف") and len(rest) < 5 else (found, joined)
    return None
