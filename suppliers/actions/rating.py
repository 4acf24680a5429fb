"""Penalty points, and the rating with the limit that follows from it (Rulebook, "Credit rating")."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from events.actions import Entry, record, record_many
from suppliers import facts
from suppliers.actions.pausing import begin_pause
from suppliers.actions.team import KIND
from suppliers.models import PenaltyPoint, RatingSnapshot, Supplier
from suppliers.rating import INDICATORS, SHARES, Facts, Rating, Share, rate
from suppliers.telling import tell_of_standing
from trade_assurance.rulebook import CURRENT

Because = RatingSnapshot.Because
BATCH = 500  # suppliers that are rated with one look at their facts


@transaction.atomic
def note_points(
    *,
    supplier_id: int,
    order_id: int,
    kind: str,
    cause: str,
    now: datetime,
    twice: bool = False,
    reason: str = "",
    by=None,
) -> None:
    """Note penalty points, once for each `cause`; `rerate` then lets the rating follow (Rulebook, "Credit rating").

    From 24 the supplier takes no new protected orders until staff reviewed it; from 48 it is removed. `twice` is for
    what stays unresolved, `reason` and `by` for what staff note. Runs in the caller's transaction, after the order's
    row is locked.
    """
    supplier = Supplier.objects.locked(supplier_id)
    points = dict(CURRENT.points)[kind] * (2 if twice else 1)
    _, created = PenaltyPoint.objects.get_or_create(
        cause=cause,
        defaults={
            "supplier_id": supplier_id,
            "order_id": order_id,
            "kind": kind,
            "points": points,
            "at": now,
            "expires_at": now + timedelta(days=CURRENT.points_days),
        },
    )
    if not created:
        return
    data = {"points": points, "kind": kind, "order_id": order_id}
    data |= {"reason": reason} if reason else {}
    record(KIND, supplier_id, "supplier.points_noted", by=by, now=now, data=data)
    _stand(supplier, now)


def _stand(supplier: Supplier, now: datetime) -> None:
    """Pause or remove a supplier whose points reach a threshold; a status that staff set comes from a review."""
    points = sum(PenaltyPoint.objects.filter(supplier=supplier).counting(now).values_list("points", flat=True))
    if points >= CURRENT.removed_from_points and supplier.status != Supplier.Status.REMOVED:
        status = Supplier.Status.REMOVED
    elif points >= CURRENT.review_from_points and supplier.status == Supplier.Status.ACTIVE:
        status = Supplier.Status.PAUSED
    else:
        if points >= CURRENT.review_from_points and supplier.status == Supplier.Status.PAUSED:
            begin_pause(supplier, because=_because(points), points=points, now=now)  # to be looked at anew
        return
    supplier.status = status
    supplier.save(update_fields=["status"])
    begin_pause(supplier, because=_because(points), points=points, now=now)
    data = {"reason": _because(points), "points": points}
    record(KIND, supplier.id, f"supplier.{status}", now=now, data=data)
    tell_of_standing(supplier, points)


def _because(points: int) -> str:
    return f"{points} penalty points"


# rating -----------------------------------------------------------------------------------------------------------


def facts_as_kept(found: Facts) -> dict:
    """Facts as a snapshot keeps them."""
    return {name: _share(getattr(found, name)) for name in ("completed", *SHARES)} | {
        "level": found.level,
        "points": [[points, expires_at.isoformat()] for points, expires_at in found.points],
        "volume": found.volume_minor,
    }


def _share(share: Share) -> list[int]:
    return [share.good, share.of, share.fine, share.count]


def facts_of_snapshot(kept: dict) -> Facts:
    """The facts that a snapshot was worked out from."""
    return Facts(
        level=kept["level"],
        points=tuple((points, datetime.fromisoformat(at)) for points, at in kept["points"]),
        volume_minor=kept["volume"],
        **{name: Share(*kept[name]) for name in ("completed", *SHARES)},
    )


@transaction.atomic
def rerate(*, supplier_id: int, because: str, now: datetime) -> Supplier:
    """Rate one supplier now: stars as they are, the limit lowered at once, raised on the 10th or by verification."""
    supplier = Supplier.objects.locked(supplier_id)
    found = facts.facts_of([supplier_id], now)[supplier_id]
    _apply([supplier], {supplier_id: found}, because, now)
    return supplier


def rerate_many(*, supplier_ids: Iterable[int], now: datetime) -> int:
    """Rate suppliers in sets, each set in a transaction of its own; how many changed. The nightly sweep's work."""
    ids, changed = list(supplier_ids), 0
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            batch = ids[start : start + BATCH]
            found = facts.facts_of(batch, now)
            locked = Supplier.objects.filter(pk__in=batch).order_by("pk").select_for_update(of=("self",), no_key=True)
            changed += _apply(list(locked), found, Because.NIGHT, now)
    return changed


def last_raise_on(now: datetime) -> date:
    """The latest day on which limits were due to be raised: the 10th, as the calendar of UTC has it."""
    day = now.date()
    if day.day < CURRENT.limit_raise_day:
        day = day.replace(day=1) - timedelta(days=1)
    return day.replace(day=CURRENT.limit_raise_day)


def _limit(supplier: Supplier, rated: Rating, because: str, now: datetime) -> int:
    """The limit that now counts: set by staff, lowered at once, or raised when a raise is due."""
    if supplier.limit_reason:
        return supplier.limit_minor
    if because in (Because.LEVEL, Because.STAFF):
        return rated.limit_minor
    raised_on = supplier.limit_raised_on or supplier.created_at.date()
    due = last_raise_on(now)
    if rated.limit_minor > supplier.limit_minor and raised_on >= due:
        return supplier.limit_minor
    if rated.limit_minor > supplier.limit_minor:
        supplier.limit_raised_on = due
    return rated.limit_minor


def _apply(suppliers: list[Supplier], found: dict[int, Facts], because: str, now: datetime) -> int:
    """Keep a snapshot of each rating that differs from the one before; set stars and limit; one event a change."""
    before = {
        row.supplier_id: row
        for row in RatingSnapshot.objects.filter(supplier__in=found)
        .order_by("supplier", "-at", "-id")
        .distinct("supplier")
    }
    snapshots, changed = [], []
    for supplier in suppliers:
        each = found[supplier.pk]
        rated = rate(each, now)
        kept, marks = facts_as_kept(each), {name: int(rated.marks[name] * 100) for name in INDICATORS}
        former = before.get(supplier.pk)
        if former is None or (former.stars, former.marks, former.facts) != (rated.stars, marks, kept):
            snapshots.append(
                RatingSnapshot(
                    supplier=supplier,
                    at=now,
                    because=because,
                    stars=rated.stars,
                    marks=marks,
                    facts=kept,
                    points=each.points_at(now),
                    volume_minor=each.volume_minor,
                    limit_minor=rated.limit_minor,
                )
            )
        stars = supplier.stars if supplier.stars_reason else rated.stars
        limit = _limit(supplier, rated, because, now)
        if (supplier.stars, supplier.limit_minor) != (stars, limit):
            data = {"stars": stars, "stars_before": supplier.stars, "limit": limit, "because": because}
            changed.append((supplier, data | {"limit_before": supplier.limit_minor}))
            supplier.stars, supplier.limit_minor = stars, limit
    RatingSnapshot.objects.bulk_create(snapshots, batch_size=BATCH)
    moved = [supplier for supplier, _ in changed]
    Supplier.objects.bulk_update(moved, ["stars", "limit_minor", "limit_raised_on"], batch_size=BATCH)
    record_many([Entry(KIND, supplier.pk, "supplier.rated", now, data=data) for supplier, data in changed])
    return len(changed)
