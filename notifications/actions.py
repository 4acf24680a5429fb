"""A person's calendar: making and ending its address, choosing what is in it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from notifications.models import CalendarFeed
from suppliers.models import Supplier
from trade_assurance.refused import Refused

SIGNER = signing.Signer(salt="notifications.calendar")  # without a time: an address stays the same
READ_EVERY = timedelta(hours=1)  # a reading is noted at most so often


@transaction.atomic
def make_address(*, by: User, now: datetime) -> CalendarFeed:
    """Make a person's calendar a new secret address; the one before, if any, ends at once."""
    User.objects.select_for_update().get(pk=by.pk)
    feed = CalendarFeed.objects.filter(user=by).first() or CalendarFeed(user=by, number=0)
    feed.number += 1
    feed.made_at, feed.read_at = now, None
    feed.save()
    record("person", by.pk, "person.calendar_made", by=by, now=now, data={"number": feed.number})
    return feed


@transaction.atomic
def end_address(*, by: User, now: datetime) -> None:
    """End the address: calendars that ask for it get nothing any more."""
    feed = CalendarFeed.objects.select_for_update().filter(user=by, number__gt=0).first()
    if feed is None or address_of(feed) == "":
        return
    feed.number += 1
    feed.made_at = None
    feed.save()
    record("person", by.pk, "person.calendar_ended", by=by, now=now)


@transaction.atomic
def choose_calendar(
    *,
    by: User,
    alarm_hours: int,
    with_moves: bool,
    with_events: bool,
    as_buyer: bool,
    companies: Collection[int],
    now: datetime,
) -> CalendarFeed:
    """Choose what is in a person's calendar and when it rings; its address, if any, stays the same.

    `companies` are the ids of those, of all that the person works for, whose orders are in it; one joined later is.
    """
    if alarm_hours not in CalendarFeed.Alarm.values:
        raise Refused(_("Choose one of the alarms."))
    if not with_moves and not with_events:
        raise Refused(_("Choose at least one kind of date, or end the address."))
    own = set(Supplier.objects.of(by).values_list("pk", flat=True))
    if not as_buyer and not own & set(companies):
        raise Refused(_("Choose at least one side: your purchases, or a company that you work for."))
    User.objects.select_for_update().get(pk=by.pk)
    feed = CalendarFeed.objects.filter(user=by).first() or CalendarFeed(user=by, number=0)
    feed.alarm_hours, feed.as_buyer = alarm_hours, as_buyer
    feed.with_moves, feed.with_events = with_moves, with_events
    feed.save()
    feed.companies_out.set(own - set(companies))
    data = {
        "alarm_hours": alarm_hours,
        "with_moves": with_moves,
        "with_events": with_events,
        "as_buyer": as_buyer,
        "companies": sorted(own & set(companies)),
    }
    record("person", by.pk, "person.calendar_chosen", by=by, now=now, data=data)
    return feed


def address_of(feed: CalendarFeed | None) -> str:
    """The secret part of the address; empty when there is none now. It needs no table of secrets: it is signed."""
    if feed is None or feed.made_at is None:
        return ""
    return SIGNER.sign_object([feed.user_id, feed.number])


def feed_of(secret: str, *, now: datetime) -> CalendarFeed | None:
    """The calendar with this address, noting that it was read; None for an address that is not, or no longer, one."""
    try:
        user_id, number = SIGNER.unsign_object(secret)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    feed = CalendarFeed.objects.select_related("user").filter(user_id=user_id, number=number).first()
    if feed is None or feed.made_at is None or not feed.user.is_active:
        return None
    stale = Q(read_at=None) | Q(read_at__lt=now - READ_EVERY)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(read_at=now)
    return feed
