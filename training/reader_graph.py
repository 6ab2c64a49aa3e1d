"""Write the reader's ONNX graph and its weights in 8 bits, from the torch model.

    python -m training.reader_graph

Of the state that `training.reader` left in `.work/readers`, beside it: the upper layers go on
learning (`training.reader_tuning`) before one ships.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_model
from torch import nn

from assistant.onnx_weights import eight_bit
from training.embedder_graph import Graph, smoothing_of
from training.reader_batches import FILE, WORK, Lessons
from training.reader_model import (
    CONTEXT,
    DIM,
    EPSILON,
    HEADS,
    INNER,
    KINDS,
    LAYERS,
    LOWER,
    NORMS,
    PARTS,
    PRODUCTS,
    Reader,
    Row,
)
from training.reader_upper import Upper

WHOLE = WORK / "whole"
SHOWN = 300  # questions that show how large channels run
_CONFIG = {
    "hidden_size": DIM,
    "intermediate_size": INNER,
    "num_attention_heads": HEADS,
    "layer_norm_eps": EPSILON,
}
Arrays = dict[str, npt.NDArray[Any]]


def export(model: Reader, rows: Sequence[Row], out: Path) -> None:
    """Write `reader.onnx` and `reader.safetensors`.

    Args:
        model: Trained.
        rows: Texts that show how large channels run.
        out: Folder.
    """
    model.eval()
    with torch.no_grad():
        layers = _eight_bit(model.layers, 0, lambda: [model(row) for row in rows])
    rest = {
        "mark": (model.mark + model.places[0])[None, None],
        "types": model.types,
        "norm.weight": model.norm.weight,
        "norm.bias": model.norm.bias,
    }
    _write(_arrays(rest) | _score(model) | layers, out)


def export_upper(model: Upper, run: Callable[[], object], out: Path) -> None:
    """Write `reader.onnx` and `reader.safetensors` with other upper layers than WHOLE has.

    Args:
        model: Trained.
        run: Sends some texts through it, to show how large channels run.
        out: Folder.
    """
    model.eval()
    with torch.no_grad():
        layers = _eight_bit(model.layers, LOWER, run)
    whole = load_file(WHOLE / "reader.safetensors")
    _write(whole | _score(model) | layers, out)


def write_lower(file: Path) -> None:
    """Write the graph of the lower layers alone, whose output is "states"."""
    graph, states = _lower()
    _saved(graph, file, {states: ["texts", "kept", DIM]})


def lower_weights(weights: Arrays) -> Arrays:
    """Those of a whole reader that its lower layers have."""
    upper = tuple(f"encoder.layer.{number}." for number in range(LOWER, LAYERS))
    return {name: each for name, each in weights.items() if not name.startswith((*upper, "score"))}


def main() -> None:
    """Export the whole reader."""
    lessons = Lessons(FILE, torch.device("cpu"), tokens=4096)
    questions = np.arange(len(lessons.source))[:: len(lessons.source) // SHOWN]
    rows = [batch.alone for batch in lessons.batches(np.random.default_rng(0), questions)]
    model = Reader()
    load_model(model, WORK / "reader.safetensors")
    export(model, rows, WHOLE)


def _saved(graph: Graph, file: Path, outputs: dict[str, list[str | int]]) -> None:
    inputs = {"rows": ["texts", "length", DIM], "kinds": ["marked_length"]}
    graph.save(file, inputs, outputs, whole=("kinds",))


def _write(weights: Arrays, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    save_file(weights, out / "reader.safetensors")
    (out / "reader.safetensors").chmod(0o644)
    _saved(_graph(), out / "reader.onnx", {"scores": ["texts"]})


def _eight_bit(layers: nn.ModuleList, first: int, run: Callable[[], object]) -> Arrays:
    """Layers from a number on, by the names of a BERT's."""
    found: dict[str, torch.Tensor] = {}
    linear = {}
    for number, layer in enumerate(layers, first):
        name = f"encoder.layer.{number}"
        linear[f"{name}.attention.self"] = [layer.qkv]
        linear[f"{name}.{PRODUCTS['inner']}"] = [layer.inner]
        for kind in ("weight", "bias"):
            whole = getattr(layer.qkv, kind).chunk(3)
            found |= {
                f"{name}.attention.self.{part}.{kind}": tensor
                for part, tensor in zip(PARTS, whole, strict=True)
            }
            found |= {
                f"{name}.{theirs}.{kind}": getattr(layer.get_submodule(ours), kind)
                for ours, theirs in (PRODUCTS | NORMS).items()
            }
    smoothing = _arrays(smoothing_of(linear, run))
    with ThreadPoolExecutor() as pool:
        return eight_bit(_arrays(found), smoothing, pool)


def _score(model: Reader | Upper) -> Arrays:
    return _arrays({"score.matrix": model.score.weight.T, "score.bias": model.score.bias})


def _arrays(tensors: dict[str, torch.Tensor]) -> Arrays:
    return {
        name: np.ascontiguousarray(tensor.detach().float().cpu().numpy())
        for name, tensor in tensors.items()
    }


def _graph() -> Graph:
    graph, x = _lower()
    for name, shape in {"score.matrix": [DIM, 1], "score.bias": [1]}.items():
        graph.weight(name, shape)
    graph.constant("first", np.array([0], np.int64))
    graph.constant("both", np.array([1, 2], np.int64))
    for number in range(LOWER, LAYERS - 1):
        x = graph.layer(x, f"encoder.layer.{number}", _CONFIG)
    # Of the last layer's rows only the mark's is read.
    marks = graph.node("Gather", [x, "first"], "marks", axis=1)
    read = graph.layer(x, f"encoder.layer.{LAYERS - 1}", _CONFIG, marks)
    product = graph.node("MatMul", [read, "score.matrix"], "score/product")
    biased = graph.node("Add", [product, "score.bias"], "score/biased")
    graph.node("Squeeze", [biased, "both"], "scores")
    return graph


def _lower() -> tuple[Graph, str]:
    """The lower layers; what they make of the mark, the question and the sentence."""
    graph = Graph()
    graph.constant("mark/rest", np.array([1, DIM], np.int64))
    graph.constant("context", np.array(CONTEXT, np.int64))
    for name, shape in {"mark": [1, 1, DIM], "types": [KINDS, DIM]}.items():
        graph.weight(name, shape)
    texts = graph.node("Shape", ["rows"], "texts", start=0, end=1)
    whole = graph.node("Concat", [texts, "mark/rest"], "mark/shape", axis=0)
    mark = graph.node("Expand", ["mark", whole], "mark/expanded")
    marked = graph.node("Concat", [mark, "rows"], "rows/marked", axis=1)
    normed = graph.norm(marked, "norm", _CONFIG, "rows/normed")
    types = graph.node("Gather", ["types", "kinds"], "rows/types", axis=0)
    x = graph.node("Add", [normed, types], "x")
    for number in range(LOWER):
        x = graph.layer(x, f"encoder.layer.{number}", _CONFIG)
    # What title and sentence before say is in the others' rows by now.
    kept = graph.node("Less", ["kinds", "context"], "kept")
    return graph, graph.node("Compress", [x, kept], "states", axis=1)


if __name__ == "__main__":
    main()
