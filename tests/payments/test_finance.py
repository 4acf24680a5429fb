"""The finance desk: its figures are the ledger's, its charts have their table, and only finance reads them."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger import chart, rollup
from ledger.actions import Line, post
from ledger.models import Account, Kind, Rollup, Transfer
from orders import books
from orders.models import Order
from payments import charts, figures
from payments.actions.closing import close_day
from payments.models import DailyClose
from tests import stories
from tests.payments.conftest import DAY, NOW, pay, wire
from tests.test_admin import staff
from trade_assurance.money import format_amount

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(world):
    """Money everywhere: own, in escrow, reserved, owed, in suspense, at a gateway, and a supplier that owes us."""
    books.own_funds(amount_minor=50_000_00, currency="USD", key="start", now=NOW)
    stories.received(world)
    euros = stories.placed(world, stories.simple_terms(900_00, "EUR"))
    wire(euros)
    open_order = stories.placed(world)
    pay(open_order, world, "card", 1)
    wire(open_order, 2, reference="no idea", entry="E-1", payer_name="Somebody")
    order = stories.received(world)
    locked = Order.objects.locked(order.id)
    supplier = Account.objects.get(kind="supplier_payable", currency="USD")
    left = -supplier.balance_minor

    post(
        [
            Line(
                chart.supplier_payable(order.supplier_id, "USD"),
                chart.clearing("bank", "USD"),
                left,
                "test_send",
                "test:send",
            )
        ],
        now=NOW + 21 * DAY,
    )
    books.refund(locked, 1_000_00, cause="test", most_from_escrow=0, now=NOW + 21 * DAY)
    locked.save()
    return world


def by_ledger():
    """Every balance added up from the transfers, as the proof does."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT kind, currency, SUM(minor)::bigint FROM (
                SELECT a.kind, a.currency, t.amount_minor AS minor FROM ledger_transfer t
                JOIN ledger_account a ON a.id = t.debit_id
                UNION ALL
                SELECT a.kind, a.currency, -t.amount_minor FROM ledger_transfer t
                JOIN ledger_account a ON a.id = t.credit_id) AS side GROUP BY 1, 2
            """
        )
        return {(kind, currency): minor for kind, currency, minor in cursor.fetchall()}


def shown(now=NOW + 22 * DAY, **asked):
    with time_machine.travel(now, tick=False):
        return figures.finance(now=now, **asked)


def row(found, name):
    (figure,) = [figure for figure in found["figures"] if figure.name == name]
    return dict(zip(found["currencies"], figure.minors, strict=True))


@pytest.mark.parametrize("rolled", [False, True])
def test_the_figures_are_what_the_transfers_add_up_to(busy, rolled):
    if rolled:
        rollup.roll_up()
    found, truth = shown(), by_ledger()
    assert found["currencies"] == ["USD", "EUR"]
    for name, _, kinds, sign in figures.NOW:
        for code, minor in row(found, name).items():
            assert minor == sign * sum(truth.get((kind, code), 0) for kind in kinds), (name, code)
    assert {kind for _, _, kinds, _ in figures.NOW for kind in kinds} == set(Kind.values)
    assert row(found, "Guarantee used")["USD"] > 0
    assert row(found, "In suspense") == {"USD": 7_000_00, "EUR": 0}
    assert row(found, "reserved")["USD"] > 0
    put_back(busy)


def put_back(world):
    """The test's own movement comes back, so that the proof after the test finds nothing strange."""

    sent = Transfer.objects.get(key="test:send")
    post(
        [
            Line(
                chart.clearing("bank", "USD"),
                chart.supplier_payable(world.supplier.id, "USD"),
                sent.amount_minor,
                "test_send",
                "test:back",
            )
        ],
        now=NOW + 22 * DAY,
    )


def test_the_days_of_the_charts_are_the_rollups(busy):
    rollup.roll_up()
    found = shown(days=90)
    assert len(found["rows"]) == 90
    last = found["rows"][0]
    assert last[0] == (NOW + 22 * DAY).date()
    assert last[1] == row(found, "Held in escrow")["USD"]
    moved = Rollup.objects.filter(kind="escrow", currency="USD")
    assert sum(each[4] for each in found["rows"]) == sum(each.credit_minor for each in moved)
    assert sum(each[5] for each in found["rows"]) == sum(each.debit_minor for each in moved)
    put_back(busy)


def test_the_page_shows_charts_with_their_table_and_no_script_or_style(client, busy):
    rollup.roll_up()
    client.force_login(staff("finance"))
    with time_machine.travel(NOW + 22 * DAY, tick=False):
        html = client.get(reverse("finance"), {"days": "90", "currency": "EUR"}).content.decode()
    page = html[html.index('<div class="case finance">') :]
    page = page[: page.index("</main>")] if "</main>" in page else page
    assert page.count("<svg") >= 3
    assert len(re.findall(r'<svg viewBox="0 0 720 220" role="img" aria-label="[^"]{40,}"', page)) == 3
    assert "The figures of these charts as a table" in page
    assert page.count('<tr><th scope="row">') >= 90
    assert format_amount(7_000_00, "USD") in page
    assert "Somebody" in page
    assert "No day has been closed yet: the nightly close has not run." in page
    assert 'style="' not in page[: page.index('<div class="finance-lists">')]
    put_back(busy)


def test_an_alarm_of_the_last_close_stands_first(client, world):
    stories.placed(world)
    books.own_funds(amount_minor=1_00, currency="USD", key="start", now=NOW)

    post([Line(chart.write_offs("USD"), chart.bank("USD"), 5_00, "test", "test:gone")], now=NOW)
    close_day(day=NOW.date(), now=NOW + DAY)
    client.force_login(staff("finance"))
    with time_machine.travel(NOW + DAY, tick=False):
        html = client.get(reverse("finance")).content.decode()
    assert "USD 4.00 of our own money is missing for costs and the guarantee." in html
    assert "Missing -4.00" in html
    close = DailyClose.objects.get()
    for page in (
        reverse("admin:payments_dailyclose_changelist"),
        reverse("admin:payments_dailyclose_change", args=[close.pk]),
    ):
        with time_machine.travel(NOW + DAY, tick=False):
            said = client.get(page).content.decode()
        assert "due-over" in said
        assert "Alarm" in said


def test_who_owes_us_is_listed_with_the_supplier(client, busy):
    client.force_login(staff("finance"))
    html = client.get(reverse("admin:payments_receivable_changelist")).content.decode()
    assert "Lumenworks" in html
    assert "USD 1,000.00" in html
    account = Account.objects.get(kind="supplier_receivable")
    assert client.get(reverse("admin:payments_receivable_change", args=[account.pk])).status_code == 200
    put_back(busy)


@pytest.mark.parametrize(("role", "status"), [("finance", 200), ("risk", 403), ("adjudicator", 403)])
def test_only_finance_reads_it(client, role, status):
    client.force_login(staff(role))
    assert client.get(reverse("finance")).status_code == status
    assert client.get(reverse("admin:payments_dailyclose_changelist")).status_code == status


def test_a_stranger_is_sent_to_sign_in(client, world):
    assert client.get(reverse("finance")).status_code == 302
    client.force_login(world.buyer)
    assert client.get(reverse("finance")).status_code in (302, 403)


def test_the_queries_stay_as_many(client, world):
    client.force_login(staff("finance"))
    page = reverse("finance")
    client.get(page)
    counts = []
    for round_ in range(2):
        for number in range(round_ * 3):
            wire(stories.placed(world), 1, reference="no idea", entry=f"E-{number}")
            close_day(day=NOW.date() - number * DAY, now=NOW + DAY)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(page).status_code == 200
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 2  # the alarm's lines, where there are any
    assert counts[1] <= 22


def test_a_scale_is_made_of_round_numbers_and_holds_zero():
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(30)]
    drawn = charts.lines("n", "s", [charts.Series("a", "one", tuple(range(0, 300_00, 10_00)))], days, "USD")
    assert [tick.label for tick in drawn.ys] == ["0", "100", "200", "300"]
    assert drawn.lines[0]["points"].startswith("84,194 ")
    assert drawn.xs[-1].label == "30 Nov"
    empty = charts.bars("n", "s", [charts.Series("a", "one", (0,) * 30)], days, "JPY")
    assert [tick.label for tick in empty.ys] == ["0", "1"]
    assert empty.bars[0]["rects"] == []
    both = charts.bars(
        "n", "s", [charts.Series("a", "one", (5,) * 30), charts.Series("b", "two", (-7,) * 30)], days, "KWD"
    )
    assert both.zero == next(tick.at for tick in both.ys if tick.label == "0")
