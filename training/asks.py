"""Questions over collections, from which sentence choice and refusal are learnt.

The development half of XQuAD in all four directions, our own passages that trained no reader, and
news articles written for this; with questions of other collections, and what is no question.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path

from assistant.language import LANGUAGES, Language
from assistant.models import Article
from assistant.reading import read_file
from benchmarks.squad import read_squad
from training.corpus import CORPUS, Pair, lines, passages
from training.corpus import Question as BilingualQuestion
from training.corpus import news as folders

DATA = Path("benchmarks/data/answers")
NEITHER, BOTH = 2, 3
"""Of a source whose questions the reader has learnt in neither half, or in both."""


@dataclass(frozen=True)
class Ask:
    """A question over paragraphs of one language.

    Attributes:
        paragraph: The one it is about.
        article: Of the paragraph.
        spans: Start and text of accepted answers in the paragraph; empty where none answers.
        kind: "answerable" or how it is unanswerable.
    """

    text: str
    language: Language
    paragraph: int
    article: int
    spans: tuple[tuple[int, str], ...] = ()
    kind: str = "answerable"


@dataclass(frozen=True)
class Source:
    """Paragraphs of one language, or of several, with questions.

    Attributes:
        languages: Of each paragraph.
        titles: Of each paragraph's article; "" where it has none.
        half: 0 or 1, of what the reader's upper layers learn from in two halves; or NEITHER, BOTH.
    """

    name: str
    paragraphs: Sequence[str]
    languages: Sequence[Language]
    titles: Sequence[str]
    asks: Sequence[Ask]
    half: int = NEITHER

    def direction(self, ask: Ask) -> str:
        """From the question's language to that of the paragraph it is about."""
        if ask.kind in ("stranger", "instruction"):
            mixed = len(set(self.languages)) > 1
            return f"{ask.language}-{ask.language if mixed else self.languages[0]}"
        return f"{ask.language}-{self.languages[ask.paragraph]}"


def xquad(corpus: Path = CORPUS) -> Iterator[Source]:
    """The development half of XQuAD (Artetxe et al. 2020), in four directions."""
    files = {
        language: read_squad(corpus / "eval" / f"xquad-dev.{language}.json", language)
        for language in LANGUAGES
    }
    for asked in LANGUAGES:
        for held in LANGUAGES:
            file = files[held]
            asks = [
                Ask(question.text, asked, own.paragraph, file.articles[own.paragraph], own.answers)
                for question, own in zip(files[asked].questions, file.questions, strict=True)
            ]
            asks += strangers(asked, [p.questions[0] for p in passages("held-out", corpus)][::6])
            yield _untitled("xquad-dev", file.paragraphs, held, asks, BOTH)


def _untitled(
    name: str,
    paragraphs: Sequence[str],
    language: Language,
    asks: Sequence[Ask],
    half: int = NEITHER,
) -> Source:
    count = len(paragraphs)
    return Source(name, paragraphs, [language] * count, [""] * count, asks, half)


def strangers(asked: Language, others: Iterable[BilingualQuestion | Pair] = ()) -> Iterator[Ask]:
    """Questions of other collections, of general knowledge, and instructions.

    Only lines that trained no reader.
    """
    general = islice(lines("general", "held-out"), 0, None, 3)
    orders = islice(lines("instructions", "held-out"), 0, None, 3)
    kinds = (("stranger", others), ("stranger", general), ("instruction", orders))
    for kind, those in kinds:
        for number, each in enumerate(those):
            yield Ask(each.ar if asked == "ar" else each.en, asked, number, number, (), kind)


def news() -> Iterator[Source]:
    """The questions over seven of our fourteen articles that are meant for tuning."""
    rows = [json.loads(line) for line in (DATA / "tuned.jsonl").read_text("utf-8").splitlines()]
    files = {path.name: path for path in sorted((DATA / "articles").iterdir())}
    for held in LANGUAGES:
        articles = {
            name: article
            for name, article in ((name, read_file(path)) for name, path in files.items())
            if article.language == held
        }
        order = list(articles)
        for asked in LANGUAGES:
            asks = []
            for row in rows:
                name = row["article"]
                if name is not None and name not in articles:
                    continue
                number = order.index(name) if name else 0
                spans = tuple(
                    (articles[order[number]].text.find(gold), gold) for gold in row["gold"]
                )
                asks.append(Ask(row[asked], asked, number, number, spans, row["kind"]))
            yield Source("news", *_columns(articles.values()), asks)


def unread() -> Iterator[Source]:
    """Questions over news articles of both languages in one collection.

    Each question in both languages. No reader learns from them before its upper layers do.
    """
    for folder, (articles, questions) in enumerate(folders("held-out")):
        asks = [
            Ask(getattr(q, language), language, q.article, q.article, q.spans, q.kind)
            for q, language in product(questions, LANGUAGES)
        ]
        for language in LANGUAGES:
            asks += islice(strangers(language), folder % 9, None, 9)
        yield Source("unread", *_columns(articles), asks, folder % 2)


def _columns(articles: Iterable[Article]) -> tuple[list[str], list[Language], list[str]]:
    """Texts, languages and titles."""
    rows = [(each.text, each.language, each.title) for each in articles]
    texts, languages, titles = map(list, zip(*rows, strict=True))
    return texts, languages, titles


def own(corpus: Path = CORPUS) -> Iterator[Source]:
    """Our held-out passages in four directions, unanswerable questions too."""
    held_out = list(passages("held-out", corpus))
    for asked in LANGUAGES:
        for held in LANGUAGES:
            texts = [passage.ar if held == "ar" else passage.en for passage in held_out]
            asks = []
            for number, passage in enumerate(held_out):
                for q in passage.questions:
                    answer = q.answer_ar if held == "ar" else q.answer_en
                    at = texts[number].find(answer) if answer else -1
                    spans = ((at, answer),) if at >= 0 else ()
                    text = q.ar if asked == "ar" else q.en
                    if spans or q.kind != "answerable":
                        asks.append(Ask(text, asked, number, number, spans, q.kind))
            yield _untitled("own", texts, held, [*asks[::12], *strangers(asked)])


def singles() -> Iterator[Source]:
    """Collections of one article each, of those for tuning."""
    for whole in news():
        asks = whole.asks
        for number in range(len(whole.paragraphs)):
            inside = [ask for ask in asks if ask.spans and ask.article == number]
            others = [ask for ask in asks if ask.spans and ask.article != number]
            away = [replace(ask, spans=(), kind="stranger") for ask in others[number::37]][:12]
            odd = [ask for ask in asks if ask.kind == "instruction"][number % 5 :: 6]
            lost = [a for a in asks if a.kind == "missing-fact" and a.article == number]
            if inside:
                yield Source(
                    "single",
                    [whole.paragraphs[number]],
                    [whole.languages[0]],
                    [whole.titles[number]],
                    [
                        replace(ask, paragraph=0, article=number)
                        for ask in (*inside[::2], *away, *odd, *lost)
                    ],
                )


def sources(corpus: Path = CORPUS) -> Iterator[Source]:
    """All that is learnt from."""
    yield from xquad(corpus)
    yield from own(corpus)
    yield from news()
    yield from unread()
    yield from singles()
