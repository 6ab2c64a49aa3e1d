"""Train the reader: which sentence answers a question, or none of them.

    python -m training.reader

For a GPU, from the file that `training.reader_lessons` packs; nine minutes on an H100. First on all
but XQuAD; then that reader is tuned with XQuAD's development half beside some of the rest. Writes
what `training.reader_graph` exports.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from training.reader_batches import (
    FILE,
    SENTENCE_TOKENS,
    SOURCES,
    WORK,
    Batch,
    Integers,
    Lessons,
)
from training.reader_model import Reader

ENCODER = Path("assistant/embedder/model.safetensors")
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
RATE, TUNE_RATE = 2e-4, 6e-5
SHARES = {"own": 0.5, "arcd": 1.0, "news": 1.0, "broad": 0.5}
"""How much of each source a pass has, of its questions."""
TUNE_SHARES = {"own": 0.15, "arcd": 1.0, "news": 0.25, "broad": 0.15, "xquad": 2.0}
SPAN_WEIGHT = 0.3


@dataclass(frozen=True)
class Course:
    """How long and on what a reader is trained.

    Attributes:
        seconds: The rate falls linearly over them.
        rate: The highest, after `warm` steps.
        shares: Of each source, how much a pass has.
    """

    seconds: float
    rate: float
    shares: Mapping[str, float]
    warm: int = 200
    seed: int = 0


def train(model: Reader, lessons: Lessons, course: Course) -> None:
    """AdamW; prints losses: of choosing, and of the answer's place."""
    model.train()
    optimizer = optimizer_of(model, course.rate)
    begin, losses = time.monotonic(), []
    for step, batch in enumerate(_batches(lessons, course), 1):
        spent = (time.monotonic() - begin) / course.seconds
        if spent >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = course.rate * min(1, step / course.warm) * (1 - spent)
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=DEVICE.type == "cuda"):
            scores, spans = model(batch.row)
        choice, place = choice_loss(batch, scores), place_loss(batch, spans)
        loss = choice + SPAN_WEIGHT * place
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(torch.stack([choice.detach(), place.detach()]))
        if step % 250 == 0:
            means = torch.stack(losses[-250:]).mean(0).tolist()
            print(f"{step} steps, {spent:.0%}: {means[0]:.4f} {means[1]:.4f}", flush=True)


def _batches(lessons: Lessons, course: Course) -> Iterator[Batch]:
    chance = np.random.default_rng(course.seed)
    while True:
        for questions in _passes(lessons, course, chance):
            yield from lessons.batches(chance, questions)


def _passes(lessons: Lessons, course: Course, chance: np.random.Generator) -> Iterator[Integers]:
    """Questions by their shares, in parts that hold none twice."""
    shares = np.array([course.shares.get(source, 0.0) for source in SOURCES])[lessons.source]
    while (shares > 0).any():
        yield np.flatnonzero(chance.random(len(shares)) < shares)
        shares -= 1


def optimizer_of(model: nn.Module, rate: float) -> torch.optim.Optimizer:
    """AdamW over all of it; only matrices decay."""
    device = next(model.parameters()).device.type
    wide = [p for p in model.parameters() if p.ndim > 1]
    narrow = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": wide, "weight_decay": 0.01}, {"params": narrow, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=device == "cuda")


class Choosing(Protocol):
    """Which texts are of which question, and which answer; as `reader_batches.Batch` says."""

    @property
    def owner(self) -> torch.Tensor: ...
    @property
    def right(self) -> torch.Tensor: ...
    @property
    def questions(self) -> int: ...


def choice_loss(batch: Choosing, scores: torch.Tensor) -> torch.Tensor:
    """Softmax over a question's sentences and none, which has 0; those behind them only fill."""
    scores = scores[: len(batch.owner)]
    nothing = torch.zeros(batch.questions, device=scores.device)
    top = nothing.scatter_reduce(0, batch.owner, scores.detach(), "amax")
    odds, none = torch.exp(scores - top[batch.owner]), torch.exp(-top)
    whole = nothing.index_add(0, batch.owner, odds) + none
    right = nothing.index_add(0, batch.owner, odds * batch.right)
    some = nothing.index_add(0, batch.owner, batch.right.float()) > 0
    return -torch.log((torch.where(some, right, none) / whole).clamp(min=1e-20)).mean()


def place_loss(batch: Batch, spans: torch.Tensor) -> torch.Tensor:
    """Softmax over a right sentence's tokens, for the answer's first and for its last."""
    rows = torch.nonzero(batch.right & (batch.spans[:, 0] >= 0))[:, 0]
    if not len(rows):
        return torch.zeros((), device=spans.device)
    places = torch.arange(SENTENCE_TOKENS, device=spans.device)[None]
    at = (batch.begins[rows, None] + places).clamp(max=len(spans) - 1)
    beyond = places >= batch.lengths[rows, None]
    logits = spans[at].masked_fill(beyond[..., None], -1e4)
    ends = [nn.functional.cross_entropy(logits[..., e], batch.spans[rows, e]) for e in (0, 1)]
    return torch.stack(ends).sum()


def main() -> None:
    """Train, tune, write what was learnt."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, nargs=2, default=(420.0, 75.0))
    first, last = parser.parse_args().seconds
    torch.manual_seed(0)
    lessons, reader = Lessons(FILE, DEVICE), Reader()
    reader.begin_as(load_file(ENCODER))
    reader.mark.data = lessons.words[0].float().cpu()
    reader.to(DEVICE)
    if DEVICE.type == "cuda":
        for layer in reader.layers:
            layer.compile(dynamic=False)
    train(reader, lessons, Course(first, RATE, SHARES))
    train(reader, lessons, Course(last, TUNE_RATE, TUNE_SHARES, warm=50, seed=1))
    save_file(reader.state_dict(), WORK / "reader.safetensors")


if __name__ == "__main__":
    main()
