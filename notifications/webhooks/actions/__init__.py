"""Every write of webhooks: endpoints and their secrets, and how far each delivery got."""

from notifications.webhooks.actions.deliveries import (
    claim,
    forget,
    note,
    replay,
    replay_failed,
    send_test,
)
from notifications.webhooks.actions.endpoints import (
    add,
    change,
    disable,
    remove,
    reveal,
    rotate,
    turn_off,
    turn_on,
)

__all__ = [
    "add",
    "change",
    "claim",
    "disable",
    "forget",
    "note",
    "remove",
    "replay",
    "replay_failed",
    "reveal",
    "rotate",
    "send_test",
    "turn_off",
    "turn_on",
]
