"""The chat's components: what is on the page, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.language import Language
from assistant.settings import Settings
from assistant.web.cards import byline, link_out, notice
from assistant.web.escape import direction_of, escape_inline, host_of, safe_url
from assistant.web.wording import WORDING, Wording, day, language_name, other

if TYPE_CHECKING:
    from assistant.assistant import Assistant

EXAMPLES = 4
# Encrypts nothing that matters: it only has to stay the same, so that the browser's copy opens.
_STORAGE_SECRET = "isnad-kept-by-the-reader"


@dataclass
class Parts:
    """The components that events read and write; all but two are Gradio's."""

    page: Any
    language: Language
    edit_notice: str
    kept: Any = None
    shelf: Any = None
    editing: Any = None
    welcome: Any = None
    examples: list[Any] = field(default_factory=list)
    chat: Any = None
    notice: Any = None
    question: Any = None
    send: Any = None
    stop: Any = None
    spoken: Any = None
    reader: Any = None
    about: Any = None
    earlier: Any = None
    change: Any = None
    arrange: Any = None
    read: Any = None
    rate: Any = None
    cancel: Any = None

    @property
    def asked(self) -> list[Any]:
        """What asking changes."""
        changed = [self.chat, self.question, self.notice, self.kept, self.editing, self.welcome]
        return [*changed, self.send, self.stop, self.spoken]

    @property
    def arranged(self) -> list[Any]:
        """What putting away or opening a conversation changes."""
        changed = [self.shelf, self.kept, self.editing, self.notice, self.chat]
        return [*changed, self.welcome, self.earlier]

    @property
    def opened(self) -> list[Any]:
        """What opening the page fills."""
        return [self.chat, self.welcome, self.earlier, self.about, self.notice]


def build_parts(page: gr.Blocks, language: Language, compact: bool, settings: Settings) -> Parts:
    """Lay out a page; to be called inside it."""
    words = WORDING[language]
    cancel = f'<a class="tool cancel" role="button" href="#cancel">{words.cancel}</a>'
    parts = Parts(page, language, edit_notice=notice(words.editing, cancel))
    key = "isnad-widget" if compact else "isnad"
    parts.kept = gr.BrowserState([], storage_key=f"{key}-turns", secret=_STORAGE_SECRET)
    parts.shelf = gr.BrowserState([], storage_key=f"{key}-shelf", secret=_STORAGE_SECRET)
    parts.editing = gr.State(None)
    _markdown(_masthead(words, language, compact), "masthead")
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="talk"):
            _talk(parts, words, settings)
        if not compact:
            with gr.Column(elem_id="panel"):
                empty = escape_inline(words.sources_empty)
                _markdown(f'<h2>{words.sources}</h2><p class="empty">{empty}</p>', "panel-text")
    for name in ("reader", "about", "earlier"):
        with gr.Column(elem_id=f"{name}-sheet", elem_classes="sheet"):
            setattr(parts, name, _markdown("", name))
    with gr.Column(elem_id="wires"):
        parts.spoken = gr.Markdown("", elem_id="spoken")
        for name in ("change", "arrange", "read", "rate", "cancel"):
            wire = gr.Textbox("", label=name, elem_id=f"wire-{name}", container=False)
            setattr(parts, name, wire)
    return parts


def _markdown(html: str, name: str) -> Any:
    return gr.Markdown(html, elem_id=name, latex_delimiters=[])


def _talk(parts: Parts, words: Wording, settings: Settings) -> None:
    with gr.Column(elem_id="welcome") as parts.welcome:
        _markdown(
            f"<h2>{words.welcome_title}</h2><p>{escape_inline(words.welcome_text)}</p>"
            f'<p class="label">{words.try_asking}</p>',
            "welcome-text",
        )
        parts.examples = [
            gr.Button("", visible=False, elem_classes="example") for _ in range(EXAMPLES)
        ]
    parts.chat = gr.Chatbot(
        elem_id="chat",
        label=words.conversation,
        show_label=False,
        container=False,
        height=None,
        buttons=[],
        latex_delimiters=[],
        group_consecutive_messages=False,
        layout="panel",
        autoscroll=False,
        placeholder="",
    )
    parts.notice = _markdown("", "notice")
    with gr.Row(elem_id="composer"):
        parts.question = gr.Textbox(
            label=words.ask_label,
            show_label=False,
            placeholder=words.ask_placeholder,
            elem_id="question",
            lines=1,
            max_lines=8,
            max_length=settings.max_question_chars,
            container=False,
            autofocus=False,
        )
        parts.send = gr.Button(words.ask, variant="primary", elem_id="send")
        parts.stop = gr.Button(words.stop, elem_id="stop", visible=False)


def _masthead(words: Wording, language: Language, compact: bool) -> str:
    tools = "".join(
        f'<a class="tool {name}" role="button" href="#{name}" title="{label}">'
        f'<span class="said">{label}</span></a>'
        for name, label in (
            ("new", words.new),
            ("shelf", words.earlier),
            *([] if compact else [("export", words.export)]),
            ("about", words.about),
            ("shut", words.close) if compact else ("theme", words.theme),
        )
    )
    across = other(language)
    toggle = f'<a class="toggle" href="../{across}/" lang="{across}" hreflang="{across}">'
    return (
        f'<h1><span lang="ar">إسناد</span> <span lang="en">Isnad</span></h1>'
        f'<p class="tagline">{escape_inline(words.tagline)}</p>'
        f'<div class="actions">{tools}{toggle}{words.other_name}</a></div>'
    )


def about(assistant: Assistant, language: Language) -> str:
    """What the collection holds, as HTML."""
    words = WORDING[language]
    info = assistant.info()
    comma = "، " if language == "ar" else ", "
    languages = comma.join(language_name(name, language) for name in info.languages)
    facts = (
        (words.about_articles, str(info.articles)),
        (words.about_passages, str(info.passages)),
        (words.about_languages, languages),
        (words.about_model, info.model_id),
        *([(words.about_indexed, indexed)] if (indexed := day(info.indexed_at, language)) else []),
    )
    rows = "".join(
        f"<dt>{label}</dt><dd><bdi>{escape_inline(value, 200)}</bdi></dd>" for label, value in facts
    )
    articles = ""
    for article in assistant.articles():
        title = escape_inline(article.title or article.source, 200)
        url = safe_url(article.url)
        if url and article.url:
            title += f" {link_out(url, host_of(article.url))}"
        kind = f" · {words.translation_of_other}" if article.translation_of else ""
        articles += (
            f'<li><p dir="{direction_of(article.language)}" lang="{article.language}">{title}</p>'
            f'<p class="byline">{byline(article, language)}{kind}</p></li>'
        )
    return (
        f"<h2>{words.about}</h2><dl>{rows}</dl><h3>{words.about_list}</h3>"
        f'<ul class="articles">{articles}</ul>'
    )
