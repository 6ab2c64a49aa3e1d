"""What the reader learns from, packed for the machine that trains it.

    python -m training.reader_lessons

Gathers `training.reader_data` and writes it, with the rows of the embedding table that it needs, to
one file: a machine with a GPU may have neither the embedder nor the articles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

from assistant.embedding import bundled_folder, load_embedder
from assistant.onnx_reader import MOST_BEFORE, MOST_TITLE, MOST_WORDS
from assistant.onnx_vocabulary import TABLES, WEIGHTS
from assistant.settings import Settings
from training.reader_batches import FILE, SENTENCE_TOKENS, SOURCES
from training.reader_data import arcd, broad, news, own, xquad
from training.reader_sets import ReadingSet, Tokens, Told

Arrays = dict[str, npt.NDArray[np.generic]]


class Texts:
    """Token rows, each kept once."""

    def __init__(self) -> None:
        self._number: dict[bytes, int] = {}
        self.all: list[Tokens] = []

    def add(self, tokens: Tokens) -> int:
        """The number of a text."""
        key = tokens.astype(np.int32).tobytes()
        if key not in self._number:
            self._number[key] = len(self.all)
            self.all.append(tokens)
        return self._number[key]

    def sentence(self, told: Told) -> tuple[int, int, int]:
        """Numbers of a title, of the sentence before, of a sentence; each cut."""
        cut = told.title[:MOST_TITLE], told.before[-MOST_BEFORE:], told.text[:SENTENCE_TOKENS]
        return self.add(cut[0]), self.add(cut[1]), self.add(cut[2])


def packed(sets: Sequence[ReadingSet], texts: Texts) -> Arrays:
    """Questions in the order of the sets, and all their sentences, the right ones first.

    Returns:
        "question", "source" and "first" (one more) of each question; "sentences" (n, 3),
        "right" and "span" (n, 2) of each sentence.
    """
    questions: list[tuple[int, int]] = []
    sentences: list[tuple[int, int, int]] = []
    right: list[bool] = []
    spans: list[tuple[int, int]] = []
    first = [0]
    for of in sets:
        source = SOURCES.index(of.name.split()[0])
        told = [texts.sentence(each) for each in of.sentences]
        for reading in of.readings:
            question = of.questions[reading.question][:MOST_WORDS]
            if not len(question) or not reading.right + reading.wrong:
                continue
            questions.append((texts.add(question), source))
            sentences += [told[number] for number in (*reading.right, *reading.wrong)]
            right += [True] * len(reading.right) + [False] * len(reading.wrong)
            ends = (span if span[1] < SENTENCE_TOKENS else (-1, -1) for span in reading.answer)
            spans += [*ends, *[(-1, -1)] * len(reading.wrong)]
            first.append(len(sentences))
    question, kind = np.array(questions).T
    return {
        "question": question.astype(np.int32), "source": kind.astype(np.uint8),
        "first": np.array(first, np.int32),
        "sentences": np.array(sentences, np.int32), "right": np.array(right),
        "span": np.array(spans, np.int8),
    }  # fmt: skip


def with_texts(arrays: Arrays, texts: Texts) -> Arrays:
    """Add the texts' tokens, numbered anew, and the table's rows that they need."""
    tokens = np.concatenate([*texts.all, np.zeros(1, np.int64)])
    used, anew = np.unique(tokens, return_inverse=True)
    words = load_file(bundled_folder() / WEIGHTS)[TABLES[0]]
    ends = np.cumsum([0, *map(len, texts.all)])
    return arrays | {
        "tokens": anew.astype(np.uint16), "starts": ends.astype(np.int32), "words": words[used],
    }  # fmt: skip


def gathered() -> Iterator[ReadingSet]:
    """All that is learnt from."""
    embedder = load_embedder(Settings())
    yield from own(embedder)
    yield from arcd(embedder)
    yield from xquad(embedder)
    yield from news(embedder)
    yield from broad()


def main() -> None:
    """Gather and write."""
    texts, sets = Texts(), list(gathered())
    FILE.parent.mkdir(parents=True, exist_ok=True)
    arrays = with_texts(packed(sets, texts), texts)
    save_file(arrays, FILE)
    print(f"{len(arrays['question'])} questions, {len(arrays['right'])} sentences, {FILE}")


if __name__ == "__main__":
    main()
