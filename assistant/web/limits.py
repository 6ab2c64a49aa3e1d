"""How much one client may ask, how many may wait, and how large a request may be."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.language import Language
from assistant.settings import Settings
from assistant.web.refusals import (
    QueueFull,
    TooLarge,
    TooManyQuestions,
    preferred,
    reply,
)

_CLIENTS_KEPT = 20_000
CLIENT = "isnad.client"  # in the ASGI scope, put there by NameClients


class RateLimit:
    """A token bucket for each client; the least recently seen are forgotten.

    Args:
        per_minute: Requests a minute; as many may come at once.
        clock: Seconds that only grow.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, client: str) -> None:
        """Take one token of the client's.

        Raises:
            TooManyQuestions: none is left; says when the next one comes.
        """
        now = self._clock()
        with self._lock:
            left, seen = self._buckets.pop(client, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + (now - seen) * self._per_minute / 60)
            allowed = left >= 1
            self._buckets[client] = (left - 1 if allowed else left, now)
            if len(self._buckets) > _CLIENTS_KEPT:
                self._buckets.popitem(last=False)
        if not allowed:
            wait_s = math.ceil((1 - left) * 60 / self._per_minute)
            raise TooManyQuestions(retry_after_s=max(1, wait_s))


class Places:
    """Room for the questions that are being answered and those that wait.

    Args:
        size: Questions in all.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """Questions in the room now."""
        return self._taken

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            QueueFull: all are taken.
        """
        with self._lock:
            if self._taken >= self._size:
                raise QueueFull(retry_after_s=2)
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1


def client_of(request: Request | None) -> str:
    """Who asks, for the rate limit: an API key's mark or an address; "" where nobody knows."""
    return str(request.scope.get(CLIENT, "")) if request is not None else ""


class NameClients:
    """ASGI middleware: writes into the scope who asks.

    Behind a proxy it is the last address in X-Forwarded-For, the one that the nearest proxy wrote;
    those before it are the client's own claim. IPv6 counts by network (/64), as one household
    holds a whole network.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._behind_proxy = settings.behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the client, then go on."""
        if scope["type"] in ("http", "websocket"):
            address = scope["client"][0] if scope.get("client") else ""
            forwarded = Headers(scope=scope).getlist("x-forwarded-for")
            if self._behind_proxy and forwarded:
                address = forwarded[-1].split(",")[-1].strip()
            scope[CLIENT] = _network(address)
        await self._app(scope, receive, send)


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address) and not parsed.ipv4_mapped:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class FloodGate:
    """ASGI middleware: a coarse bound on whatever a client posts, ten times that on questions.

    The chat's own traffic counts here too, so that nobody goes round the desk.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._limit = RateLimit(10 * settings.rate_limit_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 429."""
        if scope["type"] == "http" and scope["method"] == "POST":
            try:
                self._limit.spend(scope.get(CLIENT, ""))
            except TooManyQuestions as refusal:
                await reply(refusal, _language(scope))(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """ASGI middleware: a body larger than the settings allow is answered 413, unread.

    Where its length isn't declared, the body is read up to the limit before anyone sees it.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._limit = settings.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        if declared.isdecimal():
            fits = int(declared) <= self._limit
        elif "transfer-encoding" in headers:
            held, fits = await self._read(receive)
            receive = _replay(held, receive)
        else:
            fits = True
        if fits:
            await self._app(scope, receive, send)
        else:
            refusal = reply(TooLarge(limit=self._limit), _language(scope))
            # The rest of the body stays unread, so the connection can't serve another request.
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send)

    async def _read(self, receive: Receive) -> tuple[list[Message], bool]:
        held: list[Message] = []
        size = 0
        while True:
            message = await receive()
            held.append(message)
            size += len(message.get("body", b""))
            if size > self._limit:
                return held, False
            if not message.get("more_body", False):
                return held, True


def _replay(held: list[Message], receive: Receive) -> Receive:
    waiting = iter(held)

    async def again() -> Message:
        for message in waiting:
            return message
        return await receive()

    return again


def _language(scope: Scope) -> Language:
    return preferred(Headers(scope=scope).get("accept-language", ""))
