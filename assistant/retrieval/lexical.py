"""Lexical search: BM25 within a language, and across languages by the bundled lexicon.

Robertson and Zaragoza 2009 for BM25, as bm25s indexes it (Lù 2024); across the languages each
word of the question is one term whatever its translations (Pirkola 1998).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from assistant.language import Language, detect, tokenise, words
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.spelling import Spellings, one_slip

Scores = npt.NDArray[np.float32]

K1, B = 1.2, 0.6
FUNCTION_WEIGHT = 0.2
SLIP_WEIGHT = 0.5
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class LexicalScores:
    """How texts fit a question by their words.

    Attributes:
        bm25: Shape (n_texts,), at least 0; larger is better.
        coverage: Shape (n_texts,), in [0, 1]: how much of the question, by weight, the text
            holds.
    """

    bm25: Scores
    coverage: Scores


@dataclass(frozen=True)
class Term:
    """One word of a question, and what stands for it in texts.

    Attributes:
        word: Normalised, as asked.
        weight: What the word counts in the question: idf, times `emphasis`.
        emphasis: 1.0, or little for words like "who".
        stems: Per language of texts, stems that stand for it, with weights in (0, 1].
    """

    word: str
    weight: float
    emphasis: float
    stems: Mapping[Language, Mapping[str, float]]


QuestionTerms = tuple[Term, ...]


class LexicalIndex:
    """Texts of two languages, found by the words of a question in either."""

    def __init__(self, sides: Mapping[Language, Side], count: int, lexicon: Lexicon) -> None:
        self._sides = sides
        self._count = count
        self._lexicon = lexicon

    @classmethod
    def build(
        cls, texts: Sequence[str], languages: Sequence[Language], lexicon: Lexicon
    ) -> LexicalIndex:
        """Index texts, each of the language given at its place."""
        sides = {}
        for language in LANGUAGES:
            places = [n for n, theirs in enumerate(languages) if theirs == language]
            sides[language] = Side.build(places, [tokenise(texts[n]) for n in places])
        return cls(sides, len(texts), lexicon)

    def scores(self, question: str) -> LexicalScores:
        """Score all texts, of both languages."""
        terms = self.question_terms(question)
        bm25, coverage = (np.zeros(self._count, np.float32) for _ in range(2))
        whole = sum(term.weight for term in terms) or 1.0
        for language, side in self._sides.items():
            for term in terms:
                rows, worth, held = side.term_scores(term.stems[language])
                bm25[rows] += worth * term.emphasis
                coverage[rows] += held * term.weight / whole
        return LexicalScores(bm25, np.minimum(coverage, 1.0))

    def vocabulary(self, language: Language) -> Collection[str]:
        """The stems that texts of a language hold."""
        return self._sides[language].vocabulary.keys()

    def question_terms(self, question: str) -> QuestionTerms:
        """The question's words, each with the stems of the collection that stand for it."""
        language = detect(question)
        terms = []
        for word in dict.fromkeys(words(question)):
            stems = tokenise(question[word.start : word.end])
            if stems:
                terms.append(self._term(word.text, stems[0], language))
        return tuple(terms)

    def sentence_scores(
        self, terms: QuestionTerms, sentences: Sequence[Sequence[str]], language: Language
    ) -> LexicalScores:
        """Score sentences, given as stems, of some candidates, against the whole collection."""
        side = self._sides[language]
        bm25, coverage = (np.zeros(len(sentences), np.float32) for _ in range(2))
        whole = sum(term.weight for term in terms) or 1.0
        mean_length = sum(map(len, sentences)) / max(1, len(sentences))
        for n, sentence in enumerate(sentences):
            counts = Counter(sentence)
            norm = K1 * (1 - B + B * len(sentence) / max(1.0, mean_length))
            for term in terms:
                found = [
                    (counts[s] / (counts[s] + norm) * side.idf(s) * weight, weight)
                    for s, weight in term.stems[language].items()
                    if s in counts
                ]
                if found:
                    bm25[n] += max(found)[0] * term.emphasis
                    coverage[n] += max(weight for _, weight in found) * term.weight / whole
        return LexicalScores(bm25, np.minimum(coverage, 1.0))

    def _term(self, word: str, stem: str, language: Language) -> Term:
        source: Language = "en" if stem.isascii() else "ar"
        if stem[0].isdigit():
            source = language
        stems = {
            target: self._spelled(stem, target)
            if target == source or stem in self._sides[target].vocabulary
            else self._translated(stem, source, target)
            for target in LANGUAGES
        }
        idf = self._sides[source].idf(stem)
        small = self._lexicon.is_function_word(word, source)
        emphasis = FUNCTION_WEIGHT if small else 1.0
        return Term(word, idf * emphasis, emphasis, stems)

    def _spelled(self, stem: str, language: Language) -> dict[str, float]:
        """The stem where the collection has it, else those of its spelling variants it has."""
        side = self._sides[language]
        if stem in side.vocabulary or stem[0].isdigit() or len(stem) < 4:
            return {stem: 1.0}
        alike = {other: score**2 for other, score in side.spellings.alike(stem, 0.8)[:4]}
        if len(stem) >= 5:
            for other in one_slip(stem, side.vocabulary):
                alike.setdefault(other, SLIP_WEIGHT)
        return alike or {stem: 1.0}

    def _translated(self, stem: str, source: Language, target: Language) -> dict[str, float]:
        """The collection's stems that translate the stem, or that sound like it."""
        side = self._sides[target]
        if stem[0].isdigit():
            return {stem: 1.0}
        known = [
            (other, p)
            for other, p in self._lexicon.translations(stem, source)
            if other in side.vocabulary
        ]
        if not known and len(stem) >= 3:
            alike = side.spellings.alike(stem, 0.75)[:4]
            return {other: score**2 for other, score in alike}
        whole = sum(p for _, p in known)
        return {other: math.sqrt(p / whole) for other, p in known}


class Side:
    """The texts of one language: bm25s' columns of scores, one for each stem."""

    def __init__(
        self,
        places: npt.NDArray[np.int64],
        vocabulary: Mapping[str, int],
        columns: tuple[npt.NDArray[np.float32], npt.NDArray[np.int32], npt.NDArray[np.int64]],
    ) -> None:
        self.places = places
        self.vocabulary = vocabulary
        self._data, self._indices, self._starts = columns
        self._spellings: Spellings | None = None

    @classmethod
    def build(cls, places: Sequence[int], stemmed: Sequence[list[str]]) -> Side:
        """Index the stemmed texts that stand at `places` of the collection."""
        if not any(stemmed):
            nothing = np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(1, np.int64)
            return cls(np.array(places, np.int64), {}, nothing)
        from bm25s import BM25

        index = BM25(k1=K1, b=B, method="lucene")
        index.index(list(stemmed), show_progress=False)
        columns = (index.scores["data"], index.scores["indices"], index.scores["indptr"])
        return cls(np.array(places, np.int64), index.vocab_dict, columns)

    @property
    def spellings(self) -> Spellings:
        """The vocabulary by sound, made when first needed."""
        if self._spellings is None:
            self._spellings = Spellings(self.vocabulary)
        return self._spellings

    def idf(self, stem: str) -> float:
        """Inverse document frequency as Lucene takes it; the largest for an unknown stem."""
        row = self.vocabulary.get(stem)
        held = 0 if row is None else int(self._starts[row + 1] - self._starts[row])
        return math.log(1 + (len(self.places) - held + 0.5) / (held + 0.5))

    def term_scores(
        self, stems: Mapping[str, float]
    ) -> tuple[npt.NDArray[np.int64], Scores, Scores]:
        """Texts that hold any of the stems, the best stem's weighted score, its weight."""
        worth, held = (np.zeros(len(self.places), np.float32) for _ in range(2))
        for stem, weight in stems.items():
            row = self.vocabulary.get(stem)
            if row is not None:
                column = slice(int(self._starts[row]), int(self._starts[row + 1]))
                rows = self._indices[column]
                worth[rows] = np.maximum(worth[rows], weight * self._data[column])
                held[rows] = np.maximum(held[rows], weight)
        found = np.flatnonzero(held)
        return self.places[found], worth[found], held[found]
