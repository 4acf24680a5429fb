"""Steps of the parties around a decision: choosing an inspector, appealing, waiving the appeal (Rulebook 18, 20)."""

from django.utils.translation import gettext as _

from disputes.models import Dispute
from disputes.steps import gone, to
from orders.models import Order
from orders.steps import Step
from trade_assurance import money

S = Dispute.Status


def waived_at(dispute, side):
    """When `side` gave up its appeal, or None."""
    return dispute.buyer_waived_at if side == Order.Side.BUYER else dispute.supplier_waived_at


def has_appealed(dispute, side) -> bool:
    return dispute.appeals.filter(side=side).exists()


def may_still_appeal(dispute, side, now) -> bool:
    """Whether this side's 7 days run and it has neither appealed nor waived."""
    runs = dispute.appeal_ends_at is not None and now < dispute.appeal_ends_at
    return runs and waived_at(dispute, side) is None and not has_appealed(dispute, side)


def _why_not(dispute, side, now) -> str:
    """Why this side can neither appeal nor waive; empty while it can."""
    days = dispute.order.rulebook.appeal_days
    if dispute.status not in (S.DECIDED, S.APPEALED):
        if dispute.decided_at is None:
            return _("Our staff have not decided this case yet. From their decision each side may appeal once.")
        return gone(dispute)
    if has_appealed(dispute, side):
        return _("You have appealed; each side may do so once.")
    if waived_at(dispute, side) is not None:
        return _("You have waived your appeal.")
    if now >= dispute.appeal_ends_at:
        return _("The {days} days for an appeal are over.").format(days=days)
    return ""


def appeal(dispute, user, side, now):
    """Have another adjudicator look again, once a side, within 7 days (Rulebook 20)."""
    if side is None:
        return None
    reason = _why_not(dispute, side, now)
    if reason:
        return Step("appeal", _("Appeal"), False, reason)
    if dispute.status == S.DECIDED:
        silence = _("If nobody appeals, the decision is carried out then.")
    else:
        silence = _("Then only the other side’s appeal is decided.")
    return Step("appeal", _("Appeal"), True, "", dispute.appeal_ends_at, silence, to("appeal", dispute))


def waive(dispute, user, side, now):
    """Give up one's appeal; when both have, the decision is carried out at once (Rulebook 20)."""
    if side is None:
        return None
    reason = _why_not(dispute, side, now)
    if reason:
        return Step("waive", _("Waive the appeal"), False, reason)
    silence = _("Nothing is waived by silence; the decision then waits for the full time.")
    return Step("waive", _("Waive the appeal"), True, "", dispute.appeal_ends_at, silence, to("waive", dispute))


def choose_inspector(dispute, user, side, now):
    """Pick a listed inspector and advance its fee (Rulebook 18)."""
    if side != Order.Side.BUYER:
        return None
    label = _("Choose an inspector")
    if dispute.status != S.INSPECTION:
        return Step("choose_inspector", label, False, _("No inspection is ordered in this case now."))
    if dispute.inspection.inspector_id is not None:
        reason = _("You have chosen {inspector}; its report is due.").format(inspector=dispute.inspection.inspector)
        return Step("choose_inspector", label, False, reason, dispute.inspection_ends_at)
    if now >= dispute.inspection_ends_at:
        return Step(
            "choose_inspector", label, False, _("The time to choose is over; the case is decided as the file stands.")
        )
    least = money.percent(100, dispute.order.rulebook.inspection_upheld_bp)
    return Step(
        "choose_inspector",
        label,
        True,
        "",
        dispute.inspection_ends_at,
        _(
            "Then there is no inspection and the case is decided from the file as it stands. You "
            "advance the fee; if the report bears out {least} % or more of the claim, it is added to "
            "what you get."
        ).format(least=least),
        to("inspector", dispute),
        True,
    )
