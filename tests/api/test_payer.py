"""Who paid, by the API: the buyer names the payer of a transfer in another name, or says that it is not its own."""

import pytest
import time_machine

from orders.api.examples import SENT
from payments.models import PayerQuestion
from tests import stories
from tests.api.calling import Caller
from tests.api.test_whole_order import good
from tests.payments.conftest import wire

NOW = stories.NOW


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def question(world) -> PayerQuestion:
    return wire(stories.placed(world), payer_name="Quay Holding Ltd").questions.get()


def paths(question) -> tuple[str, str, str]:
    root = f"orders/{question.order.reference}/payer-questions/"
    return root, f"{root}{question.pk}/payer/", f"{root}{question.pk}/disowning/"


def test_the_buyer_names_the_payer_once(question, buyer):
    rows, name, disown = paths(question)
    [row] = good(buyer.get(rows))
    assert (row["amount"], row["currency"], row["instalment"]) == ("3000.00", "USD", 1)
    assert row["is_asked"] and row["return_at"] and "Quay" not in str(row)
    named = good(buyer.post(name, SENT["payer"], key="one"))
    assert (named["state"], named["name"], named["is_asked"]) == ("named", SENT["payer"]["name"], False)
    again = buyer.post(name, SENT["payer"], key="one")
    assert again["Idempotent-Replayed"] == "true" and again.json() == named
    for path, body in ((name, SENT["payer"]), (disown, None)):
        late = buyer.post(path, body)
        assert (late.status_code, late.json()["code"]) == (409, "moved-on")
    assert PayerQuestion.objects.get().relation == SENT["payer"]["relation"]


def test_or_says_that_the_money_is_somebody_elses(question, buyer):
    rows, _name, disown = paths(question)
    assert good(buyer.post(disown))["state"] == "disowned"
    assert good(buyer.get(rows))[0]["ended_at"]


def test_nobody_else_is_asked_and_nothing_half_is_taken(world, question, buyer, seller, reader):
    rows, name, disown = paths(question)
    for caller in (seller, Caller(world.stranger), Caller(world.rival_seller)):
        assert caller.get(rows).status_code == 404
        assert caller.post(name, SENT["payer"]).status_code == caller.post(disown).status_code == 404
    for path in (name, disown):
        assert reader.post(path, SENT["payer"]).json()["code"] == "insufficient-scope"
    for change, field in (({"name": " "}, "name"), ({"relation": ""}, "relation"), ({"colour": "x"}, "colour")):
        answer = buyer.post(name, SENT["payer"] | change)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert buyer.post(name.replace(f"/{question.pk}/", "/0/"), SENT["payer"]).status_code == 404
    without = buyer.client.post(f"/api/v1/{disown}", headers={"authorization": f"Bearer {buyer.secret}"})
    assert (without.status_code, without.json()["code"]) == (400, "malformed")
    changed = buyer.post(disown, **{"if-match": '"0-x"'})
    assert changed.status_code == 412
    assert PayerQuestion.objects.get().state == "asked"
