"""An order that is late: both are told at the second; 30 days after, what is not shipped is refunded (Rulebook 9)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as N_

from events.actions import record
from orders import books, remedies, telling
from orders.actions.cancelling import demand_uncontested, give_all_back
from orders.actions.claiming import LineAward, end_refunded, refund_lines, ship_what_was_sent
from orders.actions.overtaking import overtake
from orders.models import Order
from orders.steps import allow
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.refused import MovedOn

ORDER = "order"
S = Order.Status


@transaction.atomic
def note_late(*, order_id: int, now: datetime, by_mail: bool = True) -> Order:
    """The ship-by date has passed and not all is shipped: both sides are told, once (Rulebook 9).

    Raises MovedOn when it is not late, or was noticed before. Without `by_mail` only the order says so.
    """
    order = Order.objects.locked(order_id)
    if not order.is_late(now) or order.late_noticed_at is not None:
        raise MovedOn("This order is not late, or both sides know it.")
    order.late_noticed_at = now
    order.save(update_fields=["late_noticed_at"])
    left = {str(line.number): line.to_ship for line in order.lines.order_by("number") if line.to_ship}
    record(ORDER, order.id, "order.late", now=now, data={"due": order.ship_by_at.isoformat(), "left": left})
    if by_mail:
        telling.tell_late(order)
    return order


@transaction.atomic
def award_unshipped(*, order_id: int, now: datetime) -> Order:
    """What was not shipped 30 days after the ship-by date goes back, if the buyer made no choice (Rulebook 9, 22).

    Nothing shipped: everything, with fees. Part shipped: the rest with its freight; the order goes on with that part.
    """
    order = Order.objects.locked(order_id)
    if order.status != S.PAID or order.award_at is None or now < order.award_at:
        raise MovedOn("Nothing is awarded on this order now.")
    if order.open_disputes:
        raise MovedOn("The buyer has made a claim, which goes its own way.")
    demand_uncontested(order)
    if order.is_part_shipped:
        _refund_rest(order, now=now)
    else:
        _refund_all(order, now=now)
    _count_against_supplier(order, now)
    return order


def _refund_all(order: Order, *, now: datetime) -> None:
    overtake(order, now=now)
    supplier_actions.free(supplier_id=order.supplier_id, order_id=order.id, now=now)
    back = give_all_back(order, cause="award", now=now)
    fees = books.fees_left(order)
    books.give_fee_back(order, fees, cause="award", now=now)
    allow(order.refund, None)
    order.refund(now=now, because=N_("not shipped"))
    order.save()
    record(ORDER, order.id, "order.refunded", now=now, data={"refund": back, "fees": fees})


def _refund_rest(order: Order, *, now: datetime) -> None:
    """Cancel what is left to ship and refund it as far as it is covered; what was shipped goes on its way."""
    Supplier.objects.locked(order.supplier_id)  # before the accounts
    lines = [line for line in order.lines.order_by("number") if line.to_ship]
    due = [
        min(remedies.missing(remedies.Goods.of(line, order.currency), line.to_ship).minor, line.left_minor)
        for line in lines
    ]
    if sum(due) > order.covered_minor:
        due = money.allocate(order.covered_minor, due)
    parts = [LineAward(line, minor, line.to_ship, cancels=line.to_ship) for line, minor in zip(lines, due, strict=True)]
    units = {str(line.number): line.to_ship for line in lines}
    fee, _left = refund_lines(order, parts, order.holds.none(), fee_back=True, cause="award", now=now)
    order.cancel_proposed_by = ""
    kind = "order.rest_refunded"
    if order.kept_minor == 0:
        kind = "order.refunded"
        end_refunded(order, because=N_("not shipped"), now=now)
    else:
        # goods that arrived while the rest was waited for are not confirmed before the buyer can be reminded (ADR 8)
        order.auto_confirm_floor_at = now + order.rulebook.confirm_reminder
        ship_what_was_sent(order, now=now)
    order.save()
    record(ORDER, order.id, kind, now=now, data={"refund": sum(due), "fees": fee, "units": units})


def _count_against_supplier(order: Order, now: datetime) -> None:
    """Something was never shipped: penalty points, and the rating at once (Rulebook, "Credit rating")."""
    about = {"supplier_id": order.supplier_id, "now": now}
    supplier_actions.note_points(
        order_id=order.id, kind="non_shipment", cause=f"{order.reference}:non_shipment", **about
    )
    supplier_actions.rerate(because="claim", **about)
