"""A page's cursor comes back from the browser: whatever was made of it, it is a page of ours or the first one."""

import base64
import json

import pytest

from orders.models import Order
from suppliers.models import Supplier
from tests import stories
from trade_assurance import keyset

pytestmark = pytest.mark.django_db
BY_STARS, BY_DATE = ("tier", "name", "id"), ("ship_by_at", "id")


def forged(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "values",
    [
        ("a", {"x": 1}, "n", 1),
        ("a", [1], "n", 1),
        ("a", "x", "n", 1),
        ("a", True, "n", 1),
        ("a", 2.5, "n", 1),
        ("a", float("inf"), "n", 1),
        ("a", float("nan"), "n", 1),
        ("a", 10**30, "n", 1),
        ("a", 2, "\ud800", 1),
        ("a", 2, "n\x00", 1),
        ("a", 2, ["n"], 1),
        ("a", 2, "n", float("inf")),
        ("a", 2, "n", "9" * 300),
        ("x", 2, "n", 1),
        (["a"], 2, "n", 1),
        ("a", 2, "n"),
        (),
    ],
)
def test_a_forged_cursor_shows_the_first_page_of_the_directory(client, world, values):
    first = list(keyset.page(Supplier.objects.all(), by=BY_STARS))
    assert list(keyset.page(Supplier.objects.all(), by=BY_STARS, cursor=forged(*values))) == first
    assert client.get("/suppliers/", {"page": forged(*values)}).status_code == 200


@pytest.mark.parametrize(
    "at", ["2026-01-01T00:00:00", "2026-01-01", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "now", 5]
)
def test_a_forged_moment_shows_the_first_page(world, at):
    order = stories.paid(world)
    assert list(keyset.page(Order.objects.all(), by=BY_DATE, cursor=forged("a", at, 1))) == [order]


def test_a_moment_in_any_zone_goes_on_after_it(world):
    order = stories.paid(world)
    cursor = forged("a", order.ship_by_at.astimezone(stories.zone(order)).isoformat(), order.pk)
    assert not list(keyset.page(Order.objects.all(), by=BY_DATE, cursor=cursor))
