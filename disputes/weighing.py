"""What an adjudicator finds, claim by claim, held against the guide and against what may be decided (Rulebook 18)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from disputes import facts as case_facts
from disputes import guide
from disputes.models import Claim, DecidedClaim, Decision, Dispute
from trade_assurance import money
from trade_assurance.refused import Refused

Outcome = DecidedClaim.Outcome
NOTHING = (Outcome.REJECT, Outcome.OUT_OF_SCOPE, Outcome.REPLACEMENT)
SUMMARY_MAX = Decision._meta.get_field("summary").max_length


@dataclass(frozen=True)
class Finding:
    """What is decided of one claim: outcome, amount, the facts found beside those known, and why."""

    claim_id: int
    outcome: str
    amount_minor: int
    found: dict = field(default_factory=dict)
    reasons: str = ""


@dataclass(frozen=True)
class Weighed:
    """A finding beside what the guide recommends on the facts found; `overrides` are records found to be otherwise."""

    finding: Finding
    claim: Claim
    found: guide.Found
    recommended: guide.Recommendation
    overrides: tuple[str, ...]

    @property
    def deviates(self) -> bool:
        advised = (self.recommended.outcome, self.recommended.amount_minor)
        return (self.finding.outcome, self.finding.amount_minor) != advised


def weigh(dispute: Dispute, findings: Sequence[Finding], now: datetime) -> list[Weighed]:
    """Each claim's finding with the guide's recommendation. Raises Refused with `field` like "7.amount"."""
    advised = {each.claim.id: each for each in case_facts.advice(dispute, now)}
    if sorted(finding.claim_id for finding in findings) != sorted(advised):
        raise Refused("Decide each claim of this case, each once.", field="findings")
    weighed = []
    for finding in sorted(findings, key=lambda each: each.claim_id):
        try:
            weighed.append(_weigh(dispute, advised[finding.claim_id], finding))
        except Refused as refused:
            raise type(refused)(str(refused), field=f"{finding.claim_id}.{refused.field}") from None
    outcomes = {each.finding.outcome for each in weighed}
    if Outcome.REPLACEMENT in outcomes and len(outcomes) > 1:
        raise Refused("A replacement is for all claims of a case or for none: what it waits for is held as one.")
    return weighed


def _weigh(dispute: Dispute, advice: case_facts.Advice, finding: Finding) -> Weighed:
    known = advice.found
    found = known.adjusted(finding.found)
    recommended = guide.recommend(advice.asked, found)
    _check(dispute, advice, finding)
    overrides = tuple(name for name in guide.KNOWN if getattr(found, name) != getattr(known, name))
    return Weighed(finding, advice.claim, found, recommended, overrides)


def _check(dispute: Dispute, advice: case_facts.Advice, finding: Finding) -> None:
    outcome, amount, line = finding.outcome, finding.amount_minor, advice.claim.line
    cap = advice.asked.cap_minor
    if outcome not in Outcome.values:
        raise Refused("Choose an outcome.", field="outcome")
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise Refused("Give an amount of zero or more.", field="amount")
    if amount > cap:
        most = money.display(cap, dispute.currency)
        raise Refused(f"At most {most} can be awarded: that is what is claimed and covered.", field="amount")
    if outcome in NOTHING and amount:
        raise Refused(f"“{Outcome(outcome).label}” awards nothing. Make the amount zero.", field="amount")
    if outcome not in NOTHING and not amount:
        raise Refused("Give the amount that is awarded, or reject the claim.", field="amount")
    if outcome == Outcome.FULL_REFUND and amount != cap:
        raise Refused("A full refund is all that is claimed and covered; for less choose a part.", field="amount")
    if outcome == Outcome.RETURN_REFUND and (line is None or line.shipped_quantity == 0):
        raise Refused("Nothing of this was shipped, so nothing can go back.", field="outcome")
    if outcome == Outcome.RETURN_REFUND and advice.claim.reason == Claim.Reason.NON_RECEIPT:
        raise Refused("This is about goods that did not come, so nothing can go back.", field="outcome")
    if outcome == Outcome.REPLACEMENT and not advice.found.replacement_agreed:
        raise Refused(
            "A replacement needs the consent of both: the buyer's wish, and the supplier's offer on the table.",
            field="outcome",
        )


def _named(dispute: Dispute) -> tuple[list[str], list[str]]:
    """Names of the parties as a reader would know them: in full, and the parts of persons' names."""
    order = dispute.order
    people = [order.buyer, *User.objects.filter(memberships__supplier=order.supplier_id)]
    whole = [order.supplier.name, order.reference]
    parts = []
    for person in people:
        whole += [person.full_name, person.company_name, person.email]
        parts += [part for part in person.full_name.split() if len(part) > 3]
    return [name for name in whole if name.strip()], parts


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def check_summary(dispute: Dispute, summary: str) -> str:
    """The summary for the public register. Raises Refused when it is empty, too long, or names anybody."""
    summary = summary.strip()
    if not summary:
        raise Refused("Say for the public register what was decided and why.", field="summary")
    if len(summary) > SUMMARY_MAX:
        raise Refused(f"Keep this to {SUMMARY_MAX:,} characters; this has {len(summary):,}.", field="summary")
    plain, (whole, parts) = _plain(summary), _named(dispute)
    if re.search(r"\S@\S", plain):
        raise Refused("This is published: leave out e-mail addresses.", field="summary")
    for names, flags in ((whole, re.IGNORECASE), (parts, 0)):
        for name in names:
            if re.search(rf"(?<!\w){re.escape(_plain(name))}(?!\w)", plain, flags):
                raise Refused(f"This is published without names: take out “{name}”.", field="summary")
    return summary
