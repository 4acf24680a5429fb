"""Each deadline at the second before and the second of; across time zones, leap days and clock changes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from orders import actions
from tests import stories
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn
from trade_assurance.rulebook import CURRENT, end_of_day


def only_from(instant, act, order):
    """`act(now)` is refused one second before `instant`, changing nothing, and done at it."""
    before = stories.snapshot(order)
    with pytest.raises(MovedOn):
        act(instant - SECOND)
    assert stories.snapshot(order) == before
    act(instant)
    return stories.fresh(order)


def test_a_contract_lapses_after_30_days(world):
    order = stories.sent(world)
    order = only_from(NOW + 30 * DAY, lambda now: actions.lapse(order_id=order.id, now=now), order)
    assert (order.status, order.closed_because) == ("cancelled", "lapsed")


def test_a_contract_can_be_accepted_until_the_second_before_it_lapses(world):
    contract = stories.terms(lead_days=20, ship_by_on=None, plan=late_plan())
    in_time, too_late = stories.sent(world, contract), stories.sent(world, contract)
    stories.accept(in_time, by=world.buyer, now=NOW + 30 * DAY - SECOND)
    with pytest.raises(MovedOn, match="lapses"):
        stories.accept(too_late, by=world.buyer, now=NOW + 30 * DAY)


def late_plan():
    from orders.terms import InstalmentTerms

    return (InstalmentTerms("All", 10_000_00, "shipment", "2026-11-20"),)


def test_an_order_with_nothing_cleared_is_cancelled_after_60_days(world):
    order = stories.placed(world, stories.terms(lead_days=20, ship_by_on=None, plan=late_plan()))
    order = only_from(NOW + 60 * DAY, lambda now: actions.cancel_unpaid(order_id=order.id, now=now), order)
    assert order.status == "cancelled"
    assert world.supplier.reservations.open().count() == 0


def test_an_instalment_60_days_overdue_cancels_and_refunds(world):
    order = stories.placed(world)
    stories.clear(order, 1, now=NOW + DAY)
    due = end_of_day(date(2026, 9, 25), "Pacific/Auckland")
    order = only_from(due + 60 * DAY, lambda now: actions.cancel_unpaid(order_id=order.id, now=now), order)
    assert (order.status, order.refunded_minor, order.escrow_minor) == ("cancelled", 3_000_00, 0)


def test_the_supplier_may_cancel_14_days_after_an_unpaid_due_date(world):
    order = stories.placed(world)
    stories.clear(order, 1, now=NOW + DAY)
    due = end_of_day(date(2026, 9, 25), "Pacific/Auckland")
    order = only_from(due + 14 * DAY, lambda now: actions.cancel(order_id=order.id, by=world.seller, now=now), order)
    assert (order.status, order.refunded_minor) == ("cancelled", 3_000_00)


def test_the_buyer_cancels_alone_for_24_hours_after_the_first_payment(world):
    late, in_time = stories.paid(world), stories.paid(world)
    with pytest.raises(MovedOn, match="24 hours"):
        actions.cancel(order_id=late.id, by=world.buyer, now=NOW + DAY)
    actions.cancel(order_id=in_time.id, by=world.buyer, now=NOW + DAY - SECOND)
    assert stories.fresh(in_time).refunded_minor == 10_000_00


def test_confirmed_production_ends_the_right_to_cancel_alone(world):
    order = stories.paid(world)
    actions.confirm_production(order_id=order.id, by=world.seller, now=NOW)
    with pytest.raises(MovedOn, match="production"):
        actions.cancel(order_id=order.id, by=world.buyer, now=NOW + SECOND)


@pytest.mark.parametrize(("event", "days"), [({}, 60), ({"delivered_at": 3 * DAY}, 7), ({"arrived_at": 3 * DAY}, 15)])
def test_receipt_is_confirmed_by_time_from_the_last_shipments_event(world, event, days):
    order = stories.shipped(world)
    shipment = order.shipments.get()
    at = shipment.dispatched_at
    if event:
        ((name, after),) = event.items()
        at = shipment.dispatched_at + after
        actions.record_arrival(shipment_id=shipment.id, by=None, now=at, **{name: at})
    order = only_from(at + days * DAY, lambda now: actions.auto_confirm(order_id=order.id, now=now), order)
    assert order.receipt.is_automatic


def test_each_side_extends_once_by_15_days(world):
    order = stories.shipped(world)
    due = order.auto_confirm_at
    for by in (world.buyer, world.seller):
        actions.extend_confirm(order_id=order.id, by=by, now=NOW + 12 * DAY)
        with pytest.raises(MovedOn, match="once"):
            actions.extend_confirm(order_id=order.id, by=by, now=NOW + 12 * DAY)
    only_from(due + 30 * DAY, lambda now: actions.auto_confirm(order_id=order.id, now=now), order)


@pytest.mark.parametrize(
    ("zone", "received", "ends"),
    [
        # Auckland goes to summer time (UTC+13) on 27 September 2026: day 30 ends an hour earlier in UTC
        ("Pacific/Auckland", datetime(2026, 9, 10, 1, tzinfo=UTC), datetime(2026, 10, 10, 11, tzinfo=UTC)),
        # 23:30 in Auckland is still the day before in London: the receipt date is the buyer's
        ("Pacific/Auckland", datetime(2026, 9, 10, 11, 30, tzinfo=UTC), datetime(2026, 10, 10, 11, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 9, 10, 12, 0, tzinfo=UTC), datetime(2026, 10, 11, 11, tzinfo=UTC)),
        # Los Angeles leaves summer time (UTC-7 to UTC-8) on 1 November 2026
        ("America/Los_Angeles", datetime(2026, 10, 10, 6, 59, tzinfo=UTC), datetime(2026, 11, 9, 8, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 10, 10, 7, 0, tzinfo=UTC), datetime(2026, 11, 10, 8, tzinfo=UTC)),
        # a leap day lies within
        ("UTC", datetime(2028, 2, 10, 12, tzinfo=UTC), datetime(2028, 3, 12, 0, tzinfo=UTC)),
    ],
)
def test_protection_ends_at_the_end_of_day_30_in_the_buyers_timezone(zone, received, ends):
    assert CURRENT.protection_end(received, zone) == ends


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_protection_expires_at_the_second_and_pays_the_rest(world, zone):
    world.buyer.timezone = zone
    world.buyer.save()
    order = stories.received(world)
    assert order.protection_ends_at == CURRENT.protection_end(order.received_at, zone)
    order = only_from(
        order.protection_ends_at, lambda now: actions.expire_protection(order_id=order.id, now=now), order
    )
    assert (order.status, order.released_minor, order.escrow_minor) == ("expired", 10_000_00, 0)


def test_moving_house_after_receipt_does_not_move_the_end_of_protection(world):
    order = stories.received(world)
    world.buyer.timezone = "Pacific/Honolulu"
    world.buyer.save()
    assert stories.fresh(order).protection_ends_at == CURRENT.protection_end(order.received_at, "Pacific/Auckland")


def test_nothing_shipped_30_days_after_ship_by_gives_everything_back_with_fees(world):
    order = stories.paid(world)
    due = order.ship_by_at + 30 * DAY
    order = only_from(due, lambda now: actions.award_unshipped(order_id=order.id, now=now), order)
    assert (order.status, order.refunded_minor, order.covered_minor) == ("refunded", 10_000_00, 0)


def test_late_payment_moves_a_fixed_ship_date_by_its_days(world):
    order = stories.placed(world)
    stories.clear(order, 1, now=NOW + DAY)
    stories.clear(order, 2, now=datetime(2026, 9, 28, 12, tzinfo=UTC))  # the 29th in Auckland, 4 days late
    assert stories.fresh(order).ship_by_at == end_of_day(date(2026, 10, 5), "Pacific/Auckland")


def test_lead_days_count_from_the_day_the_last_payment_cleared(world):
    order = stories.placed(world, stories.terms(lead_days=20, ship_by_on=None))
    stories.clear(order, 1, now=NOW + DAY)
    stories.clear(order, 2, now=datetime(2026, 9, 20, 13, tzinfo=UTC))  # the 21st in Auckland
    assert stories.fresh(order).ship_by_at == end_of_day(date(2026, 10, 11), "Pacific/Auckland")


def test_late_starts_at_the_end_of_the_ship_by_day(world):
    order = stories.paid(world)
    assert not order.is_late(order.ship_by_at - SECOND)
    assert order.is_late(order.ship_by_at)
    assert order.ship_by_at == datetime(2026, 10, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize("hours", [1, 23, 25])
def test_a_day_with_another_number_of_hours_still_ends_at_midnight(hours):
    # 5 April 2026 has 25 hours in Auckland, 27 September 2026 has 23
    day = {23: date(2026, 9, 27), 25: date(2026, 4, 5)}.get(hours, date(2026, 6, 1))
    length = end_of_day(day, "Pacific/Auckland") - end_of_day(day - timedelta(days=1), "Pacific/Auckland")
    assert length == timedelta(hours=hours if hours > 1 else 24)


def test_a_dispatch_entered_late_does_not_confirm_receipt_before_the_buyer_can_be_reminded(world):
    order = stories.paid(world, stories.terms(lead_days=90, ship_by_on=None))
    late = NOW + 65 * DAY
    stories.dispatch(order, world, now=late, dispatched_on=date(2026, 9, 2))
    order = stories.fresh(order)
    only_from(late + 7 * DAY, lambda now: actions.auto_confirm(order_id=order.id, now=now), order)


def test_goods_do_not_ship_once_everything_is_due_back(world):
    order = stories.paid(world)
    before = stories.snapshot(order)
    with pytest.raises(MovedOn, match="goes back"):
        stories.dispatch(order, world, now=order.award_at)
    assert stories.snapshot(order) == before
    stories.dispatch(order, world, now=order.award_at - SECOND)
