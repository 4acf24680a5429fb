"""Risk staff take a product out of the directory and let it back; the company is told and cannot undo it."""

from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from suppliers import actions
from suppliers.directory import Search, suppliers_for
from suppliers.models import Category, Product
from tests import stories
from tests.orders.test_pages import client_of, text_of
from tests.orders.test_races import at_once
from tests.stories import NOW
from tests.suppliers.test_products import a_photo, events_of, given, offered
from tests.test_admin import staff
from trade_assurance.refused import MovedOn, NotAllowed, Refused

pytestmark = pytest.mark.django_db
WHY = "The photos show another maker's lamp."


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def lamps(db):
    return Category.objects.create(slug="lamps", name="Lamps")


@pytest.fixture
def product(world, lamps):
    return offered(world, lamps, name="Zirconia lamp")


def take_out(product, by, reason=WHY) -> Product:
    return actions.take_out_product(product_id=product.pk, reason=reason, by=by, now=NOW)


def let_back(product, by, reason="Mended") -> Product:
    return actions.let_product_back(product_id=product.pk, reason=reason, by=by, now=NOW)


def found(words: str) -> int:
    return suppliers_for({}, Search.of(words)).count()


def test_buyers_no_longer_find_it_and_find_it_again_when_it_is_let_back(world, product, client):
    risk, page = staff("risk"), product.get_absolute_url()
    photo = actions.add_photo(product_id=product.pk, upload=a_photo(), by=world.seller, now=NOW)
    address = reverse("suppliers:photo", args=[photo.public_id, 320])
    assert found("zirconia") == 1 and client.get(page).status_code == 200
    take_out(product, risk)
    assert found("zirconia") == 0
    for gone in (page, address, f"/portal/contracts/new/?product={product.slug}"):
        assert client.get(gone).status_code in (302, 404), gone
    buyer = client_of(world.buyer)
    assert buyer.get(f"/contracts/new/?product={product.slug}").status_code == 404
    assert "Zirconia" not in text_of(client.get(world.supplier.get_absolute_url()))
    assert client_of(world.seller).get(address).status_code == client_of(risk).get(address).status_code == 200
    let_back(product, risk)
    assert found("zirconia") == 1 and client.get(page).status_code == client.get(address).status_code == 200
    assert events_of(world) == ["product.added", "product.photo_added", "product.taken_out", "product.let_back"]


def test_the_company_is_told_why_and_cannot_undo_it(world, product, mailoutbox, django_capture_on_commit_callbacks):
    risk = staff("risk")
    with django_capture_on_commit_callbacks(execute=True):
        take_out(product, risk)
    [mail] = mailoutbox
    assert mail.to == ["seller@test.test"] and WHY in mail.body and "taken out" in mail.subject
    client = client_of(world.seller)
    page = client.get(reverse("portal:product", args=[product.pk]))
    assert "took this product out" in text_of(page) and "Draft a contract from it" not in text_of(page)
    assert "Taken out by our staff" in text_of(client.get("/portal/products/"))
    actions.archive_product(product_id=product.pk, by=world.seller, now=NOW)
    actions.restore_product(product_id=product.pk, by=world.seller, now=NOW)
    changed = given(product.category, name="Another name")
    actions.change_product(product_id=product.pk, steps=[(100, 1)], by=world.seller, now=NOW, **changed)
    assert not Product.objects.listed().exists()
    with django_capture_on_commit_callbacks(execute=True):
        let_back(product, risk)
    assert "back in the directory" in mailoutbox[1].subject and "Mended" in mailoutbox[1].body
    assert "took this product out" not in text_of(client.get(reverse("portal:product", args=[product.pk])))


def test_only_risk_staff_who_do_not_work_there_with_a_reason_once(world, product):
    risk = staff("risk")
    for by in (world.seller, world.buyer, staff("adjudicator")):
        with pytest.raises(NotAllowed):
            take_out(product, by)
    insider = staff("finance")
    insider.groups.add(Group.objects.get(name="risk"))
    actions.add_member(supplier_id=world.supplier.id, user=insider, role="finance", by=world.seller, now=NOW)
    with pytest.raises(NotAllowed, match="work for this company"):
        take_out(product, insider)
    for reason, words in (("  ", "Say why"), ("x" * 301, "300 characters")):
        with pytest.raises(Refused, match=words):
            take_out(product, risk, reason)
    with pytest.raises(MovedOn, match="not taken out"):
        let_back(product, risk)
    take_out(product, risk)
    with pytest.raises(MovedOn, match="already"):
        take_out(product, risk)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_takes_it_out(transactional_db):
    world = stories.build_world()
    product = offered(world, Category.objects.create(slug="lamps", name="Lamps"))
    risk = staff("risk")
    results = at_once(*(partial(take_out, product, risk) for _ in range(2)))
    assert sorted(type(result).__name__ for result in results) == ["MovedOn", "Product"]


# the desk ---------------------------------------------------------------------------------------------------------


def test_the_desk_lists_finds_and_acts(client, world, product, lamps):
    offered(world, lamps, name="Brass <b>bell</b>")
    pages = reverse("admin:suppliers_product_changelist")
    client.force_login(staff("risk"))
    everything = client.get(pages).content.decode()
    assert "Zirconia lamp" in everything and "&lt;b&gt;bell" in everything
    for words in ("zirconia", product.slug, f"https://x.test/products/{product.slug}/"):
        page = text_of(client.get(pages, {"q": words}))
        assert "Zirconia lamp" in page and "bell" not in page, words
    assert "Zirconia lamp" in text_of(client.get(pages, {"q": world.supplier.name}))
    assert "Zirconia lamp" not in text_of(client.get(pages, {"q": "nothing fits"}))
    one = reverse("admin:suppliers_product_change", args=[product.pk])
    page = text_of(client.get(one))
    assert "Take out of the directory" in page and "Let it back" not in page and "12.50" in page
    act = one.replace("change/", "take-out/")
    assert client.get(act).status_code == 200
    assert client.post(act, {"reason": ""}).status_code == 422
    assert client.post(act, {"reason": WHY}).status_code == 302
    product.refresh_from_db(fields=["taken_out_at", "taken_out_because"])
    assert product.taken_out_because == WHY
    assert "Zirconia lamp" in text_of(client.get(pages, {"shown": "out"}))
    assert "Zirconia lamp" not in text_of(client.get(pages, {"shown": "yes"}))
    page = text_of(client.get(one))
    assert "Let it back" in page and WHY.replace("'", "&#x27;") in page
    assert client.post(one.replace("change/", "let-back/"), {"reason": "Fine now"}).status_code == 302
    assert Product.objects.listed().filter(pk=product.pk).exists()


def test_other_staff_have_no_such_page(client, world, product):
    for group in ("finance", "adjudicator"):
        client.force_login(staff(group))
        assert client.get(reverse("admin:suppliers_product_changelist")).status_code == 403
        act = reverse("admin:suppliers_product_change", args=[product.pk]).replace("change/", "take-out/")
        assert client.post(act, {"reason": WHY}).status_code == 403
    assert Product.objects.listed().exists()


def test_the_desk_costs_the_same_for_many(client, world, lamps, django_assert_max_num_queries):
    for n in range(6):
        offered(world, lamps, name=f"Lamp {n}")
    client.force_login(staff("risk"))
    client.get(reverse("admin:suppliers_product_changelist"))
    with django_assert_max_num_queries(7):
        client.get(reverse("admin:suppliers_product_changelist"))
