"""Make the bundled embedder: 4-bit weights back to a model, trimmed to Arabic and English.

python -m training.embedder --out assistant/embedder [--full DIR]
python -m training.embedder --check --out assistant/embedder --full DIR
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from training.embedder_check import report
from training.embedder_folder import PROMPTS, write_model_dir
from training.embedder_graph import export_graph
from training.embedder_source import read_model, read_tokenizer
from training.embedder_vocabulary import plain_pieces, texts, trim, used_pieces

_ROOT = Path(__file__).resolve().parent.parent
DOWNLOADS = _ROOT / ".work" / "downloads"
SAMPLES = 128
CORPUS = _ROOT.parent / "shared" / "corpus"


def make(out: Path, full: Path | None = None, corpus: Path = CORPUS) -> None:
    """Write the trimmed model for both engines, and on request the one with its whole vocabulary.

    Args:
        out: The folder of the trimmed model, float16.
        full: The folder of the untrimmed model, float32, or None.
        corpus: The folder of training text.
    """
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    tokenizer = read_tokenizer(DOWNLOADS)
    model = read_model(DOWNLOADS)
    if full:
        write_model_dir(model, tokenizer, full, half=False)
    keep = used_pieces(tokenizer, texts(corpus)) | plain_pieces(tokenizer)
    write_model_dir(*trim(model, tokenizer, keep), out)
    export_graph(out, sample_texts(corpus))


def sample_texts(corpus: Path, count: int = SAMPLES) -> list[str]:
    """Passages and questions in both languages, with their prompts, picked by a seed.

    Args:
        corpus: The folder of training text.
        count: How many.
    """
    found = []
    for file in sorted(corpus.glob("qa/*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            kind, _, text = line.partition(": ")
            if kind in ("EN", "AR"):
                found.append(PROMPTS["passage"] + text)
            elif kind == "Q":
                found.extend(PROMPTS["query"] + part.strip() for part in text.split("|||")[:2])
    return random.Random(0).sample(found, count)


def main() -> None:
    """Make the model, or check one that was made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the trimmed model")
    parser.add_argument("--full", type=Path, help="folder of the untrimmed model")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of training text")
    parser.add_argument("--check", action="store_true", help="only compare --out with --full")
    arguments = parser.parse_args()
    if arguments.check:
        if arguments.full is None:
            parser.error("--check compares --out with --full: give both")
        print(report(arguments.out, arguments.full, arguments.corpus))
        return
    make(arguments.out, arguments.full, arguments.corpus)


if __name__ == "__main__":
    main()
