"""What keeps terms from being an amendment: what was shipped, paid or claimed already, and dates (ADR 21). Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from orders.amending import (
    FIXED,
    Moved,
    Standing,
    comparable,
    fits,
    is_begun,
    is_frozen,
    key_of,
    pair,
    refund_of,
    ship_day,
)
from orders.models import Order
from orders.terms import BEFORE_SHIPMENT, Problem, Terms, day_of, problems, spelled_day
from trade_assurance import money

S = Order.Status


def faults(standing: Standing, terms: Terms, *, usd_per_unit, now: datetime) -> list[Problem]:
    """All that keeps these terms from being an amendment; dates that are past already and stay are no fault."""
    order, old = standing.order, standing.terms
    found = [
        Problem(name, str(sentence)) for name, sentence in FIXED.items() if getattr(old, name) != getattr(terms, name)
    ]
    if [line.product for line in old.lines] != [line.product for line in terms.lines]:
        return [*found, Problem("lines", _("The goods themselves stay. Order others in a new contract."))]
    if old.incoterm != terms.incoterm and is_begun(standing):
        found.append(Problem("incoterm", _("A part was shipped under this Incoterm, so it stays.")))
    general = problems(terms, rules=order.rulebook, usd_per_unit=usd_per_unit, now=now)
    found += [problem for problem in general if not _stood_before(problem, standing, terms)]
    found += _line_faults(standing, terms)
    found += _date_faults(standing, terms, now)
    if not found:
        found += _money_faults(standing, terms)
    if not found and comparable(terms) == comparable(old):
        found.append(Problem("", _("Nothing is different from the contract in force yet.")))
    return found


def _stood_before(problem: Problem, standing: Standing, new: Terms) -> bool:
    """A date that both sides agreed on before, and that has passed or been kept since, is left alone."""
    old, (name, _unused, rest) = standing.terms, problem.path.partition(".")
    if name == "plan" and rest.endswith("due_on"):
        part, ship = new.plan[int(rest.split(".")[0])], day_of(new.ship_by_on)
        if any(key_of(part) == key_of(row) and row.open_minor == 0 for row in standing.parts):
            return True
        too_late = new.ship_by_on != old.ship_by_on and ship is not None and (day_of(part.due_on) or ship) > ship
        return not too_late and any(key_of(part) == key_of(each) for each in old.plan)
    if name == "deliver_by_on":
        kept = (name, "ship_by_on", "incoterm")
        return all(getattr(old, each) == getattr(new, each) for each in kept)
    return name == "ship_by_on" and old.ship_by_on == new.ship_by_on


def _line_faults(standing: Standing, terms: Terms) -> list[Problem]:
    found, kept = [], 0
    for n, (row, line) in enumerate(zip(standing.lines, terms.lines, strict=True)):
        gone = row.shipped_quantity + row.cancelled_quantity
        if line.unit != row.unit and (gone or row.refunded_minor):
            found.append(
                Problem(
                    f"lines.{n}.unit",
                    _("Some of it was shipped or refunded in this unit, so the unit stays."),
                )
            )
        same = (line.quantity, line.unit_price_minor) == (row.quantity, row.unit_price_minor)
        if row.refunded_minor or row.cancelled_quantity:
            kept += row.freight_minor
            if not same:
                back = money.display(row.refunded_minor, standing.order.currency)
                said = _("A claim paid {amount} back for this line, so its quantity and its price stay.").format(
                    amount=back
                )
                found.append(Problem(f"lines.{n}.quantity", said))
        elif line.quantity < gone:
            said = _("{n} {unit} have been shipped, so it can't be less than that.").format(
                n=f"{row.shipped_quantity:,}", unit=row.unit
            )
            found.append(Problem(f"lines.{n}.quantity", said))
    if terms.freight_minor < kept:
        least = money.display(kept, standing.order.currency)
        found.append(
            Problem("freight", _("Lines with a claim keep their share of the freight, {least}.").format(least=least))
        )
    elif len(standing.lines) == sum(is_frozen(row) for row in standing.lines) and terms.freight_minor != kept:
        found.append(Problem("freight", _("All lines have had a claim, so the freight stays.")))
    return found


def _date_faults(standing: Standing, terms: Terms, now: datetime) -> list[Problem]:
    order = standing.order
    if order.status != S.PAID:
        return []
    if terms.lead_days is not None or day_of(terms.ship_by_on) is None:
        return [Problem("ship_by", _("The lead time runs already, so give the ship-by date as a date."))]
    most = order.paid_at.astimezone(ZoneInfo(order.timezone)).date() + timedelta(days=order.rulebook.lead_days_max)
    day = day_of(terms.ship_by_on)
    if day != ship_day(order) and day > most:
        days = order.rulebook.lead_days_max
        said = _("Lead time with extensions is at most {days} days from the payment: choose {most} or earlier.").format(
            days=days, most=spelled_day(most.isoformat())
        )
        return [Problem("ship_by_on", said)]
    return []


def _money_faults(standing: Standing, terms: Terms) -> list[Problem]:
    order, moved = standing.order, pair(standing.parts, terms.plan)
    found = []
    for one in moved:
        row = one.part
        if row is not None and row.open_minor == 0 and one.terms is not None and _moved_paid(one):
            said = _("{label} is paid, so it stays as it is. What is added is an instalment of its own.").format(
                label=row.label
            )
            found.append(Problem("plan", said))
    if not fits(standing.parts, terms.plan):
        found.append(
            Problem("plan", _("This plan asks again for what has been paid. Leave paid instalments as they are."))
        )
    changes = [one for one in moved if not one.is_same]
    if order.charged_back_minor and (changes or terms.total_minor != order.total_minor):
        said = _(
            "A payment was taken back by the bank it came from, so prices and payment plan stay. Dates can change."
        )
        found.append(Problem("plan", said))
    if refund_of(moved) and refund_of(moved) >= order.kept_minor:
        found.append(Problem("lines", _("All that was paid would go back. Cancel the order by consent instead.")))
    late = [one for one in changes if one.terms and one.open_minor and one.terms.due_before in BEFORE_SHIPMENT]
    if order.is_part_shipped and late:
        said = _("A part has been shipped, so what is added can only be due before delivery or later.")
        found.append(Problem("plan", said))
    return found


def _moved_paid(one: Moved) -> bool:
    return key_of(one.part) != key_of(one.terms) or one.after_minor > one.before_minor
