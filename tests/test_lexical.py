"""Lexical search within a language and across the two, over real bm25s and the real lexicon."""

from __future__ import annotations

import random

import numpy as np
import pytest

from assistant.language import Language
from assistant.retrieval.lexical import LexicalIndex
from assistant.retrieval.lexicon import Lexicon

ARABIC = [
    "ضرب زلزال قوي مدينة أغادير ليلا ودمر آلاف المنازل.",
    "وقع وزير الدفاع عبد اللطيف لوديي اتفاقا مع الجنرال كوخافي في الرباط عام 2021.",
    "فاز المنتخب بكأس العالم بعد ركلات الترجيح.",
    "افتتحت الحكومة سدا جديدا لري الحقول وتوليد الكهرباء.",
    "اكتشف علماء الآثار مقبرة ملكية قرب الأقصر.",
]
ENGLISH = [
    "A strong earthquake struck the city of Agadir at night and destroyed thousands of houses.",
    "Minister Abdellatif Loudiyi signed an agreement with General Kochavi in Rabat in 2021.",
    "The team won the World Cup after a penalty shootout.",
    "The government opened a new dam to irrigate the fields and generate electricity.",
    "Archaeologists discovered a royal tomb near Luxor.",
]
LANGUAGES: list[Language] = ["ar"] * 5 + ["en"] * 5
QUESTIONS = [
    ("ما المدينة التي ضربها الزلزال؟", 0),
    ("Which city did the earthquake hit?", 0),
    ("مين وقّع الاتفاق مع كوخافي؟", 1),
    ("Who signed the agreement with Kohavi?", 1),
    ("كيف فاز المنتخب بالكأس؟", 2),
    ("How was the World Cup won?", 2),
    ("ليش بنت الحكومة السد؟", 3),
    ("What will the new dam irrigate?", 3),
    ("وين لقوا المقبرة الملكية؟", 4),
    ("Where did archeologists find the tomb?", 4),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.bundled()


@pytest.fixture(scope="module")
def index(lexicon: Lexicon) -> LexicalIndex:
    return LexicalIndex.build(ARABIC + ENGLISH, LANGUAGES, lexicon)


@pytest.mark.parametrize(("question", "right"), QUESTIONS)
def test_the_right_text_is_best_in_both_languages(
    index: LexicalIndex, question: str, right: int
) -> None:
    bm25 = index.scores(question).bm25
    assert int(bm25[:5].argmax()) == right
    assert int(bm25[5:].argmax()) == right


@pytest.mark.parametrize("texts", [ARABIC, ENGLISH])
def test_a_text_asked_word_for_word_is_best_and_covered(
    index: LexicalIndex, texts: list[str]
) -> None:
    for text in texts:
        place = (ARABIC + ENGLISH).index(text)
        found = index.scores(text)
        assert int(found.bm25.argmax()) == place
        assert found.coverage[place] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("question", "right"), QUESTIONS)
def test_coverage_is_a_share_and_scores_are_not_negative(
    index: LexicalIndex, question: str, right: int
) -> None:
    found = index.scores(question)
    assert found.bm25.shape == found.coverage.shape == (10,)
    assert found.bm25.dtype == found.coverage.dtype == np.float32
    assert (found.bm25 >= 0).all()
    assert ((found.coverage >= 0) & (found.coverage <= 1)).all()


@pytest.mark.parametrize(
    "question", ["", "   ", "؟!", "...", "\u200f\u202e", "🤔", "a" * 5000, "'" * 50, "ء"]
)
def test_questions_without_words_score_nothing(index: LexicalIndex, question: str) -> None:
    found = index.scores(question)
    assert not found.bm25.any()
    assert not found.coverage.any()


@pytest.mark.parametrize("question", ["من هو؟", "who is it", "شكون وعلاش"])
def test_words_that_only_ask_weigh_little(index: LexicalIndex, question: str) -> None:
    assert all(term.emphasis < 0.5 for term in index.question_terms(question))


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize(
    "question", ["Which city did the earthquake hit?", "أي مدينة ضربها الزلزال؟"]
)
def test_a_collection_of_one_language(lexicon: Lexicon, language: Language, question: str) -> None:
    texts = ARABIC if language == "ar" else ENGLISH
    found = LexicalIndex.build(texts, [language] * 5, lexicon).scores(question)
    assert int(found.bm25.argmax()) == 0


@pytest.mark.parametrize("texts", [[], [""], ["", "؟!"]])
def test_a_collection_without_words(lexicon: Lexicon, texts: list[str]) -> None:
    index = LexicalIndex.build(texts, ["ar"] * len(texts), lexicon)
    for question in ("زلزال", "earthquake", ""):
        found = index.scores(question)
        assert found.bm25.shape == (len(texts),)
        assert not found.bm25.any()


def test_order_does_not_matter(lexicon: Lexicon, index: LexicalIndex) -> None:
    order = list(range(10))
    random.Random(7).shuffle(order)
    texts = [(ARABIC + ENGLISH)[n] for n in order]
    shuffled = LexicalIndex.build(texts, [LANGUAGES[n] for n in order], lexicon)
    for question, _ in QUESTIONS:
        before, after = index.scores(question), shuffled.scores(question)
        assert after.bm25 == pytest.approx(before.bm25[order], abs=1e-5)
        assert after.coverage == pytest.approx(before.coverage[order], abs=1e-5)


@pytest.mark.parametrize(("question", "right"), QUESTIONS)
def test_scores_take_a_question_or_its_terms(
    index: LexicalIndex, question: str, right: int
) -> None:
    terms = index.question_terms(question)
    assert (index.scores(terms).bm25 == index.scores(question).bm25).all()


@pytest.mark.parametrize(("language", "first"), [("ar", 0), ("en", 5)])
@pytest.mark.parametrize(("question", "right"), QUESTIONS)
def test_sentences_rank_as_texts_do(
    lexicon: Lexicon,
    index: LexicalIndex,
    question: str,
    right: int,
    language: Language,
    first: int,
) -> None:
    stems = [lexicon.stems(text) for text in (ARABIC + ENGLISH)[first : first + 5]]
    found = index.sentence_scores(index.question_terms(question), stems, language)
    whole = index.scores(question)
    assert int(found.bm25.argmax()) == right
    assert found.coverage == pytest.approx(whole.coverage[first : first + 5], abs=1e-5)


def test_no_sentences(index: LexicalIndex) -> None:
    found = index.sentence_scores(index.question_terms("زلزال"), [], "ar")
    assert found.bm25.shape == found.coverage.shape == (0,)


@pytest.mark.parametrize(
    ("slip", "right"), [("earthquke", 0), ("الزلزل", 0), ("goverment", 3), ("الحكوومة", 3)]
)
def test_a_slip_of_one_letter_is_forgiven(index: LexicalIndex, slip: str, right: int) -> None:
    bm25 = index.scores(slip).bm25
    assert bm25.any()
    assert int(bm25.argmax()) % 5 == right


@pytest.mark.parametrize("name", ["كوخافي", "كوخافى", "Kochavi", "Kohavi", "Kokhavi", "KOCHAVI"])
def test_spellings_of_a_name_find_it_in_both_scripts(index: LexicalIndex, name: str) -> None:
    bm25 = index.scores(name).bm25
    assert set(np.flatnonzero(bm25)) >= {1, 6}
    assert int(bm25[:5].argmax()) == int(bm25[5:].argmax()) == 1


@pytest.mark.parametrize("year", ["2021", "٢٠٢١"])
def test_numbers_count_in_both_languages(index: LexicalIndex, year: str) -> None:
    assert set(np.flatnonzero(index.scores(year).bm25)) == {1, 6}


def test_vocabulary_holds_the_stems_of_texts(lexicon: Lexicon, index: LexicalIndex) -> None:
    assert lexicon.stems("الزلزال")[0] in index.vocabulary("ar")
    assert lexicon.stems("earthquakes")[0] in index.vocabulary("en")
    assert lexicon.stems("الزلزال")[0] not in index.vocabulary("en")
