"""What a statement tells beside new money: sendings of ours that left or came back, and what a processor paid out.

What takes a credit back is in `undoing`; debits of whole files and of money on its way back in `debiting`.
"""

import re
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from orders.models import Instalment
from payments import reconciliation
from payments.actions import arriving, debiting, pushing, undoing
from payments.actions.movements import Movement, Status, keep, told_with_balances
from payments.actions.receiving import record_bank_credit
from payments.actions.returning import RETURN, record_return
from payments.gateways import Outcome
from payments.models import BankEntry, Payout, Refund, Sending
from payments.return_reasons import NO_REASON
from payments.statements import Entry
from trade_assurance.money import display

KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])", re.I)
OURS = re.compile(r"(?<![A-Z0-9])TA-([RP])([0-9]{1,18})(?![0-9])", re.I)  # Refund.end_to_end, Payout.end_to_end
TRIES = 3  # of a movement whose orders changed between being read and being locked


def record_movement(*, movement: Movement, now: datetime) -> BankEntry:
    """Book a debit, a reversal or a return; what is not known is listed with the reason. An entry twice counts once."""
    for tried in range(TRIES):
        try:
            return _record(movement, now)
        except undoing.ChangedMeanwhile:
            if tried == TRIES - 1:
                raise
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
        return (_came_back if entry.is_reversal or entry.is_return else _paid_out)(movement, now)
    return (undoing.taken_back if entry.is_reversal else _left)(movement, now)


# sendings of ours -------------------------------------------------------------------------------------------------


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


def _sending(entry: Entry, found: list[Refund | Payout]) -> tuple[Refund | Payout | None, str]:
    """The one sending of ours that a movement is of; else the reason why there is none."""
    if len(found) > 1:
        return None, "It names more than one refund or payout of ours."
    if not found:
        return None, "It names no refund or payout of ours."
    sending = pushing.locked(found[0])
    if sending.amount_minor != entry.amount_minor:
        return None, f"It names {sending}, which is of {display(sending.amount_minor, sending.currency)}."
    return sending, ""


def _left(movement: Movement, now: datetime) -> BankEntry:
    """A debit: a sending of ours has left, which confirms it; or a file of them, or money going back to its sender."""
    entry = movement.entry
    found = sendings_of(entry)
    if not found and (row := debiting.left(movement, now)) is not None:
        return row
    sending, why = _sending(entry, found)
    if sending is None:
        return keep(movement, Status.UNKNOWN, now, why=why)
    whole = debiting.told_with_its_file(sending)
    if whole is not None and not (movement.has_balances and told_with_balances(whole)):
        return whole
    if sending.status in (Sending.SENDING, Sending.SENT):
        pushing.record_sending(sending, Outcome("cleared"), now)
    elif sending.status == Sending.FAILED and not debiting.had_left(sending):
        return keep(movement, Status.UNKNOWN, now, why=f"{sending} was said to have failed, and the bank has sent it.")
    twice = sending.bank_entries.filter(direction=BankEntry.Direction.DEBIT, status=Status.OURS)
    if twice.exists() or whole is not None:
        return keep(movement, Status.UNKNOWN, now, why=f"The bank has sent {sending} before; this is a second time.")
    return keep(movement, Status.OURS, now, sending=sending)


def _came_back(movement: Movement, now: datetime) -> BankEntry:
    """A credit that gives a sending of ours back: what it paid is owed again. Of none that we know it is suspense."""
    entry = movement.entry
    sending, why = _sending(entry, sendings_of(entry))
    if sending is not None and sending.status == Sending.FAILED:
        if (
            debiting.had_left(sending)
            and not sending.bank_entries.filter(direction=BankEntry.Direction.CREDIT).exists()
        ):
            return keep(movement, Status.OURS, now, sending=sending)  # staff had seen it, and marked it as come back
        sending, why = None, f"{sending} has come back before, and what it paid is owed again."
    if sending is None:
        said = f" The bank says: {entry.why}." if entry.why else ""
        if (returned := _return_came_back(movement, now)) is not None:
            why = f"It is what was sent back for entry {returned.entry}, and its sender's bank did not take it."
        odd = movement.credit.but_odd(f"It is a sending that came back. {why}{said}")
        return record_bank_credit(credit=odd, now=now)
    if sending.status in (Sending.SENDING, Sending.SENT):
        pushing.record_sending(sending, Outcome("cleared"), now)
    pushing.give_back(sending, why=entry.why or NO_REASON, now=now)
    return keep(movement, Status.OURS, now, sending=sending)


def _return_came_back(movement: Movement, now: datetime) -> BankEntry | None:
    """The entry whose return came back, by our reference; on its way until now, it had left. None for none."""
    for pk in RETURN.findall(movement.words):
        row = BankEntry.objects.filter(
            pk=int(pk), currency=movement.entry.currency, status__in=(Status.RETURNING, Status.RETURNED)
        ).first()
        if row is not None:
            return record_return(row.pk, Outcome("cleared"), now)
    return None


# card processors --------------------------------------------------------------------------------------------------


def _paid_out(movement: Movement, now: datetime) -> BankEntry:
    """A credit in a card processor's name: the payout that it told of, or one that it will tell of, in suspense."""
    entry, credit = movement.entry, movement.credit
    gateway = arriving.gateway_of(entry.other_name, entry.text)
    if not gateway or credit.odd or not credit.own_account or _names_an_order(credit.reference):
        return record_bank_credit(credit=credit, now=now)
    arriving.one_at_a_time(gateway, entry.currency)
    payout, why = arriving.payout_of(
        arriving.Line(gateway, entry.currency, entry.amount_minor, movement.on(now), movement.words)
    )
    if payout is not None:
        return keep(movement, Status.SETTLED, now, why=why, gateway=gateway, settlement=payout)
    return record_bank_credit(credit=replace(credit, odd=why, told=credit.told | {"gateway": gateway}), now=now)


def _names_an_order(text: str) -> bool:
    return Instalment.objects.filter(rf_reference__in=reconciliation.references_in(text)).exists()
