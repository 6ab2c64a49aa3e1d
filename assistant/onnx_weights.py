"""Weights as 8-bit matrices, and sessions of ONNX Runtime that take them from memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.embedding import Vectors
from assistant.errors import EmbeddingError

_Array = npt.NDArray[Any]
# Matrices of one group go in together, and so share the factors of their inputs.
_SMOOTHED_GROUPS = ("attention.self", "intermediate.dense")
_MOST = np.float32(126)


@contextmanager
def loading(what: str, advice: str) -> Iterator[None]:
    """Whatever goes wrong while a model's files are loaded is an EmbeddingError.

    Raises:
        EmbeddingError: A file is missing or damaged.
    """
    try:
        yield
    except Exception as error:  # damaged files end anywhere in three libraries
        reason = f"{type(error).__name__}: {error}"
        raise EmbeddingError(f"{what} can't be loaded ({reason}).", advice) from error


def eight_bit(
    tensors: Mapping[str, _Array], smoothing: Mapping[str, _Array], pool: ThreadPoolExecutor
) -> dict[str, _Array]:
    """Matrices as bytes with steps, vectors as float32, as `training/embedder_graph.py` asks.

    Args:
        tensors: Matrices (out, in) and vectors, by name.
        smoothing: The factors of their inputs' channels; given back with them.
        pool: Matrices are rounded side by side.
    """
    # Rounded to the nearest, the many weights that training moved by less than half a step
    # would all go back to where they were: these numbers make it up or down by chance.
    shapes = sorted({tensor.shape for tensor in tensors.values() if tensor.ndim == 2})
    random = np.random.default_rng(0)
    dither = {shape: random.random(shape, np.float32) for shape in shapes}

    def rounded(name: str) -> tuple[_Array, Vectors]:
        factors = smoothing.get(_smoothing_of(name))
        return _bytes(tensors[name], factors, dither[tensors[name].shape])

    matrices = [name for name, tensor in tensors.items() if tensor.ndim == 2]
    ready: dict[str, _Array] = {
        name: tensor.astype(np.float32) for name, tensor in tensors.items() if tensor.ndim == 1
    }
    for name, (whole, step) in zip(matrices, pool.map(rounded, matrices), strict=True):
        ready |= {f"{name}_int8": whole, f"{name}_step": step}
    return ready | dict(smoothing)


def _bytes(tensor: _Array, smoothing: _Array | None, dither: Vectors) -> tuple[_Array, Vectors]:
    """A matrix (out, in) as bytes (in, out), and what a 1 in each output channel stands for."""
    matrix = tensor.astype(np.float32)
    if smoothing is not None:
        matrix *= smoothing
    # CPUs without VNNI add two products in 16 bits: neighbours together stay below the
    # size at which that overflows, and so every CPU gives the same vectors.
    sizes = np.abs(matrix)
    step = (sizes[:, 0::2] + sizes[:, 1::2]).max(axis=1) / _MOST
    step = np.maximum(step, np.finfo(np.float32).tiny)
    matrix *= (1 / step)[:, None]
    matrix += dither
    return np.ascontiguousarray(np.floor(matrix, out=matrix).astype(np.int8).T), step


def _smoothing_of(name: str) -> str:
    for group in _SMOOTHED_GROUPS:
        before, found, _ = name.partition(group)
        if found:
            return f"{before}{group}.smoothing"
    return ""


def open_session(graph: Path, initialisers: Mapping[str, _Array], threads: int) -> Any:
    """A session of a graph whose weights are given here."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait busily would keep a core from whatever comes next.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Constants are folded and no more: the wider set joins Add and LayerNormalization into an
    # operator that takes seven times as long on a CPU.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    values = [ort.OrtValue.ortvalue_from_numpy(array) for array in initialisers.values()]
    options.add_external_initializers(list(initialisers), values)
    return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def cores() -> int:
    """Cores that this process may use, which a container makes fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
