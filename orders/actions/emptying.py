"""Erasing the texts and files of orders that were kept as long as the law says."""

from datetime import datetime

import pgtrigger
from django.db import transaction

from events.actions import record
from orders import emptying
from orders.models import Order
from trade_assurance.refused import MovedOn


def empty(*, order_id: int, now: datetime) -> None:
    """Erase the texts and files of an order that closed settings.CONTRACTS_KEPT_YEARS ago. Raises MovedOn before.

    Files go first, outside the transaction: what dies in between is done by the next run, and the rows go last.
    """
    order = emptying.kept_long_enough(now).filter(pk=order_id).first()
    if order is None:
        raise MovedOn("This order is kept.")
    for part in emptying.parts():
        for stored in part.files(order):
            stored.storage.delete(stored.name)
    _blank(order_id, now)


@transaction.atomic
def _blank(order_id: int, now: datetime) -> None:
    order = Order.objects.locked(order_id)
    if order.emptied_at is not None:
        return
    for part in emptying.parts():
        with pgtrigger.ignore(*part.protected):
            part.texts(order)
    order.request, order.emptied_at = "", now
    order.save(update_fields=["request", "emptied_at"])
    record("order", order.pk, "order.emptied", now=now)
