"""Rules about quality: attributes that can be measured, inspection, AQLs, quantities that may differ."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.linting.finding import Change, Context, Finding, Mend, cash, changing, figure, on_attribute, on_line
from orders.linting.measures import BULK_UNITS, LENGTHS, MENDED_TOLERANCE_BP, PLAIN_NUMBERS, WEIGHTS
from orders.linting.words import NORM
from orders.terms import Attribute, Inspection, Terms
from trade_assurance import money

FIGURES = re.compile(
    r"\d\s?(?:mm|cm|m|m2|m²|kg|g|mg|t|l|ml|µm|um|inch|in|%|°c?|k|v|w|kw|a|hz|lm|lux|pa|kpa|mpa|bar|n|nm|j|gsm|g/m²|den|"
    r"dtex|mah|ah|dpi|px|mesh|ppm|db|rpm|h|hours|years|cycles)(?![\w])|ø\s?\d|\d\s?[x×]\s?\d",
    re.IGNORECASE,
)
METHODS = (
    (LENGTHS, _lazy("Calibrated calliper or tape measure")),
    (WEIGHTS, _lazy("Calibrated scale")),
)


def sample_quality(terms: Terms, context: Context) -> Iterator[Finding]:
    """A sample order has no quality protection, whatever its quality terms say (Rulebook 13)."""
    if not terms.is_sample:
        return
    told = terms.quality.strip() or any(line.quality.strip() or line.attributes for line in terms.lines)
    yield Finding(
        "sample_quality",
        "is_sample",
        "contradictory" if told else "risky",
        _("This is a sample order, so its quality terms are not protected.")
        if told
        else _("This is a sample order, so nothing about quality is protected."),
        _(
            "Payment and shipping of a sample are protected, quality is not. A claim about quality "
            "needs a regular order."
        ),
        Mend(_("Make it a regular order"), changing(is_sample=False)),
    )


def nothing_measurable(terms: Terms, context: Context) -> Iterator[Finding]:
    """A line with no attribute, no norm and no figure with a unit: any goods of that name would do."""
    for n, line in _lines(terms):
        if not line.attributes and not _has_figures(_words(terms, line)):
            yield Finding(
                "nothing_measurable",
                _("lines.{n}.attributes").format(n=n),
                "unmeasurable",
                _("Nothing in line {n} can be measured.").format(n=n + 1),
                _(
                    "Whatever arrives under that name fits the contract, so a claim about its quality has "
                    "nothing to rest on. Add an attribute: a name, a figure with its unit, and how it is "
                    "measured."
                ),
            )


def figures_in_words(terms: Terms, context: Context) -> Iterator[Finding]:
    """Figures stand in free words alone, so no machine can hold them against what was measured."""
    for n, line in _lines(terms):
        if not line.attributes and _has_figures(_words(terms, line)):
            yield Finding(
                "figures_in_words",
                _("lines.{n}.attributes").format(n=n),
                "missing",
                _("The figures of line {n} stand in words only.").format(n=n + 1),
                _(
                    "People can read them, and a dispute can rest on them. As attributes each also says how "
                    "it is measured and how much a difference weighs: an inspection is counted against it, "
                    "and a claim comes with its amount."
                ),
            )


def no_method(terms: Terms, context: Context) -> Iterator[Finding]:
    """An attribute that does not say how it is measured."""
    for n, m, attribute in _attributes(terms):
        if not attribute.method.strip():
            usual = _method(attribute)
            yield Finding(
                "no_method",
                _("lines.{n}.attributes.{m}.method").format(n=n, m=m),
                "unmeasurable",
                _("{named} of line {n} has no test method.").format(named=_named(attribute), n=n + 1),
                _(
                    "Two ways to measure give two results, and each side will take its own. A claim then "
                    "rests only on what differs in both."
                ),
                Mend(_("Measure it by: {usual}").format(usual=usual), on_attribute(n, m, method=usual))
                if usual
                else None,
            )


def no_unit(terms: Terms, context: Context) -> Iterator[Finding]:
    """A figure without a unit."""
    for n, m, attribute in _attributes(terms):
        if attribute.kind == "choice" or attribute.unit.strip() or _given(attribute) == 0:
            continue
        if attribute.name.strip().casefold() not in PLAIN_NUMBERS:
            yield Finding(
                "no_unit",
                _("lines.{n}.attributes.{m}.unit").format(n=n, m=m),
                "unmeasurable",
                _("{named} of line {n} is a figure without a unit.").format(named=_named(attribute), n=n + 1),
                _("40 can be millimetres or inches. Without the unit nobody can say that the goods differ."),
            )


def empty_attribute(terms: Terms, context: Context) -> Iterator[Finding]:
    """An attribute that names no value that would agree, or one that is no number."""
    for n, m, attribute in _attributes(terms):
        texts = _values(attribute)
        unread = attribute.kind != "choice" and any(figure(text) is None for text in texts)
        if not texts or unread:
            yield Finding(
                "empty_attribute",
                _("lines.{n}.attributes.{m}.value").format(n=n, m=m),
                "unmeasurable",
                _("{named} of line {n} ").format(named=_named(attribute), n=n + 1)
                + (_("has a value that is not a number.") if unread else _("says no value.")),
                _(
                    "Only a value that the goods can be compared with protects the buyer. Without one this "
                    "is a heading."
                ),
            )


def upside_down(terms: Terms, context: Context) -> Iterator[Finding]:
    """A range whose lower end is above its upper end."""
    for n, m, attribute in _attributes(terms):
        low, high = figure(attribute.low), figure(attribute.high)
        if attribute.kind == "range" and low is not None and high is not None and low > high:
            low_end, high_end = f"{attribute.low} {attribute.unit}", f"{attribute.high} {attribute.unit}"
            yield Finding(
                "upside_down",
                _("lines.{n}.attributes.{m}.low").format(n=n, m=m),
                "contradictory",
                _("{named} of line {n} goes from {low_end} down to {high_end}.").format(
                    named=_named(attribute), n=n + 1, low_end=low_end.strip(), high_end=high_end.strip()
                ),
                _("No goods can agree with a range whose lower end is above its upper end."),
                Mend(_("Swap the two ends"), on_attribute(n, m, low=attribute.high, high=attribute.low)),
            )


def exact_value(terms: Terms, context: Context) -> Iterator[Finding]:
    """A value without a tolerance: nothing that is made is exactly that."""
    share = f"{MENDED_TOLERANCE_BP / 100:g} %"
    for n, m, attribute in _attributes(terms):
        value = figure(attribute.value)
        if attribute.kind != "value" or value is None or attribute.tolerance.strip():
            continue
        off = abs(value) * Decimal(MENDED_TOLERANCE_BP) / 10_000
        text = f"{off.normalize():f}"
        yield Finding(
            "exact_value",
            _("lines.{n}.attributes.{m}.tolerance").format(n=n, m=m),
            "risky",
            _("{named} of line {n} has no tolerance.").format(named=_named(attribute), n=n + 1),
            _(
                "Nothing that is made measures exactly one value. Read to the letter every piece is a "
                "defect, read kindly none is: the dispute is then about the tolerance."
            ),
            Mend(_("Add ± {share}").format(share=share), on_attribute(n, m, tolerance=text))
            if off and figure(text) is not None
            else None,
        )


def no_inspection(terms: Terms, context: Context) -> Iterator[Finding]:
    """No inspection is agreed on an order that is large enough for one (Rulebook 18)."""
    least = context.threshold(context.rules.inspection_min_usd, terms)
    if terms.inspection is not None or terms.is_sample or least is None or terms.total_minor < least:
        return
    major, minor = _usual_aqls(context)
    inspection = Inspection("buyer", "before_shipment", aql_major=major, aql_minor=minor)
    yield Finding(
        "no_inspection",
        "inspection",
        "missing",
        _("No inspection is agreed."),
        _(
            "From {least} one is worth its cost: before shipment a failed inspection is a claim "
            "while all the money is still here, and its report is evidence that both sides agreed to."
        ).format(least=cash(least, terms)),
        Mend(
            _("Let the buyer inspect before shipment, AQL {major} / {minor}").format(major=major, minor=minor),
            changing(inspection=inspection),
        ),
    )


def supplier_inspects(terms: Terms, context: Context) -> Iterator[Finding]:
    """Only the supplier inspects its own goods; at receipt it is not even there."""
    inspection = terms.inspection
    if inspection is None or inspection.who != "supplier":
        return
    absent = inspection.when == "at_receipt"
    yield Finding(
        "supplier_at_receipt" if absent else "supplier_inspects",
        "inspection.who",
        "contradictory" if absent else "risky",
        _("The supplier is to inspect at receipt, but it won’t be there.")
        if absent
        else _("Only the supplier inspects its goods."),
        _("Nobody will write that report, so the agreed inspection never takes place.")
        if absent
        else _("A report on one’s own goods is weak evidence, and if they are poor the buyer has no other."),
        Mend(_("Let the buyer inspect"), _inspecting(who="buyer")),
    )


def loose_aql(terms: Terms, context: Context) -> Iterator[Finding]:
    """More defects are accepted than the rulebook does when nothing is agreed ("Remedies")."""
    inspection = terms.inspection
    if inspection is None:
        return
    for name, what, usual in zip(("aql_major", "aql_minor"), ("major", "minor"), _usual_aqls(context), strict=True):
        given = figure(getattr(inspection, name))
        if given is not None and given > Decimal(usual):
            yield Finding(
                "loose_aql",
                _("inspection.{name}").format(name=name),
                "risky",
                _("AQL {getattr} for {what} defects is looser than the usual {usual}.").format(
                    getattr=getattr(inspection, name), what=what, usual=usual
                ),
                _(
                    "The AQL is the share of defects that a delivery may have and still pass. Up to {given} "
                    "% of pieces with {what} defects the buyer can claim nothing."
                ).format(given=given, what=what),
                Mend(_("Use {usual}").format(usual=usual), _inspecting(**{name: usual})),
            )


def no_tolerance(terms: Terms, context: Context) -> Iterator[Finding]:
    """Goods by weight, length or volume never come out exactly; without a tolerance every gram is a shortage."""
    bp = min(MENDED_TOLERANCE_BP, context.rules.tolerance_max_bp)
    for n, line in enumerate(terms.lines):
        if line.tolerance_bp == 0 and line.unit.strip().casefold().rstrip(".") in BULK_UNITS:
            yield Finding(
                "no_tolerance",
                _("lines.{n}.tolerance").format(n=n),
                "risky",
                _("Line {n} is sold by the {unit} with no tolerance.").format(n=n + 1, unit=line.unit.strip()),
                _(
                    "Such a quantity never comes out exactly, so the smallest gap is a shortage and a claim; "
                    "two scales will differ by more."
                ),
                Mend(_("Add ± {bp} %").format(bp=f"{bp / 100:g}"), on_line(n, tolerance_bp=bp)),
            )


def widest_tolerance(terms: Terms, context: Context) -> Iterator[Finding]:
    """As much may be missing as the rulebook lets two sides agree ("Remedies")."""
    most = context.rules.tolerance_max_bp
    for n, line in enumerate(terms.lines):
        if line.tolerance_bp >= most:
            may = money.percent(max(0, line.value_minor), min(line.tolerance_bp, 10_000), "down")
            yield Finding(
                "widest_tolerance",
                _("lines.{n}.tolerance").format(n=n),
                "risky",
                _("Line {n} may differ by {tolerance_bp} %, the most there is.").format(
                    n=n + 1, tolerance_bp=f"{line.tolerance_bp / 100:g}"
                ),
                _("Up to that much may be missing, {may} worth, and it is no shortage.").format(may=cash(may, terms)),
                Mend(
                    _("Use ± {MENDED_TOLERANCE_BP} %").format(MENDED_TOLERANCE_BP=f"{MENDED_TOLERANCE_BP / 100:g}"),
                    on_line(n, tolerance_bp=MENDED_TOLERANCE_BP),
                )
                if most > MENDED_TOLERANCE_BP
                else None,
            )


def _inspecting(**changes) -> Change:
    """A mend of the inspection that is agreed."""
    return lambda terms: replace(terms, inspection=replace(terms.inspection, **changes))


def _lines(terms: Terms):
    """The lines whose quality is protected, numbered; a sample has none."""
    return () if terms.is_sample else enumerate(terms.lines)


def _attributes(terms: Terms) -> Iterator[tuple[int, int, Attribute]]:
    for n, line in _lines(terms):
        for m, attribute in enumerate(line.attributes):
            yield n, m, attribute


def _words(terms: Terms, line) -> str:
    """What is written about one line; the terms for all lines speak for it too."""
    return " ".join((line.product, line.specification, line.quality, terms.quality))


def _has_figures(text: str) -> bool:
    return bool(FIGURES.search(text) or NORM.search(text))


def _named(attribute: Attribute) -> str:
    return f"“{attribute.name.strip()}”" if attribute.name.strip() else _("An attribute without a name")


def _values(attribute: Attribute) -> list[str]:
    """What was given of the values that agree."""
    given = {
        "value": (attribute.value, attribute.tolerance) if attribute.value.strip() else (),
        "range": (attribute.low, attribute.high),
        "choice": attribute.choices,
    }.get(attribute.kind, ())
    return [text for text in given if text.strip()]


def _given(attribute: Attribute) -> int:
    return len(_values(attribute))


def _method(attribute: Attribute) -> str:
    """The way such a thing is usually measured; empty when there is no usual one."""
    if attribute.kind == "choice":
        return _("By eye, in daylight")
    unit = attribute.unit.strip().casefold()
    return next((method for units, method in METHODS if unit in units), "")


def _usual_aqls(context: Context) -> tuple[str, str]:
    """The rulebook's AQLs as the contract writes them, in percent: major, minor."""
    return f"{context.rules.aql_major_bp / 100:.1f}", f"{context.rules.aql_minor_bp / 100:.1f}"
