"""Broad questions over the news articles: what somebody said, who that is, what is told of a name.

People ask them, and so does the welcome page (`assistant/web/examples.py`), whose patterns find the
names; written questions hardly have any. Made from frames, each in its article's language; half of
them ask another article of the folder than the one that the name is in, and nothing answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.language import Language, sentences
from assistant.models import Article
from assistant.web.examples import NAMED, SPEAKERS, names_in
from training.corpus import news

SAID: dict[Language, tuple[str, ...]] = {
    "en": (
        "What did {} say?", "what does {} say", "What has {} announced?", "statements by {}",
        "What was {}'s comment?", "{} said what?", "What did {} tell reporters?", "{}'s view",
    ),
    "ar": (
        "ماذا قال {}؟", "ما تصريحات {}؟", "تصريحات {}", "شو حكى {}", "بماذا صرح {}؟",
        "ايه كلام {}", "ما الذي أعلنه {}؟", "ما موقف {}؟",
    ),
}  # fmt: skip
TOLD: dict[Language, tuple[str, ...]] = {
    "en": (
        "What is reported about {}?", "Tell me about {}", "who or what is {}", "What about {}?",
        "What do the articles say about {}?", "any news of {}", "{}",
    ),
    "ar": (
        "ماذا ورد عن {}؟", "حدثني عن {}", "ما أخبار {}؟", "ماذا تقول المقالات عن {}؟", "شو قصة {}",
        "معلومات عن {}", "{}",
    ),
}  # fmt: skip
WHO: dict[Language, tuple[str, ...]] = {
    "en": ("Who is {}?", "who's {}", "What does {} do?"),
    "ar": ("من هو {}؟", "من هي {}؟", "مين {}؟", "شكون {}", "من يكون {}؟"),
}
HEADLINES: dict[Language, tuple[str, ...]] = {
    "en": ("What is behind this headline: {}?", "{}", "Tell me more: {}", "details of: {}"),
    "ar": ("ما تفاصيل هذا الخبر: {}؟", "{}", "مزيد عن: {}", "ما القصة: {}"),
}


@dataclass(frozen=True)
class Broad:
    """A broad question over one article.

    Attributes:
        title: Of the article whose sentences these are.
        right: Sentences that answer, each behind the one before it.
        wrong: Others.
    """

    text: str
    title: str
    right: tuple[tuple[str, str], ...]
    wrong: tuple[tuple[str, str], ...]


def broad_questions() -> Iterator[Broad]:
    """Some for each article, and as many that it doesn't answer."""
    chance = random.Random(3)
    for articles, _ in news():
        parts = [[a.text[start:end] for start, end in sentences(a.text)] for a in articles]
        for number, article in enumerate(articles):
            language = article.language
            alike = [n for n, a in enumerate(articles) if n != number and a.language == language]
            for text, right in _asked(article, parts[number], chance):
                told = list(zip(["", *parts[number]], parts[number], strict=False))
                yield Broad(
                    text,
                    article.title,
                    tuple(pair for pair in told if pair[1] in right),
                    tuple(pair for pair in told if pair[1] not in right),
                )
                other = chance.choice(alike)
                others = zip(["", *parts[other]], parts[other], strict=False)
                yield Broad(text, articles[other].title, (), tuple(others))


def _asked(
    article: Article, parts: list[str], chance: random.Random
) -> Iterator[tuple[str, tuple[str, ...]]]:
    language = article.language
    for patterns, frames in ((SPEAKERS, SAID), (NAMED, TOLD)):
        for name in names_in(patterns[language], article.text)[:4]:
            right = tuple(part for part in parts if name in part)
            if patterns is SPEAKERS:
                right = (
                    tuple(part for part in right if name in names_in(SPEAKERS[language], part))
                    or right
                )
            if right:
                yield chance.choice(frames[language]).format(name), right[:3]
            if right and patterns is SPEAKERS:  # Readers ask by one name.
                last = name.rpartition(" ")[2]
                named = tuple(part for part in parts if last in part)
                yield chance.choice(WHO[language]).format(last), named[:3]
    if article.title and parts:
        yield chance.choice(HEADLINES[language]).format(article.title), (parts[0],)
