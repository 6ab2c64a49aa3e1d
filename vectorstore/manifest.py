"""The manifest: which files make up a saved store, and what they must look like."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vectorstore.errors import DamagedStore, MissingStore, NewerFormat
from vectorstore.lines import Record, decode, encode

NAME = "manifest.json"
FORMAT = 1
GENERATION = re.compile(r"[0-9a-f]{32}")
VECTORS, RECORDS, DOCUMENTS = "vectors.npy", "records.jsonl", "documents.jsonl"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SEAL = re.compile(rb'\{"sha256": "([0-9a-f]{64})",\n')


@dataclass(frozen=True, slots=True)
class FileSeal:
    """What a file must look like.

    Attributes:
        bytes: Its size.
        sha256: In hex.
    """

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the manifest says.

    File names are this package's own, never the manifest's: it can't lead anywhere else.

    Attributes:
        model: The name of what made the vectors.
        fingerprint: Tells versions of the model apart.
        rows: Vectors, and records.
        dim: Length of each vector.
        documents: How many there are.
        created: When it was saved, ISO 8601 in UTC.
        generation: The subfolder of the files: 32 hex digits.
        arrays: The caller's names; the file of the i-th is `array-i.npy`.
        notes: The caller's.
        files: By name.
    """

    model: str
    fingerprint: str
    rows: int
    dim: int
    documents: int
    created: str
    generation: str
    arrays: tuple[str, ...]
    notes: Record
    files: dict[str, FileSeal]


def array_file(position: int) -> str:
    """The file name of the array at this position in the manifest's list."""
    return f"array-{position}.npy"


def seal(body: Record) -> bytes:
    """Write the manifest's JSON behind a checksum of itself."""
    rest = encode(body)[1:] + b"\n"
    digest = hashlib.sha256(rest).hexdigest()
    return b'{"sha256": "%s",\n' % digest.encode() + rest


def dump(manifest: Manifest) -> bytes:
    """Write a manifest, sealed."""
    return seal({"format": FORMAT, **asdict(manifest)})


def load(folder: Path) -> Manifest:
    """Read the folder's manifest; nothing in it is trusted.

    Raises:
        MissingStore: there is none.
        NewerFormat: it has a format that isn't known here.
        DamagedStore: it is not what `dump` writes.
        OSError: it can't be read.
    """
    path = folder / NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise MissingStore(folder) from error
    try:
        body: dict[str, Any] = decode(content)
    except ValueError as error:
        raise DamagedStore(folder, path, f"is not a manifest ({error})") from error
    # Before the seal: a newer format may be sealed otherwise.
    number = body.get("format")
    if type(number) is int and number > FORMAT:
        raise NewerFormat(folder, number, FORMAT)
    match = _SEAL.match(content)
    if not match or match[1].decode() != hashlib.sha256(content[match.end() :]).hexdigest():
        raise DamagedStore(folder, path, "was altered: its checksum is wrong")
    try:
        return _parse(body)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedStore(folder, path, f"has a wrong or missing entry ({error})") from error


def _parse(body: dict[str, Any]) -> Manifest:
    if type(body["format"]) is not int or body["format"] < 1:
        raise ValueError(f"format {body['format']!r}")
    arrays = tuple(_typed(name, str) for name in _typed(body["arrays"], list))
    if len(set(arrays)) != len(arrays):
        raise ValueError("an array's name twice")
    files = {
        name: FileSeal(_typed(entry["bytes"], int), _matching(_SHA256, entry["sha256"]))
        for name, entry in _typed(body["files"], dict).items()
    }
    expected = {VECTORS, RECORDS, DOCUMENTS, *(array_file(i) for i in range(len(arrays)))}
    if set(files) != expected:
        raise ValueError(f"files {sorted(set(files) ^ expected)}")
    return Manifest(
        model=_typed(body["model"], str),
        fingerprint=_typed(body["fingerprint"], str),
        rows=_typed(body["rows"], int),
        dim=_typed(body["dim"], int),
        documents=_typed(body["documents"], int),
        created=_typed(body["created"], str),
        generation=_matching(GENERATION, body["generation"]),
        arrays=arrays,
        notes=_typed(body["notes"], dict),
        files=files,
    )


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:  # not isinstance: True is no count
        raise TypeError(f"{value!r:.80} instead of {kind.__name__}")
    return value


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    text: str = _typed(value, str)
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r:.80}")
    return text
