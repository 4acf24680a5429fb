"""How events are hashed and how a chain is verified: SHA-256 over canonical JSON (RFC 8785)."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import groupby

import rfc8785

from events.models import Event


def event_hash(event: Event) -> str:
    """The hash that fixes every field of the event and, through `previous`, all events before it."""
    return hashlib.sha256(
        rfc8785.dumps(
            {
                "subject_kind": str(event.subject_kind),
                "subject_id": event.subject_id,
                "number": event.number,
                "kind": event.kind,
                "actor_id": event.actor_id,
                "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "data": event.data,
                "previous": event.previous,
            }
        )
    ).hexdigest()


def commitment(salt: str, values: dict) -> str:
    """What an event holds of personal values: nobody can guess them from it without the salt."""
    return hashlib.sha256(salt.encode() + rfc8785.dumps(values)).hexdigest()


def verify(subject_kind: str, subject_id: int) -> list[str]:
    """What is wrong with a subject's chain, each as a sentence; empty when it is whole."""
    return list(_problems(Event.objects.about(subject_kind, subject_id).select_related("personal")))


def verify_all(batch: int = 2_000) -> Iterator[tuple[str, int, str]]:
    """Every problem of every chain as (subject_kind, subject_id, sentence), reading `batch` events at a time."""
    events = Event.objects.order_by("subject_kind", "subject_id", "number").select_related("personal")
    by_subject = groupby(events.iterator(chunk_size=batch), key=lambda event: (event.subject_kind, event.subject_id))
    for (subject_kind, subject_id), chain in by_subject:
        for sentence in _problems(chain):
            yield subject_kind, subject_id, sentence


def _problems(events: Iterable[Event]) -> Iterator[str]:
    number, previous = 0, ""
    for event in events:
        if event.number != number + 1:
            yield f"event {event.number} follows event {number}"
        if event.previous != previous:
            yield f"event {event.number} does not chain to the event before it"
        if event.hash != event_hash(event):
            yield f"event {event.number} is not what was hashed"
        personal = getattr(event, "personal", None)
        if personal and event.data.get("commitment") != commitment(personal.salt, personal.values):
            yield f"the personal values of event {event.number} are not those that were committed to"
        number, previous = event.number, event.hash
