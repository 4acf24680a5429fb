"""Like cases and how they ended, from the published decisions (product.md §6.6)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from disputes.models import Claim, DecidedClaim, Decision
from trade_assurance import money


@dataclass(frozen=True)
class LikeCase:
    """One published claim of the same reason; `share_bp` is what it got of what it asked, in basis points."""

    reference: str
    outcome: str
    label: str
    share_bp: int
    summary: str
    published_at: datetime


def like_cases(claim: Claim, limit: int = 5) -> list[LikeCase]:
    """The newest published decisions on claims of this reason in other cases, each case by its last decision."""
    later = Decision.objects.filter(
        dispute=OuterRef("decision__dispute"), status=Decision.Status.FINAL, number__gt=OuterRef("decision__number")
    )
    of_reason = (
        DecidedClaim.objects.filter(~Exists(later), reason=claim.reason, decision__status=Decision.Status.FINAL)
        .exclude(decision__dispute=claim.dispute_id)
        .select_related("decision__dispute", "claim")
    )
    # by outcome, so that each part is read from the end of an index however many decisions there are
    first, *others = [of_reason.filter(outcome=outcome).order_by("-id")[:limit] for outcome in DecidedClaim.Outcome]
    found = sorted(first.union(*others, all=True), key=lambda row: -row.pk)[:limit]
    return [
        LikeCase(
            reference=row.decision.dispute.reference,
            outcome=row.outcome,
            label=row.get_outcome_display(),
            share_bp=money.share(10_000, row.amount_minor, row.claim.asked_minor),
            summary=row.decision.summary,
            published_at=row.decision.published_at,
        )
        for row in found
    ]
