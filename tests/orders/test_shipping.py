"""Part shipments add up; what can't be a shipment is refused; receipt counts each line."""

import uuid
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission

from orders import actions
from orders.actions import Counted
from orders.terms import INCOTERMS
from tests import stories
from tests.stories import DAY, NOW
from trade_assurance.refused import MovedOn, NotAllowed, Refused


def test_part_shipments_add_up_to_the_whole(world):
    order = stories.paid(world)
    line = order.lines.get()
    stories.dispatch(order, world, quantities={line.id: 40})
    assert stories.fresh(order).status == "paid"
    with pytest.raises(Refused, match="only 60"):
        stories.dispatch(order, world, quantities={line.id: 61})
    stories.dispatch(order, world, quantities={line.id: 60}, now=NOW + 12 * DAY)
    order = stories.fresh(order)
    assert order.status == "shipped"
    assert order.auto_confirm_at == order.shipments.get(number=2).dispatched_at + 60 * DAY


def test_a_parcel_delivered_by_express_does_not_start_the_clock_of_what_is_at_sea(world):
    order = stories.paid(world, stories.terms(incoterm="FCA"))
    line = order.lines.get()
    at_sea = stories.dispatch(order, world, quantities={line.id: 99})
    parcel = stories.dispatch(order, world, quantities={line.id: 1}, transport="express", now=NOW + 12 * DAY)
    delivered = parcel.dispatched_at + DAY
    actions.record_arrival(shipment_id=parcel.id, delivered_at=delivered, by=None, now=delivered)
    assert stories.fresh(order).auto_confirm_at == at_sea.dispatched_at + 60 * DAY


def test_the_same_form_twice_is_one_shipment(world):
    order = stories.paid(world)
    key = uuid.uuid4()
    line = order.lines.get()
    for _ in range(2):
        stories.dispatch(order, world, quantities={line.id: 10}, key=key)
    assert order.shipments.count() == 1
    assert order.lines.get().shipped_quantity == 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dispatched_on": date(2026, 9, 13)}, "future"),
        ({"dispatched_on": date(2026, 8, 31)}, "before the payment"),
        ({"transport": "teleport"}, "how the goods travel"),
        ({"carrier": " "}, "carrier"),
        ({"document": ""}, "document"),
        ({"document": "x" * 61}, "60 characters"),
        ({"quantities": {0: 5}}, "lines of this contract"),
        ({"quantities": {0: 0}}, "at least one line"),
    ],
)
def test_what_is_no_shipment_is_refused(world, change, words):
    order = stories.paid(world)
    before = stories.snapshot(order)
    with pytest.raises(Refused, match=words):
        stories.dispatch(order, world, **change)
    assert stories.snapshot(order) == before


@pytest.mark.parametrize("incoterm", INCOTERMS)
def test_each_incoterm_names_the_fact_that_counts(world, incoterm):
    order = stories.paid(world, stories.terms(incoterm=incoterm))
    assert stories.dispatch(order, world).fact == INCOTERMS[incoterm][1]


def test_goods_do_not_ship_before_the_money_is_there(world):
    order = stories.placed(world)
    with pytest.raises(MovedOn, match="not here yet"):
        stories.dispatch(order, world)


def test_shipping_ends_a_proposal_to_cancel(world):
    order = stories.paid(world)
    actions.propose_cancel(order_id=order.id, by=world.buyer, now=NOW)
    stories.dispatch(order, world)
    with pytest.raises(MovedOn):
        actions.propose_cancel(order_id=order.id, by=world.seller, now=NOW + 11 * DAY)


def test_both_agree_to_cancel_and_everything_goes_back(world):
    order = stories.paid(world)
    actions.propose_cancel(order_id=order.id, by=world.buyer, now=NOW + 2 * DAY)
    actions.withdraw_proposal(order_id=order.id, by=world.buyer, now=NOW + 2 * DAY)
    actions.propose_cancel(order_id=order.id, by=world.seller, now=NOW + 2 * DAY)
    with pytest.raises(MovedOn, match="other side agrees"):
        actions.propose_cancel(order_id=order.id, by=world.seller, now=NOW + 2 * DAY)
    order = actions.propose_cancel(order_id=order.id, by=world.buyer, now=NOW + 2 * DAY)
    assert (order.status, order.refunded_minor, order.closed_because) == (
        "cancelled",
        10_000_00,
        "cancelled by both",
    )


def test_only_risk_staff_or_the_system_record_what_a_carrier_says(world):
    shipment = stories.shipped(world).shipments.get()
    at = shipment.dispatched_at + DAY
    with pytest.raises(NotAllowed):
        actions.record_arrival(shipment_id=shipment.id, delivered_at=at, by=world.seller, now=at)
    with pytest.raises(Refused, match="between"):
        actions.record_arrival(shipment_id=shipment.id, delivered_at=at + timedelta(seconds=1), by=None, now=at)


@pytest.mark.parametrize(
    "counts",
    [
        lambda line: [Counted(line.id, short=101)],
        lambda line: [Counted(line.id, short=60, rejected=41)],
        lambda line: [Counted(line.id, short=-1)],
        lambda line: [Counted(line.id), Counted(line.id)],
        lambda line: [Counted(0)],
        lambda line: [Counted(line.id, note="x" * 1001)],
    ],
)
def test_counts_that_the_contract_does_not_allow(world, counts):
    order = stories.shipped(world)
    before = stories.snapshot(order)
    with pytest.raises(Refused):
        actions.confirm_receipt(order_id=order.id, counts=counts(order.lines.get()), by=world.buyer, now=NOW + 20 * DAY)
    assert stories.snapshot(order) == before


def test_no_party_records_what_a_carrier_says_even_if_it_is_staff(world):
    order = stories.shipped(world)
    shipment = order.shipments.get()
    at = shipment.dispatched_at + DAY
    for party in (world.seller, world.buyer):
        party.user_permissions.add(Permission.objects.get(codename="record_arrival"))
        with pytest.raises(NotAllowed, match="party"):
            actions.record_arrival(shipment_id=shipment.id, delivered_at=at, by=party, now=at)
