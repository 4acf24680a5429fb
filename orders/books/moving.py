"""Real money on its way in and out: called by payments, in the transaction of what they record (architecture.md §8)."""

from collections.abc import Sequence
from datetime import datetime

from ledger import chart
from ledger.actions import Line, post, post_many
from orders.models import Order


def own_funds(*, amount_minor: int, currency: str, key: str, now: datetime) -> None:
    """Our own money put in; it carries costs and the guarantee, never a buyer's money."""
    post([Line(chart.bank(currency), chart.own_funds(currency), amount_minor, "own_funds", f"own:{key}")], now=now)


def our_own(*, book: chart.Book, amount_minor: int, is_credit: bool, kind: str, entry: str, now: datetime) -> None:
    """A movement of our bank is ours alone: a bank charge, or own funds put in or taken out, by its entry (§8).

    A credit comes from suspense, where it was booked when it arrived; a debit is booked at our bank now.
    """
    other = chart.suspense(book.currency) if is_credit else chart.bank(book.currency)
    debit, credit = (other, book) if is_credit else (book, other)
    post([Line(debit, credit, amount_minor, kind, f"entry:{entry}:{kind}", entry=entry)], now=now)


def settled(
    *,
    gateway: str,
    currency: str,
    paid_minor: int,
    kept_minor: int,
    key: str,
    now: datetime,
    source: chart.Book | None = None,
) -> None:
    """A processor settled: what it sent is at our bank, what it kept is a cost.

    Below zero, it gave back more than it took since the last time, and our bank pays the difference. `source` is
    suspense where the bank's statement told of the money first.
    """
    clearing, bank = chart.clearing(gateway, currency), source or chart.bank(currency)
    debit, credit = (bank, clearing) if paid_minor >= 0 else (clearing, bank)
    post(
        [
            Line(debit, credit, abs(paid_minor), "settle", f"settle:{key}:paid", entry=key),
            Line(chart.gateway_costs(currency), clearing, kept_minor, "gateway_cost", f"settle:{key}:kept", entry=key),
        ],
        now=now,
    )


def settled_short(*, currency: str, came_minor: int, said_minor: int, entry: str, now: datetime) -> None:
    """Money in suspense is a payout that was booked at our bank before, and less of it came: our bank bore charges."""
    suspense, bank, key = chart.suspense(currency), chart.bank(currency), f"settled_short:{entry}"
    post(
        [
            Line(suspense, bank, came_minor, "settled_before", f"{key}:came", entry=entry),
            Line(chart.bank_charges(currency), bank, said_minor - came_minor, "settled_gap", f"{key}:gap", entry=entry),
        ],
        now=now,
    )


def suspend(arrived: Sequence[tuple[str, int, str]], *, now: datetime, name: str = "main") -> None:
    """Money arrived that no instalment could be found for, or that is held: to suspense, by its entry (5, 6).

    `arrived` has the entry, the amount and the currency of each.
    """

    def line(entry, amount, code):
        suspense = chart.suspense(code, name)
        return Line(chart.bank(code), suspense, amount, "suspend", f"suspend:{entry}", entry=entry)

    post_many([line(*each) for each in arrived], now=now)


def taken_back(*, amount_minor: int, currency: str, entry: str, now: datetime) -> None:
    """The bank took back what it had credited and nobody had matched."""
    suspense, bank = chart.suspense(currency), chart.bank(currency)
    post([Line(suspense, bank, amount_minor, "taken_back", f"suspend:{entry}:taken_back", entry=entry)], now=now)


def send_unmatched(*, amount_minor: int, currency: str, entry: str, now: datetime, name: str = "main") -> None:
    """Unmatched money is told to go back to its sender (Rulebook 5)."""
    post(
        [
            Line(
                chart.suspense(currency, name),
                chart.clearing("bank", currency),
                amount_minor,
                "send_unmatched",
                f"unmatched:{entry}:send",
                entry=entry,
            )
        ],
        now=now,
    )


def send_refund(*, order: Order, refund_id: int, gateway: str, amount_minor: int, now: datetime) -> None:
    """A refund is told to go: no longer owed, on its way through the gateway."""
    post(
        [
            Line(
                chart.refund_payable(order.id, order.currency),
                chart.clearing(gateway, order.currency),
                amount_minor,
                "send_refund",
                f"refund_sent:{refund_id}:send",
                order_id=order.id,
            )
        ],
        now=now,
    )


def send_payout(*, supplier_id: int, payout_id: int, currency: str, amount_minor: int, now: datetime) -> None:
    """A payout is told to go: no longer owed to the supplier, on its way."""
    post(
        [
            Line(
                chart.supplier_payable(supplier_id, currency),
                chart.clearing("bank", currency),
                amount_minor,
                "send_payout",
                f"payout:{payout_id}:send",
                supplier_id=supplier_id,
            )
        ],
        now=now,
    )


def left_the_bank(*, currency: str, amount_minor: int, key: str, now: datetime) -> None:
    """The bank confirms that money told to go has gone. `key` is the one of the sending: "refund_sent:4"."""
    bank, clearing = chart.bank(currency), chart.clearing("bank", currency)
    post([Line(clearing, bank, amount_minor, "confirm", f"{key}:confirm")], now=now)


def came_back(*, payable: chart.Book, gateway: str, amount_minor: int, had_left: bool, key: str, now: datetime) -> None:
    """Money told to go came back, or was refused before it left: it is owed again."""
    currency = payable.currency
    clearing = chart.clearing(gateway, currency)
    lines = [Line(clearing, payable, amount_minor, "owed_again", f"{key}:owed_again", order_id=payable.order_id)]
    if had_left:
        lines.insert(0, Line(chart.bank(currency), clearing, amount_minor, "came_back", f"{key}:came_back"))
    post(lines, now=now)
