"""The pages of an amendment: what moves is shown before anybody signs; the contract in force stays the contract."""

import uuid
from dataclasses import replace

import pytest
import time_machine
from django.urls import reverse

from orders import actions
from orders.amending import Standing
from orders.forms.amending import Amend
from orders.forms.overlaying import sent_by
from orders.models import Order
from orders.terms import Attribute, BadTerms
from tests import stories
from tests.orders.test_amending import propose
from tests.orders.test_pages import client_of, text_of
from tests.stories import DAY, NOW, SECOND

SOON = NOW + DAY


def url(name, order):
    return reverse(f"orders:{name}", args=[order.reference])


def typed(order, **changes):
    """The form as a browser sends it when nothing was typed, with changes."""
    draft = Amend.begun_on(Standing.of(order), now=SOON, prefill={})
    sent = sent_by(draft) | {"because": "The mill needs a week more."}
    for rows in (
        draft.lines,
        draft.plan,
        *(each for line in draft.lines for each in (line.attributes, line.certificates)),
    ):
        sent |= {f"{rows.prefix}-TOTAL_FORMS": str(len(rows)), f"{rows.prefix}-INITIAL_FORMS": "0"}
    return sent | changes


def token_of(response) -> str:
    text = response.content.decode()
    return text.split('name="shown" value="')[1].split('"')[0]


@pytest.fixture(autouse=True)
def soon():
    with time_machine.travel(SOON, tick=False):
        yield


def test_shown_first_then_proposed_read_and_signed(world):
    order = stories.paid(world)
    seller, buyer = client_of(world.seller), client_of(world.buyer)
    assert "Propose a change" in text_of(seller.get(url("detail", order)))
    data = typed(order, **{"lines-0-quantity": "80", "ship_by_on": "2026-10-08"})
    page = seller.post(url("amend", order), data | {"propose": "1"})
    assert "Nothing is signed yet" in text_of(page)
    assert not order.versions.open_amendments().exists()
    for words in ("2,000.00", "8,000.00", "80 pieces Pendant lamp", "Thu 8 Oct 2026"):
        assert words in text_of(page), words
    page = seller.post(url("amend", order), data | {"propose": "1", "shown": token_of(page)})
    assert page.status_code == 302 and page["Location"] == url("amendment", order)
    assert "Take it back" in text_of(seller.get(url("amendment", order)))
    for name in ("detail", "contract"):
        text = text_of(buyer.get(url(name, order)))
        assert "change" in text and "100 pieces" in text and "80 pieces" not in text, name
    assert "This is a proposed change" in text_of(buyer.get(url("contract", order) + "?version=2"))
    page = text_of(buyer.get(url("amendment", order)))
    assert "The mill needs a week more." in page and "Goes back to you" in page
    version = order.versions.open_amendments().get()
    given = {"version": version.number, "fingerprint": version.fingerprint, "cover": 8_000_00, "refund": 2_000_00}
    assert buyer.post(url("amendment", order), given | {"refund": 0}).status_code == 302
    assert stories.fresh(order).total_minor == 10_000_00
    buyer.post(url("amendment", order), given)
    assert stories.fresh(order).total_minor == 8_000_00
    text = text_of(buyer.get(url("detail", order)))
    assert "Contract changed: version 2 signed by both" in text and "80 pieces" in text
    assert buyer.get(url("amendment", order)).status_code == 302


def test_what_is_wrong_stands_at_its_field_and_everything_typed_stays(world):
    order = stories.paid(world)
    page = client_of(world.buyer).post(
        url("amend", order),
        typed(order, **{"lines-0-quantity": "0", "ship_by_on": "2027-02-01", "because": "x" * 501}) | {"check": "1"},
    )
    text = text_of(page)
    assert page.status_code == 422 and "Keep this to 500" in text
    page = client_of(world.buyer).post(
        url("amend", order), typed(order, **{"lines-0-quantity": "0", "ship_by_on": "2027-02-01"}) | {"check": "1"}
    )
    text = text_of(page)
    assert page.status_code == 422 and "whole number from 1" in text and 'value="2027-02-01"' in text
    for nonsense in ({}, {"lines-0-quantity": "many"}, {"ship_by_on": "soon"}, {"lines-0-unit_price": "-5"}):
        assert client_of(world.buyer).post(url("amend", order), nonsense or {"check": "1"}).status_code in (200, 422)


def test_the_plan_of_what_is_open_can_be_typed(world):
    order = stories.clear(stories.placed(world), 1)
    data = typed(order, **{"plan-1-amount": "5,000.00", "plan-TOTAL_FORMS": "3"}) | {
        "plan-2-label": "Last part",
        "plan-2-due_before": "delivery",
        "plan-2-due_on": "2026-11-01",
        "check": "1",
    }
    page = client_of(world.buyer).post(url("amend", order), data)
    text = text_of(page)
    assert page.status_code == 200 and "Last part" in text and "2,000.00" in text, text[-3000:]
    fragment = client_of(world.buyer).post(url("amend_moves", order), data)
    assert "Last part" in text_of(fragment) and "<html" not in text_of(fragment)


def test_declined_and_taken_back_by_their_pages(world):
    order = stories.paid(world)
    seller, buyer = client_of(world.seller), client_of(world.buyer)
    for name, client, number in (("decline_amendment", buyer, 2), ("withdraw_amendment", seller, 3)):
        propose(order, world, ship_by_on="2026-10-10")
        assert f'value="{number}"' in text_of(client.get(url(name, order)))
        client.post(url(name, order), {"version": number})
        assert stories.fresh(order).amendment_by == ""


def test_other_people_find_nothing(world):
    order = stories.paid(world)
    propose(order, world, ship_by_on="2026-10-10")
    for user in (world.stranger, world.rival_seller):
        for name in ("amend", "amendment", "decline_amendment", "withdraw_amendment"):
            assert client_of(user).get(url(name, order)).status_code == 404
        assert client_of(user).post(url("amend_moves", order)).status_code == 404
    page = client_of(world.bookkeeper).get(url("amendment", order))
    assert page.status_code == 200 and "Sign the change" not in text_of(page)


def write(order, by, body):
    actions.write_message(order_id=order.id, key=uuid.uuid4(), body=body, by=by, now=SOON + SECOND)


def test_a_message_that_agrees_leads_to_the_form_filled_in(world):
    order = stories.paid(world)
    write(order, world.buyer, "Fine, ship on 9 October.")
    write(order, world.buyer, "ok 80 instead of 100")
    for user in (world.buyer, world.seller):
        text = text_of(client_of(user).get(url("detail", order)))
        assert text.count("This does not change the contract.") == 2
        assert "?ship_by=2026-10-09" in text and "?line=1&amp;quantity=80" in text
    page = text_of(client_of(world.buyer).get(url("amend", order) + "?ship_by=2026-10-09&line=1&quantity=80"))
    assert 'value="2026-10-09"' in page and 'value="80"' in page
    for bad in ("?ship_by=x&line=-1&quantity=9e9", "?line=99999999999999&quantity=%00", "?ship_by=2026-02-30"):
        assert client_of(world.buyer).get(url("amend", order) + bad).status_code == 200
    shipped = stories.shipped(world)
    write(shipped, world.buyer, "Fine, ship on 9 October.")
    assert "This does not change" not in text_of(client_of(world.buyer).get(url("detail", shipped)))


def test_it_waits_on_both_homes(world):
    order = stories.paid(world)
    propose(order, world, by=world.buyer, ship_by_on="2026-10-10")
    assert "Answer the proposed change" in text_of(client_of(world.seller).get(reverse("portal:home")))
    actions.withdraw_amendment(order_id=order.id, version=2, by=world.buyer, now=SOON)
    propose(order, world, ship_by_on="2026-10-10")
    assert "Answer the proposed change" in text_of(client_of(world.buyer).get(reverse("orders:dashboard")))
    assert Order.objects.get(pk=order.pk).amendment_by == "supplier"


ATTRIBUTE = {"name": "Cable", "kind": "value", "agreed": "1500", "unit": "mm", "severity": "major"}
TYPED = {
    "incoterm": "DAP",
    "place": "12 Quay Street, Auckland",
    "deliver_by_on": "2026-11-20",
    "inspection_who": "third_party",
    "inspection_agency": "Harbour Survey",
    "document_insurance": "shipment",
    "lines-0-unit": "sets",
    "lines-0-packaging_kind": "carton",
    "lines-0-packaging_units_each": "4",
    "lines-0-certificates-0-name": "EN 60598-1",
    "lines-0-certificates-0-is_mandatory": "on",
    "lines-0-certificates-TOTAL_FORMS": "1",
    "lines-0-attributes-TOTAL_FORMS": "1",
} | {f"lines-0-attributes-0-{name}": value for name, value in ATTRIBUTE.items()}


def test_whatever_the_contract_form_can_type_is_amended_and_counts_once_both_have_signed(world):
    order = stories.paid(world)
    seller, buyer = client_of(world.seller), client_of(world.buyer)
    text = text_of(seller.get(url("amend", order)))
    assert "Quality that can be measured" in text and "Change something." in text
    page = seller.post(url("amend", order), typed(order) | {"add_attribute_0": "1"})
    assert page.status_code == 200 and 'name="lines-0-attributes-0-name"' in text_of(page)
    page = seller.post(url("amend", order), typed(order, **TYPED) | {"check": "1"})
    text = text_of(page)
    for words in ("Line 1: Cable", "Harbour Survey", "Cartons, 4 units each", "EN 60598-1", "Insurance certificate"):
        assert words in text, words
    assert "First movement by the carrier" in text and "Nothing moves" in text
    assert "has no test method" in text and "exact_value:lines.0.attributes.0.tolerance" in text
    assert "Protection as amended" in text and "Do it for all" not in text
    mended = seller.post(
        url("amend", order), typed(order, **TYPED) | {"mend": "exact_value:lines.0.attributes.0.tolerance"}
    )
    assert "Done: " in text_of(mended) and "1500 ± " in text_of(mended)
    seller.post(url("amend", order), typed(order, **TYPED) | {"propose": "1", "shown": token_of(page)})
    version = order.versions.open_amendments().get()
    text = text_of(buyer.get(url("amendment", order)))
    assert "What the check finds" in text and "Cable" in text and 'name="mend"' not in text
    given = {"version": version.number, "fingerprint": version.fingerprint, "cover": 10_000_00, "refund": 0}
    buyer.post(url("amendment", order), given)
    terms = stories.fresh(order).versions.in_force().terms
    assert (terms.incoterm, terms.deliver_by_on, terms.inspection.agency) == ("DAP", "2026-11-20", "Harbour Survey")
    assert [each.kind for each in terms.documents] == ["insurance"] and order.lines.get().unit == "sets"
    line = terms.lines[0]
    assert (line.attributes[0].name, line.certificates[0].name, line.packaging.units_each) == ("Cable", "EN 60598-1", 4)


def test_lines_stay_whatever_is_sent_and_a_part_that_was_shipped_keeps_its_incoterm_and_unit(world):
    order = stories.paid(world)
    seller = client_of(world.seller)
    for sent in ({"remove_line_0": "1"}, {"add_line": "1"}, {"lines-TOTAL_FORMS": "3"}, {"lines-0-product": "Chair"}):
        page = seller.post(url("amend", order), typed(order) | sent)
        assert page.status_code in (200, 422) and "Chair" not in text_of(page)
        assert "lines-1-quantity" not in text_of(page)
    row = order.lines.get()
    stories.dispatch(order, world, now=SOON, quantities={row.id: 40})
    page = seller.post(url("amend", order), typed(order, incoterm="EXW", **{"lines-0-unit": "sets"}) | {"check": "1"})
    assert "Nothing is different from the contract in force yet." in text_of(page)
    for changes, words in (
        ({"incoterm": "EXW"}, "under this Incoterm"),
        ({"line": {"unit": "sets"}}, "the unit stays"),
    ):
        with pytest.raises(BadTerms) as error:
            propose(stories.fresh(order), world, **changes)
        assert any(words in problem.sentence for problem in error.value.problems)


def test_a_day_of_delivery_that_the_change_leaves_behind_is_told(world):
    agreed = {"incoterm": "DAP", "place": "12 Quay Street", "deliver_by_on": "2026-10-20"}
    order = stories.paid(world, stories.terms(**agreed))
    data = typed(order, ship_by_on="2026-10-25") | {"check": "1"}
    page = client_of(world.seller).post(url("amend", order), data)
    assert page.status_code == 422 and "This is before the ship-by date" in text_of(page)
    page = client_of(world.seller).post(url("amend", order), data | {"deliver_by_on": "2026-11-10"})
    assert page.status_code == 200 and "Deliver by" in text_of(page)


def test_the_pages_ask_no_more_for_more_lines(world, django_assert_max_num_queries):
    lamp = stories.terms().lines[0]
    attributes = tuple(Attribute(f"Size {n}", "value", value="1", unit="mm", method="Rule") for n in range(10))
    lines = tuple(replace(lamp, product=f"Lamp {n}", quantity=5, attributes=attributes) for n in range(20))
    order = stories.paid(world, stories.terms(lines=lines))
    client = client_of(world.seller)
    with django_assert_max_num_queries(24):
        assert client.post(url("amend_moves", order), typed(order, notes="More words")).status_code == 200
