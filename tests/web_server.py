"""The real server on loopback, for the tests of everything that is asked over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from assistant import Answer, Assistant, Hit, Settings
from assistant.web.app import create_app
from assistant.web.server import Server, uvicorn_config

ROOT = Path(__file__).parent.parent
RECORDER = """
import os, sys
open(os.environ["CONNECTIONS"], "w").close()
def record(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        address = arguments[1] if event == "socket.connect" else arguments
        host = address[0] if isinstance(address, tuple) else address
        with open(os.environ["CONNECTIONS"], "a") as made:
            print(host, file=made)
sys.addaudithook(record)
"""
ARTICLES = {
    "harbour.md": (
        "---\ntitle: A bridge over the harbour\nauthor: Mona Said\npublished: 2023-05-04\n"
        "url: https://news.example/bridge\n---\n"
        "The new bridge over the harbour was opened on Thursday by the mayor, Salma Haddad. "
        "It cost forty million dinars and took three years to build.\n\n"
        "Fishermen had asked for a higher arch, so that their boats could pass under it. "
        "The engineers raised it by two metres."
    ),
    "zaytun.md": (
        "---\ntitle: موسم الزيتون\nauthor: كريم ناصر\npublished: 2022-11-20\n---\n"
        "بدأ موسم قطف الزيتون في القرى الجبلية هذا الأسبوع. "
        "وقال المزارع يوسف درويش إن المحصول تضاعف بسبب أمطار الربيع.\n\n"
        "وتوقعت وزارة الزراعة أن يبلغ الإنتاج مئة ألف طن من الزيت. "
        "وتصدّر البلاد نصف هذه الكمية إلى الخارج."
    ),
}
QUESTIONS = {
    "en": "Who opened the new bridge over the harbour?",
    "ar": "لماذا تضاعف محصول الزيتون؟",
}


def write_articles(folder: Path) -> Path:
    """Put the two articles into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@contextmanager
def serving(
    source: Assistant | Callable[[], Assistant],
    settings: Settings | None = None,
    *,
    mcp: bool = False,
    wait: bool = True,
) -> Iterator[str]:
    """Serve without the chat on a free port of loopback; the address has no last slash."""
    app = create_app(source, settings or Settings(), chat=False, mcp=mcp)
    server = Server(uvicorn_config(app), app.state.desk)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        try:
            if wait:
                wait_until_ready(address)
            yield address
        finally:
            server.should_exit = True
            running.join(timeout=60)
            assert not running.is_alive(), "the server did not stop"


def wait_until_ready(address: str, timeout_s: float = 240) -> None:
    """Poll /healthz until it says ready."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            if httpx.get(f"{address}/healthz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, f"{address} was not ready after {timeout_s} s"
        time.sleep(0.05)


@contextmanager
def process(
    articles: Path, *arguments: str, connections: Path | None = None, **settings: str
) -> Iterator[str]:
    """`isnad serve` as readers run it, with the chat.

    Args:
        articles: The folder.
        arguments: Of the command.
        connections: A new folder, for a file `made` that names whatever the process connects to
            or looks up.
        settings: By their lower-case names.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = {f"ISNAD_{name.upper()}": value for name, value in settings.items()}
    if connections is not None:
        (connections / "sitecustomize.py").write_text(RECORDER, encoding="utf-8")
        variables |= {"PYTHONPATH": str(connections), "CONNECTIONS": str(connections / "made")}
    command = [sys.executable, "-m", "assistant", "serve", "--articles", str(articles)]
    running = subprocess.Popen(
        [*command, "--port", str(port), *arguments], env={**os.environ, **variables}, cwd=ROOT
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0


class Gated(Assistant):
    """The real assistant behind a gate, to hold questions in hand for as long as a test needs.

    Attributes:
        gate: Questions pass while it is set.
        arrived: One permit for each question that stands before the gate.
    """

    def __init__(self, real: Assistant) -> None:
        self._real = real
        self.gate = threading.Event()
        self.arrived = threading.Semaphore(0)

    def ask(self, question: str, *, standalone: str | None = None) -> Answer:
        """Wait at the gate, then ask the real one."""
        self.arrived.release()
        assert self.gate.wait(60)
        return self._real.ask(question)

    def search(self, query: str, k: int = 5) -> list[Hit]:
        """Search without waiting."""
        return self._real.search(query, k)
