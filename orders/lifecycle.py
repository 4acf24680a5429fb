"""The lifecycle as a document, read from the transitions themselves."""

from orders.models import Order


def written() -> str:
    """docs/lifecycle.md: each transition with its source, target, conditions and who may make it."""
    rows = []
    for field in Order._meta.get_fields():
        if field.name != "status":
            continue
        for transition in field.get_all_transitions(Order):
            conditions = " ".join(str(c.sentence) for c in transition.conditions or ()) or "—"
            who = transition.permission.__name__.removeprefix("is_").replace("_", " ")
            doc = (getattr(Order, transition.name).__doc__ or "").strip().splitlines()[0]
            rows.append((str(transition.source), str(transition.target), transition.name, who, conditions, doc))
    order = list(Order.Status)
    rows.sort(key=lambda row: (order.index(row[0]), order.index(row[1])))
    lines = [
        "# The life of an order",
        "",
        "Written by `manage.py write_lifecycle` from `orders/models/order.py`; a test fails when it is stale.",
        "`nobody` means that only the system makes it.",
        "",
        "| From | To | Transition | Who | Refused with | What it means |",
        "|---|---|---|---|---|---|",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
    return "\n".join(lines) + "\n"
