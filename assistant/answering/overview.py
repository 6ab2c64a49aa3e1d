"""Questions about an article as a whole: what it is about, who wrote it, when it was published.

Its beginning answers them: news says first what matters (the "lead-3" baseline of See et al. 2017),
and what introduces the quote names title, author and day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from assistant.answering.choose import FEATURES
from assistant.answering.features import Sentence
from assistant.answering.overview_phrases import (
    AND,
    ARTICLE,
    BESIDE,
    ITS,
    PATTERNS,
    SEVERAL,
    Wanted,
)
from assistant.language import POSSESSIVE, Language, normalise, sentences, words
from assistant.models import Article
from assistant.retrieval.collection import Collection, Rows
from assistant.retrieval.fusion import Candidate

MOST = 12
"""Sentences of one beginning, or articles, at the most: as far as "tell me more" goes."""
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


def wanted(question: str, *, it: bool = False) -> Wanted | None:
    """What a question wants to know of an article as a whole; None where it asks anything else.

    Args:
        question: In either language, without the article's title.
        it: Whether "it" may be an article.
    """
    return _wanted([word.text for word in words(question)], it=it)


def about_one(question: str) -> bool:
    """Whether a question about an article as a whole is about one that it doesn't name."""
    return not any(SEVERAL.fullmatch(word.text) for word in words(question))


def standalone(kind: Wanted, title: str, language: Language) -> str:
    """A question that names the article it is about."""
    return _STANDALONE[kind][language == "ar"].format(f"«{title}»")


def overview(question: str, collection: Collection, without: Rows | None = None) -> Overview | None:
    """How the article begins that a question asks about as a whole; None for other questions.

    It is the one whose title the question holds, or the only one; or all are meant.

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
    if kind is None:
        return None
    rows = collection.rows_of_originals
    if without is not None:
        gone = frozenset(without.tolist())
        kept = {each: [row for row in own if row not in gone] for each, own in rows.items()}
        rows = {each: own for each, own in kept.items() if own}
    if held:
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
    text = AND.sub("", " ".join(kept))
    return next((kind for kind, known in PATTERNS.items() if known.fullmatch(text)), None)
