"""The bundled reader on ONNX Runtime: reads a question and a sentence together, and scores.

It takes rows of the bundled encoder's embedding table (see `training/reader_model.py`), whatever
model retrieves.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from assistant.embedding import Vectors, bundled_folder, encodable
from assistant.onnx_vocabulary import vocabulary_of
from assistant.onnx_weights import cores, loading, open_session

MOST_WORDS, MOST_TOKENS = 48, 96
"""Tokens of a question and of a sentence; what is longer is cut off, as in training."""
UNREAD = -10.0
"""The log odds of what was not read."""


class OnnxReader:
    """A reader's folder as `training.reader` made it.

    Raises:
        EmbeddingError: A file is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file

        failing = loading(
            f"The reader in {folder}",
            "Install the package again, or make it anew with `make reader`.",
        )
        self._pool = ThreadPoolExecutor(cores())
        with failing:
            self._vocabulary = vocabulary_of(bundled_folder())
            weights = load_file(folder / "reader.safetensors")
            # Two sentences on a core each are read sooner than one after the other on two.
            self._session = open_session(folder / "reader.onnx", weights, threads=1)

    def scores(self, question: str, sentences: Sequence[str]) -> Vectors:
        """How well sentences answer a question: log odds against "it doesn't".

        Returns:
            float32, shape (n_sentences,); UNREAD where there is nothing to read.
        """
        texts = [encodable(text) for text in (question, *sentences)]
        read = self._vocabulary.tokenizer.encode_batch(texts, add_special_tokens=False)
        words, *tokens = (encoding.ids for encoding in read)
        found = np.full(len(sentences), UNREAD, np.float32)
        if not words:
            return found
        asked = self._vocabulary.rows(words[:MOST_WORDS], start=1)

        # One by one: a batch's sums are rounded otherwise, and 8 bits make that show.
        def score(ids: list[int]) -> float:
            rows = self._vocabulary.rows(ids[:MOST_TOKENS], start=1 + len(asked))
            inputs = {"question": asked[None], "sentence": rows[None]}
            return float(self._session.run(["scores"], inputs)[0][0])

        worded = [number for number, ids in enumerate(tokens) if ids]
        found[worded] = list(self._pool.map(score, (tokens[number] for number in worded)))
        return found


@lru_cache(maxsize=1)
def bundled_reader() -> OnnxReader:
    """The reader that comes with the package."""
    return OnnxReader(Path(str(files("assistant") / "reader")))
