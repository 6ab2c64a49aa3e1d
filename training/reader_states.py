"""What the reader's lower layers make of a question and a sentence, in 8 bits as in the product."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from safetensors.numpy import load_file

from assistant.onnx_reader import OnnxReader, Text
from assistant.onnx_weights import open_session
from training.reader_graph import WHOLE, lower_weights, write_lower
from training.reader_upper import States


class LowerReader:
    """The lower layers of the reader that `training.reader_graph` left."""

    def __init__(self) -> None:
        self._reader = OnnxReader(WHOLE)
        weights = lower_weights(load_file(WHOLE / "reader.safetensors"))
        with TemporaryDirectory() as folder:
            write_lower(graph := Path(folder) / "lower.onnx")
            self._session = open_session(graph, weights, threads=1)

    def states(self, question: str, texts: Sequence[Text]) -> list[States]:
        """For each text the rows of the mark, the question and the sentence, (length, DIM).

        Raises:
            ValueError: There is nothing to read in a text, or in the question.
        """
        inputs = self._reader.inputs(question, texts)
        if len(inputs) < len(texts):
            raise ValueError(f"nothing to read: {question!r}, {texts}")
        return [
            self._session.run(["states"], inputs[number])[0][0].astype(np.float16)
            for number in range(len(texts))
        ]
