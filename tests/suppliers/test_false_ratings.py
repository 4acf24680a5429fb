"""Ways to look better than one is: orders that nobody paid, money that came back, tiny orders, raises off the 10th."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from disputes import actions as dispute_actions
from orders import actions
from orders.actions import flagging
from orders.terms import InstalmentTerms, LineTerms
from suppliers import actions as supplier_actions
from suppliers import facts
from suppliers.models import PenaltyPoint, Supplier
from suppliers.rating import Share, rate
from tests import cases, stories
from tests.disputes.staff import adjudicator, held, propose
from tests.stories import DAY, NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOW + 90 * DAY


def found(world, now=LATER):
    return facts.facts_of([world.supplier.id], now)[world.supplier.id]


def ended(order):
    order = stories.fresh(order)
    return stories.fresh(actions.expire_protection(order_id=order.id, now=order.protection_ends_at))


def twenty(total_minor: int):
    """So much for 20 pieces, of which each can be inspected."""
    line = LineTerms(product="Goods", quantity=20, unit="pieces", unit_price_minor=total_minor // 20)
    return stories.replace(stories.simple_terms(total_minor), lines=(line,))


def reviewed(order, world, score=5):
    scores = dict.fromkeys(("on_time", "as_agreed", "service"), score)
    actions.write_review(order_id=order.id, text="", by=world.buyer, now=NOW + 21 * DAY, **scores)


def test_an_order_of_which_a_dollar_is_paid_counts_for_a_dollar(world):
    plan = (
        InstalmentTerms("Deposit", 1_00, "shipment", "2026-09-05"),
        InstalmentTerms("Balance", 999_00, "protection_end", "2026-11-25"),
    )
    contract = stories.simple_terms(1_000_00)
    order = stories.received(world, stories.replace(contract, plan=plan))
    reviewed(order, world)
    order = ended(order)
    at_end = found(world)
    one = Share(2, 2, 1, 1)
    assert (order.status, order.cleared_minor) == ("expired", 1_00)
    assert (at_end.on_time, at_end.conformity, at_end.completed, at_end.feedback) == (one, one, one, one)
    assert at_end.volume_minor == 1_00


def test_what_went_back_no_longer_counts_as_good(world):
    order = stories.received(world, twenty(500_00))
    reviewed(order, world)
    dispute = cases.file(order, world, [cases.shortage(order.lines.get(), 1)])
    cases.settle(cases.fresh(dispute), world, 475_00)
    order = ended(order)
    assert order.status == "expired"
    at_end, one = found(world), Share(50, 50, 1, 1)
    assert (at_end.on_time, at_end.conformity, at_end.completed, at_end.feedback) == (one, one, one, one)


def test_a_bad_review_counts_in_full_though_most_of_the_money_went_back(world):
    order = stories.received(world, twenty(500_00))
    reviewed(order, world, score=1)
    before = rate(found(world, NOW + 24 * DAY), NOW).marks["feedback"]
    assert before < 80
    dispute = cases.file(order, world, [cases.shortage(order.lines.get(), 1)])
    cases.settle(cases.fresh(dispute), world, 475_00)
    assert rate(found(world), NOW).marks["feedback"] <= before


def test_a_late_order_counts_in_full_though_all_of_the_money_went_back(world):
    stories.refunded(world)
    assert found(world).on_time == Share(0, 1000, 0, 1)


def test_a_larger_upheld_claim_never_marks_better_than_a_smaller_one(world):
    """What is upheld counts four times of the order's whole weight, whatever of it went back."""
    by = adjudicator("Ada")
    marks = []
    for came in (19, 15, 10, 2):
        supplier = stories.company(f"Claimworks {came}", owner=stories.person(f"owner{came}@test.test"))
        there = stories.World(**vars(world) | {"supplier": supplier, "seller": supplier.members.get().user})
        dispute, now = held(
            there,
            by,
            contract=twenty(400_00),
            items=lambda order, came=came: [cases.shortage(order.lines.get(), came)],
        )
        propose(dispute, by, now)
        dispute = cases.fresh(dispute)
        if dispute.status == "decided":
            dispute_actions.execute(dispute_id=dispute.id, now=dispute.appeal_ends_at)
        marks.append(rate(found(there), NOW).marks["conformity"])
    assert marks == sorted(marks, reverse=True) and marks[-1] < 80


def test_five_orders_of_a_dollar_make_nobody_known(world):
    for _ in range(5):
        ended(stories.received(world, stories.simple_terms(1_00)))
    at_end = found(world)
    assert at_end.completed == Share(10, 10, 5, 5)
    assert rate(at_end, LATER).stars is None


# the limit, raised on the 10th ----------------------------------------------------------------------------------------


@pytest.fixture
def follows(world):
    """A supplier whose stars and limit follow its rating, with USD 50,000 done: 25,000 + 25,000 × 3/5 by stars."""
    for _ in range(5):
        order = stories.received(world)
        actions.write_message(
            order_id=order.id, key=uuid.uuid4(), body="It is on its way.", by=world.seller, now=NOW + HOUR
        )
        ended(order)
    supplier_actions.follow_rating(supplier_id=world.supplier.id, reason="test", by=None, now=NOW)
    return world.supplier


def night(supplier, at: str) -> int:
    supplier_actions.rerate_many(supplier_ids=[supplier.pk], now=datetime.fromisoformat(at).replace(tzinfo=UTC))
    return Supplier.objects.get(pk=supplier.pk).limit_minor


def test_a_month_whose_10th_had_nothing_to_raise_raises_nothing_after_it(follows):
    Supplier.objects.filter(pk=follows.pk).update(limit_minor=25_000_00, limit_raised_on="2026-09-10")
    assert night(follows, "2026-10-10T02:00") == 25_000_00  # nothing is complete yet
    assert night(follows, "2026-11-05T02:00") == 25_000_00  # by now all is; the 10th is over
    assert night(follows, "2026-11-10T02:00") > 25_000_00


def test_what_a_claim_lowered_is_not_back_before_the_10th(follows):
    high = night(follows, "2026-11-10T02:00")
    Supplier.objects.filter(pk=follows.pk).update(limit_minor=high - 10_000_00)  # a claim was upheld
    assert night(follows, "2026-11-11T02:00") == high - 10_000_00
    assert night(follows, "2026-12-10T02:00") == high


@pytest.mark.parametrize("because", ["claim", "staff"])
def test_no_claim_and_no_flag_raises_a_limit(follows, because):
    Supplier.objects.filter(pk=follows.pk).update(limit_minor=20_000_00, limit_raised_on="2026-09-10")
    supplier_actions.rerate(supplier_id=follows.pk, because=because, now=LATER)
    assert Supplier.objects.get(pk=follows.pk).limit_minor == 20_000_00


def test_a_flag_taken_back_raises_no_limit_at_once(follows):
    staff = stories.person("risk@staff.test", is_staff=True, is_superuser=True)
    Supplier.objects.filter(pk=follows.pk).update(limit_minor=20_000_00, limit_raised_on="2026-11-10")
    about = {"order_id": follows.orders.first().id, "reason": "test", "by": staff, "now": LATER}
    flagging.flag(**about)
    flagging.unflag(**about)
    assert Supplier.objects.get(pk=follows.pk).limit_minor == 20_000_00


def test_a_verification_brings_its_base_at_once_and_no_more(follows):
    Supplier.objects.filter(pk=follows.pk).update(limit_minor=20_000_00, limit_raised_on="2026-11-10")
    level = {"supplier_id": follows.pk, "by": None, "now": LATER}
    assert supplier_actions.verify_supplier(level="inspected", **level).limit_minor == 20_000_00  # once more
    assert supplier_actions.verify_supplier(level="verified", **level).limit_minor == 20_000_00
    assert supplier_actions.verify_supplier(level="inspected", **level).limit_minor == 35_000_00


# penalty points, once a broken promise --------------------------------------------------------------------------------


def test_an_order_that_was_not_shipped_brings_its_points_once_however_many_claims_say_so(world):
    order = stories.paid(world, cases.two_lines())
    for line in order.lines.order_by("number"):
        dispute = cases.fresh(cases.file(order, world, [cases.not_shipped(line)], now=order.ship_by_at + DAY))
        dispute_actions.award_by_time(dispute_id=dispute.id, now=dispute.award_at)
    assert list(PenaltyPoint.objects.values_list("kind", "points")) == [("non_shipment", 6)]


@pytest.mark.parametrize(("kind", "times"), [("late", 1), ("non_shipment", 1), ("upheld", 2), ("ignored", 2)])
def test_which_points_count_once_an_order(world, kind, times):
    for _ in range(2):
        supplier_actions.note_points(
            supplier_id=world.supplier.id, order_id=7, kind=kind, cause=str(uuid.uuid4()), now=NOW
        )
    assert PenaltyPoint.objects.count() == times
