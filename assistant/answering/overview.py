"""Questions about an article as a whole: what it is about, who wrote it, when it was published.

Its beginning answers them: news says first what matters (the "lead-3" baseline of See et al. 2017),
and what introduces a quote names title, author and day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Literal

import numpy as np

from assistant.answering.choose import FEATURES
from assistant.answering.features import Sentence
from assistant.language import normalise, sentences, words
from assistant.models import Article
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Candidate

MOST = 12
"""How many sentences of a beginning, or how many articles: so far "tell me more" goes."""


def _set(text: str) -> frozenset[str]:
    return frozenset(normalise(text).split())


_ARTICLE = re.compile(r"articles?|(?:[وفبكه]?ال|ل?ل)?مقال(?:ه|ات)?")
_SEVERAL = re.compile(r"articles|\w*مقالات")
Wanted = Literal["about", "author", "day", "title"]
_DAY = _set("when date dated published publication متى إمتى ايمتى امتا تاريخ نشر نشرت النشر")
_AUTHOR = _set(
    "wrote written writer author authors byline journalist reporter كتب كتبه كاتب كاتبة كاتبه مؤلف "
    "مؤلفة محرر حرر بقلم صاحب"
)
_TITLE = _set("title titles headline headlines called عنوان عناوين العنوان اسم")
_ABOUT = _set(
    "about summary summarise summarize topic topics subject subjects gist overview content "
    "contents discuss discusses cover covers deal deals talk talks say says tell idea point points "
    "عن عم عما موضوع مواضيع الموضوع ملخص ملخصا الملخص لخص لخصي تلخيص خلاصة الخلاصة فكرة الفكرة "
    "أفكار مضمون محتوى فحوى يتحدث تتحدث يتكلم تتكلم يتناول تتناول يحكي تحكي بيحكي بتحكي يقول تقول "
    "باختصار بإيجاز نقاط النقاط ورد جاء"
)
_FILLING = _set(
    "what which who whom is are was were s the this that these those it its of by for in on to a "
    "an me us my you your i we do does did can could would please give show want news main key "
    "short briefly and or with quickly know have here whole full "
    "ما ماذا من هو هي مين شو شنو ايش إيش وش ايه إيه هذا هذه ذلك تلك هاد هادا هيدا ده دا في لي لنا "
    "أي أهم الرئيسية الرئيسي رئيسية الأساسية هل يمكن ممكن تستطيع أن أعطني أعطيني عطيني "
    "هات قل أخبرني أريد بدي عايز لو سمحت فضلك عليه فيه به الذي اللي هنا كله كامل"
)
_KNOWN = _DAY | _AUTHOR | _TITLE | _ABOUT | _FILLING
_NOTHING = np.zeros(len(FEATURES), np.float32)


def wanted(question: str) -> Wanted | None:
    """What a question wants to know of an article as a whole; None where it asks anything else."""
    asked = [word.text for word in words(question)]
    rest = [word for word in asked if not _ARTICLE.fullmatch(word)]
    if len(rest) == len(asked) or any(word not in _KNOWN for word in rest):
        return None
    kinds: tuple[tuple[Wanted, frozenset[str]], ...] = (
        ("day", _DAY), ("author", _AUTHOR), ("title", _TITLE), ("about", _ABOUT),
    )  # fmt: skip
    return next((kind for kind, known in kinds if not known.isdisjoint(rest)), None)


def asks_of_one(question: str) -> bool:
    """Whether a question is about "the article", and doesn't say which."""
    return wanted(question) is not None and not _several(question)


def beginnings(question: str, collection: Collection) -> list[Sentence] | None:
    """The sentences that answer a question about an article as a whole, all as likely.

    Those of the article whose title the question holds, or of the only one; of several articles,
    where it asks about all, the first of each.

    Returns:
        None for any other question; nothing where it isn't clear which article is meant, or where
        the article doesn't tell its author or its day.
    """
    if not any(_ARTICLE.fullmatch(word.text) for word in words(question)):
        return None
    named, rest = _named(question, collection)
    kind = wanted(rest)
    if kind is None:
        return None
    known = {"author": lambda each: each.author, "day": lambda each: each.published}
    articles = [each for each in named if known.get(kind, bool)(each)][:MOST]
    of_each = MOST if len(articles) == 1 and kind == "about" else 1
    found = [place for article in articles for place in _first(article, collection, of_each)]
    return [replace(sentence, share=1 / len(found)) for sentence in found]


def _named(question: str, collection: Collection) -> tuple[list[Article], str]:
    """The articles that a question is about, and the question without the title of one."""
    folded = normalise(question)
    held = [
        (title, article)
        for article in collection.articles.values()
        if (title := normalise(article.title).strip()) and title in folded
    ]
    if held:
        title, article = max(held, key=lambda pair: len(pair[0]))
        original = collection.articles.get(article.translation_of or "", article)
        return [original], folded.replace(title, " ")
    originals = [
        article
        for article in collection.articles.values()
        if article.translation_of not in collection.articles
    ]
    return originals if _several(question) or len(originals) == 1 else [], folded


def _several(question: str) -> bool:
    return any(_SEVERAL.fullmatch(word.text) for word in words(question))


def _first(article: Article, collection: Collection, most: int) -> Iterator[Sentence]:
    rows = (n for n, each in enumerate(collection.passages) if each.article_id == article.id)
    spans = ((row, span) for row in rows for span in sentences(collection.passages[row].text))
    for row, (start, end) in islice(spans, most):
        candidate = Candidate(row, row, 1.0, (), np.zeros((0, 1), np.float32))
        yield Sentence(candidate, start, end, article.language, _NOTHING, read=0.0)
