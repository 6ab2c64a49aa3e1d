"""The rules that make an article's text: its characters, its paragraphs, and what isn't its own.

Unicode is left in the form in which it was written: NFC would change what a quote is compared
with, and `language.normalise` already meets the forms in search. Letters, diacritics, digits and
quotation marks are never altered. Zero-width joiners stay, since spelling and emoji need them;
other invisible characters (direction controls, soft hyphens, byte order marks, tag characters
that can hide instructions) go, and every kind of space becomes the plain one.
"""

from __future__ import annotations

import re

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SPACES = re.compile(r"[^\S\n]")
_ORNAMENTS = re.compile(
    "^(?:\\*\\s|[\\s\u25a0-\u25ff\u2022\u2023\u2043\u204c\u204d\u2219\u00b7"
    "\u2605\u2606\u2600-\u2604\u2660-\u2667\u2726-\u273f\u2756\u275b-\u275e\u2794-\u27be"
    "\u2b05-\u2b0d\u2b1b\u2b1c\u2b24\u066d\ufe0e\ufe0f\u2192\u2190])+"
)
_SPEECH = re.compile(r"^[«“\"„].*[»”\"]\W?$", re.DOTALL)


def clean_characters(text: str) -> str:
    """Settle line ends and spaces, one for one, and drop what can't be seen."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))


def one_line(text: str) -> str:
    """The same text with clean characters and without line ends."""
    return " ".join(clean_characters(text).split())


def without_ornament(paragraph: str) -> str:
    """The paragraph without the bullets and squares that typesetters put before it."""
    return _ORNAMENTS.sub("", paragraph)


def is_set_apart(paragraph: str) -> bool:
    """Whether a paragraph looks like a pull quote: ornamented, or wholly between quotes."""
    return bool(_ORNAMENTS.match(paragraph) or _SPEECH.match(paragraph))


def has_words(paragraph: str) -> bool:
    """Whether anything in the paragraph can be read."""
    return any(letter.isalnum() for letter in paragraph)
