"""Orders in another language: no word of ours on their pages stays English; what is kept is, whoever acts."""

import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from accounts import mails
from events.models import Event
from orders import actions, remedies
from orders.certificate import number_of
from orders.models import Order, Shipment
from orders.steps import steps_for
from suppliers.models import Supplier
from tests import stories
from tests.notifications.test_told_in_languages import english, page_words, spoken
from tests.pseudo import spoken_by
from tests.stories import DAY, NOW
from trade_assurance.rulebook import CURRENT

pytestmark = pytest.mark.django_db
WRITTEN = re.compile(  # by people, or names and codes
    r"Pendant lamps?|Lamps|lamps, matt black|Deposit|Balance|Incoterms|SHA|pieces|Nansha|Quay Street, Auckland|\bNZ\b"
    r"|Asia/Shanghai|Pacific/Auckland|Sample Ocean Line|SOL-|\bRF\w+|\b[0-9a-f]{64}\b|mié|sáb"
)
BEGINNINGS = ("requested", "sent", "placed", "paid", "shipped", "received", "expired", "cancelled", "refunded")


@pytest.fixture(autouse=True)
def other_language(settings, tmp_path, monkeypatch, world):
    """Everybody reads Spanish, which is our English in brackets."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(mails, "deliver", lambda ids, now: 0)
    for person in (world.buyer, world.seller):
        person.language = "es"
        person.save()
    with spoken_by("es", spoken):
        yield


@pytest.fixture
def reader(client, world):
    """Reads a page and gives the words of it that nobody translated."""

    def read(path: str, user, at=NOW) -> list[str]:
        with time_machine.travel(at, tick=False):
            client.logout()
            client.cookies["django_language"] = "es"
            client.force_login(user)
            if user == world.seller:
                client.post("/switch/", {"acting": world.supplier.slug})
            html = client.get(path, follow=True).content.decode()
        assert '<html lang="es"' in html
        return english(WRITTEN.sub(" ", page_words(html)), world)

    return read


def pages(order: Order, user, now) -> list[str]:
    """The order's page and that of every step that can be taken now, but what the contract's own tests read."""
    contract = {"edit", "accept", "amend", "answer_amendment", "message"}
    steps = steps_for(order, user, now)
    return [order.get_absolute_url(), *(s.url for s in steps if s.allowed and s.url and s.code not in contract)]


@pytest.mark.parametrize("name", BEGINNINGS)
def test_the_pages_of_an_order_are_read_in_the_language_of_either_side(reader, world, name):
    order = getattr(stories, name)(world)
    at = stories.fresh(order).closed_at or NOW + 11 * DAY if name != "sent" else NOW
    left = {}
    for user in (world.buyer, world.seller):
        for path in pages(stories.fresh(order), user, at):
            if "/disputes/" not in path and "/payments/" not in path and "/pay/" not in path:
                left[user.email, path] = reader(path, user, at)
    assert {where: words for where, words in left.items() if words} == {}


def test_a_late_order_is_read_in_the_language_of_either_side(reader, world):
    order = stories.paid(world)
    late = stories.fresh(order).ship_by_at + DAY
    actions.note_late(order_id=order.id, now=late)
    assert {user.email: reader(order.get_absolute_url(), user, late) for user in (world.buyer, world.seller)} == {
        world.buyer.email: [],
        world.seller.email: [],
    }


def test_lists_are_read_in_the_language_of_the_buyer(reader, world):
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=10_000_000_00)
    for name in BEGINNINGS:
        getattr(stories, name)(world)
    paths = [reverse("orders:dashboard"), *(reverse("orders:list") + query for query in ("", "?tab=needs", "?q=zzq"))]
    assert {path: words for path in paths if (words := reader(path, world.buyer, NOW + 11 * DAY))} == {}


def test_a_certificate_is_checked_in_the_language_of_whoever_does(reader, world):
    numbers = ["AB"] + [number_of(getattr(stories, name)(world)) for name in ("placed", "paid")]
    left = {number: reader(reverse("orders:certificate_check", args=[number]), world.buyer) for number in numbers}
    assert {number: words for number, words in left.items() if set(words) - set(numbers)} == {}


def test_a_later_receipt_is_found_in_the_readers_language(reader, world):
    order = stories.shipped(world)
    at = stories.fresh(order).auto_confirm_at
    actions.auto_confirm(order_id=order.id, now=at)
    paths = [order.get_absolute_url(), reverse("orders:later_receipt", args=[order.reference])]
    assert {path: words for path in paths if (words := reader(path, world.buyer, at + DAY))} == {}


def kept(order: Order) -> tuple:
    """What the database has of an order in words."""
    order = stories.fresh(order)
    events = list(Event.objects.about("order", order.id).values_list("kind", "data"))
    texts = [(kind, re.sub(r"\d+", "0", str(sorted(data.items())))) for kind, data in events]
    facts = list(Shipment.objects.filter(order=order).values_list("fact", flat=True))
    return order.status, order.closed_because, facts, [kind for kind, _data in events], [*map(sorted, map(str, texts))]


@pytest.mark.parametrize("name", BEGINNINGS)
def test_what_is_kept_is_the_same_in_every_language(world, name):
    with translation.override("en"):
        first = kept(getattr(stories, name)(world))
    with translation.override("es"):
        assert kept(getattr(stories, name)(world)) == first


def test_a_working_is_kept_in_english_and_told_in_the_readers_language():
    goods = remedies.Goods(100, "pieces", 500, 2_000, "USD", tolerance_bp=100)
    found = remedies.Found(50, major=9, minor=20)
    with translation.override("es"):
        parts = (
            remedies.shortage(goods, 90, CURRENT),
            remedies.shortage(goods, 99, CURRENT),
            remedies.nonconformity(goods, 80, found, CURRENT, ("2.5", "4.0")),
            remedies.keep(goods, 80, 5_000, CURRENT),
            remedies.late(goods, [(40, 1), (40, 3)], CURRENT),
        )
        workings = [words for part in parts for words, _minor in part.working]
        told = [remedies.told(words) for words in workings]
    assert not any("⟦" in words for words in workings)
    said = [words for words in workings if re.search("[a-z]{3}", words.replace("pieces", ""))]
    assert said and all("⟦" in one for words, one in zip(workings, told, strict=True) if words in said)
