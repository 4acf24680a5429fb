"""The linter: what of a draft can't be measured, contradicts itself, is risky or missing, and what that costs.

Pure: terms and context in, findings out. A rule is a function `f(terms, context)` that yields findings; it is one of
RULES, and each code that it gives has its points in `scoring`. Findings never keep a draft from being sent.
"""

from orders.linting import days, delivery, papers, paying, quality, words
from orders.linting.finding import SEVERITIES, Context, Finding, Mend
from orders.terms import Terms

RULES = (
    words.vague_words,
    words.rough_figure,
    words.left_open,
    quality.sample_quality,
    quality.nothing_measurable,
    quality.figures_in_words,
    quality.no_method,
    quality.no_unit,
    quality.empty_attribute,
    quality.upside_down,
    quality.exact_value,
    quality.no_inspection,
    quality.supplier_inspects,
    quality.loose_aql,
    quality.no_tolerance,
    quality.widest_tolerance,
    delivery.freight_not_in_term,
    delivery.sea_term_other_way,
    delivery.vague_place,
    delivery.place_elsewhere,
    delivery.freight_missing,
    delivery.same_country,
    delivery.deliver_by_missing,
    delivery.deliver_by_too_near,
    delivery.deliver_by_not_owed,
    days.short_lead,
    days.below_usual_lead,
    days.ship_by_closed,
    days.holidays_unknown,
    paying.total_above_limit,
    paying.deposit_above_limit,
    paying.deposit_much,
    paying.due_and_shipped,
    paying.late_instalment,
    papers.no_packaging,
    papers.no_ce,
    papers.no_documents,
    papers.no_transport_document,
    papers.no_insurance_document,
    papers.no_inspection_report,
)


def lint(terms: Terms, context: Context) -> tuple[Finding, ...]:
    """All findings about these terms, in the order of the rules; each has a key of its own."""
    return tuple(finding for rule in RULES for finding in rule(terms, context))


def mended(terms: Terms, context: Context, *, key: str) -> Terms | None:
    """The terms with the mend of one finding, or of every finding of a code ("no_method:*"); None if there is none."""
    code, _, path = key.partition(":")
    changes = [
        finding.mend.change
        for finding in lint(terms, context)
        if finding.mend is not None and finding.code == code and path in ("*", finding.path)
    ]
    for change in changes:
        terms = change(terms)
    return terms if changes else None


__all__ = ["RULES", "SEVERITIES", "Context", "Finding", "Mend", "lint", "mended"]
