"""The widget in a real browser, on host pages served from another port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from web_server import QUESTIONS, process, write_articles

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Browser, Page, expect = playwright.Browser, playwright.Page, playwright.expect

CHROMIUM = Path("/usr/bin/chromium")
OPENS_MS = 30_000
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(),
    reason="NO BROWSER: the widget is untested; run `apt-get install chromium`",
)
HOST_PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">
<title>A newspaper</title><link rel="stylesheet" href="/host.css"></head>
<body><h1>News</h1><p>Text</p><input id="field"><script src="{server}/widget.js" {data}></script>
</body></html>"""
# What spoils a widget that lives in the light DOM.
HOST_STYLE = (
    "* { all: revert; color: lime !important } "
    "iframe, section, button { display: none !important; width: 1px !important }"
)


class Newspaper:
    """A host page on a port of its own.

    Attributes:
        address: Where it is.
        page: Its HTML.
        policy: Its Content-Security-Policy, or "".
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.page = ""
        self.policy = ""

    def show(self, server: str, *, lang: str = "en", data: str = "", policy: str = "") -> None:
        """Put the widget on the page."""
        direction = "rtl" if lang == "ar" else "ltr"
        self.page = HOST_PAGE.format(lang=lang, dir=direction, server=server, data=data)
        self.policy = policy


@contextmanager
def newspaper() -> Iterator[Newspaper]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            style = self.path == "/host.css"
            self.send_response(200)
            self.send_header("Content-Type", "text/css" if style else "text/html; charset=utf-8")
            if paper.policy:
                self.send_header("Content-Security-Policy", paper.policy)
            self.end_headers()
            self.wfile.write((HOST_STYLE if style else paper.page).encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    paper = Newspaper(f"http://127.0.0.1:{httpd.server_port}")
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield paper
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


@pytest.fixture(scope="module")
def host() -> Iterator[Newspaper]:
    with newspaper() as paper:
        yield paper


@pytest.fixture(scope="module")
def stranger() -> Iterator[Newspaper]:
    with newspaper() as paper:
        yield paper


@pytest.fixture(scope="module")
def server(host: Newspaper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = write_articles(tmp_path_factory.mktemp("articles"))
    index = tmp_path_factory.mktemp("index")
    with process(folder, index_dir=str(index), allowed_origins=host.address) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, server: str, host: Newspaper, stranger: Newspaper) -> Iterator[Page]:
    """A page whose every request to anywhere else fails the test, as does a script's error."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    tab = context.new_page()
    strayed: list[str] = []
    ours = (server, host.address, stranger.address, "data:", "blob:")

    def gate(route: playwright.Route) -> None:
        if route.request.url.startswith(ours):
            route.continue_()
        else:
            strayed.append(route.request.url)
            route.abort()

    context.route("**/*", gate)
    tab.on("dialog", lambda dialog: strayed.append(f"dialog {dialog.message}"))
    yield tab
    context.close()
    assert strayed == []


def launcher(page: Page) -> playwright.Locator:
    return page.locator("isnad-widget button")


def panel(page: Page) -> playwright.Locator:
    return page.locator("isnad-widget section")


def question_box(page: Page) -> playwright.Locator:
    return page.frame_locator("isnad-widget iframe").locator("textarea").first


def open_chat(page: Page) -> None:
    launcher(page).click()
    expect(question_box(page)).to_be_visible(timeout=OPENS_MS)
    expect(page.locator("isnad-widget .state")).to_be_hidden(timeout=OPENS_MS)


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_it_opens_asks_and_cites(page: Page, host: Newspaper, server: str, lang: str) -> None:
    host.show(server, lang=lang, data=f'data-lang="{lang}"')
    page.goto(host.address)
    assert page.locator("isnad-widget iframe").count() == 0, "the frame is loaded lazily"
    open_chat(page)
    question_box(page).fill(QUESTIONS[lang])
    question_box(page).press("Enter")
    chat = page.frame_locator("isnad-widget iframe")
    expect(chat.get_by_text("[1]").first).to_be_visible(timeout=OPENS_MS)


@pytest.mark.parametrize("lang", ["ar", "en"])
@pytest.mark.parametrize("position", ["start", "end"])
def test_it_stands_in_the_right_corner(
    page: Page, host: Newspaper, server: str, lang: str, position: str
) -> None:
    host.show(server, lang=lang, data=f'data-position="{position}"')
    page.goto(host.address)
    box = launcher(page).bounding_box()
    assert box is not None
    on_the_left = box["x"] + box["width"] / 2 < 500
    assert on_the_left == ((position == "start") == (lang == "en"))
    assert box["y"] > 700
    # The host's styles, hostile on purpose, stop at the shadow root.
    assert box["width"] > 48
    assert box["height"] >= 44


def test_its_language_and_theme_are_the_tags(page: Page, host: Newspaper, server: str) -> None:
    host.show(server, lang="en", data='data-lang="ar" data-theme="dark"')
    page.goto(host.address)
    expect(launcher(page)).to_have_text("اسأل المقالات")
    launcher(page).click()
    source = page.locator("isnad-widget iframe").get_attribute("src")
    assert source == f"{server}/embed/ar/?theme=dark"


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_it_works_under_a_strict_policy(
    page: Page, host: Newspaper, server: str, lang: str
) -> None:
    policy = (
        f"default-src 'none'; script-src {server}; frame-src {server}; style-src 'self'; "
        "require-trusted-types-for 'script'"
    )
    broken: list[str] = []
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: broken.append(str(error)))
    host.show(server, lang=lang, policy=policy)
    page.goto(host.address)
    open_chat(page)
    box = panel(page).bounding_box()
    assert box is not None
    assert box["width"] >= 380, "the adopted styles apply"
    assert [said for said in broken if "favicon" not in said] == []


def test_the_keyboard_is_enough(page: Page, host: Newspaper, server: str) -> None:
    host.show(server)
    page.goto(host.address)
    page.locator("#field").focus()
    page.keyboard.press("Tab")
    assert launcher(page).evaluate("button => button.getRootNode().activeElement === button")
    assert launcher(page).get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_visible()
    expect(launcher(page)).to_have_attribute("aria-expanded", "true")
    expect(question_box(page)).to_be_focused(timeout=OPENS_MS)
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(launcher(page)).to_be_focused()


def test_escape_on_the_launcher_closes(page: Page, host: Newspaper, server: str) -> None:
    host.show(server)
    page.goto(host.address)
    open_chat(page)
    launcher(page).focus()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()


def test_it_remembers_whether_it_was_open(page: Page, host: Newspaper, server: str) -> None:
    host.show(server)
    page.goto(host.address)
    expect(panel(page)).to_be_hidden()
    launcher(page).click()
    page.reload()
    expect(panel(page)).to_be_visible()
    assert page.evaluate("document.activeElement === document.body"), "focus stays with the page"
    launcher(page).click()
    page.reload()
    expect(panel(page)).to_be_hidden()


def test_messages_from_elsewhere_are_not_heard(page: Page, host: Newspaper, server: str) -> None:
    host.show(server)
    page.goto(host.address)
    open_chat(page)
    # The page itself, and a frame of the host's, are no source.
    page.evaluate("postMessage({type: 'isnad:close'}, '*')")
    page.evaluate(
        """async () => {
          const frame = document.createElement("iframe");
          frame.srcdoc = "<script>parent.postMessage({type: 'isnad:close'}, '*')</script>";
          document.body.append(frame);
          await new Promise((done) => (frame.onload = done));
        }"""
    )
    page.wait_for_timeout(300)
    expect(panel(page)).to_be_visible()


def test_a_site_that_is_not_allowed_gets_a_kind_word(
    page: Page, stranger: Newspaper, server: str
) -> None:
    stranger.show(server)
    page.clock.install()
    page.goto(stranger.address)
    launcher(page).click()
    page.wait_for_timeout(1500)
    page.clock.run_for(15_000)
    expect(panel(page).locator("a")).to_have_attribute("href", f"{server}/embed/en/")
    assert all(frame.locator("textarea").count() == 0 for frame in page.frames)


def test_a_site_that_is_not_allowed_cant_ask(page: Page, stranger: Newspaper, server: str) -> None:
    stranger.show(server)
    page.goto(stranger.address)
    outcome = page.evaluate(
        """url => fetch(url, {method: "POST", headers: {"Content-Type": "text/plain"},
             body: '{"question": "x"}'}).then((r) => r.status, (e) => String(e))""",
        f"{server}/api/ask",
    )
    assert "TypeError" in outcome


def test_an_allowed_site_may_ask(page: Page, host: Newspaper, server: str) -> None:
    host.show(server)
    page.goto(host.address)
    status = page.evaluate(
        """([url, question]) => fetch(url, {method: "POST",
             headers: {"Content-Type": "application/json"},
             body: JSON.stringify({question})}).then((r) => r.status)""",
        [f"{server}/api/ask", QUESTIONS["en"]],
    )
    assert status == 200


def test_on_a_telephone_it_fills_the_screen(page: Page, host: Newspaper, server: str) -> None:
    page.set_viewport_size({"width": 375, "height": 700})
    host.show(server, lang="ar")
    page.goto(host.address)
    launcher(page).click()
    box = panel(page).bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (375, 700)
    launcher(page).click()
    expect(panel(page)).to_be_hidden()


def test_the_script_is_for_everyone(server: str) -> None:
    response = httpx.get(f"{server}/widget.js", headers={"Origin": "https://anywhere.example"})
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
