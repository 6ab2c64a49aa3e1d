"""No text that measures is in any text that trains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.language import normalise
from training.corpus import CORPUS, QA, lines, news, passages, sentence_pairs, word_pairs

EVALUATION = CORPUS / "eval"
needs_corpus = pytest.mark.skipif(
    not EVALUATION.is_dir(), reason=f"{EVALUATION} is not here: nothing to compare with"
)


# Everyday phrases of Tatoeba's that two of ARCD's questions happen to be, word for word.
EVERYDAY = {"اين ولد؟", "من رسمها؟"}


def folded(text: str) -> str:
    return " ".join(normalise(text).split())


def evaluation_texts() -> set[str]:
    texts: set[str] = set()
    for path in sorted(EVALUATION.glob("*.json")):
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                texts.add(folded(paragraph["context"]))
                texts |= {folded(qa["question"]) for qa in paragraph["qas"]}
    for path in sorted(EVALUATION.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            texts |= {folded(column) for column in line.split("\t")[:2]}
    texts.discard("")
    return texts


def training_texts() -> set[str]:
    texts = {folded(text) for pair in sentence_pairs() for text in (pair.ar, pair.en)}
    for passage in passages():
        texts |= {folded(passage.ar), folded(passage.en)}
        texts |= {folded(text) for q in passage.questions for text in (q.ar, q.en)}
    return texts


@needs_corpus
def test_no_evaluation_text_trains() -> None:
    assert evaluation_texts() & training_texts() <= EVERYDAY


@needs_corpus
def test_no_evaluation_paragraph_stands_inside_a_training_passage() -> None:
    measured = [text for text in evaluation_texts() if len(text) > 60]
    training = "\n".join(text for text in training_texts() if len(text) > 60)
    assert not [text for text in measured if text in training]


@needs_corpus
def test_training_code_names_evaluation_files_only_to_fit_weights() -> None:
    # Fusion, sentence choice and the reader are fitted on the development half, and measured on
    # it across folds; encoder and lexicon know nothing of it.
    fitting = {
        "fusion.py",
        "asks.py",
        "answers.py",
        "reader.py",
        "reader_data.py",
        "reader_batches.py",
        "reader_lessons.py",
    }
    for path in Path(QA).parent.glob("*.py"):
        if path.name not in fitting:
            code = path.read_text(encoding="utf-8")
            assert "xquad" not in code.replace("XQuAD", ""), path.name


def test_no_held_out_question_is_learnt_from() -> None:
    measured = Path("benchmarks/data/answers")
    files = [measured / "heldout.jsonl", *measured.glob("apart/*/questions.jsonl")]
    assert len(files) == 4
    texts = [path.read_text(encoding="utf-8") for path in files]
    rows = [json.loads(line) for text in texts for line in text.splitlines()]
    pairs = [pair for kind in ("general", "instructions") for pair in lines(kind, "all")]
    asked = [*pairs, *(question for _, questions in news("all") for question in questions)]
    learnt = {folded(text) for each in asked for text in (each.ar, each.en)}
    assert len(learnt) > 5_000
    assert not learnt & {folded(row[language]) for row in rows for language in ("ar", "en")}


def test_every_answer_of_the_news_questions_stands_in_its_article() -> None:
    for articles, questions in news("all"):
        for question in questions:
            assert bool(question.spans) == (question.kind == "answerable")
            text = articles[question.article].text
            assert all(text[at : at + len(gold)] == gold for at, gold in question.spans)


def test_the_word_list_is_well_formed() -> None:
    pairs = list(word_pairs())
    assert len(pairs) >= 19_000
    assert all(pair.ar and pair.en for pair in pairs)
