"""Fit the small networks that `assistant.answering.network` runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from assistant.answering.network import Network

Floats = npt.NDArray[np.float32]
OUT = Path("assistant/answering")
CHOICE_HIDDEN, CHOICE_STEPS = 24, 200
DECISION_HIDDEN, DECISION_STEPS = 48, 300
ADAPT_RATE, HELD = 0.003, 0.03
"""Of a decision that goes on from another; what it costs for its weights to move, squared."""


class _Module(torch.nn.Module):
    def __init__(self, table: Floats, hidden: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.mean = torch.tensor(table.mean(axis=0))
        self.spread = torch.tensor(table.std(axis=0) + 1e-3)
        n = table.shape[1]
        self.hidden = torch.nn.Parameter(torch.randn(n, hidden) * 0.2 / n**0.5)
        self.hidden_bias = torch.nn.Parameter(torch.zeros(hidden))
        self.out = torch.nn.Parameter(torch.randn(hidden) * 0.1)
        self.direct = torch.nn.Parameter(torch.zeros(n))
        self.bias = torch.nn.Parameter(torch.zeros(()))

    def begin_as(self, network: Network) -> None:
        """Take another's weights, for as many features as it has; the last ones are new."""
        known = len(network.mean)
        self.mean[:known] = torch.tensor(network.mean)
        self.spread[:known] = torch.tensor(network.spread)
        self.hidden.data.zero_()
        self.hidden.data[:known] = torch.tensor(network.hidden)
        self.direct.data[:known] = torch.tensor(network.direct)
        for name in ("hidden_bias", "out", "bias"):
            self.get_parameter(name).data = torch.tensor(getattr(network, name))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        scaled = ((rows - self.mean) / self.spread).clamp(-6, 6)
        hidden = torch.tanh(scaled @ self.hidden + self.hidden_bias)
        return hidden @ self.out + scaled @ self.direct + self.bias

    def network(self, scale: float = 1.0, shift: float = 0.0) -> Network:
        return Network(
            numbers(self.mean),
            numbers(self.spread),
            numbers(self.hidden),
            numbers(self.hidden_bias),
            numbers(self.out) * scale,
            numbers(self.direct) * scale,
            float(self.bias.detach()) * scale + shift,
        )


def fit_choice(examples: Sequence[tuple[Floats, npt.NDArray[np.bool_]]]) -> Network:
    """Rank the right sentence first: softmax over the sentences of each question.

    Args:
        examples: For each question the features of its sentences, (n, n_features), and which of
            them hold the answer, (n,), at least one.
    """
    table = np.concatenate([features for features, _ in examples])
    right = torch.tensor(np.concatenate([gold for _, gold in examples]))
    owner = torch.tensor(np.repeat(np.arange(len(examples)), [len(f) for f, _ in examples]))
    module, rows = _Module(table, CHOICE_HIDDEN), torch.tensor(table)
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.01, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, CHOICE_STEPS)
    for _ in range(CHOICE_STEPS):
        scores = module(rows)
        loss = ranking_loss(scores, owner, right, len(examples))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return module.network()


def ranking_loss(
    scores: torch.Tensor, owner: torch.Tensor, right: torch.Tensor, count: int
) -> torch.Tensor:
    """Softmax over the sentences of each of `count` questions, of which some are right."""
    everything = _logsumexp(scores, owner, count)
    return (everything - _logsumexp(scores[right], owner[right], count)).mean()


def _logsumexp(scores: torch.Tensor, owner: torch.Tensor, count: int) -> torch.Tensor:
    # Scores stay small: one maximum for all of them is enough.
    top = scores.max().detach()
    sums = torch.zeros(count).index_add(0, owner, torch.exp(scores - top))
    return torch.log(sums + 1e-20) + top


def fit_decision(
    table: Floats,
    answerable: npt.NDArray[np.bool_],
    outcome: npt.NDArray[np.float64],
    weights: Floats,
    usual: npt.NDArray[np.bool_],
    start: Network | None = None,
) -> Network:
    """Tell the answerable from the unanswerable, then calibrate (Platt 1999).

    Args:
        table: (n, n_features).
        answerable: (n,), what is told apart.
        outcome: (n,), 1 where the citations hold the answer: what the probability is of.
        weights: (n,), how much each counts for telling apart.
        usual: (n,), which are such questions as people ask: the probability is right for these,
            as much as each counts, where half of them have an answer.
        start: To go on from, and to stay near.
    """
    rows, labels = torch.tensor(table), torch.tensor(answerable, dtype=torch.float32)
    counts = torch.tensor(weights / weights.mean())
    module = _Module(table, DECISION_HIDDEN)
    if start:
        module.begin_as(start)
    before = [parameter.detach().clone() for parameter in module.parameters()]
    rate, decay = (ADAPT_RATE, 0.0) if start else (0.01, 0.05)
    optimizer = torch.optim.AdamW(module.parameters(), lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, DECISION_STEPS)
    for _ in range(DECISION_STEPS):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(module(rows), labels, counts)
        if start:
            pairs = zip(module.parameters(), before, strict=True)
            loss = loss + HELD * sum(((now - then) ** 2).sum() for now, then in pairs)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    right = torch.tensor(outcome[usual], dtype=torch.float32)
    half = torch.tensor(half_answerable(answerable[usual], weights[usual]))
    scale, shift = _platt(module(rows[usual]).detach(), right, half)
    return module.network(scale, shift)


def half_answerable(answerable: npt.NDArray[np.bool_], weights: Floats) -> Floats:
    """Weights changed so that half of the questions have an answer, mean 1, (n,).

    Half have in SQuAD 2.0's development set (Rajpurkar et al. 2018).
    """
    share = weights[answerable].sum() / weights.sum()
    sides = np.where(answerable, 0.5 / share, 0.5 / (1 - share))
    return (weights / weights.mean() * sides).astype(np.float32)


def _platt(
    logits: torch.Tensor, outcome: torch.Tensor, weights: torch.Tensor
) -> tuple[float, float]:
    scale, shift = torch.ones((), requires_grad=True), torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([scale, shift], max_iter=50)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            logits * scale + shift, outcome, weights
        )
        loss.backward()
        return loss

    optimizer.step(closure)
    return float(scale.detach()), float(shift.detach())


def numbers(tensor: torch.Tensor) -> Floats:
    """A tensor in NumPy."""
    found: Floats = tensor.detach().numpy().astype(np.float32)
    return found


def as_json(network: object) -> dict[str, object]:
    """A dataclass of arrays, for `json.dumps`."""
    return {
        name: np.round(np.asarray(value, dtype=np.float64), 5).tolist()
        for name, value in vars(network).items()
    }
