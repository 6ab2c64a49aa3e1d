"""Imports point down, heavy ones have one door, and `import assistant` stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Who may import what, as docs/house.md draws it; a room may always import within itself.
ROOMS: dict[str, set[str]] = {
    "language": set(),
    "errors": set(),
    "settings": set(),
    "models": {"language"},
    "prompting": {"errors", "language"},
    "embedding": {"errors", "settings"},
    "reading": {"errors", "language", "models"},
    "retrieval": {"embedding", "errors", "language", "models", "reading", "vectorstore"},
    "indexing": {"embedding", "errors", "models", "reading", "retrieval", "vectorstore"},
    "library": {
        "embedding", "errors", "indexing", "models", "reading", "retrieval", "settings",
        "vectorstore",
    },
    "answering": {
        "embedding", "errors", "language", "models", "prompting", "reading", "retrieval",
        "settings",
    },
    "follow_up": {"answering", "errors", "language", "models", "prompting", "retrieval"},
    "pointing": {"answering", "language", "models"},
    "conversation": {
        "answering", "errors", "follow_up", "language", "models", "pointing", "prompting",
    },
    "translating": {
        "answering", "errors", "language", "models", "prompting", "reading", "retrieval",
        "settings",
    },
}  # fmt: skip
BELOW_THE_FACADE = set(ROOMS) | {"vectorstore"}
ROOMS["assistant"] = BELOW_THE_FACADE
ROOMS["evaluation"] = {"assistant", "errors", "language"}
ROOMS["web"] = BELOW_THE_FACADE | {"assistant", "evaluation"}
ROOMS["cli"] = ROOMS["web"] | {"web"}
ROOMS["__main__"] = {"cli"}
ROOMS["__init__"] = {"assistant", "conversation", "errors", "models", "settings"}

DOORS = {
    "sentence_transformers": {"embedding"},
    "torch": {"embedding"},
    "onnxruntime": {"embedding"},
    "gradio": {"web"},
    "faiss": set(),
    "fastapi": {"web"},
}


def room_of(path: Path) -> str:
    first = path.relative_to(ROOT / "assistant").parts[0].removesuffix(".py")
    return "embedding" if first.startswith("embedding") or first.startswith("onnx") else first


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            if node.module == "assistant":
                names |= {f"assistant.{alias.name}" for alias in node.names}
    return names


FILES = sorted((ROOT / "assistant").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    allowed = ROOMS[room] | {room}
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "vectorstore":
            assert "vectorstore" in allowed, name
        if parts[0] == "assistant" and len(parts) > 1 and parts[1][0].islower():
            target = "embedding" if parts[1].startswith(("embedding", "onnx")) else parts[1]
            assert target in allowed, f"{room} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_have_one_door(path: Path) -> None:
    for name in imported(path):
        assert room_of(path) in DOORS.get(name.split(".")[0], {room_of(path)}), name


@pytest.mark.parametrize("path", sorted((ROOT / "vectorstore").rglob("*.py")), ids=lambda p: p.name)
def test_the_store_stands_alone(path: Path) -> None:
    assert not {name for name in imported(path) if name.split(".")[0] == "assistant"}


def test_the_prompts_hold_no_code() -> None:
    tree = ast.parse((ROOT / "prompts" / "__init__.py").read_text(encoding="utf-8"))
    assert [type(node) for node in tree.body] == [ast.Expr]


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.split(".")[0] for name in run.stdout.split()}


HEAVY = {
    "torch",
    "sentence_transformers",
    "transformers",
    "langchain_core",
    "gradio",
    "onnxruntime",
}


def test_import_is_light() -> None:
    assert not HEAVY & loaded_by("import assistant")


def test_asking_needs_no_torch(index_dir: Path) -> None:
    code = (
        "from assistant import Assistant, Settings\n"
        f"a = Assistant.open('seeds', settings=Settings(index_dir={str(index_dir)!r}))\n"
        "assert a.ask('Who visited Morocco?').text"
    )
    assert not (HEAVY - {"onnxruntime"}) & loaded_by(code)
