"""Writing events: one per change, in the same transaction as the change."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from django.db import connection, transaction

from events import merkle, roots
from events.chain import commitment, content_hash, event_hash
from events.models import Event, PersonalValue, Root
from trade_assurance.copying import copy_rows


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to record with record_many(); the fields are the arguments of record()."""

    subject_kind: str
    subject_id: int
    kind: str
    now: datetime
    by: object | None = None
    data: dict = field(default_factory=dict)
    personal: dict | None = None


def record(subject_kind, subject_id, kind, *, by=None, now, data=None, personal=None) -> Event:
    """Add the next event to a subject's chain; the caller holds the lock on the subject's row and its transaction.

    `by` is the person, None for the system. `data` is plain JSON (ids, minor units, texts that are not personal);
    `personal` is kept beside the event, can be erased, and leaves a salted commitment in `data["commitment"]`.
    Without the lock two writers collide on the number and one of them fails with IntegrityError: there are no forks.
    """
    return record_many([Entry(subject_kind, subject_id, kind, now, by, data or {}, personal)])[0]


def record_many(entries: Sequence[Entry]) -> list[Event]:
    """Add events to the chains of many subjects in few queries; several of one subject keep their order."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "an event belongs inside the transaction of the change it tells of"
        )
    heads = _heads({(str(entry.subject_kind), entry.subject_id) for entry in entries})
    events, personal = [], []
    for entry in entries:
        subject = (str(entry.subject_kind), entry.subject_id)
        number, previous = heads.get(subject, (0, ""))
        content = dict(entry.data)
        if entry.personal:
            salt = secrets.token_hex(32)
            content["commitment"] = commitment(salt, entry.personal)
        event = Event(
            subject_kind=subject[0],
            subject_id=subject[1],
            number=number + 1,
            kind=entry.kind,
            actor_id=entry.by.pk if entry.by else None,
            at=entry.now,
            data=content,
            previous=previous,
        )
        event.hash = event_hash(event)
        heads[subject] = (event.number, event.hash)
        events.append(event)
        if entry.personal:
            personal.append(PersonalValue(event=event, salt=salt, values=entry.personal))
    Event.objects.bulk_create(events, batch_size=1_000)
    if personal:
        for value in personal:
            value.event_id = value.event.pk
        PersonalValue.objects.bulk_create(personal, batch_size=1_000)
    return events


def record_firsts(entries: Sequence[Entry]) -> None:
    """Begin the chains of thousands of subjects that this transaction has made, by COPY; nothing is read back.

    Raises IntegrityError when one of them has an event already, and ValueError for personal values: those take
    record_many().
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "an event belongs inside the transaction of the change it tells of"
        )
    if any(entry.personal for entry in entries):
        raise ValueError("an event with personal values is recorded by record_many()")
    copy_rows("events_event", _COLUMNS, map(_first, entries))


def _first(entry: Entry) -> tuple:
    actor = entry.by.pk if entry.by else None
    content = (str(entry.subject_kind), entry.subject_id, 1, entry.kind, actor, entry.now, entry.data, "")
    return (*content[:6], json.dumps(entry.data, ensure_ascii=False), "", content_hash(*content))


_COLUMNS = ("subject_kind", "subject_id", "number", "kind", "actor_id", "at", "data", "previous", "hash")


def erase_personal(*, event_id: int) -> bool:
    """Erase an event's personal values and their salt; the chain still verifies. False when there were none."""
    return bool(PersonalValue.objects.filter(event_id=event_id).delete()[0])


@transaction.atomic
def publish_root(*, now: datetime) -> Root:
    """Publish the root of this day (UTC) over the heads of all chains; the one of the day if it is there already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('events.publish_root'))")  # one at a time
    day = now.astimezone(UTC).date()
    if (there := Root.objects.filter(day=day).first()) is not None:
        return there
    before = Root.objects.order_by("-number").first()
    previous = before.root if before else ""
    heads = roots.uncovered_heads()
    root = Root.objects.create(
        number=before.number + 1 if before else 1,
        day=day,
        root=merkle.root(roots.leaves(previous, (hashed for _, hashed in heads))),
        previous=previous,
        chains=len(heads),
        published_at=now,
    )
    copy_rows("events_rootentry", ("root_id", "event_id"), ((root.pk, event_id) for event_id, _ in heads))
    return root


def _heads(subjects: set[tuple[str, int]]) -> dict[tuple[str, int], tuple[int, str]]:
    """The number and hash of the last event of each subject that has one, in one query per kind of subject."""
    heads = {}
    for kind, group in groupby(sorted(subjects), key=lambda subject: subject[0]):
        ids = [subject_id for _, subject_id in group]
        if len(ids) == 1:
            last = Event.objects.filter(subject_kind=kind, subject_id=ids[0]).order_by("-number")[:1]
        else:
            last = Event.objects.filter(subject_kind=kind, subject_id__in=ids)
            last = last.order_by("subject_kind", "subject_id", "-number").distinct("subject_kind", "subject_id")
        for subject_id, number, hashed in last.values_list("subject_id", "number", "hash"):
            heads[kind, subject_id] = (number, hashed)
    return heads
