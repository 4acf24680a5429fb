"""A person's deadlines as an iCalendar (RFC 5545): what it must do by when, and what happens by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Least
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from notifications.models import CalendarFeed
from orders import desk, wording
from orders.coming import PREFETCHED, coming
from orders.models import Order
from orders.views.home import needing_buyer, todo_of
from suppliers.models import Member

MOST_ORDERS = 200  # the nearest; a calendar is for the months ahead, not for an archive
REFRESH = timedelta(hours=1)
CLOCKS = ("lapses_at", "cancels_at", "ship_by_at", "award_at", "auto_confirm_at", "protection_ends_at")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Entry:
    """One date of the calendar: its order, when, what, and what it means; `ends_day` when a day ends then."""

    order: Order
    at: datetime
    title: str
    detail: str
    path: str
    ends_day: bool = False
    mine: bool = False  # it is this person's move


def entries(feed: CalendarFeed, now: datetime) -> list[Entry]:
    """All dates of a person's calendar, for the sides and of the kinds that it chose, the soonest first."""
    out = _companies_out(feed)
    found = [*_moves(feed, out, now)] if feed.with_moves else []
    taken = {(entry.order.pk, entry.at) for entry in found}
    for order in _nearest(feed, out) if feed.with_events else ():
        for one in coming(order, now):
            if (order.pk, one.at) not in taken:
                path = one.target or order.get_absolute_url()
                found.append(Entry(order, one.at, one.title, one.detail, path, one.ends_day))
    return sorted(found, key=lambda entry: (entry.at, entry.order.pk, entry.title))


def _companies_out(feed: CalendarFeed) -> set[int]:
    """The companies that the calendar leaves out; none before anything was chosen."""
    return set(feed.companies_out.values_list("pk", flat=True)) if feed.pk else set()


def _nearest(feed: CalendarFeed, out: set[int]) -> Iterable[Order]:
    """The open orders of the chosen sides on which time acts next."""
    user = feed.user
    orders = Order.objects.visible_to(user).open().exclude(~Q(buyer=user), supplier__in=out)
    if not feed.as_buyer:
        orders = orders.exclude(buyer=user)
    return (
        orders.alias(next_at=Least(*CLOCKS))
        .filter(next_at__isnull=False)
        .select_related("buyer", "supplier")
        .prefetch_related(*PREFETCHED)
        .order_by("next_at", "id")[:MOST_ORDERS]
    )


def _moves(feed: CalendarFeed, out: set[int], now: datetime) -> Iterable[Entry]:
    """What the person is to do, where it has a deadline: the rows of its home page."""
    user, todos = feed.user, []
    if feed.as_buyer:
        mine = Order.objects.filter(buyer=user)
        todos += todo_of(needing_buyer(mine.open()).order_by("id"), user, now)
    for member in Member.objects.of(user).exclude(supplier__in=out).select_related("supplier", "user"):
        todos += desk.todos(member, now)
    for todo in todos:
        if todo.step.deadline is not None:
            silence = _("If nobody acts: {silence}").format(silence=todo.step.silence) if todo.step.silence else ""
            url = todo.step.url or todo.order.get_absolute_url()
            ends_day = wording.ends_day(todo.order, todo.step.deadline)
            yield Entry(todo.order, todo.step.deadline, todo.step.label, silence, url, ends_day, mine=True)


def written(feed: CalendarFeed, now: datetime) -> bytes:
    """The calendar as text/calendar. Times are UTC, so every calendar shows them in its own zone."""
    calendar = Calendar()
    calendar.add("prodid", "-//Trade Assurance//Deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Trade Assurance deadlines"))
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for entry in entries(feed, now):
        calendar.add_component(_event(entry, feed.alarm_hours, now))
    return calendar.to_ical()


def _event(entry: Entry, alarm_hours: int, now: datetime) -> Event:
    event = Event()
    at = entry.at - MINUTE if entry.ends_day else entry.at  # a day that ends at midnight is shown on that day
    url = f"{settings.SITE_URL}{entry.path}"
    event.add("uid", f"{entry.order.public_id}-{at:%Y%m%dT%H%M%SZ}-{'do' if entry.mine else 'by-itself'}")
    event.add("dtstamp", now)
    event.add("dtstart", at)
    event.add("summary", f"{entry.order.reference}: {entry.title}")
    event.add("description", "\n\n".join(filter(None, [entry.order.title, str(entry.detail), url])))
    event.add("url", url)
    event.add("transp", "TRANSPARENT")
    if entry.mine and alarm_hours:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{entry.order.reference}: {entry.title}")
        alarm.add("trigger", -timedelta(hours=alarm_hours))
        event.add_component(alarm)
    return event
