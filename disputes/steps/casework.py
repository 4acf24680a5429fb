"""Steps of the talk and after: more time, escalation, withdrawal, words and files (Rulebook 14, 16)."""

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from disputes import case_file
from disputes.models import Dispute
from disputes.steps import gone, to
from orders.models import Order
from orders.steps import Step

S = Dispute.Status


def extend(dispute, user, side, now):
    """Agree to 7 more days of talk; it counts when both sides have (Rulebook 14)."""
    if side is None:
        return None
    days = dispute.order.rulebook.dispute_extension_days
    mine = dispute.buyer_extended_at if side == Order.Side.BUYER else dispute.supplier_extended_at
    theirs = dispute.supplier_extended_at if side == Order.Side.BUYER else dispute.buyer_extended_at
    if dispute.status != S.OPEN:
        reason = gone(dispute)
    elif mine and theirs:
        reason = _("Both sides have extended; that is possible once.")
    elif mine:
        reason = _("You have agreed to more time. It counts when the other side agrees too.")
    elif dispute.award_at is not None:
        reason = _("This claim is awarded by time, so there is nothing to extend.")
    else:
        reason = ""
    label = (
        _("Agree to {days} more days").format(days=days)
        if theirs and not mine
        else _("Ask for {days} more days").format(days=days)
    )
    return Step(
        "extend", label, not reason, reason, dispute.escalate_at if not reason else None, target=to("extend", dispute)
    )


def escalate(dispute, user, side, now):
    """Have staff decide: from 72 h, or at once after two rejections or on a detected breach (Rulebook 14)."""
    if side != dispute.claimant:
        return None
    rules = dispute.order.rulebook
    label = _("Have staff decide")
    if dispute.status != S.OPEN:
        return Step("escalate", label, False, gone(dispute))
    early = dispute.rejections >= rules.rejections_to_escalate or dispute.is_breach
    if not early and now < dispute.escalate_from_at:
        reason = _("The other side has {hours} hours to answer; sooner only after {offers} refused offers.").format(
            hours=rules.dispute_answer_hours, offers=rules.rejections_to_escalate
        )
        return Step("escalate", label, False, reason, dispute.escalate_from_at)
    return Step(
        "escalate",
        label,
        True,
        "",
        dispute.escalate_at,
        _("Then the case goes to staff by itself. You lose nothing by waiting."),
        to("escalate", dispute),
    )


def withdraw_claim(dispute, user, side, now):
    """Take the claim back, at any time before it is decided, so many times an order (ADR 14)."""
    if side != dispute.claimant:
        return None
    label = _("Withdraw the claim")
    if dispute.status not in (S.OPEN, *Dispute.ESCALATED):
        return Step("withdraw_claim", label, False, gone(dispute))
    seen = dispute.order.disputes.aggregate(
        withdrawn=Count("id", filter=Q(claimant=side, outcome=Dispute.Outcome.WITHDRAWN), distinct=True),
        proposed=Count("id", filter=Q(pk=dispute.pk, decisions__status="proposed")),
    )
    if seen["proposed"]:
        return Step("withdraw_claim", label, False, _("A decision is proposed and waits for its second pair of eyes."))
    if seen["withdrawn"] >= dispute.order.rulebook.withdrawals_max:
        reason = _("You have withdrawn {n} claims of this order. This one ends by agreement, or staff decide it.")
        reason = reason.format(n=seen["withdrawn"])
        return Step("withdraw_claim", label, False, reason)
    return Step("withdraw_claim", label, True, target=to("withdraw", dispute))


def message(dispute, user, side, now):
    """Write to the other side; what is written on the order is evidence by itself (Rulebook 16)."""
    if side is None:
        return None
    return Step("message", _("Write a message"), True, target=("orders:message", dispute.order.reference))


def evidence(dispute, user, side, now):
    """Add files that prove something (Rulebook 16)."""
    if side is None:
        return None
    may = case_file.may_add(dispute, side, now)
    silence = _("Then the file is decided as it stands.") if may.until else ""
    return Step("evidence", _("Add evidence"), may.allowed, may.reason, may.until, silence, to("evidence", dispute))
