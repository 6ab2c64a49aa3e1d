"""Conversations that clients come back to by an id, remembered for a while."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.conversation import Conversation


@dataclass
class Remembered:
    """A conversation, and what keeps its questions in order.

    Attributes:
        talk: The conversation.
        turn: Held while one question is answered.
        used_at: On the shelf's clock.
    """

    talk: Conversation
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: float = 0.0


class Shelf:
    """At most so many conversations; the least recently used and the idle go first.

    Args:
        kept: Conversations at most.
        idle_s: An older one is forgotten.
        clock: Seconds that only grow.
    """

    def __init__(
        self, kept: int, idle_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kept = kept
        self._idle_s = idle_s
        self._clock = clock
        self._entries: OrderedDict[tuple[str, str], Remembered] = OrderedDict()

    def take(self, owner: str, key: str, begin: Callable[[], Conversation]) -> Remembered:
        """The conversation under `key`, or a new one; `owner`s don't see each other's."""
        entry = self.pop(owner, key) or Remembered(begin())
        self.put(owner, key, entry)
        return entry

    def pop(self, owner: str, key: str) -> Remembered | None:
        """Take a conversation off the shelf."""
        self._forget_idle()
        return self._entries.pop((owner, key), None)

    def put(self, owner: str, key: str, entry: Remembered) -> None:
        """Put one back as the most recently used."""
        entry.used_at = self._clock()
        self._entries[owner, key] = entry
        if len(self._entries) > self._kept:
            self._entries.popitem(last=False)

    def _forget_idle(self) -> None:
        oldest = self._clock() - self._idle_s
        while self._entries and next(iter(self._entries.values())).used_at < oldest:
            self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)
