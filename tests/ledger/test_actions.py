import threading
import time
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from ledger import actions, chart, proof
from ledger.actions import AlreadyPosted, Line, Overdrawn, balance, balances_of_order, post
from ledger.models import Account, Transfer
from trade_assurance.refused import Refused

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FUNDED = 1_000_000
escrow, bank, payable = chart.escrow(7, "USD"), chart.bank("USD"), chart.supplier_payable(3, "USD")


def fund(amount_minor=FUNDED):
    return post([Line(bank, escrow, amount_minor, "payment", "payment:1", order_id=7)], now=NOW)


def release(amount_minor, key="release:1"):
    return Line(escrow, payable, amount_minor, "release", key, order_id=7, supplier_id=3)


def books():
    """Everything that a refused post must leave as it was."""
    return (
        list(Account.objects.order_by("id").values_list("kind", "balance_minor")),
        list(Transfer.objects.order_by("id").values_list("key", "amount_minor")),
    )


@pytest.mark.django_db
def test_a_transfer_moves_both_balances_and_carries_what_it_is_about():
    (transfer,) = fund()
    transfer.refresh_from_db()
    assert (transfer.debit.kind, transfer.credit.kind) == ("bank", "escrow")
    assert (transfer.amount_minor, transfer.currency, transfer.order_id) == (FUNDED, "USD", 7)
    assert (transfer.key, transfer.at, transfer.kind) == ("payment:1", NOW, "payment")
    assert (balance(escrow), balance(bank)) == (-FUNDED, FUNDED)


@pytest.mark.django_db
def test_transfers_come_back_in_the_order_of_the_lines_without_those_of_zero():
    fund()
    written = post([release(5, "a"), release(0, "b"), release(7, "c")], now=NOW)
    assert [transfer.key for transfer in written] == ["a", "c"]
    assert written[1].credit.balance_minor == -12
    assert post([release(0, "d")], now=NOW) == []
    assert post([], now=NOW) == []


@pytest.mark.django_db
def test_only_guarded_accounts_store_a_balance():
    fund()
    assert dict(Account.objects.values_list("kind", "balance_minor")) == {"bank": None, "escrow": -FUNDED}


@pytest.mark.django_db
def test_a_book_without_an_account_has_a_balance_of_zero():
    assert balance(escrow) == 0
    assert balance(bank) == 0


@pytest.mark.django_db
def test_all_that_escrow_has_can_leave_it_and_not_a_cent_more():
    fund()
    before = books()
    with pytest.raises(Overdrawn) as refusal:
        post([release(FUNDED + 1)], now=NOW)
    assert (refusal.value.book, refusal.value.missing_minor) == (escrow, 1)
    assert "USD 0.01" in str(refusal.value)
    assert books() == (before[0] + [("supplier_payable", 0)], before[1])
    post([release(FUNDED)], now=NOW)
    assert (balance(escrow), balance(payable)) == (0, -FUNDED)


@pytest.mark.django_db
def test_when_one_line_cannot_be_written_none_is():
    fund()
    with pytest.raises(Overdrawn):
        post([release(600_000, "a"), release(600_000, "b")], now=NOW)
    assert (balance(escrow), balance(payable), Transfer.objects.count()) == (-FUNDED, 0, 1)


@pytest.mark.django_db
def test_what_comes_in_with_the_same_lines_may_leave_with_them():
    post([Line(bank, escrow, 100, "payment", "p"), release(100)], now=NOW)
    assert (balance(escrow), balance(payable)) == (0, -100)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "book, other",
    [
        (chart.chargebacks(7, "USD"), chart.clearing("card", "USD")),
        (chart.supplier_receivable(3, "USD"), chart.write_offs("USD")),
    ],
)
def test_guarded_assets_never_fall_below_zero(book, other):
    post([Line(book, other, 100, "opened", "a")], now=NOW)
    with pytest.raises(Overdrawn):
        post([Line(other, book, 101, "closed", "b")], now=NOW)
    post([Line(other, book, 100, "closed", "b")], now=NOW)
    assert balance(book) == 0


@pytest.mark.django_db
def test_a_key_is_used_once_for_ever():
    fund()
    post([release(10)], now=NOW)
    before = books()
    for repeat in ([release(10)], [release(3, "new"), release(10)], [release(FUNDED)]):
        with pytest.raises(AlreadyPosted):
            post(repeat, now=NOW)
        assert books() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lines",
    [
        [release(-1)],
        [release(1), release(1)],
        [Line(escrow, escrow, 1, "x", "k")],
        [Line(bank, chart.escrow(7, "EUR"), 1, "x", "k")],
        [Line(bank, escrow, 1, "x", "")],
    ],
)
def test_lines_that_mean_nothing_are_a_bug(lines):
    with pytest.raises(ValueError):
        post(lines, now=NOW)
    assert not Transfer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_books_are_written_only_inside_the_transaction_of_a_change():
    with pytest.raises(TransactionManagementError):
        fund()
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_the_balances_of_an_order_are_its_own():
    fund()
    refund = chart.refund_payable(7, "USD")
    post([Line(escrow, refund, 250, "refund", "r"), Line(bank, chart.escrow(8, "USD"), 9, "payment", "o")], now=NOW)
    assert balances_of_order(7) == {"escrow": -FUNDED + 250, "refund_payable": -250, "chargebacks": 0}
    assert balances_of_order(99) == {"escrow": 0, "refund_payable": 0, "chargebacks": 0}


@pytest.mark.django_db
def test_the_balances_of_an_order_in_two_currencies_are_never_mixed():
    fund()
    post([Line(chart.bank("EUR"), chart.escrow(7, "EUR"), 9, "payment", "e")], now=NOW)
    with pytest.raises(ValueError):
        balances_of_order(7)
    assert balances_of_order(7, currency="EUR")["escrow"] == -9


@pytest.mark.django_db
def test_what_is_owed_is_found_until_it_is_paid():
    fund()
    post([release(10)], now=NOW)
    assert [account.kind for account in Account.objects.owed()] == ["supplier_payable"]
    post([Line(payable, chart.clearing("bank", "USD"), 10, "payout", "out")], now=NOW)
    assert not Account.objects.owed().exists()


@pytest.mark.django_db
@pytest.mark.parametrize("currency, minor", [("JPY", 1_500_000), ("KWD", 1_234_567)])
def test_currencies_of_none_and_three_decimals_are_booked_in_their_own_units(currency, minor):
    held, ours = chart.escrow(1, currency), chart.bank(currency)
    post([Line(ours, held, minor, "payment", "p", order_id=1)], now=NOW)
    with pytest.raises(Overdrawn) as refusal:
        post([Line(held, chart.refund_payable(1, currency), minor + 1, "refund", "r")], now=NOW)
    assert {"JPY": "JPY 1 ", "KWD": "KWD 0.001 "}[currency] in str(refusal.value)
    assert (balance(held), balance(ours)) == (-minor, minor)


@pytest.mark.django_db
def test_a_post_to_known_accounts_takes_two_queries_however_many_lines(django_assert_num_queries):
    fund()
    post([release(1, "warm")], now=NOW)
    with django_assert_num_queries(2):
        post([release(1, f"r{n}") for n in range(50)], now=NOW)


MANY = actions.FEW + 5


@pytest.mark.django_db
def test_many_lines_are_written_as_a_few_are(django_assert_num_queries):
    fund()
    post([release(1, "warm")], now=NOW)
    with django_assert_num_queries(5):  # accounts, savepoint, COPY, balances, savepoint
        written = actions.post_many([release(2, f"r{n}") for n in range(MANY)] + [release(0, "none")], now=NOW)
    assert (written, balance(escrow), balance(payable)) == (MANY, -FUNDED + 1 + 2 * MANY, -1 - 2 * MANY)
    assert proof.prove() == []


@pytest.mark.django_db
def test_many_lines_have_the_guards_of_a_few():
    fund()
    actions.post_many([release(1, f"r{n}") for n in range(MANY)], now=NOW)
    before = books()
    with pytest.raises(Overdrawn):
        actions.post_many([release(FUNDED // 10, f"s{n}") for n in range(MANY)], now=NOW)
    with pytest.raises(AlreadyPosted):
        actions.post_many([release(1, f"r{n + 3}") for n in range(MANY)], now=NOW)
    with pytest.raises(ValueError):
        actions.post_many([release(1, "twice") for n in range(MANY)], now=NOW)
    assert books() == before
    assert actions.post_many([], now=NOW) == 0


@pytest.mark.django_db
def test_accounts_that_every_order_meets_are_never_locked(django_assert_num_queries):
    fund()
    with django_assert_num_queries(1) as queries:
        actions.lock([bank, escrow])
    locked = queries.captured_queries[0]["sql"].split("UNION ALL")
    assert "FOR NO KEY UPDATE" in locked[0] and "'bank'" not in locked[0]
    assert "FOR NO KEY UPDATE" not in locked[1] and "'bank'" in locked[1]


def at_once(*calls):
    """Run the calls in threads with connections of their own; returns what each returned or raised."""
    results = [None] * len(calls)

    def run(position, call):
        try:
            results[position] = call()
        except (Refused, DatabaseError) as error:
            results[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
    return results


def release_together(monkeypatch, locking):
    """Two connections release 60 % of one escrow; both read it before either writes, if the lock lets them."""
    with transaction.atomic():
        fund()
        post([release(1, "opens the payable")], now=NOW)
    both_have_read = threading.Barrier(2)
    lock = actions.lock

    def read_then_meet(books):
        accounts = lock(books, locking)
        try:
            both_have_read.wait(timeout=0.5)
        except threading.BrokenBarrierError:
            pass  # with the lock, the other is still waiting for it
        return accounts

    monkeypatch.setattr(actions, "lock", read_then_meet)

    def attempt(key):
        with transaction.atomic():
            return post([release(600_000, key)], now=NOW)

    return at_once(partial(attempt, "first"), partial(attempt, "second"))


@pytest.mark.django_db(transaction=True)
def test_of_two_releases_of_the_same_money_one_wins_and_the_other_gets_a_sentence(monkeypatch):
    results = release_together(monkeypatch, "FOR NO KEY UPDATE")
    assert sorted(type(result).__name__ for result in results) == ["Overdrawn", "list"]
    assert (balance(escrow), balance(payable)) == (-FUNDED + 600_001, -600_001)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_loser_gets_no_sentence_and_only_the_database_keeps_the_money(monkeypatch):
    results = release_together(monkeypatch, "")
    assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "list"]
    assert "account_never_crosses_zero" in str(next(r for r in results if isinstance(r, IntegrityError)))
    assert balance(escrow) == -FUNDED + 600_001


@pytest.mark.django_db(transaction=True)
def test_one_key_posted_from_two_connections_is_written_once():
    def attempt(key="capital:1"):
        with transaction.atomic():
            return post([Line(bank, chart.own_funds("USD"), 5, "capital", key)], now=NOW)

    attempt("opens both accounts")
    meet = threading.Barrier(2)

    def attempt_and_wait():
        """Hold the new key uncommitted while the other connection runs into it."""
        with transaction.atomic():
            written = attempt()
            meet.wait(timeout=5)
            time.sleep(0.3)
            return written

    def attempt_second():
        meet.wait(timeout=5)
        return attempt()

    results = at_once(attempt_and_wait, attempt_second)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyPosted", "list"]
    assert balance(bank) == 10


@pytest.mark.django_db(transaction=True)
def test_an_account_opened_from_two_connections_at_once_is_one_account():
    meet = threading.Barrier(4)

    def attempt(order):
        meet.wait(timeout=5)
        with transaction.atomic():
            return post([Line(bank, escrow, 5, "payment", f"payment:{order}")], now=NOW)

    results = at_once(*(partial(attempt, order) for order in range(4)))
    assert [type(result) for result in results] == [list] * 4
    assert Account.objects.count() == 2
    assert (balance(bank), balance(escrow)) == (20, -20)


@pytest.mark.django_db(transaction=True)
def test_payments_of_different_orders_do_not_wait_for_each_other():
    with transaction.atomic():
        for order in (1, 2):
            post([Line(bank, chart.escrow(order, "USD"), 5, "payment", f"open:{order}")], now=NOW)
    first_is_open, second_is_done = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            post([Line(bank, chart.escrow(1, "USD"), 5, "payment", "payment:1")], now=NOW)
            first_is_open.set()
            return second_is_done.wait(timeout=5)

    def second():
        first_is_open.wait(timeout=5)
        with transaction.atomic():
            post([Line(bank, chart.escrow(2, "USD"), 5, "payment", "payment:2")], now=NOW)
        second_is_done.set()

    assert at_once(first, second) == [True, None]
