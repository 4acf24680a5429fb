"""The portal, the directory and the mails of suppliers in another language: no word of ours stays English."""

import re

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import transaction

from accounts import mails
from accounts.models import Letter
from suppliers import actions
from suppliers.models import Category, PenaltyPoint, Supplier
from tests import stories
from tests.notifications.test_told_in_languages import english, page_words, spoken
from tests.pseudo import spoken_by
from tests.stories import DAY, NOW
from tests.suppliers import test_products as products
from tests.suppliers import test_verification as papers

pytestmark = pytest.mark.django_db
WRITTEN = re.compile(  # by people, or names and codes
    "Pendant lamps?|Brass, 30 cm|lamps, matt black|Lamps|lamb|lamp|pieces|Rivalworks|Ana Reis|Li Na|China|licence.pdf"
    "|SHA|EUR|GBP|CNY|JPY|KWD|zzq|mié|sáb"
)
PORTAL = (
    "",
    "orders/",
    "orders/?tab=all",
    "orders/?q=nothing",
    "contracts/new/",
    "team/",
    "profile/",
    "rating/",
    "rating/on-time/",
    "rating/standing/",
    "reviews/",
    "reviews/?tab=all",
    "products/",
    "products/?tab=archived",
    "products/new/",
    "documents/",
    "shipments/",
)


@pytest.fixture(autouse=True)
def other_language(settings, tmp_path, monkeypatch, world):
    """Everybody reads Spanish, which is our English in brackets."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(mails, "deliver", lambda ids, now: 0)  # they stay where they can be read
    for person in (world.buyer, world.seller, world.bookkeeper, world.rival_seller):
        person.language = "es"
        person.save()
    with spoken_by("es", spoken):
        yield


@pytest.fixture
def staff(db):
    user = stories.person("risk@staff.test", full_name="Ria Risk", is_staff=True)
    user.groups.add(Group.objects.get(name="risk"))
    return user


@pytest.fixture
def reader(client, world):
    """Reads a page and gives the words of it that nobody translated."""

    def read(path: str, *, user=None, supplier=None, at=NOW) -> list[str]:
        with time_machine.travel(at, tick=False):
            client.logout()
            client.cookies["django_language"] = "es"
            if user:
                client.force_login(user)
            if supplier:
                client.post("/switch/", {"acting": supplier.slug})
            html = client.get(path, follow=True).content.decode()
        return english(WRITTEN.sub(" ", page_words(re.sub(r"(?s)<select\b.*?</select>", " ", html))), world)

    return read


@pytest.fixture
def busy(world):
    """A supplier with orders in every state, points, products with photos and an invitation; when the first ended."""
    lighting = Category.objects.create(slug="lighting", name="Lighting")
    world.supplier.categories.set([lighting])
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=10_000_000_00)
    done = stories.expired(world)
    for _each in range(2):
        product = products.offered(world, lighting)
        actions.add_photo(product_id=product.pk, upload=products.a_photo(), by=world.seller, now=NOW)
    actions.archive_product(product_id=product.pk, by=world.seller, now=NOW)
    for begin in (stories.sent, stories.requested, stories.placed, stories.paid, stories.shipped, stories.received):
        begin(world)
    actions.invite(supplier_id=world.supplier.pk, email="ana@example.test", role="sales", by=world.seller, now=NOW)
    note(world, 1, now=done.closed_at, order_id=done.pk, kind="late")
    return done.closed_at


def note(world, times, *, now=NOW, order_id=0, kind=PenaltyPoint.Kind.NON_SHIPMENT) -> None:
    with transaction.atomic():
        for n in range(times):
            actions.note_points(
                supplier_id=world.supplier.pk, order_id=order_id + n, kind=kind, cause=f"{order_id}-{n}", now=now
            )


def test_the_portal_reads_in_the_language_of_its_people(reader, world, busy, staff):
    company, left = world.supplier, {}
    for user, paths in ((world.seller, PORTAL), (world.bookkeeper, ("", "profile/", "products/new/", "documents/"))):
        for path in paths:
            left[user, path] = reader(f"/portal/{path}", user=user, supplier=company, at=busy + DAY)
    listed, archived = company.products.order_by("archived_at")
    actions.take_out_product(product_id=listed.pk, reason="zzq", by=staff, now=NOW)
    for product in (listed, archived):
        left[product] = reader(f"/portal/products/{product.pk}/", user=world.seller, supplier=company)
    note(world, 4, order_id=10_000)
    left["paused"] = reader("/portal/rating/", user=world.seller, supplier=company)
    left["nowhere"] = reader("/portal/", user=world.buyer)
    assert {where: words for where, words in left.items() if words} == {}


def test_the_directory_reads_in_the_language_of_whoever_comes(reader, world, busy):
    product = world.supplier.products.kept().get()
    paths = (
        "/suppliers/",
        "/suppliers/?q=lamb&cover=10000",
        "/suppliers/?q=zzq&stars=5",
        f"/suppliers/{world.supplier.slug}/",
        f"/suppliers/{world.rival.slug}/",
        f"/products/{product.slug}/",
    )
    left = {(user, path): reader(path, user=user, at=busy + DAY) for user in (None, world.seller) for path in paths}
    note(world, 8, order_id=10_000)
    left["removed"] = reader(f"/suppliers/{world.supplier.slug}/")
    assert {where: words for where, words in left.items() if words} == {}


def test_verification_and_what_staff_decide_is_told_in_the_language_of_the_company(reader, world, staff):
    left = {}

    def documents(state: str, at=NOW):
        left[state] = reader("/portal/documents/", user=world.rival_seller, supplier=world.rival, at=at)

    asked = papers.ask(world)
    documents("waiting")
    actions.refuse_verification(verification_id=asked.pk, reason="zzq", by=staff, now=NOW)
    documents("refused")
    papers.accept(papers.ask(world, now=NOW + DAY), staff)
    documents("verified", NOW + 2 * DAY)
    note(world, 8)
    for status in ("paused", "active"):
        actions.set_status(supplier_id=world.supplier.pk, status=status, reason="zzq", by=staff, now=NOW)
    sent = Letter.objects.all()
    letters = {one: english(WRITTEN.sub(" ", f"{one.subject}\n{one.text}"), world) for one in sent}
    assert {letter.kind for letter in letters} == {"team.verified", "reviews.standing", "team.status"}
    left |= letters
    assert {where: words for where, words in left.items() if words} == {}
