"""Who wants to know that a party has an order's page before it: parts above orders register."""

from collections.abc import Callable
from datetime import datetime

from orders.models import Order

Listener = Callable[[Order, object, datetime, str], None]
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Add one who is told: `listener(order, user, now, group)`."""
    _listeners.append(listener)


def tell(order: Order, user, now: datetime, group: str = "") -> None:
    """Say that this person has a page of the order before it; `group` is what it tells of, all of it when empty."""
    for listener in _listeners:
        listener(order, user, now, group)
