"""What waits for a person beside the order's own steps: parts above orders add their rows to both home pages."""

from collections.abc import Callable
from datetime import datetime

from orders.models import Order
from orders.steps import Step

Source = Callable[[object, str, object, datetime], list[tuple[Order, Step]]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Add a source: `source(user, side, supplier, now)` gives each order with the step that it waits for."""
    _sources.append(source)


def waiting(user, side: str, supplier, now: datetime) -> list[tuple[Order, Step]]:
    """Everything that other parts say waits for this person; `supplier` is the company in use, if any."""
    return [row for source in _sources for row in source(user, side, supplier, now)]
