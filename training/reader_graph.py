"""Write the reader's ONNX graph and its weights in 8 bits, from the torch model.

    python -m training.reader_graph

Of the states that `training.reader` left in `.work/readers`: the one that ships into the package,
those of the folds beside the states.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_model

from assistant.onnx_weights import eight_bit
from training.embedder_graph import Graph, smoothing_of
from training.reader_batches import FILE, FOLDS, WORK, Lessons, fold_folder
from training.reader_model import DIM, EPSILON, HEADS, INNER, KINDS, Reader, Row

OUT = Path("assistant/reader")
SHOWN = 300  # questions that show how large channels run
_CONFIG = {
    "hidden_size": DIM,
    "intermediate_size": INNER,
    "num_attention_heads": HEADS,
    "layer_norm_eps": EPSILON,
}
_PARTS = ("query", "key", "value")
Arrays = dict[str, npt.NDArray[Any]]


def export(model: Reader, rows: Sequence[Row], out: Path) -> None:
    """Write `reader.onnx` and `reader.safetensors`.

    Args:
        model: Trained.
        rows: Texts that show how large channels run.
        out: Folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    model.eval()
    inputs = {"rows": ["texts", "length", DIM], "kinds": ["marked_length"]}
    outputs = {"scores": ["texts"]}
    _graph(len(model.layers)).save(out / "reader.onnx", inputs, outputs, whole=("kinds",))
    linear = {}
    for number, layer in enumerate(model.layers):
        linear[f"encoder.layer.{number}.attention.self"] = [layer.qkv]
        linear[f"encoder.layer.{number}.intermediate.dense"] = [layer.inner]
    with torch.no_grad():
        factors = smoothing_of(linear, lambda: [model(row) for row in rows])
        smoothing = {name: factor.numpy() for name, factor in factors.items()}
    layers, rest = _weights(model)
    with ThreadPoolExecutor() as pool:
        save_file(rest | eight_bit(layers, smoothing, pool), out / "reader.safetensors")
    (out / "reader.safetensors").chmod(0o644)


def main() -> None:
    """Export all states."""
    lessons = Lessons(FILE, torch.device("cpu"), tokens=4096)
    questions = np.arange(len(lessons.source))[:: len(lessons.source) // SHOWN]
    rows = [batch.alone for batch in lessons.batches(np.random.default_rng(0), questions)]
    for folder in (*map(fold_folder, range(FOLDS)), OUT):
        model = Reader()
        load_model(model, WORK / f"{folder.name}.safetensors")
        export(model, rows, folder)


def _weights(model: Reader) -> tuple[Arrays, Arrays]:
    """The layers' weights, by the names of a BERT's, and what stays in float, (in, out)."""
    found: dict[str, torch.Tensor] = {}
    for number, layer in enumerate(model.layers):
        name = f"encoder.layer.{number}"
        for kind in ("weight", "bias"):
            for part, tensor in zip(_PARTS, getattr(layer.qkv, kind).chunk(3), strict=True):
                found[f"{name}.attention.self.{part}.{kind}"] = tensor
            found[f"{name}.attention.output.dense.{kind}"] = getattr(layer.out, kind)
            found[f"{name}.attention.output.LayerNorm.{kind}"] = getattr(layer.norm1, kind)
            found[f"{name}.intermediate.dense.{kind}"] = getattr(layer.inner, kind)
            found[f"{name}.output.dense.{kind}"] = getattr(layer.outer, kind)
            found[f"{name}.output.LayerNorm.{kind}"] = getattr(layer.norm2, kind)
    rest = {
        "mark": (model.mark + model.places[0])[None, None],
        "types": model.types,
        "norm.weight": model.norm.weight,
        "norm.bias": model.norm.bias,
        "score.matrix": model.score.weight.T,
        "score.bias": model.score.bias,
    }
    return _arrays(found), _arrays(rest)


def _arrays(tensors: dict[str, torch.Tensor]) -> Arrays:
    return {
        name: np.ascontiguousarray(tensor.detach().float().cpu().numpy())
        for name, tensor in tensors.items()
    }


def _graph(layers: int) -> Graph:
    graph = Graph()
    graph.constant("first", np.array([0], np.int64))
    graph.constant("both", np.array([1, 2], np.int64))
    graph.constant("mark/rest", np.array([1, DIM], np.int64))
    for name, shape in {
        "mark": [1, 1, DIM], "types": [KINDS, DIM], "score.matrix": [DIM, 1], "score.bias": [1],
    }.items():  # fmt: skip
        graph.weight(name, shape)
    texts = graph.node("Shape", ["rows"], "texts", start=0, end=1)
    whole = graph.node("Concat", [texts, "mark/rest"], "mark/shape", axis=0)
    mark = graph.node("Expand", ["mark", whole], "mark/expanded")
    marked = graph.node("Concat", [mark, "rows"], "rows/marked", axis=1)
    normed = graph.norm(marked, "norm", _CONFIG, "rows/normed")
    types = graph.node("Gather", ["types", "kinds"], "rows/types", axis=0)
    x = graph.node("Add", [normed, types], "x")
    for number in range(layers - 1):
        x = graph.layer(x, f"encoder.layer.{number}", _CONFIG)
    # Of the last layer's rows only the mark's is read.
    marks = graph.node("Gather", [x, "first"], "marks", axis=1)
    read = graph.layer(x, f"encoder.layer.{layers - 1}", _CONFIG, marks)
    product = graph.node("MatMul", [read, "score.matrix"], "score/product")
    biased = graph.node("Add", [product, "score.bias"], "score/biased")
    graph.node("Squeeze", [biased, "both"], "scores")
    return graph


if __name__ == "__main__":
    main()
