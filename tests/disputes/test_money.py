"""What claims hold, what awards move, and what is released meanwhile: to the cent (Rulebook 12, 13, 22)."""

import uuid
from dataclasses import replace

import pytest

from disputes import actions
from disputes.models import Dispute
from ledger import chart
from ledger.actions import balance
from ledger.models import Transfer
from orders import actions as order_actions
from orders.models import Hold, Order
from tests import cases, stories
from tests.cases import FILED
from tests.stories import DAY, SECOND
from trade_assurance.refused import Refused

S = Dispute.Status


def test_claim_holds_exactly_its_amount_and_stops_its_lines_clock(world):
    dispute = cases.claimed(world, contract=cases.two_lines())
    order = stories.fresh(dispute.order)
    # 60 × 100 = 6,000; 4 of 20 major → 1,200
    assert (dispute.claimed_minor, dispute.cap_minor) == (1_200_00, 1_200_00)
    hold = order.holds.open().get()
    assert (hold.reason, hold.amount_minor, hold.line.number) == (Hold.Reason.DISPUTED, 1_200_00, 1)
    assert order.reserve_minor == 3_000_00 - 1_200_00
    first, second = order.lines.order_by("number")
    assert first.window_ends_at is None and first.window_left is not None
    assert second.window_ends_at == order.protection_ends_at
    assert order.open_disputes == 1


def test_rest_is_released_on_time_and_the_disputed_amount_stays(world):
    dispute = cases.claimed(world, contract=cases.two_lines())
    order = stories.fresh(dispute.order)
    order = order_actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    assert order.status == Order.Status.RECEIVED
    assert order.protection_ends_at is None
    assert (order.released_minor, order.escrow_minor, order.reserve_minor) == (8_800_00, 1_200_00, 0)


def test_withdrawn_claim_frees_its_hold_and_restarts_the_clock(world):
    dispute = cases.claimed(world, contract=cases.two_lines())
    left = dispute.order.lines.get(number=1).window_left
    actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=FILED + DAY)
    order = stories.fresh(dispute.order)
    assert order.lines.get(number=1).window_ends_at == FILED + DAY + left
    assert not order.holds.open().exists()
    # 1,200 is released by rule 12, less the reserve of 30 %
    assert (order.released_minor, order.reserve_minor) == (7_000_00 + 840_00, 1_800_00 + 360_00)


def test_a_clock_that_had_less_than_three_days_gets_three(world):
    order = stories.received(world)
    filed = order.protection_ends_at - SECOND
    dispute = cases.file(order, world, [cases.quality(order.lines.get())], now=filed)
    actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=filed + 5 * DAY)
    order = stories.fresh(order)
    assert order.protection_ends_at == filed + 8 * DAY
    order_actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    assert stories.fresh(order).status == Order.Status.EXPIRED


def test_settlement_executes_at_once(world):
    dispute = cases.settle(cases.claimed(world, contract=cases.two_lines()), world, 500_00)
    order = stories.fresh(dispute.order)
    assert (dispute.status, dispute.outcome, dispute.awarded_minor) == (S.CLOSED, "settled", 500_00)
    assert -balance(chart.refund_payable(order.id, "USD")) == 500_00
    assert order.refunded_minor == 500_00
    assert order.released_minor == 7_000_00 + 490_00  # 700 freed, 30 % of it kept
    assert order.lines.get(number=1).refunded_minor == 500_00


def test_guarantee_pays_when_escrow_has_not_enough(world):
    order = stories.received(world)
    dispute = cases.file(order, world, [cases.quality(order.lines.get(), major=5)], now=FILED)
    actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=FILED)
    assert dispute.cap_minor == 2_500_00


def test_not_shipped_is_awarded_when_72_hours_have_passed(world):
    dispute = cases.unshipped(world)
    with pytest.raises(Exception, match="awarded"):
        actions.award_by_time(dispute_id=dispute.id, now=dispute.award_at - SECOND)
    dispute = actions.award_by_time(dispute_id=dispute.id, now=dispute.award_at)
    order = stories.fresh(dispute.order)
    assert (dispute.outcome, order.status, order.escrow_minor) == ("awarded", Order.Status.REFUNDED, 0)
    assert order.refunded_minor == 10_000_00
    assert world.supplier.penalty_points.get().points == 6


def test_part_shipped_order_goes_on_with_that_part(world):
    order = stories.paid(world, cases.two_lines())
    first, second = order.lines.order_by("number")
    stories.dispatch(order, world, quantities={first.id: 60, second.id: 10})
    dispute = cases.file(
        order, world, [cases.not_shipped(stories.fresh(order).lines.get(number=2))], now=order.ship_by_at
    )
    dispute = actions.award_by_time(dispute_id=dispute.id, now=dispute.award_at)
    order = stories.fresh(order)
    # 30 × 90 = 2,700 and 30/40 of its share of the freight
    line = order.lines.get(number=2)
    assert line.cancelled_quantity == 30
    assert line.refunded_minor == 2_700_00 + line.freight_minor * 30 // 40
    assert order.status == Order.Status.SHIPPED
    assert order.auto_confirm_at is not None
    order_actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=order.auto_confirm_at - DAY)
    order = stories.fresh(order)
    assert order.holds.open().count() == 0
    assert order.escrow_minor == order.reserve_minor


@pytest.mark.parametrize("amount", [0, 5_00, 1_200_00])
def test_return_waits_for_the_goods(world, amount):
    dispute = cases.claimed(world, contract=cases.two_lines())
    dispute = cases.settle(dispute, world, amount, with_return=True, freight_by="supplier")
    assert dispute.status == S.RETURNING
    now = FILED + 3 * DAY
    actions.send_goods(dispute_id=dispute.id, carrier="DHL", tracking_number="1", by=world.buyer, now=now)
    actions.record_delivery(dispute_id=dispute.id, delivered_at=now + DAY, by=world.seller, now=now + DAY)
    dispute = cases.fresh(dispute)
    actions.move_performance(dispute_id=dispute.id, now=dispute.performance_due_at)
    dispute = cases.fresh(dispute)
    assert (dispute.status, dispute.awarded_minor) == (S.CLOSED, amount)


def test_replacement_keeps_the_rest_held_and_refunds_it_if_nothing_is_sent(world):
    dispute = cases.claimed(world, contract=cases.two_lines())
    by = FILED + 15 * DAY
    dispute = cases.settle(dispute, world, 200_00, replacement="12 lamps", replace_by_at=by)
    order = stories.fresh(dispute.order)
    assert (dispute.status, order.refunded_minor) == (S.REPLACING, 200_00)
    assert order.holds.open().get().amount_minor == 1_000_00
    actions.move_performance(dispute_id=dispute.id, now=by)
    dispute, order = cases.fresh(dispute), stories.fresh(order)
    assert (dispute.status, dispute.awarded_minor, order.refunded_minor) == (S.CLOSED, 1_200_00, 1_200_00)


def test_a_contested_replacement_goes_to_staff_with_what_is_left(world):
    dispute = cases.claimed(world, contract=cases.two_lines())
    by = FILED + 15 * DAY
    dispute = cases.settle(dispute, world, 200_00, replacement="12 lamps", replace_by_at=by)
    actions.send_goods(dispute_id=dispute.id, carrier="DHL", tracking_number="1", by=world.seller, now=by - DAY)
    actions.contest_performance(dispute_id=dispute.id, because="Scratched again", by=world.buyer, now=by)
    dispute = cases.fresh(dispute)
    assert (dispute.status, dispute.left_minor) == (S.DECIDING, 1_000_00)
    assert actions.caps(dispute) == {dispute.order.lines.get(number=1).id: 1_000_00}
    with pytest.raises(Refused, match=r"At most USD 1,000\.00"):
        actions.make_offer(
            dispute_id=dispute.id, key=uuid.uuid4(), amount_minor=1_000_01, by=world.seller, now=by + DAY
        )
    dispute = cases.settle(dispute, world, 1_000_00, now=by + DAY)
    assert (dispute.status, dispute.awarded_minor) == (S.CLOSED, 1_200_00)
    assert stories.fresh(dispute.order).refunded_minor == 1_200_00


def test_what_was_marked_of_another_line_pays_when_all_that_was_paid_goes_back(world):
    """USD 3,000 of 10,000 were paid; the claim on the first line takes them all, the mark on the second included."""
    contract = cases.two_lines()
    deposit, balance = contract.plan
    plan = (deposit, replace(balance, due_before="delivery"))
    order = stories.shipped(world, replace(contract, plan=plan))
    first, second = order.lines.order_by("number")
    counts = [order_actions.Counted(second.id, short=10)]
    order_actions.confirm_receipt(order_id=order.id, counts=counts, by=world.buyer, now=cases.RECEIVED)
    assert stories.fresh(order).holds.open().get().amount_minor > 900_00
    item = cases.quality(first, major=20, facts={"keep_bp": 8000})
    dispute = cases.file(order, world, [item])
    assert dispute.cap_minor == 3_000_00
    shown = actions.preview(dispute, {first.id: 3_000_00})
    dispute = cases.settle(dispute, world, 3_000_00)
    order = stories.fresh(order)
    assert (order.status, order.escrow_minor, order.unborne_minor) == (Order.Status.REFUNDED, 0, 0)
    assert order.refunded_escrow_minor == order.cleared_minor - order.released_minor == shown.sources.escrow_minor


@pytest.mark.parametrize("amount", [0, 1, 499_99, 1_200_00])
def test_the_preview_is_what_moves(world, amount):
    dispute = cases.claimed(world, contract=cases.two_lines())
    before = stories.fresh(dispute.order)
    shown = actions.preview(dispute, actions.spread(dispute, amount))
    dispute = cases.settle(dispute, world, amount)
    order = stories.fresh(dispute.order)
    moved = dict(
        Transfer.objects.filter(order_id=order.id, key__contains=dispute.reference).values_list("kind", "amount_minor")
    )
    kinds = ("refund", "refund_from_payable", "guarantee")
    sources = shown.sources
    assert tuple(moved.get(kind, 0) for kind in kinds) == (
        sources.escrow_minor,
        sources.payable_minor,
        sources.guarantee_minor,
    )
    assert order.released_minor - before.released_minor == shown.released_minor + shown.service_fee_minor
    assert order.reserve_minor - before.reserve_minor == shown.reserve_minor
    assert order.kept_minor == shown.supplier_keeps_minor
