"""What was agreed, written, shipped, received, claimed and decided, as plain JSON for a case file's private part."""

from disputes.casefile.books import moments
from disputes.casefile.reader import BUYER, STAFF, Reader
from disputes.models import Decision, Dispute
from orders.models import Order


def order_now(order: Order) -> dict:
    """Where the order stands as the file is made."""
    told = {
        "reference": order.reference,
        "title": order.title,
        "status": str(order.status),
        "supplier": order.supplier.name,
        "buyer": order.buyer.display_name,
        "rulebook": order.rulebook_version,
        "timezone": order.timezone,
        "request": order.request,
        "closed_because": order.closed_because,
    }
    return told | moments(
        created_at=order.created_at,
        placed_at=order.placed_at,
        first_cleared_at=order.first_cleared_at,
        paid_at=order.paid_at,
        ship_by_at=order.ship_by_at,
        shipped_at=order.shipped_at,
        received_at=order.received_at,
        protection_ends_at=order.protection_ends_at,
        closed_at=order.closed_at,
        texts_erased_at=order.emptied_at,
    )


def versions(order: Order) -> list[dict]:
    """Every version of the contract that was sent, and who has signed it when."""
    return [
        {
            "version": each.number,
            "fingerprint": each.fingerprint,
            "drafted_by": each.drafted_by,
            "is_amendment": each.is_amendment,
            "because": each.because,
            "ended": each.closed_because,
        }
        | moments(
            sent_at=each.sent_at,
            buyer_accepted_at=each.buyer_accepted_at,
            supplier_accepted_at=each.supplier_accepted_at,
            closed_at=each.closed_at,
        )
        for each in order.versions.sent().order_by("number")
    ]


def messages(order: Order) -> list[dict]:
    """What the sides wrote to each other, the first first."""
    return [
        {"side": each.side, "author": each.author_id, "body": each.body} | moments(sent_at=each.sent_at)
        for each in order.messages.order_by("sent_at", "id")
    ]


def shipments(order: Order) -> list[dict]:
    """Each shipment with what it holds and what its carrier said."""
    found = []
    for each in order.shipments.prefetch_related("lines__line", "events").order_by("number"):
        told = {
            "number": each.number,
            "transport": each.transport,
            "fact": each.fact,
            "dispatched_on": each.dispatched_on.isoformat(),
            "carrier": each.carrier,
            "document": each.document,
            "tracking_number": each.tracking_number,
            "container_number": each.container_number,
            "tracking": each.tracking,
            "rejected_because": each.rejected_because,
            "finding": each.finding,
            "lines": [{"line": part.line.number, "quantity": part.quantity} for part in each.lines.all()],
            "carrier_says": [
                {"code": one.code, "place": one.place, "country": one.country, "words": one.words, "by": one.source}
                | moments(at=one.at, heard_at=one.heard_at)
                for one in sorted(each.events.all(), key=lambda one: (one.at, one.id))
            ],
        }
        found.append(
            told | moments(entered_at=each.entered_at, arrived_at=each.arrived_at, delivered_at=each.delivered_at)
        )
    return found


def receipt(order: Order) -> dict:
    """How the goods arrived line by line, and later receipts that the buyer said."""
    kept = getattr(order, "receipt", None)
    told: dict = {"later": _later(order)}
    if kept is None:
        return told
    told |= {"is_automatic": kept.is_automatic} | moments(at=kept.at)
    told["lines"] = [
        {
            "line": row.line.number,
            "received": row.received_quantity,
            "short": row.short_quantity,
            "rejected": row.rejected_quantity,
            "inspected": row.inspected_quantity,
            "critical": row.critical_quantity,
            "major": row.major_quantity,
            "minor": row.minor_quantity,
            "note": row.note,
        }
        for row in kept.lines.select_related("line").order_by("line__number")
    ]
    return told


def _later(order: Order) -> list[dict]:
    return [
        {
            "number": each.id,
            "received_on": each.received_on.isoformat(),
            "words": each.words,
            "proof": each.name,
            "sha256": each.sha256,
            "state": each.state,
            "reason": each.reason,
        }
        | moments(asked_at=each.asked_at, decided_at=each.decided_at)
        for each in order.later_receipts.order_by("id")
    ]


def review(order: Order, reader: Reader) -> dict:
    """The buyer's review and the reply to it."""
    kept = getattr(order, "review", None)
    if kept is None:
        return {}
    told = {
        "on_time": kept.on_time,
        "as_agreed": kept.as_agreed,
        "service": kept.service,
        "text": kept.text,
        "reply": kept.reply,
        "removed_because": kept.removed_because,
    }
    return told | moments(written_at=kept.written_at, replied_at=kept.replied_at, revised_at=kept.revised_at)


def evidence(dispute: Dispute) -> list[dict]:
    """Every file of the case in the words of who added it; the files lie beside."""
    return [
        {
            "number": each.number,
            "side": each.side,
            "name": each.name,
            "note": each.note,
            "type": each.content_type,
            "size": each.size,
            "sha256": each.sha256,
            "is_rebuttal": each.is_rebuttal,
        }
        | moments(added_at=each.added_at)
        for each in dispute.evidence.order_by("number")
    ]


def decisions(dispute: Dispute, reader: Reader):
    """The decisions that this reader may read: those that were published; staff read the others too."""
    found = dispute.decisions.order_by("number")
    return found if reader.is_staff else found.filter(status=Decision.Status.FINAL)


def case(dispute: Dispute, reader: Reader) -> dict:
    """A dispute: claims, offers, questions, inspection, decisions, appeals, and goods sent back or again.

    Limits that a side sealed are in no case file: they are encrypted apart from the case and read by nobody.
    """
    inspection = getattr(dispute, "inspection", None)
    questions = dispute.questions.order_by("asked_at", "id")
    return {
        "reference": dispute.reference,
        "status": str(dispute.status),
        "claimant": dispute.claimant,
        "claimed_minor": dispute.claimed_minor,
        "covered_minor": dispute.cap_minor,
        "awarded_minor": dispute.awarded_minor,
        "currency": dispute.currency,
        "outcome": dispute.outcome,
        "claims": [_claim(each) for each in dispute.claims.select_related("line").order_by("id")],
        "offers": [_offer(each) for each in dispute.offers.prefetch_related("lines__line").order_by("number")],
        "evidence": evidence(dispute),
        "questions": [
            {"side": each.side, "text": each.text} | moments(asked_at=each.asked_at, due_at=each.due_at)
            for each in (questions if reader.is_staff else questions.filter(side=reader.side))
        ],
        "inspection": _inspection(inspection) if inspection else {},
        "decisions": [_decision(each, reader) for each in decisions(dispute, reader)],
        "appeals": [
            {"side": each.side, "ground": each.ground, "rule": each.rule, "reasons": each.reasons}
            | moments(filed_at=each.filed_at)
            for each in dispute.appeals.order_by("filed_at")
        ],
        "goods": [
            {
                "kind": each.kind,
                "carrier": each.carrier,
                "tracking_number": each.tracking_number,
                "wanted": each.wanted,
                "contested_because": each.contested_because,
            }
            | moments(
                began_at=each.began_at, sent_at=each.sent_at, delivered_at=each.delivered_at, ended_at=each.ended_at
            )
            for each in dispute.performances.order_by("id")
        ],
    } | moments(
        filed_at=dispute.filed_at,
        answered_at=dispute.answered_at,
        escalated_at=dispute.escalated_at,
        evidence_ends_at=dispute.evidence_ends_at,
        rebuttal_ends_at=dispute.rebuttal_ends_at,
        decided_at=dispute.decided_at,
        closed_at=dispute.closed_at,
    )


def _claim(claim) -> dict:
    return {
        "line": claim.line.number if claim.line else None,
        "reason": claim.reason,
        "wish": claim.wish,
        "agreed": claim.agreed,
        "came": claim.came,
        "facts": claim.facts,
        "working": claim.working,
        "computed_minor": claim.computed_minor,
        "asked_minor": claim.asked_minor,
    }


def _offer(offer) -> dict:
    return {
        "number": offer.number,
        "side": offer.side or "midpoint",
        "amount_minor": offer.amount_minor,
        "lines": [{"line": part.line.number, "amount_minor": part.amount_minor} for part in offer.lines.all()],
        "with_return": offer.with_return,
        "freight_by": offer.freight_by,
        "replacement": offer.replacement,
        "note": offer.note,
        "status": str(offer.status),
    } | moments(made_at=offer.made_at, expires_at=offer.expires_at, ended_at=offer.ended_at)


def _inspection(inspection) -> dict:
    return {
        "question": inspection.question,
        "inspector": inspection.inspector.name if inspection.inspector else "",
        "fee_minor": inspection.fee_minor,
        "findings": inspection.findings,
        "upheld_bp": inspection.upheld_bp,
    } | moments(ordered_at=inspection.ordered_at, reported_at=inspection.reported_at)


def _decision(decision: Decision, reader: Reader) -> dict:
    """A decision in words; its document lies beside. Who decided it is for staff."""
    document = decision.document
    told = {
        "number": decision.number,
        "is_on_appeal": decision.is_on_appeal,
        "award_minor": decision.award_minor,
        "at_fault": decision.at_fault,
        "facts": document.get("facts", ""),
        "rules": document.get("rules", []),
        "reasons": document.get("reasons", ""),
        "claims": [
            {"line": row.get("line"), "outcome": row.get("outcome"), "amount_minor": row.get("amount_minor")}
            | {"reasons": row.get("reasons", "")}
            for row in document.get("claims", ())
        ],
        "sha256": decision.digest,
    }
    if reader.side == STAFF:
        told |= {"status": str(decision.status), "sent_back_because": decision.sent_back_because}
        told |= {"proposed_by": decision.proposed_by_id, "approved_by": decision.approved_by_id}
    return told | moments(proposed_at=decision.proposed_at, published_at=decision.published_at)


def photos(order: Order, reader: Reader):
    """The receipt's photos; before there is a receipt they are the buyer's alone."""
    if order.received_at is None and reader.side != BUYER:
        return order.receipt_photos.none()
    return order.receipt_photos.filter(removed_at__isnull=True).order_by("id")
