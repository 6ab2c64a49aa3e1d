"""Bytes to text: Unicode as it is, older encodings only when the text they give makes sense."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from assistant.errors import ReadingError
from assistant.language import words

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLD_ENCODINGS = ["cp1256", "iso8859_6", "cp1252", "latin_1", "mac_roman"]
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{2,30})""", re.IGNORECASE)
_COMMON_WORDS = frozenset(
    "the of and to in is that for was on with by as from at it he she his has are not "
    "في من علي الي ان عن مع هذا هذه التي الذي بعد بين قبل كان كانت قال ما لا الا".split()
)
_SAVE_AS_UTF8 = "Save it as UTF-8 and read it again."


def decode(path: Path, data: bytes) -> str:
    """Decode a text file.

    Raises:
        ReadingError: it is not text, or its encoding can't be told with confidence.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_strictly(path, data, encoding)
    if len(_CONTROLS.findall(data)) > 0.02 * len(data):
        raise ReadingError(
            path, "is not a text file.", "Remove it, or export its text as a UTF-8 .txt file."
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _decode_old(path, data, error)


def decode_page(path: Path, data: bytes) -> str:
    """Decode an HTML file, by the encoding it declares when that fits.

    Raises:
        ReadingError: it is not text, or its encoding can't be told with confidence.
    """
    declared = _DECLARED.search(data[:4096])
    if declared and not data.startswith(tuple(mark for mark, _ in _MARKS)):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # It declares something else than it is; look at the bytes.
    return decode(path, data)


def _decode_strictly(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadingError(
            path,
            f"says that it is {encoding.upper()}, but byte {error.start} is damaged.",
            _SAVE_AS_UTF8,
        ) from error


def _decode_old(path: Path, data: bytes, error: UnicodeDecodeError) -> str:
    """Try the encodings that came before Unicode.

    Raises:
        ReadingError: the text is damaged UTF-8, or no encoding gives sensible text.
    """
    lenient = data.decode("utf-8", errors="replace")
    lost = lenient.count("\ufffd")
    if sum(letter > "\x7f" for letter in lenient) - lost > 4 * lost:
        raise ReadingError(path, f"is UTF-8 with a damaged byte at {error.start}.", _SAVE_AS_UTF8)
    from charset_normalizer import from_bytes

    guess = from_bytes(data[:200_000], cp_isolation=_OLD_ENCODINGS).best()
    if guess is None:
        raise ReadingError(path, "is text in no encoding that is known here.", _SAVE_AS_UTF8)
    try:
        text = data.decode(guess.encoding)
    except UnicodeDecodeError:
        text = ""
    if not _makes_sense(text):
        raise ReadingError(path, f"is not UTF-8; perhaps it is {guess.encoding}.", _SAVE_AS_UTF8)
    return text


def _makes_sense(text: str) -> bool:
    """Whether the text holds as many of the commonest words as any prose does."""
    found = [word.text for word in words(text[:20_000])]
    common = sum(word in _COMMON_WORDS for word in found)
    return common >= 3 and common >= 0.05 * len(found)
