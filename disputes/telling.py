"""The events of a case in words, for the order's timeline."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from events.models import Event
from orders.models import Order
from orders.wording import Moment
from trade_assurance import money

BUYER = Order.Side.BUYER
KINDS = ("claim", "offer", "limit", "limits", "dispute", "evidence", "rebuttal", "decision", "inspection", "return")
BEGINNINGS = (*KINDS, "replacement")
STAFF_ONLY = {
    "decision.proposed",
    "decision.sent_back",
    "decision.taken_back",
    "dispute.picked_up",
    "dispute.handed_back",
}
PLAIN = {  # title, what it means, tone
    "claim.lapsed": (_lazy("The claim ended"), _lazy("Nothing of it is open any more; what it held is free."), ""),
    "limits.compared": (_lazy("Both sealed limits were compared"), _lazy("They were deleted at once."), ""),
    "dispute.frozen": (
        _lazy("The case stands still"),
        _lazy("A card payment of this order is contested at its bank."),
        "breach",
    ),
    "dispute.goes_on": (
        _lazy("The case goes on"),
        _lazy("Every deadline has moved by the time that it stood still."),
        "",
    ),
    "dispute.decision_extended": (_lazy("Our staff take longer to decide"), _lazy("They may do so one time."), ""),
    "evidence.closed": (
        _lazy("The time for evidence is over"),
        _lazy("From now only answers to the other side’s new evidence."),
        "",
    ),
    "rebuttal.closed": (_lazy("The file is complete"), _lazy("It is decided as it stands."), ""),
    "inspection.ordered": (_lazy("An inspection was ordered"), _lazy("The buyer chooses a listed inspector."), ""),
    "inspection.inspector_chosen": (_lazy("The buyer chose an inspector"), _lazy("The report is due next."), ""),
    "inspection.reported": (
        _lazy("The inspector has reported"),
        _lazy("The time to decide goes on with what was left of it."),
        "",
    ),
    "inspection.lapsed": (
        _lazy("The inspection did not take place"),
        _lazy("The case is decided as the file stands."),
        "",
    ),
    "return.sent": (_lazy("The goods go back"), _lazy("With a tracking number."), ""),
    "return.delivered": (_lazy("The returned goods arrived"), _lazy("The supplier checks them."), ""),
    "return.warned": (_lazy("The return is overdue"), _lazy("The buyer was warned; it lapses next."), "action"),
    "return.lapsed": (_lazy("The return lapsed"), _lazy("Nothing was sent back in time, so the claim ended."), ""),
    "return.contested": (_lazy("The supplier contests the return"), _lazy("Our staff decide."), ""),
    "replacement.sent": (_lazy("The replacement was sent"), _lazy("With a tracking number."), ""),
    "replacement.delivered": (_lazy("The replacement arrived"), _lazy("The buyer checks it."), ""),
    "replacement.accepted": (_lazy("The replacement is accepted"), _lazy("The case is closed."), "safe"),
    "replacement.contested": (_lazy("The buyer contests the replacement"), _lazy("Our staff decide."), ""),
}


def tell(order: Order, event: Event, side: str) -> Moment | None:
    """One event of a case for one side; None for what only staff see."""
    if event.kind in STAFF_ONLY and side in Order.Side.values:
        return None
    read, kind = event.data, event.kind

    def cash(name: str) -> str:
        return money.display(read.get(name) or 0, order.currency)

    def party(which: str) -> str:
        if which not in (*Order.Side.values,):
            return _("Our staff")
        return _("You") if which == side else order.buyer.display_name if which == BUYER else order.supplier.name

    case, by = read.get("dispute", ""), party(read.get("side", ""))
    if kind in PLAIN:
        title, detail, tone = PLAIN[kind]
        return Moment(title, _("Case {case}. {detail}").format(case=case, detail=detail), tone, event.at)
    title, detail, tone = kind.replace(".", " ").replace("_", " ").capitalize(), "", ""
    match kind:
        case "claim.filed":
            title, tone = _("{by} filed a claim for {cash}").format(by=by, cash=cash("claimed")), "action"
            detail = _("{cash} of it is covered and held; the clock of these goods stands still.").format(
                cash=cash("held")
            )
        case "claim.withdrawn":
            title, detail = _("The claim was withdrawn"), _("What it held is free, and the clocks go on.")
        case "claim.awarded":
            title, tone = _("{cash} awarded by time").format(cash=cash("award")), "breach"
            detail = _("Nobody answered in time.") if read.get("silent") else _("No proof of shipment came in time.")
        case "claim.answered":
            title, detail = _("The claim was answered"), _("Nothing is awarded by time any more; the talk goes on.")
        case "offer.made":
            title = _("{by} offered {cash}").format(by=by, cash=cash("amount"))
        case "offer.rejected":
            title = _("Offer {get} was refused").format(get=read.get("offer"))
        case "offer.withdrawn":
            title = _("{by} withdrew offer {get}").format(by=by, get=read.get("offer"))
        case "offer.expired":
            title = _("Offer {get} expired").format(get=read.get("offer"))
        case "offer.accepted" if read.get("settles"):
            title, tone = _("Settled for {cash}").format(cash=cash("amount")), "safe"
            waits = {"return": _("The goods go back first."), "replacement": _("The supplier ships again.")}
            detail = waits.get(read.get("waits_for", ""), _("It was carried out at once."))
        case "offer.accepted":
            title, detail = _("One side accepted the midpoint"), _("It settles when both have.")
        case "limit.sealed":
            title, detail = _("{by} sealed a limit").format(by=by), _("Nobody can read it.")
        case "dispute.extended":
            title = _("{by} agreed to more time").format(by=by)
            detail = (
                _("Both have: the talk goes on.") if read.get("both") else _("It counts when the other side agrees.")
            )
        case "dispute.escalated":
            title, tone = _("Our staff decide"), "action"
            detail = (
                _("By itself, as no agreement came.")
                if read.get("side") == "time"
                else _("Asked for by {you}.").format(you=_you(by))
            )
        case "dispute.asked":
            title = _("Our staff asked {you} for something").format(you=_you(by))
        case "dispute.appealed":
            title, detail = (
                _("{by} appealed").format(by=by),
                _("Another adjudicator looks again; nothing is carried out before."),
            )
        case "dispute.appeal_waived":
            title = _("{by} waived the appeal").format(by=by)
        case "evidence.added":
            title = _("{by} added evidence, number {get}").format(by=by, get=read.get("number"))
        case "decision.published":
            title, tone = _("Our staff decided: {cash}").format(cash=cash("award")), "action"
            detail = _("Both sides can read it with its reasons.")
        case "decision.executed":
            title, tone = (
                _("The decision was carried out: {cash}").format(cash=cash("award")),
                "breach" if read.get("award") else "",
            )
        case "return.refunded" | "replacement.refunded":
            title, tone = _("{cash} refunded").format(cash=cash("award")), "safe"
            detail = _("The goods are back.") if kind == "return.refunded" else _("No replacement was sent in time.")
    return Moment(title, _("Case {case}. {detail}").format(case=case, detail=detail).strip(), tone, event.at)


def _you(by: str) -> str:
    return by.replace(_("You"), "you")
