"""Write the encoder's ONNX graph, without weights: the engine brings those of the same folder.

Matrices are multiplied in 8 bits. Weights have one scale per output channel. Activations have
one per token, so that a text's vector never depends on its neighbours in a batch. Channels that
run large are divided by a factor that the weights are multiplied by (Xiao et al. 2023,
"SmoothQuant"). No attention mask: a batch holds texts of one length, and ONNX Runtime's blocked
attention, which takes no mask, is several times faster.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    import torch

GRAPH = "encoder.onnx"
SMOOTHING = "smoothing.safetensors"
_MICROSOFT = "com.microsoft"
_ATTENTION = ("attention.self.query", "attention.self.key", "attention.self.value")
_SHARED = "attention.self"
_EPS = 1e-5
Shapes = Mapping[str, Sequence[str | int]]
# How much of a channel's size goes over to its weights: .65 to .8 measured alike, .5 worse.
_MOVED = 0.7
_GELU_DEPTH = 0.17  # a GELU's least value is -0.16997


class _Bytes(NamedTuple):
    """Rows as bytes: `most * step * (numbers - zero)`; `most` has one number a row."""

    numbers: str
    most: str
    step: str
    zero: str


class Graph:
    """Nodes and initialisers in the making. A node's output has the node's own name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: dict[str, onnx.TensorProto] = {}
        self.constant("middle", np.array(128, np.uint8))
        self.constant("least", np.array(0, np.uint8))
        self.constant("step", np.array(1 / 127, np.float32))
        self.constant("half-step", np.array(1 / 255, np.float32))
        self.constant("gelu-depth", np.array(_GELU_DEPTH, np.float32))
        self.constant("rows_axis", np.array([0], np.int64))
        self.constant("last", np.array([-1], np.int64))
        self.constant("tokens_axis", np.array([1], np.int64))

    def constant(self, name: str, value: Any) -> None:
        self.tensors[name] = numpy_helper.from_array(value, name)

    def weight(self, name: str, shape: Sequence[int], dtype: int = TensorProto.FLOAT) -> str:
        """A tensor that only the engine knows: its place in the file is never read."""
        tensor = TensorProto(
            name=name, data_type=dtype, dims=shape, data_location=TensorProto.EXTERNAL
        )
        tensor.external_data.add(key="location", value="given-by-the-engine")
        self.tensors[name] = tensor
        return name

    def node(self, op: str, inputs: Sequence[str], out: str, domain: str = "", **more: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [out], name=out, domain=domain, **more))
        return out

    def quantised(self, x: str, smoothing: str, width: int) -> _Bytes:
        """Each token's row as bytes around 128, its channels divided by factors first."""
        x = self.node("Div", [x, self.weight(smoothing, [width])], f"{x}/smooth")
        return self.around_zero(x)

    def around_zero(self, x: str) -> _Bytes:
        """Each token's row as bytes around 128."""
        size = self.node("Abs", [x], f"{x}/abs")
        most = self.node("ReduceMax", [size, "last"], f"{x}/most", keepdims=1)
        return self._bytes(x, most, "step", "middle")

    def above_gelu_depth(self, x: str) -> _Bytes:
        """Each token's row as bytes from 0, after adding what keeps a GELU's output positive."""
        x = self.node("Add", [x, "gelu-depth"], f"{x}/raised")
        most = self.node("ReduceMax", [x, "last"], f"{x}/most", keepdims=1)
        return self._bytes(x, most, "half-step", "least")

    def _bytes(self, x: str, most: str, step: str, zero: str) -> _Bytes:
        unit = self.node("Div", [x, most], f"{x}/unit")
        return _Bytes(
            self.node("QuantizeLinear", [unit, step, zero], f"{x}/bytes"), most, step, zero
        )

    def product(self, x: _Bytes, parts: Sequence[str], shape: tuple[int, int]) -> str:
        """Rows times one matrix, or times several side by side; biases are left to others."""
        out = parts[0] if len(parts) == 1 else parts[0] + "+"
        weights = [self.weight(f"{p}.weight_int8", shape, TensorProto.INT8) for p in parts]
        steps = [self.weight(f"{p}.weight_step", shape[1:]) for p in parts]
        if len(parts) > 1:  # folded when the graph is loaded
            weights = [self.node("Concat", weights, f"{out}.weights", axis=1)]
            steps = [self.node("Concat", steps, f"{out}.steps", axis=0)]
        inputs = [x.numbers, weights[0], x.step, steps[0], x.zero]
        y = self.node("MatMulIntegerToFloat", inputs, f"{out}/of-unit", _MICROSOFT)
        return self.node("Mul", [y, x.most], f"{out}/product")

    def lowered_bias(self, dense: str, width: int) -> str:
        """A bias without what `above_gelu_depth` adds to the product; folded when loaded."""
        whole = self.node("Cast", [f"{dense}.weight_int8"], f"{dense}/float", to=TensorProto.FLOAT)
        total = self.node("ReduceSum", [whole, "rows_axis"], f"{dense}/total", keepdims=0)
        stepped = self.node("Mul", [total, f"{dense}.weight_step"], f"{dense}/stepped")
        added = self.node("Mul", [stepped, "gelu-depth"], f"{dense}/added")
        bias = self.weight(f"{dense}.bias", [width])
        return self.node("Sub", [bias, added], f"{dense}/lowered-bias")

    def norm(self, x: str, name: str, config: Mapping[str, Any], out: str = "") -> str:
        width = [config["hidden_size"]]
        inputs = [x, self.weight(f"{name}.weight", width), self.weight(f"{name}.bias", width)]
        return self.node(
            "LayerNormalization", inputs, out or f"{name}/out", epsilon=config["layer_norm_eps"]
        )

    def layer(self, x: str, name: str, config: Mapping[str, Any], asking: str = "") -> str:
        """One layer of a BERT.

        Args:
            x: Rows that it attends to.
            name: Of its weights.
            config: Of the model.
            asking: Rows to go on with, where that aren't all of them.
        """
        width, inner = config["hidden_size"], config["intermediate_size"]
        parts = [f"{name}.{part}" for part in _ATTENTION]
        smoothing = f"{name}.{_SHARED}.smoothing"
        if asking:
            query = self._projected(asking, parts[:1], smoothing, width)
            names = query + self._projected(x, parts[1:], smoothing, width)
            x = asking
        else:
            names = self._projected(x, parts, smoothing, width)
        biases = [self.weight(f"{part}.bias", [width]) for part in parts]
        bias = self.node("Concat", biases, f"{name}.{_SHARED}.bias", axis=0)
        heads = config["num_attention_heads"]
        attended = self.node(
            "MultiHeadAttention",
            [*names, bias],
            f"{name}.{_SHARED}/out",
            _MICROSOFT,
            num_heads=heads,
        )
        dense = f"{name}.attention.output.dense"
        y = self.product(self.around_zero(attended), [dense], (width, width))
        x = self._back(x, y, self.weight(f"{dense}.bias", [width]), dense, config)
        dense = f"{name}.intermediate.dense"
        row = self.quantised(x, f"{dense}.smoothing", width)
        y = self.product(row, [dense], (width, inner))
        y = self.node(
            "BiasGelu", [y, self.weight(f"{dense}.bias", [inner])], f"{dense}/gelu", _MICROSOFT
        )
        dense = f"{name}.output.dense"
        y = self.product(self.above_gelu_depth(y), [dense], (inner, width))
        return self._back(x, y, self.lowered_bias(dense, width), dense, config)

    def _projected(self, x: str, parts: Sequence[str], smoothing: str, width: int) -> list[str]:
        """Rows times some of the matrices of an attention, without their biases."""
        products = self.product(self.quantised(x, smoothing, width), parts, (width, width))
        count = len(parts)
        if count == 1:
            return [products]
        names = [f"{part}/out" for part in parts]
        self.nodes.append(helper.make_node("Split", [products], names, axis=-1, num_outputs=count))
        return names

    def save(
        self, file: Path, inputs: Shapes, outputs: Shapes, whole: Collection[str] = ()
    ) -> None:
        """Write the graph; inputs and outputs are float32 of these shapes, or whole numbers."""

        def infos(shapes: Shapes) -> list[onnx.ValueInfoProto]:
            return [
                helper.make_tensor_value_info(
                    name, TensorProto.INT64 if name in whole else TensorProto.FLOAT, dims
                )
                for name, dims in shapes.items()
            ]

        made = helper.make_graph(
            self.nodes, file.stem, infos(inputs), infos(outputs), list(self.tensors.values())
        )
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid(_MICROSOFT, 1)]
        model = helper.make_model(made, opset_imports=opsets, ir_version=10, producer_name="isnad")
        onnx.save(model, file)

    def _back(self, x: str, y: str, bias: str, dense: str, config: Mapping[str, Any]) -> str:
        """Add the bias and what went in, normalise."""
        # Step by step: the fused operator of ONNX Runtime is seven times slower.
        y = self.node("Add", [y, bias], f"{dense}/biased")
        y = self.node("Add", [y, x], f"{dense}/sum")
        return self.norm(y, dense.removesuffix("dense") + "LayerNorm", config)


def export_graph(folder: Path, texts: Sequence[str]) -> None:
    """Write `encoder.onnx` and `smoothing.safetensors` beside a model's weights.

    Args:
        folder: As `write_model_dir` leaves it; read as a SentenceTransformer.
        texts: Some dozens, with their prompts; they show how large each channel runs.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    graph = Graph()
    x = graph.norm("inputs", "embeddings.LayerNorm", config)
    for number in range(config["num_hidden_layers"]):
        x = graph.layer(x, f"encoder.layer.{number}", config)
    graph.node("Identity", [x], "tokens")
    graph.node("ReduceMean", [x, "tokens_axis"], "mean", keepdims=0)
    graph.node("LpNormalization", ["mean"], "vectors", axis=-1, p=2)
    shape = ["texts", "length", config["hidden_size"]]
    outputs = {"vectors": [shape[0], shape[2]], "tokens": shape}
    graph.save(folder / GRAPH, {"inputs": shape}, outputs)
    _write_smoothing(folder, texts)


def _write_smoothing(folder: Path, texts: Sequence[str]) -> None:
    from safetensors.torch import save_file
    from sentence_transformers import SentenceTransformer

    pipeline = SentenceTransformer(str(folder), device="cpu")
    modules = dict(pipeline[0].auto_model.named_modules())
    layers = range(pipeline[0].auto_model.config.num_hidden_layers)
    groups = {f"encoder.layer.{n}.{_SHARED}": [*_ATTENTION] for n in layers}
    groups |= {f"encoder.layer.{n}.intermediate.dense": ["intermediate.dense"] for n in layers}
    prefix = {name: ".".join(name.split(".")[:3]) for name in groups}
    linear = {n: [modules[f"{prefix[n]}.{part}"] for part in parts] for n, parts in groups.items()}
    # One text at a time: padding's rows would count as text.
    factors = smoothing_of(linear, lambda: pipeline.encode(list(texts), batch_size=1, prompt=""))
    save_file(factors, folder / SMOOTHING)
    (folder / SMOOTHING).chmod(0o644)


def smoothing_of(
    linear: Mapping[str, Sequence[torch.nn.Linear]], run: Callable[[], object]
) -> dict[str, torch.Tensor]:
    """The factor of each channel: its activations' size over its weights', to powers.

    Args:
        linear: By name, the layers that the same activations go into.
        run: Sends some texts through them, without padding.
    """
    import torch

    sizes: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Any:
        def hook(_module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
            size = inputs[0].detach().abs().flatten(0, -2).amax(0)
            sizes[name] = torch.maximum(sizes[name], size) if name in sizes else size

        return hook

    hooks = [some[0].register_forward_pre_hook(watch(name)) for name, some in linear.items()]
    run()
    for hook in hooks:
        hook.remove()
    factors = {}
    for name, some in linear.items():
        weight = torch.stack([module.weight.detach().abs().amax(0) for module in some]).amax(0)
        factor = sizes[name].clamp(min=_EPS) ** _MOVED / weight.clamp(min=_EPS) ** (1 - _MOVED)
        factors[f"{name}.smoothing"] = (factor / factor.mean()).contiguous()
    return factors
