"""What customers contest at their banks, as Stripe tells it when it is asked."""

from collections.abc import Iterator
from datetime import datetime

import structlog

from payments.gateways import Case
from payments.gateways.stripe import wording
from payments.gateways.stripe.amounts import from_stripe
from payments.gateways.stripe.client import api, asked, listed
from trade_assurance.money import BadAmount, BadCurrency

logger = structlog.get_logger()

# An inquiry (warning_…) and what was prevented take no money; an appeal comes after a loss and changes it when won.
STATES = {
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "appeal_under_review": "open",
    "won": "won",
    "lost": "lost",
}


def case(reference: str) -> Case:
    """How one dispute stands."""
    return _case(asked(api().disputes.retrieve, reference))


def cases(*, since: datetime) -> Iterator[Case]:
    """Disputes that were opened since then; of another use of the same account may be some in money we do not trade."""
    for dispute in listed(api().disputes.list, {"created": {"gte": int(since.timestamp())}}):
        try:
            yield _case(dispute)
        except (BadAmount, BadCurrency) as error:
            logger.warning("a dispute that can't be one of ours", reference=dispute["id"], why=str(error))


def _case(dispute: dict) -> Case:
    currency = dispute["currency"].upper()
    return Case(
        reference=dispute["id"],
        intent=dispute.get("payment_intent") or "",
        amount_minor=from_stripe(dispute["amount"], currency),
        currency=currency,
        reason=wording.contested(dispute.get("reason")),
        state=STATES.get(dispute["status"], "none"),
    )
