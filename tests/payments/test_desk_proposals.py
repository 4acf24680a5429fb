"""Above USD 10,000 two persons: what one proposes another does, and nothing else (Rulebook 5, quality.md §3)."""

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError

from ledger import chart
from ledger.actions import balance
from payments import actions
from payments.actions import Part
from payments.models import BankEntry, MatchProposal
from tests import stories
from tests.payments.conftest import DAY, NOW, SECOND, wire
from tests.payments.desking import confirm, finance, fresh, large, part, propose, untouched
from trade_assurance.refused import MovedOn, NotAllowed, Refused


@pytest.fixture
def ann(world):
    return finance("ann")


@pytest.fixture
def bob(world):
    return finance("bob")


def test_up_to_the_limit_one_person_and_a_cent_above_two(world, ann):
    for amount, status in ((10_000_00, "matched"), (10_000_01, "suspense")):
        order = stories.placed(world, stories.simple_terms(amount))
        entry = wire(order, reference="")
        entry = actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=ann, now=NOW)
        assert entry.status == status
    assert MatchProposal.objects.get().state == "open" and balance(chart.suspense("USD")) == -10_000_01


def test_the_limit_is_converted_at_the_orders_rate(world, ann):
    order = stories.placed(world, stories.simple_terms(9_300_00, currency="EUR"))  # at 1.08
    entry = wire(order, reference="")
    assert actions.match_entry(entry_id=entry.id, instalment_id=part(order).id, by=ann, now=NOW).status == "suspense"
    entry = wire(order, reference="", amount_minor=9_259_00)
    assert actions.return_entry(entry_id=entry.id, reason="x", by=ann, now=NOW).status == "returning"


def test_a_second_person_does_what_the_first_proposed(world, ann, bob):
    order, entry = large(world)
    proposal = propose(entry, order, ann)
    assert (balance(chart.suspense("USD")), stories.fresh(order).cleared_minor) == (-20_000_00, 0)
    proposal = confirm(proposal, bob)
    entry = fresh(entry)
    assert (entry.status, entry.matched_by, proposal.state) == ("matched", bob, "done")
    assert stories.fresh(order).cleared_minor == 20_000_00
    with pytest.raises(MovedOn, match="waits no more"):
        confirm(proposal, bob)


def test_the_first_person_is_no_second_by_action_nor_by_the_database(world, ann, bob):
    order, entry = large(world)
    proposal = propose(entry, order, ann)
    before = untouched(entry)
    with pytest.raises(NotAllowed, match="somebody else"):
        confirm(proposal, ann)
    for values in ({"ended_by": ann}, {"ended_by": None}):
        with pytest.raises(IntegrityError, match="proposal_takes_two_persons"), transaction.atomic():
            MatchProposal.objects.filter(pk=proposal.pk).update(state="done", ended_at=NOW, **values)
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        MatchProposal.objects.filter(pk=proposal.pk).update(proposed_by=bob)
    with pytest.raises(NotAllowed, match="Only finance"):
        confirm(proposal, world.seller)
    assert untouched(entry) == before


def test_split_refund_and_return_take_two_as_well(world, ann, bob):
    order = stories.placed(world, stories.simple_terms(20_000_00))
    for act, end in (
        (lambda e: actions.split_entry(entry_id=e.id, parts=[Part(part(order).id, 1_00)], by=ann, now=NOW), "split"),
        (
            lambda e: actions.refund_entry(entry_id=e.id, instalment_id=part(order).id, reason="No", by=ann, now=NOW),
            "matched",
        ),
        (lambda e: actions.return_entry(entry_id=e.id, reason="No", by=ann, now=NOW), "returning"),
    ):
        entry = wire(order, reference="", amount_minor=11_000_00)
        assert act(entry).status == "suspense"
        confirm(entry.proposals.get(), bob)
        assert fresh(entry).status == end


def test_a_part_of_large_money_takes_two_however_small(world, ann, bob):
    order, entry = large(world)
    actions.split_entry(entry_id=entry.id, parts=[Part(part(order).id, 15_000_00)], by=ann, now=NOW)
    confirm(entry.proposals.get(), bob)
    rest = BankEntry.objects.get(status="suspense")
    actions.match_entry(entry_id=rest.id, instalment_id=part(order).id, by=ann, now=NOW)
    assert fresh(rest).status == "suspense" and rest.proposals.get().state == "open"
    assert MatchProposal.objects.waiting().count() == 1


def test_one_proposal_at_a_time_and_declining_makes_room(world, ann, bob):
    order, entry = large(world)
    proposal = propose(entry, order, ann)
    with pytest.raises(MovedOn, match="A proposal waits"):
        actions.return_entry(entry_id=entry.id, reason="No", by=bob, now=NOW)
    with pytest.raises(Refused, match="Say why"):
        actions.decline_proposal(proposal_id=proposal.id, reason="", by=bob, now=NOW)
    actions.decline_proposal(proposal_id=proposal.id, reason="The invoice is another", by=bob, now=NOW)
    with pytest.raises(MovedOn, match=r"declined\. The reason: The invoice is another"):
        confirm(proposal, bob)
    assert propose(entry, order, bob).proposed_by == bob


def test_a_digest_of_something_else_confirms_nothing(world, ann, bob):
    order, entry = large(world)
    proposal = propose(entry, order, ann)
    before = untouched(entry)
    with pytest.raises(MovedOn, match="showed something else"):
        confirm(proposal, bob, digest="0" * 64)
    assert untouched(entry) == before


def test_what_would_do_something_else_by_now_is_not_confirmed(world, ann, bob):
    order, entry = large(world)
    proposal = propose(entry, order, ann)
    wire(order, amount_minor=5_000_00)  # by its reference, meanwhile: now 5,000 of it would go back
    with pytest.raises(MovedOn, match="has changed since it was proposed"):
        confirm(proposal, bob)
    wire(order, amount_minor=15_000_00)
    with pytest.raises(Refused, match="is paid"):
        confirm(proposal, bob)
    assert fresh(entry).status == "suspense"


def test_a_return_after_its_days_lets_the_open_proposal_lapse(world, ann, bob):
    order, entry = large(world)
    proposal = propose(entry, order, ann, now=entry.return_at - SECOND)
    actions.begin_return(entry_id=entry.id, now=entry.return_at)
    with pytest.raises(MovedOn, match=r"lapsed\. The reason: Its days in suspense were over"):
        confirm(proposal, bob, now=entry.return_at)
    actions.push_return(entry_id=entry.id, now=entry.return_at + DAY)
    assert balance(chart.suspense("USD")) == 0


def test_proposals_are_never_changed_nor_deleted(world, ann):
    order, entry = large(world)
    proposal = propose(entry, order, ann)
    for change in ({"terms": {}}, {"digest": "x"}, {"amount_minor": 1}):
        with pytest.raises(InternalError), transaction.atomic():
            MatchProposal.objects.filter(pk=proposal.pk).update(**change)
    with pytest.raises(InternalError), transaction.atomic():
        MatchProposal.objects.filter(pk=proposal.pk)._raw_delete("default")
