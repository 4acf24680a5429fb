"""What a settlement, a decision or time does with the money (Rulebook 9, 20, 22). The order's lock is held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from disputes import grounds
from disputes.actions import performing, talking
from disputes.models import Claim, DecidedClaim, Decision, Dispute
from disputes.steps import allow, gone
from events.actions import record
from orders import books, holds, remedies
from orders.actions import claiming as order_claiming
from orders.models import Order
from suppliers import actions as supplier_actions
from trade_assurance import money
from trade_assurance.refused import MovedOn

ORDER = "order"
R, S, O = Claim.Reason, Dispute.Status, Dispute.Outcome  # noqa: E741
BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER
Amounts = Mapping[int | None, int]  # by line id; None is a supplier's cost


def caps(dispute: Dispute) -> dict[int | None, int]:
    """What can still be awarded by line id; None for a supplier's cost."""
    if dispute.claimant == SUPPLIER:
        return {None: dispute.left_minor}
    return {each.line_id: each.left_minor for each in dispute.disputed_lines.order_by("line__number")}


def spread(dispute: Dispute, amount_minor: int) -> dict[int | None, int]:
    """An amount over the disputed lines in proportion to what each claims; the parts add up to it."""
    by_line = caps(dispute)
    return dict(zip(by_line, money.allocate(amount_minor, list(by_line.values())), strict=True))


@dataclass(frozen=True)
class Preview:
    """What moves if this is agreed or decided: the same figures for both sides, to the cent (product.md §6.5)."""

    award_minor: int  # to the claimant
    fee_back_minor: int  # processing fee that goes back to the buyer with it, from us
    sources: books.Sources  # of what the buyer gets
    buyer_gets_minor: int
    supplier_keeps_minor: int  # of what cleared, after it
    service_fee_minor: int  # taken of what the supplier gets
    freed_minor: int  # held now, and no more
    reserve_minor: int  # of that, kept until protection ends
    released_minor: int  # of that, to the supplier at once


def preview(
    dispute: Dispute, amounts: Amounts, *, extra_minor: int = 0, fee_back: bool = False, replaces: bool = False
) -> Preview:
    """What both sides see before they agree; nothing is locked or written. `replaces` keeps the rest held."""
    order, total = dispute.order, sum(amounts.values()) + extra_minor
    if dispute.claimant == SUPPLIER:
        rest = order.kept_minor - total
        fee = order.rulebook.service_fee(total, order.total_minor, order.currency, order.usd_per_unit)
        return Preview(total, 0, books.Sources(rest, 0, 0), rest, total, fee, 0, 0, total - fee)
    sources, freed = holds.preview(order, total, list(caps(dispute)))
    fee_minor = order_claiming.fee_of_refund(order, total) if fee_back else 0
    freed = 0 if replaces else freed
    received = order.status == Order.Status.RECEIVED
    reserve = order.rulebook.reserve(freed, order.supplier.stars) if received else freed
    released = freed - reserve
    fee_in_all = order.rulebook.service_fee(
        order.released_minor + released, order.total_minor, order.currency, order.usd_per_unit
    )
    service_fee = fee_in_all - order.service_fee_minor if released else 0
    return Preview(
        award_minor=total,
        fee_back_minor=fee_minor,
        sources=sources,
        buyer_gets_minor=total + fee_minor,
        supplier_keeps_minor=order.kept_minor - total,
        service_fee_minor=service_fee,
        freed_minor=freed,
        reserve_minor=reserve,
        released_minor=released - service_fee,
    )


# carrying out -----------------------------------------------------------------------------------------------------


def carry_out(
    dispute: Dispute,
    amounts: Amounts,
    *,
    outcome: str,
    at_fault: str = "",
    extra_minor: int = 0,
    quantities: Mapping[int, int] | None = None,
    now: datetime,
) -> dict:
    """Pay an award, end the claim on its lines, close the case; gives the figures for the caller's event.

    What a card network has taken meanwhile is not awarded a second time: amounts shrink to what is still covered.
    """
    order = dispute.order
    close_talk(dispute, now=now)
    if dispute.claimant == SUPPLIER:
        total, fee = amounts.get(None, 0), 0
        order_claiming.pay_cost(order, total, now=now)
    else:
        amounts, extra_minor = _within_cover(order, amounts, extra_minor)
        total = sum(amounts.values()) + extra_minor
        fee = order_claiming.award(
            order,
            line_awards(dispute, amounts, quantities),
            list(caps(dispute)),
            extra_minor=extra_minor,
            fee_back=at_fault == SUPPLIER,
            cause=f"{dispute.reference}:end",
            now=now,
        )
    dispute.awarded_minor += total
    end_case(dispute, outcome=outcome, now=now)
    if order.is_final:  # this took the last of what was paid, so no other case has anything left to be about
        for other in order.disputes.open().order_by("id"):
            other.order = order
            lapse(other, now=now)
    order.save()
    return {"dispute": dispute.reference, "award": total, "fee_back": fee, "outcome": str(outcome)}


def close_talk(dispute: Dispute, *, now: datetime) -> None:
    """No offer is on the table any more, no decision waits for its approval, and no sealed limit is kept."""
    talking.void_offers(dispute, now=now)
    talking.forget_limits(dispute)
    dispute.decisions.filter(status=Decision.Status.PROPOSED).update(status=Decision.Status.WITHDRAWN)


def end_case(dispute: Dispute, *, outcome: str, now: datetime) -> None:
    """Close the case; its lines may be claimed anew while their window is open."""
    dispute.disputed_lines.update(ended_at=now)
    allow(dispute.close, None)
    dispute.close(now=now, outcome=outcome)
    dispute.save()


def lapse(dispute: Dispute, *, now: datetime) -> None:
    """End a case whose order has ended without it. The caller saves the order."""
    close_talk(dispute, now=now)
    dispute.order.open_disputes -= 1
    end_case(dispute, outcome=O.LAPSED, now=now)
    record(ORDER, dispute.order_id, "claim.lapsed", now=now, data={"dispute": dispute.reference})


def _within_cover(order: Order, amounts: Amounts, extra_minor: int) -> tuple[dict, int]:
    room = order.covered_minor
    total = sum(amounts.values())
    if total > room:
        amounts = dict(zip(amounts, money.allocate(room, list(amounts.values())), strict=True))
        total = room
    return dict(amounts), min(extra_minor, room - total)


def line_awards(
    dispute: Dispute, amounts: Amounts, quantities: Mapping[int, int] | None = None
) -> list[order_claiming.LineAward]:
    """What each line gets, with the units that it pays for: those claimed, when a line gets all that it claims.

    Units that did not come are dealt with by less too, or what a settlement left of them would be claimed once more.
    Those whose shipment was found false since are never shipped, or they would be claimed once more as such.
    """
    false = grounds.false_units(dispute.order, since=dispute.filed_at)
    by_line: dict[int, list[Claim]] = {}
    for claim in dispute.claims.all():
        by_line.setdefault(claim.line_id, []).append(claim)
    parts = []
    for each in dispute.disputed_lines.select_related("line").order_by("line__number"):
        minor = amounts.get(each.line_id, 0)
        claims = by_line.get(each.line_id, [])
        units, cancels = 0, 0
        if quantities is not None:
            units = cancels = quantities.get(each.line_id, 0)
        elif minor:
            cancels = min(_units(claims, R.NON_RECEIPT), false.get(each.line_id, 0))
            units = _units(claims, R.NON_RECEIPT, R.SHORTAGE)
            if minor >= each.left_minor:
                cancels += _units(claims, R.NON_SHIPMENT)
                units = min(each.line.quantity, sum(c.quantity for c in claims if _pays_for_units(c)))
        parts.append(order_claiming.LineAward(each.line, minor, units, cancels))
    return parts


def _units(claims: list[Claim], *reasons: str) -> int:
    return sum(claim.quantity for claim in claims if claim.reason in reasons)


def _pays_for_units(claim: Claim) -> bool:
    """Whether a claim is about whole units: they did not come, or go back; not about a share off what was kept."""
    goes_back = claim.facts.get("is_severe") and claim.wish != Claim.Wish.REFUND
    return goes_back or claim.reason in (R.NON_SHIPMENT, R.NON_RECEIPT, R.SHORTAGE)


def settle(
    dispute: Dispute,
    *,
    amounts: Amounts,
    with_return: bool = False,
    freight_by: str = "",
    replacement: str = "",
    replace_by_at: datetime | None = None,
    now: datetime,
) -> dict:
    """Execute what both sides have agreed, in the caller's transaction (Rulebook 15, 20): at once, without appeal.

    With a return the amount waits for the goods; with a replacement the rest of the claim does. Gives the figures for
    the caller's event.
    """
    return perform(
        dispute,
        {} if with_return else amounts,
        after_return=amounts if with_return else None,
        outcome=O.SETTLED,
        freight_by=freight_by,
        replacement=replacement,
        replace_by_at=replace_by_at,
        now=now,
    )


def perform(
    dispute: Dispute,
    amounts: Amounts,
    *,
    outcome: str,
    at_fault: str = "",
    extra_minor: int = 0,
    after_return: Amounts | None = None,
    freight_by: str = "",
    replacement: str = "",
    replace_by_at: datetime | None = None,
    now: datetime,
) -> dict:
    """Pay `amounts` at once; what a return or a replacement was agreed or decided for waits for the goods (21)."""
    if after_return is None and replace_by_at is None:
        return carry_out(dispute, amounts, outcome=outcome, at_fault=at_fault, extra_minor=extra_minor, now=now)
    close_talk(dispute, now=now)
    amounts, _unused = _within_cover(dispute.order, amounts, 0)
    agreed = {
        "outcome": outcome,
        "at_fault": at_fault,
        "extra_minor": extra_minor,
        "freight_by": freight_by or at_fault,
    }
    if after_return is not None:
        return performing.begin_return(dispute, amounts, after_return, agreed=agreed, now=now)
    return performing.begin_replacement(
        dispute, amounts, agreed=agreed, wanted=replacement, send_by_at=replace_by_at, now=now
    )


@transaction.atomic
def execute(*, dispute_id: int, now: datetime) -> Dispute:
    """Execute the final decision: when 7 days have passed, both have waived them, or the appeal is decided (20).

    Raises MovedOn when its time has not come.
    """
    dispute = Dispute.objects.locked(dispute_id)
    decision = dispute.decisions.filter(status=Decision.Status.FINAL).order_by("-number").first()
    waived = dispute.buyer_waived_at is not None and dispute.supplier_waived_at is not None
    due = dispute.status == S.DECIDED and (waived or now >= dispute.appeal_ends_at)
    due |= dispute.status == S.APPEALED and decision is not None and decision.is_on_appeal
    if not due or decision is None:
        raise MovedOn(_("No decision of this case is to be executed now."))
    if dispute.is_frozen:
        raise MovedOn(_("A card payment of this order is contested at the bank, so the decision waits."))
    amounts: dict[int | None, int] = dict.fromkeys(caps(dispute), 0)
    returned = dict(amounts)
    for decided in decision.claims.select_related("claim"):
        waits = decided.outcome == DecidedClaim.Outcome.RETURN_REFUND
        (returned if waits else amounts)[decided.claim.line_id] += decided.amount_minor
    _note_points(dispute, decision, now=now)
    done = perform(
        dispute,
        amounts,
        outcome=O.DECIDED,
        at_fault=decision.at_fault,
        extra_minor=decision.fee_minor,
        after_return=returned if decision.with_return else None,
        replacement=decision.document.get("replacement") or "",
        replace_by_at=decision.replace_by_at,
        now=now,
    )
    record(ORDER, dispute.order_id, "decision.executed", now=now, data=done | {"decision": decision.number})
    _rerate(dispute, now=now)
    return dispute


def _note_points(dispute: Dispute, decision: Decision, *, now: datetime) -> None:
    """Penalty points for the rating: once a kind and case (Rulebook, "Credit rating")."""
    if dispute.claimant == SUPPLIER:
        return
    kinds = {
        {R.LATE: "late", R.NON_SHIPMENT: "non_shipment"}.get(decided.reason, "upheld")
        for decided in decision.claims.all()
        if decided.upheld
    }
    if dispute.answered_at is None:
        kinds.add("ignored")
    for kind in sorted(kinds):
        points(dispute, kind, now=now)


def _rerate(dispute: Dispute, *, now: datetime) -> None:
    """An upheld claim counts at once."""
    supplier_actions.rerate(supplier_id=dispute.supplier_id, because="claim", now=now)


def points(dispute: Dispute, kind: str, *, now: datetime) -> None:
    """Note one kind of penalty points for this case."""
    supplier_actions.note_points(
        supplier_id=dispute.supplier_id,
        order_id=dispute.order_id,
        kind=kind,
        cause=f"{dispute.reference}:{kind}",
        now=now,
    )


def first_word(dispute: Dispute) -> datetime | None:
    """When the respondent first wrote on the order or added evidence since the claim: that is an answer too."""
    wrote = dispute.order.messages.filter(side=dispute.respondent, sent_at__gte=dispute.filed_at).order_by("id").first()
    added = dispute.evidence.filter(side=dispute.respondent).order_by("id").first()
    return min((at for at in (wrote and wrote.sent_at, added and added.added_at) if at), default=None)


@transaction.atomic
def award_by_time(*, dispute_id: int, now: datetime) -> Dispute:
    """Award what time has decided: what was not shipped, refunded in full; a delay that nobody answered (Rulebook 9).

    What was shipped meanwhile is proof: that part of the claim has ended, and leaves compensation for the delay. A
    message of the supplier is an answer. Raises MovedOn when nothing is due.
    """
    dispute = Dispute.objects.locked(dispute_id)
    if dispute.status != S.OPEN or dispute.award_at is None or now < dispute.award_at or dispute.is_frozen:
        raise MovedOn(_("Nothing is awarded in this case now.") if dispute.is_open else gone(dispute))
    if dispute.awards_silence and (word := first_word(dispute)) is not None and word < dispute.award_at:
        dispute.answered_at, dispute.award_at = word, None
        dispute.save()
        record(ORDER, dispute.order_id, "claim.answered", now=now, data={"dispute": dispute.reference})
        return dispute
    amounts, units = (_late_award if dispute.awards_silence else _unshipped_award)(dispute)
    awarded, silent = sum(amounts.values()) > 0 or bool(units and any(units.values())), dispute.awards_silence
    done = carry_out(
        dispute,
        amounts,
        outcome=O.AWARDED if awarded else O.LAPSED,
        at_fault=SUPPLIER if awarded else "",
        quantities=units,
        now=now,
    )
    if awarded:
        points(dispute, "late" if silent else "non_shipment", now=now)
        _rerate(dispute, now=now)
    kind = "claim.awarded" if awarded else "claim.lapsed"
    record(ORDER, dispute.order_id, kind, now=now, data=done | {"silent": silent})
    return dispute


def _unshipped_award(dispute: Dispute) -> tuple[dict[int, int], dict[int, int]]:
    """By line: what is due for units that are still not shipped, and how many those are."""
    amounts, units = dict.fromkeys(caps(dispute), 0), {}
    for claim in dispute.claims.select_related("line"):
        still = min(claim.quantity, claim.line.to_ship)
        units[claim.line_id] = still
        amounts[claim.line_id] += money.share(claim.cap_minor, still, claim.quantity)
    return amounts, units


def _late_award(dispute: Dispute) -> tuple[dict[int, int], None]:
    """By line: the compensation as claimed, at most what the shipments that count still give."""
    amounts, order = dict.fromkeys(caps(dispute), 0), dispute.order
    for claim in dispute.claims.select_related("line"):
        goods = remedies.Goods.of(claim.line, order.currency)
        due = remedies.late(goods, grounds.days_late(order, claim.line), order.rulebook)
        amounts[claim.line_id] += min(claim.cap_minor, due.minor)
    return amounts, None
