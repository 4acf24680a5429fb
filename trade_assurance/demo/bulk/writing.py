"""A batch of orders into the database, with their events and the books."""

import uuid
from collections import defaultdict
from datetime import datetime, timedelta

from events.actions import Entry, record_many
from ledger import chart
from ledger.actions import Line as Move
from ledger.actions import lock
from ledger.models import Account, Transfer
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
from orders.terms import INCOTERMS, fingerprint
from suppliers.models import Reservation, Supplier
from trade_assurance.demo import rates
from trade_assurance.demo.bulk.paper import Life, ship_by
from trade_assurance.rulebook import CURRENT, end_of_day, to_usd

S = Order.Status
BATCH = 1_000


def write(lives: list[Life]) -> None:
    for life in lives:
        life.order = _order(life)
    Order.objects.bulk_create([life.order for life in lives], batch_size=BATCH)
    for life in lives:
        life.version = _version(life)
    ContractVersion.objects.bulk_create([life.version for life in lives if life.version], batch_size=BATCH)
    _write_contracts(lives)
    _write_deliveries(lives)
    _write_reservations(lives)
    for life in lives:
        _tell(life)
        _move(life)
    _write_books([move for life in lives for move in life.moves])
    record_many([entry for life in lives for entry in life.events])


def _order(life: Life) -> Order:
    terms, placed = life.terms, life.placed_at is not None
    order = Order(
        buyer=life.buyer,
        supplier=life.supplier,
        status=life.state,
        title=terms.title,
        request="" if life.sent else "Please draft a contract for these goods.",
        created_at=life.made_at,
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
    by_order = defaultdict(list)
    for line in lines:
        by_order[line.order_id].append(line)
    for life in lives:
        life.order.bulk_lines = by_order[life.order.id]


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
            fact=INCOTERMS[life.terms.incoterm][1],
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


def _tell(life: Life) -> None:
    """The order's events, in the order in which they happened."""
    order, buyer, seller = life.order, life.buyer, life.seller

    def event(kind, at, by=None, **content):
        life.events.append(Entry("order", order.id, kind, at, by, content))

    event("contract.requested", life.made_at, buyer)
    if not life.sent:
        return
    mark = life.version.fingerprint
    event("contract.sent", life.made_at, seller, version=1, fingerprint=mark, side="supplier")
    if life.placed_at is None:
        return
    event("contract.accepted", life.placed_at, buyer, version=1, fingerprint=mark, reserved=order.reserved_minor)
    cleared = 0
    for n, part in enumerate(life.terms.plan[: life.paid_parts]):
        cleared += part.amount_minor
        event(
            "payment.cleared",
            life.instalment_paid_at(n),
            method="tt",
            amount=part.amount_minor,
            fee=0,
            borne=0,
            surplus=0,
            instalments=[n + 1],
            covered=cleared,
        )
    if life.shipped_at:
        event("shipment.entered", life.shipped_at, seller, shipment=1, all=True)
    if life.received_at:
        first = sum(amount for cause, amount, _, _ in life.released if cause == "receipt")
        event(
            "receipt.confirmed",
            life.received_at,
            buyer,
            automatic=False,
            short=0,
            rejected=0,
            released=first,
            reserve=life.reserve_minor,
            held=0,
        )
    if life.state == S.EXPIRED:
        last = sum(amount for cause, amount, _, _ in life.released if cause == "end")
        event("protection.expired", life.closed_at, released=last)
    if life.state == S.CANCELLED:
        event("order.cancelled", life.closed_at, because=life.because, refund=0)
    if life.state == S.REFUNDED:
        event("order.refunded", life.closed_at, refund=life.refunded_minor, fees=0)


def _move(life: Life) -> None:
    """The order's transfers, as orders.books would have written them."""
    order, currency = life.order, life.order.currency
    escrow = chart.escrow(order.id, currency)
    payable = chart.supplier_payable(order.supplier_id, currency)

    def move(debit, credit, amount, kind, key, at, supplier_id=None):
        if amount:
            life.moves.append((Move(debit, credit, amount, kind, key, order.id, supplier_id), at))

    for n, part in enumerate(life.terms.plan[: life.paid_parts]):
        key = f"payment:bulk-{order.id}-{n}:clear"
        move(chart.bank(currency), escrow, part.amount_minor, "clear", key, life.instalment_paid_at(n))
    for cause, amount, fee, at in life.released:
        key = f"release:{order.id}:{cause}"
        move(escrow, payable, amount, "release", f"{key}:release", at, order.supplier_id)
        move(payable, chart.service_fees(currency), fee, "service_fee", f"{key}:service_fee", at, order.supplier_id)
    if life.refunded_minor:
        owed = chart.refund_payable(order.id, currency)
        at, key = life.closed_at, f"refund:{order.id}:award"
        move(escrow, owed, life.refunded_minor, "refund", f"{key}:refund", at, order.supplier_id)


def _write_books(moves: list[tuple[Move, datetime]]) -> None:
    """Open what accounts are missing, then write the transfers and move the stored balances."""
    change = defaultdict(int)
    for move, _ in moves:
        change[move.debit] += move.amount_minor
        change[move.credit] -= move.amount_minor
    shared = [book for book in change if book.order_id is None]
    accounts = lock(shared)
    fresh = {
        book: Account(
            kind=book.kind,
            currency=book.currency,
            order_id=book.order_id,
            supplier_id=book.supplier_id,
            name=book.name,
            guarded=book.guarded,
            balance_minor=0 if book.guarded else None,
        )
        for book in change
        if book not in accounts
    }
    accounts |= fresh
    for book, account in accounts.items():
        if book.guarded:
            account.balance_minor += change[book]
    Account.objects.bulk_create(fresh.values(), batch_size=BATCH)
    known = [accounts[book] for book in shared if book.guarded and book not in fresh]
    Account.objects.bulk_update(known, ["balance_minor"])
    Transfer.objects.bulk_create(
        [
            Transfer(
                debit=accounts[move.debit],
                credit=accounts[move.credit],
                amount_minor=move.amount_minor,
                currency=move.debit.currency,
                kind=move.kind,
                order_id=move.order_id,
                supplier_id=move.supplier_id,
                key=move.key,
                at=at,
                entry=move.entry,
            )
            for move, at in moves
        ],
        batch_size=BATCH,
    )
