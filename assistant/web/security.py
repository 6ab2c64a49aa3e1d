"""Who may come in, from where, and what a page may load: ASGI middleware around everything."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import AssistantError
from assistant.settings import BUNDLED_MODEL, Settings
from assistant.web.limits import CLIENT, RateLimit
from assistant.web.refusals import NotAllowed, TooManyQuestions, WrongOrigin, preferred, reply

# A load balancer asks for the one, any reader's browser for the other.
_PUBLIC = frozenset({"/healthz", "/widget.js"})
_WRONG_KEYS_PER_MINUTE = 20


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def demand_door(settings: Settings, host: str) -> None:
    """Refuse to serve strangers by accident.

    Raises:
        AssistantError: `host` isn't loopback, and the settings hold neither key nor login nor
            `open_to_all`.
    """
    closed = settings.api_keys or settings.login
    if not (is_loopback(host) or closed or settings.open_to_all):
        raise AssistantError(
            f"Serving on {host} would open the chat to everyone who reaches this machine.",
            "Set ISNAD_API_KEYS or ISNAD_LOGIN, or ISNAD_OPEN_TO_ALL=true if that is meant.",
        )


def keep_quiet(settings: Settings) -> None:
    """Keep libraries of this process from calling home."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["DO_NOT_TRACK"] = "1"
    if settings.embedding_model == BUNDLED_MODEL or Path(settings.embedding_model).exists():
        # A model named by its hub address may still be fetched: that is what was asked for.
        os.environ["HF_HUB_OFFLINE"] = "1"


def hosts_served(settings: Settings, host: str) -> list[str]:
    """The Host headers answered: a page elsewhere can't rebind its name to this server.

    On loopback those of loopback and the settings'; elsewhere the settings', or any if none.
    """
    if is_loopback(host):
        return ["localhost", "127.0.0.1", "[::1]", "::1", host, *settings.allowed_hosts]
    return list(settings.allowed_hosts) or ["*"]


def content_security_policy(allowed_origins: tuple[str, ...]) -> str:
    """What our pages may load, and which pages may frame them."""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'self'",
            "object-src 'none'",
            " ".join(("frame-ancestors 'self'", *allowed_origins)),
        )
    )


class SecurityHeaders:
    """ASGI middleware: the headers that every response carries."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": content_security_policy(settings.allowed_origins),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, and add the headers to what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                # The widget is meant to be loaded from other sites; nothing else is.
                public = scope["path"] == "/widget.js"
                headers["Cross-Origin-Resource-Policy"] = "cross-origin" if public else "same-site"
            await send(message)

        await self._app(scope, receive, with_headers)


class Origins:
    """ASGI middleware: a browser's page of another origin is answered only if it is allowed.

    CORS keeps such a page from reading; this keeps its request from being carried out at all.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._allowed = frozenset(settings.allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 403."""
        if scope["type"] not in ("http", "websocket") or self._welcome(scope):
            await self._app(scope, receive, send)
            return
        language = preferred(Headers(scope=scope).get("accept-language", ""))
        await reply(WrongOrigin(), language)(scope, receive, send)

    def _welcome(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or scope["path"] in _PUBLIC:
            return True
        own = urlsplit(origin).netloc == headers.get("host", "")
        return own or origin in self._allowed or "*" in self._allowed


class Doors:
    """ASGI middleware: asks for an API key or the login where the settings hold any.

    Either opens everything. A browser sends them as HTTP Basic (a key as the password, under any
    name), a program as a bearer token or in X-API-Key.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._keys = [_digest(key.encode()) for key in settings.api_keys]
        self._login = _digest(settings.login.encode()) if settings.login else None
        self._wrong = RateLimit(_WRONG_KEYS_PER_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 401, and 429 to who keeps guessing."""
        closed = bool(self._keys) or self._login is not None
        if scope["type"] not in ("http", "websocket") or not closed or scope["path"] in _PUBLIC:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        mark = self._mark(headers)
        if mark is not None:
            scope[CLIENT] = mark or scope.get(CLIENT, "")
            await self._app(scope, receive, send)
            return
        refusal: NotAllowed | TooManyQuestions = NotAllowed()
        if "authorization" in headers or "x-api-key" in headers:
            try:
                self._wrong.spend(scope.get(CLIENT, ""))
            except TooManyQuestions as guessing:
                refusal = guessing
        await reply(refusal, preferred(headers.get("accept-language", "")))(scope, receive, send)

    def _mark(self, headers: Headers) -> str | None:
        """Under which name the bearer of a right credential is counted; None for a wrong one."""
        scheme, _, value = headers.get("authorization", "").partition(" ")
        given = value.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        # Headers arrive as Latin-1, whatever their bytes meant.
        key = _digest(given.encode("latin-1"))
        if _any_equal(key, self._keys):
            return "key:" + key.hex()[:16]
        if scheme.lower() != "basic":
            return None
        login = _basic(value)
        password = _digest(login.partition(b":")[2])
        if self._login is not None and hmac.compare_digest(_digest(login), self._login):
            # Readers who share the login are told apart by their addresses.
            return ""
        return "key:" + password.hex()[:16] if _any_equal(password, self._keys) else None


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _any_equal(digest: bytes, known: list[bytes]) -> bool:
    # Every one is compared, so that the time tells nothing.
    equal = [hmac.compare_digest(digest, other) for other in known]
    return True in equal


def _basic(value: str) -> bytes:
    try:
        return base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
