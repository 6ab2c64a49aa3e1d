"""Which sentences of the passages found answer this question: features, learned ranking.

Cheap features pick a shortlist; the reader reads each of its sentences together with the
question; what it says joins the features by which the shortlist is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assistant.answering.expectation import KINDS, asked, held
from assistant.answering.network import Network
from assistant.answering.read import Place, SentenceReader
from assistant.language import Language, sentences, tokenise
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Candidate, Question, best_other

Vectors = npt.NDArray[np.float32]

__all__ = [
    "DIRECTIONS", "FEATURES", "KINDS", "MEASURED", "Networks", "Sentence", "choose", "logit",
    "measured", "rescored", "stems_of", "with_reading",
]  # fmt: skip

PASSAGES = 6  # how many of the best passages are measured
SHORTLIST = 4  # how many of their sentences are read
DIRECTIONS = ("ar-ar", "ar-en", "en-ar", "en-en")
MEASURED = (
    "late_z", "late_raw", "late_behind", "late_own_behind", "weakest", "weak", "before", "after",
    "pooled_z", "pooled_raw", "lexical_z", "lexical_share", "coverage", "coverage_share",
    "passage", "passage_behind", "passage_rank", "length", "first",
    *KINDS, *(f"no_{kind}" for kind in KINDS),
    *DIRECTIONS,
)  # fmt: skip
FEATURES = (*MEASURED, "listed", "listed_behind", "read", "read_behind", "read_share", "unread")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage found.

    Attributes:
        candidate: The passage, as it was ranked.
        start: In the variant's passage text.
        end: Exclusive.
        language: Of the variant.
        features: By MEASURED, and once it was read by FEATURES.
        score: Unnormalised log probability among the sentences of this question.
        share: The softmax of the scores: how sure the choice is.
    """

    candidate: Candidate
    start: int
    end: int
    language: Language
    features: tuple[float, ...]
    score: float = 0.0
    share: float = 0.0

    @property
    def place(self) -> Place:
        """Where it stands: its variant's row, and its characters there."""
        return self.candidate.variant, self.start, self.end


@dataclass(frozen=True)
class _Measured:
    """One passage's sentences, measured against the question."""

    candidate: Candidate
    language: Language
    spans: Sequence[tuple[int, int]]
    texts: Sequence[str]
    late: Vectors
    weakest: Vectors
    weak: Vectors
    pooled: Vectors
    lexical: Vectors
    coverage: Vectors


@dataclass(frozen=True)
class Networks:
    """What ranks sentences.

    Attributes:
        shortlist: Over MEASURED.
        choice: Over FEATURES.
    """

    shortlist: Network
    choice: Network


def choose(
    collection: Collection,
    question: Question,
    candidates: Sequence[Candidate],
    reader: SentenceReader,
    networks: Networks,
) -> list[Sentence]:
    """Rank the sentences of the best passages that are most worth reading.

    Args:
        collection: Holds the passages.
        question: As retrieval read it.
        candidates: Ranked; the first PASSAGES are measured.
        reader: Reads the SHORTLIST.
        networks: Pick the shortlist, and rank it.

    Returns:
        Best first, at most SHORTLIST.
    """
    sentences = measured(collection, question, candidates)
    found = rescored(sentences, networks.shortlist)[:SHORTLIST]
    if not found:
        return []
    read = reader.scores(collection, question, [each.place for each in found])
    table = np.array([each.features for each in found], dtype=np.float32)
    scores = np.array([each.score for each in found], dtype=np.float32)
    joined = [
        replace(each, features=tuple(map(float, row)))
        for each, row in zip(found, with_reading(table, scores, read), strict=True)
    ]
    return rescored(joined, networks.choice)


def with_reading(table: Vectors, scores: Vectors, read: Vectors) -> Vectors:
    """Join what the reader says to the features of the sentences listed.

    Args:
        table: By MEASURED, (n, len(MEASURED)).
        scores: Of the shortlist, (n,).
        read: Of the reader, (n,).

    Returns:
        By FEATURES, (n, len(FEATURES)).
    """
    # Softmax with 0 for "none of them", as the reader was trained.
    odds = np.exp(np.minimum(read, 30.0))
    none = 1 / (1 + odds.sum())
    columns = [
        scores,
        scores - best_other(scores),
        read,
        read - best_other(read),
        odds * none,
        np.full(len(read), none),
    ]
    return np.concatenate([table, np.stack(columns, axis=1)], axis=1).astype(np.float32)


def measured(
    collection: Collection, question: Question, candidates: Sequence[Candidate]
) -> list[Sentence]:
    """All sentences of the best passages with their features by MEASURED, unranked."""
    found = [_measure(collection, question, candidate) for candidate in candidates[:PASSAGES]]
    if not found:
        return []
    return [
        Sentence(passage.candidate, start, end, passage.language, tuple(map(float, features)))
        for passage, table in zip(found, _tables(question, found), strict=True)
        for (start, end), features in zip(passage.spans, table, strict=True)
    ]


def rescored(sentences: Sequence[Sentence], network: Network) -> list[Sentence]:
    """Sentences of one question, scored and ranked."""
    if not sentences:
        return []
    table = np.array([sentence.features for sentence in sentences], dtype=np.float32)
    scores = network.score(table)
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best_first = np.argsort(-scores, kind="stable")
    return [
        replace(sentences[at], score=float(scores[at]), share=float(shares[at]))
        for at in best_first
    ]


def _measure(collection: Collection, question: Question, candidate: Candidate) -> _Measured:
    passage = collection.passages[candidate.variant]
    language = collection.languages[candidate.variant]
    spans = sentences(passage.text)
    texts = [passage.text[start:end] for start, end in spans]
    _, token_spans = collection.token_codes(candidate.variant)
    numbers = np.zeros((4, len(spans)), dtype=np.float32)
    for index, (start, end) in enumerate(spans):
        inside = (token_spans[:, 0] < end) & (token_spans[:, 1] > start)
        numbers[:, index] = _late(candidate.similar[inside], question.weights)
    stems = [stems_of(text) for text in texts]
    lexical = collection.lexical.sentence_scores(question.terms, stems, language)
    late, weakest, weak, pooled = numbers
    return _Measured(
        candidate,
        language,
        spans,
        texts,
        late,
        weakest,
        weak,
        pooled,
        lexical.bm25,
        lexical.coverage,
    )


def _late(similar: Vectors, weights: Vectors) -> tuple[float, float, float, float]:
    """MaxSim, the question's worst-met token, its worst quarter, and the mean cosine."""
    if not similar.size or not len(weights):
        return 0.0, 0.0, 0.0, 0.0
    best = similar[:, :-1].max(axis=0)
    quarter = np.sort(best)[: max(1, len(best) // 4)]
    whole = similar[:, -1].mean()
    return float(best @ weights), float(best.min()), float(quarter.mean()), float(whole)


def _tables(question: Question, found: Sequence[_Measured]) -> list[Vectors]:
    late = np.concatenate([passage.late for passage in found])
    pooled = np.concatenate([passage.pooled for passage in found])
    lexical = np.concatenate([passage.lexical for passage in found])
    logits = np.array([logit(passage.candidate.score) for passage in found])
    wanted = np.array(asked(question.text, question.language), dtype=np.float32)
    tables = []
    for rank, passage in enumerate(found):
        n = len(passage.spans)
        late_z = _z(passage.late, late)
        full = max(1e-6, float(passage.coverage.max(initial=0.0)))
        holds = np.array([held(text, passage.language) for text in passage.texts])
        holds = holds.reshape(n, len(wanted)).astype(np.float32)
        direction = f"{question.language}-{passage.language}"
        columns = [
            late_z,
            passage.late,
            passage.late - late.max(),
            passage.late - passage.late.max(initial=-1.0),
            passage.weakest,
            passage.weak,
            np.concatenate([[0.0], late_z[:-1]])[:n],
            np.concatenate([late_z[1:], [0.0]])[:n],
            _z(passage.pooled, pooled),
            passage.pooled,
            _z(passage.lexical, lexical),
            passage.lexical / max(1e-6, float(lexical.max())),
            passage.coverage,
            passage.coverage / full,
            np.full(n, logits[rank]),
            np.full(n, logits[rank] - logits.max()),
            np.full(n, float(rank)),
            np.log(np.array([len(text) for text in passage.texts]) + 1.0),
            np.arange(n) == 0,
            *(wanted * holds).T,
            *(wanted * (1 - holds)).T,
            *(np.full(n, direction == name) for name in DIRECTIONS),
        ]
        tables.append(np.stack(columns, axis=1).astype(np.float32))
    return tables


@lru_cache(maxsize=20_000)
def stems_of(text: str) -> tuple[str, ...]:
    """The stems of a sentence or passage; kept, since questions meet the same ones again."""
    return tuple(tokenise(text))


def _z(own: Vectors, all_of_them: Vectors) -> Vectors:
    z: Vectors = (own - all_of_them.mean()) / (all_of_them.std() + 1e-3)
    return z


def logit(probability: float) -> float:
    """The log odds of a probability, kept finite."""
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(clipped / (1 - clipped)))
