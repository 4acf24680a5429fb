"""Refunds and payouts on their way: the call under the row's key, then the answer, in one shape for both (I7).

Whoever dies between leaves a row that is due; calling again with the same key sends nothing twice.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User
from events.actions import record
from events.models import Event
from orders import books
from orders.models import Order
from payments import telling, waiting
from payments.actions import contesting
from payments.actions.paying import later
from payments.actions.sending import count_refund
from payments.gateways import Outcome, Unreachable, clearing_name, gateway, has_gateway
from payments.gateways.files.gateway import Files
from payments.models import BankEntry, Method, Payment, Payout, Refund, Sending
from payments.return_reasons import in_words
from suppliers.models import Supplier
from trade_assurance.refused import MovedOn, NotAllowed, Refused


def push_refund(*, refund_id: int, now: datetime) -> Refund:
    """Tell the gateway, or ask how the refund stands, and record the answer."""
    return _push(Refund.objects.get(pk=refund_id), now)


def push_payout(*, payout_id: int, now: datetime) -> Payout:
    """Tell the bank, or ask how the payout stands, and record the answer."""
    return _push(Payout.objects.get(pk=payout_id), now)


def record_refund(*, refund_id: int, outcome: Outcome | None, now: datetime) -> Refund:
    """Write down what the gateway said of a refund; None is no answer. Late and double answers change nothing."""
    return record_sending(Refund.objects.get(pk=refund_id), outcome, now)


def record_payout(*, payout_id: int, outcome: Outcome | None, now: datetime) -> Payout:
    """Write down what the bank said of a payout; None is no answer. Late and double answers change nothing."""
    return record_sending(Payout.objects.get(pk=payout_id), outcome, now)


def _push(sending: Refund | Payout, now: datetime) -> Refund | Payout:
    if sending.status not in (Sending.SENDING, Sending.SENT):
        return sending
    if isinstance(sending, Payout) and sending.status == Sending.SENDING and (reason := waiting.stopped()):
        return record_sending(sending, Outcome("waiting", why=reason), now)
    bank = _bank_of(sending)
    call = sending.name if sending.status == Sending.SENDING else f"ask_{sending.name}"
    try:
        outcome = getattr(bank, call)(sending, now=now)
    except Unreachable:
        outcome = None
    return record_sending(sending, outcome, now)


def _bank_of(sending: Refund | Payout):
    """Who sends it: its payment file while it is in one, whatever is set up by now, so that nothing is sent twice."""
    return Files() if sending.batch_items.filter(is_dropped=False).exists() else gateway(sending.method)


@transaction.atomic
def record_sending(
    sending: Refund | Payout, outcome: Outcome | None, now: datetime, *, by: User | None = None
) -> Refund | Payout:
    """Write down what was said of a refund or a payout; None is no answer. Late and double answers change nothing.

    `by` is the person of the staff who says it.
    """
    row = locked(sending)
    if not _answered(row, outcome, now):
        return row
    if row.status == Sending.CONFIRMED:
        _confirmed(row, now)
    elif row.status == Sending.FAILED:
        _failed(row, now, by=by)
    row.save()
    return row


@transaction.atomic
def give_back(sending: Refund | Payout, *, why: str, by: User | None = None, now: datetime) -> Refund | Payout:
    """A sending that had left our bank came back to it: what it paid is owed again, and staff look at it first (§8).

    Raises MovedOn when it has not left, or came back before.
    """
    row = locked(sending)
    if row.status != Sending.CONFIRMED or row.method != Method.TT:
        raise MovedOn("This has not left our bank, or it has come back already. Nothing was changed.")
    return _undo(row, why, now, had_left=True, by=by)


@transaction.atomic
def bounce_refund(*, refund_id: int, why: str, now: datetime) -> Refund:
    """A refund that its gateway had confirmed did not reach the buyer: owed again, and staff look first (Rulebook 22).

    Told again, or of one that has not ended, it changes nothing. Transfers come back by `give_back`.
    """
    row = locked(Refund.objects.get(pk=refund_id))
    if row.status != Sending.CONFIRMED or row.method == Method.TT:
        return row
    return _undo(row, why, now, had_left=False)


def _undo(row: Refund | Payout, why: str, now: datetime, *, had_left: bool, by: User | None = None) -> Refund | Payout:
    row.status, row.why, row.ended_at = Sending.FAILED, why[:300], now
    _failed(row, now, had_left=had_left, by=by)
    row.save()
    return row


def locked(sending: Refund | Payout) -> Refund | Payout:
    """The row under its lock, taken after its owner's: the order's, or the supplier's."""
    if isinstance(sending, Refund):
        Order.objects.locked(sending.order_id)
    else:
        Supplier.objects.locked(sending.supplier_id)
    return type(sending).objects.locked(sending.pk)


def _answered(sending: Refund | Payout, outcome: Outcome | None, now: datetime) -> bool:
    """Set what an answer means for something in flight; False, with nothing left to save, when it has ended before."""
    if sending.status not in (Sending.SENDING, Sending.SENT):
        return False
    sending.attempts += 1
    sending.next_ask_at = later(now, sending.attempts)
    if outcome is None:
        sending.why = gettext_noop("The bank does not answer; it is told again.")
        return True
    sending.gateway_reference = outcome.reference or sending.gateway_reference
    sending.why = outcome.why[:300]
    if outcome.state in ("cleared", "failed"):
        sending.status = Sending.CONFIRMED if outcome.state == "cleared" else Sending.FAILED
        sending.next_ask_at, sending.ended_at = None, now
    elif outcome.state == "pending":
        sending.status = Sending.SENT
    return True


def _confirmed(sending: Refund | Payout, now: datetime) -> None:
    if sending.method == Method.TT:  # card and online money leaves within the processor's settlement
        books.left_the_bank(
            currency=sending.currency, amount_minor=sending.amount_minor, key=sending.booked_as, now=now
        )
    record(*sending.subject, f"{sending.name}.confirmed", now=now, data=_told(sending))


def _failed(sending: Refund | Payout, now: datetime, *, had_left: bool = False, by: User | None = None) -> None:
    books.came_back(
        payable=sending.payable,
        gateway=clearing_name(sending.method),
        amount_minor=sending.amount_minor,
        had_left=had_left,
        key=sending.booked_as,
        now=now,
    )
    if isinstance(sending, Refund):
        payment = Payment.objects.locked(sending.payment_id)
        count_refund(payment, sending, -1)
        contesting.refund_came_back(sending.order, payment, sending, now=now)
        telling.mail_refund_came_back(sending)
    because = in_words(sending.why)
    record(*sending.subject, f"{sending.name}.failed", by=by, now=now, data=_told(sending) | {"because": because})


def _told(sending: Refund | Payout) -> dict:
    data = {sending.name: sending.id, "amount": sending.amount_minor}
    return data | ({"payment": sending.payment_id} if isinstance(sending, Refund) else {})


@transaction.atomic
def let_send_again(*, sending: Refund | Payout, by: User, now: datetime, by_transfer: bool = False) -> None:
    """Staff have looked at what came back: what is owed may be sent anew, the same way or, for a refund, by transfer.

    By transfer it and all later refunds of its payment go to an account that finance names (Rulebook 22). Whoever said
    by hand that it came back does not send it anew alone: the bank's statement has told of it, or another person does.
    Raises NotAllowed, MovedOn, Refused.
    """
    if not by.has_perm("payments.send_again"):
        raise NotAllowed("Only finance staff let money be sent again.")
    row = locked(sending)
    if row.status != Sending.FAILED or row.looked_at is not None:
        raise MovedOn("This was looked at already, or it has not come back.")
    if _said_by(row) == by.pk and not row.bank_entries.filter(direction=BankEntry.Direction.CREDIT).exists():
        raise NotAllowed(
            "You marked it as come back and no statement of the bank tells of it yet, so another person must do this."
        )
    told = {"id": row.id}
    if isinstance(row, Refund):
        if row.order.side_of(by) is not None:
            raise NotAllowed("You are a party to this order, so somebody else must do this.")
        row.next_method = Method.TT if by_transfer else row.method
        if not has_gateway(row.next_method):
            raise Refused("Transfers are not set up here (PAYMENT_GATEWAYS), so nothing can be sent by one.")
        told["method"] = row.next_method
    elif by_transfer:
        raise Refused("A payout is a transfer already.")
    row.looked_at, row.looked_by = now, by
    row.save()
    record(*row.subject, f"{row.name}.let_again", by=by, now=now, data=told)


def _said_by(sending: Refund | Payout) -> int | None:
    """The person of the staff who said that it came back; None where its gateway or the bank did."""
    ended = Event.objects.about(*sending.subject).filter(
        kind=f"{sending.name}.failed", **{f"data__{sending.name}": sending.id}
    )
    return ended.values_list("actor_id", flat=True).last()
