"""The chat-completions form of OpenAI's API, so that any chat client can ask the articles."""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.language import Language
from assistant.models import Answer, Citation
from assistant.web.api import event_stream
from assistant.web.conversations import Remembered
from assistant.web.desk import Desk, as_assistant_error
from assistant.web.limits import client_of
from assistant.web.refusals import InvalidRequest, body, reader_language

MODEL = "isnad"
_MARKER = re.compile(r"\[(\d+)\]")
_TURNS_REPLAYED = 4


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")

    type: str
    text: str = ""


class Message(BaseModel):
    """One message of the conversation so far."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    def text(self) -> str:
        """The message's text parts, joined."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream adds at its end."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class Completion(BaseModel):
    """A request for a completion; what steers a language model (temperature, ...) is ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None

    def questions(self) -> list[str]:
        """What the user asked, in order; the last is to be answered.

        Raises:
            InvalidRequest: the last message isn't the user's.
        """
        spoken = [message for message in self.messages if message.role in ("user", "assistant")]
        if not spoken or spoken[-1].role != "user":
            raise InvalidRequest(problems="messages: the last one must be the user's")
        return [message.text() for message in spoken if message.role == "user"]


def openai(desk: Desk) -> APIRouter:
    """The routes under /v1."""
    router = APIRouter(prefix="/v1", tags=["OpenAI's form"])

    @router.get("/models", summary="List the one model there is")
    async def models() -> JSONResponse:
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
        return JSONResponse({"object": "list", "data": [model]})

    @router.post(
        "/chat/completions",
        summary="Ask in OpenAI's form",
        description="Citations come as `url_citation` annotations over their markers, and whole "
        "under `isnad`, as /api/ask gives them.",
    )
    async def completions(wanted: Completion, request: Request) -> Response:
        questions = wanted.questions()
        client = client_of(request)
        entry = await _remembered(desk, client, questions[:-1])
        events = _answered(desk, client, questions, entry)
        written = _Writing(wanted, str(request.base_url))
        if wanted.stream:
            # The first step is taken here, so that a refusal has its own status.
            first = await anext(events)
            language = reader_language(questions[-1], request)
            return event_stream(_chunks(written, events, first, language))
        async for event in events:
            answer = event
        assert isinstance(answer, Answer)
        return JSONResponse(written.whole(answer))

    return router


async def _remembered(desk: Desk, client: str, earlier: list[str]) -> Remembered:
    """The conversation in which `earlier` was asked: off the shelf, or else asked again."""
    kept = desk.shelf.pop(client, _key(earlier)) if earlier else None
    if kept is not None:
        return kept
    entry = Remembered(desk.opening.assistant().conversation())
    for question in earlier[-_TURNS_REPLAYED:]:
        events = desk.stream(question, door="openai", client=client, conversation=entry.talk)
        async for _ in events:
            pass
    return entry


async def _answered(
    desk: Desk, client: str, questions: list[str], entry: Remembered
) -> AsyncGenerator[str | Answer]:
    """Answer the last question, and put the conversation where the next request looks."""
    events = desk.stream(questions[-1], door="openai", client=client, conversation=entry.talk)
    async with aclosing(events):
        async for event in events:
            yield event
    desk.shelf.put(client, _key(questions), entry)


def _key(questions: list[str]) -> str:
    return "openai:" + hashlib.sha256(json.dumps(questions).encode()).hexdigest()


async def _chunks(
    written: _Writing,
    events: AsyncGenerator[str | Answer],
    first: str | Answer,
    language: Language,
) -> AsyncIterator[str]:
    """A stream's lines: the role, the pieces, and last the citations."""
    shown = ""
    try:
        async with aclosing(events):
            yield written.chunk({"role": "assistant", "content": ""})
            event = first
            while not isinstance(event, Answer):
                shown += event
                yield written.chunk({"content": event})
                event = await anext(events)
            if event.text.startswith(shown) and event.text != shown:
                yield written.chunk({"content": event.text[len(shown) :]})
            yield written.last(event)
            # The conversation is put back on its shelf after the last event.
            async for _ in events:
                pass
        if written.wants_usage:
            yield written.usage_chunk(event)
    except Exception as error:
        # The status is sent already; the error goes where the answer would.
        refusal = body(as_assistant_error(error), language)
        yield f"data: {json.dumps(refusal, ensure_ascii=False)}\n\n"
    yield "data: [DONE]\n\n"


class _Writing:
    """The JSON objects of one completion."""

    def __init__(self, wanted: Completion, base_url: str) -> None:
        self._base_url = base_url
        self._prompt_words = sum(len(message.text().split()) for message in wanted.messages)
        self._common = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": wanted.model,
        }
        self.wants_usage = bool(wanted.stream_options and wanted.stream_options.include_usage)

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The completion that isn't streamed."""
        message = {
            "role": "assistant",
            "content": answer.text,
            "refusal": None,
            "annotations": url_citations(answer, self._base_url),
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._common,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._usage(answer),
            "isnad": answer.model_dump(mode="json"),
        }

    def chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        """One line of a stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return self._line(choices=[choice], **more)

    def last(self, answer: Answer) -> str:
        """The line that ends the message: the citations, over markers sent before."""
        delta = {"annotations": url_citations(answer, self._base_url)}
        return self.chunk(delta, "stop", isnad=answer.model_dump(mode="json"))

    def usage_chunk(self, answer: Answer) -> str:
        """The line that `include_usage` asks for."""
        return self._line(choices=[], usage=self._usage(answer))

    def _line(self, **more: Any) -> str:
        chunk = {**self._common, "object": "chat.completion.chunk", **more}
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"

    def _usage(self, answer: Answer) -> dict[str, int]:
        # No tokens are billed here; words give clients that insist on numbers a fair one.
        words = len(answer.text.split())
        return {
            "prompt_tokens": self._prompt_words,
            "completion_tokens": words,
            "total_tokens": self._prompt_words + words,
        }


def url_citations(answer: Answer, base_url: str) -> list[dict[str, Any]]:
    """A `url_citation` for each marker in the text, in its order.

    Args:
        answer: Holds the markers and what they stand for.
        base_url: Of this server, for articles without an address of their own.
    """
    cited = {citation.number: citation for citation in answer.citations}
    return [
        _annotation(cited[int(marker[1])], marker, base_url)
        for marker in _MARKER.finditer(answer.text)
        if int(marker[1]) in cited
    ]


def _annotation(citation: Citation, marker: re.Match[str], base_url: str) -> dict[str, Any]:
    article = citation.article
    own = f"{base_url}api/articles/{quote(article.id, safe='')}"
    return {
        "type": "url_citation",
        "url_citation": {
            "start_index": marker.start(),
            "end_index": marker.end(),
            "url": article.url or own,
            "title": article.title,
        },
    }
