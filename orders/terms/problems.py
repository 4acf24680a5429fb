"""What keeps a draft from being sent: each thing with the field that it is about and what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from orders.terms.document import (
    DUE_BEFORE,
    INCOTERMS,
    INSTALMENTS_MAX,
    LINES_MAX,
    QUANTITY_MAX,
    TEXT_MAX,
    Terms,
    day_of,
)
from orders.terms.typed_problems import typed_line_problems, typed_problems
from trade_assurance import money
from trade_assurance.refused import Refused
from trade_assurance.rulebook import Rulebook, from_usd


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a draft: `path` is like "lines.0.quantity", `sentence` says what to do."""

    path: str
    sentence: str


class BadTerms(Refused):
    """The draft can't be sent as it is; `problems` lists why, field by field."""

    def __init__(self, problems: list[Problem]):
        super().__init__(
            problems[0].sentence
            if len(problems) == 1
            else _("{problems} things need mending first.").format(problems=len(problems))
        )
        self.problems = problems


def problems(terms: Terms, *, rules: Rulebook, usd_per_unit: Decimal | None, now: datetime) -> list[Problem]:
    """All that keeps these terms from being sent, in the order of the page; an empty list when they are fit."""
    found: list[Problem] = []

    def wrong(path: str, sentence: str) -> None:
        found.append(Problem(path, sentence))

    for name in ("title", "quality", "notes", "place"):
        if len(getattr(terms, name)) > TEXT_MAX[name]:
            wrong(
                name, _("Keep this to {TEXT_MAX} characters, or attach a file.").format(TEXT_MAX=f"{TEXT_MAX[name]:,}")
            )
    if not terms.title.strip():
        wrong("title", _("Say in a few words what is ordered."))
    if terms.currency not in money.CURRENCIES or usd_per_unit is None:
        wrong("currency", _("Choose one of {join}.").format(join=", ".join(sorted(money.CURRENCIES))))
        return found
    if terms.timezone not in available_timezones():
        wrong("timezone", _("Choose the timezone in which the contract's days end."))
        return found
    _lines(terms, rules, wrong)
    _delivery(terms, rules, now, wrong)
    typed_problems(terms, wrong, today=now.astimezone(ZoneInfo(terms.timezone)).date())
    _plan(terms, now, wrong)
    if terms.is_sample:
        most = from_usd(rules.sample_max_usd, terms.currency, usd_per_unit)
        if terms.total_minor > most:
            wrong(
                "is_sample",
                _("A sample order is at most {most} in all.").format(most=money.display(most, terms.currency)),
            )
        if terms.units > rules.sample_max_units:
            wrong(
                "is_sample",
                _("A sample order has at most {sample_max_units} units in all.").format(
                    sample_max_units=rules.sample_max_units
                ),
            )
    return found


def _lines(terms: Terms, rules: Rulebook, wrong) -> None:
    if not terms.lines:
        wrong("lines", _("Add at least one line of goods."))
    if len(terms.lines) > LINES_MAX:
        wrong(
            "lines",
            _("A contract has at most {LINES_MAX} lines. Split it into several orders.").format(LINES_MAX=LINES_MAX),
        )
        return
    for n, line in enumerate(terms.lines):
        for name in ("product", "specification", "quality"):
            if len(getattr(line, name)) > TEXT_MAX[name]:
                wrong(
                    _("lines.{n}.{name}").format(n=n, name=name),
                    _("Keep this to {TEXT_MAX} characters, or attach a file.").format(TEXT_MAX=f"{TEXT_MAX[name]:,}"),
                )
        if not line.product.strip():
            wrong(_("lines.{n}.product").format(n=n), _("Name the product."))
        if not 1 <= line.quantity <= QUANTITY_MAX:
            wrong(
                _("lines.{n}.quantity").format(n=n),
                _("Give a whole number from 1 to {QUANTITY_MAX}.").format(QUANTITY_MAX=f"{QUANTITY_MAX:,}"),
            )
        if not 1 <= len(line.unit.strip()) <= 20:
            wrong(_("lines.{n}.unit").format(n=n), _("Name the unit in at most 20 characters, like pieces or kg."))
        if not 1 <= line.unit_price_minor <= money.MAX_MINOR:
            wrong(_("lines.{n}.unit_price").format(n=n), _("Give a price above zero."))
        if not 0 <= line.tolerance_bp <= rules.tolerance_max_bp:
            wrong(
                _("lines.{n}.tolerance").format(n=n),
                _("The quantity may differ by 0 to {tolerance_max_bp} %.").format(
                    tolerance_max_bp=f"{rules.tolerance_max_bp / 100:g}"
                ),
            )
    typed_line_problems(terms, wrong)
    if not 0 <= terms.freight_minor <= money.MAX_MINOR:
        wrong("freight", _("Give the freight as zero or more."))
    if terms.lines and terms.total_minor > money.MAX_MINOR:
        wrong(
            "lines",
            _("The total is above {MAX_MINOR}. Split it into several orders.").format(
                MAX_MINOR=money.display(money.MAX_MINOR, terms.currency)
            ),
        )


def _delivery(terms: Terms, rules: Rulebook, now: datetime, wrong) -> None:
    today = now.astimezone(ZoneInfo(terms.timezone)).date()
    if terms.incoterm not in INCOTERMS:
        wrong("incoterm", _("Choose one of the 11 Incoterms 2020."))
    if not terms.place.strip():
        wrong("place", _("Name the port, terminal or address that the Incoterm refers to."))
    if len(terms.destination_country) != 2:
        wrong("destination_country", _("Choose the country that the goods go to."))
    if not terms.destination_address.strip() or len(terms.destination_address) > TEXT_MAX["address"]:
        wrong(
            "destination_address",
            _("Give the delivery address, at most {address} characters.").format(address=TEXT_MAX["address"]),
        )
    if (terms.ship_by_on is None) == (terms.lead_days is None):
        wrong("ship_by", _("Give either a ship-by date or a number of days after payment."))
    elif terms.lead_days is not None:
        if not 1 <= terms.lead_days <= rules.lead_days_max:
            wrong(
                "lead_days", _("The lead time is 1 to {lead_days_max} days.").format(lead_days_max=rules.lead_days_max)
            )
    else:
        day = day_of(terms.ship_by_on)
        if day is None:
            wrong("ship_by_on", _("Give the ship-by date as a date."))
        elif day < today:
            wrong("ship_by_on", _("This ship-by date is past. Choose today or later."))
        elif day > today + timedelta(days=rules.lead_days_max):
            wrong(
                "ship_by_on",
                _("Choose a ship-by date within {lead_days_max} days.").format(lead_days_max=rules.lead_days_max),
            )


def _plan(terms: Terms, now: datetime, wrong) -> None:
    today = now.astimezone(ZoneInfo(terms.timezone)).date()
    if len(terms.plan) > INSTALMENTS_MAX:
        wrong(
            "plan",
            _("A payment plan has at most {INSTALMENTS_MAX} instalments.").format(INSTALMENTS_MAX=INSTALMENTS_MAX),
        )
        return
    order = list(DUE_BEFORE)
    for n, part in enumerate(terms.plan):
        if not 1 <= part.amount_minor <= money.MAX_MINOR:
            wrong(_("plan.{n}.amount").format(n=n), _("Give an amount above zero."))
        if not 1 <= len(part.label.strip()) <= 60:
            wrong(_("plan.{n}.label").format(n=n), _("Name the instalment, like Deposit or Balance."))
        if part.due_before not in DUE_BEFORE:
            wrong(_("plan.{n}.due_before").format(n=n), _("Say what this instalment is due before."))
            return
        day = day_of(part.due_on)
        if day is None:
            wrong(_("plan.{n}.due_on").format(n=n), _("Give the date on which this instalment is due."))
        elif day < today:
            wrong(_("plan.{n}.due_on").format(n=n), _("This due date is past. Choose today or later."))
        elif part.before_shipment and (ship := day_of(terms.ship_by_on)) is not None and day > ship:
            wrong(
                _("plan.{n}.due_on").format(n=n),
                _("This is due after the ship-by date. Choose that day or earlier, or ship later."),
            )
    if not any(part.before_shipment for part in terms.plan):
        wrong("plan", _("At least one instalment must be due before shipment: protection starts with it."))
    ranks = [order.index(part.due_before) for part in terms.plan]
    if ranks != sorted(ranks):
        wrong("plan", _("Put the instalments in the order in which they fall due."))
    total = sum(part.amount_minor for part in terms.plan)
    if terms.lines and total != terms.total_minor:
        gap = money.display(abs(total - terms.total_minor), terms.currency)
        whole = money.display(terms.total_minor, terms.currency)
        wrong(
            "plan",
            _("The instalments add up to {gap} {which} than {whole}.").format(
                gap=gap, which="more" if total > terms.total_minor else "less", whole=whole
            ),
        )
