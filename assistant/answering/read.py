"""Sentences of a collection, read by the bundled reader, whatever model the collection is in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assistant.embedding import BUNDLED_ID, Embedder, TokenVectors, Vectors, load_embedder
from assistant.language import unpointed
from assistant.onnx_reader import OnnxReader, bundled_reader
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import Question
from assistant.retrieval.tokens import unpack
from assistant.settings import BUNDLED_MODEL, Settings

_PASSAGES_KEPT = 4096

Place = tuple[int, int, int]
"""A sentence: its passage's row, and where it starts and ends in the passage."""


class SentenceReader:
    """Scores sentences for a question by reading both together."""

    def __init__(self, embedder: Embedder, reader: OnnxReader | None = None) -> None:
        """Read with the bundled reader, or another.

        Args:
            embedder: What the collection was embedded with. The reader reads the bundled
                model's token vectors: with another, passages are encoded when first read.
            reader: Instead of the bundled one.
        """
        self._reader = reader or bundled_reader()
        self._own: Embedder | None = None
        if embedder.model_id != BUNDLED_ID:
            self._own = _bundled_embedder()
        self._encoded = lru_cache(_PASSAGES_KEPT)(self._encode)

    def scores(
        self, collection: Collection, question: Question, places: Sequence[Place]
    ) -> Vectors:
        """How well sentences answer: log odds against "it doesn't"; float32, (n_places,)."""
        if self._own is None:
            words = question.tokens
        else:
            [words] = self._own.query_tokens([unpointed(question.text)])
        return self._reader.scores(words, [self._tokens(collection, *place) for place in places])

    def _tokens(self, collection: Collection, row: int, start: int, end: int) -> Vectors:
        if self._own is None:
            codes, spans = collection.token_codes(row)
            return unpack(codes[_inside(spans, start, end)])
        vectors, spans = self._encoded(collection.passages[row].text)
        found: Vectors = vectors[_inside(spans, start, end)]
        return found

    def _encode(self, text: str) -> TokenVectors:
        assert self._own is not None
        return self._own.passage_tokens([text])[0]


@lru_cache(maxsize=1)
def _bundled_embedder() -> Embedder:
    # Given one by one, since variables may set another model.
    settings = Settings(
        embedding_model=BUNDLED_MODEL,
        embedding_engine="auto",
        query_prompt=None,
        passage_prompt=None,
    )
    return load_embedder(settings)


def _inside(spans: npt.NDArray[np.int32], start: int, end: int) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (spans[:, 0] < end) & (spans[:, 1] > start)
    return found
