"""The command line as a shell sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, SEEDS

QUESTIONS = [
    {"id": "q", "ar": "ما سبب قطع العلاقات؟", "en": "Who led the delegation?", "gold": ["دفرين"]}
]


def isnad(*arguments: str, index: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ISNAD_INDEX_DIR": str(index), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "assistant", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment,
    )


def test_ask_prints_the_answer_and_its_sources(index_dir: Path) -> None:
    run = isnad("ask", "Who led the delegation in March?", index=index_dir)
    assert run.returncode == 0, run.stderr
    assert "[1]" in run.stdout
    assert "Defrin" in run.stdout
    assert "دفرين" in run.stdout


def test_ask_prints_json(index_dir: Path) -> None:
    run = isnad("ask", "متى جرت المناورات؟", "--articles", str(SEEDS), "--json", index=index_dir)
    answer = json.loads(run.stdout)
    assert answer["language"] == "ar"
    assert run.returncode == 0


def test_not_found_is_no_failure(index_dir: Path) -> None:
    run = isnad("ask", "Who won the chess championship in 1972?", index=index_dir)
    assert (run.returncode, run.stderr) == (0, "")


def test_search_and_index(index_dir: Path) -> None:
    run = isnad("search", "الأسد الأفريقي", "-k", "2", "--json", index=index_dir)
    assert len(json.loads(run.stdout)) == 2
    assert "1 articles" in isnad("index", str(SEEDS), index=index_dir).stdout


def test_evaluate(tmp_path: Path, index_dir: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, QUESTIONS)), encoding="utf-8")
    run = isnad("evaluate", str(path), "--json", index=index_dir)
    outcomes = json.loads(run.stdout)["outcomes"]
    assert [outcome["language"] for outcome in outcomes] == ["ar", "en"]
    path.write_text("not json", encoding="utf-8")
    run = isnad("evaluate", str(path), index=index_dir)
    assert run.returncode == 1
    assert "line 1" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask", ""], 1),
        (["ask", "؟؟"], 1),
        (["ask", "x" * 100_000], 1),
        (["ask", "Who met \udcff there?", "--json"], 1),
        (["ask", "Who?", "--articles", "/no/such/folder"], 1),
        (["search", "x", "-k", "0"], 2),
        (["frobnicate"], 2),
        ([], 2),
    ],
    ids=lambda value: str(value)[:30],
)
def test_failures_are_one_line(arguments: list[str], code: int, index_dir: Path) -> None:
    run = isnad(*arguments, index=index_dir)
    assert run.returncode == code
    assert "Traceback" not in run.stderr
    if code == 1:
        assert len(run.stderr.strip().splitlines()) == 1


def test_a_wrong_setting_is_named(index_dir: Path) -> None:
    environment = {**os.environ, "ISNAD_MAX_QUOTES": "many", "ISNAD_INDEX_DIR": str(index_dir)}
    run = subprocess.run(
        [sys.executable, "-m", "assistant", "ask", "Who?"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert run.returncode == 1
    assert "max_quotes" in run.stderr


def test_help_is_quick(index_dir: Path) -> None:
    begin = time.perf_counter()
    assert isnad("--help", index=index_dir).returncode == 0
    assert time.perf_counter() - begin < 5  # far above what it takes, below what torch takes
