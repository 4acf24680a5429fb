"""What a statement tells beside new money: sendings of ours that left or came back, credits that the bank took back."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from events.actions import record
from ledger.models import Transfer
from orders import books
from orders.models import Order
from payments.actions import pushing
from payments.actions.contesting import Contested, reverse_transfer
from payments.actions.receiving import STATEMENT, Credit, record_bank_credit
from payments.gateways import Outcome
from payments.models import BankEntry, Payout, Refund, Sending
from payments.statements import Entry
from trade_assurance.money import display
from trade_assurance.refused import Refused

Status = BankEntry.Status
KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])", re.I)

OURS = re.compile(r"(?<![A-Z0-9])TA-([RP])([0-9]{1,18})(?![0-9])", re.I)  # Refund.end_to_end, Payout.end_to_end


@dataclass(frozen=True)
class Movement:
    """An entry of a statement on an account of ours; `credit` is what it would be as new money, for a credit."""

    entry: Entry
    account: str
    told: dict  # what the statement tells, by the names of BankEntry
    credit: Credit | None = None


def record_movement(*, movement: Movement, now: datetime) -> BankEntry:
    """Book a debit, a reversal or a return; what is not known is listed with the reason. An entry twice counts once."""
    try:
        return _record(movement, now)
    except IntegrityError:  # the same entry from another connection, committed since we looked
        known = BankEntry.objects.filter(entry=movement.entry.number).first()
        if known is None:
            raise
        return known


@transaction.atomic
def _record(movement: Movement, now: datetime) -> BankEntry:
    known = BankEntry.objects.filter(entry=movement.entry.number).first()
    if known is not None:
        return known
    entry = movement.entry
    if entry.is_credit:
        return _came_back(movement, now)
    if entry.is_reversal:
        return _taken_back(movement, now)
    return _left(movement, now)


def sendings_of(entry: Entry) -> list[Refund | Payout]:
    """The refunds and payouts of ours that a movement names by our reference, their key or the gateway's reference."""
    names = {name for name in (entry.end_to_end_id, entry.bank_reference, *entry.references) if name}
    said = " ".join([*sorted(names), entry.text])
    keys = {UUID(found) for found in KEY.findall(said)}
    ours = {"R": set(), "P": set()}
    for kind, pk in OURS.findall(said):
        ours[kind.upper()].add(int(pk))

    def named(kind: str) -> Q:
        return Q(pk__in=ours[kind]) | Q(key__in=keys) | Q(gateway_reference__in=names)

    refunds = Refund.objects.filter(named("R"), currency=entry.currency, method="tt").select_related("order")
    return [*refunds[:2], *Payout.objects.filter(named("P"), currency=entry.currency)[:2]]


def _sending(entry: Entry) -> tuple[Refund | Payout | None, str]:
    """The one sending of ours that a movement is of; else the reason why there is none."""
    found = sendings_of(entry)
    if len(found) > 1:
        return None, "It names more than one refund or payout of ours."
    if not found:
        return None, "It names no refund or payout of ours."
    sending = pushing.locked(found[0])
    if sending.amount_minor != entry.amount_minor:
        return None, f"It names {sending}, which is of {display(sending.amount_minor, sending.currency)}."
    return sending, ""


def _had_left(sending: Refund | Payout) -> bool:
    return Transfer.objects.filter(key=f"{sending.booked_as}:confirm").exists()


def _left(movement: Movement, now: datetime) -> BankEntry:
    """A debit: a sending of ours has left, which confirms it; money on its way back to a sender likewise."""
    entry = movement.entry
    sending, why = _sending(entry)
    if sending is None:
        return _save(movement, Status.UNKNOWN, now, why=why)
    if sending.status in (Sending.SENDING, Sending.SENT):
        pushing.record_sending(sending, Outcome("cleared"), now)
    elif sending.status == Sending.FAILED and not _had_left(sending):
        return _save(movement, Status.UNKNOWN, now, why=f"{sending} was said to have failed, and the bank has sent it.")
    twice = sending.bank_entries.filter(direction=BankEntry.Direction.DEBIT, status=Status.OURS)
    if twice.exists():
        return _save(movement, Status.UNKNOWN, now, why=f"The bank has sent {sending} before; this is a second time.")
    return _save(movement, Status.OURS, now, sending=sending)


def _came_back(movement: Movement, now: datetime) -> BankEntry:
    """A credit that gives a sending of ours back: what it paid is owed again. Of none that we know it is suspense."""
    entry = movement.entry
    sending, why = _sending(entry)
    if sending is not None and sending.status == Sending.FAILED:
        sending, why = None, f"{sending} has come back before, and what it paid is owed again."
    if sending is None:
        said = f" The bank says: {entry.why}." if entry.why else ""
        odd = movement.credit.but_odd(f"It is a sending that came back. {why}{said}")
        return record_bank_credit(credit=odd, now=now)
    if sending.status in (Sending.SENDING, Sending.SENT):
        pushing.record_sending(sending, Outcome("cleared"), now)
    pushing.give_back(sending, why=entry.why or "the bank gave no reason", now=now)
    return _save(movement, Status.OURS, now, sending=sending)


def _taken_back(movement: Movement, now: datetime) -> BankEntry:
    """A debit by which the bank takes a credit back: out of suspense, or from the order that it had paid."""
    entry = movement.entry
    names = {name for name in (entry.end_to_end_id, entry.bank_reference, *entry.references) if name}
    found = list(
        BankEntry.objects.filter(
            Q(bank_reference__in=names) | Q(end_to_end_id__in=names),
            direction=BankEntry.Direction.CREDIT,
            statement__account=movement.account,
            currency=entry.currency,
            amount_minor=entry.amount_minor,
            reversals=None,
        ).select_related("payment")[:2]
    )
    if len(found) != 1:
        why = "It takes a credit back that is not known." if not found else "It takes back one of several like credits."
        return _save(movement, Status.UNKNOWN, now, why=why)
    (original,) = found
    if original.payment is not None:
        Order.objects.locked(original.payment.order_id)
    original = BankEntry.objects.locked(original.pk)
    if original.status == Status.SUSPENSE:
        books.taken_back(amount_minor=original.amount_minor, currency=original.currency, entry=original.entry, now=now)
        original.status, original.return_at = Status.REVERSED, None
        original.save(update_fields=["status", "return_at"])
        record(STATEMENT, original.id, "credit.reversed", now=now, data={"entry": original.entry})
    elif original.status == Status.MATCHED:
        contested = Contested(entry.number, entry.amount_minor, entry.why or "The bank took the transfer back")
        try:
            reverse_transfer(payment_id=original.payment_id, contested=contested, now=now)
        except Refused as refused:
            return _save(movement, Status.UNKNOWN, now, why=f"It takes back entry {original.entry}. {refused}")
    else:
        shown = original.get_status_display().lower()
        return _save(movement, Status.UNKNOWN, now, why=f"It takes back entry {original.entry}, which is: {shown}.")
    return _save(movement, Status.REVERSAL, now, original=original)


def _save(
    movement: Movement, status: str, now: datetime, *, sending=None, original: BankEntry | None = None, why: str = ""
) -> BankEntry:
    entry = movement.entry
    row = BankEntry(
        entry=entry.number,
        account_number=movement.account,
        currency=entry.currency,
        amount_minor=entry.amount_minor,
        charges_minor=entry.charges_minor,
        reference=entry.text[:200],
        payer_name=entry.other_name,
        arrived_at=now,
        status=status,
        why=why[:500],
        refund=sending if isinstance(sending, Refund) else None,
        payout=sending if isinstance(sending, Payout) else None,
        reversal_of=original,
        **movement.told,
    )
    row.save()
    side = BankEntry.Direction(row.direction).value
    record(STATEMENT, row.id, f"{side}.{status}", now=now, data={"entry": row.entry} | ({"why": why} if why else {}))
    return row
