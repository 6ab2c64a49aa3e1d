"""Which of the sentences measured are worth reading: how each token of the question is met.

News names a mask once and says in the next paragraph what "it" is made of. So each token of the
question is looked up in a sentence, in what stands before, and in the rest of the article; a small
network describes each, their mean and their maximum join the sentence's features (deep sets, Zaheer
et al. 2017, over the similarities of late interaction).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from assistant.answering.network import Network, network_of

Floats = npt.NDArray[np.float32]
VOTE = 0.05
"""Temperature at which a token of the question chooses among sentences."""
MET = (
    "similar", "similar_before", "similar_after", "similar_so_far", "in_passage", "in_article",
    "article_mean", "anywhere", "mean", "vote", "article_vote", "weight", "first",
    "second_or_third",
)  # fmt: skip


def met_of(similar: Floats, weights: Floats, places: Sequence[tuple[str, str, int]]) -> Floats:
    """How each token of a question is met in each sentence, and around it.

    Args:
        similar: The best cosine of each token of the question in each sentence, (n, n_tokens).
        weights: Of the tokens, (n_tokens,), summing to 1.
        places: Of each sentence its article, its passage, and where it begins in the article.

    Returns:
        By MET, (n, n_tokens, len(MET)).
    """
    n, tokens = similar.shape
    found = np.zeros((n, tokens, len(MET)), dtype=np.float32)
    if not similar.size:
        return found
    column = {name: found[:, :, at] for at, name in enumerate(MET)}
    for rows in _grouped([article for article, _, _ in places]):
        rows.sort(key=lambda row: places[row][2])
        own = similar[rows]
        column["similar_before"][rows[1:]] = own[:-1]
        column["similar_after"][rows[:-1]] = own[1:]
        column["similar_so_far"][rows] = np.maximum.accumulate(own, axis=0)
        column["in_article"][rows] = own.max(axis=0)
        column["article_mean"][rows] = own.mean(axis=0)
        column["article_vote"][rows] = _votes(own)
    for rows in _grouped([passage for _, passage, _ in places]):
        column["in_passage"][rows] = similar[rows].max(axis=0)
    column["similar"][:] = similar
    column["anywhere"][:] = similar.max(axis=0)
    column["mean"][:] = similar.mean(axis=0)
    column["vote"][:] = _votes(similar)
    column["weight"][:] = weights * tokens
    column["first"][:, :1] = 1
    column["second_or_third"][:, 1:3] = 1
    return found


def _grouped(keys: Sequence[str]) -> list[list[int]]:
    """Row numbers of each key."""
    found: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        found.setdefault(key, []).append(row)
    return list(found.values())


def _votes(similar: Floats) -> Floats:
    """The softmax of each token's similarities over sentences."""
    odds: Floats = np.exp((similar - similar.max(axis=0)) / VOTE)
    odds /= odds.sum(axis=0)
    return odds


@dataclass(frozen=True)
class Tokens:
    """Two layers with rectifiers over standardised features of tokens.

    Attributes:
        mean: Shape (len(MET),).
        spread: Shape (len(MET),).
        hidden: Shape (len(MET), n_hidden).
        hidden_bias: Shape (n_hidden,).
        out: Shape (n_hidden, n_out).
        out_bias: Shape (n_out,).
    """

    mean: Floats
    spread: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats

    def pooled(self, met: Floats) -> Floats:
        """Weighted mean and maximum over tokens; (n, n_tokens, len(MET)) -> (n, 2 n_out)."""
        if not met.size:
            return np.zeros((len(met), 2 * len(self.out_bias)), dtype=np.float32)
        scaled = np.clip((met - self.mean) / self.spread, -6, 6)
        hidden = np.maximum(scaled @ self.hidden + self.hidden_bias, 0)
        out = np.maximum(hidden @ self.out + self.out_bias, 0)
        mean = (out * met[:, :, MET.index("weight"), None]).mean(axis=1)
        return np.concatenate([mean, out.max(axis=1)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Shortlist:
    """What scores sentences before any is read.

    Attributes:
        tokens: Over MET.
        sentences: Over the features measured, and what `tokens` says.
    """

    tokens: Tokens
    sentences: Network

    def score(self, features: Floats, met: Floats) -> Floats:
        """Score sentences; (n, n_features) and (n, n_tokens, len(MET)) -> (n,)."""
        return self.sentences.score(np.concatenate([features, self.tokens.pooled(met)], axis=1))


@lru_cache(maxsize=1)
def bundled_shortlist() -> Shortlist:
    """The one that `python -m training.shortlist` made."""
    text = (files("assistant.answering") / "shortlist.json").read_text(encoding="utf-8")
    raw = json.loads(text)
    tokens = {key: np.array(value, dtype=np.float32) for key, value in raw["tokens"].items()}
    return Shortlist(Tokens(**tokens), network_of(raw["sentences"]))
