"""A store on disk: written so that a crash leaves the old one or the new one, whole.

folder/manifest.json        names the current generation; replaced in one step
folder/<32 hex digits>/     one generation: vectors.npy, records.jsonl, documents.jsonl,
                            array-0.npy...; never written to once the manifest names it
folder/.lock                held by the process that saves
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

from vectorstore import arrays, lines, manifest
from vectorstore.contents import Contents
from vectorstore.errors import (
    DamagedStore,
    InaccessibleStore,
    InvalidInput,
    MissingStore,
    ModelMismatch,
    StoreError,
)
from vectorstore.manifest import DOCUMENTS, RECORDS, VECTORS, FileSeal, Manifest

if sys.platform != "win32":
    import fcntl

HASHED_BYTES = 64 * 2**20  # files up to this size are hashed at every opening
ATTEMPTS = 100  # openings that a save may overtake

T = TypeVar("T")


def save(folder: Path, contents: Contents) -> None:
    """Write the contents as the folder's new generation, and remove all others.

    Stores that are open keep what they hold: a removed file lives while it is mapped. Two
    processes that save at once wait for each other where there is `fcntl`, that is, anywhere
    but on Windows.

    Raises:
        InaccessibleStore: the disk said no; the folder holds what it held before.
    """
    generation = uuid.uuid4().hex
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_writer(folder):
            try:
                _write(folder, generation, contents)
            finally:
                _sweep(folder)
    except OSError as error:
        raise InaccessibleStore(Path(error.filename or folder), error) from error


def load(
    folder: Path, *, model: str | None, fingerprint: str | None, mmap: bool, verify: bool
) -> Contents:
    """Read the current generation.

    Raises:
        MissingStore, DamagedStore, ModelMismatch, NewerFormat, InaccessibleStore: see there.
    """
    try:
        for _ in range(ATTEMPTS):
            found = manifest.load(folder)
            _check_model(folder, found, model, fingerprint)
            try:
                return _read(folder, found, mmap=mmap, verify=verify)
            except DamagedStore as error:
                # A save may have swept these files away between the manifest and now.
                if manifest.load(folder).generation == found.generation:
                    raise
                overtaken = error
        raise overtaken
    except OSError as error:
        raise InaccessibleStore(Path(error.filename or folder), error) from error


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("ab") as lock:
        if sys.platform != "win32":
            fcntl.flock(lock, fcntl.LOCK_EX)  # the system lets go of it, whatever ends us
        yield


def _write(folder: Path, generation: str, contents: Contents) -> None:
    home = folder / generation
    home.mkdir()
    writers: dict[str, Callable[[IO[bytes]], object]] = {
        VECTORS: lambda file: arrays.write(file, contents.vectors),
        RECORDS: lambda file: file.write(lines.encode_all(contents.records)),
        DOCUMENTS: lambda file: file.write(lines.encode_all(contents.documents)),
    }
    for position, array in enumerate(contents.arrays.values()):
        writers[manifest.array_file(position)] = partial(arrays.write, array=array)
    written = Manifest(
        model=contents.model,
        fingerprint=contents.fingerprint,
        rows=len(contents.vectors),
        dim=contents.vectors.shape[1],
        documents=len(contents.documents),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        generation=generation,
        arrays=tuple(contents.arrays),
        notes=contents.notes,
        files={name: _write_file(home / name, writer) for name, writer in writers.items()},
    )
    _write_file(home / manifest.NAME, lambda file: file.write(manifest.dump(written)))
    _sync_folder(home)
    _sync_folder(folder)
    (home / manifest.NAME).replace(folder / manifest.NAME)
    _sync_folder(folder)


def _write_file(path: Path, writer: Callable[[IO[bytes]], object]) -> FileSeal:
    with path.open("w+b") as file:
        writer(file)
        file.flush()
        os.fsync(file.fileno())
        return FileSeal(os.fstat(file.fileno()).st_size, _sha256(file))


def _sync_folder(folder: Path) -> None:
    """Make the folder's entries outlive a power cut; Windows can't, and need not."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove every generation but the current one: replaced ones, and those of crashed saves."""
    current = None
    try:
        current = manifest.load(folder).generation
    except MissingStore:
        pass
    except (StoreError, OSError):
        return  # which one is current can't be told
    for path in folder.iterdir():
        if manifest.GENERATION.fullmatch(path.name) and path.name != current:
            shutil.rmtree(path, ignore_errors=True)  # what stays is swept by the next save


def _check_model(folder: Path, found: Manifest, model: str | None, fingerprint: str | None) -> None:
    if model not in (None, found.model) or fingerprint not in (None, found.fingerprint):
        stored = (found.model, found.fingerprint)
        raise ModelMismatch(folder, stored, (model, fingerprint))


def _read(folder: Path, found: Manifest, *, mmap: bool, verify: bool) -> Contents:
    home = folder / found.generation

    def checked(name: str, reader: Callable[[IO[bytes]], T]) -> T:
        try:
            _check_seal(files[name], found.files[name], verify=verify)
            return reader(files[name])
        except ValueError as error:
            raise DamagedStore(folder, home / name, str(error)) from error

    def records(file: IO[bytes]) -> tuple[lines.Record, ...]:
        return lines.decode_all(file.read())

    with ExitStack() as stack:
        files = _open_all(folder, home, found, stack)
        vectors = checked(VECTORS, lambda file: arrays.read(file, mmap=mmap))
        documents = checked(DOCUMENTS, records)
        if vectors.shape != (found.rows, found.dim) or len(documents) != found.documents:
            counts = f"{vectors.shape} vectors and {len(documents)} documents"
            raise DamagedStore(folder, folder / manifest.NAME, f"doesn't list {counts}")
        try:
            return Contents(
                vectors=vectors,
                records=checked(RECORDS, records),
                documents=documents,
                arrays={
                    name: checked(manifest.array_file(i), lambda file: arrays.read(file, mmap=mmap))
                    for i, name in enumerate(found.arrays)
                },
                model=found.model,
                fingerprint=found.fingerprint,
                notes=found.notes,
            )
        except InvalidInput as error:
            what = f"holds what can't be searched ({error.what})"
            raise DamagedStore(folder, home / VECTORS, what) from error


def _open_all(
    folder: Path, home: Path, found: Manifest, stack: ExitStack
) -> Mapping[str, IO[bytes]]:
    """Open every file before any is read, so that a save has little time to overtake us."""
    files: dict[str, IO[bytes]] = {}
    for name in found.files:
        path = home / name
        try:
            # A pipe would block for ever; a link could lead out of the folder.
            if not stat.S_ISREG(path.lstat().st_mode):
                raise DamagedStore(folder, path, "is not a plain file")
            files[name] = stack.enter_context(path.open("rb"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise DamagedStore(folder, path, "is missing") from error
    return files


def _check_seal(file: IO[bytes], expected: FileSeal, *, verify: bool) -> None:
    size = os.fstat(file.fileno()).st_size
    if size != expected.bytes:
        raise ValueError(f"has {size} bytes instead of {expected.bytes}")
    if (verify or size <= HASHED_BYTES) and _sha256(file) != expected.sha256:
        raise ValueError("was altered: its checksum is wrong")
    file.seek(0)


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
