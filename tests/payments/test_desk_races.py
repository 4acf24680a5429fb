"""Two at the desk at once: one effect, and a sentence for the other (quality.md §2)."""

import threading

import pytest
from django.db import DatabaseError, connection

from ledger import chart, proof
from ledger.actions import balance
from payments import actions
from payments.actions import Part
from payments.models import BankEntry, MatchProposal, Payment
from payments.models.bank import BankEntryQuerySet
from payments.models.desk import MatchProposalQuerySet
from tests import stories
from tests.payments.conftest import NOW, wire
from tests.payments.desking import confirm, finance, fresh, large, part, propose
from tests.payments.test_races import at_once
from trade_assurance.refused import MovedOn, Refused

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


def matched(entry, order, by):
    return lambda: actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=by, now=NOW)


def match_and_match(world):
    orders = stories.placed(world), stories.placed(world)
    entry = wire(orders[0], reference="")
    return entry, (matched(entry, orders[0], finance("ann")), matched(entry, orders[1], finance("bob")))


def match_and_return(world):
    order, bob = stories.placed(world), finance("bob")
    entry = wire(order, reference="")
    returned = lambda: actions.return_entry(entry_id=entry.id, reason="Unknown", by=bob, now=NOW)  # noqa: E731
    return entry, (matched(entry, order, finance("ann")), returned)


def approve_and_withdraw(world):
    ann, bob = finance("ann"), finance("bob")
    order, entry = large(world)
    proposal = propose(entry, order, ann)
    withdrawn = lambda: actions.decline_proposal(  # noqa: E731
        proposal_id=proposal.id, reason="Wrong order", by=ann, now=NOW
    )
    return entry, (lambda: confirm(proposal, bob), withdrawn)


RACES = {
    "match x match": match_and_match,
    "match x return": match_and_return,
    "approve x withdraw": approve_and_withdraw,
}


@pytest.mark.parametrize("race", RACES)
def test_one_wins_and_the_loser_gets_a_sentence(world, race):
    entry, acts = RACES[race](world)
    found = at_once(*acts)
    (loser,) = losers(found)
    assert isinstance(loser, MovedOn) and str(loser).endswith(".")
    status, paid = fresh(entry).status, Payment.objects.count()
    assert (status, paid) in {("matched", 1), ("returning", 0), ("suspense", 0)}
    states = set(MatchProposal.objects.values_list("state", flat=True))
    assert states <= ({"done"} if paid else {"declined"})
    assert balance(chart.suspense("USD")) == (-entry.amount_minor if status == "suspense" else 0)
    assert proof.prove() == []


@pytest.mark.parametrize("race", RACES)
def test_without_the_lock_of_the_entry_both_go_on_and_only_the_database_stops_one(world, race, monkeypatch):
    _entry, acts = RACES[race](world)
    both_have_read, read = threading.Barrier(2), BankEntryQuerySet.get

    def unlocked(self, pk):
        found = read(self, pk=pk)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(BankEntryQuerySet, "locked", unlocked)
    monkeypatch.setattr(MatchProposalQuerySet, "locked", lambda self, pk: self.get(pk=pk))
    found, errors = [None, None], []

    def run(n):
        try:
            found[n] = acts[n]()
        except Refused as refused:
            found[n] = refused
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    # Nobody is told that the other was first: both would do it, and a trigger or a constraint is the last line.
    assert not losers(found), found
    assert len(errors) == 1 or None not in found
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, ledger_account, events_event, payments_bankentry CASCADE")
