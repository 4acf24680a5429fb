"""A supplier's statement: to the cent what the ledger has, on the page, as CSV and PDF (product.md §5)."""

import csv
import io
import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.urls import reverse

from ledger import chart
from ledger.actions import Line, balance, post
from orders import books
from orders.models import Order
from payments import actions
from payments.supplier_statement import Month, Statement, cell
from suppliers.acting import SESSION_KEY
from suppliers.models import PayoutAccount, Supplier
from tests.papers import words_of
from tests.payments.batching import owed_to_supplier
from tests.payments.conftest import DAY, NOW
from trade_assurance import money

LATER = NOW + 20 * DAY


def act_for(client, user, supplier):
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = supplier.slug
    session.save()
    return client


@pytest.fixture
def told(world):
    """Releases with a fee, a payout, a refund by the guarantee, and its recourse, as in architecture.md §8."""
    order = owed_to_supplier(world)
    payout = actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=LATER)
    actions.push_payout(payout_id=payout.id, now=LATER)
    order = Order.objects.get(pk=order.pk)
    with transaction.atomic():
        order = Order.objects.locked(order.pk)
        books.refund(order, 3_700_00, cause="test", now=LATER)
        order.reserve_minor = 0
        order.save()
    other = owed_to_supplier(world, 5_000_00)
    return order, other


def ledger_figures(world):
    owed = -balance(chart.supplier_payable(world.supplier.id, "USD"))
    return owed, balance(chart.supplier_receivable(world.supplier.id, "USD"))


def test_figures_equal_the_ledger_to_the_cent(world, told):
    statement = Statement(world.supplier, "USD")
    rows = list(statement.every_row())
    owed, owes = ledger_figures(world)
    assert sum(row.owed_minor for row in rows) == owed == statement.owed_now_minor
    assert sum(row.owes_minor for row in rows) == owes == statement.owes_now_minor
    assert rows[-1].balance_minor == owed - owes
    assert [(one["words"], one["minor"]) for one in statement.summary()] == [
        ("Balance before", 0),
        ("Released", 10_500_00),
        ("Service fees", -70_00),
        ("Refunds and chargebacks", -700_00),
        ("Paid out", -7_000_00),
        ("Balance after", 2_730_00),
    ]
    assert (statement.netted_minor(), owed, owes) == (700_00, 2_730_00, 0)
    lowest = min(row.balance_minor for row in rows)
    assert lowest == -700_00


def test_months_follow_each_other_without_a_gap(world, told):
    september = Statement(world.supplier, "USD", Month(2026, 9))
    october = Statement(world.supplier, "USD", Month(2026, 10))
    assert september.summary()[-1]["minor"] == october.opening_minor() == 2_730_00
    assert Statement(world.supplier, "USD", Month(2026, 8)).summary()[-1]["minor"] == 0
    assert Month(2026, 12).after == Month(2027, 1) and Month(2027, 1).before == Month(2026, 12)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "9999-01", "abcd-ef", "2026-9", "٢٠٢٦-٠٩", "2026-09-01", "\x00"]
)
def test_an_unreadable_month_is_this_one(text):
    assert Month.read(text, NOW) == Month(2026, 9)


def test_the_page_shows_each_movement_and_what_is_owed(world, told, client):
    act_for(client, world.bookkeeper, world.supplier)
    page = client.get(reverse("payments:statement"), {"month": "2026-09", "currency": "USD"})
    text = page.content.decode()
    for words in ("Released", "Service fee", "Paid out", "by our guarantee", "2,730.00", told[0].reference, "700.00"):
        assert words in text
    for user, status in ((world.buyer, 404), (world.rival_seller, 200)):
        act_for(client, user, world.rival)
        answer = client.get(reverse("payments:statement"), {"month": "2026-09"})
        assert answer.status_code == status and told[0].reference not in answer.content.decode()


def test_who_owes_reads_why_and_what_comes_next(world, client):
    order = owed_to_supplier(world)
    payout = actions.send_payout(supplier_id=world.supplier.id, currency="USD", now=LATER)
    actions.push_payout(payout_id=payout.id, now=LATER)
    with transaction.atomic():
        order = Order.objects.locked(order.pk)
        books.refund(order, 3_700_00, cause="test", now=LATER)
        order.reserve_minor = 0
        order.save()
    act_for(client, world.seller, world.supplier)
    text = client.get(reverse("payments:statement"), {"month": "2026-09"}).content.decode()
    assert "You owe us" in text and "-700.00" in text.replace("−", "-") and "is kept until this is paid back" in text


def test_csv_says_the_same(world, told, client):
    act_for(client, world.seller, world.supplier)
    answer = client.get(reverse("payments:statement_csv"), {"month": "all"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    statement = Statement(world.supplier, "USD")
    assert [row[3] for row in rows[2:-1]] == [
        f"{money.to_decimal(row.owed_minor, 'USD')}" for row in statement.every_row()
    ]
    assert rows[-1][1:6] == ["Balance after", "", "", "", "2730.00"]
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_is_a_formula(text):
    assert cell(text) == f"'{text}" and cell("Lamps") == "Lamps"


def test_pdf_has_every_page(world, told, client):
    Supplier.objects.filter(pk=world.supplier.pk).update(name="深圳 Lämps")
    act_for(client, world.seller, world.supplier)
    answer = client.get(reverse("payments:statement_pdf"), {"month": "all"})
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    words = words_of(content)
    assert "深圳" in words and "Lämps" in words and "Balance after" in words and "2,730.00" in words


def many(world, count):
    with transaction.atomic():
        escrow, payable = chart.bank("USD"), chart.supplier_payable(world.supplier.id, "USD")
        lines = [Line(escrow, payable, 1_00, "release", f"many:{time.time_ns()}:{n}") for n in range(count)]
        post(lines, now=NOW)


def test_more_movements_take_the_same_queries(world, client, django_assert_max_num_queries, monkeypatch):
    act_for(client, world.seller, world.supplier)
    url = reverse("payments:statement")
    many(world, 120)
    with django_assert_max_num_queries(20):
        page = client.get(url, {"month": "2026-09"})
    assert len(page.context["rows"]) == 50 and page.context["rows"][-1].balance_minor == 50_00
    after = client.get(url, {"month": "2026-09", "page": page.context["page"].after})
    assert after.context["rows"][0].balance_minor == 51_00 and after.context["page"].before
    monkeypatch.setattr("payments.supplier_statement.CHUNK", 50)
    assert [row.balance_minor for row in Statement(world.supplier, "USD").every_row()][-1] == 120_00
    monkeypatch.undo()
    with django_assert_max_num_queries(20):
        client.get(reverse("payments:payouts"))


# the account's page -----------------------------------------------------------------------------------------------


GIVEN = {"holder": "Lumenworks", "iban": "DE89 3704 0044 0532 0130 00", "currency": ""}
URL = "payments:payout_account"


def test_in_the_demo_an_owner_names_the_account(world, client):
    act_for(client, world.seller, world.supplier)
    refused = client.post(reverse(URL), GIVEN | {"iban": "DE00"})
    assert refused.status_code == 422 and "not a valid IBAN" in refused.content.decode()
    assert client.post(reverse(URL), GIVEN).status_code == 302
    text = client.get(reverse(URL)).content.decode()
    assert "Counts from" in text and "···· 3000" in text and "DE89370400440532013000" not in text
    account = PayoutAccount.objects.get()
    withdraw = reverse("payments:withdraw_payout_account", args=[account.pk])
    act_for(client, world.rival_seller, world.rival)
    assert client.post(withdraw).status_code == 404
    act_for(client, world.bookkeeper, world.supplier)
    assert "Only an owner" in client.get(reverse(URL)).content.decode()
    assert "Only an owner" in client.post(reverse(URL), GIVEN).content.decode()
    client.post(withdraw)
    account.refresh_from_db()
    assert account.withdrawn_at is None
    act_for(client, world.seller, world.supplier)
    assert client.post(withdraw).status_code == 302
    account.refresh_from_db()
    assert account.withdrawn_by == world.seller


def test_outside_the_demo_a_second_factor_is_set_up_first(world, client, settings):
    settings.DEMO = False
    act_for(client, world.seller, world.supplier)
    assert "Set up a second factor" in client.get(reverse(URL)).content.decode()
    client.post(reverse(URL), GIVEN)
    assert not PayoutAccount.objects.exists()


@pytest.mark.parametrize(
    ("age", "method", "passes"), [(10, "mfa", True), (299, "mfa", True), (301, "mfa", False), (10, "password", False)]
)
def test_the_second_factor_was_proved_in_the_last_minutes(world, client, settings, age, method, passes):
    Authenticator.objects.create(user=world.seller, type=Authenticator.Type.TOTP, data={"secret": "x"})
    act_for(client, world.seller, world.supplier)
    session = client.session
    session["account_authentication_methods"] = [{"method": method, "at": time.time() - age, "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(world.seller.pk)
    session.save()
    answer = client.post(reverse(URL), GIVEN)
    assert PayoutAccount.objects.exists() == passes
    assert ("2fa/reauthenticate" in answer.url) != passes


def test_the_payouts_page_says_why_money_waits(world, client, settings):
    from tests.payments import batching

    batching.use_files(settings)
    owed_to_supplier(world)
    act_for(client, world.seller, world.supplier)
    assert "No account for payouts in USD is named" in client.get(reverse("payments:payouts")).content.decode()
