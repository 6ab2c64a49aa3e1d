"""One question to one answer: retrieve, choose, decide, then quote or write."""

from __future__ import annotations

from collections.abc import Collection as Container
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from assistant.answering import wording
from assistant.answering.choose import Networks, choose
from assistant.answering.courtesy import is_courtesy
from assistant.answering.decide import (
    bundled_bounds,
    confidence,
    features_of,
    lacking_of,
    sentence_lacking_of,
    setting_of,
)
from assistant.answering.features import Sentence
from assistant.answering.network import bundled_network
from assistant.answering.overview import overview
from assistant.answering.overview_phrases import Wanted
from assistant.answering.quote import Place, Quotation, not_quoted, pieces, quotations
from assistant.answering.shortlist import bundled_shortlist
from assistant.errors import ChatModelError, QuestionError
from assistant.language import Language, detect, normalise, third_language, words
from assistant.models import Answer, Citation, Hit
from assistant.onnx_reader import bundled_reader
from assistant.retrieval.collection import Collection, Rows
from assistant.retrieval.fusion import Candidate, Retriever

RELATED = 3
# Where retrieval itself gives no passage one chance in a hundred, nothing answers.
LEAST_LIKELY = 0.01


@dataclass(frozen=True)
class Search:
    """Another way to look for what a question may mean.

    Attributes:
        standalone: What is searched for.
        exclude: Places that are not to be quoted.
        within: The id of the only article that is searched, or "".
    """

    standalone: str
    exclude: Container[Place] = ()
    within: str = ""


@dataclass(frozen=True)
class Asked:
    """A question that passed the door.

    Attributes:
        text: As typed.
        standalone: What is searched for: the same, or a follow-up made complete.
        language: Of the typed text, and so of the answer.
        exclude: Places that were quoted before and should not be again.
        otherwise: What to try in turn where that finds nothing.
    """

    text: str
    standalone: str
    language: Language
    exclude: Container[Place] = ()
    otherwise: Sequence[Search] = ()


@dataclass(frozen=True)
class Findings:
    """What was found for a question, before it is put into words.

    Attributes:
        candidates: Passages, best first.
        sentences: Sentences, best first.
        confidence: That they answer the question.
        found: Whether that is enough.
        whole: What is asked of an article as a whole; its beginning then answers for sure.
    """

    candidates: Sequence[Candidate] = ()
    sentences: Sequence[Sentence] = ()
    confidence: float = 0.0
    found: bool = False
    whole: Wanted | None = None


class Writing(Protocol):
    """Writes an answer with a language model; every sentence it gives has been checked."""

    name: str

    def write(
        self, asked: Asked, findings: Findings, collection: Collection
    ) -> Iterator[str | tuple[Citation, ...]]:
        """Pieces of text as they are checked, and the citations last.

        Raises:
            ChatModelError: the model failed, or nothing it said was supported.
        """


def check_question(question: str, most_chars: int) -> None:
    """Refuse what can't be searched for.

    Raises:
        QuestionError: the question is empty, has no words, is no text, or is too long.
    """
    if not question.strip():
        raise QuestionError("The question is empty.", "Ask in Arabic or English.")
    if len(question) > most_chars:
        raise QuestionError(
            f"The question has {len(question)} characters; {most_chars} are allowed.",
            "Ask something shorter.",
        )
    if any("\ud800" <= letter <= "\udfff" for letter in question):
        raise QuestionError(
            "The question holds bytes that are no text.", "Type it again, or send it as UTF-8."
        )
    if next(words(question), None) is None:
        raise QuestionError("The question has no words.", "Ask in Arabic or English.")


_BARE = frozenset(
    normalise(
        "who whom whose what which when where why how is are was were do does did he she it they "
        "him her them this that these those yes no من ما ماذا متى أين كيف لماذا كم أي هل مين شكون "
        "شو شنو ايش ليش ليه وين فين إمتى إزاي كيفاش هو هي هم هن هذا هذه ذلك تلك هؤلاء لا نعم"
    ).split()
)


def _asks_of_nothing(question: str) -> bool:
    """Whether a question names nothing that could be looked for: "Who is she?", "متى؟".

    A capital after the first word names something: "What is the WHO?".
    """
    return all(
        word.text in _BARE and not (word.start and question[word.start].isupper())
        for word in words(question)
    )


class Answerer:
    """Answers questions about one collection."""

    def __init__(
        self, retriever: Retriever, *, most_quotes: int, writer: Writing | None = None
    ) -> None:
        """Quote at most `most_quotes` sentences; write instead when there is a writer."""
        self.retriever = retriever
        self._most_quotes = most_quotes
        self._writer = writer
        self._reader = bundled_reader()
        self._networks = Networks(bundled_shortlist(), bundled_network("choice"))

    def find(self, asked: Asked, without: Rows | None = None) -> Findings:
        """Retrieve passages, choose sentences, decide.

        Args:
            asked: The question.
            without: Rows to leave out, as if the collection did not hold them.
        """
        collection = self.retriever.collection
        if _asks_of_nothing(asked.standalone):
            return Findings()
        if (whole := overview(asked.standalone, collection, without)) is not None:
            told = not_quoted(collection, whole.sentences, asked.exclude)
            found = whole.found and bool(told)
            candidates = [sentence.candidate for sentence in told]
            return Findings(candidates, told, float(found), found, whole.wanted)
        [question] = self.retriever.read([asked.standalone], [detect(asked.standalone)])
        candidates = self.retriever.rank(question, without=without)
        sentences = choose(
            collection, question, candidates, self._reader, self._networks, asked.exclude
        )
        if not sentences:
            return Findings()
        features = features_of(
            setting_of(collection, candidates),
            lacking_of(collection, question, sentences[0].candidate.variant),
            np.stack([sentence.features for sentence in sentences]),
            np.array([sentence.score for sentence in sentences], dtype=np.float32),
            sentence_lacking_of(collection, question, sentences[0]),
        )
        probability = confidence(bundled_network("decision"), features)
        likely = max(candidate.score for candidate in candidates) >= LEAST_LIKELY
        direction = f"{question.language}-{sentences[0].language}"
        found = likely and probability >= bundled_bounds()[direction]
        return Findings(candidates, sentences, probability, found)

    def events(self, asked: Asked) -> Iterator[str | Answer]:
        """Pieces of the answer's text as they are ready, and the finished Answer last."""
        if is_courtesy(asked.text):
            yield from _only(asked, wording.courtesy(asked.language))
            return
        # Arabic in Latin letters looks like a third language.
        if asked.language == detect(asked.text) and third_language(asked.text) is not None:
            yield from _only(asked, wording.third_language(asked.language))
            return
        asked, findings = self._found(asked)
        if not findings.found and asked.exclude:
            # Everything that answers was quoted before.
            yield from _only(asked, wording.nothing_more(asked.language))
        elif not findings.found:
            yield from self._nothing(asked, findings)
        elif self._writer is None or findings.whole not in (None, "about"):
            yield from self._quoted(asked, findings)
        else:
            yield from self._written(self._writer, asked, findings)

    def _found(self, asked: Asked) -> tuple[Asked, Findings]:
        """The question, or the first other search that finds anything, and what is found."""
        first = self.find(asked)
        if first.found:
            return asked, first
        collection = self.retriever.collection
        for search in asked.otherwise:
            again = replace(asked, standalone=search.standalone, exclude=search.exclude)
            without = collection.rows_beside(search.within) if search.within else None
            if (findings := self.find(again, without)).found:
                return again, findings
        return asked, first

    def _nothing(self, asked: Asked, findings: Findings) -> Iterator[str | Answer]:
        text = wording.not_found(asked.language)
        yield text
        yield Answer(
            question=asked.text,
            language=asked.language,
            text=text,
            found=False,
            confidence=findings.confidence,
            related=tuple(self.hits(findings.candidates, RELATED)),
        )

    def hits(self, candidates: Sequence[Candidate], k: int) -> list[Hit]:
        """The first k candidates as callers get them."""
        passages = self.retriever.collection.passages
        return [
            Hit(passage=passages[candidate.row], score=candidate.score)
            for candidate in candidates[:k]
        ]

    def quotations(
        self, findings: Findings, language: Language, exclude: Container[Place] = ()
    ) -> list[Quotation]:
        """The sentences to quote, the best first, without those that were quoted before."""
        return quotations(
            self.retriever.collection,
            findings.sentences,
            language,
            most=self._most_quotes,
            exclude=exclude,
        )

    def _quoted(
        self, asked: Asked, findings: Findings, note: str | None = None
    ) -> Iterator[str | Answer]:
        found = self.quotations(findings, asked.language, asked.exclude)
        text = ""
        begins = findings.whole is not None and not asked.exclude
        for piece in pieces(found, asked.language, begins=begins):
            text += piece
            yield piece
        yield _answer(asked, findings, text, [quotation.citation for quotation in found], note)

    def _written(self, writer: Writing, asked: Asked, findings: Findings) -> Iterator[str | Answer]:
        text = ""
        citations: tuple[Citation, ...] = ()
        note: str | None = None
        try:
            for event in writer.write(asked, findings, self.retriever.collection):
                if isinstance(event, str):
                    text += event
                    yield event
                else:
                    citations = event
        except ChatModelError as error:
            if not text:
                yield from self._quoted(asked, findings, wording.fell_back(asked.language, error))
                return
            note = wording.broke_off(asked.language, error)
        yield _answer(asked, findings, text, citations, note, writer.name)


def _only(asked: Asked, text: str) -> Iterator[str | Answer]:
    """A text that answers nothing."""
    yield text
    yield Answer(
        question=asked.text, language=asked.language, text=text, found=False, confidence=0.0
    )


def _answer(
    asked: Asked,
    findings: Findings,
    text: str,
    citations: Sequence[Citation],
    note: str | None,
    mode: str = "quote",
) -> Answer:
    return Answer(
        question=asked.text,
        language=asked.language,
        text=text,
        citations=tuple(citations),
        found=True,
        confidence=findings.confidence,
        mode=mode,
        note=note,
    )


__all__ = ["Answerer", "Asked", "Findings", "Quotation", "Writing", "check_question"]
