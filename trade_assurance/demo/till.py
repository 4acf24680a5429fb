"""Paying in the demo: what a buyer, a bank and a card processor do, played at any hour."""

from datetime import datetime

from ledger import chart
from orders import actions
from orders.models import Instalment


class Till:
    """Plays the senders of money, through the actions that the sandbox's pages call too."""

    def __init__(self):
        self.number = 0

    def card(self, part: Instalment, *, now: datetime) -> None:
        self.number += 1
        order = part.order
        amount = part.open_minor
        actions.clear_payment(
            order_id=part.order_id,
            payment_id=-self.number,
            method="card",
            source=chart.clearing("card", order.currency),
            parts=[actions.Part(part.id, amount)],
            fee_minor=order.rulebook.processing_fee("card", amount, order.currency, order.usd_per_unit),
            now=now,
        )

    def transfer(self, part: Instalment, amount_minor: int, *, now: datetime) -> None:
        self.number += 1
        gap = part.open_minor - amount_minor
        if gap > part.order.rulebook.shortfall_borne(part.open_minor, part.order.currency, part.order.usd_per_unit):
            gap = 0
        actions.clear_payment(
            order_id=part.order_id,
            payment_id=-self.number,
            method="tt",
            source=chart.bank(part.order.currency),
            parts=[actions.Part(part.id, amount_minor, gap)],
            now=now,
        )

    def stray(self, part: Instalment, amount_minor: int, *, now: datetime) -> None:
        pass

    def elsewhere(self, part: Instalment, amount_minor: int, *, now: datetime) -> None:
        pass

    def sweep(self, now: datetime) -> None:
        pass
