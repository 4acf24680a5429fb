"""How what is owed to a buyer is split over the payments that it came with (Rulebook 22)."""

from dataclasses import dataclass

from ledger import actions as ledger
from ledger import chart
from ledger.models import Transfer
from orders.models import Order
from payments.models import Chargeback, Payment


@dataclass(frozen=True)
class Share:
    """What of an order's owed money goes to one payment, in minor units."""

    payment: Payment
    price_minor: int
    surplus_minor: int
    fee_minor: int


def refund_shares(order: Order) -> list[Share]:
    """How what is owed and free to go is split over an order's payments, locked here: the latest first (22).

    What an open chargeback counts as owed waits for it; what a card network has of a payment is no room of it.
    """
    contested = list(order.chargebacks.counting())
    owed = -ledger.balance(chart.refund_payable(order.id, order.currency))
    owed -= sum(each.owed_minor for each in contested if each.state == Chargeback.State.OPEN)
    payments = list(
        order.payments.select_for_update(of=("self",)).filter(status=Payment.Status.CLEARED).order_by("-id")
    )
    # A fee goes back to the payment that it was paid with, a surplus likewise; neither takes the room of the price.
    fees_back = Transfer.objects.filter(order_id=order.id, kind="fee_back").total_minor()
    fees_gone = sum(p.fee_returned_minor for p in payments) + sum(each.owed_fee_minor for each in contested)
    fee_left = min(owed, fees_back - fees_gone)
    surplus_left = min(owed - fee_left, sum(p.surplus_room_minor for p in payments))
    price_left = owed - fee_left - surplus_left
    shares = []
    for payment in payments:
        fee = min(fee_left, payment.fee_room_minor)
        surplus = min(surplus_left, payment.surplus_room_minor)
        price = min(price_left, payment.price_room_minor)
        fee_left, surplus_left, price_left = fee_left - fee, surplus_left - surplus, price_left - price
        if fee + surplus + price:
            shares.append(Share(payment, price, surplus, fee))
    return shares
