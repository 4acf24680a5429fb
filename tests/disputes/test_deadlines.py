"""Every deadline of a case: nothing at the second before, done at the second of it (Rulebook 14-21)."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from disputes import actions, tasks
from disputes.models import Dispute
from orders.models import Order
from tests import cases, stories
from tests.cases import FILED
from tests.stories import DAY, NOW, SECOND
from trade_assurance import business_days
from trade_assurance.refused import MovedOn

S = Dispute.Status


def offered(world):
    dispute = cases.claimed(world)
    return dispute, dispute.offers.get().expires_at


def returning(world):
    return cases.settle(cases.claimed(world), world, 500_00, with_return=True, freight_by="supplier")


def warned(world):
    dispute = returning(world)
    actions.move_performance(dispute_id=dispute.id, now=dispute.performance_due_at)
    return cases.fresh(dispute)


def on_its_way_back(world):
    dispute = returning(world)
    now = dispute.performance_due_at - DAY
    actions.send_goods(dispute_id=dispute.id, carrier="DHL", tracking_number="JD01", by=world.buyer, now=now)
    return cases.fresh(dispute)


def back(world):
    dispute = on_its_way_back(world)
    now = dispute.performance_due_at - 40 * DAY
    actions.record_delivery(dispute_id=dispute.id, delivered_at=now, by=world.seller, now=now)
    return cases.fresh(dispute)


def replacing(world):
    by = FILED + 9 * DAY
    return cases.settle(cases.claimed(world), world, 500_00, replacement="12 lamps", replace_by_at=by)


SWEEPS = {
    "escalate": (cases.claimed, lambda d: d.escalate_at, tasks.escalate_stalled_disputes, S.EVIDENCE),
    "evidence": (cases.escalated, lambda d: d.evidence_ends_at, tasks.close_phases, S.REBUTTAL),
    "award": (cases.unshipped, lambda d: d.award_at, tasks.award_what_was_not_shipped, S.CLOSED),
    "return lapses": (warned, lambda d: d.performance_due_at, tasks.move_returns_and_replacements, S.CLOSED),
    "return unchecked": (back, lambda d: d.performance_due_at, tasks.move_returns_and_replacements, S.CLOSED),
    "nothing replaced": (replacing, lambda d: d.performance_due_at, tasks.move_returns_and_replacements, S.CLOSED),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_acts_at_the_second_and_only_once(world, name):
    story, due_at, sweep, after = SWEEPS[name]
    dispute = story(world)
    due, before = due_at(dispute), dispute.status
    with time_machine.travel(due - SECOND, tick=False):
        sweep()
    assert cases.fresh(dispute).status == before
    with time_machine.travel(due, tick=False):
        sweep()
        done = cases.fresh(dispute)
        assert done.status == after
        held = stories.snapshot(done.order)
        sweep()
    assert cases.fresh(dispute).status == after
    assert stories.snapshot(done.order) == held


def test_rebuttal_ends_48_hours_after_the_evidence(world):
    dispute = cases.escalated(world)
    assert dispute.evidence_ends_at == dispute.escalated_at + 5 * DAY
    assert dispute.rebuttal_ends_at == dispute.evidence_ends_at + timedelta(hours=48)
    with time_machine.travel(dispute.rebuttal_ends_at - SECOND, tick=False):
        tasks.close_phases()
    assert cases.fresh(dispute).status == S.REBUTTAL
    with time_machine.travel(dispute.rebuttal_ends_at, tick=False):
        tasks.close_phases()
    assert cases.fresh(dispute).status == S.DECIDING


def test_an_offer_expires_after_72_hours(world):
    dispute, expires_at = offered(world)
    assert expires_at == FILED + timedelta(hours=72)
    with pytest.raises(MovedOn):
        actions.accept_offer(dispute_id=dispute.id, number=1, by=world.seller, now=expires_at)
    with time_machine.travel(expires_at - SECOND, tick=False):
        tasks.expire_offers()
    assert dispute.offers.get().status == "live"
    with time_machine.travel(expires_at, tick=False):
        tasks.expire_offers()
    assert dispute.offers.get().status == "expired"


def test_the_buyer_may_escalate_from_72_hours(world):
    dispute = cases.claimed(world)
    with pytest.raises(MovedOn, match="72 hours"):
        actions.escalate(dispute_id=dispute.id, by=world.buyer, now=FILED + timedelta(hours=72) - SECOND)
    actions.escalate(dispute_id=dispute.id, by=world.buyer, now=FILED + timedelta(hours=72))
    assert cases.fresh(dispute).status == S.EVIDENCE


def test_two_refused_offers_let_the_buyer_escalate_at_once(world):
    dispute = cases.claimed(world)
    now = FILED + timedelta(hours=1)
    for amount in (100_00, 200_00):
        offer = actions.make_offer(
            dispute_id=dispute.id, key=uuid.uuid4(), amount_minor=amount, by=world.seller, now=now
        )
        with pytest.raises(MovedOn):
            actions.escalate(dispute_id=dispute.id, by=world.buyer, now=now)
        actions.reject_offer(dispute_id=dispute.id, number=offer.number, by=world.buyer, now=now)
    actions.escalate(dispute_id=dispute.id, by=world.buyer, now=now)
    assert cases.fresh(dispute).escalated_by == "buyer"


def test_more_time_counts_when_both_agree_and_once(world):
    dispute = cases.claimed(world)
    actions.extend_talk(dispute_id=dispute.id, by=world.seller, now=FILED + DAY)
    assert cases.fresh(dispute).escalate_at == FILED + 7 * DAY
    actions.extend_talk(dispute_id=dispute.id, by=world.buyer, now=FILED + 2 * DAY)
    assert cases.fresh(dispute).escalate_at == FILED + 14 * DAY
    with pytest.raises(MovedOn, match="once"):
        actions.extend_talk(dispute_id=dispute.id, by=world.buyer, now=FILED + 3 * DAY)


def test_a_return_without_tracking_is_warned_once_and_lapses_a_day_later(world):
    dispute = returning(world)
    assert dispute.performance_due_at == FILED + DAY + timedelta(hours=1) + 10 * DAY
    due = dispute.performance_due_at
    with time_machine.travel(due, tick=False):
        tasks.move_returns_and_replacements()
    dispute = cases.fresh(dispute)
    assert (dispute.status, dispute.performance_due_at) == (S.RETURNING, due + timedelta(hours=24))
    with time_machine.travel(due + timedelta(hours=24), tick=False):
        tasks.move_returns_and_replacements()
    dispute = cases.fresh(dispute)
    assert (dispute.status, dispute.outcome, dispute.awarded_minor) == (S.CLOSED, "lapsed", 0)


def test_tracking_at_the_last_second_counts(world):
    dispute = warned(world)
    last = dispute.performance_due_at - SECOND
    actions.send_goods(dispute_id=dispute.id, carrier="DHL", tracking_number="JD01", by=world.buyer, now=last)
    with time_machine.travel(last + DAY, tick=False):
        tasks.move_returns_and_replacements()
    assert cases.fresh(dispute).status == S.RETURNING


def test_an_unchecked_return_is_refunded_with_7_days(world):
    dispute = back(world)
    performance = dispute.performances.get()
    assert performance.check_by_at == performance.delivered_at + 7 * DAY
    actions.move_performance(dispute_id=dispute.id, now=performance.check_by_at)
    assert cases.fresh(dispute).awarded_minor == 500_00


def test_a_claim_stops_auto_confirm_and_it_goes_on_with_what_was_left(world):
    order = stories.shipped(world)
    due = order.auto_confirm_at
    filed = NOW + 10 * DAY + timedelta(days=21)
    dispute = cases.file(
        order,
        world,
        [cases.Item(order.lines.get().id, "non_receipt", "refund", "100 lamps", "Nothing", {"quantity": 100})],
        now=filed,
    )
    assert stories.fresh(order).auto_confirm_at is None
    actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=filed + 4 * DAY)
    assert stories.fresh(order).auto_confirm_at == due + 4 * DAY


def test_auto_confirm_gets_at_least_three_days_back(world):
    order = stories.shipped(world)
    filed = order.auto_confirm_at - SECOND
    item = cases.Item(order.lines.get().id, "non_receipt", "refund", "100 lamps", "Nothing", {"quantity": 100})
    dispute = cases.file(order, world, [item], now=filed)
    actions.withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=filed + DAY)
    assert stories.fresh(order).auto_confirm_at == filed + 4 * DAY


@pytest.mark.parametrize(
    ("moment", "days", "after"),
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), 2, datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 27, 9, 0, tzinfo=UTC), 1, datetime(2026, 11, 30, 9, 0, tzinfo=UTC)),  # over a weekend
        (datetime(2026, 11, 28, 9, 0, tzinfo=UTC), 5, datetime(2026, 12, 4, 9, 0, tzinfo=UTC)),  # from a Saturday
        (datetime(2026, 12, 24, 9, 0, tzinfo=UTC), 1, datetime(2026, 12, 28, 9, 0, tzinfo=UTC)),  # Christmas
    ],
)
def test_business_days(moment, days, after):
    assert business_days.after(moment, days) == after


def test_what_is_not_due_moves_nothing(world):
    dispute = cases.claimed(world)
    before = stories.snapshot(dispute.order)
    for call in (
        lambda now: actions.escalate(dispute_id=dispute.id, by=None, now=now),
        lambda now: actions.close_evidence(dispute_id=dispute.id, now=now),
        lambda now: actions.close_rebuttal(dispute_id=dispute.id, now=now),
        lambda now: actions.execute(dispute_id=dispute.id, now=now),
        lambda now: actions.award_by_time(dispute_id=dispute.id, now=now),
        lambda now: actions.move_performance(dispute_id=dispute.id, now=now),
        lambda now: actions.follow_bank(dispute_id=dispute.id, now=now),
    ):
        with pytest.raises(MovedOn):
            call(FILED)
    assert stories.snapshot(dispute.order) == before
    assert dispute.order.status == Order.Status.RECEIVED
