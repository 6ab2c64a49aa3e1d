"""The reader as it is trained: a BERT that reads a question and a sentence together.

A cross-encoder (Nogueira and Cho 2019), its layers started as all of the encoder's. Tokens of a
batch lie in one row, without padding; only attention needs them side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from assistant.onnx_vocabulary import TABLES

DIM, HEADS, INNER, LAYERS, PLACES = 384, 12, 1536, 12, 512
DROPPED, DROPPED_TOKENS = 0.1, 0.05
EPSILON = 1e-12
_PARTS = ("query", "key", "value")
_NEVER = -1e4


class Grid:
    """Where the tokens of several texts stand that lie in one row.

    Attributes:
        n: Number of texts.
        places: (n_tokens,), each token's place in its text.
        first: (n,), where each text begins.
    """

    def __init__(self, lengths: Sequence[int], device: torch.device) -> None:
        counts = torch.tensor(lengths)
        self.n, self._longest = len(counts), int(counts.max())
        ends = counts.cumsum(0)
        starts = ends - counts
        places = torch.arange(int(ends[-1])) - starts.repeat_interleave(counts)
        at = torch.arange(self.n).repeat_interleave(counts) * self._longest + places
        mask = torch.arange(self._longest)[None] < counts[:, None]
        self.places, self.first, self._at, self._mask = (
            tensor.to(device, non_blocking=True) for tensor in (places, starts, at, mask)
        )

    @property
    def mask(self) -> torch.Tensor:
        """True where there is something, (n, 1, 1, longest), as attention takes it."""
        return self._mask[:, None, None, :]

    def side_by_side(self, row: torch.Tensor) -> torch.Tensor:
        """(n_tokens, width) -> (n, longest, width), zero where there is nothing."""
        padded = row.new_zeros(self.n * self._longest, row.shape[-1])
        return padded.index_copy(0, self._at, row).view(self.n, self._longest, -1)

    def in_a_row(self, padded: torch.Tensor) -> torch.Tensor:
        """The way back."""
        return padded.reshape(self.n * self._longest, -1).index_select(0, self._at)


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

    def forward(self, x: torch.Tensor, grid: Grid) -> torch.Tensor:
        wide = grid.side_by_side(self.qkv(x))
        heads = (y.unflatten(-1, (HEADS, -1)).transpose(1, 2) for y in wide.chunk(3, -1))
        y = functional.scaled_dot_product_attention(*heads, attn_mask=grid.mask)
        y = self.out(grid.in_a_row(y.transpose(1, 2)))
        x = self.norm1(x + self.dropout(y)).to(y.dtype)
        y = self.outer(functional.gelu(self.inner(x)))
        return self.norm2(x + self.dropout(y)).to(y.dtype)


class Reader(nn.Module):
    """Scores sentences for a question; softmax over the sentences and 0 for "none of them"."""

    def __init__(self, layers: int = LAYERS) -> None:
        super().__init__()
        self.mark = nn.Parameter(torch.randn(DIM) * 0.02)
        self.types = nn.Parameter(torch.randn(2, DIM) * 0.02)
        self.norm = nn.LayerNorm(DIM, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.score = nn.Linear(DIM, 1)
        self.span = nn.Linear(DIM, 2)
        self.places: torch.Tensor
        self.register_buffer("places", torch.zeros(PLACES, DIM), persistent=False)

    def begin_as(self, encoder: Path) -> None:
        """Take the encoder's layers as the first state of these, and its rows of places."""
        read = {name: tensor.float() for name, tensor in load_file(encoder).items()}
        words, places, types = (read[name] for name in TABLES)
        self.places = places[:PLACES] + types[0]
        self.mark.data = words[0].clone()
        self.norm.weight.data = read["embeddings.LayerNorm.weight"].clone()
        self.norm.bias.data = read["embeddings.LayerNorm.bias"].clone()
        for number, layer in enumerate(self.layers):
            name = f"encoder.layer.{number}."
            pairs = {
                layer.out: "attention.output.dense", layer.norm1: "attention.output.LayerNorm",
                layer.inner: "intermediate.dense", layer.outer: "output.dense",
                layer.norm2: "output.LayerNorm",
            }  # fmt: skip
            for kind in ("weight", "bias"):
                layer.qkv.get_parameter(kind).data = torch.cat(
                    [read[f"{name}attention.self.{part}.{kind}"] for part in _PARTS]
                )
                for module, theirs in pairs.items():
                    module.get_parameter(kind).data = read[f"{name}{theirs}.{kind}"].clone()

    def forward(
        self, words: torch.Tensor, types: torch.Tensor, grid: Grid
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Read pairs; each is a mark, the question's tokens, the sentence's.

        Args:
            words: (n_tokens, DIM), rows of the encoder's embedding table; a mark's is not read.
            types: (n_tokens,), 0 for the mark and the question, 1 for the sentence.
            grid: Of the n pairs.

        Returns:
            Scores (n,), and logits (n, longest, 2) of the answer's first and last token.
        """
        words = words.index_copy(0, grid.first, self.mark.expand(grid.n, DIM))
        x = self.norm(words + self.places[grid.places]) + self.types[types]
        if self.training:
            x = x * (torch.rand(len(x), 1, device=x.device) > DROPPED_TOKENS)
        for layer in self.layers:
            x = layer(x, grid)
        scores = self.score(x[grid.first])[:, 0].float()
        spans = self.span(x).float().masked_fill((types == 0)[:, None], _NEVER)
        # Where there is nothing stands 0 now, and an answer must not.
        nothing = (~grid.mask[:, 0, 0])[..., None]
        return scores, grid.side_by_side(spans).masked_fill(nothing, _NEVER)
