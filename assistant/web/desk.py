"""The desk where questions from every door come in: one way to count, bound, run and log them."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager, nullcontext
from typing import TypeVar

from assistant.assistant import Assistant
from assistant.conversation import Conversation
from assistant.errors import AssistantError
from assistant.language import detect
from assistant.models import Answer, Hit
from assistant.settings import Settings
from assistant.web import logs
from assistant.web.conversations import Shelf
from assistant.web.limits import Places, RateLimit
from assistant.web.metrics import Metrics
from assistant.web.opening import Opening
from assistant.web.refusals import QuestionTooLong, Refusal, kind_of

_T = TypeVar("_T")
_END = object()
_THREADS_FOR_A_CHAT_MODEL = 32


class Desk:
    """Takes questions from the chat, REST, OpenAI's form and MCP alike.

    Attributes:
        opening: Holds the assistant once it is open.
        settings: The limits.
        metrics: What is counted.
        shelf: Conversations by id.
    """

    def __init__(self, opening: Opening, settings: Settings) -> None:
        self.opening = opening
        self.settings = settings
        self.metrics = Metrics()
        self.shelf = Shelf(settings.conversations_kept, settings.conversation_minutes * 60)
        self._rate = RateLimit(settings.rate_limit_per_minute)
        threads = settings.worker_threads or (
            # A language model is waited for; quoting is work of our own processors.
            _THREADS_FOR_A_CHAT_MODEL if settings.chat_model else 2 * (os.cpu_count() or 1)
        )
        self._places = Places(threads + settings.queue_size)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="desk")
        self.metrics.gauge(
            "isnad_questions_in_hand", "Being answered or waiting.", lambda: self._places.taken
        )
        self.metrics.gauge(
            "isnad_questions_waiting", "Waiting.", lambda: max(0, self._places.taken - threads)
        )
        self.metrics.gauge("isnad_ready", "1 once the index is open.", lambda: opening.ready)

    async def ask(
        self, question: str, *, door: str, client: str = "", conversation: str | None = None
    ) -> Answer:
        """Answer one question.

        Args:
            question: As the reader wrote it.
            door: The way in, for the counters: "rest", "openai", "mcp", "chat", "gradio".
            client: Who asks, for the rate limit; "" is nobody in particular.
            conversation: The id under which the client's earlier questions are remembered.

        Raises:
            Refusal: the limits turn it away, or the index isn't open.
            AssistantError: as `Assistant.ask`.
        """
        with self._counted(question, door, client) as done:
            assistant = self.opening.assistant()
            if conversation is None:
                answer = await self._in_thread(lambda: assistant.ask(question))
            else:
                entry = self.shelf.take(client, conversation, assistant.conversation)
                async with entry.turn:
                    answer = await self._in_thread(lambda: entry.talk.ask(question))
            done(answer)
            return answer

    async def stream(
        self,
        question: str,
        *,
        door: str,
        client: str = "",
        conversation: str | Conversation | None = None,
    ) -> AsyncGenerator[str | Answer]:
        """Answer one question piece by piece; the finished answer comes last.

        Args and errors as of `ask`; a conversation object may stand for its id. Errors that come
        before the first piece are raised by the first step.
        """
        with self._counted(question, door, client) as done:
            events, turn = self._talk(self.opening.assistant(), question, client, conversation)
            started, first = time.perf_counter(), True
            async with turn, aclosing(self._steps(events)) as steps:
                async for event in steps:
                    if isinstance(event, Answer):
                        done(event)
                    if first:
                        self.metrics.first_words(door, time.perf_counter() - started)
                        first = False
                    yield event

    async def search(self, query: str, k: int, *, door: str, client: str = "") -> list[Hit]:
        """Find passages.

        Args and errors as of `ask`.
        """
        self._admit(query, client)
        with self._places.one():
            assistant = self.opening.assistant()
            return await self._in_thread(lambda: assistant.search(query, k))

    async def finish(self, timeout_s: float) -> bool:
        """Wait for the answers in hand; False when some are still not done."""
        deadline = time.monotonic() + timeout_s
        while self._places.taken and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        return not self._places.taken

    def close(self) -> None:
        """Take no more work."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _admit(self, question: str, client: str) -> None:
        limit = self.settings.max_question_chars
        if len(question) > limit:
            raise QuestionTooLong(length=len(question), limit=limit)
        if client:
            self._rate.spend(client)

    @contextmanager
    def _counted(self, question: str, door: str, client: str) -> Iterator[Callable[[Answer], None]]:
        """Admit a question, hold a place for it, and note what becomes of it."""
        started = time.perf_counter()
        answers: list[Answer] = []
        outcome = "stopped"
        try:
            self._admit(question, client)
            with self._places.one():
                yield answers.append
            if answers:
                outcome = "found" if answers[-1].found else "not_found"
        except Refusal:
            outcome = "refused"
            raise
        except Exception as error:
            outcome = "refused" if kind_of(error) == "QuestionError" else "failed"
            raise
        finally:
            if answers and outcome == "stopped":
                outcome = "found" if answers[-1].found else "not_found"
            self._note(question, door, outcome, answers, time.perf_counter() - started)

    def _note(
        self, question: str, door: str, outcome: str, answers: list[Answer], seconds: float
    ) -> None:
        language = answers[-1].language if answers else detect(question[:500])
        self.metrics.question(door, language, outcome, seconds)
        fields: dict[str, object] = {"door": door, "language": language, "outcome": outcome}
        fields |= {"chars": len(question), "ms": round(seconds * 1000, 1)}
        if answers:
            fields |= {"confidence": round(answers[-1].confidence, 3), "mode": answers[-1].mode}
        if self.settings.log_questions:
            fields["question"] = question[: self.settings.max_question_chars]
        logs.event("question", **fields)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _talk(
        self,
        assistant: Assistant,
        question: str,
        client: str,
        conversation: str | Conversation | None,
    ) -> tuple[Callable[[], Iterator[str | Answer]], AbstractAsyncContextManager[None]]:
        """What yields the answer, and the turn to wait for before it."""
        if conversation is None:
            return lambda: assistant.stream(question), nullcontext()
        if isinstance(conversation, str):
            entry = self.shelf.take(client, conversation, assistant.conversation)
            return lambda: entry.talk.stream(question), entry.turn
        return lambda: conversation.stream(question), nullcontext()

    async def _steps(
        self, events: Callable[[], Iterator[str | Answer]]
    ) -> AsyncGenerator[str | Answer]:
        """Run a generator in a thread and hand its events over; stop it when nobody listens."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Queue[object] = asyncio.Queue()
        unheard = threading.Event()

        def work() -> None:
            try:
                for event in events():
                    if unheard.is_set():
                        return
                    loop.call_soon_threadsafe(ready.put_nowait, event)
                loop.call_soon_threadsafe(ready.put_nowait, _END)
            except Exception as error:
                # It crosses to the listener's task, which raises it.
                loop.call_soon_threadsafe(ready.put_nowait, error)

        working = loop.run_in_executor(self._pool, work)
        try:
            while (event := await ready.get()) is not _END:
                if isinstance(event, Exception):
                    raise event
                assert isinstance(event, str | Answer)
                yield event
        finally:
            unheard.set()
            working.cancel()


def as_assistant_error(error: Exception) -> AssistantError:
    """An error that callers know, for one that nobody foresaw; the log keeps the other."""
    if isinstance(error, AssistantError):
        return error
    logs.LOGGER.error("mishap", exc_info=error)
    return AssistantError("Something went wrong while answering.", "Ask again.")
