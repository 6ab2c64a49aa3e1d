"""REST: ask, search and read the articles; refusals in the same JSON form everywhere."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.exceptions import HTTPException

from assistant.errors import AssistantError
from assistant.language import Language
from assistant.models import Answer, Article, ArticleInfo, Hit
from assistant.web.desk import Desk, as_assistant_error
from assistant.web.limits import client_of
from assistant.web.refusals import (
    InvalidRequest,
    NotFound,
    WrongMethod,
    body,
    preferred,
    reader_language,
    reply,
)

_HITS = TypeAdapter(list[Hit])
_INFOS = TypeAdapter(list[ArticleInfo])
_JSON = "application/json"


class Question(BaseModel):
    """A question to the collection."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(examples=["من التقى كوخافي في المغرب؟"])
    conversation: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.:-]{1,128}$",
        description="Any id of your own; questions under the same one follow each other.",
    )


class Query(BaseModel):
    """A search for passages."""

    model_config = ConfigDict(extra="forbid")

    query: str
    k: int = Field(default=5, ge=1, le=50, description="Passages at most.")


class Problem(BaseModel):
    """What went wrong, and what to do."""

    what: str
    todo: str
    kind: str = Field(description="The same in every language.")


class Refused(BaseModel):
    """Every refusal has this form."""

    error: Problem


_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refused, "description": meaning}
    for status, meaning in {
        413: "The question is too long.",
        422: "The question has no words, or the request another form.",
        429: "Too many questions; Retry-After says when to ask again.",
        503: "Many wait already, or the index is not open yet.",
    }.items()
}


def rest(desk: Desk) -> APIRouter:
    """The routes under /api."""
    router = APIRouter(prefix="/api", tags=["ask"])

    @router.post("/ask", response_model=Answer, responses=_REFUSALS, summary="Ask a question")
    async def ask(asked: Question, request: Request) -> Response:
        answer = await desk.ask(
            asked.question,
            door="rest",
            client=client_of(request),
            conversation=asked.conversation,
        )
        return Response(answer.model_dump_json(), media_type=_JSON)

    @router.post(
        "/ask/stream",
        summary="Ask, and read the answer as it is written",
        description="Server-sent events: `text` (a piece, as a JSON string), then `answer` (the "
        "whole answer, as /api/ask gives it), or `error`.",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}, **_REFUSALS},
    )
    async def ask_stream(asked: Question, request: Request) -> Response:
        events = desk.stream(
            asked.question,
            door="rest",
            client=client_of(request),
            conversation=asked.conversation,
        )
        # The first step is taken here, so that a refusal has its own status.
        first = await anext(events)
        language = reader_language(asked.question, request)
        return event_stream(_told(events, first, language))

    @router.post("/search", response_model=list[Hit], responses=_REFUSALS, summary="Find passages")
    async def search(wanted: Query, request: Request) -> Response:
        hits = await desk.search(wanted.query, wanted.k, door="rest", client=client_of(request))
        return Response(_HITS.dump_json(hits), media_type=_JSON)

    @router.get("/articles", response_model=list[ArticleInfo], summary="List the articles")
    async def articles() -> Response:
        infos = [article.info() for article in desk.opening.assistant().articles()]
        return Response(_INFOS.dump_json(infos), media_type=_JSON)

    @router.get("/articles/{article_id}", response_model=Article, summary="Read one article")
    async def article(article_id: Annotated[str, Path(max_length=500)]) -> Response:
        found = desk.opening.assistant().article(article_id)
        return Response(found.model_dump_json(), media_type=_JSON)

    return router


def event_stream(lines: AsyncIterator[str]) -> StreamingResponse:
    """A response of server-sent events that no proxy holds back."""
    return StreamingResponse(
        lines,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _told(
    events: AsyncGenerator[str | Answer], first: str | Answer, language: Language
) -> AsyncIterator[str]:
    try:
        async with aclosing(events):
            yield _event(first)
            async for event in events:
                yield _event(event)
    except Exception as error:
        # The status is sent already; the error goes where the answer would.
        refusal = body(as_assistant_error(error), language)
        yield f"event: error\ndata: {json.dumps(refusal, ensure_ascii=False)}\n\n"


def _event(event: str | Answer) -> str:
    if isinstance(event, Answer):
        return f"event: answer\ndata: {event.model_dump_json()}\n\n"
    return f"event: text\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"


def explain_errors(app: FastAPI) -> None:
    """Give every error of `app` the form that `Refused` describes."""

    async def known(request: Request, error: Exception) -> JSONResponse:
        return reply(as_assistant_error(error), await _language(request))

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors()[:5]
        )
        return reply(InvalidRequest(problems=problems), await _language(request))

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        known_status = {404: NotFound(), 405: WrongMethod()}
        refusal = known_status.get(error.status_code) or InvalidRequest(problems=error.detail)
        response = reply(refusal, await _language(request))
        response.status_code = error.status_code
        return response

    app.add_exception_handler(AssistantError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


async def _language(request: Request) -> Language:
    """Of the question in the body, which is read and kept by now, else the browser's."""
    try:
        asked = await request.json()
        question = asked.get("question") or asked.get("query")
    except (ValueError, AttributeError, RuntimeError):
        question = None
    if isinstance(question, str):
        return reader_language(question, request)
    return preferred(request.headers.get("accept-language", ""))
