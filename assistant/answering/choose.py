"""Which sentences of the passages found answer this question: learned ranking.

Cheap features pick a shortlist; the reader reads its sentences together with the question, as many
as it takes; what it says joins the features by which the shortlist is ranked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Collection as Container
from dataclasses import dataclass, replace

import numpy as np

from assistant.answering.features import MEASURED, Sentence, Vectors, logit, measured
from assistant.answering.network import Network
from assistant.answering.quote import Place, not_quoted
from assistant.answering.shortlist import Shortlist
from assistant.answering.versions import read_of
from assistant.language import unpointed
from assistant.onnx_reader import UNREAD, OnnxReader
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Candidate, Question, best_other

SHORTLIST = 6
"""How many of the sentences measured are listed, to be read as far as it takes."""
FIRST = 2
"""As many are read at first, which takes two cores as long as one sentence."""
SURE, WEIGHT, HOPELESS = 6.0, 2.5, 0.08
"""No more are read where the log odds that one of those answers, less WEIGHT times the logarithm of
the share of probability that is left to all others, are above SURE; or where no passage has a
probability of HOPELESS to be about the question. Set by hand on `training/unread`, so that most of
the questions need no more."""
FEATURES = (*MEASURED, "listed", "listed_behind", "read", "read_behind", "read_share", "unread")


@dataclass(frozen=True)
class Networks:
    """What ranks sentences.

    Attributes:
        shortlist: Over MEASURED and MET.
        choice: Over FEATURES.
    """

    shortlist: Shortlist
    choice: Network


def choose(
    collection: Collection,
    question: Question,
    candidates: Sequence[Candidate],
    reader: OnnxReader,
    networks: Networks,
    exclude: Container[Place] = (),
) -> list[Sentence]:
    """Rank the sentences of the best passages that are most worth reading.

    Args:
        collection: Holds the passages.
        question: As retrieval read it.
        candidates: Ranked; the first PASSAGES are measured.
        reader: Reads the SHORTLIST, as far as it takes.
        networks: Pick the shortlist, and rank it.
        exclude: What was quoted before, and need not be read again.

    Returns:
        Best first, at most SHORTLIST.
    """
    every = not_quoted(collection, measured(collection, question, candidates), exclude)
    if not every:
        return []
    found = listed(every, networks.shortlist)
    asked = unpointed(question.text)
    shares = np.array([each.share for each in found], dtype=np.float32)
    read = read_as_needed(
        shares,
        logit(candidates[0].score),
        lambda part: read_of(collection, found[part], reader, asked),
    )
    table = np.stack([each.features for each in found])
    scores = np.array([each.score for each in found], dtype=np.float32)
    joined = [
        replace(each, features=row, read=odds)
        for each, row, odds in zip(
            found, with_reading(table, scores, read), read.tolist(), strict=True
        )
    ]
    return rescored(joined, networks.choice.score(np.stack([each.features for each in joined])))


def listed(sentences: Sequence[Sentence], shortlist: Shortlist) -> list[Sentence]:
    """The SHORTLIST of some sentences that are most worth reading, best first."""
    table = np.stack([sentence.features for sentence in sentences])
    met = np.stack([sentence.met for sentence in sentences])
    return rescored(sentences, shortlist.score(table, met))[:SHORTLIST]


def read_as_needed(shares: Vectors, likely: float, read: Callable[[slice], Vectors]) -> Vectors:
    """Read the first sentences listed, and the others where one of them may answer instead.

    Args:
        shares: Of the probability of all sentences measured, best first, (n,).
        likely: The log odds of the best passage, first of `decide.setting_of`.
        read: Reads those of a slice.

    Returns:
        What the reader says, (n,); UNREAD of those that were not read.
    """
    found = np.full(len(shares), UNREAD, dtype=np.float32)
    first, others = slice(FIRST), slice(FIRST, None)
    found[first] = read(first)
    left = max(1 - shares[first].sum(), 1e-6)
    sure = found.max() - WEIGHT * np.log(left) > SURE
    if not sure and likely >= logit(HOPELESS):
        found[others] = read(others)
    return found


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


def shares_of(scores: Vectors) -> Vectors:
    """The softmax of scores, (n,)."""
    odds: Vectors = np.exp(scores - scores.max())
    odds /= odds.sum()
    return odds


def rescored(sentences: Sequence[Sentence], scores: Vectors) -> list[Sentence]:
    """Sentences of one question with scores, (n,), ranked."""
    shares = shares_of(scores)
    best_first = np.argsort(-scores, kind="stable")
    return [
        replace(sentences[at], score=float(scores[at]), share=float(shares[at]))
        for at in best_first
    ]
