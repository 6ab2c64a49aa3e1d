"""What the reader learns from: questions with the sentences that may answer them, as tokens.

Our own bilingual passages in all four directions, ARCD, the development half of XQuAD, and news
articles of both languages; lines that no article answers. Sentences come from the question's own
passage, all of them, and from the passages nearest to it those that are likest to the question:
what the product would have it read.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from assistant.answering.versions import sentence_before
from assistant.embedding import Embedder, bundled_folder
from assistant.language import LANGUAGES, Language, sentences, unpointed
from assistant.models import Article
from assistant.onnx_vocabulary import vocabulary_of
from assistant.reading.passages import cut
from assistant.retrieval.tokens import maxsim, pack, similarities
from assistant.settings import Settings
from benchmarks.squad import read_squad
from training import corpus
from training.broad import broad_questions
from training.corpus import CORPUS, BilingualPassage, NewsQuestion, Pair, lines, passages

Vectors = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.int64]

NEAR, LIKE = 4, 4
"""Other passages that a question's sentences are taken from; how many of the likest, or twice as
many for a question that no passage answers."""
STRANGERS, LINES = 60, 20
"""How many questions of other articles are asked of each folder of news in each language; and one
in how many of the lines that no article answers."""
MISSPELT = 0.3
"""How many of the news questions are asked with slips, too."""
_WITHOUT_HAMZA = str.maketrans("أإآىةؤئ", "ااايهوي")
PASSAGE_TOKENS = Settings.model_fields["passage_tokens"].default


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


class _Passages:
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


def read_set(name: str, texts: _Passages, asked: Sequence[Asked], embedder: Embedder) -> ReadingSet:
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


def _met(
    question: Vectors, texts: _Passages, sentences: Sequence[tuple[int, _Sentence]]
) -> Vectors:
    codes = [texts.codes[passage][sentence.inside] for passage, sentence in sentences]
    starts = np.cumsum([0, *map(len, codes)])[:-1]
    weights = np.full(len(question), 1 / len(question), np.float32)
    return maxsim(similarities(np.concatenate(codes), question), starts, weights)


def own(embedder: Embedder) -> Iterator[ReadingSet]:
    """Our passages, in four directions, with what no article answers."""
    held = list(passages("train", CORPUS))
    unasked = _unasked()
    for holds in LANGUAGES:
        texts = _Passages([_in(passage, holds) for passage in held], embedder)
        for asks in LANGUAGES:
            asked = [Asked(getattr(pair, asks), -1) for pair in unasked]
            for number, passage in enumerate(held):
                for q in passage.questions:
                    answer = getattr(q, f"answer_{holds}")
                    at = texts.texts[number].find(answer) if answer else -1
                    if at >= 0 or q.kind != "answerable":
                        spans = ((at, answer),) if at >= 0 else ()
                        asked.append(Asked(getattr(q, asks), number, spans))
            yield read_set(f"own {asks}-{holds}", texts, asked, embedder)


def _in(passage: BilingualPassage, language: Language) -> str:
    return passage.ar if language == "ar" else passage.en


def arcd(embedder: Embedder) -> Iterator[ReadingSet]:
    """ARCD (Mozannar et al. 2019): native Arabic questions."""
    yield _squad("arcd", "arcd.json", "ar", "arcd.json", "ar", embedder)


def xquad(embedder: Embedder) -> Iterator[ReadingSet]:
    """The development half of XQuAD (Artetxe et al. 2020), in four directions, and strangers."""
    others = [each for _, questions in corpus.news() for each in questions if each.spans]
    for number, (holds, asks) in enumerate(product(LANGUAGES, LANGUAGES)):
        files = f"xquad-dev.{holds}.json", holds, f"xquad-dev.{asks}.json", asks
        yield _squad("xquad", *files, embedder, _strangers(others[number::24], asks, number, 8))


def news(embedder: Embedder) -> Iterator[ReadingSet]:
    """News articles of both languages, cut into passages as the product cuts them.

    Other folders' questions are strangers there.
    """
    chance = random.Random(0)
    folders = list(corpus.news())
    asks_of = [[each for each in questions if each.spans] for _, questions in folders]
    for folder, (articles, questions) in enumerate(folders):
        cuts = [cut(article, embedder.count_tokens, PASSAGE_TOKENS) for article in articles]
        first = np.cumsum([0, *map(len, cuts)])
        whence = [
            (article, passage.start)
            for article, each in zip(articles, cuts, strict=True)
            for passage in each
        ]
        texts = _Passages([p.text for each in cuts for p in each], embedder, whence)
        asked = []
        for each in questions:
            place, spans = -1, each.spans
            for number, passage in enumerate(cuts[each.article]):
                if spans and passage.start <= spans[0][0] < passage.end:
                    place = int(first[each.article]) + number
                    spans = tuple((at - passage.start, text) for at, text in spans)
                    break
            worded = [getattr(each, asks) for asks in LANGUAGES]
            if chance.random() < MISSPELT:
                worded += [misspelt(text, chance) for text in worded]
            asked += [Asked(text, place, spans) for text in worded]
        apart = [
            each for other in range(len(folders)) if other != folder for each in asks_of[other]
        ]
        for asks in LANGUAGES:
            asked += _strangers(
                chance.sample(apart, min(STRANGERS, len(apart))), asks, folder % LINES, LINES
            )
        yield read_set("news", texts, asked, embedder)


def broad() -> Iterator[ReadingSet]:
    """Broad questions over the news articles; a sentence that answers does so as a whole."""
    chance = random.Random(4)
    found = ReadingSet("broad", [], [])

    def numbered(title: str, parts: Sequence[tuple[str, str]]) -> tuple[int, ...]:
        first = len(found.sentences)
        found.sentences += [told(title, before, text) for before, text in parts]
        return tuple(range(first, len(found.sentences)))

    for each in broad_questions():
        right = numbered(each.title, each.right)
        wrong = numbered(each.title, chance.sample(each.wrong, min(len(each.wrong), 2 * LIKE)))
        answer = tuple((0, len(found.sentences[number].text) - 1) for number in right)
        found.questions.append(np.array(encoded(unpointed(each.text)).ids))
        number = len(found.questions) - 1
        found.readings.append(Reading(number, right, wrong, answer))
    yield found


@cache
def _unasked() -> list[Pair]:
    return [*lines("general"), *lines("instructions")]


def _strangers(
    others: Sequence[NewsQuestion], asks: Language, start: int, step: int
) -> list[Asked]:
    """Questions of other articles, and some of the lines that no article answers."""
    unasked = _unasked()[start::step]
    return [
        *(Asked(getattr(each, asks), -1) for each in others),
        *(Asked(getattr(pair, asks), -1) for pair in unasked),
    ]


def misspelt(text: str, chance: random.Random) -> str:
    """A question as hasty people type it: letters swapped, dropped or doubled, no hamzas."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 3]
    for place in chance.sample(long, min(len(long), chance.choice((1, 1, 2)))):
        word, at = words[place], chance.randrange(len(words[place]) - 1)
        words[place] = chance.choice(
            (
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word.translate(_WITHOUT_HAMZA).lower(),
            )
        )
    return " ".join(words)


def _squad(
    name: str,
    held: str,
    holds: Language,
    asked: str,
    asks: Language,
    embedder: Embedder,
    others: Sequence[Asked] = (),
) -> ReadingSet:
    file = read_squad(CORPUS / "eval" / held, holds)
    texts = _Passages(file.paragraphs, embedder)
    questions = read_squad(CORPUS / "eval" / asked, asks).questions
    pairs = [
        Asked(question.text, own.paragraph, own.answers)
        for question, own in zip(questions, file.questions, strict=True)
    ]
    return read_set(f"{name} {asks}-{holds}", texts, [*pairs, *others], embedder)
