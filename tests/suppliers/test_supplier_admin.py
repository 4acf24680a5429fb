"""The staff's pages of a supplier: its standing, the queues, each act through its action."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from suppliers import actions
from suppliers.models import Document, Pause, Verification
from tests import stories
from tests.stories import DAY, NOW
from tests.suppliers.test_verification import PDF
from tests.test_admin import staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return lambda: [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def risk(client):
    user = staff("risk")
    client.force_login(user)
    return user


def asked(supplier, owner, now=NOW, name="licence.pdf") -> Verification:
    actions.add_document(
        supplier_id=supplier.id,
        kind="licence",
        upload=SimpleUploadedFile(name, PDF + name.encode() + b"%%EOF"),
        by=owner,
        now=now,
    )
    return actions.ask_verification(supplier_id=supplier.id, note="Call Ana", by=owner, now=now)


def page_of(client, supplier) -> str:
    return client.get(reverse("admin:suppliers_supplier_change", args=[supplier.pk])).content.decode()


def act_of(client, supplier, path, **posted):
    return client.post(f"/admin/suppliers/supplier/{supplier.pk}/{path}/", posted)


def test_the_page_shows_rating_limit_points_and_who_holds_what(client, world, risk, django_assert_max_num_queries):
    order = stories.shipped(world)
    actions.note_forged(
        supplier_id=world.supplier.id, reference=order.reference, is_unresolved=False, reason="x", by=risk, now=NOW
    )
    asked(world.supplier, world.seller)
    with django_assert_max_num_queries(45):
        page = page_of(client, world.supplier)
    for words in (
        "Shipped on time",
        "the lowest",
        "Forged evidence",
        "24 count now",
        order.reference,
        "USD 10,000.00",
        "Not reviewed yet",
        "licence.pdf",
        "asks to be verified since",
        "Let it take orders again",
    ):
        assert words in page, words


def test_other_staff_read_the_standing_and_no_documents(client, world):
    asked(world.supplier, world.seller)
    client.force_login(staff("finance"))
    page = page_of(client, world.supplier)
    assert "licence.pdf" not in page and "Latest rating" in page
    assert client.get(reverse("admin:suppliers_verification_changelist")).status_code == 403
    assert client.get(reverse("admin:suppliers_pause_changelist")).status_code == 403
    waiting = Verification.objects.get()
    for path in ("accept", "refuse"):
        assert client.post(f"/admin/suppliers/verification/{waiting.pk}/{path}/", {"reason": "x"}).status_code == 403


def test_the_queue_is_by_waiting_time_and_the_request_shows_profile_and_documents(
    client, world, risk, django_assert_max_num_queries
):
    second = asked(world.supplier, world.seller, NOW + DAY)
    first = asked(world.rival, world.rival_seller)
    url = reverse("admin:suppliers_verification_changelist")
    with django_assert_max_num_queries(12):
        listed = client.get(url)
    assert list(listed.context["cl"].result_list) == [first, second]
    page = client.get(reverse("admin:suppliers_verification_change", args=[first.pk])).content.decode()
    for words in ("Rivalworks", "licence.pdf", "Call Ana", "Accept", "Refuse"):
        assert words in page, words
    actions.refuse_verification(verification_id=first.pk, reason="x", by=risk, now=NOW)
    assert list(client.get(url).context["cl"].result_list) == [second]
    assert set(client.get(url, {"shown": "all"}).context["cl"].result_list) == {first, second}
    assert list(client.get(url, {"q": "rival"}).context["cl"].result_list) == [first]


def test_accepting_on_site_takes_the_report_in_the_same_step(client, world, risk, time_machine, stored):
    time_machine.move_to(NOW + DAY)
    waiting = asked(world.supplier, world.seller)
    url = f"/admin/suppliers/verification/{waiting.pk}/accept/"
    assert 'type="date"' in client.get(url).content.decode()
    given = {"level": "inspected", "expires_on": "2027-09-01", "inspected_on": "2026-08-20", "inspector": "Bureau"}
    assert client.post(url, given).status_code == 422
    report = SimpleUploadedFile("report.pdf", PDF)
    late = client.post(url, given | {"report_file": report, "expires_on": "2026-01-01"})
    assert late.status_code == 422 and "This day is over" in late.content.decode()
    assert len(stored()) == 1 and Document.objects.count() == 1
    fake = client.post(url, given | {"report_file": SimpleUploadedFile("report.pdf", b"MZ")})
    assert fake.status_code == 422 and "not what its name says" in fake.content.decode()
    assert client.post(url, given | {"report_file": SimpleUploadedFile("report.pdf", PDF)}).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.level, waiting.report.name, waiting.decided_by) == ("inspected", "report.pdf", risk)
    assert "Until 2027-09-02 00:00 UTC" in page_of(client, world.supplier)
    again = client.post(url, given | {"level": "verified"})
    assert again.status_code == 422 and "no longer open" in again.content.decode()


def test_the_queue_leads_to_the_request_and_no_link_stands_in_another(client, world, risk):
    waiting = asked(world.supplier, world.seller)
    page = client.get("/admin/suppliers/verification/").content.decode()
    found = re.search(rf'<a href="/admin/suppliers/verification/{waiting.pk}/change/[^>]*>(.*?)</a>', page, re.DOTALL)
    assert found and "<a" not in found[1] and world.supplier.name in found[1]


def test_refusing_needs_a_reason(client, world, risk):
    waiting = asked(world.supplier, world.seller)
    url = f"/admin/suppliers/verification/{waiting.pk}/refuse/"
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "The stamp is missing."}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.reason == "The stamp is missing."


def test_the_review_queue_and_its_acts(client, world, risk, django_assert_max_num_queries):
    order = stories.placed(world)
    assert act_of(client, world.supplier, "forged", reference="TA-NONE", reason="x").status_code == 422
    assert act_of(client, world.supplier, "forged", reference=order.reference, reason="Not theirs.").status_code == 302
    url = reverse("admin:suppliers_pause_changelist")
    with django_assert_max_num_queries(12):
        page = client.get(url).content.decode()
    assert "24 penalty points" in page and "Lumenworks" in page
    assert act_of(client, world.supplier, "keep-paused", reason="").status_code == 422
    assert act_of(client, world.supplier, "keep-paused", reason="They must answer.").status_code == 302
    assert "24 penalty points" not in client.get(url).content.decode()
    assert "They must answer." in client.get(url, {"shown": "all"}).content.decode()
    assert act_of(client, world.supplier, "active", reason="They did.").status_code == 302
    world.supplier.refresh_from_db()
    assert world.supplier.status == "active" and Pause.objects.get().ended_at is not None
    again = act_of(client, world.supplier, "active", reason="They did.")
    assert again.status_code == 422 and "takes new orders already" in again.content.decode()
    page = page_of(client, world.supplier)
    assert "Let it take orders again" not in page and "Keep paused" not in page


def test_what_staff_set_ends_when_it_follows_the_rating_again(client, world, risk):
    assert "Follow the rating again" in page_of(client, world.supplier)
    assert act_of(client, world.supplier, "follow", reason="The test is over.").status_code == 302
    world.supplier.refresh_from_db()
    assert (world.supplier.stars, world.supplier.stars_reason) == (None, "")
    assert act_of(client, world.supplier, "follow", reason="Again.").status_code == 422


def test_an_order_is_flagged_and_unflagged_from_its_page(client, world, risk):
    order = stories.shipped(world)
    url = f"/admin/orders/order/{order.pk}"
    assert client.post(f"{url}/flag/", {"reason": ""}).status_code == 422
    assert client.post(f"{url}/flag/", {"reason": "They share an address."}).status_code == 302
    page = client.get(f"{url}/change/").content.decode()
    assert "They share an address." in page and "Let it count again" in page and f"{url}/flag/" not in page
    assert client.post(f"{url}/flag/", {"reason": "x"}).status_code == 422
    assert client.post(f"{url}/unflag/", {"reason": "They do not."}).status_code == 302
    client.force_login(staff("finance"))
    assert client.post(f"{url}/flag/", {"reason": "x"}).status_code == 403
