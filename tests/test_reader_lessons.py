"""What the reader is trained with is what the product has it read."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from assistant.embedding import bundled_folder
from assistant.onnx_reader import MOST_BEFORE, MOST_TITLE, MOST_TOKENS, MOST_WORDS
from assistant.onnx_vocabulary import TABLES, WEIGHTS
from training.reader import choice_loss
from training.reader_batches import SENTENCE_TOKENS, SENTENCES, Lessons
from training.reader_lessons import Texts, packed, with_texts
from training.reader_model import PLACES
from training.reader_sets import Reading, ReadingSet, encoded, told

LONG = "اسم " * 300
QUESTIONS = [np.array(encoded(text).ids) for text in ("Who won?", "من فاز؟", "when " * 90)]
SENTENCES_TOLD = [
    *(told("A title", "Before.", f"In {year} Ferro won.") for year in range(2000, 2010)),
    told("", "", "لا شيء."),
    told(LONG, f"{LONG}end", LONG),
]


def file_of(folder: Path) -> Path:
    """Lessons in which each of the questions is answered by the sentence of its number."""
    every, texts = range(len(SENTENCES_TOLD)), Texts()
    readings = [
        Reading(number, (number,), tuple(n for n in every if n != number), ((1, 2),))
        for number in range(len(QUESTIONS))
    ]
    sets = [ReadingSet("xquad ar-en", SENTENCES_TOLD, QUESTIONS, readings)]
    save_file(with_texts(packed(sets, texts), texts), folder / "lessons.safetensors")
    return folder / "lessons.safetensors"


@pytest.fixture
def lessons(tmp_path, monkeypatch) -> Lessons:
    for name in ("LEFT_OUT", "NO_TITLE", "NO_BEFORE"):
        monkeypatch.setattr(f"training.reader_batches.{name}", 0)
    return Lessons(file_of(tmp_path), torch.device("cpu"), tokens=2048)


def test_a_batch_holds_what_the_product_reads(lessons):
    table = load_file(bundled_folder() / WEIGHTS)[TABLES[0]].astype(np.float32)
    read = {}
    for question, number in product(range(len(QUESTIONS)), range(len(SENTENCES_TOLD))):
        title, before, text = SENTENCES_TOLD[number]
        parts = (
            QUESTIONS[question][:MOST_WORDS],
            title[:MOST_TITLE],
            before[-MOST_BEFORE:],
            text[:SENTENCE_TOKENS],
        )
        kinds = (0, *np.repeat([0, 2, 3, 1], [len(part) for part in parts]).tolist())
        read[table[np.concatenate(parts)].tobytes(), kinds] = question, number
    seen = []
    for batch in lessons.batches(np.random.default_rng(0), np.arange(len(QUESTIONS))):
        for at, (start, end) in enumerate(pairwise(batch.alone.ends.tolist())):
            kinds = tuple(batch.row.kinds[start:end].tolist())
            question, number = read[batch.row.words[start + 1 : end].numpy().tobytes(), kinds]
            seen.append((question, number))
            assert bool(batch.right[at]) == (question == number)
            assert (batch.spans[at].tolist() == [1, 2]) == (question == number)
            assert batch.begins[at] - start == kinds.index(1)
            assert batch.lengths[at] == kinds.count(1)
    assert len(set(seen)) == len(seen) == len(QUESTIONS) * SENTENCES
    assert {(0, 0), (1, 1), (2, 2)} <= set(seen)


def test_a_row_too_short_for_a_question_is_refused(tmp_path):
    short = Lessons(file_of(tmp_path), torch.device("cpu"), tokens=256)
    with pytest.raises(ValueError, match="no room"):
        list(short.batches(np.random.default_rng(0), np.arange(len(QUESTIONS))))


def test_what_is_longest_has_a_place():
    assert SENTENCE_TOKENS <= MOST_TOKENS
    assert 1 + MOST_WORDS + MOST_TITLE + MOST_BEFORE + MOST_TOKENS <= PLACES


def test_the_loss_is_a_softmax_over_each_questions_sentences_and_none(lessons):
    batch = next(lessons.batches(np.random.default_rng(0), np.arange(len(QUESTIONS))))
    scores = torch.linspace(-9, 9, len(batch.owner))
    right = batch.right & (batch.owner > 0)  # Nothing answers the first.
    losses = []
    for question in range(batch.questions):
        inside = batch.owner == question
        odds = torch.cat([scores[inside], torch.zeros(1)])
        good = torch.cat([right[inside], ~right[inside].any()[None]])
        losses.append(odds.logsumexp(0) - odds[good].logsumexp(0))
    filled = torch.cat([scores, torch.full((5,), 99.0)])
    found = choice_loss(replace(batch, right=right), filled)
    assert float(found) == pytest.approx(float(sum(losses) / len(losses)), abs=1e-5)
