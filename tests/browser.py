"""A real browser for the tests, which meets no dialog, no script error and no foreign server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, Route, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).resolve().parents[1] / ".work" / "axe" / "node_modules" / "axe-core"
AXE_VERSION = "4.14.1"
WAIT_MS = 30_000
# A busy machine is slow, not wrong.
expect.set_options(timeout=WAIT_MS)

needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(),
    reason="NO BROWSER: the chat page is untested; run `apt-get install chromium`",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, without a window."""
    with sync_playwright() as running:
        launched = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@contextmanager
def visiting(browser: Browser, server: str, **context: Any) -> Iterator[Page]:
    """A fresh reader's page; afterwards nothing may have gone astray.

    Args:
        browser: From `chromium`.
        server: The only address that may be asked for anything.
        context: As `Browser.new_context` takes it.
    """
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "base_url": server}
    reader = browser.new_context(**(options | context))
    page = reader.new_page()
    astray: list[str] = []

    def gate(route: Route) -> None:
        if route.request.url.startswith((f"{server}/", "data:", "blob:")):
            route.continue_()
        else:
            astray.append(f"request {route.request.url}")
            route.abort()

    def dismiss(dialog: Dialog) -> None:
        astray.append(f"dialog {dialog.message}")
        dialog.dismiss()

    reader.route("**/*", gate)
    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: astray.append(f"error {error}"))
    page.on("popup", lambda popup: astray.append(f"window {popup.url}"))
    try:
        yield page
    finally:
        reader.close()
    assert astray == []


def open_chat(page: Page, path: str) -> None:
    """Go to a chat page and wait until it can be asked."""
    page.goto(path)
    page.wait_for_selector("html.ready", timeout=WAIT_MS)
    expect(page.locator("#about dl")).to_have_count(1, timeout=WAIT_MS)


def question_box(page: Page) -> Locator:
    """Where a question is typed."""
    return page.locator("#question textarea")


def ask(page: Page, question: str) -> Locator:
    """Ask, wait for the whole answer, and give its message."""
    before = page.locator("#chat .tools").count()
    question_box(page).fill(question)
    question_box(page).press("Enter")
    expect(page.locator("#chat .tools")).to_have_count(before + 1, timeout=WAIT_MS)
    return page.locator("[data-testid=bot]").nth(before)


def middle(element: Locator) -> float:
    """The x of an element's middle, in pixels."""
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def words(text: str) -> str:
    """Text without the white space that layout adds."""
    return re.sub(r"\s+", " ", text).strip()


def axe_source() -> str:
    """The accessibility checker, fetched from the npm registry once; without it the test skips."""
    script = AXE / "axe.min.js"
    if not script.exists():
        home = AXE.parents[1]
        home.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(home)]
        try:
            subprocess.run(
                [*command, f"axe-core@{AXE_VERSION}"], check=True, capture_output=True, timeout=120
            )
        except (OSError, subprocess.SubprocessError) as problem:
            pytest.skip(f"NO AXE: accessibility is untested; npm could not fetch it: {problem}")
    return script.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page as it stands."""
    page.evaluate(axe_source())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:160]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
