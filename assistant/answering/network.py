"""A small network fitted in `training/` and run here in a few lines of NumPy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """One hidden layer with tanh, over standardised features.

    Attributes:
        mean: Shape (n_features,).
        spread: Shape (n_features,).
        hidden: Shape (n_features, n_hidden).
        hidden_bias: Shape (n_hidden,).
        out: Shape (n_hidden,).
        direct: Shape (n_features,): straight from the features to the score.
        bias: Added last.
    """

    mean: Floats
    spread: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    direct: Floats
    bias: float

    def score(self, features: Floats) -> Floats:
        """Score rows of features; (n, n_features) -> (n,)."""
        scaled = np.clip((features - self.mean) / self.spread, -6, 6)
        hidden = np.tanh(scaled @ self.hidden + self.hidden_bias)
        scores: Floats = hidden @ self.out + scaled @ self.direct + self.bias
        return scores


@lru_cache(maxsize=2)
def bundled_network(name: str) -> Network:
    """A network ("choice", "decision"), as `python -m training.answers` made it."""
    text = (files("assistant.answering") / f"{name}.json").read_text(encoding="utf-8")
    return network_of(json.loads(text))


def network_of(raw: Mapping[str, Any]) -> Network:
    """A network from what JSON holds of it."""
    arrays = {key: np.array(value, dtype=np.float32) for key, value in raw.items() if key != "bias"}
    return Network(**arrays, bias=float(raw["bias"]))
