"""The public directory and a supplier's page."""

import hashlib
import uuid

import pytest
from django.db import connection

from suppliers import actions
from suppliers.directory import ALIKE, Search, suppliers_for
from suppliers.models import Category, DirectoryEntry, DirectoryWord, Product, Supplier
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
    noted(*found.values())
    return found


def noted(*suppliers) -> None:
    """The directory has read what was written past the actions."""
    actions.note_words([supplier.pk for supplier in suppliers])


def offered(supplier, name, *, category, description="", **changes):
    fields = {"currency": "USD", "unit": "pieces", "minimum_quantity": 10, "lead_days": 30, "hs_code": ""}
    return actions.add_product(
        supplier_id=supplier.pk,
        key=uuid.uuid4(),
        steps=[(10, 5_00), (100, 4_00)],
        by=supplier.members.get().user,
        now=NOW,
        name=name,
        category=category,
        description=description,
        **{"is_listed": True} | fields | changes,
    )


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
        ("checked=verified", ["Ardent Textiles", "Lumenworks"]),
        ("checked=inspected", ["Ardent Textiles"]),
        ("cover=10000", ["Ardent Textiles", "Lumenworks"]),
        ("cover=25000", ["Ardent Textiles"]),
        ("cover=25001", []),
        ("cover=-1&stars=9&checked=maybe", ["Ardent Textiles", "Casa Olaria", "Lumenworks"]),
        ("q=lumenwork", ["Lumenworks"]),
        ("q=lumenwroks", ["Lumenworks"]),
        ("q=alumnium+pendent", ["Lumenworks"]),
        ("q=pendants+foshan", ["Lumenworks"]),
        ("q=towel", ["Ardent Textiles"]),
        ("q=olaria+lumenworks", []),
        ("q=%25%25", []),
        ("q=the", []),
        ("q=%27%27+OR+1%3D1+--", []),
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
    lamps = Category.objects.get(slug="lamps")
    for supplier in market.values():
        for n in range(5):
            offered(supplier, f"Lamp {n}", category=lamps)
    for query in ("", "q=lamp", "q=lampp&category=lamps&country=PT"):
        with django_assert_max_num_queries(6):
            assert client.get(f"/suppliers/?{query}").status_code == 200


def starred(supplier, stars):
    actions.set_stars(supplier_id=supplier.pk, stars=stars, reason="test", by=None, now=NOW)


def test_more_stars_come_first_and_a_new_supplier_stands_with_three(client, market):
    owner = person("more@test.test")
    for name, stars in (("Acme", 2), ("Bravo", 5), ("Delta", 3), ("Zulu", 3), ("Echo", 4)):
        company(name, owner=owner, stars=stars)
    starred(market["Lumenworks"], 0)
    assert names(client.get("/suppliers/")) == [
        "Bravo",
        "Echo",
        "Ardent Textiles",  # new
        "Casa Olaria",  # new
        "Delta",
        "Zulu",
        "Acme",
        "Lumenworks",
    ]
    assert names(client.get("/suppliers/?stars=3")) == ["Bravo", "Echo", "Delta", "Zulu"]


def test_products_are_found_shown_and_forgotten_with_their_supplier(client, market):
    tiles = Category.objects.create(slug="tiles", name="Tiles")
    made = [offered(market["Casa Olaria"], f"Terrace tile {n}", category=tiles) for n in range(5)]
    offered(market["Casa Olaria"], "Secret tile", category=tiles, is_listed=False)
    other = offered(market["Ardent Textiles"], "Tile cloth", category=Category.objects.get(slug="lamps"))

    page = client.get("/suppliers/?q=terace+tiles")
    assert names(page) == ["Casa Olaria"]
    assert [product.name for product in page.context["page"].rows[0].fitting] == [
        "Terrace tile 0",
        "Terrace tile 1",
        "Terrace tile 2",
    ]
    text = page.content.decode()
    assert "Nobody here writes “terace”" in text and made[0].get_absolute_url() in text and "4.00" in text
    assert names(client.get("/suppliers/?category=tiles")) == ["Casa Olaria"]
    assert names(client.get("/suppliers/?q=tile")) == ["Ardent Textiles", "Casa Olaria"]
    assert names(client.get("/suppliers/?q=secret")) == []
    for product in (*made, other):
        actions.archive_product(product_id=product.pk, by=product.supplier.members.get().user, now=NOW)
    assert names(client.get("/suppliers/?q=tile")) == []
    assert names(client.get("/suppliers/?category=tiles")) == []


def test_words_follow_the_profile_and_a_renamed_category(client, market):
    owner = market["Casa Olaria"].members.get().user
    lamps = Category.objects.get(slug="lamps")
    supplier = market["Casa Olaria"].pk
    fields = {"name": "Casa Nova", "country": "ES", "city": "Vigo", "about": "", "founded_year": None}
    actions.change_profile(supplier_id=supplier, by=owner, now=NOW, categories=[lamps], **fields)
    assert names(client.get("/suppliers/?q=nova+vigo+lighting")) == ["Casa Nova"]
    assert names(client.get("/suppliers/?q=olaria")) == []
    Category.objects.update(name="Luminaires")
    assert actions.note_all_words() == 3
    assert names(client.get("/suppliers/?q=luminaires")) == ["Casa Nova", "Lumenworks"]


def test_a_huge_description_and_a_long_query_are_borne(client, market):
    words = " ".join(f"wörd{n}" for n in range(60_000))
    Supplier.objects.filter(pk=market["Lumenworks"].pk).update(about=words)
    noted(market["Lumenworks"])
    assert names(client.get("/suppliers/?q=w%C3%B6rd7")) == ["Lumenworks"]
    assert client.get("/suppliers/", {"q": "x" * 5000}).status_code == 200
    assert client.get("/suppliers/", {"q": " ".join("abcdefghijklmnopqrstuvwxyz")}).status_code == 200


def test_filters_are_links_that_keep_each_other(client, market):
    page = client.get("/suppliers/?q=lumen&country=CN&category=lamps").content.decode()
    assert 'href="?q=lumen&amp;country=CN&amp;category=lamps&amp;stars=4"' in page
    assert 'href="?q=lumen&amp;category=lamps"' in page
    assert 'type="hidden" name="country" value="CN"' in page


def plan_of(sql, values) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # in the test's own transaction: tables here are tiny
        cursor.execute(f"EXPLAIN {sql}", values)
        return "\n".join(row[0] for row in cursor.fetchall())


def test_every_search_reads_an_index(market):
    lamps = Category.objects.get(slug="lamps")
    offered(market["Lumenworks"], "Pendant lamp", category=lamps)
    search = Search.of("pendent lamp")
    assert search.alike == {"pendent": ("pendant",)}

    found = suppliers_for({"q": "x"}, search).order_by("tier", "name", "id")[:21]
    assert "Seq Scan" not in plan_of(*found.query.sql_with_params())
    plan = plan_of(*DirectoryEntry.objects.filter(words=search.all_of).query.sql_with_params())
    assert "directory_by_words" in plan and "Seq Scan" not in plan
    plan = plan_of(*suppliers_for({}, None).order_by("tier", "name", "id")[:21].query.sql_with_params())
    assert "supplier_by_stars" in plan and "Seq Scan" not in plan and "Sort" not in plan
    plan = plan_of(*suppliers_for({"country": "CN"}, None).order_by("tier", "name", "id")[:21].query.sql_with_params())
    assert "supplier_by_country" in plan and "Seq Scan" not in plan
    letters = str.maketrans("0123456789", "ghijklmnop")
    DirectoryWord.objects.bulk_create(
        DirectoryWord(word=hashlib.sha256(bytes([n % 256, n // 256])).hexdigest().translate(letters)[:12])
        for n in range(5000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE suppliers_directoryword")
    plan = plan_of(ALIKE, [["pendent"], 3])
    assert plan.count("directory_word_alike") == 2 and "Seq Scan" not in plan
    plan = plan_of(*Product.objects.filter(words=search.any_of).query.sql_with_params())
    assert "product_by_words" in plan and "Seq Scan" not in plan
    assert DirectoryWord.objects.filter(word="pendant").exists()


def test_htmx_gets_the_results_alone(client, market):
    page = client.get("/suppliers/", headers={"HX-Request": "true"})
    assert b"<html" not in page.content
    assert "HX-Request" in page["Vary"]
