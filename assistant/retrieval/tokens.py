"""Late interaction: token vectors kept in few bits, and MaxSim over them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]

BITS = 2
_PER_BYTE = 8 // BITS
# Lloyd-Max levels of a standard normal variable in 2 bits (Max 1960, table I).
_THRESHOLD = 0.9816
_LEVELS = np.array([-1.510, -0.4528, 0.4528, 1.510], dtype=np.float32)
_SHIFTS = np.arange(0, 8, BITS, dtype=np.uint8)
_TABLE: Vectors = _LEVELS[(np.arange(256)[:, None] >> _SHIFTS) & (2**BITS - 1)]


def pack(vectors: Vectors) -> Codes:
    """Keep each number of each vector in 2 bits.

    Args:
        vectors: float32, shape (n_tokens, dim); dim a multiple of 4.

    Returns:
        uint8, shape (n_tokens, dim / 4).
    """
    # A token's numbers are near normal around zero: only their spread differs.
    spread = np.sqrt((vectors**2).mean(axis=1, keepdims=True)) + 1e-9
    scaled = vectors / spread
    codes = (scaled > -_THRESHOLD).astype(np.uint8) + (scaled > 0) + (scaled > _THRESHOLD)
    grouped = codes.reshape(len(vectors), -1, _PER_BYTE).astype(np.uint8) << _SHIFTS
    packed: Codes = np.bitwise_or.reduce(grouped, axis=2)
    return packed


def unpack(codes: Codes) -> Vectors:
    """Approximate the vectors that `pack` was given, as rows of L2 norm 1.

    Args:
        codes: uint8, shape (n_tokens, dim / 4).

    Returns:
        float32, shape (n_tokens, dim).
    """
    vectors: Vectors = _TABLE[codes].reshape(len(codes), -1)
    norms = np.sqrt(np.einsum("td,td->t", vectors, vectors))
    vectors /= np.maximum(norms, 1e-9)[:, None]
    return vectors


def maxsim(similarities: Vectors, weights: Vectors) -> float:
    """How well a text's tokens meet a question's: the sum of each one's best (Khattab 2020).

    Args:
        similarities: float32, shape (n_text_tokens, n_question_tokens).
        weights: float32, shape (n_question_tokens,), summing to 1.

    Returns:
        The weighted mean over the question's tokens; 0 for a text without tokens.
    """
    if not similarities.size:
        return 0.0
    return float(similarities.max(axis=0) @ weights)
