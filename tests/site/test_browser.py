"""The public pages in Chromium: accessible, within the screen, silent in the console, asking no other host."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

PAGES = ["/", "/help/", "/help/?q=late", "/fees/", "/rulebook/", "/terms/", "/privacy/", "/security/", "/no/such/page/"]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium here"),
]


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright runs a loop in this thread
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()
        connections.close_all()  # those that the loop's context opened


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_public_pages_are_accessible_and_fit_the_screen(live_server, browser, width):
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in PAGES:
        page.goto(live_server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        problems = Axe().run(page, options=AXE).response["violations"]
        assert [(problem["id"], problem["nodes"][0]["html"]) for problem in problems] == [], path
    assert {url for url in asked if not url.startswith(live_server.url)} == set()
    assert [words for words in said if "404" not in words] == []


def test_the_phone_menu_opens_without_scripts(live_server, browser):
    page = browser.new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False).new_page()
    page.goto(live_server.url)
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("navigation", name="Main, phone").get_by_role("link", name="Fees").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Fees"


def test_a_second_click_while_a_form_is_sent_does_nothing(live_server, browser):
    page = browser.new_page()
    page.goto(f"{live_server.url}/fees/")
    stopped = page.evaluate(
        """() => {
            document.querySelector("#main").innerHTML = "<form method='post'><button>Pay</button></form>";
            const seen = [];
            window.addEventListener("submit", (event) => {
                seen.push(event.defaultPrevented);
                event.preventDefault(); // this page stays
            });
            document.querySelector("#main button").click();
            document.querySelector("#main button").click();
            return seen;
        }"""
    )
    assert stopped == [False, True]
    assert page.locator("#main button").get_attribute("aria-busy") == "true"
