"""Thousands of orders in every state, written in bulk and yet true to the books: `ledger.proof` holds after it.

Each order is first reckoned on paper (`Life`: what happened when, and the money of it), then a batch is written at once.
"""

import random
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from accounts import actions as account_actions
from accounts.models import User
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
from orders.terms import INCOTERMS, InstalmentTerms, LineTerms, Terms, fingerprint
from suppliers import actions as supplier_actions
from suppliers.models import Reservation, Supplier
from trade_assurance import money
from trade_assurance.demo import rates
from trade_assurance.rulebook import CURRENT, end_of_day, from_usd, to_usd

S = Order.Status
BATCH = 1_000
ORDERS_A_SUPPLIER = 200
BUYER = "bulk-buyer@demo.test"
SELLER = "bulk-supplier@demo.test"
# How often each state comes: every state is there from 20 orders on.
STATES = (
    *(S.DRAFT, S.DRAFT, S.PLACED, S.PLACED, S.PAID, S.PAID, S.SHIPPED, S.SHIPPED, S.RECEIVED, S.RECEIVED),
    *(S.EXPIRED,) * 7,
    *(S.CANCELLED, S.CANCELLED, S.REFUNDED),
)
REACHES = {  # how far through deliver-and-receive each state has come
    S.PLACED: 1,
    S.CANCELLED: 1,
    S.PAID: 2,
    S.REFUNDED: 2,
    S.SHIPPED: 3,
    S.RECEIVED: 4,
    S.EXPIRED: 5,
    S.DRAFT: 0,
}
# Days ago on which the contract was made, from and to, by state.
AGES = {
    S.DRAFT: (0, 25),
    S.PLACED: (1, 25),
    S.PAID: (20, 40),
    S.SHIPPED: (35, 60),
    S.RECEIVED: (50, 75),
    S.EXPIRED: (90, 400),
    S.CANCELLED: (70, 400),
    S.REFUNDED: (100, 400),
}
GOODS = ("Pendant lamp", "Linen throw", "Oak stool", "Stoneware bowl", "Cable harness", "Wall speaker", "Cork panel")
CURRENCIES = ("USD", "USD", "USD", "EUR", "CNY", "JPY")


@dataclass
class Life:
    """One order on paper: its terms, when what happened, and what of its money is where."""

    state: str
    supplier: Supplier
    buyer: User
    seller: User
    terms: Terms
    made_at: datetime
    sent: bool = True
    paid_parts: int = 0
    placed_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    received_at: datetime | None = None
    closed_at: datetime | None = None
    because: str = ""
    released: tuple[tuple[str, int, int, datetime], ...] = ()  # cause, amount, service fee, when
    reserve_minor: int = 0
    order: Order | None = None
    version: ContractVersion | None = None
    moves: list[tuple[Move, datetime]] = field(default_factory=list)
    events: list[Entry] = field(default_factory=list)

    @property
    def cleared_minor(self) -> int:
        return sum(part.amount_minor for part in self.terms.plan[: self.paid_parts])

    @property
    def refunded_minor(self) -> int:
        return self.cleared_minor if self.state == S.REFUNDED else 0

    def instalment_paid_at(self, n: int) -> datetime:
        """The plan's parts clear one day after placing and on the day that `paid_at` names."""
        return self.placed_at + timedelta(days=1) if n == 0 else self.paid_at


def make_orders(count: int, *, buyer: User | None = None, now: datetime, seed: int = 1) -> int:
    """Write `count` orders in every state for `buyer` (a bulk buyer unless given) and say how many were made."""
    rates.store(now)
    chance = random.Random(seed)
    buyer = buyer or _person(BUYER, "Bulk Buyers Ltd", now)
    seller = _person(SELLER, "", now)
    made = 0
    suppliers = _suppliers(-(-count // ORDERS_A_SUPPLIER), seller, now)
    while made < count:
        size = min(BATCH, count - made)
        with transaction.atomic():
            lives = [
                _life(STATES[n % len(STATES)], suppliers[n % len(suppliers)], buyer, seller, chance, now)
                for n in range(made, made + size)
            ]
            lives.sort(key=lambda life: life.made_at)
            _write(lives)
        made += size
    return made


def _person(email: str, company: str, now: datetime) -> User:
    return User.objects.filter(email=email).first() or account_actions.register(
        email=email, password=None, now=now, verified=True, company_name=company, timezone="Pacific/Auckland"
    )


def _suppliers(count: int, owner: User, now: datetime) -> list[Supplier]:
    """Fresh suppliers with the largest limit that there is, so that every order finds cover."""
    found = []
    for n in range(count):
        supplier = supplier_actions.register_supplier(name=f"Bulk Trading {n + 1}", country="CN", owner=owner, now=now)
        supplier_actions.verify_supplier(supplier_id=supplier.id, level="inspected", by=None, now=now)
        supplier_actions.set_stars(supplier_id=supplier.id, stars=n % 6, reason="Bulk data", by=None, now=now)
        found.append(
            supplier_actions.set_limit(
                supplier_id=supplier.id, limit_minor=CURRENT.limit_max_usd, reason="Bulk data", by=None, now=now
            )
        )
    return found


# On paper ---------------------------------------------------------------------------------------------------------


def _terms(chance: random.Random, supplier: Supplier, buyer: User, made_at: datetime) -> Terms:
    currency = chance.choice(CURRENCIES)
    lines = tuple(
        LineTerms(
            product=chance.choice(GOODS),
            quantity=chance.randrange(10, 200),
            unit="pieces",
            unit_price_minor=from_usd(chance.randrange(500, 4_000), currency, rates.USD_PER_UNIT[currency]),
        )
        for _ in range(chance.choice((1, 1, 2)))
    )
    total = sum(line.value_minor for line in lines)
    deposit, balance = money.allocate(total, [CURRENT.deposit_default_bp, 10_000 - CURRENT.deposit_default_bp])
    days = [(made_at + timedelta(days=n)).date().isoformat() for n in (7, 14)]
    return Terms(
        title=f"{lines[0].product}s, {sum(line.quantity for line in lines):,} pieces",
        currency=currency,
        lines=lines,
        plan=(
            InstalmentTerms("Deposit", deposit, "production", days[0]),
            InstalmentTerms("Balance", balance, "shipment", days[1]),
        ),
        incoterm=chance.choice(tuple(INCOTERMS)),
        place="Shenzhen",
        destination_country="NZ",
        destination_address="12 Harbour Road, Auckland",
        timezone=buyer.timezone,
        lead_days=30,
        parties={
            "buyer": {"id": str(buyer.public_id), "name": buyer.display_name},
            "supplier": {"id": str(supplier.public_id), "name": supplier.name},
        },
    )


def _life(state, supplier, buyer, seller, chance, now) -> Life:
    """Reckon one order: made some days ago by its state's age, then on by fixed and random steps."""
    oldest = chance.uniform(*AGES[state])
    made_at = now - timedelta(days=oldest, hours=1)
    life = Life(state, supplier, buyer, seller, _terms(chance, supplier, buyer, made_at), made_at)
    reach = REACHES[state]
    if reach == 0:
        life.sent = chance.random() < 0.7
        return life
    life.placed_at = made_at + timedelta(hours=chance.uniform(0.1, 0.9))
    if state == S.PLACED:
        life.paid_parts = 1 if oldest > 3 and chance.random() < 0.5 else 0
    if state == S.CANCELLED:
        life.closed_at = life.placed_at + timedelta(days=CURRENT.unpaid_cancel_days)
        life.because = "not paid in time"
    if reach >= 2:
        life.paid_parts = len(life.terms.plan)
        life.paid_at = life.placed_at + timedelta(days=chance.uniform(3, 14))
    if state == S.REFUNDED:
        life.closed_at = _ship_by(life) + timedelta(days=CURRENT.late_award_days)
        life.because = "not shipped"
    if reach >= 3:
        life.shipped_at = life.paid_at + timedelta(days=chance.uniform(5, 19))
    if reach >= 4:
        life.received_at = life.shipped_at + timedelta(days=chance.uniform(3, 14))
        _reckon_release(life)
    return life


def _ship_by(life: Life) -> datetime:
    return CURRENT.ship_by(
        fixed_on=None,
        lead_days=life.terms.lead_days,
        paid_at=life.paid_at,
        days_late=0,
        timezone=life.terms.timezone,
    )


def _reckon_release(life: Life) -> None:
    total, currency = life.terms.total_minor, life.terms.currency
    life.reserve_minor = CURRENT.reserve(total, life.supplier.stars)
    steps = [("receipt", total - life.reserve_minor, life.received_at)]
    if life.state == S.EXPIRED:
        life.closed_at = CURRENT.protection_end(life.received_at, life.buyer.timezone)
        life.because = "protection ended"
        steps.append(("end", life.reserve_minor, life.closed_at))
    released, so_far, fee_so_far = [], 0, 0
    for cause, amount, at in steps:
        if amount:
            so_far += amount
            fee = CURRENT.service_fee(so_far, total, currency, rates.USD_PER_UNIT[currency]) - fee_so_far
            fee_so_far += fee
            released.append((cause, amount, fee, at))
    life.released = tuple(released)


# Into the database ------------------------------------------------------------------------------------------------


def _write(lives: list[Life]) -> None:
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
        ship_by_at=_ship_by(life) if life.paid_at else None,
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
        owed, way = chart.refund_payable(order.id, currency), chart.clearing("bank", currency)
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
