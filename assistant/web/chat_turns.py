"""The turns of a conversation: kept in the browser, checked when they come back, shown as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.language import Language
from assistant.models import Answer
from assistant.web.cards import ArticleFinder, cards, prose
from assistant.web.chat_bidi import direction
from assistant.web.chat_copy import footnoted, turn_markdown
from assistant.web.escape import escape_block, escape_inline, escape_lines
from assistant.web.wording import WORDING, Wording

MAX_TURNS = 40
MAX_QUESTION_CHARS = 100_000
_MAX_RELATED = 3
_UNSURE_BELOW = 0.5
REASONS = ("wrong_source", "no_answer", "other_reason")
THUMBS = ("up", *REASONS)

Thumb = Literal["up", "wrong_source", "no_answer", "other_reason"]


class Turn(BaseModel):
    """One question and what became of it.

    Attributes:
        question: As typed.
        answer: None while it is awaited, and for ever when the reader stopped it.
        thumb: What the reader thought of the answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(max_length=MAX_QUESTION_CHARS)
    answer: Answer | None = None
    thumb: Thumb | None = None

    def slim(self) -> Turn:
        """The turn as the browser keeps it: with no more related passages than are shown."""
        if self.answer is None or len(self.answer.related) <= _MAX_RELATED:
            return self
        answer = self.answer.model_copy(update={"related": self.answer.related[:_MAX_RELATED]})
        return self.model_copy(update={"answer": answer})


def restore(kept: Any) -> list[Turn]:
    """The turns that a browser sent; none when they aren't what this version keeps."""
    if not isinstance(kept, list) or len(kept) > MAX_TURNS:
        return []
    try:
        return [Turn.model_validate(turn) for turn in kept]
    except ValidationError:
        return []


def keep(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The turns in the form that `restore` takes."""
    return [turn.slim().model_dump(mode="json") for turn in turns[-MAX_TURNS:]]


def messages(
    turns: Sequence[Turn], language: Language, find: ArticleFinder, partial: str | None = None
) -> list[dict[str, str]]:
    """The turns as a Gradio chatbot takes them.

    Args:
        turns: Oldest first.
        language: Of the page.
        find: The article of a passage, or None when it is gone.
        partial: What has arrived of the last turn's answer; None when it isn't awaited.
    """
    shown = []
    for place, turn in enumerate(turns):
        shown.append({"role": "user", "content": asked(turn.question)})
        awaited = partial is not None and place == len(turns) - 1
        if awaited:
            content = arriving(partial or "", language)
        else:
            content = answered(turn, place, language, find)
        shown.append({"role": "assistant", "content": content})
    return shown


def asked(question: str) -> str:
    """A question as HTML."""
    lines = "".join(f"<p>{line}</p>" for line in escape_lines(question))
    return f'<div class="asked" dir="{direction(question)}">{lines}</div>'


def arriving(text: str, language: Language) -> str:
    """The part of an answer that has arrived."""
    if not text.strip():
        thinking = escape_inline(WORDING[language].thinking)
        return f'<div class="answer"><p class="thinking">{thinking}</p></div>'
    return f'<div class="answer arriving">{prose(text, 0, {})}</div>'


def answered(turn: Turn, place: int, language: Language, find: ArticleFinder) -> str:
    """A finished answer with its tools, its cards and what "copy" copies, on one line."""
    wording = WORDING[language]
    if turn.answer is None:
        text = escape_inline(wording.stopped)
        tools = _tools(turn, place, language)
        return f'<div class="answer"><p class="stopped">{text}</p></div>{tools}'
    answer = turn.answer
    cited = {citation.number: citation for citation in answer.citations}
    state = "found" if answer.found else "missing"
    return (
        f'<div class="answer {state}">{prose(answer.text, place, cited)}</div>'
        f"{_remarks(answer, language)}"
        f"{_tools(turn, place, language)}"
        f"{cards(answer, place, language, find)}"
        f'<div class="copy-text">{escape_block(footnoted(answer, language))}</div>'
        f'<div class="copy-markdown">{escape_block(turn_markdown(answer, language))}</div>'
    )


def _remarks(answer: Answer, language: Language) -> str:
    wording = WORDING[language]
    remarks = []
    if answer.found:
        remarks.append(_made(answer, wording))
        if answer.confidence < _UNSURE_BELOW:
            remarks.append(wording.unsure)
    if answer.note:
        remarks.append(answer.note)
    if not remarks:
        return ""
    html = " · ".join(f"<bdi>{escape_inline(remark, 300)}</bdi>" for remark in remarks)
    return f'<p class="remarks">{html}</p>'


def _made(answer: Answer, wording: Wording) -> str:
    if answer.mode != "quote":
        return Template(wording.by_model).substitute(model=answer.mode)
    translated = any(citation.translation for citation in answer.citations)
    return wording.by_translation if translated else wording.by_quote


def _tools(turn: Turn, place: int, language: Language) -> str:
    wording = WORDING[language]
    tools = []
    if turn.answer is not None:
        tools.append(_tool(f"copy-{place}", "copy", wording.copy))
    tools.append(_tool(f"retry-{place}", "retry", wording.retry))
    tools.append(_tool(f"edit-{place}", "edit", wording.edit))
    tools.append(_tool(f"undo-{place}", "undo", wording.undo))
    if turn.answer is not None:
        pressed = " pressed" if turn.thumb == "up" else ""
        tools.append(_tool(f"thumb-{place}-up", f"up{pressed}", wording.thumb_up))
        tools.append(_thumb_down(turn, place, language))
    return f'<div class="tools">{"".join(tools)}</div>'


def _tool(target: str, look: str, label: str) -> str:
    return (
        f'<a class="tool {look}" role="button" href="#{target}" title="{label}">'
        f'<span class="said">{label}</span></a>'
    )


def _thumb_down(turn: Turn, place: int, language: Language) -> str:
    wording = WORDING[language]
    reasons = ""
    for reason in REASONS:
        pressed = " pressed" if turn.thumb == reason else ""
        reasons += (
            f'<a class="reason{pressed}" role="button" href="#thumb-{place}-{reason}">'
            f"{escape_inline(getattr(wording, reason))}</a>"
        )
    pressed = " pressed" if turn.thumb in REASONS else ""
    return (
        f'<details class="why"><summary class="tool down{pressed}" title="{wording.thumb_down}">'
        f'<span class="said">{wording.thumb_down}</span></summary>'
        f'<div class="reasons"><p>{wording.why}</p>{reasons}</div></details>'
    )
