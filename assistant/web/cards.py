"""Answers, source cards and whole articles as sanitised HTML, from escaped text alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from string import Template

from assistant.language import Language
from assistant.models import Answer, Article, ArticleInfo, Citation, Hit
from assistant.web.chat_bidi import direction, isolated
from assistant.web.escape import (
    direction_of,
    escape_inline,
    escape_lines,
    host_of,
    safe_url,
)
from assistant.web.wording import WORDING, day

_MARKER = re.compile(r"\[(\d{1,2})\]")
_MAX_TITLE_CHARS = 300
_MAX_QUOTE_CHARS = 6000

ArticleFinder = Callable[[str], ArticleInfo | None]


def prose(text: str, turn: int, citations: Mapping[int, Citation]) -> str:
    """An answer's text, each line in its own direction, its markers turned into chips.

    Args:
        text: As written or quoted; hostile.
        turn: Which answer of the conversation this is: chips and cards are named after it.
        citations: By number; a marker without one stays text.
    """
    lines = []
    for line in filter(str.strip, text.splitlines()):
        pieces = _MARKER.split(line)
        towards = direction(" ".join(pieces[::2]))
        html = isolated(pieces[0], towards)
        for number, following in zip(pieces[1::2], pieces[2::2], strict=True):
            html += _chip(turn, int(number), citations) + isolated(following, towards)
        lines.append(f'<p dir="{towards}">{html.strip()}</p>')
    return "".join(lines)


def _chip(turn: int, number: int, citations: Mapping[int, Citation]) -> str:
    cited = citations.get(number)
    if cited is None:
        return f"&#91;{number}&#93;"
    title = escape_inline(cited.article.title, 120)
    return (
        f'<a class="chip" role="button" href="#src-{turn}-{number}" title="{title}">'
        f"&#91;{number}&#93;</a>"
    )


def cards(answer: Answer, turn: int, language: Language, find: ArticleFinder) -> str:
    """The cards of an answer's citations, or of the nearest passages when there are none.

    Args:
        answer: The answer.
        turn: Its place in the conversation.
        language: The reader's, for the labels.
        find: The article of a passage, or None when it is gone.
    """
    if answer.citations:
        made = [_cited(citation, turn, language) for citation in answer.citations]
        return f'<div class="cards">{"".join(made)}</div>'
    near = [_near(hit, turn, place, language, find) for place, hit in enumerate(answer.related, 1)]
    if not any(near):
        return ""
    heading = escape_inline(WORDING[language].nearest)
    return f'<div class="cards related"><p class="label">{heading}</p>{"".join(near)}</div>'


def _cited(citation: Citation, turn: int, language: Language) -> str:
    start = citation.start - citation.passage.start
    end = citation.end - citation.passage.start
    text = citation.passage.text
    if not 0 <= start < end <= len(text):
        text, start, end = citation.quote, 0, len(citation.quote)
    body = _clipping(text, start, end, citation.article.language)
    if citation.translation:
        body += _translation(citation, language)
    number = f'<p class="number">{citation.number}</p>'
    return _card(f"{turn}-{citation.number}", number, citation.article, body, language)


def _near(hit: Hit, turn: int, place: int, language: Language, find: ArticleFinder) -> str:
    article = find(hit.passage.article_id)
    if article is None:
        return ""
    text = hit.passage.text
    body = _clipping(text, 0, 0, article.language)
    return _card(f"{turn}-n{place}", "", article, body, language)


def _card(name: str, number: str, article: ArticleInfo, body: str, language: Language) -> str:
    wording = WORDING[language]
    title = escape_inline(article.title, _MAX_TITLE_CHARS)
    links = f'<a class="tool" role="button" href="#read-{name}">{wording.read_whole}</a>'
    url = safe_url(article.url)
    if url and article.url:
        links += link_out(url, Template(wording.open_source).substitute(host=host_of(article.url)))
    return (
        f'<div class="card" id="src-{name}">{number}'
        f'<h3 dir="{direction_of(article.language)}" lang="{article.language}">'
        f'<a role="button" href="#src-{name}">{title}</a></h3>'
        f'<p class="byline">{byline(article, language)}</p>{body}'
        f'<p class="links">{links}</p></div>'
    )


def byline(article: ArticleInfo, language: Language) -> str:
    """Author and day, as far as they are known, escaped; each in its own direction."""
    author = article.author or (None if article.published else WORDING[language].unsigned)
    known = filter(None, (author, day(article.published, language)))
    return " · ".join(f"<bdi>{escape_inline(part, 120)}</bdi>" for part in known)


def link_out(url: str, label: str) -> str:
    """A link to another site; both parts are escaped already."""
    return f'<a class="out" href="{url}" target="_blank" rel="noopener noreferrer">{label}</a>'


def _clipping(text: str, start: int, end: int, language: Language) -> str:
    before, quote, after = text[:start], text[start:end], text[end:]
    html = f'<span class="context">{_paragraphs(before)} </span>' if before.strip() else ""
    if quote:
        html += f"<mark>{_paragraphs(quote)}</mark>"
        html += f'<span class="context"> {_paragraphs(after)}</span>' if after.strip() else ""
    else:
        html += _paragraphs(after)
    return (
        f'<blockquote class="clip" dir="{direction_of(language)}" lang="{language}">'
        f"{html}</blockquote>"
    )


def _paragraphs(text: str) -> str:
    """Escaped text with its line breaks, also those at its ends."""
    ends = ("<br>" if text[:1] == "\n" else ""), ("<br>" if text[-1:] == "\n" else "")
    return f"{ends[0]}{'<br>'.join(escape_lines(text[:_MAX_QUOTE_CHARS]))}{ends[1]}"


def _translation(citation: Citation, language: Language) -> str:
    text = citation.translation or ""
    # A translation is in the question's language, which is the one the article isn't in.
    into: Language = "en" if citation.article.language == "ar" else "ar"
    label = escape_inline(WORDING[into if into == language else language].our_translation)
    if into != language:
        label = escape_inline(WORDING[into].name)
    return (
        f'<p class="label">{label}</p>'
        f'<blockquote class="translation" dir="{direction_of(into)}" lang="{into}">'
        f"{_paragraphs(text)}</blockquote>"
    )


def reader(article: Article, start: int, end: int, language: Language) -> str:
    """A whole article, with `[start, end)` of its text marked in every paragraph it touches.

    Args:
        article: The article.
        start: In characters of its text.
        end: Exclusive; nothing is marked when it is `start`.
        language: The reader's, for the labels.
    """
    lang, towards = article.language, direction_of(article.language)
    title = escape_inline(article.title, _MAX_TITLE_CHARS)
    paragraphs = []
    for found in re.finditer(r"[^\n]+", article.text):
        if not found[0].strip():
            continue
        low, high = max(start, found.start()), min(end, found.end())
        if low < high:
            low, high = low - found.start(), high - found.start()
            before, quote, after = found[0][:low], found[0][low:high], found[0][high:]
            html = (
                f"{escape_inline(before)}{' ' if before[-1:].isspace() else ''}"
                f"<mark>{escape_inline(quote)}</mark>"
                f"{' ' if after[:1].isspace() else ''}{escape_inline(after)}"
            )
        else:
            html = escape_inline(found[0])
        paragraphs.append(f"<p>{html}</p>")
    url = safe_url(article.url)
    link = ""
    if url and article.url:
        label = Template(WORDING[language].open_source).substitute(host=host_of(article.url))
        link = f'<p class="links">{link_out(url, label)}</p>'
    return (
        f'<div class="story" dir="{towards}" lang="{lang}"><h2>{title}</h2>'
        f'<p class="byline">{byline(article, language)}</p>{"".join(paragraphs)}</div>{link}'
    )


def notice(text: str, turn: str = "") -> str:
    """One polite line above the question box; `turn` adds a way out."""
    lines = "".join(f"<p>{line}</p>" for line in escape_lines(text))
    return f'<div class="notice">{lines}{turn}</div>' if lines else ""
