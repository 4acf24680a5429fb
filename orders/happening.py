"""What is happening with an order: the first of the three answers, for either side."""

from datetime import datetime

from django.utils.translation import gettext as _

from orders import arrivals, checks, ends, safety
from orders.models import Order
from trade_assurance.templatetags.ta import day, moment, moment_end

S = Order.Status


def happening(order: Order, side: str, now: datetime, turn: str | None) -> tuple[str, str]:
    """A heading and more. `turn` is whose move a draft is."""
    you_buy = side == Order.Side.BUYER
    if order.open_disputes and not order.is_final:
        if order.winding_up_at is not None:
            return _("The order has ended but for a cost"), _("The supplier claims its cost; all else goes back.")
        return _("A claim is open"), _("The case’s page has its offers, its file and its dates.")
    match order.status:
        case S.DRAFT:
            return _writing(order, turn == side, you_buy=you_buy)
        case S.PLACED:
            return _paying(order, now, you_buy=you_buy)
        case S.PAID if order.is_late(now):
            more = _("It was {ship_by_at}.").format(ship_by_at=moment_end(order.ship_by_at))
            return (_("The supplier missed the ship-by date") if you_buy else _("You missed the ship-by date")), more
        case S.PAID:
            more = _("Ship by {ship_by_at}.").format(ship_by_at=moment_end(order.ship_by_at))
            if you_buy:
                return _("{supplier} is making the goods").format(supplier=order.supplier.name), more
            return _("You are making the goods"), more
        case S.SHIPPED if order.tracking_reviews:
            return (
                _("Our staff check the tracking"),
                _("It does not fit this order. Receipt is not confirmed by time meanwhile."),
            )
        case S.SHIPPED:
            return _("The goods are on their way"), _("Shipped {shipped_at}.").format(shipped_at=day(order.shipped_at))
        case S.RECEIVED:
            more = _("Received {received_at}.").format(received_at=moment(order.received_at))
            if you_buy:
                return _("You are checking the goods"), more
            return _("{buyer} is checking the goods").format(buyer=order.buyer.display_name), more
        case S.EXPIRED:
            more = _("Protection ended {closed_at}.").format(closed_at=moment(order.closed_at))
            return _("The order is complete"), more
        case S.REFUNDED:
            return _("The order was refunded"), ends.when_and_why(order, moment(order.closed_at))
    return _("The order is cancelled"), ends.when_and_why(order, moment(order.closed_at))


def _writing(order: Order, is_yours: bool, *, you_buy: bool) -> tuple[str, str]:
    supplier, buyer = order.supplier.name, order.buyer.display_name
    other = supplier if you_buy else buyer
    if order.unsent_by_supplier:
        return _("The contract is not sent yet"), _("{buyer} sees nothing until you send it.").format(buyer=buyer)
    if not is_yours:
        more = _("Both must accept the same version before anyone pays.")
        return _("{other} has the contract").format(other=other), more
    if order.total_minor:
        return _("{other} has sent you a contract").format(other=other), _("Nothing is owed until you accept.")
    if you_buy:
        return _("The contract is not sent yet"), _("Only you see it.")
    return _("{buyer} asks you for a contract").format(buyer=buyer), _("Nothing is owed until both accept.")


def _paying(order: Order, now: datetime, *, you_buy: bool) -> tuple[str, str]:
    if checks.due_at(order):
        more = _("{until}. Nobody can cancel or change it meanwhile.").format(until=checks.until(order, now))
        return _("Our staff check a payment"), more
    if order.processing_payments:
        return _("A payment is on its way"), _("It counts when the bank says that it has cleared.")
    if safety.unnamed(order):
        return safety.whose(order, you_buy=you_buy)
    if (part := arrivals.part_paid(order)) is not None:
        return arrivals.missing(part, order.currency, you_buy=you_buy)
    if you_buy:
        more = _("You pay what is due before shipment, then the goods are shipped.")
    else:
        more = _("{buyer} pays what is due before shipment, then the goods are shipped.").format(
            buyer=order.buyer.display_name
        )
    return _("The contract is accepted"), more
