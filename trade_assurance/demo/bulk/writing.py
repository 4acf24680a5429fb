"""A batch of orders into the database, each table in one go."""

import uuid
from collections import defaultdict
from datetime import datetime, timedelta

from events.actions import record_many
from notifications import fanout
from orders.actions.agreeing import creditor_reference
from orders.models import (
    ContractVersion,
    Instalment,
    Line,
    Order,
    Receipt,
    ReceiptLine,
    Shipment,
    ShipmentLine,
)
from orders.shipped import words
from orders.terms import fingerprint
from payments.models import BankEntry, Method, Payment, Refund, Sending
from suppliers.models import Reservation, Supplier
from trade_assurance.demo import rates
from trade_assurance.demo.bulk import booking, disputing
from trade_assurance.demo.bulk.paper import Life, ship_by
from trade_assurance.rulebook import CURRENT, end_of_day, to_usd

S = Order.Status
BATCH = 1_000


def write(lives: list[Life], cases: list[disputing.Case] = ()) -> None:
    """Orders and the disputes on some of them, with their money and events."""
    for life in lives:
        life.order = _order(life)
    for case in cases:
        disputing.hold(case)
    Order.objects.bulk_create([life.order for life in lives], batch_size=BATCH)
    for life in lives:
        life.version = _version(life)
    ContractVersion.objects.bulk_create([life.version for life in lives if life.version], batch_size=BATCH)
    _write_contracts(lives)
    _write_deliveries(lives)
    _write_reservations(lives)
    _write_payments(lives)
    for life in lives:
        booking.tell(life)
        booking.move(life)
    disputing.write(cases)
    booking.write([move for life in lives for move in life.moves])
    made = record_many([entry for life in lives for entry in life.events])
    fanout.forget([event.pk for event in made])


def _order(life: Life) -> Order:
    terms, placed = life.terms, life.placed_at is not None
    order = Order(
        buyer=life.buyer,
        supplier=life.supplier,
        status=life.state,
        title=terms.title,
        request=life.request if life.sent else "Please draft a contract for these goods.",
        created_at=life.made_at - life.answered_in,
        currency=terms.currency,
        total_minor=terms.total_minor if life.sent else 0,
        timezone=terms.timezone,
        usd_per_unit=rates.USD_PER_UNIT[terms.currency],
        reserved_minor=terms.total_minor if placed else 0,
        cleared_minor=life.cleared_minor,
        released_minor=sum(amount for _, amount, _, _ in life.released),
        service_fee_minor=sum(fee for _, _, fee, _ in life.released),
        reserve_minor=life.reserve_minor,
        refunded_minor=life.refunded_minor,
        refunded_escrow_minor=life.refunded_minor,
        placed_at=life.placed_at,
        first_cleared_at=life.instalment_paid_at(0) if life.paid_parts else None,
        paid_at=life.paid_at,
        ship_by_at=ship_by(life) if life.paid_at else None,
        shipped_at=life.shipped_at,
        received_at=life.received_at,
        closed_at=life.closed_at,
        closed_because=life.because,
    )
    rules = CURRENT
    if life.state == S.DRAFT:
        order.lapses_at = life.made_at + timedelta(days=rules.lapse_days)
    if life.state == S.PLACED:
        order.cancels_at = life.placed_at + timedelta(days=rules.unpaid_cancel_days)
    if life.state == S.PAID:
        order.award_at = order.ship_by_at + timedelta(days=rules.late_award_days)
    if life.state == S.SHIPPED:
        order.auto_confirm_at = rules.auto_confirm(dispatched_at=life.shipped_at, delivered_at=None, arrived_at=None)
    if life.received_at:
        order.protection_timezone = life.buyer.timezone
        order.protection_ends_at = rules.protection_end(life.received_at, life.buyer.timezone)
    return order


def _version(life: Life) -> ContractVersion | None:
    """The supplier's one version, which the buyer has accepted unless the order is a draft."""
    if not life.sent:
        return None
    document = life.terms.dump()
    placed = life.placed_at is not None
    return ContractVersion(
        order=life.order,
        number=1,
        document=document,
        fingerprint=fingerprint(document),
        drafted_by=Order.Side.SUPPLIER,
        author=life.seller,
        created_at=life.made_at,
        sent_at=life.made_at,
        supplier_accepted_at=life.made_at,
        supplier_accepted_by=life.seller,
        buyer_accepted_at=life.placed_at,
        buyer_accepted_by=life.buyer if placed else None,
    )


def _write_contracts(lives: list[Life]) -> None:
    lines, instalments = [], []
    for life in lives:
        if life.placed_at is None:
            continue
        lines += [
            Line(
                order=life.order,
                number=n,
                product=line.product,
                quantity=line.quantity,
                unit=line.unit,
                unit_price_minor=line.unit_price_minor,
                shipped_quantity=line.quantity if life.shipped_at else 0,
                **(_window(life, is_disputed=n == 1 and life.claimed_at is not None) if life.received_at else {}),
            )
            for n, line in enumerate(life.terms.lines, 1)
        ]
        for n, part in enumerate(life.terms.plan):
            day = datetime.fromisoformat(part.due_on).date()
            paid = n < life.paid_parts
            instalments.append(
                Instalment(
                    order=life.order,
                    number=n + 1,
                    label=part.label,
                    amount_minor=part.amount_minor,
                    paid_minor=part.amount_minor if paid else 0,
                    due_before=part.due_before,
                    due_on=day,
                    due_at=end_of_day(day, life.terms.timezone),
                    rf_reference=creditor_reference(life.order, n + 1),
                    paid_at=life.instalment_paid_at(n) if paid else None,
                )
            )
    Line.objects.bulk_create(lines, batch_size=BATCH)
    Instalment.objects.bulk_create(instalments, batch_size=BATCH)
    lines_of, instalments_of = defaultdict(list), defaultdict(list)
    for line in lines:
        lines_of[line.order_id].append(line)
    for part in instalments:
        instalments_of[part.order_id].append(part)
    for life in lives:
        life.order.bulk_lines = lines_of[life.order.id]
        life.order.bulk_instalments = instalments_of[life.order.id]


def _window(life: Life, *, is_disputed: bool) -> dict:
    """How a received line is protected: its clock runs, stands still for a dispute, or is over."""
    ends_at = CURRENT.protection_end(life.received_at, life.buyer.timezone)
    if is_disputed:
        return {"window_left": ends_at - life.claimed_at}
    return {"window_ends_at": ends_at, "window_closed_at": life.closed_at}


def _write_deliveries(lives: list[Life]) -> None:
    shipments, shipped, receipts, received = [], [], [], []
    for life in lives:
        if life.shipped_at is None:
            continue
        shipment = Shipment(
            order=life.order,
            number=1,
            key=uuid.uuid4(),
            transport=Shipment.Transport.SEA,
            fact=words(life.terms.incoterm),
            dispatched_on=life.shipped_at.astimezone(life.buyer.zone).date(),
            dispatched_at=life.shipped_at,
            carrier="Pacific Line",
            document=f"BL-{life.order.id}",
            entered_by=life.seller,
            entered_at=life.shipped_at,
        )
        shipments.append(shipment)
        lines = life.order.bulk_lines
        shipped += [ShipmentLine(shipment=shipment, line=line, quantity=line.quantity) for line in lines]
        if life.received_at:
            receipt = Receipt(order=life.order, at=life.received_at, by=life.buyer)
            receipts.append(receipt)
            received += [ReceiptLine(receipt=receipt, line=line, received_quantity=line.quantity) for line in lines]
    for model, rows in ((Shipment, shipments), (ShipmentLine, shipped), (Receipt, receipts), (ReceiptLine, received)):
        model.objects.bulk_create(rows, batch_size=BATCH)


def _write_reservations(lives: list[Life]) -> None:
    suppliers = {
        supplier.id: supplier
        for supplier in Supplier.objects.select_for_update(of=("self",))
        .filter(pk__in={life.supplier.id for life in lives})
        .order_by("id")
    }
    rows = []
    for life in lives:
        if life.placed_at is None:
            continue
        supplier, order = suppliers[life.supplier.id], life.order
        usd = to_usd(order.total_minor, order.currency, order.usd_per_unit)
        if not order.is_final:
            supplier.reserved_minor += usd
        rows.append(
            Reservation(
                supplier=supplier,
                order_id=order.id,
                usd_minor=usd,
                limit_then_minor=supplier.limit_minor,
                reserved_then_minor=supplier.reserved_minor,
                reserved_at=life.placed_at,
                freed_at=life.closed_at,
            )
        )
    Reservation.objects.bulk_create(rows, batch_size=BATCH)
    Supplier.objects.bulk_update(suppliers.values(), ["reserved_minor"])


def _write_payments(lives: list[Life]) -> None:
    """A matched transfer for each paid part, and what went back of it to where it came from."""
    entries, refunds = [], []
    for life in lives:
        instalments = life.order.bulk_instalments[: life.paid_parts]
        for n, part in enumerate(instalments):
            at, back = life.instalment_paid_at(n), part.amount_minor if life.refunded_minor else 0
            entry = f"BULK-{part.rf_reference}"
            payment = Payment(
                order=life.order,
                instalment=part,
                method=Method.TT,
                key=uuid.uuid4(),
                currency=life.order.currency,
                amount_minor=part.amount_minor,
                status=Payment.Status.CLEARED,
                gateway="bank",
                gateway_reference=entry,
                started_at=at,
                cleared_at=at,
                cleared_minor=part.amount_minor,
                refunded_minor=back,
            )
            life.payments.append(payment)
            entries.append(
                BankEntry(
                    entry=entry,
                    account_number=life.supplier.designated_account.number,
                    currency=life.order.currency,
                    amount_minor=part.amount_minor,
                    reference=part.rf_reference,
                    payer_name=life.buyer.display_name,
                    arrived_at=at,
                    status=BankEntry.Status.MATCHED,
                    payment=payment,
                )
            )
            if back:
                life.refunds.append(
                    Refund(
                        order=life.order,
                        payment=payment,
                        method=Method.TT,
                        currency=life.order.currency,
                        amount_minor=back,
                        of_cleared_minor=back,
                        status=Sending.CONFIRMED,
                        created_at=life.closed_at,
                        ended_at=life.closed_at + timedelta(days=1),
                    )
                )
        refunds += life.refunds
    Payment.objects.bulk_create([payment for life in lives for payment in life.payments], batch_size=BATCH)
    BankEntry.objects.bulk_create(entries, batch_size=BATCH)
    Refund.objects.bulk_create(refunds, batch_size=BATCH)
