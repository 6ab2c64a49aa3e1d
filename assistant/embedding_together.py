"""Questions that arrive together are embedded as one batch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from assistant.embedding import Embedder, Vectors

Embedded = tuple[Vectors, list[Vectors]]


class Together:
    """An embedder whose questions wait, while others are being embedded, to go as one batch.

    A lone question never waits; of many that arrive at once the first goes alone and the rest
    together.
    """

    def __init__(self, embedder: Embedder) -> None:
        """Share one embedder between threads."""
        self._embedder = embedder
        self._list = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[tuple[Sequence[str], Future[Embedded]]] = []

    def __getattr__(self, name: str) -> Any:
        """Everything else is the embedder's own."""
        return getattr(self._embedder, name)

    def embed_queries_with_tokens(self, questions: Sequence[str]) -> Embedded:
        """As the embedder's own."""
        mine: Future[Embedded] = Future()
        with self._list:
            self._waiting.append((questions, mine))
        with self._turn:
            # Whoever had the turn before may have taken this question along.
            if not mine.done():
                self._embed_waiting()
        return mine.result()

    def _embed_waiting(self) -> None:
        with self._list:
            batch, self._waiting = self._waiting, []
        try:
            vectors, tokens = self._embedder.embed_queries_with_tokens(
                [question for questions, _ in batch for question in questions]
            )
        except BaseException as error:
            for _, future in batch:
                future.set_exception(error)  # or those who wait would wait for ever
            return
        at = 0
        for questions, future in batch:
            end = at + len(questions)
            future.set_result((vectors[at:end], list(tokens[at:end])))
            at = end
