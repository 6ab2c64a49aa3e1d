"""Questions with the sentences that may answer them, as tokens.

Sentences come from the question's own passage, all of them, and from the passages nearest to it
those that are likest to the question: what the product would have the reader read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from assistant.answering.versions import sentence_before
from assistant.embedding import Embedder, bundled_folder
from assistant.language import sentences, unpointed
from assistant.models import Article
from assistant.onnx_vocabulary import vocabulary_of
from assistant.retrieval.tokens import maxsim, pack, similarities

Vectors = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.int64]

NEAR, LIKE = 4, 4
"""Other passages that a question's sentences are taken from; how many of the likest, or twice as
many for a question that no passage answers."""


@dataclass(frozen=True)
class Reading:
    """A question, the sentences that hold its answer, if any do, and others.

    Attributes:
        question: Number of the question in its set.
        right: Numbers of sentences that hold the answer.
        wrong: Others of the same passage, then others.
        answer: For each right sentence, first and last token of the answer in it.
    """

    question: int
    right: tuple[int, ...]
    wrong: tuple[int, ...]
    answer: tuple[tuple[int, int], ...] = ()


class Told(NamedTuple):
    """Tokens of a sentence, of its article's title, and of the sentence before it."""

    title: Tokens
    before: Tokens
    text: Tokens


@dataclass
class ReadingSet:
    """Questions in one language over passages in one.

    Attributes:
        sentences: Tokens of each sentence, as numbers, and of what it is read with.
        questions: Tokens of each question.
        readings: One for each question.
    """

    name: str
    sentences: list[Told]
    questions: list[Tokens]
    readings: list[Reading] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """A question, the passage that it is about or -1, and its answer's spans."""

    text: str
    passage: int
    spans: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class _Sentence:
    """A sentence of a passage.

    Attributes:
        number: In the set.
        start: In the passage's text.
        end: Exclusive.
        inside: Its token vectors among the passage's.
    """

    number: int
    start: int
    end: int
    inside: npt.NDArray[np.int64]


class Passages:
    """Passages: vectors, token vectors, sentences."""

    def __init__(
        self,
        texts: Sequence[str],
        embedder: Embedder,
        whence: Sequence[tuple[Article, int]] = (),
    ) -> None:
        """Of articles, each from a character on, or of none."""
        self.texts = texts
        self._whence = whence
        self.told: list[Told] = []
        self.vectors = np.zeros((len(texts), embedder.dim), np.float32)
        self.codes: list[npt.NDArray[np.uint8]] = []
        self.sentences: list[list[_Sentence]] = []
        self.read: list[Encoding] = []
        for start in range(0, len(texts), 64):
            some = texts[start : start + 64]
            vectors, tokens = embedder.embed_passages_with_tokens(some)
            self.vectors[start : start + 64] = vectors
            for text, token in zip(some, tokens, strict=True):
                self.codes.append(pack(token.vectors))
                self.sentences.append(list(self._split(text, token.spans)))

    def _split(self, text: str, spans: npt.NDArray[np.int32]) -> Iterator[_Sentence]:
        whole, title, first = text, "", 0
        if self._whence:
            article, first = self._whence[len(self.sentences)]
            whole, title = article.text, article.title
        for start, end in sentences(text):
            inside = np.flatnonzero((spans[:, 0] < end) & (spans[:, 1] > start))
            read = encoded(text[start:end])
            if len(inside) and read.ids:
                self.read.append(read)
                self.told.append(
                    told(title, sentence_before(whole, first + start), text[start:end])
                )
                yield _Sentence(len(self.read) - 1, start, end, inside)

    def tokens_of(self, sentence: _Sentence, start: int, end: int) -> tuple[int, int] | None:
        """First and last token of a stretch of the passage, counted from the sentence's first."""
        spans = np.array(self.read[sentence.number].offsets) + sentence.start
        inside = np.flatnonzero((spans[:, 0] < end) & (spans[:, 1] > start))
        return (int(inside[0]), int(inside[-1])) if len(inside) else None


def encoded(text: str) -> Encoding:
    """A text's tokens, as the product's reader takes them."""
    tokenizer = vocabulary_of(bundled_folder()).tokenizer
    return tokenizer.encode(text, add_special_tokens=False)


def told(title: str, before: str, text: str) -> Told:
    """A sentence with what it is read with."""
    return Told(*(np.array(encoded(each).ids, np.int64) for each in (title, before, text)))


def read_set(name: str, texts: Passages, asked: Sequence[Asked], embedder: Embedder) -> ReadingSet:
    """Find each question's sentences."""
    questions = [unpointed(each.text) for each in asked]
    vectors, tokens = embedder.embed_queries_with_tokens(questions)
    found = ReadingSet(
        name,
        texts.told,
        [np.array(encoded(question).ids) for question in questions],
    )
    for number, each in enumerate(asked):
        right, wrong, answer = [], [], []
        for sentence in texts.sentences[each.passage] if each.passage >= 0 else ():
            spans = [span for span in each.spans if sentence.start <= span[0] < sentence.end]
            at, said = spans[0] if spans else (0, "")
            place = texts.tokens_of(sentence, at, at + len(said)) if said else None
            if place is not None:
                right.append(sentence.number)
                answer.append(place)
            else:
                wrong.append(sentence.number)
        nearest = np.argsort(-(texts.vectors @ vectors[number]), kind="stable")[: NEAR + 1]
        others = [
            (int(other), sentence)
            for other in nearest[nearest != each.passage][:NEAR]
            for sentence in texts.sentences[other]
        ]
        likest = np.argsort(-_met(tokens[number], texts, others), kind="stable")
        most = LIKE if each.passage >= 0 else 2 * LIKE
        wrong += [others[at][1].number for at in likest[:most]]
        found.readings.append(Reading(number, tuple(right), tuple(wrong), tuple(answer)))
    return found


def _met(question: Vectors, texts: Passages, sentences: Sequence[tuple[int, _Sentence]]) -> Vectors:
    codes = [texts.codes[passage][sentence.inside] for passage, sentence in sentences]
    starts = np.cumsum([0, *map(len, codes)])[:-1]
    weights = np.full(len(question), 1 / len(question), np.float32)
    return maxsim(similarities(np.concatenate(codes), question), starts, weights)
