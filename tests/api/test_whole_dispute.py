"""A whole dispute by the API alone, each side with its key, with the examples of the documentation."""

import uuid

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import KeptAnswer
from disputes.api.examples import SENT
from disputes.models import Dispute
from orders.terms import LineTerms
from tests import stories
from tests.api.calling import Caller
from tests.api.test_whole_order import good

NOW, DAY = stories.NOW, stories.DAY
THEN = NOW + 31 * DAY
HOUR = DAY / 24


def moves(caller, reference):
    body = good(caller.get(f"disputes/{reference}/"))
    return {step["code"]: step for step in body["steps"] if step["allowed"]}


def filed(order, buyer):
    """Ten lamps of a hundred never came; what is claimed and covered is as the assessment says."""
    read = {row["reason"]: row for row in good(buyer.get(f"orders/{order.reference}/claims/grounds/"))}
    assert read["shortage"]["allowed"] and "refund" in read["shortage"]["wishes"]
    assert not read["non_shipment"]["allowed"] and read["non_shipment"]["why"]
    found = good(buyer.post(f"orders/{order.reference}/claims/assessment/", SENT["assess"]))
    assert {name: found[name] for name in ("claimed", "covered")} == {"claimed": "1000.00", "covered": "1000.00"}
    assert found["items"][0]["working"]
    return good(buyer.post(f"orders/{order.reference}/claims/", SENT["claim"]), 201)


@pytest.fixture
def order(world):
    lines = (LineTerms(product="Lamp", quantity=100, unit="pieces", unit_price_minor=100_00),)
    return stories.received(world, stories.terms(lines=lines, plan=stories.simple_terms(10_000_00).plan))


def test_a_dispute_is_filed_answered_and_settled_by_the_api_alone(world, order, buyer, seller):
    with time_machine.travel(THEN, tick=False) as clock:
        changed = SENT["claim"] | {"claimed": "999.00"}
        refused = buyer.post(f"orders/{order.reference}/claims/", changed)
        assert refused.json()["code"] == "moved-on", refused.json()
        way = {step["code"]: step for step in good(buyer.get(f"orders/{order.reference}/"))["steps"]}["claim"]
        assert (way["method"], way["href"]) == ("POST", f"/api/v1/orders/{order.reference}/claims/")
        case = filed(order, buyer)
        reference = case["reference"]
        assert (case["status"], case["side"], case["offers"][0]["amount"]) == ("open", "buyer", "1000.00")
        assert case["coming"] and [row["reference"] for row in good(seller.get("disputes/"))["results"]] == [reference]
        assert good(seller.get(f"disputes/?order={order.reference}&status=closed"))["results"] == []
        # the supplier answers: words, then a counter-offer that it has looked at before
        good(seller.post(f"disputes/{reference}/messages/", SENT["message"]), 201)
        assert good(buyer.get(f"disputes/{reference}/messages/"))["results"][0]["side"] == "supplier"
        way = moves(seller, reference)["accept_offer"]
        assert way["href"] == f"/api/v1/disputes/{reference}/offers/1/accept/" and way["deadline"]
        seen = good(seller.post(f"disputes/{reference}/offers/preview/", SENT["offer_preview"]))
        made = good(seller.post(f"disputes/{reference}/offers/", SENT["offer"], key="one"), 201)
        again = seller.post(f"disputes/{reference}/offers/", SENT["offer"], key="one")
        assert again["Idempotent-Replayed"] == "true" and again.json() == made
        assert (made["number"], made["status"], made["moves"]) == (2, "live", seen)
        assert good(buyer.get(f"disputes/{reference}/"))["offers"][1]["status"] == "countered"
        # refused, countered, taken back, made again
        good(buyer.post(f"disputes/{reference}/offers/2/reject/"))
        good(buyer.post(f"disputes/{reference}/offers/", {"amount": "900.00"}), 201)
        good(buyer.post(f"disputes/{reference}/offers/3/withdraw/"))
        good(seller.post(f"disputes/{reference}/offers/", {"amount": "700.00"}), 201)
        both = [good(caller.get(f"disputes/{reference}/offers/"))[0] for caller in (buyer, seller)]
        assert both[0]["moves"] == both[1]["moves"] and both[0]["moves"]["buyer_gets"] == "700.00"
        assert [one["answerable"] for one in both] == [True, False]
        clock.shift(HOUR)
        assert seller.post(f"disputes/{reference}/offers/4/accept/").status_code == 403
        done = good(buyer.post(f"disputes/{reference}/offers/4/accept/", key="yes"))
        assert (done["status"], done["outcome"], done["awarded"]) == ("closed", "settled", "700.00")
        twice = buyer.post(f"disputes/{reference}/offers/4/accept/", key="yes")
        assert twice["Idempotent-Replayed"] == "true"
        assert buyer.post(f"disputes/{reference}/offers/4/accept/").status_code == 409
    order = stories.fresh(order)
    assert (order.refunded_minor, order.open_disputes) == (700_00, 0)


def put(caller, reference, content, name="proof.pdf", note="The packing list"):
    return caller.client.post(
        f"/api/v1/disputes/{reference}/evidence/",
        {"file": SimpleUploadedFile(name, content), "note": note},
        headers={"authorization": f"Bearer {caller.secret}"},
    )


def test_a_dispute_is_escalated_and_its_evidence_comes_back_byte_for_byte(
    world, order, buyer, seller, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    content = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
    with time_machine.travel(THEN, tick=False) as clock:
        reference = filed(order, buyer)["reference"]
        early = buyer.post(f"disputes/{reference}/escalation/")
        assert (early.status_code, early.json()["code"]) == (409, "moved-on")
        assert seller.post(f"disputes/{reference}/escalation/").status_code == 403
        for caller in (buyer, seller):
            good(caller.post(f"disputes/{reference}/extension/"))
        clock.shift(3 * DAY)
        way = moves(buyer, reference)["escalate"]
        case = good(buyer.call(way["method"], way["href"]))
        assert case["status"] == "evidence" and case["evidence_ends_at"]
        made = good(put(buyer, reference, content), 201)
        assert (made["number"], made["side"], made["is_rebuttal"]) == (1, "buyer", False)
        assert good(put(buyer, reference, content), 201)["number"] == 1
        wrong = put(seller, reference, b"MZ not a pdf")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "refused")
        got = seller.get(f"disputes/{reference}/evidence/1/")
        assert b"".join(got.streaming_content) == content and "attachment" in got["Content-Disposition"]
        clock.shift(5 * DAY + HOUR)
        Dispute.objects.get(reference=reference)
        answer = good(put(seller, reference, content + b"\n", "answer.pdf"), 201)
        assert answer["is_rebuttal"] and len(good(buyer.get(f"disputes/{reference}/evidence/"))) == 2
        clock.shift(3 * DAY)
        late = put(buyer, reference, content + b"\n\n")
        assert late.status_code == 409
        ended = good(buyer.post(f"disputes/{reference}/withdrawal/"))
        assert ended["outcome"] == "withdrawn"


def test_a_return_travels_and_is_refunded(world, order, buyer, seller):
    claim = SENT["claim"]["items"][0] | {"reason": "quality", "wish": "refund"}
    claim["figures"] = {"inspected": 20, "critical": 0, "major": 4, "minor": 0}
    with time_machine.travel(THEN, tick=False) as clock:
        seen = good(buyer.post(f"orders/{order.reference}/claims/assessment/", {"items": [claim]}))
        body = {"items": [claim], "claimed": seen["claimed"], "covered": seen["covered"]}
        reference = good(buyer.post(f"orders/{order.reference}/claims/", body), 201)["reference"]
        offer = {"amount": "500.00", "with_return": True}
        refused = seller.post(f"disputes/{reference}/offers/", offer)
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["freight_by"])
        good(seller.post(f"disputes/{reference}/offers/", offer | {"freight_by": "supplier"}), 201)
        case = good(buyer.post(f"disputes/{reference}/offers/2/accept/"))
        assert case["status"] == "returning" and case["goods"][0]["sender"] == "buyer"
        assert moves(buyer, reference)["ship_return"]["must"]
        assert buyer.post(f"disputes/{reference}/goods/", {"carrier": "x"}).status_code == 400
        good(buyer.post(f"disputes/{reference}/goods/", SENT["sent"]))
        clock.shift(3 * DAY)
        arrived = {"delivered_at": (THEN + 2 * DAY).isoformat()}
        good(seller.post(f"disputes/{reference}/goods/arrival/", arrived))
        done = good(seller.post(f"disputes/{reference}/goods/accept/"))
        assert (done["status"], done["awarded"]) == ("closed", "500.00")


def test_a_breach_is_claimed_as_it_was_noticed(world, buyer):
    order = stories.paid(world, stories.simple_terms(10_000_00))
    with time_machine.travel(order.ship_by_at + DAY, tick=False):
        [breach] = [row for row in good(buyer.get(f"orders/{order.reference}/breaches/")) if row["is_claimable"]]
        body = {"breaches": [breach["key"]], "claimed": "1.00"}
        assert buyer.post(f"orders/{order.reference}/claims/noticed/", body).status_code == 409
        body["claimed"] = breach["amount"]
        case = good(buyer.post(f"orders/{order.reference}/claims/noticed/", body, key="n"), 201)
        assert case["claims"][0]["asked"] == breach["amount"]
        assert buyer.post(f"orders/{order.reference}/claims/noticed/", body).status_code == 409


def test_a_supplier_claims_its_cost_of_an_overdue_order(world, seller, buyer):
    order = stories.clear(stories.placed(world), 1)
    with time_machine.travel(order.instalments.get(number=2).due_at + 15 * DAY, tick=False):
        case = good(seller.post(f"orders/{order.reference}/claims/cost/", SENT["cost"]), 201)
        assert (case["claimant"], case["claims"][0]["line"]) == ("supplier", None)
        assert good(buyer.post(f"disputes/{case['reference']}/offers/1/accept/"))["awarded"] == "500.00"


def test_limits_meet_in_the_middle_and_nothing_of_them_is_kept(world, order, buyer, seller):
    with time_machine.travel(THEN, tick=False):
        reference = filed(order, buyer)["reference"]
        bad = buyer.post(f"disputes/{reference}/limit/", {"amount": "7x7.13"})
        assert bad.status_code == 400 and b"7x7" not in bad.content
        before = KeptAnswer.objects.count()
        sealed = good(buyer.post(f"disputes/{reference}/limit/", {"amount": "613.00"}))
        assert sealed["buyer_sealed_at"] and "613.00" not in str(sealed)
        assert buyer.post(f"disputes/{reference}/limit/", {"amount": "613.00"}).status_code == 409
        met = good(seller.post(f"disputes/{reference}/limit/", {"amount": "713.00"}))
        assert (met["offers"][0]["side"], met["offers"][0]["amount"]) == (None, "663.00")
        assert KeptAnswer.objects.count() == before
        number = met["offers"][0]["number"]
        good(buyer.post(f"disputes/{reference}/offers/{number}/accept/"))
        done = good(seller.post(f"disputes/{reference}/offers/{number}/accept/"))
        assert done["awarded"] == "663.00"


STEPS = (
    "offers/",
    "offers/1/accept/",
    "offers/1/reject/",
    "escalation/",
    "extension/",
    "withdrawal/",
    "waiver/",
    "appeal/",
    "inspector/",
    "limit/",
    "goods/",
    "goods/arrival/",
    "goods/accept/",
    "goods/contest/",
    "messages/",
)


def test_others_things_are_404_and_a_reading_key_changes_nothing(world, order, buyer, reader):
    stranger = Caller(stories.person(f"stranger-{uuid.uuid4().hex[:8]}@example.com"))
    with time_machine.travel(THEN, tick=False):
        reference = filed(order, buyer)["reference"]
        assert good(stranger.get("disputes/"))["results"] == []
        for path in ("", "offers/", "evidence/", "evidence/1/", "messages/", "inspectors/"):
            assert stranger.get(f"disputes/{reference}/{path}").status_code == 404, path
        for path in STEPS:
            body = {"offers/": SENT["offer"], "limit/": SENT["limit"], "messages/": SENT["message"]}.get(path)
            assert stranger.post(f"disputes/{reference}/{path}", body).status_code in (400, 404), path
            denied = reader.post(f"disputes/{reference}/{path}", body)
            assert (denied.status_code, denied.json()["code"]) == (403, "insufficient-scope"), path
        for path in ("claims/", "claims/noticed/", "claims/cost/", "claims/assessment/"):
            body = {"claims/": SENT["claim"], "claims/noticed/": SENT["noticed"], "claims/cost/": SENT["cost"]}
            assert stranger.post(f"orders/{order.reference}/{path}", body.get(path, SENT["assess"])).status_code == 404
            assert reader.post(f"orders/{order.reference}/{path}", body.get(path, SENT["assess"])).status_code == 403
        assert good(reader.get(f"disputes/{reference}/"))["status"] == "open"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"figures": {"received": -1}}, 400, "items.0.figures.received"),
        ({"figures": {"received": 1.5}}, 400, "items.0.figures.received"),
        ({"figures": {"major": 3}}, 400, "items.0.figures.major"),
        ({"figures": {}}, 422, "items.0.figures.received"),
        ({"figures": {"received": 100}}, 422, "items.0.figures.received"),
        ({"line": 9}, 400, "lines"),
        ({"wish": "compensation"}, 422, "items.0.wish"),
        ({"reason": "late", "figures": {}}, 422, "items.0.reason"),
        ({"asked": "99999999.00"}, 422, "items.0.asked"),
        ({"agreed": " "}, 400, "items.0.agreed"),
        ({"colour": "x"}, 400, "items.0.colour"),
    ],
)
def test_wrong_claims_are_told_by_field(world, order, buyer, change, status, field):
    with time_machine.travel(THEN, tick=False):
        body = {"items": [SENT["assess"]["items"][0] | change]}
        answer = buyer.post(f"orders/{order.reference}/claims/assessment/", body)
        assert (answer.status_code, list(answer.json().get("errors", {}))) == (status, [field])


def test_a_case_is_read_with_few_queries(world, order, buyer, django_assert_max_num_queries):
    with time_machine.travel(THEN, tick=False):
        reference = filed(order, buyer)["reference"]
        buyer.get("disputes/")
        with django_assert_max_num_queries(6):
            buyer.get("disputes/")
        with django_assert_max_num_queries(45):
            buyer.get(f"disputes/{reference}/")
