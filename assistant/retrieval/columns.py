"""The texts of one language as bm25s' columns of scores, one column for each stem."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.language import Language, normalise
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.spelling import Spellings, bare_forms

Scores = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

K1, B = 1.2, 0.6
# Beside a small collection's own texts stand as many of running text, for counts of documents.
BACKGROUND_TEXTS = 20.0


class Columns:
    """Where each stem of one language stands, and what it is worth there."""

    def __init__(self, language: Language, places: Sequence[int], lexicon: Lexicon) -> None:
        """Start without texts; `places` are those of the whole collection."""
        self.language = language
        self.places: Places = np.array(places, np.int64)
        self.vocabulary: Mapping[str, int] = {}
        self.mean_length = 1.0
        self._lexicon = lexicon
        self._words: dict[str, str] = {}
        self._saturation, self._rows = np.zeros(0, np.float32), np.zeros(0, np.int32)
        self._starts = np.zeros(1, np.int64)

    @classmethod
    def build(
        cls, language: Language, places: Sequence[int], texts: Sequence[str], lexicon: Lexicon
    ) -> Columns:
        """Index the texts that stand at `places` of the whole collection."""
        columns = cls(language, places, lexicon)
        stemmed = [lexicon.stems(text) for text in texts]
        if any(stemmed):
            columns._fill(stemmed)
            columns._words = dict(_stems_of_words(texts, lexicon))
        return columns

    def _fill(self, stemmed: list[list[str]]) -> None:
        from bm25s import BM25

        index = BM25(k1=K1, b=B, method="lucene")
        index.index(stemmed, show_progress=False)
        scores: Mapping[str, Any] = index.scores
        self.vocabulary = index.vocab_dict
        self.mean_length = sum(map(len, stemmed)) / len(stemmed)
        self._rows, self._starts = scores["indices"], scores["indptr"].astype(np.int64)
        held = np.diff(self._starts)
        # bm25s multiplies by an idf of this collection alone; take it out again.
        own = np.log1p((len(stemmed) - held + 0.5) / (held + 0.5))
        data = np.asarray(scores["data"], np.float64) / np.repeat(own, held)
        self._saturation = data.astype(np.float32)

    @cached_property
    def spellings(self) -> Spellings:
        """All words by sound."""
        return Spellings(self._spelled(self._words))

    @cached_property
    def rare_spellings(self) -> Spellings:
        """Words by sound that the lexicon doesn't know, names most of them."""
        known = self._lexicon.knows
        return Spellings(
            self._spelled(w for w, stem in self._words.items() if not known(stem, self.language))
        )

    def _spelled(self, chosen: Iterable[str]) -> dict[str, str]:
        return {form: self._words[word] for word in chosen for form in bare_forms(word)}

    def has_word(self, word: str) -> bool:
        """Whether the texts hold a word of three letters or more."""
        return normalise(word) in self._words

    def idf(self, stem: str) -> float:
        """Inverse document frequency as Lucene takes it, among these texts and running text."""
        row = self.vocabulary.get(stem)
        held = 0 if row is None else int(self._starts[row + 1] - self._starts[row])
        share = self._lexicon.share(stem, self.language)
        held_there = BACKGROUND_TEXTS * (1.0 - math.exp(-share * self.mean_length))
        count = len(self.places) + BACKGROUND_TEXTS
        return math.log1p((count - held - held_there + 0.5) / (held + held_there + 0.5))

    def term_scores(self, stems: Mapping[str, float]) -> tuple[Places, Scores, Scores]:
        """Score a question's word by the stems that stand for it, as one term.

        Returns:
            Places of the texts that hold any of them, the root of their squared weighted
            scores' sum, and the largest weight held, at most 1.
        """
        worth, held = (np.zeros(len(self.places), np.float32) for _ in range(2))
        for stem, weight in stems.items():
            row = self.vocabulary.get(stem)
            if row is not None:
                column = slice(int(self._starts[row]), int(self._starts[row + 1]))
                rows = self._rows[column]
                worth[rows] += (weight * self.idf(stem) * self._saturation[column]) ** 2
                held[rows] = np.maximum(held[rows], weight)
        found = np.flatnonzero(worth)
        return self.places[found], np.sqrt(worth[found]), np.minimum(held[found], 1.0)


def _stems_of_words(texts: Iterable[str], lexicon: Lexicon) -> Iterable[tuple[str, str]]:
    """Each different word of the texts, normalised, with its stem."""
    for piece in {piece for text in texts for piece in text.split()}:
        for word, stem in lexicon.stemmed_words(piece):
            if len(word) >= 3 and word.isalpha():
                yield word, stem
