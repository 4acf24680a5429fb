"""The steps of an order that lead to a case: a claim, an overdue order cancelled with its cost, the open case."""

from datetime import timedelta

from django.utils.translation import gettext as _

from disputes import grounds, waiting
from orders.actions.claiming import most_cost
from orders.models import Order
from orders.models.conditions import is_seller
from orders.steps import NOT_YOURS, Step, gone, to

S = Order.Status


def claim(order, user, side, now):
    """File a claim: something is late, missing, short, wrong or poor."""
    if side != Order.Side.BUYER:
        return None
    if order.status in (S.DRAFT, S.PLACED) or order.is_final:
        reason = (
            gone(order)
            if order.is_final
            else _("A claim can be filed from the ship-by date. Until money is here there is nothing to claim.")
        )
        return Step("claim", _("File a claim"), False, reason)
    if order.status in (S.PAID, S.SHIPPED) and not order.contested_minor and not order.open_disputes:
        early = _too_early(order, now)
        if early is not None:
            return early
    found = grounds.grounds(order, now)
    if any(ground.allowed for ground in found):
        ends = order.protection_ends_at if order.status == S.RECEIVED else None
        silence = _("Then protection ends and nothing can be claimed any more.") if ends else ""
        return Step("claim", _("File a claim"), True, "", ends, silence, to("disputes:claim", order))
    from_at = min((ground.from_at for ground in found if ground.from_at), default=None)
    return Step("claim", _("File a claim"), False, found[0].why if found else gone(order), from_at)


def _too_early(order, now):
    """The usual case without a query: before the ship-by date nothing can be claimed."""
    if order.status == S.PAID and now < order.ship_by_at:
        why = _("The supplier has until the ship-by date. From then you can claim what was not shipped.")
        return Step("claim", _("File a claim"), False, why, order.ship_by_at)
    return None


def claim_cost(order, user, side, now):
    """Cancel an order whose payment is overdue, and claim the documented cost (Rulebook 2)."""
    if side != Order.Side.SUPPLIER or order.status != S.PLACED or order.cleared_minor == 0:
        return None
    days = order.rulebook.overdue_supplier_cancel_days
    due = min(
        (part.due_at for part in order.instalments.all() if part.before_shipment and part.open_minor), default=now
    )
    from_at = due + timedelta(days=days)
    label, target = _("Cancel and claim your cost"), to("disputes:claim_cost", order)
    if order.open_disputes:
        reason = _("Your cost is claimed already.")
    elif not is_seller(order, user):
        reason = NOT_YOURS
    elif order.processing_payments:
        reason = _("A payment is being processed. Wait until the bank has answered.")
    elif order.contested_minor:
        reason = _("A card payment of this order is contested at the bank.")
    elif now < from_at:
        return Step(
            "claim_cost",
            label,
            False,
            _("You may cancel when a payment is {days} days overdue.").format(days=days),
            from_at,
        )
    elif most_cost(order) <= 0:
        reason = _("Nothing was paid that a cost could be taken from.")
    else:
        reason = ""
    return Step("claim_cost", label, not reason, reason, target=target)


def case(order, user, side, now):
    """Open the case that this order is in, with what it waits for."""
    if side is None or not order.open_disputes:
        return None
    found = list(waiting.with_talk(order.disputes.open(), side, now).order_by("id"))
    if not found:
        return None
    for dispute in found:
        dispute.order = order
    mine = found[0].acting_side(user)
    pressing = [(each, step) for each in found if mine and (step := waiting.waits_for(each, mine)) is not None]
    if pressing:
        return pressing[0][1]
    return Step("case", _("Open the case"), True, target=("disputes:detail", found[0].reference))
