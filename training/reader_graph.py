"""Write the reader's ONNX graph and its weights in 8 bits, from the torch model."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file

from assistant.onnx_weights import eight_bit
from training.embedder_graph import Graph, smoothing_of
from training.reader_model import DIM, EPSILON, HEADS, INNER, Reader

_CONFIG = {
    "hidden_size": DIM,
    "intermediate_size": INNER,
    "num_attention_heads": HEADS,
    "layer_norm_eps": EPSILON,
}
_PARTS = ("query", "key", "value")


def export(model: Reader, run: Callable[[], object], out: Path) -> None:
    """Write `reader.onnx` and `reader.safetensors`.

    Args:
        model: Trained.
        run: Has it read some pairs; they show how large channels run.
        out: Folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    model.eval()
    rows = ["texts", "length", DIM]
    inputs = {"question": ["texts", "words", DIM], "sentence": rows}
    _graph(len(model.layers)).save(out / "reader.onnx", inputs, {"scores": ["texts"]})
    linear = {}
    for number, layer in enumerate(model.layers):
        linear[f"encoder.layer.{number}.attention.self"] = [layer.qkv]
        linear[f"encoder.layer.{number}.intermediate.dense"] = [layer.inner]
    with torch.no_grad():
        smoothing = {name: one.cpu().numpy() for name, one in smoothing_of(linear, run).items()}
    layers, rest = _weights(model)
    with ThreadPoolExecutor() as pool:
        save_file(rest | eight_bit(layers, smoothing, pool), out / "reader.safetensors")
    (out / "reader.safetensors").chmod(0o644)


def from_export(folder: Path, encoder: Path) -> Reader:
    """The reader of a folder that `export` wrote, out of its 8 bits, to be trained further.

    Its span head isn't there: it stays as `Reader` makes it.

    Args:
        folder: With `reader.safetensors`.
        encoder: Weights of the encoder that it began as.
    """
    stored = load_file(folder / "reader.safetensors")
    model = Reader()
    model.begin_as(encoder)

    def matrix(name: str, smoothing: str = "") -> torch.Tensor:
        wide = stored[f"{name}_int8"].float().T * stored[f"{name}_step"][:, None]
        return wide / stored[smoothing] if smoothing else wide

    state = {
        "mark": stored["mark"][0, 0] - model.places[0],
        "types": stored["types"],
        "norm.weight": stored["norm.weight"],
        "norm.bias": stored["norm.bias"],
        "score.weight": stored["score.matrix"].T,
        "score.bias": stored["score.bias"],
        "span.weight": model.span.weight.data,
        "span.bias": model.span.bias.data,
    }
    for number in range(len(model.layers)):
        name, layer = f"encoder.layer.{number}", f"layers.{number}"
        kinds = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        shared = f"{name}.attention.self.smoothing"
        state[f"{layer}.qkv.weight"] = torch.cat([matrix(f"{k}.weight", shared) for k in kinds])
        state[f"{layer}.qkv.bias"] = torch.cat([stored[f"{kind}.bias"] for kind in kinds])
        state[f"{layer}.inner.weight"] = matrix(
            f"{name}.intermediate.dense.weight", f"{name}.intermediate.dense.smoothing"
        )
        state[f"{layer}.inner.bias"] = stored[f"{name}.intermediate.dense.bias"]
        for ours, theirs in (("out", "attention.output"), ("outer", "output")):
            state[f"{layer}.{ours}.weight"] = matrix(f"{name}.{theirs}.dense.weight")
            state[f"{layer}.{ours}.bias"] = stored[f"{name}.{theirs}.dense.bias"]
        for ours, theirs in (("norm1", "attention.output"), ("norm2", "output")):
            for kind in ("weight", "bias"):
                state[f"{layer}.{ours}.{kind}"] = stored[f"{name}.{theirs}.LayerNorm.{kind}"]
    model.load_state_dict(state)
    return model


Arrays = dict[str, npt.NDArray[Any]]


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
    for number, name in enumerate(("question", "sentence")):
        graph.constant(f"{name}/number", np.array([number], np.int64))
    graph.constant("first", np.array(0, np.int64))
    graph.constant("mark/rest", np.array([1, DIM], np.int64))
    for name, shape in {
        "mark": [1, 1, DIM], "types": [2, DIM], "score.matrix": [DIM, 1], "score.bias": [1],
    }.items():  # fmt: skip
        graph.weight(name, shape)
    texts = graph.node("Shape", ["question"], "texts", start=0, end=1)
    whole = graph.node("Concat", [texts, "mark/rest"], "mark/shape", axis=0)
    mark = graph.node("Expand", ["mark", whole], "mark/expanded")
    asked = graph.node("Concat", [mark, "question"], "question/marked", axis=1)
    sides = []
    for name, rows in {"question": asked, "sentence": "sentence"}.items():
        normed = graph.norm(rows, "norm", _CONFIG, f"{name}/normed")
        kind = graph.node("Gather", ["types", f"{name}/number"], f"{name}/type", axis=0)
        sides.append(graph.node("Add", [normed, kind], f"{name}/typed"))
    x = graph.node("Concat", sides, "x", axis=1)
    for number in range(layers):
        x = graph.layer(x, f"encoder.layer.{number}", _CONFIG)
    marked = graph.node("Gather", [x, "first"], "marked", axis=1)
    product = graph.node("MatMul", [marked, "score.matrix"], "score/product")
    biased = graph.node("Add", [product, "score.bias"], "score/biased")
    graph.node("Squeeze", [biased, "last"], "scores")
    return graph
