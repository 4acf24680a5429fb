"""What the examples of the documentation send; a test places an order with them."""

from drf_spectacular.utils import OpenApiExample

CONTRACT = {
    "title": "Pendant lamps, 100",
    "currency": "USD",
    "lines": [
        {
            "product": "Pendant lamp, matt black",
            "quantity": 100,
            "unit": "pieces",
            "unit_price_minor": 100_00,
            "specification": "Diameter 400 mm, E27",
            "tolerance_bp": 100,
            "attributes": [{"name": "Diameter", "kind": "value", "value": "400", "tolerance": "2", "unit": "mm"}],
        }
    ],
    "plan": [
        {"label": "Deposit", "amount_minor": 3_000_00, "due_before": "production", "due_on": "2026-09-05"},
        {"label": "Balance", "amount_minor": 7_000_00, "due_before": "shipment", "due_on": "2026-09-25"},
    ],
    "incoterm": "FOB",
    "place": "Nansha",
    "destination_country": "NZ",
    "destination_address": "12 Quay Street, Auckland",
    "timezone": "Pacific/Auckland",
    "ship_by_on": "2026-10-01",
}
SENT = {
    "request": {"supplier": "lumenworks-1a2b3c", "title": "Pendant lamps, 100", "request": "100 lamps, matt black"},
    "begin": {"like": "TA-7K2M-9QXD", "title": "Pendant lamps, 100 more"},
    "order": {"supplier": "lumenworks-1a2b3c", "contract": CONTRACT},
    "draft": {"contract": CONTRACT},
    "check": {"supplier": "lumenworks-1a2b3c", "contract": CONTRACT},
    "accept": {"version": 1, "fingerprint": "9f" * 32, "cover": "10000.00"},
    "amendment": {"contract": CONTRACT | {"ship_by_on": "2026-10-20"}, "because": "The port is closed for a week."},
    "accept_amendment": {"version": 2, "fingerprint": "9f" * 32, "cover": "10000.00", "refund": "0.00"},
    "version": {"version": 2},
    "shipment": {
        "transport": "sea",
        "dispatched_on": "2026-09-28",
        "carrier": "Sample Ocean Line",
        "document": "SOL-4711",
        "tracking_number": "",
        "lines": [{"line": 1, "quantity": 100}],
    },
    "shipments": {
        "orders": [
            {
                "order": "TA-7K2M-9QXD",
                "transport": "express",
                "dispatched_on": "2026-09-28",
                "carrier": "Sample Express",
                "document": "SE-1",
            }
        ]
    },
    "receipt": {
        "lines": [{"line": 1, "short": 0, "rejected": 2, "note": "Two shades are dented.", "inspected": 20, "major": 2}]
    },
    "message": {"body": "Can you send a photo of the packing?"},
    "review": {"on_time": 5, "as_agreed": 4, "service": 5, "text": "Shipped early, well packed."},
    "reply": {"text": "Thank you. The two dented shades are on their way."},
    "payment": {"instalment": 1, "method": "card"},
    "payer": {"name": "Quay Holding Ltd", "relation": "Our parent company"},
}


def sends(name: str) -> list[OpenApiExample]:
    """The example of a request's body, by its name."""
    return [OpenApiExample(name.replace("_", " ").capitalize(), value=SENT[name], request_only=True)]
