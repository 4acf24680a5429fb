"""What a supplier's desk shows: what waits for it, and where its money stands. Every query here is bounded.

The lists read the partial index `order_supplier_open`; open orders are bounded by the protection limit.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef, Q, Subquery, Sum

from accounts.models import User
from ledger.models import Account
from orders import waiting
from orders.models import ContractVersion, Order
from orders.steps import Step, step_of
from suppliers.models import Member, Supplier

S = Order.Status
NEAREST = 20
OPEN = (S.DRAFT, S.PLACED, S.PAID, S.SHIPPED, S.RECEIVED)
UNFINISHED_COUNT = 1000  # beyond it a count tells nobody anything


@dataclass(frozen=True)
class Todo:
    """One row of "needs you"."""

    order: Order
    step: Step
    about: str
    late: bool

    @property
    def ends_a_day(self) -> bool:
        """Whether the deadline is the end of a date in the contract's timezone, stored as the following midnight."""
        return self.step.code == "ship"

    @property
    def zone(self) -> str:
        return self.order.timezone if self.ends_a_day else ""


@dataclass
class Balance:
    """A supplier's money in one currency, minor units."""

    currency: str
    to_send_minor: int = 0
    owed_to_us_minor: int = 0
    reserve_minor: int = 0
    held_minor: int = 0
    escrow_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.to_send_minor + self.reserve_minor + self.held_minor + self.escrow_minor


def drafts_waiting(supplier: Supplier):
    """Contracts that wait for the supplier: requests without a version, and versions of the buyer."""
    latest = ContractVersion.objects.sent().filter(order=OuterRef("pk")).order_by("-number").values("drafted_by")[:1]
    return (
        Order.objects.filter(supplier=supplier, status=S.DRAFT)
        .annotate(latest_by=Subquery(latest))
        .filter(Q(latest_by=Order.Side.BUYER) | Q(latest_by=None) & ~Q(request=""))
    )


def unsent_drafts(supplier: Supplier):
    """Contracts that the supplier began and has not sent; their buyers see nothing of them."""
    return Order.objects.filter(supplier=supplier, status=S.DRAFT, unsent_by_supplier=True)


def former_buyers(supplier: Supplier, words: str = ""):
    """People who have placed an order with the supplier, each with the number of the newest; nobody else is found."""
    placed = Order.objects.filter(supplier=supplier, placed_at__isnull=False)
    found = User.objects.filter(pk__in=placed.values("buyer"), is_active=True)
    if words:
        found = found.filter(Q(company_name__icontains=words) | Q(full_name__icontains=words))
    newest = placed.filter(buyer=OuterRef("pk")).order_by("-id").values("reference")[:1]
    return found.annotate(newest=Subquery(newest))


def to_ship(supplier: Supplier):
    return Order.objects.filter(supplier=supplier, status=S.PAID)


def cancels_asked(supplier: Supplier):
    """Orders that the buyer wants to cancel by consent."""
    return Order.objects.filter(supplier=supplier, status__in=(S.PLACED, S.PAID), cancel_proposed_by=Order.Side.BUYER)


def changes_asked(supplier: Supplier):
    """Orders of which the buyer proposes to change the contract."""
    return Order.objects.filter(supplier=supplier, status__in=(S.PLACED, S.PAID), amendment_by=Order.Side.BUYER)


def counted(queryset) -> int:
    """How many, counting no further than a thousand."""
    return queryset.order_by()[:UNFINISHED_COUNT].count()


def todos(member: Member, now: datetime) -> list[Todo]:
    """What the person can do for the supplier: broken promises first, then the nearest deadline; at most 20."""
    supplier, user = member.supplier, member.user
    if not member.sells:
        return []
    drafts = list(drafts_waiting(supplier).select_related("buyer").order_by("lapses_at", "id")[:NEAREST])
    paid = list(to_ship(supplier).select_related("buyer").order_by("ship_by_at", "id")[:NEAREST])
    asked = list(cancels_asked(supplier).select_related("buyer").order_by("id")[:NEAREST])
    newest = (
        ContractVersion.objects.sent()
        .filter(order__in=[order.pk for order in drafts])
        .order_by("order_id", "-number")
        .distinct("order_id")
    )
    versions = {version.order_id: version for version in newest}
    found = []
    changes = list(changes_asked(supplier).select_related("buyer").order_by("amendment_lapses_at", "id")[:NEAREST])
    kinds = (
        (("accept", "edit"), drafts),
        (("ship",), paid),
        (("propose_cancel",), asked),
        (("answer_amendment",), changes),
    )
    for codes, orders in kinds:
        for order in orders:
            order.supplier = supplier
            order._members = {user.id: member}
            if order.status == S.DRAFT:
                order._latest_sent = versions.get(order.pk)
            step = next((s for code in codes if (s := step_of(code, order, user, now)) and s.allowed and s.must), None)
            if step:
                late = step.deadline is not None and step.deadline <= now
                found.append(Todo(order, step, f"{order.title}, {order.reference}, {order.buyer.display_name}", late))
    for order, step in waiting.waiting(user, Order.Side.SUPPLIER, supplier, now):
        about = f"{order.title}, {order.reference}, {order.buyer.display_name}"
        found.append(Todo(order, step, about, step.deadline is not None and step.deadline <= now))
    found.sort(key=lambda todo: (not todo.late, todo.step.deadline is None, todo.step.deadline or now))
    return found[:NEAREST]


ESCROW = (
    F("cleared_minor")
    + F("borne_minor")
    - F("released_minor")
    - F("refunded_escrow_minor")
    - F("charged_back_escrow_minor")
    - F("unborne_minor")
)


def balances(supplier: Supplier) -> list[Balance]:
    """Where the supplier's money stands, one row a currency: what was released, and what escrow holds for it."""
    found: dict[str, Balance] = {}

    def of(currency):
        return found.setdefault(currency, Balance(currency))

    accounts = Account.objects.of_supplier(supplier.pk).exclude(balance_minor=0)
    for account in accounts.filter(kind__in=(Account.Kind.SUPPLIER_PAYABLE, Account.Kind.SUPPLIER_RECEIVABLE)):
        if account.kind == Account.Kind.SUPPLIER_PAYABLE:
            of(account.currency).to_send_minor = -account.balance_minor
        else:
            of(account.currency).owed_to_us_minor = account.balance_minor
    open_orders = Order.objects.filter(supplier=supplier, status__in=OPEN[1:], cleared_minor__gt=0)
    sums = open_orders.order_by().values("currency", "status").annotate(escrow=Sum(ESCROW), kept=Sum("reserve_minor"))
    for row in sums:
        balance = of(row["currency"])
        if row["status"] == S.RECEIVED:
            kept = min(row["kept"], row["escrow"])
            balance.reserve_minor += kept
            balance.held_minor += row["escrow"] - kept
        else:
            balance.escrow_minor += row["escrow"]
    return sorted((b for b in found.values() if b.total_minor or b.owed_to_us_minor), key=lambda b: b.currency)
