"""What every tale shares: people, a clock, steps told line by line, and the books held figure by figure beside them.

Everything is done by the real actions and the sandbox bank, on a clock that the tale moves. Each figure is held against
what it must be; `Wrong` says which one is not.
"""

import textwrap
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import actions as account_actions
from accounts.models import User
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

WIDTH = 80
USD = "USD"
ZONE = "Pacific/Auckland"
CARD_KEPT = 80_00  # what the card processor keeps of the settlement
BORNE = 20_00  # what a bank on the way keeps of the transfer
OWN = 1_000_00  # our own money
SUPPLIER, BUYER, US, TIME = "Lumenworks Foshan", "Northline Interiors", "Trade Assurance", "The clock"
EARNED = {"processing_fees": -88_50, "gateway_costs": 80_00, "bank_charges": 20_00, "own_funds": -OWN}


class Wrong(Exception):
    """A figure of the tale is not what it must be."""


def wrapped(words: str, width: int) -> list[str]:
    """Lines of at most `width`, an amount and its currency on one of them."""
    kept = words.replace("USD ", "USD\N{NO-BREAK SPACE}")
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in textwrap.wrap(kept, width)]


class Teller:
    """Tells to `tell` (a line at a time) and holds every figure; a tale is made for one run of it."""

    TITLE = ""
    DAYS = 80  # how long before the present it begins

    def __init__(self, tell: Callable[[str], None], *, present: datetime):
        self.tell = tell
        self.present = present
        self.now = (present - timedelta(days=self.DAYS)).replace(hour=9, minute=0, second=0, microsecond=0)
        self.step = 0
        self.mark = uuid.uuid4().hex[:8]
        self.till = Till()
        self.orders: dict[str, int] = {}  # by the ending of its accounts' names
        self.begin: dict[str, int] = {}
        self.shown: dict[str, int] = {}

    def open_tale(self, words: str) -> None:
        self.tell(self.TITLE)
        self.tell("=" * WIDTH)
        self.say(words)

    # The shared life: rows 0 to 8 ---------------------------------------------------------------------------------

    def person(self, name: str, **more) -> User:
        email = f"{name.split()[0].lower()}-{self.mark}@tale.test"
        return account_actions.register(email=email, password=None, now=self.now, verified=True, **more)

    def set_up(self) -> None:
        """Both companies, and our own money: row 0."""
        rates.store(self.present)
        self.buyer = self.person(BUYER, full_name="Aroha Ngata", company_name=BUYER, country="NZ", timezone=ZONE)
        self.seller = self.person(SUPPLIER, full_name="Wei Liang", country="CN", timezone="Asia/Shanghai")
        made = supplier_actions.register_supplier(name=SUPPLIER, country="CN", owner=self.seller, now=self.now)
        supplier_actions.verify_supplier(supplier_id=made.id, level="inspected", by=None, now=self.now)
        supplier_actions.set_stars(
            supplier_id=made.id, stars=3, reason="As in architecture.md, 8", by=None, now=self.now
        )
        self.supplier = Supplier.objects.get(pk=made.id)
        self.begin = self._balances()
        self.heading(
            US, "puts in USD 1,000.00 of its own", "It carries costs and the guarantee, never a buyer's money."
        )
        with transaction.atomic():
            books.own_funds(amount_minor=OWN, currency=USD, key=f"tale-{self.mark}", now=self.now)
        self.books(bank=OWN, own_funds=-OWN)

    def place(self, ending: str, terms: Callable[[], Terms], request: str, plan: str) -> None:
        """A contract from the request to the placed order, all of it reserved."""
        self.wait(hours=1)
        order = actions.request_contract(
            buyer=self.buyer,
            supplier_id=self.supplier.id,
            title=terms().title,
            request=request,
            key=uuid.uuid4(),
            now=self.now,
        )
        self.orders[ending] = order.id
        self.heading(BUYER, f"asks for a contract: order {order.reference}")

        self.wait(hours=9)
        actions.save_draft(order_id=order.id, terms=terms(), by=self.seller, now=self.now)
        version = actions.send_contract(order_id=order.id, by=self.seller, now=self.now)
        self.heading(
            SUPPLIER,
            "drafts the contract and sends it, which signs it",
            f"{plan}, SHA-256 {version.fingerprint[:12]}…",
        )

        self.wait(hours=12)
        total = terms().total_minor
        actions.accept(
            order_id=order.id,
            version=version.number,
            fingerprint=version.fingerprint,
            cover_minor=total,
            by=self.buyer,
            now=self.now,
        )
        order = self.order(ending)
        shown = money.display(total, USD)
        self.heading(BUYER, "accepts the same version", f"The order is placed and {shown} of the limit is reserved.")
        self.hold("status", order.status, Order.Status.PLACED)
        self.hold("reserved", order.reserved_minor, total)

    def terms(self, title: str, lines: Sequence[LineTerms], plan: Sequence[tuple[str, int, str, int]]) -> Terms:
        """Terms as of the hour; the plan is (label, amount, due before, due in so many days)."""

        def due(n):
            return (self.now + timedelta(days=n)).astimezone(ZoneInfo(ZONE)).date().isoformat()

        return Terms(
            title=title,
            currency=USD,
            lines=tuple(lines),
            plan=tuple(InstalmentTerms(label, amount, before, due(n)) for label, amount, before, n in plan),
            incoterm="FOB",
            place="Nansha",
            destination_country="NZ",
            destination_address="14 Hobson Quay, Auckland 1010",
            timezone=ZONE,
            lead_days=30,
        )

    def pay(self, ending: str) -> None:
        """Rows 1 to 6: 30 % by card, settled; 70 % by transfer, 20 short."""
        escrow = f"escrow{ending}"
        deposit, balance_due = self.order(ending).instalments.order_by("number")
        self.wait(days=1)
        self.till.card(deposit, now=self.now)
        self.heading(
            BUYER,
            "pays the deposit by card: USD 3,000.00 and a fee of USD 88.50",
            "The fee is 2.95 %, on top. Protection itself costs USD 0.00. From now the money is covered.",
        )
        self.books(bank=OWN, clearing_card=3_088_50, processing_fees=-88_50, own_funds=-OWN, **{escrow: -3_000_00})
        self.hold("covered", self.order(ending).covered_minor, 3_000_00)

        self.wait(days=2)
        bank.settle(gateway="card", currency=USD, kept_minor=CARD_KEPT, now=self.now)
        self.heading(
            "The card processor", "settles: it sends USD 3,008.50 and keeps USD 80.00", "Clearing is zero again."
        )
        held = {"processing_fees": -88_50, "gateway_costs": 80_00, "own_funds": -OWN}
        self.books(bank=4_008_50, **held, **{escrow: -3_000_00})

        self.wait(days=4)
        self.till.transfer(balance_due, balance_due.open_minor, charges_minor=BORNE, now=self.now)
        self.heading(
            BUYER,
            "sends the balance of USD 7,000.00 by T/T; USD 6,980.00 arrive",
            "A bank on the way kept 20.00. That is within min(50, 0.5 %), so we bear it and the order is paid.",
        )
        self.books(bank=10_988_50, **EARNED, **{escrow: -10_000_00})
        order = self.order(ending)
        self.hold("status", order.status, Order.Status.PAID)
        self.hold("covered", order.covered_minor, 9_980_00)

    def produce(self, ending: str) -> None:
        actions.confirm_production(order_id=self.orders[ending], by=self.seller, now=self.now)
        self.heading(SUPPLIER, "confirms that production has begun")

    def ship(self, ending: str, document: str, does: str, why: str = "") -> None:
        order = self.order(ending)
        actions.ship(
            order_id=order.id,
            key=uuid.uuid4(),
            transport=Shipment.Transport.SEA,
            dispatched_on=self.now.astimezone(ZoneInfo(ZONE)).date(),
            carrier="Tasman Line",
            document=document,
            quantities={line.id: line.quantity for line in order.lines.all()},
            by=self.seller,
            now=self.now,
        )
        self.heading(SUPPLIER, f"{does}, bill of lading {document}", why)
        self.hold("status", self.order(ending).status, Order.Status.SHIPPED)

    def receive(self, ending: str, does: str) -> None:
        """Rows 7 and 8: all but the reserve of 30 % is released and paid out."""
        actions.confirm_receipt(order_id=self.orders[ending], counts=[], by=self.buyer, now=self.now)
        order, escrow = self.order(ending), f"escrow{ending}"
        self.heading(
            BUYER,
            does,
            "USD 7,000.00 are released to the supplier; USD 3,000.00 stay in escrow until protection ends.",
        )
        self.books(bank=10_988_50, supplier_payable=-7_000_00, **EARNED, **{escrow: -3_000_00})
        self.hold("released", order.released_minor, 7_000_00)
        self.hold("reserve", order.reserve_minor, 3_000_00)

        self.wait(hours=1)
        self.pay_out(7_000_00, {escrow: -3_000_00} | EARNED, at_bank=10_988_50)

    def pay_out(self, amount: int, held: dict, *, at_bank: int) -> None:
        """What the supplier is owed goes through the bank."""
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

    def close_window(self, ending: str) -> None:
        """The sweep that closes protection windows, at the tale's hour, for this order alone."""
        if Order.objects.protection_over(self.now).filter(pk=self.orders[ending]).exists():
            actions.expire_protection(order_id=self.orders[ending], now=self.now)

    def prove(self) -> None:
        self.tell("")
        self.tell("THE PROOF")
        self.tell("-" * WIDTH)
        for order_id in self.orders.values():
            events = Event.objects.about("order", order_id).count()
            self.hold("problems of the event chain", chain.verify("order", order_id), [])
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

    def order(self, ending: str = "") -> Order:
        return Order.objects.get(pk=self.orders[ending])

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
        now = self._balances()
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

    def _balances(self) -> dict[str, int]:
        """Every account that the tale may touch; platform accounts count from where they stood at its beginning."""
        named = {
            "bank": chart.bank(USD),
            "clearing_card": chart.clearing("card", USD),
            "clearing_bank": chart.clearing("bank", USD),
        }
        for ending, order_id in self.orders.items():
            named[f"escrow{ending}"] = chart.escrow(order_id, USD)
            named[f"refund_payable{ending}"] = chart.refund_payable(order_id, USD)
        named |= {
            "supplier_payable": chart.supplier_payable(self.supplier.id, USD),
            "supplier_receivable": chart.supplier_receivable(self.supplier.id, USD),
            "suspense": chart.suspense(USD),
            "processing_fees": chart.processing_fees(USD),
            "service_fees": chart.service_fees(USD),
            "gateway_costs": chart.gateway_costs(USD),
            "bank_charges": chart.bank_charges(USD),
            "own_funds": chart.own_funds(USD),
        }
        return {name: balance(book) for name, book in named.items()}
