"""From what happened to whom it concerns: each event of the stream is handed to every consumer exactly once.

A consumer takes a list of events, in the order of their numbers, and writes rows (an inbox, deliveries that are due)
in the transaction that also takes the events out of the outbox: either both stay or neither. It calls nobody outside
and sends nothing; a sweep does that later from its rows. An event on which a consumer fails is told alone, and stays
in the outbox when it fails again, so it holds up no other.
"""

from collections.abc import Callable

import structlog
from django.db import transaction

from events.models import Event, Untold

logger = structlog.get_logger()
BATCH = 200
Consumer = Callable[[list[Event]], None]
_consumers: list[Consumer] = []


def register(consumer: Consumer) -> None:
    """Add one who is told of every event."""
    _consumers.append(consumer)


def tell(limit: int = BATCH) -> int:
    """Hand the oldest untold events, at most `limit`, to every consumer; gives how many were told."""
    try:
        return _tell(limit)
    except Exception:
        logger.exception("telling failed on a batch; its events are told one by one")
    told = 0
    for event_id in Untold.objects.order_by("event_id").values_list("event_id", flat=True)[:limit]:
        try:
            told += _tell(1, event_id=event_id)
        except Exception:
            logger.exception("an event could not be told", event_id=event_id)
    return told


@transaction.atomic
def _tell(limit: int, **only) -> int:
    rows = Untold.objects.filter(**only).order_by("event_id").select_for_update(skip_locked=True)[:limit]
    ids = list(rows.values_list("event_id", flat=True))
    if ids:
        events = list(Event.objects.filter(pk__in=ids).order_by("id"))
        for consumer in _consumers:
            consumer(events)
        Untold.objects.filter(pk__in=ids).delete()
    return len(ids)


def forget(event_ids: list[int]) -> None:
    """Take events out of the outbox untold, in the transaction that made them: nobody hears of a made-up past."""
    Untold.objects.filter(pk__in=event_ids).delete()
