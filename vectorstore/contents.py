"""What a store holds, checked: the same rules for what is built and for what is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from vectorstore.errors import InvalidInput
from vectorstore.lines import Record

Vectors: TypeAlias = npt.NDArray[np.float32]

NORM_TOLERANCE = 1e-2  # of the squared norm: vectors that passed through float16 are welcome


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """The parts of a store.

    Attributes:
        vectors: float32, shape (rows, dim), rows of L2 norm 1.
        records: One for each row.
        documents: What the records come from; any number.
        arrays: Whatever else the caller wants beside the vectors, by name.
        model: The name of what made the vectors.
        fingerprint: Tells versions of the model apart.
        notes: What the caller wants to know about the store as a whole.

    Raises:
        InvalidInput: the parts don't fit together.
    """

    vectors: Vectors
    records: Sequence[Record]
    documents: Sequence[Record]
    arrays: Mapping[str, npt.NDArray[Any]]
    model: str
    fingerprint: str
    notes: Record

    def __post_init__(self) -> None:
        check_vectors(self.vectors)
        if len(self.records) != len(self.vectors):
            raise InvalidInput(
                f"There are {len(self.vectors)} vectors but {len(self.records)} records.",
                "Give one record for each vector.",
            )


def check_vectors(vectors: npt.NDArray[Any]) -> None:
    """Refuse what an inner product would turn into nonsense.

    Raises:
        InvalidInput: not float32 of shape (rows, dim > 0), or a row without L2 norm 1
            (NaN and infinity have none).
    """
    if vectors.ndim != 2 or vectors.shape[1] == 0 or vectors.dtype != np.float32:
        raise InvalidInput(
            f"The vectors are {vectors.dtype} of shape {vectors.shape}.",
            "Give float32 of shape (rows, dim).",
        )
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", vectors, vectors)
    bad = np.flatnonzero(~(np.abs(squares - 1) <= NORM_TOLERANCE))
    if bad.size:
        raise InvalidInput(
            f"The vectors of {bad.size} rows, first of row {bad[0]}, don't have L2 norm 1.",
            "Normalise the vectors.",
        )
