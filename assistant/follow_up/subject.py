"""What a follow-up question is about: a name in the question before, or in its answer."""

from __future__ import annotations

import re

from assistant.answering.facts import facts
from assistant.answering.names import places
from assistant.follow_up.asking import asked_for, is_function, set_of
from assistant.language import Word, detect, normalise, stem, words
from assistant.models import Answer
from assistant.retrieval.lexicon import Lexicon

_MOST_CONTEXT_WORDS = 14
_TITLES = set_of(
    "minister ministry president judge mayor captain professor commission council party general "
    "وزير وزيرة الوزير الوزيرة رئيس رئيسة الرئيس الرئيسة"
)
_WHO_IS = re.compile(
    r"(?:(?:and|so|but|ok)[ ,]+)*who(?:'s| is| was) |و?(?:من|مين) (?:هو|هي) ", re.IGNORECASE
)
_WITHIN = ("in", "at", "on")


def instead(question: str, named: str, before: str, answer: Answer, subject: str) -> str:
    """Make the question before one about something else.

    In place of what the last one named, or of the one name there that is alike; else beside what
    it was about.

    Args:
        question: As typed: "What about Iran?".
        named: What it names.
        before: The question before it, standing alone.
        answer: The answer to that.
        subject: What was named in the question before likewise; or nothing.
    """
    whole = re.compile(rf"(?<!\w){re.escape(subject)}(?!\w)")
    if subject and whole.search(before):
        return whole.sub(lambda _: named, before)
    capitals = all(word[0].isupper() for word in named.split())
    if capitals and detect(before) == "en" and not facts(named, Lexicon.bundled()).dates:
        runs = names(before)
        if len(runs) == 1 and _alike(question, named, before, runs[0]):
            return before[: runs[0][0].start] + named + before[runs[0][-1].end :]
    return f"{named} {context(before, answer, named, names_only=True)}".strip()


def _alike(question: str, named: str, before: str, name: list[Word]) -> bool:
    """Whether both are places or neither is, and both stand after "in", or neither does."""
    is_place, was_place = (
        normalise(each) in places() for each in (named, before[name[0].start : name[-1].end])
    )
    asked, told = _within(question, question.find(named)), _within(before, name[0].start)
    return is_place == was_place and (asked == told or (is_place and not asked))


def _within(text: str, at: int) -> str:
    lead = [word.text for word in words(text[:at]) if word.text != "the"]
    return lead[-1] if lead and lead[-1] in _WITHIN else ""


def whom(question: str, before: str, answer: Answer) -> list[str]:
    """The words of the name that an answer to "who?" gave: "How old is she?" is about it.

    Of several the one nearest to what was asked, without its title; none after "who is NAME?".
    """
    if not answer.citations or asked_for(list(words(before))) != "who":
        return []
    said = answer.citations[0].translation or answer.citations[0].quote
    if detect(said) != detect(before) or _asks_who_somebody_is(before):
        return []
    known = {word.text for word in words(f"{before} {question}")} | places()
    asked = {stem(word.text) for word in words(before) if not is_function(word.text)}
    answering = [word for word in words(said) if stem(word.text) in asked]

    def unlikely(row: list[Word]) -> tuple[bool, int]:
        gaps = (max(row[0].start - word.end, word.start - row[-1].end) for word in answering)
        return len(row) == 1, min(gaps, default=-len(row))

    rows = [[word for word in row if word.text not in known] for row in names(said)]
    name = min(filter(_untitled, rows), key=unlikely, default=[])
    return [said[word.start : word.end] for word in _untitled(name)]


def _asks_who_somebody_is(question: str) -> bool:
    who_is = _WHO_IS.match(question)
    named = {question[row[0].start : row[-1].end] for row in names(question)}
    return who_is is not None and question[who_is.end() :].rstrip("?؟ ") in named


def _untitled(name: list[Word]) -> list[Word]:
    titles = [place for place, word in enumerate(name, 1) if word.text in _TITLES]
    return name[max(titles, default=0) :]


def names(text: str) -> list[list[Word]]:
    """The names of a text, each as the words that stand side by side."""
    rows: list[list[Word]] = []
    for word in facts(text, Lexicon.bundled()).names:
        if rows and word.start - rows[-1][-1].end <= 1:
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def context(before: str, answer: Answer, without: str, *, names_only: bool = False) -> str:
    """What the turn before was about: the words of its question, or the article's title.

    Args:
        before: The question before, standing alone.
        answer: The answer to that.
        without: Words of the question now, which need not be said twice.
        names_only: Only its names, if it has any.
    """
    known = {word.text for word in words(without)}
    about = [w for w in words(before) if not is_function(w.text) and w.text not in known]
    if names_only:
        starts = {word.start for row in names(before) for word in row}
        about = [w for w in about if before[w.start].isupper() and w.start in starts] or about
    text, end = "", -1
    for word in about[:_MOST_CONTEXT_WORDS]:
        # "06:48" and "Haddon-Reyes" are two words each, and stay together.
        apart = end < 0 or re.search(r"\s", before[end : word.start] or " ")
        text += f" {before[word.start : word.end]}" if apart else before[end : word.end]
        end = word.end
    if not text and answer.citations:
        text = answer.citations[0].article.title
    return text.strip()
