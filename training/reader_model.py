"""The reader as it is trained: a BERT that reads a question and a sentence together.

A cross-encoder (Nogueira and Cho 2019), its layers started as the encoder's. Tokens of a batch lie
in one row, without padding; attention keeps texts apart by where they end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional
from torch.nn.attention.varlen import varlen_attn

DIM, HEADS, INNER, LAYERS, PLACES, KINDS = 384, 12, 1536, 12, 256, 4
LOWER = 8
"""Layers that read the title and the sentence before; the upper ones go on without their rows, in
four fifths of the time."""
CONTEXT = 2
"""The kinds from which on a row is context."""
DROPPED, DROPPED_TOKENS = 0.1, 0.05
EPSILON = 1e-12
PARTS = ("query", "key", "value")
PRODUCTS = {
    "out": "attention.output.dense", "inner": "intermediate.dense", "outer": "output.dense",
}  # fmt: skip
"""A layer's modules, by the names that a BERT's have."""
NORMS = {"norm1": "attention.output.LayerNorm", "norm2": "output.LayerNorm"}


@dataclass(frozen=True)
class Row:
    """Texts in one row of tokens.

    Attributes:
        words: (n_tokens, DIM), rows of the encoder's embedding table; a mark's is not read.
        kinds: (n_tokens,), 0 for the mark and the question, 1 for the sentence, 2 for its
            article's title, 3 for the sentence before.
        places: (n_tokens,), each token's place in its text.
        ends: (n + 1,), 0 and where each text ends, int32.
    """

    words: torch.Tensor
    kinds: torch.Tensor
    places: torch.Tensor
    ends: torch.Tensor


class Layer(nn.Module):
    """A layer of a BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(DIM, 3 * DIM)
        self.out = nn.Linear(DIM, DIM)
        self.norm1 = nn.LayerNorm(DIM, eps=EPSILON)
        self.inner = nn.Linear(DIM, INNER)
        self.outer = nn.Linear(INNER, DIM)
        self.norm2 = nn.LayerNorm(DIM, eps=EPSILON)
        self.dropout = nn.Dropout(DROPPED)

    def forward(self, x: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
        query, key, value = self.qkv(x).view(-1, 3, HEADS, DIM // HEADS).unbind(1)
        y = self.out(_attended(query, key, value, ends).flatten(1))
        x = self.norm1(x + self.dropout(y)).to(y.dtype)
        y = self.outer(functional.gelu(self.inner(x)))
        return self.norm2(x + self.dropout(y)).to(y.dtype)


def _attended(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, ends: torch.Tensor
) -> torch.Tensor:
    if query.is_cuda:
        found = varlen_attn(query, key, value, ends, ends, PLACES, PLACES)
        assert isinstance(found, torch.Tensor)
        return found
    bounds = ends.tolist()
    parts = [slice(*pair) for pair in pairwise(bounds) if pair[0] < pair[1]]
    return torch.cat(
        [
            functional.scaled_dot_product_attention(
                *(x[part].transpose(0, 1) for x in (query, key, value))
            ).transpose(0, 1)
            for part in parts
        ]
    )


class Reader(nn.Module):
    """Scores sentences for a question; softmax over the sentences and 0 for "none of them"."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = nn.Parameter(torch.randn(DIM) * 0.02)
        self.types = nn.Parameter(torch.randn(KINDS, DIM) * 0.02)
        self.norm = nn.LayerNorm(DIM, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.score = nn.Linear(DIM, 1)
        self.span = nn.Linear(DIM, 2)
        self.places: torch.Tensor
        self.register_buffer("places", torch.zeros(PLACES, DIM))

    def begin_as(self, encoder: Mapping[str, torch.Tensor]) -> None:
        """Take the encoder's layers as the first state of these, and its rows of places."""
        read = {name: tensor.float() for name, tensor in encoder.items()}
        places = read["embeddings.position_embeddings.weight"][:PLACES]
        self.places = places + read["embeddings.token_type_embeddings.weight"][0]
        self.norm.weight.data = read["embeddings.LayerNorm.weight"].clone()
        self.norm.bias.data = read["embeddings.LayerNorm.bias"].clone()
        for number, layer in enumerate(self.layers):
            name = f"encoder.layer.{number}."
            for kind in ("weight", "bias"):
                layer.qkv.get_parameter(kind).data = torch.cat(
                    [read[f"{name}attention.self.{part}.{kind}"] for part in PARTS]
                )
                for ours, theirs in (PRODUCTS | NORMS).items():
                    parameter = layer.get_submodule(ours).get_parameter(kind)
                    parameter.data = read[f"{name}{theirs}.{kind}"].clone()

    def forward(self, row: Row) -> tuple[torch.Tensor, torch.Tensor]:
        """Read texts; each is a mark, the question's tokens, the title's and so on.

        Returns:
            Scores (n,), and logits (n_tokens, 2) of the answer's first and last token.
        """
        first = (row.places == 0)[:, None]
        words = torch.where(first, self.mark, row.words)
        x = self.norm(words + self.places[row.places]) + self.types[row.kinds]
        if self.training:
            x = x * (torch.rand(len(x), 1, device=x.device) > DROPPED_TOKENS)
        for layer in self.layers:
            x = layer(x, row.ends)
        at = row.ends[:-1].clamp(max=len(x) - 1)  # Texts of no length may stand behind the last.
        return self.score(x[at])[:, 0].float(), self.span(x).float()
