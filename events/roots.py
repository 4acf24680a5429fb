"""The daily root: one published hash that fixes the head of every chain, and the proof that a head is in it (ADR 22).

A root is that of a Merkle tree. Its first leaf is the root before it, the others are the heads of the chains that have
gone on since. So the newest root fixes all roots before it, and through them the head of every chain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

from events import merkle
from events.chain import event_hash
from events.merkle import Step
from events.models import Event, Root, RootEntry

BATCH = 5_000


@dataclass(frozen=True)
class Inclusion:
    """That a chain's event was its head when a root was published: the steps lead from its hash to the root."""

    root: Root
    event: Event
    steps: list[Step]


def uncovered_heads() -> list[tuple[int, str]]:
    """Id and hash of the last event of each chain that no root holds yet, in the order of the subjects."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT head.id, head.hash FROM (
                SELECT DISTINCT ON (subject_kind, subject_id) subject_kind, subject_id, id, hash
                FROM events_event ORDER BY subject_kind, subject_id, number DESC
            ) AS head
            WHERE NOT EXISTS (SELECT FROM events_rootentry entry WHERE entry.event_id = head.id)
            ORDER BY head.subject_kind, head.subject_id
            """
        )
        return cursor.fetchall()


def leaves(previous: str, hashes: Iterable[str]) -> list[bytes]:
    """The leaves of a root: the root before it, then the heads."""
    return [merkle.leaf(bytes.fromhex(each)) for each in (previous, *hashes)]


def _kept(root: Root) -> Iterator[Event]:
    """The heads that a root holds, in the order of its leaves."""
    entries = RootEntry.objects.filter(root=root).select_related("event")
    ordered = entries.order_by("event__subject_kind", "event__subject_id")
    return (entry.event for entry in ordered.iterator(chunk_size=BATCH))


def recomputed(root: Root) -> str:
    """The root as it follows from the events as they are now; another one than the published when any was changed."""
    return merkle.root(leaves(root.previous, (event_hash(event) for event in _kept(root))))


def problems() -> Iterator[str]:
    """What is wrong with the published roots, each as a sentence; nothing when all follow from the events."""
    before = ""
    for root in Root.objects.order_by("number").iterator(chunk_size=BATCH):
        if root.previous != before:
            yield f"root {root.number} does not follow the root before it"
        if recomputed(root) != root.root:
            yield f"root {root.number} of {root.day} does not follow from the events"
        before = root.root


def inclusion(subject_kind: str, subject_id: int) -> Inclusion | None:
    """The proof of the chain's last head that a published root holds; None before the first."""
    of_chain = Event.objects.about(subject_kind, subject_id)
    entry = (
        RootEntry.objects.filter(event__in=of_chain.order_by())
        .select_related("root", "event")
        .order_by("-root__number")
        .first()
    )
    if entry is None:
        return None
    events = list(_hashes(entry.root))
    at = 1 + next(n for n, (pk, _) in enumerate(events) if pk == entry.event_id)
    tree = leaves(entry.root.previous, (hashed for _, hashed in events))
    return Inclusion(entry.root, entry.event, merkle.proof(tree, at))


def _hashes(root: Root) -> Iterator[tuple[int, str]]:
    found = RootEntry.objects.filter(root=root).order_by("event__subject_kind", "event__subject_id")
    return found.values_list("event_id", "event__hash").iterator(chunk_size=BATCH)
