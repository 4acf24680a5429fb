"""An order in words, for both sides: its state on a row, its tracker, its three answers, its events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orders import arrivals, checks, safety
from orders.models import Order
from orders.steps.keeping import is_kept
from trade_assurance import money
from trade_assurance.templatetags.ta import day, day_end, left, moment, moment_end

S = Order.Status
BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER
METHODS = {"card": "card", "online": "online bank payment", "tt": "T/T (bank wire)"}


@dataclass(frozen=True)
class State:
    """What a row or a heading says of an order: a tone, the state's name, and what comes next."""

    tone: str
    words: str
    next: str = ""


def protection_day(order: Order, now: datetime) -> int:
    """The day of the protection window that `now` is on; the receipt date is day 0."""
    zone = ZoneInfo(order.protection_timezone or "UTC")
    days = (now.astimezone(zone).date() - order.received_at.astimezone(zone).date()).days
    return min(days, order.rulebook.protection_days)


def state(order: Order, side: str, now: datetime, *, turn: str | None = None, due_at: datetime | None = None) -> State:
    """The order's state for one side. `turn` is whose move a draft is, `due_at` when the next instalment is due."""
    mine = turn == side
    if order.open_disputes and not order.is_final:
        return State("wait", "In dispute", "The claim stops the clock of its goods")
    match order.status:
        case S.DRAFT:
            by = f"Answer by {day_end(order.lapses_at)}" if order.lapses_at else "Not sent yet"
            if mine:
                return State("action", "Contract to accept" if order.total_minor else "Contract to write", by)
            return State("wait", f"With the {'supplier' if side == BUYER else 'buyer'}", by)
        case S.PLACED:
            if checks.due_at(order):
                return State("wait", "Payment being checked", checks.until(order, now))
            if order.processing_payments:
                return State("wait", "Payment on its way", "Wait for the bank's answer")
            by = f"Pay by {day_end(due_at)}" if due_at else ""
            if side == SUPPLIER:
                return State("wait", "Waiting for payment", by.replace("Pay", "Due"))
            return State("action", "Balance due" if order.cleared_minor else "Payment due", by)
        case S.PAID:
            if order.is_late(now):
                return State("breach", "Shipment late", f"Was due {day_end(order.ship_by_at)}")
            by = f"Ship by {day_end(order.ship_by_at)}"
            return State("action", "To ship", by) if side == SUPPLIER else State("wait", "Being made", by)
        case S.SHIPPED if order.tracking_reviews:
            return State("wait", "Tracking being checked", "Not confirmed by time meanwhile")
        case S.SHIPPED:
            by = f"Confirmed by itself {day(order.auto_confirm_at)}" if order.auto_confirm_at else ""
            return State("action", "Confirm on arrival", by) if side == BUYER else State("wait", "In transit", by)
        case S.RECEIVED:
            if order.protection_ends_at is None:
                return State("wait", "Received, clock stopped")
            days = order.rulebook.protection_days
            return State(
                "safe",
                f"Received, day {protection_day(order, now)} of {days}",
                f"Protection ends {day_end(order.protection_ends_at)}",
            )
    return State("done", order.get_status_display(), f"Closed {day(order.closed_at)}")


def cover_label(order: Order) -> str:
    """The word beside the shield."""
    if order.is_sample and not order.is_final:
        return "No quality cover"
    return {"full": "Covered", "part": "Partly covered", "none": "Starts at payment", "ended": "Cover ended"}[
        order.cover
    ]


def tracker(order: Order, now: datetime, due_at: datetime | None) -> list[dict]:
    """The five steps with a date and one note each."""
    reached = {S.DRAFT: 0, S.PLACED: 1, S.PAID: 2, S.SHIPPED: 3, S.RECEIVED: 4, S.EXPIRED: 5}
    ended_early = order.status in (S.CANCELLED, S.REFUNDED)
    if ended_early:
        at = [order.placed_at, order.paid_at, order.shipped_at, order.received_at]
        level = next((n for n, moment_of in enumerate(at) if moment_of is None), 4)
    else:
        level = reached[order.status]
    days = order.rulebook.protection_days
    late = order.is_late(now)
    steps = [
        ("Placed", day(order.placed_at) or "No date yet", "Contract accepted by both" if order.placed_at else ""),
        (
            "Paid",
            day(order.paid_at) or (f"Due {day_end(due_at)}" if due_at else "No date yet"),
            "All that is due before shipment" if order.paid_at else "",
        ),
        (
            "Not shipped" if late else "Shipped",
            day(order.shipped_at) or (f"Due {moment_end(order.ship_by_at)}" if order.ship_by_at else "No date yet"),
            left(order.ship_by_at, now) if order.status == S.PAID else "",
        ),
        (
            "Received",
            day(order.received_at)
            or (f"At the latest {day(order.auto_confirm_at)}" if order.auto_confirm_at else "No date yet"),
            "",
        ),
        (
            "Protection ends",
            moment_end(order.protection_ends_at)
            or ("Stopped by a claim" if order.received_at and order.open_disputes else f"{days} days after receipt"),
            left(order.protection_ends_at, now) if order.status == S.RECEIVED and order.protection_ends_at else "",
        ),
    ]
    shown = []
    for n, (title, when, note) in enumerate(steps):
        kind = "done" if n < level else "next"
        if n == level and not ended_early:
            kind = "late" if late and n == 2 else "running" if n == 4 else "current"
        elif n == level:
            title, when, note = order.get_status_display(), day(order.closed_at), order.closed_because.capitalize()
            kind = "current"
        shown.append({"state": kind, "title": title, "when": when, "note": note, "next": ""})
    if order.status == S.RECEIVED:
        shown[3]["next"] = "running"
    return shown


@dataclass(frozen=True)
class Answers:
    """The three answers every page about an order opens with."""

    now: str
    now_more: str
    safe: str
    safe_more: str
    safe_tone: str
    do: str
    do_more: str
    do_tone: str
    deadline: datetime | None = None
    deadline_ends_day: bool = False
    do_label: str = "What must I do?"


def ends_day(order: Order, at: datetime | None) -> bool:
    """Whether a deadline is the end of a day in the order's zones, stored as the following midnight."""
    zones = {order.timezone, order.protection_timezone or order.timezone}
    return at is not None and any(at.astimezone(ZoneInfo(zone)).time() == time.min for zone in zones)


def answers(order: Order, side: str, now: datetime, steps: list, turn: str | None) -> Answers:
    """What is happening, whether the money is safe, and what this side must do by when."""
    happening = _happening(order, side, now, turn)
    safe = safety.for_buyer(order) if side == BUYER else safety.for_supplier(order)
    must = next((step for step in steps if step.allowed and step.must), None)
    label, deadline = "What must I do?", None
    if must is not None:
        deadline = must.deadline
        do, more = must.label, must.silence
        tone = "breach" if deadline is not None and now >= deadline else "action"
    elif order.open_disputes and not order.is_final:
        do, more, tone = "Nothing", "The case’s own page says when it is your move.", "done"
    elif order.is_late(now) and side == BUYER:
        label, tone, deadline = "What can I do?", "action", order.award_at
        do = "Choose: cancel, keep or extend"
        more = "Without a choice, what is not shipped by then is refunded by itself, fees included."
        if is_kept(order):
            do, tone = "Nothing: you keep the goods", "done"
            more = "Each day late adds to your compensation. You can still cancel, or grant more time."
    else:
        do, tone = "Nothing", "done"
        more = "This order is closed." if order.is_final else "This page says when it is your move."
        if order.status == S.RECEIVED and side == BUYER and order.protection_ends_at:
            do, more = "Check the goods", "If they are as agreed, you need do nothing: the order completes by itself."
            deadline = order.protection_ends_at
    return Answers(*happening, *safe, do, more, tone, deadline, ends_day(order, deadline), label)


def _happening(order, side, now, turn) -> tuple[str, str]:
    supplier, buyer = order.supplier.name, order.buyer.display_name
    you_buy = side == BUYER
    other = supplier if you_buy else buyer
    if order.open_disputes and not order.is_final:
        if order.winding_up_at is not None:
            return "The order has ended but for a cost", "The supplier claims its cost; all else goes back."
        return "A claim is open", "The case’s page has its offers, its file and its dates."
    match order.status:
        case S.DRAFT if order.unsent_by_supplier:
            return "The contract is not sent yet", f"{buyer} sees nothing until you send it."
        case S.DRAFT if turn == side:
            if order.total_minor:
                return f"{other} has sent you a contract", "Nothing is owed until you accept."
            return (
                ("The contract is not sent yet", "Only you see it.")
                if you_buy
                else (f"{buyer} asks you for a contract", "Nothing is owed until both accept.")
            )
        case S.DRAFT:
            return f"{other} has the contract", "Both must accept the same version before anyone pays."
        case S.PLACED if checks.due_at(order):
            return "Our staff check a payment", f"{checks.until(order, now)}. Nobody can cancel or change it meanwhile."
        case S.PLACED if order.processing_payments:
            return "A payment is on its way", "It counts when the bank says that it has cleared."
        case S.PLACED if safety.unnamed(order):
            return safety.whose(order, you_buy=you_buy)
        case S.PLACED if (part := arrivals.part_paid(order)) is not None:
            return arrivals.missing(part, order.currency, you_buy=you_buy)
        case S.PLACED:
            who = "You pay" if you_buy else f"{buyer} pays"
            return "The contract is accepted", f"{who} what is due before shipment, then the goods are shipped."
        case S.PAID if order.is_late(now):
            who = "The supplier" if you_buy else "You"
            return f"{who} missed the ship-by date", f"It was {moment_end(order.ship_by_at)}."
        case S.PAID:
            who = f"{supplier} is making" if you_buy else "You are making"
            return f"{who} the goods", f"Ship by {moment_end(order.ship_by_at)}."
        case S.SHIPPED if order.tracking_reviews:
            return (
                "Our staff check the tracking",
                "It does not fit this order. Receipt is not confirmed by time meanwhile.",
            )
        case S.SHIPPED:
            return "The goods are on their way", f"Shipped {day(order.shipped_at)}."
        case S.RECEIVED:
            who = "You are" if you_buy else f"{buyer} is"
            return f"{who} checking the goods", f"Received {moment(order.received_at)}."
        case S.EXPIRED:
            return "The order is complete", f"Protection ended {moment(order.closed_at)}."
        case S.REFUNDED:
            return "The order was refunded", f"{order.closed_because.capitalize()}, {moment(order.closed_at)}."
    return "The order is cancelled", f"{order.closed_because.capitalize()}, {moment(order.closed_at)}."


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline."""

    title: str
    detail: str
    tone: str
    at: datetime


SILENT = {
    "contract.drafted",
    "contract.file_added",
    "contract.file_removed",
    "message.sent",
    "contract.started",
    "tracking.heard",
}


_tellers: dict[str, Callable] = {}  # by the beginning of an event's kind


def register_teller(beginning: str, teller: Callable) -> None:
    """Let another part tell its events: `teller(order, event, side)` gives a Moment, or None for what stays unsaid."""
    _tellers[beginning] = teller


def timeline(order: Order, events, side: str) -> list[Moment]:
    """The order's events in words, newest first; what only one side may see and messages are left out."""
    told = []
    for event in reversed(events):
        if event.kind in SILENT:
            continue
        teller = _tellers.get(event.kind.partition(".")[0], _moment)
        if (one := teller(order, event, side)) is not None:
            told.append(one)
    return told


def _moment(order, event, side) -> Moment:
    read = event.data

    def cash(name):
        return money.display(read.get(name) or 0, order.currency)

    def party(name):
        return "You" if name == side else order.buyer.display_name if name == BUYER else order.supplier.name

    by = "" if event.actor_id is None else party(BUYER if event.actor_id == order.buyer_id else SUPPLIER)
    title, detail, tone = event.kind.replace(".", " ").replace("_", " ").capitalize(), "", ""
    match event.kind:
        case "contract.requested":
            title = f"{by} asked for a contract"
        case "contract.sent":
            title, detail = f"Contract version {read['version']} sent", f"By {by.replace('You', 'you')}, who signed it."
        case "contract.accepted":
            title = f"Contract version {read['version']} accepted by both"
            detail = f"{cash('reserved')} of the supplier's protection limit is reserved."
        case "contract.lapsed":
            title, detail = "The contract lapsed", "Nobody answered in time. Nobody owes anything."
        case "payment.processing":
            title = "Payment started"
        case "payment.failed":
            title, detail, tone = "Payment failed", "Nothing was charged.", "breach"
        case "payment.taken_back":
            title, tone = f"{cash('amount')} was taken back by the bank that sent it", "breach"
            detail = "It was still being checked, so nothing of it was covered. The instalment is open again."
        case "payment.cleared":
            method = METHODS.get(read.get("method"), read.get("method", ""))
            title, detail, tone = arrivals.cleared(read, order.currency, method, you_buy=side == BUYER)
        case "payment.held" | "payment.approved" | "payment.declined" | "payment.review_overdue":
            title, detail, tone = checks.told(event.kind, order)
        case "payment.returned":
            title, detail = (
                f"{cash('surplus')} goes back",
                "It was too much, came when nothing was open, or was not accepted.",
            )
        case "production.confirmed":
            title, detail = "Production has begun", f"Confirmed by {by.replace('You', 'you')}."
        case "cancel.proposed":
            title, tone = f"{by} proposed to cancel", "action"
        case "cancel.withdrawn":
            title = f"{by} took the proposal to cancel back"
        case "order.cancelled":
            title = "Order cancelled"
            detail = f"{read['because'].capitalize()}."
            if read.get("refund"):
                detail += f" {cash('refund')} goes back to the buyer."
        case "order.refunded":
            title, detail, tone = "Everything refunded", f"{cash('refund')} goes back to the buyer.", "breach"
        case "order.late":
            title, tone = "The order is late", "breach"
            detail = "Not all was shipped by the ship-by date. The buyer has three choices."
        case "order.kept":
            title = f"{by} chose to keep the goods that are late"
            detail = "Time does not cancel them any more; each day late is compensated once they are shipped."
        case "order.rest_refunded":
            title, tone = f"{cash('refund')} refunded for what was not shipped", "breach"
            detail = "The rest is cancelled; the order goes on with what was shipped."
        case "shipment.entered":
            title = "All goods shipped" if read.get("all") else f"Shipment {read['shipment']} sent"
            sent_on = day(date.fromisoformat(read["dispatched_on"]))
            detail = f"{read.get('fact') or 'Dispatched'}, {sent_on}. Entered by {by.replace('You', 'you')}."
            if read.get("tracking") == "rejected":
                detail += " The tracking number is used on another order; our staff look at it."
        case "shipment.delivered":
            title = f"Shipment {read['shipment']} delivered"
        case "shipment.arrived":
            title = f"Shipment {read['shipment']} arrived at port"
        case "receipt.extended":
            title = f"{by} extended the time to confirm"
        case "receipt.confirmed":
            title, tone = "Goods received, protection clock started", "safe"
            detail = "Confirmed by time. " if read.get("automatic") else ""
            detail += f"{cash('released')} released to the supplier, {cash('reserve')} kept in reserve"
            detail += f", {cash('held')} held." if read.get("held") else "."
        case "protection.expired":
            title, tone = "Protection ended", "safe"
            detail = f"{cash('released')} released to the supplier."
    return Moment(title, detail, tone, event.at)


def confirm_after(order: Order) -> timedelta:
    """How much an extension adds."""
    return timedelta(days=order.rulebook.confirm_extension_days)
