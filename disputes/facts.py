"""What the records tell of a claim before anybody judges it: the guide's input, and its advice on that."""

from dataclasses import dataclass
from datetime import datetime

from disputes import guide
from disputes.grounds import days_late
from disputes.models import Claim, Dispute, Offer
from disputes.remedies import Goods
from orders.models import Order

R = Claim.Reason


@dataclass(frozen=True)
class Advice:
    """One claim beside what the guide makes of it as it stands."""

    claim: Claim
    found: guide.Found
    recommendation: guide.Recommendation


def asked_of(claim: Claim, order: Order) -> guide.Asked:
    """The claim as the guide sees it."""
    line = claim.line
    plain = {
        "reason": claim.reason,
        "wish": claim.wish,
        "asked_minor": claim.asked_minor,
        "cap_minor": claim.cap_minor,
        "rules": order.rulebook,
        "is_sample": order.is_sample,
    }
    if line is None:
        return guide.Asked(whole_minor=claim.asked_minor, **plain)
    shipped = claim.facts.get("shipped", days_late(order, line) if claim.reason == R.LATE else ())
    return guide.Asked(
        whole_minor=line.left_minor,
        goods=Goods.of(line, order.currency),
        units=claim.quantity or claim.facts.get("quantity") or line.quantity - line.cancelled_quantity,
        is_severe=bool(claim.facts.get("is_severe")),
        shipped=tuple((units, days) for units, days in shipped),
        **plain,
    )


def consent(dispute: Dispute, now: datetime) -> Offer | None:
    """The supplier's offer on the table to ship again; a buyer that wishes it and this are the consent of both."""
    live = dispute.offers.live().filter(side=Order.Side.SUPPLIER, expires_at__gt=now)
    return live.exclude(replacement="").first()


def known(claim: Claim, dispute: Dispute, now: datetime) -> guide.Found:
    """The facts as the records and the claim have them; an adjudicator starts from these."""
    facts = claim.facts
    heard = set(dispute.evidence.values_list("side", flat=True))  # messages are evidence by themselves (16)
    heard |= set(dispute.order.messages.filter(sent_at__gte=dispute.filed_at).values_list("side", flat=True))
    reported = hasattr(dispute, "inspection") and dispute.inspection.reported_at is not None
    return guide.Found(
        supplier_silent=dispute.claimant == Order.Side.BUYER
        and dispute.answered_at is None
        and dispute.answer_due_at <= now
        and Order.Side.SUPPLIER not in heard,
        buyer_evidence=Order.Side.BUYER in heard or reported,
        replacement_agreed=claim.wish == Claim.Wish.REPLACEMENT and consent(dispute, now) is not None,
        missing=claim.quantity if claim.reason in (R.NON_SHIPMENT, R.NON_RECEIPT) else 0,
        received=facts.get("received", 0),
        inspected=facts.get("inspected", 0),
        critical=facts.get("critical", 0),
        major=facts.get("major", 0),
        minor=facts.get("damaged" if claim.reason == R.PACKAGING else "minor", 0),
        wrong=claim.reason == R.WRONG,
        certificate_missing=claim.reason == R.DOCUMENTS,
        cost_minor=claim.asked_minor if claim.reason == R.COST else 0,
    )


def advice(dispute: Dispute, now: datetime) -> list[Advice]:
    """Every claim of a case with what the guide recommends on the facts as they are known."""
    found = []
    for claim in dispute.claims.select_related("line").order_by("id"):
        facts = known(claim, dispute, now)
        found.append(Advice(claim, facts, guide.recommend(asked_of(claim, dispute.order), facts)))
    return found
