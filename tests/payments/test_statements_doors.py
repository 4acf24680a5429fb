"""Where statement files come in: the staff page, the API, the sweep; and what each person sees of them."""

import html

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from ledger import chart
from ledger.actions import balance
from payments import tasks
from payments.actions import importing
from payments.models import BankEntry, StatementFile
from tests import stories
from tests.payments.bank_files import Line, camt, imported
from tests.payments.test_statements import REFUSED

API = "/api/v1/statements/"
UPLOAD = "/admin/payments/statementfile/import"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT, settings.DEMO = tmp_path, True


@pytest.fixture
def order(world):
    return stories.placed(world)


@pytest.fixture
def content(order):
    account = order.supplier.designated_account.number
    return camt(account, Line("3000.00", order.instalments.get(number=1).rf_reference), Line("7.00", "who"))


@pytest.fixture
def finance(world, client):
    person = stories.person("finance@test.test", full_name="Fin Ance", is_staff=True)
    person.groups.add(Group.objects.get(name="finance"))
    client.force_login(person)
    return person


def upload(content, name="statement.xml"):
    return SimpleUploadedFile(name, content)


def test_finance_uploads_a_file_and_reads_what_became_of_it(client, finance, content):
    page = client.get(UPLOAD, follow=True)
    assert b"Import a bank statement" in page.content
    answer = client.post(page.request["PATH_INFO"], {"file": upload(content)}, follow=True)
    assert b"2 entries, 1 matched, 1 to suspense" in answer.content
    file = StatementFile.objects.get()
    assert (file.imported_by, file.status) == (finance, "complete")
    for address in ("statementfile/", f"statementfile/{file.pk}/change/", "statement/"):
        assert client.get(f"/admin/payments/{address}").status_code == 200
    statement = file.statements.get()
    assert b"The first of this account" in client.get(f"/admin/payments/statement/{statement.pk}/change/").content


def test_a_refused_file_says_why_on_its_page(client, finance):
    path = client.get(UPLOAD, follow=True).request["PATH_INFO"]
    answer = client.post(path, {"file": upload(b"<html/>")}, follow=True)
    assert b"Unexpected element html" in answer.content
    assert client.post(path, {}).status_code == 422


def test_only_who_may_import_reaches_the_page_and_the_api(client, world, content):
    person = stories.person("risk@test.test", is_staff=True)
    person.groups.add(Group.objects.get(name="risk"))
    for someone in (person, world.buyer):
        client.force_login(someone)
        assert client.post(API, {"file": upload(content)}, format="multipart").status_code == 403
        assert client.get(API).status_code == 403
    client.force_login(person)
    assert client.get(UPLOAD, follow=True).status_code in (403, 404)
    assert not StatementFile.objects.exists()


def test_the_api_takes_a_file_and_answers_with_what_became_of_it(client, finance, content):
    answer = client.post(API, {"file": upload(content)})
    assert (answer.status_code, answer.json()["matched"], answer.json()["suspended"]) == (201, 1, 1)
    again = client.post(API, {"file": upload(content)})
    assert again.json() == answer.json() and BankEntry.objects.count() == 2
    detail = client.get(f"{API}{answer.json()['id']}/").json()
    assert detail["statements"][0] | {"account": ""} == {
        "account": "",
        "currency": "USD",
        "number": "1",
        "from_on": "2026-09-01",
        "to_on": "2026-09-01",
        "opening": "0.00",
        "credits": "3007.00",
        "debits": "0.00",
        "closing": "3007.00",
        "continuity": "first",
    }
    assert [row["id"] for row in client.get(API).json()["results"]] == [answer.json()["id"]]


def test_the_api_refuses_with_the_reason(client, finance):
    answer = client.post(API, {"file": upload(b"<html/>")})
    assert answer.status_code == 422 and "Unexpected element html" in answer.json()["why"]
    assert client.post(API, {}).status_code == 400


def test_large_and_broken_off_files_are_booked_by_the_sweep(client, finance, content, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 10)
    answer = client.post(API, {"file": upload(content)})
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    for _ in range(2):
        tasks.import_statements()
    file = StatementFile.objects.get()
    assert (file.status, file.matched, file.suspended) == ("complete", 1, 1)


def test_lists_cost_the_same_queries_whatever_their_length(client, finance, order, django_assert_max_num_queries):
    account = order.supplier.designated_account.number
    for n in range(5):
        imported(camt(account, Line("1.00", "x", e2e=f"E{n}"), number=str(n)))
    with django_assert_max_num_queries(12):
        client.get(API)
    with django_assert_max_num_queries(16):
        assert client.get("/admin/payments/statementfile/").status_code == 200


def test_a_reference_of_a_paid_instalment_by_file_goes_back_with_its_reason(client, finance, order):
    """Rule 5: more than is open is refunded; finance reads why on the entry's page, the buyer on the order's."""
    account, reference = order.supplier.designated_account.number, order.instalments.get(number=1).rf_reference
    imported(camt(account, Line("3000.00", reference, ref="A")))
    again = imported(camt(account, Line("3000.00", reference, ref="B"), number="2", opening="3000.00"))
    assert (again.status, again.matched) == ("complete", 1)
    entry = BankEntry.objects.get(bank_reference="B")
    assert (entry.payment.cleared_minor, entry.payment.surplus_minor) == (0, 3_000_00)
    page = client.get(f"/admin/payments/bankentry/{entry.pk}/change/").content.decode()
    assert "The instalment of its reference is paid already, so all of it goes back." in page
    assert -balance(chart.refund_payable(order.id, "USD")) == 3_000_00
    client.force_login(order.buyer)
    assert "USD 3,000.00 goes back" in client.get(order.get_absolute_url()).content.decode()


def test_a_reference_of_a_paid_instalment_in_another_name_waits_with_its_reason(client, finance, order):
    account, reference = order.supplier.designated_account.number, order.instalments.get(number=1).rf_reference
    imported(camt(account, Line("3000.00", reference, ref="A")))
    line = Line("3000.00", reference, ref="B", payer="Somebody Else")
    assert imported(camt(account, line, number="2", opening="3000.00")).suspended == 1
    entry = BankEntry.objects.get(bank_reference="B")
    assert entry.status == "suspense" and "not the buyer" in entry.why
    assert entry.entry[:10] in client.get("/admin/payments/bankentry/?status__exact=suspense").content.decode()


def test_every_refused_file_is_in_the_list_with_its_sentence(client, finance, order):
    account = order.supplier.designated_account.number
    files = []
    for case, (made, _) in REFUSED.items():
        files.append(imported(made(account, order), name=f"{case}.xml"))
    assert {file.status for file in files} == {"refused"} and len(files) == len(REFUSED)
    page = html.unescape(client.get("/admin/payments/statementfile/?status__exact=refused").content.decode())
    for file in files:
        assert file.name in page and file.why in page, file.name
        assert file.why in html.unescape(
            client.get(f"/admin/payments/statementfile/{file.pk}/change/").content.decode()
        )
    assert not BankEntry.objects.exists()
