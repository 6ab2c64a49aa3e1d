"""Which sentences are worth reading: how each token of the question is met, and who learns it."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import HARBOUR, OLIVES

from assistant import Assistant, Settings
from assistant.answering.features import MEASURED, measured, place_of
from assistant.answering.network import Network
from assistant.answering.shortlist import (
    MET,
    VOTE,
    Shortlist,
    Tokens,
    bundled_shortlist,
    met_of,
)
from training.listing import TOKEN_OUT, Listing, fit_shortlist

# Two articles; the second one's sentences are out of order, and its passages interleave.
PLACES = [("a", "a1", 0), ("b", "b2", 90), ("b", "b1", 0), ("a", "a1", 40), ("b", "b1", 50)]


def random_network(inputs: int) -> Network:
    """A network fitted to nothing: what holds for it holds for any."""
    random = np.random.default_rng(3)
    return Network(
        mean=random.normal(size=inputs).astype(np.float32),
        spread=random.uniform(0.5, 2, inputs).astype(np.float32),
        hidden=random.normal(size=(inputs, 5)).astype(np.float32),
        hidden_bias=random.normal(size=5).astype(np.float32),
        out=random.normal(size=5).astype(np.float32),
        direct=random.normal(size=inputs).astype(np.float32),
        bias=0.3,
    )


def random_shortlist() -> Shortlist:
    random = np.random.default_rng(5)
    tokens = Tokens(
        mean=random.normal(size=len(MET)).astype(np.float32),
        spread=random.uniform(0.5, 2, len(MET)).astype(np.float32),
        hidden=random.normal(size=(len(MET), 4)).astype(np.float32),
        hidden_bias=random.normal(size=4).astype(np.float32),
        out=random.normal(size=(4, 3)).astype(np.float32),
        out_bias=random.normal(size=3).astype(np.float32),
    )
    return Shortlist(tokens, random_network(len(MEASURED) + 2 * 3))


def some_similar(tokens: int = 6) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.2, 1, (len(PLACES), tokens)).astype(np.float32)


def met(name: str, similar: np.ndarray) -> np.ndarray:
    weights = np.full(similar.shape[1], 1 / similar.shape[1], np.float32)
    return met_of(similar, weights, PLACES)[:, :, MET.index(name)]


def test_what_stands_around_a_sentence_is_of_its_article_in_order():
    similar = some_similar()
    before, after, so_far = (
        met(name, similar) for name in ("similar_before", "similar_after", "similar_so_far")
    )
    for row, neighbour in {0: None, 3: 0, 2: None, 4: 2, 1: 4}.items():
        expected = 0 if neighbour is None else similar[neighbour]
        assert (before[row] == expected).all()
        if neighbour is not None:
            assert (after[neighbour] == similar[row]).all()
    assert not after[3].any() and not after[1].any()
    assert (so_far[1] == similar[[2, 4, 1]].max(axis=0)).all()
    assert (so_far[4] == similar[[2, 4]].max(axis=0)).all()
    assert (so_far[0] == similar[0]).all()


@pytest.mark.parametrize(
    ("name", "rows_of"),
    [
        ("in_passage", {0: [0, 3], 1: [1], 2: [2, 4], 3: [0, 3], 4: [2, 4]}),
        ("in_article", {0: [0, 3], 1: [1, 2, 4], 2: [1, 2, 4], 3: [0, 3], 4: [1, 2, 4]}),
        ("anywhere", dict.fromkeys(range(5), range(5))),
    ],
)
def test_the_best_of_a_passage_an_article_and_all(name, rows_of):
    similar = some_similar()
    found = met(name, similar)
    for row, rows in rows_of.items():
        assert (found[row] == similar[list(rows)].max(axis=0)).all()


def test_each_token_has_one_vote():
    similar = some_similar()
    votes, within = met("vote", similar), met("article_vote", similar)
    assert votes.sum(axis=0) == pytest.approx(1, abs=1e-5)
    assert within[[0, 3]].sum(axis=0) == pytest.approx(1, abs=1e-5)
    assert within[[1, 2, 4]].sum(axis=0) == pytest.approx(1, abs=1e-5)
    ratio = np.exp((similar[0] - similar[3]) / VOTE)
    assert votes[0] / votes[3] == pytest.approx(ratio, rel=1e-3)


def test_weights_are_one_on_average_and_the_first_tokens_are_marked():
    weights = np.array([0.5, 0.2, 0.2, 0.1], np.float32)
    found = met_of(some_similar(4), weights, PLACES)
    assert found[:, :, MET.index("weight")].mean(axis=1) == pytest.approx(1)
    assert found[0, :, MET.index("first")].tolist() == [1, 0, 0, 0]
    assert found[0, :, MET.index("second_or_third")].tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("tokens", [0, 1, 2])
def test_a_short_question_is_scored(tokens):
    weights = np.full(tokens, 1 / max(1, tokens), np.float32)
    found = met_of(some_similar(tokens), weights, PLACES)
    assert found.shape == (len(PLACES), tokens, len(MET))
    features = np.zeros((len(PLACES), len(MEASURED)), np.float32)
    for shortlist in (random_shortlist(), bundled_shortlist()):
        assert np.isfinite(shortlist.score(features, found)).all()


def test_tokens_are_what_their_plain_twin_says():
    tokens = random_shortlist().tokens
    similar = some_similar(3)
    found = met_of(similar, np.array([0.6, 0.3, 0.1], np.float32), PLACES)
    outs = []
    for row in found[2]:
        scaled = [
            min(max((row[i] - tokens.mean[i]) / tokens.spread[i], -6), 6) for i in range(len(MET))
        ]
        hidden = [max(0, scaled @ tokens.hidden[:, j] + tokens.hidden_bias[j]) for j in range(4)]
        outs.append([max(0, hidden @ tokens.out[:, k] + tokens.out_bias[k]) for k in range(3)])
    mean = [0.6 * outs[0][k] + 0.3 * outs[1][k] + 0.1 * outs[2][k] for k in range(3)]
    most = [max(out[k] for out in outs) for k in range(3)]
    assert tokens.pooled(found)[2] == pytest.approx([*mean, *most], rel=1e-3, abs=1e-4)


def test_the_fitted_shortlist_fits_the_features():
    shortlist = bundled_shortlist()
    assert shortlist.tokens.mean.shape == shortlist.tokens.spread.shape == (len(MET),)
    columns = len(MEASURED) + 2 * len(shortlist.tokens.out_bias)
    assert shortlist.sentences.mean.shape == (columns,)
    assert (shortlist.tokens.spread > 0).all() and (shortlist.sentences.spread > 0).all()
    extremes = np.array([1e9, -1e9], np.float32)
    features = np.tile(extremes[:, None], len(MEASURED))
    assert np.isfinite(shortlist.score(features, np.tile(features[:, None, :1], len(MET)))).all()


def test_what_comes_after_a_name_is_learnt_to_answer():
    """Only how tokens are met tells the right sentence; the features are noise."""
    chance = np.random.default_rng(0)

    def listing() -> Listing:
        named, similar = chance.integers(4), chance.uniform(0.2, 0.4, (5, 4)).astype(np.float32)
        similar[named, 0] = 0.9
        places = [("a", "p", 10 * row) for row in range(5)]
        return Listing(
            chance.normal(size=(5, len(MEASURED))).astype(np.float32),
            met_of(similar, np.full(4, 0.25, np.float32), places),
            np.arange(5) == named + 1,
        )

    shortlist = fit_shortlist([listing() for _ in range(400)])
    assert shortlist.tokens.pooled(listing().met).shape == (5, 2 * TOKEN_OUT)
    asked = [listing() for _ in range(100)]
    right = [each.right[shortlist.score(each.measured, each.met).argmax()] for each in asked]
    assert np.mean(right) > 0.9


@pytest.mark.parametrize(
    ("question", "language", "answer"),
    [
        ("Who was the captain of the trawler?", "en", "Ignacio Prada"),
        ("من كان قبطان سفينة الصيد؟", "ar", "Ignacio Prada"),
    ],
)
def test_the_right_sentence_of_real_articles_comes_first(question, language, answer):
    assistant = Assistant([HARBOUR, OLIVES], settings=Settings())
    [asked] = assistant.retriever.read([question], [language])
    found = measured(assistant.collection, asked, assistant.retriever.rank(asked))
    scores = bundled_shortlist().score(
        np.stack([each.features for each in found]), np.stack([each.met for each in found])
    )
    article, start, end = place_of(assistant.collection, found[int(scores.argmax())])
    assert answer in article.text[start:end]
