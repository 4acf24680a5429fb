"""What comes in a case if nobody acts: every deadline with what silence does."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from disputes.models import Dispute, Performance
from disputes.waiting import OFFERS_IN
from disputes.wording.naming import cash, name_of

S = Dispute.Status


def next_deadline(dispute: Dispute) -> datetime | None:
    """The nearest date on which the case moves by itself."""
    return min((date.at for date in inaction(dispute)), default=None)


@dataclass(frozen=True)
class Coming:
    """One date of the case and what happens on it if nobody acts before."""

    at: datetime
    what: str
    tone: str = ""


def inaction(dispute: Dispute, now: datetime | None = None, reader: str = "") -> list[Coming]:
    """Every coming deadline with what silence does, nearest first; none while the case stands still."""
    if not dispute.is_open or dispute.is_frozen:
        return []
    found = [*_offers_end(dispute), *_phase_ends(dispute, reader), *_performance_ends(dispute)]
    return sorted((c for c in found if c.at is not None and (now is None or c.at > now)), key=lambda c: c.at)


def _offers_end(dispute: Dispute) -> list[Coming]:
    if dispute.status not in OFFERS_IN:
        return []
    return [
        Coming(o.expires_at, _("Offer {number} expires, and nothing is agreed by it.").format(number=o.number))
        for o in dispute.on_table
    ]


def _phase_ends(dispute: Dispute, reader: str) -> list[Coming]:
    decided = Coming(dispute.decide_by_at, _("Our staff decide by then, from the contract and what is in the file."))
    match dispute.status:
        case S.OPEN:
            return _talk_ends(dispute, reader)
        case S.EVIDENCE:
            return [
                Coming(dispute.evidence_ends_at, _("Evidence closes for both sides.")),
                Coming(dispute.rebuttal_ends_at, _("Answers to the other side’s new evidence close.")),
                decided,
            ]
        case S.REBUTTAL:
            return [Coming(dispute.rebuttal_ends_at, _("Answers to the other side’s new evidence close.")), decided]
        case S.DECIDING:
            return [decided]
        case S.INSPECTION:
            if dispute.inspection.inspector_id is None:
                what = _("If no inspector is chosen by then, the case is decided as the file stands.")
            else:
                what = _("The inspector’s report is due. Without it the case is decided as the file stands.")
            return [Coming(dispute.inspection_ends_at, what)]
        case S.DECIDED:
            what = _("Time to appeal ends. If nobody has appealed, the decision is carried out.")
            return [Coming(dispute.appeal_ends_at, what)]
        case S.APPEALED:
            return [
                Coming(dispute.appeal_ends_at, _("Time to appeal ends for the other side too.")),
                Coming(dispute.decide_by_at, _("Another adjudicator decides the appeal by then. That is final.")),
            ]
    return []


def _talk_ends(dispute: Dispute, reader: str) -> list[Coming]:
    found = []
    if dispute.award_at is not None:
        found.append(Coming(dispute.award_at, _awarded(dispute, reader), "safe"))
    if dispute.answered_at is None:
        found.append(Coming(dispute.answer_due_at, _unanswered(dispute, reader)))
    elif dispute.rejections < dispute.order.rulebook.rejections_to_escalate and not dispute.is_breach:
        if reader == dispute.claimant:
            what = _("From then you may have our staff decide.")
        else:
            name = name_of(dispute, dispute.claimant)
            what = _("From then {claimant} may have our staff decide.").format(claimant=name)
        found.append(Coming(dispute.escalate_from_at, what))
    what = _("Without an agreement the case goes to our staff by itself. Nobody loses anything by waiting.")
    return [*found, Coming(dispute.escalate_at, what)]


def _awarded(dispute: Dispute, reader: str) -> str:
    amount = cash(dispute, dispute.cap_minor)
    if not dispute.awards_silence:
        return _("If nothing shipped by then, {amount} goes to the buyer by itself.").format(amount=amount)
    if reader == dispute.respondent:
        return _("If you did not answer by then, {amount} goes to the buyer by itself.").format(amount=amount)
    return _("If {respondent} did not answer by then, {amount} goes to the buyer by itself.").format(
        respondent=name_of(dispute, dispute.respondent), amount=amount
    )


def _unanswered(dispute: Dispute, reader: str) -> str:
    claimant, respondent = (name_of(dispute, side) for side in (dispute.claimant, dispute.respondent))
    if reader == dispute.respondent:
        said = _("If you have not answered, {claimant} may have our staff decide; silence counts.")
    elif reader == dispute.claimant:
        said = _("If {respondent} has not answered, you may have our staff decide; silence counts.")
    else:
        said = _("If {respondent} has not answered, {claimant} may have our staff decide; silence counts.")
    return said.format(claimant=claimant, respondent=respondent)


def _performance_ends(dispute: Dispute) -> list[Coming]:
    if dispute.status not in (S.RETURNING, S.REPLACING) or not dispute.standing:
        return []
    return [Coming(dispute.performance_due_at, silence_of(dispute.standing[0], dispute))]


def silence_of(performance: Performance, dispute: Dispute) -> str:
    """What happens at the next deadline of a return or a replacement if nobody acts."""
    is_return = performance.kind == Performance.Kind.RETURN
    hours = dispute.order.rulebook.return_warning_hours
    if performance.delivered_at is not None:
        if is_return:
            return _("The time to check ends. Unless the supplier contests it, the buyer is refunded.")
        return _("The time to check ends. Unless the buyer contests it, the replacement counts as accepted.")
    if performance.sent_at is not None:
        return _("If nobody has said so before, the goods count as arrived, and the time to check them begins.")
    if not is_return:
        return _("Without tracking by then, what the claim still holds is refunded to the buyer.")
    if performance.warned_at is None:
        return _("Without tracking by then the buyer is warned once; {hours} hours later the return lapses.").format(
            hours=hours
        )
    return _("Without tracking by then the return lapses and the claim ends without a refund.")
