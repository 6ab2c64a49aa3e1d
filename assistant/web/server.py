"""The process that serves: opened before the index is, closed after the answers in hand."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from assistant.assistant import Assistant
from assistant.errors import AssistantError
from assistant.settings import Settings
from assistant.web import logs
from assistant.web.app import FINISH_S, create_app
from assistant.web.desk import Desk
from assistant.web.opening import Opening
from assistant.web.security import demand_door, keep_quiet


class Server(uvicorn.Server):
    """Uvicorn, which on shutdown first finishes the answers in hand.

    Streams that never end by themselves, such as the chat's heartbeat, are then cut short.
    """

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk

    async def on_tick(self, counter: int) -> bool:
        """Stop, too, when the articles can't be opened."""
        return await super().on_tick(counter) or self._desk.opening.failure is not None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, wait for the answers, then close."""
        for listener in self.servers:
            listener.close()
        if not await self._desk.finish(FINISH_S):
            logs.event("shutdown", cut_short=True)
        await asyncio.sleep(0.1)
        await super().shutdown(sockets)


def serve(
    settings: Settings,
    articles: Path,
    host: str = "127.0.0.1",
    port: int = 7860,
    mcp: bool = False,
) -> None:
    """Serve a folder of articles until the process is told to stop.

    Args:
        settings: Everything that can be set.
        articles: The folder.
        host: Address to bind to.
        port: Port; 0 takes any that is free.
        mcp: Mount the Model Context Protocol too.

    Raises:
        AssistantError: the address is open to strangers without a key or login, the port is
            taken, or the articles can't be opened.
    """
    demand_door(settings, host)
    keep_quiet(settings)
    logs.configure()
    with _listen(host, port) as listening:
        address = f"http://{_bracketed(host)}:{listening.getsockname()[1]}/"
        print(f"isnad: opening {articles}; {address}healthz says when it is ready", file=sys.stderr)
        opening = Opening(
            _announced(articles, settings, address),
            f"the articles in {articles.name} to be read, embedded and indexed",
        )
        opening.start()
        app = create_app(opening, settings, host=host, mcp=mcp)
        server = Server(uvicorn_config(app), app.state.desk)
        # Uvicorn raises the signal again once it has shut down: by then there is nothing to do.
        for wanted_end in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted_end, lambda *_: None)
        server.run(sockets=[listening])
    if opening.failure is not None:
        raise opening.failure


def _announced(articles: Path, settings: Settings, address: str) -> Callable[[], Assistant]:
    def opened() -> Assistant:
        assistant = Assistant.open(articles, settings=settings)
        for problem in assistant.problems:
            print(f"isnad: problem: {problem}", file=sys.stderr)
        print(f"isnad: ready at {address}", file=sys.stderr)
        return assistant

    return opened


def uvicorn_config(app: FastAPI) -> uvicorn.Config:
    """How uvicorn runs `app`; tests and benchmarks run it the same way."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        # The proxy's headers are read by NameClients, and only where the settings say so.
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
    except OSError as error:
        raise AssistantError(
            f"The server can't listen on {host}, port {port}: {error.strerror or error}.",
            "Stop what uses the port, or choose another with --port.",
        ) from error


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
