"""Plain text: paragraphs are divided by blank lines, or each stands on its own line."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from assistant.reading.cleaning import clean_characters, one_line
from assistant.reading.decoding import decode
from assistant.reading.draft import Draft
from assistant.reading.front_matter import split_front_matter

_WRAPPED_WIDTH = range(40, 121)  # characters, of lines that an editor broke
_ENDS_PROSE = re.compile(r"[.!?؟۔…:][\"'”’»)\]]*$")
_LABELLED = 3  # lines at most of a first block that is title, author and date


def read_plain(path: Path, data: bytes) -> Draft:
    """Read a .txt file.

    Raises:
        ReadingError: it is not text, or its front matter is wrong.
    """
    front, text = split_front_matter(path, clean_characters(decode(path, data)))
    blocks = [
        [line for line in map(one_line, block.split("\n")) if line]
        for block in re.split(r"\n *\n", text)
        if block.strip()
    ]
    paragraphs: list[str] = []
    for block in blocks:
        is_heading = (
            not paragraphs and len(block) <= _LABELLED and not _ENDS_PROSE.search(block[-1])
        )
        paragraphs += block if is_heading or not _is_wrapped(block) else [" ".join(block)]
    return Draft.of(front, paragraphs)


def _is_wrapped(lines: list[str]) -> bool:
    """Whether an editor broke one paragraph into these lines.

    Then no line had room for the next one's first word, and some line ends within a sentence.
    """
    width = max(map(len, lines))
    if len(lines) < 2 or width not in _WRAPPED_WIDTH:
        return False
    pairs = list(itertools.pairwise(lines))
    full = all(len(line) + 1 + len(after.split(None, 1)[0]) > width for line, after in pairs)
    return full and not all(_ENDS_PROSE.search(line) for line in lines[:-1])
