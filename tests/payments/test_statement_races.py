"""Two statement files at once on real connections: each entry is booked once, whoever is first."""

import io

import pytest

from ledger import chart
from ledger.actions import balance
from ledger.proof import prove
from payments import tasks
from payments.actions import importing
from payments.models import BankEntry, Payment, StatementFile
from tests import stories
from tests.orders.test_races import at_once
from tests.payments.bank_files import Line, camt
from tests.payments.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return stories.build_world()


def received(content: bytes) -> StatementFile:
    return importing.receive_statement(source=io.BytesIO(content), name="statement.xml", by=None, now=NOW)


@pytest.mark.parametrize("same", [True, False])
def test_a_file_or_two_that_tell_the_same_entries_at_once(world, same):
    order = stories.placed(world)
    account = order.supplier.designated_account.number
    lines = [Line("7.00", "who", ref=f"S{n}") for n in range(20)]
    lines += [Line("3000.00", order.instalments.get(number=1).rf_reference, ref="PAYS")]
    files = [received(camt(account, *lines, number="1"))]
    files.append(files[0] if same else received(camt(account, *lines, kind="054", number="2")))
    results = at_once(*[lambda file=file: importing.import_statement(file_id=file.id, now=NOW) for file in files])
    assert [type(result) for result in results] == [StatementFile] * 2, results
    assert (BankEntry.objects.count(), Payment.objects.count()) == (21, 1)
    assert balance(chart.bank("USD")) == 3_140_00
    rows = StatementFile.objects.all()
    assert {row.status for row in rows} == {"complete"}
    assert sum(row.matched + row.suspended for row in rows) == 21
    assert prove() == []


def test_the_same_file_given_twice_at_once_is_one_row(world):
    content = camt("NL26VAYB8060476890", Line("7.00", "who"))
    results = at_once(*[lambda: received(content)] * 2)
    assert results[0].pk == results[1].pk and StatementFile.objects.count() == 1


PARTS = tuple(("7.00", f"lamps {number}", f"E{number}") for number in range(40))


def the_sum_and_its_details(account):
    """camt.054 tells 40 movements, camt.053 their sum in one line: the same money."""
    details = camt(account, Line("280.00", ref="BATCH", details=PARTS), kind="054", number="N")
    return details, camt(account, Line("280.00", ref="BATCH", details=("none",)), number="1")


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("again", range(3))
def test_the_sum_and_its_details_at_once_are_the_same_money(world, monkeypatch, turn, again):
    monkeypatch.setattr(importing, "BATCH", 3)
    account = world.supplier.designated_account.number
    files = [received(content) for content in the_sum_and_its_details(account)[::turn]]
    results = at_once(*[lambda file=file: importing.import_statement(file_id=file.id, now=NOW) for file in files])
    assert [getattr(result, "status", result) for result in results] == ["complete"] * 2, results
    assert balance(chart.bank("USD")) == 280_00 and prove() == []


class Died(BaseException):
    """The process ended here."""


def test_details_that_were_broken_off_are_booked_before_their_sum_is_read(world, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 3)
    account = world.supplier.designated_account.number
    details, summed = [received(content) for content in the_sum_and_its_details(account)]
    real, calls = importing._book, []

    def book(batch, now):
        calls.append(batch)
        if len(calls) == 3:
            raise Died
        return real(batch, now)

    with monkeypatch.context() as broken, pytest.raises(Died):
        broken.setattr(importing, "_book", book)
        importing.import_statement(file_id=details.id, now=NOW)
    assert balance(chart.bank("USD")) == 42_00
    file = importing.import_statement(file_id=summed.id, now=NOW)
    assert (file.status, file.known) == ("complete", 1)
    importing.import_statement(file_id=details.id, now=NOW)
    assert balance(chart.bank("USD")) == 280_00 and BankEntry.objects.count() == 40
    assert {row.status for row in StatementFile.objects.all()} == {"complete"}


def test_a_large_file_that_is_being_booked_is_not_booked_while_somebody_waits(world, monkeypatch):
    account = world.supplier.designated_account.number
    details, summed = the_sum_and_its_details(account)
    large = received(details)
    with monkeypatch.context() as broken, pytest.raises(Died):
        broken.setattr(importing, "_book", lambda *_: (_ for _ in ()).throw(Died))
        importing.import_statement(file_id=large.id, now=NOW)
    monkeypatch.setattr(importing, "AT_ONCE", large.size - 1)
    assert len(summed) < large.size
    file = importing.import_at_once(source=io.BytesIO(summed), name="sum.xml", by=None, now=NOW)
    assert file.status == "received" and not BankEntry.objects.exists()
    tasks.import_statements()
    assert {row.status for row in StatementFile.objects.all()} == {"complete"}
    assert balance(chart.bank("USD")) == 280_00
