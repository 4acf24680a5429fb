"""The books by example: architecture.md §8, row by row, to the cent."""

from datetime import UTC, datetime

import pytest

from ledger import chart, proof
from ledger.actions import Line, balance, post

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
A, B, SUPPLIER = 1, 2, 5
bank, own_funds = chart.bank("USD"), chart.own_funds("USD")
card, transfers = chart.clearing("card", "USD"), chart.clearing("bank", "USD")
escrow_a, escrow_b = chart.escrow(A, "USD"), chart.escrow(B, "USD")
refund_a = chart.refund_payable(A, "USD")
payable, receivable = chart.supplier_payable(SUPPLIER, "USD"), chart.supplier_receivable(SUPPLIER, "USD")
processing_fees, service_fees = chart.processing_fees("USD"), chart.service_fees("USD")
gateway_costs, bank_charges = chart.gateway_costs("USD"), chart.bank_charges("USD")

# Each step: its rows (debit, credit, minor units), then balances that the table states after it.
STEPS = [
    ("0 our own money", [(bank, own_funds, 100_000)], {bank: 100_000}),
    ("1-2 deposit clears", [(card, escrow_a, 300_000), (card, processing_fees, 8_850)], {escrow_a: -300_000}),
    ("3-4 card settles", [(bank, card, 300_850), (gateway_costs, card, 8_000)], {card: 0}),
    (
        "5-6 balance arrives, 20 short",
        [(bank, escrow_a, 698_000), (bank_charges, escrow_a, 2_000)],
        {escrow_a: -1_000_000, bank_charges: 2_000},
    ),
    ("7 received", [(escrow_a, payable, 700_000)], {payable: -700_000}),
    ("8 payout", [(payable, transfers, 700_000), (transfers, bank, 700_000)], {escrow_a: -300_000, payable: 0}),
    ("9 claim 1", [(escrow_a, refund_a, 120_000)], {escrow_a: -180_000}),
    ("10 refund", [(refund_a, transfers, 120_000), (transfers, bank, 120_000)], {refund_a: 0, transfers: 0}),
    (
        "11-12 claim 2, guarantee",
        [(escrow_a, refund_a, 180_000), (receivable, refund_a, 70_000)],
        {escrow_a: 0, refund_a: -250_000, receivable: 70_000},
    ),
    ("13 refund", [(refund_a, transfers, 250_000), (transfers, bank, 250_000)], {refund_a: 0}),
    ("14 B paid", [(bank, escrow_b, 500_000)], {escrow_b: -500_000}),
    (
        "15-17 B received, fee, recourse",
        [(escrow_b, payable, 350_000), (payable, service_fees, 7_000), (payable, receivable, 70_000)],
        {receivable: 0, payable: -273_000},
    ),
    ("18 payout", [(payable, transfers, 273_000), (transfers, bank, 273_000)], {payable: 0, transfers: 0}),
]


def test_the_example_of_the_books_comes_out_to_the_cent():
    for step, rows, stated in STEPS:
        lines = [Line(debit, credit, minor, "step", f"{step}:{n}") for n, (debit, credit, minor) in enumerate(rows)]
        post(lines, now=NOW)
        assert {book: balance(book) for book in stated} == stated, step
        assert proof.prove() == [], step

    assert {
        book: balance(book)
        for book in (bank, gateway_costs, bank_charges, escrow_b, own_funds, processing_fees, service_fees)
    } == {
        bank: 255_850,
        gateway_costs: 8_000,
        bank_charges: 2_000,
        escrow_b: -150_000,
        own_funds: -100_000,
        processing_fees: -8_850,
        service_fees: -7_000,
    }
    for book in (card, transfers, escrow_a, refund_a, payable, receivable):
        assert balance(book) == 0
