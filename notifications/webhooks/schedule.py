"""When a delivery is tried again (Standard Webhooks, "Retries"); the numbers are the rulebook's."""

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from trade_assurance.rulebook import CURRENT

STEPS = 10_000
LONGEST_ASKED = timedelta(hours=CURRENT.webhook_then_hours)  # what a Retry-After may put off at most
DIGITS = 9  # of a Retry-After that can be a number of seconds


def waits() -> list[timedelta]:
    """The wait before each attempt of a round, as it is without jitter: the listed ones, then each 12 h up to 72 h."""
    found = [timedelta(seconds=seconds) for seconds in CURRENT.webhook_waits]
    then, until = timedelta(hours=CURRENT.webhook_then_hours), timedelta(hours=CURRENT.webhook_until_hours)
    while sum(found, then) <= until:
        found.append(then)
    return found


def next_at(*, made: int, asked: timedelta | None, now: datetime) -> datetime | None:
    """When the next attempt of a round is due after `made` failed ones, None when it was the last.

    `asked` is what the receiver wants us to wait (Retry-After); it never makes an attempt sooner. Each wait is longer
    by a random part of the rulebook's share, so that many which failed together do not come back together.
    """
    plan = waits()
    if made >= len(plan):
        return None
    wait = plan[made]
    wait += wait * CURRENT.webhook_jitter_bp * secrets.randbelow(STEPS) / (STEPS * STEPS)
    return now + max(wait, min(asked or timedelta(0), LONGEST_ASKED))


def asked_wait(header: str | None, *, now: datetime) -> timedelta | None:
    """What a Retry-After header says, in seconds or as a date (RFC 9110, 10.2.3); None when it says nothing we read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= DIGITS:
        return timedelta(seconds=int(text))
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(at - now, timedelta(0))
