"""How events are hashed and how a chain is verified: SHA-256 over canonical JSON (RFC 8785)."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import groupby

import rfc8785

from events.models import Event


def event_hash(event: Event) -> str:
    """The hash that fixes every field of the event and, through `previous`, all events before it."""
    return content_hash(
        event.subject_kind,
        event.subject_id,
        event.number,
        event.kind,
        event.actor_id,
        event.at,
        event.data,
        event.previous,
    )


def content_hash(subject_kind, subject_id, number, kind, actor_id, at, data, previous) -> str:
    """The hash of an event that has these fields.

    It is made of two: what the event says, and its place in the chain. So a reader who may not see the first is shown
    its hash instead, and checks the second all the same (ADR 23).
    """
    said = canonical(_said(kind, actor_id, at, data))
    return _digest(canonical(_place(subject_kind, subject_id, number, previous) | {"said": _digest(said)}))


def _flat_hash(event: Event) -> str:
    """The hash as it was made before ADR 23, over everything at once; events from then keep it."""
    place = _place(event.subject_kind, event.subject_id, event.number, event.previous)
    return _digest(canonical(place | _said(event.kind, event.actor_id, event.at, event.data)))


def is_flat(event: Event) -> bool:
    """Whether the event was hashed before ADR 23."""
    return event.hash == _flat_hash(event)


def is_whole(event: Event) -> bool:
    """Whether the event is what was hashed when it was recorded."""
    return event.hash == event_hash(event) or is_flat(event)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _said(kind, actor_id, at, data) -> dict:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return {"kind": kind, "actor_id": actor_id, "at": moment, "data": data}


def _place(subject_kind, subject_id, number, previous) -> dict:
    return {"subject_kind": str(subject_kind), "subject_id": subject_id, "number": number, "previous": previous}


def line(event: Event, *, withheld: bool = False) -> bytes:
    """An event as one line of canonical JSON with its hash; withheld, the hash of what it says instead of that.

    What a flat hash was made of has no hash of its own, so such an event, withheld, says nothing in its place.
    """
    place = _place(event.subject_kind, event.subject_id, event.number, event.previous) | {"hash": event.hash}
    said: dict | str = _said(event.kind, event.actor_id, event.at, event.data)
    if withheld:
        said = "" if is_flat(event) else _digest(canonical(said))
    return canonical(place | {"said": said}) + b"\n"


def canonical(content: dict) -> bytes:
    """Canonical JSON (RFC 8785). Raises rfc8785.CanonicalizationError for what has none.

    Texts, whole numbers below 2**53 and plain keys come out of Python's own encoder in the same bytes, ten times as
    fast; numbers with decimals and other keys are left to rfc8785.
    """
    if _is_plain(content):
        try:
            return _PLAIN.encode(content).encode()
        except UnicodeEncodeError:  # half a character: refused below
            pass
    return rfc8785.dumps(content)


_PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _is_plain(value) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -(2**53) < value < 2**53
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(inner) for key, inner in value.items())
    return kind is list and all(map(_is_plain, value))


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
        if not is_whole(event):
            yield f"event {event.number} is not what was hashed"
        personal = getattr(event, "personal", None)
        if personal and event.data.get("commitment") != commitment(personal.salt, personal.values):
            yield f"the personal values of event {event.number} are not those that were committed to"
        number, previous = event.number, event.hash
