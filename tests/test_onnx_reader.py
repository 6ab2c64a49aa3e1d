"""The reader: a question and a sentence read together, whatever model retrieves."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import EmbeddingError
from assistant.language import sentences
from assistant.onnx_reader import OnnxReader, Text, bundled_reader

FOLDER = Path(str(files("assistant") / "reader"))
QUESTIONS = pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Who was the captain of the trawler?", "Ignacio Prada"),
        ("من كان قبطان سفينة الصيد؟", "Ignacio Prada"),
        ("Why did the olive presses close?", "كلفة الكهرباء"),
        ("كم بئرا ستحفر وزارة الزراعة؟", "اثنتي عشرة"),
    ],
)


def sentences_of(small):
    return [
        alone(passage.text[start:end])
        for passage in small.collection.passages
        for start, end in sentences(passage.text)
    ]


def alone(sentence: str) -> Text:
    return Text("", "", sentence)


@QUESTIONS
def test_the_answer_is_the_best_read_of_the_whole_collection(small, text, answer):
    texts = sentences_of(small)
    scores = bundled_reader().scores(text, texts)
    assert scores.shape == (len(texts),)
    assert scores.dtype == np.float32
    assert answer in texts[int(scores.argmax())].sentence


@QUESTIONS
def test_no_sentence_changes_the_score_of_another(small, text, answer):
    texts = sentences_of(small)
    together = bundled_reader().scores(text, texts)
    apart = [bundled_reader().scores(text, [sentence])[0] for sentence in texts]
    assert together == pytest.approx(apart, abs=2e-3)


def test_what_answers_scores_above_what_only_sounds_alike():
    told = "The harbour master, Lea Ferro, said on Monday that 14 boats had been lost."
    scores = [
        bundled_reader().scores(question, [alone(told)])[0]
        for question in ("How many boats were lost?", "How many boats were sold?")
    ]
    assert scores[0] > 0 > scores[1]


def test_nothing_to_read_scores_low():
    reader = bundled_reader()
    assert reader.scores("Who?", []).shape == (0,)
    assert reader.scores("", [alone("A sentence.")]).tolist() == [-10]
    found = reader.scores("Who?", [alone(""), alone("A sentence.")])
    assert found[0] == -10
    assert np.isfinite(found[1])


def test_what_is_too_long_is_cut_off():
    reader, man, long = bundled_reader(), alone("A man."), "a " * 900
    question = "who " * 500
    assert reader.scores(question + "else", [man]) == reader.scores(question, [man])
    for whole, cut in (
        (alone(long + "else"), alone(long)),
        (Text(long + "else", "", "A man."), Text(long, "", "A man.")),
        (Text("", "else " + long, "A man."), Text("", long, "A man.")),
    ):
        assert reader.scores("Who?", [whole]) == reader.scores("Who?", [cut])


@pytest.mark.parametrize(
    ("question", "before", "other", "sentence"),
    [
        (
            "When did the Turkish ambassador arrive?",
            "The Turkish ambassador was received at the port.",
            "The Mauritanian ambassador was received at the port.",
            "He had arrived on Tuesday evening with two advisers.",
        ),
        (
            "كم كلف جسر النهر؟",
            "افتتحت البلدية جسر النهر بعد عامين من الأشغال.",
            "افتتحت البلدية مسبح الحي بعد عامين من الأشغال.",
            "وقد كلف أربعة ملايين دينار.",
        ),
    ],
)
def test_the_sentence_before_says_of_whom_a_sentence_speaks(question, before, other, sentence):
    texts = [Text("", before, sentence), Text("", other, sentence)]
    right, wrong = bundled_reader().scores(question, texts)
    assert right > 0
    assert right > wrong + 1


@given(question=st.text(), title=st.text(), before=st.text(), sentence=st.text())
def test_any_text_is_read(question, title, before, sentence):
    texts = [Text(title, before, sentence), Text(sentence, title, "half \ud83d a pair")]
    assert np.isfinite(bundled_reader().scores(question, texts)).all()


@pytest.mark.parametrize("name", ["reader.onnx", "reader.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_reader_says_so(tmp_path, name, damage):
    folder = tmp_path / "reader"
    shutil.copytree(FOLDER, folder)
    file = folder / name
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(EmbeddingError, match="make reader"):
        OnnxReader(folder)
