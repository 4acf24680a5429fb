"""A decision as the parties read it: each finding, where every cent goes, the rules, the reasons, the computation."""

from dataclasses import dataclass

from disputes import actions
from disputes.models import DecidedClaim, Decision, Dispute
from disputes.retelling import working_told
from orders.models import Order


@dataclass(frozen=True)
class Finding:
    """One claim as decided: outcome, amount, the reasons given for it and how the amount was computed."""

    decided: DecidedClaim
    reasons: str
    working: list


@dataclass(frozen=True)
class ShownDecision:
    """A published decision with what its document says."""

    decision: Decision
    findings: list[Finding]
    facts: str
    rules: list[str]
    reasons: str
    deviation_reason: str
    public_reference: str


def shown(decision: Decision) -> ShownDecision:
    """A decision with its document opened."""
    document = decision.document
    written = {row["claim"]: row for row in document.get("claims", ())}
    findings = [
        Finding(
            decided,
            written.get(decided.claim_id, {}).get("reasons", ""),
            working_told(written.get(decided.claim_id, {}).get("recommended", {}).get("working", [])),
        )
        for decided in decision.claims.all()
    ]
    return ShownDecision(
        decision,
        findings,
        document.get("facts", ""),
        document.get("rules", []),
        document.get("reasons", ""),
        document.get("deviation_reason", ""),
        public_reference(decision),
    )


def public_reference(decision: Decision) -> str:
    """What a decision is called in the public register: the beginning of its fingerprint, which names nobody."""
    return decision.digest[:10]


def decision_of(dispute: Dispute, side: str) -> dict:
    """The newest published decision with what it moves, and an earlier one that was appealed."""
    final = list(
        dispute.decisions.filter(status=Decision.Status.FINAL)
        .prefetch_related("claims__claim__line")
        .order_by("-number")
    )
    if not final:
        return {}
    newest = final[0]
    moves = None
    if dispute.status in (Dispute.Status.DECIDED, Dispute.Status.APPEALED):
        amounts: dict = dict.fromkeys(actions.caps(dispute), 0)
        for decided in newest.claims.all():
            amounts[decided.claim.line_id] += decided.amount_minor
        moves = actions.preview(
            dispute,
            amounts,
            extra_minor=newest.fee_minor,
            fee_back=newest.at_fault == Order.Side.SUPPLIER,
            replaces=newest.replace_by_at is not None,
        )
    return {"decision": shown(newest), "decided_before": [shown(each) for each in final[1:]], "decision_moves": moves}
