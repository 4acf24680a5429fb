"""What time does to a case if nobody acts, for the list of what comes next on its order (Rulebook 9, 14-21)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from disputes.models import Dispute, Offer, Performance
from orders.coming import Coming
from orders.models import Order

S = Dispute.Status


def of_cases(order: Order, now: datetime) -> Iterable[Coming]:
    """What the clocks of the order's open cases bring; none of them while a card payment is contested."""
    if not order.open_disputes or order.contested_minor:
        return
    for dispute in order.disputes.all():
        if dispute.is_open and dispute.frozen_at is None:
            dispute.order = order
            yield from _of(dispute)


def _of(dispute: Dispute) -> Iterable[Coming]:
    page = reverse("disputes:detail", args=[dispute.reference])

    def comes(at: datetime, title: str, detail: str, *kinds: str) -> Coming:
        return Coming(
            at,
            title,
            _("Case {reference}. {detail}").format(reference=dispute.reference, detail=detail),
            kinds,
            target=page,
        )

    rules = dispute.order.rulebook
    for offer in dispute.offers.all():
        if offer.status == Offer.Status.LIVE and (dispute.award_at is None or offer.expires_at < dispute.award_at):
            yield comes(
                offer.expires_at, _("An offer expires"), _("Nothing is agreed by silence (rule 15)."), "offer.expired"
            )
    match dispute.status:
        case S.OPEN if dispute.award_at is not None and dispute.award_at <= dispute.escalate_at:
            yield comes(
                dispute.award_at,
                _("The claim is awarded as computed"),
                _("Unless the supplier answers before (rule 9).")
                if dispute.awards_silence
                else _("Unless shipment is proven before (rule 9)."),
                "claim.awarded",
                "claim.lapsed",
                "claim.answered",
            )
        case S.OPEN:
            ends = dispute.escalate_at + rules.evidence_time
            yield comes(dispute.escalate_at, _("Our staff take over"), _("Rule 14."), "dispute.escalated")
            yield comes(ends, _("The time for evidence ends"), _("Rule 16."), "evidence.closed")
            yield comes(ends + rules.rebuttal_time, _("The file is complete"), _("Rule 16."), "rebuttal.closed")
        case S.EVIDENCE:
            yield comes(dispute.evidence_ends_at, _("The time for evidence ends"), _("Rule 16."), "evidence.closed")
            yield comes(
                dispute.evidence_ends_at + rules.rebuttal_time,
                _("The file is complete"),
                _("Rule 16."),
                "rebuttal.closed",
            )
        case S.REBUTTAL:
            yield comes(dispute.rebuttal_ends_at, _("The file is complete"), _("Rule 16."), "rebuttal.closed")
        case S.INSPECTION:
            detail = _("The case is decided as the file stands (rule 18).")
            yield comes(dispute.inspection_ends_at, _("The inspection ends"), detail, "inspection.lapsed")
        case S.DECIDED:
            detail = _("Unless a side appeals before (rule 20).")
            yield comes(dispute.appeal_ends_at, _("The decision is carried out"), detail, "decision.executed")
        case S.RETURNING | S.REPLACING if dispute.performance_due_at is not None:
            for at, title, detail, kind in _performing(dispute):
                yield comes(at, title, detail, kind)


def _performing(dispute: Dispute) -> Iterable[tuple[datetime, str, str, str]]:
    """What the deadlines of a return or a replacement bring, in turn."""
    due, rules = dispute.performance_due_at, dispute.order.rulebook
    performance = next(each for each in dispute.performances.all() if each.ended_at is None)
    returns = performance.kind == Performance.Kind.RETURN
    if performance.delivered_at is None and performance.sent_at is None:
        if not returns:
            yield due, _("The buyer is refunded"), _("No replacement was sent (rule 21)."), "replacement.refunded"
            return
        if performance.warned_at is None:
            yield (
                due,
                _("The buyer is warned"),
                _("The goods were not sent back with tracking (rule 21)."),
                "return.warned",
            )
            due += timedelta(hours=rules.return_warning_hours)
        yield due, _("The claim ends"), _("The goods were not sent back with tracking (rule 21)."), "return.lapsed"
        return
    if performance.delivered_at is None:
        kind = "return.delivered" if returns else "replacement.delivered"
        yield due, _("The goods count as arrived"), _("They have been long on their way (rule 21)."), kind
        due += timedelta(days=rules.return_check_days)
    if returns:
        yield (
            due,
            _("The buyer is refunded"),
            _("Nobody said that the returned goods are not as agreed (rule 21)."),
            "return.refunded",
        )
    else:
        yield (
            due,
            _("The replacement counts as accepted"),
            _("Nobody said that it is not as agreed (rule 21)."),
            "replacement.accepted",
        )
