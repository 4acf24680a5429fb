"""The rating as the supplier sees it: all of it, with the orders behind each indicator."""

from datetime import UTC, datetime

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from suppliers import acting, facts, rating_chart
from suppliers.rating import INDICATORS, STANDING, limit, next_raise, rate
from suppliers.rating_words import NAMES, mark_words, raise_words, told
from trade_assurance.rulebook import CURRENT

HISTORY = 12  # ratings that are listed at once; those before them unfold
PAGE = 25


@acting.for_supplier
@require_safe
def rating(request, member):
    supplier, now = member.supplier, timezone.now()
    found = facts.facts_of([supplier.pk], now)[supplier.pk]
    rated, promise = rate(found, now), next_raise(found, now)
    ratings = rating_chart.of_year(supplier.pk, now)
    for row in ratings:
        row.lowest_mark = mark_words(row.lowest)
    points = list(supplier.penalty_points.counting(now).order_by("expires_at", "id"))
    orders = supplier.orders.in_bulk({point.order_id for point in points})
    for point in points:
        point.order = orders.get(point.order_id)
    context = {
        "supplier": supplier,
        "facts": found,
        "rated": rated,
        "lowest": NAMES[rated.lowest],
        "lowest_mark": mark_words(rated.marks[rated.lowest]),
        "promise": promise,
        "needed": raise_words(promise) if promise else "",
        "indicators": told(found, rated, promise, now),
        "points": points,
        "base_minor": CURRENT.base_limit(supplier.level),
        "volume_part_minor": rated.limit_minor - CURRENT.base_limit(supplier.level),
        "capped": limit(found.level, found.volume_minor, rated.stars) == CURRENT.limit_max_usd,
        "chart": rating_chart.history(ratings, now),
        "history": ratings[: -HISTORY - 1 : -1],
        "earlier": ratings[:-HISTORY][::-1],
        "rules": CURRENT,
        "active": "rating",
    }
    return render(request, "portal/rating.html", context)


@acting.for_supplier
@require_safe
def behind(request, member, kind):
    kind = kind.replace("-", "_")
    if kind not in INDICATORS:
        raise Http404
    before, counted = _cursor(request.GET.get("page", "")), facts.COMPLETED if kind == STANDING else kind
    rows = facts.behind(supplier_id=member.supplier_id, kind=counted, now=timezone.now(), before=before, size=PAGE + 1)
    more = rows[PAGE:] and rows[PAGE - 1]
    context = {
        "supplier": member.supplier,
        "kind": kind,
        "name": NAMES[kind],
        "rows": rows[:PAGE],
        "next": f"{more.at.isoformat()}~{more.order_id}" if more else "",
        "active": "rating",
    }
    return render(request, "portal/rating_behind.html", context)


def _cursor(given: str) -> tuple[datetime, int] | None:
    """The row before a page; anything that is not one starts at the first page."""
    at, _unused, order_id = given.partition("~")
    try:
        return datetime.fromisoformat(at.replace(" ", "+")).astimezone(UTC), int(order_id)
    except (ValueError, OverflowError):
        return None
