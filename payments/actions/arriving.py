"""What a gateway paid out, as our bank's statement tells it: matched to the gateway's own report, and booked once.

Whichever comes first books the money at our bank: the report, or the line of the statement, which waits in suspense
until the report says of what it is made. One gateway and currency at a time.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection

from accounts.models import User
from events.actions import record
from orders import books
from payments.actions.leftovers import end_open
from payments.gateways import Settlement, is_set_up
from payments.models import BankEntry, GatewaySettlement
from trade_assurance.money import display
from trade_assurance.refused import Refused

STATEMENT = "bank_statement"
AROUND = timedelta(days=7)  # between the expected day and the bank's
NAMED_FOR = timedelta(days=60)  # a payout that a line names by its id may be this old
GAP_PERCENT = 1  # of a payout that bank charges may have taken
Status, State = BankEntry.Status, GatewaySettlement.State


@dataclass(frozen=True)
class Line:
    """A line of a statement that says by its words that a gateway sent it; below zero, that it took it."""

    gateway: str
    currency: str
    amount_minor: int
    on: date
    words: str


def gateway_of(payer_name: str, text: str) -> str:
    """The gateway whose payout a line is by the name of its sender, or by its words where no name is told; else ""."""
    said = (payer_name or text).upper()
    for name, word in settings.PAYOUT_WORDS.items():
        if word and re.search(rf"(?<![A-Z0-9]){re.escape(word.upper())}(?![A-Z0-9])", said) and is_set_up(name):
            return name
    return ""


def one_at_a_time(gateway: str, currency: str) -> None:
    """Let a report and a line of the same gateway and currency wait for each other until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"payouts {gateway} {currency}"])


def payout_of(line: Line) -> tuple[GatewaySettlement | None, str]:
    """The booked payout that a line is, with the reason in words; or none, and what a person must know."""
    rows = GatewaySettlement.objects.filter(gateway=line.gateway, currency=line.currency).select_related("bank_entry")
    seen = rows.filter(seen_at__date__gt=line.on - NAMED_FOR).order_by("id")
    words, came = line.words.lower(), display(line.amount_minor, line.currency)
    for row in seen:
        if row.reference.lower() in words:
            return _named(row, line, came)
    waiting = [row for row in seen if _entry_of(row) is None and abs(expected_on(row) - line.on) <= AROUND]
    fits = [row for row in waiting if row.state == State.BOOKED and row.amount_minor == line.amount_minor]
    if fits:
        row = min(fits, key=expected_on)
        return row, (
            f"It is payout {row.reference} of {line.gateway}: the same amount, expected {expected_on(row):%d %b %Y}, "
            "and the sender's name."
        )
    begin = f"By its words it is a payout of {line.gateway}"
    if not waiting:
        return None, f"{begin}, which has not told of {came} yet. It is booked when {line.gateway} does."
    told = ", ".join(
        f"{display(row.amount_minor, row.currency)} ({row.reference}, {expected_on(row):%d %b %Y}"
        f"{', which waits itself' if row.state == State.PARKED else ''})"
        for row in waiting[:3]
    )
    return None, f"{begin}. {came} came, and expected at that time is: {told}. Ask {line.gateway} about the difference."


def _named(row: GatewaySettlement, line: Line, came: str) -> tuple[GatewaySettlement | None, str]:
    begin = f"It names payout {row.reference} of {row.gateway}"
    if (before := _entry_of(row)) is not None:
        return None, f"{begin}, which came before as entry {before.entry}. This is a second time: ask the bank."
    if row.amount_minor != line.amount_minor:
        said = display(row.amount_minor, row.currency)
        return None, f"{begin}, which is of {said}, and {came} came. Ask {row.gateway} about the difference."
    if row.state == State.PARKED:
        return None, f"{begin}, which can't be booked yet: {row.why}"
    return row, f"{begin}, and the amount is the same."


def _entry_of(row: GatewaySettlement) -> BankEntry | None:
    return getattr(row, "bank_entry", None)


def expected_on(row: GatewaySettlement) -> date:
    """The day on which a payout is expected at our bank."""
    return row.arrives_on or row.seen_at.date()


def told_before(gateway: str, settlement: Settlement, now: datetime) -> BankEntry | None:
    """The line that told of a payout before its gateway did, under its lock: by its id, else by amount and day.

    Part of an action that holds `one_at_a_time`.
    """
    direction = BankEntry.Direction.CREDIT if settlement.amount_minor > 0 else BankEntry.Direction.DEBIT
    status = Status.SUSPENSE if settlement.amount_minor > 0 else Status.UNKNOWN
    day = settlement.arrives_on or now.date()
    rows = BankEntry.objects.filter(
        gateway=gateway,
        currency=settlement.currency,
        amount_minor=abs(settlement.amount_minor),
        direction=direction,
        status=status,
    ).select_for_update(of=("self",))
    others = GatewaySettlement.objects.filter(gateway=gateway).exclude(reference=settlement.reference)
    found = []
    for entry in rows.order_by("id"):
        words = f"{entry.reference} {entry.end_to_end_id} {entry.bank_reference}".lower()
        if settlement.reference.lower() in words:
            return entry
        booked = entry.booked_on or entry.arrived_at.date()
        named = any(one.lower() in words for one in others.values_list("reference", flat=True).order_by("-id")[:500])
        if abs(booked - day) <= AROUND and not named:
            found.append(entry)
    return found[0] if found else None


def end_waiting(entry: BankEntry, row: GatewaySettlement, because: str, *, by: User | None = None, now: datetime):
    """A line that waited is the payout; part of an action that holds both."""
    end_open(entry, f"It is payout {row.reference} of {row.gateway}.", by=by, now=now)
    entry.status, entry.settlement, entry.return_at, entry.why = Status.SETTLED, row, None, because[:500]
    entry.matched_by = by
    entry.save()
    told = {"entry": entry.entry, "settlement": row.id}
    record(STATEMENT, entry.id, f"{entry.direction}.settled", by=by, now=now, data=told)


def payout_said(entry: BankEntry, reference: str) -> GatewaySettlement:
    """The booked payout that finance says an entry in suspense is, a little less because of bank charges.

    Part of an action that holds `one_at_a_time` and the entry. Raises Refused.
    """
    if not entry.gateway:
        raise Refused("By its words this is no payout of a card processor. Match it, or return it to its sender.")
    row = (
        GatewaySettlement.objects.select_related("bank_entry")
        .filter(gateway=entry.gateway, reference=reference.strip(), currency=entry.currency)
        .first()
    )
    if row is None or row.state != State.BOOKED:
        raise Refused(f"No booked payout of {entry.gateway} has this reference.", field="reference")
    if (before := _entry_of(row)) is not None:
        raise Refused(f"This payout came before as entry {before.entry}.", field="reference")
    gap = row.amount_minor - entry.amount_minor
    if gap < 0 or gap * 100 > row.amount_minor * GAP_PERCENT:
        said, came = (display(each, row.currency) for each in (row.amount_minor, entry.amount_minor))
        raise Refused(
            f"The payout is of {said} and {came} came: bank charges do not explain that. Ask {entry.gateway} first."
        )
    return row


def take_short(entry: BankEntry, row: GatewaySettlement, reason: str, *, by: User, now: datetime) -> None:
    """The entry is that payout, which was booked with a little more: our bank took the rest. Part of an action."""
    books.settled_short(
        currency=entry.currency,
        came_minor=entry.amount_minor,
        said_minor=row.amount_minor,
        entry=entry.entry,
        now=now,
    )
    shown = display(row.amount_minor - entry.amount_minor, entry.currency)
    because = f"It is payout {row.reference} of {row.gateway}, {shown} short, by finance: {reason}"
    end_waiting(entry, row, because, by=by, now=now)
