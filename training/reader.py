"""Train the reader: which sentence answers a question, or none of them.

    python -m training.reader [--start WEIGHTS]

First on our own passages and ARCD. Then that reader is tuned on XQuAD's development half and news
articles: once without each third of the articles, whose questions are printed and later read for
`training.examples` by a reader that never saw them. What ships is the mean of the three. Prints how
often the right sentence of a question comes first among those of its own passage and of its
neighbours.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_model, save_model
from torch import nn

from assistant.embedding import load_embedder
from assistant.onnx_reader import MOST_TOKENS, MOST_WORDS
from assistant.settings import Settings
from training.reader_data import Reading, ReadingSet, Text, arcd, news, own, xquad
from training.reader_graph import export
from training.reader_model import DIM, Reader

OUT = Path("assistant/reader")
WORK = Path(".work/readers")
FOLDS = 3
ENCODER = Path("assistant/embedder/model.safetensors")
RATE, WARM_UP, BATCH, SENTENCES = 3e-4, 100, 16, 6
LEFT_OUT = 0.1
"""How often the sentences that answer are left out: then none does."""
SPAN_WEIGHT = 0.3
TUNE_RATE, BESIDE = 1.5e-4, 0.25
"""Of tuning; how many of the first examples go in beside, so that they aren't forgotten."""


class Batch:
    """Questions, each with some sentences, padded."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pairs: list[tuple[np.ndarray, np.ndarray]] = []
        self.owner: list[int] = []
        self.answers: list[tuple[int, int] | None] = []

    def add(
        self, number: int, of: ReadingSet, question: int, text: Text, answer: tuple[int, int] | None
    ) -> None:
        """Add one sentence for question `number` of the batch."""
        words = of.questions[question].astype(np.float32)[:MOST_WORDS]
        self.pairs.append((words, of.sentence(text)[:MOST_TOKENS]))
        self.owner.append(number)
        self.answers.append(answer)

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What `Reader.forward` takes."""
        length = 1 + max(len(words) + len(tokens) for words, tokens in self.pairs)
        x = torch.zeros(len(self.pairs), length, DIM)
        types = torch.zeros(x.shape[:2], dtype=torch.long)
        padding = torch.ones(x.shape[:2], dtype=torch.bool)
        for row, (words, tokens) in enumerate(self.pairs):
            middle, end = 1 + len(words), 1 + len(words) + len(tokens)
            x[row, 1:middle] = torch.from_numpy(words)
            x[row, middle:end] = torch.from_numpy(tokens)
            types[row, middle:end] = 1
            padding[row, :end] = False
        return x, types, padding

    def loss(self, scores: torch.Tensor, spans: torch.Tensor) -> torch.Tensor:
        """Softmax over a question's sentences and none; and where the answer stands."""
        owner = torch.tensor(self.owner)
        right = torch.tensor([answer is not None for answer in self.answers])
        least = torch.tensor(-1e4)
        table = torch.full((self.count, len(self.owner)), -1e4)
        rows = torch.arange(len(self.owner))
        everything = table.index_put((owner, rows), scores)
        gold = table.index_put((owner, rows), torch.where(right, scores, least))
        none = torch.zeros(self.count, 1)
        some = torch.zeros(self.count, dtype=torch.bool).index_put(
            (owner[right],), torch.tensor(True)
        )
        whole = torch.logsumexp(torch.cat([everything, none], 1), 1)
        loss = (whole - torch.where(some, torch.logsumexp(gold, 1), none[:, 0])).mean()
        places = [
            (row, *(1 + len(self.pairs[row][0]) + at for at in answer))
            for row, answer in enumerate(self.answers)
            if answer is not None and answer[1] < MOST_TOKENS
        ]
        for end in (1, 2):
            if places:
                rows = torch.tensor([place[0] for place in places])
                gold_place = torch.tensor([place[end] for place in places])
                found = nn.functional.cross_entropy(spans[rows, :, end - 1], gold_place)
                loss = loss + SPAN_WEIGHT * found
        return loss


Lesson = tuple[ReadingSet, Reading]


def lessons_in(sets: Sequence[ReadingSet]) -> list[Lesson]:
    """All readings that have sentences."""
    return [
        (of, reading) for of in sets for reading in of.readings if reading.right + reading.wrong
    ]


class Lessons:
    """Batches of questions of about one length, in random order."""

    def __init__(self, examples: Sequence[Lesson]) -> None:
        self.examples = examples
        self._chance = random.Random(0)
        self._lengths = [_length(of, reading) for of, reading in self.examples]

    def batches(self) -> Iterator[Batch]:
        """Without end."""
        while True:
            order = list(range(len(self.examples)))
            self._chance.shuffle(order)
            made = []
            for start in range(0, len(order), 50 * BATCH):
                alike = sorted(order[start : start + 50 * BATCH], key=self._lengths.__getitem__)
                made += [alike[at : at + BATCH] for at in range(0, len(alike), BATCH)]
            self._chance.shuffle(made)
            yield from map(self._batch, made)

    def _batch(self, numbers: Sequence[int]) -> Batch:
        batch = Batch(len(numbers))
        for place, number in enumerate(numbers):
            of, reading = self.examples[number]
            kept = self._chance.random() >= LEFT_OUT
            right = list(zip(reading.right, reading.answer, strict=True)) if kept else []
            room = max(0, SENTENCES - len(right))
            wrong = list(reading.wrong)
            if len(wrong) > room:
                wrong = self._chance.sample(wrong, room)
            for text, answer in [*right, *((text, None) for text in wrong)]:
                batch.add(place, of, reading.question, text, answer)
        return batch


def _length(of: ReadingSet, reading: Reading) -> float:
    texts = [*reading.right, *reading.wrong]
    return len(of.questions[reading.question]) + sum(t.end - t.start for t in texts) / len(texts)


def train(model: Reader, lessons: Lessons, steps: int, rate: float = RATE) -> None:
    """AdamW with a linear fall, in bfloat16 where the processor has it."""
    wide = [p for p in model.parameters() if p.ndim > 1]
    narrow = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": wide, "weight_decay": 0.01}, {"params": narrow, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate)
    model.train()
    begin, losses = time.monotonic(), []
    for step, batch in zip(range(steps), lessons.batches(), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, step / WARM_UP) * (1 - step / steps)
        with torch.autocast("cpu", torch.bfloat16):
            scores, spans = model(*batch.tensors())
        loss = batch.loss(scores, spans)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
        if step % 100 == 99:
            print(
                step + 1,
                f"{np.mean(losses[-100:]):.3f}",
                round(time.monotonic() - begin),
                flush=True,
            )


@torch.no_grad()
def first_right(model: Reader, lessons: Sequence[Lesson]) -> float:
    """How often a right sentence scores best."""
    model.eval()
    hits = []
    for of, reading in lessons:
        if reading.right:
            batch = Batch(1)
            for text in (*reading.right, *reading.wrong):
                batch.add(0, of, reading.question, text, None)
            hits.append(int(model(*batch.tensors())[0].argmax()) < len(reading.right))
    return float(np.mean(hits))


def tuned(model: Reader, lessons: Sequence[Lesson], others: Sequence[Lesson]) -> Reader:
    """A copy that has read these once, and some of the others."""
    found = deepcopy(model)
    beside = random.Random(1).sample(others, min(len(others), round(BESIDE * len(lessons))))
    both = Lessons([*lessons, *beside])
    train(found, both, len(both.examples) // BATCH, TUNE_RATE)
    return found


def mean_of(readers: Sequence[Reader]) -> Reader:
    """The mean of the weights of copies of one reader (model soups, Wortsman et al. 2022)."""
    found = deepcopy(readers[0])
    states = [reader.state_dict() for reader in readers]
    found.load_state_dict(
        {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    )
    return found


def fold_folder(fold: int) -> Path:
    """Where the reader is that never saw a fold."""
    return WORK / f"fold-{fold}"


def main() -> None:
    """Gather, train, tune without each fold; print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=6500)
    parser.add_argument("--start", type=Path, help="weights of the first stage, to be tuned")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    embedder = load_embedder(Settings())
    first = lessons_in([*own("train", embedder), *arcd(embedder)])
    model = Reader()
    if arguments.start:
        load_model(model, arguments.start)
    else:
        model.begin_as(ENCODER)
        train(model, Lessons(first), arguments.steps)
        WORK.mkdir(parents=True, exist_ok=True)
        save_model(model, str(WORK / "first.safetensors"))
    second = lessons_in([*xquad(embedder), *news(embedder)])
    readers = []
    for fold in range(FOLDS):
        apart = [lesson for lesson in second if lesson[1].article % FOLDS == fold]
        rest = [lesson for lesson in second if lesson[1].article % FOLDS != fold]
        found = tuned(model, rest, first)
        for name in dict.fromkeys(of.name for of, _ in apart):
            unseen = [lesson for lesson in apart if lesson[0].name == name]
            before, after = first_right(model, unseen), first_right(found, unseen)
            print(f"fold {fold} {name:12} right first {before:.3f}, tuned {after:.3f}", flush=True)
        write(found, second, fold_folder(fold))
        readers.append(found)
    write(mean_of(readers), second, arguments.out)


def write(model: Reader, lessons: Sequence[Lesson], out: Path) -> None:
    """Export, with some questions and sentences to measure channels on."""
    pairs = [
        (
            torch.tensor(of.questions[reading.question], dtype=torch.float32),
            torch.from_numpy(of.sentence((*reading.right, *reading.wrong)[0])),
        )
        for of, reading in lessons[::40]
    ]
    export(model, pairs, out)


if __name__ == "__main__":
    main()
