"""The mails about amendments: who is told, what they say, each once, also where nobody could be reached at first."""

import pytest
from django.urls import reverse

from accounts.models import Letter
from orders import actions
from orders.actions.overtaking import Closed
from orders.terms import Attribute, Certificate
from tests import stories
from tests.orders.test_amending import SOON, propose, sign
from tests.stories import DAY


@pytest.fixture
def letters(world):
    """What was written, by whom it is for, and the kind; the rows are taken away."""

    def read():
        found = [(each.to.partition("@")[0], each.kind, each) for each in Letter.objects.order_by("id")]
        Letter.objects.all().delete()
        return found

    return read


def heads(found) -> list[tuple[str, str]]:
    return [(to, kind.partition(".")[2]) for to, kind, _ in found]


def test_the_other_side_is_asked_with_what_changes_and_both_get_what_was_signed(world, letters):
    order = stories.paid(world)
    propose(order, world, by=world.seller, because="See evil.example", line={"quantity": 80}, ship_by_on="2026-10-08")
    found = letters()
    assert heads(found) == [("buyer", "amendment_proposed")]
    letter = found[0][2]
    assert letter.subject.endswith(f"proposes a change of order {order.reference}")
    for words in (
        "Lumenworks proposes a change",
        "Line 1: 80 pieces Pendant lamp",
        "100 pieces Pendant lamp",
        "Ship by: 8 Oct 2026",
        "goes back to you",
        "Wed 9 Sep 2026, 21:00",  # seven days on, where the buyer is
        "If nobody answers by then, the change lapses",
        reverse("orders:amendment", args=[order.reference]),
    ):
        assert words in letter.text, (words, letter.text)
        assert words.startswith("/") or words in letter.html.replace("&#x27;", "'"), words
    assert "evil" not in letter.text + letter.html
    sign(order, world)
    found = letters()
    assert sorted(heads(found)) == [("buyer", "amended"), ("seller", "amended")]
    texts = {to: letter.text for to, _, letter in found}
    assert "goes back to you" in texts["buyer"] and "goes back to the buyer" in texts["seller"]
    assert "21:00" in texts["buyer"] and "09:00 UTC" in texts["seller"]
    assert order.versions.in_force().fingerprint in texts["buyer"]


def test_more_says_what_is_paid_by_when_and_words_of_a_side_stay_on_the_page(world, letters):
    order = stories.paid(world)
    new = Attribute("Visit evil.example", "value", value="1", unit="mm")
    certificates = (Certificate("evil.example"),)
    propose(
        order,
        world,
        by=world.buyer,
        notes="evil.example",
        line={"quantity": 110, "attributes": (new,), "certificates": certificates},
    )
    [(to, _, letter)] = letters()
    assert to == "seller" and "evil" not in letter.text + letter.html
    assert "The buyer pays" in letter.text and "before shipment, by" in letter.text
    assert "Line 1, what is measured, Line 1 certificates" in letter.text and "Notes" in letter.text
    assert "Nothing may be shipped until what is added has cleared." in letter.text


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (Closed.DECLINED, ["seller"]),
        (Closed.WITHDRAWN, ["buyer"]),
        (Closed.LAPSED, ["buyer", "seller"]),
        (Closed.OVERTAKEN, ["buyer", "seller"]),
    ],
)
def test_whoever_did_not_end_it_is_told_once(world, letters, why, told):
    order = stories.paid(world)
    version = propose(order, world, by=world.seller, ship_by_on="2026-10-08")
    letters()
    about = {"order_id": order.id, "version": version.number, "now": SOON}
    if why == Closed.DECLINED:
        actions.decline_amendment(by=world.buyer, **about)
    elif why == Closed.WITHDRAWN:
        actions.withdraw_amendment(by=world.seller, **about)
    elif why == Closed.LAPSED:
        actions.lapse_amendment(order_id=order.id, now=SOON + 7 * DAY)
    else:
        stories.dispatch(order, world, now=SOON)
    found = [each for each in letters() if each[1] == "orders.amendment_closed"]
    assert sorted(to for to, _, _ in found) == told
    assert all("The contract stays as it was, and no money moves." in letter.text for _, _, letter in found)
    with pytest.raises(Exception, match=r"lapses now|proposed a change|has not"):
        if why == Closed.DECLINED:
            actions.decline_amendment(by=world.buyer, **about)
        elif why == Closed.WITHDRAWN:
            actions.withdraw_amendment(by=world.seller, **about)
        else:
            actions.lapse_amendment(order_id=order.id, now=SOON + 8 * DAY)
    assert not Letter.objects.filter(kind="orders.amendment_closed").exists()
