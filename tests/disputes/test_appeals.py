"""Appeals: once a side, in 7 days, by others than before; execution waits (Rulebook 20)."""

import pytest
from django.db import IntegrityError, connection, transaction

from disputes import actions
from disputes.models import Appeal, Decision, Dispute
from disputes.steps import move_of
from tests import cases
from tests.disputes import staff
from tests.disputes.staff import HOUR
from tests.stories import DAY, SECOND
from trade_assurance import business_days
from trade_assurance.refused import MovedOn, NotAllowed, Refused

S = Dispute.Status


@pytest.fixture
def ada(db):
    return staff.adjudicator("ada")


@pytest.fixture
def ben(db):
    return staff.adjudicator("ben")


@pytest.fixture
def cleo(db):
    return staff.adjudicator("cleo")


def decided(world, ada, ben=None):
    """Published: by Ada alone by the guide, or proposed by Ada and approved by Ben."""
    dispute, now = staff.held(world, ada)
    if ben is None:
        staff.propose(dispute, ada, now)
    else:
        decision = staff.deviating(dispute, ada, now)
        actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)
    return cases.fresh(dispute), now


def file(dispute, by, now, *, ground="rule", rule="Remedies", reasons="The share was counted wrongly."):
    return actions.appeal(dispute_id=dispute.id, ground=ground, rule=rule, reasons=reasons, by=by, now=now)


def taken_up(dispute, by, now):
    actions.pick_up(dispute_id=dispute.id, by=by, now=now)
    return cases.fresh(dispute)


def test_an_appeal_stops_execution_and_goes_to_another_adjudicator(world, ada, ben):
    dispute, now = decided(world, ada)
    appeal = file(dispute, world.seller, now + DAY)
    after = cases.fresh(dispute)
    assert (appeal.side, after.status, after.adjudicator) == ("supplier", S.APPEALED, None)
    assert after.decide_by_at == after.staff_due_at == business_days.after(now + DAY, 5)
    with pytest.raises(MovedOn):
        actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    with pytest.raises(NotAllowed, match="You decided this case before"):
        actions.pick_up(dispute_id=dispute.id, by=ada, now=now + DAY)
    assert taken_up(dispute, ben, now + DAY).adjudicator == ben


def test_until_the_last_second_of_the_seven_days(world, ada):
    dispute, now = decided(world, ada)
    with pytest.raises(MovedOn, match="7 days for an appeal are over"):
        file(dispute, world.buyer, now + 7 * DAY)
    assert file(dispute, world.buyer, now + 7 * DAY - SECOND).side == "buyer"


def test_once_a_side_and_the_other_side_joins(world, ada):
    dispute, now = decided(world, ada)
    file(dispute, world.seller, now)
    with pytest.raises(MovedOn, match="once"):
        file(dispute, world.seller, now)
    file(dispute, world.buyer, now + 6 * DAY)
    after = cases.fresh(dispute)
    assert (after.status, after.decide_by_at) == (S.APPEALED, business_days.after(now, 5))
    assert Appeal.objects.filter(dispute=dispute).count() == 2
    with pytest.raises(IntegrityError, match="appeal_once_a_side"), transaction.atomic():
        Appeal.objects.create(
            dispute=dispute, side="buyer", by=world.buyer, ground="rule", rule="1", reasons="x", filed_at=now
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ground": "mood"}, "ground"),
        ({"ground": "rule", "rule": " "}, "rule"),
        ({"rule": "r" * 41}, "rule"),
        ({"reasons": " "}, "reasons"),
        ({"reasons": "x" * 5001}, "reasons"),
    ],
)
def test_an_appeal_names_its_ground(world, ada, change, field):
    dispute, now = decided(world, ada)
    with pytest.raises(Refused) as refused:
        file(dispute, world.buyer, now, **change)
    assert refused.value.field == field
    assert cases.fresh(dispute).status == S.DECIDED


def test_new_evidence_names_no_rule(world, ada):
    dispute, now = decided(world, ada)
    assert file(dispute, world.buyer, now, ground="evidence", rule="ignored").rule == ""


def test_only_who_binds_a_side_appeals(world, ada):
    dispute, now = decided(world, ada)
    for person in (world.stranger, world.bookkeeper, ada):
        with pytest.raises(NotAllowed):
            file(dispute, person, now)
    undecided = cases.claimed(world)
    with pytest.raises(MovedOn, match="not decided this case yet"):
        file(undecided, world.buyer, undecided.filed_at)


def test_steps_say_until_when_and_what_silence_does(world, ada):
    dispute, now = decided(world, ada)
    step = move_of("appeal", dispute, world.buyer, now)
    assert (step.allowed, step.deadline) == (True, now + 7 * DAY)
    assert "carried out" in step.silence
    assert move_of("waive", dispute, world.seller, now).allowed
    assert move_of("appeal", dispute, world.stranger, now) is None
    over = move_of("appeal", dispute, world.buyer, now + 7 * DAY)
    assert (over.allowed, over.reason) == (False, "The 7 days for an appeal are over.")


def test_both_waive_and_the_decision_is_carried_out_at_once(world, ada):
    dispute, now = decided(world, ada)
    actions.waive_appeal(dispute_id=dispute.id, by=world.buyer, now=now)
    assert cases.fresh(dispute).status == S.DECIDED
    with pytest.raises(MovedOn, match="waived"):
        file(dispute, world.buyer, now)
    with pytest.raises(MovedOn, match="waived"):
        actions.waive_appeal(dispute_id=dispute.id, by=world.buyer, now=now)
    actions.waive_appeal(dispute_id=dispute.id, by=world.seller, now=now)
    after = cases.fresh(dispute)
    assert (after.status, after.awarded_minor) == (S.CLOSED, 2_000_00)


def test_the_appeal_is_decided_once_the_other_side_has_had_its_time(world, ada, ben):
    dispute, now = decided(world, ada)
    file(dispute, world.seller, now)
    appealed = taken_up(dispute, ben, now)
    with pytest.raises(MovedOn, match="The buyer may still appeal until"):
        staff.propose(appealed, ben, now + 7 * DAY - SECOND)
    staff.propose(appealed, ben, now + 7 * DAY)
    assert cases.fresh(dispute).status == S.CLOSED


def test_a_waiver_lets_the_appeal_be_decided_and_it_executes_at_once(world, ada, ben, cleo):
    dispute, now = decided(world, ada)
    file(dispute, world.seller, now)
    actions.waive_appeal(dispute_id=dispute.id, by=world.buyer, now=now)
    appealed = taken_up(dispute, ben, now + HOUR)
    decision = staff.deviating(appealed, ben, now + HOUR, amount_minor=1_234_56)
    assert (decision.is_on_appeal, decision.number, decision.status) == (True, 2, "proposed")
    actions.approve(decision_id=decision.id, digest=decision.digest, by=cleo, now=now + HOUR)
    after = cases.fresh(dispute)
    assert (after.status, after.outcome, after.awarded_minor) == (S.CLOSED, "decided", 1_234_56)
    assert after.order.refunded_minor == 1_234_56
    assert Decision.objects.get(number=1).status == "final"


def test_neither_proposer_nor_approver_of_before_approves_an_appeal(world, ada, ben, cleo):
    dispute, now = decided(world, ada, ben)
    file(dispute, world.seller, now)
    actions.waive_appeal(dispute_id=dispute.id, by=world.buyer, now=now)
    for earlier in (ada, ben):
        with pytest.raises(NotAllowed, match="You decided this case before"):
            actions.pick_up(dispute_id=dispute.id, by=earlier, now=now)
    decision = staff.deviating(taken_up(dispute, cleo, now), cleo, now)
    for earlier in (ada, ben):
        with pytest.raises(NotAllowed, match="You decided this case before"):
            actions.approve(decision_id=decision.id, digest=decision.digest, by=earlier, now=now)
        with pytest.raises(IntegrityError, match="decision_appeal_by_others"), transaction.atomic():
            Decision.objects.filter(pk=decision.pk).update(approved_by=earlier, approved_digest=decision.digest)
        with (
            pytest.raises(IntegrityError, match="decision_appeal_by_others"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE disputes_decision SET status = 'final', published_at = now(), approved_by_id = %s, "
                "approved_digest = digest WHERE id = %s",
                [earlier.id, decision.id],
            )
    assert cases.fresh(dispute).status == S.APPEALED


def test_the_database_refuses_an_appeal_decision_proposed_by_who_decided(world, ada, ben):
    decided(world, ada)
    first = Decision.objects.get()
    values = Decision.objects.filter(pk=first.pk).values().get() | {
        "id": None,
        "number": 2,
        "is_on_appeal": True,
        "status": "proposed",
        "published_at": None,
    }
    with pytest.raises(IntegrityError, match="decision_appeal_by_others"), transaction.atomic():
        Decision.objects.create(**values)
    assert Decision.objects.create(**(values | {"proposed_by_id": ben.id})).pk


def test_an_appeal_that_takes_longer_than_seven_days_still_waits(world, ada, ben):
    dispute, now = decided(world, ada)
    file(dispute, world.buyer, now)
    later = now + 20 * DAY
    assert not Dispute.objects.to_execute(later).exists()
    staff.propose(taken_up(dispute, ben, later), ben, later)
    assert cases.fresh(dispute).awarded_minor == 2_000_00


def test_no_more_time_is_lost_by_handing_an_appeal_back(world, ada, ben, cleo):
    dispute, now = decided(world, ada)
    file(dispute, world.buyer, now)
    taken_up(dispute, ben, now)
    actions.hand_back(dispute_id=dispute.id, by=ben, now=now)
    assert taken_up(dispute, cleo, now).staff_due_at == business_days.after(now, 5)
