"""Words that sound or look alike: names in two scripts, other spellings of a name, slips of keys.

Both scripts are read as one row of sounds. Words meet by a key, the row's consonants in seven
classes, and are then compared sound by sound: كوخافي, Kochavi, Kohavi and Kokhavi share the key
"KP", and differ by less than Kofi does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

VOWELS = "aeiou"
# Written or not, sounded or not: these neither make a key nor cost much.
WEAK = VOWELS + "hwy'"

_ARABIC_SOUNDS = {
    **dict(zip("بتثجحخدذرزسشصضطظعغفقكلمنهوي", "btTjhXdDrzsSsdtD'GfqklmnhwY", strict=True)),
    "ا": "a",
    "ي": "y",
}
_LATIN_SOUNDS = [
    ("tsch", "tS"), ("sch", "S"), ("tch", "tS"), ("sh", "S"), ("kh", "X"), ("gh", "G"),
    ("dh", "D"), ("th", "T"), ("ph", "f"), ("ch", "C"), ("ck", "k"), ("cq", "k"), ("qu", "k"),
    ("dj", "j"), ("zh", "j"), ("tz", "ts"), ("x", "ks"), ("ou", "u"), ("oo", "u"), ("ee", "i"),
    ("ce", "se"), ("ci", "si"), ("cy", "si"), ("c", "k"), ("ge", "je"), ("gi", "ji"),
]  # fmt: skip
_LATIN = re.compile("|".join(spelling for spelling, _ in _LATIN_SOUNDS))
_CLASSES = {
    **dict.fromkeys("bpfv", "P"),
    **dict.fromkeys("kqgGXj", "K"),
    **dict.fromkeys("szS", "S"),
    **dict.fromkeys("tdTD", "T"),
    "l": "L",
    "r": "R",
    "m": "M",
    "n": "N",
}
# Sounds that one script or another's habits write alike, and what the difference costs.
_NEAR: dict[frozenset[str], float] = {
    frozenset(pair): cost
    for cost, pairs in {
        0.0: "kq GX",
        0.1: "bp fv qg Gg Xh Ck jg CS CX td tT dD yi ye wu wo yj TD",
        0.2: "kg XG kX sS Ts Dz Tz sz Xk Cj jz jS tS vw ay aw Dt gk kC hX Cq qX",
        0.35: "bv pf sC tz dz bf Gk pv",
    }.items()
    for pair in pairs.split()
}


@lru_cache(maxsize=50_000)
def sounds(word: str) -> str:
    """A normalised word as sounds, one letter each; doubled ones once."""
    if "\u0621" <= word[:1] <= "\u064a":
        row = "".join(_ARABIC_SOUNDS.get(letter, "") for letter in word).replace("Y", "y")
    else:
        spelled = dict(_LATIN_SOUNDS)
        row = _LATIN.sub(lambda match: spelled[match[0]], word)
    return re.sub(r"(.)\1+", r"\1", row)


def keys(word: str) -> tuple[str, ...]:
    """The consonant classes of a word; two keys where a letter may belong to two classes."""
    row = sounds(word)
    readings = {row.replace("C", "k"), row.replace("C", "S"), row.replace("D", "z")}
    found = {re.sub(r"(.)\1+", r"\1", "".join(map(_class, r.replace("C", "k")))) for r in readings}
    return tuple(sorted(found))


def _class(sound: str) -> str:
    return _CLASSES.get(sound, "")


def likeness(one: str, other: str) -> float:
    """How alike two words sound, 1.0 for the same row of sounds, at least 0.0.

    Weighted edit distance of the sounds over the longer word's strong ones.
    """
    a, b = sounds(one), sounds(other)
    strong = max(_strong(a), _strong(b))
    if not strong:
        return 0.0
    row = [0.0]
    for sound in b:
        row.append(row[-1] + _alone(sound))
    for sound in a:
        previous, row = row, [row[0] + _alone(sound)]
        for n, theirs in enumerate(b):
            row.append(
                min(
                    previous[n] + _between(sound, theirs),
                    previous[n + 1] + _alone(sound),
                    row[n] + _alone(theirs),
                )
            )
    return max(0.0, 1.0 - row[-1] / strong)


def _strong(row: str) -> float:
    return sum(0.3 if sound in WEAK else 1.0 for sound in row)


def _alone(sound: str) -> float:
    return 0.15 if sound in VOWELS else 0.3 if sound in WEAK else 1.0


def _between(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one in VOWELS and other in VOWELS:
        return 0.1
    return _NEAR.get(frozenset((one, other)), 1.0)


class Spellings:
    """Stems by their keys, to find those that sound like a word."""

    def __init__(self, stems: Iterable[str]) -> None:
        self._by_key: defaultdict[str, list[str]] = defaultdict(list)
        for stem in stems:
            if len(stem) >= 3 and stem.isalpha():
                for key in keys(stem):
                    if len(key) >= 2:
                        self._by_key[key].append(stem)

    def alike(self, word: str, least: float) -> list[tuple[str, float]]:
        """Stems at least `least` like the word, the likest first."""
        if len(word) < 3 or not word.isalpha():
            return []
        near = {stem for key in keys(word) if len(key) >= 2 for stem in self._by_key[key]}
        found = [(stem, likeness(word, stem)) for stem in near]
        return sorted(
            ((stem, score) for stem, score in found if score >= least),
            key=lambda item: (-item[1], item[0]),
        )


_ALPHABETS = ("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "abcdefghijklmnopqrstuvwxyz")


def one_slip(word: str, known: Collection[str]) -> Sequence[str]:
    """The known words that one letter missing, added, wrong or swapped turns into this one."""
    return sorted(set(_slips(word)) & set(known) if len(known) < 64 else _held(word, known))


def _held(word: str, known: Collection[str]) -> set[str]:
    return {slip for slip in _slips(word) if slip in known and slip != word}


def _slips(word: str) -> Iterator[str]:
    alphabet = _ALPHABETS[0] if "\u0621" <= word[:1] <= "\u064a" else _ALPHABETS[1]
    for n in range(len(word) + 1):
        head, tail = word[:n], word[n:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in alphabet)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in alphabet)
