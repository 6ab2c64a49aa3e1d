"""What a BERT's first layer takes: a text's tokens as rows of the embedding table."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from assistant.embedding import Vectors

WEIGHTS = "model.safetensors"
TABLES = tuple(
    f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")
)


class Vocabulary:
    """The tokenizer and the embedding tables of a model folder that `training.embedder` made.

    Attributes:
        tokenizer: Cuts off what is longer than `max_tokens`.
        max_tokens: Special tokens among them.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors import safe_open

        config = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        self.max_tokens = int(config["max_seq_length"])
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.max_tokens)
        with safe_open(folder / WEIGHTS, framework="numpy") as file:
            self._words, places, types = (file.get_tensor(name) for name in TABLES)
        self._places = places.astype(np.float32) + types[0].astype(np.float32)

    def rows(self, ids: npt.ArrayLike, start: int = 0) -> Vectors:
        """The sums of words' and places' rows.

        Args:
            ids: Of tokens, shape (..., length).
            start: Place of the first one.

        Returns:
            float32, shape (..., length, dim).
        """
        # Only the rows in use become float32: the table is most of the file.
        words = self._words[np.asarray(ids, dtype=np.int64)].astype(np.float32)
        rows: Vectors = words + self._places[start : start + words.shape[-2]]
        return rows


@lru_cache(maxsize=1)
def vocabulary_of(folder: Path) -> Vocabulary:
    """A folder's vocabulary, read once for all who use it."""
    return Vocabulary(folder)
