"""Card chargebacks: what a network reports counts once, and nobody is paid twice (architecture.md §8, ADR 10)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from events.actions import record
from ledger import chart
from orders import books
from orders.actions import contesting as order_contesting
from orders.models import Order
from payments.actions.paying import ORDER
from payments.actions.sharing import refund_shares
from payments.gateways import clearing_name
from payments.models import Chargeback, Method, Payment, Refund
from trade_assurance.refused import MovedOn, Refused

State = Chargeback.State
BY_CARD = gettext_noop("taken back by the card's bank")
BY_SENDER = gettext_noop("taken back by the bank that sent it")


@dataclass(frozen=True)
class Contested:
    """What a network says that its cardholder contests: its own reference of the case, minor units, the reason."""

    reference: str
    amount_minor: int
    reason: str = ""


@transaction.atomic
def open_chargeback(*, payment_id: int, contested: Contested, now: datetime) -> Chargeback:
    """A network has taken a charge back until it decides; the same report again, or a late one, changes nothing.

    Raises MovedOn when the payment has not cleared here yet: then the report is to come again.
    """
    order = Order.objects.locked(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
    return _open(order, payment_id, contested, now)


@transaction.atomic
def end_chargeback(*, payment_id: int, contested: Contested, won: bool, now: datetime) -> Chargeback:
    """The network has decided. A report of the end that comes before that of the beginning does both.

    Won: the money is given back and the hold ends. Lost: the buyer keeps what the network gave it. It comes from what
    was owed to the buyer on this very payment, then as the order's refunds do (Rulebook 22), and the fees.
    """
    order = Order.objects.locked(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
    chargeback = _open(order, payment_id, contested, now)
    return _end(order, chargeback, won=won, now=now)


@transaction.atomic
def reverse_transfer(*, payment_id: int, contested: Contested, now: datetime) -> Chargeback:
    """Our bank has taken back a transfer that it had credited: as a chargeback that is lost at once (§8, ADR 10)."""
    order = Order.objects.locked(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
    chargeback = _open(order, payment_id, contested, now, source=chart.bank(order.currency))
    return _end(order, chargeback, won=False, now=now)


def _end(order: Order, chargeback: Chargeback, *, won: bool, now: datetime) -> Chargeback:
    if chargeback.state != State.OPEN:
        return chargeback
    payment, cause, ended = chargeback.payment, f"chargeback:{chargeback.id}", False
    if won:
        _count(payment, chargeback, -1)
        books.chargeback_won(
            order,
            chargeback_id=chargeback.id,
            gateway=clearing_name(payment.method),
            amount_minor=chargeback.amount_minor,
            now=now,
        )
        order_contesting.contest_won(order, chargeback.fresh_minor, chargeback.hold, cause=cause, now=now)
    else:
        ended = order_contesting.contest_lost(
            order,
            chargeback.fresh_minor,
            chargeback.hold,
            cause=cause,
            because=BY_SENDER if payment.method == Method.TT else BY_CARD,
            now=now,
        )
        books.lose_the_rest(
            order,
            chargeback_id=chargeback.id,
            owed_minor=chargeback.owed_minor,
            fee_minor=chargeback.of_fee_minor - chargeback.owed_fee_minor,
            beyond_minor=chargeback.beyond_minor,
            now=now,
        )
    order.save()
    chargeback.state, chargeback.ended_at = State.WON if won else State.LOST, now
    chargeback.save(update_fields=["state", "ended_at"])
    record(ORDER, order.id, f"chargeback.{chargeback.state}", now=now, data=_told(chargeback) | {"ended": ended})
    return chargeback


def _open(
    order: Order, payment_id: int, contested: Contested, now: datetime, *, source: chart.Book | None = None
) -> Chargeback:
    payment = Payment.objects.locked(payment_id)
    known = Chargeback.objects.filter(gateway=payment.gateway, gateway_reference=contested.reference).first()
    if known is not None:
        if known.payment_id != payment_id:
            raise Refused("This case belongs to another payment. Nothing was changed.")
        return known
    if payment.method == Method.TT and source is None:
        raise Refused("A wire is not contested at a card network. Nothing was changed.")
    if payment.status != Payment.Status.CLEARED:
        raise MovedOn("This payment has not cleared here, so nothing of it can be contested yet.")
    if contested.amount_minor <= 0 or not contested.reference:
        raise Refused("A chargeback has a reference and an amount above zero. Nothing was changed.")
    chargeback = _split(order, payment, contested, now)
    _count(payment, chargeback, 1)
    chargeback.hold = order_contesting.contest(order, chargeback.fresh_minor, now=now)
    order.save()
    chargeback.save()
    books.chargeback(
        order,
        chargeback_id=chargeback.id,
        source=source or chart.clearing(clearing_name(payment.method), payment.currency),
        amount_minor=chargeback.amount_minor,
        now=now,
    )
    record(ORDER, order.id, "chargeback.opened", now=now, data=_told(chargeback))
    return chargeback


def _split(order: Order, payment: Payment, contested: Contested, now: datetime) -> Chargeback:
    """Over what the payment has left: its surplus, owed back anyway, its price, its fee; the rest is beyond."""
    owed = next((share for share in refund_shares(order) if share.payment.id == payment.id), None)
    surplus = min(contested.amount_minor, payment.surplus_room_minor)
    left = contested.amount_minor - surplus
    price = min(left, payment.price_room_minor)
    fee = min(left - price, payment.fee_room_minor)
    return Chargeback(
        payment=payment,
        order=order,
        gateway=payment.gateway,
        gateway_reference=contested.reference,
        currency=payment.currency,
        amount_minor=contested.amount_minor,
        of_surplus_minor=surplus,
        of_cleared_minor=price,
        owed_cleared_minor=min(price, owed.price_minor) if owed else 0,
        of_fee_minor=fee,
        owed_fee_minor=min(fee, owed.fee_minor) if owed else 0,
        beyond_minor=left - price - fee,
        reason=contested.reason[:300],
        opened_at=now,
    )


def _count(payment: Payment, chargeback: Chargeback, sign: int) -> None:
    """Note on the payment what the network has of it, open and lost alike."""
    payment.charged_back_minor += sign * chargeback.of_cleared_minor
    payment.surplus_charged_back_minor += sign * chargeback.of_surplus_minor
    payment.fee_charged_back_minor += sign * chargeback.of_fee_minor
    payment.save(update_fields=["charged_back_minor", "surplus_charged_back_minor", "fee_charged_back_minor"])


def _told(chargeback: Chargeback) -> dict:
    return {
        "chargeback": chargeback.id,
        "payment": chargeback.payment_id,
        "method": chargeback.payment.method,
        "amount": chargeback.amount_minor,
        "price": chargeback.of_cleared_minor,
    }


def refund_came_back(order: Order, payment: Payment, refund: Refund, *, now: datetime) -> None:
    """A refund that was on its way when its payment was contested came back: so the network's giving stands for it.

    What was beyond the payment then is now what is owed: it waits while the bank decides, and after a loss it is owed
    no more, which makes our loss good. Part of `record_refund`, which holds the order and the payment.
    """
    price, surplus, fee = refund.of_cleared_minor, refund.of_surplus_minor, refund.of_fee_minor
    for chargeback in payment.chargebacks.counting().filter(beyond_minor__gt=0).order_by("id"):
        to_price = min(price, chargeback.beyond_minor)
        to_surplus = min(surplus, chargeback.beyond_minor - to_price)
        to_fee = min(fee, chargeback.beyond_minor - to_price - to_surplus)
        moved = to_price + to_surplus + to_fee
        if moved == 0:
            continue
        price, surplus, fee = price - to_price, surplus - to_surplus, fee - to_fee
        Chargeback.objects.filter(pk=chargeback.pk).update(
            of_cleared_minor=F("of_cleared_minor") + to_price,
            owed_cleared_minor=F("owed_cleared_minor") + to_price,
            of_surplus_minor=F("of_surplus_minor") + to_surplus,
            of_fee_minor=F("of_fee_minor") + to_fee,
            owed_fee_minor=F("owed_fee_minor") + to_fee,
            beyond_minor=F("beyond_minor") - moved,
        )
        payment.charged_back_minor += to_price
        payment.surplus_charged_back_minor += to_surplus
        payment.fee_charged_back_minor += to_fee
        if chargeback.state == State.LOST:
            books.loss_made_good(order, chargeback_id=chargeback.id, refund_id=refund.id, amount_minor=moved, now=now)
    payment.save(update_fields=["charged_back_minor", "surplus_charged_back_minor", "fee_charged_back_minor"])
