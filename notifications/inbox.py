"""The inbox: a notice for each person whom an event concerns, written once, and marked as read."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import mails
from accounts.models import MailOff, MailWhen, User
from events.models import Event
from notifications.audience import concerned
from notifications.models import Mailing, Notice, Push
from notifications.push import actions as push
from notifications.told import BY_ITSELF, told_of
from orders.models import Order

GATHER = timedelta(minutes=1)  # what happens to one order within it is one mail
TOO_OLD = timedelta(days=3)  # what happened before is not mailed any more
DAILY_AT = time(8)
NO_LONGER_NEW = 99  # unread ones beyond it are not counted


def hear(events: list[Event]) -> None:
    """Write a notice for every person whom these events concern, and a mailing where it is to be mailed.

    A consumer of the event stream: it runs in the transaction that takes the events out of the outbox.
    """
    people = concerned(events)
    known = set(Notice.objects.filter(event__in=people).values_list("user_id", "event_id"))  # of a restored outbox
    notices, written_to = [], set()
    for event in events:
        for one in people.get(event.pk, ()):
            if (one.user_id, event.pk) in known:
                continue
            notice = Notice(
                user_id=one.user_id,
                event=event,
                kind=event.kind,
                group=told_of(event.subject_kind, event.kind).group,
                side=one.side,
                order_id=event.subject_id if event.subject_kind == "order" else None,
                at=event.at,
            )
            notices.append(notice)
            if one.is_written_to:
                written_to.add((one.user_id, event.pk))
    notices = Notice.objects.bulk_create(notices, batch_size=1_000)
    wanted, pushed = [], []
    for notice in notices:
        if (notice.user_id, notice.event_id) not in written_to:
            continue
        if kind := _mailed_by_itself(notice.event):
            pushed.append((notice, kind))
        elif kind := told_of(notice.event.subject_kind, notice.kind).mail:
            wanted.append((notice, kind))
    now = timezone.now()
    plan(wanted, now=now)
    plan(pushed, now=now, is_mailed=True)


def _mailed_by_itself(event: Event) -> str:
    """The kind of mail that the event’s own part sends; goods made available are one such notice (EXW, Rulebook 7)."""
    if event.kind == "shipment.entered" and "notice" in event.data:
        return "orders.available"
    return BY_ITSELF.get(event.kind, "")


def plan(wanted: list[tuple[Notice, str]], *, now: datetime, is_mailed: bool = False) -> None:
    """Note that these notices are to be mailed and pushed, each by its kind of mail, as each person has chosen.

    What `is_mailed` by another part is pushed alone.
    """
    wanted = [(notice, kind) for notice, kind in wanted if now - notice.at < TOO_OLD]
    if not wanted:
        return
    users = {notice.user_id for notice, _ in wanted}
    people = {each.pk: each for each in User.objects.filter(pk__in=users).only("id", "timezone", "mail_when")}
    off = set(MailOff.objects.filter(user__in=users).values_list("user_id", "kind"))
    made = []
    for notice, kind in wanted:
        person = people[notice.user_id]
        when = chosen(person, kind, is_off=(person.pk, kind) in off)
        if when == MailWhen.NONE:
            continue
        is_daily = when == MailWhen.DAILY
        made.append(
            Mailing(
                notice=notice,
                user=person,
                order_id=notice.order_id,
                kind=kind,
                is_daily=is_daily,
                due_at=next_daily(person, now) if is_daily else now + GATHER,
            )
        )
    if not is_mailed:
        Mailing.objects.bulk_create(made, batch_size=1_000)
    push.plan([each for each in made if not each.is_daily], now=now)


def chosen(person: User, kind: str, *, is_off: bool) -> str:
    """When the person wants to be written to of this kind (MailWhen); what is vital is never put off."""
    if mails.kinds()[kind].always:
        return MailWhen.ONCE
    return MailWhen.NONE if is_off else person.mail_when


def next_daily(person: User, now: datetime) -> datetime:
    """The next time at which it is 8:00 where this person is."""
    local = now.astimezone(person.zone)
    day = local.date() if local.time() < DAILY_AT else local.date() + timedelta(days=1)
    return datetime.combine(day, DAILY_AT, tzinfo=person.zone)


# reading ----------------------------------------------------------------------------------------------------------


def unread(user) -> int:
    """How many notices the person has not read, counting no further than 99; asked once a request."""
    if not hasattr(user, "_unread"):
        user._unread = Notice.objects.filter(user=user).unread()[:NO_LONGER_NEW].count()
    return user._unread


def read(*, notice_id: int, by: User, now: datetime) -> bool:
    """Mark one of the person's own notices as read; False when there is none to mark."""
    return bool(Notice.objects.filter(pk=notice_id, user=by).unread().update(read_at=now))


def read_all(*, by: User, until: int, group: str = "", now: datetime) -> int:
    """Mark the person's notices up to the newest one that it saw as read; gives how many there were."""
    found = Notice.objects.filter(user=by, pk__lte=until).unread()
    return (found.filter(group=group) if group else found).update(read_at=now)


def opened(order: Order, user: User, now: datetime, group: str) -> None:
    """Mark what a person is told of an order, or of its claims, as read: it has the page before it."""
    count = unread(user)
    if not count:
        return
    found = Notice.objects.filter(user=user, order=order).unread()
    marked = (found.filter(group=group) if group else found).update(read_at=now)
    if count == NO_LONGER_NEW and marked:
        del user._unread
    else:
        user._unread = count - marked


# a past that was made up --------------------------------------------------------------------------------------------


@transaction.atomic
def settle_past(*, present: datetime, new_for: timedelta) -> int:
    """Nobody is written to of what was made up: its mailings end, and its notices count as read but for the newest."""
    Mailing.objects.filter(done_at__isnull=True).update(done_at=present, outcome=Mailing.Outcome.PAST)
    Push.objects.all().delete()
    return Notice.objects.filter(at__lt=present - new_for).unread().update(read_at=present - new_for)
