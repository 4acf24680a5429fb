"""What Stripe pays out to our bank, and of what that is made: charges, refunds, contested money and its fees."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from payments.gateways import Settled, Settlement
from payments.gateways.stripe.amounts import from_stripe
from payments.gateways.stripe.client import api, asked, listed

OURS = frozenset(
    ("charge", "payment", "refund", "payment_refund", "refund_failure", "payment_failure_refund", "payment_reversal")
)
COSTS = frozenset(("stripe_fee", "stripe_fx_fee", "tax_fee"))
CONTESTED = "adjustment"  # what a dispute takes, and gives back when it is won


def references(*, since: datetime) -> Iterator[str]:
    """Ids of the payouts that arrived at our bank since then."""
    wanted = {"status": "paid", "arrival_date": {"gte": int(since.timestamp())}}
    return (payout["id"] for payout in listed(api().payouts.list, wanted))


def settlement(reference: str) -> Settlement:
    """One payout with its rows, in minor units; kinds that we don't know are "strange", and a person looks."""
    payout = asked(api().payouts.retrieve, reference)
    currency = payout["currency"].upper()
    entries = listed(api().balance_transactions.list, {"payout": reference, "expand": ["data.source"]})
    return Settlement(
        reference=payout["id"],
        currency=currency,
        amount_minor=from_stripe(payout["amount"], currency),
        has_arrived=payout["status"] == "paid",
        arrives_on=_day(payout.get("arrival_date")),
        rows=tuple(_row(entry) for entry in entries if entry["type"] != "payout"),
    )


def _day(seconds: int | None) -> date | None:
    return datetime.fromtimestamp(seconds, UTC).date() if seconds else None


def _row(entry: dict) -> Settled:
    source = entry.get("source")
    intent = source.get("payment_intent") or "" if isinstance(source, dict) else ""
    kind = "strange"
    if entry["type"] in COSTS:
        kind = "cost"
    elif intent and (entry["type"] in OURS or entry["type"] == CONTESTED):
        kind = "payment"
    currency = entry["currency"].upper()
    return Settled(
        reference=entry["id"],
        kind=kind,
        said=entry["type"],
        intent=intent,
        currency=currency,
        amount_minor=from_stripe(entry["amount"], currency),
        fee_minor=from_stripe(entry["fee"], currency),
    )
