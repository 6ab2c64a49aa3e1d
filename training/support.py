"""Fit and measure when a sentence counts as supported by a passage.

Supported: a sentence of a passage against the passage in the other language; in its own
language, the sentence cut to some of its clauses. Unsupported: a sentence against its own passage
without it, the hardest case, as all else there is about the same subject; and against another
passage.

    python -m training.support [--corpus ../shared/corpus] [--passages 200]
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.answering.check import Checker
from assistant.embedding import load_embedder
from assistant.language import Language, sentences
from assistant.retrieval.lexicon import Lexicon
from assistant.settings import Settings

KEEP = 0.98
DIRECTIONS: list[tuple[Language, Language]] = [
    ("ar", "ar"),
    ("en", "en"),
    ("ar", "en"),
    ("en", "ar"),
]


@dataclass(frozen=True)
class Pair:
    """A sentence, a passage, and whether the passage says what the sentence says."""

    direction: tuple[Language, Language]
    sentence: str
    passage: str
    label: str  # supported, left-out, elsewhere


@dataclass(frozen=True)
class Bilingual:
    """A passage as sentences that are one another's translations.

    Attributes:
        sentences: By language, as many in each.
        statements: What the passage says, in other words: questions with their answers.
    """

    sentences: dict[Language, list[str]]
    statements: dict[Language, list[str]]


def bilingual_passages(corpus: Path, most: int) -> list[Bilingual]:
    """Passages of two collections, shuffled, at most `most`."""
    found = []
    for path in sorted((corpus / "qa").glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n# "):
            texts = dict(re.findall(r"^(EN|AR): (.+)$", block, re.MULTILINE))
            if len(texts) == 2:
                cut = {code: _sentences(texts[code]) for code in ("AR", "EN")}
                if len(cut["AR"]) == len(cut["EN"]) > 2:
                    found.append(Bilingual({"ar": cut["AR"], "en": cut["EN"]}, statements(block)))
    rows = [
        line.split("\t")[:2]
        for line in (corpus / "tico19-ara-eng.tsv").read_text(encoding="utf-8").splitlines()
    ]
    for at in range(0, len(rows) - 4, 4):
        four = rows[at : at + 4]
        found.append(Bilingual({"ar": [r[0] for r in four], "en": [r[1] for r in four]}, {}))
    random.Random(7).shuffle(found)
    return found[:most]


_ASKS = re.compile(
    r"^(?:who|whom|what|which|when|where|why|how(?: (?:many|much|long|old|far))?|did|do|does|is|are"
    r"|was|were|من|ما|ماذا|متى|أين|لماذا|كيف|كم|هل|أي|في أي)\s+"
    r"(?:(?:did|do|does|هو|هي|الذي|التي)\s+)?",
    re.IGNORECASE,
)


def statements(block: str) -> dict[Language, list[str]]:
    """The questions of a block of `qa`, each without its question word, then its answer."""
    made: dict[Language, list[str]] = {"ar": [], "en": []}
    for line in re.findall(r"^Q: (.+)$", block, re.MULTILINE):
        parts = [part.strip() for part in line.split("|||")]
        if len(parts) == 4:
            for language, question, answer in (("en", *parts[0::2]), ("ar", *parts[1::2])):
                bare = _ASKS.sub("", question.rstrip("?؟ "))
                made["en" if language == "en" else "ar"].append(f"{bare} {answer}.")
    return made


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def shortened(sentence: str, chance: random.Random) -> str:
    """Some of a sentence's clauses, as a summary would keep."""
    clauses = [c.strip() for c in re.split(r"[,،;؛:]\s", sentence) if len(c.split()) >= 4]
    if len(clauses) < 2:
        return sentence
    kept = sorted(chance.sample(range(len(clauses)), max(1, len(clauses) // 2)))
    return ", ".join(clauses[n] for n in kept)


def pairs(passages: Sequence[Bilingual]) -> Iterator[Pair]:
    """Supported and unsupported sentences in all four directions."""
    chance = random.Random(11)
    for n, passage in enumerate(passages):
        other = passages[(n + 1) % len(passages)]
        for said, held in DIRECTIONS:
            at = chance.randrange(len(passage.sentences[said]))
            sentence = shortened(passage.sentences[said][at], chance)
            source = passage.sentences[held]
            without = " ".join(source[:at] + source[at + 1 :])
            elsewhere = " ".join(other.sentences[held])
            direction = (said, held)
            yield Pair(direction, sentence, " ".join(source), "supported")
            yield Pair(direction, sentence, without, "left-out")
            yield Pair(direction, sentence, elsewhere, "elsewhere")
            if passage.statements:
                statement = chance.choice(passage.statements[said])
                yield Pair(direction, statement, " ".join(source), "supported")
                yield Pair(direction, statement, elsewhere, "elsewhere")


# Of cosine, coverage, facts and bias. In one language a copy's words tell all; a writer's own words
# should be able to stand on the cosine, so that the weights are held near these.
PRIOR = np.array([40.0, 10.0, 3.0, -40.0])
SHRINKAGE = np.array([0.02, 0.02, 2.0, 1e-4])


def fit(features: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Logistic regression by Newton's method, held near the prior."""
    x = np.hstack([features, np.ones((len(features), 1))])
    w = PRIOR.copy()
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(SHRINKAGE)
        step = np.linalg.solve(hessian, x.T @ (p - labels) + SHRINKAGE * (w - PRIOR))
        w -= np.clip(step, -10, 10)
        if np.abs(step).max() < 1e-6:
            break
    return float(w[-1]), w[:-1]


def main() -> None:
    """Print the constants of `assistant.answering.check`, and what they keep and refuse."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--passages", type=int, default=200)
    chosen = parser.parse_args()
    checker = Checker(load_embedder(Settings()), Lexicon.bundled())
    made = list(pairs(bilingual_passages(chosen.corpus, chosen.passages)))
    for direction in DIRECTIONS:
        mine = [pair for pair in made if pair.direction == direction]
        _report(direction, mine, checker)


def _report(direction: tuple[Language, Language], mine: Sequence[Pair], checker: Checker) -> None:
    features = np.array([checker.measure(pair.sentence, pair.passage) for pair in mine])
    stands = np.array([pair.label == "supported" for pair in mine])
    lacking = np.array([bool(checker.missing(pair.sentence, [pair.passage])) for pair in mine])
    # Only sentences whose facts are all found come so far.
    asked = ~lacking
    bias, weights = fit(features[asked], stands[asked].astype(float))
    p = 1 / (1 + np.exp(-(bias + features @ weights)))
    least = float(np.quantile(p[stands & asked], 1 - KEEP))
    print(
        f'("{direction[0]}", "{direction[1]}"): _Weights('
        f"{bias:.2f}, {weights[0]:.2f}, {weights[1]:.2f}, {weights[2]:.2f}, {least:.3f}),"
    )
    for label in ("supported", "left-out", "elsewhere"):
        rows = np.array([pair.label == label for pair in mine])
        print(
            f"  {label:9}  n {rows.sum():4}  facts missing {lacking[rows].mean():.3f}"
            f"  meaning too far {(p[rows] < least).mean():.3f}"
            f"  kept {((p[rows] >= least) & ~lacking[rows]).mean():.3f}"
            f"  cosine {features[rows, 0].mean():.3f}  coverage {features[rows, 1].mean():.3f}"
        )


if __name__ == "__main__":
    main()
