"""Suppliers by the API: the directory, a rating explained, one's own products, profile and limit."""

import pytest

from suppliers.api.shown import PRODUCT, PROFILE
from suppliers.models import Category
from tests import stories
from tests.api.calling import Caller
from tests.api.test_whole_order import good


@pytest.fixture(autouse=True)
def category(db):
    Category.objects.get_or_create(slug="lighting", defaults={"name": "Lighting"})


def test_the_directory_is_searched_and_filtered(world, buyer):
    slug = world.supplier.slug
    rows = good(buyer.get("suppliers/"))["results"]
    assert slug in [row["slug"] for row in rows]
    assert [row["slug"] for row in good(buyer.get(f"suppliers/?q={world.supplier.name}"))["results"]] == [slug]
    assert good(buyer.get("suppliers/?country=ZW&stars=5&cover=1000000&checked=inspected"))["results"] == []
    page = good(buyer.get("suppliers/?limit=1"))
    assert page["next"] and good(buyer.get(page["next"].removeprefix("http://testserver")))["results"]
    for wrong in ("stars=9", "stars=x", "colour=red", "checked=no"):
        assert buyer.get(f"suppliers/?{wrong}").status_code == 400, wrong
    found = good(buyer.get(f"suppliers/{slug}/"))
    assert found["name"] == world.supplier.name and found["mean"] is None
    assert good(buyer.get(f"suppliers/{slug}/reviews/"))["results"] == []
    assert buyer.get("suppliers/nobody/").status_code == 404


def test_products_are_added_changed_archived_and_restored(world, buyer, seller):
    path = f"suppliers/{world.supplier.slug}/products/"
    made = good(seller.post(path, PRODUCT, key="p"), 201)
    assert seller.post(path, PRODUCT, key="p").json() == made
    one = f"{path}{made['id']}/"
    assert made["steps"][1] == {"quantity_from": 500, "unit_price": "92.50"}
    assert good(buyer.get(one))["name"] == PRODUCT["name"]
    assert buyer.put(one, PRODUCT).status_code == 404 and buyer.delete(one).status_code == 404
    assert buyer.post(path, PRODUCT).status_code == 404
    assert Caller(world.seller, "read").post(path, PRODUCT).status_code == 403
    assert Caller(world.bookkeeper).post(path, PRODUCT).status_code == 403
    changed = good(seller.put(one, PRODUCT | {"is_listed": False}))
    assert not changed["is_listed"] and buyer.get(one).status_code == 404
    assert good(seller.delete(one))["archived_at"]
    assert seller.put(one, PRODUCT).status_code == 409
    assert good(seller.post(f"{one}restoration/"))["archived_at"] is None
    assert [row["id"] for row in good(seller.get(path))["results"]] == [made["id"]]
    assert good(buyer.get(path))["results"] == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"category": "dreams"}, 400, "category"),
        ({"minimum_quantity": -1}, 400, "minimum_quantity"),
        ({"minimum_quantity": "50"}, 400, "minimum_quantity"),
        ({"steps": []}, 400, "steps"),
        ({"steps": [{"quantity_from": 60, "unit_price": "1.00"}]}, 422, "steps"),
        ({"steps": [{"quantity_from": 50, "unit_price": "1.001"}]}, 400, "steps"),
        ({"hs_code": "94"}, 422, "hs_code"),
        ({"colour": "x"}, 400, "colour"),
    ],
)
def test_wrong_products_are_told_by_field(world, seller, change, status, field):
    answer = seller.post(f"suppliers/{world.supplier.slug}/products/", PRODUCT | change)
    assert answer.status_code == status and field in answer.json()["errors"]


def test_a_company_reads_its_limit_and_changes_its_page(world, buyer, seller):
    stories.placed(world)
    slug = world.supplier.slug
    limit = good(seller.get(f"suppliers/{slug}/limit/"))
    assert limit["currency"] == "USD" and limit["reservations"][0]["amount"] == limit["reserved"] != "0.00"
    changed = good(seller.put(f"suppliers/{slug}/profile/", PROFILE))
    assert (changed["city"], changed["categories"]) == (PROFILE["city"], ["lighting"])
    assert buyer.get(f"suppliers/{slug}/limit/").status_code == 404
    assert buyer.put(f"suppliers/{slug}/profile/", PROFILE).status_code == 404
    assert Caller(world.bookkeeper).put(f"suppliers/{slug}/profile/", PROFILE).status_code == 403
    assert Caller(world.seller, "read").put(f"suppliers/{slug}/profile/", PROFILE).status_code == 403


@pytest.mark.parametrize("extra", [0, 3])
def test_the_directory_takes_few_queries(world, buyer, extra, django_assert_max_num_queries):
    for number in range(extra):
        stories.company(f"Maker {number}", owner=world.seller)
    buyer.get("suppliers/")
    with django_assert_max_num_queries(6):
        buyer.get("suppliers/")
