"""The API shows an order to its parties, and to nobody else."""

import pytest
import time_machine

from tests import stories


@pytest.fixture
def order(world):
    return stories.paid(world)


@time_machine.travel(stories.NOW + stories.DAY, tick=False)
def test_each_side_sees_the_order_with_its_own_steps(client, world, order):
    for user, side, must in ((world.buyer, "buyer", None), (world.seller, "supplier", "ship")):
        client.force_login(user)
        listed = client.get("/api/v1/orders/").json()["results"]
        assert [(row["reference"], row["side"], row["total"]) for row in listed] == [
            (order.reference, side, "10000.00")
        ]
        body = client.get(f"/api/v1/orders/{order.reference}/").json()
        allowed = {step["code"] for step in body["steps"] if step["allowed"]}
        assert ("ship" in allowed) == (must == "ship")


def test_a_stranger_gets_404_and_a_visitor_is_asked_to_sign_in(client, world, order):
    assert client.get(f"/api/v1/orders/{order.reference}/").status_code in (401, 403)
    client.force_login(world.stranger)
    assert client.get(f"/api/v1/orders/{order.reference}/").status_code == 404
    assert client.get("/api/v1/orders/").json()["results"] == []


@pytest.mark.parametrize("orders", [1, 4])
def test_the_list_takes_the_same_few_queries_whatever_its_length(client, world, orders, django_assert_max_num_queries):
    for _ in range(orders):
        stories.placed(world, stories.simple_terms(100_00))
    client.force_login(world.buyer)
    with django_assert_max_num_queries(6):
        assert len(client.get("/api/v1/orders/").json()["results"]) == orders


def test_a_bad_cursor_is_refused(client, world):
    client.force_login(world.buyer)
    assert client.get("/api/v1/orders/?cursor=nonsense").status_code == 400
