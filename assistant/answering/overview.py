"""Questions about an article as a whole: what it is about, who wrote it, when it was published.

Its beginning answers them: news says first what matters (the "lead-3" baseline of See et al. 2017),
and what introduces the quote names title, author and day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from assistant.answering.choose import FEATURES
from assistant.answering.features import Sentence
from assistant.answering.overview_phrases import (
    AND,
    ARTICLE,
    BESIDE,
    ITS,
    NAMED,
    NO_SUBJECT,
    OPEN,
    PATTERNS,
    SEVERAL,
    WHICH,
    Wanted,
)
from assistant.language import POSSESSIVE, Language, normalise, sentences, words
from assistant.models import Article
from assistant.retrieval.collection import Collection, Rows
from assistant.retrieval.fusion import Candidate
from assistant.retrieval.lexical import LexicalScores, QuestionTerms

MOST = 12
"""Sentences of one beginning, or articles, at the most: as far as "tell me more" goes."""
_SUBJECT_WORDS = 8
_SURE = 0.5
"""From which weight on a word of the collection stands for one of a subject."""
_NO_FEATURES = np.zeros(len(FEATURES), np.float32)

_STANDALONE: dict[Wanted, tuple[str, str]] = {
    "about": ("What is the article {} about?", "عم يتحدث مقال {}؟"),
    "author": ("Who wrote the article {}?", "من كتب مقال {}؟"),
    "day": ("When was the article {} published?", "متى نشر مقال {}؟"),
    "title": ("What is the title of the article {}?", "ما عنوان مقال {}؟"),
}


@dataclass(frozen=True)
class Overview:
    """What is to be said of an article as a whole, or of several.

    Attributes:
        wanted: What is asked for.
        sentences: Of the beginnings, in order, all as likely.
        found: Whether it is clear which article is meant, and that tells its author or its day
            where they are asked for.
    """

    wanted: Wanted
    sentences: list[Sentence]
    found: bool


class _Named(NamedTuple):
    """An article that a question names by its subject.

    Attributes:
        wanted: What is asked of it.
        noun: What it is called: article, report.
        subject: As typed; the noun again where it says what the article is: the obituary.
    """

    wanted: Wanted
    noun: str
    subject: str


def wanted(question: str, *, it: bool = False) -> Wanted | None:
    """What a question wants to know of an article as a whole; None where it asks anything else.

    Args:
        question: In either language, without the article's title.
        it: Whether "it" may be an article.
    """
    plain = _wanted([word.text for word in words(question)], it=it)
    named = None if plain else _named(question)
    return named.wanted if named else plain


def about_one(question: str) -> bool:
    """Whether a question about an article as a whole is about one that it doesn't name."""
    several = any(SEVERAL.fullmatch(word.text) for word in words(question))
    whole = _wanted([word.text for word in words(question)], it=True) is not None
    return not several and (whole or _named(question) is None)


def standalone(kind: Wanted, title: str, language: Language) -> str:
    """A question that names the article it is about."""
    return _STANDALONE[kind][language == "ar"].format(f"«{title}»")


def overview(question: str, collection: Collection, without: Rows | None = None) -> Overview | None:
    """How the article begins that a question asks about as a whole; None for other questions.

    It is the one whose title the question holds, the one that fits the subject it names best, or
    the only one; or all are meant.

    Args:
        question: In either language.
        collection: Holds the articles.
        without: Rows to leave out.
    """
    folded = normalise(question)
    said = f" {' '.join(word.text for word in words(folded))} "
    held = ""
    if '"' in folded or any(map(ARTICLE.fullmatch, said.split())):
        titles = (
            title
            for title in collection.originals_by_title
            if f" {title} " in said and (" " in title or f'"{title}"' in folded)
        )
        held = max(titles, key=len, default="")
    kind = _wanted((said.replace(f" {held} ", " @ ") if held else said).split())
    named = None if kind else _named(question)
    kind = named.wanted if named else kind
    if kind is None:
        return None
    rows = collection.rows_of_originals
    if without is not None:
        gone = frozenset(without.tolist())
        kept = {each: [row for row in own if row not in gone] for each, own in rows.items()}
        rows = {each: own for each, own in kept.items() if own}
    if named:
        meant = _fitting(named, collection, rows)
        if not meant and not ARTICLE.fullmatch(named.noun):
            return None
    elif held:
        meant = [each for each in collection.originals_by_title[held] if each in rows]
    else:
        meant = list(rows)
    if len(meant) > 1 and (held or about_one(question)):
        meant = []
    told = [each for each in meant if _tells(collection.articles[each], kind)]
    most = MOST if len(told) == 1 and kind == "about" else 1
    found = [
        sentence
        for each in (told or meant or list(rows))[:MOST]
        for sentence in islice(_beginning(collection, rows[each]), most)
    ]
    likely = [replace(sentence, share=1 / len(found)) for sentence in found]
    return Overview(kind, likely, bool(told) and bool(likely))


def _named(question: str) -> _Named | None:
    found = list(words(question))
    asked = [word.text for word in found]
    said = " ".join(asked)
    for match in NAMED.finditer(said):
        before = said[: match.start()]
        if match["definite"] and OPEN.fullmatch(before):
            continue
        start, after = len(before.split()), len(said[: match.end()].split())
        first, most = (start, 1) if match["kind"] else (after, _SUBJECT_WORDS)
        # The shortest subject is taken: "about" may end the question.
        for end in range(first + 1, min(first + most, len(found)) + 1):
            if NO_SUBJECT.fullmatch(asked[end - 1]):
                break
            rest = [*asked[:start], "article", *asked[end:]]
            kind = None if BESIDE.issuperset(asked[first:end]) else _wanted(rest)
            if kind not in (None, "count") and not WHICH.fullmatch(_text(rest)):
                subject = question[found[first].start : found[end - 1].end]
                return _Named(kind, match[match.lastindex or 0], subject)
    return None


def _fitting(named: _Named, collection: Collection, rows: Mapping[str, Sequence[int]]) -> list[str]:
    """Of the articles that hold a subject's words the one whose title or else text fits best.

    A report or the like must have them in its title, and none of these articles may speak of
    reports: the question may be about one of those.
    """
    lexical = collection.lexical
    terms = _terms(named.subject, collection)
    if not terms:
        return []
    held = np.stack([_of_originals((term,), collection).coverage for term in terms])
    fits = _of_originals(terms, collection).bm25
    holding = [each for each, own in rows.items() if held[:, own].max(axis=1).all()]
    titled = dict.fromkeys(holding, 0.0)
    for article in collection.articles.values():
        each = article.id if article.id in titled else article.translation_of
        if each in titled:
            stems = collection.lexicon.stems(article.title)
            title = lexical.sentence_scores(terms, [stems], article.language)
            titled[each] = max(titled[each], float(title.coverage[0]))
    best = max(holding, key=lambda each: (titled[each], fits[rows[each]].mean()), default=None)
    if best is None:
        return []
    if not ARTICLE.fullmatch(named.noun):
        spoken = _of_originals(_terms(named.noun, collection), collection).coverage
        speak = named.noun != named.subject and any(spoken[rows[each]].any() for each in holding)
        return [best] if titled[best] and not speak else []
    return [best]


def _terms(text: str, collection: Collection) -> QuestionTerms:
    """The content words, each with what surely stands for it."""
    small = collection.lexicon.is_function_stem
    return tuple(
        replace(
            term,
            stems={
                language: {s: p for s, p in stems.items() if p >= _SURE and not small(s, language)}
                for language, stems in term.stems.items()
            },
        )
        for term in collection.lexical.question_terms(text)
        if term.emphasis == 1.0
    )


def _of_originals(terms: QuestionTerms, collection: Collection) -> LexicalScores:
    """The scores of all rows, an original's with those of its translations."""
    scores = collection.lexical.scores(terms)
    for each in (scores.bm25, scores.coverage):
        np.maximum.at(each, collection.originals, each.copy())
    return scores


def _tells(article: Article, kind: Wanted) -> bool:
    if kind == "author":
        return article.author is not None
    return kind != "count" and (kind != "day" or article.published is not None)


def _beginning(collection: Collection, rows: Iterable[int]) -> Iterator[Sentence]:
    for row in rows:
        candidate = Candidate(row, row, 1.0, (), np.zeros((0, 1), np.float32))
        language = collection.languages[row]
        for start, end in sentences(collection.passages[row].text):
            yield Sentence(candidate, start, end, language, _NO_FEATURES, read=0.0)


def _wanted(asked: Sequence[str], *, it: bool = False) -> Wanted | None:
    text = _text(asked, it=it)
    return next((kind for kind, known in PATTERNS.items() if known.fullmatch(text)), None)


def _text(asked: Sequence[str], *, it: bool = False) -> str:
    """The words as PATTERNS know them."""
    parts: list[str] = []
    for word in asked:
        bare = POSSESSIVE.sub("", word)
        for part in (ITS.get(bare, bare) if it else bare).split():
            parts.append("@" if ARTICLE.fullmatch(part) else part)
    kept = [
        part
        for part, before, after in zip(parts, ["", *parts], [*parts[1:], ""], strict=False)
        if not (part in BESIDE and "@" in (before, after)) and (part, before) != ("@", "@")
    ]
    return AND.sub("", " ".join(kept))
