"""Names in a sentence, and whether a passage holds them, in its own script or the other one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from assistant.language import LANGUAGES, Language, Word, normalise, stem, words
from assistant.retrieval.spelling import keys, likeness

# Measured on PUD and TICO-19, `python -m training.support`: the lowest at which other names
# of the same passages don't meet.
_ALIKE_ACROSS = 0.72
_ALIKE_WITHIN = 0.86
_TRANSLATES = 0.004
_EVERYDAY = 1e-4
_TOO_COMMON = 1e-3


class Translations(Protocol):
    """What is asked of `assistant.retrieval.lexicon.Lexicon`."""

    def __hash__(self) -> int:
        """By identity: what was found with one is kept."""
        ...

    def translations(self, stem: str, source: Language) -> Sequence[tuple[str, float]]:
        """Stems of the other language for one of `source`, the likeliest first."""
        ...

    def knows(self, stem: str, language: Language) -> bool:
        """Whether any source holds the stem."""
        ...

    def share(self, stem: str, language: Language) -> float:
        """How much of running text the stem is."""
        ...

    def is_function_word(self, word: str, language: Language) -> bool:
        """Whether a normalised word asks or joins rather than names."""
        ...


def script(word: str) -> Language:
    """Which of the two languages a normalised word is written in."""
    return "ar" if "\u0621" <= word[0] <= "\u064a" else "en"


_PREFIXES = ("وال", "بال", "فال", "كال", "ولل", "لل", "ال", "و", "ب", "ف", "ل", "ك", "ول", "وب")
_SUFFIXES = ("يين", "يون", "ها", "هم", "هن", "نا", "كم", "ون", "ين", "ان", "ات", "يه", "ه", "ي")


@lru_cache(maxsize=20_000)
def forms(word: str) -> tuple[str, ...]:
    """The word, and what is left without particles before it, or without an English 's."""
    if script(word) == "en":
        return tuple(dict.fromkeys((word, word.removesuffix("'s"))))
    shorter = (word[len(p) :] for p in _PREFIXES if word.startswith(p) and len(word) > len(p) + 2)
    return tuple(dict.fromkeys((word, *shorter)))


@lru_cache(maxsize=20_000)
def stems(word: str) -> frozenset[str]:
    """The stems that a normalised word may have."""
    found = {stem(form) for form in forms(word)}
    if script(word) == "ar":
        bare = forms(word)[-1]
        found |= {bare[: -len(s)] for s in _SUFFIXES if bare.endswith(s) and len(bare) > len(s) + 2}
    return frozenset(filter(None, found))


class Held:
    """The words of a passage, ready to be asked whether they hold those of a sentence."""

    def __init__(self, passage: str, lexicon: Translations) -> None:
        self._lexicon = lexicon
        row = [word.text for word in words(passage)]
        # "عبد اللطيف" is as often written in one word.
        self._words = {*row, *(a + b for a, b in pairwise(row) if a.endswith("عبد"))}
        self._stems: dict[str, set[str]] = {}
        self._sounds: dict[str, set[str]] = {}
        for word in self._words:
            for each in stems(word):
                self._stems.setdefault(each, set()).add(word)
            for form in forms(word):
                for key in keys(form):
                    self._sounds.setdefault(key, set()).add(form)
        self._initials = _initials(passage)
        self.languages: frozenset[Language] = frozenset(
            script(w) for w in self._words if w[0].isalpha()
        )

    def holds(self, word: str, least: float = _TRANSLATES) -> bool:
        """Whether the passage has the word, a form of it, its translation or its spelling.

        Args:
            word: Normalised.
            least: Probability from which on a translation counts.
        """
        if word in self._words or stems(word) & self._stems.keys() or word in self._initials:
            return True
        if not self.translations(word, least).isdisjoint(self._stems) or self._like(word):
            return True
        return script(word) == "en" and self._begins_alike(word)

    def holds_joined(self, one: str, two: str) -> bool:
        """Whether the passage has two words as one: New York as نيويورك."""
        joined = one + two
        return joined in self._words or (script(one) == "en" and self._like(joined))

    def sounds_across(self, word: str) -> bool:
        """Whether a word of the other script sounds like this one."""
        return self._like(word, within=False)

    def holds_translation(self, word: str, ending: tuple[str, ...]) -> bool:
        """Whether a word that ends so is a translation or a form of this one."""
        return any(
            other.endswith(ending)
            for known in self.translations(word) | stems(word)
            for other in self._stems.get(known, ())
        )

    def translations(self, word: str, least: float = _TRANSLATES) -> set[str]:
        """The stems that the word may become in the other language."""
        source = script(word)
        return {
            target
            for each in stems(word)
            for target, p in self._lexicon.translations(each, source)
            if p >= least
        }

    def _like(self, word: str, *, within: bool = True) -> bool:
        for form in forms(word):
            if len(form) < 3:
                continue
            near = {other for key in keys(form) for other in self._sounds.get(key, ())}
            for other in near:
                same = script(form) == script(other)
                if same and not within:
                    continue
                least = _ALIKE_WITHIN if same else _ALIKE_ACROSS
                if len(other) > 2 and likeness(form, other) >= least:
                    return True
        return False

    def _begins_alike(self, word: str) -> bool:
        """Morocco and Moroccan, Israel and Israelis: names and who is named after them."""
        least = max(4, len(word) - 3)
        start = word[:least]
        return len(word) >= 5 and any(
            other.startswith(start) and len(other) <= len(word) + 4 for other in self._words
        )


def _initials(text: str) -> frozenset[str]:
    """What rows of two to five capitalised words are shortened to: "UN", "IDF"."""
    found, row = set(), ""
    ends = 0
    for word in words(text):
        capital = text[word.start].isupper()
        small = word.text in ("of", "and", "the", "for")
        if capital and text[ends : word.start].strip() in ("", "-"):
            row += word.text[0]
            found |= {row[n:] for n in range(len(row)) if 2 <= len(row) - n <= 5}
        elif not small:
            row = word.text[0] if capital else ""
        ends = word.end
    return frozenset(found)


def names(text: str, found: Sequence[Word], lexicon: Translations) -> Iterator[Word]:
    """The words of a sentence that name someone or something.

    In Latin script capitals tell; a sentence's first word, and Arabic, which has no capitals,
    are told by the translation table: a name sounds like its translation, or has none.
    """
    for index, word in enumerate(found):
        if not word.text[0].isalpha() or len(word.text) < 2:
            continue
        if script(word.text) == "en":
            if not text[word.start].isupper() or word.text in _NEVER:
                continue
            inside = index > 0 and not _begins(text[found[index - 1].end : word.start])
            if inside or _sounds_like_a_name(word.text, lexicon):
                yield word
        elif (
            len(word.text) > 2
            and word.text not in _NEVER
            and not lexicon.is_function_word(word.text, "ar")
            and _sounds_like_a_name(word.text, lexicon)
        ):
            yield word


def is_known(name: str, lexicon: Translations) -> bool:
    """Whether more tells that this is a name than that the table lacks an Arabic word."""
    if script(name) == "en" or _is_place(name):
        return True
    return any(lexicon.knows(stem(form), "ar") for form in forms(name))


def _begins(gap: str) -> bool:
    return any(mark in gap for mark in '.!?:;؟«“"\n(–—')


# Capitalised by custom though they name nobody.
_NEVER = frozenset(
    "i i'm i'll i've i'd the a an he she it they we you his her its their this that these those "
    "mr mrs ms dr prof sir lady am pm اللواتي اللاتي اللائي اللذين اللتين اللذان اللتان".split()
)


@lru_cache(maxsize=20_000)
def _sounds_like_a_name(word: str, lexicon: Translations) -> bool:
    """Whether the table gives the word no meaning, or its own sound as its likeliest meaning."""
    source = script(word)
    if any(
        lexicon.share(each, source) > _TOO_COMMON and len(word) - len(each) < 2
        for each in stems(word)
    ):
        return False
    if _is_place(word):
        return True
    for form in forms(word):
        root = stem(form)
        if root and lexicon.knows(root, source) and _sure_prefix(word, form, root):
            return _named(form, root, lexicon) or (
                # Names with the article are mostly places; "العمر" is an age, no Omar.
                form.startswith("ال") and _named(form[2:], root, lexicon, least_share=1e-6)
            )
    return len(word) > 2


def _sure_prefix(word: str, form: str, root: str) -> bool:
    """Whether one letter is taken from a word's front only where the rest is a word of its own."""
    return len(word) - len(form) != 1 or word[0] == "و" or form.startswith(root[:2])


def _named(form: str, root: str, lexicon: Translations, least_share: float = -1.0) -> bool:
    """Whether a word's likeliest meaning is its own sound in the other script."""
    source = script(form)
    target_language: Language = "en" if source == "ar" else "ar"
    alike = near = other = unlike = 0.0
    ending = whose = False
    for target, p in lexicon.translations(root, source):
        share = lexicon.share(target, target_language)
        whole, part = likeness(form, target), likeness(root, target)
        if whole >= _ALIKE_ACROSS and whole >= part - 0.02 and share > least_share:
            alike += p
            # The name accounts for letters that the stemmer took for an ending.
            ending = ending or (p >= 0.15 and whole >= part + 0.08)
            whose = whose or (p >= 0.05 and whole >= max(0.85, part + 0.2))
        elif whole >= 0.6:
            near += p if whole >= part - 0.02 else 0.0
            other += p
        elif share > least_share:
            unlike += p
    factor = 3.0 if lexicon.share(root, source) > _EVERYDAY else 1.0
    # The alef of "سعيدا" is an ending; that of "كندا" is the name's.
    accusative = source == "ar" and form == root + "ا"
    likely = alike >= 0.25 and alike > factor * unlike and not accusative
    # Stems of Arabic names lose letters: "Putin" is بوتين, and its stem تين.
    clipped = near >= 0.4 and (unlike < 0.15 or source == "en") and least_share < 0
    nothing_else = unlike < 0.05 and alike + other >= 0.5 and least_share < 0 and not accusative
    return likely or (ending and alike >= 0.15) or clipped or nothing_else or whose


@lru_cache(maxsize=20_000)
def _is_place(word: str) -> bool:
    known = places()
    if any(form in known for form in forms(word)) or not stems(word).isdisjoint(known):
        return True
    return (
        script(word) == "en"
        and len(word) > 5
        and any(word.startswith(place[:-1]) for place in known if len(place) > 4)
    )


_WORLD = "001"


@lru_cache(maxsize=1)
def places() -> frozenset[str]:
    """One-word names of countries and large cities in both languages, folded."""
    from babel import Locale

    found = set()
    for language in LANGUAGES:
        locale = Locale(language)
        names = [name for code, name in locale.territories.items() if code != _WORLD]
        for zone, named in locale.time_zones.items():
            names += [zone.rpartition("/")[2], *(v for v in named.values() if isinstance(v, str))]
        for name in map(normalise, names):
            if name.isalpha():
                found |= {name, name.removeprefix("ال")}
    return frozenset(name for name in found if len(name) > (2 if script(name) == "ar" else 3))
