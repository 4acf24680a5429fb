"""A person plays the card's bank in Chromium, wide and on a phone; both sides read what happens on the order."""

import pytest
from django.test import Client

from tests import browsing, stories
from tests.browsing import complaints_of, look
from tests.payments.contesting import funded

pytestmark = browsing.MARKS


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def signed_in(browser, live_server, user, width):
    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport={"width": width, "height": 900}, timezone_id="Pacific/Auckland")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    return page, complaints_of(page)


@pytest.mark.parametrize("width", [1280, 375])
def test_contested_and_lost_by_clicking(live_server, browser, world, width):
    order, payment = funded(world)
    page, complaints = signed_in(browser, live_server, world.buyer, width)
    look(page, f"{live_server.url}{payment.get_absolute_url()}", "payment-card")
    page.get_by_role("link", name="play the card’s bank").click()
    look(page, None, "contest")
    page.get_by_label("How much of the charge").fill("99999")
    page.get_by_role("button", name="Contest it").click()
    look(page, None, "contest-errors")
    page.get_by_label("How much of the charge").fill("3088.50")
    page.get_by_role("button", name="Contest it").click()
    look(page, None, "contest-decide")
    seller, said = signed_in(browser, live_server, world.seller, width)
    look(seller, f"{live_server.url}{order.get_absolute_url()}", "order-contested-supplier")
    assert seller.get_by_text("of this order is contested at the card’s bank").is_visible()
    page.get_by_role("button", name="For the cardholder").click()
    look(page, None, "order-charged-back")
    assert page.get_by_text("decided for the cardholder").is_visible()
    assert stories.fresh(order).charged_back_minor == 3_000_00
    assert complaints == said == []
