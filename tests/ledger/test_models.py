from datetime import UTC, datetime

import pytest
from django.db import Error, IntegrityError, transaction

from ledger import chart
from ledger.actions import Line, post
from ledger.models import ASSETS, GUARDED, NAMED, PER_ORDER, PER_SUPPLIER, PLATFORM, Account, Transfer

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def transfer():
    (written,) = post([Line(chart.bank("USD"), chart.escrow(1, "USD"), 500, "payment", "p:1", order_id=1)], now=NOW)
    return written


def refused(sentence, error=Error):
    return pytest.raises(error, match=sentence)


@pytest.mark.parametrize(
    "change", [{"amount_minor": 1}, {"key": "other"}, {"at": datetime(2026, 1, 1, tzinfo=UTC)}, {"entry": "E1"}]
)
def test_the_database_refuses_to_change_a_transfer(transfer, change):
    with refused("Cannot update or delete"), transaction.atomic():
        Transfer.objects.filter(pk=transfer.pk).update(**change)
    transfer.refresh_from_db()
    assert (transfer.amount_minor, transfer.key, transfer.at, transfer.entry) == (500, "p:1", NOW, "")


def test_the_database_refuses_to_delete_a_transfer(transfer):
    with refused("Cannot update or delete"), transaction.atomic():
        Transfer.objects.filter(pk=transfer.pk).delete()
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"currency": "EUR"}, {"order_id": 2}, {"kind": "refund_payable"}, {"name": "x"}, {"guarded": False}]
)
def test_the_database_refuses_to_make_an_account_another(transfer, change):
    with refused("Cannot update rows"), transaction.atomic():
        Account.objects.filter(kind="escrow").update(**change)


def test_the_database_refuses_to_delete_an_account():
    account = Account.objects.create(kind="bank", currency="USD", name="old", guarded=False)
    with refused("Cannot delete"), transaction.atomic():
        Account.objects.filter(pk=account.pk).delete()


@pytest.mark.parametrize("side", ["debit", "credit"])
def test_the_database_refuses_a_transfer_between_currencies(transfer, side):
    euros = Account.objects.create(kind="bank", currency="EUR", name="main", guarded=False)
    accounts = {"debit": transfer.debit, "credit": transfer.credit} | {side: euros}
    with refused("one currency"), transaction.atomic():
        Transfer.objects.create(**accounts, amount_minor=1, currency="USD", kind="x", key="k", at=NOW)


@pytest.mark.parametrize(
    "change, constraint",
    [
        ({"amount_minor": 0}, "transfer_above_zero"),
        ({"amount_minor": -5}, "transfer_above_zero"),
        ({"amount_minor": 10**16}, "transfer_in_range"),
        ({"key": ""}, "transfer_has_key"),
        ({"key": "p:1"}, "transfer_key_once"),
    ],
)
def test_the_database_refuses_a_transfer_that_is_none(transfer, change, constraint):
    values = {"amount_minor": 1, "currency": "USD", "kind": "x", "key": "k", "at": NOW} | change
    with refused(constraint, IntegrityError), transaction.atomic():
        Transfer.objects.create(debit=transfer.debit, credit=transfer.credit, **values)


def test_the_database_refuses_a_transfer_within_one_account(transfer):
    with refused("transfer_two_accounts", IntegrityError), transaction.atomic():
        Transfer.objects.create(
            debit=transfer.debit, credit=transfer.debit, amount_minor=1, currency="USD", kind="x", key="k", at=NOW
        )


@pytest.mark.parametrize("balance_minor", [1, 10**12])
def test_the_database_refuses_a_guarded_balance_past_zero(transfer, balance_minor):
    with refused("account_never_crosses_zero", IntegrityError), transaction.atomic():
        Account.objects.filter(kind="escrow").update(balance_minor=balance_minor)


@pytest.mark.parametrize(
    "values, constraint",
    [
        ({"kind": "escrow", "guarded": True, "balance_minor": 0}, "account_owner_fits_kind"),
        ({"kind": "escrow", "order_id": 1, "guarded": False}, "account_guarded_by_kind"),
        ({"kind": "escrow", "order_id": 1, "guarded": True}, "account_only_guarded_stores"),
        ({"kind": "bank", "guarded": False}, "account_owner_fits_kind"),
        ({"kind": "bank", "name": "main", "guarded": False, "balance_minor": 0}, "account_only_guarded_stores"),
        ({"kind": "own_funds", "name": "main", "guarded": False}, "account_owner_fits_kind"),
        ({"kind": "invented", "guarded": False}, "account_owner_fits_kind"),
    ],
)
def test_the_database_refuses_an_account_outside_the_chart(values, constraint):
    with refused(constraint, IntegrityError), transaction.atomic():
        Account.objects.create(currency="USD", **values)


def test_there_is_one_account_for_a_name_even_where_the_owner_is_empty():
    Account.objects.create(kind="own_funds", currency="USD", guarded=False)
    with refused("account_once", IntegrityError), transaction.atomic():
        Account.objects.create(kind="own_funds", currency="USD", guarded=False)


def test_the_chart_has_a_constructor_for_every_kind_and_each_can_be_opened():
    books = [
        chart.escrow(1, "USD"),
        chart.refund_payable(1, "USD"),
        chart.chargebacks(1, "USD"),
        chart.supplier_payable(1, "USD"),
        chart.supplier_receivable(1, "USD"),
        chart.clearing("card", "USD"),
        chart.bank("USD"),
        chart.suspense("USD"),
        chart.processing_fees("USD"),
        chart.service_fees("USD"),
        chart.gateway_costs("USD"),
        chart.bank_charges("USD"),
        chart.write_offs("USD"),
        chart.own_funds("USD"),
    ]
    assert [book.kind for book in books] == list(Account.Kind)
    assert {*PER_ORDER, *PER_SUPPLIER, *NAMED, *PLATFORM} == set(Account.Kind)
    for number, book in enumerate(books):
        other = chart.own_funds("USD") if book.kind != "own_funds" else chart.bank("USD")
        debit, credit = (book, other) if book.sign >= 0 else (other, book)
        post([Line(debit, credit, 1, "opened", f"open:{number}")], now=NOW)
    assert dict(Account.objects.values_list("kind", "guarded")) == {kind: kind in GUARDED for kind in Account.Kind}
    assert {book.kind for book in books if book.sign == 1} == set(ASSETS)
    # nothing may be left in suspense, or contested, without an entry or a case that names it (I8)
    post(
        [
            Line(chart.suspense("USD"), chart.own_funds("USD"), 1, "closed", "close:suspense"),
            Line(chart.own_funds("USD"), chart.chargebacks(1, "USD"), 1, "closed", "close:chargebacks"),
        ],
        now=NOW,
    )
