"""The finance desk and a close in Chromium: accessible, as wide as the screen, quiet."""

import os
from datetime import timedelta

from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from ledger import rollup
from orders import actions as order_actions
from orders import books
from payments.actions.closing import close_day
from payments.models import DailyClose
from tests import stories
from tests.browsing import AXE, MARKS, complaints_of
from tests.payments.conftest import DAY, NOW, pay, wire
from tests.test_admin import staff

pytestmark = MARKS
SHOTS = os.environ.get("SHOTS", "")


def busy(world):
    """Weeks of money, and closes of the last days."""
    for number, days in enumerate((0, 3, 6, 9, 13, 16, 20)):
        at = NOW + days * DAY
        with transaction.atomic():
            books.own_funds(amount_minor=200_00, currency="USD", key=f"own:{number}", now=at)
        order = stories.placed(world, stories.simple_terms(1_500_00 + number * 300_00), now=at)
        pay(order, world, "card", 1, now=at)
        if number % 2:
            order_actions.cancel(order_id=order.id, by=world.buyer, now=at + timedelta(hours=20))
    wire(stories.placed(world, stories.simple_terms(900_00, "EUR")))
    wire(order, 1, amount_minor=480_00, reference="invoice 12", entry="2026-000123", payer_name="Kauri Lights", now=at)
    rollup.roll_up()
    today = timezone.now()
    for days in (3, 2, 1):
        close_day(day=today.date() - days * DAY, now=today)


def test_the_finance_desk_is_read_by_everybody(browser, live_server, client):
    busy(stories.build_world())
    client.force_login(staff("finance"))
    for width in (1280, 390):
        read(browser, live_server, client, width)


def read(browser, live_server, client, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    heard = complaints_of(page)
    close = DailyClose.objects.order_by("-day").first()
    for name, address, ours in (
        ("finance", reverse("finance") + "?days=90", ".finance"),
        ("close", reverse("admin:payments_dailyclose_change", args=[close.pk]), "#content-main, main"),
        ("closes", reverse("admin:payments_dailyclose_changelist"), "main"),
        ("rates", reverse("admin:orders_referencerate_import_file"), "form[enctype]"),
    ):
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/money-{name}-{width}.png", full_page=True)
        if name == "finance":
            page.locator("summary").click()
            found = Axe().run(page, context=ours, options=AXE).response["violations"]
            assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
    assert heard == []
