"""Take the README's pictures of the chat: `python -m docs.screenshots` (needs /usr/bin/chromium).

The real server on the first collection, in a real browser; the widget on a page of another port.
"""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

DOCS = Path(__file__).resolve().parent
CHROMIUM = "/usr/bin/chromium"
PORT, PAPER_PORT = 7860, 7861
WAIT_MS = 60_000
QUESTIONS = {
    "en": ("What is the African Lion?", "Who did Kochavi meet in Morocco?"),
    "ar": ("ما هو الأسد الأفريقي؟", "من التقى كوخافي في المغرب؟"),
}


@contextmanager
def serving() -> Iterator[str]:
    """`isnad serve` on the first collection."""
    address = f"http://127.0.0.1:{PORT}"
    with tempfile.TemporaryDirectory() as index:
        settings = {
            "ISNAD_INDEX_DIR": index,
            "ISNAD_ALLOWED_ORIGINS": f"http://127.0.0.1:{PAPER_PORT}",
        }
        command = [sys.executable, "-m", "assistant", "serve", "--articles", "seeds"]
        running = subprocess.Popen(
            [*command, "--port", str(PORT)], env={**os.environ, **settings}, cwd=DOCS.parent
        )
        try:
            _wait_until_ready(address)
            yield address
        finally:
            running.terminate()
            running.wait(timeout=60)


def _wait_until_ready(address: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{address}/healthz"):
                return
        except urllib.error.URLError:
            time.sleep(0.5)
    raise SystemExit(f"{address} was not ready after two minutes.")


@contextmanager
def newspaper() -> Iterator[str]:
    """The sample host page, from another origin than the chat's."""

    class Pages(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(DOCS), **kwargs)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    paper = http.server.ThreadingHTTPServer(("127.0.0.1", PAPER_PORT), Pages)
    threading.Thread(target=paper.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{PAPER_PORT}/newspaper.html"
    paper.shutdown()
    paper.server_close()


def ask(place: Page | FrameLocator, question: str) -> None:
    """Ask and wait for the whole answer."""
    before = place.locator("#chat .tools").count()
    box = place.locator("#question textarea")
    box.fill(question)
    box.press("Enter")
    expect(place.locator("#chat .tools")).to_have_count(before + 1, timeout=WAIT_MS)


def save(page: Page, name: str) -> None:
    """Take the picture once the fonts are there and nothing moves."""
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(900)
    page.screenshot(path=DOCS / name, animations="disabled")


def chat(browser: Browser, server: str, language: str, name: str, **context: Any) -> None:
    """A conversation of two questions, with a source opened where it stands beside them."""
    wide = context["viewport"]["width"] > 1000
    opened = browser.new_context(device_scale_factor=1.5, **context)
    page = opened.new_page()
    page.goto(f"{server}/{language}/")
    page.wait_for_selector("html.ready", timeout=WAIT_MS)
    for question in QUESTIONS[language]:
        ask(page, question)
    if wide:
        page.locator("#chat .message-row").last.locator(".answer .chip").first.click()
    save(page, name)
    opened.close()


def widget(browser: Browser, address: str) -> None:
    """The widget, open, on a newspaper's page."""
    page = browser.new_page(viewport={"width": 1366, "height": 860}, device_scale_factor=1.5)
    page.goto(address)
    page.locator("isnad-widget button").click()
    frame = page.frame_locator("isnad-widget iframe")
    frame.locator("html.ready").wait_for(timeout=WAIT_MS)
    ask(frame, QUESTIONS["ar"][1])
    save(page, "widget.png")


def main() -> None:
    """Take all of them."""
    desktop = {"width": 1366, "height": 860}
    phone = {"width": 375, "height": 740}
    with serving() as server, newspaper() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        chat(browser, server, "en", "chat-en.png", viewport=desktop)
        chat(browser, server, "ar", "chat-ar.png", viewport=desktop)
        chat(
            browser, server, "ar", "chat-ar-mobile-dark.png",
            viewport=phone, has_touch=True, color_scheme="dark",
        )  # fmt: skip
        widget(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
