"""What a batch of orders left in the event stream and in the books, as the actions would have written it."""

from collections import defaultdict
from datetime import datetime

from events.actions import Entry
from ledger import chart
from ledger.actions import Line as Move
from ledger.actions import lock
from ledger.models import Account, Transfer
from orders.models import Order
from trade_assurance.demo.bulk.paper import Life

S = Order.Status
BATCH = 1_000


def tell(life: Life) -> None:
    """The order's events, in the order in which they happened."""
    order, buyer, seller = life.order, life.buyer, life.seller

    def event(kind, at, by=None, **content):
        life.events.append(Entry("order", order.id, kind, at, by, content))

    event("contract.requested", life.made_at - life.answered_in, buyer)
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
            payment=life.payments[n].id,
            method="tt",
            amount=part.amount_minor,
            fee=0,
            borne=0,
            surplus=0,
            instalments=[n + 1],
            covered=cleared,
        )
    if life.shipped_at:
        event(
            "shipment.entered",
            life.shipped_at,
            seller,
            shipment=1,
            dispatched_on=life.shipped_at.astimezone(life.buyer.zone).date().isoformat(),
            lines={str(n): line.quantity for n, line in enumerate(life.terms.lines, 1)},
            all=True,
        )
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
    for refund in life.refunds:
        told = {"refund": refund.id, "payment": refund.payment_id, "amount": refund.amount_minor}
        event("refund.sent", refund.created_at, **told, method="tt")
    for refund in life.refunds:
        told = {"refund": refund.id, "payment": refund.payment_id, "amount": refund.amount_minor}
        event("refund.confirmed", refund.ended_at, **told)


def move(life: Life) -> None:
    """The order's transfers, as orders.books would have written them."""
    order, currency = life.order, life.order.currency
    escrow = chart.escrow(order.id, currency)
    payable = chart.supplier_payable(order.supplier_id, currency)

    def moved(debit, credit, amount, kind, key, at, supplier_id=None, entry=""):
        if amount:
            life.moves.append((Move(debit, credit, amount, kind, key, order.id, supplier_id, entry), at))

    bank, way = chart.bank(currency), chart.clearing("bank", currency)
    for payment in life.payments:
        key = f"payment:{payment.id}:clear"
        entry = payment.gateway_reference
        moved(bank, escrow, payment.cleared_minor, "clear", key, payment.cleared_at, entry=entry)
    for cause, amount, fee, at in life.released:
        key = f"release:{order.id}:{cause}"
        moved(escrow, payable, amount, "release", f"{key}:release", at, order.supplier_id)
        moved(payable, chart.service_fees(currency), fee, "service_fee", f"{key}:service_fee", at, order.supplier_id)
    if not life.refunds:
        return
    owed, key = chart.refund_payable(order.id, currency), f"refund:{order.id}:award:refund"
    moved(escrow, owed, life.refunded_minor, "refund", key, life.closed_at, order.supplier_id)
    for refund in life.refunds:
        amount, key = refund.amount_minor, f"refund_sent:{refund.id}"
        moved(owed, way, amount, "send_refund", f"{key}:send", refund.created_at)
        life.moves.append((Move(way, bank, amount, "confirm", f"{key}:confirm"), refund.ended_at))


def write(moves: list[tuple[Move, datetime]]) -> None:
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
