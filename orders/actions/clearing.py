"""What payments tell orders: one is on its way, it ended, it cleared (Rulebook 2-5, 12)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from events.actions import record
from ledger.chart import Book
from orders import books, holds
from orders.actions.agreeing import reckon_cancel
from orders.actions.overtaking import overtake_if_started, overtake_if_unfit
from orders.models import Order
from orders.steps import allow
from orders.terms import Terms
from trade_assurance.refused import MovedOn

ORDER = "order"


@dataclass(frozen=True)
class Part:
    """What one payment brings to one instalment, in minor units; `borne_minor` is the gap that we bear (5)."""

    instalment_id: int
    amount_minor: int
    borne_minor: int = 0


@transaction.atomic
def payment_began(*, order_id: int, payment_id: int, now: datetime) -> None:
    """A payment is at a gateway: nobody cancels or changes the order meanwhile (Rulebook 3)."""
    order = Order.objects.locked(order_id)
    if not order.takes_money:
        raise MovedOn(_("This order is closed, so nothing can be paid. Nothing was charged."))
    order.processing_payments += 1
    order.save()
    record(ORDER, order.id, "payment.processing", now=now, data={"payment": payment_id})


@transaction.atomic
def payment_ended(*, order_id: int, payment_id: int, because: str, amount_minor: int = 0, now: datetime) -> None:
    """A payment that was on its way failed or was given up; nothing was charged.

    `amount_minor` had arrived, was being checked, and its bank took it back.
    """
    order = Order.objects.locked(order_id)
    order.processing_payments -= 1
    order.save()
    data = {"payment": payment_id, "because": because} | ({"amount": amount_minor} if amount_minor else {})
    record(ORDER, order.id, "payment.taken_back" if amount_minor else "payment.failed", now=now, data=data)


@transaction.atomic
def clear_payment(
    *,
    order_id: int,
    payment_id: int,
    method: str,
    source: Book,
    parts: list[Part],
    fee_minor: int = 0,
    absorbed_minor: int = 0,
    surplus_minor: int = 0,
    was_processing: bool = False,
    entry: str = "",
    now: datetime,
) -> Order:
    """Book a payment that cleared: escrow, fee, surplus; move the order on when its pre-shipment part is paid.

    The caller has decided under the order's lock what the money is for. On a closed order there are no parts: all of it
    is surplus and goes back (Rulebook 2). Raises MovedOn when an instalment has less open than a part brings.
    """
    order = Order.objects.locked(order_id)
    instalments = {part.id: part for part in order.instalments.select_for_update().order_by("id")}
    if was_processing:
        order.processing_payments -= 1
    if parts and not order.takes_money:
        raise MovedOn("This order takes no money. What arrived goes back.")
    for part in parts:
        instalment = instalments[part.instalment_id]
        if part.amount_minor + part.borne_minor > instalment.open_minor:
            raise MovedOn(f"{instalment.label} has less open than this payment brings.")
        instalment.paid_minor += part.amount_minor + part.borne_minor
        if instalment.open_minor == 0:
            instalment.paid_at = now
        instalment.save(update_fields=["paid_minor", "paid_at"])
    amount = sum(part.amount_minor for part in parts)
    arrival = books.Arrival(
        payment_id=payment_id,
        source=source,
        amount_minor=amount,
        borne_minor=sum(part.borne_minor for part in parts),
        fee_minor=fee_minor,
        absorbed_minor=absorbed_minor,
        surplus_minor=surplus_minor,
        entry=entry,
    )
    books.clear(order, arrival, now=now)
    if amount and order.first_cleared_at is None:
        order.first_cleared_at = now
    if order.status == Order.Status.PLACED:
        reckon_cancel(order)
        settle_if_paid(order, now)
        overtake_if_started(order, now=now)
    elif order.status == Order.Status.RECEIVED and amount:
        _release_later_money(order, amount + arrival.borne_minor, payment_id, now)
    else:
        holds.fill(order, amount + arrival.borne_minor)
    if parts:
        overtake_if_unfit(order, instalments.values(), now=now)
    order.save()
    record(
        ORDER,
        order.id,
        "payment.cleared" if parts else "payment.returned",
        now=now,
        data={
            "payment": payment_id,
            "method": method,
            "amount": amount,
            "fee": fee_minor,
            "borne": arrival.borne_minor,
            "surplus": surplus_minor,
            "instalments": [instalments[part.instalment_id].number for part in parts],
            "covered": order.covered_minor,
        },
    )
    return order


def settle_if_paid(order: Order, now: datetime) -> None:
    """To `paid` when the plan's pre-shipment part has cleared; the ship-by date is reckoned then (Rulebook 2)."""
    due = [part for part in order.instalments.all() if part.before_shipment and part.amount_minor]
    if any(part.open_minor for part in due):
        return
    terms, since = _ship_date_since(order)
    zone = ZoneInfo(order.timezone)
    late = max(
        ((part.paid_at.astimezone(zone).date() - part.due_on).days for part in due if part.paid_at >= since), default=0
    )
    ship_by_at = order.rulebook.ship_by(
        fixed_on=datetime.fromisoformat(terms.ship_by_on).date() if terms.ship_by_on else None,
        lead_days=terms.lead_days,
        paid_at=now,
        days_late=max(0, late),
        timezone=order.timezone,
    )
    allow(order.settle, None)
    order.settle(now=now, ship_by_at=ship_by_at)


def _ship_date_since(order: Order) -> tuple[Terms, datetime]:
    """The terms in force, and since when their ship date is agreed: payments late before it do not move it again."""
    signed = list(order.versions.signed().order_by("-number"))
    terms = signed[0].terms
    since = signed[0]
    for older in signed[1:]:
        if (older.terms.ship_by_on, older.terms.lead_days) != (terms.ship_by_on, terms.lead_days):
            break
        since = older
    return terms, max(since.buyer_accepted_at, since.supplier_accepted_at)


def _release_later_money(order: Order, amount_minor: int, payment_id: int, now: datetime) -> None:
    """Money clearing after receipt is released likewise: less holds and the reserve of that moment (Rulebook 12)."""
    amount_minor = holds.fill(order, amount_minor)
    reserve = order.rulebook.reserve(amount_minor, order.supplier.stars)
    order.reserve_minor += reserve
    books.release(order, amount_minor - reserve, cause=f"payment:{payment_id}", now=now)
