"""The reader's upper layers as they are trained are those that the product runs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch.nn import functional

from assistant.onnx_reader import Text, bundled_reader
from training.reader_model import CONTEXT, DIM, EPSILON, LOWER
from training.reader_upper import Upper, layer_of, padded, passed, scores_of

WEIGHTS = load_file(Path(__file__).parents[1] / "assistant" / "reader" / "reader.safetensors")
TEXTS = [
    Text("Boats", "Lea Ferro spoke.", "The harbour master said that 14 boats had been lost."),
    Text("", "", "كلف جسر النهر أربعة ملايين دينار."),
    Text("", "", "No."),
]


def upper() -> Upper:
    model = Upper()
    model.begin_as(WEIGHTS)
    return model


@torch.no_grad()
def states_of(question: str) -> list[np.ndarray]:
    """What the lower layers make of TEXTS, in float32."""
    found = []
    for inputs in bundled_reader().inputs(question, TEXTS).values():
        kinds = torch.from_numpy(inputs["kinds"])
        rows = np.concatenate([WEIGHTS["mark"], inputs["rows"]], axis=1)
        norm = [torch.from_numpy(WEIGHTS[f"norm.{part}"]) for part in ("weight", "bias")]
        x = functional.layer_norm(torch.from_numpy(rows), (DIM,), *norm, EPSILON)
        x = x + torch.from_numpy(WEIGHTS["types"])[kinds]
        for number in range(LOWER):
            x = passed(layer_of(WEIGHTS, number).eval(), x)
        found.append(x[0, kinds < CONTEXT].numpy())
    return found


@pytest.mark.parametrize("question", ["How many boats were lost?", "كم كلف جسر النهر؟"])
def test_the_torch_layers_score_as_the_eight_bit_graph_does(question):
    found = scores_of(upper(), states_of(question))
    assert found == pytest.approx(bundled_reader().scores(question, TEXTS), abs=0.35)
    assert found.max() - found.min() > 3


def test_a_longer_text_beside_it_changes_no_score():
    states = states_of("How many boats were lost?")
    together = scores_of(upper(), states)
    apart = [scores_of(upper(), [each])[0] for each in states]
    assert together == pytest.approx(apart, abs=0.1)


def test_what_fills_is_masked():
    rows, mask = padded([np.ones((2, DIM), np.float16), np.ones((5, DIM), np.float16)])
    assert mask[:, 0, 0].sum(1).tolist() == [2, 5]
    assert rows.sum() == pytest.approx(7 * DIM)
    assert math.prod(mask.shape) == 10
