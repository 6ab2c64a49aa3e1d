"""Structured logs: one JSON object a line on stderr, and who writes a line for each request."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import AssistantError
from assistant.web.metrics import Metrics
from assistant.web.refusals import preferred, reply

LOGGER = logging.getLogger("isnad")
_PARTS_OF_A_PAGE = (".js", ".css", ".woff2", ".svg", ".json", ".ico", ".png")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class JsonLines(logging.Formatter):
    """A record as a JSON object; what was passed as `extra={"fields": {...}}` joins it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.name != LOGGER.name:
            entry["logger"] = record.name
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)


def configure() -> None:
    """Send this process's logs to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    LOGGER.setLevel(logging.INFO)


def event(name: str, **fields: object) -> None:
    """Write one line."""
    LOGGER.info(name, extra={"fields": fields})


class Watch:
    """ASGI middleware: counts and logs each response, and turns a mishap into a clear 500.

    Neither query strings nor bodies are written: they may hold questions.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, and note what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception:
            LOGGER.exception("mishap", extra={"fields": {"route": _route(scope)}})
            if status == 0:
                language = preferred(Headers(scope=scope).get("accept-language", ""))
                mishap = AssistantError("The server failed.", "Its log says why.")
                await reply(mishap, language)(scope, receive, note)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.request(route, method, status)
        if status < 400 and scope["path"].endswith(_PARTS_OF_A_PAGE):
            return
        event("request", route=route, method=method, status=status, ms=round(seconds * 1000, 1))


def _route(scope: Scope) -> str:
    """The route's template, so that nobody can make up new ones."""
    template = getattr(scope.get("route"), "path", None)
    if template:
        return str(template)
    first = scope["path"].split("/")[1:2]
    return f"/{first[0]}/" if first and first[0] in ("ar", "en", "embed") else "other"
