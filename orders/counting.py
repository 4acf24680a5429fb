"""How the lines of a contract arrived, as the buyer counts them, and what an inspection says (ISO 2859-1)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from orders import sampling
from orders.models import Line, ReceiptLine
from orders.terms import Terms
from trade_assurance.rulebook import Rulebook

NOTE_MAX = 1000
KINDS = ("critical", "major", "minor")


@dataclass(frozen=True)
class Counted:
    """How one contract line arrived, in whole units; what is neither short nor rejected was received.

    `inspected` says how many of what came were looked at, and of these how many have a defect of each kind, each unit
    counted once, by its worst; None when nobody counted.
    """

    line_id: int
    short: int = 0
    rejected: int = 0
    note: str = ""
    inspected: int | None = None
    critical: int = 0
    major: int = 0
    minor: int = 0

    @classmethod
    def of(cls, row: ReceiptLine) -> "Counted":
        """The count that a receipt keeps."""
        kinds = (row.critical_quantity, row.major_quantity, row.minor_quantity)
        return cls(row.line_id, row.short_quantity, row.rejected_quantity, row.note, row.inspected_quantity, *kinds)

    @property
    def defects(self) -> int:
        return self.critical + self.major + self.minor


def of_line(line: Line, count: Counted) -> Counted:
    """The count as it holds for a line: what was cancelled of it was never shipped, so it is short without a word."""
    return replace(count, short=line.cancelled_quantity) if 0 <= count.short < line.cancelled_quantity else count


def problems(line: Line, count: Counted) -> Iterable[tuple[str, str]]:
    """Everything that can't be so in the count of a line: the field's name and a sentence."""
    of, unit = f"{line.quantity:,} {line.unit}", line.unit
    if count.short < 0 or count.rejected < 0 or count.short + count.rejected > line.quantity:
        yield (
            f"line_{line.id}",
            _("{product}: short and rejected together are at most {quantity}.").format(
                product=line.product, quantity=of
            ),
        )
    elif count.inspected is not None and count.inspected > (came := line.quantity - count.short):
        yield (
            f"inspected_{line.id}",
            _("{product}: {came} {unit} came, so at most that many were looked at.").format(
                product=line.product, came=f"{came:,}", unit=unit
            ),
        )
    if count.inspected is None and count.defects:
        yield (
            f"inspected_{line.id}",
            _("{product}: say how many {unit} you looked at to find these defects.").format(
                product=line.product, unit=unit
            ),
        )
    elif count.inspected is not None and count.inspected < 1:
        yield (
            f"inspected_{line.id}",
            _("{product}: leave this empty if you did not look at any.").format(product=line.product),
        )
    elif min(count.critical, count.major, count.minor) < 0 or count.defects > (count.inspected or 0):
        yield (
            f"inspected_{line.id}",
            _(
                "{product}: {defects} with a defect are more than the {inspected} you looked at. Count "
                "each one once, by its worst defect."
            ).format(product=line.product, defects=f"{count.defects:,}", inspected=f"{count.inspected or 0:,}"),
        )
    if len(count.note) > NOTE_MAX:
        yield (
            f"note_{line.id}",
            _("Keep the note to {most} characters.").format(most=f"{NOTE_MAX:,}"),
        )


# what an inspection is held against --------------------------------------------------------------------------------


def aqls(terms: Terms | None, rules: Rulebook) -> tuple[str, str]:
    """The AQLs for major and minor defects, in percent: those of the contract, else of the rulebook."""
    if terms is not None and terms.inspection is not None:
        return terms.inspection.aql_major, terms.inspection.aql_minor
    return _percent(rules.aql_major_bp), _percent(rules.aql_minor_bp)


def _percent(bp: int) -> str:
    """Basis points as the table names its columns: "2.5", "0.65"."""
    return f"{bp // 100}.{bp % 100:02d}".removesuffix("0")


def asked(line: Line, limits: tuple[str, str]) -> str:
    """What the plan asks for before anybody counts, as one sentence; nothing for a line of which nothing comes."""
    lot = line.quantity - line.cancelled_quantity
    if lot < 1:
        return ""
    major, minor = (sampling.plan(lot, aql) for aql in limits)
    sample = max(major.sample, minor.sample)
    if major.sample < sample:
        text = _(
            "For {lot} {unit} look at {sample}, taken from everywhere. Accepted are up to {major} with a major defect "
            "in the first {first} (AQL {aql_major}), up to {minor} with a minor one (AQL {aql_minor}), and none with "
            "a critical one."
        )
    elif minor.sample < sample:
        text = _(
            "For {lot} {unit} look at {sample}, taken from everywhere. Accepted are up to {major} with a major defect "
            "(AQL {aql_major}), up to {minor} with a minor one in the first {first} (AQL {aql_minor}), and none with "
            "a critical one."
        )
    else:
        text = _(
            "For {lot} {unit} look at {sample}, taken from everywhere. Accepted are up to {major} with a major defect "
            "(AQL {aql_major}), up to {minor} with a minor one (AQL {aql_minor}), and none with a critical one."
        )
    return text.format(
        lot=f"{lot:,}",
        unit=line.unit,
        sample=f"{sample:,}",
        first=f"{min(major.sample, minor.sample):,}",
        major=major.accept,
        minor=minor.accept,
        aql_major=limits[0],
        aql_minor=limits[1],
    )


def verdict(line: Line, count: Counted, limits: tuple[str, str]) -> sampling.Verdict | None:
    """What the inspection says of what came of a line; None if nobody inspected it."""
    came = line.quantity - count.short
    if not count.inspected or came < 1:
        return None
    found = {kind: getattr(count, kind) for kind in KINDS}
    return sampling.verdict(lot=came, inspected=count.inspected, aqls=limits, **found)


def words(found: sampling.Verdict) -> tuple[str, str]:
    """A verdict's tone and name."""
    if found.accepted is None:
        return "wait", _("Too few looked at")
    return ("safe", _("Accepted by its AQL")) if found.accepted else ("breach", _("Rejected by its AQL"))
