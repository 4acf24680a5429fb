"""Unmatched money back to its sender: after 14 days, or sooner when finance says so (Rulebook 5)."""

import re
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from events.actions import record
from ledger import chart
from orders import books
from payments.actions.leftovers import end_open
from payments.actions.paying import later
from payments.actions.receiving import STATEMENT
from payments.gateways import Outcome, Unreachable, gateway
from payments.models import BankEntry, Method
from trade_assurance.refused import MovedOn
from trade_assurance.rulebook import CURRENT

RETURN = re.compile(r"(?<![A-Z0-9])TA-E([0-9]{1,18})(?![0-9])", re.I)  # BankEntry.end_to_end


@transaction.atomic
def begin_return(*, entry_id: int, now: datetime) -> BankEntry:
    """Nobody could match it for 14 days: it is told to go back to its sender (Rulebook 5)."""
    entry = BankEntry.objects.locked(entry_id)
    if entry.status != BankEntry.Status.SUSPENSE or now < entry.return_at or not entry.goes_back_by_itself:
        raise MovedOn("This entry does not go back now.")
    end_open(entry, "Its days in suspense were over, so the money went back to its sender.", now=now)
    return send_back(entry, now=now)


def send_back(entry: BankEntry, *, by: User | None = None, reason: str = "", now: datetime) -> BankEntry:
    """From suspense on its way to its sender; part of an action that holds the entry's row."""
    entry.returns += 1
    books.send_unmatched(amount_minor=entry.amount_minor, currency=entry.currency, entry=entry.attempt, now=now)
    entry.status, entry.next_ask_at = BankEntry.Status.RETURNING, now
    entry.save()
    told = {"entry": entry.entry} | ({"reason": reason} if reason else {})
    record(STATEMENT, entry.id, "credit.returning", by=by, now=now, data=told)
    return entry


def push_return(*, entry_id: int, now: datetime) -> BankEntry:
    """Tell the bank to send an entry back, or ask how that went; recorded when it answers."""
    entry = BankEntry.objects.get(pk=entry_id)
    if entry.status != BankEntry.Status.RETURNING:
        return entry
    try:
        outcome = gateway(Method.TT).give_back(entry, now=now)
    except Unreachable:
        outcome = Outcome("pending")
    return record_return(entry_id, outcome, now)


@transaction.atomic
def record_return(entry_id: int, outcome: Outcome, now: datetime) -> BankEntry:
    """Write down what the bank said of money on its way back to its sender; late and double answers change nothing."""
    entry = BankEntry.objects.locked(entry_id)
    if entry.status != BankEntry.Status.RETURNING:
        return entry
    key = f"unmatched:{entry.attempt}"
    entry.asked += 1
    entry.next_ask_at = later(now, entry.asked)
    if outcome.state == "cleared":
        books.left_the_bank(currency=entry.currency, amount_minor=entry.amount_minor, key=key, now=now)
        entry.status, entry.next_ask_at = BankEntry.Status.RETURNED, None
        record(STATEMENT, entry.id, "credit.returned", now=now, data={"entry": entry.entry})
    elif outcome.state == "failed":
        books.came_back(
            payable=chart.suspense(entry.currency),
            gateway="bank",
            amount_minor=entry.amount_minor,
            had_left=False,
            key=key,
            now=now,
        )
        entry.status, entry.next_ask_at = BankEntry.Status.SUSPENSE, None
        entry.why = f"It came back from its sender's bank: {outcome.why or 'no reason given'}."
        entry.return_at = now + timedelta(days=CURRENT.unmatched_return_days)
        record(STATEMENT, entry.id, "credit.came_back", now=now, data={"entry": entry.entry, "why": entry.why})
    elif outcome.why:
        entry.why = outcome.why[:500]
    entry.save()
    return entry
