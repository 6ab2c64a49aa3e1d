"""Slips of the keys in a question ("ratoin lits", "الحطومة"), mended before it is read.

Only what neither the collection nor the lexicon has is mended, and only by one slip. What may be a
name is mended where a slip of the keys made it of a common name of the collection, and otherwise
left alone: Kohavi may be somebody else than Kochavi, for both of whom retrieval looks
(`assistant/retrieval/terms.py`).
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from assistant.language import POSSESSIVE, Language, words
from assistant.retrieval.arabizi import ADDRESS
from assistant.retrieval.lexical import LexicalIndex
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.spelling import bare_forms
from assistant.retrieval.terms import script

_LETTERS: dict[Language, str] = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآئؤ",
}
# Fewest letters of a word, of a name, of a word that was misheard, and of one of the collection's
# own that running text lacks: shorter ones are one slip from too many.
_OF_WORDS, _OF_NAMES, _OF_MISHEARD, _OF_RARE = 4, 6, 6, 7
_MOST_LETTERS, _MOST_WORDS = 24, 30  # longer ones are pasted
_COMMON = 1e-5  # share of running text
_OWN_AHEAD = 3.0  # of what the collection lacks, in tens of times commoner
_ADDRESS = re.compile(ADDRESS)
_OF_A_NAME = re.compile(r"(?<!\w)[ae]l-$", re.IGNORECASE)
_DOUBLED = "يت"  # "تفتتح", "تحيين"
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ers?|est|ed|ing|ly)$")
_KEYS = (
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئ\0ؤر\0ىةوزظ"),
)
_ALIKE = ("aeiou", "ضظ", "ذز", "ذد", "ثت", "ثس", "سص", "تط", "قك", "غق")


def _pairs(groups: Iterable[str]) -> Mapping[str, set[str]]:
    """For each letter, those that share a group with it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for group in groups:
        for letter in group:
            found[letter] |= {*group} - {letter, "\0"}
    return found


def _neighbours() -> Iterator[str]:
    for rows in _KEYS:
        yield from (row[n : n + 2] for row in rows for n in range(len(row)))
        # A row lies half a key to the right of the one above.
        for above, below in pairwise(rows):
            yield from (letter + above[n : n + 2] for n, letter in enumerate(below))


_NEXT_KEYS, _MISHEARD = _pairs(_neighbours()), _pairs(_ALIKE)


class Kind(NamedTuple):
    """A kind of slip.

    Attributes:
        ahead: Of the least likely kind, in tens of times commoner.
        least: Letters of an English word that the collection lacks, for it to be meant.
    """

    ahead: float
    least: int


_TWICE = Kind(0.5, _OF_WORDS)  # a letter was typed twice
_SWAPPED = Kind(0.2, _OF_WORDS)
_MISSING = Kind(0.1, _OF_RARE)  # or misheard
_KEY = Kind(0.0, _OF_RARE + 1)  # a neighbouring key


class Slips:
    """Mends questions with a collection's words at hand."""

    def __init__(self, lexical: LexicalIndex, lexicon: Lexicon) -> None:
        self._lexical = lexical
        self._lexicon = lexicon
        # A conversation reads its questions again with every turn.
        self._sought = lru_cache(maxsize=4096)(self._seek)

    def mended(self, question: str) -> str:
        """The question, with the words that one slip made of others put right."""
        found = list(words(question))
        if len(found) > _MOST_WORDS:
            return question
        pieces, last = [], 0
        addresses = [match.span() for match in _ADDRESS.finditer(question)]
        for word in found:
            if word.start < last or any(start <= word.start < end for start, end in addresses):
                continue
            typed = POSSESSIVE.sub("", question[word.start : word.end])
            before = question[: word.start]
            name = bool(before) and typed[:1].isupper() and not question.isupper()
            name |= _OF_A_NAME.search(before) is not None
            pieces += [question[last : word.start], self._sought(typed, name)]
            last = word.start + len(typed)
        return "".join([*pieces, question[last:]])

    def _seek(self, typed: str, name: bool) -> str:
        word, language = typed.lower(), script(typed.lower())
        least = _OF_NAMES if name else _OF_WORDS
        if not least <= len(word) <= _MOST_LETTERS or not word.isalpha():
            return typed
        if self._stands(word, language):
            return typed
        worth = {
            slip: value
            for slip, kind in _slips(word, language, name).items()
            if (value := self._worth(slip, kind, language, name)) is not None
        }
        if not worth:
            return typed
        best = max(worth, key=worth.__getitem__)
        return best.capitalize() if typed[0].isupper() else best

    def _stands(self, word: str, language: Language) -> bool:
        """Whether a word may have been meant as it was typed."""
        if self._lexical.has_word(word, language):
            return True
        if self._lexicon.is_function_word(word, language):
            return True
        if not {"ة", "ى"}.isdisjoint(word[:-1]):  # letters that end words
            return False
        return any(
            self._lexicon.knows(stem, language)
            for form in (*bare_forms(word), *_bases(word))
            for stem in self._lexicon.stems(form)
        )

    def _worth(self, slip: str, kind: Kind, language: Language, name: bool) -> float | None:
        """How likely a word was meant instead, as a logarithm; None for what is no word."""
        own = self._lexical.has_word(slip, language)
        stems = self._lexicon.stems(slip)
        share = max((self._lexicon.share(stem, language) for stem in stems), default=0.0)
        common = share >= _COMMON
        if name:
            meant = own and common
        elif own and (common or (kind is not _MISSING and len(slip) >= _OF_RARE)):
            meant = True
        else:
            # Too many rows of letters have the stem of some word.
            told = len(slip) >= kind.least and (language == "en" or kind is _TWICE)
            meant = (told and common) or self._lexicon.is_function_word(slip, language)
        return kind.ahead + math.log10(share or _COMMON) + _OWN_AHEAD * own if meant else None


def _slips(word: str, language: Language, name: bool) -> dict[str, Kind]:
    """What one slip may have made a word of."""
    found = {} if name else dict.fromkeys(_missing_or_misheard(word, language), _MISSING)
    for n, letter in enumerate(word):
        head, tail = word[:n], word[n + 1 :]
        if tail or language == "en":  # an Arabic word's last letter may be its ending
            found |= {head + other + tail: _KEY for other in _NEXT_KEYS.get(letter, ())}
        if tail[:1] == letter:
            if letter not in _DOUBLED:
                found[head + tail] = _TWICE
        elif tail and "ء" not in (letter, tail[0]):
            found[head + tail[0] + letter + tail[1:]] = _SWAPPED
    return found


def _bases(word: str) -> Iterator[str]:
    """What an English word may be an unheard-of form of: thin of "thinner", happy of "happier"."""
    if (ending := _ENDING.search(word)) is None:
        return
    base = word[: ending.start()]
    yield from (base, base + "e")
    if base[-1:] == "i":
        yield base[:-1] + "y"
    if base[-1:] == base[-2:-1]:
        yield base[:-1]


def _missing_or_misheard(word: str, language: Language) -> Iterator[str]:
    """A letter is missing, or another that sounds alike was typed."""
    for n in range(len(word) + 1):
        head, tail = word[:n], word[n:]
        yield from (head + letter + tail for letter in _LETTERS[language])
        if len(word) >= _OF_MISHEARD:
            yield from (head + other + tail[1:] for other in _MISHEARD.get(tail[:1], ()))
