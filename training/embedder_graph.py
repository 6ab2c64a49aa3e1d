"""Write the encoder's ONNX graph, without weights: the engine brings those of the same folder.

Matrices are multiplied in 8 bits. Weights have one scale per output channel. Activations have
one per token, so that a text's vector never depends on its neighbours in a batch. Channels that
run large are divided by a factor that the weights are multiplied by (Xiao et al. 2023,
"SmoothQuant"). No attention mask: a batch holds texts of one length, and ONNX Runtime's blocked
attention, which takes no mask, is several times faster.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


class _Graph:
    """Nodes and initialisers in the making. A node's output has the node's own name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: dict[str, onnx.TensorProto] = {}
        self.constant("middle", np.array(128, np.uint8))
        self.constant("step", np.array(1 / 127, np.float32))
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

    def quantised(self, x: str, smoothing: str | None, width: int) -> tuple[str, str]:
        """One token's row as bytes, and the number that they are multiples of."""
        if smoothing:
            x = self.node("Div", [x, self.weight(smoothing, [width])], f"{x}/smooth")
        size = self.node("Abs", [x], f"{x}/abs")
        most = self.node("ReduceMax", [size, "last"], f"{x}/most", keepdims=1)
        unit = self.node("Div", [x, most], f"{x}/unit")
        return self.node("QuantizeLinear", [unit, "step", "middle"], f"{x}/bytes"), most

    def product(self, x: tuple[str, str], parts: Sequence[str], shape: tuple[int, int]) -> str:
        """Rows times one matrix, or times several side by side; biases are left to others."""
        out = parts[0] if len(parts) == 1 else parts[0] + "+"
        weights = [self.weight(f"{p}.weight_int8", shape, TensorProto.INT8) for p in parts]
        steps = [self.weight(f"{p}.weight_step", shape[1:]) for p in parts]
        if len(parts) > 1:  # folded when the graph is loaded
            weights = [self.node("Concat", weights, f"{out}.weights", axis=1)]
            steps = [self.node("Concat", steps, f"{out}.steps", axis=0)]
        inputs = [x[0], weights[0], "step", steps[0], "middle"]
        y = self.node("MatMulIntegerToFloat", inputs, f"{out}/of-unit", _MICROSOFT)
        return self.node("Mul", [y, x[1]], f"{out}/product")

    def add(self, x: str, y: str, out: str) -> str:
        return self.node("Add", [x, y], out)

    def norm(self, x: str, name: str, config: dict[str, Any]) -> str:
        width = [config["hidden_size"]]
        inputs = [x, self.weight(f"{name}.weight", width), self.weight(f"{name}.bias", width)]
        return self.node(
            "LayerNormalization", inputs, f"{name}/out", epsilon=config["layer_norm_eps"]
        )

    def layer(self, x: str, name: str, config: dict[str, Any]) -> str:
        """One layer of a BERT."""
        width, inner = config["hidden_size"], config["intermediate_size"]
        parts = [f"{name}.{part}" for part in _ATTENTION]
        row = self.quantised(x, f"{name}.{_SHARED}.smoothing", width)
        qkv = self.product(row, parts, (width, width))
        names = [f"{part}/out" for part in parts]
        self.nodes.append(helper.make_node("Split", [qkv], names, axis=-1, num_outputs=3))
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
        x = self._back(x, attended, f"{name}.attention.output", (width, width), config)
        dense = f"{name}.intermediate.dense"
        row = self.quantised(x, f"{dense}.smoothing", width)
        y = self.product(row, [dense], (width, inner))
        y = self.node(
            "BiasGelu", [y, self.weight(f"{dense}.bias", [inner])], f"{dense}/gelu", _MICROSOFT
        )
        return self._back(x, y, f"{name}.output", (inner, width), config)

    def _back(
        self, x: str, y: str, name: str, shape: tuple[int, int], config: dict[str, Any]
    ) -> str:
        """Project, add the bias and what went in, normalise."""
        dense = f"{name}.dense"
        y = self.product(self.quantised(y, None, shape[0]), [dense], shape)
        # Biases and rows apart: the fused operator of ONNX Runtime is seven times slower.
        y = self.add(y, self.weight(f"{dense}.bias", shape[1:]), f"{dense}/biased")
        return self.norm(self.add(y, x, f"{dense}/sum"), f"{name}.LayerNorm", config)


def export_graph(folder: Path, texts: Sequence[str]) -> None:
    """Write `encoder.onnx` and `smoothing.safetensors` beside a model's weights.

    Args:
        folder: As `write_model_dir` leaves it; read as a SentenceTransformer.
        texts: Some dozens, with their prompts; they show how large each channel runs.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    graph = _Graph()
    x = graph.norm("inputs", "embeddings.LayerNorm", config)
    for number in range(config["num_hidden_layers"]):
        x = graph.layer(x, f"encoder.layer.{number}", config)
    graph.node("Identity", [x], "tokens")
    graph.node("ReduceMean", [x, "tokens_axis"], "mean", keepdims=0)
    graph.node("LpNormalization", ["mean"], "vectors", axis=-1, p=2)
    width = config["hidden_size"]
    shaped = helper.make_tensor_value_info
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [shaped("inputs", TensorProto.FLOAT, ["texts", "length", width])],
        [
            shaped("vectors", TensorProto.FLOAT, ["texts", width]),
            shaped("tokens", TensorProto.FLOAT, ["texts", "length", width]),
        ],
        list(graph.tensors.values()),
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=10, producer_name="isnad")
    onnx.save(model, folder / GRAPH)
    _write_smoothing(folder, texts)


def _write_smoothing(folder: Path, texts: Sequence[str]) -> None:
    """The factor of each channel that goes into a layer: sqrt(activation's size / weight's)."""
    import torch
    from safetensors.torch import save_file
    from sentence_transformers import SentenceTransformer

    pipeline = SentenceTransformer(str(folder), device="cpu")
    modules = dict(pipeline[0].auto_model.named_modules())
    layers = range(pipeline[0].auto_model.config.num_hidden_layers)
    groups = {f"encoder.layer.{n}.{_SHARED}": [*_ATTENTION] for n in layers}
    groups |= {f"encoder.layer.{n}.intermediate.dense": ["intermediate.dense"] for n in layers}
    prefix = {name: ".".join(name.split(".")[:3]) for name in groups}
    linear = {n: [modules[f"{prefix[n]}.{part}"] for part in parts] for n, parts in groups.items()}
    sizes = _activation_sizes(pipeline, {name: some[0] for name, some in linear.items()}, texts)
    factors = {}
    for name, some in linear.items():
        weight = torch.stack([module.weight.detach().abs().amax(0) for module in some]).amax(0)
        factor = (sizes[name].clamp(min=_EPS) / weight.clamp(min=_EPS)).sqrt()
        factors[f"{name}.smoothing"] = (factor / factor.mean()).contiguous()
    save_file(factors, folder / SMOOTHING)
    (folder / SMOOTHING).chmod(0o644)


def _activation_sizes(
    pipeline: Any, modules: dict[str, Any], texts: Sequence[str]
) -> dict[str, torch.Tensor]:
    """The largest absolute number that goes into each channel of some modules."""
    import torch

    sizes: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Any:
        def hook(_module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
            size = inputs[0].detach().abs().flatten(0, -2).amax(0)
            sizes[name] = torch.maximum(sizes[name], size) if name in sizes else size

        return hook

    hooks = [module.register_forward_pre_hook(watch(name)) for name, module in modules.items()]
    # One text at a time: padding's rows would count as text.
    pipeline.encode(list(texts), batch_size=1, prompt="")
    for hook in hooks:
        hook.remove()
    return sizes
