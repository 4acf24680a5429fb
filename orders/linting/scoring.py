"""The protection score, 0 to 100, as a sum that explains itself, and in words what is not protected as drafted."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.linting.delivery import ARRIVES
from orders.linting.finding import Context, Finding, cash
from orders.terms import Terms
from trade_assurance import money

# What a contract can earn in each part; together 100
PARTS = {"quality": 35, "delivery": 25, "money": 25, "papers": 15}
PART_NAMES = {
    "quality": _lazy("Quality"),
    "delivery": _lazy("Delivery"),
    "money": _lazy("Payment"),
    "papers": _lazy("Packing and documents"),
}
# What a finding costs: its part, and the points, taken once however many lines have it
POINTS = {
    "sample_quality": ("quality", 35),
    "nothing_measurable": ("quality", 15),
    "vague_words": ("quality", 8),
    "rough_figure": ("quality", 4),
    "left_open": ("quality", 6),
    "figures_in_words": ("quality", 5),
    "no_method": ("quality", 4),
    "no_unit": ("quality", 5),
    "empty_attribute": ("quality", 6),
    "upside_down": ("quality", 6),
    "exact_value": ("quality", 3),
    "no_inspection": ("quality", 6),
    "supplier_inspects": ("quality", 3),
    "supplier_at_receipt": ("quality", 6),
    "loose_aql": ("quality", 5),
    "no_tolerance": ("quality", 3),
    "widest_tolerance": ("quality", 3),
    "freight_not_in_term": ("delivery", 8),
    "sea_term_by_air": ("delivery", 10),
    "sea_term_container": ("delivery", 4),
    "vague_place": ("delivery", 7),
    "place_elsewhere": ("delivery", 7),
    "freight_missing": ("delivery", 2),
    "same_country": ("delivery", 2),
    "deliver_by_missing": ("delivery", 5),
    "deliver_by_too_near": ("delivery", 5),
    "deliver_by_not_owed": ("delivery", 4),
    "short_lead": ("delivery", 6),
    "below_usual_lead": ("delivery", 3),
    "ship_by_weekend": ("delivery", 3),
    "ship_by_holiday": ("delivery", 4),
    "ship_by_long_holiday": ("delivery", 6),
    "holidays_unknown": ("delivery", 0),
    "total_above_limit": ("money", 7),
    "deposit_above_limit": ("money", 5),
    "deposit_much": ("money", 5),
    "all_before_production": ("money", 9),
    "due_after_ship_by": ("money", 6),
    "no_time_to_clear": ("money", 3),
    "late_instalment": ("money", 6),
    "no_packaging": ("papers", 3),
    "no_ce": ("papers", 6),
    "no_documents": ("papers", 6),
    "no_transport_document": ("papers", 3),
    "no_insurance_document": ("papers", 4),
    "no_inspection_report": ("papers", 2),
}


@dataclass(frozen=True)
class Part:
    """One part of the score: what it earned of the most it can, and the codes that took the rest, the dearest first."""

    code: str
    name: str
    earned: int
    most: int
    taken: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Score:
    """The score of a draft: the sum of its parts."""

    parts: tuple[Part, ...]

    @property
    def points(self) -> int:
        return sum(part.earned for part in self.parts)


def score(findings: tuple[Finding, ...]) -> Score:
    """What the findings leave of 100: each part loses the points of its codes, each code once, never below zero."""
    codes = dict.fromkeys(finding.code for finding in findings)
    parts = []
    for part, most in PARTS.items():
        taken = sorted(
            ((code, POINTS[code][1]) for code in codes if POINTS[code][0] == part and POINTS[code][1]),
            key=lambda pair: -pair[1],
        )
        earned = max(0, most - sum(points for _unused, points in taken))
        parts.append(Part(part, PART_NAMES[part], earned, most, tuple(taken)))
    return Score(tuple(parts))


def unprotected(terms: Terms, context: Context, findings: tuple[Finding, ...]) -> list[str]:
    """What is not protected as drafted, sentence by sentence; an empty list when nothing is left out."""
    return list(_unprotected(terms, context, {finding.code: finding for finding in findings}))


def _unprotected(terms: Terms, context: Context, found: dict[str, Finding]) -> Iterator[str]:
    if terms.is_sample:
        yield _("Quality: a sample order has payment and shipping protection only.")
    elif "nothing_measurable" in found:
        where = _where(terms, found["nothing_measurable"])
        yield _("Quality of {where}: nothing in it can be measured, so whatever arrives under that name fits.").format(
            where=where
        )
    if not terms.is_sample and found.keys() & {"vague_words", "rough_figure", "left_open", "empty_attribute"}:
        yield _("What vague words promise: a dispute about it is decided on what the words let measure.")
    if not terms.is_sample and found.keys() & {"no_method", "no_unit", "exact_value", "upside_down"}:
        yield _("Attributes that can be measured in two ways: a claim rests only on what differs in both.")
    if "loose_aql" in found and terms.inspection is not None:
        inspection = terms.inspection
        yield _("Defects up to AQL {aql_major} (major) and {aql_minor} (minor): the lot passes.").format(
            aql_major=inspection.aql_major, aql_minor=inspection.aql_minor
        )
    if may := sum(money.percent(max(0, x.value_minor), min(x.tolerance_bp, 10_000), "down") for x in terms.lines):
        yield _("Quantities within the tolerances: up to {may} worth may be missing without a claim.").format(
            may=cash(may, terms)
        )
    free = context.free_limit_minor
    if free is not None and terms.total_minor > free:
        over, total = cash(terms.total_minor - free, terms), cash(terms.total_minor, terms)
        yield _("After release at receipt: {over} of {total} is covered only as far as we still hold it.").format(
            over=over, total=total
        )
    late = sum(part.amount_minor for part in terms.plan if not part.before_shipment)
    if late:
        yield _("{late} that is due after shipment, if it isn’t paid here before protection ends.").format(
            late=cash(late, terms)
        )
    if terms.incoterm in ARRIVES and "deliver_by_missing" in found:
        yield _("A slow journey: only the dispatch has a date, the arrival has none.")
    if found.keys() & {"sea_term_by_air", "vague_place", "place_elsewhere"}:
        yield _("Shipment in time, as far as it depends on the Incoterm: the fact that counts as shipped is in doubt.")
    if "no_packaging" in found:
        yield _("Packaging that protects too little: none is agreed, so it is no breach by itself.")
    if "no_documents" in found:
        yield _("Missing documents: none are agreed.")
    if "no_ce" in found:
        yield _("A missing CE declaration: it isn’t agreed, so the buyer can’t return the goods for it.")


def _where(terms: Terms, first: Finding) -> str:
    """The line of a finding in words, or "the goods" when there is only that line."""
    return (
        _("the goods")
        if len(terms.lines) == 1
        else _("line {split} and any like it").format(split=int(first.path.split(".")[1]) + 1)
    )
