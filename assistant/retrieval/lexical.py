"""Lexical search: BM25 within a language, and across languages by the bundled lexicon.

Robertson and Zaragoza 2009 for BM25, as bm25s indexes it (Lù 2024); each word of the question
is one term whatever its translations and spellings, as in Pirkola's structured queries (1998).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from assistant.language import Language
from assistant.retrieval.columns import K1, B, Columns, Scores
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.terms import QuestionTerms, Term, TermFinder

__all__ = ["LexicalIndex", "LexicalScores", "QuestionTerms", "Term"]


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


class LexicalIndex:
    """Texts of two languages, found by the words of a question in either."""

    def __init__(self, sides: Mapping[Language, Columns], count: int, lexicon: Lexicon) -> None:
        self._sides = sides
        self._count = count
        self._lexicon = lexicon
        self._finder = TermFinder(sides, lexicon)

    @classmethod
    def build(
        cls, texts: Sequence[str], languages: Sequence[Language], lexicon: Lexicon
    ) -> LexicalIndex:
        """Index texts, each of the language given at its place."""
        sides: dict[Language, Columns] = {}
        for language in get_args(Language):
            places = [n for n, theirs in enumerate(languages) if theirs == language]
            sides[language] = Columns.build(language, places, [texts[n] for n in places], lexicon)
        return cls(sides, len(texts), lexicon)

    def vocabulary(self, language: Language) -> Container[str]:
        """The stems that texts of the language hold."""
        return self._sides[language].vocabulary

    def has_word(self, word: str, language: Language) -> bool:
        """Whether texts of the language hold a word, whichever form its letters have."""
        return language in self._sides and self._sides[language].has_word(word)

    def question_terms(self, question: str) -> QuestionTerms:
        """The question's words, each with the stems of the collection that stand for it."""
        return self._finder.terms(question)

    def scores(self, question: str | QuestionTerms) -> LexicalScores:
        """Score all texts, of both languages, for a question or for its terms."""
        terms = self.question_terms(question) if isinstance(question, str) else question
        bm25, coverage = (np.zeros(self._count, np.float32) for _ in range(2))
        whole = sum(term.weight for term in terms) or 1.0
        for language, side in self._sides.items():
            for term in terms:
                places, worth, held = side.term_scores(term.stems[language])
                bm25[places] += worth * term.emphasis
                coverage[places] += held * (term.weight / whole)
        return LexicalScores(bm25, np.minimum(coverage, 1.0))

    def sentence_scores(
        self, terms: QuestionTerms, sentences: Sequence[Sequence[str]], language: Language
    ) -> LexicalScores:
        """Score sentences, given as stems, with the whole collection's idf."""
        bm25, coverage = (np.zeros(len(sentences), np.float32) for _ in range(2))
        whole = sum(term.weight for term in terms) or 1.0
        mean_length = max(1.0, sum(map(len, sentences)) / max(1, len(sentences)))
        idf = {
            stem: self._sides[language].idf(stem) for term in terms for stem in term.stems[language]
        }
        for n, sentence in enumerate(sentences):
            counts = Counter(map(self._lexicon.settled, sentence))
            norm = K1 * (1 - B + B * len(sentence) / mean_length)
            for term in terms:
                found = {s: w for s, w in term.stems[language].items() if s in counts}
                if found:
                    parts = (w * idf[s] * counts[s] / (counts[s] + norm) for s, w in found.items())
                    bm25[n] += sum(part**2 for part in parts) ** 0.5 * term.emphasis
                    coverage[n] += min(1.0, max(found.values())) * term.weight / whole
        return LexicalScores(bm25, np.minimum(coverage, 1.0))
