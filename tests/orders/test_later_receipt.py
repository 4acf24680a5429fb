"""Rule 11: where time confirmed receipt, the buyer may prove a later one while it is protected; windows count anew."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from disputes.actions import withdraw_claim
from events.models import Event
from orders import actions, steps, tasks
from orders.coming import coming
from orders.models import LaterReceipt, Order, Shipment
from orders.tracking import Answer, Told
from suppliers.models import Member
from tests import cases, stories
from tests.orders.test_pages import client_of, text_of, url
from tests.stories import DAY, NOW, SECOND, snapshot
from tests.suppliers.test_products import a_photo
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import end_of_day

NZ = ZoneInfo("Pacific/Auckland")


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def risk(world):
    person = stories.person("risk@test.test", is_staff=True)
    person.groups.add(Group.objects.get(name="risk"))
    return person


def by_time(world, contract=None, **shipping) -> Order:
    """An order whose receipt time confirmed."""
    order = stories.paid(world, contract)
    stories.dispatch(order, world, **shipping)
    order = stories.fresh(order)
    actions.auto_confirm(order_id=order.id, now=order.auto_confirm_at)
    return stories.fresh(order)


def local_day(at, days=0) -> date:
    return at.astimezone(NZ).date() + timedelta(days=days)


def ask(order, world, *, days=5, now=None, by=None, **fields):
    values = {"words": "The delivery note of our warehouse", "upload": a_photo("note.jpg")} | fields
    if "received_on" not in values:
        values["received_on"] = local_day(order.received_at, days)
    return actions.ask_later_receipt(
        order_id=order.id,
        by=by or world.buyer,
        now=now or order.received_at + 10 * DAY,
        **values,
    )


def kinds(order):
    return list(Event.objects.about("order", order.id).values_list("kind", flat=True))


def money(order):
    return (order.released_minor, order.reserve_minor, order.escrow_minor)


# by staff ---------------------------------------------------------------------------------------------------------


def test_granted_by_staff_protection_counts_from_it_and_released_money_stays(world, risk, mailoutbox):
    order = by_time(world)
    before, day = money(order), local_day(order.received_at, 5)
    later = ask(order, world)
    assert later.state == "asked"
    with pytest.raises(Refused, match="reason"):
        actions.grant_later_receipt(later_id=later.id, reason=" ", by=risk, now=order.received_at + 11 * DAY)
    actions.grant_later_receipt(later_id=later.id, reason="Dated note", by=risk, now=order.received_at + 11 * DAY)
    moved = stories.fresh(order)
    assert local_day(moved.received_at) == day and moved.receipt.at == order.received_at
    assert moved.protection_ends_at == end_of_day(day + timedelta(days=30), "Pacific/Auckland")
    assert moved.lines.get().window_ends_at == moved.protection_ends_at
    assert money(moved) == before
    assert kinds(moved)[-2:] == ["later_receipt.asked", "later_receipt.granted"]
    with pytest.raises(MovedOn):
        actions.expire_protection(order_id=order.id, now=moved.protection_ends_at - SECOND)
    actions.expire_protection(order_id=order.id, now=moved.protection_ends_at)
    with pytest.raises(MovedOn, match="already"):
        actions.refuse_later_receipt(later_id=later.id, reason="No", by=risk, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_both_sides_are_told(mailoutbox):
    world = stories.build_world()
    person = stories.person("risk@test.test", is_staff=True, is_superuser=True)
    order = by_time(world)
    later = ask(order, world)
    mailoutbox.clear()
    actions.refuse_later_receipt(later_id=later.id, reason="No date on it", by=person, now=order.received_at + 11 * DAY)
    assert sorted(mail.to[0] for mail in mailoutbox) == ["buyer@test.test", "seller@test.test"]
    assert all("not proven" in mail.subject and "No date on it" in mail.body for mail in mailoutbox)
    assert EmailAddress.objects.filter(email="books@test.test").exists()  # who keeps books is not told


def test_nothing_closes_while_staff_look_and_it_closes_when_they_refuse(world, risk):
    order = by_time(world)
    end = order.protection_ends_at
    later = ask(order, world, now=end - SECOND)
    assert not Order.objects.protection_over(end + DAY).exists()
    with pytest.raises(MovedOn, match="look at a later receipt"):
        actions.expire_protection(order_id=order.id, now=end + DAY)
    assert "protection.expired" not in {kind for one in coming(stories.fresh(order), end) for kind in one.kinds}
    actions.refuse_later_receipt(later_id=later.id, reason="No date on it", by=risk, now=end + 2 * DAY)
    with time_machine.travel(end + 2 * DAY, tick=False):
        tasks.close_protection_windows()
    assert stories.fresh(order).status == "expired"


def test_granted_after_the_old_end_it_still_counts(world, risk):
    order = by_time(world)
    later = ask(order, world, days=20, now=order.protection_ends_at - SECOND)
    now = order.protection_ends_at + 3 * DAY
    actions.grant_later_receipt(later_id=later.id, reason="Dated note", by=risk, now=now)
    moved = stories.fresh(order)
    assert moved.protection_ends_at == end_of_day(local_day(order.received_at, 50), "Pacific/Auckland") > now
    assert not Order.objects.protection_over(now).exists()


# when it can be said ----------------------------------------------------------------------------------------------


def test_until_the_second_at_which_protection_ends(world):
    order = by_time(world)
    end, before = order.protection_ends_at, snapshot(order)
    with pytest.raises(MovedOn, match="has ended"):
        ask(order, world, now=end)
    assert snapshot(order) == before
    step = steps.step_of("later_receipt", order, world.buyer, end - SECOND)
    assert step.allowed and step.deadline == end and step.silence
    assert not steps.step_of("later_receipt", order, world.buyer, end).allowed
    assert ask(order, world, now=end - SECOND).state == "asked"


@pytest.mark.parametrize("story", [stories.shipped, stories.received, stories.expired, stories.paid])
def test_only_after_a_receipt_by_time(world, story):
    order = story(world)
    at = order.received_at or NOW + 12 * DAY
    with pytest.raises(MovedOn):
        ask(order, world, received_on=local_day(at, 2), now=at + 3 * DAY)
    assert steps.step_of("later_receipt", order, world.buyer, at + 3 * DAY).reason


def test_only_the_buyer_says_it(world):
    order = by_time(world)
    for person in (world.seller, world.stranger):
        with pytest.raises(NotAllowed):
            ask(order, world, by=person)
    assert steps.step_of("later_receipt", order, world.seller, NOW) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"days": 0}, "received_on"),
        ({"days": -3}, "received_on"),
        ({"days": 11}, "received_on"),
        ({"upload": None}, "proof"),
        ({"words": "  "}, "words"),
        ({"words": "x" * 1001}, "words"),
        ({"upload": SimpleUploadedFile("note.exe", b"MZ")}, "proof"),
        ({"upload": SimpleUploadedFile("note.pdf", b"")}, "proof"),
    ],
)
def test_what_proves_nothing_is_refused_and_nothing_is_kept(world, settings, fields, field):
    order = by_time(world)
    before = snapshot(order)
    with pytest.raises(Refused) as refused:
        ask(order, world, **fields)
    assert refused.value.field == field and snapshot(order) == before
    assert not LaterReceipt.objects.exists()
    assert not [each for each in settings.MEDIA_ROOT.rglob("*") if each.is_file()]


def test_one_at_a_time_and_so_many_times(world, risk):
    order = by_time(world)
    for n in range(3):
        later = ask(order, world, upload=a_photo(colour=f"#00000{n}"))
        with pytest.raises(MovedOn, match="staff look"):
            ask(order, world)
        actions.refuse_later_receipt(later_id=later.id, reason="No", by=risk, now=order.received_at + 10 * DAY)
    with pytest.raises(MovedOn, match="3 times"):
        ask(order, world)
    other = by_time(world)
    later = ask(other, world)
    actions.grant_later_receipt(later_id=later.id, reason="Yes", by=risk, now=other.received_at + 10 * DAY)
    with pytest.raises(MovedOn, match="that you proved"):
        ask(stories.fresh(other), world, days=2, now=other.received_at + 12 * DAY)


def test_staff_with_the_right_who_are_no_party_decide(world, risk):
    order = by_time(world)
    later = ask(order, world)
    clerk = stories.person("clerk@test.test", is_staff=True)
    clerk.groups.add(Group.objects.get(name="finance"))
    Member.objects.create(supplier=world.supplier, user=risk, role=Member.Role.SALES, joined_at=NOW)
    for person in (clerk, risk, world.buyer):
        for judge in (actions.grant_later_receipt, actions.refuse_later_receipt):
            with pytest.raises(NotAllowed):
                judge(later_id=later.id, reason="Yes", by=person, now=order.received_at + 11 * DAY)


# by the carrier ---------------------------------------------------------------------------------------------------


def delivered(order, at, now=None):
    told = Told(f"delivered {at.isoformat()}", "delivered", at, "Auckland", "NZ")
    shipment = order.shipments.get()
    return actions.hear(shipment_id=shipment.id, answer=Answer((told,)), source="sandbox", now=now or at)


def test_what_the_carrier_says_proves_it_at_once(world):
    order = by_time(world, tracking_number="TR-11")
    at = order.received_at + 5 * DAY
    delivered(order, at)
    assert money(stories.fresh(order)) == money(order) and stories.fresh(order).received_at == order.received_at
    later = ask(order, world, received_on=local_day(at), upload=None, words="")
    assert later.state == "granted" and later.decided_by is None and "carrier" in later.reason
    moved = stories.fresh(order)
    assert moved.received_at == at
    assert moved.protection_ends_at == end_of_day(local_day(at, 30), "Pacific/Auckland")


def test_the_carriers_day_is_that_of_the_buyers_timezone(world):
    order = by_time(world, tracking_number="TR-11")
    at = datetime.combine(order.received_at.date() + timedelta(days=4), datetime.min.time(), UTC) + timedelta(hours=13)
    delivered(order, at)  # already the next day in Auckland
    with pytest.raises(Refused, match="carrier does not say so"):
        ask(order, world, received_on=at.date(), upload=None)
    assert ask(order, world, received_on=local_day(at), upload=None).state == "granted"


def test_an_untrusted_carriers_word_proves_nothing_by_itself(world):
    order = by_time(world, tracking_number="TR-11")
    at = order.received_at + 5 * DAY
    delivered(order, at)
    Shipment.objects.filter(order=order).update(tracking="rejected")
    assert ask(order, world, received_on=local_day(at)).state == "asked"


# with disputes and more lines -------------------------------------------------------------------------------------


def two_lines():
    return stories.terms(
        lines=(
            stories.LineTerms("Lamp", 50, "pieces", 100_00),
            stories.LineTerms("Shade", 50, "pieces", 100_00),
        )
    )


def test_stopped_lines_gain_the_same_days_and_run_on_with_them(world, risk):
    order = by_time(world, two_lines())
    lamp, shade = order.lines.order_by("number")
    opened = order.received_at + 3 * DAY
    dispute = cases.file(order, world, [cases.quality(lamp)], now=opened)
    left = order.lines.get(pk=lamp.pk).window_left
    later = ask(stories.fresh(order), world)
    actions.grant_later_receipt(later_id=later.id, reason="Dated note", by=risk, now=order.received_at + 11 * DAY)
    moved = stories.fresh(order)
    new_end = end_of_day(local_day(order.received_at, 35), "Pacific/Auckland")
    gained = new_end - order.protection_ends_at
    assert order.lines.get(pk=lamp.pk).window_left == left + gained
    assert order.lines.get(pk=shade.pk).window_ends_at == moved.protection_ends_at == new_end
    withdraw_claim(dispute_id=dispute.id, by=world.buyer, now=order.received_at + 12 * DAY)
    assert order.lines.get(pk=lamp.pk).window_ends_at == order.received_at + 12 * DAY + left + gained


def test_a_window_that_was_closed_stays_closed(world, risk):
    order = by_time(world, two_lines())
    lamp, shade = order.lines.order_by("number")
    cases.file(order, world, [cases.quality(lamp)], now=order.received_at + 3 * DAY)
    actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    closed = order.lines.get(pk=shade.pk)
    later = ask(stories.fresh(order), world, now=order.received_at + 40 * DAY)
    actions.grant_later_receipt(later_id=later.id, reason="Dated", by=risk, now=order.received_at + 41 * DAY)
    after = order.lines.get(pk=shade.pk)
    assert (after.window_ends_at, after.window_closed_at) == (closed.window_ends_at, closed.window_closed_at)


# pages ------------------------------------------------------------------------------------------------------------


def test_the_page_keeps_what_was_typed_and_both_sides_see_the_proof(world, risk):
    order = by_time(world)
    day = local_day(order.received_at, 5).isoformat()
    buyer, seller = client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(order.received_at + 10 * DAY, tick=False):
        assert url("later_receipt", order) in buyer.get(order.get_absolute_url()).content.decode()
        bad = buyer.post(url("later_receipt", order), {"received_on": day, "words": "My note"})
        assert bad.status_code == 422 and "My note" in text_of(bad) and f'value="{day}"' in bad.content.decode()
        empty = buyer.post(url("later_receipt", order), {})
        assert empty.status_code == 422 and "Give the day on which the goods came." in text_of(empty)
        typed = {"received_on": day, "words": "My note", "proof": a_photo("note.jpg")}
        assert buyer.post(url("later_receipt", order), typed).status_code == 302
        assert buyer.post(url("later_receipt", order), typed).status_code == 302  # a double click
        later = LaterReceipt.objects.get()
        for client in (buyer, seller):
            assert "Waiting for staff" in text_of(client.get(order.get_absolute_url()))
            assert client.get(url("later_proof", order, later.id)).status_code == 200
        assert client_of(world.stranger).get(url("later_proof", order, later.id)).status_code == 404
        assert seller.get(url("later_receipt", order)).status_code == 403
        actions.grant_later_receipt(later_id=later.id, reason="Dated", by=risk, now=order.received_at + 10 * DAY)
        told = text_of(seller.get(order.get_absolute_url()))
        assert "Receipt counts from" in told and "Proven" in told


def test_risk_staff_find_it_in_their_queue(world, risk, settings):
    settings.DEMO = True
    order = by_time(world)
    later = ask(order, world)
    desk = client_of(risk)
    with time_machine.travel(order.received_at + 11 * DAY, tick=False):
        assert order.reference in text_of(desk.get("/admin/orders/laterreceipt/"))
        page = text_of(desk.get(f"/admin/orders/laterreceipt/{later.id}/change/"))
        assert "The delivery note of our warehouse" in page and "note.jpg" in page
        assert desk.get(url("later_proof", order, later.id)).status_code == 200
        act = f"/admin/orders/laterreceipt/{later.id}/grant/"
        assert desk.get(act).status_code == 200
        assert desk.post(act, {"reason": ""}).status_code == 422
        assert desk.post(act, {"reason": "Dated note"}).status_code == 302
    assert LaterReceipt.objects.get().state == "granted"
