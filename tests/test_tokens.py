"""Token vectors in four bits: how much is lost, and MaxSim beside a plain NumPy twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.embedding import load_embedder
from assistant.retrieval.tokens import BITS, maxsim, pack, similarities, unpack
from assistant.settings import Settings

TEXTS = {
    "ar": "رُسم الميناء عام ١٩١١، وأغلقت ثلاث معاصر أبوابها لأن كلفة الكهرباء ارتفعت كثيراً.",
    "en": "The trawler Santa Rosa sank on 3 March after it struck an unlit buoy near the bay.",
}


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def normal(seed: int, rows: int, dim: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((rows, dim)))


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.einsum("td,td->t", one, other)


@given(st.integers(0, 2**31), st.integers(0, 40), st.integers(1, 100).map(lambda n: 4 * n))
def test_packed_vectors_have_half_a_byte_a_number_and_unpack_to_unit_rows(seed, rows, dim):
    vectors = normal(seed, rows, dim)
    codes = pack(vectors)
    assert codes.shape == (rows, dim * BITS // 8)
    assert codes.dtype == np.uint8
    back = unpack(codes)
    assert back.shape == vectors.shape
    assert back.dtype == np.float32
    assert np.allclose(np.linalg.norm(back, axis=1), 1, atol=1e-5)


@given(st.integers(0, 2**31))
def test_normal_vectors_keep_their_direction(seed):
    vectors = normal(seed, 50, 384)
    found = cosines(vectors, unpack(pack(vectors)))
    # Steps of a seventh of the largest of 384, about 3 deviations: an error of 0.12 of them.
    assert found.min() > 0.97
    assert found.mean() > 0.99


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_bundled_models_tokens_keep_their_direction(language):
    _, [tokens] = load_embedder(Settings()).embed_passages_with_tokens([TEXTS[language]])
    found = cosines(tokens.vectors, unpack(pack(tokens.vectors)))
    assert found.min() > 0.96
    assert found.mean() > 0.985


@given(st.integers(0, 2**31), st.integers(-3, 3))
def test_length_does_not_matter(seed, power):
    vectors = normal(seed, 8, 64)
    assert np.array_equal(pack(vectors), pack(vectors * np.float32(2.0**power)))


def test_a_vector_of_nothing_stays_finite():
    back = unpack(pack(np.zeros((2, 16), dtype=np.float32)))
    assert np.isfinite(back).all()


def twin(similar: np.ndarray, starts: np.ndarray, weights: np.ndarray) -> list[float]:
    ends = [*starts[1:], len(similar)]
    return [
        sum(
            weights[asked] * max(similar[row, asked] for row in range(start, end))
            for asked in range(len(weights))
        )
        for start, end in zip(starts, ends, strict=True)
    ]


@given(
    st.integers(0, 2**31),
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.integers(1, 7),
)
def test_maxsim_is_what_its_plain_twin_says(seed, sizes, asked):
    random = np.random.default_rng(seed)
    similar = random.uniform(-1, 1, (sum(sizes), asked)).astype(np.float32)
    weights = random.dirichlet(np.ones(asked)).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    found = maxsim(similar, starts, weights)
    assert np.allclose(found, twin(similar, starts, weights), atol=1e-5)
    assert np.all(found <= 1 + 1e-5)


@given(st.integers(0, 2**31), st.sampled_from([0, 1, 20, 511, 512, 513, 1500]), st.integers(1, 8))
def test_similarities_are_cosines_with_the_unpacked(seed, rows, asked):
    codes = pack(normal(seed, rows, 64))
    question = normal(seed + 1, asked, 64)
    found = similarities(codes, question)
    assert found.shape == (rows, asked)
    assert np.allclose(found, unpack(codes) @ question.T, atol=1e-5)


def test_a_text_meets_itself_best():
    vectors = normal(7, 30, 384)
    question = vectors[:5]
    codes = pack(np.concatenate([vectors[10:], vectors[:10]]))
    weights = np.full(5, 0.2, dtype=np.float32)
    other, own = maxsim(similarities(codes, question), np.array([0, 20]), weights)
    assert own > 0.9 > other
