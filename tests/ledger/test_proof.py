from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from structlog.testing import capture_logs

from ledger import chart, proof, tasks
from ledger.actions import Line, post

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def transfer(db):
    (written,) = post([Line(chart.bank("USD"), chart.escrow(1, "USD"), 500, "payment", "p:1", order_id=1)], now=NOW)
    return written


@pytest.fixture
def tamper(transfer):
    """Change the books as somebody with the database's password could; they are put back after the test."""
    undo = []

    def run(sql, undo_sql):
        undo.append(undo_sql)
        _without_triggers(sql)

    yield run
    for sql in reversed(undo):
        _without_triggers(sql)


def _without_triggers(sql):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def codes():
    return [breach.code for breach in proof.prove()]


def test_sound_books_are_proved(transfer):
    assert codes() == []


def test_a_balance_that_its_transfers_do_not_make_is_a_breach(tamper):
    tamper(
        "UPDATE ledger_account SET balance_minor = -501 WHERE kind = 'escrow'",
        "UPDATE ledger_account SET balance_minor = -500 WHERE kind = 'escrow'",
    )
    (breach,) = proof.prove()
    assert breach.code == "I2"
    assert breach.sentence == "stores -501, its transfers add up to -500"
    assert breach.subject.startswith("account ")


def test_a_changed_amount_is_a_breach(tamper):
    tamper("UPDATE ledger_transfer SET amount_minor = 400", "UPDATE ledger_transfer SET amount_minor = 500")
    assert codes() == ["I2"]


def test_a_transfer_between_currencies_is_a_breach(tamper):
    tamper(
        "UPDATE ledger_account SET currency = 'EUR' WHERE kind = 'bank'",
        "UPDATE ledger_account SET currency = 'USD' WHERE kind = 'bank'",
    )
    assert codes() == ["I1", "I1", "I1"]  # USD and EUR do not add up, and the transfer has two currencies


def test_the_command_prints_each_invariant_with_what_it_looked_at(transfer):
    out = StringIO()
    call_command("prove_ledger", stdout=out)
    lines = {line.split()[0]: line.split()[1:3] for line in out.getvalue().splitlines()}
    assert lines["I1"] == ["1", "OK"]
    assert lines["I2"] == ["1", "OK"]


def test_the_command_fails_on_a_breach(tamper):
    tamper(
        "UPDATE ledger_account SET balance_minor = -501 WHERE kind = 'escrow'",
        "UPDATE ledger_account SET balance_minor = -500 WHERE kind = 'escrow'",
    )
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("prove_ledger", stdout=out)
    assert "1 BROKEN" in out.getvalue()
    assert "stores -501" in out.getvalue()


def test_the_nightly_proof_logs_each_breach_as_an_error(tamper):
    tamper(
        "UPDATE ledger_account SET balance_minor = -501 WHERE kind = 'escrow'",
        "UPDATE ledger_account SET balance_minor = -500 WHERE kind = 'escrow'",
    )
    with capture_logs() as logs:
        tasks.prove_ledger()
    assert [(log["log_level"], log["code"]) for log in logs if "code" in log] == [("error", "I2")]


def test_another_app_joins_the_proof_with_one_function(db, monkeypatch):
    monkeypatch.setattr(proof, "_invariants", dict(proof._invariants))

    def something_is_wrong():
        """A title."""
        yield proof.Breach("I10", "all is lost", "order 5")

    proof.register("I10", something_is_wrong)
    proof.register("I9", list, title="Another")
    assert [str(breach) for breach in proof.prove()] == ["I10 order 5: all is lost"]
    titles = {invariant.code: invariant.title for invariant in proof.invariants()}
    assert (titles["I10"], titles["I9"]) == ("A title.", "Another")
    known = list(titles)
    assert known.index("I9") < known.index("I10")
