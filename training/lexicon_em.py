"""Word translation probabilities from parallel text: IBM model 1 with a dictionary as prior.

Brown et al. 1993, "The Mathematics of Statistical Machine Translation"; the prior enters as
pseudo-counts, which makes each round's estimate the Dirichlet posterior's mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Stems = Sequence[str]
# Source, target, and what the pair counts.
Example = tuple[Stems, Stems, float]
Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

# Words that translate nothing align with this one.
NULL = ""
LEAST = 1e-3
# What two words say of each other that no dictionary joins but one sentence pair holds.
UNLISTED = 0.02


def estimate(
    text: Sequence[Example],
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
    sources, targets = _Numbering(), _Numbering()
    listed = np.array(
        [(sources[s], targets[t]) for s, row in prior.items() for t in row], np.int64
    ).reshape(-1, 2)
    source, target, slot, weight = _links(text, sources, targets)
    width = len(targets)
    keys, pair = np.unique(
        np.concatenate([listed[:, 0] * width + listed[:, 1], source * width + target]),
        return_inverse=True,
    )
    known = np.zeros(len(keys))
    known[pair[: len(listed)]] = [p for row in prior.values() for p in row.values()]
    p = _maximise(pair[len(listed) :], slot, weight, known, keys // width, prior_weight, rounds)
    table: dict[str, dict[str, float]] = {}
    from_ids, to_ids = list(sources), list(targets)
    for n in np.flatnonzero(p > LEAST).tolist():
        s, t = divmod(int(keys[n]), width)
        table.setdefault(from_ids[s], {})[to_ids[t]] = float(p[n])
    table.pop(NULL, None)
    return table


def _maximise(
    pair: Ids,
    slot: Ids,
    weight: Floats,
    known: Floats,
    source: Ids,
    prior_weight: float,
    rounds: int,
) -> Floats:
    p = known + UNLISTED
    for _ in range(rounds):
        share = p[pair]
        share *= (weight / np.bincount(slot, share, len(weight)))[slot]
        counts = np.bincount(pair, share, len(p)) + prior_weight * known
        p = counts / np.bincount(source, counts)[source]
    return p


class _Numbering(dict[str, int]):
    """Gives each new stem the next number."""

    def __missing__(self, stem: str) -> int:
        self[stem] = len(self)
        return self[stem]


def _links(
    text: Sequence[Example], sources: _Numbering, targets: _Numbering
) -> tuple[Ids, Ids, Ids, Floats]:
    """Every source stem beside every target stem of its sentence pair.

    Returns:
        Per link its source, its target and its slot, the target token it explains; per slot
        its weight.
    """
    source, target, slots, weights = [], [], [], []
    count = 0
    for ours, theirs, weight in text:
        s = np.array([sources[NULL], *(sources[stem] for stem in ours)], np.int64)
        t = np.array([targets[stem] for stem in theirs], np.int64)
        source.append(np.tile(s, len(t)))
        target.append(np.repeat(t, len(s)))
        slots.append(np.repeat(np.arange(count, count + len(t)), len(s)))
        weights.append(np.full(len(t), weight))
        count += len(t)
    return (*map(np.concatenate, (source, target, slots)), np.concatenate(weights))
