"""The sentences of the passages found, each with its features against the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assistant.answering.expectation import KINDS, asked, held
from assistant.answering.shortlist import MET, met_of
from assistant.language import Language, sentences, tokenise
from assistant.models import Article
from assistant.onnx_reader import UNREAD
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Candidate, Question

Vectors = npt.NDArray[np.float32]

PASSAGES = 6  # how many of the best passages are measured
# An interviewer's question, and a line that only asks or announces, answer nothing.
_INTERVIEWER = re.compile(r"\s*(?:س|Q)\s*[:：-][^?؟]*[?؟]\W*")
_ASKING_LINE = re.compile(r"[^«“\":：?؟]*[?؟]\W*")
_HEADING = re.compile(r"[^\s:：]+(?:\s+[^\s:：]+){0,5}\s*[:：]\W*")
DIRECTIONS = ("ar-ar", "ar-en", "en-ar", "en-en")
MEASURED = (
    "late_z", "late_raw", "late_behind", "late_own_behind", "weakest", "weak", "before", "after",
    "pooled_z", "pooled_raw", "lexical_z", "lexical_share", "coverage", "coverage_share",
    "passage", "passage_behind", "passage_rank", "length", "first",
    *KINDS, *(f"no_{kind}" for kind in KINDS),
    *DIRECTIONS,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sentence:
    """A sentence of a passage found.

    Attributes:
        candidate: The passage, as it was ranked.
        start: In the variant's passage text.
        end: Exclusive.
        language: Of the variant.
        features: By MEASURED, and once it was read by `choose.FEATURES`; float32, one row.
        met: By `shortlist.MET`, (n_question_tokens, len(MET)).
        score: Unnormalised log probability among the sentences of this question.
        share: The softmax of the scores: how sure the choice is.
        read: What the reader says: the log odds that it answers.
    """

    candidate: Candidate
    start: int
    end: int
    language: Language
    features: Vectors
    met: Vectors = field(default_factory=lambda: np.zeros((0, len(MET)), np.float32))
    score: float = 0.0
    share: float = 0.0
    read: float = UNREAD


def place_of(collection: Collection, sentence: Sentence) -> tuple[Article, int, int]:
    """The article of a sentence as found, and where in it the sentence begins and ends."""
    passage = collection.passages[sentence.candidate.variant]
    article = collection.articles[passage.article_id]
    return article, passage.start + sentence.start, passage.start + sentence.end


@dataclass(frozen=True)
class _Measured:
    """One passage's sentences, measured against the question."""

    candidate: Candidate
    language: Language
    spans: Sequence[tuple[int, int]]
    texts: Sequence[str]
    similar: Vectors
    late: Vectors
    weakest: Vectors
    weak: Vectors
    pooled: Vectors
    lexical: Vectors
    coverage: Vectors


def measured(
    collection: Collection, question: Question, candidates: Sequence[Candidate]
) -> list[Sentence]:
    """The sentences of the best passages with their features by MEASURED, unranked.

    Not those that answer nothing: a heading that ends in a colon, a line that only asks.
    """
    found = [_measure(collection, question, candidate) for candidate in candidates[:PASSAGES]]
    if not found:
        return []
    met = _met(collection, question, found)
    return [
        Sentence(passage.candidate, start, end, passage.language, features, own)
        for passage, table, tokens in zip(found, _tables(question, found), met, strict=True)
        for (start, end), features, own in zip(passage.spans, table, tokens, strict=True)
        if _may_answer(collection.passages[passage.candidate.variant].text, start, end)
    ]


def _met(collection: Collection, question: Question, found: Sequence[_Measured]) -> list[Vectors]:
    """By `shortlist.MET`, of the sentences of each passage."""
    passages = [collection.passages[passage.candidate.variant] for passage in found]
    places = [
        (passage.article_id, passage.id, passage.start + start)
        for passage, each in zip(passages, found, strict=True)
        for start, _ in each.spans
    ]
    met = met_of(np.concatenate([each.similar for each in found]), question.weights, places)
    return np.split(met, np.cumsum([len(each.spans) for each in found])[:-1])


def _may_answer(text: str, start: int, end: int) -> bool:
    heading = _is_line(text, start, end) and _HEADING.fullmatch(text[start:end])
    return not heading and not only_asks(text, start, end)


def only_asks(text: str, start: int, end: int) -> bool:
    """Whether a sentence of a text is an interviewer's question, or a line that only asks."""
    sentence = text[start:end]
    asking = _is_line(text, start, end) and _ASKING_LINE.fullmatch(sentence)
    return bool(asking or _INTERVIEWER.fullmatch(sentence))


def _is_line(text: str, start: int, end: int) -> bool:
    return not (text[:start].rpartition("\n")[2] + text[end:].partition("\n")[0]).strip()


def _measure(collection: Collection, question: Question, candidate: Candidate) -> _Measured:
    passage = collection.passages[candidate.variant]
    language = collection.languages[candidate.variant]
    spans = sentences(passage.text)
    texts = [passage.text[start:end] for start, end in spans]
    _, token_spans = collection.token_codes(candidate.variant)
    best = np.zeros((len(spans), candidate.similar.shape[1] - 1), dtype=np.float32)
    numbers = np.zeros((4, len(spans)), dtype=np.float32)
    for index, (start, end) in enumerate(spans):
        inside = (token_spans[:, 0] < end) & (token_spans[:, 1] > start)
        similar = candidate.similar[inside]
        best[index] = similar[:, :-1].max(axis=0, initial=-1.0)
        numbers[:, index] = _late(best[index], similar[:, -1], question.weights)
    stems = [stems_of(text) for text in texts]
    lexical = collection.lexical.sentence_scores(question.terms, stems, language)
    late, weakest, weak, pooled = numbers
    return _Measured(
        candidate,
        language,
        spans,
        texts,
        best,
        late,
        weakest,
        weak,
        pooled,
        lexical.bm25,
        lexical.coverage,
    )


def _late(best: Vectors, whole: Vectors, weights: Vectors) -> tuple[float, float, float, float]:
    """MaxSim, the question's worst-met token, its worst quarter, and the mean cosine."""
    if not len(whole) or not len(weights):
        return 0.0, 0.0, 0.0, 0.0
    quarter = np.sort(best)[: max(1, len(best) // 4)]
    return float(best @ weights), float(best.min()), float(quarter.mean()), float(whole.mean())


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
