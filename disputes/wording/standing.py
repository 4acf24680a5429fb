"""Where a case stands, for one side's row or heading."""

from django.utils.translation import gettext as _

from disputes.models import Dispute
from disputes.waiting import other, to_answer, waits_for
from disputes.wording.dates import next_deadline
from disputes.wording.naming import BUYER, OUTCOMES
from orders.wording import State
from trade_assurance.templatetags.ta import moment

S = Dispute.Status


def state(dispute: Dispute, side: str) -> State:
    """The case's state for one side, of a case from `with_talk`."""
    if dispute.status == S.CLOSED:
        return State("safe" if dispute.awarded_minor else "done", OUTCOMES[dispute.outcome])
    if dispute.is_frozen:
        return State("breach", _("Stands still"), _("A card payment is contested at its bank"))
    if (step := waits_for(dispute, side)) is not None:
        return State("action", step.label, _("By {at}").format(at=moment(step.deadline)) if step.deadline else "")
    words = {
        S.OPEN: _talk(dispute, other(side)),
        S.EVIDENCE: _("Evidence"),
        S.REBUTTAL: _("Answers to evidence"),
        S.DECIDING: _("Our staff decide"),
        S.INSPECTION: _("Inspection"),
        S.DECIDED: _("Decided"),
        S.APPEALED: _("Appealed"),
        S.RETURNING: _("Goods going back"),
        S.REPLACING: _("Replacement agreed"),
    }[S(dispute.status)]
    at = next_deadline(dispute)
    return State("wait", words, _("Next date {at}").format(at=moment(at)) if at else "")


def _talk(dispute: Dispute, other_side: str) -> str:
    if to_answer(dispute, other_side) is None:
        return _("Both talk")
    return _("With the buyer") if other_side == BUYER else _("With the supplier")
