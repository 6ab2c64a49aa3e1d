"""What happens when a reader asks, stops, takes back, edits, rates or opens an article."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from string import Template
from typing import Any

from assistant.errors import AssistantError
from assistant.language import Language
from assistant.models import Answer, Article
from assistant.web.cards import notice, reader
from assistant.web.chat_turns import MAX_QUESTION_CHARS, Turn, keep, messages, restore
from assistant.web.desk import Desk, as_assistant_error
from assistant.web.escape import escape_inline
from assistant.web.feedback import record
from assistant.web.refusals import reader_language, worded
from assistant.web.wording import WORDING

_REDRAW_S = 0.06


class Actions:
    """One page's handlers: everything they know comes in and goes out as values.

    The conversation lives in the reader's browser and is rebuilt for each question, so the server
    keeps nothing about anyone and any server of several can answer.

    Args:
        desk: Where every question goes.
        language: Of the page.
    """

    def __init__(self, desk: Desk, language: Language) -> None:
        self._desk = desk
        self._language = language

    def article_of(self, article_id: str) -> Article | None:
        """The article, or None when it is gone."""
        try:
            return self._desk.opening.assistant().article(article_id)
        except AssistantError:
            return None

    def shown(self, turns: Sequence[Turn], partial: str | None = None) -> list[dict[str, str]]:
        """The turns as messages."""
        return messages(turns, self._language, self.article_of, partial)

    async def ask(
        self, question: str, kept: Any, editing: int | None, client: str
    ) -> AsyncIterator[tuple[Sequence[Turn], str | None, str, str]]:
        """Answer a question after the turns so far.

        Args:
            question: As typed.
            kept: The turns, as the browser keeps them.
            editing: The turn that the question replaces, with all after it; None for a new one.
            client: Who asks, for the rate limit.

        Yields:
            The turns; what has arrived of the last one's answer, None when it is finished; what
            the question box holds; and a notice, as HTML.
        """
        before = restore(kept)
        turns = before if editing is None else before[:editing]
        waiting = [*turns, Turn(question=question[:MAX_QUESTION_CHARS])]
        try:
            drawn, partial = 0.0, ""
            yield waiting, partial, "", ""
            async with aclosing(self._events(question, turns, client)) as events:
                async for event in events:
                    if isinstance(event, Answer):
                        yield [*turns, Turn(question=question, answer=event)], None, "", ""
                        return
                    partial += event
                    if time.monotonic() - drawn > _REDRAW_S:
                        drawn = time.monotonic()
                        yield waiting, partial, "", ""
        except Exception as problem:
            # The reader sees what every door says; the log has the rest.
            yield before, None, question, self.sorry(as_assistant_error(problem), question)

    async def _events(
        self, question: str, turns: Sequence[Turn], client: str
    ) -> AsyncGenerator[str | Answer, None]:
        past = [turn.answer for turn in turns if turn.answer is not None]
        conversation = self._desk.opening.assistant().conversation(turns=past)
        async for event in self._desk.stream(
            question, door="chat", client=client, conversation=conversation
        ):
            yield event

    def sorry(self, problem: AssistantError, question: str) -> str:
        """What is wrong, politely, in the language of the question."""
        what, todo = worded(problem, reader_language(question, None))
        return notice(f"{what} {todo}")

    def read(self, kept: Any, name: str) -> str:
        """A whole article with a citation's words marked.

        Args:
            kept: The turns.
            name: "TURN-NUMBER" for a citation, "TURN-nPLACE" for a related passage.
        """
        place, _, number = name.partition("-")
        for citation in _spans(restore(kept), place, number):
            article_id, start, end = citation
            article = self.article_of(article_id)
            if article is not None:
                return reader(article, start, end, self._language)
        return notice(WORDING[self._language].article_gone)

    def rate(self, kept: Any, place: int, thumb: str) -> list[Turn]:
        """Note what the reader thinks of an answer, once for each change of mind."""
        turns = restore(kept)
        if not 0 <= place < len(turns) or turns[place].answer is None:
            return turns
        rated = Turn.model_validate({**turns[place].model_dump(), "thumb": thumb})
        if rated.thumb != turns[place].thumb and rated.answer is not None:
            answer = rated.answer.model_dump(mode="json", exclude={"related"})
            entry = {"page": self._language, "thumb": rated.thumb, "answer": answer}
            record(self._desk.settings, entry)
        return [*turns[:place], rated, *turns[place + 1 :]]


def _spans(turns: Sequence[Turn], place: str, number: str) -> Iterator[tuple[str, int, int]]:
    if not place.isdecimal() or int(place) >= len(turns):
        return
    answer = turns[int(place)].answer
    if answer is None:
        return
    if number.startswith("n"):
        for near, hit in enumerate(answer.related, 1):
            if number == f"n{near}":
                yield hit.passage.article_id, hit.passage.start, hit.passage.end
        return
    for citation in answer.citations:
        if number == str(citation.number):
            yield citation.article.id, citation.start, citation.end


def earlier_list(shelf: Any, language: Language) -> str:
    """The earlier conversations as a list to open or delete from, newest first."""
    wording = WORDING[language]
    items = ""
    for place, conversation in reversed(list(enumerate(shelved(shelf)))):
        title = escape_inline(conversation[0].question, 120)
        items += (
            f'<li><a class="open" role="button" href="#open-{place}"><bdi>{title}</bdi></a>'
            f'<a class="tool delete" role="button" href="#delete-{place}" title="{wording.delete}">'
            f'<span class="said">{wording.delete}</span></a></li>'
        )
    if not items:
        return f"<p>{escape_inline(wording.earlier_empty)}</p>"
    return f'<ul class="earlier">{items}</ul>'


def shelved(shelf: Any) -> list[list[Turn]]:
    """The earlier conversations that this version can show."""
    if not isinstance(shelf, list):
        return []
    return [turns for turns in map(restore, shelf) if turns]


def put_away(shelf: Any, kept: Any, most: int = 12) -> list[Any]:
    """The shelf with the conversation on it, the oldest making room."""
    conversations = [*shelved(shelf), *shelved([kept])]
    return [keep(turns) for turns in conversations[-most:]]


def answer_ready(turns: Sequence[Turn], language: Language) -> str:
    """What a screen reader is told when the last answer is there."""
    answer = turns[-1].answer if turns else None
    if answer is None:
        return ""
    number = str(len(answer.citations))
    return Template(WORDING[language].answer_ready).substitute(number=number)
