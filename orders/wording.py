"""An order in words, for both sides: its state on a row, its tracker, its three answers, its events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import arrivals, checks, ends, moments, safety
from orders.happening import happening
from orders.models import Order
from orders.steps.keeping import is_kept
from trade_assurance.templatetags.ta import day, day_end, left, moment_end

S = Order.Status
BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER
METHODS = arrivals.METHODS


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
        return State("wait", _("In dispute"), _("The claim stops the clock of its goods"))
    match order.status:
        case S.DRAFT:
            by = _("Not sent yet")
            if order.lapses_at:
                by = _("Answer by {lapses_at}").format(lapses_at=day_end(order.lapses_at))
            if mine:
                return State("action", _("Contract to accept") if order.total_minor else _("Contract to write"), by)
            return State("wait", _("With the supplier") if side == BUYER else _("With the buyer"), by)
        case S.PLACED:
            if checks.due_at(order):
                return State("wait", _("Payment being checked"), checks.until(order, now))
            if order.processing_payments:
                return State("wait", _("Payment on its way"), _("Wait for the bank's answer"))
            if side == SUPPLIER:
                by = _("Due by {due_at}").format(due_at=day_end(due_at)) if due_at else ""
                return State("wait", _("Waiting for payment"), by)
            by = _("Pay by {due_at}").format(due_at=day_end(due_at)) if due_at else ""
            return State("action", _("Balance due") if order.cleared_minor else _("Payment due"), by)
        case S.PAID:
            if order.is_late(now):
                return State(
                    "breach", _("Shipment late"), _("Was due {ship_by_at}").format(ship_by_at=day_end(order.ship_by_at))
                )
            by = _("Ship by {ship_by_at}").format(ship_by_at=day_end(order.ship_by_at))
            return State("action", _("To ship"), by) if side == SUPPLIER else State("wait", _("Being made"), by)
        case S.SHIPPED if order.tracking_reviews:
            return State("wait", _("Tracking being checked"), _("Not confirmed by time meanwhile"))
        case S.SHIPPED:
            by = (
                _("Confirmed by itself {auto_confirm_at}").format(auto_confirm_at=day(order.auto_confirm_at))
                if order.auto_confirm_at
                else ""
            )
            return State("action", _("Confirm on arrival"), by) if side == BUYER else State("wait", _("In transit"), by)
        case S.RECEIVED:
            if order.protection_ends_at is None:
                return State("wait", _("Received, clock stopped"))
            days = order.rulebook.protection_days
            return State(
                "safe",
                _("Received, day {protection_day} of {days}").format(
                    protection_day=protection_day(order, now), days=days
                ),
                _("Protection ends {protection_ends_at}").format(protection_ends_at=day_end(order.protection_ends_at)),
            )
    return State("done", order.get_status_display(), _("Closed {closed_at}").format(closed_at=day(order.closed_at)))


def cover_label(order: Order) -> str:
    """The word beside the shield."""
    if order.is_sample and not order.is_final:
        return _("No quality cover")
    return {
        "full": _("Covered"),
        "part": _("Partly covered"),
        "none": _("Starts at payment"),
        "ended": _("Cover ended"),
    }[order.cover]


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
        (
            _("Placed"),
            day(order.placed_at) or _("No date yet"),
            _("Contract accepted by both") if order.placed_at else "",
        ),
        (
            _("Paid"),
            day(order.paid_at) or (_("Due {due_at}").format(due_at=day_end(due_at)) if due_at else _("No date yet")),
            _("All that is due before shipment") if order.paid_at else "",
        ),
        (
            _("Not shipped") if late else _("Shipped"),
            day(order.shipped_at)
            or (
                _("Due {ship_by_at}").format(ship_by_at=moment_end(order.ship_by_at))
                if order.ship_by_at
                else _("No date yet")
            ),
            left(order.ship_by_at, now) if order.status == S.PAID else "",
        ),
        (
            _("Received"),
            day(order.received_at)
            or (
                _("At the latest {auto_confirm_at}").format(auto_confirm_at=day(order.auto_confirm_at))
                if order.auto_confirm_at
                else _("No date yet")
            ),
            "",
        ),
        (
            _("Protection ends"),
            moment_end(order.protection_ends_at)
            or (
                _("Stopped by a claim")
                if order.received_at and order.open_disputes
                else _("{days} days after receipt").format(days=days)
            ),
            left(order.protection_ends_at, now) if order.status == S.RECEIVED and order.protection_ends_at else "",
        ),
    ]
    shown = []
    for n, (title, when, note) in enumerate(steps):
        kind = "done" if n < level else "next"
        if n == level and not ended_early:
            kind = "late" if late and n == 2 else "running" if n == 4 else "current"
        elif n == level:
            title, when, note = order.get_status_display(), day(order.closed_at), ends.words(order.closed_because)
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
    do_label: str = _lazy("What must I do?")


def ends_day(order: Order, at: datetime | None) -> bool:
    """Whether a deadline is the end of a day in the order's zones, stored as the following midnight."""
    zones = {order.timezone, order.protection_timezone or order.timezone}
    return at is not None and any(at.astimezone(ZoneInfo(zone)).time() == time.min for zone in zones)


def answers(order: Order, side: str, now: datetime, steps: list, turn: str | None) -> Answers:
    """What is happening, whether the money is safe, and what this side must do by when."""
    first = happening(order, side, now, turn)
    safe = safety.for_buyer(order) if side == BUYER else safety.for_supplier(order)
    must = next((step for step in steps if step.allowed and step.must), None)
    label, deadline = _("What must I do?"), None
    if must is not None:
        deadline = must.deadline
        do, more = must.label, must.silence
        tone = "breach" if deadline is not None and now >= deadline else "action"
    elif order.open_disputes and not order.is_final:
        do, more, tone = _("Nothing"), _("The case’s own page says when it is your move."), "done"
    elif order.is_late(now) and side == BUYER:
        label, tone, deadline = _("What can I do?"), "action", order.award_at
        do = _("Choose: cancel, keep or extend")
        more = _("Without a choice, what is not shipped by then is refunded by itself, fees included.")
        if is_kept(order):
            do, tone = _("Nothing: you keep the goods"), "done"
            more = _("Each day late adds to your compensation. You can still cancel, or grant more time.")
    else:
        do, tone = _("Nothing"), "done"
        more = _("This order is closed.") if order.is_final else _("This page says when it is your move.")
        if order.status == S.RECEIVED and side == BUYER and order.protection_ends_at:
            do, more = (
                _("Check the goods"),
                _("If they are as agreed, you need do nothing: the order completes by itself."),
            )
            deadline = order.protection_ends_at
    return Answers(*first, *safe, do, more, tone, deadline, ends_day(order, deadline), label)


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
    return Moment(*moments.told(order, event, side), event.at)


def confirm_after(order: Order) -> timedelta:
    """How much an extension adds."""
    return timedelta(days=order.rulebook.confirm_extension_days)
