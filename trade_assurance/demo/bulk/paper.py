"""One order on paper: its terms, when what happened, and where its money is."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.models import User
from events.actions import Entry
from ledger.actions import Line as Move
from orders.models import ContractVersion, Order
from orders.terms import INCOTERMS, InstalmentTerms, LineTerms, Terms
from payments.models import Payment, Refund
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.demo import rates
from trade_assurance.rulebook import CURRENT, from_usd

S = Order.Status
# How often each state comes: every state is there from 20 orders on.
STATES = (
    *(S.DRAFT, S.DRAFT, S.PLACED, S.PLACED, S.PAID, S.PAID, S.SHIPPED, S.SHIPPED, S.RECEIVED, S.RECEIVED),
    *(S.EXPIRED,) * 7,
    *(S.CANCELLED, S.CANCELLED, S.REFUNDED),
)
REACHES = {  # how far each state has come: 1 placed, 2 paid, 3 shipped, 4 received, 5 over
    S.PLACED: 1,
    S.CANCELLED: 1,
    S.PAID: 2,
    S.REFUNDED: 2,
    S.SHIPPED: 3,
    S.RECEIVED: 4,
    S.EXPIRED: 5,
    S.DRAFT: 0,
}
# How many days ago an order took its last step, from and to, by state; nothing is due at once anywhere.
AGES = {
    S.DRAFT: (0, 25),
    S.PLACED: (1, 25),
    S.PAID: (1, 55),
    S.SHIPPED: (0, 55),
    S.RECEIVED: (0, 29),
    S.EXPIRED: (32, 300),
    S.CANCELLED: (61, 300),
    S.REFUNDED: (62, 300),
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
    reckoned_at: datetime
    sent: bool = True
    request: str = ""
    answered_in: timedelta = timedelta(0)  # how long before the contract was sent it was asked for
    paid_parts: int = 0
    placed_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    received_at: datetime | None = None
    claimed_at: datetime | None = None  # a claim of its first line is open since
    closed_at: datetime | None = None
    because: str = ""
    released: tuple[tuple[str, int, int, datetime], ...] = ()  # cause, amount, service fee, when
    reserve_minor: int = 0
    order: Order | None = None
    version: ContractVersion | None = None
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
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
            "buyer": {"id": str(buyer.public_id), "name": buyer.display_name, "person": buyer.full_name},
            "supplier": {"id": str(supplier.public_id), "name": supplier.name},
        },
    )


def life(state, supplier, buyer, seller, chance, now, *, age: float | None = None, terms=_terms) -> Life:
    """Reckon one order: its last step `age` days ago, or by its state, and the steps before it by chance."""
    reach, age = REACHES[state], chance.uniform(*AGES[state]) if age is None else age
    to_pay, to_ship, to_receive = (
        timedelta(days=chance.uniform(*span)) if reach >= least else timedelta(0)
        for least, span in ((2, (3, 14)), (3, (5, 19)), (4, (3, 14)))
    )
    made_at = now - timedelta(days=age, hours=1) - to_pay - to_ship - to_receive
    made = Life(state, supplier, buyer, seller, terms(chance, supplier, buyer, made_at), made_at, now)
    if reach == 0:
        made.sent = chance.random() < 0.7
        return made
    made.placed_at = made_at + timedelta(hours=chance.uniform(0.1, 0.9))
    if state == S.PLACED:
        made.paid_parts = 1 if age > 3 and chance.random() < 0.5 else 0
    if state == S.CANCELLED:
        made.closed_at = made.placed_at + timedelta(days=CURRENT.unpaid_cancel_days)
        made.because = "not paid in time"
    if reach >= 2:
        made.paid_parts = len(made.terms.plan)
        made.paid_at = made.placed_at + to_pay
    if state == S.REFUNDED:
        made.closed_at = ship_by(made) + timedelta(days=CURRENT.late_award_days)
        made.because = "not shipped"
    if reach >= 3:
        made.shipped_at = made.paid_at + to_ship
    if reach >= 4:
        made.received_at = made.shipped_at + to_receive
        _reckon_release(made)
    return made


def ship_by(life: Life) -> datetime:
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
