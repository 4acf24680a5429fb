"""One event of an order in words: its title, more, and a tone."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import arrivals, checks, ends
from orders.models import Order
from trade_assurance import money
from trade_assurance.templatetags.ta import day

PLAIN = {  # told by their names alone
    "protection.closed_in_part": _lazy("Protection closed in part"),
    "order.flagged": _lazy("Order flagged"),
    "order.unflagged": _lazy("Order unflagged"),
    "order.emptied": _lazy("Order emptied"),
    "payment.processing": _lazy("Payment started"),
}


def told(order: Order, event, side: str) -> tuple[str, str, str]:
    """What happened, for either side; tellers of other parts come before this."""
    kind = event.kind
    if kind in PLAIN:
        return str(PLAIN[kind]), "", ""
    actor = Order.Side.BUYER if event.actor_id == order.buyer_id else Order.Side.SUPPLIER
    own = event.actor_id is not None and actor == side
    by = "" if event.actor_id is None else order.buyer.display_name if actor == "buyer" else order.supplier.name
    for teller in (_contract, _payment, _ending, _late, _delivery):
        if (found := teller(order, event, own, by, side)) is not None:
            return found
    return kind.replace(".", " ").replace("_", " ").capitalize(), "", ""


def _cash(order: Order, event, name: str) -> str:
    return money.display(event.data.get(name) or 0, order.currency)


def _contract(order, event, own, by, side):
    read = event.data
    match event.kind:
        case "contract.requested":
            return _("You asked for a contract") if own else _("{by} asked for a contract").format(by=by), "", ""
        case "contract.sent":
            title = _("Contract version {version} sent").format(version=read["version"])
            return title, _("By you, who signed it.") if own else _("By {by}, who signed it.").format(by=by), ""
        case "contract.accepted":
            title = _("Contract version {version} accepted by both").format(version=read["version"])
            reserved = _cash(order, event, "reserved")
            return title, _("{cash} of the supplier's protection limit is reserved.").format(cash=reserved), ""
        case "contract.lapsed":
            return _("The contract lapsed"), _("Nobody answered in time. Nobody owes anything."), ""
        case "production.confirmed":
            more = _("Confirmed by you.") if own else _("Confirmed by {by}.").format(by=by)
            return _("Production has begun"), more, ""
    return None


def _payment(order, event, own, by, side):
    match event.kind:
        case "payment.failed":
            return _("Payment failed"), _("Nothing was charged."), "breach"
        case "payment.taken_back":
            title = _("{cash} was taken back by the bank that sent it").format(cash=_cash(order, event, "amount"))
            more = _("It was still being checked, so nothing of it was covered. The instalment is open again.")
            return title, more, "breach"
        case "payment.cleared":
            return arrivals.cleared(event.data, order.currency, you_buy=side == Order.Side.BUYER)
        case "payment.held" | "payment.approved" | "payment.declined" | "payment.review_overdue":
            return checks.told(event.kind, order)
        case "payment.returned":
            title = _("{cash} goes back").format(cash=_cash(order, event, "surplus"))
            return title, _("It was too much, came when nothing was open, or was not accepted."), ""
    return None


def _ending(order, event, own, by, side):
    match event.kind:
        case "cancel.proposed":
            return _("You proposed to cancel") if own else _("{by} proposed to cancel").format(by=by), "", "action"
        case "cancel.withdrawn":
            if own:
                return _("You took the proposal to cancel back"), "", ""
            return _("{by} took the proposal to cancel back").format(by=by), "", ""
        case "order.cancelled":
            because = ends.words(event.data["because"])
            if not event.data.get("refund"):
                return _("Order cancelled"), _("{because}.").format(because=because), ""
            more = _("{because}. {cash} goes back to the buyer.")
            return _("Order cancelled"), more.format(because=because, cash=_cash(order, event, "refund")), ""
        case "order.refunded":
            more = _("{cash} goes back to the buyer.").format(cash=_cash(order, event, "refund"))
            return _("Everything refunded"), more, "breach"
        case "protection.expired":
            released = _cash(order, event, "released")
            return _("Protection ended"), _("{cash} released to the supplier.").format(cash=released), "safe"
    return None


def _late(order, event, own, by, side):
    match event.kind:
        case "order.late":
            more = _("Not all was shipped by the ship-by date. The buyer has three choices.")
            return _("The order is late"), more, "breach"
        case "order.kept":
            title = _("You chose to keep the goods that are late")
            if not own:
                title = _("{by} chose to keep the goods that are late").format(by=by)
            more = _("Time does not cancel them any more; each day late is compensated once they are shipped.")
            return title, more, ""
        case "order.rest_refunded":
            title = _("{cash} refunded for what was not shipped").format(cash=_cash(order, event, "refund"))
            return title, _("The rest is cancelled; the order goes on with what was shipped."), "breach"
    return None


def _delivery(order, event, own, by, side):
    read = event.data
    match event.kind:
        case "shipment.entered":
            title = _("All goods shipped")
            if not read.get("all"):
                title = _("Shipment {shipment} sent").format(shipment=read["shipment"])
            kept = read.get("fact")
            fact = _(kept) if kept else _("Dispatched")
            sent_on = day(date.fromisoformat(read["dispatched_on"]))
            more = _("{fact}, {sent_on}. Entered by you.").format(fact=fact, sent_on=sent_on)
            if not own:
                more = _("{fact}, {sent_on}. Entered by {by}.").format(fact=fact, sent_on=sent_on, by=by)
            if read.get("tracking") == "rejected":
                more += " " + _("The tracking number is used on another order; our staff look at it.")
            return title, more, ""
        case "shipment.delivered":
            return _("Shipment {shipment} delivered").format(shipment=read["shipment"]), "", ""
        case "shipment.arrived":
            return _("Shipment {shipment} arrived at port").format(shipment=read["shipment"]), "", ""
        case "receipt.extended":
            if own:
                return _("You extended the time to confirm"), "", ""
            return _("{by} extended the time to confirm").format(by=by), "", ""
        case "receipt.confirmed":
            released, reserve, held = (_cash(order, event, name) for name in ("released", "reserve", "held"))
            more = _("{released} released to the supplier, {reserve} kept in reserve.")
            if read.get("held"):
                more = _("{released} released to the supplier, {reserve} kept in reserve, {held} held.")
            more = more.format(released=released, reserve=reserve, held=held)
            if read.get("automatic"):
                more = _("Confirmed by time.") + " " + more
            return _("Goods received, protection clock started"), more, "safe"
    return None
