from disputes.models.claim import Claim, DisputedLine
from disputes.models.decision import Appeal, CaseView, DecidedClaim, Decision, Inspection, Inspector, Question
from disputes.models.dispute import Dispute
from disputes.models.evidence import Evidence
from disputes.models.offer import Offer, OfferLine, SealedLimit
from disputes.models.performance import Performance

__all__ = [
    "Appeal",
    "CaseView",
    "Claim",
    "DecidedClaim",
    "Decision",
    "Dispute",
    "DisputedLine",
    "Evidence",
    "Inspection",
    "Inspector",
    "Offer",
    "OfferLine",
    "Performance",
    "Question",
    "SealedLimit",
]
