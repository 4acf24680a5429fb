"""What the linter reads and says: the context of a draft, a finding, and the change that mends it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _lazy

from orders.terms import Terms, day_of
from trade_assurance import money
from trade_assurance.rulebook import Rulebook, from_usd

SEVERITIES = {
    "contradictory": _lazy("Contradicts itself"),
    "unmeasurable": _lazy("Can’t be measured"),
    "risky": _lazy("Risky"),
    "missing": _lazy("Missing"),
}
YEARS_READ = 3  # a day further away than this is a slip of the pen, and no rule reads it

Change = Callable[[Terms], Terms]


@dataclass(frozen=True)
class Mend:
    """One click that removes a finding: what the button says, and the terms with only that changed."""

    label: str
    change: Change


@dataclass(frozen=True)
class Finding:
    """One weakness of a draft: `path` is like "lines.0.tolerance", `severity` one of SEVERITIES."""

    code: str
    path: str
    severity: str
    what: str
    why: str
    mend: Mend | None = None

    @property
    def key(self) -> str:
        """What tells this finding from every other one of the same terms."""
        return f"{self.code}:{self.path}"


@dataclass(frozen=True)
class Context:
    """What the linter knows beside the terms: pure values, so that it never asks a database.

    `country` is the supplier's (ISO 3166-1 alpha-2). `usd_per_unit` is the reference rate of the contract's currency
    and `free_limit_minor` what is free of the supplier's limit in that currency; both None when there is no rate.
    `usual_lead_days` is what the supplier's own page promises for these goods, if it says so.
    """

    now: datetime
    rules: Rulebook
    country: str = ""
    usd_per_unit: Decimal | None = None
    free_limit_minor: int | None = None
    usual_lead_days: int | None = None

    def threshold(self, usd_minor: int, terms: Terms) -> int | None:
        """A dollar threshold of the rulebook in the contract's currency; None when there is no rate."""
        if self.usd_per_unit is None or terms.currency not in money.CURRENCIES:
            return None
        return from_usd(usd_minor, terms.currency, self.usd_per_unit)

    def today(self, terms: Terms) -> date:
        """The day it is in the contract's time zone."""
        return self.now.astimezone(zone_of(terms)).date()

    def day(self, text: str | None) -> date | None:
        """The date of an ISO 8601 text; None for what is no date, or one no contract can mean."""
        day = day_of(text)
        return day if day and abs(day.year - self.now.year) <= YEARS_READ else None

    def ship_by(self, terms: Terms) -> date | None:
        """The ship-by date: the fixed one, or the one that follows if the buyer pays on the day it is due."""
        if terms.lead_days is None or terms.ship_by_on:
            return self.day(terms.ship_by_on)
        if not 0 <= terms.lead_days <= self.rules.lead_days_max:
            return None
        due = [day for part in terms.plan if part.before_shipment and (day := self.day(part.due_on))]
        return max(due) + timedelta(days=terms.lead_days) if due else None


def zone_of(terms: Terms) -> ZoneInfo:
    """The contract's time zone; UTC while what was chosen is none."""
    try:
        return ZoneInfo(terms.timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def cash(minor: int, terms: Terms) -> str:
    """An amount of the contract in words."""
    return money.display(minor, terms.currency) if terms.currency in money.CURRENCIES else f"{minor:,}"


def spelled(day: date) -> str:
    """A date with its day of the week, "Friday, 27 Nov 2026"."""
    return f"{day:%A}, {day.day} {day:%b %Y}"


def figure(text: str) -> Decimal | None:
    """The number of a decimal text, or None; nothing that would fill the memory when it is written out."""
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,9})?", text.strip()) else None


def changing(**terms_of_its_own) -> Change:
    """A mend that sets terms of the whole contract."""
    return lambda terms: replace(terms, **terms_of_its_own)


def on_line(number: int, **terms_of_the_line) -> Change:
    """A mend that sets terms of one line, and leaves a contract without that line as it is."""

    def change(terms: Terms) -> Terms:
        lines = tuple(replace(line, **terms_of_the_line) if n == number else line for n, line in enumerate(terms.lines))
        return replace(terms, lines=lines)

    return change


def on_part(number: int, **terms_of_the_part) -> Change:
    """A mend that sets terms of one instalment."""

    def change(terms: Terms) -> Terms:
        plan = tuple(replace(part, **terms_of_the_part) if n == number else part for n, part in enumerate(terms.plan))
        return replace(terms, plan=plan)

    return change


def on_attribute(number: int, place: int, **terms_of_the_attribute) -> Change:
    """A mend that sets terms of one attribute of one line."""

    def change(terms: Terms) -> Terms:
        if number >= len(terms.lines):
            return terms
        attributes = tuple(
            replace(each, **terms_of_the_attribute) if n == place else each
            for n, each in enumerate(terms.lines[number].attributes)
        )
        return on_line(number, attributes=attributes)(terms)

    return change
