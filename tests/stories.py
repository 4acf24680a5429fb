"""Stories that walk an order to a state through the real actions; a state that nobody can reach is never tested."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from ledger import chart
from orders import actions
from orders.models import Order, ReferenceRate
from orders.terms import InstalmentTerms, LineTerms, Terms
from suppliers import actions as supplier_actions
from suppliers.models import Member
from tests.kept_world import KeptWorld

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def person(email: str, **fields) -> User:
    """A registered person whose e-mail address is verified."""
    user = User.objects.create_user(email=email, password="correct-horse-7", **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def company(name: str, *, owner: User, stars: int | None = 3, level: str = "inspected", now=NOW):
    """A supplier at a level of verification, with stars set by risk staff."""
    supplier = supplier_actions.register_supplier(name=name, country="CN", owner=owner, now=now)
    supplier = supplier_actions.verify_supplier(supplier_id=supplier.id, level=level, by=None, now=now)
    return supplier_actions.set_stars(supplier_id=supplier.id, stars=stars, reason="test", by=None, now=now)


@dataclass
class World:
    """The people and companies that stories are about."""

    buyer: User
    stranger: User
    seller: User
    bookkeeper: User
    supplier: object
    rival_seller: User
    rival: object


def build_world(email_suffix: str = "") -> World:
    for currency, rate in {"USD": "1", "EUR": "1.08", "JPY": "0.0067", "CNY": "0.14", "KWD": "3.25"}.items():
        ReferenceRate.objects.create(currency=currency, on=date(2026, 1, 1), usd_per_unit=Decimal(rate))
    buyer = person("buyer@test.test", full_name="Mere Whitlock", company_name="Northline", timezone="Pacific/Auckland")
    seller = person(f"seller{email_suffix}@test.test", full_name="Chen Yu")
    bookkeeper = person(f"books{email_suffix}@test.test", full_name="Li Na")
    rival_seller = person(f"rival{email_suffix}@test.test", full_name="Ana Reis")
    supplier = company("Lumenworks", owner=seller)
    supplier_actions.add_member(supplier_id=supplier.id, user=bookkeeper, role=Member.Role.FINANCE, by=seller, now=NOW)
    return World(
        buyer=buyer,
        stranger=person(f"stranger{email_suffix}@test.test", full_name="Sam Ode"),
        seller=seller,
        bookkeeper=bookkeeper,
        supplier=supplier,
        rival_seller=rival_seller,
        rival=company("Rivalworks", owner=rival_seller),
    )


@pytest.fixture(scope="session")
def kept_world() -> KeptWorld:
    return KeptWorld(build_world)


@pytest.fixture
def world(db, kept_world) -> World:
    return kept_world.get()


def terms(**changes) -> Terms:
    """USD 10,000 as in architecture.md §8: 100 lamps, deposit 30 %, balance 70 %, FOB, shipped by 1 October."""
    plain = Terms(
        title="Pendant lamps, 100",
        currency="USD",
        lines=(LineTerms(product="Pendant lamp", quantity=100, unit="pieces", unit_price_minor=100_00),),
        plan=(
            InstalmentTerms("Deposit", 3_000_00, "production", "2026-09-05"),
            InstalmentTerms("Balance", 7_000_00, "shipment", "2026-09-25"),
        ),
        incoterm="FOB",
        place="Nansha",
        destination_country="NZ",
        destination_address="12 Quay Street, Auckland",
        timezone="Pacific/Auckland",
        ship_by_on="2026-10-01",
    )
    return replace(plain, **changes)


def simple_terms(total_minor: int, currency: str = "USD", due_on: str = "2026-09-25", **changes) -> Terms:
    """One line, one instalment, all due before shipment."""
    return terms(
        currency=currency,
        lines=(LineTerms(product="Goods", quantity=1, unit="lot", unit_price_minor=total_minor),),
        plan=(InstalmentTerms("All", total_minor, "shipment", due_on),),
        **changes,
    )


def requested(world: World, *, now=NOW) -> Order:
    return actions.request_contract(
        buyer=world.buyer,
        supplier_id=world.supplier.id,
        title="Lamps",
        request="100 lamps, matt black",
        key=uuid.uuid4(),
        now=now,
    )


def sent(world: World, contract: Terms | None = None, *, now=NOW) -> Order:
    """The supplier has drafted and sent it; the buyer is to accept."""
    order = requested(world, now=now)
    actions.save_draft(order_id=order.id, terms=contract or terms(), by=world.seller, now=now)
    actions.send_contract(order_id=order.id, by=world.seller, now=now)
    return fresh(order)


def accept(order: Order, *, by: User, now=NOW, cover_minor: int = 0) -> Order:
    version = order.versions.sent().order_by("-number").first()
    return actions.accept(
        order_id=order.id,
        version=version.number,
        fingerprint=version.fingerprint,
        cover_minor=cover_minor,
        by=by,
        now=now,
    )


def placed(world: World, contract: Terms | None = None, *, now=NOW) -> Order:
    return fresh(accept(sent(world, contract, now=now), by=world.buyer, now=now))


_payment_ids = iter(range(1_000_000, 10**9))


def clear(order: Order, number: int = 1, *, now=NOW, amount_minor: int | None = None, borne_minor: int = 0) -> Order:
    """A transfer for an instalment has cleared, straight to our bank."""
    part = order.instalments.get(number=number)
    amount = part.open_minor - borne_minor if amount_minor is None else amount_minor
    return actions.clear_payment(
        order_id=order.id,
        payment_id=next(_payment_ids),
        method="tt",
        source=chart.bank(order.currency),
        parts=[actions.Part(part.id, amount, borne_minor)],
        now=now,
    )


def paid(world: World, contract: Terms | None = None, *, now=NOW) -> Order:
    order = placed(world, contract, now=now)
    for part in order.instalments.order_by("number"):
        if part.before_shipment:
            clear(order, part.number, now=now)
    return fresh(order)


def dispatch(order: Order, world: World, *, now=NOW + 10 * DAY, quantities=None, **fields):
    values = {
        "key": uuid.uuid4(),
        "transport": "sea",
        "dispatched_on": (now - timedelta(hours=12)).date(),
        "carrier": "Sample Ocean Line",
        "document": "SOL-1",
        "quantities": quantities or {line.id: line.to_ship for line in order.lines.all()},
        "by": world.seller,
        "now": now,
    } | fields
    return actions.ship(order_id=order.id, **values)


def shipped(world: World, contract: Terms | None = None, *, now=NOW) -> Order:
    order = paid(world, contract, now=now)
    dispatch(order, world, now=now + 10 * DAY)
    return fresh(order)


def received(world: World, contract: Terms | None = None, *, now=NOW, counts=()) -> Order:
    order = shipped(world, contract, now=now)
    actions.confirm_receipt(order_id=order.id, counts=list(counts), by=world.buyer, now=now + 20 * DAY)
    return fresh(order)


def expired(world: World) -> Order:
    order = received(world)
    return fresh(actions.expire_protection(order_id=order.id, now=order.protection_ends_at))


def cancelled(world: World) -> Order:
    return fresh(actions.cancel(order_id=placed(world).id, by=world.buyer, now=NOW))


def refunded(world: World) -> Order:
    order = paid(world)
    return fresh(actions.award_unshipped(order_id=order.id, now=order.award_at))


STORIES = {
    "requested": requested,
    "sent": sent,
    "placed": placed,
    "paid": paid,
    "shipped": shipped,
    "received": received,
    "expired": expired,
    "cancelled": cancelled,
    "refunded": refunded,
}


def fresh(order: Order) -> Order:
    """The order as the database has it, with nothing cached."""
    return Order.objects.select_related("supplier", "buyer").get(pk=order.pk)


def zone(order: Order) -> ZoneInfo:
    return ZoneInfo(order.timezone)


def snapshot(order: Order) -> tuple:
    """State, money and the number of events: what a refused action must leave as it was."""
    from events.models import Event
    from ledger.models import Transfer

    row = Order.objects.filter(pk=order.pk).values().get()
    return (
        row,
        list(Transfer.objects.filter(order_id=order.pk).order_by("id").values_list("key", "amount_minor")),
        Event.objects.filter(subject_kind="order", subject_id=order.pk).count(),
    )


def then_received(order: Order, world: World) -> Order:
    """Ship and receive an order that is paid."""
    dispatch(order, world)
    actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=NOW + 20 * DAY)
    return fresh(order)
