"""Questions to begin with, drawn from the collection itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.language import Language

if TYPE_CHECKING:
    from assistant.assistant import Assistant


def example_questions(assistant: Assistant, language: Language, number: int) -> list[str]:
    """At most `number` questions in a language that the articles answer."""
    frame = "ماذا ورد عن {}؟" if language == "ar" else "What is reported about {}?"
    titles = [a.title for a in assistant.articles() if a.language == language and a.title]
    return [frame.format(title.rstrip(".؟?")) for title in titles[:number]]
