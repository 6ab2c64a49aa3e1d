"""Which way a line runs, and how what runs the other way inside it is kept in one piece."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.language import detect
from assistant.web.escape import escape_inline

# Words that run the other way, as far as nothing but spaces and points stands between them.
_NAMES = {
    "ltr": re.compile(r"([\u0600-\u06ff]+(?:[\s.'’-]+[\u0600-\u06ff]+)*)"),
    "rtl": re.compile(r"([A-Za-z\u00c0-\u024f]+(?:[\s.'’-]+[A-Za-z\u00c0-\u024f]+)*)"),
}
_CLOSES = {"“": "”", "«": "»", "(": ")", "„": "“", '"': '"'}


def direction(text: str) -> str:
    """The direction of a line: that of the words outside quotation marks, where there are any.

    An English sentence that introduces a long Arabic quotation runs from left to right.
    """
    outside = "".join(piece for piece, inside in _pieces(text) if not inside)
    return _majority(outside if any(map(str.isalpha, outside)) else text)


def isolated(text: str, towards: str) -> str:
    """A line as escaped HTML, with quotations that run the other way isolated.

    Without that, quotation marks and brackets between two Arabic names in an English line are
    drawn inside out.

    Args:
        text: Any text; hostile.
        towards: The line's direction, "ltr" or "rtl".
    """
    html, before = "", ""
    for piece, inside in _pieces(text):
        if inside and before.endswith("("):
            # An author and a day, perhaps in two scripts, belong to the line.
            html += "".join(_isolate(part, towards) for part in _NAMES[towards].split(piece))
        elif inside:
            html += _isolate(piece, towards)
        else:
            html += _keep_spaces(piece)
        before = piece
    return html


def _isolate(piece: str, towards: str) -> str:
    escaped = _keep_spaces(piece)
    if any(map(str.isalpha, piece)) and _majority(piece) != towards:
        return f'<bdi dir="{_majority(piece)}">{escaped}</bdi>'
    return escaped


def _majority(text: str) -> str:
    return "rtl" if detect(text) == "ar" else "ltr"


def _keep_spaces(text: str) -> str:
    before = " " if text[:1].isspace() else ""
    after = " " if text.strip() and text[-1:].isspace() else ""
    return f"{before}{escape_inline(text)}{after}"


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text cut at its outermost quotation marks and brackets, and which pieces are inside."""
    at = 0
    while at < len(text):
        opened = next((i for i in range(at, len(text)) if text[i] in _CLOSES), len(text))
        closed = _closing(text, opened)
        if closed is None:
            yield text[at:], False
            return
        yield text[at : opened + 1], False
        yield text[opened + 1 : closed], True
        at = closed


def _closing(text: str, opened: int) -> int | None:
    """Where the pair that opens at `opened` closes, past pairs of the same kind inside it."""
    if opened >= len(text):
        return None
    opening, closing, depth = text[opened], _CLOSES[text[opened]], 0
    for place in range(opened + 1, len(text)):
        if text[place] == closing:
            if depth == 0:
                return place
            depth -= 1
        elif text[place] == opening:
            depth += 1
    return None
