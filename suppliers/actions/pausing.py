"""Times in which a supplier takes no new protected orders: when they begin, are looked at, and end."""

from datetime import datetime

from suppliers.models import Pause, Supplier


def begin_pause(supplier: Supplier, *, because: str, points: int, now: datetime) -> None:
    """Put a supplier that points stopped into the review queue; again, if it was looked at before these points."""
    open_one = Pause.objects.open().filter(supplier=supplier).first()
    if open_one is None:
        Pause.objects.create(supplier=supplier, at=now, because=because, points=points)
        return
    open_one.because, open_one.points, open_one.reviewed_at = because, points, None
    open_one.save(update_fields=["because", "points", "reviewed_at"])


def review_pause(supplier: Supplier, *, reason: str, by, now: datetime) -> None:
    """Keep what staff decided of a supplier; one that takes orders again leaves the queue."""
    ended_at = now if supplier.status == Supplier.Status.ACTIVE else None
    open_one = Pause.objects.open().filter(supplier=supplier).first()
    if open_one is None and ended_at is not None:
        return
    if open_one is None:
        open_one = Pause(supplier=supplier, at=now, because=reason[:300])
    open_one.reviewed_at, open_one.reviewed_by, open_one.review = now, by, reason[:300]
    open_one.ended_at = ended_at
    open_one.save()
