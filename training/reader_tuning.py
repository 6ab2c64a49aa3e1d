"""Have the reader's upper layers learn from collections that the reader has not read.

    python -m training.reader_tuning

From what `training.examples` gathered; half an hour on two cores. What a reader says of what it
learnt from is surer than what it says of anything else, so the networks that rank and decide need
questions that it has not learnt: one reader learns one half of the collections, one the other. The
mean of their weights ships (Wortsman et al. 2022, "Model soups"). Some of XQuAD goes along, for
what is not news.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_model, save_model
from torch import nn

from training.asks import BOTH
from training.examples import Example, gathered, one_core
from training.reader import choice_loss, optimizer_of
from training.reader_batches import LEFT_OUT, WORK
from training.reader_graph import WHOLE, export_upper
from training.reader_upper import States, Upper, halved, padded, scores_of

OUT = Path("assistant/reader")
HALVES = 2
RATE, WARM, PASSES = 1e-4, 20, 2
QUESTIONS = 24
"""Of a batch."""
SORTED = 16
"""Batches whose questions are sorted by length."""
WRONG, RIGHT = 4, 2
"""Texts that don't answer and that do, at most, with each question."""
OTHER = 0.3
"""How often the last of those that don't is any of them, not the next of the list."""
XQUAD = 0.25
LEARNT = ("answerable", "missing-fact", "other-subject", "stranger", "instruction")


@dataclass(frozen=True)
class Batch:
    """Texts of some questions; attributes as of `reader_batches.Batch`."""

    states: Sequence[States]
    owner: torch.Tensor
    right: torch.Tensor
    questions: int


def train(model: Upper, examples: Sequence[Example], seed: int) -> None:
    """AdamW; prints losses."""
    chance = np.random.default_rng(seed)
    torch.manual_seed(seed)
    optimizer = optimizer_of(model, RATE)
    steps, losses = PASSES * len(examples) // QUESTIONS, []
    batches = (batch for _ in range(PASSES) for batch in _batches(examples, chance))
    for step, batch in enumerate(batches, 1):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / WARM) * max(0.02, 1 - step / steps)
        model.train()
        with halved():
            scores = model(*padded(batch.states))
        loss = choice_loss(batch, scores)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % 50 == 0:
            print(f"{seed}: {step} of {steps} steps, {np.mean(losses[-50:]):.4f}", flush=True)


def _batches(examples: Sequence[Example], chance: np.random.Generator) -> Iterator[Batch]:
    """All examples once, in random order, but those of a batch about as long."""
    order = [examples[at] for at in chance.permutation(len(examples))]
    batches = []
    for start in range(0, len(order), QUESTIONS * SORTED):
        some = sorted(order[start : start + QUESTIONS * SORTED], key=lambda each: each.lengths[0])
        batches += [some[at : at + QUESTIONS] for at in range(0, len(some), QUESTIONS)]
    for number in chance.permutation(len(batches)):
        picked = [_picked(each, chance) for each in batches[number]]
        texts = [each.texts for each in batches[number]]
        yield Batch(
            [some[row] for some, (rows, _) in zip(texts, picked, strict=True) for row in rows],
            torch.from_numpy(np.repeat(np.arange(len(picked)), [len(rows) for rows, _ in picked])),
            torch.tensor([answers for _, right in picked for answers in right]),
            len(picked),
        )


def _picked(example: Example, chance: np.random.Generator) -> tuple[list[int], list[bool]]:
    """Texts of a question, and which answer; now and then those that do are left out."""
    first = np.flatnonzero(np.diff(example.listed, prepend=-1))  # Whole sentences, not parts.
    right = [] if chance.random() < LEFT_OUT else np.flatnonzero(example.holds)[:RIGHT].tolist()
    wrong = [int(at) for at in first if not example.holds[at]][: WRONG - len(right)]
    others = [at for at in np.flatnonzero(~example.holds).tolist() if at not in wrong]
    if wrong and others and chance.random() < OTHER:
        wrong[-1] = int(chance.choice(others))
    return right + wrong, [True] * len(right) + [False] * len(wrong)


def lessons_of(half: int) -> list[Example]:
    """What one half learns from: no orphans, and no question whose answer isn't listed."""
    chance = np.random.default_rng(9)
    return [
        each
        for each in gathered({half, BOTH})
        if each.kind in LEARNT
        and (each.kind != "answerable" or each.holds.any())
        and (each.half == half or chance.random() < XQUAD)
    ]


def tune(half: int) -> None:
    """Train one of the readers, on a core of its own."""
    torch.set_num_threads(1)
    model = started()
    train(model, lessons_of(half), half)
    save_model(model, half_file(half))


def started() -> Upper:
    """The upper layers of the reader that ships none of this yet."""
    model = Upper()
    model.begin_as(load_arrays(WHOLE / "reader.safetensors"))
    return model


def half_file(half: int) -> Path:
    """The upper layers that learnt one half."""
    return WORK / f"half-{half}.safetensors"


def readers() -> list[Upper]:
    """For each half the reader that learnt the other one; then the mean of all."""
    found = [Upper() for _ in range(HALVES)]
    for half, model in enumerate(found):
        load_model(model, half_file(1 - half))
    mean = Upper()
    states = [model.state_dict() for model in found]
    mean.load_state_dict({name: sum(s[name] for s in states) / HALVES for name in states[0]})
    return [*found, mean]


def main() -> None:
    """Train both, write the mean of their weights into the package."""
    with ProcessPoolExecutor(HALVES, get_context("spawn"), initializer=one_core) as pool:
        list(pool.map(tune, range(HALVES)))
    shown = [text for each in lessons_of(0)[::40] for text in each.texts]
    model = readers()[-1]
    export_upper(model, lambda: scores_of(model, shown), OUT)


if __name__ == "__main__":
    main()
