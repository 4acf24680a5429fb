"""Ending an order before shipment: by a side, by both, or by time (Rulebook 1-3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as N_

from accounts.models import User
from events.actions import record
from orders import books
from orders.actions.overtaking import overtake
from orders.models import Order
from orders.models.conditions import nothing_contested
from orders.steps import allow, demand
from suppliers import actions as supplier_actions
from trade_assurance.refused import MovedOn

ORDER = "order"


def give_all_back(order: Order, *, cause: str, now: datetime) -> int:
    """Owe the buyer everything that cleared and was not refunded; charges that we bore go back to us.

    Locks accounts, so the supplier's row is locked before.
    """
    back = order.kept_minor
    books.refund(order, back, cause=cause, now=now)
    books.unbear(order, now=now)
    return back


def demand_uncontested(order: Order) -> None:
    """Raise MovedOn while a card network decides about this order's money."""
    if not nothing_contested(order):
        raise MovedOn(nothing_contested.sentence)


def _end(order: Order, *, by: User | None, because: str, kind: str, now: datetime) -> Order:
    supplier_actions.free(supplier_id=order.supplier_id, order_id=order.id, now=now)
    back = give_all_back(order, cause="cancel", now=now)
    overtake(order, now=now)
    order.cancel_proposed_by = ""
    allow(order.cancel, by)
    order.cancel(now=now, because=because)
    order.save()
    record(ORDER, order.id, kind, by=by, now=now, data={"because": because, "refund": back})
    return order


@transaction.atomic
def cancel(*, order_id: int, by: User, now: datetime) -> Order:
    """Cancel alone, where rule 3 (or 2, for the supplier) lets this side; what cleared is refunded in full.

    Raises NotAllowed, MovedOn with what would be needed instead.
    """
    order = Order.objects.locked(order_id)
    demand("cancel", order, by=by, now=now)
    side = order.side_of(by)
    because = N_("declined")
    if order.status != Order.Status.DRAFT:
        by_supplier = N_("cancelled by the supplier")
        because = N_("cancelled by the buyer") if side == Order.Side.BUYER else by_supplier
    return _end(order, by=by, because=because, kind="order.cancelled", now=now)


@transaction.atomic
def propose_cancel(*, order_id: int, by: User, now: datetime) -> Order:
    """Propose to cancel; if the other side has proposed it already, the order is cancelled at once (Rulebook 3)."""
    order = Order.objects.locked(order_id)
    demand("propose_cancel", order, by=by, now=now)
    if order.cancel_proposed_by:
        return _end(order, by=by, because=N_("cancelled by both"), kind="order.cancelled", now=now)
    order.cancel_proposed_by = order.side_of(by)
    order.save()
    record(ORDER, order.id, "cancel.proposed", by=by, now=now, data={"side": str(order.cancel_proposed_by)})
    return order


@transaction.atomic
def withdraw_proposal(*, order_id: int, by: User, now: datetime) -> Order:
    """Take a proposal to cancel back."""
    order = Order.objects.locked(order_id)
    demand("withdraw_proposal", order, by=by, now=now)
    order.cancel_proposed_by = ""
    order.save()
    record(ORDER, order.id, "cancel.withdrawn", by=by, now=now)
    return order


@transaction.atomic
def confirm_production(*, order_id: int, by: User, now: datetime) -> Order:
    """The supplier has begun; from now the buyer can't cancel alone (Rulebook 3)."""
    order = Order.objects.locked(order_id)
    demand("confirm_production", order, by=by, now=now)
    order.production_confirmed_at = now
    order.save()
    record(ORDER, order.id, "production.confirmed", by=by, now=now)
    return order


@transaction.atomic
def cancel_unpaid(*, order_id: int, now: datetime) -> Order:
    """Time cancels a placed order: nothing cleared for 60 days, or an instalment 60 days overdue (Rulebook 1, 2)."""
    order = Order.objects.locked(order_id)
    if order.status != Order.Status.PLACED or order.cancels_at is None or now < order.cancels_at:
        raise MovedOn("Time does not cancel this order now.")
    demand_uncontested(order)
    return _end(order, by=None, because=N_("not paid in time"), kind="order.cancelled", now=now)
