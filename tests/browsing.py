"""Chromium for tests: one browser a test, and what every page is held to: accessible, within the screen, quiet."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SHOTS = os.environ.get("SHOTS", "")  # a folder to keep pictures in, for a person to look at
EXPECTED = "Failed to load resource: the server responded with a status of 4"  # a refusal is an answer, no fault

# For `pytestmark` of a module that drives Chromium.
MARKS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium on this machine"),
]


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright runs a loop in this thread
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()
        connections.close_all()  # those that the loop's context opened


def complaints_of(page) -> list[str]:
    """A list that fills with what the page complains of: the console, its scripts, requests to another host."""
    found: list[str] = []

    def asked(request):
        here, there = urlsplit(page.url).netloc, urlsplit(request.url)
        if here and there.scheme in ("http", "https") and there.netloc != here:
            found.append(f"a request to {request.url}")

    def said(line):
        if line.type in ("error", "warning") and not line.text.startswith(EXPECTED):
            found.append(line.text)

    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def until(page, expression: str) -> None:
    """Wait until a page's expression is true; Playwright's own way evaluates texts, which our pages forbid (CSP)."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came true: {expression}")


def _violations(page) -> list[dict]:
    return Axe().run(page, options=AXE).response["violations"]


def look(page, address, name):
    """Open a page, hold it to axe and to the width of the screen, and keep a picture if asked to."""
    if address:
        page.goto(address)
    if found := _violations(page):
        page.wait_for_timeout(500)  # a busy machine may still lay the page out: what stays is a fault
        found = _violations(page)
    assert [f"{name}: {v['id']} {v['nodes'][0]['html'][:160]}" for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
    if SHOTS:
        path = Path(SHOTS) / f"{name}-{page.viewport_size['width']}.png"
        page.screenshot(path=path, full_page=True, caret="initial")  # to hide it is a style of which the page complains


def look_at_widths(page, address, name, widths):
    """Open a page anew at each width and look: the story behind it is told once."""
    for width in widths:
        page.set_viewport_size(page.viewport_size | {"width": width})
        look(page, address, name)
