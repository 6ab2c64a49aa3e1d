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
from assistant.onnx_reader import OnnxReader, bundled_reader

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
        passage.text[start:end]
        for passage in small.collection.passages
        for start, end in sentences(passage.text)
    ]


@QUESTIONS
def test_the_answer_is_the_best_read_of_the_whole_collection(small, text, answer):
    texts = sentences_of(small)
    scores = bundled_reader().scores(text, texts)
    assert scores.shape == (len(texts),)
    assert scores.dtype == np.float32
    assert answer in texts[int(scores.argmax())]


@QUESTIONS
def test_no_sentence_changes_the_score_of_another(small, text, answer):
    texts = sentences_of(small)
    together = bundled_reader().scores(text, texts)
    alone = [bundled_reader().scores(text, [sentence])[0] for sentence in texts]
    assert together == pytest.approx(alone, abs=2e-3)


def test_what_answers_scores_above_what_only_sounds_alike():
    told = "The harbour master, Lea Ferro, said on Monday that 14 boats had been lost."
    scores = [
        bundled_reader().scores(question, [told])[0]
        for question in ("How many boats were lost?", "How many boats were sold?")
    ]
    assert scores[0] > 0 > scores[1]


def test_nothing_to_read_scores_low():
    reader = bundled_reader()
    assert reader.scores("Who?", []).shape == (0,)
    assert reader.scores("", ["A sentence."]).tolist() == [-10]
    found = reader.scores("Who?", ["", "A sentence."])
    assert found[0] == -10
    assert np.isfinite(found[1])


def test_what_is_too_long_is_cut_off():
    reader, question, sentence = bundled_reader(), "who " * 500, "a " * 900
    assert reader.scores(question + "else", ["A man."]) == reader.scores(question, ["A man."])
    assert reader.scores("Who?", [sentence + "else"]) == reader.scores("Who?", [sentence])


@given(question=st.text(), sentence=st.text())
def test_any_text_is_read(question, sentence):
    assert np.isfinite(bundled_reader().scores(question, [sentence, "half \ud83d a pair"])).all()


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
