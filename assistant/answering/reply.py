"""A language model's reply, cut into sentences with their markers while it is still coming."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.language import sentences

NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True)
class Draft:
    """A sentence as a model wrote it.

    Attributes:
        text: Without markers, in one line.
        numbers: Of the passages that it cites, in order, each once; may be out of range.
        paragraph: It begins a new paragraph.
    """

    text: str
    numbers: tuple[int, ...]
    paragraph: bool = False


_NAMED = r"(?:passages?|sources?|refs?|p|المقطع|مقطع|المقاطع|المصدر|مصدر|الفقرة)"
_NUMBERS = r"\d{1,3}(?:\s*(?:,|،|;|؛|-|–|&|و|and)\s*\d{1,3})*"
_MARKER = re.compile(
    rf"\s*(?:[\[【［⟦]\s*\^?\s*{_NAMED}?\.?\s*({_NUMBERS})\s*(?:†[^\]】］⟧]*)?[\]】］⟧]"
    rf"|[(（]\s*{_NAMED}\s*({_NUMBERS})\s*[)）])",
    re.IGNORECASE,
)
_RUN = rf"(?:{_MARKER.pattern})+"
_AFTER_STOP = re.compile(rf"([.!?؟۔…]+[\"'”’»)]*)({_RUN})", re.IGNORECASE)
_OPENING = re.compile(r"[\[【［⟦(（]")
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_LIST_MARK = re.compile(r"(?m)^[ \t]*(?:[-*•–]|#{1,6}|\d{1,2}[.)])[ \t]+")
_EMPHASIS = re.compile(r"\*\*|__|`+|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LEAD_IN = re.compile(
    rf"^(?:according to|based on|as (?:stated|mentioned|noted) in)\s+(?:the\s+)?"
    rf"(?:provided\s+|given\s+)?(?:{_NAMED}|articles?|text)\s*\d*\s*,\s*"
    rf"|^(?:وفقا|وفقًا|طبقا|طبقًا|بحسب|حسب|استنادا|استنادًا|بناء|بناءً)\s*(?:ل|إلى|على)?\s*"
    rf"(?:لل|ال)?(?:مقطع|مقاطع|مصدر|مصادر|مقال|مقالات|نص|فقرة)\S*\s*\d*\s*[،,]\s*",
    re.IGNORECASE,
)


def drafts(pieces: Iterable[str]) -> Iterator[Draft]:
    """Sentences of a reply, each as soon as what follows shows that it is complete.

    Markers are taken wherever they stand, in the forms that models give them: [1], [1, 2],
    [١], 【1†source】, (Source 1), before the full stop or after it. Reasoning in <think> tags,
    list marks, headings and emphasis are left out.
    """
    raw = ""
    given = 0
    for piece in pieces:
        raw += piece
        done = _cut(_plain(raw), whole=False)
        yield from done[given:]
        given = max(given, len(done))
    yield from _cut(_plain(raw), whole=True)[given:]


def _plain(raw: str) -> str:
    text = _THINKING.sub("", raw)
    text = _EMPHASIS.sub("", _LIST_MARK.sub("", _IMAGE.sub("", text)))
    # A marker after the full stop belongs to the sentence before it.
    return _AFTER_STOP.sub(lambda match: f"{match[2]}{match[1]} ", text)


def _cut(text: str, *, whole: bool) -> list[Draft]:
    spans = sentences(text)
    found: list[Draft] = []
    for n, (start, end) in enumerate(spans):
        following = text[spans[n + 1][0] :] if n + 1 < len(spans) else ""
        # What follows may be the rest of a marker that is still coming.
        if not whole and (not following or _OPENING.match(following)):
            break
        before = text[spans[n - 1][1] : start] if n else ""
        draft = _draft(text[start:end], paragraph="\n\n" in before)
        if not draft.text and found and draft.numbers:
            last = found.pop()
            draft = Draft(last.text, _once((*last.numbers, *draft.numbers)), last.paragraph)
        if draft.text:
            found.append(draft)
    return found


def _draft(sentence: str, *, paragraph: bool) -> Draft:
    numbers = [n for match in _MARKER.finditer(sentence) for n in _numbers(match[1] or match[2])]
    text = _LEAD_IN.sub("", " ".join(_MARKER.sub("", sentence).split()))
    text = re.sub(r"\s+([.,،؛!?؟])", r"\1", text).strip()
    if not re.search(r"\w", text):
        text = ""
    return Draft(text[:1].upper() + text[1:], _once(numbers), paragraph)


def _numbers(written: str) -> Iterator[int]:
    """1, 2-4 -> 1 2 3 4."""
    for part in re.split(r"\s*(?:,|،|;|؛|&|و|and)\s*", written):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        yield from range(ends[0], ends[-1] + 1) if ends[-1] - ends[0] in range(1, 10) else ends


def _once(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers))
