"""Telling an article from what blog engines and news sites put around it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.language import normalise
from assistant.reading.phrases import (
    ANYWHERE,
    AT_THE_END,
    COMMENT_COUNTS,
    COMMENT_PROMPTS,
    OPENERS,
)

_MOST_WORDS = 40
_HEADLINE_WORDS = 20
_NO_WORD = re.compile(r"[^\w\s:]|_")
_FULL_STOP = " ."
_WILDCARDS = {"#": r" (?:\d+|d)", "…": r"(?: [^.]*)?", "*": r"(?: .*)?"}


def _fold(paragraph: str) -> str:
    """The words alone, with a full stop at the end where the paragraph ends as prose does."""
    text = paragraph.replace("©", " copyright ")
    words = " ".join(_NO_WORD.sub(" ", normalise(text)).split())
    return words.replace(" :", ":").strip(": ") + _FULL_STOP * _ends_like_prose(paragraph)


def _ends_like_prose(paragraph: str) -> bool:
    text = paragraph.rstrip("\"'”’»)] ")
    return text.endswith((".", "!")) and not text.endswith("..")


def _pattern(phrase: str) -> str:
    pattern = ""
    for word in phrase.split():
        colon = ":" if word.endswith(":") else ":?"
        pattern += _WILDCARDS.get(word) or " " + re.escape(_fold(word)) + colon
    return pattern if phrase.endswith("…") else pattern + r"(?: \.)?"


def _phrases(*listings: str) -> re.Pattern[str]:
    """One pattern of lists of phrases, to match folded paragraphs whole."""
    phrases = re.split(r" / |\n", "\n".join(listings))
    return re.compile("|".join(_pattern(phrase) for phrase in phrases if phrase))


_IS_LITTER = _phrases(ANYWHERE)
_ENDS_WITH = _phrases(ANYWHERE, AT_THE_END, COMMENT_PROMPTS)
_OPENS = _phrases(OPENERS, COMMENT_COUNTS, COMMENT_PROMPTS)
_OPENS_COMMENTS = _phrases(COMMENT_COUNTS)


def without_litter(paragraphs: Sequence[str]) -> list[str]:
    """Drop what is not part of the article; something is always left."""
    folded = [" " + _fold(text) if len(text.split()) <= _MOST_WORDS else "" for text in paragraphs]
    end = _end_of_article(paragraphs, folded)
    kept = [
        paragraph
        for paragraph, fold in zip(paragraphs[:end], folded[:end], strict=True)
        if not _IS_LITTER.fullmatch(fold)
    ]
    return kept or list(paragraphs)


def _end_of_article(paragraphs: Sequence[str], folded: Sequence[str]) -> int:
    """Where the article ends and what the site put after it begins.

    From the last paragraph upwards: litter, or headlines below a heading such as "Related
    posts". Readers' comments are cut below their count, if they are the smaller part.
    """
    total = sum(map(len, paragraphs))
    end = index = _before_comments(paragraphs, folded, total)
    below = 0
    while index > 1:
        index -= 1
        below += len(paragraphs[index])
        is_litter = _ENDS_WITH.fullmatch(folded[index])
        opens = 2 * below < total and _OPENS.fullmatch(folded[index])
        # Headlines go only when a heading above opens them.
        if opens or (is_litter and index + 1 == end):
            end = index
        elif not (is_litter or _is_headline(paragraphs[index])):
            break
    return end


def _before_comments(paragraphs: Sequence[str], folded: Sequence[str], total: int) -> int:
    before = 0
    for index, paragraph in enumerate(paragraphs):
        if 2 * before > total and _OPENS_COMMENTS.fullmatch(folded[index]):
            return index
        before += len(paragraph)
    return len(paragraphs)


def _is_headline(paragraph: str) -> bool:
    return len(paragraph.split()) <= _HEADLINE_WORDS and not _ends_like_prose(paragraph)
