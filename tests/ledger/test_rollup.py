"""Platform-wide balances: rollup and transfers since are what all transfers say, whoever writes when."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from ledger import chart, proof, rollup, tasks
from ledger.actions import Line, balance, post
from ledger.models import Account, ProofRun, Rollup, RollupMark, Transfer
from tests.ledger.test_proof import _without_triggers

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = NOW.date()


def arrive(order_id, amount_minor, key, now=NOW, currency="USD"):
    line = Line(chart.bank(currency), chart.escrow(order_id, currency), amount_minor, "clear", key, order_id=order_id)
    with transaction.atomic():
        post([line], now=now)


def row(kind, day=TODAY, currency="USD"):
    found = Rollup.objects.get(kind=kind, currency=currency, day=day)
    return found.debit_minor, found.credit_minor, found.balance_minor


def as_of_now():
    return {(each.kind, each.name, each.currency): each.minor for each in rollup.balances()}


def test_many_orders_are_one_row_a_day(db):
    for order_id in (1, 2, 3):
        arrive(order_id, 100 * order_id, f"a:{order_id}")
    arrive(9, 50, "e:9", currency="EUR")
    assert rollup.roll_up() == 4
    assert row("escrow") == (0, 600, -600)
    assert row("bank") == (600, 0, 600)
    assert row("escrow", currency="EUR") == (0, 50, -50)
    assert proof.prove() == []


def test_rolling_up_again_adds_nothing(db):
    arrive(1, 100, "a")
    assert (rollup.roll_up(), rollup.roll_up()) == (1, 0)
    assert row("escrow") == (0, 100, -100)


def test_now_is_the_rollup_and_what_came_since(db):
    arrive(1, 100, "a")
    assert as_of_now() == {("bank", "main", "USD"): 100, ("escrow", "", "USD"): -100}
    rollup.roll_up()
    arrive(2, 7, "b")
    assert as_of_now() == {("bank", "main", "USD"): 107, ("escrow", "", "USD"): -107}
    rollup.roll_up()
    assert as_of_now() == {("bank", "main", "USD"): 107, ("escrow", "", "USD"): -107}


def test_a_transfer_dated_back_moves_the_balances_after_it(db):
    arrive(1, 100, "a", now=NOW - 2 * DAY)
    arrive(1, 10, "b", now=NOW)
    rollup.roll_up()
    arrive(1, 1, "c", now=NOW - 3 * DAY)
    arrive(1, 5, "d", now=NOW - DAY)
    rollup.roll_up()
    days = Rollup.objects.filter(kind="escrow").order_by("day").values_list("day", "balance_minor")
    first = NOW.date()
    assert list(days) == [(first - 3 * DAY, -1), (first - 2 * DAY, -101), (first - DAY, -106), (first, -116)]
    assert proof.prove() == []


def test_a_day_ends_at_midnight_utc(db):
    arrive(1, 1, "a", now=datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC))
    arrive(1, 2, "b", now=datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    rollup.roll_up()
    assert row("escrow", date(2026, 11, 23)) == (0, 1, -1)
    assert row("escrow", date(2026, 11, 24)) == (0, 2, -3)


def test_batches_add_up_to_the_same(db, monkeypatch):
    monkeypatch.setattr(rollup, "BATCH", 3)
    for number in range(10):
        arrive(number, number + 1, f"a:{number}", now=NOW - number * DAY)
    assert rollup.roll_up() == 10
    assert row("escrow")[2] == -55
    assert proof.prove() == []


def test_quiet_days_keep_the_balance_before_them(db):
    arrive(1, 100, "a", now=NOW - 5 * DAY)
    arrive(1, 1, "b", now=NOW)
    rollup.roll_up()
    found = rollup.days("USD", NOW.date() - 3 * DAY, NOW.date())["escrow"]
    assert [(day.credit_minor, day.balance_minor) for day in found] == [(0, -100), (0, -100), (0, -100), (1, -101)]


def test_a_rollup_that_its_transfers_do_not_make_is_a_breach(db):
    arrive(1, 100, "a")
    rollup.roll_up()
    Rollup.objects.filter(kind="escrow").update(balance_minor=-99)
    (breach,) = proof.prove()
    assert (breach.code, breach.subject) == ("I2b", "escrow:USD 2026-11-23")
    assert breach.sentence.startswith("the rollup has 0 / 100 / -99, its transfers add up to 0 / 100 / -100")
    Rollup.objects.filter(kind="escrow").update(balance_minor=-100)


def test_a_proof_is_kept_and_the_last_one_counts(db):
    assert proof.last_result() is None
    arrive(1, 100, "a")
    tasks.prove_ledger()
    assert proof.last_result().holds
    _without_triggers("UPDATE ledger_account SET balance_minor = -99 WHERE kind = 'escrow'")
    tasks.prove_ledger()
    last = proof.last_result()
    assert (last.holds, last.breaches) == (False, 1)
    assert "stores -99" in last.sentences[0]
    _without_triggers("UPDATE ledger_account SET balance_minor = -100 WHERE kind = 'escrow'")
    assert ProofRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_transfer_that_commits_late_is_not_left_out(monkeypatch):
    """The lower id commits after the higher one was there; a mark that had gone past it would lose it for ever."""
    monkeypatch.setattr(rollup, "PATIENCE", 0)
    written, go = threading.Event(), threading.Event()

    def slowly():
        try:
            with transaction.atomic():
                post([Line(chart.bank("USD"), chart.escrow(1, "USD"), 1, "clear", "slow", order_id=1)], now=NOW)
                written.set()
                go.wait(10)
        finally:
            connections.close_all()

    arrive(9, 1000, "before")  # so that no account is being opened
    thread = threading.Thread(target=slowly)
    thread.start()
    assert written.wait(10)
    arrive(2, 10, "fast")
    assert rollup.roll_up() == 0  # it cannot know yet
    assert as_of_now()["escrow", "", "USD"] == -1010  # and says so all the same
    go.set()
    thread.join()
    assert Transfer.objects.get(key="slow").pk < Transfer.objects.get(key="fast").pk
    assert rollup.roll_up() == 3
    assert row("escrow") == (0, 1011, -1011)


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_while_others_post_add_each_transfer_once():
    stop = threading.Event()

    def posting(name):
        try:
            for number in range(40):
                arrive(ord(name) * 10 + number % 5, number + 1, f"{name}:{number}")
        finally:
            connections.close_all()

    def rolling():
        try:
            while not stop.is_set():
                rollup.roll_up()
                assert sum(as_of_now().values()) == 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor() as pool:
        rollers = [pool.submit(rolling) for _ in range(2)]
        posters = [pool.submit(posting, name) for name in "abc"]
        wait(posters)
        stop.set()
        for thread in (*posters, *rollers):
            thread.result()
    rollup.roll_up()
    assert row("escrow") == (0, 3 * 820, -3 * 820)
    assert balance(chart.bank("USD")) == 3 * 820
    assert RollupMark.objects.get().transfer_id == Transfer.objects.order_by("-id")[0].id
    assert Account.objects.filter(kind="bank").count() == 1
    assert proof.prove() == []


def test_reading_is_one_query_however_much_there_is(db, django_assert_num_queries):
    for number in range(30):
        arrive(number, 1, f"a:{number}", now=NOW - number * DAY)
    rollup.roll_up()
    with django_assert_num_queries(1):
        rollup.balances()
    with django_assert_num_queries(1):
        rollup.days("USD", NOW.date() - 90 * DAY, NOW.date())
    assert connection.in_atomic_block
