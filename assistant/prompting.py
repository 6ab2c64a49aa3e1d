"""Prompt templates: read from the package `prompts`, their placeholders checked, filled."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Literal

from assistant.language import Language

Task = Literal["answer", "question", "rewrite", "translate"]

PLACEHOLDERS: dict[Task, frozenset[str]] = {
    "answer": frozenset(),
    "question": frozenset({"passages", "question"}),
    "rewrite": frozenset({"turns", "question"}),
    "translate": frozenset({"paragraph"}),
}


def fill(task: Task, language: Language, **values: str) -> str:
    """A task's prompt with its placeholders filled; values are put in as they are.

    Args:
        task: Which prompt.
        language: In which language it is written, and to be answered.
        values: One for each placeholder.

    Raises:
        ValueError: a value is missing or too many, or the template isn't the one expected.
    """
    template = _template(task, language)
    if values.keys() != PLACEHOLDERS[task]:
        raise ValueError(f"{task} takes {sorted(PLACEHOLDERS[task])}, not {sorted(values)}")
    return template.substitute(values)


def as_data(text: str) -> str:
    """Text that can't open or close a delimiter of a prompt: its angle brackets become ‹ ›."""
    return text.translate(_ANGLES)


_ANGLES = {ord(angle): "‹" for angle in "<＜﹤〈⟨"} | {ord(angle): "›" for angle in ">＞﹥〉⟩"}


@lru_cache(maxsize=16)
def _template(task: Task, language: Language) -> Template:
    name = f"{task}.{language}.txt"
    template = Template((files("prompts") / name).read_text(encoding="utf-8"))
    if not template.is_valid() or set(template.get_identifiers()) != PLACEHOLDERS[task]:
        raise ValueError(f"prompts/{name} must have the placeholders {sorted(PLACEHOLDERS[task])}")
    return template
