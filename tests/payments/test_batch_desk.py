"""The desk of payment files: two persons by page, the file as it was released, reasons for what waits."""

import time

import pytest
from django.urls import reverse

from payments.models import PayoutBatch, Refund
from tests.payments import batching
from tests.payments.batching import PAID_AT, account, finance, owed_to_supplier
from tests.payments.conftest import NOW

LIST = "admin:payments_payoutbatch_changelist"
MAKE = "admin:payments_payoutbatch_make_file"


@pytest.fixture
def waits(world, settings):
    batching.use_files(settings)
    account(world, now=NOW)
    owed_to_supplier(world)
    return batching.payout(world)


def sign_in(client, user, *, fresh=True):
    client.force_login(user)
    session = client.session
    if fresh:
        session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def page(batch, action=""):
    if not action:
        return reverse("admin:payments_payoutbatch_change", args=[batch.pk])
    return reverse(f"admin:payments_payoutbatch_{action}", args=[batch.pk])


def test_one_makes_another_releases_and_takes_the_file(client, world, waits):
    maker, checker = finance(), finance("checker")
    sign_in(client, maker)
    assert "Waits for the next payment file" in client.get(reverse(MAKE)).content.decode()
    assert client.post(reverse(MAKE), {"currency": "EUR"}).status_code == 422
    made = client.post(reverse(MAKE), {"currency": "USD"})
    batch = PayoutBatch.objects.get()
    assert made.status_code == 302 and made.url == page(batch)
    text = client.get(page(batch)).content.decode()
    assert "DE89370400440532013000" in text and "USD 7,000.00" in text and batch.file_sha256 in text
    own = client.post(page(batch, "release"), {"file_sha256": batch.file_sha256})
    assert own.status_code == 403
    early = client.post(page(batch, "take"), follow=True)
    assert "is not released, so nobody takes it to the bank" in early.content.decode()
    back = client.get(page(batch, "release"), follow=True).content.decode()
    assert (
        "another person must release it" in back
        and page(batch, "release") not in client.get(page(batch)).content.decode()
    )
    sign_in(client, checker)
    assert batch.file_sha256 in client.get(page(batch, "release")).content.decode()
    assert client.post(page(batch, "release"), {"file_sha256": "0" * 64}).status_code == 422
    assert client.post(page(batch, "release"), {"file_sha256": batch.file_sha256}).status_code == 302
    assert client.get(page(batch, "take")).status_code == 200
    taken = client.post(page(batch, "take"))
    assert taken.content == bytes(batch.file) and taken["Content-Disposition"].endswith('.xml"')
    batch.refresh_from_db()
    assert (batch.state, batch.made_by, batch.released_by) == ("sent", maker, checker)
    back = reverse("admin:payments_payout_came_back", args=[waits.pk])
    assert client.post(back, {"reason": "AC04"}).status_code == 302
    waits.refresh_from_db()
    assert waits.status == "failed"


@pytest.mark.parametrize("action", ["release", "drop"])
def test_each_act_asks_for_a_fresh_sign_in(client, world, waits, action):
    maker = finance()
    from payments import actions

    sign_in(client, maker, fresh=False)
    asked = client.post(reverse(MAKE), {"currency": "USD"})
    assert asked.status_code == 302 and "reauthenticate" in asked.url and not PayoutBatch.objects.exists()
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    sign_in(client, finance("checker"), fresh=False)
    asked = client.post(page(batch, action), {"file_sha256": batch.file_sha256, "reason": "x"})
    assert "reauthenticate" in asked.url
    batch.refresh_from_db()
    assert batch.state == "made"


def test_others_have_no_such_desk(client, world, waits):
    sign_in(client, world.seller)
    assert client.get(reverse(MAKE)).status_code == 302
    assert client.get(reverse(LIST)).status_code == 302


def test_finance_names_where_a_refund_goes(client, world, settings):
    batching.use_files(settings)
    refund = batching.refund(world)
    sign_in(client, finance())
    url = reverse("admin:payments_refund_name_account", args=[refund.pk])
    wrong = client.post(url, {"holder": "Northline", "iban": "DE00"})
    assert wrong.status_code == 422 and "not a valid IBAN" in wrong.content.decode()
    assert client.post(url, {"holder": "Northline", "iban": "DE89370400440532013000"}).status_code == 302
    assert client.post(reverse(MAKE), {"currency": "USD"}).status_code == 302
    assert Refund.objects.get().batch_items.get().iban == "DE89370400440532013000"


def test_lists_and_details_take_the_same_queries_for_more_rows(client, world, waits, django_assert_max_num_queries):
    from payments import actions

    maker = finance()
    first = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    actions.drop_batch(batch_id=first.id, because="again", by=maker, now=PAID_AT)
    for _ in range(3):
        owed_to_supplier(world, 1_000_00)
        batching.payout(world)
    batch = actions.make_batch(currency="USD", by=maker, now=PAID_AT)
    assert batch.count == 4
    sign_in(client, maker)
    client.get(page(batch))
    with django_assert_max_num_queries(22):
        client.get(page(batch))
    with django_assert_max_num_queries(14):
        client.get(reverse(LIST))
    with django_assert_max_num_queries(14):
        client.get(reverse(MAKE))
