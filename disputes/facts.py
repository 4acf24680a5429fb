"""What the records tell of a case before anybody judges it: the guide's input, and its advice on that."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from disputes import guide
from disputes.grounds import ENDED, days_late, false_units
from disputes.models import Claim, Dispute, Evidence, Offer
from orders import counting, receipts
from orders import facts as order_facts
from orders.breaches.known import Dealt, Paper
from orders.facts import Beyond
from orders.models import Order, ReceiptLine
from orders.remedies import Goods

R = Claim.Reason
BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER


@dataclass(frozen=True)
class Records:
    """What is on record of a whole case; `left` is what can still be awarded, by line id, None for a cost."""

    supplier_silent: bool
    buyer_evidence: bool
    replacement_offered: bool
    left: dict[int | None, int]


@dataclass(frozen=True)
class Advice:
    """One claim as the guide sees it, the facts as they are known, and what it recommends on those."""

    claim: Claim
    asked: guide.Asked
    found: guide.Found
    recommendation: guide.Recommendation


def consent(dispute: Dispute, now: datetime) -> Offer | None:
    """The supplier's offer on the table to ship again; a buyer that wishes it and this are the consent of both."""
    live = dispute.offers.live().filter(side=SUPPLIER, expires_at__gt=now)
    return live.exclude(replacement="").first()


def records_of(dispute: Dispute, now: datetime) -> Records:
    """The records of a case, read once for all its claims."""
    heard = set(dispute.evidence.values_list("side", flat=True))  # messages are evidence by themselves (16)
    heard |= set(dispute.order.messages.filter(sent_at__gte=dispute.filed_at).values_list("side", flat=True))
    if dispute.order.received_at and receipts.photos(dispute.order, BUYER):  # and so are photos at receipt
        heard.add(BUYER)
    reported = hasattr(dispute, "inspection") and dispute.inspection.reported_at is not None
    is_silent = dispute.answered_at is None and dispute.answer_due_at <= now and SUPPLIER not in heard
    left = {each.line_id: each.left_minor for each in dispute.disputed_lines.all()}
    return Records(
        supplier_silent=dispute.claimant == BUYER and is_silent,
        buyer_evidence=BUYER in heard or reported,
        replacement_offered=consent(dispute, now) is not None,
        left=left | {None: dispute.left_minor},
    )


def asked_of(claim: Claim, order: Order, records: Records) -> guide.Asked:
    """The claim as the guide sees it."""
    line = claim.line
    plain = {
        "reason": claim.reason,
        "wish": claim.wish,
        "asked_minor": claim.asked_minor,
        "cap_minor": min(claim.cap_minor, records.left.get(claim.line_id, 0)),
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
        aqls=counting.aqls(order_facts.contract(order).terms, order.rulebook),
        **plain,
    )


def known(claim: Claim, records: Records) -> guide.Found:
    """The facts as the records and the claim have them; an adjudicator starts from these.

    Goods that were shipped after the claim of non-shipment are not missing any more (Rulebook 9), nor are those whose
    receipt the buyer has confirmed since.
    """
    facts, reason, missing = claim.facts, claim.reason, 0
    if reason == R.NON_SHIPMENT:
        missing = min(claim.quantity, claim.line.to_ship)
    elif reason == R.NON_RECEIPT:
        confirmed = ReceiptLine.objects.filter(line=claim.line_id, receipt__is_automatic=False).first()
        missing = claim.quantity if confirmed is None else min(claim.quantity, confirmed.short_quantity)
    return guide.Found(
        supplier_silent=records.supplier_silent,
        buyer_evidence=records.buyer_evidence,
        replacement_agreed=claim.wish == Claim.Wish.REPLACEMENT and records.replacement_offered,
        missing=missing,
        received=facts.get("received", 0),
        inspected=facts.get("inspected", 0),
        critical=facts.get("critical", 0),
        major=facts.get("major", 0),
        minor=facts.get("damaged" if reason == R.PACKAGING else "minor", 0),
        wrong=reason == R.WRONG,
        certificate_missing=reason == R.DOCUMENTS,
        cost_minor=claim.asked_minor if reason == R.COST else 0,
    )


def advice(dispute: Dispute, now: datetime) -> list[Advice]:
    """Every claim of a case with what the guide recommends on the facts as they are known."""
    records, given = records_of(dispute, now), []
    for claim in dispute.claims.select_related("line").order_by("id"):
        asked, found = asked_of(claim, dispute.order, records), known(claim, records)
        given.append(Advice(claim, asked, found, guide.recommend(asked, found)))
    return given


def beyond(order: Order, known: Beyond, asks_papers: bool) -> None:
    """What cases know of an order, for its breaches: lines that are in one, what ended ones dealt with, files."""
    claims = Claim.objects.filter(dispute__order=order, line__isnull=False).order_by("id")
    rows = claims.values_list(
        "line", "line__number", "reason", "quantity", "dispute__reference", "dispute__closed_at", "dispute__outcome"
    )
    seen, false = False, None
    for line, number, reason, units, reference, closed_at, outcome in rows:
        seen = True
        if closed_at is None:
            known.claimed[number] = reference
        elif outcome in ENDED:
            if reason == R.NON_RECEIPT:  # of goods whose shipment was found false since, first
                false = false_units(order) if false is None else false
                first = min(units, false.get(line, 0))
                false[line] = false.get(line, 0) - first
                units -= first
            known.dealt.append(Dealt(number, reason, units))
    if asks_papers and seen:
        files = Evidence.objects.filter(dispute__order=order, side=SUPPLIER).order_by("id")
        known.papers += [Paper(each.name, _("The supplier’s evidence"), each.added_at) for each in files]
