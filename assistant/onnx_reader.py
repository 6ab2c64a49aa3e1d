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
from typing import Any, NamedTuple

import numpy as np

from assistant.embedding import Vectors, bundled_folder, encodable
from assistant.onnx_vocabulary import vocabulary_of
from assistant.onnx_weights import cores, loading, open_session

MOST_WORDS, MOST_TOKENS = 48, 143
"""Tokens of a question and of a sentence; what is longer is cut off. In training, a sentence was
after 96; here it has the places that are left."""
MOST_TITLE, MOST_BEFORE = 24, 40
"""Tokens of an article's title, its first, and of the sentence before, its last."""
UNREAD = -10.0
"""The log odds of what was not read."""


class Text(NamedTuple):
    """A sentence, with the title of its article and the sentence before it; both may be ""."""

    title: str
    before: str
    sentence: str


class OnnxReader:
    """A reader's folder as `training.reader_graph` made it.

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

    def scores(self, question: str, texts: Sequence[Text]) -> Vectors:
        """How well sentences answer a question: log odds against "it doesn't".

        Returns:
            float32, shape (n_sentences,); UNREAD where there is nothing to read.
        """
        found = np.full(len(texts), UNREAD, np.float32)
        inputs = self.inputs(question, texts)

        # One by one: a batch's sums are rounded otherwise, and 8 bits make that show.
        def score(at: int) -> float:
            return float(self._session.run(["scores"], inputs[at])[0][0])

        found[list(inputs)] = list(self._pool.map(score, inputs))
        return found

    def inputs(self, question: str, texts: Sequence[Text]) -> dict[int, dict[str, Any]]:
        """What the graph takes, for each text in which there is anything to read.

        Returns:
            "rows", (1, n_tokens, dim), of the embedding table, and "kinds", (n_tokens + 1,), as
            `training.reader_model.Row` has them, the mark's first.
        """
        asked = self._tokens([question])[0][:MOST_WORDS]
        if not asked or not texts:
            return {}
        titles, before, sentences = map(self._tokens, zip(*texts, strict=True))
        found = {}
        for at in (number for number, ids in enumerate(sentences) if ids):
            parts = {
                0: asked,
                2: titles[at][:MOST_TITLE],
                3: before[at][-MOST_BEFORE:],
                1: sentences[at][:MOST_TOKENS],
            }
            kinds = [0, *(kind for kind, part in parts.items() for _ in part)]
            rows = self._vocabulary.rows([token for part in parts.values() for token in part], 1)
            found[at] = {"rows": rows[None], "kinds": np.array(kinds, np.int64)}
        return found

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        whole = [encodable(text) for text in texts]
        read = self._vocabulary.tokenizer.encode_batch(whole, add_special_tokens=False)
        return [encoding.ids for encoding in read]


@lru_cache(maxsize=1)
def bundled_reader() -> OnnxReader:
    """The reader that comes with the package."""
    return OnnxReader(Path(str(files("assistant") / "reader")))
