"""Batches for training the reader: questions with their sentences, in one row of tokens.

No import of the package here: a machine with a GPU may have none of what it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from training.reader_model import PLACES, Row

WORK = Path(".work/readers")
FILE = WORK / "lessons.safetensors"
SOURCES = ("own", "arcd", "xquad", "news", "broad")
TOKENS = 65_536
"""Of a batch."""
SENTENCES = 8
"""At most so many of a question's are read at a time, those that answer among them."""
SENTENCE_TOKENS = 96
"""Of a sentence; the product reads on, as far as there are places."""
LEFT_OUT = 0.1
"""How often the sentences that answer are left out: then none does."""
NO_TITLE, NO_BEFORE = 0.25, 0.2
"""How often a question's sentences are read without titles; a sentence without the one before."""
_SHORTEST = 24  # Tokens of a row for each text that there is room for.
_FILL = PLACES - 8  # Tokens of a text that only fills a row.
_KINDS = (0, 0, 2, 3, 1)  # Of a mark, a question, a title, a sentence before, a sentence.
Integers = npt.NDArray[np.int64]
Chance = np.random.Generator


@dataclass(frozen=True)
class Batch:
    """Sentences of some questions.

    Attributes:
        row: What is read; behind the n sentences stand texts that only fill it.
        owner: (n,), number of each sentence's question in the batch.
        right: (n,), which answer.
        spans: (n, 2), first and last token of the answer in a sentence, or -1.
        begins: (n,), where in the row the sentence itself begins.
        lengths: (n,), how many tokens it has.
        questions: Number of questions.
    """

    row: Row
    owner: torch.Tensor
    right: torch.Tensor
    spans: torch.Tensor
    begins: torch.Tensor
    lengths: torch.Tensor
    questions: int

    @property
    def alone(self) -> Row:
        """The row without what only fills it."""
        row, n = self.row, len(self.owner)
        end = int(row.ends[n])
        return Row(row.words[:end], row.kinds[:end], row.places[:end], row.ends[: n + 1])


class Lessons:
    """What `training.reader_lessons` packed, on a device.

    Attributes:
        source: (n_questions,), place in SOURCES.
        words: (n_words, DIM), float16, rows of the embedding table.
    """

    def __init__(self, file: Path, device: torch.device, tokens: int = TOKENS) -> None:
        """Batches have this many tokens."""
        read = load_file(file)
        self._device, self._size, self._most = device, tokens, tokens // _SHORTEST
        self.words = read["words"].to(device)
        self._tokens = read["tokens"].to(torch.int32).to(device)
        self._starts = read["starts"].to(device).long()
        self._texts = np.diff(read["starts"].numpy()).astype(np.int64)
        self._nothing = int(np.flatnonzero(self._texts == 0)[0])
        self.source = read["source"].numpy()
        self._question = read["question"].numpy().astype(np.int64)
        self._sentences = read["sentences"].numpy().astype(np.int64)
        self._right = read["right"].numpy().astype(bool)
        self._span = read["span"].numpy().astype(np.int64)
        first = read["first"].numpy()
        self._owner = np.repeat(np.arange(len(first) - 1), np.diff(first))

    def batches(self, chance: Chance, questions: Integers) -> Iterator[Batch]:
        """All of these questions once, in random order, as many a batch as there is room for.

        Args:
            chance: Picks sentences.
            questions: Numbers, each once.

        Raises:
            ValueError: a question's sentences are longer than a batch.
        """
        rank = np.full(len(self._question), -1)
        rank[chance.permutation(questions)] = np.arange(len(questions))
        left_out = chance.random(len(rank)) < LEFT_OUT
        items = np.flatnonzero(rank[self._owner] >= 0)
        items = items[~(self._right[items] & left_out[self._owner[items]])]
        wrong_last = np.where(self._right[items], -1.0, chance.random(len(items)))
        items = items[np.lexsort((wrong_last, rank[self._owner[items]]))]
        begins = _begins(self._owner[items])
        places = np.arange(len(items)) - np.repeat(begins, np.diff([*begins, len(items)]))
        items = items[places < SENTENCES]
        owner = self._owner[items]
        told = self._sentences[items]
        told[chance.random(len(rank))[owner] < NO_TITLE, 0] = self._nothing
        told[chance.random(len(items)) < NO_BEFORE, 1] = self._nothing
        sizes = 1 + self._texts[self._question[owner]] + self._texts[told].sum(1)
        for part in self._parts(sizes, np.array([*_begins(owner), len(items)])):
            yield self._batch(items[part], told[part])

    def _parts(self, sizes: Integers, ends: Integers) -> Iterator[slice]:
        """Whole groups of texts that a row has room for; `ends` of groups, from 0."""
        filled, at = np.concatenate([[0], np.cumsum(sizes)]), 0
        room = self._most - self._size // _FILL - 2
        while at < len(ends) - 1:
            last = int(np.searchsorted(filled[ends], filled[ends[at]] + self._size, "right")) - 1
            last = min(last, int(np.searchsorted(ends, ends[at] + room, "right")) - 1)
            if last == at:
                raise ValueError(f"A row of {self._size} tokens has no room for a question.")
            yield slice(int(ends[at]), int(ends[last]))
            at = last

    def _batch(self, items: Integers, told: Integers) -> Batch:
        owner = self._owner[items]
        row, begins, lengths = self._row(self._question[owner], told)
        questions, number = np.unique(owner, return_inverse=True)
        sent = self._sent(np.stack([number, self._right[items], *self._span[items].T], 1))
        n = len(items)
        return Batch(
            row, sent[:, 0], sent[:, 1].bool(), sent[:, 2:], begins[:n], lengths[:n], len(questions)
        )

    def _row(self, question: Integers, told: Integers) -> tuple[Row, torch.Tensor, torch.Tensor]:
        """Texts' numbers, (n,) and (n, 3), as a row; where sentences begin, how long they are."""
        ids = np.zeros((self._most, 4), np.int64)
        lengths = np.zeros((self._most, 5), np.int64)
        n = len(question)
        ids[:n] = np.column_stack([question, told])
        lengths[:n, 0], lengths[:n, 1:] = 1, self._texts[ids[:n]]
        rest = self._size - int(lengths.sum())
        fill = [_FILL] * (rest // _FILL) + [rest % _FILL]
        lengths[n : n + len(fill), 0] = fill
        ends = np.concatenate([[0], np.cumsum(lengths.sum(1))])
        # One way to the device: each takes its time, whatever it carries.
        sent = self._sent(np.concatenate([ends, lengths.ravel(), ids.ravel()]))
        there, counts, texts = sent.split([len(ends), lengths.size, ids.size])
        counts, texts = counts.view(-1, 5), texts.view(-1, 4)
        at = torch.arange(self._size, device=self._device)
        pair = (torch.searchsorted(there, at, right=True) - 1).clamp(max=self._most - 1)
        places = at - there[pair]
        bounds = counts.cumsum(1)[pair]
        part = (places[:, None] >= bounds[:, :4]).sum(1)
        before = (part - 1).clamp(min=0)[:, None]
        inside = places - torch.where(part > 0, bounds.gather(1, before)[:, 0], 0)
        text = texts[pair].gather(1, before)[:, 0]
        tokens = self._tokens[torch.where(part > 0, self._starts[text] + inside, 0)].long()
        kinds = torch.tensor(_KINDS, device=self._device)[part]
        row = Row(self.words[tokens].float(), kinds, places, there.int())
        return row, there[:-1] + counts[:, :4].sum(1), counts[:, 4]

    def _sent(self, array: npt.NDArray[Any]) -> torch.Tensor:
        tensor = torch.from_numpy(array)
        if self._device.type == "cuda":
            tensor = tensor.pin_memory()
        return tensor.to(self._device, non_blocking=True)


def _begins(owner: Integers) -> Integers:
    """Where runs of one number begin."""
    return np.flatnonzero(np.diff(owner, prepend=-1))
