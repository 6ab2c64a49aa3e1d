"""The reader as it is trained: a few layers that read question and sentence together.

The encoder has read both alone; its token vectors go in, and what each token meets in the other
text is added to it, as in DecAtt (Parikh et al. 2016). Joint layers on top of separately encoded
texts are DeFormer's (Cao et al. 2020); the layers start as the encoder's last ones.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

DIM, HEADS, INNER, LAYERS = 384, 12, 1536, 3
NEAR_TOP, NEAR_MEAN = 0.8, 0.7
"""Where cosines of token vectors lie: brought near zero, they are easier to learn from."""
DROPPED, DROPPED_TOKENS = 0.1, 0.05
_NEVER = -1e4


class Layer(nn.Module):
    """A layer of a BERT; dropout takes whole channels of a text, which is quick on a CPU."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(DIM, 3 * DIM)
        self.out = nn.Linear(DIM, DIM)
        self.norm1 = nn.LayerNorm(DIM, eps=1e-12)
        self.inner = nn.Linear(DIM, INNER)
        self.outer = nn.Linear(INNER, DIM)
        self.norm2 = nn.LayerNorm(DIM, eps=1e-12)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        n, length, _ = x.shape
        heads = (y.view(n, length, HEADS, -1).transpose(1, 2) for y in self.qkv(x).chunk(3, -1))
        query, key, value = heads
        near = query @ key.transpose(-1, -2) * (DIM // HEADS) ** -0.5
        y = torch.softmax(near + bias, -1) @ value
        x = self.norm1(x + self._dropped(self.out(y.transpose(1, 2).reshape(n, length, DIM))))
        return self.norm2(x + self._dropped(self.outer(nn.functional.gelu(self.inner(x)))))

    def _dropped(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        return x * (torch.rand(len(x), 1, DIM) > DROPPED).to(x.dtype) / (1 - DROPPED)


class Reader(nn.Module):
    """Scores sentences for a question; softmax over the sentences and 0 for "none of them"."""

    def __init__(self, layers: int = LAYERS) -> None:
        super().__init__()
        self.mark = nn.Parameter(torch.randn(DIM) * 0.02)
        self.types = nn.Parameter(torch.randn(2, DIM) * 0.02)
        self.norm = nn.LayerNorm(DIM)
        self.aligned, self.product = nn.Linear(DIM, DIM), nn.Linear(DIM, DIM)
        self.facts = nn.Linear(3, DIM)
        self.sharp = nn.Parameter(torch.tensor(25.0))
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.score = nn.Linear(DIM, 1)
        self.span = nn.Linear(DIM, 2)
        for linear, spread in ((self.aligned, 0.02), (self.product, 0.02), (self.facts, 0.3)):
            nn.init.normal_(linear.weight, std=spread)

    def begin_as(self, encoder: Path) -> None:
        """Take the encoder's last layers as the first state of these."""
        read = {name: tensor.float() for name, tensor in load_file(encoder).items()}
        first = 12 - len(self.layers)
        parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
        for number, layer in enumerate(self.layers, first):
            name = f"encoder.layer.{number}."
            pairs = {
                layer.out: "attention.output.dense", layer.norm1: "attention.output.LayerNorm",
                layer.inner: "intermediate.dense", layer.outer: "output.dense",
                layer.norm2: "output.LayerNorm",
            }  # fmt: skip
            for kind in ("weight", "bias"):
                getattr(layer.qkv, kind).data = torch.cat(
                    [read[f"{name}{p}.{kind}"] for p in parts]
                )
                for module, theirs in pairs.items():
                    getattr(module, kind).data = read[f"{name}{theirs}.{kind}"].clone()
        before = f"encoder.layer.{first - 1}.output.LayerNorm"
        self.norm.weight.data = read[f"{before}.weight"].clone()
        self.norm.bias.data = read[f"{before}.bias"].clone()

    def pair(self, question: torch.Tensor, sentence: torch.Tensor) -> torch.Tensor:
        """Scores (n,) of n questions and sentences without padding."""
        n, words = question.shape[:2]
        x = torch.cat([torch.zeros(n, 1, DIM), question, sentence], 1)
        types = torch.zeros(x.shape[:2], dtype=torch.long)
        types[:, 1 + words :] = 1
        return self(x, types, torch.zeros(x.shape[:2], dtype=torch.bool))[0]

    def forward(
        self, x: torch.Tensor, types: torch.Tensor, padding: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Read pairs.

        Args:
            x: (n, 1 + length, DIM): a place for the mark, the question's tokens, the sentence's.
            types: (n, 1 + length): 0 for the mark and the question, 1 for the sentence.
            padding: (n, 1 + length), True where there is nothing.

        Returns:
            Scores (n,), and logits (n, 1 + length, 2) of the answer's first and last token.
        """
        # Texts of about one length together, so that little is computed for padding.
        lengths = (~padding).sum(1)
        order = torch.argsort(lengths)
        scores, spans = [], []
        for part in order.chunk(3 if len(x) > 12 else 1):
            length = int(lengths[part].max())
            score, span = self._read(x[part, :length], types[part, :length], padding[part, :length])
            scores.append(score)
            spans.append(nn.functional.pad(span, (0, 0, 0, x.shape[1] - length), value=_NEVER))
        back = torch.argsort(order)
        return torch.cat(scores)[back], torch.cat(spans)[back]

    def _read(
        self, x: torch.Tensor, types: torch.Tensor, padding: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.cat([self.mark.expand(len(x), 1, DIM), self._met(x, types, padding)[:, 1:]], 1)
        if self.training:
            x = x * (torch.rand(*x.shape[:2], 1) > DROPPED_TOKENS)
        bias = torch.zeros(padding.shape).masked_fill(padding, _NEVER)[:, None, None, :]
        if torch.is_autocast_enabled("cpu"):
            x, bias = x.bfloat16(), bias.bfloat16()
        for layer in self.layers:
            x = layer(x, bias)
        outside = (padding | (types == 0))[..., None]
        return self.score(x[:, 0])[:, 0].float(), self.span(x).float().masked_fill(outside, _NEVER)

    def _met(self, x: torch.Tensor, types: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        other = (types[:, :, None] != types[:, None, :]) & ~padding[:, None, :]
        other[:, :, 0] = False
        near = (x @ x.transpose(1, 2)).masked_fill(~other, -1.0)
        met = (torch.softmax(near * self.sharp, -1) * other) @ x
        top = near.topk(2, -1).values
        mean = (near * other).sum(-1, keepdim=True) / other.sum(-1, keepdim=True).clamp(min=1)
        facts = torch.cat([(top - NEAR_TOP) * 10, (mean - NEAR_MEAN) * 10], -1)
        x, times = x * DIM**0.5, x * met * DIM
        typed = self.norm(x) + self.types[types]
        return typed + self.aligned(met * DIM**0.5) + self.product(times) + self.facts(facts)
