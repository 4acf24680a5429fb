"""The facts that fraud rules look at, each read from the database when a rule asks for it; nothing is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from accounts.models import User
from orders.models import Line, Message, Order
from payments.fraud.sightings import COUNTS_FOR, mark
from payments.models import Check, Payment, Sighting
from suppliers.models import DesignatedAccount, Member, PayoutAccount
from trade_assurance.rulebook import to_usd

DAY = timedelta(days=1)
LINES_MOST, MESSAGES_MOST, SHOWN_MOST = 200, 200, 50


@dataclass(frozen=True)
class Arriving:
    """Money that has arrived for an order and is not booked yet, with what is known of who sent it. Minor units."""

    order_id: int
    amount_minor: int
    card: str = ""  # the gateway's fingerprint of it
    payer_name: str = ""
    payer_country: str = ""
    payer_account: str = ""


class Facts:
    """What is known about a payment that arrives. `now` is the moment of the check."""

    def __init__(self, arriving: Arriving, *, now: datetime):
        self.arriving, self.now = arriving, now
        self.card = mark("card", arriving.card)
        self.payer_name, self.payer_account = arriving.payer_name, arriving.payer_account
        self.account = mark("account", arriving.payer_account.replace(" ", "").upper())

    @cached_property
    def order(self) -> Order:
        return Order.objects.select_related("buyer", "supplier").get(pk=self.arriving.order_id)

    @cached_property
    def buyer(self) -> User:
        return self.order.buyer

    @property
    def currency(self) -> str:
        return self.order.currency

    @property
    def amount_usd(self) -> int:
        return to_usd(self.arriving.amount_minor, self.order.currency, self.order.usd_per_unit)

    @property
    def buyer_email(self) -> str:
        return self.buyer.email

    @property
    def buyer_names(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.buyer.company_name, self.buyer.full_name)))

    @property
    def buyer_country(self) -> str:
        return self.buyer.country

    @property
    def supplier_country(self) -> str:
        return self.order.supplier.country

    @property
    def payer_country(self) -> str:
        """As the gateway says, else that of the payer's IBAN."""
        account = self.payer_account
        return self.arriving.payer_country or (account[:2].upper() if account[:2].isalpha() else "")

    # velocity

    @cached_property
    def buyer_payments(self) -> int:
        return self._paid(self.now - DAY).filter(order__buyer=self.buyer).count()

    @cached_property
    def card_payments(self) -> int:
        return 1 + self._with_card(self.now - DAY).count() if self.card else 0

    @cached_property
    def card_other_buyers(self) -> int:
        if not self.card:
            return 0
        others = self._with_card(self.now - COUNTS_FOR).exclude(payment__order__buyer=self.buyer)
        return others.values("payment__order__buyer").distinct().count()

    @cached_property
    def device_buyers(self) -> int:
        return self._buyers_at(Sighting.Kind.DEVICE)

    @cached_property
    def address_buyers(self) -> int:
        return self._buyers_at(Sighting.Kind.ADDRESS)

    @cached_property
    def earlier_orders(self) -> bool:
        earlier = Order.objects.filter(buyer=self.buyer, first_cleared_at__isnull=False).exclude(pk=self.order.pk)
        return earlier.exists()

    # links between the two sides

    @cached_property
    def supplier_members(self) -> list[tuple[int, str]]:
        return list(Member.objects.filter(supplier=self.order.supplier_id).values_list("user_id", "user__email"))

    @property
    def supplier_emails(self) -> list[str]:
        return [email for _, email in self.supplier_members]

    @cached_property
    def shared_members(self) -> int:
        """How many of the supplier's team also work for a company that the buyer works for."""
        companies = Member.objects.filter(user=self.buyer).values("supplier")
        team = [user_id for user_id, _ in self.supplier_members]
        return Member.objects.filter(supplier__in=companies, user__in=team).values("user").distinct().count()

    @cached_property
    def shares_device(self) -> bool:
        return self._shares(Sighting.Kind.DEVICE)

    @cached_property
    def shares_address(self) -> bool:
        return self._shares(Sighting.Kind.ADDRESS)

    @cached_property
    def payout_accounts(self) -> list[str]:
        if not self.payer_account:
            return []
        rows = PayoutAccount.objects.filter(supplier=self.order.supplier_id).values_list("iban", "number")
        return [iban or number for iban, number in rows]

    # the order

    @cached_property
    def supplier_messages(self) -> list[str]:
        written = Message.objects.filter(order=self.order.pk, side=Order.Side.SUPPLIER).order_by("-id")
        return list(written.values_list("body", flat=True)[:MESSAGES_MOST])

    @cached_property
    def designated_numbers(self) -> list[str]:
        return list(DesignatedAccount.objects.filter(supplier=self.order.supplier_id).values_list("number", flat=True))

    @cached_property
    def lines(self) -> list[tuple[str, str, int]]:
        rows = Line.objects.filter(order=self.order.pk).order_by("number")
        return list(rows.values_list("product", "unit", "unit_price_minor"))

    @cached_property
    def usual_lines(self) -> list[tuple[str, str, int]]:
        """The supplier's latest lines of other orders in this currency."""
        rows = Line.objects.filter(order__supplier=self.order.supplier_id, order__currency=self.order.currency)
        rows = rows.exclude(order=self.order.pk).order_by("-order_id", "number")
        return list(rows.values_list("product", "unit", "unit_price_minor")[:LINES_MOST])

    # shared by several

    def _paid(self, since: datetime):
        return Payment.objects.filter(started_at__gt=since, started_at__lte=self.now)

    def _with_card(self, since: datetime):
        return Check.objects.filter(card=self.card, at__gt=since)

    @cached_property
    def _seen(self) -> list[tuple[str, str]]:
        """Devices and addresses of the buyer."""
        seen = Sighting.objects.filter(user=self.buyer).recent(self.now - COUNTS_FOR)
        return list(seen.values_list("kind", "mark"))

    def _others(self, kind: str, since: datetime):
        marks = [mark for mine, mark in self._seen if mine == kind]
        return Sighting.objects.filter(kind=kind, mark__in=marks).recent(since).exclude(user=self.buyer)

    def _shares(self, kind: str) -> bool:
        if not self._seen:
            return False
        team = [user_id for user_id, _ in self.supplier_members]
        return self._others(kind, self.now - COUNTS_FOR).filter(user__in=team).exists()

    def _buyers_at(self, kind: str) -> int:
        if not self._seen:
            return 0
        others = self._others(kind, self.now - DAY)
        paid = self._paid(self.now - DAY).filter(order__buyer__in=others.values("user"))
        return paid.values("order__buyer").distinct().count()


@dataclass(frozen=True)
class Link:
    """Somebody who shares something with the buyer of a payment; `who` is a person, `order` one of theirs."""

    what: str
    who: str
    since: datetime | None = None
    order: Order | None = None


def linked_accounts(check: Check, *, now: datetime) -> list[Link]:
    """Who shares device, address, card, payer's account or payout account with the two sides of a payment.

    At most 50 of each kind, in a number of queries that does not depend on how many there are.
    """
    order = check.payment.order
    team = list(Member.objects.filter(supplier=order.supplier_id).values_list("user_id", flat=True))
    sides = [order.buyer_id, *team]
    since = now - COUNTS_FOR
    seen = Sighting.objects.filter(user__in=sides).recent(since)
    shared = (
        Sighting.objects.filter(mark__in=seen.values("mark"))
        .recent(since)
        .exclude(user=order.buyer_id)
        .select_related("user")
        .order_by("kind", "-last_at")[:SHOWN_MOST]
    )
    mine = set(seen.filter(user=order.buyer_id).values_list("mark", flat=True))
    found = []
    for each in shared:
        if each.mark in mine:
            side = " (the supplier's team)" if each.user_id in team else ""
            found.append(Link(f"{each.get_kind_display()} of the buyer", f"{each.user}{side}", each.last_at))
        elif each.user_id not in team:
            found.append(Link(f"{each.get_kind_display()} of the supplier", str(each.user), each.last_at))
    for field, what in (("card", "Card"), ("account", "Payer's account")):
        if value := getattr(check, field):
            same = Check.objects.filter(**{field: value}).exclude(payment__order=order)
            for other in same.select_related("payment__order__buyer").order_by("-id")[:SHOWN_MOST]:
                found.append(Link(what, str(other.payment.order.buyer), other.at, other.payment.order))
    return found + _payout_links(order)


def _payout_links(order: Order) -> list[Link]:
    own = PayoutAccount.objects.filter(supplier=order.supplier_id)
    same = PayoutAccount.objects.exclude(supplier=order.supplier_id)
    by_iban = same.filter(iban__in=own.exclude(iban="").values("iban"))
    by_number = same.filter(number__in=own.exclude(number="").values("number"))
    rows = (by_iban | by_number).select_related("supplier").order_by("-id")[:SHOWN_MOST]
    return [Link("Payout account of the supplier", each.supplier.name, each.added_at) for each in rows]
