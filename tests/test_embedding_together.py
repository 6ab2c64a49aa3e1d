"""Questions asked at once share a batch, and each gets its own vectors."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from assistant import Settings
from assistant.embedding import load_embedder
from assistant.embedding_together import Together

QUESTIONS = [f"What happened in {year}? ماذا حدث؟" for year in range(1990, 2006)]


class Watched:
    """The real embedder, holding its first batch back until all have asked."""

    def __init__(self) -> None:
        self.real = load_embedder(Settings())
        self.batches: list[int] = []
        self.everybody = threading.Event()

    def embed_queries_with_tokens(self, questions: Sequence[str]) -> object:
        self.batches.append(len(questions))
        if "fail" in questions:
            raise RuntimeError("failed as asked")
        assert self.everybody.wait(30)
        return self.real.embed_queries_with_tokens(questions)


def test_waiting_questions_go_together() -> None:
    watched = Watched()
    together = Together(watched)  # type: ignore[arg-type]
    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        asked = [pool.submit(together.embed_queries_with_tokens, [q]) for q in QUESTIONS]
        while len(together._waiting) + sum(watched.batches) < len(QUESTIONS):
            pass
        watched.everybody.set()
        found = [future.result() for future in asked]
    assert sum(watched.batches) == len(QUESTIONS)
    assert len(watched.batches) < len(QUESTIONS) / 2
    alone, tokens = watched.real.embed_queries_with_tokens(QUESTIONS)
    for number, (vectors, own) in enumerate(found):
        assert np.allclose(vectors[0], alone[number], atol=1e-4)
        assert own[0].shape == tokens[number].shape


def test_a_failure_reaches_who_asked_and_nobody_after() -> None:
    watched = Watched()
    watched.everybody.set()
    together = Together(watched)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="as asked"):
        together.embed_queries_with_tokens(["fail"])
    assert len(together.embed_queries_with_tokens(["and now?"])[0]) == 1
