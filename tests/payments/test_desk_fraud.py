"""Money that finance matches is looked at by the fraud rules like any other: before the transaction that books it."""

import pytest
from django.db import connection

from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.actions import Part, receiving
from payments.fraud import rules
from payments.models import BankEntry, Check, MatchProposal, Payment
from tests import stories
from tests.payments.conftest import NOW, wire
from tests.payments.desking import confirm, finance, fresh, large, part, propose
from tests.payments.fraud import approve, check_of, decline, risk, suspicious
from tests.payments.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "disposable_mail"


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


@pytest.fixture
def watched(monkeypatch):
    """Whether a transaction was open each time that a rule looked."""
    seen, own = [], rules.RULES[RULE]

    def look(facts):
        seen.append(connection.in_atomic_block)
        return own.look(facts)

    monkeypatch.setitem(rules.RULES, RULE, rules.Rule(own.name, own.title, own.weight, look))
    return seen


def match(entry, order, by, number=1):
    return actions.match_entry(entry_id=entry.id, instalment_id=part(order, number).id, by=by, now=NOW)


def test_the_rules_look_outside_of_every_transaction_of_the_desk(world, watched):
    ann, bob = finance("ann"), finance("bob")
    order = stories.placed(world)
    match(wire(order, reference=""), order, ann)
    other = stories.placed(world)
    parts = [Part(part(other).id, 1_00), Part(part(other, 2).id, 2_00)]
    actions.split_entry(entry_id=wire(other, reference="", amount_minor=3_00).id, parts=parts, by=ann, now=NOW)
    money = wire(other, reference="", amount_minor=4_00)
    actions.refund_entry(entry_id=money.id, instalment_id=part(other).id, reason="No", by=ann, now=NOW)
    third, entry = large(world)
    confirm(propose(entry, third, ann), bob)
    assert len(watched) == 6 and not any(watched)  # the proposal was looked at when made, and again when confirmed
    assert Check.objects.count() == Payment.objects.count() == 5


@pytest.mark.parametrize("review", [approve, decline])
def test_what_is_matched_and_scores_high_waits_in_suspense(world, settings, review):
    suspicious(world, settings)
    order = stories.placed(world)
    entry = wire(order, reference="")
    payment = match(entry, order, finance()).payment
    assert (fresh(entry).status, payment.status, check_of(payment).verdict) == ("matched", "held", "held")
    assert (balance(chart.suspense("USD")), stories.fresh(order).processing_payments) == (-3_000_00, 1)
    review(payment, risk())
    order = stories.fresh(order)
    assert (balance(chart.suspense("USD")), order.processing_payments) == (0, 0)
    assert order.cleared_minor == (3_000_00 if review is approve else 0)


def test_each_part_of_a_split_is_checked_by_itself(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    entry = wire(order, reference="", amount_minor=5_000_00)
    parts = [Part(part(order).id, 3_000_00), Part(part(order, 2).id, 1_500_00)]
    actions.split_entry(entry_id=entry.id, parts=parts, by=finance(), now=NOW)
    first, second = Payment.objects.order_by("id")
    assert {first.status, second.status} == {"held"}
    staff = risk()
    approve(first, staff)
    decline(second, staff)
    assert stories.fresh(order).cleared_minor == 3_000_00
    assert balance(chart.suspense("USD")) == -500_00  # the rest of the transfer


def test_a_confirmed_proposal_is_held_too(world, settings):
    suspicious(world, settings)
    order, entry = large(world)
    confirm(propose(entry, order, finance("ann")), finance("bob"))
    payment = Payment.objects.get()
    assert (payment.status, MatchProposal.objects.get().state) == ("held", "done")
    assert balance(chart.suspense("USD")) == -20_000_00
    approve(payment, risk())
    assert balance(chart.suspense("USD")) == 0


def test_a_crash_after_the_rules_leaves_the_money_where_it_was(world, settings, monkeypatch):
    suspicious(world, settings)
    order = stories.placed(world)
    entry, fin = wire(order, reference=""), finance()
    with monkeypatch.context() as patched:
        patched.setattr("payments.actions.holding.books.hold_payment", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            match(entry, order, fin)
    assert (fresh(entry).status, Check.objects.count(), Payment.objects.count()) == ("suspense", 0, 0)
    assert balance(chart.suspense("USD")) == -3_000_00
    assert match(entry, order, fin).payment.status == "held"


def test_a_match_that_would_be_held_and_a_return_at_once_have_one_winner(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    entry, ann, bob = wire(order, reference=""), finance("ann"), finance("bob")
    at_once(
        lambda: match(entry, order, ann),
        lambda: actions.return_entry(entry_id=entry.id, reason="Unknown", by=bob, now=NOW),
    )
    held = Payment.objects.count()
    assert fresh(entry).status == ("matched" if held else "returning")
    assert balance(chart.suspense("USD")) == -3_000_00 * held


def test_an_order_that_is_placed_while_the_rules_look_is_looked_at_again(world, settings, monkeypatch):
    suspicious(world, settings)
    order, looked = stories.placed(world), []
    own = receiving._looked_at

    def late(credit, now):
        looked.append(credit)
        return own(credit, now) if len(looked) > 1 else None

    monkeypatch.setattr(receiving, "_looked_at", late)
    assert wire(order).payment.status == "held" and len(looked) == 2
    assert BankEntry.objects.count() == 1
