"""A whole order by the API alone, each side with its key, with the examples of the documentation."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from orders.api.examples import CONTRACT, SENT
from orders.models import Order
from payments.models import SandboxCharge
from tests import stories
from tests.api.calling import Caller
from trade_assurance.rulebook import CURRENT

NOW, DAY = stories.NOW, stories.DAY


def good(answer, status=200):
    assert answer.status_code == status, answer.content.decode()
    return answer.json() if answer.content else None


def steps(caller, reference):
    body = good(caller.get(f"orders/{reference}/"))
    return {step["code"]: step for step in body["steps"] if step["allowed"]}


def placed(world, buyer, seller):
    """Asked for, drafted by the supplier, accepted by the buyer."""
    asked = SENT["request"] | {"supplier": world.supplier.slug}
    reference = good(buyer.post("orders/requests/", asked), 201)["reference"]
    assert steps(seller, reference)["edit"]["href"] == f"/api/v1/orders/{reference}/draft/"
    good(seller.put(f"orders/{reference}/draft/", SENT["draft"]))
    assert buyer.get(f"orders/{reference}/versions/").json() == []  # nobody else sees a draft
    assert good(seller.get(f"orders/{reference}/draft/check/"))["problems"] == {}
    good(seller.post(f"orders/{reference}/draft/send/"))
    [version] = good(buyer.get(f"orders/{reference}/versions/"))
    read = {name: version[name] for name in ("fingerprint", "cover")} | {"version": version["number"]}
    way = steps(buyer, reference)["accept"]
    order = good(buyer.call(way["method"], way["href"], read))
    assert (order["status"], order["total"], version["cover"]) == ("placed", "10000.00", "10000.00")
    return reference


@pytest.mark.django_db
def test_a_whole_order_is_done_by_the_api_alone(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    buyer, seller = Caller(world.buyer), Caller(world.seller)
    with time_machine.travel(NOW, tick=False) as clock:
        reference = placed(world, buyer, seller)
        order = Order.objects.get(reference=reference)
        # deposit by card: on the gateway's page, which a person fills in
        payment = good(buyer.post(f"orders/{reference}/payments/", SENT["payment"], key="pay"), 201)
        assert payment["checkout_url"] and (payment["amount"], payment["fee"]) == ("3000.00", "88.50")
        again = buyer.post(f"orders/{reference}/payments/", SENT["payment"], key="pay")
        assert again["Idempotent-Replayed"] == "true" and again.json() == payment
        assert SandboxCharge.objects.count() == 1
        assert good(buyer.get(f"payments/{payment['id']}/"))["status"] == "started"
        assert good(buyer.post(f"payments/{payment['id']}/checkout/"))["checkout_url"] == payment["checkout_url"]
        # the rest as transfers, as the instructions say
        rows = good(buyer.get(f"orders/{reference}/instalments/2/instructions/"))["rows"]
        told = {row["label"]: row["value"] for row in rows}
        assert told["Reference"] == order.instalments.get(number=2).rf_reference and told["Amount"] == "USD 7,000.00"
        assert seller.get(f"orders/{reference}/instalments/2/instructions/").status_code == 404
        for number in (1, 2):
            stories.clear(order, number, now=NOW)
        good(seller.post(f"orders/{reference}/production/"))
        # a change that both sign
        change = SENT["amendment"] | {"contract": CONTRACT | {"ship_by_on": "2026-10-20"}}
        moves = good(seller.post(f"orders/{reference}/amendment/preview/", {"contract": change["contract"]}))
        assert moves["problems"] == {} and moves["moves"]["refund"] == "0.00"
        proposed = good(seller.post(f"orders/{reference}/amendment/", change), 201)
        read = {"version": proposed["version"]["number"], "fingerprint": proposed["version"]["fingerprint"]}
        refused = buyer.post(f"orders/{reference}/amendment/accept/", read | {"cover": "10000.00", "refund": "1.00"})
        assert refused.json()["code"] == "moved-on"
        agreed = read | {"cover": proposed["moves"]["cover"], "refund": "0.00"}
        good(buyer.post(f"orders/{reference}/amendment/accept/", agreed))
        [difference] = good(buyer.get(f"orders/{reference}/versions/2/differences/1/"))
        assert difference["label"] == "Ship by"
        # shipped, received, reviewed
        clock.move_to(NOW + 28 * DAY)
        too_much = SENT["shipment"] | {"lines": [{"line": 1, "quantity": 101}]}
        wrong = seller.post(f"orders/{reference}/shipments/", too_much)
        assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["lines.1"])
        good(seller.post(f"orders/{reference}/shipments/", SENT["shipment"]), 201)
        assert good(buyer.get(f"orders/{reference}/shipments/"))[0]["lines"] == [{"line": 1, "quantity": 100}]
        good(buyer.post(f"orders/{reference}/messages/", SENT["message"]), 201)
        assert good(seller.get(f"orders/{reference}/messages/"))["results"][0]["body"] == SENT["message"]["body"]
        clock.move_to(NOW + 48 * DAY)
        good(buyer.post(f"orders/{reference}/extension/"))
        received = good(buyer.post(f"orders/{reference}/receipt/", SENT["receipt"]))
        assert received["status"] == "received"
        assert good(seller.get(f"orders/{reference}/receipt/"))["lines"][0]["rejected"] == 2
        assert [row["code"] for row in good(buyer.get(f"orders/{reference}/breaches/"))]
        good(buyer.post(f"orders/{reference}/review/", SENT["review"]), 201)
        good(seller.post(f"orders/{reference}/review/reply/", SENT["reply"]))
        revised = good(buyer.post(f"orders/{reference}/review/revision/", SENT["review"] | {"service": 4}))
        assert (revised["service"], revised["reply"]) == (4, SENT["reply"]["text"])
        books = Caller(world.bookkeeper)
        slug = world.supplier.slug
        statement = good(books.get(f"suppliers/{slug}/statement/?month=2026-10"))
        assert statement["results"][0]["order"] == reference
        assert good(books.get(f"suppliers/{slug}/balances/"))[0]["currency"] == "USD"
        assert good(books.get(f"suppliers/{slug}/payouts/"))["results"] == []
        assert buyer.get(f"suppliers/{slug}/statement/").status_code == 404
        assert NOW + timedelta(days=CURRENT.protection_days)


def test_less_cover_than_was_shown_is_told_with_the_new_figure(world, buyer, seller):
    with time_machine.travel(NOW, tick=False):
        order = stories.sent(world)
        version = buyer.get(f"orders/{order.reference}/versions/").json()[0]
        stories.placed(world, stories.simple_terms(20_000_00))
        read = {"version": 1, "fingerprint": version["fingerprint"], "cover": version["cover"]}
        answer = buyer.post(f"orders/{order.reference}/accept/", read).json()
        assert (answer["code"], version["cover"]) == ("cover-changed", "10000.00")
        assert answer["cover"] != "10000.00" and stories.fresh(order).status == Order.Status.DRAFT
        placed = buyer.post(f"orders/{order.reference}/accept/", read | {"cover": answer["cover"]})
        assert placed.json()["status"] == "placed"


def test_a_buyers_own_draft_and_a_suppliers_for_a_buyer_it_knows(world, buyer, seller):
    with time_machine.travel(NOW, tick=False):
        body = SENT["order"] | {"supplier": world.supplier.slug}
        found = good(buyer.post("contracts/check/", body))
        assert found["problems"] == {} and found["total"] == "10000.00" and found["findings"]
        reference = good(buyer.post("orders/drafts/", body), 201)["reference"]
        assert seller.get(f"orders/{reference}/draft/").status_code == 404
        good(buyer.post(f"orders/{reference}/draft/send/"))
        good(seller.post(f"orders/{reference}/cancel/"))
        old = stories.placed(world)
        begun = good(seller.post("orders/begun/", {"like": old.reference, "title": "More lamps"}), 201)
        assert buyer.get(f"orders/{begun['reference']}/").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "XXX"}, "contract.currency"),
        ({"lines": "x"}, "contract.lines"),
        ({"lines": [{"product": "x"}]}, "contract.lines.0.quantity"),
        ({"lines": [CONTRACT["lines"][0] | {"quantity": 1.5}]}, "contract.lines.0.quantity"),
        ({"lines": [CONTRACT["lines"][0] | {"quantity": True}]}, "contract.lines.0.quantity"),
        ({"lines": [CONTRACT["lines"][0] | {"quantity": -1}]}, "contract.lines.0.quantity"),
        ({"lines": [CONTRACT["lines"][0] | {"quantity": 10**30}]}, "contract.lines.0.quantity"),
        ({"lines": [CONTRACT["lines"][0] | {"colour": "x"}]}, "contract.lines.0.colour"),
        ({"ship_by_on": "tomorrow"}, "contract.ship_by_on"),
        ({"incoterm": "XYZ"}, "contract.incoterm"),
        ({"title": "x" * 121}, "contract.title"),
        ({"plan": None}, "contract.plan"),
    ],
)
def test_a_contract_of_wrong_types_is_told_by_field(world, buyer, change, field):
    body = {"supplier": world.supplier.slug, "contract": CONTRACT | change}
    answer = buyer.post("contracts/check/", body)
    assert answer.status_code == 400 and field in answer.json()["errors"]


def test_what_keeps_a_draft_from_being_sent_is_told_by_path(world, buyer):
    with time_machine.travel(NOW, tick=False):
        contract = CONTRACT | {"plan": CONTRACT["plan"][:1], "place": ""}
        body = {"supplier": world.supplier.slug, "contract": contract}
        reference = good(buyer.post("orders/drafts/", body), 201)["reference"]
        answer = buyer.post(f"orders/{reference}/draft/send/")
        assert (answer.status_code, answer.json()["code"]) == (422, "refused")
        assert {"plan", "place"} <= set(answer.json()["errors"])


def test_files_and_photos_are_sent_as_multipart_and_come_back_byte_for_byte(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    content = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
    buyer, seller = Caller(world.buyer), Caller(world.seller)
    order = stories.requested(world)

    def send(file):
        return seller.client.post(
            f"/api/v1/orders/{order.reference}/files/",
            {"file": file},
            headers={"authorization": f"Bearer {seller.secret}"},
        )

    made = good(send(SimpleUploadedFile("spec.pdf", content)), 201)
    assert send(SimpleUploadedFile("spec.pdf", b"MZ not a pdf")).status_code == 422
    got = seller.get(f"orders/{order.reference}/files/{made['id']}/")
    assert b"".join(got.streaming_content) == content and "attachment" in got["Content-Disposition"]
    assert buyer.get(f"orders/{order.reference}/files/{made['id']}/").status_code == 404
    assert seller.delete(f"orders/{order.reference}/files/{made['id']}/").status_code == 204
    assert good(seller.get(f"orders/{order.reference}/files/")) == []


def test_many_orders_are_shipped_in_one_call_and_not_twice(world, seller):
    orders = [stories.paid(world, stories.simple_terms(100_00)) for _ in range(2)]
    row = SENT["shipments"]["orders"][0] | {"transport": "sea"}
    rows = [row | {"order": each.reference} for each in orders] + [row | {"order": "TA-AAAA-AAAA"}]
    with time_machine.travel(NOW + 28 * DAY, tick=False):
        first = good(seller.post("orders/shipments/", {"orders": rows}, key="one"))
        again = good(seller.post("orders/shipments/", {"orders": rows}, key="one"))
    assert first == again and [bool(one["shipment"]) for one in first] == [True, True, False]
    assert first[2]["problem"]["code"] == "not-found"
    assert {each.shipments.count() for each in orders} == {1}


def test_reading_takes_few_queries(world, buyer, django_assert_max_num_queries):
    order = stories.received(world)
    buyer.get("orders/")
    with django_assert_max_num_queries(6):
        buyer.get("orders/")
    with django_assert_max_num_queries(24):
        buyer.get(f"orders/{order.reference}/")


@pytest.mark.parametrize("orders", [1, 4])
def test_what_can_be_done_is_one_list_of_few_queries(world, buyer, seller, orders, django_assert_max_num_queries):
    with time_machine.travel(NOW, tick=False):
        for _ in range(orders):
            stories.sent(world, stories.simple_terms(100_00))
        buyer.get("steps/")
        with django_assert_max_num_queries(10):
            rows = buyer.get("steps/").json()["results"]
    assert len(rows) == orders and all(
        step["code"] == "accept" and step["deadline"] and step["href"] for row in rows for step in row["steps"][:1]
    )


def test_goods_that_are_late_can_be_kept(world, buyer):
    order = stories.paid(world)
    with time_machine.travel(order.ship_by_at + DAY, tick=False):
        way = steps(buyer, order.reference)["keep_late"]
        assert way["href"] == f"/api/v1/orders/{order.reference}/keep/"
        good(buyer.post(way["href"]))
    assert stories.fresh(order).kept_at


def test_a_version_comes_on_paper(world, buyer):
    order = stories.sent(world)
    paper = buyer.get(f"orders/{order.reference}/versions/1/pdf/")
    assert paper.status_code == 200 and paper.content.startswith(b"%PDF")
