"""The reader's upper layers, which go on without the title and the sentence before.

Started from the 8-bit files, as the lower layers run in the product; trained on what those make of
a question and a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from training.reader_model import (
    DIM,
    DROPPED_TOKENS,
    HEADS,
    LAYERS,
    LOWER,
    NORMS,
    PARTS,
    PRODUCTS,
    Layer,
)

States = npt.NDArray[np.float16]
Arrays = Mapping[str, npt.NDArray[np.generic]]
TOGETHER = 64
"""Texts scored at a time."""


class Upper(nn.Module):
    """Scores what the lower layers made of texts, of which the mark stands first."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(LOWER, LAYERS))
        self.score = nn.Linear(DIM, 1)

    def begin_as(self, weights: Arrays) -> None:
        """Take the weights of a reader's folder, from their 8 bits."""
        self.layers = nn.ModuleList(layer_of(weights, number) for number in range(LOWER, LAYERS))
        self.score.weight.data = _tensor(weights["score.matrix"]).T.contiguous()
        self.score.bias.data = _tensor(weights["score.bias"])

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Scores, (n,), of states (n, length, DIM); `mask`, (n, 1, 1, length), where any are."""
        if self.training:
            x = x * (torch.rand(*x.shape[:2], 1) > DROPPED_TOKENS)
        for layer in self.layers[:-1]:
            x = passed(layer, x, mask)
        # Of the last layer's rows only the mark's is read.
        mark = passed(self.layers[-1], x, mask, 1)[:, 0]
        # Not the module: autocast would round its sum to 8 bits.
        return (mark.float() * self.score.weight[0]).sum(-1) + self.score.bias


def layer_of(weights: Arrays, number: int) -> Layer:
    """A layer of a reader's folder, from its 8 bits."""
    layer, name = Layer(), f"encoder.layer.{number}"
    shared = f"{name}.attention.self"
    parts = [f"{shared}.{part}" for part in PARTS]
    layer.qkv.weight.data = torch.cat([_matrix(weights, part, shared) for part in parts])
    layer.qkv.bias.data = torch.cat([_tensor(weights[f"{part}.bias"]) for part in parts])
    for ours, theirs in (PRODUCTS | NORMS).items():
        module, whole = layer.get_submodule(ours), f"{name}.{theirs}"
        product = ours in PRODUCTS
        weight = _matrix(weights, whole, whole) if product else _tensor(weights[f"{whole}.weight"])
        module.weight.data, module.bias.data = weight, _tensor(weights[f"{whole}.bias"])
    return layer


def passed(
    layer: Layer, x: torch.Tensor, mask: torch.Tensor | None = None, most: int | None = None
) -> torch.Tensor:
    """What a layer makes of the first rows of (n, length, DIM), at most so many."""
    query, key, value = (
        each.unflatten(-1, (HEADS, DIM // HEADS)).transpose(1, 2)
        for each in layer.qkv(x).chunk(3, -1)
    )
    heads = query[:, :, :most], key, value
    met = functional.scaled_dot_product_attention(*heads, attn_mask=mask)
    y = layer.out(met.transpose(1, 2).flatten(2))
    x = layer.norm1(x[:, :most] + layer.dropout(y))
    y = layer.outer(functional.gelu(layer.inner(x)))
    return layer.norm2(x + layer.dropout(y))


def padded(states: Sequence[States]) -> tuple[torch.Tensor, torch.Tensor]:
    """Texts' states, each (length, DIM), as `Upper` takes them: with the mask."""
    longest = max(map(len, states))
    rows = np.zeros((len(states), longest, DIM), np.float32)
    mask = np.zeros((len(states), 1, 1, longest), np.bool_)
    for number, each in enumerate(states):
        rows[number, : len(each)] = each
        mask[number, ..., : len(each)] = True
    return torch.from_numpy(rows), torch.from_numpy(mask)


@torch.no_grad()
def scores_of(model: Upper, states: Sequence[States]) -> npt.NDArray[np.float32]:
    """Score texts, (n,), those of a length together."""
    model.eval()
    found = np.zeros(len(states), np.float32)
    order = np.argsort([len(each) for each in states], kind="stable")
    for start in range(0, len(order), TOGETHER):
        part = order[start : start + TOGETHER]
        with halved():
            found[part] = model(*padded([states[at] for at in part])).numpy()
    return found


def halved() -> torch.autocast:
    """bfloat16 for products, which CPUs of these years have instructions for."""
    return torch.autocast("cpu", torch.bfloat16)


def _matrix(weights: Arrays, name: str, smoothed: str) -> torch.Tensor:
    """A product's weights, (out, in)."""
    matrix = weights[f"{name}.weight_int8"].astype(np.float32) * weights[f"{name}.weight_step"]
    if (factors := weights.get(f"{smoothed}.smoothing")) is not None:
        matrix /= factors[:, None]
    return _tensor(matrix).T.contiguous()


def _tensor(array: npt.NDArray[np.generic]) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.float32))
