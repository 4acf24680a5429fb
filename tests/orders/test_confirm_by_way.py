"""Receipt is confirmed by time by each way of transport: at the second, with each side's extension (Rulebook 10)."""

import pytest

from orders import actions
from orders.models import Order, Shipment
from tests import stories
from tests.orders.test_deadlines import only_from
from tests.stories import DAY

WAYS = list(Shipment.Transport.values)
TERM = "FCA"  # which allows every way


def sent_by(world, way):
    order = stories.paid(world, stories.terms(incoterm=TERM))
    stories.dispatch(order, world, transport=way)
    return stories.fresh(order), order.shipments.get()


def confirmed_from(order, at):
    order = only_from(at, lambda now: actions.auto_confirm(order_id=order.id, now=now), order)
    assert (order.status, order.received_at) == ("received", at)


@pytest.mark.parametrize("way", WAYS)
def test_seven_days_after_delivery_to_the_door(world, way):
    order, shipment = sent_by(world, way)
    at = shipment.dispatched_at + 5 * DAY
    actions.record_arrival(shipment_id=shipment.id, by=None, now=at, delivered_at=at)
    confirmed_from(order, at + 7 * DAY)


@pytest.mark.parametrize("way", WAYS)
def test_fifteen_days_after_arrival_at_a_port_or_terminal_and_no_other(world, way):
    order, shipment = sent_by(world, way)
    at = shipment.dispatched_at + 25 * DAY
    actions.record_arrival(shipment_id=shipment.id, by=None, now=at, arrived_at=at)
    confirmed_from(order, at + 15 * DAY if way in ("sea", "rail") else shipment.dispatched_at + 60 * DAY)


@pytest.mark.parametrize("way", WAYS)
def test_sixty_days_after_dispatch_without_tracking(world, way):
    order, shipment = sent_by(world, way)
    confirmed_from(order, shipment.dispatched_at + 60 * DAY)


@pytest.mark.parametrize("who", [("buyer",), ("seller",), ("buyer", "seller")])
def test_each_extension_moves_each_of_them_by_fifteen_days(world, who):
    order, shipment = sent_by(world, "express")
    at = shipment.dispatched_at + 5 * DAY
    actions.record_arrival(shipment_id=shipment.id, by=None, now=at, delivered_at=at)
    for name in who:
        actions.extend_confirm(order_id=order.id, by=getattr(world, name), now=at)
    confirmed_from(order, at + 7 * DAY + len(who) * 15 * DAY)


@pytest.mark.parametrize("tracking", ["unverified", "rejected"])
def test_tracking_that_is_not_believed_counts_as_none(world, tracking):
    order, shipment = sent_by(world, "express")
    at = shipment.dispatched_at + 5 * DAY
    actions.record_arrival(shipment_id=shipment.id, by=None, now=at, delivered_at=at)
    Shipment.objects.filter(pk=shipment.pk).update(tracking=tracking)
    actions.extend_confirm(order_id=order.id, by=world.buyer, now=at)
    confirmed_from(order, shipment.dispatched_at + 75 * DAY)


def test_the_last_shipments_event_counts(world):
    order = stories.paid(world, stories.terms(incoterm=TERM))
    line = order.lines.get()
    first = stories.dispatch(order, world, transport="express", quantities={line.id: 10})
    second = stories.dispatch(order, world, transport="sea", quantities={line.id: 90})
    at = first.dispatched_at + 5 * DAY
    actions.record_arrival(shipment_id=first.id, by=None, now=at, delivered_at=at)
    assert Order.objects.get(pk=order.pk).auto_confirm_at == second.dispatched_at + 60 * DAY
    port = second.dispatched_at + 30 * DAY
    actions.record_arrival(shipment_id=second.id, by=None, now=port, arrived_at=port)
    confirmed_from(stories.fresh(order), port + 15 * DAY)
