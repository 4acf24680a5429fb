"""How the lines of a contract arrived, as the buyer counts them, and what an inspection says (ISO 2859-1)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
        yield f"line_{line.id}", f"{line.product}: short and rejected together are at most {of}."
    elif count.inspected is not None and count.inspected > (came := line.quantity - count.short):
        yield f"inspected_{line.id}", f"{line.product}: {came:,} {unit} came, so at most that many were looked at."
    if count.inspected is None and count.defects:
        yield f"inspected_{line.id}", f"{line.product}: say how many {unit} you looked at to find these defects."
    elif count.inspected is not None and count.inspected < 1:
        yield f"inspected_{line.id}", f"{line.product}: leave this empty if you did not look at any."
    elif min(count.critical, count.major, count.minor) < 0 or count.defects > (count.inspected or 0):
        yield (
            f"inspected_{line.id}",
            f"{line.product}: {count.defects:,} with a defect are more than the {count.inspected or 0:,} you looked "
            "at. Count each one once, by its worst defect.",
        )
    if len(count.note) > NOTE_MAX:
        yield f"note_{line.id}", f"Keep the note to {NOTE_MAX:,} characters."


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
    parts = (
        f"For {lot:,} {line.unit} look at {sample:,}, taken from everywhere.",
        f"Accepted are up to {major.accept} with a major defect{_of(major, sample)} (AQL {limits[0]}),",
        f"up to {minor.accept} with a minor one{_of(minor, sample)} (AQL {limits[1]}), and none with a critical one.",
    )
    return " ".join(parts)


def _of(plan: sampling.Plan, sample: int) -> str:
    return f" in the first {plan.sample:,}" if plan.sample < sample else ""


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
        return "wait", "Too few looked at"
    return ("safe", "Accepted by its AQL") if found.accepted else ("breach", "Rejected by its AQL")
