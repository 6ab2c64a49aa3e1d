"""What surrounds the chats: their style, script and fonts, and a page in one language each."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.language import Language
from assistant.web.escape import direction_of
from assistant.web.wording import WORDING

STATIC = Path(__file__).parent / "static"
STATIC_PATH = "/chat-static"

_HEAD = """
<link rel="icon" href="{static}/favicon.svg">
<link rel="stylesheet" href="{static}/style.css">
<script>
(() => {{
  const language = "{language}";
  Object.defineProperty(navigator, "language", {{ get: () => language }});
  Object.defineProperty(navigator, "languages", {{ get: () => [language] }});
  const root = document.documentElement;
  root.lang = language;
  root.dir = "{direction}";
  root.classList.add("isnad"{compact});
  let theme = new URLSearchParams(location.search).get("theme");
  try {{ theme = theme || localStorage.getItem("isnad-theme"); }} catch {{ /* kept nowhere */ }}
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = ["dark", "light"].includes(theme) ? theme : dark ? "dark" : "light";
}})();
</script>
<script>window.isnadWords = {words};</script>
<script src="{static}/chat.js" defer></script>
"""


def _script_words(language: Language) -> dict[str, str]:
    words = WORDING[language]
    return {
        "page": words.page_title,
        "conversation": words.conversation,
        "you": words.you,
        "assistant": words.assistant,
        "ask": words.ask_label,
        "sources": words.sources,
        "reader": words.whole_article,
        "about": words.about,
        "earlier": words.earlier,
        "close": words.close,
        "copied": words.copied,
        "skip": words.skip,
        "busy": words.busy,
        "too_fast": words.too_fast,
        "offline": words.offline,
    }


class _Fresh(StaticFiles):
    """Files that a browser may keep, but asks about before it uses them again."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


def mount_static(app: FastAPI) -> None:
    """Serve the chats' style, script and fonts."""
    app.mount(STATIC_PATH, _Fresh(directory=STATIC), name="chat-static")


class LocalisedPages:
    """Pure ASGI middleware: gives each chat's page its language, direction, style and script.

    Gradio follows the browser's language alone and never sets a direction, and its own `head`
    comes too late to change either; so they are written right after the page's `<head>`.

    Args:
        app: What answers.
        pages: For each page's path, its language and whether it is compact.
    """

    def __init__(self, app: ASGIApp, pages: dict[str, tuple[Language, bool]]) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "") if scope["type"] == "http" else ""
        path = path.removeprefix(scope.get("root_path", "").rstrip("/")) or path
        if path not in self._pages or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        language, compact = self._pages[path]
        static = "../" * (path.count("/") - 1) + STATIC_PATH.strip("/")
        plain = [pair for pair in scope["headers"] if pair[0].lower() != b"accept-encoding"]
        page = _Page(send, static, language, compact)
        await self._app({**scope, "headers": plain}, receive, page.send)


class _Page:
    """One response on its way: held back when it is HTML, until it can be completed."""

    def __init__(self, send: Send, static: str, language: Language, compact: bool) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""
        self._language = language
        self._head = _HEAD.format(
            static=static,
            language=language,
            direction=direction_of(language),
            compact=', "compact"' if compact else "",
            words=json.dumps(_script_words(language), ensure_ascii=True),
        )

    async def send(self, message: Message) -> None:
        """Pass on a part of the response, changed where it must be."""
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            if kind.startswith("text/html"):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = self._complete(self._body.decode("utf-8")).encode()
        MutableHeaders(raw=self._start["headers"])["content-length"] = str(len(body))
        start, self._start = self._start, None
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

    def _complete(self, html: str) -> str:
        title = f"<title>{WORDING[self._language].page_title}</title>"
        html = html.replace('lang="en"', f'lang="{self._language}"', 1)
        html = "".join(line for line in html.splitlines(keepends=True) if not _is_advert(line))
        return html.replace("<head>", f"<head>{title}{self._head}", 1)


def _is_advert(line: str) -> bool:
    """Gradio's own cards for social networks, which name its site and picture."""
    return "raw.githubusercontent.com" in line or 'content="https://gradio.app/"' in line
