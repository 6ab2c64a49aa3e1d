"""A conversation: a question that leans on earlier ones is made to stand alone, then asked."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.answering.answerer import Search
from assistant.answering.courtesy import is_courtesy
from assistant.answering.overview import wanted
from assistant.answering.quote import Place
from assistant.follow_up import FollowUp, resolve
from assistant.models import Answer
from assistant.pointing import pointed_at

MOST_TURNS = 20

Rewriting = Callable[[str, Sequence[Answer]], str | None]


class Asking(Protocol):
    """What a conversation asks: an `Assistant`, or anything that answers likewise."""

    def ask(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Collection[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Answer:
        """Answer `question`, searching for `standalone`, without the places in `exclude`.

        Where that finds nothing, `otherwise` says what to try in turn.
        """
        ...

    async def aask(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Collection[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Answer:
        """As `ask`."""
        ...

    def stream(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Collection[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Iterator[str | Answer]:
        """Pieces of text, the finished Answer last."""
        ...


@dataclass(frozen=True)
class _Next:
    standalone: str
    leans: bool  # on the turns before
    more: bool  # asks for more of the same as the turn before
    exclude: frozenset[Place]
    whole: bool  # asks of an article as a whole
    otherwise: Sequence[Search] = ()
    named: str = ""  # in place of, or beside, what the turn before was about


@dataclass(frozen=True)
class _Turn:
    answer: Answer
    step: _Next

    @property
    def whole(self) -> bool:
        """Whether it was answered by how an article begins, which "it" may then be."""
        if not self.step.whole or not self.answer.citations:
            return False
        first = self.answer.citations[0]
        before = first.passage.text[: first.start - first.passage.start]
        return first.passage.start == 0 and not before.strip()

    @property
    def subject(self) -> bool:
        """Whether a later question may lean on it.

        Not on thanks, nor on a question that leaned itself and found nothing: it would bring
        along what it leaned on and what isn't there.
        """
        return not is_courtesy(self.answer.question) and (self.answer.found or not self.step.leans)


class Conversation:
    """Questions and answers in order; the last twenty are remembered.

    chat = assistant.conversation()
    chat.ask("Who did Kochavi meet in Morocco?")
    chat.ask("ومتى كان ذلك؟")
    """

    def __init__(
        self,
        assistant: Asking,
        *,
        turns: Sequence[Answer] = (),
        rewrite: Rewriting | None = None,
        read: Callable[[str], str] = str,
    ) -> None:
        """Begin, or go on after `turns`.

        Args:
            assistant: Who answers.
            turns: Earlier answers, oldest first.
            rewrite: Makes a question stand alone with a language model; where it gives None,
                and without it, rules do.
            read: Puts a question into its own script, without slips; without it, rules read what
                was typed.
        """
        self._assistant = assistant
        self._read = read
        self._rewrite = rewrite
        self._lock = threading.Lock()
        self._turns: deque[_Turn] = deque(maxlen=MOST_TURNS)
        for answer in turns[-MOST_TURNS:]:
            self._remember(answer, self._by_rule(read(answer.question)))

    @property
    def turns(self) -> tuple[Answer, ...]:
        """The answers so far, oldest first; at most twenty."""
        return tuple(turn.answer for turn in self._held())

    def ask(self, question: str) -> Answer:
        """Answer a question in the light of the turns before it.

        Raises:
            AssistantError: as the assistant's `ask`; the conversation is as before.
        """
        step = self._next(question)
        answer = self._assistant.ask(
            question, standalone=step.standalone, exclude=step.exclude, otherwise=step.otherwise
        )
        self._remember(answer, step)
        return answer

    async def aask(self, question: str) -> Answer:
        """As `ask`, without holding up the event loop."""
        import asyncio

        step = await asyncio.to_thread(self._next, question)
        answer = await self._assistant.aask(
            question, standalone=step.standalone, exclude=step.exclude, otherwise=step.otherwise
        )
        self._remember(answer, step)
        return answer

    def stream(self, question: str) -> Iterator[str | Answer]:
        """Pieces of the answer's text as they are ready, the finished Answer last.

        A stream that is left before its end leaves no turn.
        """
        step = self._next(question)
        events = self._assistant.stream(
            question, standalone=step.standalone, exclude=step.exclude, otherwise=step.otherwise
        )
        for event in events:
            if isinstance(event, Answer):
                self._remember(event, step)
            yield event

    def _held(self) -> tuple[_Turn, ...]:
        with self._lock:
            return tuple(self._turns)

    def _remember(self, answer: Answer, step: _Next) -> None:
        with self._lock:
            self._turns.append(_Turn(answer, step))

    def _next(self, question: str) -> _Next:
        question = self._read(question)
        step = self._by_rule(question)
        if self._rewrite is None or not step.leans or step.whole:
            return step
        rewritten = self._rewrite(question, self.turns)
        return step if rewritten is None else replace(step, standalone=rewritten)

    def _by_rule(self, question: str) -> _Next:
        held = self._held()
        kind = wanted(question, it=bool(held) and held[-1].whole)
        whole = kind is not None
        quoted = next((turn.answer for turn in reversed(held) if turn.answer.citations), None)
        if quoted and (pointed := pointed_at(question, quoted, kind)):
            return _Next(pointed, True, False, frozenset(), whole)
        turns = [turn for turn in held if turn.subject]
        if not turns or whole or is_courtesy(question):
            return _Next(question, False, False, frozenset(), whole)
        last = turns[-1]
        follow_up: FollowUp = resolve(question, last.step.standalone, last.answer, last.step.named)
        given = _given(turns) if follow_up.more else frozenset()
        leans = follow_up.standalone != question
        whole = follow_up.more and last.step.whole
        otherwise: list[Search] = []
        if follow_up.otherwise:
            otherwise.append(Search(follow_up.otherwise, _given(turns[-1:])))
            if follow_up.telling and last.answer.citations:
                article = last.answer.citations[0].article.id
                otherwise.append(Search(question, within=article))
        named = follow_up.subject
        return _Next(follow_up.standalone, leans, follow_up.more, given, whole, otherwise, named)


def _given(turns: Sequence[_Turn]) -> frozenset[Place]:
    """The quotes of the last turn, and of those before it whose question it went on with."""
    places: set[Place] = set()
    for turn in reversed(turns):
        places |= {(c.article.id, c.start, c.end) for c in turn.answer.citations}
        if not turn.step.more:
            break
    return frozenset(places)
