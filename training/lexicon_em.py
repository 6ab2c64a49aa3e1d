"""Word translation probabilities from parallel text: IBM model 1 with a dictionary as prior.

Brown et al. 1993, "The Mathematics of Statistical Machine Translation"; the prior enters as
pseudo-counts, which makes each round's estimate the Dirichlet posterior's mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Stems = Sequence[str]
Pair = tuple[str, str]
# Source, target, and what the pair counts.
Example = tuple[Stems, Stems, float]

# Words that translate nothing align with this one.
NULL = ""
LEAST = 1e-3


class Links(NamedTuple):
    """Every source stem beside every target stem of its sentence pair.

    Attributes:
        pair: Index into the list of distinct (source, target) pairs, one per link.
        slot: Which target token the link explains, one per link; ascending.
        weight: What each slot counts.
        pairs: The distinct pairs.
    """

    pair: npt.NDArray[np.int64]
    slot: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]
    pairs: list[Pair]


def estimate(
    text: Iterable[Example],
    prior: Mapping[str, Mapping[str, float]],
    prior_weight: float,
    rounds: int,
) -> dict[str, dict[str, float]]:
    """Estimate P(target stem | source stem).

    Args:
        text: Sentence pairs as stems, source first, and each pair's weight.
        prior: What dictionaries say; each source stem's weights sum to at most 1.
        prior_weight: The dictionary's weight, in tokens of text.
        rounds: Of expectation and maximisation.
    """
    links = _link(text, prior)
    source_ids = {stem: n for n, stem in enumerate(dict.fromkeys(s for s, _ in links.pairs))}
    source = np.array([source_ids[s] for s, _ in links.pairs])
    known = np.array([prior.get(s, {}).get(t, 0.0) for s, t in links.pairs])
    n_slots = len(links.weight)
    # A link no dictionary knows starts low: co-occurrence alone is weak evidence.
    p = known + 0.02
    for _ in range(rounds):
        share = p[links.pair]
        share *= (links.weight / np.bincount(links.slot, share, n_slots))[links.slot]
        counts = np.bincount(links.pair, share, len(p)) + prior_weight * known
        p = counts / np.bincount(source, counts)[source]
    table: dict[str, dict[str, float]] = {}
    for (s, t), value in zip(links.pairs, p.tolist(), strict=True):
        if value > LEAST:
            table.setdefault(s, {})[t] = value
    table.pop(NULL, None)
    return table


def _link(text: Iterable[Example], prior: Mapping[str, Mapping[str, float]]) -> Links:
    ids: dict[Pair, int] = {}
    for s, translations in prior.items():
        for t in translations:
            ids.setdefault((s, t), len(ids))
    pair: list[int] = []
    slot: list[int] = []
    weights: list[float] = []
    for source, target, weight in text:
        sources = [NULL, *source]
        for t in target:
            pair.extend([ids.setdefault((s, t), len(ids)) for s in sources])
            slot.extend([len(weights)] * len(sources))
            weights.append(weight)
    return Links(np.array(pair, np.int64), np.array(slot, np.int64), np.array(weights), list(ids))
