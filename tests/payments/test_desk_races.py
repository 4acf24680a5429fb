"""Two at the desk at once: one effect, and a sentence for the other (quality.md §2)."""

import pytest

from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.actions import Part
from payments.models import BankEntry, Payment
from tests import stories
from tests.payments.conftest import NOW, wire
from tests.payments.desking import confirm, finance, fresh, large, part, propose
from tests.payments.test_races import at_once
from trade_assurance.refused import MovedOn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return stories.build_world()


def losers(found):
    return [one for one in found if isinstance(one, Exception)]


def test_one_entry_matched_thrice_at_once_to_different_orders_pays_once(world):
    people = [finance(name) for name in ("ann", "bob", "cleo")]
    orders = [stories.placed(world) for _ in people]
    entry = wire(orders[0], reference="")
    found = at_once(
        *[
            lambda o=order, who=person: actions.match_entry(
                entry_id=entry.id, instalment_id=part(o).id, by=who, now=NOW
            )
            for order, person in zip(orders, people, strict=True)
        ]
    )
    assert len(losers(found)) == 2 and all(isinstance(one, MovedOn) for one in losers(found))
    assert Payment.objects.get().gateway_reference == entry.entry
    assert balance(chart.suspense("USD")) == 0


def test_match_split_and_return_at_once_have_one_winner(world):
    ann, order = finance("ann"), stories.placed(world)
    entry = wire(order, reference="")
    found = at_once(
        lambda: actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=ann, now=NOW),
        lambda: actions.split_entry(entry_id=entry.id, parts=[Part(part(order).id, 1_00)], by=ann, now=NOW),
        lambda: actions.return_entry(entry_id=entry.id, reason="Unknown", by=ann, now=NOW),
    )
    assert len(losers(found)) == 2
    listed = sum(BankEntry.objects.in_suspense().values_list("amount_minor", flat=True))
    assert balance(chart.suspense("USD")) == -listed


def test_two_second_persons_and_the_return_at_once_move_the_money_once(world):
    ann, bob, cleo = finance("ann"), finance("bob"), finance("cleo")
    order, entry = large(world)
    proposal = propose(entry, order, ann)
    found = at_once(
        lambda: confirm(proposal, bob, now=entry.return_at),
        lambda: confirm(proposal, cleo, now=entry.return_at),
        lambda: actions.begin_return(entry_id=entry.id, now=entry.return_at),
    )
    assert len(losers(found)) == 2
    proposal.refresh_from_db()
    assert (fresh(entry).status, proposal.state) in (("matched", "done"), ("returning", "lapsed"))
    assert balance(chart.suspense("USD")) == 0


def test_two_proposals_for_one_entry_at_once_leave_one(world):
    ann, bob = finance("ann"), finance("bob")
    order, entry = large(world)
    found = at_once(
        lambda: propose(entry, order, ann),
        lambda: actions.return_entry(entry_id=entry.id, reason="Unknown", by=bob, now=NOW),
    )
    assert len(losers(found)) == 1 and entry.proposals.count() == 1
