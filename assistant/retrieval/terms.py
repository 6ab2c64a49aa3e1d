"""A question's words, and which stems of the collection stand for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.language import Language, detect
from assistant.retrieval.columns import Columns
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.spelling import one_slip

# Measured on XQuAD's development half, and on corpus/qa with a lexicon that had not seen it.
FUNCTION_WEIGHT = 0.2
TRANSLATION_POWER, MASS_POWER = 0.45, 0.7
SYNONYM_WEIGHT = 0.5
ALIKE_WITHIN, ALIKE_ACROSS, ALIKE_POWER = 0.85, 0.8, 6
SLIP_WEIGHT, SLIP_LETTERS = 0.5, 5


@dataclass(frozen=True)
class Term:
    """One word of a question, and what stands for it in texts.

    Attributes:
        word: Normalised, as asked.
        weight: What the word counts in the question: idf, times `emphasis`.
        emphasis: 1.0, or little for words like "who".
        stems: Per language of texts, stems of the collection that stand for it, with weights;
            1.0 for the word itself.
    """

    word: str
    weight: float
    emphasis: float
    stems: Mapping[Language, Mapping[str, float]]


QuestionTerms = tuple[Term, ...]


class TermFinder:
    """Finds the terms of questions about a collection."""

    def __init__(self, sides: Mapping[Language, Columns], lexicon: Lexicon) -> None:
        self._sides = sides
        self._lexicon = lexicon

    def terms(self, question: str) -> QuestionTerms:
        """The question's words, in order; none for a question without words."""
        language = detect(question)
        return tuple(
            self._term(word, stem, language) for word, stem in self._lexicon.stemmed_words(question)
        )

    def _term(self, word: str, stem: str, asked_in: Language) -> Term:
        source = asked_in if stem[0].isdigit() else script(stem)
        small = self._lexicon.is_function_word(word, source)
        stems = {target: self._stems(word, stem, source, target, small) for target in self._sides}
        emphasis = FUNCTION_WEIGHT if small else 1.0
        return Term(word, self._sides[source].idf(stem) * emphasis, emphasis, stems)

    def _stems(
        self, word: str, stem: str, source: Language, target: Language, small: bool
    ) -> dict[str, float]:
        vocabulary = self._sides[target].vocabulary
        if target != source and stem not in vocabulary and not stem[0].isdigit():
            return self._across(word, stem, source, small)
        found = {stem: 1.0} if stem in vocabulary else {}
        if small or stem[0].isdigit() or target != source:
            return found
        if not found:
            found = self._variants(word, stem, target)
        for synonym, p in self._lexicon.synonyms(stem, target).items():
            if synonym in vocabulary:
                found.setdefault(synonym, SYNONYM_WEIGHT * p**0.5)
        return found

    def _variants(self, word: str, stem: str, language: Language) -> dict[str, float]:
        """What the collection has instead of a stem that it lacks: Kohavi for Kochavi, slips."""
        side = self._sides[language]
        found = dict.fromkeys(_slips(stem, side.vocabulary), SLIP_WEIGHT)
        if len(word) >= 4:
            for other, score in side.spellings.alike(word, ALIKE_WITHIN):
                found[other] = max(found.get(other, 0.0), score**ALIKE_POWER)
        return found

    def _across(self, word: str, stem: str, source: Language, small: bool) -> dict[str, float]:
        """The collection's stems that translate the word, and names that sound like it."""
        side = self._sides["en" if source == "ar" else "ar"]
        found = self._translated(stem, source, side)
        if small or not word.isalpha():
            return found
        if len(word) >= 3:
            spellings = side.rare_spellings if found else side.spellings
            for other, score in spellings.alike(word, ALIKE_ACROSS):
                found[other] = max(found.get(other, 0.0), score**ALIKE_POWER)
        if not found and not self._lexicon.knows(stem, source):
            for slip in self._slips_of_known(stem, source):
                for other, weight in self._translated(slip, source, side).items():
                    found[other] = max(found.get(other, 0.0), weight * SLIP_WEIGHT)
        return found

    def _translated(self, stem: str, source: Language, side: Columns) -> dict[str, float]:
        known = [
            (other, p)
            for other, p in self._lexicon.translations(stem, source)
            if other in side.vocabulary
        ]
        mass = sum(p for _, p in known) ** MASS_POWER
        return {other: (p / mass) ** TRANSLATION_POWER for other, p in known if p > 0}

    def _slips_of_known(self, stem: str, language: Language) -> list[str]:
        """The commonest words of the lexicon that one slip turned into this one."""
        slips = _slips(stem, self._lexicon.vocabulary(language))
        return sorted(slips, key=lambda s: -self._lexicon.share(s, language))[:2]


def script(word: str) -> Language:
    """Which of the two languages a normalised word is written in."""
    return "ar" if "\u0621" <= word[0] <= "\u064a" else "en"


def _slips(stem: str, known: Mapping[str, int]) -> list[str]:
    return one_slip(stem, known) if len(stem) >= SLIP_LETTERS and stem.isalpha() else []
