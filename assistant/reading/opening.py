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
_STOP = re.compile(r"(?<![\s.][^\W\d_])(?<!\b[JS]r)\.$")  # An initial's is none.
_NOT_IN_NAMES = re.compile(r"[\d:؛;،؟?!…«»“”\"()]|" + _STOP.pattern)
_SIGNED = re.compile(
    r"^(?:(?:(?:(?:written|words|interview(?:ed)?) )?by|author|بقلم|كتبه|كتبها|الكاتبة?|المؤلفة?"
    rf"|إعداد|(?:كتبت?|حاورت?(?:ه|ها|هم))(?!.*{_STOP.pattern}))"  # Verbs begin sentences too.
    r"(?:\s*[:/–—-]\s*|\s+)|(?:reporting|تحرير|أجر[تى]+ الحوار)\s*[:/]\s*)"
    r"(?P<name>.+)$",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s+[|•·–—\-]\s+|\s*\|\s*")
_AGENCY = re.compile(r"\s*\([^()]*\)$")
_BESIDE_DAY = re.compile(r"[،,]?\s+(?:[|•·–—\-]\s+)?|\s*\|\s*")
_IN_BYLINE = re.compile(r"\s*[،,]\s+|" + _PARTS.pattern)
_WHERE = re.compile(
    r"\s+(?:(?:in|from|at)(?:\s+the)?|من|في)(?:\s+(?![a-z])\S+){1,4}?"
    r"(?=\s+and\s|\s+و.+\s(?:من|في)\s|$)"
)
_DESK = re.compile(
    r"(?:the|our|an?|staff)(?:\s+(?!(?:the|our|an?)\s)\S+){0,6}\s(?:desk|office|staff|team"
    r"|newsroom|bureau|agency|(?:correspondent|reporter|writer|editor)s?)",
    re.IGNORECASE,
)
_JOB = re.compile(
    r"\b(?:correspondent|reporter|writer|editor|columnist)s?(?=$|\s(?:of|at|in|for)\s)"
    r"|^(?:ال)?(?:رئيسة? التحرير|مراسل|محرر|كاتب|صحا?في)",
    re.IGNORECASE,
)
_ANY = frozenset("a our staff".split())  # Before a job that says no more of who it was.
_RUBRICS = frozenset("خاص راي تحليل تقرير opinion exclusive analysis news comment".split())
_SMALL_WORDS = frozenset("and de da del der den di du al el bin ibn bint von van la le y".split())
_IN_NO_NAME = frozenset("في من الي عن مع".split())


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
    if day := parse_day(line):
        # By such a day, something happens.
        return None, None if _SIGNED.match(line) else day
    if _STOP.search(line) and not _SIGNED.match(line):
        return None, None
    for cut in _BESIDE_DAY.finditer(line):
        before, after = line[: cut.start()], line[cut.end() :]
        if (signed := _SIGNED.match(before)) and (day := parse_day(after)):
            break
        if (signed := _SIGNED.match(after)) and (day := parse_day(before)):
            break
        if cut[0][0] in "،," and (day := parse_day(after)):
            return _read_unsigned(before, day, may_be_unsigned)
    if day and signed:
        name = _author(signed["name"], has_day=True)
        return name, day if name else None
    return _read_parts(line, may_be_unsigned)


def _read_unsigned(before: str, day: date, may_be_unsigned: bool) -> tuple[str | None, date | None]:
    """What stands before a comma and a day: a place as often as a name, unless a job follows."""
    parts = [_WHERE.sub("", part) for part in _IN_BYLINE.split(_AGENCY.sub("", before))]
    what, *jobs = parts
    is_author = may_be_unsigned and " " in what and len(jobs) == 1 and _JOB.search(jobs[0])
    if not is_author and not all(
        _is_name(part, _NAME_WORDS) or normalise(part) in _RUBRICS for part in parts
    ):
        return None, None
    return what if is_author else None, day


def _read_parts(line: str, may_be_unsigned: bool) -> tuple[str | None, date | None]:
    name = day = None
    for part in _PARTS.split(line):
        signed = _SIGNED.match(part)
        found = parse_day(part)
        if found and not day:
            day = found
        elif not name and signed and (author := _author(signed["name"], has_day=False)):
            name = author
        elif _is_name(part, 1) and (name or (part.isupper() and part != line)):
            continue  # Where it was written.
        elif not name and may_be_unsigned and _is_name(part, _NAME_WORDS):
            name = part
        else:
            return None, None
    return name, day


def _author(text: str, has_day: bool) -> str | None:
    """Whom a signed line names, without place and job; a desk as it is written."""
    head, *others = _IN_BYLINE.split(text)
    is_one = sum(word.lower() not in _ANY for word in head.split()) > 1 and _JOB.search(head)
    if is_one and others and " " in others[0] and _is_name(others[0], _NAME_WORDS):
        head, *others = others
    first = _WHERE.sub("", head)
    if not (_is_name(first, 2 * _NAME_WORDS) or _DESK.fullmatch(first)):
        return None
    if first != head and " " not in first and not has_day:  # "By Bus from Cairo"
        return None
    authors = [first]
    for other in others:
        name = _WHERE.sub("", other)
        is_name = _is_name(name, _NAME_WORDS)
        if " " in first and (_JOB.search(other) or (is_name and " " not in other)):
            continue
        # Before a day and after a place stands a place, unless two people are named.
        two = " and " in other and other.count(" ") > 2
        is_place = is_name and name == other and (has_day or first != head) and not two
        if is_name and not is_place and "،" not in text:
            authors.append(name)
        elif not is_place and (not has_day or " " not in first or _NOT_IN_NAMES.search(other)):
            return None
    return ", ".join(authors)


def _is_name(text: str, most_words: int) -> bool:
    found = text.split()
    if normalise(text) in _RUBRICS:
        return False
    if not 0 < len(found) <= most_words or _NOT_IN_NAMES.search(text):
        return False
    # Latin names are capitalised; Arabic has no capitals to go by.
    return not any(
        (word[0].islower() and word not in _SMALL_WORDS) or normalise(word) in _IN_NO_NAME
        for word in found
    )
