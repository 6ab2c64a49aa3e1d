"""The chat page as readers use it, in a real browser on the real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser import (
    WAIT_MS,
    ask,
    chromium,
    middle,
    needs_chromium,
    open_chat,
    question_box,
    violations,
    visiting,
    words,
)
from playwright.sync_api import Browser, Page, expect
from web_server import QUESTIONS, process, write_articles

from assistant.language import Language

pytestmark = needs_chromium
LANGUAGES: tuple[Language, ...] = ("ar", "en")
UNKNOWN = {"en": "Who won the chess olympiad in Buenos Aires?", "ar": "من فاز ببطولة الشطرنج؟"}
ORIGINAL = {
    "en": "كم بلغت كلفة الجسر الجديد على الميناء؟",
    "ar": "Why did the olive harvest double?",
}
Visit = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "thumbs.jsonl"


@pytest.fixture(scope="module")
def server(feedback: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = write_articles(tmp_path_factory.mktemp("articles"))
    index = tmp_path_factory.mktemp("index")
    with process(folder, index_dir=str(index), feedback_file=str(feedback)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def visit(browser: Browser, server: str) -> Visit:
    return lambda **context: visiting(browser, server, **context)


@pytest.fixture
def page(visit: Visit) -> Iterator[Page]:
    with visit() as opened:
        yield opened


def rest_answer(server: str, question: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.post(f"{server}/api/ask", json={"question": question}).json()
    return answer


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chip_opens_the_card_and_marks_the_quoted_words(
    page: Page, server: str, language: Language
) -> None:
    expected = rest_answer(server, QUESTIONS[language])["citations"][0]
    open_chat(page, f"/{language}/")
    answer = ask(page, QUESTIONS[language])
    answer.locator(".chip").first.click()
    card = page.locator("#clippings .card.open")
    expect(card).to_have_count(1)
    assert words(card.locator("mark").inner_text()) == words(expected["quote"])
    assert words(card.locator("h3").inner_text()) == expected["article"]["title"]
    assert expected["article"]["author"] in card.locator(".byline").inner_text()
    assert expected["article"]["published"][:4] in card.locator(".byline").inner_text()
    expect(card).to_be_in_viewport()
    beside = middle(card) > middle(answer)
    assert beside == (language == "en"), "the card stands at the end of the line"


def test_only_a_web_address_becomes_a_link(page: Page) -> None:
    open_chat(page, "/en/")
    ask(page, QUESTIONS["en"])
    link = page.locator("#clippings a.out").first
    assert link.get_attribute("href") == "https://news.example/bridge"
    assert "noopener" in (link.get_attribute("rel") or "")
    ask(page, QUESTIONS["ar"])
    expect(page.locator("#clippings h3").first).to_contain_text("الزيتون")
    assert page.locator("#clippings a.out").count() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_message_runs_in_its_own_direction(page: Page, language: Language) -> None:
    open_chat(page, f"/{language}/")
    ask(page, ORIGINAL[language])
    asked = page.locator("#chat .asked")
    styles = asked.evaluate("e => [getComputedStyle(e).direction, getComputedStyle(e).textAlign]")
    assert styles == ["ltr" if language == "ar" else "rtl", "start"]
    box = question_box(page)
    for text, direction in (("مرحبا world", "rtl"), ("hello يا عالم", "ltr")):
        box.fill(text)
        assert box.evaluate("e => e.matches(':dir(rtl)')") == (direction == "rtl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_page_is_mirrored(page: Page, language: Language) -> None:
    open_chat(page, f"/{language}/")
    direction = "rtl" if language == "ar" else "ltr"
    root = page.locator("html")
    assert root.get_attribute("dir") == direction
    assert root.get_attribute("lang") == language
    left = direction == "ltr"
    assert (middle(page.locator("#masthead h1")) < 640) == left
    assert (middle(page.locator("#masthead .toggle")) > 640) == left
    assert (middle(page.locator("#talk")) < middle(page.locator("#panel"))) == left
    assert (middle(page.locator("#send")) > middle(question_box(page))) == left
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_alone_is_enough(page: Page, server: str, language: Language) -> None:
    quote = rest_answer(server, QUESTIONS[language])["citations"][0]["quote"]
    open_chat(page, f"/{language}/")
    page.keyboard.press("Control+Home")
    question_box(page).focus()
    page.keyboard.type(QUESTIONS[language])
    page.keyboard.press("Enter")
    chip = page.locator(".answer .chip").first
    expect(chip).to_be_visible(timeout=WAIT_MS)
    for _ in range(60):
        if chip.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#clippings .card").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    mark = page.locator("#reader mark")
    expect(mark).to_be_in_viewport(timeout=WAIT_MS)
    assert words(mark.inner_text()) == words(quote)
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('#reader-sheet'))")
    page.keyboard.press("Escape")
    expect(page.locator("#reader-sheet")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_found_is_said_and_near_passages_are_offered(
    page: Page, server: str, language: Language
) -> None:
    expected = rest_answer(server, UNKNOWN[language])
    assert expected["found"] is False
    open_chat(page, f"/{language}/")
    answer = ask(page, UNKNOWN[language])
    assert words(answer.locator(".answer").inner_text()) == words(expected["text"])
    assert answer.locator(".chip").count() == 0
    assert page.locator("#clippings .card").count() == min(3, len(expected["related"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_can_be_taken_back_edited_and_asked_again(
    page: Page, language: Language
) -> None:
    open_chat(page, f"/{language}/")
    ask(page, QUESTIONS[language])
    ask(page, UNKNOWN[language])
    page.locator("#chat .tool.undo").last.click()
    expect(question_box(page)).to_have_value(UNKNOWN[language])
    expect(page.locator("#chat .asked")).to_have_count(1)
    expect(page.locator("#clippings mark")).not_to_have_count(0)
    page.locator("#chat .tool.edit").click()
    expect(question_box(page)).to_have_value(QUESTIONS[language])
    expect(page.locator("#notice .notice")).to_be_visible()
    question_box(page).fill(UNKNOWN[language])
    question_box(page).press("Enter")
    expect(page.locator("#chat .asked")).to_have_text(UNKNOWN[language], timeout=WAIT_MS)
    expect(page.locator("#chat .answer.missing")).to_have_count(1, timeout=WAIT_MS)
    page.locator("#chat .tool.retry").click()
    expect(page.locator("#chat .answer.missing")).to_have_count(1, timeout=WAIT_MS)
    expect(page.locator("#chat .asked")).to_have_count(1)


def test_a_thumb_and_its_reason_are_kept(page: Page, feedback: Path) -> None:
    open_chat(page, "/en/")
    ask(page, QUESTIONS["en"])
    page.locator("#chat .tool.up").click()
    expect(page.locator("#chat .tool.up.pressed")).to_have_count(1)
    page.locator("#chat .tool.down").click()
    page.locator("#chat .reasons a").first.click()
    expect(page.locator("#chat .tool.down.pressed")).to_have_count(1)
    expect(page.locator("#chat .tool.up.pressed")).to_have_count(0)
    entries = [json.loads(line) for line in feedback.read_text(encoding="utf-8").splitlines()]
    assert [entry["thumb"] for entry in entries[-2:]] == ["up", "wrong_source"]
    assert entries[-1]["answer"]["question"] == QUESTIONS["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_is_copied_with_footnotes_and_saved_as_markdown(
    visit: Visit, server: str, language: Language
) -> None:
    cited = rest_answer(server, QUESTIONS[language])["citations"][0]
    with visit(permissions=["clipboard-read", "clipboard-write"]) as page:
        open_chat(page, f"/{language}/")
        ask(page, QUESTIONS[language])
        page.locator("#chat .tool.copy").click()
        expect(page.locator("#chat .tool.copy.done")).to_have_count(1)
        copied = page.evaluate("navigator.clipboard.readText()")
        assert (
            "[1] "
            in copied.splitlines()[-len(rest_answer(server, QUESTIONS[language])["citations"])]
        )
        assert words(cited["quote"]) in copied
        assert cited["article"]["title"] in copied
        with page.expect_download() as download:
            page.locator("#masthead .export").click()
        saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename.endswith(".md")
    assert saved.startswith("# ")
    assert "\n## " in saved
    assert "\n> " in saved


@pytest.mark.parametrize("language", LANGUAGES)
def test_conversations_stay_in_the_browser(page: Page, language: Language) -> None:
    open_chat(page, f"/{language}/")
    ask(page, QUESTIONS[language])
    page.reload()
    expect(page.locator("#chat .asked")).to_have_text(QUESTIONS[language], timeout=WAIT_MS)
    expect(page.locator("#clippings .card").first).to_be_visible()
    page.locator("#masthead .toggle").click()
    page.wait_for_selector(f"html.ready:not([lang={language}])", timeout=WAIT_MS)
    expect(page.locator("#chat .asked")).to_have_text(QUESTIONS[language], timeout=WAIT_MS)
    page.locator("#masthead .new").click()
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#chat .asked")).to_have_count(0)
    page.locator("#masthead .shelf").click()
    page.locator("#earlier a.open").click()
    expect(page.locator("#chat .asked")).to_have_text(QUESTIONS[language], timeout=WAIT_MS)
    expect(page.locator("#earlier a.open")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_come_from_the_collection_and_are_answered(page: Page, language: Language) -> None:
    open_chat(page, f"/{language}/")
    example = page.locator("#welcome button.example").first
    expect(example).to_be_visible(timeout=WAIT_MS)
    text = example.inner_text()
    example.click()
    expect(page.locator("#chat .answer.found .chip").first).to_be_visible(timeout=WAIT_MS)
    assert words(page.locator("#chat .asked").inner_text()) == words(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_collection_is_described(page: Page, language: Language) -> None:
    open_chat(page, f"/{language}/")
    page.locator("#masthead .about").click()
    about = page.locator("#about-sheet")
    expect(about).to_be_visible()
    for title in ("A bridge over the harbour", "موسم الزيتون"):
        expect(about).to_contain_text(title)
    page.locator("#about-sheet .shut-sheet").click()
    expect(about).to_be_hidden()
    expect(page.locator("#masthead .about")).to_be_focused()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_puts_the_question_back_with_a_polite_word(page: Page, language: Language) -> None:
    open_chat(page, f"/{language}/")
    question_box(page).fill("؟؟ !!" if language == "ar" else "?? !!")
    question_box(page).press("Enter")
    expect(page.locator("#notice .notice")).to_be_visible(timeout=WAIT_MS)
    assert question_box(page).input_value() != ""
    expect(page.locator("#chat .asked")).to_have_count(0)
    page.route("**/queue/join*", lambda route: route.abort())
    question_box(page).fill(QUESTIONS[language])
    question_box(page).press("Enter")
    expect(page.locator("#turned-away")).not_to_be_empty()
    assert question_box(page).input_value() == QUESTIONS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_dark_screen_is_enough(visit: Visit, language: Language) -> None:
    phone = {"width": 375, "height": 740}
    with visit(viewport=phone, has_touch=True, color_scheme="dark") as page:
        open_chat(page, f"/{language}/")
        answer = ask(page, QUESTIONS[language])
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        answer.locator(".chip").first.click()
        card = answer.locator(".card.open")
        expect(card.locator("mark")).to_be_in_viewport()
        box = card.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
        expect(page.locator("#panel")).to_be_hidden()
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(int(part) for part in paper[4:-1].split(",")) < 60
        assert violations(page) == []


def test_light_and_dark_are_the_readers_choice(page: Page) -> None:
    open_chat(page, "/en/")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator("#masthead .theme").click()
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == dark


@pytest.mark.parametrize("language", LANGUAGES)
def test_assistive_technology_finds_no_serious_fault(page: Page, language: Language) -> None:
    open_chat(page, f"/{language}/")
    assert violations(page) == []
    ask(page, QUESTIONS[language])
    ask(page, UNKNOWN[language])
    assert violations(page) == []
    page.locator("#clippings .links .tool").first.click()
    expect(page.locator("#reader .story")).to_be_visible(timeout=WAIT_MS)
    assert violations(page) == []
    log = page.locator("#chat [role=log]")
    assert log.get_attribute("aria-busy") == "false"
    for message in page.locator("[data-testid=bot], [data-testid=user]").all():
        assert "<" not in (message.get_attribute("aria-label") or "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compact_page_opens_cards_in_place(visit: Visit, language: Language) -> None:
    with visit(viewport={"width": 400, "height": 620}) as page:
        open_chat(page, f"/embed/{language}/")
        answer = ask(page, QUESTIONS[language])
        assert page.locator("#panel").count() == 0
        answer.locator(".chip").first.click()
        expect(answer.locator(".card.open mark")).to_be_in_viewport()
        assert violations(page) == []
