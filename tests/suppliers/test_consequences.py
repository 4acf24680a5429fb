"""What penalty points bring: a pause, its review, removal; flags; and what buyers are told before they accept."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from orders.actions import flagging
from suppliers import actions, facts
from suppliers.models import Pause, PenaltyPoint, RatingSnapshot
from suppliers.rating import Share
from tests import stories
from tests.stories import DAY, NOW
from trade_assurance.refused import MovedOn, NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def risk(world):
    user = stories.person("risk@staff.test", full_name="Ria Risk", is_staff=True)
    user.groups.add(Group.objects.get(name="risk"))
    return user


def forged(world, order, by, *, is_unresolved=False, now=NOW, reason="The bill of lading is not the carrier's."):
    return actions.note_forged(
        supplier_id=world.supplier.id,
        reference=order.reference.lower(),
        is_unresolved=is_unresolved,
        reason=reason,
        by=by,
        now=now,
    )


def set_status(world, status, by, now=NOW + DAY):
    return actions.set_status(supplier_id=world.supplier.id, status=status, reason="Looked at.", by=by, now=now)


def test_24_points_pause_and_wait_for_a_review(world, risk):
    order = stories.placed(world)
    assert forged(world, order, risk).status == "paused"
    pause = Pause.objects.to_review().get()
    assert (pause.supplier, pause.because, pause.points, pause.at) == (world.supplier, "24 penalty points", 24, NOW)
    assert RatingSnapshot.objects.latest_of(world.supplier.id).points == 24
    with pytest.raises(MovedOn, match="noted for"):
        forged(world, order, risk)
    assert PenaltyPoint.objects.count() == 1


def test_unresolved_brings_48_in_all_and_removes_whether_at_once_or_later(world, risk):
    one, two = stories.placed(world), stories.placed(world, stories.simple_terms(500_00))
    forged(world, one, risk)
    assert forged(world, one, risk, is_unresolved=True).status == "removed"
    assert sum(PenaltyPoint.objects.values_list("points", flat=True)) == 48
    with pytest.raises(MovedOn):
        forged(world, one, risk, is_unresolved=True)
    forged(world, two, risk, is_unresolved=True)
    assert sum(PenaltyPoint.objects.values_list("points", flat=True)) == 96
    for is_unresolved in (True, False):
        with pytest.raises(MovedOn):
            forged(world, two, risk, is_unresolved=is_unresolved)
    assert Pause.objects.open().count() == 1


def test_forged_needs_risk_staff_an_order_of_the_company_and_a_reason(world, risk):
    order = stories.placed(world)
    with pytest.raises(NotAllowed):
        forged(world, order, world.buyer)
    with pytest.raises(Refused, match="Say why"):
        forged(world, order, risk, reason=" ")
    order.reference = "TA-0000-0000"
    with pytest.raises(Refused, match="no order with this number"):
        forged(world, order, risk)
    assert not PenaltyPoint.objects.exists() and not Pause.objects.exists()


def test_a_review_ends_the_pause_or_keeps_it_until_new_points(world, risk, django_capture_on_commit_callbacks):
    one, two = stories.placed(world), stories.placed(world, stories.simple_terms(500_00))
    forged(world, one, risk)
    with django_capture_on_commit_callbacks(execute=True):
        set_status(world, "paused", risk)
    assert mail.outbox == [] and not Pause.objects.to_review().exists()
    assert Pause.objects.open().get().review == "Looked at."
    actions.note_points(supplier_id=world.supplier.id, order_id=two.id, kind="late", cause="l", now=NOW + 2 * DAY)
    assert Pause.objects.to_review().get().points == 25
    with django_capture_on_commit_callbacks(execute=True):
        assert set_status(world, "active", risk).status == "active"
    assert "takes protected orders again" in mail.outbox[0].subject and "Looked at." in mail.outbox[0].body
    assert not Pause.objects.open().exists()
    with pytest.raises(MovedOn, match="already"):
        set_status(world, "active", risk)
    stories.placed(world, stories.simple_terms(400_00))


def test_a_pause_that_staff_set_needs_no_review_and_is_told(world, risk, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        set_status(world, "paused", risk)
    assert not Pause.objects.to_review().exists() and Pause.objects.open().get().because == "Looked at."
    assert "takes no new protected orders" in mail.outbox[0].subject


# flags ---------------------------------------------------------------------------------------------------------------


def test_a_flagged_order_counts_nowhere_and_its_supplier_is_rated_at_once(world, risk):
    order, later = stories.shipped(world), NOW + 12 * DAY
    about = {"order_id": order.id, "by": risk, "now": later}
    flagging.flag(reason="Buyer and supplier share an address.", **about)
    assert RatingSnapshot.objects.latest_of(world.supplier.id).facts["on_time"] == [0, 0, 0, 0]
    assert facts.facts_of([world.supplier.id], later)[world.supplier.id].on_time == Share()
    with pytest.raises(MovedOn, match="flagged already"):
        flagging.flag(reason="again", **about)
    flagging.unflag(reason="They do not.", **about)
    assert RatingSnapshot.objects.latest_of(world.supplier.id).facts["on_time"] == [1000, 1000, 1, 1]
    with pytest.raises(MovedOn, match="not flagged"):
        flagging.unflag(reason="again", **about)


def test_only_risk_staff_without_a_part_in_it_flag_and_with_a_reason(world, risk):
    order = stories.placed(world)
    for person in (world.buyer, world.seller):
        with pytest.raises(NotAllowed):
            flagging.flag(order_id=order.id, reason="x", by=person, now=NOW)
    for reason in ("", " ", "x" * 301):
        with pytest.raises(Refused):
            flagging.flag(order_id=order.id, reason=reason, by=risk, now=NOW)
    actions.add_member(supplier_id=world.supplier.id, user=risk, role="sales", by=world.seller, now=NOW)
    with pytest.raises(NotAllowed, match="party"):
        flagging.flag(order_id=order.id, reason="x", by=risk, now=NOW)


# what people read ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["paused", "removed"])
def test_nobody_fills_in_a_contract_with_a_supplier_that_takes_none(client, world, risk, status, time_machine):
    time_machine.move_to(NOW + DAY)
    order, placed = stories.sent(world), stories.placed(world)
    set_status(world, status, risk)
    client.force_login(world.buyer)
    for path in ("/orders/new/", "/orders/request/"):
        answer = client.get(path, {"supplier": world.supplier.slug}, follow=True)
        assert "takes no new protected orders at the moment" in answer.content.decode(), path
    page = client.get(f"/orders/{order.reference}/contract/").content.decode()
    assert "so nobody can accept this contract now" in page and "Accept version" not in page
    assert client.get(placed.get_absolute_url()).status_code == 200
    stories.clear(placed, 1, now=NOW + DAY)
    client.force_login(world.seller)
    assert "takes no new protected orders" in client.get("/portal/rating/").content.decode() or status == "removed"
    assert "Looked at." in client.get("/portal/").content.decode()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (25_000_00, "before and after receipt"),
        (6_000_00, "protection limit has only"),
        (0, "t be covered now"),
    ],
)
def test_the_contract_says_how_much_is_covered_and_why_less(client, world, limit, words, time_machine):
    time_machine.move_to(NOW)
    actions.set_limit(supplier_id=world.supplier.id, limit_minor=limit, reason="test", by=None, now=NOW)
    order = stories.sent(world)
    client.force_login(world.buyer)
    page = client.get(f"/orders/{order.reference}/contract/").content.decode()
    assert words in page
    assert ("6,000.00" in page) == (limit == 6_000_00)
    if limit == 6_000_00:
        stories.accept(order, by=world.buyer, cover_minor=6_000_00)
        assert "had free when you both accepted" in client.get(f"/orders/{order.reference}/contract/").content.decode()
