"""A supplier with some trade behind it walks through its portal in Chromium, wide and on a phone."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from orders import actions
from orders.terms import InstalmentTerms, LineTerms
from suppliers import actions as supplier_actions
from suppliers.models import Category
from tests import browsing, stories
from tests.browsing import look
from tests.payments.test_chargeback_browser import signed_in
from tests.stories import DAY, NOW
from tests.suppliers.test_products import a_photo, given
from tests.suppliers.test_verification import PDF

pytestmark = browsing.MARKS
HOUR = timedelta(hours=1)
LATER = NOW + 72 * DAY
SAID = (
    ((5, 5, 5), "Packed as if for the moon. Every lamp worked."),
    ((5, 4, 4), "Good lamps; two cartons were dented, the goods in them were not."),
    ((3, 4, 5), ""),
)


@pytest.fixture
def world(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = stories.build_world()
    trade(made)
    shelf(made)
    return made


def trade(world):
    """Seven orders of two buyers: five done, three of them reviewed, one late, one on its way; rated as it went on."""
    supplier = {"supplier_id": world.supplier.id}
    supplier_actions.follow_rating(reason="Orders say it now", by=None, now=NOW, **supplier)
    other = replace(world, buyer=stories.person("paris@test.test", full_name="Camille", timezone="Europe/Paris"))
    lamps = stories.terms(
        lines=(LineTerms(product="Pendant lamp", quantity=100, unit="pieces", unit_price_minor=25_00),),
        plan=(InstalmentTerms("All", 2_500_00, "production", "2026-09-05"),),
    )
    done = [stories.received(each, lamps) for each in (world, other, world, other, world)]
    late = stories.paid(other, lamps)
    for order in (*done, late, stories.shipped(world, lamps)):
        words = "Good morning. We cast the first lamps this week."
        actions.write_message(order_id=order.id, key=uuid.uuid4(), body=words, by=world.seller, now=NOW + HOUR)
    supplier_actions.rerate_many(supplier_ids=[world.supplier.id], now=NOW + 25 * DAY)
    stories.dispatch(late, other, now=NOW + 34 * DAY)
    supplier_actions.rerate_many(supplier_ids=[world.supplier.id], now=NOW + 35 * DAY)
    for order, ((on_time, as_agreed, service), text) in zip(done, SAID, strict=False):
        actions.write_review(
            order_id=order.id,
            on_time=on_time,
            as_agreed=as_agreed,
            service=service,
            text=text,
            by=order.buyer,
            now=NOW + 45 * DAY,
        )
    actions.reply_to_review(order_id=done[0].id, text="Thank you, Mere.", by=world.seller, now=NOW + 46 * DAY)
    supplier_actions.rerate_many(supplier_ids=[world.supplier.id], now=NOW + 47 * DAY)
    for order in done:
        actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    supplier_actions.rerate_many(supplier_ids=[world.supplier.id], now=NOW + 70 * DAY)


def shelf(world):
    """Two products, one with a photo, and a document; the company in its category."""
    lamps = Category.objects.create(slug="lamps", name="Lamps")
    by = {"by": world.seller, "now": NOW}
    supplier_actions.change_profile(supplier_id=world.supplier.id, categories=[lamps], founded_year=2009, **by)
    for name in ("Pendant lamp in brushed brass, 30 cm", "Wall lamp"):
        product = supplier_actions.add_product(
            supplier_id=world.supplier.id,
            key=uuid.uuid4(),
            steps=[(100, 12_50), (500, 11_00), (1_000, 9_80)],
            **given(lamps, name=name),
            **by,
        )
    supplier_actions.add_photo(product_id=product.id, upload=a_photo(), **by)
    supplier_actions.add_document(
        supplier_id=world.supplier.id, kind="licence", upload=SimpleUploadedFile("licence.pdf", PDF), **by
    )


def reads(page, *words):
    """The words are on the page, in sight."""
    said = " ".join(page.locator("main").inner_text().split())
    assert [each for each in words if each not in said] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_supplier_walks_through_its_portal(live_server, browser, world, width):
    with time_machine.travel(LATER):
        page, complaints = signed_in(browser, live_server, world.seller, width)
        page.clock.set_fixed_time(LATER)  # what is left of a deadline is counted in the browser
        look(page, f"{live_server.url}/portal/", "portal-home")
        reads(page, "Your rating", "3 of 5 stars", "2 reviews to reply to")
        page.get_by_role("link", name="Your rating").click()
        look(page, None, "portal-rating")
        reads(page, "Your credit rating", "Shipped on time", "The lowest of five indicators makes the stars")
        reads(page, "6 of 7 orders", "more order", "instead of 30%", "Protection limit", "Your lowest indicator")
        assert page.get_by_role("img", name="Every rating is in the table below").is_visible()
        page.locator("#indicators li").first.get_by_role("link", name="Show them").click()
        look(page, None, "portal-rating-on-time")
        reads(page, "Shipped on time", "Pendant lamps, 100")
        page.get_by_role("link", name="Rating", exact=True).last.click()
        page.get_by_role("link", name="Reviews of your orders").click()
        look(page, None, "portal-reviews")
        reads(page, "Good lamps", "left", "Reply")
        page.get_by_role("link", name="All reviews").click()
        look(page, None, "portal-reviews-all")
        reads(page, "Packed as if for the moon", "Thank you, Mere.", "Good lamps")
        look(page, f"{live_server.url}/portal/products/", "portal-products")
        reads(page, "Pendant lamp in brushed brass, 30 cm", "Wall lamp")
        look(page, f"{live_server.url}/portal/documents/", "portal-documents")
        reads(page, "licence.pdf")
        look(page, f"{live_server.url}/portal/team/", "portal-team")
        page.get_by_label("E-mail address").fill("new@lumenworks.test")
        page.get_by_role("button", name="Send the invitation").click()
        look(page, None, "portal-team-invited")
        reads(page, "new@lumenworks.test", "Withdraw")
        assert complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_anybody_reads_the_directory_and_the_company(live_server, browser, world, width):
    with time_machine.travel(LATER):
        page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
        complaints = browsing.complaints_of(page)
        look(page, f"{live_server.url}/suppliers/", "directory")
        reads(page, "Lumenworks", "Rivalworks", "of 5 stars")
        page.get_by_role("link", name="Lumenworks").first.click()
        look(page, None, "supplier")
        reads(page, "Lumenworks", "Shipped on time", "Packed as if for the moon", "Thank you, Mere.", "Wall lamp")
        assert complaints == []
