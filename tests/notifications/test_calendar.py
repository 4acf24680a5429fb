"""The calendar of deadlines: what is in it, whose it is, and its secret address (RFC 5545)."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from icalendar import Calendar

from events.models import Event
from notifications import actions, calendar
from notifications.models import CalendarFeed
from suppliers.models import Member
from tests import cases, stories
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import Refused


def read(client, feed):
    answer = client.get(reverse("notifications:feed", args=[actions.address_of(feed)]))
    assert answer.status_code == 200 and answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" not in answer["Cache-Control"] and "private" in answer["Cache-Control"]
    return Calendar.from_ical(answer.content)


def dates(found) -> list[tuple]:
    return [(event.decoded("dtstart"), str(event["summary"])) for event in found.walk("VEVENT")]


@pytest.fixture
def feed(world):
    return actions.make_address(by=world.buyer, now=NOW)


def test_a_shipped_order_has_its_move_and_all_that_follows(world, client, feed):
    order = stories.shipped(world)
    with time_machine.travel(NOW + 11 * DAY, tick=False):
        found = read(client, feed)
    minute = timedelta(minutes=1)
    due = order.auto_confirm_at.replace(microsecond=0)
    end = order.rulebook.protection_end(due, world.buyer.timezone)
    assert dates(found) == [
        (due, f"{order.reference}: Confirm receipt"),
        (due + 7 * DAY, f"{order.reference}: We ask the buyer for a review"),
        (end - minute, f"{order.reference}: Protection ends"),
    ]
    (alarm,) = found.walk("VALARM")
    assert alarm.decoded("trigger") == -DAY
    assert len({str(event["uid"]) for event in found.walk("VEVENT")}) == 3


def test_each_side_reads_its_own_move(world, client):
    order = stories.paid(world)
    for person, words in ((world.seller, "Enter the shipment"), (world.buyer, "The order is late")):
        mine = actions.make_address(by=person, now=NOW)
        with time_machine.travel(NOW + DAY, tick=False):
            first = dates(read(client, mine))[0]
        assert first[0] == order.ship_by_at - timedelta(minutes=1)  # a day that ends at midnight stands on that day
        assert words in first[1]


def test_a_stranger_reads_nothing_of_others(world, client):
    stories.shipped(world)
    mine = actions.make_address(by=world.stranger, now=NOW)
    assert dates(read(client, mine)) == []


def test_a_case_is_in_it(world, client, feed):
    dispute = cases.claimed(world)
    with time_machine.travel(dispute.filed_at + SECOND, tick=False):
        words = [words for _, words in dates(read(client, feed))]
    reference = dispute.order.reference
    assert f"{reference}: Our staff take over" in words and f"{reference}: The file is complete" in words


def test_goods_with_line_breaks_break_no_line_of_the_calendar(world, client, feed):
    stories.paid(world, stories.terms(title="Lamps; 100, éclair\r\nEND:VEVENT"))
    with time_machine.travel(NOW + DAY, tick=False):
        found = read(client, feed)
    assert {str(each["description"]).count("END:VEVENT") for each in found.walk("VEVENT")} == {1}


def test_a_new_address_ends_the_one_before_and_ending_ends_it(world, client, feed):
    first = actions.address_of(feed)
    second = actions.address_of(actions.make_address(by=world.buyer, now=NOW))
    assert first != second
    assert client.get(reverse("notifications:feed", args=[first])).status_code == 404
    assert client.get(reverse("notifications:feed", args=[second])).status_code == 200
    actions.end_address(by=world.buyer, now=NOW)
    actions.end_address(by=world.buyer, now=NOW)
    assert client.get(reverse("notifications:feed", args=[second])).status_code == 404
    kinds = list(Event.objects.about("person", world.buyer.pk).values_list("kind", flat=True))
    assert kinds == ["person.calendar_made", "person.calendar_made", "person.calendar_ended"]
    assert actions.address_of(actions.make_address(by=world.buyer, now=NOW)) not in ("", first, second)


@pytest.mark.parametrize("secret", ["x", "a:b:c", "WzEsMV0:1:1", "é" * 50, "0" * 5000])
def test_an_invented_address_is_not_found(db, client, secret):
    assert client.get(reverse("notifications:feed", args=[secret])).status_code == 404


def test_who_was_shut_out_reads_nothing(world, client, feed):
    address = reverse("notifications:feed", args=[actions.address_of(feed)])
    world.buyer.is_active = False
    world.buyer.save()
    assert client.get(address).status_code == 404


def test_readings_are_noted_once_an_hour(world, feed):
    secret = actions.address_of(feed)
    for at in (NOW, NOW + timedelta(minutes=59), NOW + timedelta(minutes=61)):
        actions.feed_of(secret, now=at)
    assert CalendarFeed.objects.get().read_at == NOW + timedelta(minutes=61)


def test_the_page_makes_renews_and_ends(world, client):
    client.force_login(world.buyer)
    stories.shipped(world)
    page = reverse("notifications:calendar")
    assert "Make my address" in client.get(page).content.decode()
    assert client.post(reverse("notifications:make_address"), follow=True).status_code == 200
    shown = client.get(page).content.decode()
    assert f"/calendar/{actions.address_of(CalendarFeed.objects.get())}.ics" in shown
    client.post(reverse("notifications:end_address"))
    assert ".ics" not in client.get(page).content.decode()
    assert client.get(reverse("notifications:make_address")).status_code == 405


# what is in it --------------------------------------------------------------------------------------------------


ALL = {"alarm_hours": 24, "with_moves": True, "with_events": True, "as_buyer": True, "companies": ()}


def choose(person, **changes) -> CalendarFeed:
    return actions.choose_calendar(by=person, now=NOW, **(ALL | changes))


@pytest.mark.parametrize("hours", [1, 24, 72])
def test_alarms_ring_so_long_before_each_move_and_only_before_moves(world, client, feed, hours):
    stories.shipped(world)
    choose(world.buyer, alarm_hours=hours)
    with time_machine.travel(NOW + 11 * DAY, tick=False):
        found = read(client, feed)
    assert [(len(event.walk("VALARM"))) for event in found.walk("VEVENT")] == [1, 0, 0]
    assert [alarm.decoded("trigger") for alarm in found.walk("VALARM")] == [-timedelta(hours=hours)]


def test_no_alarm_rings_where_none_was_chosen(world, client, feed):
    stories.shipped(world)
    choose(world.buyer, alarm_hours=0)
    with time_machine.travel(NOW + 11 * DAY, tick=False):
        found = read(client, feed)
    assert len(found.walk("VEVENT")) == 3 and found.walk("VALARM") == []


def test_only_moves_or_only_what_happens_by_itself(world, client, feed):
    order = stories.shipped(world)
    asked = {}
    for name, off in (("moves", "with_events"), ("events", "with_moves")):
        choose(world.buyer, **{off: False})
        with time_machine.travel(NOW + 11 * DAY, tick=False):
            asked[name] = [words.removeprefix(f"{order.reference}: ") for _, words in dates(read(client, feed))]
    assert asked["moves"] == ["Confirm receipt"]
    assert asked["events"] == ["Receipt is confirmed by itself", "We ask the buyer for a review", "Protection ends"]


def test_only_the_chosen_sides_are_in_it(world, client):
    """Somebody who buys and works for two companies."""
    person = world.seller
    Member.objects.create(supplier=world.rival, user=person, role=Member.Role.OWNER, joined_at=NOW)
    other = stories.company("Third", owner=world.stranger)
    feed = actions.make_address(by=person, now=NOW)
    sold = stories.paid(world).reference
    rivals = stories.paid(replace(world, supplier=world.rival, seller=world.rival_seller)).reference
    bought = stories.paid(replace(world, buyer=person, supplier=other, seller=world.stranger)).reference
    found = {}
    for name, sides in {
        "all": {"companies": [world.supplier.pk, world.rival.pk]},
        "one": {"as_buyer": False, "companies": [world.supplier.pk]},
        "bought": {"companies": []},
        "not mine": {"as_buyer": False, "companies": [world.supplier.pk, world.stranger.pk * 10**6]},
    }.items():
        choose(person, **sides)
        with time_machine.travel(NOW + DAY, tick=False):
            found[name] = {words.partition(":")[0] for _, words in dates(read(client, feed))}
    assert found == {"all": {sold, rivals, bought}, "one": {sold}, "bought": {bought}, "not mine": {sold}}


def test_a_company_joined_later_is_in_it(world, client):
    feed = choose(world.stranger)
    actions.make_address(by=world.stranger, now=NOW)
    stories.paid(world)
    with time_machine.travel(NOW + DAY, tick=False):
        assert calendar.entries(feed, NOW + DAY) == []
        Member.objects.create(supplier=world.supplier, user=world.stranger, role=Member.Role.OWNER, joined_at=NOW)
        assert calendar.entries(feed, NOW + DAY) != []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"alarm_hours": 2}, "one of the alarms"),
        ({"alarm_hours": -24}, "one of the alarms"),
        ({"with_moves": False, "with_events": False}, "at least one kind"),
        ({"as_buyer": False}, "at least one side"),
        ({"as_buyer": False, "companies": [10**9]}, "at least one side"),
    ],
)
def test_a_calendar_with_nothing_in_it_is_refused_and_the_choice_before_stays(world, feed, changes, words):
    choose(world.buyer, alarm_hours=72)
    with pytest.raises(Refused, match=words):
        choose(world.buyer, **changes)
    saved = CalendarFeed.objects.get()
    assert (saved.alarm_hours, saved.with_moves, saved.as_buyer) == (72, True, True)


def test_a_choice_keeps_the_address_and_is_kept_when_the_address_is_renewed_or_ended(world, client, feed):
    address = actions.address_of(feed)
    choose(world.buyer, alarm_hours=1, with_events=False)
    assert actions.address_of(CalendarFeed.objects.get()) == address
    assert client.get(reverse("notifications:feed", args=[address])).status_code == 200
    actions.make_address(by=world.buyer, now=NOW)
    actions.end_address(by=world.buyer, now=NOW)
    saved = CalendarFeed.objects.get()
    assert (saved.alarm_hours, saved.with_events) == (1, False)
    assert Event.objects.about("person", world.buyer.pk).filter(kind="person.calendar_chosen").count() == 1


def test_choosing_makes_no_address(world):
    choose(world.buyer)
    assert actions.address_of(CalendarFeed.objects.get()) == ""


def test_the_page_saves_what_is_chosen_and_shows_it(world, client):
    client.force_login(world.buyer)
    page = reverse("notifications:calendar")
    shown = client.get(page).content.decode()
    assert "Of which orders" not in shown and shown.count("checked") == 3
    assert client.post(page, {"kinds": ["events"], "alarm": "72"}).status_code == 302
    saved = CalendarFeed.objects.get()
    assert (saved.alarm_hours, saved.with_moves, saved.with_events, saved.as_buyer) == (72, False, True, True)
    stories.shipped(world)
    with time_machine.travel(NOW + 11 * DAY, tick=False):
        client.force_login(world.buyer)
        shown = client.get(page).content.decode()
    assert "Receipt is confirmed by itself" in shown and "Confirm receipt<" not in shown
    client.force_login(world.buyer)
    for kinds, alarm in (([], ""), (["moves"], ""), ([], "24"), (["x"], "24"), (["moves"], "2"), (["moves"], "x" * 99)):
        answer = client.post(page, {"kinds": kinds, "alarm": alarm})
        assert answer.status_code == 422 and "Your choice was not saved" in answer.content.decode()
    assert CalendarFeed.objects.get().alarm_hours == 72


def test_who_works_for_a_company_chooses_sides(world, client):
    client.force_login(world.seller)
    page = reverse("notifications:calendar")
    assert f"Those of {world.supplier.name}" in client.get(page).content.decode()
    assert client.post(page, {"kinds": ["moves"], "alarm": "0"}).status_code == 422
    assert (
        client.post(page, {"kinds": ["moves"], "alarm": "0", "sides": ["buyer", world.rival.slug]}).status_code == 422
    )
    assert client.post(page, {"kinds": ["moves"], "alarm": "0", "sides": ["buyer"]}).status_code == 302
    saved = CalendarFeed.objects.get()
    assert list(saved.companies_out.all()) == [world.supplier] and saved.as_buyer


def test_the_number_of_queries_does_not_grow(world, django_assert_max_num_queries):
    def asked():
        with django_assert_max_num_queries(40) as seen:
            calendar.written(CalendarFeed(user=world.buyer), NOW + 11 * DAY)
        return len(seen)

    small = stories.simple_terms(100_00)
    stories.shipped(world, small)
    stories.placed(world, small)
    asked()
    few = asked()
    for _ in range(4):
        stories.shipped(world, small)
        stories.placed(world, small)
    assert asked() == few
