"""Every movement of an order's money, once: what is debited and credited when (architecture.md §8).

Called by actions only, under the order's lock, in the transaction of the change. Each function keeps the order's money
columns in step with the ledger; the caller saves the order. Amounts are minor units of the order's currency.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger import chart
from ledger.actions import Line, balance, lock, post
from ledger.models import Transfer
from orders.books.moving import (
    came_back,
    left_the_bank,
    our_own,
    own_funds,
    send_payout,
    send_refund,
    send_unmatched,
    settled,
    settled_short,
    suspend,
    taken_back,
)
from orders.models import Order


@dataclass(frozen=True)
class Arrival:
    """Money of one payment that has cleared: where it came from, and what it is for."""

    payment_id: int
    source: chart.Book  # clearing of a gateway, our bank, or suspense
    amount_minor: int = 0  # to escrow
    borne_minor: int = 0  # the gap that we bear, to escrow from bank charges
    fee_minor: int = 0  # processing fee on top
    absorbed_minor: int = 0  # a small surplus, against bank charges
    surplus_minor: int = 0  # owed back to the buyer
    entry: str = ""  # the statement entry or gateway charge that it came with


def clear(order: Order, arrival: Arrival, *, now: datetime) -> None:
    """A payment cleared: to escrow, with its fee; small surpluses are kept, others are owed back (Rulebook 4, 5)."""
    currency, key = order.currency, f"payment:{arrival.payment_id}"
    escrow = chart.escrow(order.id, currency)
    charges = chart.bank_charges(currency)

    def line(debit, credit, amount, kind):
        return Line(debit, credit, amount, kind, f"{key}:{kind}", order_id=order.id, entry=arrival.entry)

    post(
        [
            line(arrival.source, escrow, arrival.amount_minor, "clear"),
            line(charges, escrow, arrival.borne_minor, "bear"),
            line(arrival.source, chart.processing_fees(currency), arrival.fee_minor, "fee"),
            line(arrival.source, charges, arrival.absorbed_minor, "absorb"),
            line(arrival.source, chart.refund_payable(order.id, currency), arrival.surplus_minor, "return"),
        ],
        now=now,
    )
    order.cleared_minor += arrival.amount_minor
    order.borne_minor += arrival.borne_minor
    order.fees_minor += arrival.fee_minor


def hold_payment(
    order: Order,
    *,
    payment_id: int,
    source: chart.Book,
    suspense: chart.Book,
    amount_minor: int,
    entry: str,
    now: datetime,
) -> None:
    """A payment arrived that staff must look at first: to suspense, by its payment; there already, it stays (I8)."""
    if source == suspense:
        return
    key = f"payment:{payment_id}:hold"
    post([Line(source, suspense, amount_minor, "hold", key, order_id=order.id, entry=entry)], now=now)


def release(order: Order, amount_minor: int, *, cause: str, now: datetime) -> None:
    """Escrow to the supplier, less the service fee and what it owes us after a guarantee (Rulebook 4, 12, 22).

    `cause` names the release once an order: "receipt", "payment:7", "end".
    """
    if amount_minor <= 0:
        return
    currency, key = order.currency, f"release:{order.id}:{cause}"
    payable = chart.supplier_payable(order.supplier_id, currency)
    receivable = chart.supplier_receivable(order.supplier_id, currency)
    accounts = lock([chart.escrow(order.id, currency), payable, receivable])
    order.released_minor += amount_minor
    fee_in_all = order.rulebook.service_fee(order.released_minor, order.total_minor, currency, order.usd_per_unit)
    fee = fee_in_all - order.service_fee_minor
    order.service_fee_minor = fee_in_all
    owed_to_us = accounts[receivable].balance_minor if receivable in accounts else 0
    recourse = min(owed_to_us, amount_minor - fee)

    def line(debit, credit, amount, kind):
        return Line(debit, credit, amount, kind, f"{key}:{kind}", order_id=order.id, supplier_id=order.supplier_id)

    post(
        [
            line(chart.escrow(order.id, currency), payable, amount_minor, "release"),
            line(payable, chart.service_fees(currency), fee, "service_fee"),
            line(payable, receivable, recourse, "recourse"),
        ],
        now=now,
    )


@dataclass(frozen=True)
class Sources:
    """Where a refund comes from, in this order (Rulebook 22)."""

    escrow_minor: int
    payable_minor: int  # what the supplier is owed
    guarantee_minor: int  # from us; the supplier owes it then

    @property
    def total_minor(self) -> int:
        return self.escrow_minor + self.payable_minor + self.guarantee_minor


def sources(order: Order, amount_minor: int, *, most_from_escrow: int | None = None) -> Sources:
    """From escrow, then from what the supplier is owed, then by our guarantee (Rulebook 22), as things stand now."""
    most = order.escrow_minor if most_from_escrow is None else most_from_escrow
    from_escrow = min(amount_minor, most)
    supplier_has = -balance(chart.supplier_payable(order.supplier_id, order.currency))
    from_payable = min(amount_minor - from_escrow, supplier_has)
    return Sources(from_escrow, from_payable, amount_minor - from_escrow - from_payable)


def refund(order: Order, amount_minor: int, *, cause: str, now: datetime, most_from_escrow: int | None = None) -> int:
    """Owe an amount to the buyer from the `sources`; gives how much of it came from escrow.

    `cause` names the refund once an order: "cancel", "award". `most_from_escrow` leaves alone what others hold.
    """
    if amount_minor <= 0:
        return 0
    parts = _take(
        order,
        amount_minor,
        into=chart.refund_payable(order.id, order.currency),
        kinds=("refund", "refund_from_payable", "guarantee"),
        key=f"refund:{order.id}:{cause}",
        most_from_escrow=most_from_escrow,
        now=now,
    )
    order.refunded_minor += amount_minor
    order.refunded_escrow_minor += parts.escrow_minor
    return parts.escrow_minor


def _take(order: Order, amount_minor: int, *, into: chart.Book, kinds, key: str, most_from_escrow, now) -> Sources:
    """Book an amount from its `sources` into an account of the order; `kinds` name the transfers in their order."""
    currency = order.currency
    escrow = chart.escrow(order.id, currency)
    payable = chart.supplier_payable(order.supplier_id, currency)
    receivable = chart.supplier_receivable(order.supplier_id, currency)
    lock([escrow, payable, receivable, into])
    parts = sources(order, amount_minor, most_from_escrow=most_from_escrow)
    amounts = (parts.escrow_minor, parts.payable_minor, parts.guarantee_minor)
    post(
        [
            Line(book, into, amount, kind, f"{key}:{kind}", order_id=order.id, supplier_id=order.supplier_id)
            for book, amount, kind in zip((escrow, payable, receivable), amounts, kinds, strict=True)
        ],
        now=now,
    )
    return parts


def give_fee_back(order: Order, amount_minor: int, *, cause: str, now: datetime) -> None:
    """The processing fee of a refunded share goes back, from us, when the supplier is at fault (Rulebook 22)."""
    currency = order.currency
    post(
        [
            Line(
                chart.processing_fees(currency),
                chart.refund_payable(order.id, currency),
                amount_minor,
                "fee_back",
                f"fee_back:{order.id}:{cause}",
                order_id=order.id,
            )
        ],
        now=now,
    )


def fees_left(order: Order) -> int:
    """What of the processing fees that the buyer paid has neither been given back nor been lost to a card network."""
    gone = Transfer.objects.filter(order_id=order.id, kind__in=("fee_back", "lost_fee")).total_minor()
    return order.fees_minor - gone


def unbear(order: Order, *, now: datetime) -> None:
    """Everything was refunded: what bank charges put into escrow goes back to them; it is never the buyer's (5)."""
    _repay_lost(order, now=now)
    amount = order.escrow_minor
    currency = order.currency
    post(
        [
            Line(
                chart.escrow(order.id, currency),
                chart.bank_charges(currency),
                amount,
                "unbear",
                f"unbear:{order.id}",
                order_id=order.id,
            )
        ],
        now=now,
    )
    order.unborne_minor += amount


# Chargebacks (architecture.md §8) ---------------------------------------------------------------------------------


def chargeback(order: Order, *, chargeback_id: int, source: chart.Book, amount_minor: int, now: datetime) -> None:
    """A card network has taken a charge back for now, from its clearing; or our bank a transfer, from our account."""
    taken = chart.chargebacks(order.id, order.currency)
    key = f"chargeback:{chargeback_id}:opened"
    post([Line(taken, source, amount_minor, "chargeback", key, order_id=order.id)], now=now)


def chargeback_won(order: Order, *, chargeback_id: int, gateway: str, amount_minor: int, now: datetime) -> None:
    """The network gave it back."""
    taken = chart.chargebacks(order.id, order.currency)
    key = f"chargeback:{chargeback_id}:won"
    clearing = chart.clearing(gateway, order.currency)
    post([Line(clearing, taken, amount_minor, "chargeback_won", key, order_id=order.id)], now=now)


def lose(order: Order, amount_minor: int, *, cause: str, now: datetime, most_from_escrow: int | None = None) -> int:
    """Fill what a network took of the price from the `sources`; gives how much of it came from escrow.

    `cause` names it once: "chargeback:4".
    """
    if amount_minor <= 0:
        return 0
    parts = _take(
        order,
        amount_minor,
        into=chart.chargebacks(order.id, order.currency),
        kinds=("lost_escrow", "lost_from_payable", "lost_guarantee"),
        key=cause,
        most_from_escrow=most_from_escrow,
        now=now,
    )
    order.charged_back_minor += amount_minor
    order.charged_back_escrow_minor += parts.escrow_minor
    return parts.escrow_minor


def lose_the_rest(
    order: Order, *, chargeback_id: int, owed_minor: int, fee_minor: int, beyond_minor: int, now: datetime
) -> None:
    """Fill the parts of a lost chargeback that are not the supplier's.

    What was owed to the buyer on this payment is owed no more: the network has given it. The fee comes from the fees.
    What is beyond all that the payment brought and had not sent back is our loss, a cost of the gateway (ADR 10).
    """
    currency, key = order.currency, f"chargeback:{chargeback_id}"
    taken = chart.chargebacks(order.id, currency)

    def line(debit, amount, kind):
        return Line(debit, taken, amount, kind, f"{key}:{kind}", order_id=order.id)

    post(
        [
            line(chart.refund_payable(order.id, currency), owed_minor, "lost_owed"),
            line(chart.processing_fees(currency), fee_minor, "lost_fee"),
            line(chart.gateway_costs(currency), beyond_minor, "lost_beyond"),
        ],
        now=now,
    )


def loss_made_good(order: Order, *, chargeback_id: int, refund_id: int, amount_minor: int, now: datetime) -> None:
    """A refund came back that the network has given as well: it is not owed again, and our loss is that much less."""
    currency = order.currency
    key = f"chargeback:{chargeback_id}:made_good:{refund_id}"
    owed, costs = chart.refund_payable(order.id, currency), chart.gateway_costs(currency)
    post([Line(owed, costs, amount_minor, "loss_made_good", key, order_id=order.id)], now=now)


def _repay_lost(order: Order, *, now: datetime) -> None:
    """At an order's end: escrow that other holds kept when a chargeback was lost now pays what the supplier paid then.

    First what it owes us for the guarantee, then to what it is owed.
    """
    paid_for = order.charged_back_minor - order.charged_back_escrow_minor
    amount = min(order.escrow_minor - (order.borne_minor - order.unborne_minor), paid_for)
    if amount <= 0:
        return
    currency, key = order.currency, f"lost:{order.id}:repaid"
    escrow = chart.escrow(order.id, currency)
    payable = chart.supplier_payable(order.supplier_id, currency)
    receivable = chart.supplier_receivable(order.supplier_id, currency)
    accounts = lock([escrow, payable, receivable])
    owes = min(amount, accounts[receivable].balance_minor if receivable in accounts else 0)

    def line(credit, minor, name):
        credited = f"{key}:{name}"
        return Line(escrow, credit, minor, "lost_escrow", credited, order_id=order.id, supplier_id=order.supplier_id)

    post([line(receivable, owes, "guarantee"), line(payable, amount - owes, "payable")], now=now)
    order.charged_back_escrow_minor += amount


__all__ = [
    "Arrival",
    "Sources",
    "came_back",
    "chargeback",
    "chargeback_won",
    "clear",
    "fees_left",
    "give_fee_back",
    "hold_payment",
    "left_the_bank",
    "lose",
    "lose_the_rest",
    "loss_made_good",
    "our_own",
    "own_funds",
    "refund",
    "release",
    "send_payout",
    "send_refund",
    "send_unmatched",
    "settled",
    "settled_short",
    "sources",
    "suspend",
    "taken_back",
    "unbear",
]
