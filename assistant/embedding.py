"""The one door to embedding models: the bundled one, or any that sentence-transformers loads.

The bundled model runs on ONNX Runtime (`assistant.onnx_engine`), which needs no torch; any other
name or path goes through sentence-transformers, behind the same interface.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from assistant.settings import BUNDLED_MODEL, Settings

Vectors = npt.NDArray[np.float32]
Spans = npt.NDArray[np.int32]

CACHED_QUESTIONS = 1024
BUNDLED_ID = f"{BUNDLED_MODEL}:multilingual-e5-small-ar-en"
_SURROGATE = re.compile("[\ud800-\udfff]")


class TokenVectors(NamedTuple):
    """What the model's last layer says of each token of a text.

    Attributes:
        vectors: float32, shape (n_tokens, dim), rows of L2 norm 1; prompt and special tokens
            are left out.
        spans: int32, shape (n_tokens, 2); where each token stands, in characters of the text.
    """

    vectors: Vectors
    spans: Spans


class Encoded(NamedTuple):
    """Texts as an engine gives them back, in the order they came.

    Attributes:
        vectors: float32, shape (n_texts, dim), rows of L2 norm 1.
        tokens: One per text; empty when they were not asked for.
    """

    vectors: Vectors
    tokens: list[TokenVectors]


class Engine(Protocol):
    """What runs a model: texts in, vectors out; it knows nothing of questions and passages."""

    model_id: str
    fingerprint: str
    dim: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str

    def encode(self, texts: Sequence[str], prompt: str, *, with_tokens: bool) -> Encoded:
        """Embed texts behind a prompt; spans count from the text's start, not the prompt's."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text alone, without prompt and special tokens."""
        ...


class Embedder(Protocol):
    """What the rest of the package asks of a model.

    Attributes:
        model_id: "bundled:" and its name, or the name or path that was given.
        fingerprint: sha256 over weights, configuration, prompts and engine: where it is the
            same, so are the vectors.
        dim: Of every vector.
        max_tokens: Longest text with prompt and special tokens; what is longer is cut off.
    """

    @property
    def model_id(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...

    def embed_queries(self, questions: Sequence[str]) -> Vectors: ...
    def embed_passages(self, passages: Sequence[str]) -> Vectors: ...
    def query_tokens(self, questions: Sequence[str]) -> list[Vectors]: ...
    def passage_tokens(self, passages: Sequence[str]) -> list[TokenVectors]: ...
    def embed_queries_with_tokens(
        self, questions: Sequence[str]
    ) -> tuple[Vectors, list[Vectors]]: ...
    def embed_passages_with_tokens(
        self, passages: Sequence[str]
    ) -> tuple[Vectors, list[TokenVectors]]: ...
    def count_tokens(self, text: str) -> int: ...


class ModelEmbedder:
    """Questions and passages for one engine; questions asked before are remembered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._questions = _Remembered(CACHED_QUESTIONS)
        self.model_id = engine.model_id
        self.fingerprint = engine.fingerprint
        self.dim = engine.dim
        self.max_tokens = engine.max_tokens

    def embed_queries(self, questions: Sequence[str]) -> Vectors:
        """Vectors of questions: float32, shape (n_questions, dim), rows of L2 norm 1."""
        return self.embed_queries_with_tokens(questions)[0]

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        """Vectors of passages: float32, shape (n_passages, dim), rows of L2 norm 1."""
        return self._passages(passages, with_tokens=False).vectors

    def query_tokens(self, questions: Sequence[str]) -> list[Vectors]:
        """Token vectors of each question: float32, shape (n_tokens, dim), rows of L2 norm 1."""
        return self.embed_queries_with_tokens(questions)[1]

    def passage_tokens(self, passages: Sequence[str]) -> list[TokenVectors]:
        """Token vectors of each passage, with the places they stand for."""
        return self._passages(passages, with_tokens=True).tokens

    def embed_queries_with_tokens(self, questions: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Both kinds of vectors of questions, from one pass through the model."""
        known = self._questions.take([encodable(question) for question in questions], self._ask)
        vectors = np.zeros((len(known), self.dim), np.float32)
        for row, (vector, _) in enumerate(known):
            vectors[row] = vector
        return vectors, [tokens for _, tokens in known]

    def embed_passages_with_tokens(
        self, passages: Sequence[str]
    ) -> tuple[Vectors, list[TokenVectors]]:
        """Both kinds of vectors of passages, from one pass through the model.

        Token vectors take 1.5 kB a token: give passages in portions.
        """
        found = self._passages(passages, with_tokens=True)
        return found.vectors, found.tokens

    def count_tokens(self, text: str) -> int:
        """Tokens of a text alone, without prompt and special tokens."""
        return self._engine.count_tokens(encodable(text))

    def _passages(self, passages: Sequence[str], *, with_tokens: bool) -> Encoded:
        if not passages:
            return Encoded(np.zeros((0, self.dim), np.float32), [])
        texts = [encodable(passage) for passage in passages]
        return self._engine.encode(texts, self._engine.passage_prompt, with_tokens=with_tokens)

    def _ask(self, questions: list[str]) -> list[tuple[Vectors, Vectors]]:
        found = self._engine.encode(questions, self._engine.query_prompt, with_tokens=True)
        for array in (found.vectors, *(tokens.vectors for tokens in found.tokens)):
            array.flags.writeable = False  # shared from now on
        return [
            (vector, tokens.vectors)
            for vector, tokens in zip(found.vectors, found.tokens, strict=True)
        ]


class _Remembered:
    """The values of the keys asked for most recently; safe from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, tuple[Vectors, Vectors]] = OrderedDict()
        self._lock = threading.Lock()

    def take(
        self, keys: list[str], make: Callable[[list[str]], list[tuple[Vectors, Vectors]]]
    ) -> list[tuple[Vectors, Vectors]]:
        """The values of keys; those not known are made together, outside the lock."""
        with self._lock:
            known = {key: self._values[key] for key in keys if key in self._values}
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        if missing:
            known |= zip(missing, make(missing), strict=True)
        with self._lock:
            for key in known:
                self._values[key] = known[key]
                self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return [known[key] for key in keys]


def text_tokens(
    rows: Vectors, spans: Spans, special: npt.NDArray[np.bool_], prompt_chars: int
) -> TokenVectors:
    """The tokens that stand in the text itself, behind the prompt, as unit vectors.

    Args:
        rows: The last layer, shape (n_tokens, dim), prompt and special tokens among them.
        spans: Shape (n_tokens, 2), in characters of prompt and text together.
        special: True for the tokens that no character stands for.
        prompt_chars: Length of the prompt.
    """
    # A blank before a word may belong to its token: the end says which side it is on.
    ours = ~special & (spans[:, 1] > np.maximum(spans[:, 0], prompt_chars))
    places = np.maximum(spans[ours] - prompt_chars, 0)
    return TokenVectors(unit_rows(rows[ours]), places.astype(np.int32))


def unit_rows(rows: Vectors) -> Vectors:
    """The rows at L2 norm 1; a row of zeros stays."""
    rows = np.asarray(rows, np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = rows / np.maximum(lengths, np.float32(1e-12))
    return unit


def encodable(text: str) -> str:
    """Half a surrogate pair can't be written as UTF-8; the text keeps its length without it."""
    return _SURROGATE.sub("\ufffd", text)


def bundled_folder() -> Path:
    """Where the model is that comes with the package."""
    return Path(str(files("assistant") / "embedder"))


def load_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings ask for.

    Raises:
        EmbeddingError: The model can't be loaded, or not by that engine.
    """
    prompts = settings.query_prompt, settings.passage_prompt
    bundled = settings.embedding_model == BUNDLED_MODEL
    folder = str(bundled_folder()) if bundled else settings.embedding_model
    if settings.embedding_engine == "torch" or (
        settings.embedding_engine == "auto" and not bundled
    ):
        from assistant.embedding_torch import SentenceTransformerEngine

        engine = SentenceTransformerEngine(folder, *prompts)
        engine.model_id = BUNDLED_ID if bundled else folder
        return ModelEmbedder(engine)
    from assistant.onnx_engine import OnnxEngine

    name = BUNDLED_ID if bundled else folder
    return ModelEmbedder(OnnxEngine(Path(folder), *prompts, model_id=name))
