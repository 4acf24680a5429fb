"""In Chromium, wide and on a phone: the payment instruction, naming a payer, and the desk."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse

from tests import browsing, stories
from tests.browsing import AXE, SHOTS, complaints_of, look
from tests.payments.conftest import NOW, wire
from tests.payments.desking import finance, fresh, large, part

pytestmark = browsing.MARKS


@pytest.fixture
def world(transactional_db, time_machine):
    time_machine.move_to(NOW)
    return stories.build_world()


def signed_in(browser, live_server, user, width):
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    context = browser.new_context(viewport={"width": width, "height": 900}, timezone_id="Pacific/Auckland")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    return page, complaints_of(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_buyer_reads_the_instruction_and_names_a_payer(live_server, browser, world, width):
    order = stories.placed(world)
    entry = wire(order, payer_name="Holding Ltd", amount_minor=1_000_00)
    page, complaints = signed_in(browser, live_server, world.buyer, width)
    address = reverse("payments:instruction", args=[order.reference, 1])
    look(page, f"{live_server.url}{address}", "instruction")
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download as PDF").click()
    assert downloaded.value.suggested_filename.endswith(".pdf")
    page.goto(f"{live_server.url}{order.get_absolute_url()}")
    page.get_by_role("link", name="Say who sent USD 1,000.00").locator("visible=true").first.click()
    look(page, None, "payer")
    page.get_by_role("button", name="Name the payer").click()
    look(page, None, "payer-errors")
    page.get_by_role("textbox", name="Who sent it").fill("Holding Ltd")
    page.get_by_role("textbox", name="Why they pay for you").fill("Our parent company")
    page.get_by_role("button", name="Name the payer").click()
    page.get_by_text("Our finance staff look at it next").first.wait_for()
    assert entry.questions.get().state == "named"
    assert complaints == []


def staff_look(page, name, ours):
    """What we write on the page is held to axe; the page to the width of the screen."""
    page.wait_for_load_state("networkidle")
    page.locator(ours).first.wait_for()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{page.viewport_size['width']}.png", full_page=True, caret="initial")
    found = Axe().run(page, context=ours, options=AXE).response["violations"]
    assert not found, "\n".join(f"{name}: {v['id']} {node['html'][:200]}" for v in found for node in v["nodes"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"


@pytest.mark.parametrize("width", [1280])
def test_two_persons_of_finance_match_by_clicking(live_server, browser, world, width):
    order, entry = large(world)
    stories.placed(world)
    ann, bob = finance("ann"), finance("bob")
    page, _ = signed_in(browser, live_server, ann, width)
    page.goto(live_server.url + reverse("admin:payments_bankentry_changelist"))
    staff_look(page, "desk-list", ".staff-table")
    page.goto(live_server.url + reverse("admin:payments_bankentry_change", args=[entry.pk]))
    staff_look(page, "desk-entry", ".staff-table")
    page.goto(live_server.url + reverse("admin:payments_bankentry_match", args=[entry.pk]))
    page.get_by_label("Creditor reference").fill(part(order).rf_reference)
    page.get_by_role("button", name="Match it").click()
    page.get_by_text("A second person of finance confirms it").wait_for()
    proposal = entry.proposals.get()
    page, _ = signed_in(browser, live_server, bob, width)
    page.goto(live_server.url + reverse("admin:payments_matchproposal_change", args=[proposal.pk]))
    page.goto(live_server.url + reverse("admin:payments_matchproposal_confirm", args=[proposal.pk]))
    staff_look(page, "desk-confirm", "form.max-w-2xl")
    page.get_by_role("button", name="Confirm and do it").click()
    page.get_by_text("Done: ").wait_for()
    assert fresh(entry).status == "matched" and stories.fresh(order).cleared_minor == 20_000_00
