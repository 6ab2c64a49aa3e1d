"""The chat as a Gradio app, mounted for both languages, as a page and in a widget's frame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assistant.errors import AssistantError
from assistant.language import LANGUAGES, Language
from assistant.web.cards import notice
from assistant.web.chat_actions import (
    Actions,
    answer_ready,
    earlier_list,
    put_away,
    shelved,
)
from assistant.web.chat_page import LocalisedPages, mount_static
from assistant.web.chat_parts import Parts, about, build_parts
from assistant.web.chat_turns import THUMBS, Turn, keep, restore
from assistant.web.desk import Desk, as_assistant_error
from assistant.web.examples import Examples
from assistant.web.limits import client_of
from assistant.web.refusals import reader_language, worded
from assistant.web.wording import WORDING

_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_UPDATE = dict[Any, Any]


def mount_chats(app: FastAPI, desk: Desk) -> FastAPI:
    """Mount the chat at /ar/ and /en/, and its compact form at /embed/ar/ and /embed/en/.

    Args:
        app: The application that also serves the REST interface.
        desk: Where every question goes; it may still be opening its assistant.

    Returns:
        The same application.
    """
    mount_static(app)
    examples = Examples()
    pages: dict[str, tuple[Language, bool]] = {}
    for language in LANGUAGES:
        for compact in (False, True):
            path = f"/embed/{language}" if compact else f"/{language}"
            pages[f"{path}/"] = (language, compact)
            gr.mount_gradio_app(
                app,
                build_chat(desk, language, examples, compact=compact),
                path=path,
                footer_links=[],
                run_history=False,
                enable_monitoring=False,
                ssr_mode=False,
                show_error=False,
                mcp_server=False,
                theme=gr.themes.Base(font=["Isnad Sans", "sans-serif"], font_mono=["monospace"]),
            )
    app.add_middleware(LocalisedPages, pages=pages)
    return app


def build_chat(
    desk: Desk, language: Language, examples: Examples, *, compact: bool = False
) -> gr.Blocks:
    """One chat page.

    Args:
        desk: Where every question goes.
        language: Of the page; questions may be in either.
        examples: Finds the questions to begin with.
        compact: For a widget's frame: no panel, sources open under the answer.
    """
    actions = Actions(desk, language)
    title = WORDING[language].page_title
    with gr.Blocks(title=title, analytics_enabled=False, fill_width=True) as page:
        # First, as Gradio gives a name to whoever comes first.
        _wire_endpoints(desk)
        parts = build_parts(page, language, compact, desk.settings)
        _wire_asking(parts, actions)
        _wire_shelf(parts, language, actions)
        _wire_rest(parts, actions)
        _wire_opening(parts, desk, actions, examples)
    page.queue(max_size=desk.settings.queue_size, default_concurrency_limit=8, api_open=False)
    return page


def _wire_opening(parts: Parts, desk: Desk, actions: Actions, examples: Examples) -> None:
    """Fill a page that was just opened from what the browser kept and the collection holds."""
    language = parts.language

    def opened(kept: Any, shelf: Any) -> _UPDATE:
        turns = restore(kept)
        update: _UPDATE = {
            parts.chat: actions.shown(turns),
            parts.welcome: gr.update(visible=not turns),
            parts.earlier: earlier_list(shelf, language),
            parts.notice: "",
        }
        try:
            update[parts.about] = about(desk.opening.assistant(), language)
        except AssistantError as problem:
            update[parts.notice] = notice(" ".join(worded(problem, language)))
        return update

    def exemplify() -> list[Any]:
        try:
            assistant = desk.opening.assistant()
            questions = examples.questions(assistant, language, len(parts.examples))
        except AssistantError:
            questions = []
        questions += [""] * (len(parts.examples) - len(questions))
        return [gr.update(value=text, visible=bool(text)) for text in questions]

    load = parts.page.load
    load(opened, [parts.kept, parts.shelf], parts.opened, **_PRIVATE)
    # Apart, as trying the questions takes a moment the first time.
    load(exemplify, None, parts.examples, **_PRIVATE)


def _wire_asking(parts: Parts, actions: Actions) -> None:
    def show(turns: Any, partial: str | None, box: str, note: str) -> _UPDATE:
        busy = partial is not None
        return {
            parts.chat: actions.shown(turns, partial),
            parts.question: box,
            parts.notice: note,
            parts.kept: keep(turns),
            parts.editing: None,
            parts.welcome: gr.update(visible=not turns),
            parts.send: gr.update(visible=not busy),
            parts.stop: gr.update(visible=busy),
            parts.spoken: "" if busy else answer_ready(turns, parts.language),
        }

    async def ask(
        question: str, kept: Any, editing: int | None, request: gr.Request
    ) -> AsyncIterator[_UPDATE]:
        if not question.strip():
            yield {parts.notice: notice(WORDING[parts.language].empty)}
            return
        client = client_of(request.request)
        async for turns, partial, box, note in actions.ask(question, kept, editing, client):
            yield show(turns, partial, box, note)

    async def change(command: str, kept: Any, request: gr.Request) -> AsyncIterator[_UPDATE]:
        verb, place = _command(command)
        turns = restore(kept)
        if place is None or place >= len(turns):
            return
        question = turns[place].question
        if verb == "retry":
            async for update in ask(question, kept, place, request):
                yield update
        elif verb == "undo":
            yield show(turns[:place], None, question, "")
        elif verb == "edit":
            yield show(turns, None, question, parts.edit_notice) | {parts.editing: place}

    def stopped(kept: Any) -> _UPDATE:
        return show(restore(kept), None, "", "")

    going = [
        event(ask, [box, parts.kept, parts.editing], parts.asked, **_PRIVATE)
        for event, box in (
            (parts.question.submit, parts.question),
            (parts.send.click, parts.question),
            *((button.click, button) for button in parts.examples),
        )
    ]
    going.append(parts.change.change(change, [parts.change, parts.kept], parts.asked, **_PRIVATE))
    parts.stop.click(stopped, parts.kept, parts.asked, cancels=going, queue=False, **_PRIVATE)


def _command(command: str) -> tuple[str, int | None]:
    """A verb and the turn it is about, from what the page's script wrote: "retry 3 NONCE"."""
    verb, place, *_ = [*command.split(), "", ""]
    return verb, int(place) if place.isdecimal() and len(place) < 6 else None


def _wire_shelf(parts: Parts, language: Language, actions: Actions) -> None:
    def arrange(command: str, kept: Any, shelf: Any) -> _UPDATE:
        verb, place = _command(command)
        conversations = shelved(shelf)
        turns: list[Turn] = []
        if verb == "delete" and place is not None:
            del conversations[place : place + 1]
            left = [keep(conversation) for conversation in conversations]
            return {parts.shelf: left, parts.earlier: earlier_list(left, language)}
        if verb == "open" and place is not None and place < len(conversations):
            turns = conversations.pop(place)
        left = put_away([keep(conversation) for conversation in conversations], kept)
        return {
            parts.shelf: left,
            parts.kept: keep(turns),
            parts.editing: None,
            parts.notice: "",
            parts.chat: actions.shown(turns),
            parts.welcome: gr.update(visible=not turns),
            parts.earlier: earlier_list(left, language),
        }

    parts.arrange.change(
        arrange, [parts.arrange, parts.kept, parts.shelf], parts.arranged, **_PRIVATE
    )


def _wire_rest(parts: Parts, actions: Actions) -> None:
    def read(name: str, kept: Any) -> str:
        return actions.read(kept, name.partition(" ")[0])

    def rate(command: str, kept: Any) -> _UPDATE:
        place, thumb, *_ = [*command.split(), "", ""]
        if not place.isdecimal() or thumb not in THUMBS:
            return {}
        turns = actions.rate(kept, int(place), thumb)
        return {
            parts.kept: keep(turns),
            parts.chat: actions.shown(turns),
            parts.spoken: WORDING[parts.language].thanks,
        }

    parts.read.change(read, [parts.read, parts.kept], parts.reader, **_PRIVATE)
    parts.rate.change(
        rate, [parts.rate, parts.kept], [parts.kept, parts.chat, parts.spoken], **_PRIVATE
    )
    parts.cancel.change(
        lambda _: {parts.question: "", parts.notice: "", parts.editing: None},
        parts.cancel,
        [parts.question, parts.notice, parts.editing],
        **_PRIVATE,
    )


def _wire_endpoints(desk: Desk) -> None:
    async def ask(question: str, request: gr.Request) -> dict[str, Any]:
        """Answer a question; the same JSON as POST /api/ask."""
        with _as_gradio_error(question):
            client = client_of(request.request)
            answer = await desk.ask(question, door="gradio", client=client)
            return answer.model_dump(mode="json")

    async def search(query: str, k: int = 5, request: gr.Request = None) -> list[dict[str, Any]]:
        """Find the passages nearest to a query; the same JSON as POST /api/search."""
        with _as_gradio_error(query):
            client = client_of(request.request)
            hits = await desk.search(query, k, door="gradio", client=client)
            return [hit.model_dump(mode="json") for hit in hits]

    gr.api(ask, api_name="ask")
    gr.api(search, api_name="search")


@contextmanager
def _as_gradio_error(question: str) -> Iterator[None]:
    try:
        yield
    except Exception as problem:
        error = as_assistant_error(problem)
        what, todo = worded(error, reader_language(question, None))
        raise gr.Error(f"{what} {todo}", print_exception=False) from problem
