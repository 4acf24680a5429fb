"""Asking the carrier of one shipment: claim the row, ask outside of any transaction, then hear what it says."""

from datetime import datetime, timedelta

from orders import actions
from orders.models import Shipment
from orders.tracking import Parcel, Service, Unreachable

RETRY = timedelta(minutes=10)  # also how long a question may take that dies on its way


def ask_carrier(*, shipment_id: int, service: Service, now: datetime) -> bool:
    """Ask about one shipment that is due; gives whether an answer came. Two at once ask one time.

    What gets no answer is unknown, and is asked again after ten minutes.
    """
    due = Shipment.objects.to_ask(now).filter(pk=shipment_id)
    if not due.update(ask_at=now + RETRY):
        return False
    shipment = Shipment.objects.select_related("order").get(pk=shipment_id)
    parcel = Parcel(
        number=shipment.tracking_number,
        carrier=shipment.carrier,
        code=shipment.carrier_code,
        transport=shipment.transport,
        destination=shipment.order.versions.in_force().terms.destination_country,
        dispatched_at=shipment.dispatched_at,
    )
    try:
        answer = service.ask(parcel, now=now)
    except Unreachable:
        return False
    actions.hear(shipment_id=shipment_id, answer=answer, source=service.name, again=service.again, now=now)
    return True
