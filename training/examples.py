"""What the reader's upper layers, sentence choice and refusal are fitted on, gathered on disk.

    python -m training.examples

Half an hour on two cores, and eight gigabytes.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.answering import choose, decide, features, versions
from assistant.answering.shortlist import MET, Shortlist, bundled_shortlist
from assistant.language import unpointed
from assistant.models import Article
from assistant.onnx_reader import Text
from assistant.onnx_weights import cores
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Question, Retriever
from training.asks import Ask, Source, sources
from training.fusion import collection_of
from training.reader_batches import WORK
from training.reader_model import DIM
from training.reader_states import LowerReader
from training.reader_upper import States, Upper, scores_of

Floats = npt.NDArray[np.float32]
GATHERED = WORK.parent / "examples"
FOLDS = 3


@dataclass
class Example:
    """One question over one collection.

    Attributes:
        kind: "answerable", or why it is not.
        fold: Of the article that the question is about.
        half: Of the source; see `asks.Source`.
        retrieved: Whether the paragraph that it is about is among the passages measured.
        measured: (n, len(features.MEASURED)), all sentences of the best passages.
        met: (n * n_tokens, len(shortlist.MET)), float16, how they meet the question's tokens.
        read: (n,), what the reader says, once `read_by` has had it read; NaN where a sentence is
            not listed.
        right: (n,), which sentences hold the answer.
        lacking: (n, 10), `decide.lacking_of` of each sentence's passage.
        lacked: (n, 3), `decide.sentence_lacking_of` of each sentence; 0 where it is not listed.
        setting: (n,), `decide.setting_of`.
        listed: (n_texts,), which sentence each text that is read is, or is part of.
        holds: (n_texts,), which texts hold the answer.
        lengths: (n_texts,), of each text's states.
        states: (sum of lengths, DIM), float16, what the reader's lower layers make of the texts.
    """

    source: str
    direction: str
    kind: str
    fold: int
    half: int
    retrieved: bool
    measured: Floats
    met: npt.NDArray[np.float16]
    read: Floats
    right: npt.NDArray[np.bool_]
    lacking: Floats
    lacked: Floats
    setting: Floats
    listed: npt.NDArray[np.int32]
    holds: npt.NDArray[np.bool_]
    lengths: npt.NDArray[np.int32]
    states: npt.NDArray[np.float16]

    @property
    def tokens(self) -> Floats:
        """By `shortlist.MET`, (n, n_tokens, len(MET))."""
        return self.met.reshape(len(self.measured), -1, len(MET)).astype(np.float32)

    @property
    def texts(self) -> list[States]:
        """The states of each text."""
        return np.split(self.states, np.cumsum(self.lengths)[:-1])

    def table(self, shortlist: Shortlist) -> tuple[Floats, npt.NDArray[np.bool_], Floats, Floats]:
        """Of the sentences that the product would list: features, right or not, what they lack."""
        scores = shortlist.score(self.measured, self.tokens)
        order = np.argsort(-scores, kind="stable")
        order = order[~np.isnan(self.read[order])][: choose.SHORTLIST]
        shares = choose.shares_of(scores)[order]
        likely = float(self.setting[0])
        read = choose.read_as_needed(shares, likely, lambda part: self.read[order[part]])
        table = choose.with_reading(self.measured[order], scores[order], read)
        return table, self.right[order], self.lacking[order], self.lacked[order]


_ARRAYS = (
    "measured", "met", "read", "right", "lacking", "lacked", "setting",
    "listed", "holds", "lengths", "states",
)  # fmt: skip


def save(examples: Sequence[Example], path: Path) -> None:
    """Write examples as one .npz without pickles."""
    columns = {}
    for field in fields(Example):
        values = [getattr(example, field.name) for example in examples]
        if field.name in _ARRAYS:
            columns[f"{field.name}.lengths"] = np.array([len(value) for value in values])
            columns[field.name] = np.concatenate(values)
        else:
            columns[field.name] = np.array(values)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **columns)


def load(path: Path) -> list[Example]:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        columns = {name: file[name] for name in file.files}
    for name in _ARRAYS:
        ends = np.cumsum(columns.pop(f"{name}.lengths"))[:-1]
        columns[name] = np.split(columns[name], ends)
    names = [field.name for field in fields(Example)]
    return [
        Example(**{name: columns[name][row] for name in names})
        for row in range(len(columns["kind"]))
    ]


def gather(every: Sequence[Source], folder: Path) -> Iterator[str]:
    """Ask all questions, on every core; a file for each source, and a line on it."""
    with ProcessPoolExecutor(cores(), initializer=one_core) as pool:
        yield from pool.map(_kept, enumerate(every), [folder] * len(every))


def gathered(halves: Container[int], folder: Path = GATHERED) -> list[Example]:
    """What was gathered of sources that these halves hold."""
    found: list[Example] = []
    for path in sorted(folder.glob("*.npz")):
        some = load(path)
        if some[0].half in halves:  # A source is of one half.
            found += some
    return found


def one_core() -> None:
    """Keep a process to one core."""
    # ONNX Runtime takes as many threads as there are cores.
    if hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {mine[os.getpid() % len(mine)]})


def _kept(numbered: tuple[int, Source], folder: Path) -> str:
    number, source = numbered
    examples = [example for example in examples_of(source) if len(example.measured)]
    save(examples, folder / f"{number:03}.npz")
    return f"{source.name} {len(examples)}"


@lru_cache(maxsize=1)
def _lower() -> LowerReader:
    return LowerReader()


def examples_of(source: Source) -> Iterator[Example]:
    """Ask every question of a source, as it is and as an orphan."""
    assistant = collection_of(source.paragraphs, source.languages, source.titles)
    retriever = assistant.retriever
    paragraph_of = np.array([int(each.article_id) for each in assistant.collection.passages])
    articles = {ask.paragraph: ask.article for ask in source.asks if ask.spans}
    article_of = np.array([articles.get(int(number), -1) for number in paragraph_of])
    read = retriever.read([ask.text for ask in source.asks], [a.language for a in source.asks])
    told = partial(_example, source, retriever=retriever)
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
    without: npt.NDArray[np.int64] | None = None,
) -> Example:
    collection = retriever.collection
    candidates = retriever.rank(question, without=without)
    sentences = features.measured(collection, question, candidates)
    measured = np.array([sentence.features for sentence in sentences], dtype=np.float32)
    met = np.array([sentence.met for sentence in sentences], dtype=np.float32)
    lacked = np.zeros((len(sentences), 3), dtype=np.float32)
    asked = unpointed(question.text)
    texts, listed, holds = [], [], []
    if sentences:
        order = np.argsort(-bundled_shortlist().score(measured, met), kind="stable")
        for n in order[: choose.SHORTLIST]:
            for text, answers in _texts_of(collection, sentences[n], ask, asked):
                texts.append(text)
                listed.append(n)
                holds.append(answers and kind == "answerable")
            lacked[n] = decide.sentence_lacking_of(collection, question, sentences[n])
    states = _lower().states(asked, texts)
    right = [holds_answer(ask, *features.place_of(collection, sentence)) for sentence in sentences]
    rows = [sentence.candidate.variant for sentence in sentences]
    lacking = {row: decide.lacking_of(collection, question, row) for row in set(rows)}
    paragraphs = {collection.passages[c.row].article_id for c in candidates[: features.PASSAGES]}
    return Example(
        source=source.name,
        direction=source.direction(ask),
        kind=kind,
        fold=ask.article % FOLDS,
        half=source.half,
        retrieved=f"{ask.paragraph:05}" in paragraphs,
        measured=measured,
        met=met.reshape(-1, len(MET)).astype(np.float16),
        read=np.full(len(sentences), np.nan, dtype=np.float32),
        right=np.array(right, dtype=bool) & (kind == "answerable"),
        lacking=np.array([lacking[row] for row in rows], dtype=np.float32),
        lacked=lacked,
        setting=np.array(decide.setting_of(collection, candidates), dtype=np.float32),
        listed=np.array(listed, dtype=np.int32),
        holds=np.array(holds, dtype=np.bool_),
        lengths=np.array([len(each) for each in states], dtype=np.int32),
        states=np.concatenate(states) if states else np.zeros((0, DIM), np.float16),
    )


def _texts_of(
    collection: Collection, sentence: features.Sentence, ask: Ask, asked: str
) -> Iterator[tuple[Text, bool]]:
    """What is read of a sentence, and whether it holds the answer."""
    place = features.place_of(collection, sentence)
    for text, start, end in versions.texts_at(*place, asked, collection.lexicon):
        yield text, holds_answer(ask, place[0], start, end)


def holds_answer(ask: Ask, article: Article, start: int, end: int) -> bool:
    """Whether a stretch of an article holds a question's answer."""
    mine = int(article.id) == ask.paragraph
    return mine and any(start <= at < end for at, _ in ask.spans)


def read_by(examples: Sequence[Example], readers: Sequence[Upper]) -> None:
    """Have the listed sentences read; each counts as the best of what is read of it.

    Args:
        examples: Their `read` is filled.
        readers: For each half one that has not learnt it, then one for what none has.
    """
    for half, reader in enumerate(readers):
        own = [example for example in examples if example.half == half]
        scores = scores_of(reader, [text for example in own for text in example.texts])
        ends = np.cumsum([0, *(len(example.listed) for example in own)])
        for example, (first, last) in zip(own, pairwise(ends), strict=True):
            best = np.full(len(example.read), -np.inf, np.float32)
            np.maximum.at(best, example.listed, scores[first:last])
            example.read[:] = np.where(np.isfinite(best), best, np.nan)


def main() -> None:
    """Gather."""
    for line in gather(list(sources()), GATHERED):
        print(line, flush=True)


if __name__ == "__main__":
    main()
