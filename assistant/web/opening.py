"""The assistant is opened behind the open port, and says meanwhile what it waits for."""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.assistant import Assistant
from assistant.language import LANGUAGES, Language
from assistant.web.refusals import NotReady, preferred, reply, worded

_NEEDS_NO_INDEX = ("/healthz", "/metrics", "/widget.js", "/docs", "/openapi.json", "/chat-static")


class Opening:
    """An assistant, or one on its way.

    Attributes:
        failure: What kept it from opening, or None.

    Args:
        source: The assistant, or what opens it.
        waiting_for: What opening it means, in words.
    """

    def __init__(
        self,
        source: Assistant | Callable[[], Assistant],
        waiting_for: str = "the articles to be read, embedded and indexed",
    ) -> None:
        self._assistant = None if callable(source) else source
        self._open = source if callable(source) else None
        self._waiting_for = waiting_for
        self._started_at: float | None = None
        self.failure: Exception | None = None

    @property
    def ready(self) -> bool:
        """Whether questions can be answered."""
        return self._assistant is not None

    def assistant(self) -> Assistant:
        """The assistant.

        Raises:
            NotReady: it is not open yet, or can't be opened.
        """
        if self._assistant is None:
            raise NotReady(retry_after_s=2)
        return self._assistant

    def start(self) -> None:
        """Open it in the background; once."""
        if self._open is None or self._started_at is not None:
            return
        self._started_at = time.monotonic()
        threading.Thread(target=self._run, name="opening", daemon=True).start()

    def _run(self) -> None:
        assert self._open is not None
        try:
            self._assistant = self._open()
        except Exception as error:
            # It crosses to the thread that serves, which raises it.
            self.failure = error

    def health(self) -> dict[str, object]:
        """What /healthz says."""
        if self.ready:
            return {"status": "ready"}
        if self.failure is not None:
            return {"status": "failed"}
        waited_s = 0.0 if self._started_at is None else time.monotonic() - self._started_at
        return {
            "status": "opening",
            "waiting_for": self._waiting_for,
            "waited_s": round(waited_s, 1),
        }


class WaitingRoom:
    """ASGI middleware: until the index is open, a page that reloads itself, or a JSON refusal."""

    def __init__(self, app: ASGIApp, opening: Opening) -> None:
        self._app = app
        self._opening = opening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 503."""
        waits = (
            scope["type"] == "http"
            and not self._opening.ready
            and not scope["path"].startswith(_NEEDS_NO_INDEX)
            and scope["path"] != "/"
        )
        if not waits:
            await self._app(scope, receive, send)
            return
        await self._refuse(scope)(scope, receive, send)

    def _refuse(self, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        language = preferred(headers.get("accept-language", ""))
        refusal = NotReady(retry_after_s=2)
        if "text/html" not in headers.get("accept", ""):
            return reply(refusal, language)
        for spoken in LANGUAGES:
            if f"/{spoken}/" in scope["path"]:
                language = spoken
        return HTMLResponse(_page(refusal, language), 503, {"Retry-After": "2"})


def _page(refusal: NotReady, language: Language) -> str:
    what, _ = worded(refusal, language)
    direction = "rtl" if language == "ar" else "ltr"
    again = {"en": "This page reloads by itself.", "ar": "تُحدَّث هذه الصفحة تلقائيًا."}[language]
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><meta charset="utf-8">'
        '<meta http-equiv="refresh" content="2"><meta name="viewport" '
        f'content="width=device-width"><title>{html.escape(what)}</title>'
        "<style>body{font:1.25rem/1.7 serif;max-width:32rem;margin:20vh auto;padding:0 1rem;"
        "color-scheme:light dark}</style>"
        '<script>parent !== window && parent.postMessage({type: "isnad:opening"}, "*")</script>'
        f'<main role="status"><p>{html.escape(what)}</p><p>{html.escape(again)}</p></main></html>'
    )
