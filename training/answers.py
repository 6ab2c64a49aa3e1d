"""Fit which sentence answers, and whether any does; print what both give across folds.

    python -m training.answers [--shortlist]

Learns from the development half of XQuAD in all four directions, from the passages of our own
questions that trained no reader, with their unanswerable ones, and from news articles written for
this; not from ARCD, which trained the reader. Folds are by article. Orphans are questions whose
own paragraph, or whole article, is left out of the collection. `--shortlist` fits what picks the
sentences to be read, and no more; run it first when features change.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.answering import choose, decide
from assistant.answering.network import Network, bundled_network
from assistant.answering.read import SentenceReader
from assistant.assistant import Assistant
from assistant.language import Language, sentences
from assistant.reading import read_file
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Candidate, Question, Retriever
from benchmarks.squad import read_squad
from training.corpus import CORPUS, Pair, instructions, lines, passages
from training.corpus import Question as BilingualQuestion
from training.fusion import LANGUAGES, collection_of
from training.network import fit_choice, fit_decision

OUT = Path("assistant/answering")
DATA = Path("benchmarks/data/answers")
NEWS = Path("training/news")
FOLDS = 5
Floats = npt.NDArray[np.float32]


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
        language: Of the paragraphs.
        languages: Of each paragraph, where they differ.
    """

    name: str
    language: Language
    paragraphs: Sequence[str]
    asks: Sequence[Ask]
    languages: Sequence[Language] = ()

    def direction(self, ask: Ask) -> str:
        """From the question's language to that of the paragraph it is about."""
        if self.languages and ask.kind in ("stranger", "instruction"):
            return f"{ask.language}-{ask.language}"
        held = self.languages[ask.paragraph] if self.languages else self.language
        return f"{ask.language}-{held}"


@dataclass
class Example:
    """What fitting needs of one question over one collection.

    Attributes:
        sentences: (n, n_features): by MEASURED, or once they are read by FEATURES.
        right: (n,), which sentences hold the answer.
        decision: Everything `decide.features_of` needs, kept to be computed once sentences are
            scored.
    """

    source: str
    direction: str
    kind: str
    fold: int
    sentences: Floats
    right: npt.NDArray[np.bool_]
    retrieved: bool
    again: tuple[Collection, Question, list[object], list[choose.Sentence]] = field(repr=False)


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
            asks += strangers(asked, [p.questions[0] for p in passages("held-out", corpus)][::4])
            yield Source("xquad-dev", held, file.paragraphs, asks)


def strangers(asked: Language, questions: Iterable[BilingualQuestion | Pair]) -> Iterator[Ask]:
    """Questions of another collection, and instructions: no paragraph answers them."""
    kinds = (("stranger", questions), ("instruction", islice(instructions(), 0, None, 4)))
    for kind, those in kinds:
        for number, each in enumerate(those):
            yield Ask(each.ar if asked == "ar" else each.en, asked, number, number, (), kind)


def short(source: Source, every: int) -> Source:
    """The same questions over paragraphs of two sentences, as news articles have them."""
    texts, moves = zip(*(_shortened(text) for text in source.paragraphs), strict=True)
    asks = [
        replace(ask, spans=tuple((moves[ask.paragraph](at), text) for at, text in ask.spans))
        for number, ask in enumerate(source.asks)
        if number % every == 0
    ]
    return Source(f"{source.name}-short", source.language, texts, asks)


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


def news(corpus: Path = CORPUS) -> Iterator[Source]:
    """The questions over seven of our fourteen articles that are meant for tuning."""
    rows = [json.loads(line) for line in (DATA / "tuned.jsonl").read_text("utf-8").splitlines()]
    files = {path.name: path for path in sorted((DATA / "articles").iterdir())}
    for held in LANGUAGES:
        texts = {
            name: article.text
            for name, article in ((name, read_file(path)) for name, path in files.items())
            if article.language == held
        }
        order = list(texts)
        for asked in LANGUAGES:
            asks = []
            for row in rows:
                name = row["article"]
                if name is not None and name not in texts:
                    continue
                number = order.index(name) if name else 0
                spans = tuple((texts[order[number]].find(gold), gold) for gold in row["gold"])
                asks.append(Ask(row[asked], asked, number, number, spans, row["kind"]))
            yield Source("news", held, list(texts.values()), asks)


def mixed() -> Iterator[Source]:
    """Questions over news articles of both languages in one collection."""
    for folder in sorted(path for path in NEWS.iterdir() if path.is_dir()):
        names = sorted(path.name for path in folder.glob("*.txt"))
        articles = [read_file(folder / name) for name in names]
        lines_ = (folder / "questions.jsonl").read_text("utf-8").splitlines()
        asks = []
        for row in map(json.loads, lines_):
            number = names.index(row["article"])
            spans = tuple((articles[number].text.find(gold), gold) for gold in row["gold"])
            for asked in LANGUAGES:
                asks.append(Ask(row[asked], asked, number, number, spans, row["kind"]))
        for asked in LANGUAGES:
            asks += strangers(asked, list(lines())[::12])
        texts = [article.text for article in articles]
        yield Source("mixed", "ar", texts, asks, [article.language for article in articles])


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
            away = (Pair(ar, en) for ar, en in zip(*_xquad_questions(corpus), strict=True))
            asks += strangers(asked, islice(away, 0, None, 8))
            yield Source("own", held, texts, asks)


def _xquad_questions(corpus: Path) -> tuple[list[str], list[str]]:
    files = (read_squad(corpus / "eval" / f"xquad-dev.{x}.json", x) for x in LANGUAGES)
    arabic, english = ([question.text for question in file.questions] for file in files)
    return arabic, english


def singles(corpus: Path = CORPUS) -> Iterator[Source]:
    """Collections of one article each, cut short: XQuAD's articles, and our own for tuning."""
    for whole in (*xquad(corpus), *news(corpus)):
        if whole.name == "news":
            parts, asks = list(whole.paragraphs), list(whole.asks)
            numbers = range(len(parts))
        else:
            cut = short(whole, 1)
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
                whole.language,
                [parts[paragraph] for paragraph in mine],
                [
                    replace(ask, paragraph=place.get(ask.paragraph, 0), article=number)
                    for ask in (*inside[::2], *away, *odd, *lost)
                ],
            )


def sources(corpus: Path = CORPUS) -> Iterator[Source]:
    """All that is learnt from."""
    for source in xquad(corpus):
        answerable = [ask for ask in source.asks if ask.spans]
        yield replace(source, asks=[*answerable[::3], *source.asks[len(answerable) :]])
    for source in own(corpus):
        yield replace(source, asks=source.asks[::16])
    yield from news(corpus)
    for source in mixed():
        yield replace(source, asks=source.asks[::3])
    yield from singles(corpus)


class Chooser:
    """Chooses sentences: all that are measured, or those that are read as well."""

    def __init__(self, *, read: bool) -> None:
        self._read = read

    def sentences(
        self, retriever: Retriever, question: Question, candidates: Sequence[Candidate]
    ) -> list[choose.Sentence]:
        """Sentences with their features; the last ranking is still to be fitted."""
        collection = retriever.collection
        if not self._read:
            return choose.measured(collection, question, candidates)
        reader = SentenceReader(retriever.embedder)
        shortlist = bundled_network("shortlist")
        return choose.listed(collection, question, candidates, reader, shortlist)


def examples_of(source: Source, chooser: Chooser) -> Iterator[Example]:
    """Ask every question, as it is and as an orphan."""
    stripped = [text.strip() for text in source.paragraphs]
    skipped = [len(text) - len(text.lstrip()) for text in source.paragraphs]
    languages = source.languages or [source.language] * len(stripped)
    assistant: Assistant = collection_of(source.paragraphs, languages)
    collection = assistant.collection
    retriever = assistant.retriever
    paragraph_of = np.array([int(passage.article_id) for passage in collection.passages])
    articles = {ask.paragraph: ask.article for ask in source.asks if ask.spans}
    article_of = np.array([articles.get(int(number), -1) for number in paragraph_of])
    assert len(stripped) == len(collection.articles)
    read = retriever.read([ask.text for ask in source.asks], [a.language for a in source.asks])
    told = partial(_example, source, retriever=retriever, skipped=skipped, chooser=chooser)
    for number, (ask, question) in enumerate(zip(source.asks, read, strict=True)):
        yield told(ask, question, ask.kind)
        if ask.kind != "answerable" or source.name == "single":
            continue
        if number % 2 == 0:
            alone = np.flatnonzero(paragraph_of == ask.paragraph)
            yield told(ask, question, "orphan-paragraph", without=alone)
        elif source.name != "own":
            whole = np.flatnonzero(article_of == ask.article)
            yield told(ask, question, "orphan-article", without=whole)


def _example(
    source: Source,
    ask: Ask,
    question: Question,
    kind: str,
    *,
    retriever: Retriever,
    skipped: Sequence[int],
    chooser: Chooser,
    without: npt.NDArray[np.int64] | None = None,
) -> Example:
    collection = retriever.collection
    candidates = retriever.rank(question, without=without)
    sentences = chooser.sentences(retriever, question, candidates)
    right = [_holds(collection, sentence, ask, skipped) for sentence in sentences]
    paragraphs = {collection.passages[c.row].article_id for c in candidates[: choose.PASSAGES]}
    return Example(
        source=source.name,
        direction=source.direction(ask),
        kind=kind,
        fold=ask.article % FOLDS,
        sentences=np.array([sentence.features for sentence in sentences], dtype=np.float32),
        right=np.array(right, dtype=bool) & (kind == "answerable"),
        retrieved=f"{ask.paragraph:05}" in paragraphs,
        again=(collection, question, list(candidates), sentences),
    )


def _holds(
    collection: Collection, sentence: choose.Sentence, ask: Ask, skipped: Sequence[int]
) -> bool:
    passage = collection.passages[sentence.candidate.row]
    if int(passage.article_id) != ask.paragraph:
        return False
    start, end = passage.start + sentence.start, passage.start + sentence.end
    return any(start <= at - skipped[ask.paragraph] < end for at, _ in ask.spans)


def scored(example: Example, network: Network) -> list[choose.Sentence]:
    """The example's sentences as the network ranks them."""
    return choose.rescored(example.again[3], network)


def decision_features(example: Example, network: Network) -> Floats:
    """What the decision is taken on, once sentences are ranked."""
    collection, question, candidates, _ = example.again
    return decide.features_of(collection, question, candidates, scored(example, network))  # type: ignore[arg-type]


def main() -> None:
    """Gather, fit across folds, print, fit on all, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--shortlist", action="store_true")
    arguments = parser.parse_args()
    chooser = Chooser(read=not arguments.shortlist)
    examples: list[Example] = []
    for source in sources():
        examples += (each for each in examples_of(source, chooser) if len(each.sentences))
        print(source.name, source.language, len(source.asks), len(examples), flush=True)
    if arguments.shortlist:
        shortlist = fit_choice([(e.sentences, e.right) for e in examples if e.right.any()])
        write(shortlist, arguments.out / "shortlist.json")
        return
    inputs: list[Floats] = [np.zeros(0, np.float32)] * len(examples)
    outcome = np.full(len(examples), np.nan)
    firsts: list[tuple[Example, bool, bool]] = []
    for fold in range(FOLDS):
        rest = [example for example in examples if example.fold != fold]
        network = fit_choice([(e.sentences, e.right) for e in rest if e.right.any()])
        for number, example in enumerate(examples):
            if example.fold == fold:
                ranked = np.argsort(-network.score(example.sentences), kind="stable")
                hits = example.right[ranked]
                inputs[number] = decision_features(example, network)
                if example.kind == "answerable":
                    firsts.append((example, bool(hits[:1].any()), bool(hits[:3].any())))
                    outcome[number] = hits[:3].any()
                else:
                    outcome[number] = 0.0
    print_choice(firsts)
    decisions = np.full(len(examples), np.nan)
    table = np.stack(inputs)
    labels = np.array([e.kind == "answerable" for e in examples])
    # A question with a false premise is best answered with what the articles do say.
    keep = np.array(
        [e.kind != "false-premise" and (e.kind != "answerable" or e.retrieved) for e in examples]
    )
    folds = np.array([e.fold for e in examples])
    groups = np.array([e.source for e in examples])
    for fold in range(FOLDS):
        inside = (folds != fold) & keep
        fitted = fit_decision(table[inside], labels[inside], outcome[inside], groups[inside])
        decisions[folds == fold] = fitted.score(table[folds == fold])
    print_decision(examples, decisions, outcome)
    choice = fit_choice([(e.sentences, e.right) for e in examples if e.right.any()])
    write(choice, arguments.out / "choice.json")
    decision = fit_decision(table[keep], labels[keep], outcome[keep], groups[keep])
    write(decision, arguments.out / "decision.json")


def print_choice(firsts: Sequence[tuple[Example, bool, bool]]) -> None:
    """The answer's span in the first sentence, and in the first three."""
    for source in dict.fromkeys(example.source for example, _, _ in firsts):
        for direction in choose.DIRECTIONS:
            hits = [
                (one, three)
                for example, one, three in firsts
                if example.source == source and example.direction == direction
            ]
            if hits:
                one, three = np.mean(hits, axis=0)
                print(
                    f"{source:10} {direction}  first {one:.3f}  in three {three:.3f}  {len(hits)}"
                )


def print_decision(
    examples: Sequence[Example], logits: npt.NDArray[np.float64], outcome: npt.NDArray[np.float64]
) -> None:
    """Refused of each kind, at the bound that refuses 8% of the answerable, and at 0."""
    for source in dict.fromkeys(example.source for example in examples):
        for direction in choose.DIRECTIONS:
            rows = [
                n for n, e in enumerate(examples) if e.source == source and e.direction == direction
            ]
            if not rows:
                continue
            kinds = np.array([examples[n].kind for n in rows])
            own_logits = logits[rows]
            answerable = own_logits[kinds == "answerable"]
            bound = float(np.quantile(answerable, 0.08))
            line = f"{source:10} {direction}  bound {bound:+.2f}  wrongly refused at 0: "
            line += f"{(answerable < 0).mean():.3f} "
            for kind in dict.fromkeys(kinds):
                if kind != "answerable":
                    own = own_logits[kinds == kind]
                    line += f" {kind} {(own < bound).mean():.3f} ({(own < 0).mean():.3f})"
            print(line)
    probability = 1 / (1 + np.exp(-logits))
    bins = np.minimum((probability * 10).astype(int), 9)
    gaps = [
        abs(probability[bins == b].mean() - outcome[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    ]
    print(f"ECE {sum(gaps):.3f}")


def write(network: Network, path: Path) -> None:
    """Write a network as JSON."""
    raw = {
        name: np.round(np.asarray(value, dtype=np.float64), 5).tolist()
        for name, value in vars(network).items()
    }
    path.write_text(json.dumps(raw) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
