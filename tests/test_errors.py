"""The tree in the docstring is the tree of the classes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from assistant import errors
from assistant.errors import ArticleError, AssistantError, EmptyCollection, ReadingError

CLASSES = {
    name: found
    for name, found in inspect.getmembers(errors, inspect.isclass)
    if found.__module__ == errors.__name__
}


def drawn_tree() -> dict[str, str | None]:
    """Each class that the docstring draws, with the one above it."""
    above: dict[str, str | None] = {}
    path: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        drawn = re.match(r"((?:│   |    )*(?:[├└]── )?)([A-Z]\w+)\b(?!\s+stands)", line)
        if drawn and (drawn[1] or drawn[2] == "AssistantError"):
            depth = len(drawn[1])
            path = [(other, name) for other, name in path if other < depth]
            above[drawn[2]] = path[-1][1] if path else None
            path.append((depth, drawn[2]))
    return above


def test_the_docstring_draws_every_class_below_its_parent():
    real = {
        name: found.__base__.__name__ if found is not AssistantError else None
        for name, found in CLASSES.items()
    }
    assert drawn_tree() == real
    assert "QuestionError" in real


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_error_explains_itself(name):
    assert issubclass(CLASSES[name], AssistantError)
    assert inspect.getdoc(CLASSES[name])


def test_a_message_says_what_and_what_to_do():
    error = AssistantError("The harbour is closed.", "Come back on Monday.")
    assert (error.what, error.todo) == ("The harbour is closed.", "Come back on Monday.")
    assert str(error) == "The harbour is closed. Come back on Monday."


def test_errors_carry_their_data():
    reading = ReadingError("news/أ.txt", "is empty.", "Remove it.")
    assert reading.path == Path("news/أ.txt")
    assert reading.reason == "is empty."
    assert str(reading) == "news/أ.txt: is empty. Remove it."
    empty = EmptyCollection("news", (reading,))
    assert empty.problems == (reading,)
    assert str(reading) in str(empty)
    assert ArticleError("x7", "There is no x7.", "List them.").article_id == "x7"
