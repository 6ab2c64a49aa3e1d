"""Written answers about a collection: which passages the model gets, and what is then cited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from assistant.answering import wording
from assistant.answering.chat_model import load_chat_model
from assistant.answering.check import Checker
from assistant.answering.write import Evidence, Support, Writer, Written
from assistant.embedding import Embedder
from assistant.errors import ChatModelError
from assistant.language import Language
from assistant.models import Citation, Passage
from assistant.retrieval.collection import Collection
from assistant.retrieval.lexicon import Lexicon
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.answering.answerer import Asked, Findings

# ALCE (Gao et al. 2023) gives a model five; one more, since the best are long.
MOST_PASSAGES = 6


class ChatWriting:
    """Writes answers with the language model that the settings name."""

    def __init__(self, settings: Settings, embedder: Embedder, lexicon: Lexicon) -> None:
        """Open the model; nothing is sent to it yet.

        Raises:
            ChatModelError: the model can't be opened.
        """
        self._writer = Writer(load_chat_model(settings), Checker(embedder, lexicon))
        self.name = self._writer.name

    def write(
        self, asked: Asked, findings: Findings, collection: Collection
    ) -> Iterator[str | tuple[Citation, ...]]:
        """Pieces of text as they are checked, and the citations last.

        Raises:
            ChatModelError: the model failed, or nothing it said was supported; where some of
                the answer was given before, its citations have been given too.
        """
        rows = dict.fromkeys(candidate.row for candidate in findings.candidates)
        passages = [collection.passages[row] for row in rows][:MOST_PASSAGES]
        evidence = [
            Evidence(number, article.title, article.published, passage.text)
            for number, passage in enumerate(passages, start=1)
            for article in [collection.articles[passage.article_id]]
        ]
        cited = _Cited(collection, passages, asked.language)
        given = False
        try:
            for sentence in self._writer.write(asked.standalone, asked.language, evidence):
                places = [cited.place(support) for support in sentence.supports]
                if all(place in asked.exclude for place in places):
                    continue
                yield _piece(sentence, cited.numbers(sentence.supports), first=not given)
                given = True
        except ChatModelError:
            if given:
                yield cited.citations
            raise
        if not given:
            raise ChatModelError(
                f"{self.name} added nothing to what was said before.", "Ask something else."
            )
        yield cited.citations


def _piece(sentence: Written, numbers: Sequence[int], *, first: bool) -> str:
    gap = "" if first else "\n\n" if sentence.paragraph else " "
    markers = "".join(f"[{number}]" for number in numbers)
    return f"{gap}{wording.plain(sentence.text)} {markers}"


class _Cited:
    """The citations so far: one for each place, numbered in order of first use."""

    def __init__(
        self, collection: Collection, passages: Sequence[Passage], language: Language
    ) -> None:
        self._collection = collection
        self._passages = passages
        self._language = language
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._citations: list[Citation] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(self._citations)

    def place(self, support: Support) -> tuple[str, int, int]:
        """Where the article says it: its id, start and end."""
        passage = self._passages[support.number - 1]
        return passage.article_id, passage.start + support.start, passage.start + support.end

    def numbers(self, supports: Sequence[Support]) -> list[int]:
        """The numbers of the places, which become citations when they are new."""
        numbers = []
        for support in supports:
            place = self.place(support)
            if place not in self._numbers:
                self._numbers[place] = len(self._numbers) + 1
                self._citations.append(self._citation(support, place, self._numbers[place]))
            numbers.append(self._numbers[place])
        return sorted(numbers)

    def _citation(self, support: Support, place: tuple[str, int, int], number: int) -> Citation:
        article = self._collection.articles[place[0]]
        _, start, end = place
        beside = self._collection.translated(article, start, end, self._language)
        return Citation(
            number=number,
            article=article.info(),
            passage=self._passages[support.number - 1],
            quote=article.text[start:end],
            start=start,
            end=end,
            translation=beside[1] if beside else None,
        )
