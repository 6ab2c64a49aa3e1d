"""Late interaction: token vectors kept in few bits, and MaxSim over them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

BITS = 2
_PER_BYTE = 8 // BITS
# Lloyd-Max levels of a standard normal variable in 2 bits (Max 1960, table I).
_THRESHOLD = 0.9816
_LEVELS = np.array([-1.510, -0.4528, 0.4528, 1.510], dtype=np.float32)
_SHIFTS = np.arange(0, 8, BITS, dtype=np.uint8)
_TABLE: Vectors = _LEVELS[(np.arange(256)[:, None] >> _SHIFTS) & (2**BITS - 1)]
_SQUARES: Vectors = (_TABLE**2).sum(axis=1)


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
    n, dim = vectors.shape
    grouped = codes.reshape(n, dim // _PER_BYTE, _PER_BYTE).astype(np.uint8) << _SHIFTS
    packed: Codes = np.bitwise_or.reduce(grouped, axis=2)
    return packed


def unpack(codes: Codes) -> Vectors:
    """Approximate the vectors that `pack` was given, as rows of L2 norm 1.

    Args:
        codes: uint8, shape (n_tokens, dim / 4).

    Returns:
        float32, shape (n_tokens, dim).
    """
    vectors: Vectors = _looked_up(codes)
    vectors /= np.sqrt(_SQUARES[codes].sum(axis=1))[:, None]
    return vectors


def _looked_up(codes: Codes) -> Vectors:
    n, width = codes.shape
    return np.take(_TABLE, codes, axis=0).reshape(n, width * _PER_BYTE)


def similarities(codes: Codes, question_tokens: Vectors) -> Vectors:
    """Cosines of packed token vectors with a question's.

    Args:
        codes: uint8, shape (n_tokens, dim / 4).
        question_tokens: float32, shape (n_question_tokens, dim), rows of L2 norm 1.

    Returns:
        float32, shape (n_tokens, n_question_tokens).
    """
    rough: Vectors = _looked_up(codes) @ question_tokens.T
    rough /= np.sqrt(_SQUARES[codes].sum(axis=1))[:, None]
    return rough


def maxsim(similar: Vectors, starts: Rows, weights: Vectors) -> Vectors:
    """How well texts' tokens meet a question's: each question token's best, averaged.

    Late interaction as in ColBERT (Khattab and Zaharia 2020), for texts laid end to end.

    Args:
        similar: float32, shape (n_tokens, n_question_tokens).
        starts: Where each text begins, ascending; shape (n_texts,). No text is empty.
        weights: float32, shape (n_question_tokens,), summing to 1.

    Returns:
        float32, shape (n_texts,).
    """
    best: Vectors = np.maximum.reduceat(similar, starts, axis=0) @ weights
    return best
