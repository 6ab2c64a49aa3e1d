"""Whether a passage holds words and names, in its own script or the other one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.answering.names import (
    ALIKE_ACROSS,
    EVERYDAY,
    TOO_COMMON,
    Translations,
    forms,
    script,
    sounds_like_a_name,
    stems,
)
from assistant.language import Language, Word, words
from assistant.retrieval.spelling import keys, likeness

# Measured on PUD and TICO-19, `python -m training.support`: the lowest at which other names
# of the same passages don't meet.
_ALIKE_WITHIN = 0.86
_TRANSLATES, _LIKELY = 0.004, 0.05
_SAME = 0.9
"""An Arabic word that sounds so much like a name is that, whatever else it means."""
_RARE: dict[Language, float] = {"ar": EVERYDAY, "en": 1e-5}
"""Of running text: what is rarer may be a name, though nothing tells."""


class Held:
    """The words of a passage, ready to be asked whether they hold those of a sentence."""

    def __init__(self, passage: str, lexicon: Translations) -> None:
        self._lexicon = lexicon
        found = list(words(passage))
        row = [word.text for word in found]
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
        self._initials = _initials(passage, found)
        self._capitals = {word.text for word in found if passage[word.start].isupper()}
        self.languages: frozenset[Language] = frozenset(
            script(w) for w in self._words if w[0].isalpha()
        )

    def holds(self, word: str, least: float = _TRANSLATES) -> bool:
        """Whether the passage has the word, a form of it, its translation or its spelling.

        Args:
            word: Normalised.
            least: Probability from which on a translation counts.
        """
        if self._has(word):
            return True
        if not self.translations(word, least).isdisjoint(self._stems):
            return True
        return any(self._alike(word)) or any(self._derived(word))

    def _has(self, word: str) -> bool:
        return bool(
            word in self._words or stems(word) & self._stems.keys() or word in self._initials
        )

    def holds_name(self, name: str) -> bool:
        """Whether the passage has a name, a form of it, its translation or its spelling.

        Unlike `holds`, it takes for these only what may name something itself: "after" sounds
        like حفتر, and "of" is an unlikely translation of موسكو.

        Args:
            name: Normalised.
        """
        if self._has(name):
            return True
        if any(each in self._stems for each in self._names_of(name)):
            return True
        alike = (other for other, score in self._alike(name) if self._may_name(other, score))
        return any(alike) or any(self._may_name(other) for other in self._derived(name))

    def _names_of(self, name: str) -> Iterator[str]:
        """A name's translations, without those that only stood beside it."""
        target: Language = "en" if script(name) == "ar" else "ar"
        likely = self.translations(name, _LIKELY)
        for each in self.translations(name):
            if not self._lexicon.is_function_stem(each, target) and (
                each in likely or self._lexicon.share(each, target) < TOO_COMMON
            ):
                yield each

    def _may_name(self, word: str, score: float = 0.0) -> bool:
        language = script(word)
        if language == "ar" and (score >= _SAME or sounds_like_a_name(word, self._lexicon)):
            return True
        # What begins a sentence has a capital, too.
        most = TOO_COMMON if word in self._capitals else _RARE[language]
        return all(self._lexicon.share(each, language) < most for each in stems(word))

    def holds_joined(self, one: str, two: str) -> bool:
        """Whether the passage has two words as one: New York as نيويورك."""
        joined = one + two
        return joined in self._words or (script(one) == "en" and any(self._alike(joined)))

    def sounds_across(self, word: str) -> bool:
        """Whether a word of the other script sounds like this one."""
        return any(script(other) != script(word) for other, _ in self._alike(word))

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

    def _alike(self, word: str) -> Iterator[tuple[str, float]]:
        """Words that sound like this one, and how much."""
        for form in forms(word):
            if len(form) < 3:
                continue
            for other in {other for key in keys(form) for other in self._sounds.get(key, ())}:
                least = _ALIKE_WITHIN if script(form) == script(other) else ALIKE_ACROSS
                score = likeness(form, other)
                if len(other) > 2 and score >= least:
                    yield other, score

    def _derived(self, word: str) -> Iterator[str]:
        """Morocco and Moroccan, Israel and Israelis: names and who is named after them."""
        if script(word) == "en" and len(word) >= 5:
            start = word[: max(4, len(word) - 3)]
            for other in self._words:
                if other.startswith(start) and len(other) <= len(word) + 4:
                    yield other


def _initials(text: str, words_of_it: Sequence[Word]) -> frozenset[str]:
    """What rows of two to five capitalised words are shortened to: "UN", "IDF"."""
    found, row = set(), ""
    ends = 0
    for word in words_of_it:
        capital = text[word.start].isupper()
        small = word.text in ("of", "and", "the", "for")
        if capital and text[ends : word.start].strip() in ("", "-"):
            row += word.text[0]
            found |= {row[n:] for n in range(len(row)) if 2 <= len(row) - n <= 5}
        elif not small:
            row = word.text[0] if capital else ""
        ends = word.end
    return frozenset(found)
