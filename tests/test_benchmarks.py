"""The benchmarks' scores against naive twins, their files when damaged, and small runs of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant import Assistant
from assistant.language import Language
from benchmarks import bitext, follow_ups, robustness, speed
from benchmarks.bitext import first_questions, mining_f1, read_pairs
from benchmarks.robustness import Perturbed, measure, read_perturbed, table
from benchmarks.speed import Figures
from benchmarks.squad import ndcg_at_10, ranks, read_squad, recall_at

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES: tuple[Language, ...] = ("ar", "en")


def naive_rank(row: list[float], gold: int) -> int:
    """Where a sorted list has the gold paragraph, last among those that tie with it."""
    order = sorted(range(len(row)), key=lambda number: (-row[number], number == gold))
    return order.index(gold)


def naive_ndcg(rank: int) -> float:
    """The sum that Järvelin and Kekäläinen write, over ten places."""
    gains = [1.0 if place == rank else 0.0 for place in range(10)]
    return float(sum(gain / np.log2(place + 2) for place, gain in enumerate(gains)))


@pytest.mark.parametrize("levels", [3, 1000], ids=["many ties", "few ties"])
@pytest.mark.parametrize("paragraphs", [1, 7, 40])
def test_scores_of_a_ranking_agree_with_a_naive_twin(paragraphs: int, levels: int) -> None:
    random = np.random.default_rng(paragraphs * levels)
    scores = random.integers(0, levels, (50, paragraphs)).astype(np.float32)
    gold = random.integers(0, paragraphs, 50)
    twin = [naive_rank(row.tolist(), int(own)) for row, own in zip(scores, gold, strict=True)]
    found = ranks(scores, gold)
    assert found.tolist() == twin
    assert ndcg_at_10(found) == pytest.approx(np.mean([naive_ndcg(rank) for rank in twin]))
    for k in (1, 5, 40):
        assert recall_at(found, k) == pytest.approx(np.mean([rank in range(k) for rank in twin]))


def test_a_constant_score_earns_nothing() -> None:
    found = ranks(np.ones((3, 20), dtype=np.float32), np.array([0, 7, 19]))
    assert ndcg_at_10(found) == recall_at(found, 5) == 0.0


@pytest.mark.parametrize("noise", [0.0, 0.8, 3.0])
def test_mining_f1_is_that_of_scikit_learn(noise: float) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(7)
    corpus = random.normal(size=(60, 8))
    queries = corpus + noise * random.normal(size=corpus.shape)
    corpus, queries = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (corpus, queries))
    nearest = (queries @ corpus.T).argmax(axis=1)
    twin = metrics.f1_score(np.arange(60), nearest, average="weighted", zero_division=0)
    assert mining_f1(queries.astype(np.float32), corpus.astype(np.float32)) == pytest.approx(twin)


SQUAD = {
    "ar": ("تراجع إنتاج الزيتون إلى 1300 طن.", "كم بلغ إنتاج الزيتون؟", "1300 طن"),
    "en": ("The harbour reopened on Monday.", "When did the harbour reopen?", "on Monday"),
}


def squad_json(language: Language) -> str:
    """One article that holds its paragraph twice, as the Arabic set does."""
    context, question, answer = SQUAD[language]
    told = [{"answer_start": context.index(answer), "text": answer}]
    qas = [{"id": name, "question": question, "answers": told} for name in ("a", "b")]
    other = {"context": f"{context} {context}", "qas": [{"id": "c", "question": question}]}
    paragraphs = [{"context": context, "qas": [qa]} for qa in qas]
    return json.dumps({"data": [{"paragraphs": [*paragraphs, other]}]})


@pytest.mark.parametrize("language", LANGUAGES)
def test_squad_keeps_each_paragraph_once(language: Language, tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text(squad_json(language), encoding="utf-8")
    file = read_squad(path, language)
    assert file.gold.tolist() == [0, 0, 1]
    assert len(file.paragraphs) == len(file.articles) == 2
    for question in file.questions[:2]:
        for start, text in question.answers:
            assert file.paragraphs[0][start : start + len(text)] == text
    two = first_questions(file, 2)
    assert two.gold.tolist() == [0, 0]
    assert two.paragraphs == file.paragraphs[:1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"data": null}',
        '{"data": {"paragraphs": []}}',
        '{"data": [{"paragraphs": [{"qas": []}]}]}',
        '{"data": [{"paragraphs": [{"context": ["a"], "qas": []}]}]}',
        '{"data": [{"paragraphs": [{"context": "a", "qas": [{"id": "1"}]}]}]}',
        pytest.param(
            '{"data": [{"paragraphs": [{"context": "a", "qas": [{"id": "1", "question": "b", '
            '"answers": null}]}]}]}',
            id="null answers",
        ),
        pytest.param(
            '{"data": [{"paragraphs": [{"context": "a", "qas": ["what?"]}]}]}',
            id="a question without its object",
        ),
    ],
)
def test_a_damaged_squad_file_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"damaged\.json"):
        read_squad(path, "ar")


@pytest.mark.parametrize("text", ["", "صباح الخير", "صباح الخير\t", "\tGood morning", "ا\tb\tc"])
def test_damaged_parallel_text_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "news-ara-eng.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"news-ara-eng\.tsv"):
        read_pairs(path)


def test_parallel_text_is_read_in_pairs(tmp_path: Path) -> None:
    path = tmp_path / "news-ara-eng.tsv"
    path.write_text("صباح الخير\tGood morning\nشكراً \t Thanks\r\n", encoding="utf-8")
    assert read_pairs(path) == (["صباح الخير", "شكراً"], ["Good morning", "Thanks"])


@pytest.mark.parametrize(
    "change",
    [{"gold": []}, {"gold": "one"}, {"gold": [""]}, {"noisy": ""}, {"clean": 3}, {"kind": None}],
)
def test_a_damaged_pair_of_questions_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    row = {"kind": "typo", "language": "ar", "clean": "من؟", "noisy": "مم؟", "gold": ["أ"]}
    row["article"] = "a.txt"
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    assert [question.noisy for question in read_perturbed(path)] == ["مم؟"]
    path.write_text(json.dumps(row) + "\n" + json.dumps({**row, **change}), encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_perturbed(path)


def test_the_set_on_disk_has_both_languages_and_enough_questions() -> None:
    questions = read_perturbed(robustness.QUESTIONS)
    assert len(questions) >= 200
    assert {question.language for question in questions} == {"ar", "en"}
    assert all(question.clean != question.noisy for question in questions)


PAIRS = {
    "ar": Perturbed(
        "typo",
        "ar",
        "كم بلغ إنتاج الزيتون في وادي السدر هذا العام؟",
        "ماذا قال الطبيب عن اللقاح؟",
        ("إلى 1300 طن",),
        "olives",
    ),
    "en": Perturbed(
        "typo",
        "en",
        "When did the harbour of Tarifa Bay reopen?",
        "What did the doctor say about the vaccine?",
        ("reopened on Monday",),
        "harbour",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_noisy_form_that_asks_something_else_is_lost(language: str, small: Assistant) -> None:
    [(clean, noisy)] = measure(small, [PAIRS[language]])["typo", language]
    assert clean == (True, True, True)
    assert not noisy[2]
    last = table({("typo", language): [(clean, noisy)]}).splitlines()[-1]
    assert last.split()[-3:] == ["1.000", "0.000", "+1.000"]


def test_robustness_runs(capsys: pytest.CaptureFixture[str]) -> None:
    robustness.main(["--limit", "4"])
    assert capsys.readouterr().out.splitlines()[-1].split()[:3] == ["all", "both", "4"]


def test_bitext_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "news-ara-eng.tsv").write_text(
        "صباح الخير\tGood morning\nغرقت السفينة\tThe ship sank\n", encoding="utf-8"
    )
    (tmp_path / "arcd.json").write_text(squad_json("ar"), encoding="utf-8")
    bitext.main([str(tmp_path), "--limit", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["ar-en 1.0000", "en-ar 1.0000"]
    assert [line.split()[0] for line in lines[-3:]] == ["embedder", "lexical", "fused"]


def test_ratios_are_to_torch_and_more_is_better() -> None:
    ndcg = {"ar-ar": 1.0, "ar-en": 0.5, "en-ar": 0.25, "en-en": 0.125}
    figures = {
        speed.ONNX: Figures(0.010, 30.0, 1.0, ndcg),
        speed.TORCH: Figures(0.040, 10.0, 6.0, ndcg),
        speed.C_ENGINE: Figures(0.020, 5.0, ndcg=ndcg),
    }
    _, ours, _, unasked = speed.table(figures).splitlines()
    assert [piece for piece in ours.split() if piece.endswith("x")] == ["4.00x", "3.00x", "6.00x"]
    assert [piece for piece in unasked.split() if piece.endswith("x")] == ["2.00x", "0.50x"]


@pytest.mark.parametrize("module", [bitext, robustness, speed])
@pytest.mark.parametrize("limit", ["0", "-1"])
def test_a_limit_below_one_is_a_mistake(module: object, limit: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        module.main(["--limit", limit])  # type: ignore[attr-defined]
    assert stopped.value.code == 2


MODULES = sorted(
    path.stem
    for path in (ROOT / "benchmarks").glob("*.py")
    if "ArgumentParser(" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_every_benchmark_says_how_it_is_used(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert run.stdout.startswith(f"usage: {name}.py") or f"benchmarks.{name}" in run.stdout


@pytest.mark.parametrize("name", follow_ups.SETS)
def test_what_answers_a_conversation_stands_in_its_article(name: str) -> None:
    folders = (robustness.ARTICLES, robustness.FIRST)
    texts = {file.name: file.read_text("utf-8") for folder in folders for file in folder.iterdir()}
    conversations = list(follow_ups.read_conversations(follow_ups.DATA / f"{name}.jsonl"))
    assert len(conversations) > 80
    for article, (first, *others) in conversations:
        assert first.kind == "first"
        assert others
        assert not any(turn.kind == "first" for turn in others)
        assert all(gold in texts[article] for turn in [first, *others] for gold in turn.gold)


def test_a_turn_is_right_in_the_conversation_or_alone(small: Assistant) -> None:
    asked = "Who was the captain of the trawler?"
    first = follow_ups.Turn(asked, asked, ("Ignacio Prada",), "first")
    told = follow_ups.Turn("and his wife's name?", asked, ("Ignacio Prada",), "pronoun")
    unknown = follow_ups.Turn("and his shoe size?", "What is his shoe size?", (), "ellipsis")
    [article] = {citation.article.id for citation in small.ask(asked).citations}
    name = next(a.source or a.id for a in small.articles() if a.id == article)
    found = follow_ups.measure(small, [(Path(name).name, [first, told, unknown])], show=False)
    assert found["first", "en"] == [(True, True, True)]
    assert found["pronoun", "en"][0][1:] == (True, False)
    assert found["not told", "en"][0][1:] == (True, True)
