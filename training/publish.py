"""Put the tuned encoder where the package ships it, averaged with the one it started from.

    python -m training.publish --base .work/base --tuned .work/tuned --out assistant/embedder

Weights on the line between two models keep more of what each does well (Wortsman et al. 2022):
within a language the untouched encoder is better, across the languages the tuned one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tokenizers import Tokenizer
from transformers import BertModel

from training.corpus import CORPUS
from training.embedder import sample_texts
from training.embedder_folder import write_model_dir
from training.embedder_graph import export_graph

SHARE = 0.6
"""Of the tuned weights; the model card has what other shares gave."""


def mixed(base: Path, tuned: Path, share: float) -> BertModel:
    """The weights that lie `share` of the way from the base to the tuned model."""
    model = BertModel.from_pretrained(tuned, add_pooling_layer=False).float()
    origin = BertModel.from_pretrained(base, add_pooling_layer=False).float().state_dict()
    for name, weight in model.state_dict().items():
        if weight.is_floating_point():
            weight.lerp_(origin[name], 1 - share)
    return model


def main() -> None:
    """Mix, write, export the graph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--tuned", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("assistant/embedder"))
    parser.add_argument("--share", type=float, default=SHARE)
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(arguments.tuned / "tokenizer.json"))
    model = mixed(arguments.base, arguments.tuned, arguments.share)
    write_model_dir(model, tokenizer, arguments.out)
    export_graph(arguments.out, sample_texts(CORPUS))


if __name__ == "__main__":
    main()
