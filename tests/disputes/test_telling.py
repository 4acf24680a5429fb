"""Every event of a case has words on the order's timeline, for each side; what only staff see stays unsaid."""

import ast
from pathlib import Path

import pytest

from disputes import actions, telling
from events.models import Event
from orders import wording
from orders.models import Order
from tests import cases
from tests.stories import NOW

ACTIONS = Path(actions.__file__).parent


def kinds() -> list[str]:
    """Every kind of event that an action of disputes records."""
    found = set()
    for path in ACTIONS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                beginning, dot, rest = node.value.partition(".")
                if dot and beginning in telling.BEGINNINGS and rest.replace("_", "").isalpha():
                    found.add(node.value)
    return sorted(found)


def test_all_kinds_are_known():
    assert len(kinds()) > 35


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("side", Order.Side.values)
def test_each_event_is_told(kind, side):
    order = Order(currency="USD")
    order.buyer_id, order.supplier_id = 1, 1

    class Named:
        display_name = name = "Northline"

    order._state.fields_cache |= {"buyer": Named, "supplier": Named}
    data = {"dispute": "D-7K3MQ9XD", "side": "buyer", "amount": 1_00, "award": 2_00, "offer": 2, "number": 3}
    told = telling.tell(order, Event(kind=kind, data=data, at=NOW), side)
    if kind in telling.STAFF_ONLY:
        assert told is None
        return
    plain = kind.replace(".", " ").replace("_", " ").capitalize()
    assert told.title != plain and "D-7K3MQ9XD" in told.detail


def test_the_order_tells_its_case(world):
    dispute = cases.claimed(world)
    told = wording.timeline(dispute.order, list(Event.objects.about("order", dispute.order_id)), "supplier")
    assert told[0].title == "Northline filed a claim for USD 2,000.00"
