"""What somebody tries who wants to be paid twice for goods, or to run past a deadline, by what the machine notices."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.urls import reverse

from disputes import actions
from disputes import facts as case_facts
from disputes.actions import Item
from orders import actions as order_actions
from orders.actions import Counted
from orders.terms.typed import Inspection
from orders.tracking import Answer, Told
from tests import cases, stories
from tests.disputes.test_breach_claims import claim, keys
from tests.orders.test_pages import client_of
from tests.payments.conftest import at_once  # noqa: F401  (a fixture)
from tests.payments.contesting import contested, funded
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn, Refused

HOUR = timedelta(hours=1)
SHIP = NOW + 10 * DAY
GONE = SHIP + 45 * DAY  # nothing moved for 21 days and more


@pytest.fixture
def risk(world):
    person = stories.person("risk@test.test", is_staff=True)
    person.groups.add(Group.objects.get(name="risk"))
    return person


# lost, and then found false -----------------------------------------------------------------------------------------


def lost(line, quantity: int) -> Item:
    return Item(line.id, "non_receipt", "refund", "Delivered", "Nothing came", {"quantity": quantity})


def in_two_parts(world):
    """100 lamps: 60 with a number of another order, so risk looks, and 40 without a number."""
    other = stories.paid(world)
    stories.dispatch(other, world, now=SHIP, tracking_number="TWICE-1")
    order = stories.paid(world)
    line = order.lines.get()
    false = stories.dispatch(order, world, now=SHIP, quantities={line.id: 60}, tracking_number="TWICE-1")
    stories.dispatch(order, world, now=SHIP, quantities={line.id: 40})
    return stories.fresh(order), line, false


def find_false(shipment, risk, now):
    order_actions.find_false(shipment_id=shipment.id, reason="Another order's number", by=risk, now=now)


@pytest.mark.parametrize("paid_first", [True, False])
def test_goods_paid_for_as_lost_are_not_paid_for_once_more_as_never_shipped(world, risk, paid_first):
    """Else the buyer has the price of 60, then of 40 that come: 60 count as to be shipped a second time."""
    order, line, false = in_two_parts(world)
    dispute = cases.file(order, world, [lost(line, 60)], now=GONE)
    if not paid_first:
        find_false(false, risk, GONE + HOUR)
    cases.settle(dispute, world, 6_000_00, now=GONE + 2 * HOUR)
    if paid_first:
        find_false(false, risk, GONE + 4 * HOUR)
    order = stories.fresh(order)
    line = order.lines.get()
    assert (line.refunded_minor, line.refunded_quantity) == (6_000_00, 60)
    assert (line.shipped_quantity, line.cancelled_quantity, line.to_ship) == (40, 60, 0)
    assert order.status == "shipped"
    with pytest.raises(Refused):
        cases.file(order, world, [cases.not_shipped(line, 40)], now=GONE + 5 * HOUR)
    assert "not_shipped:1" not in keys(order, GONE + 5 * HOUR)
    assert "part_not_shipped:1" not in keys(order, GONE + 5 * HOUR)
    # the other 40 are lost too, and that can be claimed: what was dealt with was the false shipment
    last = cases.file(order, world, [lost(line, 40)], now=GONE + 5 * HOUR)
    cases.settle(last, world, 4_000_00, now=GONE + 6 * HOUR)
    assert stories.fresh(order).status == "refunded"


def test_what_is_still_to_be_shipped_is_not_cancelled_by_what_was_lost(world, risk):
    """Else a supplier whose first part is lost need not ship the second."""
    order = stories.paid(world)
    line = order.lines.get()
    stories.dispatch(order, world, now=SHIP, quantities={line.id: 60})
    dispute = cases.file(stories.fresh(order), world, [lost(line, 60)], now=order.ship_by_at + 20 * DAY)
    cases.settle(dispute, world, 6_000_00, now=order.ship_by_at + 21 * DAY)
    line.refresh_from_db()
    assert (line.cancelled_quantity, line.to_ship) == (0, 40)


# a delay is due for goods that were kept ----------------------------------------------------------------------------


def late_and_lost(world):
    """60 of 100 lamps shipped two days late and lost, 40 three days late and delivered."""
    order = stories.paid(world)
    line, due = order.lines.get(), order.ship_by_at
    stories.dispatch(order, world, now=due + 3 * DAY - HOUR, quantities={line.id: 60})
    came = stories.dispatch(order, world, now=due + 4 * DAY - HOUR, quantities={line.id: 40}, tracking_number="CAME-1")
    order_actions.record_arrival(shipment_id=came.id, delivered_at=due + 5 * DAY, by=None, now=due + 5 * DAY)
    return stories.fresh(order), line, due + 40 * DAY


def late(line) -> Item:
    return Item(line.id, "late", "compensation", "By 1 October", "Later")


@pytest.mark.parametrize("in_one", [True, False])
def test_no_delay_is_paid_for_goods_whose_whole_price_goes_back(world, in_one):
    order, line, now = late_and_lost(world)
    both = [lost(line, 60), late(line)]
    if in_one:
        dispute = cases.file(order, world, both, now=now)
        asked = dict(dispute.claims.values_list("reason", "computed_minor"))
        assert asked == {"non_receipt": 6_000_00, "late": 4_000_00 * 15 // 1000}
        assert dispute.claims.get(reason="late").facts["shipped"] == [[40, 3]]
        return
    cases.settle(cases.file(order, world, both[:1], now=now), world, 6_000_00, now=now + HOUR)
    assert keys(order, now + 3 * HOUR)["shipped_late:1"].amount_minor == 60_00
    dispute = cases.file(stories.fresh(order), world, both[1:], now=now + 3 * HOUR)
    assert dispute.claimed_minor == 60_00


def test_goods_paid_back_as_lost_are_not_defective_too(world):
    """The buyer leaves its count empty, as if all had come: the share of defects is of what was not paid back."""
    order, line, now = late_and_lost(world)
    cases.settle(cases.file(order, world, [lost(line, 60)], now=now), world, 6_000_00, now=now + HOUR)
    counted = Counted(line.id, inspected=20, major=2)
    order_actions.confirm_receipt(order_id=order.id, counts=[counted], by=world.buyer, now=now + 3 * HOUR)
    assert keys(order, now + 4 * HOUR)["defects:1"].amount_minor == 400_00
    item = cases.quality(line, inspected=20, major=2)
    with pytest.raises(Refused, match="No more than 40"):
        actions.assess(order=stories.fresh(order), items=[cases.quality(line, inspected=41)], now=now + 4 * HOUR)
    assert cases.file(stories.fresh(order), world, [item], now=now + 4 * HOUR).claimed_minor == 400_00


# the contract's own AQL ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("aql", "major", "due"), [("6.5", 3, 0), ("1.0", 1, 10_000_00 * 2 // 100), ("", 1, 0)])
def test_defects_are_held_against_the_contracts_own_aql(world, aql, major, due):
    """Else a contract that agrees on AQL 6.5 pays for 6 %, and one that agrees on 1.0 pays nothing for 2 %."""
    agreed = Inspection("buyer", "at_receipt", aql_major=aql, aql_minor=aql) if aql else None
    order = stories.received(world, stories.terms(inspection=agreed))
    line, items = order.lines.get(), [cases.quality(order.lines.get(), inspected=50, major=major)]
    line.receipt.inspected_quantity, line.receipt.major_quantity = 50, major
    line.receipt.save()
    found = keys(order, cases.FILED).get("defects:1")
    assert (found.amount_minor if found else 0) == due
    if not due:
        with pytest.raises(Refused, match="acceptable quality limit"):
            actions.assess(order=order, items=items, now=cases.FILED)
        return
    assert f"At most {aql.removesuffix('.0')} % with major" in found.expected
    dispute = cases.file(order, world, items)
    assert dispute.claimed_minor == due
    (advice,) = case_facts.advice(dispute, cases.FILED)
    assert advice.asked.aqls == (aql, aql)


# the second of a deadline, before the sweep -------------------------------------------------------------------------


def test_a_shipment_after_the_72_hours_does_not_overtake_the_sweep(world):
    dispute = cases.unshipped(world)
    order, due = dispute.order, dispute.award_at
    before = stories.snapshot(order)
    with pytest.raises(MovedOn, match="72 hours to prove shipment are over"):
        stories.dispatch(order, world, now=due, dispatched_on=order.ship_by_at.date())
    assert stories.snapshot(order) == before
    actions.award_by_time(dispute_id=dispute.id, now=due)
    assert stories.fresh(order).status == "refunded"


def test_a_shipment_in_the_last_second_of_the_72_hours_is_proof(world):
    dispute = cases.unshipped(world)
    now = dispute.award_at - SECOND
    stories.dispatch(dispute.order, world, now=now)
    actions.award_by_time(dispute_id=dispute.id, now=dispute.award_at)
    assert (cases.fresh(dispute).outcome, stories.fresh(dispute.order).status) == ("lapsed", "shipped")


@pytest.mark.parametrize("word", ["message", "offer"])
def test_a_word_after_the_72_hours_is_no_answer_though_no_sweep_has_run(world, word):
    order = stories.paid(world)
    stories.dispatch(order, world, now=order.ship_by_at + 4 * DAY - HOUR)
    dispute = claim(order, world, "shipped_late", now=order.ship_by_at + 5 * DAY)
    due = dispute.award_at
    if word == "message":
        values = {"key": uuid.uuid4(), "body": "We answer late", "by": world.seller, "now": due}
        order_actions.write_message(order_id=order.id, **values)
    else:
        values = {"key": uuid.uuid4(), "amount_minor": 1, "by": world.seller, "now": due}
        actions.make_offer(dispute_id=dispute.id, **values)
    dispute = actions.award_by_time(dispute_id=dispute.id, now=due + SECOND)
    assert (dispute.outcome, dispute.awarded_minor) == ("awarded", 150_00)


def test_no_choice_has_a_button_while_a_bank_contests_the_payment(world):
    """The step says that nothing can be claimed, so the page of the late order offers no claim either."""
    order, payment = funded(world)
    now = order.ship_by_at + HOUR
    contested(payment, now=now)
    with time_machine.travel(now, tick=False):
        page = client_of(world.buyer).get(order.get_absolute_url()).content.decode()
    assert "your three choices" in page and "Nothing can be claimed at the moment" in page
    assert reverse("disputes:claim_noticed", args=[order.reference]) not in page


# a date that its carrier does not bear out --------------------------------------------------------------------------


def backdated(world, *, days: int, number="BACK-1"):
    """Entered within the 72 hours as on board on the ship-by date; the carrier loads it `days` after that date."""
    order = stories.paid(world)
    due = order.ship_by_at
    day = due.astimezone(stories.zone(order)).date() - DAY
    sent = stories.dispatch(order, world, now=due + 71 * HOUR, dispatched_on=day, tracking_number=number)
    loaded = Told("loaded", "on_board", due + days * DAY - HOUR, "Nansha", "CN")
    order_actions.hear(shipment_id=sent.id, answer=Answer((loaded,)), source="sandbox", now=due + 30 * DAY)
    return stories.fresh(order), due + 30 * DAY


@pytest.mark.parametrize(("days", "due"), [(3, 0), (4, 200_00), (9, 450_00)])
def test_a_date_that_the_carrier_puts_days_later_does_not_hide_a_delay(world, days, due):
    """Else who types the ship-by date into a shipment of the week after owes nothing, and nothing can be claimed."""
    order, now = backdated(world, days=days)
    found = keys(order, now).get("shipped_late:1")
    assert (found.amount_minor if found else 0) == due
    if not due:
        with pytest.raises(Refused, match="shipped late"):
            cases.file(order, world, [late(order.lines.get())], now=now)
        return
    assert any("Loaded on board in Nansha" in fact.words for fact in found.evidence)
    dispute = claim(order, world, "shipped_late", now=now)
    assert dispute.claimed_minor == due
    assert actions.award_by_time(dispute_id=dispute.id, now=dispute.award_at).awarded_minor == due
