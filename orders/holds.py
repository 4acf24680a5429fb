"""Who may touch what of an order's escrow, and the clocks that a dispute stops. Called by actions only, under the lock.

While an order is received its escrow is its reserve and its open holds, without a rest (I5). Callers save the order.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from orders import books
from orders.models import Hold, Line, Order
from orders.tracking.reading import PORTS

R = Hold.Reason


def held_value(line: Line, quantity: int) -> int:
    """What is held for `quantity` units of a line: their price and their share of its freight, rounded up (12)."""
    if quantity == 0:
        return 0
    return quantity * line.unit_price_minor + -(-line.freight_minor * quantity // line.quantity)


def spare_minor(order: Order) -> int:
    """What of escrow no open hold keeps."""
    return order.escrow_minor - order.holds.open().held_minor()


def hold(order: Order, reason: str, wanted_minor: int, *, line: Line | None = None, now: datetime) -> Hold:
    """Hold `wanted_minor` as far as escrow has it free; after receipt that comes out of the reserve."""
    amount = min(wanted_minor, spare_minor(order))
    _use_reserve(order, amount)
    return Hold.objects.create(
        order=order, line=line, reason=reason, amount_minor=amount, wanted_minor=wanted_minor, opened_at=now
    )


def fill(order: Order, amount_minor: int) -> int:
    """Put fresh money into holds that escrow could not fill, disputed ones first; gives what is left of it."""
    short = [each for each in order.holds.open().order_by("id") if each.amount_minor < each.wanted_minor]
    for each in sorted(short, key=lambda row: row.reason in (R.SHORT, R.REJECTED)):
        more = min(amount_minor, each.wanted_minor - each.amount_minor)
        if more:
            each.amount_minor += more
            each.save(update_fields=["amount_minor"])
            amount_minor -= more
    return amount_minor


def free(order: Order, amount_minor: int, *, cause: str, later: bool, now: datetime) -> None:
    """Money that no hold keeps any more: to other holds that lack it, else released less the reserve (Rulebook 12).

    `later` says that it belongs to lines whose window ends after the others'. Before receipt nothing is released.
    """
    amount_minor = fill(order, amount_minor)
    if order.status != Order.Status.RECEIVED:
        return
    reserve = order.rulebook.reserve(amount_minor, order.supplier.stars)
    order.reserve_minor += reserve
    if later:
        order.later_reserve_minor += reserve
    books.release(order, amount_minor - reserve, cause=cause, now=now)


def end(order: Order, holds, *, cause: str, later: bool = False, now: datetime) -> None:
    """Close holds and free what they kept."""
    freed = holds.held_minor()
    holds.update(closed_at=now)
    free(order, freed, cause=cause, later=later, now=now)


def _use_reserve(order: Order, amount_minor: int) -> None:
    if order.status == Order.Status.RECEIVED:
        order.reserve_minor -= amount_minor
        order.later_reserve_minor = min(order.later_reserve_minor, order.reserve_minor)


def refund(order: Order, amount_minor: int, own, *, cause: str, now: datetime, book=books.refund) -> int:
    """Refund from what the holds `own` keep and what is spare, then by rule 22; the own holds are used up by it.

    `book` is what it is in the books: a refund, or a chargeback that was lost (`books.lose`).
    Other holds keep theirs. Gives what of the own holds the refund left, which is held no more.
    """
    kept = own.held_minor()
    own.update(closed_at=now)
    from_escrow = book(order, amount_minor, most_from_escrow=spare_minor(order), cause=cause, now=now)
    _use_reserve(order, max(0, from_escrow - kept))
    return max(0, kept - from_escrow)


# clocks -----------------------------------------------------------------------------------------------------------


def stop_clocks(order: Order, line_ids, *, now: datetime) -> None:
    """A dispute opens: auto-confirm stands still, and so does the protection of the disputed lines (product.md §3)."""
    order.open_disputes += 1
    _stop_confirm(order, now)
    for line in order.lines.protected().filter(pk__in=line_ids, window_ends_at__isnull=False):
        line.window_left, line.window_ends_at = line.window_ends_at - now, None
        line.save(update_fields=["window_left", "window_ends_at"])
    reckon_protection(order)


def restart_clocks(order: Order, line_ids, *, now: datetime) -> None:
    """A dispute has closed: its clocks go on with what was left, never less than 3 days (product.md §3)."""
    least = order.rulebook.clock_floor
    order.open_disputes -= 1
    _restart_confirm(order, now)
    for line in order.lines.stopped().filter(pk__in=line_ids):
        line.window_ends_at, line.window_left = now + max(line.window_left, least), None
        line.save(update_fields=["window_left", "window_ends_at"])
    reckon_protection(order)
    settle_down(order, now=now)


def stop_for_review(order: Order, *, now: datetime) -> None:
    """Risk staff look at tracking that was rejected: auto-confirm stands still meanwhile (Rulebook 8)."""
    order.tracking_reviews += 1
    _stop_confirm(order, now)


def restart_after_review(order: Order, *, now: datetime) -> None:
    """Risk staff have found: auto-confirm goes on with what was left, unless something else stops it (Rulebook 8)."""
    order.tracking_reviews -= 1
    _restart_confirm(order, now)


def _stop_confirm(order: Order, now: datetime) -> None:
    """Auto-confirm stands still from the first that stops it: disputes and reviews together are one pause."""
    if order.auto_confirm_stopped_at is None:
        order.auto_confirm_stopped_at = now
        order.auto_confirm_at = None


def _restart_confirm(order: Order, now: datetime) -> None:
    """Auto-confirm goes on when the last that stopped it has ended, with at least 3 days left (product.md §3)."""
    if order.open_disputes or order.tracking_reviews or order.auto_confirm_stopped_at is None:
        return
    since = max(order.auto_confirm_stopped_at, order.shipped_at or now)
    order.auto_confirm_paused += max(now - since, timedelta(0))
    order.auto_confirm_stopped_at = None
    order.auto_confirm_floor_at = now + order.rulebook.clock_floor
    if order.status == Order.Status.SHIPPED:
        reckon_auto_confirm(order)


def open_windows(order: Order) -> None:
    """Receipt starts the window of every line; of disputed ones it is stopped before it runs (Rulebook 11)."""
    stopped = set(order.holds.open().filter(reason=R.DISPUTED).values_list("line_id", flat=True))
    order.lines.exclude(pk__in=stopped - {None}).update(window_ends_at=order.protection_ends_at)
    order.lines.filter(pk__in=stopped - {None}).update(window_left=order.protection_ends_at - order.received_at)
    reckon_protection(order)


def count_windows_from(order: Order, asked_at: datetime, *, old_end: datetime, new_end: datetime) -> None:
    """A later receipt is proven: each window that was open at `asked_at` ends as much later (Rulebook 11).

    One that nothing ever stopped ends at the end of a day again, across a change to daylight saving too.
    """
    later = new_end - old_end
    for line in order.lines.running().filter(window_ends_at__gt=asked_at):
        line.window_ends_at = new_end if line.window_ends_at == old_end else line.window_ends_at + later
        line.save(update_fields=["window_ends_at"])
    for line in order.lines.stopped():
        line.window_left += later
        line.save(update_fields=["window_left"])
    reckon_protection(order)


def reckon_protection(order: Order) -> None:
    """The order's end of protection is the next window to close; none while only stopped lines are left."""
    if order.status == Order.Status.RECEIVED:
        next_line = order.lines.running().order_by("window_ends_at").first()
        order.protection_ends_at = next_line.window_ends_at if next_line else None


def settle_down(order: Order, *, now: datetime) -> None:
    """When the last hold of an order whose windows have all closed ends, nothing is waited for any more."""
    if (
        order.status == Order.Status.RECEIVED
        and order.protection_ends_at is None
        and not order.lines.protected().exists()
        and not order.holds.open().exists()
    ):
        order.protection_ends_at = now


def reckon_auto_confirm(order: Order) -> None:
    """Set when receipt is confirmed by time: from the last event of any shipment, with extensions (Rulebook 10).

    The latest counts, so that a small parcel delivered by express does not start the clock of what is still at sea.
    While a dispute is open, or risk staff look at tracking, there is no such time; nor while nothing counts as shipped.
    """
    shipments = list(order.shipments.counted())
    if order.auto_confirm_stopped_at or not shipments:
        order.auto_confirm_at = None
        return
    extensions = sum(at is not None for at in (order.buyer_extended_at, order.supplier_extended_at))
    due = max(_confirmed_by(shipment, order) for shipment in shipments)
    due += extensions * order.rulebook.confirm_extension + order.auto_confirm_paused
    if order.auto_confirm_floor_at is not None:
        due = max(due, order.auto_confirm_floor_at)
    order.auto_confirm_at = due


def _confirmed_by(shipment, order: Order) -> datetime:
    """When one shipment's own event would confirm receipt.

    A dispatch without tracking is the supplier's word alone: entered late, it still leaves the time of all reminders.
    Unverified tracking counts as none (Rulebook 8); an arrival counts for goods that go to a port or terminal.
    """
    rules = order.rulebook
    delivered_at, arrived_at = (shipment.delivered_at, shipment.arrived_at) if shipment.is_tracked else (None, None)
    if shipment.transport not in PORTS:
        arrived_at = None
    due = rules.auto_confirm(dispatched_at=shipment.dispatched_at, delivered_at=delivered_at, arrived_at=arrived_at)
    if delivered_at is None and arrived_at is None:
        due = max(due, shipment.entered_at + rules.confirm_reminder)
    return due


def used_up_by(order: Order, award_minor: int, line_ids: Iterable[int]):
    """The holds that an award on these lines uses up: their own; every one when nothing is left and the order ends."""
    own = order.holds.open()
    if award_minor < order.kept_minor or order.contested_minor:
        own = own.filter(reason=R.DISPUTED, line_id__in=line_ids)
    return own


def preview(order: Order, award_minor: int, line_ids: Iterable[int]) -> tuple[books.Sources, int]:
    """Where an award would come from, and what it would free of its holds; nothing is locked or written."""
    kept = used_up_by(order, award_minor, line_ids).held_minor()
    found = books.sources(order, award_minor, most_from_escrow=spare_minor(order) + kept)
    return found, max(0, kept - found.escrow_minor)
