"""What the examples of the documentation send; a test carries a dispute through with them."""

from drf_spectacular.utils import OpenApiExample

ITEM = {
    "line": 1,
    "reason": "shortage",
    "wish": "refund",
    "agreed": "100 lamps, matt black",
    "came": "90 lamps came; two boxes of the packing list were not in the container.",
    "figures": {"received": 90},
}
SENT = {
    "assess": {"items": [ITEM]},
    "claim": {"items": [ITEM], "claimed": "1000.00", "covered": "1000.00"},
    "noticed": {"breaches": ["short:1"], "claimed": "1000.00"},
    "cost": {"amount": "500.00", "statement": "Brass bought for this order; the invoice is added as evidence."},
    "offer": {"amount": "600.00", "note": "Six of the ten are on the packing list that you signed."},
    "offer_preview": {"amount": "600.00"},
    "limit": {"amount": "750.00"},
    "message": {"body": "Which boxes were missing?"},
    "appeal": {"ground": "evidence", "reasons": "The carrier has found the weighing note of the container."},
    "inspector": {"inspector": 1, "fee": "300.00"},
    "sent": {"carrier": "Sample Express", "tracking_number": "SE-1"},
    "arrival": {"delivered_at": "2026-10-20T09:00:00Z"},
    "contest": {"because": "Three of the ten are dented."},
}


def sends(name: str) -> list[OpenApiExample]:
    """The example of a request's body, by its name."""
    return [OpenApiExample(name.replace("_", " ").capitalize(), value=SENT[name], request_only=True)]
