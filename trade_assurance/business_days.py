"""Business days: Monday to Friday, without the holidays of the platform's country (Rulebook, preamble)."""

from datetime import UTC, datetime, timedelta
from functools import cache

import holidays
from django.conf import settings


@cache
def _calendar(country: str):
    return holidays.country_holidays(country)


def is_business_day(day) -> bool:
    """Whether the platform works on this date."""
    return day.weekday() < 5 and day not in _calendar(settings.PLATFORM_COUNTRY)


def after(moment: datetime, days: int) -> datetime:
    """The same time of day, UTC, on the `days`-th business day after `moment`."""
    at = moment.astimezone(UTC)
    while days:
        at += timedelta(days=1)
        days -= is_business_day(at.date())
    return at
