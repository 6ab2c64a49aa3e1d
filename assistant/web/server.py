"""The process that serves: opened before the index is, closed after the answers in hand."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from assistant.assistant import Assistant
from assistant.errors import AssistantError
from assistant.settings import BUNDLED_MODEL, Settings
from assistant.web import logs
from assistant.web.app import FINISH_S, create_app
from assistant.web.desk import Desk
from assistant.web.mcp_server import mcp_server
from assistant.web.opening import Opening
from assistant.web.security import demand_door


class Server(uvicorn.Server):
    """Uvicorn, which on shutdown first finishes the answers in hand.

    Streams that never end by themselves, such as the chat's heartbeat, are then cut short.
    """

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk

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
    _keep_quiet(settings)
    logs.configure()
    with _listen(host, port) as listening:
        address = f"http://{_bracketed(host)}:{listening.getsockname()[1]}/"
        print(f"isnad: opening {articles}; {address}healthz says when it is ready", file=sys.stderr)
        opening = Opening(
            _announced(articles, settings, address),
            f"the articles in {articles.name} to be read, embedded and indexed",
        )
        stop: list[Callable[[], None]] = []
        opening.start(lambda: [halt() for halt in stop])
        app = create_app(opening, settings, host=host, mcp=mcp)
        server = Server(uvicorn_config(app), app.state.desk)
        stop.append(lambda: setattr(server, "should_exit", True))
        # Uvicorn raises the signal again once it has shut down: by then there is nothing to do.
        for wanted_end in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted_end, lambda *_: None)
        if opening.failure is None:
            server.run(sockets=[listening])
    if opening.failure is not None:
        raise opening.failure


def _announced(articles: Path, settings: Settings, address: str) -> Callable[[], Assistant]:
    def opened() -> Assistant:
        assistant = Assistant.open(articles, settings=settings)
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


def serve_mcp(settings: Settings, articles: Path) -> None:
    """Speak the Model Context Protocol on standard input and output until the input ends.

    Raises:
        AssistantError: the package `mcp` is not installed, or the articles can't be opened.
    """
    _keep_quiet(settings)
    logs.configure()
    # A model's client starts the process and asks at once: the tools exist when they can answer.
    desk = Desk(Opening(Assistant.open(articles, settings=settings)), settings)
    try:
        mcp_server(desk).run("stdio")
    finally:
        desk.close()


def _keep_quiet(settings: Settings) -> None:
    """Keep libraries of this process from calling home."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["DO_NOT_TRACK"] = "1"
    if settings.embedding_model == BUNDLED_MODEL or Path(settings.embedding_model).exists():
        # A model named by its hub address may still be fetched: that is what was asked for.
        os.environ["HF_HUB_OFFLINE"] = "1"


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
