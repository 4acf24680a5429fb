"""Who an event concerns: an order's buyer and the supplier's people by their role, a company's people, the person.

Whoever did a thing is not told of it; colleagues find it in their inbox, and only the other side is written to.
"""

from collections import defaultdict
from dataclasses import dataclass

from accounts.models import User
from events.models import Event
from notifications.models import Notice
from notifications.told import BUYER, SUPPLIER, Told, told_of
from orders.models import Order
from suppliers.models import Member


@dataclass(frozen=True)
class Concerned:
    """One person whom an event concerns, on which side, and whether it is one of those who are written to."""

    user_id: int
    side: str
    is_written_to: bool


@dataclass(frozen=True)
class Parties:
    """The people of one order."""

    buyer_id: int | None  # none while the buyer does not see it yet
    members: tuple[tuple[int, str], ...]  # user, role

    def side_of(self, user_id: int | None) -> str:
        if user_id is None:
            return ""
        if user_id == self.buyer_id:
            return BUYER
        return SUPPLIER if any(member == user_id for member, _ in self.members) else ""

    def people(self, side: str, roles: tuple[str, ...]) -> list[int]:
        """Who acts for a side; nobody is on both."""
        if side == BUYER:
            return [self.buyer_id] if self.buyer_id else []
        return [user for user, role in self.members if role in roles and user != self.buyer_id]


def concerned(events: list[Event]) -> dict[int, list[Concerned]]:
    """The people of each of these events, by its id: two queries for any number of events."""
    told = {event.pk: found for event in events if (found := told_of(event.subject_kind, event.kind)) is not None}
    events = [event for event in events if event.pk in told]
    ids = defaultdict(set)
    for event in events:
        ids[event.subject_kind].add(event.subject_id)
    orders = {}
    if ids["order"]:
        rows = Order.objects.filter(pk__in=ids["order"])
        orders = {row["id"]: row for row in rows.values("id", "buyer_id", "supplier_id", "unsent_by_supplier")}
    companies = ids["supplier"] | {row["supplier_id"] for row in orders.values()}
    members = _members(companies)
    found = {}
    for event in events:
        if event.subject_kind == "person":
            people = [Concerned(event.subject_id, "", False)]
        elif event.subject_kind == "supplier":
            people = _company(event, told[event.pk], members[event.subject_id])
        elif event.subject_id in orders:
            row = orders[event.subject_id]
            buyer = None if row["unsent_by_supplier"] else row["buyer_id"]
            people = _order(event, told[event.pk], Parties(buyer, members[row["supplier_id"]]))
        else:
            people = []
        found[event.pk] = [one for one in people if one.user_id != event.actor_id]
    return found


def parties(order: Order) -> Parties:
    """The people of one order."""
    buyer = None if order.unsent_by_supplier else order.buyer_id
    return Parties(buyer, _members({order.supplier_id})[order.supplier_id])


def still_concerns(notice: Notice, person: User) -> bool:
    """Whether a notice is this person's yet: its account is open, and it is on the side of the order that it was on."""
    return person.is_active and (not notice.order_id or parties(notice.order).side_of(person.pk) == notice.side)


def _members(companies: set[int]) -> dict[int, tuple[tuple[int, str], ...]]:
    found = defaultdict(list)
    if companies:
        rows = Member.objects.filter(supplier__in=companies, user__is_active=True).order_by("id")
        for supplier_id, user_id, role in rows.values_list("supplier_id", "user_id", "role"):
            found[supplier_id].append((user_id, role))
    return defaultdict(tuple, {key: tuple(people) for key, people in found.items()})


def _company(event: Event, told: Told, members) -> list[Concerned]:
    roles = set(told.roles)
    return [Concerned(user, SUPPLIER, True) for user, role in members if role in roles]


def _order(event: Event, told: Told, people: Parties) -> list[Concerned]:
    doer = people.side_of(event.actor_id)
    written_to = (event.data.get("side"),) if told.asked else told.mail_to
    return [
        Concerned(user, side, side in written_to and side != doer)
        for side in told.to
        for user in people.people(side, told.roles)
    ]
