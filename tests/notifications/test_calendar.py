"""The calendar of deadlines: what is in it, whose it is, and its secret address (RFC 5545)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from icalendar import Calendar

from events.models import Event
from notifications import actions, calendar
from notifications.models import CalendarFeed
from tests import cases, stories
from tests.stories import DAY, NOW, SECOND


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
        assert first[0] == order.ship_by_at - (timedelta(0) if person == world.seller else timedelta(minutes=1))
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


def test_the_number_of_queries_does_not_grow(world, django_assert_max_num_queries):
    def asked():
        with django_assert_max_num_queries(40) as seen:
            calendar.feed(world.buyer, NOW + 11 * DAY)
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
