"""The certificate of coverage: its number, its paper, and the page that says what is true now."""

import re

import pytest
from django.urls import reverse

from orders import certificate_pdf
from orders.certificate import LETTERS, certificate, link, number_of, order_of
from orders.models import Order
from tests import stories
from tests.stories import DAY, NOW

LATER = NOW + 30 * DAY


def check(client, number):
    return client.get(reverse("orders:certificate_check", args=[number]))


def test_the_number_leads_back_to_the_order_however_it_is_typed(world):
    order = stories.placed(world)
    number = number_of(order)
    assert re.fullmatch(rf"[{LETTERS}]{{6}}(-[{LETTERS}]{{5}}){{4}}", number)
    for typed in (number, number.lower(), number.replace("-", ""), number.replace("1", "l").replace("0", "O")):
        assert order_of(typed) == order


@pytest.mark.parametrize("number", ["", "x", "Z" * 26, "0" * 26, "U" * 26, "0" * 400, "1" * 27, "ü" * 26])
def test_what_is_no_number_of_ours_is_none(client, db, number):
    assert order_of(number) is None
    if number:
        answer = check(client, number)
        assert (answer.status_code, "may be forged" in answer.content.decode()) == (404, True)


def test_a_draft_has_no_certificate(client, world):
    order = stories.sent(world)
    assert order_of(number_of(order)) is None
    client.force_login(world.buyer)
    assert client.get(reverse("orders:certificate", args=[order.reference])).status_code == 404


def test_it_says_what_is_covered_now_at_each_stage(world):
    order = stories.placed(world)
    told = certificate(order, NOW)
    assert (told.state, told.since) == ("waiting", "The first payment that clears")
    for number in (1, 2):
        order = stories.clear(order, number)
    told = certificate(order, NOW)
    assert (told.state, told.headline) == ("in_force", "In force: USD 10,000.00 are covered.")
    assert told.until == "30 days after the buyer has received the goods"


def test_after_receipt_it_names_the_end_and_after_that_it_has_ended(world):
    order = stories.expired(world)
    told = certificate(order, LATER)
    assert told.state == "ended" and told.headline.endswith("protection ended.")
    received = Order(**{f.attname: getattr(order, f.attname) for f in Order._meta.fields} | {"status": "received"})
    received.protection_ends_at = LATER
    assert certificate(received, LATER).until.endswith("UTC")


def test_a_sample_has_no_quality_protection(world):
    terms = stories.simple_terms(500_00, is_sample=True)
    assert "A sample order has no quality protection." in certificate(stories.placed(world, terms), NOW).covers


def test_the_page_is_for_everybody_and_names_no_buyer(client, world):
    order = stories.paid(world)
    page = check(client, number_of(order)).content.decode()
    assert order.reference in page and order.supplier.name in page and "10,000.00" in page
    for private in (world.buyer.full_name, world.buyer.company_name, world.buyer.email):
        assert not private or private not in page


def test_both_sides_get_the_paper_and_nobody_else(client, world):
    order = stories.paid(world)
    url = reverse("orders:certificate", args=[order.reference])
    for person, status in ((world.buyer, 200), (world.seller, 200), (world.stranger, 404), (world.rival_seller, 404)):
        client.force_login(person)
        answer = client.get(url)
        assert answer.status_code == status
        if status == 200:
            assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
            assert url in client.get(order.get_absolute_url()).content.decode()


def test_the_paper_is_one_page_with_the_address_of_its_check(world, tmp_path):
    order = stories.paid(world)
    paper = certificate_pdf.pdf(order, NOW)
    assert paper.count(b"/Type /Page\n") == 1 or paper.count(b"/Type /Page ") == 1
    assert link(order).endswith(f"/c/{number_of(order)}/")


def test_the_page_takes_few_queries(client, world, django_assert_max_num_queries):
    order = stories.paid(world)
    with django_assert_max_num_queries(4):
        check(client, number_of(order))
