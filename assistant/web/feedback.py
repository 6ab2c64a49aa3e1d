"""Readers' thumbs, kept as JSON lines."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs

from assistant.settings import Settings

_LONGEST_VALUE = 20_000
_WRITING = threading.Lock()


def feedback_file(settings: Settings) -> Path:
    """Where the lines go: the settings' file, or one beside the indexes."""
    if settings.feedback_file is not None:
        return settings.feedback_file
    return (settings.index_dir or platformdirs.user_cache_path("isnad")) / "feedback.jsonl"


def record(settings: Settings, entry: dict[str, Any]) -> None:
    """Append one line: the entry, with the time; overlong texts are cut.

    Several processes may write the same file.

    Raises:
        OSError: the file can't be written.
    """
    cut = {name: _cut(value) for name, value in entry.items()}
    line = json.dumps(
        {"time": datetime.now(UTC).isoformat(timespec="seconds"), **cut},
        ensure_ascii=False,
        default=str,
    )
    path = feedback_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _WRITING:
        # One write to a file opened for appending is never torn by another's.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode(errors="backslashreplace") + b"\n")
        finally:
            os.close(handle)


def _cut(value: Any) -> Any:
    return value[:_LONGEST_VALUE] if isinstance(value, str) else value
