"""Do the articles answer this question at all? A calibrated probability, from features."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from assistant.answering import choose
from assistant.answering.expectation import KINDS
from assistant.answering.facts import Passage, asked_facts, beginning_of, passage_of
from assistant.answering.features import DIRECTIONS, Sentence, logit, place_of, stems_of
from assistant.answering.names import is_known
from assistant.answering.network import Network
from assistant.answering.quote import leaning_start
from assistant.onnx_reader import UNREAD
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Candidate, Question

Floats = npt.NDArray[np.float32]

_SETTING = (
    "passage", "second", "third", "dense_z", "lexical_z", "coverage", "late_z", "cosine", "late",
    "lead", "best_coverage", "coverage_gap", "size",
)  # fmt: skip
_OF_BEST = (
    "late_raw", "weakest", "weak", "pooled_raw", "coverage", "lexical_share",
    "read", "read_behind", "unread", "listed", *DIRECTIONS,
)  # fmt: skip
_LACKING = (
    "lacking", "lacking_top", "lacking_sum", "lacking_everywhere",
    "lacking_names", "lacking_words", "lacking_amounts",
    "article_lacks_names", "article_lacks_words", "article_lacks_amounts",
)  # fmt: skip
_SENTENCE_LACKS = ("sentence_lacks_names", "sentence_lacks_words", "sentence_lacks_amounts")
FEATURES = (
    *_SETTING,
    "share", "share_three", "score", "score_lead",
    *(f"best_{name}" for name in _OF_BEST),
    "wanted", "unmet",
    *_LACKING,
    "read_top", "read_second",
    *_SENTENCE_LACKS,
)  # fmt: skip


def setting_of(collection: Collection, candidates: Sequence[Candidate]) -> tuple[float, ...]:
    """How well the best passages fit, whatever their sentences; by FEATURES[:len(_SETTING)].

    Args:
        collection: Holds the passages.
        candidates: Ranked; at least one.
    """
    passage = candidates[0].features
    logits = [logit(candidate.score) for candidate in candidates[:3]]
    logits += [-8.0] * (3 - len(logits))
    coverages = [candidate.features[2] for candidate in candidates[:5]]
    size = float(np.log(len(collection.passages) + 1.0))
    return (*logits, *passage, max(coverages), max(coverages) - passage[2], size)


def lacking_of(collection: Collection, question: Question, row: int) -> tuple[float, ...]:
    """What of a question a passage and its article's title lack; by _LACKING.

    Returns:
        Of its words how many, the weightiest, their sum, and the sum of those that no passage
        has; weights are shares of the question's whole weight. Then how many of its names, of
        words that may be names, and of its numbers and dates; and how many of each its article
        lacks.
    """
    total = sum(term.weight for term in question.terms) or 1.0
    language = collection.languages[row]
    passage = collection.headed(row)
    stems = set(map(collection.lexicon.settled, stems_of(passage)))
    lacking = [
        term
        for term in question.terms
        if term.weight > 0 and not stems.intersection(term.stems[language])
    ]
    known = collection.lexical.vocabulary(language)
    weights = [term.weight / total for term in lacking]
    nowhere = [
        weight
        for term, weight in zip(lacking, weights, strict=True)
        if not any(stem in known for stem in term.stems[language])
    ]
    here = _lacking_facts(question.text, passage_of(passage, collection.lexicon), collection)
    around = here
    if any(here):  # What the passage holds, its article holds, which is longer to read.
        article = collection.articles[collection.passages[row].article_id]
        whole = beginning_of(article, collection.lexicon)
        around = _lacking_facts(question.text, whole, collection)
    return (
        *(float(len(lacking)), max(weights, default=0.0), sum(weights), sum(nowhere)),
        *here,
        *map(min, here, around),  # The passage may stand after the beginning.
    )


def sentence_lacking_of(
    collection: Collection, question: Question, sentence: Sentence
) -> tuple[float, float, float]:
    """What a sentence lacks, with what it leans on; by _SENTENCE_LACKS.

    The passage may name two brothers where the sentence tells of the other one.
    """
    article, _, end = place_of(collection, sentence)
    quoted = article.text[leaning_start(collection, sentence) : end]
    return _lacking_facts(question.text, passage_of(quoted, collection.lexicon), collection)


def _lacking_facts(
    question: str, held: Passage, collection: Collection
) -> tuple[float, float, float]:
    said = asked_facts(question, collection.lexicon)
    names = list(held.unknown_names(said.names, question))
    known = sum(is_known(name.text, collection.lexicon) for name in names)
    amounts = sum(1 for _ in held.unknown_amounts(said, question))
    return float(known), float(len(names) - known), float(amounts)


def features_of(
    setting: Sequence[float],
    lacking: Sequence[float],
    table: Floats,
    scores: Floats,
    sentence_lacking: Sequence[float],
) -> Floats:
    """Describe how well the best passages and sentences fit; shape (len(FEATURES),).

    Args:
        setting: From `setting_of`.
        lacking: From `lacking_of`, of the best sentence's passage.
        table: Features of the sentences, (n, len(choose.FEATURES)), best first; at least one.
        scores: By which they are ranked, (n,).
        sentence_lacking: From `sentence_lacking_of`, of the best sentence.
    """
    column = {name: table[:, place] for place, name in enumerate(choose.FEATURES)}
    shares = choose.shares_of(scores)
    second = scores[1] if len(scores) > 1 else scores[0] - 3.0
    reads = np.sort(column["read"])[::-1]
    unmet = sum(float(column[f"no_{kind}"][0]) for kind in KINDS)
    values = [
        *setting,
        shares[0], shares[:3].sum(), scores[0], scores[0] - second,
        *(column[name][0] for name in _OF_BEST),
        unmet + sum(float(column[kind][0]) for kind in KINDS), unmet,
        *lacking,
        reads[0], reads[1] if len(reads) > 1 else UNREAD,
        *sentence_lacking,
    ]  # fmt: skip
    return np.array(values, dtype=np.float32)


def confidence(network: Network, features: Floats) -> float:
    """The probability that the best sentences answer the question.

    Args:
        network: Fitted and calibrated by `python -m training.answers`.
        features: From `features_of`.
    """
    odds = float(network.score(features[None, :])[0])
    return float(1 / (1 + np.exp(-odds)))


@lru_cache(maxsize=1)
def bundled_bounds() -> Mapping[str, float]:
    """The confidence from which on the answer is yes, for each of DIRECTIONS.

    From the question's language to that of the best sentence. Chosen by `python -m
    training.answers` so that in each the same small share of the answerable questions is refused;
    it prints how many of the others that refuses.
    """
    text = (files("assistant.answering") / "bounds.json").read_text(encoding="utf-8")
    return {direction: float(bound) for direction, bound in json.loads(text).items()}
