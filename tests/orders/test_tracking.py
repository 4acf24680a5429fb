"""Rules 8 and 10: what carriers say, in any order and zone; verified, unverified, rejected; what risk staff find."""

import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import DatabaseError, transaction

from events.models import Event
from orders import actions, coming, tasks
from orders.models import CarrierEvent, Shipment
from orders.tracking import Answer, Told, Unreachable, asking, normalised, reading
from suppliers.models import PenaltyPoint, Supplier
from tests import stories
from tests.orders.test_pages import client_of, text_of, url
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import MovedOn, NotAllowed, Refused

HOUR = timedelta(hours=1)
SHIP = NOW + 10 * DAY
NZ, CN, HAWAII = timezone(12 * HOUR), timezone(8 * HOUR), timezone(-10 * HOUR)


def told(code, at, country="", zone=UTC, **fields) -> Told:
    return Told(f"{code} {at.isoformat()}", code, at.astimezone(zone), "Somewhere", country, **fields)


def hear(shipment, *events, now=None, **fields):
    """The carrier says all of this at once, by default just after the last of it."""
    now = now or max((each.at for each in events), default=SHIP)
    return actions.hear(shipment_id=shipment.id, answer=Answer(tuple(events), **fields), source="sandbox", now=now)


def tracked(world, number="TR-1", *, now=SHIP, contract=None, **fields):
    """An order that is shipped with a tracking number, and its shipment."""
    order = stories.paid(world, contract)
    shipment = stories.dispatch(order, world, now=now, tracking_number=number, **fields)
    return stories.fresh(order), shipment


def now_of(shipment):
    return Shipment.objects.get(pk=shipment.pk)


def kinds(order):
    return list(Event.objects.about("order", order.id).values_list("kind", flat=True))


@pytest.fixture
def risk(world):
    person = stories.person("risk@test.test", is_staff=True)
    person.groups.add(Group.objects.get(name="risk"))
    return person


# what carriers say ------------------------------------------------------------------------------------------------


JOURNEY = (
    told("label", SHIP - HOUR, "CN", CN),
    told("picked_up", SHIP, "CN", CN),
    told("on_board", SHIP + DAY, "CN", CN),
    told("arrived", SHIP + 9 * DAY, "SG"),  # a port on the way starts no clock
    told("arrived", SHIP + 20 * DAY, "NZ", NZ),
    told("delivered", SHIP + 22 * DAY, "NZ", NZ),
)


def state_of(order):
    order = stories.fresh(order)
    shipment = order.shipments.get()
    return shipment.tracking, shipment.moved_at, shipment.arrived_at, shipment.delivered_at, order.auto_confirm_at


def test_the_order_in_which_it_is_heard_does_not_matter(world):
    end = SHIP + 22 * DAY
    expected = ("verified", end, SHIP + 20 * DAY, end, end + 7 * DAY)
    for n, said in enumerate([JOURNEY, JOURNEY[::-1], JOURNEY[3:] + JOURNEY[:3]]):
        order, shipment = tracked(world, f"ORDER-{n}")
        for each in said:
            hear(shipment, each, now=end)
            hear(shipment, each, now=end)  # twice is once
        assert state_of(order) == expected
        assert shipment.events.count() == len(JOURNEY)


def test_arrival_counts_15_days_and_delivery_7(world):
    order, shipment = tracked(world)
    hear(shipment, *JOURNEY[:4])
    assert stories.fresh(order).auto_confirm_at == shipment.dispatched_at + 60 * DAY
    hear(shipment, *JOURNEY[:5])
    assert stories.fresh(order).auto_confirm_at == SHIP + 35 * DAY
    hear(shipment, *JOURNEY)
    assert stories.fresh(order).auto_confirm_at == SHIP + 29 * DAY
    assert kinds(order)[-3:] == ["tracking.verified", "shipment.arrived", "shipment.delivered"]


def test_zones_and_the_date_line_are_only_offsets(world):
    """Delivered on the 12th in Auckland is the 11th in Hawaii: the same instant, told in either zone."""
    at = datetime(2026, 9, 11, 22, 0, tzinfo=UTC)
    for n, zone in enumerate((NZ, HAWAII)):
        order, shipment = tracked(world, f"Z-{n}")
        hear(shipment, told("delivered", at, "NZ", zone), now=at + HOUR)
        assert stories.fresh(order).auto_confirm_at == at + 7 * DAY
        assert shipment.events.get().utc_offset == zone.utcoffset(None).total_seconds() / 60


def test_what_lies_in_the_future_is_not_heard_yet(world):
    _, shipment = tracked(world)
    late = told("delivered", SHIP + DAY + SECOND, "NZ")
    hear(shipment, late, now=SHIP + DAY)
    assert (now_of(shipment).delivered_at, shipment.events.count()) == (None, 0)
    hear(shipment, late, now=SHIP + DAY + SECOND)
    assert now_of(shipment).delivered_at == SHIP + DAY + SECOND


def test_goods_that_are_sent_back_are_not_delivered(world):
    order, shipment = tracked(world)
    hear(shipment, *JOURNEY, told("returned", SHIP + 23 * DAY, "NZ"))
    assert state_of(order)[2:4] == (None, None)
    assert stories.fresh(order).auto_confirm_at == shipment.dispatched_at + 60 * DAY


def test_a_carriers_word_is_never_changed(world):
    _, shipment = tracked(world)
    hear(shipment, JOURNEY[1])
    for write in (lambda rows: rows.update(words="x"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            write(CarrierEvent.objects.all())


def test_strange_words_are_cut_to_fit(world):
    _, shipment = tracked(world)
    odd = Told("k" * 200, "teleported", SHIP, "p\x00" * 300, "New Zealand", "w" * 999)
    hear(shipment, odd, code="c" * 99)
    [kept] = shipment.events.all()
    assert (kept.code, kept.country, len(kept.key), len(kept.words)) == ("exception", "", 64, 300)
    assert now_of(shipment).tracking == "pending"  # trouble is no movement


def test_after_receipt_nothing_is_heard_or_asked(world):
    order, shipment = tracked(world)
    actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=SHIP + DAY)
    before = stories.snapshot(order)
    hear(shipment, *JOURNEY)
    assert (stories.snapshot(order), shipment.events.count(), now_of(shipment).ask_at) == (before, 0, None)


def test_staff_record_an_arrival_and_correct_it(world, risk):
    order, shipment = tracked(world)
    for at in (SHIP + 9 * DAY, SHIP + 8 * DAY):
        actions.record_arrival(shipment_id=shipment.id, delivered_at=at, by=risk, now=SHIP + 10 * DAY + at.day * SECOND)
    assert state_of(order)[3:] == (SHIP + 8 * DAY, SHIP + 15 * DAY)
    assert shipment.events.count() == 2


# unverified -------------------------------------------------------------------------------------------------------


def test_unverified_at_the_second_and_counts_as_none(world):
    order, shipment = tracked(world)
    due = SHIP + 3 * DAY
    before = stories.snapshot(order)
    with pytest.raises(MovedOn):
        actions.end_waiting(shipment_id=shipment.id, now=due - SECOND)
    assert stories.snapshot(order) == before
    assert [one.at for one in coming.coming(order, SHIP) if "tracking.unverified" in one.kinds] == [due]
    with time_machine.travel(due - SECOND, tick=False):
        tasks.end_waiting_for_carriers()
        assert now_of(shipment).tracking == "pending"
    with time_machine.travel(due, tick=False):
        tasks.end_waiting_for_carriers()
        tasks.end_waiting_for_carriers()
    assert now_of(shipment).tracking == "unverified"
    assert kinds(order).count("tracking.unverified") == 1
    assert stories.fresh(order).auto_confirm_at == shipment.dispatched_at + 60 * DAY
    hear(shipment, told("in_transit", due + HOUR))  # a later movement verifies it
    assert now_of(shipment).tracking == "verified"


def test_a_label_is_no_movement(world):
    _, shipment = tracked(world)
    hear(shipment, told("label", SHIP))
    actions.end_waiting(shipment_id=shipment.id, now=SHIP + 3 * DAY)
    assert now_of(shipment).tracking == "unverified"


def test_who_has_received_waits_for_no_carrier(world):
    order, shipment = tracked(world)
    actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=SHIP + DAY)
    actions.end_waiting(shipment_id=shipment.id, now=SHIP + 3 * DAY)
    assert "tracking.unverified" not in kinds(order)
    assert not Shipment.objects.without_movement(SHIP + 9 * DAY).exists()


# rejected ---------------------------------------------------------------------------------------------------------


def test_a_first_event_before_the_payment_at_the_second(world):
    for seconds, expected in ((-1, "rejected"), (0, "verified")):
        order, shipment = tracked(world, f"P{seconds}")
        hear(shipment, told("picked_up", order.paid_at + seconds * SECOND), told("in_transit", SHIP), now=SHIP)
        assert now_of(shipment).tracking == expected
    order = stories.fresh(tracked(world, "P-9")[0])
    assert order.auto_confirm_at is not None


@pytest.mark.parametrize(
    ("events", "destination", "expected"),
    [
        ((told("picked_up", SHIP, "CN"),), "PA", "rejected"),
        ((told("picked_up", SHIP, "CN"),), "NZ", "verified"),
        ((told("picked_up", SHIP, "CN"),), "", "verified"),
        ((told("delivered", SHIP, "PA"),), "", "rejected"),
        ((told("arrived", SHIP, "PA"),), "", "verified"),  # on its way through it
    ],
)
def test_another_country(world, events, destination, expected):
    order, shipment = tracked(world)
    hear(shipment, *events, destination=destination)
    shipment = now_of(shipment)
    assert shipment.tracking == expected
    order = stories.fresh(order)
    assert (order.tracking_reviews, order.auto_confirm_at is None) == (expected == "rejected",) * 2


def test_a_number_of_another_order_however_it_is_written(world):
    first, original = tracked(world, "abc 12-34")
    order, shipment = tracked(world, " ABC1234 ")
    assert (shipment.tracking, shipment.rejected_because) == ("rejected", "The number is used on another order.")
    assert (order.status, order.tracking_reviews, order.auto_confirm_at) == ("shipped", 1, None)
    assert now_of(original).tracking == "pending"  # who used it first keeps it
    assert (stories.fresh(first).tracking_reviews, normalised("ａｂｃ-12 34")) == (0, "ABC1234")
    page = text_of(client_of(world.buyer).get(order.get_absolute_url()))
    assert "Rejected, with our staff" in page and "used on another order" in page and first.reference not in page


def test_a_number_may_serve_two_shipments_of_one_order(world):
    order = stories.paid(world)
    line = order.lines.get()
    for _ in range(2):
        made = stories.dispatch(order, world, now=SHIP, quantities={line.id: 50}, tracking_number="SAME-1")
        assert made.tracking == "pending"


def test_while_risk_looks_nothing_is_confirmed_by_time(world, risk):
    order, shipment = tracked(world)
    due = order.auto_confirm_at
    hear(shipment, told("picked_up", SHIP), destination="PA", now=SHIP + DAY)
    with time_machine.travel(due + 30 * DAY, tick=False):
        tasks.auto_confirm_receipts()
    assert stories.fresh(order).status == "shipped"
    actions.find_valid(shipment_id=shipment.id, reason="The port is in Panama", by=risk, now=SHIP + 11 * DAY)
    order = stories.fresh(order)
    assert order.auto_confirm_at == due + 10 * DAY  # what was left
    assert (order.tracking_reviews, now_of(shipment).tracking) == (0, "verified")
    hear(shipment, told("in_transit", SHIP + 12 * DAY), destination="PA")  # it stays found
    assert now_of(shipment).tracking == "verified"


def test_a_dispute_and_a_review_at_once_pause_once(world, risk):
    from orders import holds
    from orders.models import Order

    order, shipment = tracked(world)
    due = order.auto_confirm_at
    hear(shipment, told("picked_up", SHIP), destination="PA", now=SHIP + DAY)
    with transaction.atomic():
        locked = Order.objects.locked(order.id)
        holds.stop_clocks(locked, [], now=SHIP + 3 * DAY)
        locked.save()
    actions.find_valid(shipment_id=shipment.id, reason="right", by=risk, now=SHIP + 6 * DAY)
    assert stories.fresh(order).auto_confirm_at is None  # the dispute still stops it
    with transaction.atomic():
        locked = Order.objects.locked(order.id)
        holds.restart_clocks(locked, [], now=SHIP + 9 * DAY)
        locked.save()
    assert stories.fresh(order).auto_confirm_at == due + 8 * DAY


# what risk finds --------------------------------------------------------------------------------------------------


def rejected(world, number="R-1", **fields):
    order, shipment = tracked(world, number, **fields)
    hear(shipment, told("picked_up", SHIP), destination="PA", now=SHIP + DAY)
    return stories.fresh(order), now_of(shipment)


def test_false_goes_back_to_paid_not_shipped(world, risk):
    order, shipment = rejected(world)
    ship_by = order.ship_by_at
    actions.find_false(shipment_id=shipment.id, reason="Empty box to Panama", by=risk, now=SHIP + 2 * DAY)
    order = stories.fresh(order)
    assert (order.status, order.shipped_at, order.auto_confirm_at, order.ship_by_at) == ("paid", None, None, ship_by)
    assert order.award_at == ship_by + 30 * DAY
    assert (order.tracking_reviews, order.auto_confirm_stopped_at, order.lines.get().to_ship) == (0, None, 100)
    assert not order.shipments.counted().exists()
    [points] = PenaltyPoint.objects.filter(order_id=order.id)
    assert (points.kind, points.points) == ("forged", 24)
    assert Supplier.objects.get(pk=world.supplier.pk).status == "paused"
    found = now_of(shipment)
    assert (found.finding, found.found_by, found.found_because) == ("false", risk, "Empty box to Panama")
    assert kinds(order).count("tracking.found_false") == 1
    page = text_of(client_of(world.buyer).get(order.get_absolute_url()))
    assert "Found false" in page and "Its goods are still to be shipped." in page


def test_then_it_can_be_shipped_in_truth_and_its_clock_is_new(world, risk):
    order, shipment = rejected(world)
    actions.find_false(shipment_id=shipment.id, reason="false", by=risk, now=SHIP + 2 * DAY)
    again = stories.dispatch(stories.fresh(order), world, now=SHIP + 5 * DAY, tracking_number="R-1")
    order = stories.fresh(order)
    assert (order.status, again.number, again.tracking) == ("shipped", 2, "pending")
    assert order.auto_confirm_at == again.dispatched_at + 60 * DAY
    hear(shipment, told("delivered", SHIP + 6 * DAY, "NZ"))
    assert now_of(shipment).delivered_at is None


def test_found_false_late_leaves_72_hours_to_prove_shipment(world, risk):
    order, shipment = rejected(world)
    found = order.ship_by_at + 31 * DAY
    actions.find_false(shipment_id=shipment.id, reason="false", by=risk, now=found)
    order = stories.fresh(order)
    assert order.award_at == found + 72 * HOUR
    with pytest.raises(MovedOn):
        actions.award_unshipped(order_id=order.id, now=order.award_at - SECOND)
    actions.award_unshipped(order_id=order.id, now=order.award_at)
    assert stories.fresh(order).status == "refunded"


def test_a_false_part_takes_back_its_part_alone(world, risk):
    order = stories.paid(world)
    line = order.lines.get()
    stories.dispatch(order, world, now=SHIP, quantities={line.id: 60})
    false = stories.dispatch(order, world, now=SHIP, quantities={line.id: 40}, tracking_number="F-1")
    hear(false, told("picked_up", SHIP), destination="PA", now=SHIP + DAY)
    actions.find_false(shipment_id=false.id, reason="false", by=risk, now=SHIP + DAY)
    order = stories.fresh(order)
    assert (order.status, order.lines.get().to_ship, order.shipments.counted().count()) == ("paid", 40, 1)


def test_what_the_buyer_confirmed_meanwhile_stays_received(world, risk):
    order, shipment = rejected(world)
    actions.confirm_receipt(order_id=order.id, counts=[], by=world.buyer, now=SHIP + 2 * DAY)
    released = stories.fresh(order).released_minor
    actions.find_false(shipment_id=shipment.id, reason="false all the same", by=risk, now=SHIP + 3 * DAY)
    order = stories.fresh(order)
    assert (order.status, order.released_minor, order.lines.get().shipped_quantity) == ("received", released, 100)
    assert (order.tracking_reviews, PenaltyPoint.objects.get(order_id=order.id).points) == (0, 24)


def test_only_risk_staff_of_neither_side_judge_and_once_with_a_reason(world, risk):
    order, shipment = rejected(world)
    before = stories.snapshot(order)
    outsider = stories.person("finance@test.test", is_staff=True)
    outsider.groups.add(Group.objects.get(name="finance"))
    world.seller.groups.add(Group.objects.get(name="risk"))
    world.buyer.groups.add(Group.objects.get(name="risk"))
    for judge in (actions.find_valid, actions.find_false):
        for person, words in ((outsider, "Only risk"), (world.seller, "party"), (world.buyer, "party")):
            with pytest.raises(NotAllowed, match=words):
                judge(shipment_id=shipment.id, reason="x", by=person, now=SHIP + 2 * DAY)
        for reason in (" ", "x" * 301):
            with pytest.raises(Refused) as refused:
                judge(shipment_id=shipment.id, reason=reason, by=risk, now=SHIP + 2 * DAY)
            assert refused.value.field == "reason"
    assert stories.snapshot(order) == before
    actions.find_valid(shipment_id=shipment.id, reason="right", by=risk, now=SHIP + 2 * DAY)
    with pytest.raises(MovedOn, match="found valid already"):
        actions.find_false(shipment_id=shipment.id, reason="no", by=risk, now=SHIP + 2 * DAY)
    other = tracked(world, "FINE-1")[1]
    with pytest.raises(MovedOn, match="not rejected"):
        actions.find_false(shipment_id=other.id, reason="no", by=risk, now=SHIP + 2 * DAY)


def test_the_clock_that_stands_still_is_not_extended(world):
    order, _ = rejected(world)
    with pytest.raises(MovedOn, match="stands still"):
        actions.extend_confirm(order_id=order.id, by=world.buyer, now=SHIP + 2 * DAY)
    with time_machine.travel(SHIP + 2 * DAY, tick=False):
        assert client_of(world.buyer).get(url("extend_confirm", order)).status_code == 302
        assert "Tracking being checked" in text_of(client_of(world.buyer).get("/orders/"))
        page = text_of(client_of(world.buyer).get(order.get_absolute_url()))
        assert "Our staff check the tracking" in page and "confirmed for you then" not in page


# asking -----------------------------------------------------------------------------------------------------------


class Silent:
    name, again, asked = "silent", HOUR, 0

    def ask(self, parcel, *, now):
        self.asked += 1
        raise Unreachable


def test_no_answer_is_unknown_and_asked_again(world):
    order, shipment = tracked(world)
    service, before = Silent(), stories.snapshot(order)
    assert not asking.ask_carrier(shipment_id=shipment.id, service=service, now=SHIP)
    assert stories.snapshot(order) == before
    assert not asking.ask_carrier(shipment_id=shipment.id, service=service, now=SHIP + asking.RETRY - SECOND)
    assert service.asked == 1
    asking.ask_carrier(shipment_id=shipment.id, service=service, now=SHIP + asking.RETRY)
    assert service.asked == 2


def test_no_carrier_is_asked_inside_a_transaction(world, django_capture_on_commit_callbacks):
    _, shipment = tracked(world)
    depth = len(transaction.get_connection().savepoint_ids)

    class Looks(Silent):
        def ask(self, parcel, *, now):
            assert len(transaction.get_connection().savepoint_ids) == depth
            return Answer()

    assert asking.ask_carrier(shipment_id=shipment.id, service=Looks(), now=SHIP)
    assert now_of(shipment).ask_at == SHIP + HOUR


@pytest.mark.parametrize(
    ("number", "days", "expected"),
    [
        ("SBX-1", 30, ("verified", True)),
        ("SBX-1", 1, ("verified", False)),
        ("SBX-STILL-1", 2, ("pending", False)),
        ("SBX-LABEL-1", 2, ("pending", False)),
        ("SBX-EARLY-1", 2, ("rejected", False)),
        ("SBX-ASTRAY-1", 2, ("rejected", False)),
        ("SBX-LOST-1", 40, ("verified", False)),
        ("SBX-BACK-1", 60, ("verified", False)),
        ("SBX-DOWN-1", 2, ("pending", False)),
        ("REAL-1", 2, ("pending", False)),
    ],
)
@pytest.mark.parametrize("way", ["sea", "air", "road"])
def test_the_sandbox_plays_what_its_number_says(world, number, days, expected, way):
    _, shipment = tracked(world, number, contract=stories.terms(incoterm="DAP"), transport=way)
    for _ in range(2):
        with time_machine.travel(SHIP + days * DAY, tick=False):
            tasks.ask_carriers()
            Shipment.objects.update(ask_at=SHIP)
    shipment = now_of(shipment)
    assert (shipment.tracking, shipment.delivered_at is not None) == expected
    keys = list(shipment.events.values_list("key", flat=True))
    assert len(keys) == len(set(keys))


def test_nobody_is_asked_when_none_is_named(world, settings):
    settings.TRACKING = "none"
    _, shipment = tracked(world, "SBX-1")
    with time_machine.travel(SHIP + 9 * DAY, tick=False):
        tasks.ask_carriers()
    assert now_of(shipment).ask_at == SHIP


def test_the_page_lists_what_the_carrier_says_with_local_times_to_both_sides(world):
    order, shipment = tracked(world)
    hear(shipment, *JOURNEY)
    for person in (world.buyer, world.seller):
        page = text_of(client_of(person).get(order.get_absolute_url()))
        assert "What the carrier says" in page and "Loaded on board" in page and "UTC+08:00" in page
        assert "Told by the demo" in page and "Verified by the carrier" in page and "UTC+12:00" in page
        assert "The carrier says so too: loaded on board" in page


def test_a_carrier_is_played_by_hand(world, settings):
    _, shipment = tracked(world, "BY HAND 1")
    with time_machine.travel(SHIP + DAY, tick=False):
        call_command("play_carrier", "byhand1", "picked_up", place="Nansha", country="CN")
        assert now_of(shipment).tracking == "verified"
        settings.TRACKING = "none"
        with pytest.raises(Exception, match="sandbox"):
            call_command("play_carrier", "byhand1", "delivered")


def test_a_journey_reads_the_same_in_each_of_its_720_orders():
    events = [CarrierEvent(code=each.code, at=each.at, country=each.country, source="sandbox") for each in JOURNEY]
    read = {reading.read(said, transport="sea", country="NZ") for said in itertools.permutations(events)}
    [one] = read
    assert (one.first_at, one.moved_at) == (SHIP - HOUR, SHIP + 22 * DAY)
    assert (one.arrived_at, one.delivered_at) == (SHIP + 20 * DAY, SHIP + 22 * DAY)


def test_only_goods_for_a_port_arrive_at_one():
    event = CarrierEvent(code="arrived", at=SHIP, country="NZ", source="sandbox")
    arrived = {way: reading.read([event], transport=way, country="NZ").arrived_at for way in Shipment.Transport}
    assert {way for way, at in arrived.items() if at} == {"sea", "rail"}


# the queue of risk staff ------------------------------------------------------------------------------------------


def test_risk_judges_from_its_queue_and_others_only_read(client, world, risk, django_assert_max_num_queries):
    first, _ = tracked(world, "Q-1")
    order, shipment = tracked(world, "q 1")
    client.force_login(risk)
    page = text_of(client.get("/admin/orders/trackingreview/"))
    assert order.reference in page and "used on another order" in page and "Rejected tracking" in page
    base = f"/admin/orders/trackingreview/{shipment.pk}"
    page = text_of(client.get(f"{base}/change/"))
    assert first.reference in page and "It is false" in page and "said nothing yet" in page
    assert client.post(f"{base}/false/", {"reason": ""}).status_code == 422
    assert client.post(f"{base}/false/", {"reason": "The line never had it"}).status_code == 302
    assert stories.fresh(order).status == "paid"
    assert "is found false" in text_of(client.get(f"{base}/change/"))
    assert order.reference not in text_of(client.get("/admin/orders/trackingreview/"))
    assert order.reference in text_of(client.get("/admin/orders/trackingreview/?finding=false"))
    assert client.get(f"{base}/valid/").status_code == 302  # nothing is left to find
    reader = stories.person("reader@test.test", is_staff=True)
    reader.groups.add(Group.objects.get(name="adjudicator"))
    client.force_login(reader)
    assert client.get(f"{base}/change/").status_code == 200
    assert client.get(f"{base}/valid/").status_code == 403
    assert client.post(f"{base}/false/", {"reason": "x"}).status_code == 403


def test_the_queue_asks_the_same_for_many_as_for_few(client, world, risk, django_assert_max_num_queries):
    Supplier.objects.update(limit_minor=10_000_000_00)
    for n in range(6):
        rejected(world, f"MANY-{n}")
    client.force_login(risk)
    client.get("/admin/orders/trackingreview/")
    with django_assert_max_num_queries(8):
        client.get("/admin/orders/trackingreview/")


def test_staff_read_what_carriers_say_of_a_shipment(client, world, risk):
    _, shipment = tracked(world)
    hear(shipment, *JOURNEY[:3])
    client.force_login(risk)
    page = text_of(client.get(f"/admin/orders/shipment/{shipment.pk}/change/"))
    assert "Loaded on board" in page and "UTC+08:00" in page
