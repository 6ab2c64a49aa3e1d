"""A real HTTP server on loopback that speaks OpenAI's chat protocol, with replies as scripted."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the server sends for one request.

    Attributes:
        text: Of the assistant.
        status: HTTP; anything but 200 sends an error body.
        piece_chars: How much of the text is in one chunk.
        delay_s: Before each chunk.
        silent_after: Chunks after which nothing more is sent, though the connection stays open.
        cut_after: Chunks after which the connection is closed in the middle of the body.
        malformed_after: Chunks after which one is no JSON.
        finish: The finish reason, or None to leave out both it and the end mark.
    """

    text: str = ""
    status: int = 200
    piece_chars: int = 7
    delay_s: float = 0.0
    silent_after: int | None = None
    cut_after: int | None = None
    malformed_after: int | None = None
    finish: str | None = "stop"


Script = Callable[[Mapping[str, Any]], Reply]


@dataclass
class ChatServer:
    """A running server.

    Attributes:
        url: What `Settings.chat_base_url` takes.
        requests: The bodies received, in order.
        reply: What is sent next, or a function of the request's body.
    """

    url: str
    requests: list[Mapping[str, Any]] = field(default_factory=list)
    reply: Reply | Script = field(default_factory=Reply)
    closing: threading.Event = field(default_factory=threading.Event)

    def prompt(self) -> str:
        """All messages of the last request as one text."""
        return "\n".join(str(m["content"]) for m in self.requests[-1]["messages"])


@contextmanager
def serving() -> Iterator[ChatServer]:
    """Serve on a free port of loopback until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    state = ChatServer(url=f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        state: ChatServer = self.server.state  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state.requests.append(body)
        reply = state.reply(body) if callable(state.reply) else state.reply
        try:
            if reply.status != 200:
                self._error(reply.status)
            elif body.get("stream"):
                self._stream(reply, body["model"], state.closing)
            else:
                message = {"role": "assistant", "content": reply.text}
                choice = {"index": 0, "message": message, "finish_reason": reply.finish}
                self._json(200, {"id": "1", "object": "chat.completion", "choices": [choice]})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _error(self, status: int) -> None:
        message = {401: "Incorrect API key provided: sk-very-secret."}.get(status, "No.")
        self._json(status, {"error": {"message": message, "type": "scripted", "code": None}})

    def _json(self, status: int, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, reply: Reply, model: str, closing: threading.Event) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        size = reply.piece_chars
        pieces = [reply.text[n : n + size] for n in range(0, len(reply.text), size)]
        for n, piece in enumerate([*pieces, None]):
            if n == reply.cut_after:
                self.close_connection = True
                return
            if n == reply.silent_after:
                closing.wait(60)
                return
            if n == reply.malformed_after:
                self._event('{"choices": [{"index": 0, "delta": {"content": "half')
            time.sleep(reply.delay_s)
            if piece is not None:
                self._event(json.dumps(_chunk(model, {"content": piece}, None)))
        if reply.finish is not None:
            self._event(json.dumps(_chunk(model, {}, reply.finish)))
            self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, data: str) -> None:
        content = f"data: {data}\n\n".encode()
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()


def _chunk(model: str, delta: Mapping[str, str], finish: str | None) -> Mapping[str, Any]:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": model,
        "choices": [choice],
    }
