"""Words that sound or look alike: names in two scripts, other spellings of a name, slips of keys.

Both scripts are read as one row of sounds. Words meet by a key, the row's consonants in seven
classes, and are then compared sound by sound: كوخافي, Kochavi, Kohavi and Kokhavi share the key
"KP", and differ by less than Kofi does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache

VOWELS = "aeiou"
# Written or not, sounded or not: these make no key, and differ cheaply.
WEAK = VOWELS + "hwy'AWY"

_ARABIC_SOUNDS = {
    **dict(zip("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "AbtTjhXdDrzsSsZtZ'GfqklmnhWY", strict=True)),
    "تش": "C",
    "دج": "j",
}
_LATIN_SOUNDS = dict(
    pair.split(":")
    for pair in "tsch:C sch:S tch:C sh:S kh:X gh:G dh:D th:T ph:f ch:C ck:k cq:k qu:k dj:j zh:j "
    "tz:ts x:ks ou:u oo:u ee:i ce:se ci:si cy:si c:k ge:je gi:ji".split()
)
_SPELLED = re.compile("|".join([*_LATIN_SOUNDS, "تش", "دج", "[\u0621-\u064a]"]))
_ARTICLE = re.compile(r"^(?:[ae]l(?=[b-df-hj-np-tv-z][a-z]{3})|ال(?=...))")
# Each sound's consonant classes; "" where it may be silent or written as a vowel.
_CLASSES = {
    **dict.fromkeys("bpf", ("P",)),
    **dict.fromkeys("kqgGX", ("K",)),
    **dict.fromkeys("szS", ("S",)),
    **dict.fromkeys("td", ("T",)),
    **dict.fromkeys("TDZ", ("T", "S")),
    **{sound: (sound.upper(),) for sound in "lrmn"},
    "v": ("P", ""),
    "j": ("K", ""),
    "C": ("K", "S"),
}
_MOST_KEYS = 8
# Sounds that one script, or one country's habits, write alike, and what the difference costs.
_NEAR: dict[frozenset[str], float] = {
    frozenset(pair): cost
    for cost, pairs in {
        0.0: "kq GX yY Aa Wu Wo Ww Yi Ye",
        0.1: "bp fv qg Gg qG Xh Ck jg CS CX td tT dD yi wu wo yj TD Td Zd Zz ZD Ts Dz vw jS "
        "Yj ye aw Ae Wv",
        0.2: "Ao Ya WY kg XG kX sS Tz sz Xk Cj jz vb bf fw Cs hX Cg bw dZ Gk kC sC tZ dT Sj tD sZ",
        0.35: "Ai Au Wa We AY AW pv sC tz dz Xj hk gh Cz fp hC hG",
    }.items()
    for pair in pairs.split()
}


@lru_cache(maxsize=50_000)
def sounds(word: str) -> str:
    """A normalised word as sounds, one letter each; doubled ones once, without an article."""
    row = _SPELLED.sub(_sound, _ARTICLE.sub("", word))
    return re.sub(r"(.)\1+", r"\1", row)


def _sound(match: re.Match[str]) -> str:
    return _LATIN_SOUNDS.get(match[0]) or _ARABIC_SOUNDS.get(match[0], "")


def keys(word: str) -> frozenset[str]:
    """The consonant classes of a word, more than once where a letter may belong to several."""
    found = {""}
    for sound in sounds(word):
        classes = _CLASSES.get(sound, ("",))
        if len(found) * len(classes) > _MOST_KEYS:
            classes = classes[:1]
        found = {key if key.endswith(one) else key + one for key in found for one in classes}
    return frozenset(found)


def likeness(one: str, other: str) -> float:
    """How alike two words sound: 1.0 for the same row of sounds, never below 0.0.

    Edit distance of the sounds, weak ones cheap, over the strong ones of the longer word.
    """
    a, b = sounds(one), sounds(other)
    if not a or not b:
        return 0.0
    row = [0.0]
    for sound in b:
        row.append(row[-1] + _alone(sound))
    for sound in a:
        previous, row = row, [row[0] + _alone(sound)]
        for n, theirs in enumerate(b):
            changed = previous[n] + _between(sound, theirs)
            row.append(min(changed, previous[n + 1] + _alone(sound), row[n] + _alone(theirs)))
    return max(0.0, 1.0 - row[-1] / max(_strong(a), _strong(b)))


def _strong(row: str) -> float:
    return sum(0.3 if sound in WEAK else 1.0 for sound in row)


def _alone(sound: str) -> float:
    return 0.1 if sound in VOWELS + "'" else 0.25 if sound in WEAK else 1.0


def _between(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one in VOWELS and other in VOWELS:
        return 0.15
    return _NEAR.get(frozenset((one, other)), 1.0)


class Spellings:
    """Words by their keys, to find those that sound like another."""

    def __init__(self, stems: Mapping[str, str]) -> None:
        """Take words as written, normalised, each with its stem."""
        self._stems = stems
        self._by_key: defaultdict[str, list[str]] = defaultdict(list)
        for word in stems:
            for key in _entries(word):
                self._by_key[key].append(word)

    def alike(self, word: str, least: float, most: int = 6) -> list[tuple[str, float]]:
        """The stems of at most `most` words at least `least` like this one, the likest first."""
        found: dict[str, float] = {}
        for form in bare_forms(word):
            for near in {near for key in _entries(form) for near in self._by_key.get(key, ())}:
                score = likeness(form, near)
                if score >= max(least, found.get(self._stems[near], 0.0)):
                    found[self._stems[near]] = score
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most]


def bare_forms(word: str) -> Iterator[str]:
    """The word, and where a particle may stand before it the rest: وكوخافي is كوخافي too."""
    yield word
    if len(word) >= 5 and word[0] in "وفبلك":
        yield word[1:]


def _entries(word: str) -> Iterator[str]:
    """Keys, and whether the word begins with a strong sound: Ali is not Lee."""
    if len(word) >= 3 and word.isalpha():
        opening = "-" if sounds(word)[:1] in WEAK else ""
        yield from (opening + key for key in keys(word) if len(key) >= 2)


_ALPHABETS = ("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "abcdefghijklmnopqrstuvwxyz")


def one_slip(word: str, known: Container[str]) -> list[str]:
    """The known words that one letter missing, added, wrong or swapped turns into this one."""
    return sorted({slip for slip in _slips(word) if slip != word and slip in known})


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
