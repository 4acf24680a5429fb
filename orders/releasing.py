"""What money comes to a supplier next: releases that have a date, and the payouts under way, which payments tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from orders.models import Hold, Order
from suppliers.models import Supplier

S = Order.Status
COUNTED = 1000  # orders, the nearest; beyond it the sums say that they are of the nearest
RECEIPT, PROTECTION = "receipt", "protection"


@dataclass(frozen=True)
class Release:
    """What an order releases to its supplier by itself, and when, if nothing comes between. Net of the service fee."""

    order: Order
    cause: str  # receipt or protection
    at: datetime
    minor: int

    @property
    def is_receipt(self) -> bool:
        return self.cause == RECEIPT


@dataclass(frozen=True)
class Coming:
    """The dated releases, the nearest first, with their sums by currency. Currencies are never added together."""

    releases: list[Release]
    sums: list[tuple[str, int]]
    is_all: bool


@dataclass(frozen=True)
class UnderWay:
    """A payout that was told to go, or what keeps the next one from going."""

    words: str
    currency: str
    minor: int | None = None
    at: datetime | None = None
    tone: str = "wait"


Teller = Callable[[Supplier, Sequence[str], datetime], list[UnderWay]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Add a part that tells payouts under way: `teller(supplier, currencies that are owed, now)`."""
    _tellers.append(teller)


def under_way(supplier: Supplier, owed: Sequence[str], now: datetime) -> list[UnderWay]:
    """The payouts on their way to the supplier, and why what it is owed waits where it does."""
    return [one for teller in _tellers for one in teller(supplier, owed, now)]


def releases(supplier: Supplier) -> Coming:
    """What comes by itself: at automatic receipt less the reserve, and at the end of protection (Rulebook 10-12)."""
    dated = Q(status=S.SHIPPED, auto_confirm_at__isnull=False) | Q(status=S.RECEIVED, protection_ends_at__isnull=False)
    orders = Order.objects.filter(dated, supplier=supplier, cleared_minor__gt=0)
    orders = orders.annotate(comes_at=Coalesce("auto_confirm_at", "protection_ends_at"))
    orders = list(orders.order_by("comes_at", "id")[: COUNTED + 1])
    is_all, orders = len(orders) <= COUNTED, orders[:COUNTED]
    held = _held(orders)
    found = []
    for order in orders:
        free = order.escrow_minor - held.get(order.pk, 0)
        if order.status == S.SHIPPED:
            free -= order.rulebook.reserve(max(0, free), supplier.stars)
        else:
            free -= order.later_reserve_minor
        cause = RECEIPT if order.status == S.SHIPPED else PROTECTION
        found.append(Release(order, cause, order.comes_at, _net(order, free)))
    found = [one for one in found if one.minor > 0]
    sums: dict[str, int] = {}
    for one in found:
        sums[one.order.currency] = sums.get(one.order.currency, 0) + one.minor
    return Coming(found, sorted(sums.items()), is_all)


def _held(orders: list[Order]) -> dict[int, int]:
    """What holds keep of each order that do not end with its window: the disputed and the contested."""
    kept = Hold.objects.open().exclude(reason__in=(Hold.Reason.SHORT, Hold.Reason.REJECTED))
    asked = [order.pk for order in orders if order.open_disputes or order.contested_minor]
    if not asked:
        return {}
    rows = kept.filter(order__in=asked).order_by().values("order").annotate(minor=Sum("amount_minor"))
    return {row["order"]: row["minor"] for row in rows}


def _net(order: Order, released_minor: int) -> int:
    """What of a release reaches the supplier: less the service fee (Rulebook 4)."""
    if released_minor <= 0:
        return 0
    in_all = order.released_minor + released_minor
    fee = order.rulebook.service_fee(in_all, order.total_minor, order.currency, order.usd_per_unit)
    return released_minor - (fee - order.service_fee_minor)
