"""Amendments: what signing one moves, what keeps it from being signed, and that nothing else changes a term."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.models import Event
from ledger import proof
from orders import actions, amending
from orders.actions.amending import free_usd
from orders.models import ContractVersion, Order
from orders.steps import step_of
from orders.terms import BadTerms, InstalmentTerms, LineTerms
from suppliers.models import Reservation
from tests import cases, stories
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn, NotAllowed, Refused

Closed = ContractVersion.Closed
SOON = NOW + DAY


def standing(order) -> amending.Standing:
    return amending.Standing.of(stories.fresh(order))


def changed(order, *, now=SOON, plan=None, line=None, **changes):
    """The terms in force with changes; the plan follows the total unless it is given."""
    stands = standing(order)
    terms = replace(stands.terms, **changes)
    if line is not None:
        terms = replace(terms, lines=(replace(terms.lines[0], **line), *terms.lines[1:]))
    settled = amending.settled_plan(
        stands, terms.total_minor, label="Added", now=now, ship_by_on=terms.ship_by_on or stands.terms.ship_by_on
    )
    return replace(terms, plan=plan if plan is not None else settled)


def propose(order, world, *, by=None, now=SOON, because="It suits both of us.", **changes) -> ContractVersion:
    return actions.propose_amendment(
        order_id=order.id, terms=changed(order, now=now, **changes), because=because, by=by or world.seller, now=now
    )


def shown(order) -> amending.Moves:
    """What the page shows of the open amendment."""
    stands = standing(order)
    version = order.versions.open_amendments().get()
    return amending.moves(stands, version.terms, free_usd_minor=free_usd(stands.order.supplier))


def sign(order, world, *, by=None, now=SOON, **given) -> Order:
    version, moves = order.versions.open_amendments().get(), shown(order)
    values = {
        "version": version.number,
        "fingerprint": version.fingerprint,
        "cover_minor": moves.cover_after_minor,
        "refund_minor": moves.refund_minor,
    } | given
    signer = world.buyer if version.drafted_by == "supplier" else world.seller
    return stories.fresh(actions.accept_amendment(order_id=order.id, by=by or signer, now=now, **values))


def amend(order, world, *, now=SOON, **changes) -> Order:
    propose(order, world, now=now, **changes)
    return sign(order, world, now=now)


def plan_of(order) -> list[tuple]:
    return [(part.label, part.amount_minor, part.paid_minor) for part in order.instalments.order_by("number")]


def newest_event(order) -> Event:
    return Event.objects.about("order", order.id).order_by("-number").first()


# what moves -------------------------------------------------------------------------------------------------------


def test_a_date_alone_moves_only_the_clocks(world):
    order = stories.paid(world)
    after = amend(order, world, ship_by_on="2026-10-15")
    assert after.ship_by_at == order.ship_by_at + 14 * DAY
    assert after.award_at == after.ship_by_at + timedelta(days=30)
    assert (after.total_minor, after.refunded_minor, after.reserved_minor) == (10_000_00, 0, 10_000_00)
    assert plan_of(after) == plan_of(order)
    version = after.versions.in_force()
    assert version.is_amendment and version.number == 2 and version.closed_because == Closed.ACCEPTED
    assert proof.prove() == []


def test_a_proposal_alone_changes_no_term(world):
    order = stories.paid(world)
    before = Order.objects.filter(pk=order.pk).values().get()
    version = propose(order, world, ship_by_on="2026-10-15")
    after = Order.objects.filter(pk=order.pk).values().get()
    differs = {name for name in before if before[name] != after[name]}
    assert differs == {"amendment_by", "amendment_lapses_at"}
    assert order.versions.in_force().number == 1 and order.versions.newest() == version


def test_less_before_payment_lowers_what_is_open_from_the_last(world):
    order = stories.clear(stories.placed(world), 1)
    after = amend(order, world, line={"unit_price_minor": 90_00})
    assert plan_of(after) == [("Deposit", 3_000_00, 3_000_00), ("Balance", 6_000_00, 0)]
    assert (after.total_minor, after.refunded_minor, after.reserved_minor) == (9_000_00, 0, 9_000_00)
    assert after.instalments.get(number=2).rf_reference == order.instalments.get(number=2).rf_reference
    assert Reservation.objects.open().get(order_id=order.id).usd_minor == 9_000_00
    assert after.lines.get().unit_price_minor == 90_00
    stories.clear(after, 2)
    assert stories.fresh(after).status == "paid"
    assert proof.prove() == []


def test_less_than_was_paid_goes_back_and_cover_stays_whole(world):
    order = stories.paid(world)
    after = amend(order, world, line={"quantity": 80})
    assert plan_of(after) == [("Deposit", 3_000_00, 3_000_00), ("Balance", 5_000_00, 5_000_00)]
    assert (after.refunded_minor, after.amended_back_minor, after.escrow_minor) == (2_000_00, 2_000_00, 8_000_00)
    assert (after.covered_minor, after.left_of_limit_minor, after.open_minor) == (8_000_00, 8_000_00, 0)
    assert after.status == "paid"
    after = stories.then_received(after, world)
    assert after.covered_minor == 8_000_00 == after.left_of_limit_minor
    assert proof.prove() == []


def test_a_refund_may_take_a_whole_instalment_and_its_reference_stays(world):
    order = stories.paid(world)
    after = amend(order, world, line={"quantity": 20})
    assert plan_of(after) == [("Deposit", 2_000_00, 2_000_00), ("Balance", 0, 0)]
    assert after.refunded_minor == 8_000_00
    assert after.versions.in_force().terms.plan == (InstalmentTerms("Deposit", 2_000_00, "production", "2026-09-05"),)
    assert proof.prove() == []


def test_more_gives_a_new_instalment_and_the_order_is_placed_until_it_is_paid(world):
    order = stories.paid(world)
    after = amend(order, world, line={"quantity": 120})
    part = after.instalments.get(number=3)
    assert (part.label, part.amount_minor, part.due_before, part.due_on.isoformat()) == (
        "Added", 2_000_00, "shipment", "2026-09-16",
    )  # fmt: skip
    assert part.rf_reference.startswith("RF") and part.rf_reference != order.instalments.get(number=2).rf_reference
    assert (after.status, after.paid_at, after.ship_by_at, after.award_at) == ("placed", None, None, None)
    assert (after.total_minor, after.open_minor, after.reserved_minor) == (12_000_00, 2_000_00, 12_000_00)
    assert after.cancels_at == part.due_at + timedelta(days=60)
    with pytest.raises(MovedOn):
        stories.dispatch(after, world)
    again = stories.fresh(stories.clear(after, 3, now=NOW + 5 * DAY))
    assert (again.status, again.ship_by_at) == ("paid", order.ship_by_at)
    assert proof.prove() == []


def test_late_payment_of_what_was_added_moves_the_ship_date_by_its_days_alone(world):
    order = stories.placed(world)
    stories.clear(order, 1)
    order = stories.fresh(stories.clear(order, 2, now=NOW + 27 * DAY))  # 28 Sep, due 25 Sep
    assert amending.ship_day(order).isoformat() == "2026-10-04"
    after = amend(order, world, now=NOW + 28 * DAY, line={"quantity": 110}, ship_by_on="2026-10-20")
    due = after.instalments.get(number=3).due_on
    after = stories.fresh(stories.clear(after, 3, now=after.instalments.get(number=3).due_at + DAY))
    assert amending.ship_day(after).isoformat() == "2026-10-22" and due.isoformat() == "2026-10-13"


def test_what_a_running_lead_time_ends_on_becomes_the_date_of_the_amendment(world):
    order = stories.paid(world, stories.terms(ship_by_on=None, lead_days=20))
    after = amend(order, world, line={"quantity": 110})
    terms = after.versions.in_force().terms
    assert terms.lead_days is None and terms.ship_by_on == amending.ship_day(order).isoformat()
    after = stories.fresh(stories.clear(after, 3, now=NOW + 9 * DAY))
    assert after.ship_by_at == order.ship_by_at


def test_dropping_what_is_open_before_shipment_makes_the_order_paid(world):
    order = stories.clear(stories.placed(world), 1)
    after = amend(order, world, line={"quantity": 30})
    assert (after.status, after.total_minor, after.refunded_minor) == ("paid", 3_000_00, 0)
    assert plan_of(after) == [("Deposit", 3_000_00, 3_000_00), ("Balance", 0, 0)]
    assert after.ship_by_at is not None and after.cancels_at is None
    assert proof.prove() == []


def test_unpaid_instalments_can_be_put_another_way(world):
    order = stories.clear(stories.placed(world), 1)
    plan = (
        InstalmentTerms("Deposit", 3_000_00, "production", "2026-09-05"),
        InstalmentTerms("Balance", 5_000_00, "shipment", "2026-09-28"),
        InstalmentTerms("Last part", 2_000_00, "delivery", "2026-11-01"),
    )
    after = amend(order, world, plan=plan)
    assert plan_of(after)[1:] == [("Balance", 5_000_00, 0), ("Last part", 2_000_00, 0)]
    assert after.instalments.get(number=2).due_on.isoformat() == "2026-09-28"
    assert after.instalments.get(number=2).rf_reference == order.instalments.get(number=2).rf_reference
    assert proof.prove() == []


def test_freight_is_shared_by_the_new_values(world):
    lines = tuple(LineTerms(product=name, quantity=10, unit="pieces", unit_price_minor=10_00) for name in "AB")
    plan = (InstalmentTerms("All", 203_00, "shipment", "2026-09-25"),)
    order = stories.paid(world, stories.terms(lines=lines, freight_minor=3_00, plan=plan))
    after = amend(order, world, line={"quantity": 20})
    assert [line.freight_minor for line in after.lines.order_by("number")] == [2_00, 1_00]
    assert sum(line.whole_minor for line in after.lines.all()) == after.total_minor == 303_00


def test_a_part_shipped_order_takes_what_is_added_before_delivery(world):
    order = stories.paid(world)
    stories.dispatch(order, world, now=NOW + 3 * DAY, quantities={order.lines.get().id: 40})
    after = amend(order, world, now=NOW + 4 * DAY, line={"quantity": 110})
    assert (after.status, after.instalments.get(number=3).due_before) == ("paid", "delivery")
    after = amend(after, world, now=NOW + 5 * DAY, line={"quantity": 40})
    assert (after.status, after.total_minor, after.refunded_minor) == ("shipped", 4_000_00, 6_000_00)
    assert after.auto_confirm_at is not None
    assert proof.prove() == []


def test_a_late_order_is_extended_and_is_late_no_more(world):
    order = stories.paid(world)
    late = order.ship_by_at + 2 * DAY
    Order.objects.filter(pk=order.pk).update(late_noticed_at=order.ship_by_at)
    after = amend(order, world, now=late, by=world.buyer, ship_by_on="2026-10-20")
    assert not after.is_late(late) and after.late_noticed_at is None
    assert after.award_at == after.ship_by_at + timedelta(days=30)


def test_an_amendment_of_an_amendment(world):
    order = amend(stories.paid(world), world, line={"quantity": 80})
    after = amend(order, world, now=NOW + 2 * DAY, line={"quantity": 90}, by=world.buyer)
    assert (after.total_minor, after.open_minor, after.status) == (9_000_00, 1_000_00, "placed")
    after = stories.fresh(stories.clear(after, 3, now=NOW + 3 * DAY))
    assert (after.status, after.escrow_minor, after.covered_minor) == ("paid", 9_000_00, 9_000_00)
    assert [v.number for v in after.versions.signed().order_by("number")] == [1, 2, 3]
    assert proof.prove() == []


# cover ------------------------------------------------------------------------------------------------------------


def test_more_reserves_what_is_free_and_signing_is_bound_to_the_cover_shown(world):
    order = stories.paid(world)
    world.supplier.refresh_from_db()
    world.supplier.limit_minor = 11_500_00
    world.supplier.save()
    propose(order, world, line={"quantity": 120}, by=world.buyer)
    assert shown(order).cover_after_minor == 11_500_00
    world.supplier.limit_minor = 10_500_00
    world.supplier.save()
    before = stories.snapshot(order)
    with pytest.raises(actions.CoverChanged) as refusal:  # the buyer signed at 11,500, whatever the supplier sees
        sign(order, world)
    assert refusal.value.cover_minor == 10_500_00 and stories.snapshot(order) == before
    world.supplier.limit_minor = 11_500_00
    world.supplier.save()
    after = sign(order, world)
    assert (after.reserved_minor, after.left_of_limit_minor) == (11_500_00, 11_500_00)
    assert proof.prove() == []


def test_a_paused_supplier_covers_nothing_more(world):
    order = stories.paid(world)
    world.supplier.refresh_from_db()
    world.supplier.status = "paused"
    world.supplier.save()
    after = amend(order, world, line={"quantity": 120})
    assert (after.reserved_minor, after.total_minor) == (10_000_00, 12_000_00)
    assert proof.prove() == []


# what is refused --------------------------------------------------------------------------------------------------


def refused(order, world, **changes) -> list[str]:
    before = stories.snapshot(order)
    with pytest.raises(BadTerms) as refusal:
        propose(order, world, **changes)
    assert stories.snapshot(order) == before
    return [problem.sentence for problem in refusal.value.problems]


def test_never_below_what_was_shipped(world):
    order = stories.paid(world)
    stories.dispatch(order, world, now=NOW + 3 * DAY, quantities={order.lines.get().id: 40})
    (said,) = refused(order, world, now=NOW + 4 * DAY, line={"quantity": 39})
    assert said.startswith("40 pieces have been shipped")


def test_never_below_what_a_claim_paid_back(world):
    order = stories.paid(world)
    line = order.lines.get()
    line.refunded_minor, line.refunded_quantity, line.cancelled_quantity = 500_00, 5, 5
    line.save()
    for change in ({"quantity": 4}, {"quantity": 50}, {"unit_price_minor": 1}):
        assert "A claim paid USD 500.00 back" in refused(order, world, line=change)[0]
    assert propose(order, world, ship_by_on="2026-10-10")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Nothing is different"),
        ({"currency": "EUR"}, "can't change the currency"),
        ({"destination_country": "AU"}, "can't change the country of destination"),
        ({"title": "Other"}, "can't change what is ordered"),
        ({"line": {"product": "Chair"}}, "The goods themselves"),
        ({"line": {"quantity": 0}}, "whole number from 1"),
        ({"line": {"tolerance_bp": 501}}, "0 to 5 %"),
        ({"ship_by_on": "2026-08-30"}, "past"),
        ({"ship_by_on": "2026-12-01"}, "at most 90 days from the payment"),
        ({"ship_by_on": None, "lead_days": 30}, "The lead time runs already"),
        ({"plan": (InstalmentTerms("All", 1_00, "shipment", "2026-09-25"),)}, "The instalments add up to"),
        (
            {
                "plan": (
                    InstalmentTerms("Deposit", 2_000_00, "production", "2026-09-05"),
                    InstalmentTerms("Balance", 7_000_00, "shipment", "2026-09-25"),
                    InstalmentTerms("More", 1_000_00, "shipment", "2026-09-26"),
                )
            },
            "asks again for what has been paid",
        ),
    ],
)  # fmt: skip
def test_what_an_amendment_can_not_be(world, changes, words):
    order = stories.paid(world)
    assert any(words in said for said in refused(order, world, **changes)), refused(order, world, **changes)


def test_lead_time_before_payment_is_bounded_too(world):
    order = stories.placed(world, stories.terms(ship_by_on=None, lead_days=20))
    assert "1 to 90 days" in refused(order, world, lead_days=91)[0]
    assert amend(order, world, lead_days=90).versions.in_force().terms.lead_days == 90


def test_a_reason_is_asked_for(world):
    order = stories.paid(world)
    for because, words in (("  ", "Say in a sentence"), ("x" * 501, "500 characters")):
        with pytest.raises(Refused, match=words):
            propose(order, world, because=because, ship_by_on="2026-10-10")


def test_one_at_a_time_and_other_people_not_at_all(world):
    order = stories.paid(world)
    for user in (world.stranger, world.rival_seller, world.bookkeeper):
        with pytest.raises((NotAllowed, MovedOn)):
            propose(order, world, by=user, ship_by_on="2026-10-10")
    propose(order, world, ship_by_on="2026-10-10")
    for user in (world.buyer, world.seller):
        with pytest.raises(MovedOn):
            propose(order, world, by=user, ship_by_on="2026-10-11")
    for user in (world.stranger, world.rival_seller, world.bookkeeper, world.seller):
        with pytest.raises((NotAllowed, MovedOn)):
            sign(order, world, by=user)
    sign(order, world)
    with pytest.raises(MovedOn):
        actions.decline_amendment(order_id=order.id, version=2, by=world.buyer, now=SOON)


def test_a_stale_page_signs_nothing(world):
    order = stories.paid(world)
    propose(order, world, line={"quantity": 90})
    before = stories.snapshot(order)
    for posted, words in (
        ({"version": 1}, "Another change"),
        ({"fingerprint": "0" * 64}, "Another change"),
        ({"refund_minor": 0}, "not what the page showed"),
        ({"cover_minor": 10_000_00}, None),
    ):
        if words is None:
            continue
        with pytest.raises(MovedOn, match=words):
            sign(order, world, **posted)
    assert stories.snapshot(order) == before


@pytest.mark.parametrize("story", ["requested", "sent", "shipped", "received", "expired", "cancelled", "refunded"])
def test_only_between_acceptance_and_shipment(world, story):
    order = stories.STORIES[story](world)
    for user in (world.buyer, world.seller):
        step = step_of("amend", order, user, NOW + 12 * DAY)
        assert not step.allowed and step.reason.endswith(".")


def test_not_while_a_payment_is_processing_nor_cancelling_is_proposed_nor_after_the_award(world):
    order = stories.placed(world)
    propose(order, world, line={"quantity": 90})
    actions.payment_began(order_id=order.id, payment_id=1, now=SOON)
    with pytest.raises(MovedOn, match="being processed"):
        sign(order, world)
    actions.payment_ended(order_id=order.id, payment_id=1, because="no", now=SOON)
    assert sign(order, world).total_minor == 9_000_00
    order = stories.paid(world)
    actions.propose_cancel(order_id=order.id, by=world.buyer, now=SOON)
    with pytest.raises(MovedOn, match="Cancelling is proposed"):
        propose(order, world, ship_by_on="2026-10-10")
    actions.withdraw_proposal(order_id=order.id, by=world.buyer, now=SOON)
    with pytest.raises(MovedOn, match="goes back to the buyer now"):
        propose(order, world, now=order.award_at, ship_by_on="2026-11-10")
    assert propose(order, world, now=order.award_at - SECOND, ship_by_on="2026-11-10")


# how it ends ------------------------------------------------------------------------------------------------------


def test_it_lapses_at_the_second(world):
    order = stories.paid(world)
    version = propose(order, world, ship_by_on="2026-10-10")
    assert version.lapses_at == SOON + 7 * DAY
    with pytest.raises(MovedOn):
        actions.lapse_amendment(order_id=order.id, now=version.lapses_at - SECOND)
    with pytest.raises(MovedOn, match="time to answer"):
        sign(order, world, now=version.lapses_at)
    actions.lapse_amendment(order_id=order.id, now=version.lapses_at)
    version.refresh_from_db()
    order = stories.fresh(order)
    assert (version.closed_because, order.amendment_by, order.ship_by_at) == (Closed.LAPSED, "", order.ship_by_at)
    assert newest_event(order).kind == "amendment.lapsed"
    assert propose(order, world, now=version.lapses_at, ship_by_on="2026-10-10").number == 3


def test_declined_or_taken_back_leaves_the_contract_as_it_is(world):
    order = stories.paid(world)
    for number, (end, by) in enumerate(
        ((actions.decline_amendment, world.buyer), (actions.withdraw_amendment, world.seller)), 2
    ):
        propose(order, world, line={"quantity": 50})
        with pytest.raises(MovedOn):
            end(order_id=order.id, version=number + 5, by=by, now=SOON)
        end(order_id=order.id, version=number, by=by, now=SOON)
        after = stories.fresh(order)
        assert (after.total_minor, after.amendment_by, after.versions.in_force().number) == (10_000_00, "", 1)


def test_events_overtake_it(world):
    order = stories.paid(world)
    propose(order, world, ship_by_on="2026-10-10")
    stories.dispatch(order, world, now=NOW + 3 * DAY, quantities={order.lines.get().id: 40})
    assert order.versions.get(number=2).closed_because == Closed.OVERTAKEN
    late = order.ship_by_at + DAY
    propose(order, world, now=late, ship_by_on="2026-10-20")
    cases.file(stories.fresh(order), world, [cases.not_shipped(order.lines.get(), 60)], now=late)
    assert order.versions.get(number=3).closed_because == Closed.OVERTAKEN
    with pytest.raises(MovedOn, match="A claim on this order is open"):
        propose(order, world, now=late, ship_by_on="2026-10-20")
    other = stories.paid(world)
    propose(other, world, ship_by_on="2026-10-10")
    actions.cancel(order_id=other.id, by=world.buyer, now=NOW + DAY - SECOND)
    assert other.versions.get(number=2).closed_because == Closed.OVERTAKEN
    assert proof.prove() == []


def test_a_payment_overtakes_only_a_plan_that_it_does_not_fit(world):
    order = stories.placed(world)
    propose(order, world, line={"quantity": 90})
    stories.clear(order, 1, now=SOON)
    assert stories.fresh(order).amendment_by == "supplier"
    assert shown(order).refund_minor == 0
    stories.clear(order, 2, now=SOON)
    assert shown(order).refund_minor == 1_000_00
    with pytest.raises(MovedOn, match="not what the page showed"):
        sign(order, world, refund_minor=0)
    assert sign(order, world).refunded_minor == 1_000_00
    other = stories.clear(stories.placed(world), 1)
    plan = (
        InstalmentTerms("Deposit", 3_000_00, "production", "2026-09-05"),
        InstalmentTerms("Balance", 5_000_00, "shipment", "2026-09-25"),
        InstalmentTerms("Last part", 2_000_00, "delivery", "2026-11-01"),
    )
    propose(other, world, plan=plan)
    stories.clear(other, 2, now=SOON)
    assert other.versions.get(number=2).closed_because == Closed.OVERTAKEN
    assert proof.prove() == []


# any of them, in any order ----------------------------------------------------------------------------------------

MOVES = st.one_of(
    st.tuples(st.just("quantity"), st.integers(1, 140)),
    st.tuples(st.just("price"), st.integers(1, 150_00)),
    st.tuples(st.just("freight"), st.integers(0, 900_00)),
    st.tuples(st.just("date"), st.integers(1, 60)),
    st.tuples(st.just("pay"), st.integers(1, 4)),
    st.tuples(st.just("ship"), st.integers(1, 50)),
)


def _do(order, world, move, value, now):
    if move == "pay":
        return stories.clear(order, value, now=now)
    if move == "ship":
        on = now.astimezone(stories.zone(order)).date()
        quantities = {order.lines.get().id: value}
        return stories.dispatch(order, world, now=now, dispatched_on=on, quantities=quantities)
    if move == "date":
        return amend(order, world, now=now, ship_by_on=(now + value * DAY).date().isoformat())
    if move == "freight":
        return amend(order, world, now=now, freight_minor=value)
    return amend(order, world, now=now, line={"quantity": value} if move == "quantity" else {"unit_price_minor": value})


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MOVES, max_size=9))
@example([("pay", 1), ("pay", 2), ("quantity", 80), ("quantity", 120), ("pay", 3), ("freight", 5_00), ("pay", 4)])
@example([("pay", 1), ("pay", 2), ("ship", 40), ("price", 120_00), ("quantity", 40)])
@example([("quantity", 1), ("pay", 1), ("price", 1)])
def test_rows_reservation_and_books_stay_in_step(moves):
    with transaction.atomic():
        point = transaction.savepoint()
        world = stories.build_world(email_suffix="x")
        order, now = stories.placed(world), NOW
        for move, value in moves:
            now += DAY / 4
            try:
                with transaction.atomic():
                    _do(stories.fresh(order), world, move, value, now)
            except (Refused, IndexError, order.instalments.model.DoesNotExist):
                continue
            finally:
                order = stories.fresh(order)
            terms = order.versions.in_force().terms
            sums = order.instalments.aggregate(amount=Sum("amount_minor"), paid=Sum("paid_minor"))
            assert order.total_minor == terms.total_minor == sums["amount"]
            assert sum(line.whole_minor for line in order.lines.all()) == order.total_minor
            assert sums["paid"] == order.cleared_minor + order.borne_minor - order.amended_back_minor
            assert order.escrow_minor == sums["paid"] and order.open_minor == order.total_minor - sums["paid"]
            assert order.covered_minor == order.kept_minor == order.escrow_minor
            open_before = any(part.before_shipment and part.open_minor for part in order.instalments.all())
            assert (order.status == "placed") == open_before
        assert proof.prove() == []
        transaction.savepoint_rollback(point)
