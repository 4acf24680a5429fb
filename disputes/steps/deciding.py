"""Steps of the parties around a decision: choosing an inspector, appealing, waiving the appeal (Rulebook 18, 20)."""

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
            return "Our staff have not decided this case yet. From their decision each side may appeal once."
        return gone(dispute)
    if has_appealed(dispute, side):
        return "You have appealed; each side may do so once."
    if waived_at(dispute, side) is not None:
        return "You have waived your appeal."
    if now >= dispute.appeal_ends_at:
        return f"The {days} days for an appeal are over."
    return ""


def appeal(dispute, user, side, now):
    """Have another adjudicator look again, once a side, within 7 days (Rulebook 20)."""
    if side is None:
        return None
    reason = _why_not(dispute, side, now)
    if reason:
        return Step("appeal", "Appeal", False, reason)
    if dispute.status == S.DECIDED:
        silence = "If nobody appeals, the decision is carried out then."
    else:
        silence = "Then only the other side’s appeal is decided."
    return Step("appeal", "Appeal", True, "", dispute.appeal_ends_at, silence, to("appeal", dispute))


def waive(dispute, user, side, now):
    """Give up one's appeal; when both have, the decision is carried out at once (Rulebook 20)."""
    if side is None:
        return None
    reason = _why_not(dispute, side, now)
    if reason:
        return Step("waive", "Waive the appeal", False, reason)
    silence = "Nothing is waived by silence; the decision then waits for the full time."
    return Step("waive", "Waive the appeal", True, "", dispute.appeal_ends_at, silence, to("waive", dispute))


def choose_inspector(dispute, user, side, now):
    """Pick a listed inspector and advance its fee (Rulebook 18)."""
    if side != Order.Side.BUYER:
        return None
    label = "Choose an inspector"
    if dispute.status != S.INSPECTION:
        return Step("choose_inspector", label, False, "No inspection is ordered in this case now.")
    if dispute.inspection.inspector_id is not None:
        reason = f"You have chosen {dispute.inspection.inspector}; its report is due."
        return Step("choose_inspector", label, False, reason, dispute.inspection_ends_at)
    if now >= dispute.inspection_ends_at:
        return Step(
            "choose_inspector", label, False, "The time to choose is over; the case is decided as the file stands."
        )
    least = money.percent(100, dispute.order.rulebook.inspection_upheld_bp)
    return Step(
        "choose_inspector",
        label,
        True,
        "",
        dispute.inspection_ends_at,
        "Then there is no inspection and the case is decided from the file as it stands. "
        f"You advance the fee; if the report bears out {least} % or more of the claim, it is added to what you get.",
        to("inspector", dispute),
        True,
    )
