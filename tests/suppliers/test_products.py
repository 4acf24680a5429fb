"""Products: what is kept of them, their photos, the pages of both sides, and contracts that start from them."""

import io
import threading
import uuid
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from PIL import Image

from events.models import Event
from orders import beginnings
from orders.forms import fresh_terms
from suppliers import actions
from suppliers.actions.products import add_product
from suppliers.models import Category, PriceStep, Product, ProductPhoto
from suppliers.models.product import WIDTHS
from tests import stories
from tests.browsing import complaints_of, look
from tests.stories import NOW
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

pytestmark = pytest.mark.django_db
STEPS = [(100, 12_50), (500, 11_00), (1000, 11_00)]


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return lambda: sorted(path for path in tmp_path.rglob("*") if path.is_file())


@pytest.fixture
def lamps(db):
    return Category.objects.create(slug="lamps", name="Lamps")


def given(lamps, **changes) -> dict:
    return {
        "name": "Pendant lamp",
        "category": lamps,
        "description": "Brass, 30 cm",
        "currency": "USD",
        "unit": "pieces",
        "minimum_quantity": 100,
        "lead_days": 30,
        "hs_code": "9405.11",
        "is_listed": True,
    } | changes


def offered(world, lamps, *, steps=STEPS, by=None, **changes) -> Product:
    return actions.add_product(
        supplier_id=world.supplier.pk,
        key=uuid.uuid4(),
        steps=steps,
        by=by or world.seller,
        now=NOW,
        **given(lamps, **changes),
    )


def a_photo(name="lamp.jpg", *, size=(1000, 700), format="JPEG", colour="#a8430a", **saving) -> SimpleUploadedFile:
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, format, **saving)
    return SimpleUploadedFile(name, kept.getvalue())


def events_of(world) -> list[str]:
    rows = Event.objects.filter(subject_kind="supplier", subject_id=world.supplier.pk, kind__startswith="product.")
    return list(rows.order_by("number").values_list("kind", flat=True))


# what is kept -----------------------------------------------------------------------------------------------------


def test_a_product_is_kept_with_its_steps_and_one_event(world, lamps):
    product = offered(world, lamps)
    assert product.hs_code == "940511"
    assert [(step.quantity_from, step.unit_price_minor) for step in product.ladder] == STEPS
    assert [product.price_minor(n) for n in (1, 100, 499, 500, 5000)] == [12_50, 12_50, 12_50, 11_00, 11_00]
    assert events_of(world) == ["product.added"]


def test_the_same_form_twice_makes_one_product(world, lamps):
    key = uuid.uuid4()
    made = {
        add_product(supplier_id=world.supplier.pk, key=key, steps=STEPS, by=world.seller, now=NOW, **given(lamps)).pk
        for _ in range(2)
    }
    assert len(made) == 1
    with pytest.raises(NotAllowed):
        add_product(supplier_id=world.rival.pk, key=key, steps=STEPS, by=world.rival_seller, now=NOW, **given(lamps))


@pytest.mark.parametrize(
    ("changes", "steps", "field"),
    [
        ({"name": "  "}, STEPS, "name"),
        ({"name": "x" * 121}, STEPS, "name"),
        ({"description": "x" * 4001}, STEPS, "description"),
        ({"category": None}, STEPS, "category"),
        ({"currency": "XYZ"}, STEPS, "currency"),
        ({"unit": ""}, STEPS, "unit"),
        ({"unit": "x" * 21}, STEPS, "unit"),
        ({"minimum_quantity": None}, STEPS, "minimum_quantity"),
        ({"minimum_quantity": 0}, STEPS, "minimum_quantity"),
        ({"minimum_quantity": 10**9 + 1}, STEPS, "minimum_quantity"),
        ({"lead_days": 0}, STEPS, "lead_days"),
        ({"lead_days": CURRENT.lead_days_max + 1}, STEPS, "lead_days"),
        ({"hs_code": "94051"}, STEPS, "hs_code"),
        ({"hs_code": "94051100000"}, STEPS, "hs_code"),
        ({"hs_code": "lamps!"}, STEPS, "hs_code"),
        ({}, [], "steps"),
        ({}, [(99, 10_00)], "steps"),
        ({}, [(100, 10_00), (100, 9_00)], "steps"),
        ({}, [(100, 10_00), (500, 9_00), (400, 8_00)], "steps"),
        ({}, [(100, 10_00), (500, 10_01)], "steps"),
        ({}, [(100, 0)], "steps"),
        ({}, [(100, 10**13 + 1)], "steps"),
        ({}, [(100, 10_00), (None, 9_00)], "steps"),
        ({}, [(100 + n, 10_00) for n in range(CURRENT.price_steps_max + 1)], "steps"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(world, lamps, changes, steps, field):
    with pytest.raises(Refused) as refused:
        offered(world, lamps, steps=steps, **changes)
    assert refused.value.field == field
    assert not Product.objects.exists() and not PriceStep.objects.exists()
    assert events_of(world) == []


def test_only_owners_and_sales_staff_of_the_company_change_products(world, lamps):
    product = offered(world, lamps)
    for person in (world.bookkeeper, world.rival_seller, world.buyer):
        with pytest.raises(NotAllowed):
            offered(world, lamps, by=person)
        with pytest.raises(NotAllowed):
            actions.change_product(product_id=product.pk, steps=STEPS, by=person, now=NOW, **given(lamps))
        with pytest.raises(NotAllowed):
            actions.archive_product(product_id=product.pk, by=person, now=NOW)
        with pytest.raises(NotAllowed):
            actions.add_photo(product_id=product.pk, upload=a_photo(), by=person, now=NOW)
    assert events_of(world) == ["product.added"]


def test_a_change_is_one_event_that_names_the_fields_and_none_when_nothing_changed(world, lamps):
    product = offered(world, lamps)
    same = {"product_id": product.pk, "by": world.seller, "now": NOW}
    actions.change_product(steps=STEPS, **same, **given(lamps))
    actions.change_product(steps=[(100, 9_00)], **same, **given(lamps, name="Wall lamp"))
    assert events_of(world) == ["product.added", "product.changed"]
    assert Event.objects.filter(kind="product.changed").get().data["fields"] == ["name", "steps"]
    assert Product.objects.get().price_minor(1000) == 9_00


def test_an_archived_product_is_kept_and_comes_back_unlisted(world, lamps, client):
    product = offered(world, lamps)
    for _ in range(2):
        actions.archive_product(product_id=product.pk, by=world.seller, now=NOW)
    assert client.get(product.get_absolute_url()).status_code == 404
    with pytest.raises(MovedOn):
        actions.change_product(product_id=product.pk, steps=STEPS, by=world.seller, now=NOW, **given(lamps))
    with pytest.raises(MovedOn):
        actions.add_photo(product_id=product.pk, upload=a_photo(), by=world.seller, now=NOW)
    back = actions.restore_product(product_id=product.pk, by=world.seller, now=NOW)
    assert not back.is_listed and back.archived_at is None
    assert events_of(world) == ["product.added", "product.archived", "product.restored"]


def test_a_company_keeps_so_many_products_and_no_more(world, lamps, monkeypatch):
    monkeypatch.setattr("suppliers.actions.products.CURRENT", replace(CURRENT, products_max=1))
    product = offered(world, lamps)
    with pytest.raises(Refused, match="at most 1 products"):
        offered(world, lamps)
    actions.archive_product(product_id=product.pk, by=world.seller, now=NOW)
    offered(world, lamps)
    with pytest.raises(Refused, match="at most 1 products"):
        actions.restore_product(product_id=product.pk, by=world.seller, now=NOW)


# photos -----------------------------------------------------------------------------------------------------------


def test_a_photo_is_made_anew_in_each_width_without_what_the_camera_wrote(world, lamps, stored, client):
    product = offered(world, lamps)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Spy camera", 6  # its maker; lying on its side
    photo = actions.add_photo(
        product_id=product.pk, upload=a_photo(size=(3000, 1000), exif=exif), by=world.seller, now=NOW
    )
    assert (photo.width, photo.height) == (533, 1600)
    assert len(stored()) == 3
    for width in WIDTHS:
        page = client.get(f"/products/photos/{photo.public_id}/{width}/")
        copy = Image.open(io.BytesIO(page.content))
        assert (copy.format, copy.width) == ("WEBP", min(width, 533))
        assert not copy.getexif() and b"Spy camera" not in page.content
        assert page["Content-Type"] == "image/webp" and page["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in page["Content-Security-Policy"] and "public" in page["Cache-Control"]
    assert client.get(f"/products/photos/{photo.public_id}/321/").status_code == 404
    assert client.get(f"/products/photos/{uuid.uuid4()}/320/").status_code == 404


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (SimpleUploadedFile("lamp.jpg", b""), "is empty"),
        (SimpleUploadedFile("lamp.jpg", b"<svg onload=alert(1)>" * 50), "not what its name says"),
        (SimpleUploadedFile("lamp.svg", b"<svg/>"), "not of a type"),
        (SimpleUploadedFile("lamp.pdf", b"%PDF-1.7"), "not of a type"),
        (a_photo(format="PNG"), "not what its name says"),
        (SimpleUploadedFile("cut.jpg", a_photo().read()[:900]), "damaged"),
        (a_photo(size=(1000, 90)), "smaller than 200 pixels"),
        (a_photo("huge.png", format="PNG", size=(9000, 9000)), "megapixels"),
    ],
)
def test_a_photo_that_is_none_gets_a_sentence_and_nothing_is_stored(world, lamps, stored, upload, sentence):
    product = offered(world, lamps)
    with pytest.raises(Refused, match=sentence) as refused:
        actions.add_photo(product_id=product.pk, upload=upload, by=world.seller, now=NOW)
    assert upload.name in str(refused.value)
    assert stored() == [] and not product.photos.exists()


def test_the_same_photo_counts_once_and_the_ninth_is_refused(world, lamps, stored):
    product = offered(world, lamps)
    one = {"product_id": product.pk, "by": world.seller, "now": NOW}
    first = actions.add_photo(upload=a_photo(), **one)
    assert actions.add_photo(upload=a_photo(), **one) == first
    assert len(stored()) == 3
    for n in range(1, CURRENT.photos_max):
        actions.add_photo(upload=a_photo(colour=(n, n, n), size=(300, 300)), **one)
    with pytest.raises(Refused, match="at most 8 photos"):
        actions.add_photo(upload=a_photo(colour="white"), **one)
    assert len(stored()) == 3 * CURRENT.photos_max


@pytest.mark.django_db(transaction=True)
def test_a_removed_photo_is_gone_with_its_copies_and_another_can_be_first(world, lamps, stored):
    product = offered(world, lamps)
    one = {"product_id": product.pk, "by": world.seller, "now": NOW}
    first, second = (actions.add_photo(upload=a_photo(colour=colour), **one) for colour in ("red", "blue"))
    actions.put_photo_first(photo_id=second.pk, by=world.seller, now=NOW)
    assert list(product.photos.order_by("place", "id")) == [second, first]
    actions.remove_photo(photo_id=first.pk, by=world.seller, now=NOW)
    assert len(stored()) == 3
    with pytest.raises(MovedOn):
        actions.remove_photo(photo_id=first.pk, by=world.seller, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_photos_at_once_never_pass_the_most(world, lamps, stored):
    product = offered(world, lamps)
    one = {"product_id": product.pk, "by": world.seller, "now": NOW}
    for n in range(CURRENT.photos_max - 1):
        actions.add_photo(upload=a_photo(colour=(30 * n, 0, 0), size=(300, 300)), **one)
    told = []

    def add(colour):
        try:
            actions.add_photo(upload=a_photo(colour=colour, size=(300, 300)), **one)
        except Refused as error:
            told.append(str(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add, args=(colour,)) for colour in ("red", "green", "blue")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert product.photos.count() == CURRENT.photos_max
    assert len(told) == 2 and len(stored()) == 3 * CURRENT.photos_max


def test_photos_of_what_buyers_do_not_see_are_for_the_company_alone(world, lamps, client):
    product = offered(world, lamps, is_listed=False)
    photo = actions.add_photo(product_id=product.pk, upload=a_photo(), by=world.seller, now=NOW)
    address = f"/products/photos/{photo.public_id}/320/"
    assert client.get(address).status_code == 404
    client.force_login(world.rival_seller)
    assert client.get(address).status_code == 404
    client.force_login(world.bookkeeper)
    page = client.get(address)
    assert page.status_code == 200 and "no-store" in page["Cache-Control"]


# pages ------------------------------------------------------------------------------------------------------------


def typed(**changes) -> dict:
    return {
        "name": "Pendant lamp",
        "category": "lamps",
        "description": "Brass",
        "currency": "USD",
        "unit": "pieces",
        "minimum_quantity": "1,000",
        "lead_days": "30",
        "hs_code": "9405 11",
        "is_listed": "on",
        "key": str(uuid.uuid4()),
        "steps-0-quantity_from": "1,000",
        "steps-0-unit_price": "12.50",
        "steps-2-quantity_from": "2000",
        "steps-2-unit_price": "11",
    } | changes


@pytest.fixture
def portal(client, world):
    client.force_login(world.seller)
    client.post("/switch/", {"acting": world.supplier.slug})
    return client


def test_a_seller_adds_changes_and_archives_a_product(portal, world, lamps):
    page = portal.post("/portal/products/new/", typed())
    product = Product.objects.get()
    assert page["Location"] == f"/portal/products/{product.pk}/"
    assert [(step.quantity_from, step.unit_price_minor) for step in product.ladder] == [(1000, 12_50), (2000, 11_00)]
    answer = portal.post(f"/portal/products/{product.pk}/", typed(name="Wall lamp", is_listed=""), follow=True)
    assert "Buyers don’t see it" in answer.content.decode()
    product.refresh_from_db()
    assert product.name == "Wall lamp" and not product.is_listed
    portal.post(f"/portal/products/{product.pk}/archive/")
    assert portal.get("/portal/products/").context["page"].rows == []
    assert "Wall lamp" in portal.get("/portal/products/?tab=archived").content.decode()
    assert "Restore" in portal.get(f"/portal/products/{product.pk}/").content.decode()


def test_a_first_price_without_a_quantity_counts_from_the_minimum(portal, world, lamps):
    portal.post("/portal/products/new/", typed(**{"steps-0-quantity_from": ""}))
    assert Product.objects.get().ladder[0].quantity_from == 1000


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Name the product."),
        ({"category": "nothing"}, "Select a valid choice"),
        ({"category": ""}, "Choose the category"),
        ({"minimum_quantity": "many"}, "Give a whole number"),
        ({"steps-0-unit_price": "cheap"}, "in figures only"),
        ({"steps-0-unit_price": ""}, "Give the price of a unit"),
        ({"steps-2-quantity_from": ""}, "Give whole numbers"),
        ({"steps-2-unit_price": "13"}, "more than for fewer"),
        ({"steps-0-quantity_from": "900"}, "counts from the minimum order"),
        ({"currency": "JPY"}, "JPY has no decimals"),
        ({"hs_code": "12"}, "6 to 10 figures"),
        ({"description": "x" * 5000}, "Keep this to 4,000 characters"),
        ({"currency": "XYZ"}, "Select a valid choice"),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(portal, world, lamps, changes, sentence):
    page = portal.post("/portal/products/new/", typed(**changes))
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert 'value="12.50"' in page.content.decode() or "steps-0-unit_price" in changes
    assert not Product.objects.exists()


def test_an_empty_form_hears_all_that_is_missing_at_once(portal, world, lamps):
    page = portal.post(
        "/portal/products/new/", typed(name=" ", category="", unit="", minimum_quantity="", lead_days="")
    )
    said = page.content.decode()
    for sentence in (
        "Name the product",
        "Choose the category",
        "Name the unit",
        "smallest quantity",
        "The lead time is",
    ):
        assert sentence in said
    assert not Product.objects.exists()


def test_the_photos_page_says_of_each_file_what_became_of_it(portal, world, lamps):
    product = offered(world, lamps)
    address = f"/portal/products/{product.pk}/photos/"
    answer = portal.post(address, {"files": [a_photo("a.jpg"), SimpleUploadedFile("b.jpg", b"nothing")]}, follow=True)
    text = answer.content.decode()
    assert "a.jpg is on the page" in text and "b.jpg is not what its name says" in text
    assert "Choose a photo first" in portal.post(address, follow=True).content.decode()
    photo = ProductPhoto.objects.get()
    assert portal.post(f"{address}{photo.pk}/first/").status_code == 302
    assert "The photo is removed" in portal.post(f"{address}{photo.pk}/remove/", follow=True).content.decode()
    assert portal.post(f"{address}{photo.pk}/remove/").status_code == 404


def test_another_companys_products_are_not_found(client, world, lamps):
    product = offered(world, lamps)
    photo = actions.add_photo(product_id=product.pk, upload=a_photo(), by=world.seller, now=NOW)
    client.force_login(world.rival_seller)
    client.post("/switch/", {"acting": world.rival.slug})
    own = f"/portal/products/{product.pk}/"
    assert client.get(own).status_code == 404
    for path in ("", "archive/", "restore/", "photos/", f"photos/{photo.pk}/remove/", f"photos/{photo.pk}/first/"):
        assert client.post(own + path, typed()).status_code == 404


def test_bookkeepers_see_the_list_and_change_nothing(client, world, lamps):
    product = offered(world, lamps)
    client.force_login(world.bookkeeper)
    client.post("/switch/", {"acting": world.supplier.slug})
    assert "Add a product" not in client.get("/portal/products/").content.decode()
    assert "Save the product" not in client.get(f"/portal/products/{product.pk}/").content.decode()
    assert client.post(f"/portal/products/{product.pk}/", typed()).status_code == 403
    assert client.post(f"/portal/products/{product.pk}/archive/").status_code == 403


def test_the_list_turns_pages_at_the_same_cost(portal, world, lamps, django_assert_max_num_queries):
    for n in range(30):
        offered(world, lamps, name=f"Lamp {n:02}")
    with django_assert_max_num_queries(6):
        first = portal.get("/portal/products/")
    second = portal.get(f"/portal/products/?page={first.context['page'].after}")
    names = [product.name for product in (*first.context["page"], *second.context["page"])]
    assert names == [f"Lamp {n:02}" for n in range(30)]


def test_the_public_page_shows_prices_lead_time_and_cover(client, world, lamps, django_assert_max_num_queries):
    product = offered(world, lamps)
    actions.add_photo(product_id=product.pk, upload=a_photo(), by=world.seller, now=NOW)
    with django_assert_max_num_queries(4):
        page = client.get(product.get_absolute_url())
    text = page.content.decode()
    for words in ("12.50", "11.00", "from <span", "30</span> days", "25,000.00", "3</span> of 5 stars", "940511"):
        assert words in text
    assert "Start a contract" in text and "Request a contract" in text
    assert product.name in client.get(world.supplier.get_absolute_url()).content.decode()
    actions.set_status(supplier_id=world.supplier.pk, status="paused", reason="x", by=None, now=NOW)
    assert "Start a contract" not in client.get(product.get_absolute_url()).content.decode()
    actions.set_status(supplier_id=world.supplier.pk, status="removed", reason="x", by=None, now=NOW)
    assert client.get(product.get_absolute_url()).status_code == 404


def test_markup_in_a_product_is_text(client, world, lamps):
    product = offered(world, lamps, name="<script>x</script>", description="<img src=x onerror=alert(1)>")
    text = client.get(product.get_absolute_url()).content.decode()
    assert "<script>x" not in text and "<img src=x" not in text


# contracts --------------------------------------------------------------------------------------------------------


def test_a_buyer_starts_a_contract_from_a_product(client, world, lamps):
    product = offered(world, lamps)
    client.force_login(world.buyer)
    page = client.get(f"/orders/new/?product={product.slug}&quantity=600")
    draft = page.context["draft"]
    line = draft.lines.forms[0].initial
    assert (line["product"], line["quantity"], line["unit"]) == ("Pendant lamp", "600", "pieces")
    assert (line["unit_price"], line["specification"]) == ("11.00", "Brass, 30 cm")
    assert draft.form.initial["title"] == "Pendant lamp, 600 pieces"
    assert (draft.form.initial["lead_days"], draft.form.initial["ship_by_on"]) == (30, None)
    assert [part.initial["amount"] for part in draft.plan.forms] == ["30%", "70%"]
    assert page.context["summary"]["total_minor"] == 6_600_00 and page.context["summary"]["gap_minor"] == 0


@pytest.mark.parametrize(
    ("quantity", "expected"), [("", 100), ("7", 100), ("-5", 100), ("x\x00", 100), ("1,200", 1200), ("9" * 30, 10**9)]
)
def test_a_quantity_that_can_not_be_is_the_minimum(world, lamps, client, quantity, expected):
    product = offered(world, lamps)
    client.force_login(world.buyer)
    page = client.get("/orders/new/", {"product": product.slug, "quantity": quantity})
    assert page.context["draft"].lines.forms[0].initial["quantity_n"] == expected


def test_a_buyer_requests_a_contract_from_a_product(client, world, lamps):
    product = offered(world, lamps)
    client.force_login(world.buyer)
    page = client.get(f"/orders/request/?product={product.slug}&quantity=500")
    assert page.context["form"]["title"].value() == "Pendant lamp, 500 pieces"
    assert "500 pieces of Pendant lamp, at USD 11.00 each" in page.context["form"]["request"].value()
    sent = {"supplier": world.supplier.slug, "key": uuid.uuid4(), "title": "Lamps", "request": "500 of them"}
    assert client.post(f"/orders/request/?product={product.slug}", sent).status_code == 302


def test_a_wrong_other_or_archived_product_is_not_found(client, world, lamps):
    product, hidden = offered(world, lamps), offered(world, lamps, is_listed=False)
    gone = offered(world, lamps)
    actions.archive_product(product_id=gone.pk, by=world.seller, now=NOW)
    order = stories.requested(world)
    client.force_login(world.buyer)
    for page in ("/orders/new/", "/orders/request/"):
        for slug in ("nothing", hidden.slug, gone.slug, "x%00y"):
            assert client.get(f"{page}?product={slug}").status_code == 404, (page, slug)
        assert client.get(f"{page}?product={product.slug}&supplier={world.rival.slug}").status_code == 404
    client.force_login(world.seller)
    client.post("/switch/", {"acting": world.supplier.slug})
    for slug in ("nothing", hidden.slug, gone.slug):
        assert client.get(f"/portal/contracts/new/?product={slug}").status_code == 404
        assert client.get(f"/orders/{order.reference}/contract/edit/?product={slug}").status_code == 404


def test_a_supplier_drafts_from_a_product_for_a_buyer_that_asked(portal, world, lamps):
    product, order = offered(world, lamps), stories.requested(world)
    page = portal.get(f"/portal/contracts/new/?product={product.slug}")
    address = f"/orders/{order.reference}/contract/edit/?product={product.slug}"
    assert address in page.content.decode()
    draft = portal.get(address).context["draft"]
    assert draft.lines.forms[0].initial["unit_price"] == "12.50"
    assert draft.form.initial["title"] == "Lamps"  # the buyer's own words stay


def test_a_supplier_copies_a_former_contract_without_the_other_buyers_address(portal, world, lamps):
    former = stories.placed(world)
    order = stories.actions.request_contract(
        buyer=world.stranger, supplier_id=world.supplier.pk, title="More", request="As usual", key=None, now=NOW
    )
    page = portal.get(f"/portal/contracts/new/?copy={former.reference.lower()}")
    address = f"/orders/{order.reference}/contract/edit/?copy={former.reference}"
    assert address in page.content.decode()
    draft = portal.get(address).context["draft"]
    initial = draft.form.initial
    assert draft.lines.forms[0].initial["product"] == "Pendant lamp"
    assert (initial["title"], initial["destination_address"], initial["place"]) == ("More", "", "Nansha")
    mine = stories.requested(world)
    same = portal.get(f"/orders/{mine.reference}/contract/edit/?copy={former.reference}").context["draft"]
    assert same.form.initial["destination_address"] == "12 Quay Street, Auckland"


def test_what_is_written_is_not_copied_over_and_others_contracts_are_not_found(portal, client, world, lamps):
    former, order = stories.placed(world), stories.requested(world)
    edit = f"/orders/{order.reference}/contract/edit/"
    assert portal.get(f"{edit}?copy=TA-XXXX-XXXX").status_code == 404
    wrong = portal.get("/portal/contracts/new/?copy=nonsense")
    assert wrong.status_code == 422 and "no contract with the number NONSENSE" in wrong.content.decode()
    own = stories.terms(title="My own")
    stories.actions.save_draft(order_id=order.id, terms=own, by=world.seller, now=NOW)
    assert portal.get(f"{edit}?copy={former.reference}").context["draft"].form.initial["title"] == "My own"
    client.force_login(world.rival_seller)
    client.post("/switch/", {"acting": world.rival.slug})
    assert client.get(f"/portal/contracts/new/?copy={former.reference}").status_code == 422


def test_a_buyer_orders_again_on_the_former_terms_from_the_same_supplier_only(client, world):
    former = stories.placed(world)
    client.force_login(world.buyer)
    assert f"from={former.reference}" in client.get(former.get_absolute_url()).content.decode()
    page = client.get(f"/orders/new/?supplier={world.supplier.slug}&from={former.reference}")
    assert page.context["draft"].form.initial["title"] == "Pendant lamps, 100"
    assert client.get(f"/orders/new/?supplier={world.rival.slug}&from={former.reference}").status_code == 404
    client.force_login(world.stranger)
    assert client.get(f"/orders/new/?supplier={world.supplier.slug}&from={former.reference}").status_code == 404


def test_the_plan_of_a_product_adds_up_to_the_cent(world, lamps):
    product = offered(world, lamps, minimum_quantity=3, steps=[(3, 33_33)])
    terms = beginnings.from_product(product, 3, fresh_terms(buyer=world.buyer, now=NOW))
    assert sum(part.amount_minor for part in terms.plan) == terms.total_minor == 99_99


# in a browser -----------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_seller_adds_a_photo_and_a_buyer_starts_a_contract(
    live_server, browser, world, lamps, client, width, tmp_path
):
    product = offered(world, lamps)
    picture = tmp_path / "lamp.png"
    picture.write_bytes(a_photo(format="PNG").read())

    def page_of(user):
        client.force_login(user)
        if user == world.seller:
            client.post("/switch/", {"acting": world.supplier.slug})
        context = browser.new_context(viewport={"width": width, "height": 900})
        name, value = "sessionid", client.cookies["sessionid"].value
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        page = context.new_page()
        page.complaints = complaints_of(page)
        return page

    seller = page_of(world.seller)
    look(seller, f"{live_server.url}/portal/products/", "products")
    look(seller, f"{live_server.url}/portal/products/new/", "product-new")
    look(seller, f"{live_server.url}/portal/products/{product.pk}/", "product-edit")
    seller.set_input_files("#files", str(picture))
    seller.get_by_role("button", name="Add the photos").click()
    seller.get_by_text("Shown first").wait_for()
    look(seller, "", "product-with-photo")
    buyer = page_of(world.buyer)
    look(buyer, f"{live_server.url}/suppliers/?q=pendent+lamp&category=lamps", "directory")
    buyer.get_by_role("link", name="Pendant lamp").click()
    buyer.get_by_role("heading", name="Pendant lamp").wait_for()
    look(buyer, "", "product")
    buyer.get_by_label("Quantity").fill("500")
    buyer.get_by_role("button", name="Start a contract").click()
    buyer.get_by_role("heading", name="Draft a contract").wait_for()
    assert urlsplit(buyer.url).path == "/orders/new/"
    assert buyer.locator("#id_lines-0-unit_price").input_value() == "11.00"
    look(buyer, "", "contract-from-product")
    assert seller.complaints == buyer.complaints == []
    connection.close()
