"""Debits by which the bank takes a credit back: out of suspense, from the orders that it paid, or from a held payment.

A credit that was split is taken back part by part, all or none. The orders are locked first, by id, then the entries.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from events.actions import record
from orders import actions as order_actions
from orders import books
from orders.models import Order
from payments.actions.contesting import Contested, reverse_transfer
from payments.actions.leftovers import end_open
from payments.actions.movements import Movement, Status, keep
from payments.actions.receiving import STATEMENT
from payments.models import BankEntry, Check, Payment
from trade_assurance.money import display
from trade_assurance.refused import Refused

BECAUSE = gettext_noop("its bank took the transfer back")


class ChangedMeanwhile(Exception):
    """Somebody worked on the credit between reading and locking it; nothing was done, so it is done anew."""


def taken_back(movement: Movement, now: datetime) -> BankEntry:
    """Undo the one credit that a debit takes back, with all that it has become; else list it with the reason."""
    original, why = _original(movement)
    if original is None:
        return keep(movement, Status.UNKNOWN, now, why=why)
    leaves = _locked_leaves(original)
    try:
        with transaction.atomic():
            for number, leaf in enumerate(leaves):
                case = f"{movement.entry.number}~{number}" if number else movement.entry.number
                _undo(
                    leaf,
                    Contested(case, leaf.amount_minor, movement.entry.why or "The bank took the transfer back"),
                    now,
                )
    except Refused as refused:
        return keep(movement, Status.UNKNOWN, now, why=f"It takes back entry {original.entry}. {refused}")
    return keep(movement, Status.REVERSAL, now, reversal_of=original)


def _original(movement: Movement) -> tuple[BankEntry | None, str]:
    """The credit that a debit takes back, by the names that the bank gives it; or why it can't be said which."""
    entry = movement.entry
    named = BankEntry.objects.filter(
        Q(bank_reference__in=movement.names) | Q(end_to_end_id__in=movement.names),
        direction=BankEntry.Direction.CREDIT,
        statement__account=movement.account,
        currency=entry.currency,
        reversals=None,
    )
    found = list(named.filter(amount_minor=entry.amount_minor)[:2])
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, "It takes back one of several like credits. Ask the bank which one."
    other = named.first()
    if other is None:
        return None, "It takes a credit back that is not known."
    shown = [display(minor, entry.currency) for minor in (other.amount_minor, entry.amount_minor)]
    return None, f"It names entry {other.entry} of {shown[0]}, and takes {shown[1]} back. Ask the bank."


def _leaves(entry: BankEntry) -> list[BankEntry]:
    """What a credit has become: itself, or the parts that it was split into, and theirs."""
    if entry.status != Status.SPLIT:
        return [entry]
    parts = entry.parts.select_related("payment").order_by("id")
    return [leaf for part in parts for leaf in _leaves(part)]


def _locked_leaves(original: BankEntry) -> list[BankEntry]:
    """The leaves under their locks, after the locks of their orders. Raises ChangedMeanwhile."""
    read = _leaves(BankEntry.objects.select_related("payment").get(pk=original.pk))
    for order_id in sorted({leaf.payment.order_id for leaf in read if leaf.payment_id}):
        Order.objects.locked(order_id)
    list(BankEntry.objects.filter(pk__in=[leaf.pk for leaf in read]).select_for_update(of=("self",)).order_by("id"))
    leaves = _leaves(BankEntry.objects.select_related("payment").get(pk=original.pk))
    if [(leaf.pk, leaf.payment_id) for leaf in leaves] != [(leaf.pk, leaf.payment_id) for leaf in read]:
        raise ChangedMeanwhile
    return leaves


def _undo(leaf: BankEntry, contested: Contested, now: datetime) -> None:
    """Take one entry back out of where its money is. Raises Refused with what staff must do."""
    if leaf.status == Status.SUSPENSE:
        end_open(leaf, "The bank took the transfer back.", now=now)
        books.taken_back(amount_minor=leaf.amount_minor, currency=leaf.currency, entry=leaf.entry, now=now)
        leaf.status, leaf.return_at = Status.REVERSED, None
        leaf.save(update_fields=["status", "return_at"])
        record(STATEMENT, leaf.id, "credit.reversed", now=now, data={"entry": leaf.entry})
    elif leaf.status == Status.MATCHED and leaf.payment.status == Payment.Status.HELD:
        _undo_held(leaf, now)
    elif leaf.status == Status.MATCHED:
        reverse_transfer(payment_id=leaf.payment_id, contested=contested, now=now)
    elif leaf.status == Status.RETURNING:
        raise Refused(f"{leaf.entry} is on its way back to its sender. Stop that at the bank, or the money goes twice.")
    elif leaf.status == Status.RETURNED:
        raise Refused(f"{leaf.entry} went back to its sender before, so it went twice: ask the bank for ours.")
    else:
        shown = leaf.get_status_display().lower()
        raise Refused(f"{leaf.entry} is: {shown}. Ask the bank why it takes that back.")


def _undo_held(leaf: BankEntry, now: datetime) -> None:
    """A transfer that waits for risk staff is gone: the wait ends, and both sides read why."""
    payment = Payment.objects.locked(leaf.payment_id)
    check = Check.objects.locked(payment.fraud_check.pk)
    books.taken_back(amount_minor=leaf.amount_minor, currency=leaf.currency, entry=leaf.entry, now=now)
    check.verdict, check.reason, check.reviewed_at = Check.Verdict.REVERSED, "The bank took the transfer back.", now
    check.save(update_fields=["verdict", "reason", "reviewed_at"])
    payment.fail(now=now, because=BECAUSE)
    payment.save()
    order_actions.payment_ended(
        order_id=payment.order_id, payment_id=payment.id, because=BECAUSE, amount_minor=leaf.amount_minor, now=now
    )
