"""The bundled reader on ONNX Runtime: reads a question and a sentence together, and scores.

It takes the bundled encoder's token vectors, so that only its few layers are computed for a
question (see `training/reader_model.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from assistant.embedding import Vectors
from assistant.onnx_weights import cores, eight_bit, loading, open_session

MOST_WORDS, MOST_TOKENS = 48, 96
"""Tokens of a question and of a sentence; what is longer is cut off, as in training."""


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
            tensors = load_file(folder / "reader.safetensors")
            smoothing = load_file(folder / "smoothing.safetensors")
            layers = {n: t for n, t in tensors.items() if n.startswith("encoder.")}
            rest = {n: t.astype(np.float32) for n, t in tensors.items() if n not in layers}
            weights = rest | eight_bit(layers, smoothing, self._pool)
            # Two sentences on a core each are read sooner than one after the other on two.
            self._session = open_session(folder / "reader.onnx", weights, threads=1)

    def scores(self, question: Vectors, sentences: Sequence[Vectors]) -> Vectors:
        """How well sentences answer a question: log odds against "it doesn't".

        Args:
            question: float32, shape (n_words, dim), the bundled encoder's token vectors.
            sentences: Each float32, shape (n_tokens, dim).

        Returns:
            float32, shape (n_sentences,); -10 where there is nothing to read.
        """
        found = np.full(len(sentences), -10.0, np.float32)
        words = question[:MOST_WORDS]
        if not len(words):
            return found

        # One by one: a batch's sums are rounded otherwise, and 8 bits make that show.
        def read(sentence: Vectors) -> float:
            inputs = {"question": words[None], "sentence": sentence[None, :MOST_TOKENS]}
            return float(self._session.run(["scores"], inputs)[0][0])

        worded = [number for number, sentence in enumerate(sentences) if len(sentence)]
        found[worded] = list(self._pool.map(read, (sentences[number] for number in worded)))
        return found


@lru_cache(maxsize=1)
def bundled_reader() -> OnnxReader:
    """The reader that comes with the package."""
    return OnnxReader(Path(str(files("assistant") / "reader")))
