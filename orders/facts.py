"""What is known of an order, collected with few queries for `orders.breaches` (product.md §6.2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Max, OuterRef
from django.utils.translation import gettext as _

from orders import breaches, shipped
from orders.breaches.known import Came, Dealt, Facts, KnownLine, Letters, Paper, Received, Sent, Told
from orders.models import ContractVersion, Order
from orders.remedies import Goods
from orders.steps import agreeing
from orders.terms import Terms

S = Order.Status
WATCHED = (S.PAID, S.SHIPPED, S.RECEIVED)


@dataclass
class Beyond:
    """What parts above orders know: lines in open cases with their reference, what ended ones dealt with, files."""

    claimed: dict[int, str] = field(default_factory=dict)  # by line number
    dealt: list[Dealt] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)


Source = Callable[[Order, Beyond, bool], None]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Add a source: `source(order, beyond, papers)` writes what it knows down; files only if `papers` says so."""
    _sources.append(source)


def with_hints(orders):
    """Orders with whether a case was ever about them (`had_cases`), and by which methods they were paid (`paid_by`)."""
    this = Order.objects.filter(pk=OuterRef("pk"))
    methods = this.filter(payments__status="cleared").order_by("payments__method").distinct()
    return orders.annotate(
        had_cases=Exists(this.filter(disputes__isnull=False)), paid_by=ArraySubquery(methods.values("payments__method"))
    )


def paid_by(order: Order) -> list[str]:
    """The methods by which money cleared for an order."""
    if not hasattr(order, "paid_by"):
        order.paid_by = with_hints(Order.objects.filter(pk=order.pk)).get().paid_by
    return order.paid_by


def contract(order: Order) -> ContractVersion | None:
    """The version in force, fetched once an order: a newer one may be an amendment that nobody has accepted."""
    if not hasattr(order, "_in_force"):
        newest = agreeing.latest(order)
        is_it = newest is None or newest.accepted_by_both
        order._in_force = newest if is_it else order.versions.in_force()
    return order._in_force


def noticed(order: Order, now: datetime, *, letters: bool = False) -> tuple[breaches.Breach, ...]:
    """The breaches of an order at `now`; little is asked of the database while there can be none.

    `letters` adds to their evidence how often the sides wrote, which claims tell and pages need not.
    """
    if order.status not in WATCHED or (version := contract(order)) is None:
        return ()
    if order.status == S.PAID and now < order.ship_by_at and not _shipments(order):
        return ()
    terms = version.terms
    known = collect(order, version, terms)
    if letters and known.receipt is None:
        known = replace(known, letters=_letters(order))
    return breaches.detect(terms, known, now)


def collect(order: Order, version: ContractVersion, terms: Terms) -> Facts:
    """The facts as they stand but for letters; what the caller has prefetched of the order is not asked for again."""
    asks_papers = bool(terms.documents or any(line.certificates for line in terms.lines))
    beyond = Beyond()
    for source in _sources if getattr(order, "had_cases", True) else ():
        source(order, beyond, asks_papers)
    lines = sorted(order.lines.all(), key=lambda row: row.number)
    numbers = {line.id: line.number for line in lines}
    receipt = getattr(order, "receipt", None) if order.received_at else None
    return Facts(
        currency=order.currency,
        timezone=order.timezone,
        rules=order.rulebook,
        status=order.status,
        contract=_("Contract version {number}").format(number=version.number),
        agreed_at=max(filter(None, (version.buyer_accepted_at, version.supplier_accepted_at)), default=None),
        lines=tuple(_line(order, line, beyond) for line in lines),
        ship_by_at=order.ship_by_at,
        paid_at=order.paid_at,
        is_sample=order.is_sample,
        shipments=tuple(
            _sent(each, numbers, shipped.fact_day(each, terms.incoterm, order.timezone, order.rulebook))
            for each in _shipments(order)
        ),
        receipt=_received(order, receipt, lines) if receipt else None,
        papers=(*_attached(order), *beyond.papers) if asks_papers else (),
        dealt=tuple(beyond.dealt),
    )


def _shipments(order: Order) -> list:
    return sorted((each for each in order.shipments.all() if each.counts), key=lambda each: each.number)


def _line(order: Order, line, beyond: Beyond) -> KnownLine:
    return KnownLine(
        number=line.number,
        product=line.product,
        goods=Goods.of(line, order.currency),
        shipped=line.shipped_quantity,
        cancelled=line.cancelled_quantity,
        left_minor=line.left_minor,
        window_ends_at=line.window_ends_at,
        is_closed=line.window_closed_at is not None,
        claimed=beyond.claimed.get(line.number, ""),
    )


def _sent(shipment, numbers: dict[int, int], day: date) -> Sent:
    tracked = shipment.is_tracked
    return Sent(
        number=shipment.number,
        transport=shipment.transport,
        way=shipment.get_transport_display(),
        dispatched_on=shipment.dispatched_on,
        dispatched_at=shipment.dispatched_at,
        entered_at=shipment.entered_at,
        fact=shipment.fact,
        document=shipment.document,
        holds={numbers[part.line_id]: part.quantity for part in shipment.lines.all()},
        counts_on=day if day != shipment.dispatched_on else None,
        moved_at=shipment.moved_at if tracked else None,
        arrived_at=shipment.arrived_at if tracked else None,
        delivered_at=shipment.delivered_at if tracked else None,
        promised_on=shipment.promised_on if tracked else None,
        told=tuple(
            Told(each.code, each.get_code_display(), each.at, each.place, each.country, each.source)
            for each in sorted(shipment.events.all(), key=lambda each: (each.at, each.pk))
        ),
    )


def _received(order: Order, receipt, lines) -> Received:
    rows = {row.number: row.receipt for row in lines if hasattr(row, "receipt")}
    return Received(
        at=receipt.at,
        is_automatic=receipt.is_automatic,
        lines={
            number: Came(
                short=row.short_quantity,
                rejected=row.rejected_quantity,
                inspected=row.inspected_quantity,
                critical=row.critical_quantity,
                major=row.major_quantity,
                minor=row.minor_quantity,
                note=row.note,
            )
            for number, row in rows.items()
        },
    )


def _attached(order: Order) -> Iterable[Paper]:
    files = order.attachments.filter(removed_at__isnull=True, side=Order.Side.SUPPLIER).order_by("id")
    return [Paper(each.name, _("The supplier’s file of the contract"), each.added_at) for each in files]


def _letters(order: Order) -> tuple[Letters, ...]:
    counts = order.messages.values("side").annotate(count=Count("id"), last=Max("sent_at")).order_by("side")
    return tuple(Letters(row["side"], row["count"], row["last"]) for row in counts)
