"""Dense, lexical and late-interaction scores become one ranking over both languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from assistant.embedding import Embedder
from assistant.language import Language, unpointed
from assistant.retrieval.collection import Collection, Rows
from assistant.retrieval.lexical import QuestionTerms
from assistant.retrieval.tokens import maxsim, similarities

Vectors = npt.NDArray[np.float32]

# How many candidates of each language late interaction looks at.
DEPTH = 20
# What stands beside a small collection's own scores when they are standardised: as many
# passages as PRIOR, with the mean and spread of each score over XQuAD's development half
# (`python -m training.fusion` prints them).
PRIOR = 20.0
FEATURES = ("dense", "lexical", "coverage", "late", "cosine", "late_raw", "lead")


@dataclass(frozen=True)
class Question:
    """A question as retrieval sees it, computed once and used again to choose sentences.

    Attributes:
        text: As asked, or as a follow-up was completed.
        language: Its language.
        vector: float32, shape (dim,), L2 norm 1.
        tokens: float32, shape (n_tokens, dim), rows of L2 norm 1.
        weights: float32, shape (n_tokens,), summing to 1.
        terms: Its words with their translations.
    """

    text: str
    language: Language
    vector: Vectors
    tokens: Vectors
    weights: Vectors
    terms: QuestionTerms


@dataclass(frozen=True)
class Candidate:
    """A passage that may answer.

    Attributes:
        row: Of the original passage.
        variant: The row that fitted best: the same, or a translation's.
        score: Estimated probability that the passage answers.
        features: By FEATURES, of the variant.
        similar: float32, shape (n_tokens, n_question_tokens + 1): cosines of the variant's
            tokens with the question's, and with the whole question last.
    """

    row: int
    variant: int
    score: float
    features: tuple[float, ...]
    similar: Vectors = field(repr=False, compare=False)


@dataclass(frozen=True)
class Weights:
    """How features become a probability, for one direction.

    Attributes:
        features: One weight for each of FEATURES, inside a logistic function.
        bias: Added before it.
        first: Weights of dense and lexical z-scores for the first round.
    """

    features: tuple[float, ...]
    bias: float
    first: tuple[float, float]


@dataclass(frozen=True)
class Fusion:
    """Weights by direction ("ar-en": Arabic question, English passage) and the background.

    Attributes:
        directions: Weights by direction.
        background: Mean and standard deviation of "dense", "lexical" and "late" scores, by
            direction, where the collection is too small to tell.
    """

    directions: dict[str, Weights]
    background: dict[str, dict[str, tuple[float, float]]]


@lru_cache(maxsize=1)
def bundled_fusion() -> Fusion:
    """The weights that `python -m training.fusion` fitted."""
    text = (files("assistant.retrieval") / "fusion.json").read_text(encoding="utf-8")
    raw = json.loads(text)
    directions = {
        name: Weights(tuple(entry["features"]), entry["bias"], tuple(entry["first"]))
        for name, entry in raw["directions"].items()
    }
    background = {
        name: {score: (float(mean), float(spread)) for score, (mean, spread) in entry.items()}
        for name, entry in raw["background"].items()
    }
    return Fusion(directions, background)


class Retriever:
    """Ranks a collection's passages for a question."""

    def __init__(
        self, collection: Collection, embedder: Embedder, fusion: Fusion | None = None
    ) -> None:
        """Rank with the bundled weights, or with others while they are being fitted."""
        self.collection = collection
        self.embedder = embedder
        self._fusion = fusion or bundled_fusion()

    def read(self, texts: Sequence[str], languages: Sequence[Language]) -> list[Question]:
        """Embed questions as one batch and look their words up."""
        plain = [unpointed(text) for text in texts]
        vectors, tokens = self.embedder.embed_queries_with_tokens(plain)
        lexical = self.collection.lexical
        return [
            Question(
                text,
                language,
                vectors[index],
                tokens[index],
                np.full(len(tokens[index]), 1 / max(1, len(tokens[index])), dtype=np.float32),
                lexical.question_terms(text),
            )
            for index, (text, language) in enumerate(zip(texts, languages, strict=True))
        ]

    def rank(
        self, question: Question, depth: int = DEPTH, without: Rows | None = None
    ) -> list[Candidate]:
        """The passages that may answer, best first, each original once.

        Args:
            question: From `read`.
            depth: Candidates of each language that late interaction looks at.
            without: Rows to leave out, as if the collection did not hold them.
        """
        best: dict[int, Candidate] = {}
        dense = self.collection.store.scores(question.vector)
        lexical = self.collection.lexical.scores(question.terms)
        for language, held in self.collection.rows_by_language.items():
            direction = f"{question.language}-{language}"
            rows = held if without is None else np.setdiff1d(held, without)
            scores = Scores(dense[rows], lexical.bm25[rows], lexical.coverage[rows])
            for candidate in self._candidates(question, direction, rows, scores, depth):
                known = best.get(candidate.row)
                if known is None or candidate.score > known.score:
                    best[candidate.row] = candidate
        return sorted(best.values(), key=lambda candidate: (-candidate.score, candidate.row))

    def _candidates(
        self, question: Question, direction: str, rows: Rows, scores: Scores, depth: int
    ) -> list[Candidate]:
        weights = self._fusion.directions[direction]
        background = self._fusion.background[direction]
        dense = standardise(scores.dense, background["dense"])
        lexical = standardise(scores.lexical, background["lexical"])
        first = weights.first[0] * dense + weights.first[1] * lexical
        chosen = np.argsort(-first, kind="stable")[:depth]
        late_raw, similar = self.late(question, rows[chosen])
        late = standardise(late_raw, background["late"])
        lead = first[chosen] - best_other(first[chosen])
        table = np.stack(
            [
                dense[chosen],
                lexical[chosen],
                scores.coverage[chosen],
                late,
                scores.dense[chosen],
                late_raw,
                lead,
            ],
            axis=1,
        )
        logits = table @ np.array(weights.features) + weights.bias
        probabilities = 1 / (1 + np.exp(-logits))
        return [
            Candidate(
                int(self.collection.originals[rows[index]]),
                int(rows[index]),
                float(probability),
                tuple(map(float, features)),
                near,
            )
            for index, probability, features, near in zip(
                chosen, probabilities, table, similar, strict=True
            )
        ]

    def late(self, question: Question, rows: Rows) -> tuple[Vectors, list[Vectors]]:
        """MaxSim of a question's tokens over passages.

        Returns:
            The scores, (n_rows,), and for each passage the cosines of its tokens with the
            question's, and with the whole question last, (n_tokens, n_question_tokens + 1).
        """
        codes = [self.collection.token_codes(int(row))[0] for row in rows]
        sizes = np.array([len(each) for each in codes], dtype=np.int64)
        late = np.zeros(len(rows), dtype=np.float32)
        if not sizes.any():
            return late, [np.zeros((0, len(question.tokens) + 1), np.float32) for _ in rows]
        whole = np.concatenate([question.tokens, question.vector[None, :]])
        similar = similarities(np.concatenate(codes), whole)
        worded = np.flatnonzero(sizes)
        starts = np.concatenate([[0], np.cumsum(sizes[worded])[:-1]]).astype(np.int64)
        if len(question.tokens):
            late[worded] = maxsim(similar[:, :-1], starts, question.weights)
        return late, np.split(similar, np.cumsum(sizes)[:-1])


@dataclass(frozen=True)
class Scores:
    """First-round scores of some rows, each of shape (n_rows,)."""

    dense: Vectors
    lexical: Vectors
    coverage: Vectors


def standardise(scores: Vectors, background: tuple[float, float]) -> Vectors:
    """Z-scores over the passages of one question, steadied by a background for small n."""
    mean, spread = background
    n = len(scores)
    own = float(scores.mean()) if n else mean
    center = (n * own + PRIOR * mean) / (n + PRIOR)
    variance = (float(((scores - center) ** 2).sum()) + PRIOR * spread**2) / (n + PRIOR)
    z: Vectors = ((scores - center) / np.sqrt(variance + 1e-12)).astype(np.float32)
    return z


def best_other(scores: Vectors) -> Vectors:
    """For each score, the best of the others."""
    if len(scores) < 2:
        return np.zeros_like(scores)
    top = np.argsort(-scores, kind="stable")[:2]
    others = np.full_like(scores, scores[top[0]])
    others[top[0]] = scores[top[1]]
    return others
