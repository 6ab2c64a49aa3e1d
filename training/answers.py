"""Fit which sentence answers, and whether any does; print what both give across folds.

    python -m training.answers [--again] [--adapt]

Learns from what `training.examples` gathered, but XQuAD, which the reader knows. What its upper
layers learnt is read by the reader that learnt the other half (`training.reader_tuning`), all else
by the one that ships. Folds are by article: every network that a figure is printed of was fitted
on other articles. Orphans are questions whose own paragraph, or whole article, is left out of the
collection. `--again` takes what was read before. `--adapt` is for a new reader: it fits the network
that decides near the one that ships; what that had seen before, it has seen.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.answering import decide
from assistant.answering.choose import Networks
from assistant.answering.features import DIRECTIONS
from assistant.answering.network import Network, bundled_network
from benchmarks.answers import calibration_error
from training.asks import NEITHER
from training.examples import FOLDS, Example, Floats, gathered, load, read_by, save
from training.listing import Listing, fit_shortlist
from training.network import OUT, as_json, fit_choice, fit_decision, half_answerable
from training.reader_batches import WORK
from training.reader_tuning import HALVES, readers

READ = WORK / "read.npz"
Bounds = dict[str, float]
"""By direction."""
LOST = 0.025
"""Share of the answerable questions that the bound refuses, in each direction: a third of the 7%
that may be refused, since other collections are harder; at 2% too few missing facts are refused."""
COUNTED = {"unread": 20.0}
"""Sources that count for more than one: what is likest to a newsroom's."""
KINDS_COUNT = {"missing-fact": 2.0, "stranger": 8.0, "other-subject": 0.5}
"""Kinds that count otherwise than once. People ask of anything, and what no article tells, where
orphans are only made for measuring. The same question on somebody else of the article is seldom
asked, and a decision that minds it much refuses what is told of "her" or "the freighter"."""
BOUNDED = ("unread", "news")
"""Sources that the bounds are set by: articles with a title."""


@dataclass(frozen=True)
class Ranked:
    """An example whose sentences were ranked by a network fitted on other folds.

    Attributes:
        inputs: Of the decision.
        hits: (n,), whether the sentences listed hold the answer, best first.
    """

    example: Example
    inputs: Floats
    hits: npt.NDArray[np.bool_]

    @property
    def answered(self) -> float:
        """Whether three quotes would hold the answer."""
        return float(self.hits[:3].any())

    @property
    def usual(self) -> bool:
        """Whether people ask such questions; orphans are made for measuring."""
        return not self.example.kind.startswith("orphan")

    @property
    def counts(self) -> bool:
        """Whether to learn from it; a false premise is best answered by what articles do say."""
        kind = self.example.kind
        return kind != "false-premise" and (kind != "answerable" or self.example.retrieved)


def fit_networks(examples: Sequence[Example]) -> Networks:
    """What lists sentences, and what ranks those that were read."""
    answerable = [example for example in examples if example.right.any()]
    shortlist = fit_shortlist(
        [Listing(e.measured, e.tokens, e.right) for e in answerable if e.kind == "answerable"]
    )
    tables = [example.table(shortlist)[:2] for example in answerable]
    return Networks(
        shortlist, fit_choice([(table, right) for table, right in tables if right.any()])
    )


def ranked(example: Example, networks: Networks) -> Ranked:
    """Rank an example's sentences and describe them to the decision."""
    table, right, lacking, lacked = example.table(networks.shortlist)
    scores = networks.choice.score(table)
    order = np.argsort(-scores, kind="stable")
    best = order[0]
    inputs = decide.features_of(
        example.setting, lacking[best], table[order], scores[order], lacked[best]
    )
    return Ranked(example, inputs, right[order])


def fit_deciding(examples: Sequence[Ranked], start: Network | None = None) -> Network:
    """What decides, of ranked examples.

    Args:
        examples: All kinds.
        start: To go on from, where a reader has changed that it was fitted to.
    """
    kept = [each for each in examples if each.counts]
    return fit_decision(
        np.stack([each.inputs for each in kept]),
        np.array([each.example.kind == "answerable" for each in kept]),
        np.array([each.answered for each in kept]),
        weights_of([each.example for each in kept]),
        np.array([each.usual for each in kept]),
        start,
    )


def weights_of(examples: Sequence[Example]) -> Floats:
    """How much each example counts to the decision.

    Sources count the same, whatever their size, but for COUNTED; and so do the answerable and the
    unanswerable of each.
    """
    weights = np.array([KINDS_COUNT.get(each.kind, 1.0) for each in examples])
    groups = np.array([f"{each.source} {each.kind == 'answerable'}" for each in examples])
    for group in np.unique(groups):
        inside = groups == group
        weights[inside] *= COUNTED.get(group.split()[0], 1.0) / weights[inside].sum()
    return weights.astype(np.float32)


def across_folds(examples: Sequence[Example]) -> Iterator[Ranked]:
    """Each fold ranked by networks that were fitted on the others."""
    for fold in range(FOLDS):
        others = [example for example in examples if example.fold != fold]
        networks = fit_networks(others)
        yield from (ranked(example, networks) for example in examples if example.fold == fold)


def decided(examples: Sequence[Ranked], start: Network | None = None) -> Floats:
    """Confidence in each example, by a network that was fitted on the other folds; (n,)."""
    found = np.zeros(len(examples), np.float32)
    folds = np.array([each.example.fold for each in examples])
    for fold in range(FOLDS):
        others = [each for each in examples if each.example.fold != fold]
        network = fit_deciding(others, start)
        for number in np.flatnonzero(folds == fold):
            found[number] = decide.confidence(network, examples[number].inputs)
    return found


def bounds_of(examples: Sequence[Ranked], confidence: Floats) -> Bounds:
    """Below which LOST of the answerable questions of each direction are."""
    bounds = {}
    for direction in DIRECTIONS:
        inside = [
            (each.example.direction, each.example.kind) == (direction, "answerable")
            and each.example.source in BOUNDED
            for each in examples
        ]
        bounds[direction] = round(float(np.quantile(confidence[inside], LOST)), 4)
        print(f"{direction} {LOST:.1%} below {bounds[direction]}  {sum(inside)}")
    return bounds


def main() -> None:
    """Read, fit across folds, print, fit on all, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--adapt", action="store_true")
    arguments = parser.parse_args()
    if not arguments.again:
        read = gathered((*range(HALVES), NEITHER))
        read_by(read, readers())
        for example in read:
            example.states = example.states[:0]
        save(read, READ)
    examples = load(READ)
    ships = bundled_network("decision") if arguments.adapt else None
    apart = list(across_folds(examples))
    confidence = decided(apart, ships)
    bounds = bounds_of(apart, confidence)
    print_choice(apart)
    print_decision(apart, confidence, bounds)
    fitted = {"choice": fit_networks(examples).choice, "decision": fit_deciding(apart, ships)}
    for name, network in fitted.items():
        text = json.dumps(as_json(network)) + "\n"
        (arguments.out / f"{name}.json").write_text(text, encoding="utf-8")
    (arguments.out / "bounds.json").write_text(json.dumps(bounds) + "\n")


def _groups(examples: Sequence[Ranked]) -> Iterator[tuple[str, list[int]]]:
    """Examples by source and direction."""
    for source in dict.fromkeys(each.example.source for each in examples):
        for direction in DIRECTIONS:
            rows = [
                number
                for number, each in enumerate(examples)
                if (each.example.source, each.example.direction) == (source, direction)
            ]
            if rows:
                yield f"{source:10} {direction}", rows


def print_choice(examples: Sequence[Ranked]) -> None:
    """The answer's span in the first sentence, in the first three, in those listed."""
    for name, rows in _groups(examples):
        hits = [examples[row].hits for row in rows if examples[row].example.kind == "answerable"]
        if hits:
            one, three, listed = (np.mean([h[:n].any() for h in hits]) for n in (1, 3, 99))
            print(
                f"{name}  first {one:.3f}  in three {three:.3f}  listed {listed:.3f}  {len(hits)}"
            )


def print_decision(examples: Sequence[Ranked], confidence: Floats, bounds: Bounds) -> None:
    """Refused of each kind: where 8% of the answerable are refused, and by the bounds."""
    found = confidence >= np.array([bounds[each.example.direction] for each in examples])
    for name, rows in _groups(examples):
        kinds = np.array([examples[row].example.kind for row in rows])
        own, kept = confidence[rows], found[rows]
        answerable = kinds == "answerable"
        strict = float(np.quantile(own[answerable], 0.08)) if answerable.any() else 0.5
        line = f"{name}  wrongly refused {1 - kept[answerable].mean():.3f}"
        for kind in dict.fromkeys(kinds[~answerable]):
            inside = kinds == kind
            line += f"  {kind} {(own[inside] < strict).mean():.3f} ({1 - kept[inside].mean():.3f})"
        print(line)
    usual = [number for number, each in enumerate(examples) if each.usual]
    some = [examples[number].example for number in usual]
    outcome = np.array([examples[number].answered for number in usual])
    weights = half_answerable(
        np.array([each.kind == "answerable" for each in some]), weights_of(some)
    )
    error = calibration_error(confidence[usual], outcome, weights)
    print(f"ECE {error:.3f} where half of the questions have an answer")


if __name__ == "__main__":
    main()
