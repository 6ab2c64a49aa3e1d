"""An answer as text to paste elsewhere: with footnotes, or as Markdown."""

from __future__ import annotations

from assistant.language import Language
from assistant.models import Answer, Citation
from assistant.web.escape import escape_markdown, safe_url
from assistant.web.wording import day


def footnoted(answer: Answer, language: Language) -> str:
    """An answer as plain text: its markers stay, each with a footnote under it."""
    notes = "\n".join(_footnote(citation, language) for citation in answer.citations)
    return f"{answer.text.strip()}\n\n{notes}" if notes else answer.text.strip()


def _footnote(citation: Citation, language: Language) -> str:
    article = citation.article
    parts = [article.author, f"«{article.title}»", day(article.published, language)]
    if safe_url(article.url):
        parts.append(article.url)
    translation = f" ({_one_line(citation.translation)})" if citation.translation else ""
    source = "، ".join(filter(None, parts)) if language == "ar" else ", ".join(filter(None, parts))
    return f"[{citation.number}] {source}: «{_one_line(citation.quote)}»{translation}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def turn_markdown(answer: Answer, language: Language) -> str:
    """A question and its answer as Markdown that shows hostile text as text."""
    lines = [f"## {escape_markdown(answer.question)}", ""]
    for line in filter(str.strip, answer.text.splitlines()):
        lines += [escape_markdown(line), ""]
    for citation in answer.citations:
        lines += [*_markdown_note(citation, language), ""]
    return "\n".join(lines)


def _markdown_note(citation: Citation, language: Language) -> list[str]:
    article = citation.article
    known = filter(None, (article.title, article.author, day(article.published, language)))
    head = f"**{citation.number}.** {' · '.join(map(escape_markdown, known))}"
    url = article.url if safe_url(article.url) else None
    if url:
        # Angle brackets end an address for every Markdown reader; such signs are percent-encoded.
        head += f" · <{url.replace('<', '%3C').replace('>', '%3E')}>"
    note = [head, "", f"> {escape_markdown(citation.quote)}"]
    if citation.translation:
        note += [">", f"> {escape_markdown(citation.translation)}"]
    return note
