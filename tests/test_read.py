"""The reader: a question and a sentence read together, whatever model retrieves."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from assistant.answering.read import SentenceReader
from assistant.errors import EmbeddingError
from assistant.language import detect, sentences
from assistant.onnx_reader import MOST_TOKENS, MOST_WORDS, OnnxReader, bundled_reader

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


def asked(small, text):
    [question] = small.retriever.read([text], [detect(text)])
    return question


def places_of(small):
    return [
        (row, start, end)
        for row, passage in enumerate(small.collection.passages)
        for start, end in sentences(passage.text)
    ]


def said(small, place):
    row, start, end = place
    return small.collection.passages[row].text[start:end]


@QUESTIONS
def test_the_answer_is_among_the_best_read_of_the_whole_collection(small, text, answer):
    places = places_of(small)
    scores = SentenceReader(small.retriever.embedder).scores(
        small.collection, asked(small, text), places
    )
    assert scores.shape == (len(places),)
    assert scores.dtype == np.float32
    best = np.argsort(-scores)[:3]
    assert any(answer in said(small, places[at]) for at in best)


@QUESTIONS
def test_no_sentence_changes_the_score_of_another(small, text, answer):
    reader = SentenceReader(small.retriever.embedder)
    question, places = asked(small, text), places_of(small)
    together = reader.scores(small.collection, question, places)
    alone = [reader.scores(small.collection, question, [place])[0] for place in places]
    assert together == pytest.approx(alone, abs=2e-3)


@QUESTIONS
def test_a_collection_in_another_model_is_read_alike(small, text, answer):
    question, places = asked(small, text), places_of(small)
    own = SentenceReader(small.retriever.embedder).scores(small.collection, question, places)
    # Of the embedder only its name is asked for: the reader has the bundled model's vectors.
    other = SentenceReader(SimpleNamespace(model_id="some/other-model"))
    scores = other.scores(small.collection, question, places)
    # Kept vectors are in 4 bits, fresh ones are whole.
    assert np.corrcoef(own, scores)[0, 1] > 0.97


def test_nothing_to_read_scores_low():
    some = np.eye(384, dtype=np.float32)[:5]
    reader = bundled_reader()
    assert reader.scores(some, []).shape == (0,)
    assert reader.scores(some[:0], [some]).tolist() == [-10]
    found = reader.scores(some, [some[:0], some])
    assert found[0] == -10
    assert np.isfinite(found[1])


def test_what_is_too_long_is_cut_off():
    random = np.random.default_rng(0).normal(size=(200, 384)).astype(np.float32)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    reader = bundled_reader()
    whole = reader.scores(random, [random])
    assert whole == pytest.approx(reader.scores(random[:MOST_WORDS], [random[:MOST_TOKENS]]))


@pytest.mark.parametrize("name", ["reader.onnx", "reader.safetensors", "smoothing.safetensors"])
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
