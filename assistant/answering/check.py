"""Is a written sentence supported by the passages that it cites?

Three questions, cheapest first: do its numbers, dates and names occur there; does it say no
where they say yes; and does what it says stand in one or two sentences of theirs, by the embedder
and by its words, translated where the languages differ.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from assistant.answering.facts import Facts, Passage, facts, passage_of
from assistant.answering.names import Translations, stems
from assistant.language import Language, detect, normalise, sentences, words

Vectors = npt.NDArray[np.float32]
Span = tuple[int, int]
Reason = Literal["supported", "facts", "negation", "meaning", "empty"]


class Embedding(Protocol):
    """What is asked of `assistant.embedding.Embedder`."""

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        """Vectors of texts, shape (n, dim), rows of L2 norm 1."""
        ...


@dataclass(frozen=True)
class Verdict:
    """What the check of one sentence gave.

    Attributes:
        supported: The passages say so.
        reason: Which question decided.
        support: Estimated probability in [0, 1] that passages say what the sentence says; 0.0
            where its facts already don't occur there.
        missing: Its facts that the passages lack, as written.
        spans: For each passage, in order, where its one or two nearest sentences are.
        supports: For each passage alone, the probability that it says so.
    """

    supported: bool
    reason: Reason
    support: float
    missing: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    supports: tuple[float, ...] = ()


@dataclass(frozen=True)
class _Weights:
    """A logistic model of how near, how much held, and how many facts have been found."""

    bias: float
    cosine: float
    coverage: float
    facts: float
    least: float  # probability from which on a sentence counts as supported


# `python -m training.support` fits them and prints what they keep and refuse.
WEIGHTS: dict[tuple[Language, Language], _Weights] = {
    ("ar", "ar"): _Weights(-30.27, 27.69, 9.05, 3.51, 0.366),
    ("en", "en"): _Weights(-35.79, 34.79, 8.00, 3.17, 0.350),
    ("ar", "en"): _Weights(-40.39, 39.76, 10.22, 3.04, 0.278),
    ("en", "ar"): _Weights(-37.40, 35.13, 10.79, 3.06, 0.326),
}
_FUNCTION_SHARE = 2e-3
_RAREST_SHARE = 1e-6
_LIKELY = 0.04  # a translation at least so probable covers a word
_MOST_KEPT = 256


@dataclass(frozen=True)
class _Source:
    """A passage, read and embedded once.

    Attributes:
        text: As given.
        spans: Its sentences, and its pairs of neighbouring sentences.
        vectors: One row for each span.
        facts: Ready to be asked for facts.
    """

    text: str
    spans: tuple[Span, ...]
    vectors: Vectors
    facts: Passage


class Checker:
    """Checks sentences against passages, in either language; any number of threads may ask."""

    def __init__(self, embedder: Embedding, lexicon: Translations) -> None:
        """Check with an embedder's vectors and a lexicon's translations."""
        self._embedder = embedder
        self._lexicon = lexicon
        self._lock = threading.Lock()
        self._sources: OrderedDict[str, _Source] = OrderedDict()
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def facts(self, sentence: str) -> Facts:
        """The numbers, dates and names of a sentence."""
        return facts(sentence, self._lexicon)

    def check(self, sentence: str, cited: Sequence[str]) -> Verdict:
        """Whether the passages together say what the sentence says.

        Args:
            sentence: Without citation markers.
            cited: The texts of the passages that it cites.
        """
        if not cited or next(words(sentence), None) is None:
            return Verdict(False, "empty", 0.0)
        sources = [self._source(text) for text in dict.fromkeys(cited)]
        missing = self.missing(sentence, cited)
        if missing:
            return Verdict(False, "facts", 0.0, missing)
        measured = [self._measure(sentence, source) for source in sources]
        by_text = {source.text: m for source, m in zip(sources, measured, strict=True)}
        spans = tuple(by_text[text][0] for text in cited)
        supports = tuple(by_text[text][1] for text in cited)
        best = max(range(len(cited)), key=supports.__getitem__)
        start, end = spans[best]
        reason: Reason = "supported"
        if supports[best] < self._least(sentence, cited[best]):
            reason = "meaning"
        elif _denies(sentence, cited[best][start:end]):
            reason = "negation"
        return Verdict(reason == "supported", reason, supports[best], (), spans, supports)

    def missing(self, sentence: str, cited: Sequence[str]) -> tuple[str, ...]:
        """The facts of a sentence that none of the passages holds, as written."""
        lacking: list[str] | None = None
        for text in dict.fromkeys(cited):
            here = self._source(text).facts.missing(sentence)
            lacking = [f for f in (here if lacking is None else lacking) if f in here]
        return tuple(lacking or ())

    def measure(self, sentence: str, passage: str) -> tuple[float, float, float]:
        """The features of one sentence and passage.

        Returns:
            The nearest cosine; the share of its words that the passage holds; and how many facts
            it has, from 0.0 to 1.0 for three or more: where all of them are found, few other
            sentences would be as well.
        """
        source = self._source(passage)
        nearest = self._nearest(sentence, source)[1]
        return nearest, self._coverage(sentence, source), self._count(sentence)

    def _count(self, sentence: str) -> float:
        said = self.facts(sentence)
        return min(3, len(said.numbers) + len(said.dates) + len(said.names)) / 3

    def _measure(self, sentence: str, source: _Source) -> tuple[Span, float]:
        span, cosine = self._nearest(sentence, source)
        weights = WEIGHTS[detect(sentence), detect(source.text)]
        coverage, found = self._coverage(sentence, source), self._count(sentence)
        odds = weights.bias + weights.cosine * cosine + weights.coverage * coverage
        odds += weights.facts * found
        return span, 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, odds))))

    def _least(self, sentence: str, passage: str) -> float:
        return WEIGHTS[detect(sentence), detect(passage)].least

    def _nearest(self, sentence: str, source: _Source) -> tuple[Span, float]:
        vector = self._vector(sentence)
        cosines = source.vectors @ vector
        best = int(cosines.argmax())
        return source.spans[best], float(cosines[best])

    def _vector(self, sentence: str) -> Vectors:
        with self._lock:
            if sentence in self._vectors:
                return self._vectors[sentence]
        vector: Vectors = self._embedder.embed_passages([sentence])[0]
        with self._lock:
            self._vectors[sentence] = vector
            while len(self._vectors) > _MOST_KEPT:
                self._vectors.popitem(last=False)
        return vector

    def _coverage(self, sentence: str, source: _Source) -> float:
        """How much of the sentence's words the passage holds, rare words counting more."""
        total = held = 0.0
        language = detect(sentence)
        for word in words(sentence):
            shares = [self._lexicon.share(stem, language) for stem in stems(word.text)]
            share = max(shares, default=0.0)
            if share > _FUNCTION_SHARE:
                continue
            weight = -math.log(max(share, _RAREST_SHARE))
            total += weight
            held += weight * source.facts.held.holds(word.text, _LIKELY)
        return held / total if total else 1.0

    def _source(self, text: str) -> _Source:
        with self._lock:
            if text in self._sources:
                self._sources.move_to_end(text)
                return self._sources[text]
        single = sentences(text) or [(0, len(text))]
        vectors = self._embedder.embed_passages([text[start:end] for start, end in single])
        spans, rows = _with_pairs(single, vectors)
        source = _Source(text, spans, rows, passage_of(text, self._lexicon))
        with self._lock:
            self._sources[text] = source
            while len(self._sources) > _MOST_KEPT:
                self._sources.popitem(last=False)
        return source


def _with_pairs(single: Sequence[Span], vectors: Vectors) -> tuple[tuple[Span, ...], Vectors]:
    """Sentences and their neighbouring pairs.

    A pair's vector is the mean of the two by length: what mean pooling over both would nearly
    give, without reading them again.
    """
    pairs = [(one[0], two[1]) for one, two in pairwise(single)]
    if not pairs:
        return tuple(single), vectors
    lengths = np.array([[end - start] for start, end in single], dtype=np.float32)
    weighted = vectors * lengths
    sums = weighted[:-1] + weighted[1:]
    sums /= np.linalg.norm(sums, axis=1, keepdims=True)
    return (*single, *pairs), np.vstack([vectors, sums]).astype(np.float32)


_NEGATIONS = frozenset(
    normalise(
        "not no never none nobody nothing neither nor cannot without isn't wasn't aren't weren't "
        "don't doesn't didn't hasn't haven't hadn't won't wouldn't can't couldn't shouldn't "
        "لا لم لن ليس ليست ليسوا لست غير دون بدون عدم كلا مش مو ولا ولم ولن وليس فلم ما"
    ).split()
)
# They deny without a word of denying: what follows them may be said with one.
_IMPLIED = frozenset(
    normalise(
        "deny denied denies refuse refused refuses reject rejected rejects fail failed fails lack "
        "lacks lacked unable impossible unlikely stop stopped before only ban banned bans except "
        "prevent prevented avoid avoided absence unless few little hardly yet still until "
        "رفض رفضت ترفض يرفض نفى نفت ينفي نفيه فشل فشلت تعذر امتنع امتنعت حظر حظرت منع منعت "
        "استحالة غياب قبل سوى إلا فقط خلا انعدام يخلو تخلو رغم قلة بلا توقف توقفت حتى بعد"
    ).split()
)


def _denies(sentence: str, source: str) -> bool:
    """Whether a sentence says no where its source says nothing of the kind."""
    said = {word.text for word in words(sentence)}
    held = {word.text for word in words(source)}
    if said & _NEGATIONS - _WEAK and not held & (_NEGATIONS | _IMPLIED):
        return not any(word.startswith(("un", "dis", "im")) and len(word) > 4 for word in held)
    return False


# "ما" also means "what", "غير" "other than".
_WEAK = frozenset(normalise("ما غير").split())
