"""Web pages saved as HTML; trafilatura finds the article in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from assistant.errors import ReadingError
from assistant.reading.cleaning import clean_characters, one_line
from assistant.reading.decoding import decode_page
from assistant.reading.draft import Draft
from assistant.reading.front_matter import web_address


def read_page(path: Path, data: bytes) -> Draft:
    """Read a .html file.

    Raises:
        ReadingError: it is not text, or no article can be found in it.
    """
    import trafilatura

    html = decode_page(path, data)
    try:
        found: Any = trafilatura.bare_extraction(
            html, with_metadata=True, include_comments=False, include_tables=True
        )
    except (ValueError, RecursionError) as error:
        raise ReadingError(path, "is HTML that can't be parsed.", _SAVE_TEXT) from error
    text = clean_characters((found and found.text) or "")
    if not text.strip():
        raise ReadingError(path, "is a page in which no article can be found.", _SAVE_TEXT)
    return Draft(
        paragraphs=tuple(filter(None, map(one_line, text.split("\n")))),
        title=one_line(found.title or "") or None,
        author=one_line((found.author or "").replace(";", ",")) or None,
        published=date.fromisoformat(found.date) if found.date else None,
        url=web_address(found.url),
    )


_SAVE_TEXT = "Save the article's text as a .txt or .md file."
