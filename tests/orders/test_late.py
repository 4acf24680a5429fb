"""An order that is late: told at the second; what is not shipped 30 days after is refunded (Rulebook 9)."""

import pytest
import time_machine

from events.models import Event
from orders import actions, tasks
from orders.models import Order
from tests import cases, stories
from tests.orders.test_deadlines import only_from
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn

FREIGHT = 400_00


def kinds(order):
    return list(Event.objects.about("order", order.id).values_list("kind", flat=True))


def part_shipped(world, *, first=60, second=10, now=NOW + 10 * DAY, **fields):
    """All 60 lamps and 10 of 40 shades are shipped in time."""
    order = stories.paid(world, cases.two_lines())
    one, two = order.lines.order_by("number")
    quantities = {line.id: units for line, units in ((one, first), (two, second)) if units}
    stories.dispatch(order, world, now=now, quantities=quantities, **fields)
    return stories.fresh(order)


def test_both_sides_are_told_at_the_second_and_once(world, mailoutbox, django_capture_on_commit_callbacks):
    order = stories.paid(world)

    def note(now):
        with django_capture_on_commit_callbacks(execute=True):
            actions.note_late(order_id=order.id, now=now)

    order = only_from(order.ship_by_at, note, order)
    assert order.late_noticed_at == order.ship_by_at
    assert sorted(mail.to[0] for mail in mailoutbox) == ["buyer@test.test", "seller@test.test"]
    buyers, sellers = sorted(mailoutbox, key=lambda mail: mail.to[0])
    assert "three choices" in buyers.body and "Thu 1 Oct 2026" in buyers.body and order.reference in buyers.subject
    assert "4 Oct" in sellers.body or "5 Oct" in sellers.body  # 72 hours after, in its own zone
    with pytest.raises(MovedOn):
        actions.note_late(order_id=order.id, now=order.ship_by_at + DAY)
    assert kinds(order).count("order.late") == 1


def test_the_sweep_notices_what_is_late_and_nothing_else(world):
    late, part, shipped = stories.paid(world), part_shipped(world), stories.shipped(world)
    with time_machine.travel(late.ship_by_at - SECOND, tick=False):
        tasks.note_late_orders()
    assert not Order.objects.filter(late_noticed_at__isnull=False).exists()
    with time_machine.travel(late.ship_by_at, tick=False):
        tasks.note_late_orders()
        tasks.note_late_orders()
    assert [kinds(order).count("order.late") for order in (late, part, shipped)] == [1, 1, 0]
    event = Event.objects.about("order", part.id).get(kind="order.late")
    assert event.data["left"] == {"2": 30}


def test_a_part_shipped_order_loses_only_the_rest_after_30_days(world):
    order = part_shipped(world)
    goods, freight = 30 * 90_00, order.lines.get(number=2).freight_minor * 30 // 40
    due = order.ship_by_at + 30 * DAY
    order = only_from(due, lambda now: actions.award_unshipped(order_id=order.id, now=now), order)
    assert (order.status, order.refunded_minor, order.award_at) == ("shipped", goods + freight, None)
    line = order.lines.get(number=2)
    assert (line.shipped_quantity, line.cancelled_quantity, line.refunded_quantity) == (10, 30, 30)
    assert order.lines.get(number=1).refunded_minor == 0
    assert order.escrow_minor == 10_000_00 - goods - freight
    event = Event.objects.about("order", order.id).get(kind="order.rest_refunded")
    assert event.data == {"refund": goods + freight, "fees": 0, "units": {"2": 30}}
    points = world.supplier.penalty_points.get()
    assert (points.kind, points.points) == ("non_shipment", 6)
    assert order.auto_confirm_at >= due + 7 * DAY


def test_goods_that_came_long_ago_are_not_confirmed_at_once_when_the_rest_is_cancelled(world):
    order = part_shipped(world)
    shipment = order.shipments.get()
    at = NOW + 15 * DAY
    actions.record_arrival(shipment_id=shipment.id, by=None, now=at, delivered_at=at)
    due = order.award_at
    actions.award_unshipped(order_id=order.id, now=due)
    assert stories.fresh(order).auto_confirm_at == due + 7 * DAY


def test_then_the_part_is_received_and_the_order_ends_as_any(world):
    order = part_shipped(world)
    due = order.award_at
    actions.award_unshipped(order_id=order.id, now=due)
    actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=due + DAY)
    order = stories.fresh(order)
    actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    order = stories.fresh(order)
    assert (order.status, order.escrow_minor) == ("expired", 0)
    assert order.released_minor == 10_000_00 - order.refunded_minor


def test_the_sweep_refunds_whole_and_part_at_the_second(world):
    whole, part = stories.paid(world), part_shipped(world)
    before = [stories.snapshot(each) for each in (whole, part)]
    with time_machine.travel(whole.award_at - SECOND, tick=False):
        tasks.award_unshipped_orders()
    assert [stories.snapshot(each) for each in (whole, part)] == before
    with time_machine.travel(whole.award_at, tick=False):
        tasks.award_unshipped_orders()
        tasks.award_unshipped_orders()
    assert [stories.fresh(each).status for each in (whole, part)] == ["refunded", "shipped"]
    assert "order.rest_refunded" in kinds(part)


def test_a_choice_of_the_buyer_keeps_the_hard_stop_away(world):
    order = part_shipped(world)
    cases.file(order, world, [cases.not_shipped(order.lines.get(number=2))], now=order.award_at - DAY)
    with pytest.raises(MovedOn, match="claim"):
        actions.award_unshipped(order_id=order.id, now=order.award_at)


def test_the_rest_does_not_ship_once_it_is_due_back(world):
    order = part_shipped(world)
    with pytest.raises(MovedOn, match="goes back"):
        stories.dispatch(order, world, now=order.award_at)
    stories.dispatch(order, world, now=order.award_at - SECOND)
    assert stories.fresh(order).status == "shipped"


def test_a_deposit_that_the_rest_uses_up_ends_the_order(world):
    contract = cases.two_lines()
    from dataclasses import replace

    deposit, balance = contract.plan
    contract = replace(contract, plan=(deposit, replace(balance, due_before="delivery", due_on="2026-11-25")))
    order = stories.paid(world, contract)
    one = order.lines.get(number=2)
    stories.dispatch(order, world, quantities={one.id: 1})
    order = stories.fresh(order)
    actions.award_unshipped(order_id=order.id, now=order.award_at)
    order = stories.fresh(order)
    assert (order.status, order.refunded_minor, order.escrow_minor) == ("refunded", 3_000_00, 0)
