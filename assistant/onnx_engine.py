"""The bundled model on ONNX Runtime: no torch, several times as fast on a few cores.

The folder holds one file of weights, float16, which sentence-transformers reads as well. Here
they become the 8-bit matrices of `encoder.onnx` (see `training/embedder_graph.py`) while loading.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from assistant.embedding import Encoded, Spans, TokenVectors, Vectors, text_tokens
from assistant.errors import EmbeddingError
from assistant.onnx_vocabulary import TABLES, WEIGHTS, vocabulary_of
from assistant.onnx_weights import cores, eight_bit, loading, open_session

_FILES = (
    WEIGHTS,
    "smoothing.safetensors",
    "encoder.onnx",
    "tokenizer.json",
    "config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
)
_BATCH_TOKENS = 2048
# Goes up when weights are rounded in another way, so that old indexes are seen to be old.
_FORMAT = "onnx 3"


class OnnxEngine:
    """A model folder that `training.embedder` made.

    Raises:
        EmbeddingError: A file is missing, or they don't fit together.
    """

    def __init__(
        self,
        folder: Path,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        *,
        model_id: str | None = None,
        threads: int | None = None,
    ) -> None:
        _require_files(folder)
        prompts = _json(folder / "config_sentence_transformers.json")["prompts"]
        self.query_prompt = prompts["query"] if query_prompt is None else query_prompt
        self.passage_prompt = prompts["passage"] if passage_prompt is None else passage_prompt
        self.dim = int(_json(folder / "config.json")["hidden_size"])
        self.model_id = model_id or str(folder)
        threads = threads or cores()
        failing = loading(
            f"The embedding model in {folder}",
            "Install the package again, or make the model anew with `make embedder`.",
        )
        with failing, ThreadPoolExecutor(max(2, threads)) as pool:
            vocabulary = pool.submit(vocabulary_of, folder)
            digest = pool.submit(_digest, folder, (self.query_prompt, self.passage_prompt))
            graph = folder / "encoder.onnx"
            self._session = open_session(graph, _initialisers(folder, pool), threads)
            self._vocabulary = vocabulary.result()
            self.fingerprint = digest.result()
        self._tokenizer, self.max_tokens = self._vocabulary.tokenizer, self._vocabulary.max_tokens

    def encode(self, texts: Sequence[str], prompt: str, *, with_tokens: bool) -> Encoded:
        """Embed texts behind a prompt; a batch holds texts of one length in tokens."""
        read = self._tokenizer.encode_batch([prompt + text for text in texts])
        vectors = np.empty((len(read), self.dim), np.float32)
        tokens: list[TokenVectors | None] = [None] * len(read)
        for batch in _batches([len(encoding.ids) for encoding in read]):
            inputs = self._vocabulary.rows([read[number].ids for number in batch])
            vectors[batch], rows = self._session.run(["vectors", "tokens"], {"inputs": inputs})
            if with_tokens:
                for number, of_one in zip(batch, rows, strict=True):
                    tokens[number] = _tokens(read[number], of_one, len(prompt))
        return Encoded(vectors, [one for one in tokens if one is not None])

    def count_tokens(self, text: str) -> int:
        """Tokens of a text alone, without prompt and special tokens."""
        read = self._tokenizer.encode(text, add_special_tokens=False)
        return len(read.ids) + sum(len(rest.ids) for rest in read.overflowing)


def _initialisers(folder: Path, pool: ThreadPoolExecutor) -> dict[str, npt.NDArray[Any]]:
    """What the graph asks for, by the names that it has there."""
    from safetensors import safe_open
    from safetensors.numpy import load_file

    with safe_open(folder / WEIGHTS, framework="numpy") as file:
        names = [name for name in file.keys() if name not in TABLES]  # noqa: SIM118
        tensors = {name: file.get_tensor(name) for name in names}
    return eight_bit(tensors, load_file(folder / "smoothing.safetensors"), pool)


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Numbers of texts of one length each, few enough for the memory of a small machine."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for length, same in groupby(order, key=lengths.__getitem__):
        numbers = list(same)
        size = max(1, _BATCH_TOKENS // max(1, length))
        for start in range(0, len(numbers), size):
            yield numbers[start : start + size]


def _tokens(read: Encoding, rows: Vectors, prompt_chars: int) -> TokenVectors:
    spans: Spans = np.asarray(read.offsets, np.int32).reshape(-1, 2)
    special = np.asarray(read.special_tokens_mask, bool)
    return text_tokens(rows, spans, special, prompt_chars)


def _digest(folder: Path, prompts: tuple[str, str]) -> str:
    digest = hashlib.sha256(f"{_FORMAT} {prompts!r}".encode())
    for name in _FILES:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _require_files(folder: Path) -> None:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise EmbeddingError(
            f"{folder} is no model for ONNX Runtime: {', '.join(missing)} missing.",
            "Make the bundled model with `make embedder`; for any other model leave "
            "embedding_engine at 'auto', so that sentence-transformers runs it.",
        )


def _json(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
