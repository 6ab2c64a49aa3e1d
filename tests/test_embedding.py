"""The one door to embedding models: both engines, one interface, the same vectors."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from assistant.embedding import Embedder, Encoded, ModelEmbedder, load_embedder
from assistant.errors import EmbeddingError
from assistant.onnx_engine import OnnxEngine
from assistant.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = ROOT / "assistant" / "embedder"

PASSAGES = {
    "ar": [
        "تراجع إنتاج الزيتون في وادي السدر هذا العام إلى 1300 طن بعدما بلغ 2100 طن.",
        "أعلن البنك المركزي رفع الفائدة، وقال المحافظ إن «التضخّم» بلغ 7.5٪ في مارس/آذار.",
        "فاز الفريق.",
    ],
    "en": [
        "The harbour reopened on Monday after divers removed the wreck of the Santa Rosa.",
        "The central bank raised its rate by 0.25 points; inflation reached 7.5% in March 2024.",
        "The team won.",
    ],
}
QUESTIONS = {
    "ar": ["كم بلغ إنتاج الزيتون هذا العام؟", "من فاز؟"],
    "en": ["Why did the harbour stay closed?", "Who won?"],
}
languages = pytest.mark.parametrize("language", ["ar", "en"])


@pytest.fixture(scope="module")
def bundled() -> Embedder:
    return load_embedder(Settings())


@pytest.fixture(scope="module")
def through_torch() -> Embedder:
    return load_embedder(Settings(embedding_engine="torch"))


@pytest.fixture(params=["onnx", "torch"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    name = {"onnx": "bundled", "torch": "through_torch"}[request.param]
    found: Embedder = request.getfixturevalue(name)
    return found


@languages
def test_both_engines_give_the_same_vectors(
    bundled: Embedder, through_torch: Embedder, language: str
) -> None:
    for fast, exact in (
        (
            bundled.embed_passages(PASSAGES[language]),
            through_torch.embed_passages(PASSAGES[language]),
        ),
        (
            bundled.embed_queries(QUESTIONS[language]),
            through_torch.embed_queries(QUESTIONS[language]),
        ),
    ):
        # 8 bits cost .0005 to .0009 on average.
        assert np.einsum("nd,nd->n", fast, exact).min() > 0.998


@languages
def test_both_engines_give_the_same_tokens(
    bundled: Embedder, through_torch: Embedder, language: str
) -> None:
    both = zip(
        bundled.passage_tokens(PASSAGES[language]),
        through_torch.passage_tokens(PASSAGES[language]),
        strict=True,
    )
    for fast, exact in both:
        assert fast.spans.tolist() == exact.spans.tolist()
        assert np.einsum("nd,nd->n", fast.vectors, exact.vectors).mean() > 0.995


@languages
def test_every_vector_has_length_one(embedder: Embedder, language: str) -> None:
    vectors, tokens = embedder.embed_passages_with_tokens(PASSAGES[language])
    asked, asked_tokens = embedder.embed_queries_with_tokens(QUESTIONS[language])
    for rows in (vectors, asked, *asked_tokens, *(one.vectors for one in tokens)):
        assert rows.dtype == np.float32
        assert rows.shape[1] == embedder.dim
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


@languages
def test_spans_lead_back_to_the_text(embedder: Embedder, language: str) -> None:
    for text, tokens in zip(
        PASSAGES[language], embedder.passage_tokens(PASSAGES[language]), strict=True
    ):
        starts, ends = tokens.spans.T
        assert (np.diff(starts) >= 0).all()
        assert (starts < ends).all()
        # A word's first mark may share its first letter's place; no letter is without a token.
        covered = {place for start, end in tokens.spans for place in range(start, end)}
        assert covered == {place for place, letter in enumerate(text) if letter != " "}
        assert len(tokens.spans) == embedder.count_tokens(text)


@languages
def test_tokens_and_vectors_come_from_one_pass(embedder: Embedder, language: str) -> None:
    vectors, tokens = embedder.embed_passages_with_tokens(PASSAGES[language])
    np.testing.assert_allclose(vectors, embedder.embed_passages(PASSAGES[language]), atol=1e-5)
    alone = embedder.passage_tokens(PASSAGES[language])
    for one, other in zip(tokens, alone, strict=True):
        np.testing.assert_allclose(one.vectors, other.vectors, atol=1e-5)


def test_nothing_asked_nothing_answered(embedder: Embedder) -> None:
    assert embedder.embed_queries([]).shape == (0, embedder.dim)
    assert embedder.embed_passages([]).shape == (0, embedder.dim)
    assert embedder.passage_tokens([]) == []
    assert embedder.query_tokens([]) == []


@languages
def test_a_vector_does_not_depend_on_its_batch(bundled: Embedder, language: str) -> None:
    texts = [*PASSAGES[language], *QUESTIONS[language], *PASSAGES[language]]
    together = bundled.embed_passages(texts)
    np.testing.assert_allclose(bundled.embed_passages(texts[::-1])[::-1], together, atol=1e-6)
    alone = np.concatenate([bundled.embed_passages([text]) for text in texts])
    np.testing.assert_allclose(alone, together, atol=1e-6)


@languages
def test_a_question_is_not_a_passage(embedder: Embedder, language: str) -> None:
    [text, _] = QUESTIONS[language]
    cosine = (embedder.embed_queries([text]) @ embedder.embed_passages([text]).T).item()
    assert 0.8 < cosine < 0.999


@pytest.mark.parametrize(
    "text", ["", "   ", "؟!", "\ud83d half of a pair", "a\x00b\u202eرر", "</s><pad><mask> ok"]
)
def test_odd_texts_are_embedded_like_any_other(embedder: Embedder, text: str) -> None:
    vectors, [tokens] = embedder.embed_passages_with_tokens([text])
    assert np.isfinite(vectors).all()
    assert np.isfinite(tokens.vectors).all()
    assert (tokens.spans[:, 1] <= len(text)).all()
    assert len(embedder.embed_queries([text])) == 1


@languages
def test_what_is_too_long_is_cut_off(embedder: Embedder, language: str) -> None:
    text = " ".join(PASSAGES[language] * 400)
    vectors, [tokens] = embedder.embed_passages_with_tokens([text])
    assert np.isfinite(vectors).all()
    assert embedder.max_tokens - 8 < len(tokens.vectors) < embedder.max_tokens
    assert embedder.count_tokens(text) == 400 * sum(map(embedder.count_tokens, PASSAGES[language]))


class Counting:
    """An engine that counts how many texts it was given."""

    def __init__(self, engine: OnnxEngine) -> None:
        self._engine = engine
        self.texts = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def encode(self, texts: Sequence[str], prompt: str, *, with_tokens: bool) -> Encoded:
        self.texts += len(texts)
        return self._engine.encode(texts, prompt, with_tokens=with_tokens)


def test_a_question_is_embedded_once() -> None:
    engine = Counting(OnnxEngine(BUNDLED))
    embedder = ModelEmbedder(engine)  # type: ignore[arg-type]
    first = embedder.embed_queries(QUESTIONS["ar"])
    again = embedder.embed_queries([*QUESTIONS["ar"], *QUESTIONS["en"], *QUESTIONS["en"]])
    assert engine.texts == 4
    assert (again[:2] == first).all()
    again[:] = 0  # the caller's own copy
    assert (embedder.embed_queries(QUESTIONS["ar"]) == first).all()


def test_questions_may_come_from_many_threads(bundled: Embedder) -> None:
    questions = [f"{number}: {text}" for number in range(12) for text in QUESTIONS["en"]]
    expected = bundled.embed_passages(questions)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            found = pool.map(lambda text: bundled.embed_queries([text])[0], questions)
            passages = pool.map(lambda text: bundled.embed_passages([text])[0], questions)
            np.testing.assert_allclose(np.stack(list(passages)), expected, atol=1e-6)
            assert len(np.unique(np.stack(list(found)), axis=0)) == len(questions)


def test_prompts_can_be_set(bundled: Embedder) -> None:
    same = load_embedder(Settings(query_prompt="query: "))
    other = load_embedder(Settings(query_prompt="passage: "))
    assert same.fingerprint == bundled.fingerprint != other.fingerprint
    texts = QUESTIONS["ar"]
    np.testing.assert_array_equal(same.embed_queries(texts), bundled.embed_queries(texts))
    np.testing.assert_array_equal(other.embed_queries(texts), bundled.embed_passages(texts))


def test_engines_have_fingerprints_of_their_own(bundled: Embedder, through_torch: Embedder) -> None:
    assert bundled.fingerprint != through_torch.fingerprint
    assert bundled.model_id == through_torch.model_id


def test_the_folder_is_a_sentence_transformer(through_torch: Embedder) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(BUNDLED), device="cpu")
    texts = PASSAGES["ar"]
    np.testing.assert_allclose(
        plain.encode_query(texts), through_torch.embed_queries(texts), atol=1e-5
    )
    np.testing.assert_allclose(
        plain.encode_document(texts), through_torch.embed_passages(texts), atol=1e-5
    )


@pytest.mark.parametrize("name", ["no/such/folder/here", "nobody-here/no-such-model"])
def test_a_model_that_is_not_there(name: str) -> None:
    with pytest.raises(EmbeddingError, match="hub") as caught:
        load_embedder(Settings(embedding_model=name))
    assert name in str(caught.value)


def test_a_folder_without_a_graph_is_not_for_onnx(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match=r"encoder\.onnx"):
        load_embedder(Settings(embedding_model=str(tmp_path), embedding_engine="onnx"))


def test_damaged_weights_are_said_to_be(tmp_path: Path) -> None:
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(1_000_000)
    with pytest.raises(EmbeddingError, match="Install the package again"):
        load_embedder(Settings(embedding_model=str(folder), embedding_engine="onnx"))


def test_the_bundled_model_needs_no_torch() -> None:
    code = (
        "import sys\n"
        "from assistant.embedding import load_embedder\n"
        "from assistant.settings import Settings\n"
        "load_embedder(Settings()).embed_queries(['من فاز؟'])\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stdout.strip() == "[]"
