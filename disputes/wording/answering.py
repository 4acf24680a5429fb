"""The three answers of a case's page: what is happening, whether the money is safe, what to do by when."""

from datetime import datetime

from django.utils.translation import gettext as _

from disputes.models import Dispute
from disputes.waiting import OFFERS_IN, to_answer, waits_for
from disputes.wording.naming import BUYER, OUTCOMES, SUPPLIER, cash, name_of
from orders.wording import Answers
from trade_assurance.templatetags.ta import moment

S = Dispute.Status


def answers(dispute: Dispute, side: str, now: datetime, refunds=(), decision=None) -> Answers:
    """What is happening, whether the money is safe, and what this side must do by when."""
    happening, safe = _happening(dispute, side), _safe(dispute, side, refunds)
    if decision is not None and dispute.status in (S.DECIDED, S.APPEALED):
        happening, safe = _decided(dispute, side, decision)
    step = waits_for(dispute, side)
    if step is not None:
        return Answers(*happening, *safe, step.label, step.silence, "action", step.deadline)
    do, more, deadline = _("Nothing"), _("This page says when it is your move."), None
    if not dispute.is_open:
        more = _("This case is closed.")
    elif dispute.is_frozen:
        more = _("The case goes on when the card’s bank has decided, with every deadline moved by the time it stood.")
    elif dispute.status == S.DECIDED:
        waived = dispute.buyer_waived_at if side == BUYER else dispute.supplier_waived_at
        do = _("Nothing, unless you disagree")
        more = _("You have waived your appeal.") if waived else _("You can appeal until then.")
        deadline = dispute.appeal_ends_at
    elif dispute.status in (S.EVIDENCE, S.REBUTTAL):
        more = _("Add what proves your side while the file is open.")
    return Answers(*happening, *safe, do, more, "done", deadline)


def _claimed(dispute: Dispute, side: str) -> str:
    """What was claimed by whom, as a sentence."""
    amount = cash(dispute, dispute.claimed_minor)
    if side == dispute.claimant:
        return _("You claimed {amount}.").format(amount=amount)
    return _("{claimant} claimed {amount}.").format(claimant=name_of(dispute, dispute.claimant), amount=amount)


def _happening(dispute: Dispute, side: str) -> tuple[str, str]:
    claimed = _claimed(dispute, side)
    offer = to_answer(dispute, side) if dispute.status in OFFERS_IN else None
    if offer is not None and offer.is_midpoint:
        more = _("Their midpoint is {amount}. {claimed}")
        more = more.format(amount=cash(dispute, offer.amount_minor), claimed=claimed)
        return _("Both sealed limits overlap"), more
    if offer is not None and offer.number > 1:
        more = _("{claimed} The offer is {amount}.")
        more = more.format(claimed=claimed, amount=cash(dispute, offer.amount_minor))
        return _("{name} has made an offer").format(name=name_of(dispute, offer.side)), more
    match dispute.status:
        case S.OPEN if dispute.answered_at is None:
            return _unanswered(dispute, side, claimed)
        case S.OPEN:
            return _("You two talk"), claimed
        case S.EVIDENCE:
            more = _("{claimed} Both sides add what proves their side.").format(claimed=claimed)
            return _("Our staff decide, evidence first"), more
        case S.REBUTTAL:
            return _("Answers to new evidence"), _("{claimed} The file closes soon.").format(claimed=claimed)
        case S.DECIDING:
            return _("Our staff decide"), _("{claimed} The file is complete.").format(claimed=claimed)
        case S.INSPECTION:
            return _("The goods are inspected"), _("The time to decide waits for the report.")
        case S.DECIDED:
            more = _("On {at}. {claimed}").format(at=moment(dispute.decided_at), claimed=claimed)
            return _("Our staff have decided"), more
        case S.APPEALED:
            more = _("Another adjudicator looks again. Until then nothing is carried out.")
            return _("The decision is appealed"), more
        case S.RETURNING:
            return _("The goods go back"), _("The refund follows when they have been checked.")
        case S.REPLACING:
            return _("A replacement is on order"), _("What the claim holds stays held until it is accepted.")
    more = _("Closed {at}. {claimed}").format(at=moment(dispute.closed_at), claimed=claimed)
    return OUTCOMES[dispute.outcome], more


def _unanswered(dispute: Dispute, side: str, claimed: str) -> tuple[str, str]:
    """A claim that nobody has answered yet: by time it is awarded, or its other side is asked."""
    mine, silence = side == dispute.claimant, dispute.awards_silence
    if dispute.award_at is not None:
        title = (
            _("Your claim is filed")
            if mine
            else _("The buyer claims compensation for the delay")
            if silence
            else _("The buyer claims what was not shipped")
        )
        more = (
            _("{claimed} Without an answer it is awarded on {at}.")
            if silence
            else _("{claimed} Without proof of shipment it is awarded on {at}.")
        )
        return title, more.format(claimed=claimed, at=moment(dispute.award_at))
    if mine:
        more = _("{claimed} {respondent} is asked to answer.")
        return _("Your claim is filed"), more.format(claimed=claimed, respondent=name_of(dispute, dispute.respondent))
    return _("{name} has filed a claim").format(name=name_of(dispute, dispute.claimant)), claimed


def _decided(dispute: Dispute, side: str, decision) -> tuple[tuple[str, str], tuple[str, str, str]]:
    """The first two answers between a decision and its being carried out."""
    award, asked = cash(dispute, decision.award_minor), cash(dispute, dispute.claimed_minor)
    if decision.at_fault and decision.award_minor:
        found = (
            _("You were found at fault")
            if decision.at_fault == side
            else _("The buyer is at fault")
            if decision.at_fault == BUYER
            else _("The supplier is at fault")
        )
    else:
        found = _("The claim was decided")
    happening = (
        found,
        _("Decided on {at}: {award} of {asked} claimed.").format(
            at=moment(dispute.decided_at), award=award, asked=asked
        ),
    )
    if dispute.status == S.APPEALED:
        happening = (
            _("The decision is appealed"),
            _("It awards {award} of {asked}. Another adjudicator looks again.").format(award=award, asked=asked),
        )
    waits = _("When the decision is carried out; until then it stays held.")
    if side == dispute.claimant:
        safe = (_("{award} is awarded to you").format(award=award), waits, "safe" if decision.award_minor else "done")
    else:
        rest = cash(dispute, max(0, dispute.cap_minor - decision.award_minor))
        safe = (_("{rest} of what is claimed stays yours").format(rest=rest), waits, "safe")
    return happening, safe


def _safe(dispute: Dispute, side: str, refunds) -> tuple[str, str, str]:
    order, most = dispute.order, cash(dispute, dispute.cap_minor)
    if dispute.status == S.CLOSED:
        return _after(dispute, side, refunds)
    if dispute.claimant == SUPPLIER and side == BUYER:
        more = _("All else that you paid goes back to you already.")
        return _("At most {amount} is kept").format(amount=most), more, "safe"
    if dispute.claimant == SUPPLIER:
        more = _("The order has ended; all else goes back to the buyer.")
        return _("{amount} is held for your cost").format(amount=most), more, "safe"
    if side == BUYER:
        stake = cash(dispute, dispute.cap_minor - dispute.awarded_minor)
        more = _("{amount} of it is at stake in this claim.")
        if order.received_at:
            more = _("{amount} of it is at stake in this claim. The clock of these goods stands still.")
        covered = _("Yes, {amount} is covered").format(amount=cash(dispute, order.covered_minor))
        return covered, more.format(amount=stake), "safe"
    held = _("{amount} is held for this order").format(amount=cash(dispute, order.escrow_minor))
    more = _("Claimed: {amount}. What is not claimed is released to you on time.").format(amount=most)
    return held, more, "safe"


def _after(dispute: Dispute, side: str, refunds) -> tuple[str, str, str]:
    """What a closed case gave, and when it arrives."""
    awarded = cash(dispute, dispute.awarded_minor)
    if not dispute.awarded_minor:
        return _("Nothing was awarded"), _("What was held is free again."), "done"
    if side == dispute.claimant == SUPPLIER:
        return _("{amount} is yours").format(amount=awarded), _("It is paid out with your next payout."), "safe"
    if dispute.claimant == SUPPLIER:
        kept = _("{amount} was kept for the supplier’s cost").format(amount=awarded)
        return kept, _("The rest went back to you."), "done"
    if side == SUPPLIER:
        went = _("{amount} went to the buyer").format(amount=awarded)
        return went, _("What was held beyond it is yours again, less the reserve."), "done"
    coming = _("{amount} is coming back to you").format(amount=awarded)
    *times, last = sorted({str(refund.arrives_in) for refund in refunds}) or [""]
    if times:
        more = _("It takes {times} or {last} to arrive.").format(times=", ".join(times), last=last)
    elif last:
        more = _("It takes {time} to arrive.").format(time=last)
    else:
        more = _("To what you paid from.")
    return coming, more, "safe"
