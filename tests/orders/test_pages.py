"""The pages of orders: for both sides in every state, with what was typed kept and every click done once."""

import re
import uuid

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from orders import actions
from orders.models import Order
from tests import stories
from tests.stories import DAY, NOW, STORIES, snapshot

LATER = NOW + 31 * DAY


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name, order, *args):
    return reverse(f"orders:{name}", args=[order.reference, *args])


def typed(world, **changes) -> dict:
    """What a person types for a contract that can be sent."""
    return {
        "supplier": world.supplier.slug,
        "key": str(uuid.uuid4()),
        "title": "Pendant lamps, 100",
        "currency": "USD",
        "quality": "Matt black",
        "incoterm": "FOB",
        "place": "Nansha",
        "destination_country": "NZ",
        "destination_address": "12 Quay Street, Auckland",
        "ship_by_on": "2026-10-01",
        "lead_days": "",
        "freight": "0",
        "timezone": "Pacific/Auckland",
        "notes": "",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-product": "Pendant lamp",
        "lines-0-quantity": "100",
        "lines-0-unit": "pieces",
        "lines-0-unit_price": "100.00",
        "lines-0-tolerance": "0",
        "plan-TOTAL_FORMS": "2",
        "plan-INITIAL_FORMS": "0",
        "plan-0-label": "Deposit",
        "plan-0-amount": "30%",
        "plan-0-due_before": "production",
        "plan-0-due_on": "2026-09-05",
        "plan-1-label": "Balance",
        "plan-1-amount": "",
        "plan-1-due_before": "shipment",
        "plan-1-due_on": "2026-09-25",
    } | changes


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.mark.parametrize("story", STORIES)
def test_both_sides_read_the_order_and_its_contract_in_every_state(world, story):
    order = STORIES[story](world)
    with time_machine.travel(LATER, tick=False):
        for user in (world.buyer, world.seller, world.bookkeeper):
            client = client_of(user)
            for name in ("detail", "contract"):
                response = client.get(url(name, order))
                assert response.status_code == 200
                assert order.reference in text_of(response)
                assert 'style="' not in text_of(response)
            fragment = client.get(url("detail", order) + "?seen=1", headers={"HX-Request": "true"})
            assert fragment.status_code == 200 and "<html" not in text_of(fragment)
            assert "HX-Request" in fragment["Vary"]


@pytest.mark.parametrize("story", STORIES)
def test_a_stranger_finds_nothing(world, story):
    order = STORIES[story](world)
    for user in (world.stranger, world.rival_seller):
        client = client_of(user)
        for name in ("detail", "contract", "edit", "cancel", "receipt", "ship", "extend_confirm", "propose_cancel"):
            assert client.get(url(name, order)).status_code == 404
        for name in ("accept", "send", "attach", "message"):
            assert client.post(url(name, order), {"version": "1", "cover": "0"}).status_code == 404


def test_a_visitor_is_asked_to_sign_in(world):
    order = stories.placed(world)
    for address in (url("detail", order), reverse("orders:list"), reverse("orders:dashboard")):
        response = Client().get(address)
        assert response.status_code == 302 and "login" in response["Location"]


def test_every_page_of_a_step_opens_for_the_one_who_may_take_it(world):
    client, seller = client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(NOW, tick=False):
        placed = stories.placed(world)
        assert "Nothing has cleared" in text_of(client.get(url("cancel", placed)))
        stories.clear(placed, 1)
        assert "3,000.00" in text_of(client.get(url("cancel", placed)))
        assert seller.get(url("propose_cancel", placed)).status_code == 200
        assert seller.get(url("confirm_production", placed)).status_code == 200
        assert client.get(url("confirm_production", placed)).status_code == 403
        stories.clear(placed, 2)
        assert "on-board date" in text_of(seller.get(url("ship", placed))).lower()
        assert client.get(url("ship", placed)).status_code == 403
    with time_machine.travel(NOW + 11 * DAY, tick=False):
        stories.dispatch(stories.fresh(placed), world)
        assert "7,000.00" in text_of(client.get(url("receipt", placed)))
        assert client.get(url("extend_confirm", placed)).status_code == 200
        assert seller.get(url("receipt", placed)).status_code == 403


def test_a_buyer_writes_sends_and_the_supplier_accepts(world):
    buyer, seller = client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(NOW, tick=False):
        page = buyer.get(reverse("orders:new") + f"?supplier={world.supplier.slug}")
        assert page.status_code == 200 and "30%" in text_of(page)
        sending = typed(world, send="1")
        for _ in range(2):  # a double click
            response = buyer.post(reverse("orders:new"), sending)
            assert response.status_code == 302
        order = Order.objects.get()
        assert order.total_minor == 10_000_00 and order.versions.count() == 1
        plan = order.versions.get().terms.plan
        assert [part.amount_minor for part in plan] == [3_000_00, 7_000_00]
        page = text_of(seller.get(url("contract", order)))
        version = order.versions.get()
        accepting = {"version": 1, "fingerprint": version.fingerprint, "cover": 10_000_00}
        assert f'name="cover" value="{10_000_00}"' in page and version.fingerprint in page
        for _ in range(2):
            assert seller.post(url("accept", order), accepting).status_code == 302
    order = stories.fresh(order)
    assert order.status == Order.Status.PLACED and order.reserved_minor == 10_000_00


def test_accepting_at_a_cover_that_is_gone_shows_the_new_one(world):
    order = stories.sent(world)
    before = snapshot(order)
    version = order.versions.get()
    with time_machine.travel(NOW, tick=False):
        stories.placed(world, stories.simple_terms(20_000_00))  # takes 20,000 of 25,000
        response = client_of(world.buyer).post(
            url("accept", order),
            {"version": 1, "fingerprint": version.fingerprint, "cover": 10_000_00},
            follow=True,
        )
    assert "USD 5,000.00" in text_of(response)
    assert snapshot(order) == before


def test_a_counter_version_shows_what_changed(world):
    order = stories.sent(world)
    buyer = client_of(world.buyer)
    with time_machine.travel(NOW, tick=False):
        page = text_of(buyer.get(url("edit", order)))
        assert 'value="100.00"' in page and 'value="Nansha"' in page
        changed = typed(world, **{"lines-0-unit_price": "95", "send": "1"})
        assert buyer.post(url("edit", order), changed).status_code == 302
        page = text_of(client_of(world.seller).get(url("contract", order)))
    assert "What changed since version 1" in page
    assert "USD 100.00 each" in page and "USD 95.00 each" in page


def test_rows_are_added_and_removed_with_everything_kept(world):
    buyer = client_of(world.buyer)
    with time_machine.travel(NOW, tick=False):
        page = text_of(buyer.post(reverse("orders:new"), typed(world, add_line="1", **{"lines-0-unit_price": "abc"})))
        assert "lines-1-product" in page and 'value="abc"' in page
        assert "Enter the amount" not in page
        two = typed(world, **{"lines-TOTAL_FORMS": "2", "lines-1-product": "Spare shade", "remove_line_0": "1"})
        page = text_of(buyer.post(reverse("orders:new"), two))
        assert "Spare shade" in page and "lines-1-product" not in page
        page = text_of(buyer.post(reverse("orders:new"), typed(world, add_instalment="1")))
        assert "plan-2-label" in page
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lines-0-unit_price": "abc"}, "in figures only"),
        ({"lines-0-unit_price": "-5"}, "cannot be negative"),
        ({"lines-0-unit_price": "0"}, "Give a price above zero."),
        ({"lines-0-unit_price": "1.234"}, "at most 2 decimals"),
        ({"lines-0-unit_price": "9" * 30}, "too large"),
        ({"currency": "JPY", "lines-0-unit_price": "10.5"}, "JPY has no decimals"),
        ({"lines-0-quantity": "two"}, "Give a whole number"),
        ({"lines-0-quantity": "0"}, "Give a whole number from 1"),
        ({"lines-0-tolerance": "12"}, "may differ by 0 to 5 %"),
        ({"ship_by_on": "2026-08-01"}, "This ship-by date is past."),
        ({"ship_by_on": "soon"}, "Give a date"),
        ({"lead_days": "20"}, "not both"),
        ({"plan-0-amount": "90%", "plan-1-amount": "90%"}, "add up to USD 8,000.00 more"),
        ({"plan-0-amount": "12,000.00", "plan-1-amount": "1"}, "add up to"),
        ({"plan-1-due_on": "2026-12-01"}, "due after the ship-by date"),
        ({"quality": "x" * 1_000_000}, "Keep this to 5,000 characters"),
        ({"is_sample": "on"}, "A sample order is at most"),
        ({"destination_country": "QQ"}, "Select a valid choice"),
        ({"lines-TOTAL_FORMS": "501", **{f"lines-{n}-product": "x" for n in range(501)}}, "at most 500 lines"),
    ],
)
def test_bad_input_gets_a_sentence_and_is_kept(world, changes, sentence):
    order = stories.requested(world)
    seller = client_of(world.seller)
    with time_machine.travel(NOW, tick=False):
        response = seller.post(url("edit", order), typed(world, send="1", **changes))
    page = text_of(response)
    assert response.status_code == 422
    assert sentence in page.replace("&#x27;", "'")
    assert "Fix this before you send" in page and "Nansha" in page
    for name, value in changes.items():
        if name.startswith("lines-0") and len(value) < 50:
            assert f'value="{value}"' in page
    assert not order.versions.sent().exists()


def test_a_new_order_whose_draft_is_incomplete_keeps_it_and_says_what_is_missing(world):
    with time_machine.travel(NOW, tick=False):
        response = client_of(world.buyer).post(reverse("orders:new"), typed(world, place="", send="1"), follow=True)
    assert "Name the port" in text_of(response) and "Pendant lamp" in text_of(response)


def test_the_live_total_is_the_servers(world):
    with time_machine.travel(NOW, tick=False):
        page = text_of(client_of(world.buyer).post(reverse("orders:total"), typed(world, freight="250")))
    assert "10,250.00" in page and "3,075.00" in page and "Covered in full" in page


def test_a_request_is_made_once(world):
    buyer = client_of(world.buyer)
    asking = {"supplier": world.supplier.slug, "key": str(uuid.uuid4()), "title": "Lamps", "request": "100, black"}
    for _ in range(2):
        assert buyer.post(reverse("orders:request"), asking).status_code == 302
    assert Order.objects.count() == 1
    response = buyer.post(reverse("orders:request"), asking | {"key": str(uuid.uuid4()), "request": ""})
    assert response.status_code == 422 and "Tell the supplier what you need" in text_of(response)


def test_files_are_added_downloaded_and_removed(world):
    order = stories.requested(world)
    seller = client_of(world.seller)
    pdf = SimpleUploadedFile("drawing.pdf", b"%PDF-1.7\n%%EOF", content_type="application/pdf")
    seller.post(url("attach", order), {"attachment": pdf})
    file = order.attachments.get()
    response = seller.get(url("attachment", order, file.id))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client_of(world.buyer).get(url("attachment", order, file.id)).status_code == 404  # not sent yet
    fake = SimpleUploadedFile("drawing.pdf", b"<html>", content_type="application/pdf")
    page = seller.post(url("attach", order), {"attachment": fake}, follow=True)
    assert "is not what its name says" in text_of(page)
    seller.post(url("detach", order, file.id))
    assert not order.attachments.filter(removed_at=None).exists()


def test_shipping_twice_enters_one_shipment(world):
    order = stories.paid(world)
    seller, line = client_of(world.seller), order.lines.get()
    entry = {
        "key": str(uuid.uuid4()),
        "transport": "sea",
        "dispatched_on": "2026-09-10",
        "carrier": "Sample Line",
        "proof": "fact",
        "document": "BL-1",
        f"line_{line.id}": "100",
    }
    with time_machine.travel(NOW + 10 * DAY, tick=False):
        bad = seller.post(url("ship", order), entry | {f"line_{line.id}": "101"})
        assert bad.status_code == 422 and "only 100 pieces are left" in text_of(bad) and "Sample Line" in text_of(bad)
        for _ in range(2):
            assert seller.post(url("ship", order), entry).status_code == 302
    assert order.shipments.count() == 1 and stories.fresh(order).status == "shipped"


def test_receipt_shows_the_amounts_first_and_confirms_once(world):
    order = stories.shipped(world)
    buyer, line = client_of(world.buyer), order.lines.get()
    count = {f"line_{line.id}": "10", f"rejected_{line.id}": "0", f"note_{line.id}": "A carton is missing"}
    with time_machine.travel(NOW + 20 * DAY, tick=False):
        page = text_of(buyer.post(url("receipt", order), count | {"check": "1"}))
        assert "1,000.00" in page and "6,300.00" in page and "A carton is missing" in page
        assert stories.fresh(order).status == "shipped"
        bad = buyer.post(url("receipt", order), count | {f"line_{line.id}": "101"})
        assert bad.status_code == 422 and "at most 100" in text_of(bad)
        for _ in range(2):
            assert buyer.post(url("receipt", order), count | {"confirm": "1", "whole": "1"}).status_code == 302
    order = stories.fresh(order)
    assert (order.status, order.released_minor, order.escrow_minor) == ("received", 6_300_00, 3_700_00)


def test_a_message_is_sent_once_and_a_long_one_is_kept(world):
    order = stories.placed(world)
    buyer, key = client_of(world.buyer), str(uuid.uuid4())
    for _ in range(2):
        assert buyer.post(url("message", order), {"key": key, "body": "Hello"}).status_code == 302
    assert order.messages.count() == 1
    response = buyer.post(url("message", order), {"key": str(uuid.uuid4()), "body": "y" * 5001})
    assert response.status_code == 422 and "y" * 5001 in text_of(response)
    assert order.messages.count() == 1


def test_cancelling_acts_once_and_a_bookkeeper_may_not(world):
    order = stories.placed(world)
    before = snapshot(order)
    with time_machine.travel(NOW, tick=False):
        books = client_of(world.bookkeeper)
        assert "belongs to" in text_of(books.post(url("cancel", order), follow=True))
        assert snapshot(order) == before
        buyer = client_of(world.buyer)
        buyer.post(url("cancel", order))
        done = snapshot(order)
        again = buyer.post(url("cancel", order), follow=True)
    assert "Nothing was changed" in text_of(again) and snapshot(order) == done


def test_the_late_order_says_so_to_both(world):
    order = stories.paid(world)
    with time_machine.travel(order.ship_by_at + DAY, tick=False):
        page = text_of(client_of(world.buyer).get(url("detail", order)))
        assert "The supplier missed the ship-by date" in page and "Not shipped" in page
        assert "You missed the ship-by date" in text_of(client_of(world.seller).get(url("detail", order)))


def many(world, count):
    for _ in range(count):
        order = stories.sent(world, stories.simple_terms(50_00))
        if order.id % 2:
            stories.accept(order, by=world.buyer)


@pytest.mark.parametrize("count", [3, 30])
def test_lists_ask_as_much_for_many_orders_as_for_few(world, count, django_assert_max_num_queries):
    many(world, count)
    client = client_of(world.buyer)
    with time_machine.travel(NOW, tick=False):
        client.get(reverse("orders:list"))
        with django_assert_max_num_queries(6):
            page = client.get(reverse("orders:list"))
        with django_assert_max_num_queries(6):
            client.get(reverse("orders:list") + "?tab=needs&cover=none&q=lamps")
        with django_assert_max_num_queries(12):
            assert client.get(reverse("orders:dashboard")).status_code == 200
    assert text_of(page).count("rowlink") == min(count, 25)


@pytest.mark.parametrize("story", ["placed", "shipped", "received"])
def test_the_order_page_asks_at_most_twelve_times(world, story, django_assert_max_num_queries):
    order = STORIES[story](world)
    for n in range(30):
        actions.write_message(order_id=order.id, key=uuid.uuid4(), body=f"{n}", by=world.buyer, now=NOW)
    client = client_of(world.buyer)
    with time_machine.travel(NOW + 21 * DAY, tick=False):
        client.get(url("detail", order))
        with django_assert_max_num_queries(12):
            client.get(url("detail", order))


def test_paging_goes_there_and_back(world):
    many(world, 30)
    client = client_of(world.buyer)
    with time_machine.travel(NOW, tick=False):
        first = text_of(client.get(reverse("orders:list")))
        older = re.search(r'href="(\?before=[^"]+)"', first)[1]
        second = text_of(client.get(reverse("orders:list") + older))
        assert second.count("rowlink") == 5
        newer = re.search(r'href="(\?after=[^"]+)"', second)[1]
        assert text_of(client.get(reverse("orders:list") + newer)).count("rowlink") == 25


def test_the_list_finds_by_reference_goods_and_supplier(world):
    order = stories.placed(world)
    client = client_of(world.buyer)
    for text in (order.reference.lower(), "pendant", "lumenw"):
        assert order.reference in text_of(client.get(reverse("orders:list"), {"q": text}))
    assert "No order matches" in text_of(client.get(reverse("orders:list"), {"q": "zebra"}))
    part = client.get(reverse("orders:list"), {"q": "pendant"}, headers={"HX-Request": "true"})
    assert "<html" not in text_of(part)


def test_home_counts_what_needs_the_buyer_and_never_adds_currencies(world):
    stories.shipped(world)
    stories.paid(world, stories.simple_terms(500_000, "JPY"))
    stories.sent(world)
    with time_machine.travel(NOW + 15 * DAY, tick=False):
        page = text_of(client_of(world.buyer).get(reverse("orders:dashboard")))
    assert "2 orders need you" in page
    assert "10,000.00" in page and "500,000" in page
