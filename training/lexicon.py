"""Make the bundled translation table: `python -m training.lexicon --corpus ../shared/corpus`."""

from __future__ import annotations

import argparse
import hashlib
import io
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.language import tokenise
from assistant.retrieval.lexicon import CHECKSUM_NAME, FILE_NAME, FORMAT, without_particles
from training import lexicon_sources as sources
from training.lexicon_em import estimate

Table = dict[str, dict[str, float]]
StemPairs = list[tuple[list[str], list[str]]]

# Measured on XQuAD's development half, and on corpus/qa when its text was left out.
PRIOR_WEIGHT, PHRASE_WEIGHT, TERM_WEIGHT, ROUNDS = 40.0, 0.5, 8.0, 6
KEPT, LEAST_P = 32, 0.005
# What a text says with an irregular form, beside its base: fought, fight.
INFLECTED_SHARE = 0.35
# What a word joined to a particle says of the word without it.
JOINED_WEIGHT = 0.2


def main() -> None:
    """Read the sources, estimate both directions, write the table and its checksum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--out", type=Path, default=Path("assistant/lexicon"))
    parser.add_argument("--leave-out", default="", help="a part of the parallel text: qa, pud...")
    options = parser.parse_args()
    arabic_prior, english_prior, phrases = priors()
    text = stems_of(sources.parallel_text(options.corpus, leave_out=options.leave_out))
    settle = settler(arabic_prior)
    arabic_prior = settled(arabic_prior, settle)
    english_prior = {e: settled_row(row, settle) for e, row in english_prior.items()}
    weighted = ((text, 1.0), (phrases, PHRASE_WEIGHT), (stems_of(sources.term_list()), TERM_WEIGHT))
    examples = [([*map(settle, a)], e, weight) for pairs, weight in weighted for a, e in pairs]
    turned = [(e, a, weight) for a, e, weight in examples]
    tables = {
        "ar": estimate(examples, arabic_prior, PRIOR_WEIGHT, ROUNDS),
        "en": estimate(turned, english_prior, PRIOR_WEIGHT, ROUNDS),
    }
    shares = {
        "ar": shares_of([*map(settle, a)] for a, _ in text),
        "en": shares_of(e for _, e in text),
    }
    write({side: trimmed(table) for side, table in tables.items()}, shares, options.out)


def settler(arabic: Table) -> Callable[[str], str]:
    """How Arabic stems lose the particles before them, given those that lists and names know.

    A listed stem loses them too where the rest is listed as a commoner word.
    """
    place: dict[str, int] = {}
    for n, (forms, _) in enumerate(sources.word_list()):
        for stem in (stem for form in forms for stem in tokenise(form)):
            place.setdefault(stem, n)
    joined = {
        stem
        for stem, n in place.items()
        if any(place.get(other, n) < n for other in _without_joined(stem))
    }
    known = arabic.keys() - joined
    return lambda stem: without_particles(stem, known)


def _without_joined(stem: str) -> Iterator[str]:
    for particle in ("وال", "فال", "بال", "كال", "لل", "و"):
        if stem.startswith(particle) and len(stem) - len(particle) >= 3:
            yield from (s for s in tokenise(stem[len(particle) :]) if len(s) >= 3)


def settled(table: Table, settle: Callable[[str], str]) -> Table:
    """The table with each source stem under its settled form."""
    found: Table = {}
    for source, row in table.items():
        weight = 1.0 if settle(source) == source else JOINED_WEIGHT
        for target, p in row.items():
            _add(found, settle(source), target, p * weight)
    return _normalised(found)


def settled_row(row: Mapping[str, float], settle: Callable[[str], str]) -> dict[str, float]:
    """The row with each target stem under its settled form."""
    found: Table = {}
    for target, p in row.items():
        _add(found, "", settle(target), p)
    return found[""]


def stems_of(pairs: Iterable[tuple[str, str]]) -> StemPairs:
    """Each text's stems, without pairs of which one side has none."""
    stemmed = ((tokenise(arabic), tokenise(english)) for arabic, english in pairs)
    return [(arabic, english) for arabic, english in stemmed if arabic and english]


def priors() -> tuple[Table, Table, StemPairs]:
    """What word lists and names say of single stems, both ways, and their longer phrases."""
    arabic: Table = {}
    english: Table = {}
    for place, (forms, translations) in enumerate(sources.word_list()):
        commonness = 1 / (1 + place / 500) ** 0.5
        for a, e, weight in _listed(forms, translations):
            _add(arabic, a, e, weight)
            _add(english, e, a, weight * commonness)
    arabic, english = _normalised(arabic), _normalised(english)
    _inflect(arabic, english)
    named, phrases = _named([*sources.names(), *sources.terms()])
    reverse: Table = {}
    for a, translations_of_a in named.items():
        for e, count in translations_of_a.items():
            _add(reverse, e, a, count)
    _merge(arabic, named)
    _merge(english, reverse)
    return arabic, english, phrases


def _inflect(arabic: Table, english: Table) -> None:
    """Translate irregular English forms as their base."""
    for base, forms in sources.inflections():
        (stem,) = tokenise(base)
        for form in {form for text in forms for form in tokenise(text)} - {stem}:
            for a, p in english.get(stem, {}).items():
                _add(english, form, a, p)
                _add(arabic, a, form, INFLECTED_SHARE * arabic.get(a, {}).get(stem, 0.0))
    english.update(_normalised(english))
    arabic.update(_normalised(arabic))


def _listed(forms: list[str], translations: list[str]) -> Iterable[tuple[str, str, float]]:
    """(Arabic stem, English stem, weight) of one line of the word list."""
    arabic = Counter(stem for form in forms for stem in tokenise(form))
    for rank, translation in enumerate(translations):
        english = tokenise(translation)
        for stem, count in arabic.items():
            weight = count / (1 + 0.3 * rank) / max(1, len(english))
            yield from ((stem, e, weight) for e in english)


def _named(pairs: Iterable[tuple[str, str]]) -> tuple[Table, StemPairs]:
    """Names of one stem on both sides, counted; the longer ones as parallel text."""
    single: Table = {}
    phrases: StemPairs = []
    for arabic, english in stems_of(pairs):
        if len(arabic) == len(english) == 1:
            _add(single, arabic[0], english[0], 1.0)
        elif max(len(arabic), len(english)) <= 6:
            phrases.append((arabic, english))
    return single, phrases


def _merge(listed: Table, named: Table) -> None:
    """Add names; a word that the list knows keeps most of its weight."""
    for source, translations in _normalised(named).items():
        share = 0.25 if source in listed else 0.8
        mine = listed.setdefault(source, {})
        for target in mine:
            mine[target] *= 1 - share
        for target, weight in translations.items():
            _add(listed, source, target, weight * share)


def _add(table: Table, source: str, target: str, weight: float) -> None:
    row = table.setdefault(source, {})
    row[target] = row.get(target, 0.0) + weight


def _normalised(table: Table) -> Table:
    return {
        source: {target: weight / total for target, weight in row.items()}
        for source, row in table.items()
        if (total := sum(row.values()))
    }


def trimmed(table: Table) -> dict[str, list[tuple[str, float]]]:
    """The likeliest translations of each stem."""
    kept = {}
    for source, row in table.items():
        best = sorted(row.items(), key=lambda item: (-item[1], item[0]))[:KEPT]
        kept[source] = [(target, p) for target, p in best if p >= LEAST_P]
    return kept


def shares_of(texts: Iterable[list[str]]) -> dict[str, float]:
    """How much of running text each stem is, as natural logarithm."""
    counts = Counter(stem for text in texts for stem in text)
    total = sum(counts.values())
    return {stem: math.log(count / total) for stem, count in counts.items()}


def write(
    tables: Mapping[str, Mapping[str, list[tuple[str, float]]]],
    shares: Mapping[str, Mapping[str, float]],
    folder: Path,
) -> None:
    """Write the table file, the same bytes for the same numbers, and its checksum."""
    arrays: dict[str, npt.NDArray[Any]] = {"format": np.array(FORMAT)}
    stems = {
        side: sorted(
            {*tables[side], *shares[side]}
            | {target for row in tables[other].values() for target, _ in row}
        )
        for side, other in (("ar", "en"), ("en", "ar"))
    }
    for side, other in (("ar", "en"), ("en", "ar")):
        ids = {stem: n for n, stem in enumerate(stems[other])}
        rows = [tables[side].get(stem, []) for stem in stems[side]]
        arrays[f"{side}_stems"] = np.frombuffer("\n".join(stems[side]).encode(), np.uint8)
        arrays[f"{side}_starts"] = np.cumsum([0, *map(len, rows)], dtype=np.uint32)
        arrays[f"{side}_targets"] = np.array([ids[t] for row in rows for t, _ in row], np.uint32)
        arrays[f"{side}_p"] = np.array([p for row in rows for _, p in row], np.float16)
        least = [shares[side].get(stem, -np.inf) for stem in stems[side]]
        arrays[f"{side}_log_share"] = np.array(least, np.float16)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE_NAME).write_bytes(buffer.getvalue())
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (folder / CHECKSUM_NAME).write_text(f"{digest}  {FILE_NAME}\n", encoding="ascii")
    print(f"{len(buffer.getvalue()):,} bytes", {side: len(s) for side, s in stems.items()})


if __name__ == "__main__":
    main()
