"""What a company's staff page says of its standing, as tables: rating, points, reservations, documents."""

from functools import wraps

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from events.admin import timeline
from suppliers.actions import facts_of_snapshot
from suppliers.models import RatingSnapshot, Supplier, SupplierHistory
from suppliers.rating import rate
from suppliers.rating_words import told
from trade_assurance import money
from trade_assurance.staff import order_page, table

SHOWN = 50
RATINGS = 24


def once(table_of):
    """Work a table out once a row: the desk asks for a field's text three times."""

    @wraps(table_of)
    def inner(supplier):
        known = supplier.__dict__.setdefault("_tables", {})
        if table_of not in known:
            known[table_of] = table_of(supplier)
        return known[table_of]

    return inner


def _at(at) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _whole(words):
    """Words of a cell that stay on one line; the table scrolls where it is wider than the page."""
    return format_html('<span class="whitespace-nowrap">{}</span>', words)


def _usd(minor: int):
    return _whole(money.display(minor, "USD"))


def _order(supplier: Supplier, order_ids) -> dict[int, str]:
    """A link to each order, by its number, in one query."""
    found = supplier.orders.filter(pk__in=order_ids).values_list("pk", "reference")
    return {
        pk: format_html('<a class="underline" href="{}">{}</a>', order_page(pk), reference) for pk, reference in found
    }


@once
def indicators(supplier: Supplier):
    """The latest rating: its five indicators with the facts behind them."""
    kept = RatingSnapshot.objects.latest_of(supplier.pk)
    if kept is None:
        return "Not rated yet. The first rating is worked out tonight."
    facts = facts_of_snapshot(kept.facts)
    rated = rate(facts, kept.at)
    stars = "New" if rated.stars is None else f"{rated.stars} stars"
    head = (
        f"{stars}, worked out on {_at(kept.at)} ({kept.get_because_display().lower()}). {facts.completed.count} "
        f"completed orders, volume {money.display(kept.volume_minor, 'USD')}, {kept.points} penalty points."
    )
    rows = [
        (one.name, f"{one.mark} of 100{', the lowest' if one.is_lowest else ''}", one.fact)
        for one in told(facts, rated, None, kept.at)
    ]
    return format_html("<p>{}</p>{}", head, table(("Indicator", "Mark", "Facts"), rows))


@once
def ratings(supplier: Supplier):
    rows = RatingSnapshot.objects.filter(supplier=supplier).order_by("-at", "-id")[:RATINGS]
    return table(
        ("Worked out", "Because", "Stars", "Lowest", "Points", "Volume", "Limit"),
        [
            (
                _at(row.at),
                row.get_because_display(),
                "New" if row.stars is None else row.stars,
                f"{min(row.marks.values()) // 100}.{min(row.marks.values()) % 100:02}",
                row.points,
                _usd(row.volume_minor),
                _usd(row.limit_minor),
            )
            for row in rows
        ],
    )


@once
def limit_worked_out(supplier: Supplier) -> str:
    """What the rating would give, beside what is in force."""
    kept = RatingSnapshot.objects.latest_of(supplier.pk)
    if kept is None:
        return "Not yet"
    words = money.display(kept.limit_minor, "USD")
    if supplier.limit_reason:
        return f"{words}; staff set another"
    if kept.limit_minor > supplier.limit_minor:
        return f"{words}; it is raised with the next monthly raise"
    return words


@once
def points(supplier: Supplier):
    now = timezone.now()
    rows = list(supplier.penalty_points.order_by("-at", "-id")[:SHOWN])
    orders = _order(supplier, {row.order_id for row in rows})
    counted = sum(row.points for row in rows if row.expires_at > now)
    return format_html(
        "<p>{} count now.</p>{}",
        counted,
        table(
            ("For", "Points", "Order", "Since", "Until"),
            [
                (
                    row.get_kind_display(),
                    row.points,
                    orders.get(row.order_id, row.order_id),
                    _whole(_at(row.at)),
                    _at(row.expires_at) if row.expires_at > now else f"Expired {_at(row.expires_at)}",
                )
                for row in rows
            ],
        ),
    )


@once
def reservations(supplier: Supplier):
    """The largest open reservations, each with its order."""
    rows = list(supplier.reservations.open().order_by("-usd_minor", "id")[:SHOWN])
    orders = _order(supplier, {row.order_id for row in rows})
    free, limit, reserved = (
        money.display(n, "USD") for n in (supplier.free_limit_minor, supplier.limit_minor, supplier.reserved_minor)
    )
    return format_html(
        "<p>{} free: limit {}, reserved {}.</p>{}",
        free,
        limit,
        reserved,
        table(
            ("Order", "Reserved", "Since", "Limit then"),
            [
                (
                    orders.get(row.order_id, row.order_id),
                    _usd(row.usd_minor),
                    _whole(_at(row.reserved_at)),
                    _usd(row.limit_then_minor),
                )
                for row in rows
            ],
        ),
    )


# verification -------------------------------------------------------------------------------------------------------


@once
def documents(supplier: Supplier):
    """Its documents, those taken out too, each as a download; opening one is kept in the events."""
    rows = supplier.documents.select_related("added_by").order_by("-id")[:SHOWN]
    return table(
        ("Document", "File", "Size", "SHA-256", "Added", "By", ""),
        [
            (
                row.get_kind_display(),
                format_html(
                    '<a class="underline" href="{}">{}</a>',
                    reverse("admin:suppliers_verification_document", args=[row.pk]),
                    _whole(row.name),
                ),
                f"{-(-row.size // 1024)} kB",
                format_html('<span class="font-mono">{}</span>', _whole(row.sha256)),
                _whole(_at(row.added_at)),
                _whole(row.added_by),
                f"Taken out {_at(row.removed_at)}" if row.removed_at else "",
            )
            for row in rows
        ],
    )


@once
def verifications(supplier: Supplier):
    rows = supplier.verifications.select_related("decided_by", "report").order_by("-id")[:SHOWN]
    return table(
        ("Asked", "Answer", "Level", "Until", "Inspected", "By", "Reason"),
        [
            (
                format_html(
                    '<a class="underline" href="{}">{}</a>',
                    reverse("admin:suppliers_verification_change", args=[row.pk]),
                    _whole(_at(row.asked_at)),
                ),
                row.get_outcome_display(),
                row.get_level_display() if row.level else "",
                (_at(row.expires_at) + (", ended" if row.ended_at else "")) if row.expires_at else "",
                f"{row.inspected_on}, {row.inspector}" if row.inspected_on else "",
                str(row.decided_by or ""),
                row.reason,
            )
            for row in rows
        ],
    )


@once
def verified_until(supplier: Supplier) -> str:
    """Until when the level holds, and whether a request waits."""
    said = []
    standing = supplier.verifications.standing().filter(level=supplier.level).first()
    if standing:
        said.append(f"Until {_at(standing.expires_at)}")
    elif supplier.verified:
        said.append("Without end: set by staff, no verification stands")
    waiting = supplier.verifications.waiting().first()
    if waiting:
        said.append(f"asks to be verified since {_at(waiting.asked_at)}")
    return "; ".join(said) or "No"


@once
def paused_since(supplier: Supplier) -> str:
    """Since when, and why, it takes no new orders, and what a review found."""
    pause = supplier.pauses.open().select_related("reviewed_by").first()
    if pause is None:
        return "No" if supplier.status == Supplier.Status.ACTIVE else "Yes"
    reviewed = f"Reviewed {_at(pause.reviewed_at)}: {pause.review}" if pause.reviewed_at else "Not reviewed yet"
    return f"Since {_at(pause.at)}: {pause.because}. {reviewed}"


# what happened ------------------------------------------------------------------------------------------------------


@once
def events(supplier: Supplier):
    return timeline("supplier", supplier.pk)


@once
def history(supplier: Supplier):
    """Values before each change, kept by the database."""
    rows = SupplierHistory.objects.filter(pgh_obj_id=supplier.pk).order_by("-pgh_id")[:SHOWN]
    return table(
        ("When", "Name", "Country", "Level", "Stars", "Limit", "Status"),
        [
            (
                f"{row.pgh_created_at:%Y-%m-%d %H:%M:%S} UTC",
                row.name,
                row.country,
                row.level,
                "New" if row.stars is None else row.stars,
                _usd(row.limit_minor),
                row.status,
            )
            for row in rows
        ],
    )
