"""How many of a lot to look at, and how many defects it may have: ISO 2859-1, single sampling, normal, level II."""

from bisect import bisect_left
from dataclasses import dataclass

from django.utils.translation import gettext as _

LOTS = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)  # the largest of each letter
LETTERS = "ABCDEFGHJKLMNPQR"
SAMPLES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
# The table's columns have one shape: the letter that accepts nothing, an arrow up, an arrow down, then these numbers.
ZERO_AT = {"0.65": "F", "1.0": "E", "1.5": "D", "2.5": "C", "4.0": "B", "6.5": "A"}
ACCEPTED = (1, 2, 3, 5, 7, 10, 14, 21)


@dataclass(frozen=True)
class Plan:
    """Look at `sample` units; up to `accept` defects of the kind are accepted, one more rejects the lot."""

    letter: str
    sample: int
    accept: int


def plan(lot: int, aql: str) -> Plan:
    """The plan for a lot of `lot` units and an AQL in percent, such as "2.5". A small lot is looked at as a whole."""
    if lot < 1:
        raise ValueError("a lot has at least one unit")
    found = _at(bisect_left(LOTS, lot), aql)
    return Plan(found.letter, min(found.sample, lot), found.accept)


def _at(row: int, aql: str) -> Plan:
    """The plan of a row of the table, where its arrows lead."""
    zero = LETTERS.index(ZERO_AT[aql])
    last = min(zero + 2 + len(ACCEPTED), len(LETTERS) - 1)
    if row <= zero + 1:
        row = zero
    elif row == zero + 2:
        row += 1
    row = min(row, last)
    accept = 0 if row == zero else ACCEPTED[row - zero - 3]
    return Plan(LETTERS[row], SAMPLES[row], accept)


@dataclass(frozen=True)
class Verdict:
    """What an inspection says of a lot; `accepted` is None while too few units were looked at."""

    accepted: bool | None
    major: Plan
    minor: Plan
    why: str


def verdict(*, lot: int, inspected: int, critical: int, major: int, minor: int, aqls: tuple[str, str]) -> Verdict:
    """Whether a lot is accepted by its contract's AQLs for major and minor defects; one critical defect rejects it.

    Who looks at more than the plan asks for is judged by the plan that asks for as many.
    """
    majors, minors = (_for_count(plan(lot, aql), inspected, aql) for aql in aqls)
    if critical:
        return Verdict(False, majors, minors, _("A critical defect rejects the lot, whatever the number."))
    for found, allowed, aql, why in (
        (major, majors, aqls[0], _("{found} major defects; AQL {aql} accepts up to {accept} in {sample} units.")),
        (minor, minors, aqls[1], _("{found} minor defects; AQL {aql} accepts up to {accept} in {sample} units.")),
    ):
        if found > allowed.accept:
            why = why.format(found=found, aql=aql, accept=allowed.accept, sample=allowed.sample)
            return Verdict(False, majors, minors, why)
    short = max(majors.sample, minors.sample) - inspected
    if short > 0:
        why = _("Look at {short} more: the plan asks for {sample} of {lot}.")
        return Verdict(None, majors, minors, why.format(short=short, sample=inspected + short, lot=f"{lot:,}"))
    why = _("Major defects up to {major} and minor up to {minor} are accepted.").format(
        major=majors.accept, minor=minors.accept
    )
    return Verdict(True, majors, minors, why)


def _for_count(asked: Plan, inspected: int, aql: str) -> Plan:
    """The plan for the units that were looked at, at least the one that is asked for."""
    found = asked
    for row in range(LETTERS.index(asked.letter) + 1, len(LETTERS)):
        larger = _at(row, aql)
        if larger.sample > inspected:
            break
        found = larger
    return found
