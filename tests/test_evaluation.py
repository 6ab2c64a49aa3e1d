"""Judging answers against known ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.errors import ReadingError
from assistant.evaluation import Evaluation, KnownQuestion, Outcome, evaluate, read_questions

LINE = {"id": "q1", "ar": "من كان القبطان؟", "en": "Who was the captain?", "gold": ["Prada"]}


def written(path: Path, *lines: object) -> Path:
    text = "\n".join(
        line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_questions_are_read_in_order_past_empty_lines(tmp_path):
    path = written(tmp_path / "q.jsonl", LINE, "", "   ", {**LINE, "id": "q2", "gold": []}, "")
    first, second = read_questions(path)
    assert first == KnownQuestion(**LINE)
    assert (second.id, second.gold) == ("q2", ())


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_only_line_feeds_divide_lines(tmp_path, mark):
    [question] = read_questions(written(tmp_path / "q.jsonl", {**LINE, "en": f"Who{mark}was it?"}))
    assert question.en == f"Who{mark}was it?"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_files_of_other_editors_are_read(tmp_path, ending, mark):
    path = tmp_path / "q.jsonl"
    path.write_bytes((mark + ending.join([json.dumps(LINE)] * 2) + ending).encode())
    assert len(read_questions(path)) == 2


def test_keys_of_other_tools_are_ignored(tmp_path):
    [question] = read_questions(written(tmp_path / "q.jsonl", {**LINE, "kind": "plain"}))
    assert question == KnownQuestion(**LINE)


@pytest.mark.parametrize(
    "bad",
    [
        "not json",
        "[]",
        "7",
        '"text"',
        {"id": "q1"},
        {**LINE, "gold": "Prada"},
        {**LINE, "en": " "},
        {**LINE, "gold": [1]},
        {**LINE, "gold": [""]},
        {**LINE, "ar": None},
    ],
    ids=str,
)
def test_a_wrong_line_is_named(tmp_path, bad):
    path = written(tmp_path / "questions.jsonl", LINE, "", bad)
    with pytest.raises(ReadingError, match="line 3") as caught:
        read_questions(path)
    assert caught.value.path == path
    assert "gold" in caught.value.todo


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ReadingError, match=r"missing\.jsonl"):
        read_questions(tmp_path / "missing.jsonl")
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ReadingError, match=r"binary\.jsonl"):
        read_questions(binary)


def test_the_benchmarks_questions_are_read():
    folder = Path(__file__).parents[1] / "benchmarks" / "data" / "answers"
    for name in ("tuned", "heldout"):
        questions = read_questions(folder / f"{name}.jsonl")
        assert len({question.id for question in questions}) == len(questions) == 100


KNOWN = [
    KnownQuestion(
        id="captain",
        ar="من كان قبطان سفينة الصيد؟",
        en="Who was the captain of the trawler?",
        gold=("Ignacio Prada",),
    ),
    KnownQuestion(
        id="wrong-gold",
        ar="لماذا أغلقت المعاصر أبوابها؟",
        en="Why did the olive presses close?",
        gold=("no article says this",),
    ),
    KnownQuestion(
        id="elsewhere",
        ar="ما هي عاصمة البرازيل وعدد سكانها؟",
        en="Who won the Nobel Prize in Chemistry in 1987?",
        gold=(),
    ),
    KnownQuestion(
        id="not-refused",
        ar="من كان قبطان سفينة الصيد؟",
        en="Who was the captain of the trawler?",
        gold=(),
    ),
]


@pytest.fixture(scope="module")
def evaluation(small) -> Evaluation:
    return evaluate(small, KNOWN)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_answers_are_judged_by_their_quotes(small, evaluation, language):
    outcomes = {o.id: o for o in evaluation.outcomes if o.language == language}
    assert list(outcomes) == [question.id for question in KNOWN]
    for question in KNOWN:
        answer = small.ask(question.ar if language == "ar" else question.en)
        quotes = [citation.quote for citation in answer.citations]
        assert outcomes[question.id] == Outcome(
            id=question.id,
            language=language,
            answerable=bool(question.gold),
            found=answer.found,
            right=any(gold in quote for gold in question.gold for quote in quotes)
            if question.gold
            else not answer.found,
            first=any(gold in quotes[0] for gold in question.gold) if quotes else False,
            spoken=True,
            confidence=answer.confidence,
        )
    assert [outcomes[question.id].right for question in KNOWN] == [True, False, True, False]
    assert evaluation.share(language, True) == (1, 2)
    assert evaluation.share(language, False) == (1, 2)


def test_the_table_counts_and_names_what_went_wrong(evaluation):
    head, arabic, english, *wrong = evaluation.table().splitlines()
    assert head.split() == ["language", "cited", "right", "refused", "right"]
    assert arabic.split() == ["ar", "1/2", "1/2"]
    assert english.split() == ["en", "1/2", "1/2"]
    assert len(wrong) == 4
    assert all("wrong-gold" in line or "not-refused" in line for line in wrong)
    assert "not-refused (ar), found" in "\n".join(wrong)


def test_nothing_asked_is_a_table_of_noughts():
    assert Evaluation(outcomes=()).table().count("0/0") == 4


def test_an_evaluation_is_json_and_frozen(evaluation):
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation
    with pytest.raises(ValidationError, match="frozen"):
        evaluation.outcomes[0].right = True
