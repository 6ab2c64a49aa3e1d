"""Write the reader's ONNX graph and its weights, from the torch model that was trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from onnx import helper
from safetensors.torch import save_file

from training.embedder_graph import Graph, smoothing_of
from training.reader_model import DIM, HEADS, INNER, NEAR_MEAN, NEAR_TOP, Reader

_CONFIG = {
    "hidden_size": DIM,
    "intermediate_size": INNER,
    "num_attention_heads": HEADS,
    "layer_norm_eps": 1e-12,
}
_PARTS = ("query", "key", "value")


def export(model: Reader, pairs: Sequence[tuple[torch.Tensor, torch.Tensor]], out: Path) -> None:
    """Write `reader.onnx`, `reader.safetensors` and `smoothing.safetensors`.

    Args:
        model: Trained.
        pairs: Token vectors of some questions and sentences; they show how large channels run.
        out: Folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    model.eval()
    _graph(len(model.layers)).save(
        out / "reader.onnx",
        {"question": ["texts", "words", DIM], "sentence": ["texts", "length", DIM]},
        {"scores": ["texts"]},
    )
    save_file(_weights(model), out / "reader.safetensors")
    linear = {}
    for number, layer in enumerate(model.layers):
        linear[f"encoder.layer.{number}.attention.self"] = [layer.qkv]
        linear[f"encoder.layer.{number}.intermediate.dense"] = [layer.inner]

    @torch.no_grad()
    def run() -> None:
        for question, sentence in pairs:
            model.pair(question[None], sentence[None])

    save_file(smoothing_of(linear, run), out / "smoothing.safetensors")
    for name in ("reader.safetensors", "smoothing.safetensors"):
        (out / name).chmod(0o644)


def _weights(model: Reader) -> dict[str, torch.Tensor]:
    """By the names of a BERT's layers; what stays in float is kept (in, out)."""
    found = {}
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
    found |= {"mark": model.mark[None, None], "types": model.types, "sharp": model.sharp[None]}
    found |= {"norm.weight": model.norm.weight, "norm.bias": model.norm.bias}
    for part in ("aligned", "product", "facts"):
        found[f"{part}.matrix"] = getattr(model, part).weight.T
        found[f"{part}.bias"] = getattr(model, part).bias
    found |= {"score.matrix": model.score.weight.T, "score.bias": model.score.bias}
    return {name: tensor.detach().half().contiguous() for name, tensor in found.items()}


def _graph(layers: int) -> Graph:
    graph = Graph()
    for name, value in {
        "size": DIM**0.5, "area": float(DIM), "top-middle": NEAR_TOP, "mean-middle": NEAR_MEAN,
        "ten": 10.0, "nothing": -1.0,
    }.items():  # fmt: skip
        graph.constant(name, np.array(value, np.float32))
    graph.constant("two", np.array([2], np.int64))
    graph.constant("one-column", np.array([0, 0, 0, 0, 0, 1], np.int64))
    graph.constant("zero", np.array(0, np.int64))
    graph.constant("first-type", np.array([0], np.int64))
    graph.constant("second-type", np.array([1], np.int64))
    for name, shape in {"mark": [1, 1, DIM], "types": [2, DIM], "sharp": [1]}.items():
        graph.weight(name, shape)
    for part, rows in {"aligned": DIM, "product": DIM, "facts": 3}.items():
        graph.weight(f"{part}.matrix", [rows, DIM])
        graph.weight(f"{part}.bias", [DIM])
    graph.weight("score.matrix", [DIM, 1])
    graph.weight("score.bias", [1])
    turned = graph.node("Transpose", ["question"], "question/turned", perm=[0, 2, 1])
    near = graph.node("MatMul", ["sentence", turned], "near")
    back = graph.node("Transpose", [near], "near/back", perm=[0, 2, 1])
    question = _side(graph, "question", back, "sentence", "first-type")
    sentence = _side(graph, "sentence", near, "question", "second-type")
    shape = graph.node("Shape", ["question"], "texts", start=0, end=1)
    graph.constant("mark/rest", np.array([1, DIM], np.int64))
    whole = graph.node("Concat", [shape, "mark/rest"], "mark/shape", axis=0)
    mark = graph.node("Expand", ["mark", whole], "mark/expanded")
    x = graph.node("Concat", [mark, question, sentence], "x", axis=1)
    for number in range(layers):
        x = graph.layer(x, f"encoder.layer.{number}", _CONFIG)
    first = graph.node("Gather", [x, "zero"], "marked", axis=1)
    product = graph.node("MatMul", [first, "score.matrix"], "score/product")
    biased = graph.node("Add", [product, "score.bias"], "score/biased")
    graph.node("Squeeze", [biased, "last"], "scores")
    return graph


def _side(graph: Graph, name: str, near: str, other: str, type_of: str) -> str:
    """One text's tokens, with what they meet in the other."""
    sharp = graph.node("Mul", [near, "sharp"], f"{name}/sharp")
    shares = graph.node("Softmax", [sharp], f"{name}/shares", axis=-1)
    met = graph.node("MatMul", [shares, other], f"{name}/met")
    padded = graph.node("Pad", [near, "one-column", "nothing"], f"{name}/padded")
    tops = [f"{name}/tops", f"{name}/places"]
    graph.nodes.append(helper.make_node("TopK", [padded, "two"], tops, axis=-1))
    mean = graph.node("ReduceMean", [near, "last"], f"{name}/mean", keepdims=1)
    top = _scaled(graph, f"{name}/tops", "top-middle")
    facts = graph.node(
        "Concat", [top, _scaled(graph, mean, "mean-middle")], f"{name}/known", axis=-1
    )
    times = graph.node("Mul", [name, met], f"{name}/times")
    times = graph.node("Mul", [times, "area"], f"{name}/times-area")
    grown = graph.node("Mul", [met, "size"], f"{name}/met-grown")
    own = graph.node("Mul", [name, "size"], f"{name}/grown")
    x = graph.norm(own, "norm", {**_CONFIG, "layer_norm_eps": 1e-5}, f"{name}/normed")
    x = graph.node(
        "Add",
        [x, graph.node("Gather", ["types", type_of], f"{name}/type", axis=0)],
        f"{name}/typed",
    )
    for part, inputs in {"aligned": grown, "product": times, "facts": facts}.items():
        y = graph.node("MatMul", [inputs, f"{part}.matrix"], f"{name}/{part}")
        y = graph.node("Add", [y, f"{part}.bias"], f"{name}/{part}-biased")
        x = graph.node("Add", [x, y], f"{name}/with-{part}")
    return x


def _scaled(graph: Graph, x: str, middle: str) -> str:
    x = graph.node("Sub", [x, middle], f"{x}/less")
    return graph.node("Mul", [x, "ten"], f"{x}/scaled")
