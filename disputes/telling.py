"""The events of a case in words, for the order's timeline."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from events.models import Event
from orders.models import Order
from orders.wording import Moment
from trade_assurance import money

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
    if kind in PLAIN:
        title, detail, tone = PLAIN[kind]
    else:
        title, detail, tone = _told(order, kind, read, side)
    case = _("Case {case}. {detail}").format(case=read.get("dispute", ""), detail=detail)
    return Moment(title, case.strip(), tone, event.at)


def _told(order: Order, kind: str, read: dict, side: str) -> tuple[str, str, str]:
    """Title, detail and tone of an event with figures or names in it."""

    def cash(name: str) -> str:
        return money.display(read.get(name) or 0, order.currency)

    def by(yours: str, theirs: str) -> str:
        """The sentence for the side whose event it is, or the one that names that side."""
        which, names = read.get("side", ""), {"buyer": order.buyer.display_name, "supplier": order.supplier.name}
        if which == side and which in names:
            return yours.format(**values)
        return theirs.format(name=names.get(which) or _("Our staff"), **values)

    values = {name: read.get(name) for name in ("offer", "number")}
    values |= {name: cash(name) for name in ("claimed", "held", "award", "amount")}
    if (said := _plainly(kind, read, values)) is not None:
        return said
    match kind:
        case "claim.filed":
            title = by(_("You filed a claim for {claimed}"), _("{name} filed a claim for {claimed}"))
            detail = _("{held} of it is covered and held; the clock of these goods stands still.")
            return title, detail.format(**values), "action"
        case "offer.made":
            return by(_("You offered {amount}"), _("{name} offered {amount}")), "", ""
        case "offer.withdrawn":
            return by(_("You withdrew offer {offer}"), _("{name} withdrew offer {offer}")), "", ""
        case "limit.sealed":
            return by(_("You sealed a limit"), _("{name} sealed a limit")), _("Nobody can read it."), ""
        case "dispute.extended":
            detail = _("It counts when the other side agrees.")
            if read.get("both"):
                detail = _("Both have: the talk goes on.")
            return by(_("You agreed to more time"), _("{name} agreed to more time")), detail, ""
        case "dispute.escalated":
            detail = _("By itself, as no agreement came.")
            if read.get("side") != "time":
                detail = by(_("Asked for by you."), _("Asked for by {name}."))
            return _("Our staff decide"), detail, "action"
        case "dispute.asked":
            return by(_("Our staff asked you for something"), _("Our staff asked {name} for something")), "", ""
        case "dispute.appealed":
            detail = _("Another adjudicator looks again; nothing is carried out before.")
            return by(_("You appealed"), _("{name} appealed")), detail, ""
        case "dispute.appeal_waived":
            return by(_("You waived the appeal"), _("{name} waived the appeal")), "", ""
        case "evidence.added":
            return by(_("You added evidence, number {number}"), _("{name} added evidence, number {number}")), "", ""
    return kind.replace(".", " ").replace("_", " ").capitalize(), "", ""


def _plainly(kind: str, read: dict, values: dict) -> tuple[str, str, str] | None:
    """An event whose words are the same whoever reads it."""
    detail, tone = "", ""
    match kind:
        case "claim.withdrawn":
            title, detail = _("The claim was withdrawn"), _("What it held is free, and the clocks go on.")
        case "claim.awarded":
            title, tone = _("{award} awarded by time"), "breach"
            detail = _("Nobody answered in time.") if read.get("silent") else _("No proof of shipment came in time.")
        case "claim.answered":
            title, detail = _("The claim was answered"), _("Nothing is awarded by time any more; the talk goes on.")
        case "offer.rejected":
            title = _("Offer {offer} was refused")
        case "offer.expired":
            title = _("Offer {offer} expired")
        case "offer.accepted" if read.get("settles"):
            title, tone = _("Settled for {amount}"), "safe"
            waits = {"return": _("The goods go back first."), "replacement": _("The supplier ships again.")}
            detail = waits.get(read.get("waits_for", ""), _("It was carried out at once."))
        case "offer.accepted":
            title, detail = _("One side accepted the midpoint"), _("It settles when both have.")
        case "decision.published":
            title, tone = _("Our staff decided: {award}"), "action"
            detail = _("Both sides can read it with its reasons.")
        case "decision.executed":
            title, tone = _("The decision was carried out: {award}"), "breach" if read.get("award") else ""
        case "return.refunded":
            title, detail, tone = _("{award} refunded"), _("The goods are back."), "safe"
        case "replacement.refunded":
            title, detail, tone = _("{award} refunded"), _("No replacement was sent in time."), "safe"
        case _any:
            return None
    return title.format(**values), detail, tone
