"""Questions over collections, from which sentence choice and refusal are learnt.

The development half of XQuAD in all four directions, our own passages that trained no reader, and
news articles written for this; with questions of other collections, and what is no question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path

from assistant.language import LANGUAGES, Language, sentences
from assistant.models import Article
from assistant.reading import read_file
from benchmarks.squad import read_squad
from training.corpus import CORPUS, Pair, lines, passages
from training.corpus import Question as BilingualQuestion
from training.corpus import news as folders

DATA = Path("benchmarks/data/answers")


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
        trained: Whether the reader learns from these articles, but for those of a fold.
    """

    name: str
    paragraphs: Sequence[str]
    languages: Sequence[Language]
    titles: Sequence[str]
    asks: Sequence[Ask]
    trained: bool = False

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
            yield _untitled("xquad-dev", file.paragraphs, held, asks, trained=True)


def _untitled(
    name: str,
    paragraphs: Sequence[str],
    language: Language,
    asks: Sequence[Ask],
    *,
    trained: bool = False,
) -> Source:
    count = len(paragraphs)
    return Source(name, paragraphs, [language] * count, [""] * count, asks, trained)


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


def short(source: Source) -> Source:
    """The same questions over paragraphs of two sentences, as news articles have them."""
    texts, moves = zip(*(_shortened(text) for text in source.paragraphs), strict=True)
    asks = [
        replace(ask, spans=tuple((moves[ask.paragraph](at), text) for at, text in ask.spans))
        for ask in source.asks
    ]
    return replace(source, name=f"{source.name}-short", paragraphs=texts, asks=asks)


def _shortened(text: str) -> tuple[str, Callable[[int], int]]:
    """A text in paragraphs of two sentences, and where its characters went."""
    spans = sentences(text)
    groups = [(pair[0][0], pair[-1][1]) for pair in batched(spans, 2)]
    starts, pieces, at = [], [], 0
    for start, end in groups:
        starts.append((start, at))
        pieces.append(text[start:end])
        at += end - start + 2

    def moved(place: int) -> int:
        start, new = max(pair for pair in [(-1, 0), *starts] if pair[0] <= place)
        return place - max(start, 0) + new

    return "\n\n".join(pieces), moved


def batched(spans: Sequence[tuple[int, int]], n: int) -> Iterator[Sequence[tuple[int, int]]]:
    """Groups of n, the last perhaps smaller."""
    return (spans[start : start + n] for start in range(0, len(spans), n))


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
    """Questions over news articles of both languages in one collection that no reader learns from.

    Each question in both languages.
    """
    for folder, (articles, questions) in enumerate(folders("held-out")):
        asks = [
            Ask(getattr(q, language), language, q.article, q.article, q.spans, q.kind)
            for q, language in product(questions, LANGUAGES)
        ]
        for language in LANGUAGES:
            asks += islice(strangers(language), folder % 9, None, 9)
        yield Source("unread", *_columns(articles), asks)


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


def singles(corpus: Path = CORPUS) -> Iterator[Source]:
    """Collections of one article each, cut short: XQuAD's articles, and our own for tuning."""
    for whole in (*xquad(corpus), *news()):
        if whole.name == "news":
            parts, asks = list(whole.paragraphs), list(whole.asks)
            numbers = range(len(parts))
        else:
            cut = short(whole)
            parts, asks = list(cut.paragraphs), list(cut.asks)
            numbers = range(0, len({ask.article for ask in asks if ask.spans}), 9)
        for number in numbers:
            inside = [ask for ask in asks if ask.spans and ask.article == number]
            others = [ask for ask in asks if ask.spans and ask.article != number]
            away = [replace(ask, spans=(), kind="stranger") for ask in others[number::37]][:12]
            odd = [ask for ask in asks if ask.kind == "instruction"][number % 5 :: 6]
            lost = [a for a in asks if a.kind == "missing-fact" and a.article == number]
            mine = sorted({ask.paragraph for ask in inside})
            if not mine:
                continue
            place = {paragraph: new for new, paragraph in enumerate(mine)}
            yield Source(
                "single",
                [parts[paragraph] for paragraph in mine],
                [whole.languages[0]] * len(mine),
                [whole.titles[paragraph] for paragraph in mine],
                [
                    replace(ask, paragraph=place.get(ask.paragraph, 0), article=number)
                    for ask in (*inside[::2], *away, *odd, *lost)
                ],
                trained=whole.trained,
            )


def sources(corpus: Path = CORPUS) -> Iterator[Source]:
    """All that is learnt from."""
    yield from xquad(corpus)
    yield from own(corpus)
    yield from news()
    yield from unread()
    yield from singles(corpus)
