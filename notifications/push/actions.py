"""Turning push on and off in a browser, what is to be pushed there, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.mails import LEASE, WAITS
from accounts.models import User
from events.actions import record
from notifications.push import keys
from notifications.push.models import Browser, Push
from notifications.webhooks import guard
from notifications.webhooks.calling import Answer
from notifications.webhooks.schedule import asked_wait
from trade_assurance.refused import MovedOn, Refused

logger = structlog.get_logger()
BROWSERS_MAX = 10  # of a person
GIVE_UP = timedelta(days=1)  # what is older is in the inbox and in the mail
GONE = (404, 410)  # the push service knows the browser no longer (RFC 8030, 7.3)
TOLD_MAX = 1_500  # characters of what a browser says of itself that are looked at


class NoPush(Refused):
    """This browser can't be told."""


@dataclass(frozen=True)
class Claimed:
    """A push that this worker has for some minutes."""

    id: int
    browser_id: int


@transaction.atomic
def turn_on(*, url: str, p256dh: str, auth: str, user_agent: str, by: User, now: datetime) -> Browser:
    """Push the person's notices to this browser from now on. Raises NoPush, and BadUrl where nothing may be sent.

    All that it says is a browser's word: the address is held to what webhooks are held to. A browser that another
    person has used is this one's when its secret is the same; whoever only knows its address gets nothing.
    """
    if not keys.is_on():
        raise NoPush(_("This site sends nothing to browsers."))
    if len(url) > TOLD_MAX or not url.lower().startswith("https://"):
        raise NoPush(_("This browser’s push service has no address that we can use."))
    url = guard.checked(url, most=guard.CALLED_MAX)
    try:
        p256dh, auth = keys.point(p256dh), keys.shared(auth)
    except ValueError:
        raise NoPush(_("This browser’s keys can’t be read. Turn notices on again.")) from None
    _lock({by.pk, *Browser.objects.filter(url=url).values_list("user_id", flat=True)})
    known = Browser.objects.select_for_update().filter(url=url).first()
    if known is not None and (known.p256dh, known.auth) != (p256dh, auth):
        raise NoPush(_("This browser’s keys can’t be read. Turn notices on again."))
    if known is not None and known.user_id == by.pk:
        return known
    if Browser.objects.filter(user=by).count() >= BROWSERS_MAX:
        most = _("Notices go to at most {most} browsers. Remove one of them first.")
        raise NoPush(most.format(most=BROWSERS_MAX))
    if known is not None:
        _forget(known, by=None, now=now)
    made = Browser.objects.create(
        user=by, url=url, p256dh=p256dh, auth=auth, user_agent=user_agent[:200].replace("\x00", ""), made_at=now
    )
    record("person", by.pk, "person.push_on", by=by, now=now, data={"browser": made.pk})
    return made


@transaction.atomic
def turn_off(*, browser_id: int, by: User, now: datetime) -> None:
    """Push nothing more to one of the person's own browsers. Raises MovedOn when it is none of them (any more)."""
    _lock({by.pk})
    found = Browser.objects.select_for_update().filter(pk=browser_id, user=by).first()
    if found is None:
        raise MovedOn(_("This browser is not among yours any more."))
    _forget(found, by=by, now=now)


def _lock(people: set[int]) -> None:
    """The people whose chains may get an event, before their browsers."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))


def _forget(browser: Browser, *, by: User | None, now: datetime) -> None:
    record("person", browser.user_id, "person.push_off", by=by, now=now, data={"browser": browser.pk})
    browser.delete()


# what is to be pushed -----------------------------------------------------------------------------------------------


def plan(mailings: Iterable, *, now: datetime) -> None:
    """Note that what is mailed at once is pushed as well, to every browser of its person.

    In the transaction that writes the mailings; the browsers are held until it ends, so that none goes meanwhile.
    """
    mailings = list(mailings)
    if not mailings or not keys.is_on():
        return
    people = {each.user_id for each in mailings}
    browsers: dict[int, list[int]] = {}
    held = Browser.objects.filter(user__in=people).select_for_update(no_key=True).order_by("id")
    for browser_id, user_id in held.values_list("id", "user_id"):
        browsers.setdefault(user_id, []).append(browser_id)
    Push.objects.bulk_create(
        (
            Push(notice_id=each.notice_id, browser_id=browser, kind=each.kind, made_at=now, due_at=now)
            for each in mailings
            for browser in browsers.get(each.user_id, ())
        ),
        batch_size=1_000,
    )


@transaction.atomic
def claim(*, room: int, now: datetime) -> list[Claimed]:
    """Lease at most `room` pushes that are due, one of each browser: a slow push service holds up only its own."""
    first = Push.objects.due(now).order_by("browser", "due_at", "id").distinct("browser").values("id")
    rows = list(
        Push.objects.due(now)
        .filter(pk__in=first)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("due_at", "id")[:room]
    )
    for push in rows:
        push.due_at = now + LEASE
        push.tries += 1
    Push.objects.bulk_update(rows, ["due_at", "tries"])
    return [Claimed(push.pk, push.browser_id) for push in rows]


def drop(*, push_id: int) -> None:
    """End a push that nobody needs any more."""
    Push.objects.filter(pk=push_id).delete()


@transaction.atomic
def note(*, claimed: Claimed, answer: Answer, now: datetime) -> None:
    """Write down what a push service answered: done, the browser is gone, or to be tried again for a day."""
    if answer.status in GONE:
        _lock(set(Browser.objects.filter(pk=claimed.browser_id).values_list("user_id", flat=True)))
    browser = Browser.objects.select_for_update().filter(pk=claimed.browser_id).first()
    push = Push.objects.select_for_update().filter(pk=claimed.id).first()
    if browser is None or push is None:
        return
    if answer.is_delivered:
        browser.pushed_at = now
        browser.save(update_fields=["pushed_at"])
        push.delete()
        return
    given_up = now - push.made_at >= GIVE_UP
    logger.warning(
        "a notice was not pushed",
        push=push.pk,
        service=urlsplit(browser.url).hostname,
        why=answer.problem,
        given_up=given_up,
    )
    if answer.status in GONE:
        _forget(browser, by=None, now=now)
    elif given_up:
        push.delete()
    else:
        asked = asked_wait(answer.retry_after, now=now) or timedelta(0)
        due_at = now + max(WAITS[min(push.tries, len(WAITS)) - 1], min(asked, GIVE_UP))
        Push.objects.filter(pk=push.pk).update(due_at=due_at)
        browser.pushes.due(due_at).filter(tries=0).update(due_at=due_at)  # what would fail as well waits with it
