"""Markdown: its text, without the marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.reading.cleaning import clean_characters, one_line
from assistant.reading.decoding import decode
from assistant.reading.draft import Draft
from assistant.reading.front_matter import split_front_matter

if TYPE_CHECKING:
    from markdown_it.token import Token

_QUOTE = "❝ "  # An ornament, so that a quote which repeats the text is known as a pull quote.
_BREAKS = frozenset({"softbreak", "hardbreak"})


def read_markdown(path: Path, data: bytes) -> Draft:
    """Read a .md file.

    Raises:
        ReadingError: it is not text, or its front matter is wrong.
    """
    from markdown_it import MarkdownIt

    front, text = split_front_matter(path, clean_characters(decode(path, data)))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    draft = Draft.of(front, list(_paragraphs(tokens)))
    starts_with_heading = bool(tokens) and tokens[0].type == "heading_open"
    if draft.title is None and starts_with_heading and len(draft.paragraphs) > 1:
        # A heading is the title whatever it ends with; the paragraph is dropped as its copy.
        return draft.with_title(draft.paragraphs[0])
    return draft


def _paragraphs(tokens: Sequence[Token]) -> Iterator[str]:
    quotes = 0
    row: list[str] | None = None
    for token in tokens:
        if token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield " | ".join(filter(None, row))
            row = None
        elif token.type == "inline":
            text = one_line(_inline(token.children or []))
            if row is not None:
                row.append(text)
            elif text:
                yield (_QUOTE if quotes else "") + text
        elif token.type in ("fence", "code_block"):
            yield from filter(None, map(one_line, token.content.split("\n\n")))
        elif token.type == "html_block":
            yield from _Words.lines(token.content)


def _inline(children: Sequence[Token]) -> str:
    """The text of a paragraph; pictures and raw tags have none."""
    pieces = []
    for child in children:
        if child.type in ("text", "code_inline", "text_special"):
            pieces.append(child.content)
        elif child.type in _BREAKS:
            pieces.append(" ")
    return "".join(pieces)


class _Words(HTMLParser):
    """The words of raw HTML, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._hidden = 0

    @classmethod
    def lines(cls, html: str) -> list[str]:
        parser = cls()
        parser.feed(html)
        parser.close()
        return [line for line in map(one_line, "".join(parser._pieces).split("\n")) if line]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        self._pieces.append("\n" if tag in ("p", "div", "br", "li", "tr", "h1", "h2", "h3") else "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= bool(self._hidden) and tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._pieces.append(data)
