"""What a dispute writes down to its order: holds, awards, the end of a claim (product.md §3, Rulebook 2, 12, 22).

Parts of the disputes' actions: the caller has locked the order, records the event and saves the order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from orders import books, holds
from orders.actions.overtaking import overtake
from orders.models import Hold, Line, Order
from orders.steps import allow
from suppliers import actions as supplier_actions
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.refused import MovedOn

DISPUTED = Hold.Reason.DISPUTED


@dataclass(frozen=True)
class LineAward:
    """What an award pays for one line: minor units, the units it pays for, and how many of them are never shipped."""

    line: Line
    minor: int
    quantity: int = 0
    cancels: int = 0


def hold_claim(order: Order, caps: Mapping[int, int], *, cause: str, now: datetime) -> None:
    """Hold exactly what is claimed of each line, as far as escrow has it; stop the clocks (product.md §3).

    What was held of a line because it was marked at receipt goes into it; the rest of that is released by rule 12.
    """
    overtake(order, now=now)
    holds.stop_clocks(order, caps, now=now)
    for line in order.lines.filter(pk__in=caps).order_by("number"):
        marked = line.holds.open().marked()
        before = marked.held_minor()
        marked.update(closed_at=now)
        if order.status == Order.Status.RECEIVED:
            order.reserve_minor += before
        held = holds.hold(order, DISPUTED, caps[line.id], line=line, now=now)
        if order.status == Order.Status.RECEIVED and (rest := max(0, before - held.amount_minor)):
            order.reserve_minor -= rest
            holds.free(order, rest, cause=f"{cause}:line:{line.number}", later=True, now=now)


def fee_of_refund(order: Order, amount_minor: int) -> int:
    """The processing fee of the shares of payments that a refund goes to, latest first (Rulebook 22).

    Never more than what of the fees is left: a card network may have taken some back already.
    """
    given_by_network = sum(each.owed_cleared_minor for each in order.chargebacks.counting())
    fee, done, left = 0, order.refunded_minor - given_by_network, amount_minor
    for payment in order.payments.filter(status="cleared").order_by("-id"):
        room = payment.cleared_minor - payment.charged_back_minor
        before = min(done, room)
        more = min(left, room - before)
        done, left = done - before, left - more
        if more and payment.cleared_minor:
            after_share = money.share(payment.fee_kept_minor, before + more, payment.cleared_minor)
            fee += after_share - money.share(payment.fee_kept_minor, before, payment.cleared_minor)
    return min(fee, books.fees_left(order))


def award(
    order: Order,
    parts: Iterable[LineAward],
    line_ids: Iterable[int],
    *,
    extra_minor: int = 0,
    fee_back: bool,
    cause: str,
    now: datetime,
) -> int:
    """Owe the buyer an award and end the claim on its lines; gives the processing fee that goes back with it.

    `line_ids` are all lines of the dispute, awarded or not; `extra_minor` is an inspection's fee. What the holds keep
    beyond the award is freed, clocks go on, an order of which everything was refunded ends. `cause` is used once.
    Raises MovedOn when more would be awarded than is covered.
    """
    Supplier.objects.locked(order.supplier_id)  # before the accounts: the end of an order frees its limit
    parts = [part for part in parts if part.minor or part.cancels]
    total = sum(part.minor for part in parts) + extra_minor
    own = holds.used_up_by(order, total, line_ids)
    fee, left = refund_lines(order, parts, own, extra_minor=extra_minor, fee_back=fee_back, cause=cause, now=now)
    if order.kept_minor == 0 and order.contested_minor == 0 and not order.is_final:
        order.open_disputes -= 1
        end_refunded(order, because=N_("refunded by a claim"), now=now)
        return fee
    holds.free(order, left, cause=cause, later=True, now=now)
    holds.restart_clocks(order, line_ids, now=now)
    ship_what_was_sent(order, now=now)
    return fee


def ship_what_was_sent(order: Order, *, now: datetime) -> None:
    """When the rest was cancelled and all else has been shipped, the order is shipped."""
    if order.status == Order.Status.PAID and order.is_part_shipped and not _left_to_ship(order):
        allow(order.ship, None)
        order.ship(now=now)
        holds.reckon_auto_confirm(order)


def refund_lines(
    order: Order,
    parts: Iterable[LineAward],
    own,
    *,
    extra_minor: int = 0,
    fee_back: bool,
    cause: str,
    now: datetime,
) -> tuple[int, int]:
    """Owe the buyer what is due for these lines, from the holds `own` first, and write it down to them.

    Gives the processing fee that goes back with it, and what of the own holds is left and held no more. Raises MovedOn
    when it is more than is covered.
    """
    overtake(order, now=now)
    total = sum(part.minor for part in parts) + extra_minor
    _covered(order, total)
    fee = fee_of_refund(order, total) if fee_back else 0
    left = holds.refund(order, total, own, cause=cause, now=now)
    books.give_fee_back(order, fee, cause=cause, now=now)
    for part in parts:
        line = part.line
        line.refunded_minor += part.minor
        line.refunded_quantity = min(line.quantity, line.refunded_quantity + part.quantity)
        if part.cancels:
            line.cancelled_quantity += min(part.cancels, line.to_ship)
        line.save(update_fields=["refunded_minor", "refunded_quantity", "cancelled_quantity"])
    return fee, left


def award_part(
    order: Order,
    parts: Iterable[LineAward],
    rests: Mapping[int, int],
    *,
    fee_back: bool,
    cause: str,
    now: datetime,
) -> int:
    """Owe the buyer a part of the claim now and go on holding `rests` by line id; the clocks still stand.

    Gives the processing fee that goes back with it. Raises MovedOn when more would be awarded than is covered.
    """
    Supplier.objects.locked(order.supplier_id)
    parts = [part for part in parts if part.minor]
    total = sum(part.minor for part in parts)
    _covered(order, total)
    fee = fee_of_refund(order, total) if fee_back else 0
    own = order.holds.open().filter(reason=DISPUTED, line_id__in=rests)
    left = holds.refund(order, total, own, cause=cause, now=now)
    books.give_fee_back(order, fee, cause=cause, now=now)
    for part in parts:
        part.line.refunded_minor += part.minor
        part.line.save(update_fields=["refunded_minor"])
    if order.status == Order.Status.RECEIVED:
        order.reserve_minor += left
    for line in order.lines.filter(pk__in=rests).order_by("number"):
        if rests[line.id]:
            holds.hold(order, DISPUTED, rests[line.id], line=line, now=now)
    return fee


def _covered(order: Order, total_minor: int) -> None:
    if total_minor > order.covered_minor:
        covered = money.display(order.covered_minor, order.currency)
        raise MovedOn(
            _("Only {covered} of this order is covered now, so no more than that can be awarded.").format(
                covered=covered
            )
        )


def _left_to_ship(order: Order) -> bool:
    return any(line.to_ship for line in order.lines.all())


def end_refunded(order: Order, *, because: str, now: datetime) -> None:
    """Everything that was paid has gone back: bank charges that we bore too, and the limit is free (Rulebook 5, 9)."""
    supplier_actions.free(supplier_id=order.supplier_id, order_id=order.id, now=now)
    order.holds.open().update(closed_at=now)
    books.unbear(order, now=now)
    order.reserve_minor = order.later_reserve_minor = 0
    order.auto_confirm_stopped_at = None
    allow(order.refund, None)
    order.refund(now=now, because=because)


# the supplier's cost of an overdue order (Rulebook 2) -----------------------------------------------------------------


def most_cost(order: Order) -> int:
    """The most that a supplier may claim when it cancels an overdue order: 20 % of the total, of what cleared."""
    return min(money.percent(order.total_minor, order.rulebook.overdue_cost_bp, "down"), order.kept_minor)


def hold_cost(order: Order, amount_minor: int, *, now: datetime) -> None:
    """The supplier cancels an overdue order and claims its cost: that is held, the rest goes back at once."""
    overtake(order, now=now)
    Supplier.objects.locked(order.supplier_id)
    order.winding_up_at, order.cancels_at, order.cancel_proposed_by = now, None, ""
    books.refund(order, order.kept_minor - amount_minor, cause="cancel", now=now)
    holds.hold(order, DISPUTED, amount_minor, now=now)
    order.open_disputes += 1


def pay_cost(order: Order, amount_minor: int, *, now: datetime) -> None:
    """The cost is agreed or decided: the supplier gets it, the buyer what is left, the order is cancelled."""
    Supplier.objects.locked(order.supplier_id)
    order.holds.open().filter(reason=DISPUTED, line__isnull=True).update(closed_at=now)
    rest = order.kept_minor - amount_minor
    books.release(order, amount_minor, cause="cost", now=now)
    books.refund(order, rest, cause="cost", now=now)
    books.unbear(order, now=now)
    supplier_actions.free(supplier_id=order.supplier_id, order_id=order.id, now=now)
    order.open_disputes -= 1
    allow(order.cancel, None)
    order.cancel(now=now, because=N_("supplier cancelled, payment overdue"))
