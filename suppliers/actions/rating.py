"""Penalty points, and the rating with the limit that follows from it (Rulebook, "Credit rating")."""

from datetime import datetime, timedelta

from suppliers.models import PenaltyPoint
from trade_assurance.rulebook import CURRENT


def note_points(*, supplier_id: int, order_id: int, kind: str, cause: str, now: datetime) -> None:
    """Note penalty points for the rating, once for each `cause` (Rulebook, "Credit rating").

    Runs in the caller's transaction, after the order's row is locked.
    """
    PenaltyPoint.objects.get_or_create(
        cause=cause,
        defaults={
            "supplier_id": supplier_id,
            "order_id": order_id,
            "kind": kind,
            "points": dict(CURRENT.points)[kind],
            "at": now,
            "expires_at": now + timedelta(days=CURRENT.points_days),
        },
    )
