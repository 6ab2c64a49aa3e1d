"""Hostile text made harmless: nothing of an article, question or answer is ever markup."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from assistant.language import Language

# Overrides and isolates could show a sentence in another order than it is stored.
_BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_KEPT_FORMAT = "\u200c\u200d\u200e\u200f\u061c"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~^$&:@/\"'=])")
_MAX_URL_CHARS = 2000


def _visible(text: str) -> str:
    """Drop what has no glyph but changes how other text is read."""
    return "".join(
        letter
        for letter in text
        if letter in "\n\t"
        or letter in _KEPT_FORMAT
        or (letter not in _BIDI_CONTROLS and unicodedata.category(letter) not in ("Cc", "Cs", "Co"))
    )


def escape_inline(text: str, limit: int | None = None) -> str:
    """Text as one line that neither HTML nor any Markdown reads as markup.

    Every ASCII sign that isn't a letter, a digit or a space becomes a numeric entity: so there
    is no tag, link, image, emphasis, list, heading, formula, address or nested entity left for a
    parser to find, whichever parser it is.

    Args:
        text: Anything.
        limit: Longer text is cut and ends in an ellipsis.
    """
    line = " ".join(_visible(text).split())
    if limit is not None and len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return _encode(line)


def escape_block(text: str) -> str:
    """Text for a `<pre>`: lines are kept, as entities, so that the markup stays on one line."""
    return _encode(_visible(text.replace("\r\n", "\n").replace("\r", "\n")).replace("\t", "    "))


def _encode(text: str) -> str:
    return "".join(
        letter if letter == " " or not letter.isascii() or letter.isalnum() else f"&#{ord(letter)};"
        for letter in text
    )


def escape_lines(text: str) -> list[str]:
    """The lines of a text that hold anything, each escaped."""
    return [line for line in map(escape_inline, text.splitlines()) if line]


def escape_markdown(text: str) -> str:
    """One line for a Markdown file: readable as text there, and inert in its preview."""
    return _MARKDOWN.sub(r"\\\1", " ".join(_visible(text).split())).replace("\\.", ".")


def safe_url(url: str | None) -> str | None:
    """The address, escaped for an attribute; None unless it is plain http or https."""
    if not url or len(url) > _MAX_URL_CHARS or not re.match(r"https?://", url, re.IGNORECASE):
        return None
    if any(letter.isspace() or unicodedata.category(letter).startswith("C") for letter in url):
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return _encode(url) if host else None


def host_of(url: str) -> str:
    """The host of an address that `safe_url` accepts, for display, escaped."""
    return escape_inline((urlsplit(url).hostname or "").removeprefix("www."), 60)


def direction_of(language: Language) -> str:
    """The direction a language is written in."""
    return "rtl" if language == "ar" else "ltr"
