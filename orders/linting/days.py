"""Rules about the ship-by date: time to produce, weekends and holidays of the country that the goods come from.

A day of the contract ends in the contract's time zone. What is asked of the supplier's calendar is the last day there
with working hours before that moment: across the date line it is another one.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from django.utils.translation import gettext as _

from accounts.places import country_name, guess_zone
from orders.linting.finding import Context, Finding, Mend, changing, spelled, zone_of
from orders.linting.measures import (
    DAY_OF_WORK_HOURS,
    LONG_BREAK_DAYS,
    NEW_YEAR_AFTER_DAYS,
    NEW_YEAR_BEFORE_DAYS,
    SHORT_LEAD_DAYS,
)
from orders.terms import Terms, spelled_day
from trade_assurance.rulebook import end_of_day

NEW_YEAR = re.compile(r"(?:chinese|lunar|korean) new year|spring festival", re.IGNORECASE)
LOOKED_AHEAD_DAYS = 30


def short_lead(terms: Terms, context: Context) -> Iterator[Finding]:
    """So little time to produce and ship that the goods must lie ready."""
    days = _days_to_ship(terms, context)
    if days is None or not 0 <= days <= SHORT_LEAD_DAYS:
        return
    fixed = terms.lead_days is None
    mend = None
    if not fixed and (usual := context.usual_lead_days) and SHORT_LEAD_DAYS < usual <= context.rules.lead_days_max:
        mend = Mend(_("Use the usual {usual} days").format(usual=usual), changing(lead_days=usual))
    yield Finding(
        "short_lead",
        "ship_by_on" if fixed else "lead_days",
        "risky",
        _("{which} {days} day{which2}.").format(
            which=_("The ship-by date leaves") if fixed else _("The lead time is"),
            days=days,
            which2="" if days == 1 else "s",
        ),
        _(
            "Goods that still have to be made or packed are late at once, and a late order can be "
            "cancelled by the buyer. It also tempts to enter a tracking number without goods."
        ),
        mend,
    )


def below_usual_lead(terms: Terms, context: Context) -> Iterator[Finding]:
    """Less time than the supplier itself says that these goods take."""
    days, usual = _days_to_ship(terms, context), context.usual_lead_days
    if days is None or not usual or not SHORT_LEAD_DAYS < days < usual:
        return
    fixed = terms.lead_days is None
    yield Finding(
        "below_usual_lead",
        "ship_by_on" if fixed else "lead_days",
        "risky",
        _("{days} days to ship, where the supplier’s own page says {usual}.").format(days=days, usual=usual),
        _(
            "What takes longer than agreed is late from the first day on. Ask whether it can be "
            "kept, or give more time."
        ),
        None if fixed else Mend(_("Use the usual {usual} days").format(usual=usual), changing(lead_days=usual)),
    )


def _days_to_ship(terms: Terms, context: Context) -> int | None:
    """How long the supplier has: days after payment, or days from today to the fixed date."""
    if terms.lead_days is not None and not terms.ship_by_on:
        return terms.lead_days
    ship = context.day(terms.ship_by_on)
    return (ship - context.today(terms)).days if ship else None


def ship_by_closed(terms: Terms, context: Context) -> Iterator[Finding]:
    """The ship-by date is a weekend, a public holiday, or inside a long holiday, where the goods come from."""
    fixed = bool(terms.ship_by_on)
    ship = context.ship_by(terms)
    calendar = _calendar(context.country)
    if ship is None or calendar is None:
        return
    day = origin_day(ship, terms, context)
    code, what = _closed(calendar, day, context.country)
    if not code or (not fixed and code != "ship_by_long_holiday"):
        return
    if not fixed:
        what = _("If the buyer pays on the day it is due, the ship-by date is {spelled_day}. {what}").format(
            spelled_day=spelled_day(ship.isoformat()), what=what
        )
    elif day != ship:
        what = _(
            "{spelled} in the contract’s time zone leaves {spelled2} as the last working day there. {what}"
        ).format(spelled=spelled(ship), spelled2=spelled(day), what=what)
    yield Finding(
        code,
        "ship_by_on" if fixed else "lead_days",
        "risky",
        what,
        _(
            "Nobody packs, no carrier collects and no customs clears. The goods must leave before "
            "it, or they are late, and late is what the buyer may cancel for."
        ),
        _later(terms, context, calendar, ship),
    )


def _closed(calendar, day: date, country: str) -> tuple[str, str]:
    """Why nobody works on a day: the code of the finding, and the sentence. Two empty texts when somebody does."""
    where = country_name(country)
    if name := _new_year(calendar, day):
        return (
            "ship_by_long_holiday",
            _("{spelled} is around {name} in {where}, when factories stand still for weeks.").format(
                spelled=spelled(day), name=name, where=where
            ),
        )
    if calendar.is_working_day(day):
        return "", ""
    first = last = day
    while not calendar.is_working_day(first - timedelta(days=1)):
        first -= timedelta(days=1)
    while not calendar.is_working_day(last + timedelta(days=1)):
        last += timedelta(days=1)
    name = calendar.get(day, "")
    if (last - first).days + 1 >= LONG_BREAK_DAYS:
        about = f" ({name})" if name else ""
        return (
            "ship_by_long_holiday",
            _(
                "{spelled} is inside a long holiday in {where}{about}: closed from {spelled_day} to {spelled_day2}."
            ).format(
                spelled=spelled(day),
                where=where,
                about=about,
                spelled_day=spelled_day(first.isoformat()),
                spelled_day2=spelled_day(last.isoformat()),
            ),
        )
    if name:
        return "ship_by_holiday", _("{spelled} is a public holiday in {where}: {name}.").format(
            spelled=spelled(day), where=where, name=name
        )
    return "ship_by_weekend", _("{spelled} is the weekend in {where}.").format(spelled=spelled(day), where=where)


def _new_year(calendar, day: date) -> str:
    """The lunar new year that a day is close to; empty when it is not."""
    for off in range(-NEW_YEAR_AFTER_DAYS, NEW_YEAR_BEFORE_DAYS + 1):
        name = calendar.get(day + timedelta(days=off), "")
        if match := NEW_YEAR.search(name):
            return match[0]
    return ""


def _later(terms: Terms, context: Context, calendar, ship: date) -> Mend | None:
    """The next day on which somebody works, if it is still within what may be agreed."""
    most = context.rules.lead_days_max
    if not terms.ship_by_on:
        days = range(terms.lead_days + 1, min(most, terms.lead_days + LOOKED_AHEAD_DAYS) + 1)
        for lead in days:
            later = ship + timedelta(days=lead - terms.lead_days)
            if not _closed(calendar, origin_day(later, terms, context), context.country)[0]:
                return Mend(
                    _("Give {lead} days, until {spelled_day}").format(
                        lead=lead, spelled_day=spelled_day(later.isoformat())
                    ),
                    changing(lead_days=lead),
                )
        return None
    last = context.today(terms) + timedelta(days=most)
    for more in range(1, LOOKED_AHEAD_DAYS + 1):
        later = ship + timedelta(days=more)
        if later <= last and not _closed(calendar, origin_day(later, terms, context), context.country)[0]:
            return Mend(_("Ship by {spelled}").format(spelled=spelled(later)), changing(ship_by_on=later.isoformat()))
    return None


def holidays_unknown(terms: Terms, context: Context) -> Iterator[Finding]:
    """We have no calendar of the country that the goods come from, and say so."""
    if context.country and _calendar(context.country) is None and context.ship_by(terms) is not None:
        yield Finding(
            "holidays_unknown",
            "ship_by_on",
            "missing",
            _(
                "We don’t know the public holidays of {country_name}, so the ship-by date isn’t checked against them."
            ).format(country_name=country_name(context.country)),
            _("A ship-by date on a holiday is easily missed. Ask the other side whether anybody works on that day."),
        )


def origin_day(day: date, terms: Terms, context: Context) -> date:
    """The last day in the supplier's country with working hours before `day` of the contract ends."""
    zone = guess_zone(country=context.country)
    if zone == "UTC":
        return day
    over = end_of_day(day, zone_of(terms).key).astimezone(ZoneInfo(zone))
    return (over.replace(tzinfo=None) - timedelta(hours=DAY_OF_WORK_HOURS)).date()


@cache
def _calendar(country: str):
    """The public holidays and weekends of a country, names in English; None for one that nobody has written down."""
    try:
        return holidays.country_holidays(country, language="en_US")
    except (NotImplementedError, KeyError):
        return None
