"""Staff decide: pick up, ask, inspect, propose, approve; four eyes by action, by shell and by SQL (Rulebook 17-19)."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from disputes import actions, facts, guide
from disputes.actions import Finding
from disputes.actions.deciding import digest_of
from disputes.models import CaseView, DecidedClaim, Decision, Dispute, Inspection, Inspector, Question
from events.models import Event
from suppliers import actions as supplier_actions
from tests import cases, stories
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


def kinds(dispute):
    events = Event.objects.filter(subject_kind="order", subject_id=dispute.order_id).order_by("number")
    return [event.kind for event in events if event.data.get("dispute") == dispute.reference]


# the queue ------------------------------------------------------------------------------------------------------------


def test_a_case_is_picked_up_by_one_and_handed_back_to_the_queue(world, ada, ben):
    dispute = cases.escalated(world)
    now = dispute.escalated_at + HOUR
    assert dispute.staff_due_at == business_days.after(dispute.escalated_at, 2)
    picked = actions.pick_up(dispute_id=dispute.id, by=ada, now=now)
    assert (picked.adjudicator, picked.staff_due_at) == (ada, picked.decide_by_at)
    with pytest.raises(MovedOn, match="Ada Staff has picked this case up already"):
        actions.pick_up(dispute_id=dispute.id, by=ben, now=now)
    assert actions.pick_up(dispute_id=dispute.id, by=ada, now=now + HOUR).picked_up_at == now
    with pytest.raises(MovedOn, match="Ada Staff holds this case now"):
        actions.hand_back(dispute_id=dispute.id, by=ben, now=now)
    back = actions.hand_back(dispute_id=dispute.id, by=ada, now=now)
    assert (back.adjudicator, back.staff_due_at) == (None, business_days.after(now, 2))
    actions.pick_up(dispute_id=dispute.id, by=ben, now=now)
    assert kinds(dispute)[-3:] == ["dispute.picked_up", "dispute.handed_back", "dispute.picked_up"]


def test_handing_back_never_moves_the_decision_itself(world, ada):
    dispute, _now = staff.held(world, ada)
    late = dispute.decide_by_at - HOUR
    assert actions.hand_back(dispute_id=dispute.id, by=ada, now=late).staff_due_at == dispute.decide_by_at


def test_only_adjudicators_who_are_no_party_work_on_a_case(world, ada):
    dispute = cases.escalated(world)
    risk = stories.person("risk@staff.test", is_staff=True)
    for person in (world.buyer, world.seller, world.stranger, risk):
        with pytest.raises(NotAllowed):
            actions.pick_up(dispute_id=dispute.id, by=person, now=dispute.escalated_at)
    supplier_actions.add_member(
        supplier_id=world.supplier.id, user=ada, role="finance", by=world.seller, now=dispute.escalated_at
    )
    with pytest.raises(NotAllowed, match="You are a party to this order"):
        actions.pick_up(dispute_id=dispute.id, by=ada, now=dispute.escalated_at)
    assert cases.fresh(dispute).adjudicator is None


def test_a_case_that_is_not_with_staff_cannot_be_picked_up(world, ada):
    dispute = cases.claimed(world)
    with pytest.raises(MovedOn):
        actions.pick_up(dispute_id=dispute.id, by=ada, now=dispute.filed_at)


def test_staff_ask_a_party_for_up_to_five_days(world, ada, ben):
    dispute, now = staff.held(world, ada)
    for days in (0, 6):
        with pytest.raises(Refused) as refused:
            actions.ask(dispute_id=dispute.id, side="supplier", text="The packing list?", days=days, by=ada, now=now)
        assert refused.value.field == "days"
    with pytest.raises(Refused):
        actions.ask(dispute_id=dispute.id, side="supplier", text="  ", days=2, by=ada, now=now)
    with pytest.raises(MovedOn):
        actions.ask(dispute_id=dispute.id, side="supplier", text="The list?", days=2, by=ben, now=now)
    question = actions.ask(dispute_id=dispute.id, side="supplier", text="The list?", days=5, by=ada, now=now)
    assert question.due_at == now + 5 * DAY
    assert Question.objects.count() == 1


def test_the_time_to_decide_is_extended_once_by_five_business_days(world, ada):
    dispute, now = staff.held(world, ada)
    with pytest.raises(Refused, match="Say why"):
        actions.extend_decision(dispute_id=dispute.id, reason=" ", by=ada, now=now)
    extended = actions.extend_decision(dispute_id=dispute.id, reason="The laboratory is slow", by=ada, now=now)
    assert extended.decide_by_at == extended.staff_due_at == business_days.after(dispute.decide_by_at, 5)
    event = Event.objects.filter(kind="dispute.decision_extended").get()
    assert "laboratory" not in str(event.data)
    assert event.personal.values == {"reason": "The laboratory is slow"}
    with pytest.raises(MovedOn, match="once"):
        actions.extend_decision(dispute_id=dispute.id, reason="Again", by=ada, now=now)


def test_every_view_of_a_case_is_logged(world, ada):
    dispute = cases.claimed(world)
    actions.log_view(dispute_id=dispute.id, by=ada, now=dispute.filed_at)
    actions.log_view(dispute_id=dispute.id, by=ada, now=dispute.filed_at)
    assert CaseView.objects.filter(dispute=dispute, user=ada).count() == 2


# inspection -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def inspector(db):
    return Inspector.objects.create(name="Harbour Inspections", country="NZ", contact="desk@inspections.test")


def large(order):
    """Half of the goods defective, asked back with 50 % off: USD 5,000 of 10,000."""
    return [cases.quality(order.lines.get(), major=10, facts={"keep_bp": 5000})]


def inspected(world, ada, inspector, *, upheld_bp, fee_minor=300_00, items=large):
    dispute, now = staff.held(world, ada, items=items)
    actions.order_inspection(dispute_id=dispute.id, question="Are the lamps scratched?", by=ada, now=now)
    actions.choose_inspector(
        dispute_id=dispute.id, inspector_id=inspector.id, fee_minor=fee_minor, by=world.buyer, now=now + DAY
    )
    actions.report_inspection(
        dispute_id=dispute.id, findings="Half are.", upheld_bp=upheld_bp, by=ada, now=now + 9 * DAY
    )
    return cases.fresh(dispute), now + 9 * DAY


def test_the_clock_of_the_decision_waits_for_an_inspection(world, ada, inspector):
    dispute, now = staff.held(world, ada, items=large)
    left = dispute.decide_by_at - now
    actions.order_inspection(dispute_id=dispute.id, question="Are the lamps scratched?", by=ada, now=now)
    waiting = cases.fresh(dispute)
    assert (waiting.status, waiting.inspection_ends_at) == (S.INSPECTION, now + 5 * DAY)
    assert waiting.staff_due_at == waiting.inspection_ends_at
    with pytest.raises(MovedOn):
        staff.propose(waiting, ada, now)
    with pytest.raises(MovedOn, match="not chosen"):
        actions.report_inspection(dispute_id=dispute.id, findings="x", upheld_bp=1, by=ada, now=now)
    for inspector_id, fee, name in ((0, 1, "inspector"), (inspector.id, -1, "fee"), (inspector.id, 5_000_01, "fee")):
        with pytest.raises(Refused) as refused:
            actions.choose_inspector(
                dispute_id=dispute.id, inspector_id=inspector_id, fee_minor=fee, by=world.buyer, now=now
            )
        assert refused.value.field == name
    with pytest.raises(NotAllowed):
        actions.choose_inspector(
            dispute_id=dispute.id, inspector_id=inspector.id, fee_minor=1, by=world.seller, now=now
        )
    last = now + 5 * DAY - SECOND
    actions.choose_inspector(
        dispute_id=dispute.id, inspector_id=inspector.id, fee_minor=300_00, by=world.buyer, now=last
    )
    assert cases.fresh(dispute).inspection_ends_at == last + 15 * DAY
    with pytest.raises(Refused):
        actions.report_inspection(dispute_id=dispute.id, findings="x", upheld_bp=10_001, by=ada, now=last)
    actions.report_inspection(dispute_id=dispute.id, findings="Half are.", upheld_bp=5000, by=ada, now=last + DAY)
    done = cases.fresh(dispute)
    assert (done.status, done.decide_by_at) == (S.DECIDING, last + DAY + left)
    with pytest.raises(MovedOn, match="once"):
        actions.order_inspection(dispute_id=dispute.id, question="Again?", by=ada, now=last + DAY)


def test_silence_about_an_inspection_goes_on_with_the_file_as_it_stands(world, ada, inspector):
    dispute, now = staff.held(world, ada, items=large)
    actions.order_inspection(dispute_id=dispute.id, question="Scratched?", by=ada, now=now)
    ends = now + 5 * DAY
    with pytest.raises(MovedOn):
        actions.end_inspection(dispute_id=dispute.id, now=ends - SECOND)
    with pytest.raises(MovedOn, match="time to choose is over"):
        actions.choose_inspector(
            dispute_id=dispute.id, inspector_id=inspector.id, fee_minor=0, by=world.buyer, now=ends
        )
    assert list(Dispute.objects.inspection_over(ends)) == [dispute]
    actions.end_inspection(dispute_id=dispute.id, now=ends)
    after = cases.fresh(dispute)
    assert (after.status, after.decide_by_at) == (S.DECIDING, ends + (dispute.decide_by_at - now))
    assert kinds(dispute)[-1] == "inspection.lapsed"


def test_an_inspection_is_for_claims_from_two_thousand_dollars(world, ada):
    def asking(minor):
        return lambda order: [
            cases.quality(order.lines.get(), major=10, facts={"keep_bp": 5000}, asked_minor=minor),
        ]

    dispute, now = staff.held(world, ada, items=asking(1_999_99))
    with pytest.raises(Refused, match=r"from USD 2,000\.00"):
        actions.order_inspection(dispute_id=dispute.id, question="Scratched?", by=ada, now=now)
    assert not Inspection.objects.exists()
    other, now = staff.held(world, ada, items=asking(2_000_00))
    assert actions.order_inspection(dispute_id=other.id, question="Scratched?", by=ada, now=now).pk


@pytest.mark.parametrize(("upheld_bp", "fee"), [(4_999, 0), (5_000, 300_00)])
def test_the_fee_of_an_inspection_upheld_by_half_is_added_to_the_award(world, ada, ben, inspector, upheld_bp, fee):
    dispute, now = inspected(world, ada, inspector, upheld_bp=upheld_bp)
    decision = staff.propose(dispute, ada, now)
    assert (decision.fee_minor, decision.award_minor) == (fee, 5_000_00 + fee)
    assert decision.needs_second == (fee > 0)  # USD 5,000 is not above USD 5,000


def test_a_rejected_claim_gives_no_fee_back(world, ada, ben, inspector):
    dispute, now = inspected(world, ada, inspector, upheld_bp=9_000)
    findings = [Finding(claim.id, "reject", 0) for claim in dispute.claims.all()]
    decision = staff.propose(dispute, ada, now, findings, at_fault="", deviation_reason="The lamps were the buyer's.")
    assert (decision.fee_minor, decision.award_minor) == (0, 0)


# proposing ------------------------------------------------------------------------------------------------------------


def test_a_small_decision_by_the_guide_is_published_at_once(world, ada):
    dispute, now = staff.held(world, ada)
    decision = staff.propose(dispute, ada, now)
    after = cases.fresh(dispute)
    assert decision.status == Decision.Status.FINAL
    assert (decision.award_minor, decision.needs_second, decision.deviates) == (2_000_00, False, False)
    assert (after.status, after.decided_at, after.appeal_ends_at) == (S.DECIDED, now, now + 7 * DAY)
    assert after.staff_due_at is None
    assert not dispute.offers.live().exists()
    assert decision.digest == digest_of(decision.document) == digest_of(Decision.objects.get().document)
    written = decision.document["claims"][0]
    assert written["recommended"]["row"] == "defects"
    assert written["found"]["major"] == 4
    assert kinds(dispute)[-1] == "decision.published"
    assert Event.objects.get(kind="decision.published").data["digest"] == decision.digest


def test_executed_when_the_seven_days_have_passed_and_not_a_second_before(world, ada):
    dispute, now = staff.held(world, ada)
    staff.propose(dispute, ada, now)
    with pytest.raises(MovedOn):
        actions.execute(dispute_id=dispute.id, now=now + 7 * DAY - SECOND)
    actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    after = cases.fresh(dispute)
    assert (after.status, after.outcome, after.awarded_minor) == (S.CLOSED, "decided", 2_000_00)
    assert after.order.refunded_minor == 2_000_00


def test_whoever_does_not_hold_the_case_decides_nothing(world, ada, ben):
    dispute, now = staff.held(world, ada)
    with pytest.raises(MovedOn, match="Ada Staff holds"):
        staff.propose(dispute, ben, now)
    for party in (world.buyer, world.seller):
        with pytest.raises(NotAllowed):
            staff.propose(dispute, party, now)
    actions.hand_back(dispute_id=dispute.id, by=ada, now=now)
    with pytest.raises(MovedOn, match="Pick this case up first"):
        staff.propose(dispute, ada, now)
    assert not Decision.objects.exists()


def test_nothing_is_decided_before_the_file_is_complete(world, ada):
    dispute = cases.escalated(world)
    now = dispute.escalated_at + HOUR
    actions.pick_up(dispute_id=dispute.id, by=ada, now=now)
    with pytest.raises(MovedOn):
        staff.propose(cases.fresh(dispute), ada, now)


def test_nothing_is_decided_while_a_card_payment_is_contested(world, ada):
    dispute, now = staff.held(world, ada)
    findings = staff.advised(dispute, now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders_order SET contested_minor = 1 WHERE id = %s", [dispute.order_id])
        with pytest.raises(MovedOn, match="contested at the bank"):
            staff.propose(dispute, ada, now, findings)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount_minor": 2_000_01}, "amount"),
        ({"amount_minor": -1}, "amount"),
        ({"amount_minor": 0}, "amount"),
        ({"amount_minor": 1_00, "outcome": "full_refund"}, "amount"),
        ({"amount_minor": 1_00, "outcome": "reject"}, "amount"),
        ({"amount_minor": 0, "outcome": "replacement"}, "outcome"),
        ({"outcome": "prison"}, "outcome"),
        ({"found": {"inspected": -1}}, "inspected"),
        ({"found": {"inspected": 20, "major": 21}}, "major"),
    ],
)
def test_a_finding_that_cannot_be_is_refused_at_its_field(world, ada, change, field):
    dispute, now = staff.held(world, ada)
    with pytest.raises(Refused) as refused:
        staff.propose(dispute, ada, now, staff.advised(dispute, now, **change))
    assert refused.value.field == f"{dispute.claims.get().id}.{field}"
    assert not Decision.objects.exists()


def test_each_claim_is_decided_once(world, ada):
    dispute, now = staff.held(world, ada)
    findings = staff.advised(dispute, now)
    for wrong in ([], findings * 2, [Finding(0, "reject", 0)]):
        with pytest.raises(Refused, match="each once"):
            staff.propose(dispute, ada, now, wrong)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"facts": " "}, "facts"),
        ({"reasons": ""}, "reasons"),
        ({"rules": [" "]}, "rules"),
        ({"at_fault": ""}, "at_fault"),
        ({"summary": ""}, "summary"),
        ({"summary": "x" * 1001}, "summary"),
        ({"summary": "The lamps of lumenworks were scratched."}, "summary"),
        ({"summary": "Northline gets a part."}, "summary"),
        ({"summary": "Ms Whitlock gets a part."}, "summary"),
        ({"summary": "chen  yu agreed."}, "summary"),
        ({"summary": "Ask buyer@test.test about it."}, "summary"),
    ],
)
def test_what_is_published_has_its_words_and_names_nobody(world, ada, change, field):
    dispute, now = staff.held(world, ada)
    with pytest.raises(Refused) as refused:
        staff.propose(dispute, ada, now, **change)
    assert refused.value.field == field


def test_a_deviation_needs_a_reason_and_a_second_adjudicator(world, ada):
    dispute, now = staff.held(world, ada)
    less = staff.advised(dispute, now, outcome="partial_refund", amount_minor=1_999_99)
    with pytest.raises(Refused) as refused:
        staff.propose(dispute, ada, now, less)
    assert refused.value.field == "deviation_reason"
    decision = staff.propose(dispute, ada, now, less, deviation_reason="One lamp was used.")
    assert (decision.status, decision.deviates, decision.needs_second) == ("proposed", True, True)
    assert cases.fresh(dispute).status == S.DECIDING
    assert dispute.offers.live().exists() == dispute.offers.filter(status="live").exists()
    decided = DecidedClaim.objects.get()
    assert (decided.recommended_minor, decided.amount_minor) == (2_000_00, 1_999_99)


def test_other_facts_change_the_advice_and_are_no_deviation(world, ada):
    dispute, now = staff.held(world, ada)
    found = {"inspected": 20, "major": 2}
    findings = staff.advised(dispute, now, outcome="partial_refund", amount_minor=1_000_00, found=found)
    decision = staff.propose(dispute, ada, now, findings)
    assert (decision.deviates, decision.needs_second) == (False, False)
    assert decision.document["claims"][0]["found"]["major"] == 2


def test_finding_against_the_record_is_an_override_that_needs_a_second(world, ada):
    dispute, now = staff.held(world, ada, is_shown=False)
    known = facts.advice(dispute, now)[0]
    assert known.recommendation.code == "no_evidence"
    findings = staff.advised(
        dispute, now, outcome="partial_refund", amount_minor=2_000_00, found={"buyer_evidence": True}
    )
    decision = staff.propose(dispute, ada, now, findings)
    assert (decision.deviates, decision.needs_second) == (False, True)
    assert decision.document["claims"][0]["overrides"] == ["buyer_evidence"]


def test_a_supplier_that_never_answered_loses_as_claimed(world, ada):
    dispute, now = staff.held(world, ada, is_answered=False)
    known = facts.advice(dispute, now)[0]
    assert (known.found.supplier_silent, known.found.buyer_evidence) == (True, True)
    assert known.recommendation.code == "silent"
    decision = staff.propose(dispute, ada, now)
    assert decision.award_minor == dispute.cap_minor


def test_above_five_thousand_dollars_two_decide(world, ada):
    def asking(minor):
        return lambda order: [
            cases.quality(order.lines.get(), major=20, facts={"keep_bp": 8000}, asked_minor=minor),
        ]

    dispute, now = staff.held(world, ada, items=asking(5_000_00))
    assert staff.propose(dispute, ada, now).needs_second is False
    other, now = staff.held(world, ada, items=asking(5_000_01))
    decision = staff.propose(other, ada, now)
    assert (decision.needs_second, decision.deviates, decision.status) == (True, False, "proposed")


# the second pair of eyes ----------------------------------------------------------------------------------------------


def test_a_second_adjudicator_approves_exactly_what_was_proposed(world, ada, ben):
    dispute, now = staff.held(world, ada)
    decision = staff.deviating(dispute, ada, now)
    with pytest.raises(MovedOn, match="not the decision that you were shown"):
        actions.approve(decision_id=decision.id, digest="0" * 64, by=ben, now=now + HOUR)
    approved = actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now + HOUR)
    assert (approved.status, approved.approved_by, approved.approved_digest) == ("final", ben, decision.digest)
    after = cases.fresh(dispute)
    assert (after.status, after.appeal_ends_at) == (S.DECIDED, now + HOUR + 7 * DAY)
    assert kinds(dispute)[-2:] == ["decision.proposed", "decision.published"]
    with pytest.raises(MovedOn, match="not waiting any more: published"):
        actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now + HOUR)


def test_the_proposer_never_approves_by_action(world, ada):
    dispute, now = staff.held(world, ada)
    decision = staff.deviating(dispute, ada, now)
    with pytest.raises(NotAllowed, match="You proposed this decision"):
        actions.approve(decision_id=decision.id, digest=decision.digest, by=ada, now=now)
    with pytest.raises(NotAllowed):
        actions.send_back(decision_id=decision.id, because="x", by=ada, now=now)


def test_the_proposer_never_approves_by_shell(world, ada):
    dispute, now = staff.held(world, ada)
    decision = staff.deviating(dispute, ada, now)
    with pytest.raises(IntegrityError, match="decision_approved_by_another"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(approved_by=ada, approved_digest=decision.digest)
    decision.approved_by, decision.approved_digest = ada, decision.digest
    decision.publish(now=now)
    with pytest.raises(IntegrityError, match="decision_approved_by_another"), transaction.atomic():
        decision.save()


SQL = {
    "the same person": (
        "UPDATE disputes_decision SET status = 'final', published_at = now(), "
        "approved_by_id = proposed_by_id, approved_digest = digest",
        "decision_approved_by_another",
    ),
    "nobody": (
        "UPDATE disputes_decision SET status = 'final', published_at = now()",
        "decision_final_after_four_eyes",
    ),
    "another hash": (
        "UPDATE disputes_decision SET approved_by_id = {ben}, approved_digest = repeat('0', 64)",
        "decision_approves_what_was_proposed",
    ),
    "another amount": ("UPDATE disputes_decision SET award_minor = 1", "Cannot update rows"),
    "another document": ("UPDATE disputes_decision SET document = '{{}}'", "Cannot update rows"),
    "no second asked": ("UPDATE disputes_decision SET needs_second = false", "Cannot update rows"),
    "gone": ("DELETE FROM disputes_decision", "Cannot delete rows"),
    "another outcome": ("UPDATE disputes_decidedclaim SET amount_minor = 1", "Cannot update or delete rows"),
}


@pytest.mark.parametrize("attempt", SQL)
def test_the_database_itself_refuses(world, ada, ben, attempt):
    dispute, now = staff.held(world, ada)
    staff.deviating(dispute, ada, now)
    sql, sentence = SQL[attempt]
    with pytest.raises(Exception, match=sentence), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(ben=ben.id))
    assert Decision.objects.get().status == "proposed"


def test_sent_back_with_a_reason_and_proposed_anew(world, ada, ben):
    dispute, now = staff.held(world, ada)
    decision = staff.deviating(dispute, ada, now)
    with pytest.raises(MovedOn, match="Take it back first"):
        staff.deviating(dispute, ada, now)
    with pytest.raises(Refused):
        actions.send_back(decision_id=decision.id, because=" ", by=ben, now=now)
    sent = actions.send_back(decision_id=decision.id, because="Count the lamps again.", by=ben, now=now)
    assert (sent.status, sent.sent_back_because) == ("sent_back", "Count the lamps again.")
    assert cases.fresh(dispute).status == S.DECIDING
    assert staff.deviating(dispute, ada, now).number == 2


def test_taken_back_by_its_proposer_alone(world, ada, ben):
    dispute, now = staff.held(world, ada)
    decision = staff.deviating(dispute, ada, now)
    with pytest.raises(NotAllowed):
        actions.take_back(decision_id=decision.id, by=ben, now=now)
    actions.take_back(decision_id=decision.id, by=ada, now=now)
    with pytest.raises(MovedOn, match="not waiting any more"):
        actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)


def test_parties_and_other_staff_approve_nothing(world, ada):
    dispute, now = staff.held(world, ada)
    decision = staff.deviating(dispute, ada, now)
    risk = stories.person("risk@staff.test", is_staff=True)
    for person in (world.buyer, world.seller, world.stranger, risk):
        with pytest.raises(NotAllowed):
            actions.approve(decision_id=decision.id, digest=decision.digest, by=person, now=now)


def test_a_settlement_ends_what_was_proposed(world, ada, ben):
    dispute, now = staff.held(world, ada)
    offer = actions.make_offer(
        dispute_id=dispute.id, key=dispute.order.public_id, amount_minor=500_00, by=world.seller, now=now
    )
    decision = staff.deviating(dispute, ada, now)
    actions.accept_offer(dispute_id=dispute.id, number=offer.number, by=world.buyer, now=now)
    with pytest.raises(MovedOn, match="The case is closed: settled"):
        actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)
    with pytest.raises(MovedOn):
        staff.propose(cases.fresh(dispute), ada, now, [])
    assert Decision.objects.get().status == "withdrawn"


# replacement by consent -----------------------------------------------------------------------------------------------


def wants_replacement(order):
    return [cases.quality(order.lines.get(), major=10, wish="replacement")]


def offer_replacement(dispute, world, now):
    return actions.make_offer(
        dispute_id=dispute.id,
        key=dispute.order.public_id,
        amount_minor=0,
        replacement="50 lamps",
        replace_by_at=now + 20 * DAY,
        by=world.seller,
        now=now,
    )


def test_a_replacement_needs_the_consent_of_both(world, ada, ben):
    dispute, now = staff.held(world, ada, items=wants_replacement)
    assert facts.advice(dispute, now)[0].recommendation.outcome == "return_refund"
    findings = staff.advised(dispute, now, outcome="replacement", amount_minor=0)
    with pytest.raises(Refused, match="consent of both"):
        staff.propose(dispute, ada, now, findings)
    offer_replacement(dispute, world, now)
    assert facts.advice(dispute, now)[0].recommendation.code == "replacement"
    with pytest.raises(Refused) as refused:
        staff.propose(dispute, ada, now, findings, replace_by_at=now + 7 * DAY)
    assert refused.value.field == "replace_by_at"
    decision = staff.propose(dispute, ada, now, findings)
    assert (decision.award_minor, decision.replace_by_at) == (0, now + 20 * DAY)
    assert decision.document["replacement"] == "50 lamps"
    assert decision.needs_second  # what it stands for is above USD 5,000
    actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)
    actions.execute(dispute_id=dispute.id, now=now + 7 * DAY)
    assert cases.fresh(dispute).status == S.REPLACING


def test_a_withdrawn_offer_is_no_consent_any_more(world, ada, ben):
    dispute, now = staff.held(world, ada, items=wants_replacement)
    offer = offer_replacement(dispute, world, now)
    findings = staff.advised(dispute, now, outcome="replacement", amount_minor=0)
    decision = staff.propose(dispute, ada, now, findings)
    actions.withdraw_offer(dispute_id=dispute.id, number=offer.number, by=world.seller, now=now)
    with pytest.raises(MovedOn, match="no longer on the table"):
        actions.approve(decision_id=decision.id, digest=decision.digest, by=ben, now=now)


# like cases -----------------------------------------------------------------------------------------------------------


def test_like_cases_are_published_ones_of_the_same_reason(world, ada, ben, django_assert_num_queries):
    first, now = staff.held(world, ada)
    claim = first.claims.get()
    assert guide.like_cases(claim) == []
    second, now = staff.held(world, ada)
    staff.deviating(second, ada, now)
    assert guide.like_cases(claim) == []
    third, now = staff.held(world, ada)
    staff.propose(third, ada, now, summary="Scratched lamps: all that was claimed.")
    with django_assert_num_queries(1):
        found = guide.like_cases(claim)
    assert [(like.reference, like.outcome, like.share_bp) for like in found] == [
        (third.reference, "partial_refund", 10_000)
    ]
    assert found[0].summary == "Scratched lamps: all that was claimed."
    assert guide.like_cases(third.claims.get()) == []


def test_like_cases_are_read_from_an_index(world, ada):
    dispute, now = staff.held(world, ada)
    staff.propose(dispute, ada, now)
    with CaptureQueriesContext(connection) as queries:
        guide.like_cases(dispute.claims.get())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + queries[-1]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "decided_claim_like" in plan
    assert "Seq Scan on disputes_decidedclaim" not in plan


# a supplier's cost, and goods sent after all --------------------------------------------------------------------------


def test_goods_shipped_after_the_claim_are_not_missing_any_more(world, ada):
    dispute = cases.unshipped(world)
    assert facts.advice(dispute, dispute.filed_at)[0].recommendation.outcome == "full_refund"
    stories.dispatch(dispute.order, world, now=dispute.filed_at + HOUR)
    assert facts.advice(cases.fresh(dispute), dispute.filed_at + HOUR)[0].recommendation.code == "shipped"


def test_the_advice_asks_as_many_questions_for_many_claims_as_for_one(world):
    def both(order):
        return [cases.quality(line) for line in order.lines.order_by("number")]

    one, two = cases.claimed(world), cases.claimed(world, contract=cases.two_lines(), items=both)
    counts = []
    for dispute in (one, two):
        with CaptureQueriesContext(connection) as queries:
            found = facts.advice(dispute, dispute.filed_at)
        counts.append((len(found), len(queries)))
    assert [n for n, _ in counts] == [1, 2]
    assert counts[0][1] == counts[1][1]
