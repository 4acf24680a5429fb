"""The public pages in Chromium: accessible, within the screen, silent in the console, asking no other host."""

import pytest

from tests.browsing import MARKS, complaints_of, look

PAGES = ["/", "/help/", "/help/?q=late", "/fees/", "/rulebook/", "/terms/", "/privacy/", "/security/", "/no/such/page/"]

pytestmark = MARKS


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_public_pages_are_accessible_and_fit_the_screen(live_server, browser, width):
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    complaints = complaints_of(page)
    for path in PAGES:
        look(page, live_server.url + path, path.strip("/").replace("/", "-") or "landing")
    assert complaints == []


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
