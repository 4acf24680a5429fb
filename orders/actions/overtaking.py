"""When events overtake an open amendment: a shipment, a claim, a refund, an end, a payment that its plan does not fit.

Parts of other actions: the caller has locked the order and saves it.
"""

from datetime import datetime

from events.actions import record
from orders import amending, telling
from orders.models import ContractVersion, Order

Closed = ContractVersion.Closed


def close_amendment(order: Order, why: str, *, by=None, now: datetime) -> ContractVersion:
    """End the order's open amendment; the contract stays as it is."""
    version = order.versions.open_amendments().get()
    version.closed_at, version.closed_because = now, why
    version.save(update_fields=["closed_at", "closed_because"])
    order.amendment_by, order.amendment_lapses_at = "", None
    record("order", order.id, f"amendment.{why}", by=by, now=now, data={"version": version.number})
    telling.tell_amendment_closed(version)
    return version


def overtake(order: Order, *, now: datetime) -> None:
    """What the open amendment was proposed upon is no longer so: it ends, and can be proposed again (ADR 21)."""
    if order.amendment_by:
        close_amendment(order, Closed.OVERTAKEN, now=now)


def overtake_if_unfit(order: Order, instalments, *, now: datetime) -> None:
    """A payment has cleared: an amendment whose plan asks again for what is paid now ends."""
    if not order.amendment_by:
        return
    plan = order.versions.open_amendments().get().terms.plan
    if not amending.fits([part for part in instalments if part.amount_minor], plan):
        close_amendment(order, Closed.OVERTAKEN, now=now)


def overtake_if_started(order: Order, *, now: datetime) -> None:
    """The lead time has started, with another end than the contract names: an amendment from before that ends.

    Else a buyer who paid late could sign away the days by which its own delay has moved the ship-by date (Rulebook 2).
    """
    if not order.amendment_by or order.ship_by_at is None:
        return
    if order.versions.in_force().terms.ship_by_on != amending.ship_day(order).isoformat():
        close_amendment(order, Closed.OVERTAKEN, now=now)
