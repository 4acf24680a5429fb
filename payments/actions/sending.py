"""Refunds and payouts: what the ledger owes is told to go, each once (Rulebook 22; I7).

Intent and ledger in one transaction; then `pushing` calls the bank under the row's key and writes its answer.
"""

from datetime import datetime

from django.db import transaction

from events.actions import record
from ledger import actions as ledger
from ledger import chart
from ledger.models import Transfer
from orders import books
from orders.models import Order
from payments import waiting
from payments.actions.paying import ORDER
from payments.actions.sharing import Share, refund_shares
from payments.gateways import clearing_name
from payments.models import Payment, Payout, PayoutLine, Refund, Sending
from suppliers.models import Supplier
from trade_assurance.refused import MovedOn, Refused

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
    method = _way_back(payment)
    refund = Refund.objects.create(
        order=order,
        payment=payment,
        method=method,
        currency=order.currency,
        amount_minor=price + surplus + fee,
        of_cleared_minor=price,
        of_surplus_minor=surplus,
        of_fee_minor=fee,
        next_ask_at=now,
        created_at=now,
    )
    count_refund(payment, refund, 1)
    books.send_refund(
        order=order,
        refund_id=refund.id,
        gateway=clearing_name(method),
        amount_minor=refund.amount_minor,
        now=now,
    )
    record(
        ORDER,
        order.id,
        "refund.sent",
        now=now,
        data={"refund": refund.id, "payment": payment.id, "amount": refund.amount_minor, "method": method},
    )
    return refund


def _way_back(payment: Payment) -> str:
    """The payment's own method, unless a refund of it came back and staff have chosen another way (Rulebook 22)."""
    looked = payment.refunds.filter(status=Sending.FAILED, looked_at__isnull=False).order_by("-id").first()
    return looked.next_method or looked.method if looked else payment.method


def count_refund(payment: Payment, refund: Refund, sign: int) -> None:
    """Let a payment count a refund (1), or no more (-1)."""
    payment.refunded_minor += sign * refund.of_cleared_minor
    payment.surplus_returned_minor += sign * refund.of_surplus_minor
    payment.fee_returned_minor += sign * refund.of_fee_minor
    payment.save(update_fields=["refunded_minor", "surplus_returned_minor", "fee_returned_minor"])


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
    if reason := waiting.why_payout_waits(supplier.id, currency, now):
        raise NothingToSend(reason)
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
