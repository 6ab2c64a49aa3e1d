"""Fit how dense, lexical and late-interaction scores are weighed, for each direction.

    python -m training.fusion

Fitted on the held-out passages of `training/qa` and the corpus' `qa` (which trained no encoder)
and on the development half of XQuAD; `benchmarks/retrieval` says what it gives on any set, and
this command prints what it gives across folds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from assistant.assistant import Assistant
from assistant.language import LANGUAGES, Language
from assistant.models import Article
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import FEATURES, Fusion, Retriever, Weights
from benchmarks.squad import SquadFile, ndcg_at_10, read_squad
from training.corpus import CORPUS, passages

OUT = Path("assistant/retrieval/fusion.json")
DEPTH = 30
"""Candidates of each question that weights are fitted on."""

SHARES = (0.7, 0.3)
"""What encyclopaedic paragraphs, and our own passages, count in the fit."""

Floats = npt.NDArray[np.float64]


@dataclass
class Set:
    """Questions and paragraphs in two languages; question i is the same in both.

    Attributes:
        paragraphs: By language; paragraph i is the same in both.
        questions: By language.
        gold: For each question, its paragraph, or -1 where none answers.
    """

    name: str
    paragraphs: dict[Language, list[str]]
    questions: dict[Language, list[str]]
    gold: npt.NDArray[np.int64]


def xquad_dev(corpus: Path = CORPUS) -> Set:
    """The development half of XQuAD (Artetxe et al. 2020)."""
    files: dict[Language, SquadFile] = {
        language: read_squad(corpus / "eval" / f"xquad-dev.{language}.json", language)
        for language in LANGUAGES
    }
    return Set(
        "xquad-dev",
        {language: list(file.paragraphs) for language, file in files.items()},
        {language: [q.text for q in file.questions] for language, file in files.items()},
        files["ar"].gold,
    )


def held_out_qa(corpus: Path = CORPUS) -> Set:
    """Our own held-out passages and their answerable questions."""
    held = list(passages("held-out", corpus))
    asked = [
        (number, question)
        for number, passage in enumerate(held)
        for question in passage.questions
        if question.kind == "answerable"
    ]
    return Set(
        "qa-held-out",
        {"ar": [passage.ar for passage in held], "en": [passage.en for passage in held]},
        {
            "ar": [question.ar for _, question in asked],
            "en": [question.en for _, question in asked],
        },
        np.array([number for number, _ in asked]),
    )


def collection_of(
    paragraphs: Sequence[str], languages: Sequence[Language], titles: Sequence[str] = ()
) -> Assistant:
    """Paragraphs as a collection, an article for each; without titles, articles have none."""
    from assistant.settings import Settings

    rows = zip(paragraphs, languages, titles or [""] * len(paragraphs), strict=True)
    articles = [
        Article(id=f"{number:05}", title=title, text=text, language=language)
        for number, (text, language, title) in enumerate(rows)
    ]
    return Assistant(articles, settings=Settings())


@dataclass
class Table:
    """Features of the candidates of each question, for one direction.

    Attributes:
        features: (n_questions, DEPTH, n_features); zeros where there are fewer candidates.
        gold: (n_questions, DEPTH), whether the candidate answers.
        valid: (n_questions, DEPTH), whether there is such a candidate.
        fold: (n_questions,), by paragraph, so that none is in two folds.
    """

    features: Floats
    gold: npt.NDArray[np.bool_]
    valid: npt.NDArray[np.bool_]
    fold: npt.NDArray[np.int64]


def table_of(
    assistant: Assistant,
    embedder_fusion: Fusion,
    questions: Sequence[str],
    gold: npt.NDArray[np.int64],
    language: Language,
) -> Table:
    """Rank with the first round alone and keep each candidate's features."""
    collection: Collection = assistant.collection
    retriever = Retriever(collection, assistant.retriever.embedder, embedder_fusion)
    shape = len(questions), DEPTH
    table = Table(
        np.zeros((*shape, len(FEATURES))), np.zeros(shape, bool), np.zeros(shape, bool), gold % 5
    )
    read = retriever.read(questions, [language] * len(questions))
    for number, question in enumerate(read):
        for place, candidate in enumerate(retriever.rank(question, DEPTH)[:DEPTH]):
            table.features[number, place] = candidate.features
            table.valid[number, place] = True
            article = int(collection.passages[candidate.row].article_id)
            table.gold[number, place] = article == gold[number]
    return table


def fit(tables: Sequence[Table], folds: Sequence[int], ridge: float = 2e-3) -> Floats:
    """Weights that rank the gold candidate first: softmax over each question's candidates."""
    parts = []
    for table in tables:
        keep = np.isin(table.fold, folds) & table.gold.any(axis=1)
        parts.append((table.features[keep], table.gold[keep], table.valid[keep]))

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, gradient = ridge * float(weights @ weights), 2 * ridge * weights
        for share, (features, gold, valid) in zip(SHARES, parts, strict=True):
            scores = np.where(valid, features @ weights, -1e9)
            scores -= scores.max(axis=1, keepdims=True)
            shares = np.exp(scores)
            shares /= shares.sum(axis=1, keepdims=True)
            right = (shares * gold).sum(axis=1)
            total += -float(np.log(right + 1e-12).mean()) * share
            wanted = shares * gold / (right[:, None] + 1e-12)
            gradient += np.einsum("qc,qcf->f", shares - wanted, features) / len(gold) * share
        return total, gradient

    start = np.zeros(len(FEATURES))
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return found


def calibrate(tables: Sequence[Table], weights: Floats) -> tuple[float, float]:
    """Scale and bias that make the score a probability (Platt 1999)."""
    scores = np.concatenate([(t.features @ weights)[t.valid] for t in tables])
    gold = np.concatenate([t.gold[t.valid] for t in tables]).astype(float)

    def loss(ab: Floats) -> float:
        return float(np.logaddexp(0, np.where(gold > 0, -1, 1) * (ab[0] * scores + ab[1])).mean())

    scale, bias = minimize(loss, np.array([1.0, -3.0]), method="Nelder-Mead").x
    return float(scale), float(bias)


def ndcg_of(table: Table, weights: Floats, folds: Sequence[int]) -> tuple[float, int]:
    """nDCG@10 over some folds, and how many questions that is."""
    keep = np.isin(table.fold, folds)
    scores = np.where(table.valid[keep], table.features[keep] @ weights, -np.inf)
    gold = table.gold[keep]
    best = np.where(gold, scores, -np.inf).max(axis=1)
    # A paragraph cut in two passages counts once, at the better one's place.
    above = ((scores >= best[:, None]) & ~gold).sum(axis=1)
    above[~np.isfinite(best)] = 10
    return ndcg_at_10(above), int(keep.sum())


def main() -> None:
    """Fit, print what each direction gives across folds, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    sets = [xquad_dev(), held_out_qa()]
    indexed = [
        {
            language: collection_of(texts, [language] * len(texts))
            for language, texts in s.paragraphs.items()
        }
        for s in sets
    ]
    background = {
        f"{asked}-{held}": _background(sets[0].questions[asked], asked, indexed[0][held])
        for asked in LANGUAGES
        for held in LANGUAGES
    }
    raw: dict[str, dict[str, object]] = {"directions": {}, "background": dict(background)}
    for asked in LANGUAGES:
        for held in LANGUAGES:
            direction = f"{asked}-{held}"
            first = (1.0, 0.6 if asked == held else 0.5)
            plain = Weights((0.0,) * len(FEATURES), 0.0, first)
            fusion = Fusion({direction: plain}, background)
            tables = [
                table_of(index[held], fusion, s.questions[asked], s.gold, asked)
                for s, index in zip(sets, indexed, strict=True)
            ]
            for s, table in zip(sets, tables, strict=True):
                scores = []
                for fold in range(5):
                    rest = [other for other in range(5) if other != fold]
                    scores.append(ndcg_of(table, fit(tables, rest), [fold]))
                across = sum(x * n for x, n in scores) / sum(n for _, n in scores)
                print(f"{direction} {s.name}: nDCG@10 {across:.4f} across folds", end="  ")
                for name in ("dense", "lexical", "late"):
                    alone = np.eye(len(FEATURES))[FEATURES.index(name)]
                    print(f"{name} {ndcg_of(table, alone, range(5))[0]:.4f}", end="  ")
                print(flush=True)
            weights = fit(tables, range(5))
            scale, bias = calibrate(tables, weights)
            print(direction, dict(zip(FEATURES, (weights * scale).round(3).tolist(), strict=True)))
            raw["directions"][direction] = {
                "features": (weights * scale).round(5).tolist(),
                "bias": round(bias, 5),
                "first": list(first),
            }
    arguments.out.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def _background(
    questions: Sequence[str], language: Language, assistant: Assistant
) -> dict[str, list[float]]:
    """Mean and spread of the scores of questions over passages."""
    collection = assistant.collection
    retriever = assistant.retriever
    read = retriever.read(list(questions[::6]), [language] * len(questions[::6]))
    dense = np.stack([collection.store.scores(question.vector) for question in read])
    lexical = np.stack([collection.lexical.scores(question.text).bm25 for question in read])
    rows = np.arange(0, len(collection.passages), 6)
    late = np.stack([retriever.late(question, rows)[0] for question in read])
    return {
        name: [round(float(scores.mean()), 5), round(float(scores.std(axis=1).mean()), 5)]
        for name, scores in (("dense", dense), ("lexical", lexical), ("late", late))
    }


if __name__ == "__main__":
    main()
