"""Where an order's money goes, to the cent."""

import pytest

from ledger import chart
from ledger.actions import Line, balance, post
from orders import actions
from orders.actions import Counted
from orders.holds import held_value
from orders.models import Hold
from orders.terms import InstalmentTerms, LineTerms
from tests import stories
from tests.stories import DAY, NOW
from trade_assurance.refused import MovedOn
from trade_assurance.rulebook import CURRENT


def owed_to_supplier(order):
    return -balance(chart.supplier_payable(order.supplier_id, order.currency))


def owed_to_buyer(order):
    return -balance(chart.refund_payable(order.id, order.currency))


@pytest.mark.parametrize(
    ("stars", "reserve"), [(None, 1.0), (0, 1.0), (1, 1.0), (2, 0.6), (3, 0.3), (4, 0.15), (5, 0.1)]
)
def test_the_reserve_at_receipt_follows_the_stars(world, stars, reserve):
    world.supplier.stars = stars
    world.supplier.save()
    order = stories.received(world)
    assert order.reserve_minor == round(10_000_00 * reserve)
    assert owed_to_supplier(order) == 10_000_00 - order.reserve_minor
    order = stories.fresh(actions.expire_protection(order_id=order.id, now=order.protection_ends_at))
    assert owed_to_supplier(order) == 10_000_00


def test_the_reserve_is_rounded_up():
    assert CURRENT.reserve(1_01, 3) == 31
    assert CURRENT.reserve(1, 5) == 1


@pytest.mark.parametrize(
    ("total", "currency", "fee"),
    [
        (5_000_00, "USD", 100_00),  # at the threshold
        (5_000_01, "USD", 0),  # above it
        (3_33, "USD", 7),
        (100_000, "JPY", 2_000),  # about USD 670, no decimals
        (1_000_000, "JPY", 0),  # USD 6,700
        (1_000_500, "KWD", 20_010),  # three decimals: KWD 1,000.500 is USD 3,251.63
    ],
)
def test_the_service_fee_is_2_percent_of_small_orders(world, total, currency, fee):
    order = stories.received(world, stories.simple_terms(total, currency))
    order = actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    assert order.service_fee_minor == fee == -balance(chart.service_fees(currency))
    assert owed_to_supplier(order) == total - fee


def test_the_service_fee_of_parts_adds_up_to_that_of_the_whole(world):
    order = stories.received(world, stories.simple_terms(99_99))
    first = order.service_fee_minor
    order = actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    assert 0 < first < order.service_fee_minor == CURRENT.service_fee(99_99, 99_99, "USD", 1) == 2_00


def test_short_and_rejected_goods_are_held_and_the_rest_is_released(world):
    contract = stories.terms(freight_minor=100_01, plan=(InstalmentTerms("All", 10_100_01, "shipment", "2026-09-25"),))
    order = stories.shipped(world, contract)
    line = order.lines.get()
    actions.confirm_receipt(
        order_id=order.id,
        counts=[Counted(line.id, short=10, rejected=5, note="cracked")],
        by=world.buyer,
        now=NOW + 20 * DAY,
    )
    order = stories.fresh(order)
    holds = dict(order.holds.open().values_list("reason", "amount_minor"))
    assert holds == {Hold.Reason.SHORT: 1_000_00 + 10_01, Hold.Reason.REJECTED: 500_00 + 5_01}
    free = 10_100_01 - sum(holds.values())
    assert order.reserve_minor == CURRENT.reserve(free, 3)
    assert order.released_minor == free - order.reserve_minor
    order = actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    assert (order.escrow_minor, order.released_minor) == (0, 10_100_01)
    assert not order.holds.open().exists()


def test_a_hold_never_exceeds_escrow(world):
    plan = (
        InstalmentTerms("Deposit", 1_000_00, "production", "2026-09-05"),
        InstalmentTerms("Rest", 9_000_00, "delivery", "2026-09-25"),
    )
    order = stories.shipped(world, stories.terms(plan=plan))
    line = order.lines.get()
    actions.confirm_receipt(
        order_id=order.id, counts=[Counted(line.id, rejected=100)], by=world.buyer, now=NOW + 20 * DAY
    )
    order = stories.fresh(order)
    assert order.holds.open().get().amount_minor == 1_000_00 < held_value(line, 100)
    assert order.released_minor == 0


def test_money_that_clears_after_receipt_is_released_likewise(world):
    plan = (
        InstalmentTerms("Deposit", 6_000_00, "production", "2026-09-05"),
        InstalmentTerms("Rest", 4_000_00, "protection_end", "2026-09-25"),
    )
    order = stories.received(world, stories.terms(plan=plan))
    assert (order.released_minor, order.reserve_minor) == (4_200_00, 1_800_00)
    order = stories.fresh(stories.clear(order, 2, now=NOW + 25 * DAY))
    assert (order.released_minor, order.reserve_minor) == (7_000_00, 3_000_00)


def test_part_payment_is_covered_and_leaves_the_instalment_open(world):
    order = stories.placed(world)
    order = stories.fresh(stories.clear(order, 1, amount_minor=1_000_00))
    assert (order.status, order.covered_minor, order.instalments.get(number=1).open_minor) == (
        "placed",
        1_000_00,
        2_000_00,
    )


def test_charges_we_bore_are_never_refunded_to_the_buyer(world):
    order = stories.placed(world)
    stories.clear(order, 1, borne_minor=15_00)
    order = stories.fresh(actions.cancel(order_id=order.id, by=world.buyer, now=NOW))
    assert owed_to_buyer(order) == 2_985_00
    assert balance(chart.bank_charges("USD")) == 0
    assert order.escrow_minor == 0


def test_the_covered_amount_before_and_after_release(world):
    world.supplier.limit_minor = 4_000_00
    world.supplier.save()
    order = stories.paid(world)
    assert order.reserved_minor == 4_000_00
    assert order.covered_minor == 10_000_00  # before receipt escrow holds it all
    order = stories.then_received(order, world)
    assert order.covered_minor == 4_000_00  # escrow has 3,000; the limit bounds the guarantee


def test_a_released_order_pays_back_what_the_supplier_owes_us(world):
    first = stories.received(world)
    post(
        [
            Line(
                chart.supplier_receivable(first.supplier_id, "USD"),
                chart.own_funds("USD"),
                700_00,
                "test",
                "owed-by-an-earlier-guarantee",
                supplier_id=first.supplier_id,
            )
        ],
        now=NOW,
    )
    before = owed_to_supplier(first)
    order = actions.expire_protection(order_id=first.id, now=first.protection_ends_at)
    assert owed_to_supplier(order) - before == 3_000_00 - 700_00
    assert balance(chart.supplier_receivable(order.supplier_id, "USD")) == 0


def test_a_payment_above_what_is_open_is_refused_and_books_nothing(world):
    order = stories.placed(world)
    before = stories.snapshot(order)
    with pytest.raises(MovedOn, match="less open"):
        stories.clear(order, 1, amount_minor=3_000_01)
    assert stories.snapshot(order) == before


def test_money_for_a_closed_order_goes_back(world):
    order = stories.cancelled(world)
    part = order.instalments.get(number=1)
    with pytest.raises(MovedOn):
        stories.clear(order, 1)
    actions.clear_payment(
        order_id=order.id,
        payment_id=77,
        method="tt",
        source=chart.bank("USD"),
        parts=[],
        surplus_minor=part.amount_minor,
        now=NOW,
    )
    assert owed_to_buyer(order) == 3_000_00
    assert stories.fresh(order).cleared_minor == 0


def test_many_lines_share_the_freight_without_losing_a_cent(world):
    lines = tuple(LineTerms(f"Line {n}", 3, "pieces", 33_33) for n in range(7))
    goods = 7 * 3 * 33_33
    order = stories.placed(
        world,
        stories.terms(
            lines=lines, freight_minor=100_00, plan=(InstalmentTerms("All", goods + 100_00, "shipment", "2026-09-25"),)
        ),
    )
    assert sum(line.freight_minor for line in order.lines.all()) == 100_00


def test_money_that_clears_after_receipt_fills_the_hold_first(world):
    plan = (
        InstalmentTerms("Deposit", 1_000_00, "production", "2026-09-05"),
        InstalmentTerms("Rest", 9_000_00, "delivery", "2026-09-25"),
    )
    order = stories.shipped(world, stories.terms(plan=plan))
    line = order.lines.get()
    actions.confirm_receipt(
        order_id=order.id, counts=[Counted(line.id, short=20, rejected=30)], by=world.buyer, now=NOW + 20 * DAY
    )
    for part, held, reserve in ((3_000_00, 4_000_00, 0), (6_000_00, 5_000_00, 1_500_00)):
        order = stories.fresh(stories.clear(order, 2, amount_minor=part, now=NOW + 25 * DAY))
        assert sum(hold.amount_minor for hold in order.holds.open()) == held
        assert (order.reserve_minor, order.escrow_minor) == (reserve, held + reserve)
