"""Whose case file it is, and what that reader may see of an order: what the pages show, and nothing more."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from events.models import Event
from orders.models import Order

BUYER, SUPPLIER, STAFF = Order.Side.BUYER.value, Order.Side.SUPPLIER.value, "staff"
# By the beginning of its kind, whatever both sides see on the order's page; any other kind is for staff alone.
BOTH = (
    "amendment.",
    "cancel.",
    "chargeback.",
    "claim.",
    "contract.",
    "decision.",
    "dispute.",
    "evidence.",
    "inspection.",
    "late.",
    "later_receipt.",
    "limit.",
    "limits.",
    "message.",
    "offer.",
    "order.",
    "payment.",
    "production.",
    "protection.",
    "rebuttal.",
    "receipt.",
    "receipt_photo.",
    "refund.",
    "replacement.",
    "return.",
    "review.",
    "shipment.",
    "tracking.",
)
FOR_STAFF = {
    "decision.proposed",
    "decision.sent_back",
    "decision.taken_back",
    "dispute.handed_back",
    "dispute.picked_up",
    "order.flagged",
    "order.unflagged",
    "refund.account_named",
}
FOR_BUYER = {  # whose money it is, and why a bank refused it
    "payer.asked",
    "payer.disowned",
    "payer.named",
    "payment.failed",
    "payment.started",
    "refund.failed",
    "refund.let_again",
}
OF_ITS_SIDE = {"contract.drafted", "contract.file_added", "contract.file_removed", "contract.started"}
STAFFS_REASONS = {"dispute.decision_extended"}  # the change is told to the sides, its reason is not


@dataclass(frozen=True)
class Reader:
    """A side of the order, or staff; `keeps_books` says whether its payouts are shown."""

    side: str
    keeps_books: bool = False

    @property
    def is_staff(self) -> bool:
        return self.side == STAFF

    def sees(self, event: Event, order: Order) -> bool:
        """Whether this reader sees what an event of the order says."""
        if self.is_staff:
            return True
        if event.kind in FOR_STAFF:
            return False
        if event.kind in FOR_BUYER:
            return self.side == BUYER
        if event.kind in OF_ITS_SIDE:
            return self.side == (BUYER if event.actor_id == order.buyer_id else SUPPLIER)
        if event.kind.startswith("receipt_photo.") and order.received_at is None:
            return self.side == BUYER
        return event.kind.startswith(BOTH)

    def sees_personal(self, event: Event, order: Order) -> bool:
        """Whether this reader sees the personal values that an event commits to."""
        return self.sees(event, order) and (self.is_staff or event.kind not in STAFFS_REASONS)


def reader_for(order: Order, user: User) -> Reader:
    """A party of the order as it reads; everybody else counts as staff, whom the page has admitted."""
    side = order.side_of(user)
    if side is None:
        return Reader(STAFF, keeps_books=True)
    return Reader(str(side), keeps_books=side == SUPPLIER and order.member(user).keeps_books)


def names(ids: Iterable[int], order: Order, reader: Reader) -> dict[int, dict]:
    """Who acted, by id, as the pages name them: to the parties our staff have no names."""
    found = {}
    sellers = set(order.supplier.members.values_list("user_id", flat=True))
    for user in User.objects.filter(pk__in={pk for pk in ids if pk}).order_by("id"):
        if user.id == order.buyer_id:
            found[user.id] = {"side": BUYER, "name": user.full_name, "company": user.company_name}
        elif user.id in sellers or not user.is_staff:
            found[user.id] = {"side": SUPPLIER, "name": user.full_name, "company": order.supplier.name}
        else:
            found[user.id] = {"side": STAFF, "name": user.full_name if reader.is_staff else "Our staff"}
    return found
