"""A follow-up question made to stand alone by a language model; rules take over where it fails."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.chat_model import ChatModel, Message
from assistant.errors import ChatModelError
from assistant.language import detect, words
from assistant.models import Answer
from assistant.prompting import as_data, fill

_TURNS = 4
_ANSWER_CHARS = 400
_MOST_CHARS = 300
_MOST_WORDS = 40


class Rewriter:
    """What `Conversation` takes as `rewrite`."""

    def __init__(self, model: ChatModel) -> None:
        """Rewrite with `model`."""
        self._model = model

    def __call__(self, question: str, turns: Sequence[Answer]) -> str | None:
        """The question standing alone; None where the model fails or writes no question.

        Args:
            question: As typed.
            turns: Earlier answers, oldest first.
        """
        language = detect(question)
        told = "\n".join(
            f"- {turn.question}\n  {' '.join(turn.text.split())[:_ANSWER_CHARS]}"
            for turn in turns[-_TURNS:]
        )
        prompt = fill("rewrite", language, turns=as_data(told), question=as_data(question))
        try:
            written = "".join(self._model.stream([Message("human", prompt)]))
        except ChatModelError:
            return None
        lines = [line.strip().strip("\"'«»“”") for line in written.splitlines() if line.strip()]
        if len(lines) != 1 or detect(lines[0]) != language or len(lines[0]) > _MOST_CHARS:
            return None
        return lines[0] if 0 < len(list(words(lines[0]))) <= _MOST_WORDS else None
