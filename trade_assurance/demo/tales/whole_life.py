"""One order's whole life, told line by line with the books beside it: architecture.md §8, rows 0 to 8."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from orders import actions
from orders.models import Order
from orders.terms import LineTerms, Terms
from trade_assurance.demo.tales.teller import BUYER, EARNED, SUPPLIER, TIME, ZONE, Teller, Wrong
from trade_assurance.refused import MovedOn
from trade_assurance.rulebook import CURRENT

ORDER = ""


class WholeLife(Teller):
    """From the request to the last cent, and nothing goes wrong."""

    TITLE = "AN ORDER UNDER PROTECTION, FROM THE REQUEST TO THE LAST CENT"

    def run(self) -> None:
        """The whole life; raises Wrong at the first figure that is not right."""
        self.open_tale(
            f"{BUYER} in Auckland buys 100 lamps for USD 10,000.00 from {SUPPLIER}, whom it has never met. "
            f"The supplier has 3 stars, so {CURRENT.reserve_bp[3] / 100:g} % stays in reserve after receipt. "
            "Balances are debits less credits: what we have and spent is above zero, what we owe and earned below."
        )
        self.set_up()
        self.place(
            ORDER,
            self._terms,
            "100 brass lamps, boxed one by one, on board within 30 days.",
            "Deposit 30 % by card, balance 70 % by T/T",
        )
        self.pay(ORDER)
        self.wait(days=1)
        self.produce(ORDER)
        self.wait(days=20)
        self.ship(ORDER, "BL-771203", "ships all 100 lamps")
        self.wait(days=12)
        self.receive(ORDER, "confirms receipt, all as agreed")
        self._protect()
        self.prove()

    def _terms(self) -> Terms:
        return self.terms(
            "Brass lamps, 100 pieces",
            [LineTerms("Brass lamp", 100, "pieces", 100_00, quality="AQL 2.5 major, 4.0 minor")],
            [("Deposit", 3_000_00, "production", 7), ("Balance", 7_000_00, "shipment", 14)],
        )

    def _protect(self) -> None:
        order = self.order()
        ends = order.protection_ends_at
        received_on = order.received_at.astimezone(ZoneInfo(ZONE)).date()
        last = (ends - timedelta(seconds=1)).astimezone(ZoneInfo(ZONE))
        self.hold("days of protection", (last.date() - received_on).days, CURRENT.protection_days)

        self.now = ends - timedelta(seconds=1)
        self.close_window(ORDER)
        try:
            actions.expire_protection(order_id=order.id, now=self.now)
        except MovedOn:
            pass
        else:
            raise Wrong("protection ended before its last second was over")
        self.heading(TIME, "stands at the last second of day 30: nothing happens", "The buyer may still claim.")
        self.books(bank=3_988_50, escrow=-3_000_00, **EARNED)
        self.hold("status", self.order().status, Order.Status.RECEIVED)

        self.now = ends
        self.close_window(ORDER)
        self.heading(TIME, "reaches the end of day 30: protection expires", "What was in reserve is the supplier's.")
        self.books(bank=3_988_50, supplier_payable=-3_000_00, **EARNED)
        order = self.order()
        self.hold("status", order.status, Order.Status.EXPIRED)
        self.hold("escrow", order.escrow_minor, 0)
        self.supplier.refresh_from_db()
        self.hold("reserved limit", self.supplier.reserved_minor, 0)

        self.wait(hours=1)
        self.pay_out(3_000_00, EARNED, at_bank=3_988_50)
        self.say(
            "The supplier has been paid USD 10,000.00 to the cent. The buyer paid 10,000.00 and the fee of 88.50. "
            "We are left with our 1,000.00, earned 88.50 and spent 100.00."
        )
