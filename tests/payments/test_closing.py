"""The daily close: what balances is clean or explained by name and age, what differs is a line, an alarm is heard."""

import threading
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from structlog.testing import capture_logs

from ledger import chart, proof
from ledger.actions import Line, post
from ledger.models import Account
from orders import actions as order_actions
from orders import books
from orders.models import Order, ReferenceRate
from payments import actions, closing
from payments.actions.closing import close_day
from payments.gateways import Outcome
from payments.gateways.sandbox import bank as sandbox
from payments.gateways.sandbox.models import SandboxSending
from payments.models import BankEntry, CloseLine, DailyClose, Refund, Statement, StatementFile
from tests import stories
from tests.ledger.test_proof import _without_triggers
from tests.payments.conftest import DAY, NOW, pay, wire
from tests.stories import fresh
from trade_assurance.refused import Refused

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def quiet(world):
    """New rates, and some money of our own."""
    for currency in ("EUR", "GBP", "CNY", "JPY", "KWD"):
        ReferenceRate.objects.create(currency=currency, on=TODAY, usd_per_unit=Decimal("1.1"))
    books.own_funds(amount_minor=1_000_00, currency="USD", key="start", now=NOW)
    return world


def close(now=NOW + DAY):
    return close_day(day=now.date() - DAY, now=now)


def lines(closed, level=None, check=None):
    found = closed.lines.order_by("id")
    if level:
        found = found.filter(level=level)
    return list(found.filter(check_name=check) if check else found)


def statement(closing_minor, to_on=TODAY, currency="USD", **fields):
    number = StatementFile.objects.count()
    file = StatementFile.objects.create(
        sha256=f"{number:064}", name="s.xml", size=1, content="s", status="complete", imported_at=NOW, ended_at=NOW
    )
    return Statement.objects.create(
        file=file, position=1, account="DEMO1", currency=currency, to_on=to_on, closing_minor=closing_minor, **fields
    )


def test_books_at_rest_close_clean(quiet):
    closed = close()
    assert (closed.verdict, closed.run, closed.proof.holds, lines(closed)) == ("clean", 1, True, [])
    assert ["own_funds", "", "USD", -1_000_00] in closed.balances


def test_a_day_that_is_not_over_is_refused(quiet):
    with pytest.raises(Refused, match="is not over"):
        close_day(day=TODAY, now=NOW)
    assert not DailyClose.objects.exists()


def test_closing_again_is_another_run_and_the_first_stays(quiet):
    assert [close().run, close().run] == [1, 2]
    with pytest.raises(Exception, match="Cannot update or delete"), connection.cursor() as cursor:
        cursor.execute("SAVEPOINT kept")
        try:
            cursor.execute("UPDATE payments_dailyclose SET verdict = 'look', looks = 1")
        finally:
            cursor.execute("ROLLBACK TO SAVEPOINT kept")
    assert [each.run for each in DailyClose.objects.latest_runs()] == [2]


def test_card_money_not_settled_is_explained_by_its_payments(quiet):
    order = stories.placed(quiet)
    pay(order, quiet, "card", 1)
    closed = close()
    assert closed.verdict == "clean"
    found = lines(closed, check="gateway")
    assert [(line.level, line.subject, line.found_minor) for line in found] == [
        ("explained", f"clear {order.reference}", 3_000_00),
        ("explained", f"fee {order.reference}", 88_50),
    ]
    assert found[0].age_days == 1


def test_card_money_that_stays_too_long_is_looked_at(quiet):
    order = stories.placed(quiet)
    pay(order, quiet, "card", 1)
    closed = close(NOW + 11 * DAY)
    assert {line.level for line in lines(closed, check="gateway")} == {"look"}
    assert closed.verdict == "look"


def test_after_settlement_the_gateway_is_at_zero(quiet):
    pay(stories.placed(quiet), quiet, "card", 1)
    sandbox.settle(gateway="card", currency="USD", now=NOW)
    assert close().verdict == "clean"


def test_a_rest_that_a_settlement_left_is_looked_at(quiet):
    pay(stories.placed(quiet), quiet, "card", 1)
    books.settled(gateway="card", currency="USD", paid_minor=3_000_00, kept_minor=80_00, key="short", now=NOW)
    (line,) = lines(close(), "look", "gateway")
    assert (line.found_minor, line.expected_minor) == (8_50, 0)
    assert "the rest of a settlement" in line.sentence


def test_own_money_that_does_not_carry_the_guarantee_is_an_alarm(world):
    """Escrow has gone to the supplier, the buyer is refunded by us, and we have put nothing in (quality.md §1)."""
    order, later = stories.expired(world), NOW + 60 * DAY
    payout = actions.send_payout(supplier_id=order.supplier_id, currency="USD", now=later)
    actions.push_payout(payout_id=payout.pk, now=later)
    order = Order.objects.locked(order.id)
    books.refund(order, 5_000_00, cause="test", now=later)
    order.save()
    with capture_logs() as logs:
        closed = close(later + DAY)
    (line,) = lines(closed, "alarm")
    assert (line.check_name, line.expected_minor - line.found_minor) == ("cover", 5_000_00)
    assert "USD 5,000.00 of our own money is missing" in line.sentence
    assert closed.verdict == "alarm"
    (heard,) = [log for log in logs if log["log_level"] == "error"]
    assert (heard["event"], heard["check"]) == ("daily close alarms", "cover")
    books.own_funds(amount_minor=5_000_00, currency="USD", key="more", now=later)
    assert not lines(close(later + DAY), "alarm")


def test_money_in_suspense_is_named_with_its_age(quiet):
    order = stories.placed(quiet)
    wire(order, 1, reference="no idea", entry="E-1")
    closed = close(NOW + 3 * DAY)
    (line,) = lines(closed, check="suspense")
    assert (line.level, line.subject, line.age_days, line.found_minor) == ("explained", "entry E-1", 3, 3_000_00)
    (line,) = lines(close(NOW + 15 * DAY), check="suspense")
    assert line.level == "look"


def test_suspense_that_no_entry_explains_is_an_alarm(quiet):
    line = Line(chart.bank("USD"), chart.suspense("USD"), 7_00, "suspend", "strange")
    post([line], now=NOW)
    closed = close()
    (found,) = lines(closed, "alarm", "suspense")
    assert (found.expected_minor, found.found_minor) == (0, 7_00)
    assert lines(closed, "alarm", "proof")[0].sentence.startswith("I8")
    post([Line(chart.suspense("USD"), chart.bank("USD"), 7_00, "suspend", "back")], now=NOW)


def refunding(world):
    """An order whose T/T refund is on its way."""
    order = stories.placed(world)
    wire(order, 1)
    order = fresh(order)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    return actions.send_refunds(order_id=order.id, now=NOW)[0]


def test_a_refund_on_its_way_is_named_and_looked_at_when_it_is_old(quiet):
    refund = refunding(quiet)
    (line,) = lines(close(), check="sending")
    assert (line.level, line.subject, line.found_minor) == ("explained", f"refund {refund.pk}", 3_000_00)
    (line,) = lines(close(NOW + 8 * DAY), check="sending")
    assert line.level == "look"


def test_a_refund_that_came_back_and_what_is_owed_for_it_are_looked_at(quiet):
    refund = refunding(quiet)
    actions.record_refund(refund_id=refund.pk, outcome=Outcome("failed", why="account closed"), now=NOW)
    found = lines(close(NOW + 4 * DAY), "look", "stuck")
    assert [line.subject for line in found] == [f"refund {refund.pk}", f"order id {refund.order_id}"]
    assert "came back and nobody has looked at it: account closed" in found[0].sentence


def test_the_bank_that_says_what_the_books_say_is_clean(quiet):
    statement(1_000_00)
    assert close().verdict == "clean"


def test_what_came_after_the_statement_is_named(quiet):
    statement(1_000_00)
    books.own_funds(amount_minor=5_00, currency="USD", key="later", now=NOW + DAY)
    (line,) = lines(close(NOW + 2 * DAY), check="bank")
    assert (line.level, line.expected_minor, line.found_minor) == ("explained", 1_005_00, 1_005_00)


def test_a_bank_that_has_less_than_the_books_is_an_alarm(quiet):
    statement(900_00)
    (line,) = lines(close(), "alarm", "bank")
    assert (line.expected_minor, line.found_minor) == (900_00, 1_000_00)


def test_a_debit_that_nobody_knows_explains_the_difference_and_is_looked_at(quiet):
    told = statement(960_00)
    BankEntry.objects.create(
        entry="D-1",
        account_number="DEMO1",
        currency="USD",
        amount_minor=40_00,
        arrived_at=NOW,
        status="unknown",
        why="It names nothing of ours.",
        direction="debit",
        statement=told,
    )
    closed = close()
    assert closed.verdict == "look"
    assert [line.subject for line in lines(closed, "look", "bank")] == ["entry D-1"]


def test_days_without_a_statement_and_a_missing_one_are_looked_at(quiet):
    statement(1_000_00, continuity="gap", missing_minor=12_00)
    found = lines(close(NOW + 6 * DAY), "look", "bank")
    assert [line.sentence.split()[0] for line in found] == ["No", "A"]
    assert found[0].age_days == 5


def test_old_rates_are_looked_at(quiet):
    found = lines(close(NOW + 7 * DAY), "look", "rates")
    assert [line.currency for line in found] == ["EUR", "GBP", "CNY", "JPY", "KWD"]


def test_a_broken_proof_is_an_alarm_and_is_kept_for_payouts(quiet):
    stories.paid(quiet)
    _without_triggers("UPDATE ledger_account SET balance_minor = balance_minor - 1 WHERE kind = 'escrow'")
    closed = close()
    assert "proof" in {line.check_name for line in lines(closed, "alarm")}
    assert not proof.last_result().holds
    _without_triggers("UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE kind = 'escrow'")


def test_many_items_are_counted_and_the_oldest_named(quiet, monkeypatch):
    monkeypatch.setattr(closing, "NAMED", 3)
    order = stories.placed(quiet)
    for number in range(6):
        wire(order, 1, reference="no idea", entry=f"E-{number}", amount_minor=10_00, now=NOW)
    closed = close()
    found = lines(closed, check="suspense")
    assert [line.subject for line in found] == ["entry E-0", "entry E-1", "entry E-2", "more"]
    assert found[-1].found_minor == 30_00
    assert not lines(closed, "alarm")


def test_the_command_says_every_line_and_fails_on_an_alarm(quiet):
    statement(1_000_00)
    said = StringIO()
    call_command("daily_close", "--day", TODAY.isoformat(), stdout=said)
    assert "Close of 01 Sep 2026: " in said.getvalue()
    books.own_funds(amount_minor=1_00, currency="USD", key="unseen", now=NOW)
    with pytest.raises(CommandError, match="1 alarms"):
        call_command("daily_close", "--day", TODAY.isoformat(), stdout=said)
    with pytest.raises(CommandError, match="is not over"):
        call_command("daily_close", "--day", "2999-01-01", stdout=said)


@pytest.mark.django_db(transaction=True)
def test_everything_is_read_as_of_one_moment(monkeypatch):
    """Money that arrives between two checks is in none of them, so it makes no difference."""
    world = stories.build_world()
    order = stories.placed(world)
    wire(order, 1, reference="no idea", entry="E-1")
    real = closing.own_money_carries

    def meanwhile(found):
        def arrive():
            wire(order, 2, reference="no idea", entry="E-2")
            connections.close_all()

        thread = threading.Thread(target=arrive)
        thread.start()
        thread.join()
        return real(found)

    monkeypatch.setattr(closing, "CHECKS", (meanwhile, *closing.CHECKS[1:]))
    closed = close()
    assert [line.subject for line in lines(closed, check="suspense")] == ["entry E-1"]
    assert not lines(closed, "alarm")
    assert CloseLine.objects.filter(close=closed).exists()
    assert BankEntry.objects.count() == 2


def test_a_second_of_time_decides_what_is_old(quiet):
    order = stories.placed(quiet)
    wire(order, 1, reference="no idea", entry="E-1")
    just = NOW + 15 * DAY
    assert lines(close_day(day=TODAY, now=just - timedelta(seconds=1)), check="suspense")[0].level == "explained"
    assert lines(close_day(day=TODAY, now=just), check="suspense")[0].level == "look"
    assert Refund.objects.count() == 0
    assert Account.objects.filter(kind="suspense").count() == 1
    assert not SandboxSending.objects.exists()
