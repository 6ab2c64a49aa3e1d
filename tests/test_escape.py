"""Hostile text stays text: in every sink of the page nothing runs and nothing is fetched."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
from browser import ask, chromium, needs_chromium, open_chat, visiting, words
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect
from web_server import wait_until_ready

from assistant import Answer, Article, Assistant, Citation, Conversation, Hit, Passage, Settings
from assistant.language import Language, detect
from assistant.models import CollectionInfo
from assistant.web.app import create_app
from assistant.web.escape import (
    escape_block,
    escape_inline,
    escape_markdown,
    safe_url,
)
from assistant.web.server import Server, uvicorn_config

# What has been used against chat pages: tags, attributes, addresses, Markdown, entities, formulas.
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=https://evil.example/a.mp3 autoplay onerror=alert(1)>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=https://evil.example/x.swf>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/y.css';</style>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<form action=https://evil.example/><input name=q><button>Go</button></form>",
    "<a href=javascript:alert(1)>click</a>",
    "<a href='https://evil.example/?leak=1' ping='https://evil.example/ping'>x</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<div style='background:url(https://evil.example/bg.png)'>x</div>",
    "<p class=chip id=chat dir=rtl title=x>spoof</p>",
    "</div></article><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "'\"><script>alert(1)</script>",
    '"onmouseover=alert(1) x="',
    "![x](https://evil.example/p.png)",
    "![x][ref] [ref]: https://evil.example/r.png",
    "[click](javascript:alert(1))",
    "[1](https://evil.example/) [[1]](#src-0-1)",
    "<https://evil.example/auto> www.evil.example evil@evil.example",
    "`code` ```js alert(1)``` ~~~ **bold** _em_ ~~gone~~",
    "# heading - list 1. item > quote | table | ---",
    "$$\\href{javascript:alert(1)}{x}$$ \\(x\\) $\\includegraphics{https://evil.example/i.png}$",
    "&lt;img src=x onerror=alert(1)&gt; &#60;script&#62;alert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "\\<script\\>alert(1)\\</script\\> \\![x](https://evil.example/b.png)",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= alert(1) %>",
    "data:text/html,<script>alert(1)</script> vbscript:alert(1) file:///etc/passwd",
    "<ScRiPt>alert(1)</sCrIpT> <img/src=`x`onerror=alert(1)> <svg/onload=alert`1`>",
    "<x-widget onclick=alert(1)><template shadowrootmode=open><script>alert(1)</script>",
)
HOSTILE_URLS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/x",
    'https://evil.example/"onmouseover="alert(1)',
    "ftp://evil.example/x",
)
GROUP = 7


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_markdown_reader_finds_markup(payload: str) -> None:
    escaped = escape_inline(payload)
    assert re.fullmatch(r"(?:[\w\s]|[^\x00-\x7f]|&#\d+;)*", escaped)
    assert unescape(escaped) == payload
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(escaped)
    assert re.findall(r"<(\w+)", rendered) == ["p"]
    assert words(unescape(re.sub(r"</?p>", "", rendered))) == words(payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_saved_conversation_previews_as_text(payload: str) -> None:
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(escape_markdown(payload))
    assert re.findall(r"<(\w+)", rendered) == ["p"]
    assert words(unescape(re.sub(r"</?p>", "", rendered))) == words(payload)


@given(st.text(max_size=300))
def test_any_text_comes_back_from_its_entities(text: str) -> None:
    escaped = escape_inline(text)
    assert "\n" not in escaped
    assert not set(escaped.replace("&#", "").replace(";", "")) & set("<>\"'&`*_[]()!#")
    assert escape_inline(unescape(escaped)) == escaped
    assert "\n" not in escape_block(text)


def test_what_reorders_a_sentence_is_dropped() -> None:
    assert escape_inline("abc\u202edef\u2066ghi\x00\x1b") == "abcdefghi"
    assert escape_inline("می\u200cخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize("url", [*HOSTILE_URLS[:4], HOSTILE_URLS[5], "https://", "https://[", ""])
def test_only_the_web_is_linked_to(url: str) -> None:
    assert safe_url(url) is None


def test_a_quote_in_an_address_ends_no_attribute() -> None:
    linked = safe_url(HOSTILE_URLS[4])
    assert linked is not None
    assert '"' not in linked


class Spoilt(Assistant):
    """Articles, quotes, translations and a language model that all give the payloads.

    A question's number names the group of payloads that its answer is made of.
    """

    def __init__(self) -> None:
        self._held = [self._spoil(place) for place in range(len(PAYLOADS))]

    def _spoil(self, place: int) -> Article:
        payload = PAYLOADS[place]
        return Article(
            id=f"{place}",
            title=payload,
            author=payload,
            language=("ar", "en")[place % 2],
            url=HOSTILE_URLS[place % len(HOSTILE_URLS)],
            text=f"Before. {payload}\n\n{payload}\n\nAfter.",
        )

    def articles(self) -> list[Article]:
        return self._held

    def article(self, article_id: str) -> Article:
        return self._held[int(article_id)]

    def info(self) -> CollectionInfo:
        count = len(self._held)
        return CollectionInfo(
            articles=count,
            passages=count,
            languages=("ar", "en"),
            model_id=PAYLOADS[0],
            indexed_at=None,
        )

    def conversation(self, *, turns: Sequence[Answer] = ()) -> Conversation:
        return Conversation(self, turns=turns)

    def search(self, query: str, k: int = 5) -> list[Hit]:
        return []

    def ask(self, question: str, **_: Any) -> Answer:
        first = int(re.findall(r"\d+", question)[0]) * GROUP
        group = range(first, min(first + GROUP, len(PAYLOADS)))
        citations = []
        for number, place in enumerate(group, 1):
            article, quote = self._held[place], PAYLOADS[place]
            start = len("Before. ")
            passage = Passage(id=f"p{place}", article_id=article.id, text=article.text,
                              start=0, end=len(article.text))  # fmt: skip
            citations.append(
                Citation(number=number, article=article.info(), passage=passage, quote=quote,
                         start=start, end=start + len(quote), translation=quote)
            )  # fmt: skip
        lines = [f"{PAYLOADS[place]} [{number}]" for number, place in enumerate(group, 1)]
        language: Language = detect(question)
        found = first < GROUP * 3
        return Answer(
            question=question,
            language=language,
            text="\n\n".join(lines),
            citations=tuple(citations),
            found=True,
            confidence=0.9,
            mode=PAYLOADS[1] if found else "quote",
            note=PAYLOADS[2],
        )

    def stream(self, question: str, **_: Any) -> Iterator[str | Answer]:
        answer = self.ask(question)
        yield from re.findall(r"(?s).{1,40}", answer.text)
        yield answer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@contextmanager
def serving_the_chat(assistant: Assistant, settings: Settings) -> Iterator[str]:
    app = create_app(assistant, settings)
    server = Server(uvicorn_config(app), app.state.desk)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        try:
            wait_until_ready(address)
            yield address
        finally:
            server.should_exit = True
            running.join(timeout=60)


def assert_inert(page: Page, sink: str) -> None:
    """Nothing of a payload has become an element or an address in a part of the page."""
    strange = "img,script,iframe,svg,object,embed,form,input,video,audio,link,style,base,meta,math"
    assert page.locator(sink).locator(strange).count() == 0
    for link in page.locator(f"{sink} a").all():
        assert re.match(r"#[\w-]+$|https?://", link.get_attribute("href") or "")
    handlers = f"[...document.querySelectorAll('{sink} *')].flatMap(e => [...e.attributes])"
    assert page.evaluate(f"{handlers}.filter(a => a.name.startsWith('on')).length") == 0


@needs_chromium
@pytest.mark.parametrize("language", ["ar", "en"])
def test_no_payload_runs_or_fetches_anything(browser: Browser, language: Language) -> None:
    frame = {"en": "Tell me about group {}: {}", "ar": "حدثني عن المجموعة رقم {}: {}"}[language]
    with (
        serving_the_chat(Spoilt(), Settings()) as server,
        visiting(browser, server) as page,
    ):
        open_chat(page, f"/{language}/")
        page.locator("#masthead .about").click()
        for place, payload in enumerate(PAYLOADS):
            item = page.locator("#about .articles li").nth(place)
            assert words(payload) in words(item.inner_text())
        assert_inert(page, "#about")
        page.keyboard.press("Escape")
        for group in range(len(PAYLOADS) // GROUP):
            payloads = PAYLOADS[group * GROUP : (group + 1) * GROUP]
            answer = ask(page, frame.format(group, " ".join(payloads)))
            assert words(" ".join(payloads)) in words(
                page.locator(".asked").nth(group).inner_text()
            )
            shown = answer.locator(".answer p").all_inner_texts()
            assert [words(re.sub(r"\[\d\]$", "", text)) for text in shown] == [
                words(payload) for payload in payloads
            ]
            marks = page.locator("#clippings mark").all_inner_texts()
            assert [words(mark) for mark in marks] == [words(payload) for payload in payloads]
            assert_inert(page, "#chat .prose")
            assert_inert(page, "#clippings")
        page.locator("#clippings .links .tool").first.click()
        expect(page.locator("#reader mark")).to_have_count(1)
        assert_inert(page, "#reader")
        page.keyboard.press("Escape")
        page.locator("#masthead .new").click()
        expect(page.locator("#earlier a.open")).to_have_count(1)
        assert_inert(page, "#earlier")
