"""The public directory and a supplier's page."""

import pytest

from suppliers import actions
from suppliers.models import Category, Supplier
from tests.stories import NOW, company, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(db):
    owner = person("owner@test.test", full_name="Owner")
    lamps = Category.objects.create(slug="lamps", name="Lamps and lighting")
    found = {}
    for name, country, city, about, level in (
        ("Lumenworks", "CN", "Foshan", "Aluminium pendants", "verified"),
        ("Casa Olaria", "PT", "Porto", "Glazed planters", "unverified"),
        ("Ardent Textiles", "IN", "Tiruppur", "Cotton towels", "inspected"),
    ):
        supplier = company(name, owner=owner, stars=None, level=level)
        Supplier.objects.filter(pk=supplier.pk).update(country=country, city=city, about=about)
        found[name] = supplier
    found["Lumenworks"].categories.add(lamps)
    return found


def names(response):
    return [supplier.name for supplier in response.context["page"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Ardent Textiles", "Casa Olaria", "Lumenworks"]),
        ("q=lumen", ["Lumenworks"]),
        ("q=PORTO", ["Casa Olaria"]),
        ("q=towels", ["Ardent Textiles"]),
        ("q=lighting", ["Lumenworks"]),
        ("country=PT", ["Casa Olaria"]),
        ("category=lamps", ["Lumenworks"]),
        ("verified=on", ["Ardent Textiles", "Lumenworks"]),
        ("q=100%25_", []),
        ("category=none&country=ZZ&page=%00nonsense", ["Ardent Textiles", "Casa Olaria", "Lumenworks"]),
    ],
)
def test_search_and_filters_narrow_the_directory(client, market, query, expected):
    response = client.get(f"/suppliers/?{query}")
    assert response.status_code == 200
    assert names(response) == expected


def test_removed_suppliers_are_neither_listed_nor_shown_and_paused_ones_take_no_orders(client, market):
    actions.set_status(supplier_id=market["Lumenworks"].pk, status="removed", reason="x", by=None, now=NOW)
    paused = actions.set_status(supplier_id=market["Casa Olaria"].pk, status="paused", reason="x", by=None, now=NOW)
    assert names(client.get("/suppliers/")) == ["Ardent Textiles", "Casa Olaria"]
    gone = client.get(market["Lumenworks"].get_absolute_url())
    assert gone.status_code == 410 and "was removed" in gone.content.decode()
    page = client.get(paused.get_absolute_url()).content.decode()
    assert "takes no new orders" in page
    assert "Start a contract" not in page


def test_a_profile_says_what_can_be_covered_and_new_in_place_of_stars(client, market):
    page = client.get(market["Lumenworks"].get_absolute_url())
    text = page.content.decode()
    assert page.status_code == 200
    assert "10,000.00" in text
    assert "New" in text
    assert "not rated" not in text.lower()


def test_the_directory_turns_pages_both_ways_by_keyset(client, market):
    owner = person("many@test.test")
    for number in range(45):
        company(f"Maker {number:02}", owner=owner, stars=None)
    first = client.get("/suppliers/")
    second = client.get(f"/suppliers/?page={first.context['page'].after}")
    third = client.get(f"/suppliers/?page={second.context['page'].after}")
    seen = names(first) + names(second) + names(third)
    assert seen == sorted(seen)
    assert len(set(seen)) == 48
    assert third.context["page"].after == ""
    assert names(client.get(f"/suppliers/?page={third.context['page'].before}")) == names(second)
    assert client.get(f"/suppliers/?page={second.context['page'].before}").context["page"].before == ""


def test_the_directory_asks_a_fixed_number_of_queries(client, market, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        client.get("/suppliers/")


def test_htmx_gets_the_results_alone(client, market):
    page = client.get("/suppliers/", headers={"HX-Request": "true"})
    assert b"<html" not in page.content
    assert "HX-Request" in page["Vary"]
