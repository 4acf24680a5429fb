"""Debits of a statement that name no single sending: whole payment files, returns to senders, a processor's claim.

A file is locked before the orders and suppliers of its transfers. What several things could be is left to a person.
"""

import re
from datetime import datetime, timedelta

from ledger.models import Transfer
from orders.models import Order
from payments import reconciliation
from payments.actions import arriving, batching, pushing
from payments.actions.movements import Movement, Status, keep, told_with_balances
from payments.actions.returning import RETURN, record_return
from payments.gateways import Outcome
from payments.models import BankEntry, BatchItem, Payout, PayoutBatch, Refund, Sending
from suppliers.models import Supplier
from trade_assurance.money import display

FILE = re.compile(r"(?<![A-Z0-9])TA-[0-9]{8}-[A-Z]{3}-[0-9A-F]{12}(?![A-Z0-9])", re.I)  # PayoutBatch.message_id
LEAVES_WITHIN = timedelta(days=10)  # of the day on which the bank was to execute a file
State, Direction = PayoutBatch.State, BankEntry.Direction
NOT_OURS = "It names no refund or payout of ours."


def left(movement: Movement, now: datetime) -> BankEntry | None:
    """Book a debit that names no single sending; None when it is nothing of ours by name, by sum or by sender."""
    entry = movement.entry
    files = {found.upper() for found in FILE.findall(movement.words)}
    if files:
        named = list(PayoutBatch.objects.filter(message_id__in=files, currency=entry.currency)[:2])
        if len(named) == 1:
            return _file_left(named[0].pk, movement, now, "It names the file.")
        if named:
            return keep(movement, Status.UNKNOWN, now, why="It names more than one payment file of ours.")
    returns = [int(pk) for pk in RETURN.findall(movement.words)]
    if returns and (row := BankEntry.objects.filter(pk__in=returns[:1], currency=entry.currency).first()) is not None:
        return _return_left(row.pk, movement, now)
    gateway = arriving.gateway_of(entry.other_name, entry.text)
    if gateway:
        return _claimed(gateway, movement, now)
    return _by_sum_or_sender(movement, now)


def _by_sum_or_sender(movement: Movement, now: datetime) -> BankEntry | None:
    """The one file that is the same sum, or the one return to the same sender; two that fit are for a person."""
    files, returns = _files_of_sum(movement, now), _returns_to_sender(movement)
    if len(files) + len(returns) > 1:
        could = ", ".join([*(f"the file {file}" for file in files), *(f"the return of {row.entry}" for row in returns)])
        return keep(movement, Status.UNKNOWN, now, why=f"{NOT_OURS} By its amount it could be {could}. Ask the bank.")
    if files:
        because = "It names no file, and this is the only one of the same sum that could have left on its day."
        return _file_left(files[0].pk, movement, now, because)
    if returns:
        return _return_left(returns[0].pk, movement, now)
    alike = BankEntry.objects.filter(
        status=Status.RETURNING, currency=movement.entry.currency, amount_minor=movement.entry.amount_minor
    ).first()
    if alike is not None:
        why = f"{NOT_OURS} It is of the amount that goes back for entry {alike.entry}, and to another account or name."
        return keep(movement, Status.UNKNOWN, now, why=why)
    return None


# files ------------------------------------------------------------------------------------------------------------


def _files_of_sum(movement: Movement, now: datetime) -> list[PayoutBatch]:
    on = movement.on(now)
    rows = PayoutBatch.objects.filter(
        state__in=(State.SENT, State.CONFIRMED),
        currency=movement.entry.currency,
        total_minor=movement.entry.amount_minor,
        sent_at__date__lte=on,
        execute_on__gte=on - LEAVES_WITHIN,
    )
    return list(rows.exclude(bank_entries__status=Status.OURS).order_by("id")[:3])


def _file_left(batch_id: int, movement: Movement, now: datetime, because: str) -> BankEntry:
    """One debit for all transfers of a file confirms each of them; they were told one by one before, or are later."""
    entry = movement.entry
    batch = PayoutBatch.objects.locked(batch_id)
    if batch.state not in (State.SENT, State.CONFIRMED):
        shown = batch.get_state_display().lower()
        why = f"It is of the file {batch}, and nobody took that to the bank here: it is {shown}. Ask the bank at once."
        return keep(movement, Status.UNKNOWN, now, why=why)
    before = batch.bank_entries.filter(status=Status.OURS).select_related("statement").first()
    if before is not None:
        if not (movement.has_balances and told_with_balances(before)):
            return before
        return keep(movement, Status.UNKNOWN, now, why=f"The file {batch} left before; this is a second time.")
    due = [item for item in _locked_items(batch) if item.sending.status != Sending.FAILED or had_left(item.sending)]
    total = sum(item.amount_minor for item in due)
    if total != entry.amount_minor:
        shown = [display(minor, entry.currency) for minor in (total, entry.amount_minor)]
        why = (
            f"It is of the file {batch}, whose {len(due)} transfers are {shown[0]}, and {shown[1]} left. Ask the bank."
        )
        return keep(movement, Status.UNKNOWN, now, why=why)
    told = [row for item in due if (row := _told_alone(item)) is not None]
    if len(told) == len(due):
        if not (movement.has_balances and all(told_with_balances(row) for row in told)):
            return told[0]
        why = f"Each transfer of the file {batch} left before; this is a second time."
        return keep(movement, Status.UNKNOWN, now, why=why)
    for item in due:
        pushing.record_sending(item.sending, Outcome("cleared", item.end_to_end), now)
    row = keep(movement, Status.OURS, now, file=batch, why=f"All {len(due)} transfers of the file {batch}. {because}")
    batching.end_batch(batch_id=batch.id, now=now)
    return row


def _locked_items(batch: PayoutBatch) -> list[BatchItem]:
    """A file's transfers; their orders, then their suppliers, then they themselves are locked, each by id."""
    items = batch.items.select_related("refund", "payout").order_by("id")
    for order_id in sorted({item.refund.order_id for item in items if item.refund_id}):
        Order.objects.locked(order_id)
    for supplier_id in sorted({item.payout.supplier_id for item in items if item.payout_id}):
        Supplier.objects.locked(supplier_id)
    for model in (Refund, Payout):
        list(model.objects.filter(batch_items__batch=batch).select_for_update(of=("self",)).order_by("id"))
    return list(batch.items.select_related("refund", "payout").order_by("id"))


def _told_alone(item: BatchItem) -> BankEntry | None:
    """The debit that told of a transfer by itself."""
    rows = item.sending.bank_entries.filter(direction=Direction.DEBIT, status=Status.OURS)
    return rows.select_related("statement").first()


def had_left(sending: Refund | Payout) -> bool:
    """Whether a sending has left our bank, also when it came back."""
    return Transfer.objects.filter(key=f"{sending.booked_as}:confirm").exists()


def told_with_its_file(sending: Refund | Payout) -> BankEntry | None:
    """The debit of the whole file that a sending left in."""
    rows = BankEntry.objects.filter(status=Status.OURS, payout_batch__items__in=sending.batch_items.all())
    return rows.select_related("statement").first()


# back to the sender -----------------------------------------------------------------------------------------------


def _returns_to_sender(movement: Movement) -> list[BankEntry]:
    """Money on its way back of this amount that is told by the names of its credit, or goes to the same account."""
    entry = movement.entry
    rows = BankEntry.objects.filter(
        status=Status.RETURNING, currency=entry.currency, amount_minor=entry.amount_minor, left=None
    ).order_by("id")
    named = {row.pk for row in rows if {row.whole.end_to_end_id, row.whole.bank_reference} & movement.names}
    return [row for row in rows if row.pk in named or (not named and _same_party(row, movement))][:3]


def _same_party(row: BankEntry, movement: Movement) -> bool:
    entry, account = movement.entry, row.other_account
    if account and entry.other_account:
        return account == entry.other_account
    return reconciliation.same_payer(entry.other_name, (row.payer_name,))


def _return_left(entry_id: int, movement: Movement, now: datetime) -> BankEntry:
    """Money has gone back to its sender."""
    row = BankEntry.objects.locked(entry_id)
    about = f"It is the return of entry {row.entry}"
    if (before := row.left.select_related("statement").first()) is not None:
        if not (movement.has_balances and told_with_balances(before)):
            return before
        return keep(movement, Status.UNKNOWN, now, why=f"{about}, which left before; this is a second time.")
    if row.status not in (Status.RETURNING, Status.RETURNED):
        why = f"{about}, which was not told to go back: it is {row.get_status_display().lower()}. Ask who sent it."
        return keep(movement, Status.UNKNOWN, now, why=why)
    if row.amount_minor != movement.entry.amount_minor:
        shown = [display(minor, row.currency) for minor in (row.amount_minor, movement.entry.amount_minor)]
        why = f"{about} of {shown[0]}, and {shown[1]} left. Ask the bank about the difference."
        return keep(movement, Status.UNKNOWN, now, why=why)
    record_return(row.pk, Outcome("cleared"), now)
    return keep(movement, Status.OURS, now, return_of=row, why=f"{about}.")


# card processors --------------------------------------------------------------------------------------------------


def _claimed(gateway: str, movement: Movement, now: datetime) -> BankEntry:
    """A processor took what it gave back more than it had taken; booked with its report, before or afterwards."""
    entry = movement.entry
    arriving.one_at_a_time(gateway, entry.currency)
    line = arriving.Line(gateway, entry.currency, -entry.amount_minor, movement.on(now), movement.words)
    payout, why = arriving.payout_of(line)
    if payout is None:
        return keep(movement, Status.UNKNOWN, now, why=why, gateway=gateway)
    return keep(movement, Status.SETTLED, now, why=why, gateway=gateway, settlement=payout)
