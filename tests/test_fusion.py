"""Ranking: standard scores, and one list over both languages."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import HARBOUR, OLIVES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assistant import Article, Assistant, Settings
from assistant.language import detect
from assistant.retrieval.fusion import (
    DEPTH,
    FEATURES,
    PRIOR,
    Candidate,
    Question,
    Retriever,
    bundled_fusion,
    standardise,
)

PAIRS = {
    "sea": (
        "The harbour reopened on Monday after divers removed the wreck of a trawler that had sunk "
        "in March. Its captain and six of the crew were rescued.",
        "أعيد فتح الميناء يوم الاثنين بعدما أزال الغواصون حطام سفينة صيد غرقت في مارس. وأنقذ "
        "قبطانها وستة من طاقمها.",
    ),
    "olives": (
        "Olive production fell to 1,300 tonnes this year because of drought, and three presses "
        "closed when electricity became dear.",
        "تراجع إنتاج الزيتون إلى 1300 طن هذا العام بسبب الجفاف، وأغلقت ثلاث معاصر حين غلت "
        "الكهرباء.",
    ),
    "telescope": (
        "Astronomers on the mountain switched on a new telescope whose mirror is eight metres "
        "wide, and photographed a distant galaxy on the first night.",
        "شغّل الفلكيون على الجبل تلسكوبا جديدا يبلغ عرض مرآته ثمانية أمتار، وصوروا مجرة بعيدة في "
        "الليلة الأولى.",
    ),
    "strike": (
        "Tram drivers began a strike on Thursday and demand higher wages; the city council will "
        "meet their union tomorrow.",
        "بدأ سائقو الترام إضرابا يوم الخميس ويطالبون بأجور أعلى؛ وسيلتقي مجلس المدينة نقابتهم غدا.",
    ),
}
QUESTIONS = [
    ("sea", "Who was rescued from the trawler that sank?"),
    ("sea", "من أنقذ من سفينة الصيد التي غرقت؟"),
    ("olives", "Why did the olive presses close?"),
    ("olives", "لماذا أغلقت معاصر الزيتون؟"),
    ("telescope", "How wide is the mirror of the new telescope?"),
    ("telescope", "كم عرض مرآة التلسكوب الجديد؟"),
    ("strike", "What do the tram drivers demand?"),
    ("strike", "بماذا يطالب سائقو الترام؟"),
]
ASKED = pytest.mark.parametrize(("subject", "question"), QUESTIONS)


@pytest.fixture(scope="module")
def mixed() -> Assistant:
    """Each subject once in each language, side by side, none a translation of another."""
    made = [
        Article(id=f"{subject}-{language}", title="", language=language, text=text)
        for subject, pair in PAIRS.items()
        for language, text in zip(("en", "ar"), pair, strict=True)
    ]
    return Assistant(made, settings=Settings())


@pytest.fixture(scope="module")
def paired() -> Assistant:
    """Arabic originals with English translations beside them, and one article in English."""
    made = []
    for subject, (english, arabic) in PAIRS.items():
        made.append(Article(id=subject, title="", language="ar", text=arabic))
        made.append(
            Article(
                id=f"{subject}-en", title="", language="en", text=english, translation_of=subject
            )
        )
    return Assistant([*made, HARBOUR], settings=Settings())


def read(retriever: Retriever, text: str) -> Question:
    [question] = retriever.read([text], [detect(text)])
    return question


def article_of(retriever: Retriever, candidate: Candidate) -> str:
    return retriever.collection.passages[candidate.row].article_id


@ASKED
def test_the_right_passage_comes_first_and_second_in_both_languages(mixed, subject, question):
    ranked = mixed.retriever.rank(read(mixed.retriever, question))
    first = [article_of(mixed.retriever, candidate) for candidate in ranked[:2]]
    assert set(first) == {f"{subject}-en", f"{subject}-ar"}
    assert len(ranked) == 2 * len(PAIRS)


@ASKED
def test_a_translation_speaks_for_its_original(paired, subject, question):
    retriever = paired.retriever
    collection = retriever.collection
    ranked = retriever.rank(read(retriever, question))
    # The English article is about the same wreck.
    best = next(c for c in ranked if article_of(retriever, c) != "harbour")
    assert article_of(retriever, best) == subject
    for candidate in ranked:
        assert collection.originals[candidate.row] == candidate.row
        assert collection.originals[candidate.variant] == candidate.row
        assert collection.articles[article_of(retriever, candidate)].translation_of is None


def test_the_variant_is_the_one_that_fits_best(paired):
    retriever = paired.retriever
    question = read(retriever, "Why did the olive presses close?")
    whole = {c.row: c for c in retriever.rank(question)}
    translations = np.array(
        [row for row, own in enumerate(retriever.collection.originals) if row != own]
    )
    alone = {c.row: c for c in retriever.rank(question, without=translations)}
    assert all(c.variant == c.row for c in alone.values())
    assert whole.keys() == alone.keys()
    # English rows are judged among fewer now, Arabic ones among the same.
    arabic = [row for row in whole if retriever.collection.languages[row] == "ar"]
    for row in arabic:
        candidate = whole[row]
        assert candidate.score >= alone[row].score
        if candidate.variant == row:
            assert candidate == alone[row]
    assert any(whole[row].variant != row for row in arabic)


@ASKED
def test_candidates_are_probabilities_each_original_once_best_first(paired, subject, question):
    retriever = paired.retriever
    ranked = retriever.rank(read(retriever, question))
    rows = [candidate.row for candidate in ranked]
    assert len(set(rows)) == len(rows)
    scores = [candidate.score for candidate in ranked]
    assert scores == sorted(scores, reverse=True)
    for candidate in ranked:
        assert 0 <= candidate.score <= 1
        assert len(candidate.features) == len(FEATURES)
        assert np.isfinite(candidate.features).all()
        codes, _ = retriever.collection.token_codes(candidate.variant)
        assert len(candidate.similar) == len(codes)


def test_rows_left_out_are_not_candidates(mixed):
    retriever = mixed.retriever
    question = read(retriever, "Why did the olive presses close?")
    everything = retriever.rank(question)
    out = np.array([candidate.row for candidate in everything[:2]])
    left = retriever.rank(question, without=out)
    assert {c.row for c in left} == {c.row for c in everything[2:]}
    place = FEATURES.index("cosine")
    cosines = {c.row: c.features[place] for c in everything}
    assert all(c.features[place] == pytest.approx(cosines[c.row], abs=1e-6) for c in left)
    rows = np.arange(len(retriever.collection.passages))
    assert retriever.rank(question, without=rows) == []


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_depth_bounds_the_candidates_of_each_language(mixed, depth):
    retriever = mixed.retriever
    ranked = retriever.rank(read(retriever, "tram strike"), depth)
    languages = [retriever.collection.languages[candidate.row] for candidate in ranked]
    assert (languages.count("ar"), languages.count("en")) == (depth, depth)
    assert depth <= DEPTH


@pytest.mark.parametrize("question", ["zzxqv", "2031", "؟ ا", "the of and", "من في على"])
def test_questions_that_meet_nothing_are_ranked_all_the_same(mixed, question):
    ranked = mixed.retriever.rank(read(mixed.retriever, question))
    assert len(ranked) == 2 * len(PAIRS)
    assert all(np.isfinite(candidate.features).all() for candidate in ranked)


@pytest.mark.parametrize("article", [HARBOUR, OLIVES], ids=lambda article: article.id)
def test_a_collection_of_one_language_is_ranked(article):
    retriever = Assistant([article], settings=Settings()).retriever
    for text in ("Who was the captain?", "من كان القبطان؟"):
        assert retriever.rank(read(retriever, text))


def test_an_empty_collection_ranks_nothing():
    retriever = Assistant(settings=Settings()).retriever
    assert retriever.rank(read(retriever, "Who was the captain?")) == []


def test_questions_read_together_are_as_read_alone(mixed):
    texts = [question for _, question in QUESTIONS]
    together = mixed.retriever.read(texts, [detect(text) for text in texts])
    for text, question in zip(texts, together, strict=True):
        alone = read(mixed.retriever, text)
        assert (question.text, question.language) == (alone.text, alone.language)
        assert question.vector @ alone.vector > 0.9999
        assert question.tokens.shape == alone.tokens.shape
        assert question.weights.sum() == pytest.approx(1)
        assert question.terms == alone.terms


def test_weights_are_there_for_every_direction():
    fusion = bundled_fusion()
    assert set(fusion.directions) == set(fusion.background) == {"ar-ar", "ar-en", "en-ar", "en-en"}
    for weights in fusion.directions.values():
        assert len(weights.features) == len(FEATURES)
        assert np.isfinite([*weights.features, weights.bias, *weights.first]).all()
    for scores in fusion.background.values():
        assert all(spread > 0 for _, spread in scores.values())


SCORES = arrays(np.float32, st.integers(0, 60), elements=st.floats(-50, 50, width=32))
BACKGROUND = st.tuples(st.floats(-5, 5), st.floats(0.01, 5))


@given(SCORES, BACKGROUND)
def test_standard_scores_keep_the_order(scores, background):
    z = standardise(scores, background)
    assert z.shape == scores.shape
    assert z.dtype == np.float32
    assert np.isfinite(z).all()
    assert (np.diff(z[np.argsort(scores, kind="stable")]) >= 0).all()


@given(SCORES, BACKGROUND, st.floats(-20, 20), st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_another_scale_gives_the_same_standard_scores(scores, background, shift, factor):
    mean, spread = background
    moved = standardise(
        (scores * factor + shift).astype(np.float32), (mean * factor + shift, spread * factor)
    )
    assert np.allclose(moved, standardise(scores, background), atol=0.02)


@given(BACKGROUND)
def test_a_single_score_is_judged_by_the_background(background):
    mean, spread = background
    high, low, same = (
        standardise(np.array([mean + offset], dtype=np.float32), background)[0]
        for offset in (spread, -spread, 0.0)
    )
    assert high > 0.8
    assert low < -0.8
    assert abs(same) < 0.01


@given(st.integers(0, 2**31), BACKGROUND)
def test_many_scores_outweigh_the_background(seed, background):
    n = int(PRIOR) * 1000
    scores = np.random.default_rng(seed).normal(2.0, 3.0, n).astype(np.float32)
    plain = (scores - scores.mean()) / scores.std()
    assert np.allclose(standardise(scores, background), plain, atol=0.02)
