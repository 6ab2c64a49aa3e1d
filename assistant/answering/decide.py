"""Do the articles answer this question at all? A calibrated probability, from features."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from assistant.answering import choose
from assistant.answering.choose import DIRECTIONS, Sentence
from assistant.answering.network import Network
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Candidate, Question

FEATURES = (
    "passage", "second", "third", "dense_z", "lexical_z", "coverage", "late_z", "cosine", "late",
    "lead", "best_coverage", "coverage_gap",
    "share", "share_three", "score", "score_lead",
    "s_late", "s_weakest", "s_weak", "s_pooled", "s_coverage", "s_lexical_share",
    "wanted", "unmet", "terms", "missing_top", "missing_sum", "missing_everywhere",
    "read", "read_behind", "read_second", "unread", "listed",
    "size",
    *DIRECTIONS,
)  # fmt: skip


def features_of(
    collection: Collection,
    question: Question,
    candidates: Sequence[Candidate],
    sentences: Sequence[Sentence],
) -> npt.NDArray[np.float32]:
    """Describe how well the best passages and sentences fit; shape (len(FEATURES),).

    Args:
        collection: Holds the passages.
        question: As retrieval read it.
        candidates: Ranked; at least one.
        sentences: Ranked, scored; at least one.
    """
    best, top = sentences[0], candidates[0]
    passage = top.features
    logits = [choose.logit(candidate.score) for candidate in candidates[:3]]
    logits += [-8.0] * (3 - len(logits))
    named = dict(zip(choose.FEATURES, best.features, strict=True))
    direction = f"{question.language}-{best.language}"
    missing, anywhere = _missing(collection, question, best)
    unmet = sum(value for name, value in named.items() if name.startswith("no_"))
    wanted = unmet + sum(named[name] for name in choose.KINDS)
    coverages = [candidate.features[2] for candidate in candidates[:5]]
    place = choose.FEATURES.index("read")
    reads = [sentence.features[place] for sentence in sentences]
    behind = sentences[1].score if len(sentences) > 1 else best.score - 3.0
    values = [
        *logits, *passage,
        max(coverages), max(coverages) - passage[2],
        best.share, sum(sentence.share for sentence in sentences[:3]),
        best.score, best.score - behind,
        named["late_raw"], named["weakest"], named["weak"], named["pooled_raw"],
        named["coverage"], named["lexical_share"],
        wanted, unmet, float(len(missing)),
        max(missing, default=0.0), sum(missing), anywhere,
        max(reads), named["read_behind"], sorted(reads)[-2] if len(reads) > 1 else -10.0,
        named["unread"], named["listed"],
        float(np.log(len(collection.passages) + 1.0)),
        *(float(direction == name) for name in DIRECTIONS),
    ]  # fmt: skip
    return np.array(values, dtype=np.float32)


def _missing(
    collection: Collection, question: Question, best: Sentence
) -> tuple[list[float], float]:
    """Weights of the question's words that the best passage lacks, and of those that all lack.

    Weights are shares of the question's whole weight.
    """
    whole = sum(term.weight for term in question.terms) or 1.0
    passage = collection.passages[best.candidate.variant]
    stems = set(map(collection.lexicon.settled, choose.stems_of(passage.text)))
    lacking = [
        term
        for term in question.terms
        if term.weight > 0 and not stems.intersection(term.stems[best.language])
    ]
    known = collection.lexical.vocabulary(best.language)
    nowhere = sum(
        term.weight for term in lacking if not any(s in known for s in term.stems[best.language])
    )
    return [term.weight / whole for term in lacking], nowhere / whole


def confidence(network: Network, features: npt.NDArray[np.float32]) -> float:
    """The probability that the best sentences answer the question.

    Args:
        network: Fitted and calibrated by `python -m training.answers`.
        features: From `features_of`.
    """
    logit = float(network.score(features[None, :])[0])
    return float(1 / (1 + np.exp(-logit)))


@lru_cache(maxsize=1)
def bundled_bounds() -> dict[str, float]:
    """For each direction, the confidence from which on the answer is yes.

    Chosen by `python -m training.bounds` so that LOST of the questions are refused whose quotes
    hold the answer; it prints how many unanswerable ones that refuses.
    """
    text = (files("assistant.answering") / "bounds.json").read_text(encoding="utf-8")
    return {direction: float(bound) for direction, bound in json.loads(text).items()}
