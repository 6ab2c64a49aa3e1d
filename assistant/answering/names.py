"""Names in a sentence, in either script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from assistant.language import LANGUAGES, Language, Word, normalise, stem
from assistant.retrieval.spelling import likeness

# Measured on PUD and TICO-19, `python -m training.support`: the lowest at which other names
# of the same passages don't meet.
ALIKE_ACROSS = 0.72
EVERYDAY = 1e-4
TOO_COMMON = 1e-3


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

    def is_function_stem(self, stem: str, language: Language) -> bool:
        """Whether a stem is that of a function word."""
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
            if inside or sounds_like_a_name(word.text, lexicon):
                yield word
        elif (
            len(word.text) > 2
            and word.text not in _NEVER
            and not lexicon.is_function_word(word.text, "ar")
            and sounds_like_a_name(word.text, lexicon)
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
def sounds_like_a_name(word: str, lexicon: Translations) -> bool:
    """Whether the table gives the word no meaning, or its own sound as its likeliest meaning."""
    source = script(word)
    if any(
        lexicon.share(each, source) > TOO_COMMON and len(word) - len(each) < 2
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
    ending = whose = theirs = False
    for target, p in lexicon.translations(root, source):
        share = lexicon.share(target, target_language)
        whole, part = likeness(form, target), likeness(root, target)
        if whole >= ALIKE_ACROSS and whole >= part - 0.02 and share > least_share:
            alike += p
            theirs = theirs or (p >= 0.25 and whole > part)
            # The name accounts for letters that the stemmer took for an ending.
            ending = ending or (p >= 0.15 and whole >= part + 0.08)
            whose = whose or (p >= 0.05 and whole >= max(0.85, part + 0.2))
        elif whole >= 0.6:
            near += p if whole >= part - 0.02 else 0.0
            other += p
        elif share > least_share:
            unlike += p
    factor = 3.0 if lexicon.share(root, source) > EVERYDAY else 1.0
    # The alef of "سعيدا" is an ending; that of "كندا" is the name's, and sounds in "Canada".
    accusative = source == "ar" and form == root + "ا" and not theirs
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
