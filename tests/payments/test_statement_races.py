"""Two statement files at once on real connections: each entry is booked once, whoever is first."""

import io

import pytest

from ledger import chart
from ledger.actions import balance
from ledger.proof import prove
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
