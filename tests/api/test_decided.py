"""What follows when staff decide, by the API alone: inspection, appeal, waiver, and a replacement that travels."""

from datetime import timedelta

import pytest
import time_machine

from disputes import actions
from disputes.api.examples import SENT
from disputes.models import Dispute, Inspector
from tests import cases, stories
from tests.api.calling import Caller
from tests.api.test_whole_dispute import moves
from tests.api.test_whole_order import good
from tests.disputes import staff

DAY = stories.DAY
RULE = {"ground": "rule", "rule": "Remedies", "reasons": "The share was counted wrongly."}


@pytest.fixture
def ada(db):
    return staff.adjudicator("ada")


@pytest.fixture
def stranger(world):
    return Caller(world.stranger)


@pytest.fixture
def clock():
    with time_machine.travel(stories.NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def decided(world, ada, clock):
    """Published by Ada, as the guide recommends."""
    dispute, now = staff.held(world, ada)
    staff.propose(dispute, ada, now)
    clock.move_to(now + staff.HOUR)
    return f"disputes/{dispute.reference}/"


def refused_to_others(path, body, strangers, reader):
    for caller in strangers:
        assert caller.post(path, body).status_code == 404
    assert reader.post(path, body).json()["code"] == "insufficient-scope"


def test_a_side_appeals_once_and_the_case_goes_to_another(world, decided, clock, buyer, seller, reader, stranger):
    case = good(seller.get(decided))
    way = {step["code"]: step for step in case["steps"]}["appeal"]
    path = f"{decided}appeal/"
    assert (case["status"], way["method"], way["href"]) == ("decided", "POST", f"/api/v1/{path}")
    assert way["allowed"] and way["deadline"] and way["silence"]
    refused_to_others(path, RULE, [stranger, Caller(world.rival_seller)], reader)
    assert Caller(world.bookkeeper).post(path, RULE).status_code in (403, 404)
    for change, status, field in (
        ({"ground": "mood"}, 400, "ground"),
        ({"reasons": ""}, 400, "reasons"),
        ({"rule": " "}, 422, "rule"),
        ({"colour": "x"}, 400, "colour"),
    ):
        answer = seller.post(path, RULE | change)
        assert (answer.status_code, list(answer.json()["errors"])) == (status, [field])
    done = good(seller.post(path, RULE, key="one"))
    assert done["status"] == "appealed"
    again = seller.post(path, RULE, key="one")
    assert again["Idempotent-Replayed"] == "true" and again.json() == done
    once = seller.post(path, RULE)
    assert (once.status_code, once.json()["code"]) == (409, "moved-on")
    clock.shift(DAY)
    assert good(buyer.post(path, SENT["appeal"]))["status"] == "appealed"
    assert Dispute.objects.get().appeals.count() == 2


def test_after_seven_days_nobody_appeals(decided, clock, buyer):
    clock.shift(7 * DAY)
    late = buyer.post(f"{decided}appeal/", SENT["appeal"])
    assert (late.status_code, late.json()["code"]) == (409, "moved-on") and "7 days" in late.json()["detail"]


def test_when_both_waive_the_decision_is_carried_out_at_once(world, decided, buyer, seller, reader, stranger):
    path = f"{decided}waiver/"
    refused_to_others(path, None, [stranger, Caller(world.rival_seller)], reader)
    assert good(buyer.post(path, key="one"))["status"] == "decided"
    assert buyer.post(path, key="one")["Idempotent-Replayed"] == "true"
    for again in (buyer.post(path), buyer.post(f"{decided}appeal/", RULE)):
        assert (again.status_code, again.json()["code"]) == (409, "moved-on")
    assert "waive" in moves(seller, decided.split("/")[1])
    done = good(seller.post(path))
    assert (done["status"], done["outcome"]) == ("closed", "decided") and done["awarded"] != "0.00"
    assert stories.fresh(Dispute.objects.get().order).refunded_minor > 0


def test_the_buyer_chooses_an_inspector_and_says_the_fee(world, ada, clock, buyer, seller, reader, stranger):
    dispute, now = staff.held(world, ada, items=lambda order: [cases.quality(order.lines.get(), major=5)])
    looks = Inspector.objects.create(name="Plain Look", country="CN", contact="look@inspect.test")
    gone = Inspector.objects.create(name="Gone", country="CN", contact="gone@inspect.test", is_listed=False)
    path = f"disputes/{dispute.reference}/inspector/"
    given = {"inspector": looks.pk, "fee": "300.00"}
    clock.move_to(now)
    assert buyer.post(path, given).status_code == 409  # none was ordered
    actions.order_inspection(dispute_id=dispute.pk, question="Are they scratched?", by=ada, now=now)
    assert [row["id"] for row in good(buyer.get(f"disputes/{dispute.reference}/inspectors/"))] == [looks.pk]
    assert moves(buyer, dispute.reference)["choose_inspector"]["href"] == f"/api/v1/{path}"
    refused_to_others(path, given, [stranger, Caller(world.rival_seller)], reader)
    assert seller.post(path, given).status_code == 403
    for change, status, field in (
        ({"fee": "3x"}, 400, "fee"),
        ({"fee": "300.001"}, 400, "fee"),
        ({"fee": "999999.00"}, 422, "fee"),
        ({"inspector": gone.pk}, 422, "inspector"),
        ({"inspector": "x"}, 400, "inspector"),
    ):
        answer = buyer.post(path, given | change)
        assert (answer.status_code, list(answer.json()["errors"])) == (status, [field]), change
    done = good(buyer.post(path, given, key="one"))
    assert done["status"] == "inspection" and buyer.post(path, given, key="one").json() == done
    assert buyer.post(path, given).status_code == 409
    inspection = cases.fresh(dispute).inspection
    assert (inspection.inspector, inspection.fee_minor) == (looks, 300_00)


def test_a_replacement_is_offered_sent_received_and_ends_the_case(world, clock, buyer, seller, reader, stranger):
    dispute = cases.claimed(world, items=lambda order: [cases.quality(order.lines.get(), wish="replacement")])
    path, now = f"disputes/{dispute.reference}/", dispute.filed_at + staff.HOUR
    clock.move_to(now)
    offer = {"amount": "0.00", "replacement": "12 lamps", "replace_by_at": (now + 20 * DAY).isoformat()}
    half = seller.post(f"{path}offers/", offer | {"replace_by_at": None})
    assert (half.status_code, list(half.json()["errors"])) == (422, ["replace_by_at"])
    made = good(seller.post(f"{path}offers/", offer), 201)
    assert made["replacement"] == "12 lamps"
    case = good(buyer.post(f"{path}offers/{made['number']}/accept/"))
    assert (case["status"], case["goods"][0]["sender"]) == ("replacing", "supplier")
    assert moves(seller, dispute.reference)["ship_replacement"]["href"] == f"/api/v1/{path}goods/"
    refused_to_others(f"{path}goods/", SENT["sent"], [stranger, Caller(world.rival_seller)], reader)
    assert buyer.post(f"{path}goods/", SENT["sent"]).status_code == 403
    sent = good(seller.post(f"{path}goods/", SENT["sent"], key="one"))
    assert seller.post(f"{path}goods/", SENT["sent"], key="one").json() == sent
    clock.shift(timedelta(days=4))
    assert seller.post(f"{path}goods/accept/").status_code == 403
    good(buyer.post(f"{path}goods/arrival/", {"delivered_at": (now + 3 * DAY).isoformat()}))
    done = good(buyer.post(f"{path}goods/accept/", key="two"))
    assert (done["status"], done["awarded"]) == ("closed", "0.00")
    assert buyer.post(f"{path}goods/accept/", key="two")["Idempotent-Replayed"] == "true"
    assert buyer.post(f"{path}goods/contest/", SENT["contest"]).status_code == 409


def test_a_replacement_that_is_not_as_agreed_goes_to_staff(world, clock, buyer, seller):
    dispute = cases.claimed(world, items=lambda order: [cases.quality(order.lines.get(), wish="replacement")])
    now = dispute.filed_at + staff.HOUR
    cases.settle(dispute, world, 0, now=now, replacement="12 lamps", replace_by_at=now + 20 * DAY)
    path = f"disputes/{dispute.reference}/"
    clock.move_to(now + DAY)
    good(seller.post(f"{path}goods/", SENT["sent"]))
    clock.shift(timedelta(days=3))
    good(buyer.post(f"{path}goods/arrival/", {"delivered_at": (now + 3 * DAY).isoformat()}))
    assert buyer.post(f"{path}goods/contest/", {"because": " "}).status_code == 400
    done = good(buyer.post(f"{path}goods/contest/", SENT["contest"], key="one"))
    assert done["status"] != "closed" and done["goods"][-1]["contested_because"] == SENT["contest"]["because"]
    assert buyer.post(f"{path}goods/contest/", SENT["contest"], key="one").json() == done
