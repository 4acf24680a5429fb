"""What comes next if nobody acts: every automatic event of an order with its instant, as the sweeps will do it.

Each app joins with `register`. A test plays the sweeps at each instant and at the second before: this list and what
they then do are the same thing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from orders.models import Order
from trade_assurance import money

S = Order.Status


@dataclass(frozen=True)
class Coming:
    """One automatic event: `kinds` are the events of the stream of which it writes one, `ends_day` that a day ends."""

    at: datetime
    title: str
    detail: str
    kinds: tuple[str, ...]
    ends_day: bool = False
    target: str = ""  # the address of a page of its own


PREFETCHED = (
    "lines",
    "shipments",
    "review_request",
    "receipt",
    "later_receipts",
    "disputes__offers",
    "disputes__performances",
)
Source = Callable[[Order, datetime], Iterable[Coming]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Add a source: `source(order, now)` gives what time will do to the order as it stands."""
    _sources.append(source)


def coming(order: Order, now: datetime) -> list[Coming]:
    """Everything that happens to this order by itself if nobody acts, the soonest first; empty when it is final.

    What is due and only waits for the next sweep is still in the list, at its own instant.
    """
    if order.is_final:
        return []
    return sorted((one for source in _sources for one in source(order, now)), key=lambda one: one.at)


def of_order(order: Order, now: datetime) -> Iterable[Coming]:
    """What the order's own clocks bring, each with what follows from it (Rulebook 1, 2, 9-12)."""
    match order.status:
        case S.DRAFT if order.lapses_at:
            yield Coming(
                order.lapses_at,
                _("The contract lapses"),
                _("Nobody owes anything then (rule 1)."),
                ("contract.lapsed",),
            )
        case S.PLACED if order.cancels_at and not order.processing_payments and not order.contested_minor:
            detail = _("It was not paid in time (rules 1 and 2).")
            if order.kept_minor:
                detail = _("{amount} goes back to the buyer. It was not paid in time (rules 1 and 2).").format(
                    amount=money.display(order.kept_minor, order.currency)
                )
            yield Coming(order.cancels_at, _("The order is cancelled"), detail, ("order.cancelled",), ends_day=True)
        case S.PAID:
            yield from _late(order)
        case S.SHIPPED if order.auto_confirm_at:
            yield from _receipt_by_time(order)
        case S.RECEIVED:
            yield from _windows(order)


def _late(order: Order) -> Iterable[Coming]:
    if order.late_noticed_at is None:
        yield Coming(
            order.ship_by_at,
            _("The order is late if not all is shipped"),
            _(
                "Both of you are told. The supplier then has {hours} hours to prove shipment, "
                "and the buyer has three choices (rule 9)."
            ).format(hours=order.rulebook.late_proof_hours),
            ("order.late",),
            ends_day=True,
        )
    if order.award_at is None or order.open_disputes or order.contested_minor:
        return
    if order.is_part_shipped:
        title, detail = (
            _("What is not shipped is cancelled"),
            _("Its value and its freight go back to the buyer (rule 9)."),
        )
    else:
        cash = money.display(order.kept_minor, order.currency)
        title, detail = (
            _("Everything goes back to the buyer"),
            _("{cash}, since nothing was shipped (rule 9).").format(cash=cash),
        )
    yield Coming(order.award_at, title, detail, ("order.refunded", "order.rest_refunded"), ends_day=True)


def _receipt_by_time(order: Order) -> Iterable[Coming]:
    rules, at = order.rulebook, order.auto_confirm_at
    reserve = rules.reserve(order.escrow_minor, order.supplier.stars)
    cash = money.display(order.escrow_minor - reserve, order.currency)
    yield Coming(
        at,
        _("Receipt is confirmed by itself"),
        _(
            "As if all goods had arrived as agreed: {cash} is released to the supplier, and "
            "{days} days of protection begin (rules 10 to 12)."
        ).format(cash=cash, days=rules.protection_days),
        ("receipt.confirmed",),
    )
    yield from _asked_for_review(at + timedelta(days=rules.feedback_ask_days))
    yield Coming(
        rules.protection_end(at, order.buyer.timezone),
        _("Protection ends"),
        _("The reserve of {reserve} is released to the supplier (rules 11 and 12).").format(
            reserve=money.display(reserve, order.currency)
        ),
        ("protection.expired",),
        ends_day=True,
    )


def _asked_for_review(at: datetime) -> Iterable[Coming]:
    yield Coming(at, _("We ask the buyer for a review"), _("By mail, once."), ("review.asked",))


def _is_looked_at(order: Order) -> bool:
    """Whether staff look at a later receipt; there is none but where time confirmed (Rulebook 11)."""
    return order.receipt.is_automatic and any(each.state == "asked" for each in order.later_receipts.all())


def _windows(order: Order) -> Iterable[Coming]:
    request = getattr(order, "review_request", None)
    if request is not None:
        yield from _asked_for_review(request.due_at)
    if order.protection_ends_at is None or _is_looked_at(order):
        return  # stopped by a claim, or staff look at a later receipt: nothing ends by time meanwhile
    lines = [line for line in order.lines.all() if line.window_closed_at is None and line.window_ends_at is not None]
    ends = sorted({line.window_ends_at for line in lines}) or [order.protection_ends_at]
    stopped = any(line.window_left is not None and line.window_closed_at is None for line in order.lines.all())
    for at in ends:
        is_last = at == ends[-1] and not stopped and not order.open_disputes
        yield Coming(
            at,
            _("Protection ends") if is_last else _("Protection of some lines ends"),
            _("What is still kept back, and nothing holds, is released to the supplier (rules 11 and 12).")
            if is_last
            else _("What only waits for them is released to the supplier; the claimed lines stay protected (rule 11)."),
            ("protection.expired", "protection.closed_in_part"),
            ends_day=True,
        )
