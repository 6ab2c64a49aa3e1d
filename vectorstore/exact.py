"""The one door to FAISS: exact search by inner product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from vectorstore.contents import Vectors


@dataclass(frozen=True, slots=True)
class Hit:
    """One row found.

    Attributes:
        row: Of the store's vectors and records.
        score: Inner product with the query: a cosine, as both have L2 norm 1.
    """

    row: int
    score: float


class ExactIndex:
    """Compares a query with every vector; nothing is approximated. Safe for many threads."""

    def __init__(self, vectors: Vectors) -> None:
        """Copy the vectors, shape (rows, dim) with dim > 0, to where FAISS wants them."""
        import faiss  # here, as loading it takes longer than most commands

        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(
        self, queries: Vectors, k: int, rows: npt.NDArray[np.int64] | None = None
    ) -> list[list[Hit]]:
        """Find the nearest rows.

        Args:
            queries: Shape (n_queries, dim), finite, C-ordered.
            k: At most this many hits for each query.
            rows: Sorted, unique and in range: where to look; everywhere when None.

        Returns:
            One list for each query, best first, the lower row first among equals.
        """
        import faiss

        k = min(k, self._index.ntotal if rows is None else len(rows))
        if k == 0 or not len(queries):
            return [[] for _ in queries]
        params = None
        if rows is not None:
            # FAISS visits only the rows of an array selector, where others are asked row by row.
            params = faiss.SearchParameters(sel=faiss.IDSelectorArray(rows))  # type: ignore[call-arg]
        scores, found = self._index.search(queries, k, params=params)
        order = np.lexsort((found, -scores), axis=1)
        scores = np.take_along_axis(scores, order, axis=1).tolist()
        found = np.take_along_axis(found, order, axis=1).tolist()
        return [
            [Hit(row, score) for row, score in zip(*pair, strict=True)]
            for pair in zip(found, scores, strict=True)
        ]
