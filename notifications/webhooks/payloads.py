"""From events of the stream to what systems are told: one row for each event and endpoint that chose it.

The fan-out calls `deliver` in the transaction that takes the events out of the outbox, so each is told exactly once.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q
from django.utils import timezone

from events.models import Event
from notifications.webhooks.catalogue import BUYER, OF_KIND, SUPPLIER, TEST, EventType, Field
from notifications.webhooks.models import Delivery, Endpoint
from orders.models import Order
from payments.models import Payment, Payout
from suppliers.models import Supplier
from trade_assurance import money

BATCH = 500


@dataclass(frozen=True)
class Subject:
    """What an event is about: how it is named to systems, whose it is, and in what currency its amounts are."""

    named: dict
    currency: str
    buyer_id: int | None
    supplier_id: int


def deliver(events: list[Event]) -> None:
    """Write a delivery, due at once, for each of these events and each endpoint that chose its kind."""
    rows = list(_rows(events, timezone.now()))
    Delivery.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def test_body(endpoint: Endpoint, now: datetime) -> str:
    """What a test sends: it names the endpoint, and nothing else."""
    data = {"object": "webhook", "id": str(endpoint.public_id), "version": 1}
    return _body(TEST, now, data)


def _rows(events: list[Event], now: datetime) -> Iterable[Delivery]:
    told = [(event, OF_KIND[event.kind]) for event in events if event.kind in OF_KIND]
    told = [(event, kind) for event, kind in told if event.subject_kind == kind.subject]
    if not told:
        return
    subjects = _subjects(event for event, _ in told)
    endpoints: dict[tuple[str, int], list[Endpoint]] = {}
    buyers, suppliers = ({getattr(one, name) for one in subjects.values()} for name in ("buyer_id", "supplier_id"))
    found = Endpoint.objects.on().filter(Q(user__in=buyers - {None}, user__is_active=True) | Q(supplier__in=suppliers))
    for endpoint in found.order_by("id"):
        side = (BUYER, endpoint.user_id) if endpoint.user_id else (SUPPLIER, endpoint.supplier_id)
        endpoints.setdefault(side, []).append(endpoint)
    wanted = []
    for event, kind in told:
        subject = subjects.get((event.subject_kind, event.subject_id))
        if subject is None:
            continue
        sides = [(BUYER, subject.buyer_id), (SUPPLIER, subject.supplier_id)]
        for side in sides:
            if side[0] in kind.sides:
                wanted += [(event, kind, e) for e in endpoints.get(side, ()) if kind.name in e.types]
    public = _public_ids(wanted)
    bodies: dict[int, str] = {}
    for event, kind, endpoint in wanted:
        if event.pk not in bodies:
            subject = subjects[event.subject_kind, event.subject_id]
            bodies[event.pk] = _body(kind.name, event.at, _told(event, kind, subject, public))
        yield Delivery(
            endpoint=endpoint,
            event=event,
            type=kind.name,
            body=bodies[event.pk],
            made_at=now,
            next_at=now,
            round_at=now,
        )


def _subjects(events: Iterable[Event]) -> dict[tuple[str, int], Subject]:
    ids: dict[str, set[int]] = {"order": set(), "supplier": set()}
    for event in events:
        ids[event.subject_kind].add(event.subject_id)
    found = {}
    if ids["order"]:
        orders = Order.objects.filter(pk__in=ids["order"])
        names = ("id", "public_id", "reference", "currency", "buyer_id", "supplier_id")
        for pk, public_id, reference, currency, buyer, supplier in orders.values_list(*names):
            named = {"object": "order", "id": str(public_id), "reference": reference}
            found["order", pk] = Subject(named, currency, buyer, supplier)
    if ids["supplier"]:
        for pk, public_id in Supplier.objects.filter(pk__in=ids["supplier"]).values_list("id", "public_id"):
            found["supplier", pk] = Subject({"object": "supplier", "id": str(public_id)}, "", None, pk)
    return found


def _public_ids(wanted) -> dict[tuple[str, int], tuple[str, str]]:
    """The public name and the currency of each payment and payout that is told of."""
    ids: dict[str, set[int]] = {"payment": set(), "payout": set()}
    for event, kind, _ in wanted:
        for field in kind.fields:
            if field.form in ids and event.data.get(field.source) is not None:
                ids[field.form].add(event.data[field.source])
    found = {}
    if ids["payment"]:
        for one in Payment.objects.filter(pk__in=ids["payment"]).only("public_id", "currency"):
            found["payment", one.pk] = (str(one.public_id), one.currency)
    if ids["payout"]:
        for one in Payout.objects.filter(pk__in=ids["payout"]).only("currency"):
            found["payout", one.pk] = (one.end_to_end, one.currency)
    return found


def _told(event: Event, kind: EventType, subject: Subject, public) -> dict:
    currency = subject.currency
    for field in kind.fields:
        if field.form == "payout":
            currency = public.get(("payout", event.data.get(field.source)), ("", currency))[1]
    named = subject.named | {"version": event.number}
    return named | {field.name: _value(event, field, currency, public) for field in kind.fields}


def _value(event: Event, field: Field, currency: str, public):
    raw = event.data.get(field.source)
    match field.form:
        case "money":
            return {"value": f"{money.to_decimal(raw or 0, currency):f}", "currency": currency}
        case "payment" | "payout":
            return public.get((field.form, raw), (None, ""))[0]
        case "flag":
            return bool(raw)
        case _:
            return raw


def _body(name: str, at: datetime, data: dict) -> str:
    timestamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": name, "timestamp": timestamp, "data": data}, ensure_ascii=False, separators=(",", ":"))
