"""Fit which sentences are worth reading: `assistant.answering.shortlist`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from assistant.answering.features import MEASURED
from assistant.answering.network import Network
from assistant.answering.shortlist import MET, Shortlist, Tokens
from training.network import Floats, numbers, ranking_loss

TOKEN_HIDDEN, TOKEN_OUT, HIDDEN = 32, 16, 48
PASSES, QUESTIONS, RATE = 16, 64, 3e-3


@dataclass(frozen=True)
class Listing:
    """A question's sentences, and which hold the answer.

    Attributes:
        measured: (n, len(MEASURED)).
        met: (n, n_tokens, len(MET)).
        right: (n,).
    """

    measured: Floats
    met: Floats
    right: npt.NDArray[np.bool_]


class _Module(torch.nn.Module):
    """`Shortlist`, to be fitted; standardised as the first examples are."""

    def __init__(self, some: Sequence[Listing]) -> None:
        super().__init__()
        torch.manual_seed(0)
        table = np.concatenate([each.measured for each in some])
        met = np.concatenate([each.met.reshape(-1, len(MET)) for each in some])
        self.mean, self.spread = _standard(table)
        self.token_mean, self.token_spread = _standard(met)
        self.first = torch.nn.Linear(len(MET), TOKEN_HIDDEN)
        self.second = torch.nn.Linear(TOKEN_HIDDEN, TOKEN_OUT)
        self.hidden = torch.nn.Linear(len(MEASURED) + 2 * TOKEN_OUT, HIDDEN)
        self.out = torch.nn.Linear(HIDDEN, 1)
        self.direct = torch.nn.Linear(len(MEASURED) + 2 * TOKEN_OUT, 1, bias=False)

    def forward(self, table: torch.Tensor, met: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Scores, (n,), of sentences whose tokens are padded: `inside` is 0 beyond the last."""
        scaled = ((met - self.token_mean) / self.token_spread).clamp(-6, 6)
        out = torch.relu(self.second(torch.relu(self.first(scaled)))) * inside[:, :, None]
        weights = met[:, :, MET.index("weight"), None] * inside[:, :, None]
        mean = (out * weights).sum(1) / inside.sum(1, keepdim=True)
        columns = [((table - self.mean) / self.spread), mean, out.amax(1)]
        rows = torch.cat(columns, dim=1).clamp(-6, 6)
        scores: torch.Tensor = self.out(torch.tanh(self.hidden(rows))) + self.direct(rows)
        return scores[:, 0]

    def shortlist(self) -> Shortlist:
        """What was fitted, in NumPy."""
        added = 2 * TOKEN_OUT
        return Shortlist(
            Tokens(
                numbers(self.token_mean),
                numbers(self.token_spread),
                numbers(self.first.weight.T),
                numbers(self.first.bias),
                numbers(self.second.weight.T),
                numbers(self.second.bias),
            ),
            Network(
                np.concatenate([numbers(self.mean), np.zeros(added, np.float32)]),
                np.concatenate([numbers(self.spread), np.ones(added, np.float32)]),
                numbers(self.hidden.weight.T),
                numbers(self.hidden.bias),
                numbers(self.out.weight[0]),
                numbers(self.direct.weight[0]),
                float(self.out.bias.detach()),
            ),
        )


def _standard(table: Floats) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(table.mean(axis=0)), torch.tensor(table.std(axis=0) + 1e-3)


def fit_shortlist(listings: Sequence[Listing]) -> Shortlist:
    """Rank a right sentence first: softmax over the sentences of each question.

    Args:
        listings: Of questions of which at least one sentence holds the answer.
    """
    chance = np.random.default_rng(0)
    module = _Module(listings)
    steps = PASSES * -(-len(listings) // QUESTIONS)
    optimizer = torch.optim.AdamW(module.parameters(), lr=RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(PASSES):
        order = chance.permutation(len(listings))
        for start in range(0, len(order), QUESTIONS):
            some = [listings[at] for at in order[start : start + QUESTIONS]]
            loss = _loss(module, some)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return module.shortlist()


def _loss(module: _Module, some: Sequence[Listing]) -> torch.Tensor:
    longest = max(each.met.shape[1] for each in some)
    met = [np.pad(e.met, ((0, 0), (0, longest - e.met.shape[1]), (0, 0))) for e in some]
    inside = [np.tile(np.arange(longest) < e.met.shape[1], (len(e.met), 1)) for e in some]
    scores = module(
        torch.from_numpy(np.concatenate([each.measured for each in some])),
        torch.from_numpy(np.concatenate(met)).float(),
        torch.from_numpy(np.concatenate(inside)).float(),
    )
    owner = torch.from_numpy(np.repeat(np.arange(len(some)), [len(each.right) for each in some]))
    right = torch.from_numpy(np.concatenate([each.right for each in some]))
    return ranking_loss(scores, owner, right, len(some))
