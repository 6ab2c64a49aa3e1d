"""Gather what the shortlist is fitted on and fit it; print how it lists, across folds.

    python -m training.shortlist

Four minutes on two cores. Learns from answerable questions of all that `training.asks` has but
XQuAD, which is asked what was learnt from the rest. Then `training.examples` gathers again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from assistant.answering.features import measured, place_of
from assistant.onnx_weights import cores
from training.asks import BOTH, Source, sources
from training.examples import FOLDS, holds_answer, one_core
from training.fusion import collection_of
from training.listing import Listing, fit_shortlist
from training.network import OUT, as_json


@dataclass(frozen=True)
class _Row:
    """A listing, with what it is told apart by."""

    name: str
    fold: int
    trains: bool
    listing: Listing


def _rows_of(source: Source) -> list[_Row]:
    assistant = collection_of(source.paragraphs, source.languages, source.titles)
    collection, retriever = assistant.collection, assistant.retriever
    asks = [ask for ask in source.asks if ask.kind == "answerable"]
    read = retriever.read([ask.text for ask in asks], [ask.language for ask in asks])
    rows = []
    for ask, question in zip(asks, read, strict=True):
        sentences = measured(collection, question, retriever.rank(question))
        if sentences:
            listing = Listing(
                np.stack([each.features for each in sentences]),
                np.stack([each.met for each in sentences]),
                np.array([holds_answer(ask, *place_of(collection, each)) for each in sentences]),
            )
            name = f"{source.name:10} {source.direction(ask)}"
            rows.append(_Row(name, ask.article % FOLDS, source.half != BOTH, listing))
    return rows


def across_folds(rows: Sequence[_Row]) -> Iterator[tuple[str, int]]:
    """Of each question where the first right sentence stands; fitted on other folds."""
    for fold in range(FOLDS):
        shortlist = fit_shortlist(_lessons(row for row in rows if row.fold != fold))
        for row in rows:
            if row.fold == fold:
                scores = shortlist.score(row.listing.measured, row.listing.met)
                right = row.listing.right[np.argsort(-scores, kind="stable")]
                yield row.name, int(np.argmax(right)) if right.any() else len(right) + 99


def _lessons(rows: Iterable[_Row]) -> list[Listing]:
    return [row.listing for row in rows if row.trains and row.listing.right.any()]


def main() -> None:
    """Measure, print across folds, fit on all, write."""
    with ProcessPoolExecutor(cores(), initializer=one_core) as pool:
        rows = [row for some in pool.map(_rows_of, sources()) for row in some]
    places: dict[str, list[int]] = {}
    for name, place in across_folds(rows):
        places.setdefault(name, []).append(place)
    for name, found in places.items():
        shares = "  ".join(f"in {n} {np.mean(np.array(found) < n):.3f}" for n in (1, 2, 6))
        print(f"{name}  {shares}  {len(found)}")
    shortlist = fit_shortlist(_lessons(rows))
    raw = {"tokens": as_json(shortlist.tokens), "sentences": as_json(shortlist.sentences)}
    (OUT / "shortlist.json").write_text(json.dumps(raw) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
