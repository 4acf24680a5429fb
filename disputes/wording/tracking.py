"""The tracker of a case: claim, talk, evidence, decision and the end, each with its date and one note."""

from datetime import datetime

from django.utils.translation import gettext as _

from disputes.models import Dispute
from disputes.wording.naming import BUYER, OUTCOMES
from trade_assurance.templatetags.ta import day, left, moment

S = Dispute.Status


def tracker(dispute: Dispute, now: datetime) -> list[dict]:
    """Claim, talk, evidence, decision and the end, each with its date and one note."""
    talked, by_staff = dispute.status != S.OPEN, dispute.escalated_at is not None
    filed_by = _("By the buyer") if dispute.claimant == BUYER else _("By the supplier")
    steps = [("done", _("Claim filed"), day(dispute.filed_at), filed_by), _talk(dispute, now)]
    if by_staff or not talked:
        steps += [_evidence(dispute), _decision(dispute)]
    steps.append(_end(dispute))
    return [{"state": kind, "title": title, "when": when, "note": note} for kind, title, when, note in steps]


def _talk(dispute: Dispute, now: datetime) -> tuple[str, str, str, str]:
    until = dispute.award_at or dispute.escalate_at
    if dispute.status == S.OPEN:
        when = day(dispute.escalated_at) or _("Until {at}").format(at=moment(until))
        return "current", _("Talk"), when, left(until, now)
    note = {
        "": "",
        "time": _("Escalated: by itself"),
        "buyer": _("Escalated: by the buyer"),
        "supplier": _("Escalated: by the supplier"),
    }[str(dispute.escalated_by) if dispute.escalated_at else ""]
    when = day(dispute.escalated_at) or (day(dispute.closed_at) if dispute.status == S.CLOSED else _("Agreed"))
    return "done", _("Talk"), when, note


def _evidence(dispute: Dispute) -> tuple[str, str, str, str]:
    on = dispute.status in (S.EVIDENCE, S.REBUTTAL)
    kind = "current" if on else "done" if dispute.escalated_at else "next"
    when = _("If you do not settle")
    if dispute.evidence_ends_at:
        when = _("Until {at}").format(at=moment(dispute.evidence_ends_at))
    note = ""
    if dispute.rebuttal_ends_at:
        note = _("Answers until {at}").format(at=moment(dispute.rebuttal_ends_at))
    return kind, _("Evidence"), when, note


def _decision(dispute: Dispute) -> tuple[str, str, str, str]:
    decided = dispute.decided_at is not None
    on = dispute.status in (S.DECIDING, S.INSPECTION, S.APPEALED, S.DECIDED)
    after = dispute.escalated_at is not None and dispute.status not in (S.EVIDENCE, S.REBUTTAL)
    kind = "current" if on else "done" if decided and after else "next"
    due = _("If you do not settle")
    if dispute.decide_by_at:
        due = _("By {day}").format(day=day(dispute.decide_by_at))
    when = day(dispute.decided_at) or (_("Not needed") if dispute.status == S.CLOSED else due)
    note = ""
    if dispute.status == S.DECIDED:
        note = _("Appeal until {at}").format(at=moment(dispute.appeal_ends_at))
    return kind, _("Decided") if decided else _("Our staff decide"), when, note


def _end(dispute: Dispute) -> tuple[str, str, str, str]:
    if dispute.status == S.CLOSED:
        return "done", OUTCOMES[dispute.outcome], day(dispute.closed_at), ""
    if dispute.status not in (S.RETURNING, S.REPLACING):
        return "next", _("Done"), _("No date yet"), ""
    title = _("Goods going back") if dispute.status == S.RETURNING else _("Replacement")
    return "current", title, _("By {at}").format(at=moment(dispute.performance_due_at)), ""
