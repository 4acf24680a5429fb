"""What counts for the rating, from stories that really happened to orders (Rulebook, "Credit rating"; ADR 16)."""

import uuid
from datetime import datetime, timedelta

import pytest

from disputes import actions as dispute_actions
from orders import actions
from orders.models import Order, Review
from suppliers import actions as supplier_actions
from suppliers import facts, rating
from suppliers.models import PenaltyPoint, RatingSnapshot, Supplier
from suppliers.rating import Share
from tests import cases, stories
from tests.disputes.staff import adjudicator, held, propose
from tests.stories import DAY, NOW, SECOND

pytestmark = pytest.mark.django_db
LATER = NOW + 80 * DAY


def found(world, now=LATER):
    return facts.facts_of([world.supplier.id], now)[world.supplier.id]


def ended(order) -> Order:
    return stories.fresh(actions.expire_protection(order_id=order.id, now=order.protection_ends_at))


def test_an_order_on_time_counts_once_it_has_left_and_again_when_it_is_done(world):
    order = stories.paid(world)
    assert found(world, NOW + 10 * DAY).on_time == Share()
    stories.dispatch(order, world, now=NOW + 10 * DAY)
    assert found(world, NOW + 10 * DAY).on_time == Share(1000, 1000, 1, 1)
    actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=NOW + 20 * DAY)
    order = ended(stories.fresh(order))
    at_end = found(world)
    assert (at_end.completed, at_end.conformity) == (Share(1000, 1000, 1, 1), Share(1000, 1000, 1, 1))
    assert at_end.volume_minor == 10_000_00
    assert found(world, order.closed_at - SECOND).completed == Share()


def test_what_is_not_shipped_by_the_date_counts_as_late_from_that_second(world):
    order = stories.paid(world)
    assert found(world, order.ship_by_at - SECOND).on_time == Share()
    assert found(world, order.ship_by_at).on_time == Share(0, 1000, 0, 1)


def test_a_fact_after_the_date_is_late_and_part_of_the_goods_is_not_all(world):
    order = stories.paid(world)
    line = order.lines.get()
    stories.dispatch(order, world, now=NOW + 10 * DAY, quantities={line.id: 40})
    assert found(world, order.ship_by_at).on_time == Share(0, 1000, 0, 1)
    stories.dispatch(order, world, now=order.ship_by_at + 2 * DAY, quantities={line.id: 60})
    assert found(world).on_time == Share(0, 1000, 0, 1)


def test_never_shipped_counts_as_late_brings_points_and_is_rated_at_once(world):
    order = stories.refunded(world)
    assert found(world).on_time == Share(0, 1000, 0, 1)
    assert PenaltyPoint.objects.get().points == 6
    assert found(world).points == ((6, order.closed_at + 365 * DAY),)
    assert RatingSnapshot.objects.latest_of(world.supplier.id).because == "claim"


def test_an_order_counts_for_180_days_to_the_second(world):
    order = stories.shipped(world)
    left = order.shipments.get().dispatched_at
    assert found(world, left + 180 * DAY - SECOND).on_time.count == 1
    assert found(world, left + 180 * DAY).on_time.count == 0


@pytest.mark.parametrize(
    ("contract", "weight"),
    [
        (stories.simple_terms(500_00), 1000),
        (stories.simple_terms(499_99), 999),
        (stories.simple_terms(50_00), 100),
        (stories.simple_terms(37_314, "JPY"), 500),  # at 0.0067 dollars
        (stories.simple_terms(76_923, "KWD"), 499),  # 76.923 dinars at 3.25
    ],
)
def test_a_small_order_counts_by_its_share_of_500_dollars(world, contract, weight):
    stories.shipped(world, contract)
    assert found(world).on_time == Share(weight, weight, 1, 1)


def test_samples_and_flagged_orders_count_nowhere(world):
    sample = stories.simple_terms(500_00, is_sample=True)
    stories.shipped(world, sample)
    flagged = stories.shipped(world)
    Order.objects.filter(pk=flagged.pk).update(flagged_at=NOW, flagged_because="Buyer and supplier share an address")
    assert found(world) == rating.Facts(level="inspected")


def test_one_buyer_counts_for_five_orders_however_many_it_places(world):
    late = stories.paid(world, stories.simple_terms(600_00))
    for _ in range(6):
        stories.shipped(world, stories.simple_terms(600_00))
    share = found(world).on_time
    assert (share.of, share.good, share.fine, share.count) == (5000, 4285, 6, 7)  # 5/7 of 6,000
    assert late.ship_by_at < LATER


def test_the_limit_counts_the_five_largest_orders_of_a_buyer_less_what_went_back(world):
    for total in (600_00, 700_00, 800_00, 900_00, 1_000_00, 1_100_00):
        ended(stories.received(world, stories.simple_terms(total)))
    assert found(world).volume_minor == 4_500_00
    assert found(world).completed.of == 5000


def test_an_upheld_claim_lowers_conformity_by_its_share_of_what_was_delivered_times_four(world):
    by = adjudicator("Ada")
    dispute, now = held(world, by)
    decision = propose(dispute, by, now)
    before = found(world, now + DAY)
    assert before.conformity == Share(1000, 1000, 1, 1)
    dispute = cases.fresh(dispute)
    dispute_actions.execute(dispute_id=dispute.id, now=dispute.appeal_ends_at)
    after = found(world, dispute.appeal_ends_at)
    lost = -(-1000 * 4 * decision.award_minor // 10_000_00)
    assert after.conformity == Share(1000 - lost, 1000, 0, 1)
    assert RatingSnapshot.objects.latest_of(world.supplier.id).at == dispute.appeal_ends_at


def test_first_answers_count_within_24_hours_to_the_second(world):
    def answered(after):
        order = stories.requested(world, now=NOW)
        actions.write_message(
            order_id=order.id, key=uuid.uuid4(), body="We draft it.", by=world.seller, now=NOW + after
        )

    answered(timedelta(hours=24))
    assert found(world).answers == Share(1000, 1000, 1, 1)
    answered(timedelta(hours=24) + SECOND)
    assert found(world).answers == Share(1000, 2000, 1, 2)


def test_a_request_that_nobody_answers_counts_from_24_hours_on(world):
    stories.requested(world, now=NOW)
    assert found(world, NOW + DAY - SECOND).answers == Share()
    assert found(world, NOW + DAY).answers == Share(0, 1000, 0, 1)


def test_a_dispute_counts_as_answered_within_72_hours(world):
    dispute = cases.claimed(world)
    base = found(world, dispute.filed_at).answers
    assert found(world, dispute.answer_due_at - SECOND).answers == base
    assert found(world, dispute.answer_due_at).answers == Share(base.good, base.of + 1000, base.fine, base.count + 1)


def test_feedback_is_the_mean_of_three_scores_and_not_of_removed_ones(world):
    order = stories.received(world)
    review = Review.objects.create(
        order=order,
        supplier=order.supplier,
        by=world.buyer,
        on_time=5,
        as_agreed=3,
        service=4,
        written_at=NOW + 21 * DAY,
    )
    assert found(world).feedback == Share(800, 1000, 0, 1)
    Review.objects.filter(pk=review.pk).update(removed_at=LATER, removed_by=world.seller, removed_because="insult")
    assert found(world).feedback == Share()


def test_the_orders_behind_an_indicator_are_those_that_its_sum_counts(world):
    for _ in range(3):
        stories.shipped(world, stories.simple_terms(1_000_00))
    stories.paid(world, stories.simple_terms(1_000_00))
    now = LATER
    for kind in (rating.ON_TIME, rating.CONFORMITY, rating.ANSWERS):
        first = facts.behind(supplier_id=world.supplier.id, kind=kind, now=now, before=None, size=2)
        rest = (
            facts.behind(
                supplier_id=world.supplier.id, kind=kind, now=now, before=(first[-1].at, first[-1].order_id), size=50
            )
            if first
            else []
        )
        rows = [*first, *rest]
        share = getattr(found(world, now), kind)
        assert (sum(row.of for row in rows), sum(row.good for row in rows)) == (share.of, share.good)
        assert len(rows) == share.count


def test_another_suppliers_orders_are_not_ours(world):
    stories.shipped(world)
    assert facts.facts_of([world.rival.id], LATER) == {world.rival.id: rating.Facts(level="inspected")}
    assert len(facts.facts_of([world.rival.id, world.supplier.id], LATER)) == 2


def test_rating_a_thousand_suppliers_asks_as_often_as_rating_one(world, django_assert_num_queries):
    with django_assert_num_queries(4):
        facts.facts_of([world.supplier.id], LATER)
    with django_assert_num_queries(4):
        facts.facts_of([world.supplier.id, world.rival.id], LATER)


@pytest.mark.parametrize(
    ("now", "raised"), [("2026-10-09T23:59:59", False), ("2026-10-10T00:00:00", True), ("2026-10-25T00:00:00", True)]
)
def test_the_limit_is_raised_on_the_10th_and_lowered_at_once(world, now, raised):
    supplier_actions.follow_rating(supplier_id=world.supplier.id, reason="test", by=None, now=NOW)
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=20_000_00, limit_raised_on="2026-09-10")
    at = datetime.fromisoformat(now + "+00:00")
    assert supplier_actions.rerate_many(supplier_ids=[world.supplier.id], now=at) == int(raised)
    world.supplier.refresh_from_db()
    assert world.supplier.limit_minor == (25_000_00 if raised else 20_000_00)
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=90_000_00)
    supplier_actions.rerate(supplier_id=world.supplier.id, because="claim", now=at)
    world.supplier.refresh_from_db()
    assert world.supplier.limit_minor == 25_000_00


def test_a_snapshot_is_kept_only_when_something_changed(world):
    rate = {"supplier_ids": [world.supplier.id]}
    supplier_actions.rerate_many(now=NOW + SECOND, **rate)
    supplier_actions.rerate_many(now=NOW + 2 * SECOND, **rate)
    assert not RatingSnapshot.objects.filter(supplier=world.supplier, at__gt=NOW).exists()  # as when it was verified
    stories.shipped(world)
    supplier_actions.rerate_many(now=NOW + 20 * DAY, **rate)
    supplier_actions.rerate_many(now=NOW + 21 * DAY, **rate)
    kept = RatingSnapshot.objects.latest_of(world.supplier.id)
    assert kept.at == NOW + 20 * DAY
    assert supplier_actions.facts_of_snapshot(kept.facts) == found(world, NOW + 20 * DAY)


@pytest.mark.parametrize(("before", "status"), [(0, "active"), (22, "paused"), (46, "removed")])
def test_points_pause_from_24_and_remove_from_48(world, before, status, mailoutbox, django_capture_on_commit_callbacks):
    PenaltyPoint.objects.bulk_create(
        PenaltyPoint(
            supplier=world.supplier, order_id=1, kind="late", points=1, cause=f"x{n}", at=NOW, expires_at=NOW + DAY
        )
        for n in range(before)
    )
    with django_capture_on_commit_callbacks(execute=True):
        supplier_actions.note_points(supplier_id=world.supplier.id, order_id=1, kind="upheld", cause="x", now=NOW)
    world.supplier.refresh_from_db()
    assert world.supplier.status == status
    assert len(mailoutbox) == (status != "active")


def test_a_supplier_that_staff_let_go_on_is_paused_again_only_by_new_points(world):
    about = {"supplier_id": world.supplier.id, "order_id": 1, "now": NOW}
    supplier_actions.note_points(kind="forged", cause="a", **about)
    world.supplier.refresh_from_db()
    assert world.supplier.status == "paused"
    supplier_actions.set_status(
        supplier_id=world.supplier.id, status="active", reason="Reviewed: a mix-up", by=None, now=NOW
    )
    supplier_actions.note_points(kind="forged", cause="a", **about)  # the same once more
    supplier_actions.rerate(supplier_id=world.supplier.id, because="night", now=NOW)
    world.supplier.refresh_from_db()
    assert world.supplier.status == "active"
    supplier_actions.note_points(kind="late", cause="b", **about)
    world.supplier.refresh_from_db()
    assert world.supplier.status == "paused"
