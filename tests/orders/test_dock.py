"""The packing list: for both sides, with a code that opens the receipt of its shipment."""

import uuid
from dataclasses import replace

import pytest
import time_machine

from orders import packing_list
from orders.terms import LineTerms
from orders.terms.typed import Packaging
from tests import stories
from tests.orders.test_pages import client_of, text_of, url
from tests.papers import words_of
from tests.stories import DAY, NOW

DOCK = NOW + 20 * DAY


@pytest.mark.parametrize(
    ("quantity", "packaging", "words"),
    [
        (600, None, ""),
        (600, Packaging("carton", 12), "50 × cartons of 12 pieces"),
        (601, Packaging("carton", 12), "51 × cartons of 12 pieces, the last of 1"),
        (600, Packaging("pallet", None, "Wrapped"), "Pallets\nWrapped"),
    ],
)
def test_packages_are_counted_by_the_contract(quantity, packaging, words):
    assert packing_list.packages(quantity, "pieces", packaging) == words


def test_both_sides_print_it_and_nobody_else(world):
    contract = stories.terms()
    line = replace(contract.lines[0], product="吊灯 <b>Lamp</b> & Ω", packaging=Packaging("carton", 12, "纸箱"))
    order = stories.paid(world, replace(contract, lines=(line,), title="Şişecam Işık"))
    first = stories.dispatch(order, world, quantities={order.lines.get().id: 40}, container_number="CSQU3054383")
    with time_machine.travel(DOCK, tick=False):
        for person in (world.buyer, world.seller):
            client = client_of(person)
            assert url("packing_list", order, 1) in client.get(order.get_absolute_url()).content.decode()
            answer = client.get(url("packing_list", order, 1))
            assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
            words = "".join(words_of(answer.content).split())
            assert "吊灯<b>Lamp</b>" in words and "纸箱" in words and "ŞişecamIşık" in words
            assert client.get(url("packing_list", order, 2)).status_code == 404
        assert client_of(world.stranger).get(url("packing_list", order, 1)).status_code == 404
    assert packing_list.receipt_link(order, first).endswith(f"/orders/{order.reference}/receipt/?shipment=1")


def test_the_packing_list_is_at_hand_once_a_shipment_is_entered(world):
    order = stories.paid(world)
    entry = {
        "key": str(uuid.uuid4()),
        "transport": "sea",
        "proof": "fact",
        "dispatched_on": NOW.date().isoformat(),
        "carrier": "Line",
        "document": "BL-1",
        f"line_{order.lines.get().id}": "100",
    }
    with time_machine.travel(NOW + DAY, tick=False):
        seller, buyer = client_of(world.seller), client_of(world.buyer)
        entered = seller.post(url("ship", order), entry, follow=True)
        assert entered.redirect_chain == [(f"{order.get_absolute_url()}?entered=1", 302)]
        assert "Shipment 1 is entered." in text_of(entered) and "Print its packing list" in text_of(entered)
        assert entered.content.decode().count(url("packing_list", order, 1)) == 2  # and on the shipment's own row
        for client, number in ((buyer, "1"), (seller, "2"), (seller, "x")):
            assert "is entered" not in text_of(client.get(f"{order.get_absolute_url()}?entered={number}"))


def test_a_long_one_has_more_pages_and_the_same_bytes_each_time(world):
    lines = tuple(LineTerms(f"Lamp {n}", 10, "pieces", 10_00, specification="x" * 400) for n in range(60))
    plan = (replace(stories.terms().plan[0], amount_minor=6_000_00),)
    order = stories.shipped(world, stories.terms(lines=lines, plan=plan))
    shipment = order.shipments.get()
    assert packing_list.pdf(order, shipment) == packing_list.pdf(order, shipment)


def test_the_code_opens_the_receipt_with_its_lines_on_top(world):
    contract = stories.terms(
        lines=(LineTerms("Lamp", 100, "pieces", 50_00), LineTerms("Shade", 100, "pieces", 50_00)),
    )
    order = stories.paid(world, contract)
    lamp, shade = order.lines.order_by("number")
    stories.dispatch(order, world, quantities={lamp.id: 100})
    with time_machine.travel(DOCK, tick=False):
        early = client_of(world.buyer).get(url("receipt", order) + "?shipment=1", follow=True)
        assert "once all goods have been shipped" in text_of(early)
    stories.dispatch(stories.fresh(order), world, now=NOW + 11 * DAY, quantities={shade.id: 100})
    with time_machine.travel(DOCK, tick=False):
        buyer = client_of(world.buyer)
        answer = buyer.get(url("receipt", order) + "?shipment=2")
        page = answer.content.decode()
        assert "You scanned shipment 2 of 2" in text_of(answer)
        assert page.index(f'id="line-{shade.id}"') < page.index(f'id="line-{lamp.id}"')
        for strange in ("3", "x", "-1", "9" * 30):
            assert buyer.get(url("receipt", order) + f"?shipment={strange}").status_code == 200
        assert client_of(world.seller).get(url("receipt", order) + "?shipment=2").status_code == 403
        assert client_of(world.stranger).get(url("receipt", order) + "?shipment=2").status_code == 404
