"""Train the reader: which sentence answers a question, or none of them.

    python -m training.reader [--start WEIGHTS]

First on our own passages and ARCD. Then that reader is tuned on XQuAD's development half and news
articles: once without each third of the articles, whose questions are printed and later read for
`training.examples` by a reader that never saw them. What ships is the mean of the three, trained a
little more on everything. Prints how often the right sentence of a question comes first among those
of its own passage and of its neighbours. For a GPU: there it takes a quarter of an hour.
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

from assistant.embedding import bundled_folder, load_embedder
from assistant.onnx_reader import MOST_TOKENS, MOST_WORDS
from assistant.onnx_vocabulary import TABLES, WEIGHTS
from assistant.settings import Settings
from training.reader_data import Reading, ReadingSet, Tokens, arcd, broad, news, own, xquad
from training.reader_graph import export
from training.reader_model import Grid, Reader

OUT = Path("assistant/reader")
WORK = Path(".work/readers")
FOLDS = 3
ENCODER = bundled_folder() / WEIGHTS
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
# A CPU without bfloat16 emulates it, at a hundredth of the speed.
HALF = DEVICE.type == "cuda" or (
    torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
)
BATCH, SENTENCES, WARM_UP = 48, 8, 100
RATE, PASSES = 1.5e-4, 5
TUNE_RATE, TUNE_PASSES, BESIDE = 8e-5, 3, 0.25
"""Of tuning; how many of the first examples go in beside, so that they aren't forgotten."""
LAST_RATE, LAST_PASSES, LAST_BESIDE = 6e-5, 3, 0.5
"""Of the end; how much of the first examples."""
LEFT_OUT = 0.1
"""How often the sentences that answer are left out: then none does."""
SPAN_WEIGHT = 0.3
_NEVER = -1e4

Pair = tuple[Tokens, Tokens]
Lesson = tuple[ReadingSet, Reading]


class Pairs:
    """Brings question-sentence pairs before a reader."""

    def __init__(self) -> None:
        from safetensors import safe_open

        with safe_open(ENCODER, framework="pt") as file:
            self._words = file.get_tensor(TABLES[0]).to(DEVICE)

    def read(self, model: Reader, pairs: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor]:
        """What `Reader.forward` says of questions and sentences."""
        cut = [(question[:MOST_WORDS], sentence[:MOST_TOKENS]) for question, sentence in pairs]
        ids = [part for question, sentence in cut for part in ([0], question, sentence)]
        types = [[0] * (1 + len(question)) + [1] * len(sentence) for question, sentence in cut]
        grid = Grid([len(each) for each in types], DEVICE)
        words = self._words[torch.from_numpy(np.concatenate(ids)).to(DEVICE)].float()
        kinds = torch.from_numpy(np.concatenate(types)).to(DEVICE)
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=HALF):
            scores, spans = model(words, kinds, grid)
        return scores, spans


class Batch:
    """Questions, each with some sentences."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pairs: list[Pair] = []
        self.owner: list[int] = []
        self.answers: list[tuple[int, int] | None] = []

    def add(
        self, number: int, of: ReadingSet, question: int, text: int, answer: tuple[int, int] | None
    ) -> None:
        """Add one sentence for question `number` of the batch."""
        self.pairs.append((of.questions[question], of.sentences[text]))
        self.owner.append(number)
        self.answers.append(answer)

    def choice_loss(self, scores: torch.Tensor) -> torch.Tensor:
        """Softmax over a question's sentences and none."""
        owner = torch.tensor(self.owner, device=DEVICE)
        right = torch.tensor([answer is not None for answer in self.answers], device=DEVICE)
        rows = torch.arange(len(self.owner), device=DEVICE)
        table = torch.full((self.count, len(self.owner)), _NEVER, device=DEVICE)
        everything = table.index_put((owner, rows), scores)
        gold = table.index_put((owner, rows), scores.masked_fill(~right, _NEVER))
        none = torch.zeros(self.count, 1, device=DEVICE)
        some = torch.zeros(self.count, dtype=torch.bool, device=DEVICE)
        some[owner[right]] = True
        whole = torch.logsumexp(torch.cat([everything, none], 1), 1)
        return (whole - torch.where(some, torch.logsumexp(gold, 1), none[:, 0])).mean()

    def place_loss(self, spans: torch.Tensor) -> torch.Tensor:
        """Softmax over a right sentence's tokens, for the answer's first and for its last."""
        places = [
            (row, *(1 + min(len(self.pairs[row][0]), MOST_WORDS) + at for at in answer))
            for row, answer in enumerate(self.answers)
            if answer is not None and answer[1] < MOST_TOKENS
        ]
        if not places:
            return torch.zeros((), device=DEVICE)
        rows, *ends = torch.tensor(places, device=DEVICE).T
        losses = [
            nn.functional.cross_entropy(spans[rows, :, end], gold) for end, gold in enumerate(ends)
        ]
        return torch.stack(losses).sum()


def lessons_in(sets: Sequence[ReadingSet]) -> list[Lesson]:
    """All readings that have a question in words and sentences."""
    return [
        (of, reading)
        for of in sets
        for reading in of.readings
        if reading.right + reading.wrong and len(of.questions[reading.question])
    ]


class Lessons:
    """Batches of questions of about one length, in random order."""

    def __init__(
        self,
        examples: Sequence[Lesson],
        seed: int = 0,
        size: int = BATCH,
        sentences: int = SENTENCES,
    ) -> None:
        """Batches of `size` questions, each with at most so many sentences."""
        self.examples = examples
        self._size, self._sentences = size, sentences
        self._chance = random.Random(seed)
        self._lengths = [_length(of, reading) for of, reading in self.examples]

    def batches(self) -> Iterator[Batch]:
        """Without end."""
        while True:
            order = list(range(len(self.examples)))
            self._chance.shuffle(order)
            made = []
            for start in range(0, len(order), 50 * self._size):
                some = order[start : start + 50 * self._size]
                alike = sorted(some, key=self._lengths.__getitem__)
                made += [alike[at : at + self._size] for at in range(0, len(alike), self._size)]
            self._chance.shuffle(made)
            yield from map(self._batch, made)

    def _batch(self, numbers: Sequence[int]) -> Batch:
        batch = Batch(len(numbers))
        for place, number in enumerate(numbers):
            of, reading = self.examples[number]
            kept = self._chance.random() >= LEFT_OUT
            right = list(zip(reading.right, reading.answer, strict=True)) if kept else []
            room = max(0, self._sentences - len(right))
            wrong = list(reading.wrong)
            if len(wrong) > room:
                wrong = self._chance.sample(wrong, room)
            for text, answer in [*right, *((text, None) for text in wrong)]:
                batch.add(place, of, reading.question, text, answer)
        return batch


def _length(of: ReadingSet, reading: Reading) -> float:
    texts = [*reading.right, *reading.wrong]
    lengths = [len(of.sentences[text]) for text in texts]
    return float(len(of.questions[reading.question]) + np.mean(lengths))


def steps_in(lessons: Lessons, passes: int) -> int:
    """So many times through all of them."""
    return passes * -(-len(lessons.examples) // BATCH)


def optimizer_of(model: Reader, rate: float) -> torch.optim.Optimizer:
    """AdamW over what isn't frozen; only matrices decay."""
    learning = [p for p in model.parameters() if p.requires_grad]
    wide = [p for p in learning if p.ndim > 1]
    narrow = [p for p in learning if p.ndim <= 1]
    groups = [{"params": wide, "weight_decay": 0.01}, {"params": narrow, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate)


def train(model: Reader, pairs: Pairs, lessons: Lessons, steps: int, rate: float) -> None:
    """Steps with a rate that falls linearly; prints both losses apart."""
    optimizer = optimizer_of(model, rate)
    model.train()
    begin, losses = time.monotonic(), []
    for step, batch in zip(range(steps), lessons.batches(), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / WARM_UP) * (1 - step / steps)
        scores, spans = pairs.read(model, batch.pairs)
        choice, place = batch.choice_loss(scores), batch.place_loss(spans)
        (choice + SPAN_WEIGHT * place).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(torch.stack([choice.detach(), place.detach()]))
        if step % 250 == 249:
            means = torch.stack(losses[-250:]).mean(0).tolist()
            seconds = round(time.monotonic() - begin)
            told = f"choice {means[0]:.3f} place {means[1]:.3f} {seconds} s"
            print(f"{step + 1} of {steps}: {told}", flush=True)


@torch.no_grad()
def first_right(model: Reader, pairs: Pairs, lessons: Sequence[Lesson]) -> float:
    """How often a right sentence scores best."""
    model.eval()
    hits = []
    for of, reading in lessons:
        if reading.right:
            texts = [of.sentences[text] for text in (*reading.right, *reading.wrong)]
            scores, _ = pairs.read(model, [(of.questions[reading.question], t) for t in texts])
            hits.append(int(scores.argmax()) < len(reading.right))
    return float(np.mean(hits))


def tuned(
    model: Reader, pairs: Pairs, lessons: Sequence[Lesson], others: Sequence[Lesson], seed: int
) -> Reader:
    """A copy that has read these, and some of the others."""
    found = deepcopy(model)
    beside = random.Random(1).sample(others, min(len(others), round(BESIDE * len(lessons))))
    both = Lessons([*lessons, *beside], seed)
    train(found, pairs, both, steps_in(both, TUNE_PASSES), TUNE_RATE)
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
    parser.add_argument("--start", type=Path, help="weights of the first stage, to be tuned")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    embedder = load_embedder(Settings())
    first = lessons_in([*own("train", embedder), *arcd(embedder)])
    second = lessons_in([*xquad(embedder), *news(embedder), *broad()])
    pairs, model = Pairs(), Reader()
    model.begin_as(ENCODER)
    model.to(DEVICE)
    if arguments.start:
        load_model(model, arguments.start)
    else:
        lessons = Lessons(first)
        train(model, pairs, lessons, steps_in(lessons, PASSES), RATE)
        WORK.mkdir(parents=True, exist_ok=True)
        save_model(model, str(WORK / "first.safetensors"))
    readers = []
    for fold in range(FOLDS):
        apart = [lesson for lesson in second if lesson[1].article % FOLDS == fold]
        rest = [lesson for lesson in second if lesson[1].article % FOLDS != fold]
        found = tuned(model, pairs, rest, first, fold)
        for name in dict.fromkeys(of.name for of, _ in apart):
            unseen = [lesson for lesson in apart if lesson[0].name == name]
            before, after = (first_right(one, pairs, unseen) for one in (model, found))
            print(f"fold {fold} {name:12} right first {before:.3f}, tuned {after:.3f}", flush=True)
        write(found, pairs, second, fold_folder(fold))
        readers.append(found)
    shipped = mean_of(readers)
    beside = random.Random(5).sample(first, round(LAST_BESIDE * len(first)))
    everything = Lessons([*second, *beside])
    train(shipped, pairs, everything, steps_in(everything, LAST_PASSES), LAST_RATE)
    write(shipped, pairs, second, arguments.out)


def write(model: Reader, pairs: Pairs, lessons: Sequence[Lesson], out: Path) -> None:
    """Export, with some questions and sentences to measure channels on."""
    some = [
        (of.questions[reading.question], of.sentences[(*reading.right, *reading.wrong)[0]])
        for of, reading in lessons[::40]
    ]
    export(model, lambda: pairs.read(model, some), out)


if __name__ == "__main__":
    main()
