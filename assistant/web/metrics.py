"""What is counted, in Prometheus' form."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one server; each server has its own.

    Attributes:
        content_type: Of what `text` returns.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "isnad_questions",
            "Questions by door, language and outcome (found, not_found, refused, failed).",
            ["door", "language", "outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "isnad_question_seconds",
            "From a question's arrival to its whole answer, waiting included.",
            ["door"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._first = Histogram(
            "isnad_first_words_seconds",
            "From a question's arrival to the first words of a streamed answer.",
            ["door"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._requests = Counter(
            "isnad_http_requests",
            "HTTP responses by route, method and status.",
            ["route", "method", "status"],
            registry=self._registry,
        )

    def gauge(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Show a number that is read when somebody looks."""
        Gauge(name, meaning, registry=self._registry).set_function(read)

    def question(self, door: str, language: str, outcome: str, seconds: float) -> None:
        """Count a question."""
        self._questions.labels(door, language, outcome).inc()
        if outcome != "refused":
            self._seconds.labels(door).observe(seconds)

    def first_words(self, door: str, seconds: float) -> None:
        """Note how long a reader looked at nothing."""
        self._first.labels(door).observe(seconds)

    def request(self, route: str, method: str, status: int) -> None:
        """Count an HTTP response; `route` must come from a bounded set."""
        self._requests.labels(route, method, str(status)).inc()

    def text(self) -> bytes:
        """Everything, for Prometheus to read."""
        return generate_latest(self._registry)
