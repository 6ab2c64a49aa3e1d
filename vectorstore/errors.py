"""Everything that can go wrong with a store, as one tree.

StoreError
├── InvalidInput         what was handed in can't be stored, or searched for
│   └── DimensionMismatch    vectors of one length against a store of another
├── InaccessibleStore    the disk said no: permissions, no space, not a folder
├── MissingStore         the folder holds no store
├── DamagedStore         a file is missing, cut short, altered or not ours
├── ModelMismatch        another model made the store's vectors
└── NewerFormat          a newer version of this package wrote the store
"""

from __future__ import annotations

from pathlib import Path


class StoreError(Exception):
    """What every error of this package derives from.

    Attributes:
        what: What went wrong, with what.
        todo: What to do about it.
    """

    def __init__(self, what: str, todo: str) -> None:
        self.what = what
        self.todo = todo
        super().__init__(f"{what} {todo}".strip())


class InvalidInput(StoreError, ValueError):
    """What was handed in can't be stored, or searched for."""


class DimensionMismatch(InvalidInput):
    """The vectors of a query have another length than those of the store.

    Attributes:
        expected: The store's dim.
        given: The query's dim.
    """

    def __init__(self, expected: int, given: int) -> None:
        self.expected = expected
        self.given = given
        super().__init__(
            f"The query has {given} dimensions, the store {expected}.",
            "Embed the query with the model that made the store.",
        )


class InaccessibleStore(StoreError):
    """The operating system refused to read or write a file of the store.

    Attributes:
        path: The file or folder.
    """

    def __init__(self, path: Path, error: OSError) -> None:
        self.path = path
        super().__init__(
            f"{path}: {error.strerror or error}.",
            "Check the folder's permissions and free space, or use another folder.",
        )


class MissingStore(StoreError):
    """The folder doesn't exist, or nothing was ever saved in it.

    Attributes:
        folder: Where a store was looked for.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} holds no index.", "Build the index and save it there.")


class DamagedStore(StoreError):
    """A saved file is missing, cut short, altered, or was not written by this package.

    Attributes:
        folder: The store's.
        path: The damaged file.
    """

    def __init__(self, folder: Path, path: Path, what: str) -> None:
        self.folder = folder
        self.path = path
        super().__init__(f"{path} {what}.", f"Delete {folder} and rebuild the index.")


class ModelMismatch(StoreError):
    """Another model, or another version of it, made the store's vectors.

    Attributes:
        folder: The store's.
        stored: Model and fingerprint in the manifest.
        wanted: Model and fingerprint that were asked for; None where anything would do.
    """

    def __init__(
        self, folder: Path, stored: tuple[str, str], wanted: tuple[str | None, str | None]
    ) -> None:
        self.folder = folder
        self.stored = stored
        self.wanted = wanted
        asked = " ".join(f"{part!r}" for part in wanted if part is not None)
        super().__init__(
            f"{folder} was made with the model {stored[0]!r} {stored[1]!r}, not with {asked}.",
            "Rebuild the index, or open it with the model that made it.",
        )


class NewerFormat(StoreError):
    """A newer version of this package wrote the store.

    Attributes:
        folder: The store's.
        stored: The format's number in the manifest.
        known: The newest number that this version reads.
    """

    def __init__(self, folder: Path, stored: int, known: int) -> None:
        self.folder = folder
        self.stored = stored
        self.known = known
        super().__init__(
            f"{folder} has format {stored}; this version reads formats up to {known}.",
            "Upgrade this program, or rebuild the index.",
        )
