"""Go on from the reader that ships, over news articles that it hasn't read: for a CPU.

    python -m training.reader_more --minutes 90 FOLDER...

`training.reader` makes a reader from the encoder, which takes a GPU. This one starts as the weights
that ship, out of their 8 bits, and reads folders of `training/news`, mostly, with some of all that
the reader learnt from, so that it isn't forgotten. Prints both losses as it goes.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from assistant.embedding import load_embedder
from assistant.settings import Settings
from training import corpus
from training.reader import (
    DEVICE,
    ENCODER,
    OUT,
    Lessons,
    Pairs,
    lessons_in,
    optimizer_of,
    write,
)
from training.reader_data import arcd, broad, news, own, xquad
from training.reader_graph import from_export
from training.reader_model import Reader

FRESH, OTHERS, SENTENCES = 8, 8, 5
"""Of a batch: questions over the folders, others; how many sentences each is read with."""
RATE, WARM_UP, FROZEN = 3e-5, 30, 4
"""Of the first layers so many stay as they are: a step takes three quarters of the time."""
OWN, OLDER = 8, 6
"""Of our passages, and of the folders read before, one in so many is read again."""


def train(model: Reader, pairs: Pairs, fresh: Lessons, others: Lessons, minutes: float) -> int:
    """AdamW with a linear fall over the minutes; prints the losses of both.

    Returns:
        How many steps there were time for.
    """
    model.train()
    for part in (model.norm, *model.layers[:FROZEN]):
        part.eval().requires_grad_(False)
    model.types.requires_grad_(False)
    model.mark.requires_grad_(False)
    optimizer = optimizer_of(model, RATE)
    begin, losses = time.monotonic(), []
    for step, batches in enumerate(zip(fresh.batches(), others.batches(), strict=True), 1):
        spent = (time.monotonic() - begin) / (60 * minutes)
        if spent >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / WARM_UP) * (1 - spent)
        parts = []
        for batch, share in zip(batches, (FRESH, OTHERS), strict=True):
            scores, _ = pairs.read(model, batch.pairs)
            loss = batch.choice_loss(scores)
            torch.autograd.backward(loss * share / (FRESH + OTHERS))
            parts.append(float(loss.detach()))
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(parts)
        if step % 25 == 0:
            means = np.mean(losses[-100:], axis=0).round(3).tolist()
            print(f"{step} steps, {spent:.0%}: fresh {means[0]} others {means[1]}", flush=True)
    return len(losses)


def main() -> None:
    """Gather, train, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", help="names of folders in training/news")
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--start", type=Path, default=OUT)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    embedder, chance = load_embedder(Settings()), random.Random(7)
    fresh = lessons_in(list(news(embedder, arguments.folders)))
    older = sorted(path.name for path in corpus.NEWS.iterdir() if path.is_dir())
    older = [name for name in older if name not in arguments.folders][::OLDER]
    translated = lessons_in(list(xquad(embedder)))
    first = lessons_in([*own("train", embedder, OWN), *arcd(embedder)])
    wide = lessons_in(list(broad()))
    others = [
        *chance.sample(first, min(len(first), len(translated))),
        *translated,
        *lessons_in(list(news(embedder, older))),
        *chance.sample(wide, min(len(wide), len(translated))),
    ]
    print(f"{len(fresh)} fresh questions, {len(others)} others", flush=True)
    pairs, model = Pairs(), from_export(arguments.start, ENCODER).to(DEVICE)
    lessons = Lessons(fresh, 1, FRESH, SENTENCES), Lessons(others, 2, OTHERS, SENTENCES)
    print(train(model, pairs, *lessons, arguments.minutes), "steps", flush=True)
    write(model, pairs, [*fresh, *others], arguments.out)


if __name__ == "__main__":
    main()
