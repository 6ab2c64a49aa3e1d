"""A number spelled in words and digits, added up from left to right."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from assistant.answering.number_words import NumberWord


class Piece(NamedTuple):
    """One word's part of a number.

    Attributes:
        word: Its worth.
        joined: It follows an "and".
        arabic: It follows the order of Arabic numbers.
        first: The index of its word.
        last: Exclusive.
    """

    word: NumberWord
    joined: bool
    arabic: bool
    first: int
    last: int


@dataclass
class Spelled:
    """A number being spelled, from left to right.

    Attributes:
        first: The index of its first word.
        last: Exclusive.
        total: What is complete up to the last thousand or million.
        group: What is being counted since.
        rank: Of the group's last word.
        scale: The last thousand or million.
        pieces: What it is made of.
    """

    first: int
    last: int = 0
    total: Decimal = Decimal(0)
    group: Decimal = Decimal(0)
    rank: str = ""
    scale: Decimal = Decimal(0)
    pieces: list[Piece] = field(default_factory=list)

    def takes(self, piece: Piece) -> bool:
        """Add the piece if it goes on with the number that is being spelled."""
        group = self._group_with(piece)
        if group is None:
            return False
        if piece.word.rank in ("scale", "scaled"):
            self.total += group
            self.scale = piece.word.value / (2 if piece.word.rank == "scaled" else 1)
            self.group, self.rank = Decimal(0), ""
        elif piece.word.rank == "part" and self._at_scale():
            self.total += piece.word.value * self.scale
        else:
            self.group, self.rank = group, piece.word.rank
        self.pieces.append(piece)
        self.last = piece.last
        return True

    def _group_with(self, piece: Piece) -> Decimal | None:
        value, rank = piece.word.value, piece.word.rank
        if rank in ("scale", "scaled"):
            return self._scaled(piece)
        if rank == "part":
            goes_on = piece.joined and (self.rank in ("unit", "digits") or self._at_scale())
            return self.group + value if not self.pieces or goes_on else None
        if not self.rank:
            link = piece.joined if piece.arabic else rank != "digits"
            return value if not self.pieces or (value < self.scale and link) else None
        return self._grown(piece)

    def _at_scale(self) -> bool:
        return bool(self.scale) and not self.rank

    def _scaled(self, piece: Piece) -> Decimal | None:
        value = piece.word.value
        if self.pieces and self.pieces[-1].word.rank == "part" and value == self.scale:
            return Decimal(0)  # "a million and half the million"
        if self.scale and value >= self.scale:
            return None
        if piece.word.rank == "scaled":
            return value if not self.rank and (not self.pieces or piece.joined) else None
        if self.rank:
            return None if piece.joined or self.pieces[-1].word.ordinal else self.group * value
        return value if not self.pieces or piece.joined else None

    def _grown(self, piece: Piece) -> Decimal | None:
        value, rank = piece.word.value, piece.word.rank
        link = piece.joined if piece.arabic else True
        if rank == "hundred":
            ok = self.rank in ("unit", "digits") and not piece.joined and 0 < self.group < 10
            return self.group * 100 if ok else None
        if self.rank in ("hundred", "hundreds") and rank in ("unit", "ten", "teen", "tens"):
            return self.group + value if link else None
        if self.rank == "tens" and rank == "unit" and not (piece.arabic or piece.joined):
            return self.group + value
        if self.rank == "unit" and piece.arabic and self.group % 10:
            teen = rank == "ten" and not piece.joined
            if teen or (rank == "tens" and piece.joined):
                return self.group + value
        return None

    @property
    def value(self) -> Decimal:
        """What it is worth so far."""
        return self.total + self.group
