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
# An order is late, or not shipped, once, into however many claims its lines are split.
ONCE_AN_ORDER = (PenaltyPoint.Kind.LATE, PenaltyPoint.Kind.NON_SHIPMENT)
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

    For an order that was late, or not shipped, they are noted once, whatever the cause.
    From 24 the supplier takes no new protected orders until staff reviewed it; from 48 it is removed. `twice` is for
    what stays unresolved, `reason` and `by` for what staff note. Runs in the caller's transaction, after the order's
    row is locked.
    """
    supplier = Supplier.objects.locked(supplier_id)
    points = dict(CURRENT.points)[kind] * (2 if twice else 1)
    if kind in ONCE_AN_ORDER and PenaltyPoint.objects.filter(supplier=supplier, order_id=order_id, kind=kind).exists():
        return
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
def rerate(*, supplier_id: int, because: str, now: datetime, anew: bool = False) -> Supplier:
    """Rate one supplier now: stars as they are, the limit lowered at once.

    It is raised on the 10th; at once only by the base that a verification brings, or where staff let it follow `anew`.
    """
    supplier = Supplier.objects.locked(supplier_id)
    found = facts.facts_of([supplier_id], now)[supplier_id]
    _apply([supplier], {supplier_id: found}, because, now, anew=anew)
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


def _limit(supplier: Supplier, rated: Rating, because: str, base_more: int, now: datetime) -> int:
    """The limit that now counts: set by staff, lowered at once, raised in the first night from the 10th on.

    That night is the month's only one, also when nothing is to be raised then; `base_more` comes at once.
    """
    if supplier.limit_reason:
        return supplier.limit_minor
    due = last_raise_on(now)
    if because == Because.NIGHT and (supplier.limit_raised_on or supplier.created_at.date()) < due:
        supplier.limit_raised_on = due
        return rated.limit_minor
    return min(rated.limit_minor, supplier.limit_minor + base_more)


def _base_more(former: RatingSnapshot | None, level: str) -> int:
    """By how much the base has risen since the rating before."""
    before = former.facts["level"] if former else Supplier.Level.UNVERIFIED
    return max(0, CURRENT.base_limit(level) - CURRENT.base_limit(before))


def _apply(
    suppliers: list[Supplier], found: dict[int, Facts], because: str, now: datetime, *, anew: bool = False
) -> int:
    """Keep a snapshot of each rating that differs from the one before; set stars and limit; one event a change."""
    before = {
        row.supplier_id: row
        for row in RatingSnapshot.objects.filter(supplier__in=found)
        .order_by("supplier", "-at", "-id")
        .distinct("supplier")
    }
    snapshots, changed, looked_at = [], [], []
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
        raised_on = supplier.limit_raised_on
        base_more = _base_more(former, each.level)
        limit = rated.limit_minor if anew else _limit(supplier, rated, because, base_more, now)
        if supplier.limit_raised_on != raised_on:
            looked_at.append(supplier)
        if (supplier.stars, supplier.limit_minor) != (stars, limit):
            data = {"stars": stars, "stars_before": supplier.stars, "limit": limit, "because": because}
            changed.append((supplier, data | {"limit_before": supplier.limit_minor}))
            supplier.stars, supplier.limit_minor = stars, limit
    RatingSnapshot.objects.bulk_create(snapshots, batch_size=BATCH)
    moved = {supplier.pk: supplier for supplier in (*looked_at, *(supplier for supplier, _ in changed))}
    Supplier.objects.bulk_update(moved.values(), ["stars", "limit_minor", "limit_raised_on"], batch_size=BATCH)
    record_many([Entry(KIND, supplier.pk, "supplier.rated", now, data=data) for supplier, data in changed])
    return len(changed)
