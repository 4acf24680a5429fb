"""Payment files: one person makes a batch of what waits, another releases that very file, then it goes to the bank.

Rulebook 22; I7. A batch is locked before its refunds and payouts; whoever holds an order or a supplier takes no batch.
"""

import hashlib
import secrets
from datetime import datetime

import rfc8785
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from events.actions import record
from orders.models import Order
from payments import pain001, waiting
from payments.actions import pushing
from payments.gateways import Outcome
from payments.gateways.files.gateway import WITH_BANK
from payments.models import BankEntry, BatchItem, Method, Payment, Payout, PayoutBatch, Refund, SenderAccount, Sending
from payments.models.sending import IN_FLIGHT
from suppliers import bank_details
from suppliers.bank_details import BankDetails
from suppliers.models import Member, PayoutAccount
from trade_assurance import business_days
from trade_assurance.refused import MovedOn, NotAllowed, Refused

KIND = "payout_batch"
MOST = 5_000  # transfers in one file
State = PayoutBatch.State


class NothingToBatch(MovedOn):
    """Nothing in this currency can go into a file now; the sentence says why."""


def _may(by: User, permission: str) -> None:
    if not by.has_perm(f"payments.{permission}"):
        raise NotAllowed("Only finance staff make and release payment files.")


# making -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_batch(*, currency: str, by: User, now: datetime) -> PayoutBatch:
    """Write the refunds and payouts in a currency that wait into one file, for a second person to release.

    What has no account to go to is left waiting, with the reason at its row. Raises NothingToBatch, Refused.
    """
    _may(by, "make_batch")
    if not waiting.by_files():
        raise Refused("Transfers are sent by a gateway here, not in files (PAYMENT_GATEWAYS).")
    own = _own(currency)
    chosen = _with_accounts(_waiting(currency), currency, now)
    if not chosen:
        raise NothingToBatch(f"Nothing in {currency} can go into a file now. See what waits, and why.")
    _no_party(by, [sending for sending, _ in chosen])
    message_id = f"TA-{now:%Y%m%d}-{currency}-{secrets.token_hex(6).upper()}"
    execute_on = business_days.after(now, 1).date()
    file = pain001.written(
        pain001.Initiation(
            message_id=message_id,
            made_at=now,
            execute_on=execute_on,
            currency=currency,
            own=own,
            orders=[
                pain001.Order(
                    end_to_end=sending.end_to_end,
                    amount_minor=sending.amount_minor,
                    to=account,
                    about=f"{sending.end_to_end} {sending.towards}",
                    all_charges_ours=isinstance(sending, Refund),
                )
                for sending, account in chosen
            ],
        )
    )
    batch = PayoutBatch.objects.create(
        message_id=message_id,
        currency=currency,
        execute_on=execute_on,
        count=len(chosen),
        total_minor=sum(sending.amount_minor for sending, _ in chosen),
        digest=_digest(message_id, currency, own, chosen),
        file=file,
        file_sha256=hashlib.sha256(file).hexdigest(),
        made_by=by,
        made_at=now,
    )
    try:
        with transaction.atomic():
            BatchItem.objects.bulk_create(_item(batch, sending, account) for sending, account in chosen)
    except IntegrityError as error:  # another batch took one of them at this moment
        raise MovedOn("Somebody made a file of these at the same moment. Look at that one.") from error
    _note(batch, "made", by, now, total=batch.total_minor, count=batch.count)
    return batch


def _waiting(currency: str) -> list[Refund | Payout]:
    """What may go into a file: told to go, not in another, and no payout while the books are not proved."""
    not_yet = Q(status=Sending.SENDING, currency=currency)
    taken = BatchItem.objects.filter(is_dropped=False)
    refunds = Refund.objects.filter(not_yet, method=Method.TT).exclude(
        pk__in=taken.filter(refund__isnull=False).values("refund")
    )
    payouts = Payout.objects.filter(not_yet).exclude(pk__in=taken.filter(payout__isnull=False).values("payout"))
    found = []
    for rows in (refunds, payouts if not waiting.stopped() else payouts.none()):
        related = rows.model.WITH
        found += rows.select_for_update(of=("self",)).select_related(*related).order_by("id")[: MOST - len(found)]
    return found


def _with_accounts(found, currency: str, now: datetime) -> list[tuple[Refund | Payout, BankDetails]]:
    """Each with the account that it goes to; the others get the reason why they wait."""
    payouts = {row.supplier_id for row in found if isinstance(row, Payout)}
    refunds = {row.payment_id for row in found if isinstance(row, Refund)}
    to_suppliers, to_buyers = PayoutAccount.objects.in_force(payouts, currency, now), _sent_from(refunds)
    chosen, changed = [], []
    for row in found:
        if isinstance(row, Payout):
            account = to_suppliers[row.supplier_id].details if row.supplier_id in to_suppliers else None
            why = "" if account else waiting.why_payout_waits(row.supplier_id, currency, now)
        else:
            account = to_buyers.get(row.payment_id)
            why = "" if account else "It is not known which account this came from. Name it at the refund."
        if account is not None:
            chosen.append((row, account))
        elif row.why != why:
            row.why = why
            changed.append(row)
    for model in (Refund, Payout):
        model.objects.bulk_update([row for row in changed if isinstance(row, model)], ["why"])
    return chosen


def _sent_from(payment_ids) -> dict[int, BankDetails]:
    """Where each payment came from: by what staff named last, else by the IBAN that the bank's statement told."""
    found = {}
    entries = BankEntry.objects.filter(payment__in=payment_ids).exclude(other_account="")
    for payment_id, iban, name in entries.values_list("payment_id", "other_account", "payer_name"):
        try:
            found[payment_id] = bank_details.checked(holder=name, country="", iban=iban)
        except Refused:  # no IBAN, or a name that no bank takes: staff name the account
            continue
    for named in SenderAccount.objects.filter(payment__in=payment_ids).order_by("id"):
        found[named.payment_id] = named.details
    return found


def _own(currency: str) -> BankDetails:
    given = settings.PAYING_ACCOUNTS.get(currency)
    if not given:
        raise Refused(f"No account of ours for {currency} is set up (PAYING_ACCOUNTS), so no file can be made.")
    return bank_details.checked(**{"country": ""} | given)


def _item(batch: PayoutBatch, sending: Refund | Payout, account: BankDetails) -> BatchItem:
    return BatchItem(
        batch=batch,
        refund=sending if isinstance(sending, Refund) else None,
        payout=sending if isinstance(sending, Payout) else None,
        end_to_end=sending.end_to_end,
        amount_minor=sending.amount_minor,
        holder=account.holder,
        country=account.country,
        iban=account.iban,
        number=account.number,
        bic=account.bic,
        bank_name=account.bank_name,
    )


def _digest(message_id: str, currency: str, own: BankDetails, chosen) -> str:
    content = {
        "message": message_id,
        "currency": currency,
        "from": [own.holder, own.iban, own.number, own.bic],
        "transfers": [
            [sending.end_to_end, sending.amount_minor, to.holder, to.iban, to.number, to.bic] for sending, to in chosen
        ],
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _no_party(by: User, sendings) -> None:
    """Nobody of the staff sends money to their own company, or to themselves."""
    suppliers = {row.supplier_id for row in sendings if isinstance(row, Payout)}
    orders = {row.order_id for row in sendings if isinstance(row, Refund)}
    if (
        Member.objects.filter(user=by, supplier__in=suppliers).exists()
        or Order.objects.filter(pk__in=orders, buyer=by).exists()
    ):
        raise NotAllowed("Money in this file goes to you or to your company, so somebody else must do this.")


# releasing, and on to the bank ------------------------------------------------------------------------------------


@transaction.atomic
def release_batch(*, batch_id: int, file_sha256: str, by: User, now: datetime) -> PayoutBatch:
    """A second person lets out exactly the file with this hash. Raises NotAllowed, MovedOn, Refused."""
    _may(by, "release_batch")
    batch = PayoutBatch.objects.locked(batch_id)
    if batch.made_by_id == by.pk:
        raise NotAllowed("You made this file, so another person must release it.")
    if batch.state != State.MADE:
        raise MovedOn(f"This file is {batch.get_state_display().lower()} already.")
    if file_sha256 != batch.file_sha256 or hashlib.sha256(batch.file).hexdigest() != batch.file_sha256:
        raise Refused("This is not the file that you looked at. Open it again, compare, and release what you see.")
    items = _items(batch)
    _no_party(by, [item.sending for item in items])
    _still_right(batch, items, now)
    batch.state, batch.released_by, batch.released_at = State.RELEASED, by, now
    batch.save(update_fields=["state", "released_by", "released_at"])
    _note(batch, "released", by, now, file=batch.file_sha256)
    return batch


@transaction.atomic
def take_file(*, batch_id: int, by: User, now: datetime) -> PayoutBatch:
    """Hand the released file out for the bank; the first time, all in it is sent. Raises NotAllowed, MovedOn."""
    _may(by, "release_batch")
    batch = PayoutBatch.objects.locked(batch_id)
    if batch.state not in (State.RELEASED, State.SENT, State.CONFIRMED):
        raise MovedOn("This file is not released, so nobody takes it to the bank.")
    if batch.state == State.RELEASED:
        items = _items(batch)
        _still_right(batch, items, now)
        for item in items:
            type(item.sending).objects.filter(pk=item.sending.pk, status=Sending.SENDING).update(
                status=Sending.SENT,
                gateway_reference=item.end_to_end,
                why=WITH_BANK.format(file=batch),
                next_ask_at=now,
            )
        batch.state, batch.sent_by, batch.sent_at = State.SENT, by, now
        batch.save(update_fields=["state", "sent_by", "sent_at"])
    _note(batch, "taken", by, now, file=batch.file_sha256)
    return batch


@transaction.atomic
def drop_batch(*, batch_id: int, because: str, by: User, now: datetime) -> PayoutBatch:
    """Give a file up that is not with the bank; all in it waits for another. Raises NotAllowed, MovedOn, Refused."""
    _may(by, "make_batch")
    batch = PayoutBatch.objects.locked(batch_id)
    if batch.state not in (State.MADE, State.RELEASED):
        raise MovedOn("This file was taken to the bank, or was dropped before.")
    if not because.strip():
        raise Refused("Say why: the reason is kept with the file.", field="reason")
    batch.state, batch.dropped_by, batch.dropped_because = State.DROPPED, by, because.strip()[:300]
    batch.save(update_fields=["state", "dropped_by", "dropped_because"])
    batch.items.update(is_dropped=True)
    _note(batch, "dropped", by, now, because=batch.dropped_because)
    return batch


def _items(batch: PayoutBatch) -> list[BatchItem]:
    """The batch's transfers, their refunds and payouts locked in the order of their ids."""
    for model in (Refund, Payout):
        list(model.objects.filter(batch_items__batch=batch).select_for_update(of=("self",)).order_by("id"))
    return list(batch.items.select_related("refund__order", "payout__supplier").order_by("id"))


def _still_right(batch: PayoutBatch, items: list[BatchItem], now: datetime) -> None:
    """Refuse when something in the file has ended, goes to another account now, or must not leave."""
    payouts = [item for item in items if item.payout_id]
    if payouts and (reason := waiting.stopped()):
        raise Refused(reason)
    accounts = PayoutAccount.objects.in_force({item.payout.supplier_id for item in payouts}, batch.currency, now)
    for item in items:
        if item.sending.status != Sending.SENDING:
            raise Refused(f"{item} has ended since this file was made. Drop the file and make another.")
        account = accounts.get(item.payout.supplier_id) if item.payout_id else None
        if item.payout_id and (account is None or account.details != item.details):
            raise Refused(f"{item} would go to an account that was replaced. Drop the file and make another.")


# what the bank did ------------------------------------------------------------------------------------------------


def confirm_batch(*, batch_id: int, by: User, now: datetime) -> PayoutBatch:
    """Staff saw the debit of the whole file on the statement: what is still on its way in it has left our bank."""
    _may(by, "release_batch")
    batch = PayoutBatch.objects.get(pk=batch_id)
    if batch.state != State.SENT:
        raise MovedOn("Only a file that is with the bank can be confirmed.")
    for item in batch.items.select_related("refund", "payout").order_by("id"):
        pushing.record_sending(item.sending, Outcome("cleared", item.end_to_end), now)
    return end_batch(batch_id=batch_id, by=by, now=now)


@transaction.atomic
def end_batch(*, batch_id: int, by: User | None = None, now: datetime) -> PayoutBatch:
    """A file all of whose transfers have left or come back has ended; before that nothing changes."""
    batch = PayoutBatch.objects.locked(batch_id)
    on_its_way = Q(refund__status__in=IN_FLIGHT) | Q(payout__status__in=IN_FLIGHT)
    if batch.state == State.SENT and not batch.items.filter(on_its_way).exists():
        batch.state, batch.ended_at = State.CONFIRMED, now
        batch.save(update_fields=["state", "ended_at"])
        _note(batch, "ended", by, now)
    return batch


def end_ended_batches(*, now: datetime) -> None:
    """End every file all of whose transfers have left or come back; after a statement was booked, and safe again."""
    for batch_id in PayoutBatch.objects.filter(state=State.SENT).values_list("id", flat=True).order_by("id"):
        end_batch(batch_id=batch_id, now=now)


def mark_returned(*, sending: Refund | Payout, why: str, by: User, now: datetime) -> Refund | Payout:
    """Staff saw that a transfer came back, or was refused by the bank: it is owed again, and waits for staff.

    What waits in a file that is not with the bank is no return: drop that file. Raises NotAllowed, MovedOn, Refused.
    """
    if not by.has_perm("payments.send_again"):
        raise NotAllowed("Only finance staff mark what came back.")
    if not why.strip():
        raise Refused("Say what the bank gave as the reason.", field="reason")
    row = type(sending).objects.get(pk=sending.pk)
    if row.status not in (Sending.SENT, Sending.CONFIRMED):
        raise MovedOn("This is not with the bank, or has come back before.")
    if row.status == Sending.SENT:  # refused before it left
        return pushing.record_sending(row, Outcome("failed", why=why.strip()), now, by=by)
    return pushing.give_back(row, why=why.strip(), by=by, now=now)


@transaction.atomic
def name_sender_account(*, payment_id: int, details: BankDetails, by: User, now: datetime) -> SenderAccount:
    """Finance staff found out where a transfer came from: its refunds go back there, once a second person releases."""
    if not by.has_perm("payments.make_batch"):
        raise NotAllowed("Only finance staff say where a refund goes.")
    order = Order.objects.locked(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
    if order.side_of(by) is not None:
        raise NotAllowed("You are a party to this order, so somebody else must do this.")
    payment = Payment.objects.get(pk=payment_id)
    if payment.method != Method.TT and not payment.refunds.filter(method=Method.TT).exists():
        raise Refused("Only a transfer is refunded to a bank account.")
    named = SenderAccount.objects.create(
        payment=payment,
        holder=details.holder,
        country=details.country,
        iban=details.iban,
        number=details.number,
        bic=details.bic,
        bank_name=details.bank_name,
        named_by=by,
        named_at=now,
    )
    data = {"payment": payment.id, "ends": details.masked[-4:]}
    record("order", order.id, "refund.account_named", by=by, now=now, data=data)
    return named


def _note(batch: PayoutBatch, what: str, by: User | None, now: datetime, **data) -> None:
    record(KIND, batch.id, f"batch.{what}", by=by, now=now, data={"message": batch.message_id} | data)
