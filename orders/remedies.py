"""What a broken term is worth, by the formulas of the rulebook ("Remedies"): pure, in minor units, with its working.

Freight goes with goods that never came; goods that came with defects keep theirs unless they are sent back.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from trade_assurance import money
from trade_assurance.refused import Refused
from trade_assurance.retold import retold
from trade_assurance.rulebook import Rulebook

# The working of a remedy is kept with the claim, so it is English; `told` says it in the reader's language.
FREIGHT = N_("Share of the freight of {amount}")
RECEIVED = N_("{agreed} agreed − {received} received")
TOLERATED = N_("{units} short is within the contract's tolerance of {bound}.")
VALUE = N_("Value of {units} that came")
CRITICAL = N_("{count} of {inspected} inspected with a critical defect")
MAJOR = (  # as it is, within the AQL, weighted
    N_("{count} of {inspected} inspected with major defects"),
    N_("{count} of {inspected} inspected with major defects: within the AQL of {aql}"),
    N_("{count} of {inspected} inspected with major defects, × {weight}"),
)
MINOR = (
    N_("{count} of {inspected} inspected with minor defects"),
    N_("{count} of {inspected} inspected with minor defects: within the AQL of {aql}"),
    N_("{count} of {inspected} inspected with minor defects, × {weight}"),
)
KEPT = N_("Kept with {share} off")
LATE_A_DAY = N_("{units} shipped {days} day late: {share} of their value")
LATE = N_("{units} shipped {days} days late: {share} of their value")
_SAID = (*MAJOR[1:], *MINOR[1:], MAJOR[0], MINOR[0], CRITICAL, FREIGHT, RECEIVED, TOLERATED, VALUE, KEPT)
_SAID += (LATE_A_DAY, LATE)


def told(said: str) -> str:
    """A line of a working that was kept, in the reader's language; what is no sentence of ours stays."""
    return retold(said, _SAID)


@dataclass(frozen=True)
class Goods:
    """One contract line as remedies see it. `paid_quantity` are units that earlier awards have paid for."""

    quantity: int
    unit: str
    unit_price_minor: int
    freight_minor: int
    currency: str
    tolerance_bp: int = 0
    paid_quantity: int = 0

    @classmethod
    def of(cls, line, currency: str) -> "Goods":
        """The goods of an order's line."""
        return cls(
            quantity=line.quantity,
            unit=line.unit,
            unit_price_minor=line.unit_price_minor,
            freight_minor=line.freight_minor,
            currency=currency,
            tolerance_bp=line.tolerance_bp,
            paid_quantity=line.refunded_quantity,
        )

    def freight(self, units: int) -> int:
        """The freight of the next `units`: shares of all claims on a line add up to its whole freight."""
        upto = self.freight_minor * (self.paid_quantity + units) // self.quantity
        return upto - self.freight_minor * self.paid_quantity // self.quantity

    def say(self, minor: int) -> str:
        return money.display(minor, self.currency)


@dataclass(frozen=True)
class Remedy:
    """What is due: the amount, how it was computed line by line, and the units it pays for.

    `is_severe` says that the buyer may choose between sending all back and keeping it at 50–80 % off.
    """

    minor: int
    working: tuple[tuple[str, int | None], ...]
    quantity: int = 0
    is_severe: bool = False
    why_nothing: str = ""


def percent(bp: int) -> str:
    """Basis points as a person reads them: "2.5 %"."""
    whole, rest = divmod(bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0") + " %" if rest else f"{whole} %"


def _units(goods: Goods, n: int) -> str:
    return f"{n:,} {goods.unit}"


def missing(goods: Goods, units: int) -> Remedy:
    """Goods that were never shipped or never arrived: their price and their share of the freight."""
    if not 0 < units <= goods.quantity:
        raise Refused(_("Give between 1 and {units}.").format(units=_units(goods, goods.quantity)), field="quantity")
    value, freight = units * goods.unit_price_minor, goods.freight(units)
    working = [(f"{_units(goods, units)} × {goods.say(goods.unit_price_minor)}", value)]
    if goods.freight_minor:
        working.append((FREIGHT.format(amount=goods.say(goods.freight_minor)), freight))
    return Remedy(value + freight, tuple(working), quantity=units)


def shortage(goods: Goods, received: int, rules: Rulebook) -> Remedy:
    """(agreed − received) × unit price + freight share; nothing within the tolerance, beyond it all of it counts."""
    if not 0 <= received <= goods.quantity:
        raise Refused(
            _("Give between 0 and {units} received.").format(units=_units(goods, goods.quantity)), field="received"
        )
    short = goods.quantity - goods.paid_quantity - received
    if short <= 0:
        return Remedy(0, (), why_nothing=_("Nothing is short by this count."))
    bound = min(goods.tolerance_bp, rules.tolerance_max_bp)
    said = (RECEIVED.format(agreed=_units(goods, goods.quantity), received=_units(goods, received)), None)
    if short * 10_000 <= goods.quantity * bound:
        words = TOLERATED.format(units=_units(goods, short), bound=percent(bound))
        return Remedy(0, (said, (words, 0)), why_nothing=told(words))
    due = missing(goods, short)
    return Remedy(due.minor, (said, *due.working), quantity=short)


@dataclass(frozen=True)
class Found:
    """What an inspection of `inspected` units found. A unit is counted once, by its worst defect."""

    inspected: int
    critical: int = 0
    major: int = 0
    minor: int = 0


def nonconformity(goods: Goods, units: int, found: Found, rules: Rulebook, aqls: tuple[str, str]) -> Remedy:
    """Defects among `units` that came: d ≤ AQL nothing, up to 30 % d × value (minor 0.3), from there severe.

    `aqls` are those for major and minor defects that `counting.aqls` gives for the contract, in percent.
    """
    counts = (found.critical, found.major, found.minor)
    if not 0 < units <= goods.quantity:
        raise Refused(_("Give between 1 and {units}.").format(units=_units(goods, goods.quantity)), field="quantity")
    if found.inspected <= 0:
        raise Refused(_("Say how many you inspected."), field="inspected")
    if found.inspected > units:
        raise Refused(
            _("No more than {units} could be inspected.").format(units=_units(goods, units)), field="inspected"
        )
    if min(counts) < 0 or sum(counts) > found.inspected:
        raise Refused(_("Count each defective unit once, by its worst defect."), field="major")
    value = units * goods.unit_price_minor
    working = [(VALUE.format(units=_units(goods, units)), value)]
    minor, severe = 0, found.critical > 0
    if severe:
        working.append((CRITICAL.format(count=f"{found.critical:,}", inspected=f"{found.inspected:,}"), None))
    for words, count, aql, weight in (
        (MAJOR, found.major, money.basis_points(aqls[0]), 10_000),
        (MINOR, found.minor, money.basis_points(aqls[1]), rules.minor_weight_bp),
    ):
        if not count:
            continue
        values = {"count": f"{count:,}", "inspected": f"{found.inspected:,}"}
        if count * 10_000 <= found.inspected * aql:
            working.append((words[1].format(aql=percent(aql), **values), 0))
            continue
        severe |= count * 10_000 >= found.inspected * rules.severe_from_bp
        part = money.share(value, count * weight, found.inspected * 10_000)
        working.append(
            ((words[0] if weight == 10_000 else words[2]).format(weight=f"{weight / 10_000:g}", **values), part)
        )
        minor += part
    if severe:
        return Remedy(0, tuple(working), quantity=units, is_severe=True)
    why = (
        "" if minor else _("What was found is within the acceptable quality limit, so nothing is due by the rulebook.")
    )
    return Remedy(min(minor, value), tuple(working), quantity=units, why_nothing=why)


def send_back(goods: Goods, units: int) -> Remedy:
    """Severe: all of it goes back, all of it is refunded with its freight."""
    due = missing(goods, units)
    return Remedy(due.minor, due.working, quantity=units, is_severe=True)


def keep(goods: Goods, units: int, bp: int, rules: Rulebook) -> Remedy:
    """Severe, but the buyer keeps the goods with 50–80 % off their value."""
    least, most = rules.keep_bp
    if not least <= bp <= most:
        raise Refused(
            _("Choose between {least} and {most}.").format(least=percent(least), most=percent(most)), field="keep"
        )
    value = units * goods.unit_price_minor
    minor = money.percent(value, bp, "half_up")
    return Remedy(
        minor,
        (
            (VALUE.format(units=_units(goods, units)), value),
            (KEPT.format(share=percent(bp)), minor),
        ),
        is_severe=True,
    )


def late(goods: Goods, shipped: list[tuple[int, int]], rules: Rulebook) -> Remedy:
    """0.5 % of the late value for each day late, at most 10 %; `shipped` is (units, days late) for each shipment."""
    minor, working = 0, []
    for units, days in shipped:
        if days <= 0:
            continue
        bp = min(days * rules.late_compensation_bp_per_day, rules.late_compensation_max_bp)
        part = money.percent(units * goods.unit_price_minor, bp, "half_up")
        minor += part
        words = LATE_A_DAY if days == 1 else LATE
        working.append((words.format(units=_units(goods, units), days=days, share=percent(bp)), part))
    return Remedy(minor, tuple(working), why_nothing="" if minor else _("Nothing of this line was shipped late."))
