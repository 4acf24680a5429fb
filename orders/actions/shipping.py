"""Entering a shipment, with the fact and the document that its Incoterm names (Rulebook 7, 8)."""

from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders import holds, shipped
from orders.actions.overtaking import overtake
from orders.actions.tracking import begin_tracking
from orders.models import Order, Shipment, ShipmentLine
from orders.steps import allow, demand
from orders.telling import tell_of_notice
from trade_assurance.refused import Refused

ORDER = "order"


@transaction.atomic
def ship(
    *,
    order_id: int,
    key: UUID,
    transport: str,
    dispatched_on: date,
    carrier: str,
    document: str,
    quantities: dict[int, int],
    tracking_number: str = "",
    container_number: str = "",
    proof: str = shipped.FACT,
    by: User,
    now: datetime,
) -> Shipment:
    """Enter a shipment with the fact that the Incoterm names (Rulebook 7); the order is shipped when all lines are.

    `quantities` maps line ids to whole units; `dispatched_on` is the day of the fact in the contract's timezone, or of
    the export clearance where `proof` says so; `document` is the number of what proves it. Under EXW the buyer is
    notified by it. The same key twice gives the same shipment. Raises Refused with `field` set, NotAllowed, MovedOn.
    """
    order = Order.objects.locked(order_id)
    if (made := order.shipments.filter(key=key).first()) is not None:
        return made
    demand("ship", order, by=by, now=now)
    zone = ZoneInfo(order.timezone)
    incoterm = order.versions.in_force().terms.incoterm
    shipped.demand_way(incoterm, transport)
    if proof not in (shipped.FACT, shipped.EXPORT):
        raise Refused(_("Choose what proves the shipment."), field="proof")
    paper = shipped.document(incoterm, transport, proof)
    if not carrier.strip():
        raise Refused(
            _("Say where the buyer collects the goods.")
            if incoterm == "EXW"
            else _("Name the carrier that has the goods."),
            field="carrier",
        )
    if not document.strip():
        raise Refused(
            _("Give the number of the document that proves it: {paper}.").format(paper=paper), field="document"
        )
    for name, text, most in (
        ("carrier", carrier, 80),
        ("document", document, 60),
        ("tracking_number", tracking_number, 60),
    ):
        if len(text) > most:
            raise Refused(_("Keep this to {most} characters.").format(most=most), field=name)
    container_number = shipped.container(container_number, transport)
    if dispatched_on > now.astimezone(zone).date():
        raise Refused(
            _("This date is in the future. A planned date or a label is not shipment yet."), field="dispatched_on"
        )
    if dispatched_on < order.paid_at.astimezone(zone).date():
        raise Refused(
            _("This date is before the payment cleared. Goods sent before that are not this order's."),
            field="dispatched_on",
        )
    lines = {line.id: line for line in order.lines.select_for_update().order_by("id")}
    wanted = {line_id: quantity for line_id, quantity in quantities.items() if quantity}
    if not wanted:
        raise Refused(_("Say how much of at least one line is in this shipment."), field="quantities")
    for line_id, quantity in wanted.items():
        line = lines.get(line_id)
        if line is None or quantity < 0:
            raise Refused(_("Give whole units of the lines of this contract."), field="quantities")
        if quantity > line.to_ship:
            raise Refused(
                _("{product}: only {count} {unit} are left to ship.").format(
                    product=line.product, count=f"{line.to_ship:,}", unit=line.unit
                ),
                field=f"line_{line_id}",
            )
    # A date counts from its end in the contract's timezone, or from now if that day is not over.
    dispatched_at = min(now, datetime.combine(dispatched_on, time.max, tzinfo=zone).astimezone(UTC))
    shipment = Shipment(
        order=order,
        number=order.shipments.count() + 1,
        key=key,
        transport=transport,
        fact=shipped.words(incoterm, proof),
        dispatched_on=dispatched_on,
        dispatched_at=dispatched_at,
        carrier=carrier.strip(),
        document=document.strip(),
        tracking_number=tracking_number.strip(),
        container_number=container_number,
        entered_by=by,
        entered_at=now,
    )
    begin_tracking(shipment, order, now=now)
    shipment.save()
    for line_id, quantity in wanted.items():
        ShipmentLine.objects.create(shipment=shipment, line=lines[line_id], quantity=quantity)
        lines[line_id].shipped_quantity += quantity
        lines[line_id].save(update_fields=["shipped_quantity"])
    order.cancel_proposed_by = ""
    overtake(order, now=now)
    if all(line.to_ship == 0 for line in lines.values()):
        allow(order.ship, by)
        order.ship(now=now)
        holds.reckon_auto_confirm(order)
    order.save()
    record(
        ORDER,
        order.id,
        "shipment.entered",
        by=by,
        now=now,
        data={
            "shipment": shipment.number,
            "dispatched_on": dispatched_on.isoformat(),
            "fact": shipment.fact,
            "lines": {str(lines[i].number): q for i, q in wanted.items()},
            "all": order.status == Order.Status.SHIPPED,
            "tracking": str(shipment.tracking),
        }
        | ({"notice": True} if incoterm == "EXW" else {}),
    )
    if incoterm == "EXW":  # shipped means here that the buyer is notified too
        tell_of_notice(shipment)
    return shipment
