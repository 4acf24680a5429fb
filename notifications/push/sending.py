"""From a push that is due to the browser: worded for its reader, encrypted for it alone, sent past the guard.

What leaves says what the notice's title says and which order or case it is about: no amounts, nothing people wrote.
No call is made inside a transaction. Whoever is stopped in between leaves rows whose lease ends; what was taken just
before is sent again under the same name, by which the push service and the browser know it for the same.
"""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import mails
from accounts.models import MailOff, MailWhen
from notifications import inbox
from notifications.audience import still_concerns
from notifications.push import actions, keys
from notifications.push.actions import GIVE_UP, Claimed
from notifications.push.models import Browser, Push
from notifications.webhooks import calling
from notifications.webhooks.calling import Answer
from notifications.words import case_of, say

logger = structlog.get_logger()
THREADS = 16
SECONDS = 20  # in which one run takes new rows; the next run goes on
KEPT = 60  # seconds until the place of a run that was killed is free for another: more than one round of calls
TITLE_MAX = 120
AGENT = "Trade-Assurance-Push/1"
AMOUNT = re.compile(r"\b[A-Z]{3}\s?\d")  # as money.display writes it in each language


def run_in_turn() -> int:
    """`run`, unless another worker does: slow push services do not take every worker."""
    if not keys.is_on() or not cache.add("push:run", 1, timeout=KEPT):
        return 0
    try:
        return run(alive=lambda: cache.touch("push:run", KEPT))
    finally:
        cache.delete("push:run")


def run(*, clock: Callable[[], datetime] = timezone.now, alive: Callable[[], object] = lambda: None) -> int:
    """Push what is due until nothing is, or the time is over; gives how many calls were made."""
    until, made = time.perf_counter() + SECONDS, 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="push") as pool:
        while time.perf_counter() < until and (rows := actions.claim(room=THREADS, now=clock())):
            alive()
            calls = [(each, found) for each in rows if (found := _prepared(each, clock())) is not None]
            for (claimed, _unused), answer in zip(
                calls, pool.map(_call, [found for _unused, found in calls]), strict=True
            ):
                actions.note(claimed=claimed, answer=answer, now=clock())
            made += len(calls)
    return made


def _prepared(claimed: Claimed, now: datetime) -> tuple[Browser, int, bytes] | None:
    """Where it goes, under which name, and what it says; None when nobody needs it, or it can't be said now."""
    try:
        rows = Push.objects.select_related("browser__user", "notice__event", "notice__reminder__dispute")
        push = rows.filter(pk=claimed.id).first()
        if push is None:
            return None
        if not _is_wanted(push, now):
            actions.drop(push_id=push.pk)
            return None
        return push.browser, push.notice_id, json.dumps(payload(push, now), ensure_ascii=False).encode()
    except Exception:
        logger.exception("a push could not be worded", push=claimed.id)  # its lease ends, and it is tried again
        return None


def _is_wanted(push: Push, now: datetime) -> bool:
    notice, person = push.notice, push.browser.user
    if notice.user_id != person.pk or notice.read_at is not None or now - push.made_at >= GIVE_UP:
        return False
    is_off = MailOff.objects.filter(user=person, kind=push.kind).exists()
    return inbox.chosen(person, push.kind, is_off=is_off) == MailWhen.ONCE and still_concerns(notice, person)


def payload(push: Push, now: datetime) -> dict:
    """What the browser shows, in its reader's language."""
    with mails.as_reader(push.browser.user):
        said = say([push.notice], now)[0]
        # an amount stays on the page: a locked screen is read by others
        title = str(mails.kinds()[push.kind].label) if AMOUNT.search(said.title) else said.title
        if case := case_of(push.notice):
            body = _("Case {reference}").format(reference=case)
        elif push.notice.order_id:
            body = _("Order {reference}").format(reference=push.notice.order.reference)
        else:
            body = _("Your company")
        name = f"notice-{push.notice_id}"
        return {"title": title[:TITLE_MAX], "body": body, "url": said.url, "tag": name, "lang": get_language()}


def _call(prepared: tuple[Browser, int, bytes]) -> Answer:
    from py_vapid import Vapid02
    from pywebpush import WebPusher  # with it comes aiohttp, which no page needs

    browser, notice_id, said = prepared
    try:
        parts = urlsplit(browser.url)
        claims = {"aud": f"https://{parts.netloc}", "sub": f"mailto:{settings.CONTACT_EMAIL}"}
        headers = {
            **Vapid02.from_raw(keys.own().encode()).sign(claims),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(int(GIVE_UP.total_seconds())),
            "Topic": f"notice-{notice_id}",
            "User-Agent": AGENT,
        }
        pusher = WebPusher({"endpoint": browser.url, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}})
        return calling.call(browser.url, pusher.encode(said)["body"], headers)
    except Exception:
        logger.exception("a push could not be sent", browser=browser.pk)
        return Answer(problem="We could not send it.")
