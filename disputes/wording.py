"""A case in words, for both sides: its state on a row, its three answers, its tracker, what comes if nobody acts."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from disputes.models import Dispute, Offer, Performance
from disputes.waiting import OFFERS_IN, other, to_answer, waits_for
from orders.models import Order
from orders.wording import Answers, State
from trade_assurance import money
from trade_assurance.templatetags.ta import day, left, moment

S, O = Dispute.Status, Dispute.Outcome  # noqa: E741
BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER


def cash(dispute: Dispute, minor: int) -> str:
    """An amount of this case in words."""
    return money.display(minor, dispute.currency)


def name_of(dispute: Dispute, side: str) -> str:
    """What a side is called."""
    return dispute.order.buyer.display_name if side == BUYER else dispute.order.supplier.name


def you_or(dispute: Dispute, side: str, reader: str) -> str:
    """ "You" for the reader's own side, else its name; an offer of nobody is the midpoint."""
    if not side:
        return _("Both limits")
    return _("You") if side == reader else name_of(dispute, side)


def _in_sentence(words: str) -> str:
    return _("you{words}").format(words=words[3:]) if words.startswith("You") else words


OUTCOMES = {
    O.SETTLED: _lazy("Settled by both"),
    O.AWARDED: _lazy("Refunded by time"),
    O.DECIDED: _lazy("Decided and carried out"),
    O.WITHDRAWN: _lazy("Claim withdrawn"),
    O.LAPSED: _lazy("Ended without an award"),
}


def state(dispute: Dispute, side: str) -> State:
    """The case's state for one side, of a case from `with_talk`."""
    if dispute.status == S.CLOSED:
        return State("safe" if dispute.awarded_minor else "done", OUTCOMES[dispute.outcome])
    if dispute.is_frozen:
        return State("breach", _("Stands still"), _("A card payment is contested at its bank"))
    if (step := waits_for(dispute, side)) is not None:
        return State("action", step.label, f"By {moment(step.deadline)}" if step.deadline else "")
    words = {
        S.OPEN: _("With the {other}").format(other=other(side)) if _answers(dispute, other(side)) else _("Both talk"),
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


def _answers(dispute: Dispute, side: str) -> bool:
    return any(offer.side != side and not (offer.is_midpoint and offer.accepted_by(side)) for offer in dispute.on_table)


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
    claimant, respondent = (you_or(dispute, side, reader) for side in (dispute.claimant, dispute.respondent))
    decided = Coming(dispute.decide_by_at, _("Our staff decide by then, from the contract and what is in the file."))
    match dispute.status:
        case S.OPEN:
            found = []
            if dispute.award_at is not None:
                amount = cash(dispute, dispute.cap_minor)
                unless = (
                    _("If {in_sentence} did not answer").format(in_sentence=_in_sentence(respondent))
                    if dispute.awards_silence
                    else _("If nothing shipped")
                )
                what = _("{unless} by then, {amount} goes to the buyer by itself.").format(unless=unless, amount=amount)
                found.append(Coming(dispute.award_at, what, "safe"))
            if dispute.answered_at is None:
                late = _("{respondent} {which} not answered").format(
                    respondent=respondent, which="have" if respondent == "You" else "has"
                )
                what = _("If {in_sentence}, {in_sentence2} may have our staff decide; silence counts.").format(
                    in_sentence=_in_sentence(late), in_sentence2=_in_sentence(claimant)
                )
                found.append(Coming(dispute.answer_due_at, what))
            elif dispute.rejections < dispute.order.rulebook.rejections_to_escalate and not dispute.is_breach:
                found.append(
                    Coming(
                        dispute.escalate_from_at,
                        _("From then {in_sentence} may have our staff decide.").format(
                            in_sentence=_in_sentence(claimant)
                        ),
                    )
                )
            what = _("Without an agreement the case goes to our staff by itself. Nobody loses anything by waiting.")
            return [*found, Coming(dispute.escalate_at, what)]
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


def _performance_ends(dispute: Dispute) -> list[Coming]:
    if dispute.status not in (S.RETURNING, S.REPLACING) or not dispute.standing:
        return []
    return [Coming(dispute.performance_due_at, silence_of(dispute.standing[0], dispute))]


def silence_of(performance: Performance, dispute: Dispute) -> str:
    """What happens at the next deadline of a return or a replacement if nobody acts."""
    is_return = performance.kind == Performance.Kind.RETURN
    hours = dispute.order.rulebook.return_warning_hours
    if performance.delivered_at is not None:
        return _("The time to check ends. ") + (
            _("Unless the supplier contests it, the buyer is refunded.")
            if is_return
            else _("Unless the buyer contests it, the replacement counts as accepted.")
        )
    if performance.sent_at is not None:
        return _("If nobody has said so before, the goods count as arrived, and the time to check them begins.")
    if not is_return:
        return _("Without tracking by then, what the claim still holds is refunded to the buyer.")
    if performance.warned_at is None:
        return _("Without tracking by then the buyer is warned once; {hours} hours later the return lapses.").format(
            hours=hours
        )
    return _("Without tracking by then the return lapses and the claim ends without a refund.")


# the three answers ------------------------------------------------------------------------------------------------


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


def _happening(dispute: Dispute, side: str) -> tuple[str, str]:
    asked = _("{you_or} claimed {dispute}.").format(
        you_or=you_or(dispute, dispute.claimant, side), dispute=cash(dispute, dispute.claimed_minor)
    )
    offer = to_answer(dispute, side) if dispute.status in OFFERS_IN else None
    if offer is not None and offer.is_midpoint:
        return _("Both sealed limits overlap"), _("Their midpoint is {dispute}. {asked}").format(
            dispute=cash(dispute, offer.amount_minor), asked=asked
        )
    if offer is not None and offer.number > 1:
        whose = you_or(dispute, offer.side, side)
        return _("{whose} has made an offer").format(whose=whose), _("{asked} The offer is {dispute}.").format(
            asked=asked, dispute=cash(dispute, offer.amount_minor)
        )
    respondent = name_of(dispute, dispute.respondent)
    match dispute.status:
        case S.OPEN if dispute.award_at is not None and dispute.answered_at is None:
            of = _("compensation for the delay") if dispute.awards_silence else _("what was not shipped")
            title = _("Your claim is filed") if side == dispute.claimant else _("The buyer claims {of}").format(of=of)
            without = _("an answer") if dispute.awards_silence else _("proof of shipment")
            return title, _("{asked} Without {without} it is awarded on {award_at}.").format(
                asked=asked, without=without, award_at=moment(dispute.award_at)
            )
        case S.OPEN if dispute.answered_at is None:
            if side == dispute.claimant:
                return _("Your claim is filed"), _("{asked} {respondent} is asked to answer.").format(
                    asked=asked, respondent=respondent
                )
            return _("{name_of} has filed a claim").format(name_of=name_of(dispute, dispute.claimant)), asked
        case S.OPEN:
            return _("You two talk"), asked
        case S.EVIDENCE:
            return _("Our staff decide, evidence first"), _("{asked} Both sides add what proves their side.").format(
                asked=asked
            )
        case S.REBUTTAL:
            return _("Answers to new evidence"), _("{asked} The file closes soon.").format(asked=asked)
        case S.DECIDING:
            return _("Our staff decide"), _("{asked} The file is complete.").format(asked=asked)
        case S.INSPECTION:
            return _("The goods are inspected"), _("The time to decide waits for the report.")
        case S.DECIDED:
            return _("Our staff have decided"), f"On {moment(dispute.decided_at)}. {asked}"
        case S.APPEALED:
            return _("The decision is appealed"), _(
                "Another adjudicator looks again. Until then nothing is carried out."
            )
        case S.RETURNING:
            return _("The goods go back"), _("The refund follows when they have been checked.")
        case S.REPLACING:
            return _("A replacement is on order"), _("What the claim holds stays held until it is accepted.")
    return OUTCOMES[dispute.outcome], _("Closed {closed_at}. {asked}").format(
        closed_at=moment(dispute.closed_at), asked=asked
    )


def _decided(dispute: Dispute, side: str, decision) -> tuple[tuple[str, str], tuple[str, str, str]]:
    """The first two answers between a decision and its being carried out."""
    award, asked = cash(dispute, decision.award_minor), cash(dispute, dispute.claimed_minor)
    if decision.at_fault and decision.award_minor:
        found = (
            _("You were found at fault")
            if decision.at_fault == side
            else _("The {at_fault} is at fault").format(at_fault=decision.at_fault)
        )
    else:
        found = _("The claim was decided")
    happening = (
        found,
        _("Decided on {decided_at}: {award} of {asked} claimed.").format(
            decided_at=moment(dispute.decided_at), award=award, asked=asked
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
    order = dispute.order
    if dispute.status == S.CLOSED:
        return _after(dispute, side, refunds)
    held = _("{dispute} of it is at stake in this claim.").format(
        dispute=cash(dispute, dispute.cap_minor - dispute.awarded_minor)
    )
    if dispute.claimant == SUPPLIER:
        most = cash(dispute, dispute.cap_minor)
        if side == BUYER:
            return (
                _("At most {most} is kept").format(most=most),
                _("All else that you paid goes back to you already."),
                "safe",
            )
        return (
            _("{most} is held for your cost").format(most=most),
            _("The order has ended; all else goes back to the buyer."),
            "safe",
        )
    if side == BUYER:
        covered = cash(dispute, order.covered_minor)
        still = _(" The clock of these goods stands still.") if order.received_at else ""
        return _("Yes, {covered} is covered").format(covered=covered), held + still, "safe"
    return (
        _("{dispute} is held for this order").format(dispute=cash(dispute, order.escrow_minor)),
        _("Claimed: {dispute}. What is not claimed is released to you on time.").format(
            dispute=cash(dispute, dispute.cap_minor)
        ),
        "safe",
    )


def _after(dispute: Dispute, side: str, refunds) -> tuple[str, str, str]:
    """What a closed case gave, and when it arrives."""
    awarded = cash(dispute, dispute.awarded_minor)
    if not dispute.awarded_minor:
        return _("Nothing was awarded"), _("What was held is free again."), "done"
    if side == dispute.claimant == SUPPLIER:
        return _("{awarded} is yours").format(awarded=awarded), _("It is paid out with your next payout."), "safe"
    if dispute.claimant == SUPPLIER:
        return (
            _("{awarded} was kept for the supplier’s cost").format(awarded=awarded),
            _("The rest went back to you."),
            "done",
        )
    if side == SUPPLIER:
        return (
            _("{awarded} went to the buyer").format(awarded=awarded),
            _("What was held beyond it is yours again, less the reserve."),
            "done",
        )
    times = sorted({refund.arrives_in for refund in refunds})
    if times:
        return (
            _("{awarded} is coming back to you").format(awarded=awarded),
            _("It takes {join} to arrive.").format(join=" or ".join(times)),
            "safe",
        )
    return _("{awarded} is coming back to you").format(awarded=awarded), _("To what you paid from."), "safe"


# the tracker --------------------------------------------------------------------------------------------------------


def tracker(dispute: Dispute, now: datetime) -> list[dict]:
    """Claim, talk, evidence, decision and the end, each with its date and one note."""
    talked = dispute.status != S.OPEN
    by_staff = dispute.escalated_at is not None
    decided = dispute.decided_at is not None
    closed = dispute.status == S.CLOSED
    ended = day(dispute.closed_at) if closed else ""
    talk_until = dispute.award_at or dispute.escalate_at
    by = (
        _("By itself")
        if dispute.escalated_by == "time"
        else _("By the {escalated_by}").format(escalated_by=dispute.escalated_by)
    )
    steps = [
        ("done", _("Claim filed"), day(dispute.filed_at), _("By the {claimant}").format(claimant=dispute.claimant)),
        (
            "done" if talked else "current",
            _("Talk"),
            day(dispute.escalated_at)
            or ended
            or (_("Agreed") if talked else _("Until {talk_until}").format(talk_until=moment(talk_until))),
            _("Escalated: {by}").format(by=by.lower())
            if by_staff and talked
            else ""
            if talked
            else left(talk_until, now),
        ),
    ]
    if by_staff or not (talked or closed):
        evidence_on = dispute.status in (S.EVIDENCE, S.REBUTTAL)
        after = by_staff and not evidence_on
        deciding = dispute.status in (S.DECIDING, S.INSPECTION, S.APPEALED)
        due = f"By {day(dispute.decide_by_at)}" if dispute.decide_by_at else _("If you do not settle")
        steps += [
            (
                "current" if evidence_on else "done" if after else "next",
                _("Evidence"),
                _("Until {evidence_ends_at}").format(evidence_ends_at=moment(dispute.evidence_ends_at))
                if dispute.evidence_ends_at
                else _("If you do not settle"),
                _("Answers until ") + moment(dispute.rebuttal_ends_at) if dispute.rebuttal_ends_at else "",
            ),
            (
                "current" if deciding or dispute.status == S.DECIDED else "done" if decided and after else "next",
                _("Decided") if decided else _("Our staff decide"),
                day(dispute.decided_at) or (_("Not needed") if closed else due),
                _("Appeal until ") + moment(dispute.appeal_ends_at) if dispute.status == S.DECIDED else "",
            ),
        ]
    performing = dispute.status in (S.RETURNING, S.REPLACING)
    title = (
        OUTCOMES[dispute.outcome] if closed else _("Goods going back") if dispute.status == S.RETURNING else _("Done")
    )
    if dispute.status == S.REPLACING:
        title = _("Replacement")
    due = f"By {moment(dispute.performance_due_at)}" if performing else ended or _("No date yet")
    steps.append(("done" if closed else "current" if performing else "next", title, due, ""))
    return [{"state": kind, "title": title, "when": when, "note": note} for kind, title, when, note in steps]


# offers -------------------------------------------------------------------------------------------------------------


def conditions(dispute: Dispute, offer: Offer, reader: str) -> list[str]:
    """What an offer asks beside its amount, in sentences."""
    found = []
    if offer.with_return:
        buyer = _("You send") if reader == BUYER else _("{name_of} sends").format(name_of=name_of(dispute, BUYER))
        pays = _("{you_or} pay{which}").format(
            you_or=you_or(dispute, offer.freight_by, reader), which="" if offer.freight_by == reader else "s"
        )
        found.append(
            _("{buyer} the goods back first; {pays} the freight. The refund follows the supplier’s check.").format(
                buyer=buyer, pays=pays
            )
        )
    if offer.replacement:
        ships = _("You ship") if reader == SUPPLIER else _("{name_of} ships").format(name_of=name_of(dispute, SUPPLIER))
        pays = _("{you_or} pay{which}").format(
            you_or=you_or(dispute, offer.freight_by, reader), which="" if offer.freight_by == reader else "s"
        )
        found.append(
            _(
                "{ships} again by {replace_by_at}: {replacement}. {pays} the freight. If it is not sent, "
                "the rest of the claim is refunded."
            ).format(ships=ships, replace_by_at=moment(offer.replace_by_at), replacement=offer.replacement, pays=pays)
        )
    return found
