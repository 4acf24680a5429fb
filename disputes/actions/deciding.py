"""Deciding a case: proposed by who holds it, approved by a second adjudicator where rule 19 asks, published (18-20)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785
from django.db import transaction

from accounts.models import User
from disputes import facts as case_facts
from disputes import guide
from disputes.actions import executing
from disputes.actions.appealing import demand_both_heard
from disputes.actions.handling import (
    demand_adjudicator,
    demand_holder,
    demand_no_proposal,
    demand_not_before,
    demand_status,
    demand_text,
)
from disputes.actions.inspecting import upheld_fee
from disputes.models import DecidedClaim, Decision, Dispute
from disputes.steps import allow
from disputes.weighing import Finding, Weighed, check_summary, weigh
from events.actions import record
from orders.models import Order
from trade_assurance import money
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import to_usd

ORDER = "order"
S, Outcome = Dispute.Status, DecidedClaim.Outcome
REASONS_MAX = 10_000


@dataclass(frozen=True)
class Draft:
    """A decision as it would be proposed; `second_because` is why rule 19 asks for a second adjudicator, if it does."""

    weighed: list[Weighed]
    facts: str
    rules: list[str]
    reasons: str
    summary: str
    deviation_reason: str
    award_minor: int  # with the fee
    fee_minor: int
    with_return: bool
    replaces: bool
    replace_by_at: datetime | None
    deviates: bool
    second_because: tuple[str, ...]

    @property
    def amounts(self) -> dict[int | None, int]:
        """What each line gets, without the fee."""
        by_line: dict[int | None, int] = {}
        for each in self.weighed:
            by_line[each.claim.line_id] = by_line.get(each.claim.line_id, 0) + each.finding.amount_minor
        return by_line


def draft(
    dispute: Dispute,
    *,
    findings: Sequence[Finding],
    facts: str,
    rules: Iterable[str],
    reasons: str,
    summary: str,
    at_fault: str,
    replace_by_at: datetime | None = None,
    deviation_reason: str = "",
    now: datetime,
) -> Draft:
    """Check a decision's content and foresee what it does; nothing is written. Raises Refused with `field`."""
    weighed = weigh(dispute, findings, now)
    facts = demand_text(facts, "Say what you found to be the facts.", field="facts", most=REASONS_MAX)
    reasons = demand_text(reasons, "Give the reasons of the decision.", field="reasons", most=REASONS_MAX)
    rules = [rule.strip() for rule in rules if rule.strip()]
    if not rules:
        raise Refused("Name the rules that you applied.", field="rules")
    summary = check_summary(dispute, summary)
    award = sum(each.finding.amount_minor for each in weighed)
    _check_total(dispute, weighed, award)
    fee = min(upheld_fee(dispute), dispute.order.covered_minor - award) if award else 0
    outcomes = {each.finding.outcome for each in weighed}
    replaces = Outcome.REPLACEMENT in outcomes
    upheld = any(outcome not in (Outcome.REJECT, Outcome.OUT_OF_SCOPE) for outcome in outcomes)
    if at_fault not in (Order.Side.values if upheld else ("", *Order.Side.values)):
        raise Refused("Say which side is at fault: it bears the freight and the fees.", field="at_fault")
    replace_by_at = _check_replacement(dispute, replaces, replace_by_at, now)
    deviates = any(each.deviates for each in weighed)
    deviation_reason = deviation_reason.strip()
    if deviates and not deviation_reason:
        raise Refused("This differs from the guide. Say why.", field="deviation_reason")
    because = {
        f"the award is above {money.display(dispute.order.rulebook.four_eyes_usd, 'USD')}": _is_large(
            dispute, weighed, award + fee
        ),
        "it differs from the guide": deviates,
        "it overrides what the records say": any(each.overrides for each in weighed),
    }
    return Draft(
        weighed=weighed,
        facts=facts,
        rules=rules,
        reasons=reasons,
        summary=summary,
        deviation_reason=deviation_reason,
        award_minor=award + fee,
        fee_minor=fee,
        with_return=Outcome.RETURN_REFUND in outcomes,
        replaces=replaces,
        replace_by_at=replace_by_at,
        deviates=deviates,
        second_because=tuple(words for words, so in because.items() if so),
    )


@transaction.atomic
def propose(
    *,
    dispute_id: int,
    findings: Sequence[Finding],
    facts: str,
    rules: Iterable[str],
    reasons: str,
    summary: str,
    at_fault: str,
    replace_by_at: datetime | None = None,
    deviation_reason: str = "",
    by: User,
    now: datetime,
) -> Decision:
    """Propose a decision as the adjudicator who holds the case; it is published at once unless rule 19 asks for two.

    Two are asked above USD 5,000, when it deviates from the guide and when it overrides a record. Its document is
    fixed by its hash. Raises NotAllowed, MovedOn, Refused with `field`: of a claim as "7.amount".
    """
    dispute = Dispute.objects.locked(dispute_id)
    demand_holder(dispute, by)
    demand_status(dispute, S.DECIDING, S.APPEALED)
    demand_not_before(dispute, by)
    demand_no_proposal(dispute)
    is_on_appeal = dispute.status == S.APPEALED
    if is_on_appeal:
        demand_both_heard(dispute, now)
    drafted = draft(
        dispute,
        findings=findings,
        facts=facts,
        rules=rules,
        reasons=reasons,
        summary=summary,
        at_fault=at_fault,
        replace_by_at=replace_by_at,
        deviation_reason=deviation_reason,
        now=now,
    )
    weighed, replace_by_at = drafted.weighed, drafted.replace_by_at
    values = {
        "number": dispute.decisions.count() + 1,
        "is_on_appeal": is_on_appeal,
        "needs_second": bool(drafted.second_because),
        "award_minor": drafted.award_minor,
        "fee_minor": drafted.fee_minor,
        "with_return": drafted.with_return,
        "at_fault": at_fault,
        "deviates": drafted.deviates,
        "guide_version": guide.VERSION,
        "summary": drafted.summary,
    }
    document = {key: str(value) if isinstance(value, str) else value for key, value in values.items()} | {
        "dispute": dispute.reference,
        "order": dispute.order.reference,
        "currency": dispute.currency,
        "claimed_minor": dispute.claimed_minor,
        "cap_minor": dispute.cap_minor,
        "rulebook": dispute.order.rulebook_version,
        "claims": [_written(each) for each in weighed],
        "facts": drafted.facts,
        "rules": drafted.rules,
        "reasons": drafted.reasons,
        "deviation_reason": drafted.deviation_reason,
        "replacement": case_facts.consent(dispute, now).replacement if drafted.replaces else "",
        "replace_by_at": replace_by_at and replace_by_at.astimezone(UTC).isoformat(),
        "proposed_by": by.id,
        "proposed_at": now.astimezone(UTC).isoformat(),
    }
    decision = Decision.objects.create(
        dispute=dispute,
        proposed_by=by,
        proposed_at=now,
        replace_by_at=replace_by_at,
        document=document,
        digest=digest_of(document),
        **values,
    )
    DecidedClaim.objects.bulk_create(
        DecidedClaim(
            decision=decision,
            claim=each.claim,
            reason=each.claim.reason,
            outcome=each.finding.outcome,
            amount_minor=each.finding.amount_minor,
            recommended_outcome=each.recommended.outcome,
            recommended_minor=each.recommended.amount_minor,
        )
        for each in weighed
    )
    if decision.needs_second:
        _note(decision, "decision.proposed", by=by, now=now)
    else:
        _publish(dispute, decision, by=by, now=now)
    return decision


@transaction.atomic
def approve(*, decision_id: int, digest: str, by: User, now: datetime) -> Decision:
    """Approve as a second adjudicator exactly what was proposed, which publishes it (Rulebook 19).

    `digest` is of the document that was shown. Raises NotAllowed, MovedOn.
    """
    dispute, decision = _locked(decision_id)
    _demand_second(dispute, decision, by)
    if decision.digest != digest or digest_of(decision.document) != digest:
        raise MovedOn("This is not the decision that you were shown. Read it again before you approve it.")
    if dispute.status == S.APPEALED:
        demand_both_heard(dispute, now)
    if decision.award_minor > dispute.order.covered_minor:
        covered = money.display(dispute.order.covered_minor, dispute.currency)
        raise MovedOn(f"Only {covered} of this order is covered now. Send the decision back.")
    if decision.replace_by_at is not None and case_facts.consent(dispute, now) is None:
        raise MovedOn("The supplier's offer to ship again is no longer on the table. Send the decision back.")
    decision.approved_by, decision.approved_digest = by, digest
    _publish(dispute, decision, by=by, now=now)
    return decision


@transaction.atomic
def send_back(*, decision_id: int, because: str, by: User, now: datetime) -> Decision:
    """Send a proposed decision back to who holds the case, as a second adjudicator, with a reason (Rulebook 19)."""
    dispute, decision = _locked(decision_id)
    _demand_second(dispute, decision, by)
    because = demand_text(because, "Say what is to be looked at again.", field="because")
    decision.send_back(because=because)
    decision.save()
    _note(decision, "decision.sent_back", by=by, now=now)
    return decision


@transaction.atomic
def take_back(*, decision_id: int, by: User, now: datetime) -> Decision:
    """Take back one's own proposed decision before anybody has approved it."""
    dispute, decision = _locked(decision_id)
    demand_adjudicator(dispute, by)
    if decision.proposed_by_id != by.id:
        raise NotAllowed("Only who proposed this decision takes it back; you can send it back.")
    _demand_proposed(dispute, decision)
    decision.withdraw()
    decision.save()
    _note(decision, "decision.taken_back", by=by, now=now)
    return decision


# parts ----------------------------------------------------------------------------------------------------------------


def digest_of(document: dict) -> str:
    """The SHA-256 of the canonical JSON (RFC 8785) that approval binds to."""
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()


def _locked(decision_id: int) -> tuple[Dispute, Decision]:
    dispute = Dispute.objects.locked(Decision.objects.values_list("dispute_id", flat=True).get(pk=decision_id))
    decision = dispute.decisions.select_for_update(of=("self",), no_key=True).get(pk=decision_id)
    decision.dispute = dispute
    return dispute, decision


def _demand_proposed(dispute: Dispute, decision: Decision) -> None:
    if decision.status != Decision.Status.PROPOSED:
        closed = f" The case is closed: {dispute.get_outcome_display().lower()}." if not dispute.is_open else ""
        raise MovedOn(f"This decision is not waiting any more: {decision.get_status_display().lower()}.{closed}")
    demand_status(dispute, S.APPEALED if decision.is_on_appeal else S.DECIDING)


def _demand_second(dispute: Dispute, decision: Decision, by: User) -> None:
    demand_adjudicator(dispute, by)
    if not by.has_perm("disputes.approve"):
        raise NotAllowed("Only adjudicators approve decisions.")
    if decision.proposed_by_id == by.id:
        raise NotAllowed("You proposed this decision, so somebody else approves it or sends it back.")
    demand_not_before(dispute, by)
    _demand_proposed(dispute, decision)


def _check_total(dispute: Dispute, weighed: list[Weighed], award: int) -> None:
    caps, by_line = executing.caps(dispute), {}
    for each in weighed:
        by_line[each.claim.line_id] = by_line.get(each.claim.line_id, 0) + each.finding.amount_minor
        if by_line[each.claim.line_id] > caps.get(each.claim.line_id, 0):
            raise Refused("More than this line's claims hold together.", field=f"{each.claim.id}.amount")
    most = min(dispute.left_minor, dispute.order.covered_minor)
    if award > most:
        shown = money.display(most, dispute.currency)
        raise Refused(f"Together at most {shown} can be awarded: that is what is covered.", field="findings")


def _check_replacement(dispute: Dispute, replaces: bool, at: datetime | None, now: datetime) -> datetime | None:
    """By when the supplier ships again: as its offer says unless another date is given; after an appeal could come."""
    if not replaces:
        return None
    at = at or case_facts.consent(dispute, now).replace_by_at
    earliest = now if dispute.status == S.APPEALED else now + dispute.order.rulebook.appeal_time
    if at <= earliest:
        raise Refused(
            f"Choose a date after {earliest:%d %B %Y %H:%M} UTC, when the decision is carried out.",
            field="replace_by_at",
        )
    return at


def _is_large(dispute: Dispute, weighed: list[Weighed], award: int) -> bool:
    """Above USD 5,000 (Rulebook 19); a replacement counts as what it stands for, which is refunded if none is sent."""
    replaced = sum(each.claim.cap_minor for each in weighed if each.finding.outcome == Outcome.REPLACEMENT)
    order = dispute.order
    return to_usd(award + replaced, order.currency, order.usd_per_unit) > order.rulebook.four_eyes_usd


def _written(each: Weighed) -> dict:
    """One claim in the decision's document."""
    line, recommended = each.claim.line, each.recommended
    return {
        "claim": each.claim.id,
        "line": line and line.number,
        "reason": str(each.claim.reason),
        "outcome": str(each.finding.outcome),
        "amount_minor": each.finding.amount_minor,
        "reasons": each.finding.reasons.strip(),
        "found": {name: getattr(each.found, name) for name in guide.LABELS},
        "overrides": list(each.overrides),
        "recommended": {
            "row": recommended.code,
            "rule": recommended.rule,
            "sentence": recommended.sentence,
            "outcome": str(recommended.outcome),
            "amount_minor": recommended.amount_minor,
            "working": [list(step) for step in recommended.working],
        },
    }


def _publish(dispute: Dispute, decision: Decision, *, by: User, now: datetime) -> None:
    """Both sides read it: 7 days for an appeal begin, or on appeal it is carried out at once (Rulebook 20)."""
    decision.publish(now=now)
    decision.save()
    executing.close_talk(dispute, now=now)
    if decision.is_on_appeal:
        dispute.decided_at = now
    else:
        allow(dispute.decide, None)
        dispute.decide(now=now)
        dispute.buyer_waived_at = dispute.supplier_waived_at = None  # they were of an earlier decision
    dispute.save()
    _note(decision, "decision.published", by=by, now=now)
    if decision.is_on_appeal:
        executing.execute(dispute_id=dispute.id, now=now)


def _note(decision: Decision, kind: str, *, by: User, now: datetime) -> None:
    data = {
        "dispute": decision.dispute.reference,
        "decision": decision.number,
        "digest": decision.digest,
        "award": decision.award_minor,
    }
    record(ORDER, decision.dispute.order_id, kind, by=by, now=now, data=data)
