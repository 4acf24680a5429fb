"""One order's whole life, told line by line with the books beside it: the figures of architecture.md §8, rows 0 to 8.

Everything is done by the real actions and the sandbox bank, on a clock that the tale moves. Each figure is held against
what it must be; `Wrong` says which one is not.
"""

import textwrap
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import actions as account_actions
from events import chain
from events.models import Event
from ledger import chart, proof
from ledger.actions import balance
from orders import actions, books
from orders.models import Order, Shipment
from orders.terms import InstalmentTerms, LineTerms, Terms
from payments import actions as payment_actions
from payments.gateways.sandbox import bank
from payments.models import Sending
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.demo import rates
from trade_assurance.demo.till import Till
from trade_assurance.refused import MovedOn
from trade_assurance.rulebook import CURRENT

WIDTH = 80
USD = "USD"
ZONE = "Pacific/Auckland"
CARD_KEPT = 80_00  # what the card processor keeps of the settlement
BORNE = 20_00  # what a bank on the way keeps of the transfer
SUPPLIER, BUYER, US, TIME = "Lumenworks Foshan", "Northline Interiors", "Trade Assurance", "The clock"


class Wrong(Exception):
    """A figure of the tale is not what it must be."""


def wrapped(words: str, width: int) -> list[str]:
    """Lines of at most `width`, an amount and its currency on one of them."""
    kept = words.replace("USD ", "USD\N{NO-BREAK SPACE}")
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in textwrap.wrap(kept, width)]


class Tale:
    """Tells an order's life to `tell` (a line at a time) and holds every figure; made for one run."""

    def __init__(self, tell: Callable[[str], None], *, present: datetime):
        self.tell = tell
        self.now = (present - timedelta(days=80)).replace(hour=9, minute=0, second=0, microsecond=0)
        self.step = 0
        self.till = Till()
        self.begin: dict[str, int] = {}
        self.shown: dict[str, int] = {}

    def run(self) -> None:
        """The whole life; raises Wrong at the first figure that is not right."""
        self.tell("AN ORDER UNDER PROTECTION, FROM THE REQUEST TO THE LAST CENT")
        self.tell("=" * WIDTH)
        self.say(
            f"{BUYER} in Auckland buys 100 lamps for USD 10,000.00 from {SUPPLIER}, whom it has never met. "
            f"The supplier has 3 stars, so {CURRENT.reserve_bp[3] / 100:g} % stays in reserve after receipt. "
            "Balances are debits less credits: what we have and spent is above zero, what we owe and earned below."
        )
        self._set_up()
        self._agree()
        self._pay()
        self._deliver()
        self._protect()
        self._prove()

    # The life -----------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        rates.store(self.now + timedelta(days=80))
        mark = uuid.uuid4().hex[:8]

        def person(name, **more):
            email = f"{name.split()[0].lower()}-{mark}@tale.test"
            return account_actions.register(email=email, password=None, now=self.now, verified=True, **more)

        self.buyer = person(BUYER, company_name=BUYER, country="NZ", timezone=ZONE)
        self.seller = person(SUPPLIER, full_name="Wei Liang", country="CN", timezone="Asia/Shanghai")
        made = supplier_actions.register_supplier(name=SUPPLIER, country="CN", owner=self.seller, now=self.now)
        supplier_actions.verify_supplier(supplier_id=made.id, level="inspected", by=None, now=self.now)
        supplier_actions.set_stars(
            supplier_id=made.id, stars=3, reason="As in architecture.md, 8", by=None, now=self.now
        )
        self.supplier = Supplier.objects.get(pk=made.id)
        self.begin = self._balances(None)

        self.heading(
            US, "puts in USD 1,000.00 of its own", "It carries costs and the guarantee, never a buyer's money."
        )
        with transaction.atomic():
            books.own_funds(amount_minor=1_000_00, currency=USD, key=f"tale-{mark}", now=self.now)
        self.books(bank=1_000_00, own_funds=-1_000_00)

    def _agree(self) -> None:
        self.wait(hours=1)
        order = actions.request_contract(
            buyer=self.buyer,
            supplier_id=self.supplier.id,
            title="Brass lamps, 100 pieces",
            request="100 brass lamps, boxed one by one, on board within 30 days.",
            key=uuid.uuid4(),
            now=self.now,
        )
        self.order_id = order.id
        self.heading(BUYER, f"asks for a contract: order {order.reference}")

        self.wait(hours=9)
        actions.save_draft(order_id=order.id, terms=self._terms(), by=self.seller, now=self.now)
        version = actions.send_contract(order_id=order.id, by=self.seller, now=self.now)
        self.heading(
            SUPPLIER,
            "drafts the contract and sends it, which signs it",
            f"Deposit 30 % by card, balance 70 % by T/T, SHA-256 {version.fingerprint[:12]}…",
        )

        self.wait(hours=12)
        actions.accept(
            order_id=order.id,
            version=version.number,
            fingerprint=version.fingerprint,
            cover_minor=10_000_00,
            by=self.buyer,
            now=self.now,
        )
        order = self.order()
        self.heading(
            BUYER, "accepts the same version", "The order is placed and USD 10,000.00 of the limit is reserved."
        )
        self.hold("status", order.status, Order.Status.PLACED)
        self.hold("reserved", order.reserved_minor, 10_000_00)

    def _terms(self) -> Terms:
        def due(n):
            return (self.now + timedelta(days=n)).astimezone(ZoneInfo(ZONE)).date().isoformat()

        return Terms(
            title="Brass lamps, 100 pieces",
            currency=USD,
            lines=(LineTerms("Brass lamp", 100, "pieces", 100_00, quality="AQL 2.5 major, 4.0 minor"),),
            plan=(
                InstalmentTerms("Deposit", 3_000_00, "production", due(7)),
                InstalmentTerms("Balance", 7_000_00, "shipment", due(14)),
            ),
            incoterm="FOB",
            place="Nansha",
            destination_country="NZ",
            destination_address="14 Hobson Quay, Auckland 1010",
            timezone=ZONE,
            lead_days=30,
        )

    def _pay(self) -> None:
        deposit, balance_due = self.order().instalments.order_by("number")
        self.wait(days=1)
        self.till.card(deposit, now=self.now)
        self.heading(
            BUYER,
            "pays the deposit by card: USD 3,000.00 and a fee of USD 88.50",
            "The fee is 2.95 %, on top. Protection itself costs USD 0.00. From now the money is covered.",
        )
        self.books(bank=1_000_00, clearing_card=3_088_50, escrow=-3_000_00, processing_fees=-88_50, own_funds=-1_000_00)
        self.hold("covered", self.order().covered_minor, 3_000_00)

        self.wait(days=2)
        bank.settle(gateway="card", currency=USD, kept_minor=CARD_KEPT, now=self.now)
        self.heading(
            "The card processor", "settles: it sends USD 3,008.50 and keeps USD 80.00", "Clearing is zero again."
        )
        held = {"escrow": -3_000_00, "processing_fees": -88_50, "gateway_costs": 80_00, "own_funds": -1_000_00}
        self.books(bank=4_008_50, **held)

        self.wait(days=4)
        self.till.transfer(balance_due, balance_due.open_minor, charges_minor=BORNE, now=self.now)
        self.heading(
            BUYER,
            "sends the balance of USD 7,000.00 by T/T; USD 6,980.00 arrive",
            "A bank on the way kept 20.00. That is within min(50, 0.5 %), so we bear it and the order is paid.",
        )
        held |= {"escrow": -10_000_00, "bank_charges": 20_00}
        self.books(bank=10_988_50, **held)
        order = self.order()
        self.hold("status", order.status, Order.Status.PAID)
        self.hold("covered", order.covered_minor, 9_980_00)

    def _deliver(self) -> None:
        self.wait(days=1)
        actions.confirm_production(order_id=self.order_id, by=self.seller, now=self.now)
        self.heading(SUPPLIER, "confirms that production has begun")

        self.wait(days=20)
        line = self.order().lines.get()
        actions.ship(
            order_id=self.order_id,
            key=uuid.uuid4(),
            transport=Shipment.Transport.SEA,
            dispatched_on=self.now.astimezone(ZoneInfo(ZONE)).date(),
            carrier="Tasman Line",
            document="BL-771203",
            quantities={line.id: line.quantity},
            by=self.seller,
            now=self.now,
        )
        self.heading(SUPPLIER, "ships all 100 lamps, bill of lading BL-771203")
        self.hold("status", self.order().status, Order.Status.SHIPPED)

        self.wait(days=12)
        actions.confirm_receipt(order_id=self.order_id, counts=[], by=self.buyer, now=self.now)
        order = self.order()
        self.heading(
            BUYER,
            "confirms receipt, all as agreed",
            "USD 7,000.00 are released to the supplier; USD 3,000.00 stay in escrow until protection ends.",
        )
        held = {"processing_fees": -88_50, "gateway_costs": 80_00, "bank_charges": 20_00, "own_funds": -1_000_00}
        self.books(bank=10_988_50, escrow=-3_000_00, supplier_payable=-7_000_00, **held)
        self.hold("released", order.released_minor, 7_000_00)
        self.hold("reserve", order.reserve_minor, 3_000_00)

        self.wait(hours=1)
        self._pay_out(7_000_00, {"escrow": -3_000_00, **held}, at_bank=10_988_50)

    def _pay_out(self, amount: int, held: dict, *, at_bank: int) -> None:
        payout = payment_actions.send_payout(supplier_id=self.supplier.id, currency=USD, now=self.now)
        payment_actions.push_payout(payout_id=payout.id, now=self.now)
        self.hold("payout", payout.amount_minor, amount)
        self.heading(US, f"tells the bank to pay the supplier {money.display(amount, USD)}")
        self.books(bank=at_bank, clearing_bank=-amount, **held)
        self.wait(days=1)
        payout = payment_actions.push_payout(payout_id=payout.id, now=self.now)
        self.hold("payout", payout.status, Sending.CONFIRMED)
        self.heading("The bank", "confirms that it has gone")
        self.books(bank=at_bank - amount, **held)

    def _protect(self) -> None:
        held = {"processing_fees": -88_50, "gateway_costs": 80_00, "bank_charges": 20_00, "own_funds": -1_000_00}
        order = self.order()
        ends = order.protection_ends_at
        received_on = order.received_at.astimezone(ZoneInfo(ZONE)).date()
        last = (ends - timedelta(seconds=1)).astimezone(ZoneInfo(ZONE))
        self.hold("days of protection", (last.date() - received_on).days, CURRENT.protection_days)

        self.now = ends - timedelta(seconds=1)
        self._close_what_is_due()
        self.heading(TIME, "stands at the last second of day 30: nothing happens", "The buyer may still claim.")
        self.books(bank=3_988_50, escrow=-3_000_00, **held)
        self.hold("status", self.order().status, Order.Status.RECEIVED)

        self.now = ends
        self._close_what_is_due()
        self.heading(TIME, "reaches the end of day 30: protection expires", "What was in reserve is the supplier's.")
        self.books(bank=3_988_50, supplier_payable=-3_000_00, **held)
        order = self.order()
        self.hold("status", order.status, Order.Status.EXPIRED)
        self.hold("escrow", order.escrow_minor, 0)
        self.supplier.refresh_from_db()
        self.hold("reserved limit", self.supplier.reserved_minor, 0)

        self.wait(hours=1)
        self._pay_out(3_000_00, held, at_bank=3_988_50)
        self.say(
            "The supplier has been paid USD 10,000.00 to the cent. The buyer paid 10,000.00 and the fee of 88.50. "
            "We are left with our 1,000.00, earned 88.50 and spent 100.00."
        )

    def _close_what_is_due(self) -> None:
        """The sweep that closes protection windows, at the tale's hour, for this order alone."""
        if Order.objects.protection_over(self.now).filter(pk=self.order_id).exists():
            actions.expire_protection(order_id=self.order_id, now=self.now)
            return
        try:
            actions.expire_protection(order_id=self.order_id, now=self.now)
        except MovedOn:
            return
        raise Wrong("protection ended before its last second was over")

    def _prove(self) -> None:
        self.tell("")
        self.tell("THE PROOF")
        self.tell("-" * WIDTH)
        events = Event.objects.about("order", self.order_id).count()
        self.hold("problems of the event chain", chain.verify("order", self.order_id), [])
        self.tell(f"  The order's {events} events are numbered without a gap, and their hashes chain.")
        breaches = proof.prove()
        for known in proof.invariants():
            mine = [breach for breach in breaches if breach.code == known.code]
            first, *more = textwrap.wrap(known.title, WIDTH - 12)
            self.tell(f"  {known.code:<4}{'BROKEN' if mine else 'holds':<6}{first}")
            for line in more:
                self.tell(" " * 12 + line)
            for breach in mine:
                self.tell(f"      {breach}")
        if breaches:
            raise Wrong(f"{len(breaches)} invariants are broken: {breaches[0]}")

    # Telling ------------------------------------------------------------------------------------------------------

    def order(self) -> Order:
        return Order.objects.get(pk=self.order_id)

    def wait(self, **time) -> None:
        self.now += timedelta(**time)

    def say(self, words: str) -> None:
        for line in wrapped(words, WIDTH - 2):
            self.tell(f"  {line}")

    def heading(self, who: str, does: str, why: str = "") -> None:
        """One step: when, who, what, and why it is so."""
        self.step += 1
        local = self.now.astimezone(ZoneInfo(ZONE))
        self.tell("")
        self.tell(f"{self.step:>2}. {local:%a} {local.day} {local:%b %Y, %H:%M:%S} in Auckland")
        for line in wrapped(f"{who} {does}.", WIDTH - 4):
            self.tell(f"    {line}")
        for line in wrapped(why, WIDTH - 4):
            self.tell(f"    {line}")

    def books(self, **expected: int) -> None:
        """Show the books after a step, and hold each account against `expected`; what is not named must be zero."""
        now = self._balances(self.order_id if hasattr(self, "order_id") else None)
        moved = {name: minor - self.begin.get(name, 0) for name, minor in now.items()}
        self.tell(f"      {'account':<20}{'before':>14}{'after':>14}")
        for name, minor in moved.items():
            before = self.shown.get(name, 0)
            if before or minor:
                mark = "  moved" if before != minor else ""
                amounts = f"{money.format_amount(before, USD):>14}{money.format_amount(minor, USD):>14}"
                self.tell(f"      {name.replace('_', ' '):<20}{amounts}{mark}")
        self.shown = moved
        for name, minor in moved.items():
            self.hold(name, minor, expected.get(name, 0))
        self.hold("sum of all balances", sum(moved.values()), 0)

    def hold(self, what: str, found, expected) -> None:
        """Raise Wrong unless a figure is exactly what it must be."""
        if found != expected:
            by = f", {found - expected:+,} off" if isinstance(found, int) and isinstance(expected, int) else ""
            raise Wrong(f"step {self.step}: {what} is {found}, and must be {expected}{by}")

    def _balances(self, order_id: int | None) -> dict[str, int]:
        """Every account that the tale may touch; platform accounts count from where they stood at its beginning."""
        named = {
            "bank": chart.bank(USD),
            "clearing_card": chart.clearing("card", USD),
            "clearing_bank": chart.clearing("bank", USD),
            "escrow": chart.escrow(order_id, USD) if order_id else None,
            "refund_payable": chart.refund_payable(order_id, USD) if order_id else None,
            "supplier_payable": chart.supplier_payable(self.supplier.id, USD),
            "supplier_receivable": chart.supplier_receivable(self.supplier.id, USD),
            "suspense": chart.suspense(USD),
            "processing_fees": chart.processing_fees(USD),
            "service_fees": chart.service_fees(USD),
            "gateway_costs": chart.gateway_costs(USD),
            "bank_charges": chart.bank_charges(USD),
            "own_funds": chart.own_funds(USD),
        }
        return {name: balance(book) if book else 0 for name, book in named.items()}
