"""The store: vectors and JSON records in, hits out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from vectorstore import arrays as npy
from vectorstore import folder as disk
from vectorstore import lines
from vectorstore.contents import Contents, Vectors, check_vectors
from vectorstore.errors import DimensionMismatch, InvalidInput
from vectorstore.exact import ExactIndex, Hit
from vectorstore.lines import Record


class VectorStore:
    """Vectors, a JSON record for each, and what else belongs to them.

    A store never changes, so any number of threads may search it; to change what it holds,
    build another and save that in the same folder. Make one with `build` or `open`. What its
    properties return is shared and not to be changed either; the arrays refuse it.

        store = VectorStore.build(vectors, records, documents=articles, model="e5", fingerprint="1")
        store.save("index")
        store = VectorStore.open("index", model="e5", fingerprint="1")
        [hits] = store.search(queries, k=5)
        store.records[hits[0].row]
    """

    def __init__(self, contents: Contents) -> None:
        """Make a store of contents that nobody will change; `build` and `open` see to that."""
        self._contents = contents
        self._index = ExactIndex(contents.vectors)

    @classmethod
    def build(
        cls,
        vectors: npt.NDArray[np.floating[Any]],
        records: Sequence[Record],
        *,
        documents: Sequence[Record],
        model: str,
        fingerprint: str,
        arrays: Mapping[str, npt.NDArray[Any]] | None = None,
        notes: Record | None = None,
    ) -> VectorStore:
        """Make a store in memory; everything is copied except arrays that are read-only.

        Args:
            vectors: float32, shape (rows, dim), rows of L2 norm 1; rows may be 0, dim may not.
            records: One for each row: what the vector stands for (a passage).
            documents: What the records come from (articles); any number.
            model: The name of what made the vectors.
            fingerprint: Tells versions of the model, and of how it was used, apart.
            arrays: More arrays to keep, by name: booleans, integers or floats of any shape.
            notes: Whatever the caller wants to know about the store as a whole.

        Raises:
            InvalidInput: something is not as described above, or not JSON.
        """
        held = np.asarray(vectors)
        check_vectors(held)
        named = {name: npy.freeze(name, array) for name, array in (arrays or {}).items()}
        return cls(
            Contents(
                vectors=npy.freeze("vectors", held.astype("<f4", copy=False)),
                records=_copy(records),
                documents=_copy(documents),
                arrays=MappingProxyType(named),
                model=model,
                fingerprint=fingerprint,
                notes=lines.decode(lines.encode(notes or {})),
            )
        )

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        model: str | None,
        fingerprint: str | None,
        mmap: bool = True,
        verify: bool = False,
    ) -> VectorStore:
        """Read a saved store, as it was at one moment even while others save.

        Sizes, headers, counts and the vectors' norms are always checked, and the checksums of
        files up to 64 MiB; `verify` extends these to larger files, at about a second for
        each gigabyte.

        Args:
            folder: Where it was saved.
            model: The model to embed queries with; None takes any.
            fingerprint: That model's; None takes any.
            mmap: Leave vectors and arrays on disk and page them in; FAISS has its own copy of
                the vectors in memory either way.
            verify: Check the checksums of files of any size.

        Raises:
            MissingStore: the folder holds no store.
            ModelMismatch: another model or fingerprint made it.
            NewerFormat: a newer version of this package wrote it.
            DamagedStore: a file is missing or not as it was saved.
            InaccessibleStore: a file can't be read.
        """
        contents = disk.load(
            Path(folder), model=model, fingerprint=fingerprint, mmap=mmap, verify=verify
        )
        return cls(contents)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Make the folder hold this store, in one step; a crash leaves the old one or this one.

        Stores opened from the folder before go on working. When two processes save at once,
        the last one's store stays.

        Raises:
            InaccessibleStore: the disk said no; the folder holds what it held before.
        """
        disk.save(Path(folder), self._contents)

    def search(
        self, queries: Vectors, k: int, *, rows: npt.NDArray[np.integer[Any]] | None = None
    ) -> list[list[Hit]]:
        """Find the rows nearest to each query, by exact inner product.

        Args:
            queries: float32, shape (n_queries, dim), rows of L2 norm 1.
            k: Hits for each query; fewer when there are fewer rows.
            rows: Look at these rows only, in any order; at all when None.

        Returns:
            One list for each query, best first, the lower row first among equals; scores are
            cosines in [-1, 1], up to rounding.

        Raises:
            DimensionMismatch: the queries' dim is not the store's.
            InvalidInput: queries that aren't finite, a negative k, or rows out of range.
        """
        if k < 0:
            raise InvalidInput(f"k is {k}.", "Ask for 0 hits or more.")
        return self._index.search(self._queries(queries, 2), k, self._rows(rows))

    def scores(self, query: Vectors) -> Vectors:
        """Compare one query with every row.

        Args:
            query: float32, shape (dim,), L2 norm 1.

        Returns:
            float32, shape (rows,): inner products; within rounding of those of `search`.

        Raises:
            DimensionMismatch: the query's dim is not the store's.
            InvalidInput: the query is not finite.
        """
        # Not `@`: threads of OpenBLAS would wait busily afterwards, and keep a core from the rest.
        products: Vectors = np.vecdot(self.vectors, self._queries(query, 1))
        return products

    @property
    def vectors(self) -> Vectors:
        """float32, shape (rows, dim), read-only."""
        return self._contents.vectors

    @property
    def records(self) -> Sequence[Record]:
        """One for each row."""
        return self._contents.records

    @property
    def documents(self) -> Sequence[Record]:
        """As given to `build`."""
        return self._contents.documents

    @property
    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """As given to `build`, read-only."""
        return self._contents.arrays

    @property
    def notes(self) -> Record:
        """As given to `build`."""
        return self._contents.notes

    @property
    def model(self) -> str:
        """The name of what made the vectors."""
        return self._contents.model

    @property
    def fingerprint(self) -> str:
        """Tells versions of the model apart."""
        return self._contents.fingerprint

    @property
    def dim(self) -> int:
        """Length of each vector."""
        return int(self.vectors.shape[1])

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.vectors)

    def _queries(self, queries: npt.ArrayLike, ndim: int) -> Vectors:
        given = np.ascontiguousarray(queries, dtype=np.float32)
        if given.ndim != ndim:
            shape = "(dim,)" if ndim == 1 else "(n_queries, dim)"
            raise InvalidInput(f"The query has shape {given.shape}.", f"Give shape {shape}.")
        if given.shape[-1] != self.dim:
            raise DimensionMismatch(self.dim, given.shape[-1])
        if not np.isfinite(given).all():
            raise InvalidInput("The query is not finite.", "Check the embedding of the query.")
        return given

    def _rows(self, rows: npt.ArrayLike | None) -> npt.NDArray[np.int64] | None:
        if rows is None:
            return None
        given = np.asarray(rows)
        wrong = given.ndim != 1 or (given.size > 0 and given.dtype.kind not in "iu")
        if wrong or (given.size > 0 and (given.min() < 0 or given.max() >= len(self))):
            raise InvalidInput(
                f"The rows to search are {given.dtype} of shape {given.shape}, or out of range.",
                f"Give whole numbers from 0 up to {len(self) - 1}.",
            )
        return np.unique(given).astype(np.int64)


def _copy(records: Sequence[Record]) -> tuple[Record, ...]:
    """What saving and opening would make of the records, so that both paths give the same."""
    return lines.decode_all(lines.encode_all(records))
