"""Many readers at once, over HTTP on loopback, against the same work called in Python.

    python -m benchmarks.serving [--articles DIR] [--clients 100 200] [--each 5]

Each client asks its questions one after the other, each question once; all clients at once. The
clients run on the same machine and take their share of it. Printed for each way in: answers a
second, the median and the 95th percentile of what a reader waits, questions refused (asked again
after the time that the refusal names) and lost. The questions are pieces of the collection's own
sentences, all different, so that no cache answers them.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from assistant import Assistant
from assistant.language import sentences

Ask = Callable[[httpx.AsyncClient, str], Awaitable[int]]
_TIMEOUT_S = 120.0
_TRIES = 20


@dataclass
class Outcome:
    """What a crowd of readers met.

    Attributes:
        waits_s: From question to answer, refusals included.
        refused: Times that somebody was turned away.
        lost: Questions never answered.
        took_s: From the first question to the last answer.
        cpu_s: Of the answering process; compares also where the machine has other work.
    """

    waits_s: list[float] = field(default_factory=list)
    refused: int = 0
    lost: int = 0
    took_s: float = 0.0
    cpu_s: float = 0.0

    def row(self, name: str) -> str:
        """One line of the table."""
        waits = sorted(self.waits_s) or [float("nan")]
        rate = len(self.waits_s) / self.took_s
        p50, p95 = (waits[int(share * (len(waits) - 1))] * 1000 for share in (0.5, 0.95))
        cpu = self.cpu_s / max(1, len(self.waits_s)) * 1000
        return (
            f"| {name} | {rate:.1f} | {p50:.0f} | {p95:.0f} | {cpu:.1f} "
            f"| {self.refused} | {self.lost} |"
        )


def questions_of(assistant: Assistant) -> Iterator[str]:
    """Pieces of the collection's sentences, each another one, without end."""
    texts = [article.text for article in assistant.articles()]
    spoken = [text[start:end] for text in texts for start, end in sentences(text)]
    for number in itertools.count():
        words = spoken[number % len(spoken)].split()
        start = number // len(spoken) % max(1, len(words) - 3)
        yield f"{' '.join(words[start : start + 8])} {number}?"


@contextmanager
def served(articles: Path) -> Iterator[tuple[str, int]]:
    """The address and process of `isnad serve` on a free port, ready; says how long that took."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assistant", "serve", "--articles", str(articles)]
    settings = {"ISNAD_RATE_LIMIT_PER_MINUTE": "1000000"}
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--port", str(port)], env={**os.environ, **settings}, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while not _ready(address):
            if process.poll() is not None or time.perf_counter() - started > _TIMEOUT_S:
                raise SystemExit("the server did not become ready")
            time.sleep(0.05)
        print(f"Ready {time.perf_counter() - started:.1f} s after `isnad serve`.\n")
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def in_python(assistant: Assistant, asked: list[str]) -> Outcome:
    """The same work without a server, with as many threads as the server has."""
    outcome = Outcome()

    def ask(question: str) -> None:
        started = time.perf_counter()
        assistant.ask(question)
        outcome.waits_s.append(time.perf_counter() - started)

    started, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as threads:
        list(threads.map(ask, asked))
    outcome.took_s = time.perf_counter() - started
    outcome.cpu_s = time.process_time() - cpu
    return outcome


def cpu_s(process: int) -> float:
    """Processor time that a process has used; 0 where the system doesn't tell (Linux does)."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def by_rest(client: httpx.AsyncClient, question: str) -> int:
    """Ask over REST; the status."""
    response = await client.post("/api/ask", json={"question": question})
    return response.status_code


def by_chat(place: int) -> Ask:
    """Ask through the chat's queue, as its page does; `place` is the endpoint's number."""

    async def ask(client: httpx.AsyncClient, question: str) -> int:
        session = uuid.uuid4().hex
        joined = await client.post(
            "/en/gradio_api/queue/join",
            json={"data": [question], "fn_index": place, "session_hash": session},
        )
        if joined.status_code != 200:
            return joined.status_code
        where = f"/en/gradio_api/queue/data?session_hash={session}"
        async with client.stream("GET", where) as told:
            async for line in told.aiter_lines():
                event = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if event.get("msg") == "process_completed":
                    return 200 if event["success"] else 503
        return 503

    return ask


def chat_place(address: str) -> int:
    """The number of the chat's `/ask` endpoint."""
    config = httpx.get(f"{address}/en/config", timeout=30).json()
    public = [one for one in config["dependencies"] if one["api_visibility"] == "public"]
    return next(int(one["id"]) for one in public if one["api_name"] == "ask")


async def crowd(address: str, ask: Ask, clients: int, asked: list[str]) -> Outcome:
    """Let `clients` readers ask all questions, each its share, one after the other."""
    outcome = Outcome()

    async def reader(client: httpx.AsyncClient, share: list[str]) -> None:
        async with client:
            for question in share:
                await _until_answered(client, ask, question, outcome)

    # Made before the clock starts, and without certificates, which plain HTTP doesn't need.
    readers = [
        httpx.AsyncClient(base_url=address, timeout=_TIMEOUT_S, verify=False)
        for _ in range(clients)
    ]
    started = time.perf_counter()
    await asyncio.gather(*(reader(one, asked[at::clients]) for at, one in enumerate(readers)))
    outcome.took_s = time.perf_counter() - started
    return outcome


async def _until_answered(
    client: httpx.AsyncClient, ask: Ask, question: str, outcome: Outcome
) -> None:
    started = time.perf_counter()
    for _ in range(_TRIES):
        try:
            status = await ask(client, question)
        except httpx.HTTPError:
            break
        if status == 200:
            outcome.waits_s.append(time.perf_counter() - started)
            return
        outcome.refused += 1
        await asyncio.sleep(0.5)
    outcome.lost += 1


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--articles", type=Path, default=Path("seeds"))
    parser.add_argument("--clients", type=int, nargs="+", default=[100, 200])
    parser.add_argument("--each", type=int, default=5, help="questions of each client")
    options = parser.parse_args()

    assistant = Assistant.open(options.articles)
    questions = questions_of(assistant)

    def take(number: int) -> list[str]:
        return list(itertools.islice(questions, number))

    in_python(assistant, take(20))
    python = in_python(assistant, take(max(options.clients) * options.each))
    with served(options.articles) as (address, process):
        print("| way in | answers/s | p50 ms | p95 ms | CPU ms/answer | refused | lost |")
        print("|---|---|---|---|---|---|---|")
        print(python.row("Python, no server"))
        ways: dict[str, Ask] = {"REST": by_rest, "chat": by_chat(chat_place(address))}
        for name, ask in ways.items():
            asyncio.run(crowd(address, ask, 4, take(20)))
            for clients in options.clients:
                used_s = cpu_s(process)
                outcome = asyncio.run(crowd(address, ask, clients, take(clients * options.each)))
                outcome.cpu_s = cpu_s(process) - used_s
                print(outcome.row(f"{name}, {clients} clients"), flush=True)


if __name__ == "__main__":
    main()
