"""Verbs for contesting a card payment: the funded order, what the network reports, what the buyer got."""

from ledger import chart
from ledger.actions import balance
from ledger.models import Transfer
from orders import actions as order_actions
from orders.models import Order
from payments import actions
from payments.models import Chargeback, Payment, Refund
from tests import stories
from tests.payments.conftest import NOW, pay, wire

CHARGE = 3_088_50  # USD 3,000.00 with the card's fee


def funded(world) -> tuple[Order, Payment]:
    """USD 10,000: deposit of 3,000 by card, balance of 7,000 by wire; paid."""
    order = stories.placed(world)
    payment = pay(order, world)
    wire(order, 2)
    return stories.fresh(order), payment


def contested(payment, amount_minor=CHARGE, reference="case-1", now=NOW) -> Chargeback:
    what = actions.Contested(reference, amount_minor, "Goods not received")
    return actions.open_chargeback(payment_id=payment.id, contested=what, now=now)


def end(payment, won, amount_minor=CHARGE, reference="case-1", now=NOW) -> Chargeback:
    what = actions.Contested(reference, amount_minor, "Goods not received")
    return actions.end_chargeback(payment_id=payment.id, contested=what, won=won, now=now)


def of(order, kind) -> int:
    return Transfer.objects.filter(order_id=order.id, kind=kind).total_minor()


def owed(order) -> int:
    return -balance(chart.refund_payable(order.id, order.currency))


def receivable(world) -> int:
    return balance(chart.supplier_receivable(world.supplier.id, "USD"))


def sent_to_buyer(order) -> int:
    """What left to the buyer and did not come back, by us and by the network."""
    ours = sum(Refund.objects.filter(order=order).exclude(status="failed").values_list("amount_minor", flat=True))
    return ours + sum(order.chargebacks.counting().values_list("amount_minor", flat=True))


def cancel_by_both(order, world, now=NOW):
    order_actions.propose_cancel(order_id=order.id, by=world.buyer, now=now)
    return order_actions.propose_cancel(order_id=order.id, by=world.seller, now=now)


def send_all(order, now=NOW) -> list[Refund]:
    refunds = actions.send_refunds(order_id=order.id, now=now)
    return [actions.push_refund(refund_id=refund.id, now=now) for refund in refunds]
