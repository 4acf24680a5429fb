"""The staff desk: who sees what, that nobody edits money or lifecycle rows, and that acts go through actions."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.models import User
from events.models import Event
from ledger.models import Account, Transfer
from orders.models import ContractVersion, Order, ReferenceRate, Shipment
from suppliers.models import Supplier
from tests import stories
from tests.stories import person
from trade_assurance.staff import ReadOnly

pytestmark = pytest.mark.django_db

ALL = {"adjudicator", "finance", "risk"}
LISTS = {
    "orders_order": ALL,
    "orders_contractversion": ALL,
    "orders_shipment": ALL,
    "orders_referencerate": ALL,
    "orders_review": ALL,
    "ledger_account": {"finance"},
    "ledger_transfer": {"finance"},
    "suppliers_supplier": ALL,
    "suppliers_reservation": ALL,
    "suppliers_verification": {"risk"},
    "suppliers_pause": {"risk"},
    "suppliers_product": {"risk"},
    "suppliers_category": ALL,
    "events_event": ALL,
    "accounts_user": ALL,
    "payments_payment": ALL,
    "payments_bankentry": {"finance", "risk"},
    "payments_matchproposal": {"finance"},
    "payments_payerquestion": {"finance"},
    "payments_check": {"finance", "risk"},
    "payments_refund": ALL,
    "payments_payout": {"finance"},
    "payments_dailyclose": {"finance"},
    "payments_receivable": {"finance"},
    "payments_payoutbatch": {"finance"},
    "disputes_dispute": ALL,
    "disputes_decision": ALL,
    "disputes_inspector": ALL,
}
EDITABLE = {"orders_referencerate", "suppliers_category", "accounts_user", "auth_group", "disputes_inspector"}


def staff(role=None, **fields):
    user = person(f"{role or 'root'}@staff.test", is_staff=True, **fields)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def received_order(world):
    return stories.received(world)


@pytest.mark.parametrize("page", LISTS)
@pytest.mark.parametrize("role", sorted(ALL))
def test_each_role_reads_its_lists_and_no_others(client, role, page):
    client.force_login(staff(role))
    response = client.get(reverse(f"admin:{page}_changelist"))
    assert response.status_code == (200 if role in LISTS[page] else 403)


@pytest.mark.parametrize("role", sorted(ALL))
def test_the_sidebar_leads_only_where_the_role_may_go(client, role):
    client.force_login(staff(role))
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    html = page.content.decode()
    for name, roles in LISTS.items():
        assert (reverse(f"admin:{name}_changelist") in html) == (role in roles), name


def test_the_desk_names_its_icon_so_that_no_browser_looks_for_another(client):
    client.force_login(staff("risk"))
    assert 'type="image/svg+xml"' in client.get(reverse("admin:index")).content.decode()


def test_a_buyer_is_not_let_in(client, world):
    client.force_login(world.buyer)
    assert client.get(reverse("admin:orders_order_changelist")).status_code in (302, 403)


def test_every_search_answers(client, received_order):
    client.force_login(staff(is_superuser=True))
    for term in (
        received_order.reference.lower(),
        "buyer@test.test",
        "Lumen",
        str(received_order.pk),
        "9" * 30,
        "%\x00'",
    ):
        for page in LISTS:
            assert client.get(reverse(f"admin:{page}_changelist"), {"q": term}).status_code == 200, (page, term)
    found = client.get(reverse("admin:orders_order_changelist"), {"q": received_order.reference.lower()})
    assert list(found.context["cl"].result_list) == [received_order]


def test_an_order_shows_its_parts_and_its_events(client, received_order):
    client.force_login(staff("adjudicator"))
    page = client.get(reverse("admin:orders_order_change", args=[received_order.pk])).content.decode()
    for words in ("Pendant lamp", "Deposit", "RF", "Sample Ocean Line", "receipt.confirmed", "USD 10,000.00"):
        assert words in page


def test_detail_pages_open(client, received_order):
    client.force_login(staff(is_superuser=True))
    for model in (Order, ContractVersion, Shipment, Account, Transfer, Supplier, Event, ReferenceRate):
        row = model.objects.order_by("pk").first()
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        assert client.get(url).status_code == 200, model


def test_accounts_of_the_platform_are_added_up_on_their_page(client, received_order):
    client.force_login(staff("finance"))
    bank = Account.objects.get(kind="bank")
    page = client.get(reverse("admin:ledger_account_change", args=[bank.pk])).content.decode()
    assert "USD 10,000.00" in page


def test_nothing_of_money_or_lifecycle_can_be_changed_even_by_a_superuser(client, received_order):
    client.force_login(staff(is_superuser=True))
    for model, model_admin in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        if name in EDITABLE:
            continue
        assert isinstance(model_admin, ReadOnly), f"{name} can be edited"
        row = model.objects.order_by("pk").first()
        assert client.get(reverse(f"admin:{name}_add")).status_code == 403
        if row:
            assert client.post(reverse(f"admin:{name}_change", args=[row.pk]), {"amount_minor": 1}).status_code == 403
            assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_no_list_counts_its_table(client, received_order, django_assert_max_num_queries):
    client.force_login(staff(is_superuser=True))
    for page in LISTS.keys() - EDITABLE:
        with django_assert_max_num_queries(12) as queries:
            assert client.get(reverse(f"admin:{page}_changelist")).status_code == 200
        few = "notifications_notice"  # the header's unread notices, counted up to a hundred
        counted = [q["sql"] for q in queries if "COUNT(" in q["sql"].upper() and few not in q["sql"]]
        assert not counted, counted


def test_verifying_changes_the_limit_and_writes_an_event(client, world):
    risk = staff("risk")
    client.force_login(risk)
    url = f"/admin/suppliers/supplier/{world.supplier.pk}/verify/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"level": "verified"}).status_code == 302
    world.supplier.refresh_from_db()
    assert (world.supplier.level, world.supplier.limit_minor) == ("verified", 10_000_00)
    event = Event.objects.about("supplier", world.supplier.pk).last()
    assert (event.kind, event.actor_id) == ("supplier.verified", risk.pk)
    page = client.get(reverse("admin:suppliers_supplier_change", args=[world.supplier.pk])).content.decode()
    assert "supplier.verified" in page
    assert "inspected" in page  # what the database kept of before


@pytest.mark.parametrize(
    ("path", "posted", "words"),
    [
        ("limit", {"limit": "12,000.00", "reason": ""}, "Say why"),
        ("limit", {"limit": "ten", "reason": "x"}, ""),
        ("limit", {"limit": "2,000,000.00", "reason": "x"}, "Give a limit between"),
        ("stars", {"stars": "6", "reason": "x"}, "valid choice"),
        ("status", {"status": "paused", "reason": " "}, "Say why"),
    ],
)
def test_an_act_that_is_refused_says_why_at_its_field_and_changes_nothing(client, world, path, posted, words):
    client.force_login(staff("risk"))
    before = Supplier.objects.filter(pk=world.supplier.pk).values().get()
    response = client.post(f"/admin/suppliers/supplier/{world.supplier.pk}/{path}/", posted)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Supplier.objects.filter(pk=world.supplier.pk).values().get() == before


def test_stars_limit_and_status_are_set_with_a_reason(client, world):
    client.force_login(staff("risk"))
    base = f"/admin/suppliers/supplier/{world.supplier.pk}"
    assert client.post(f"{base}/stars/", {"stars": "", "reason": "too few orders"}).status_code == 302
    assert client.post(f"{base}/limit/", {"limit": "12,000.00", "reason": "a good year"}).status_code == 302
    assert client.post(f"{base}/status/", {"status": "paused", "reason": "papers"}).status_code == 302
    world.supplier.refresh_from_db()
    assert (world.supplier.stars, world.supplier.limit_minor, world.supplier.status) == (None, 12_000_00, "paused")


@pytest.mark.parametrize("role", ["adjudicator", "finance"])
def test_only_risk_acts_on_suppliers_and_shipments(client, world, role):
    order = stories.shipped(world)
    client.force_login(staff(role))
    shipment = order.shipments.get()
    for url in (
        *(f"/admin/suppliers/supplier/{world.supplier.pk}/{act}/" for act in ("verify", "stars", "limit", "status")),
        f"/admin/orders/shipment/{shipment.pk}/arrival/",
    ):
        assert client.get(url).status_code == 403
        assert client.post(url, {"level": "inspected", "reason": "x"}).status_code == 403


def test_risk_records_an_arrival(client, world):
    order = stories.shipped(world)
    shipment = order.shipments.get()
    client.force_login(staff("risk"))
    url = f"/admin/orders/shipment/{shipment.pk}/arrival/"
    assert client.post(url, {}).status_code == 422
    at = shipment.dispatched_at + stories.DAY
    posted = {"arrived_at_0": f"{at:%Y-%m-%d}", "arrived_at_1": f"{at:%H:%M:%S}"}
    assert client.post(url, posted).status_code == 302
    order = stories.fresh(order)
    assert order.shipments.get().arrived_at == at.replace(microsecond=0)
    assert order.auto_confirm_at == at.replace(microsecond=0) + 15 * stories.DAY


def test_finance_keeps_the_rates_and_others_read_them(client, world):
    url = reverse("admin:orders_referencerate_add")
    posted = {"currency": "EUR", "on": "2026-11-01", "usd_per_unit": "1.09"}
    client.force_login(staff("risk"))
    assert client.post(url, posted).status_code == 403
    client.force_login(staff("finance"))
    assert client.post(url, posted | {"currency": "XXX"}).status_code == 200
    assert client.post(url, posted).status_code == 302
    assert ReferenceRate.objects.filter(currency="EUR", on="2026-11-01").exists()


def test_groups_have_their_permissions_from_migrations(db):
    risk = User.objects.create_user("r@staff.test", is_staff=True)
    risk.groups.add(Group.objects.get(name="risk"))
    assert risk.has_perms(["suppliers.verify_supplier", "orders.record_arrival", "orders.view_order"])
    assert not risk.has_perm("ledger.view_transfer")
