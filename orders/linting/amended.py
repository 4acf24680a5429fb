"""What the linter says of an amendment: only what its terms bring, beside what it said of the contract before."""

from dataclasses import replace

from django.utils import translation

from orders.linting import lint
from orders.linting.finding import Context, Finding
from orders.linting.scoring import score, unprotected
from orders.terms import Terms

NAMES = {"tolerance": "tolerance_bp", "unit_price": "unit_price_minor", "freight": "freight_minor"}
SHIPPING = ("ship_by_on", "lead_days")


def amended(old: Terms, new: Terms, context: Context) -> tuple[Finding, ...]:
    """Findings about the new terms that are new, or about a term that differs from the old ones."""
    with translation.override("en"):  # what is compared is the same in every language
        stood = {(finding.key, finding.what) for finding in lint(old, context)}
        said = [finding.what for finding in lint(new, context)]
    return tuple(
        finding
        for finding, what in zip(lint(new, context), said, strict=True)
        if (finding.key, what) not in stood or _term(old, finding.path) != _term(new, finding.path)
    )


def points(terms: Terms, context: Context) -> int:
    """The protection score of these terms."""
    return score(lint(terms, context)).points


def no_longer_protected(old: Terms, new: Terms, context: Context) -> list[str]:
    """What the new terms leave without protection, in sentences that were not said of the old ones."""
    with translation.override("en"):
        before, said = _unprotected(old, context), _unprotected(new, context)
    return [sentence for sentence, what in zip(_unprotected(new, context), said, strict=True) if what not in before]


def _unprotected(terms: Terms, context: Context) -> list[str]:
    return unprotected(terms, context, lint(terms, context))


def without_mends(findings: tuple[Finding, ...], new: Terms, allows) -> tuple[Finding, ...]:
    """The findings, each mend left out that gives terms which `allows` refuses."""
    return tuple(
        replace(finding, mend=None) if finding.mend and not allows(finding.mend.change(new)) else finding
        for finding in findings
    )


def _term(terms: Terms, path: str):
    """The term that a finding is about; the whole line, plan or contract part where it names something in it."""
    part, _, rest = path.partition(".")
    number, _, name = rest.partition(".")
    if part in ("lines", "plan"):
        rows = getattr(terms, part)
        if not number.isdecimal():
            return rows
        if int(number) >= len(rows):
            return None
        row, name = rows[int(number)], name.partition(".")[0]
        return getattr(row, NAMES.get(name, name), row) if part == "lines" else row
    if part in SHIPPING:
        return terms.ship_by_on, terms.lead_days
    return getattr(terms, NAMES.get(part, part), None)
