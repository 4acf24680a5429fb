"""What the sides, the amounts and the outcomes of a case are called."""

from django.utils.translation import gettext_lazy as _lazy

from disputes.models import Dispute
from orders.models import Order
from trade_assurance import money

O = Dispute.Outcome  # noqa: E741
BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER

OUTCOMES = {
    O.SETTLED: _lazy("Settled by both"),
    O.AWARDED: _lazy("Refunded by time"),
    O.DECIDED: _lazy("Decided and carried out"),
    O.WITHDRAWN: _lazy("Claim withdrawn"),
    O.LAPSED: _lazy("Ended without an award"),
}


def cash(dispute: Dispute, minor: int) -> str:
    """An amount of this case in words."""
    return money.display(minor, dispute.currency)


def name_of(dispute: Dispute, side: str) -> str:
    """What a side is called."""
    return dispute.order.buyer.display_name if side == BUYER else dispute.order.supplier.name
