"""Questions with known answers, asked in both languages and judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import ReadingError
from assistant.language import Language

if TYPE_CHECKING:
    from assistant.assistant import Assistant


class KnownQuestion(BaseModel):
    """A line of a questions file.

    Attributes:
        id: Unique in the file.
        ar: The question in Arabic.
        en: The question in English.
        gold: Right when a citation's quote holds one of these; empty when the collection has
            no answer.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    ar: Annotated[str, Field(pattern=r"\S")]
    en: Annotated[str, Field(pattern=r"\S")]
    gold: tuple[Annotated[str, Field(min_length=1)], ...]


class Outcome(BaseModel):
    """How one question in one language went.

    Attributes:
        right: Cited right, or refused where there is no answer.
        first: The first citation alone holds the answer.
        spoken: The answer is in the question's language.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    language: Language
    answerable: bool
    found: bool
    right: bool
    first: bool
    spoken: bool
    confidence: float


class Evaluation(BaseModel):
    """All outcomes of a file."""

    model_config = ConfigDict(frozen=True)

    outcomes: tuple[Outcome, ...]

    def share(self, language: Language, answerable: bool) -> tuple[int, int]:
        """How many were right, of how many."""
        of_them = [
            outcome
            for outcome in self.outcomes
            if outcome.language == language and outcome.answerable == answerable
        ]
        return sum(outcome.right for outcome in of_them), len(of_them)

    def table(self) -> str:
        """A line for each language, then the questions that went wrong."""
        lines = ["language  cited right  refused right"]
        for language in get_args(Language):
            right, answerable = self.share(language, True)
            refused, unanswerable = self.share(language, False)
            lines.append(f"{language:8}  {right}/{answerable:<9}  {refused}/{unanswerable}")
        for outcome in self.outcomes:
            if not outcome.right:
                what = "found" if outcome.found else "not found"
                lines.append(
                    f"wrong: {outcome.id} ({outcome.language}), {what}, {outcome.confidence:.2f}"
                )
        return "\n".join(lines)


def read_questions(path: Path) -> list[KnownQuestion]:
    """Read a file of one JSON object a line.

    Raises:
        ReadingError: the file can't be read, or a line is not of the form.
    """
    todo = 'Each line is {"id": …, "ar": …, "en": …, "gold": […]}.'
    try:
        # Not splitlines: JSON strings may hold other line separators as they are.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadingError(path, f"can't be read ({error}).", todo) from error
    questions = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                questions.append(KnownQuestion.model_validate(json.loads(line)))
            except (json.JSONDecodeError, ValidationError) as error:
                raise ReadingError(path, f"line {number} is no question.", todo) from error
    return questions


def evaluate(assistant: Assistant, questions: Sequence[KnownQuestion]) -> Evaluation:
    """Ask every question in both languages."""
    return Evaluation(
        outcomes=tuple(
            _outcome(assistant, question, language)
            for question in questions
            for language in get_args(Language)
        )
    )


def _outcome(assistant: Assistant, question: KnownQuestion, language: Language) -> Outcome:
    answer = assistant.ask(question.ar if language == "ar" else question.en)
    holds = [any(gold in citation.quote for gold in question.gold) for citation in answer.citations]
    return Outcome(
        id=question.id,
        language=language,
        answerable=bool(question.gold),
        found=answer.found,
        right=any(holds) if question.gold else not answer.found,
        first=bool(holds and holds[0]),
        spoken=answer.language == language,
        confidence=answer.confidence,
    )
