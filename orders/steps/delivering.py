"""Steps of delivery: shipping, receipt, its extension, and writing to each other (Rulebook 7-11)."""

from django.utils.translation import gettext as _

from orders.models import Order
from orders.models.conditions import is_seller
from orders.steps import NOT_YOURS, Step, gone, to
from orders.steps.keeping import is_kept

S = Order.Status


def ship(order, user, side, now):
    """Enter a shipment of what is left to ship."""
    if side != Order.Side.SUPPLIER:
        return None
    days = order.rulebook.late_award_days
    if order.status in (S.DRAFT, S.PLACED):
        reason = _("Ship when the instalments due before shipment have cleared: the buyer's money is not here yet.")
    elif order.status != S.PAID:
        reason = gone(order)
    elif not is_seller(order, user):
        reason = NOT_YOURS
    elif order.award_at is not None and now >= order.award_at and not order.is_part_shipped:
        reason = _(
            "Nothing was shipped {days} days after the ship-by date, so everything goes back to the buyer."
        ).format(days=days)
    elif order.award_at is not None and now >= order.award_at and not order.open_disputes:
        reason = _(
            "The rest was not shipped {days} days after the ship-by date, so its value goes back to the buyer."
        ).format(days=days)
    elif _is_claimed_back(order, now):
        hours = order.rulebook.late_proof_hours
        reason = _(
            "The {hours} hours to prove shipment are over, so what the buyer claimed goes back to it now."
        ).format(hours=hours)
    else:
        reason = ""
    silence = _(
        "From then the order is late; what is not shipped {days} days after goes back to the buyer by itself."
    ).format(days=days)
    if is_kept(order):
        silence = _(
            "The buyer keeps the goods and may claim for each day late; it may still cancel what is not shipped."
        )
    return Step(
        "ship", _("Enter the shipment"), not reason, reason, order.ship_by_at, silence, to("orders:ship", order), True
    )


def _is_claimed_back(order: Order, now) -> bool:
    """Whether a claim of what was not shipped is due by time, and only waits for the next sweep (Rulebook 9)."""
    if not order.open_disputes or order.contested_minor or not order.is_late(now):
        return False
    due = (each for each in order.disputes.all() if each.status == "open" and each.award_at and not each.awards_silence)
    return any(now >= each.award_at for each in due if each.frozen_at is None)


def confirm_receipt(order, user, side, now):
    """Say line by line how the goods arrived."""
    if side != Order.Side.BUYER:
        return None
    reason = "" if order.status == S.SHIPPED else gone(order)
    if order.status in (S.DRAFT, S.PLACED, S.PAID):
        reason = _("Confirm receipt once all goods have been shipped and are with you.")
    silence = _("If you do nothing, receipt is confirmed for you then and the {days} days begin.").format(
        days=order.rulebook.protection_days
    )
    if order.auto_confirm_at is None:
        silence = _("Do it when the goods are with you. It is not confirmed by time while its clock stands still.")
    return Step(
        "confirm_receipt",
        _("Confirm receipt"),
        not reason,
        reason,
        order.auto_confirm_at,
        silence,
        to("orders:receipt", order),
        not order.tracking_reviews,  # while risk staff look at its tracking, nobody is urged to
    )


def extend_confirm(order, user, side, now):
    """Move the automatic confirmation by 15 days, once a side (Rulebook 10)."""
    used = order.buyer_extended_at if side == Order.Side.BUYER else order.supplier_extended_at
    days = order.rulebook.confirm_extension_days
    if order.status != S.SHIPPED:
        reason = _("The time to confirm receipt runs only while the goods are on their way.")
    elif order.auto_confirm_at is None:
        reason = _("The time to confirm receipt stands still, so there is nothing to extend.")
    elif used is not None:
        reason = _("You have extended once; each side may do so one time.")
    elif side == Order.Side.SUPPLIER and not is_seller(order, user):
        reason = NOT_YOURS
    else:
        reason = ""
    return Step(
        "extend_confirm",
        _("Extend by {days} days").format(days=days),
        not reason,
        reason,
        order.auto_confirm_at if not reason else None,
        target=to("orders:extend_confirm", order),
    )


def write(order, user, side, now):
    """Write a message; allowed to both sides once both see the order."""
    reason = _("The buyer sees this order once you have sent the contract.") if order.unsent_by_supplier else ""
    allowed = side is not None and not reason
    return Step("message", _("Write a message"), allowed, reason, target=to("orders:message", order))
