"""JSON values to UTF-8 lines and back; strict JSON, so no NaN."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn, TypeAlias

from vectorstore.errors import InvalidInput

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Record: TypeAlias = Mapping[str, JSON]


def encode(value: object) -> bytes:
    """Write one JSON object, on one line.

    Raises:
        InvalidInput: the value is no JSON object.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(f"A record is a {type(value).__name__}.", "Give a mapping.")
    try:
        line = json.dumps(dict(value), ensure_ascii=False, allow_nan=False)
        try:
            return line.encode()
        except UnicodeEncodeError:  # a lone surrogate: only an escape can carry it
            return json.dumps(dict(value), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"A record is not JSON: {error}.", "Give text, finite numbers, lists and mappings."
        ) from error


def decode(line: bytes) -> dict[str, JSON]:
    """Read one JSON object.

    Raises:
        ValueError: the line holds anything else.
    """
    try:
        value = json.loads(line.decode(), parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("is not a JSON object")
    return value


def encode_all(records: Iterable[Record]) -> bytes:
    """Write one line for each record, each with its line feed."""
    return b"".join(encode(record) + b"\n" for record in records)


def decode_all(content: bytes) -> tuple[Record, ...]:
    """Read what `encode_all` wrote.

    Raises:
        ValueError: a line is no JSON object, or the last one is cut short.
    """
    *lines, rest = content.split(b"\n")
    if rest:
        raise ValueError("ends in the middle of a line")
    return tuple(decode(line) for line in lines)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"holds {constant}, which is not JSON")
