"""Which sentences of the passages found answer this question: learned ranking.

Cheap features pick a shortlist; the reader reads each of its sentences together with the
question; what it says joins the features by which the shortlist is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.answering.features import MEASURED, Sentence, Vectors, measured
from assistant.answering.network import Network
from assistant.answering.read import SentenceReader
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Candidate, Question, best_other

SHORTLIST = 4  # how many of the sentences measured are read
FEATURES = (*MEASURED, "listed", "listed_behind", "read", "read_behind", "read_share", "unread")


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
    table = np.stack([each.features for each in found])
    scores = np.array([each.score for each in found], dtype=np.float32)
    joined = [
        replace(each, features=row)
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


def rescored(sentences: Sequence[Sentence], network: Network) -> list[Sentence]:
    """Sentences of one question, scored and ranked."""
    if not sentences:
        return []
    table = np.stack([sentence.features for sentence in sentences])
    scores = network.score(table)
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best_first = np.argsort(-scores, kind="stable")
    return [
        replace(sentences[at], score=float(scores[at]), share=float(shares[at]))
        for at in best_first
    ]
