"""The events of a case in words, for the order's timeline."""

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
    "claim.lapsed": ("The claim ended", "Nothing of it is open any more; what it held is free.", ""),
    "limits.compared": ("Both sealed limits were compared", "They were deleted at once.", ""),
    "dispute.frozen": ("The case stands still", "A card payment of this order is contested at its bank.", "breach"),
    "dispute.goes_on": ("The case goes on", "Every deadline has moved by the time that it stood still.", ""),
    "dispute.decision_extended": ("Our staff take longer to decide", "They may do so one time.", ""),
    "evidence.closed": ("The time for evidence is over", "From now only answers to the other side’s new evidence.", ""),
    "rebuttal.closed": ("The file is complete", "It is decided as it stands.", ""),
    "inspection.ordered": ("An inspection was ordered", "The buyer chooses a listed inspector.", ""),
    "inspection.inspector_chosen": ("The buyer chose an inspector", "The report is due next.", ""),
    "inspection.reported": ("The inspector has reported", "The time to decide goes on with what was left of it.", ""),
    "inspection.lapsed": ("The inspection did not take place", "The case is decided as the file stands.", ""),
    "return.sent": ("The goods go back", "With a tracking number.", ""),
    "return.delivered": ("The returned goods arrived", "The supplier checks them.", ""),
    "return.warned": ("The return is overdue", "The buyer was warned; it lapses next.", "action"),
    "return.lapsed": ("The return lapsed", "Nothing was sent back in time, so the claim ended.", ""),
    "return.contested": ("The supplier contests the return", "Our staff decide.", ""),
    "replacement.sent": ("The replacement was sent", "With a tracking number.", ""),
    "replacement.delivered": ("The replacement arrived", "The buyer checks it.", ""),
    "replacement.accepted": ("The replacement is accepted", "The case is closed.", "safe"),
    "replacement.contested": ("The buyer contests the replacement", "Our staff decide.", ""),
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
            return "Our staff"
        return "You" if which == side else order.buyer.display_name if which == BUYER else order.supplier.name

    case, by = read.get("dispute", ""), party(read.get("side", ""))
    if kind in PLAIN:
        title, detail, tone = PLAIN[kind]
        return Moment(title, f"Case {case}. {detail}", tone, event.at)
    title, detail, tone = kind.replace(".", " ").replace("_", " ").capitalize(), "", ""
    match kind:
        case "claim.filed":
            title, tone = f"{by} filed a claim for {cash('claimed')}", "action"
            detail = f"{cash('held')} of it is covered and held; the clock of these goods stands still."
        case "claim.withdrawn":
            title, detail = "The claim was withdrawn", "What it held is free, and the clocks go on."
        case "claim.awarded":
            title, tone = f"{cash('award')} awarded by time", "breach"
            detail = "Nobody answered in time." if read.get("silent") else "No proof of shipment came in time."
        case "claim.answered":
            title, detail = "The claim was answered", "Nothing is awarded by time any more; the talk goes on."
        case "offer.made":
            title = f"{by} offered {cash('amount')}"
        case "offer.rejected":
            title = f"Offer {read.get('offer')} was refused"
        case "offer.withdrawn":
            title = f"{by} withdrew offer {read.get('offer')}"
        case "offer.expired":
            title = f"Offer {read.get('offer')} expired"
        case "offer.accepted" if read.get("settles"):
            title, tone = f"Settled for {cash('amount')}", "safe"
            waits = {"return": "The goods go back first.", "replacement": "The supplier ships again."}
            detail = waits.get(read.get("waits_for", ""), "It was carried out at once.")
        case "offer.accepted":
            title, detail = "One side accepted the midpoint", "It settles when both have."
        case "limit.sealed":
            title, detail = f"{by} sealed a limit", "Nobody can read it."
        case "dispute.extended":
            title = f"{by} agreed to more time"
            detail = "Both have: the talk goes on." if read.get("both") else "It counts when the other side agrees."
        case "dispute.escalated":
            title, tone = "Our staff decide", "action"
            detail = "By itself, as no agreement came." if read.get("side") == "time" else f"Asked for by {_you(by)}."
        case "dispute.asked":
            title = f"Our staff asked {_you(by)} for something"
        case "dispute.appealed":
            title, detail = f"{by} appealed", "Another adjudicator looks again; nothing is carried out before."
        case "dispute.appeal_waived":
            title = f"{by} waived the appeal"
        case "evidence.added":
            title = f"{by} added evidence, number {read.get('number')}"
        case "decision.published":
            title, tone = f"Our staff decided: {cash('award')}", "action"
            detail = "Both sides can read it with its reasons."
        case "decision.executed":
            title, tone = f"The decision was carried out: {cash('award')}", "breach" if read.get("award") else ""
        case "return.refunded" | "replacement.refunded":
            title, tone = f"{cash('award')} refunded", "safe"
            detail = "The goods are back." if kind == "return.refunded" else "No replacement was sent in time."
    return Moment(title, f"Case {case}. {detail}".strip(), tone, event.at)


def _you(by: str) -> str:
    return by.replace("You", "you")
