"""What fitting sentence choice and refusal needs of each question, gathered and kept on disk.

Gathering takes minutes, fitting seconds: networks can be tried again on what was gathered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.answering import choose, decide, features, versions
from assistant.answering.network import Network, bundled_network
from assistant.language import unpointed
from assistant.onnx_reader import OnnxReader, bundled_reader
from assistant.onnx_weights import cores
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Question, Retriever
from training.asks import Ask, Source
from training.fusion import collection_of
from training.reader_batches import FOLDS, fold_folder

Floats = npt.NDArray[np.float32]
READ = 8
"""How many sentences are read: more than the product reads, so that other lists can be tried."""


@dataclass
class Example:
    """One question over one collection.

    Attributes:
        kind: "answerable", or why it is not.
        fold: Of the article that the question is about.
        retrieved: Whether the paragraph that it is about is among the passages measured.
        measured: (n, len(features.MEASURED)), all sentences of the best passages.
        read: (n,), what the reader says; NaN where a sentence was not read.
        right: (n,), which sentences hold the answer.
        lacking: (n, 10), `decide.lacking_of` of each sentence's passage.
        lacked: (n, 3), `decide.sentence_lacking_of` of each sentence; 0 where it was not read.
        setting: (n,), `decide.setting_of`.
    """

    source: str
    direction: str
    kind: str
    fold: int
    retrieved: bool
    measured: Floats
    read: Floats
    right: npt.NDArray[np.bool_]
    lacking: Floats
    lacked: Floats
    setting: Floats

    def listed(self, shortlist: Network) -> tuple[Floats, npt.NDArray[np.bool_], Floats, Floats]:
        """Of the sentences that the product would list: features, right or not, what they lack."""
        scores = shortlist.score(self.measured)
        order = np.argsort(-scores, kind="stable")
        order = order[~np.isnan(self.read[order])][: choose.SHORTLIST]
        shares = choose.shares_of(scores)[order]
        read = choose.read_until_sure(shares, lambda part: self.read[order[part]])
        table = choose.with_reading(self.measured[order], scores[order], read)
        return table, self.right[order], self.lacking[order], self.lacked[order]


_ARRAYS = ("measured", "read", "right", "lacking", "lacked", "setting")


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


def gather(sources: Iterable[Source]) -> Iterator[list[Example]]:
    """Ask all questions, on every core."""
    with ProcessPoolExecutor(cores(), initializer=one_core) as pool:
        yield from pool.map(_examples, sources)


def one_core() -> None:
    """Keep a process to one core."""
    # ONNX Runtime takes as many threads as there are cores.
    if hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {mine[os.getpid() % len(mine)]})


def _examples(source: Source) -> list[Example]:
    return [example for example in examples_of(source) if len(example.measured)]


@lru_cache(maxsize=FOLDS)
def _reader(fold: int) -> OnnxReader:
    return OnnxReader(fold_folder(fold))


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
    fold = ask.article % FOLDS
    candidates = retriever.rank(question, without=without)
    sentences = features.measured(collection, question, candidates)
    measured = np.array([sentence.features for sentence in sentences], dtype=np.float32)
    read = np.full(len(sentences), np.nan, dtype=np.float32)
    lacked = np.zeros((len(sentences), 3), dtype=np.float32)
    if sentences:
        best = np.argsort(-bundled_network("shortlist").score(measured), kind="stable")[:READ]
        reader = _reader(fold) if source.trained else bundled_reader()
        listed = [sentences[n] for n in best]
        read[best] = versions.read_of(collection, listed, reader, unpointed(question.text))
        for n in best:
            lacked[n] = decide.sentence_lacking_of(collection, question, sentences[n])
    right = [_holds(collection, sentence, ask) for sentence in sentences]
    rows = [sentence.candidate.variant for sentence in sentences]
    lacking = {row: decide.lacking_of(collection, question, row) for row in set(rows)}
    paragraphs = {collection.passages[c.row].article_id for c in candidates[: features.PASSAGES]}
    return Example(
        source=source.name,
        direction=source.direction(ask),
        kind=kind,
        fold=fold,
        retrieved=f"{ask.paragraph:05}" in paragraphs,
        measured=measured,
        read=read,
        right=np.array(right, dtype=bool) & (kind == "answerable"),
        lacking=np.array([lacking[row] for row in rows], dtype=np.float32),
        lacked=lacked,
        setting=np.array(decide.setting_of(collection, candidates), dtype=np.float32),
    )


def _holds(collection: Collection, sentence: features.Sentence, ask: Ask) -> bool:
    passage = collection.passages[sentence.candidate.row]
    if int(passage.article_id) != ask.paragraph:
        return False
    start, end = passage.start + sentence.start, passage.start + sentence.end
    return any(start <= at < end for at, _ in ask.spans)
