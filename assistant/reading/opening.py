"""Title, author line and date line: what stands above an article's body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.language import normalise, sentences
from assistant.reading.dates import LONGEST_LINE, parse_day

_LONGEST_TITLE = 200  # characters
_SHORT_TITLE = 120  # characters, of one made from the text
_NAME_WORDS = 5
_ENDS_AS_TEXT = re.compile(r"[.،,؛;:۔][\"'”’»)\]]*$")
_NOT_IN_NAMES = re.compile(r"[\d:؛;،؟?!…«»“”\"()]|\.$")
_SIGNED = re.compile(
    r"^(?:(?:written by|words by|by|author|بقلم|كتبه|كتبها|كتبت?|الكاتبة?|المؤلفة?|إعداد)"
    r"(?:\s*[:/–—-]\s*|\s+)|(?:reporting|تحرير|أجر[تى]+ الحوار)\s*[:/]\s*)"
    r"(?P<name>.+)$",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s+[|•·–—\-]\s+|\s*\|\s*")
_BEFORE_DAY = re.compile(r"^(?P<what>[^،,\d]+)[،,]\s+(?P<day>.+)$")
_RUBRICS = frozenset("خاص راي تحليل تقرير opinion exclusive analysis news comment".split())
_SMALL_WORDS = frozenset("and de da del der den di du al el bin ibn bint von van la le y".split())


@dataclass(frozen=True)
class Opening:
    """What was found above the body.

    Attributes:
        title: Never empty; made from the first sentence when the article has none.
        body: The paragraphs that are left, at least one.
        author: Without "By" and the like, or None.
        published: The day, or None.
    """

    title: str
    body: tuple[str, ...]
    author: str | None = None
    published: date | None = None


def find_opening(paragraphs: Sequence[str], title: str | None = None) -> Opening:
    """Tell title, author and date from the body, by their place and form.

    Args:
        paragraphs: Cleaned, at least one.
        title: The title if it is known already.
    """
    first, rest = paragraphs[0], tuple(paragraphs[1:])
    if title is not None:
        repeated = rest and normalise(first) == normalise(title)
        body = rest if repeated else tuple(paragraphs)
    elif rest and _is_title(first):
        title, body = first, rest
    else:
        return Opening(_made_title(first), tuple(paragraphs))
    return _take_lines(Opening(title, body))


def _is_title(paragraph: str) -> bool:
    return len(paragraph) <= _LONGEST_TITLE and not _ENDS_AS_TEXT.search(paragraph)


def _made_title(paragraph: str) -> str:
    start, end = sentences(paragraph)[0]
    sentence = paragraph[start:end]
    if len(sentence) <= _SHORT_TITLE:
        return sentence
    return sentence[:_SHORT_TITLE].rsplit(None, 1)[0].rstrip("،,؛;:-–— ") + "…"


def _take_lines(opening: Opening) -> Opening:
    """Take the author and date lines off the body; a summary may stand before them."""
    skipped: list[str] = []
    for line in opening.body[:3]:
        rest = opening.body[len(skipped) + 1 :]
        if not rest:
            break
        name, day = _read_line(line, may_be_unsigned=not skipped and _is_above(line, rest))
        if (name and opening.author) or (day and opening.published) or not (name or day):
            skipped.append(line)
            continue
        opening = replace(
            opening,
            body=(*skipped, *rest),
            author=opening.author or name,
            published=opening.published or day,
        )
    return opening


def _is_above(line: str, rest: Sequence[str]) -> bool:
    return max(map(len, rest)) > 2 * len(line)


def _read_line(line: str, may_be_unsigned: bool) -> tuple[str | None, date | None]:
    """The author and the day that a line names, when it names nothing else."""
    if len(line) > LONGEST_LINE:
        return None, None
    name: str | None = None
    day = parse_day(line)
    if not day and (told := _BEFORE_DAY.match(line)) and (day := parse_day(told["day"])):
        # Before a comma and a day stands a place as often as a name.
        signed = _SIGNED.match(told["what"])
        return (signed["name"] if signed and _is_name(signed["name"], _NAME_WORDS) else None), day
    for part in [] if day else _PARTS.split(line):
        signed = _SIGNED.match(part)
        found = parse_day(part)
        if found and not day:
            day = found
        elif not name and signed and _is_name(signed["name"], 2 * _NAME_WORDS):
            name = signed["name"]
        elif _is_name(part, 1) and (name or (part.isupper() and part != line)):
            continue  # Where it was written.
        elif not name and may_be_unsigned and _is_name(part, _NAME_WORDS):
            name = part
        else:
            return None, None
    return name, day


def _is_name(text: str, most_words: int) -> bool:
    found = text.split()
    if normalise(text) in _RUBRICS:
        return False
    if not 0 < len(found) <= most_words or _NOT_IN_NAMES.search(text):
        return False
    # Latin names are capitalised; Arabic has no capitals to go by.
    return not any(word[0].islower() and word not in _SMALL_WORDS for word in found)
