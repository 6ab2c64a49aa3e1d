"""Questions to begin with, drawn from the collection itself and kept only if it answers them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from assistant.errors import AssistantError
from assistant.language import Language
from assistant.models import Article

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_ARTICLES_READ = 40
_QUESTIONS_TRIED = 16
_LONGEST_NAME_CHARS = 60

_NAME = r"[A-Z][\w’'-]+(?: (?:(?:al|el|bin|ibn|de|van|von)[ -])?[A-Z][\w’'-]+){1,3}"
_SAYS = "said|says|told|stressed|explained|warned|announced|stated|confirmed|argued|noted"
SPEAKERS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(rf"((?:[Tt]he )?{_NAME})(?:, [^,.]{{3,60}},)? (?:{_SAYS})\b"),
    "ar": re.compile(
        r"\b[وف]?(?:قال|أكد|صرح|أوضح|حذر|أعلن|ذكر|أشار)ت?"
        r" ((?:[^\W\d_]+ ){1,3}?[^\W\d_]+)(?=،| (?:إن|أن|إنه|أنه|إنها|أنها|في|إلى|من|على)\b)"
    ),
}
NAMED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(rf"(?<=[a-z,] )((?:the )?{_NAME})"),
    "ar": re.compile(r"[«“\"”]([^\W\d_]+(?: [^\W\d_]+){1,3})[»”\"“]"),
}
_NO_NAME = re.compile(
    r"\b(?:ال(?:سبت|أحد|اثنين|إثنين|ثلاثاء|أربعاء|خميس|جمعة)|\w+(?:هم|هما|ها))\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
_FRAMES: dict[Language, tuple[str, str, str]] = {
    "en": ("What did {} say?", "What is reported about {}?", "What is behind this headline: {}?"),
    "ar": ("ما تصريحات {}؟", "ماذا ورد عن {}؟", "ما تفاصيل هذا الخبر: {}؟"),
}


class Examples:
    """The examples of one collection, found once and again whenever it has changed."""

    def __init__(self) -> None:
        self._finding = threading.Lock()
        self._found: dict[tuple[Language, int], tuple[tuple[str, ...], list[str]]] = {}

    def questions(self, assistant: Assistant, language: Language, number: int) -> list[str]:
        """At most `number` questions in a language that the articles answer.

        They ask what somebody said, what is told of a name, and what a headline means, of as
        many different articles as there are.
        """
        articles = assistant.articles()
        state = tuple(article.id for article in articles)
        with self._finding:
            kept, questions = self._found.get((language, number), ((), []))
            if kept != state:
                questions = _answered(assistant, _candidates(articles, language), number)
                self._found[language, number] = (state, questions)
            return questions


def _answered(assistant: Assistant, candidates: Iterator[str], number: int) -> list[str]:
    kept: list[str] = []
    for _, question in zip(range(_QUESTIONS_TRIED), candidates, strict=False):
        if len(kept) == number:
            break
        try:
            if assistant.ask(question).found:
                kept.append(question)
        except AssistantError:
            continue
    return kept


def _candidates(articles: Iterable[Article], language: Language) -> Iterator[str]:
    """Questions, the first of each article before the second of any; none comes twice."""
    written = [article for article in articles if article.language == language]
    each = [_of(article, language) for article in written[:_ARTICLES_READ]]
    seen: set[str] = set()
    for row in zip_longest(*each):
        for question in row:
            if question and question not in seen:
                seen.add(question)
                yield question


def _of(article: Article, language: Language) -> list[str]:
    said, about, headline = _FRAMES[language]
    title = article.title.strip().rstrip(".؟?!")
    speakers = [said.format(name) for name in names_in(SPEAKERS[language], article.text)]
    names = [about.format(name) for name in names_in(NAMED[language], article.text)]
    titles = [headline.format(title)] if title else []
    return [
        question
        for row in zip_longest(speakers[:2], names[:2], titles)
        for question in row
        if question
    ]


def _is_name(name: str) -> bool:
    """Whether it is short and leans on nothing outside: no day of the week, no "their"."""
    return len(name) <= _LONGEST_NAME_CHARS and not _NO_NAME.search(name)


def names_in(pattern: re.Pattern[str], text: str) -> list[str]:
    """The names that a pattern finds, the most frequent first."""
    counts: dict[str, int] = {}
    for match in pattern.finditer(text):
        name = " ".join(match[1].split()).replace("The ", "the ", 1)
        if _is_name(name):
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: -counts[name])
