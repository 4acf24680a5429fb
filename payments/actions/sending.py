"""Refunds and payouts: what the ledger owes is told to go, each once (Rulebook 22; I7).

Intent and ledger in one transaction, then the call under the row's key, then the answer. Whoever dies between leaves a
row that is due; calling again with the same key sends nothing twice.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from events.actions import record
from ledger import actions as ledger
from ledger import chart
from ledger.models import Transfer
from orders import books
from orders.models import Order
from payments.actions import contesting
from payments.actions.paying import ORDER, later
from payments.actions.sharing import Share, refund_shares
from payments.gateways import Outcome, Unreachable, clearing_name, gateway
from payments.models import Method, Payment, Payout, PayoutLine, Refund, Sending
from suppliers.models import Supplier
from trade_assurance.refused import MovedOn, NotAllowed, Refused

SUPPLIER = "supplier"


class NothingToSend(MovedOn):
    """Nothing is owed now, or it waits; the sentence says why."""


# refunds ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def send_refunds(*, order_id: int, now: datetime) -> list[Refund]:
    """Tell what an order's buyer is owed to go: to the latest payment first, never more than it brought in (22).

    Raises NothingToSend when nothing is owed, or with the reason why it waits.
    """
    order = Order.objects.locked(order_id)
    if ledger.balance(chart.refund_payable(order.id, order.currency)) >= 0:
        raise NothingToSend("Nothing is owed to this order's buyer.")
    if order.refunds.waiting_for_staff().exists():
        raise NothingToSend("A refund of this order came back; staff look at it before it is sent again.")
    made = [_send_one(order, share, now=now) for share in refund_shares(order)]
    if not made and order.chargebacks.open().exists():
        raise NothingToSend(
            "The card payment that this money came with is contested at its bank; it waits until the bank has decided."
        )
    if not made:
        raise NothingToSend("No payment is known that this money came with, so staff must look where it goes.")
    return made


def _send_one(order: Order, share: Share, *, now: datetime) -> Refund:
    payment, price, surplus, fee = share.payment, share.price_minor, share.surplus_minor, share.fee_minor
    refund = Refund.objects.create(
        order=order,
        payment=payment,
        method=payment.method,
        currency=order.currency,
        amount_minor=price + surplus + fee,
        of_cleared_minor=price,
        of_surplus_minor=surplus,
        of_fee_minor=fee,
        next_ask_at=now,
        created_at=now,
    )
    _count(payment, refund, 1)
    books.send_refund(
        order=order,
        refund_id=refund.id,
        gateway=clearing_name(payment.method),
        amount_minor=refund.amount_minor,
        now=now,
    )
    record(
        ORDER,
        order.id,
        "refund.sent",
        now=now,
        data={"refund": refund.id, "payment": payment.id, "amount": refund.amount_minor, "method": payment.method},
    )
    return refund


def _count(payment: Payment, refund: Refund, sign: int) -> None:
    payment.refunded_minor += sign * refund.of_cleared_minor
    payment.surplus_returned_minor += sign * refund.of_surplus_minor
    payment.fee_returned_minor += sign * refund.of_fee_minor
    payment.save(update_fields=["refunded_minor", "surplus_returned_minor", "fee_returned_minor"])


def push_refund(*, refund_id: int, now: datetime) -> Refund:
    """Tell the gateway, or ask how the refund stands, and record the answer."""
    refund = Refund.objects.get(pk=refund_id)
    if refund.status not in (Sending.SENDING, Sending.SENT):
        return refund
    bank = gateway(refund.method)
    try:
        tell = bank.refund if refund.status == Sending.SENDING else bank.ask_refund
        outcome = tell(refund, now=now)
    except Unreachable:
        outcome = None
    return record_refund(refund_id=refund_id, outcome=outcome, now=now)


@transaction.atomic
def record_refund(*, refund_id: int, outcome: Outcome | None, now: datetime) -> Refund:
    """Write down what the gateway said of a refund; None is no answer. Late and double answers change nothing."""
    order = Order.objects.locked(Refund.objects.values_list("order_id", flat=True).get(pk=refund_id))
    refund = Refund.objects.locked(refund_id)
    if not _answered(refund, outcome, now):
        return refund
    data = {"refund": refund.id, "payment": refund.payment_id, "amount": refund.amount_minor}
    if refund.status == Sending.CONFIRMED:
        if refund.method == Method.TT:
            books.left_the_bank(
                currency=refund.currency, amount_minor=refund.amount_minor, key=f"refund_sent:{refund.id}", now=now
            )
        record(ORDER, order.id, "refund.confirmed", now=now, data=data)
    elif refund.status == Sending.FAILED:
        books.came_back(
            payable=chart.refund_payable(order.id, order.currency),
            gateway=clearing_name(refund.method),
            amount_minor=refund.amount_minor,
            had_left=False,
            key=f"refund_sent:{refund.id}",
            now=now,
        )
        payment = Payment.objects.locked(refund.payment_id)
        _count(payment, refund, -1)
        contesting.refund_came_back(order, payment, refund, now=now)
        record(ORDER, order.id, "refund.failed", now=now, data=data | {"because": refund.why})
    refund.save()
    return refund


def _answered(sending: Refund | Payout, outcome: Outcome | None, now: datetime) -> bool:
    """Set what an answer means for something in flight; False, with nothing left to save, when it has ended before."""
    if sending.status not in (Sending.SENDING, Sending.SENT):
        return False
    sending.attempts += 1
    sending.next_ask_at = later(now, sending.attempts)
    if outcome is None:
        sending.why = "The bank does not answer; it is told again."
        return True
    sending.gateway_reference = outcome.reference or sending.gateway_reference
    sending.why = outcome.why[:300]
    if outcome.state in ("cleared", "failed"):
        sending.status = Sending.CONFIRMED if outcome.state == "cleared" else Sending.FAILED
        sending.next_ask_at, sending.ended_at = None, now
    elif outcome.state == "pending":
        sending.status = Sending.SENT
    return True


@transaction.atomic
def let_send_again(*, sending: Refund | Payout, by: User, now: datetime) -> None:
    """Staff have looked at a refund or payout that came back: what is owed may be sent anew."""
    if not by.has_perm("payments.send_again"):
        raise NotAllowed("Only finance staff let money be sent again.")
    if isinstance(sending, Refund):
        Order.objects.locked(sending.order_id)
        subject = (ORDER, sending.order_id, "refund.let_again")
    else:
        Supplier.objects.locked(sending.supplier_id)
        subject = (SUPPLIER, sending.supplier_id, "payout.let_again")
    row = type(sending).objects.locked(sending.pk)
    if row.status != Sending.FAILED or row.looked_at is not None:
        raise MovedOn("This was looked at already, or it has not come back.")
    row.looked_at, row.looked_by = now, by
    row.save(update_fields=["looked_at", "looked_by"])
    record(*subject, by=by, now=now, data={"id": row.id})


# payouts ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def send_payout(*, supplier_id: int, currency: str, now: datetime) -> Payout:
    """Tell all that a supplier is owed in a currency to go in one payout, which carries the releases that it pays.

    Raises NothingToSend when nothing is owed, or with the reason why it waits.
    """
    supplier = Supplier.objects.locked(supplier_id)
    payable = chart.supplier_payable(supplier.id, currency)
    # Under the account's lock its transfers are numbered in the order of their commits, so newer ones are the rest.
    account = ledger.lock([payable]).get(payable)
    if account is None or account.balance_minor >= 0:
        raise NothingToSend("Nothing is owed to this supplier.")
    before = supplier.payouts.filter(currency=currency)
    if before.waiting_for_staff().exists():
        raise NothingToSend("A payout to this supplier came back; staff look at it before it is sent again.")
    carried = (
        PayoutLine.objects.filter(payout__supplier=supplier, payout__currency=currency)
        .order_by("-transfer_id")
        .values_list("transfer_id", flat=True)
        .first()
    )
    transfers = Transfer.objects.touching(account.id).filter(id__gt=carried or 0).exclude(kind="send_payout")
    payout = Payout.objects.create(
        supplier=supplier, currency=currency, amount_minor=-account.balance_minor, next_ask_at=now, created_at=now
    )
    lines = [
        PayoutLine(
            payout=payout,
            transfer_id=transfer.id,
            kind=transfer.kind,
            order_id=transfer.order_id,
            amount_minor=transfer.amount_minor if transfer.credit_id == account.id else -transfer.amount_minor,
        )
        for transfer in transfers.order_by("id")
    ]
    if sum(line.amount_minor for line in lines) != payout.amount_minor:
        raise Refused("What is owed is not what the releases add up to. Nothing was sent; the books must be looked at.")
    PayoutLine.objects.bulk_create(lines)
    books.send_payout(
        supplier_id=supplier.id, payout_id=payout.id, currency=currency, amount_minor=payout.amount_minor, now=now
    )
    record(
        SUPPLIER,
        supplier.id,
        "payout.sent",
        now=now,
        data={"payout": payout.id, "amount": payout.amount_minor, "currency": currency},
    )
    return payout


def push_payout(*, payout_id: int, now: datetime) -> Payout:
    """Tell the bank, or ask how the payout stands, and record the answer."""
    payout = Payout.objects.get(pk=payout_id)
    if payout.status not in (Sending.SENDING, Sending.SENT):
        return payout
    bank = gateway(Method.TT)
    try:
        tell = bank.payout if payout.status == Sending.SENDING else bank.ask_payout
        outcome = tell(payout, now=now)
    except Unreachable:
        outcome = None
    return record_payout(payout_id=payout_id, outcome=outcome, now=now)


@transaction.atomic
def record_payout(*, payout_id: int, outcome: Outcome | None, now: datetime) -> Payout:
    """Write down what the bank said of a payout; None is no answer. Late and double answers change nothing."""
    supplier = Supplier.objects.locked(Payout.objects.values_list("supplier_id", flat=True).get(pk=payout_id))
    payout = Payout.objects.locked(payout_id)
    if not _answered(payout, outcome, now):
        return payout
    key, data = f"payout:{payout.id}", {"payout": payout.id, "amount": payout.amount_minor}
    if payout.status == Sending.CONFIRMED:
        books.left_the_bank(currency=payout.currency, amount_minor=payout.amount_minor, key=key, now=now)
        record(SUPPLIER, supplier.id, "payout.confirmed", now=now, data=data)
    elif payout.status == Sending.FAILED:
        books.came_back(
            payable=chart.supplier_payable(supplier.id, payout.currency),
            gateway="bank",
            amount_minor=payout.amount_minor,
            had_left=False,
            key=key,
            now=now,
        )
        record(SUPPLIER, supplier.id, "payout.failed", now=now, data=data | {"because": payout.why})
    payout.save()
    return payout
