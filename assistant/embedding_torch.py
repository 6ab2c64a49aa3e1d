"""Any model that sentence-transformers loads, behind the interface of the bundled one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.embedding import Encoded, TokenVectors, text_tokens, unit_rows
from assistant.errors import EmbeddingError
from assistant.settings import BUNDLED_MODEL

_BATCH = 16
_HUB_TIMEOUT_S = 10.0


class SentenceTransformerEngine:
    """Any model that sentence-transformers loads, by name or path."""

    def __init__(self, model: str, query_prompt: str | None, passage_prompt: str | None) -> None:
        self._model = _load_sentence_transformer(model)
        own = self._model.prompts
        self.query_prompt = own.get("query") or "" if query_prompt is None else query_prompt
        # sentence-transformers fills "document" in as empty where a model says "passage".
        names = ("document", "passage", "corpus")
        theirs = next((own[name] for name in names if own.get(name)), "")
        self.passage_prompt = theirs if passage_prompt is None else passage_prompt
        self.model_id = model
        self.dim = int(self._model.get_embedding_dimension() or 0)
        self.max_tokens = int(self._model.max_seq_length or 512)
        self._fast = getattr(self._model.tokenizer, "is_fast", False)
        self.fingerprint = self._digest()

    def encode(self, texts: Sequence[str], prompt: str, *, with_tokens: bool) -> Encoded:
        """Embed texts behind a prompt, in batches of like length.

        Raises:
            EmbeddingError: Token vectors were asked of a model that has none, or places of a
                tokenizer that doesn't tell them.
        """
        options: dict[str, Any] = {"prompt": prompt, "batch_size": _BATCH}
        options |= {"show_progress_bar": False}
        if not with_tokens:
            return Encoded(unit_rows(self._model.encode(list(texts), **options)), [])
        found = self._model.encode(list(texts), output_value=None, **options)
        if not self._fast or "token_embeddings" not in found[0]:
            raise EmbeddingError(
                f"The model {self.model_id} gives no token vectors with their places in the text.",
                "Use a transformer model with a fast tokenizer, or the bundled model.",
            )
        vectors = np.stack([item["sentence_embedding"].cpu().numpy() for item in found])
        pairs = zip(texts, found, strict=True)
        return Encoded(
            unit_rows(vectors), [self._tokens(text, prompt, item) for text, item in pairs]
        )

    def count_tokens(self, text: str) -> int:
        """Tokens of a text alone, without prompt and special tokens."""
        # Not cut to the model's length, and so without its warning about that.
        return len(self._model.tokenizer.tokenize(text))

    def _tokens(self, text: str, prompt: str, item: dict[str, Any]) -> TokenVectors:
        read = self._model.tokenizer(
            prompt + text,
            truncation=True,
            max_length=self.max_tokens,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        spans = np.asarray(read["offset_mapping"], np.int32).reshape(-1, 2)
        special = np.asarray(read["special_tokens_mask"], bool)
        rows = item["token_embeddings"].float().cpu().numpy()
        rows = rows[item["attention_mask"].cpu().numpy().astype(bool)]  # without padding
        return text_tokens(rows, spans, special, len(prompt))

    def _digest(self) -> str:
        digest = hashlib.sha256(f"torch {self._model}".encode())
        digest.update(repr((self.query_prompt, self.passage_prompt, self.max_tokens)).encode())
        if self._fast:
            digest.update(self._model.tokenizer.backend_tokenizer.to_str().encode())
        for name, tensor in self._model.state_dict().items():
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().float().numpy().data)
        return digest.hexdigest()


def _load_sentence_transformer(model: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer

        # Every file would be asked of a hub that doesn't answer, again and again: a minute.
        here_only = Path(model).exists() or not _hub_knows(model)
        return SentenceTransformer(model, local_files_only=here_only)
    except Exception as error:  # loading runs the code and files of others: anything may come
        reason = next(iter(str(error).splitlines()), "no reason given")
        raise EmbeddingError(
            f"The embedding model {model!r} can't be loaded ({type(error).__name__}: {reason}).",
            "Give the folder of a model that sentence-transformers saved; a name needs a model hub "
            f"that can be reached. Or leave embedding_model at {BUNDLED_MODEL!r}.",
        ) from error


def _hub_knows(model: str) -> bool:
    """Whether the model hub answers for this name; if not, only downloaded copies are left."""
    from huggingface_hub import HfApi

    try:
        HfApi().model_info(model, timeout=_HUB_TIMEOUT_S)
    except Exception:  # no network, a proxy, no such name, a gate: all end at the copies
        return False
    return True
