"""What payments keep about a person: what it paid and got back; money on its way delays erasure."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from accounts.personal import Holding
from ledger import chart
from ledger.actions import balance
from ledger.models import Account
from orders.emptying import ERASED, Part
from orders.models import Order
from orders.personal import named, of_person
from payments.models import PayerQuestion, Payment, Refund
from suppliers.personal import alone
from trade_assurance import money

OWED = ("refund_payable", "chargebacks")


def waits(user: User, now: datetime) -> list[str]:
    """Money that is owed or on its way, in either direction."""
    orders = of_person(user)
    owed = Account.objects.filter(kind__in=OWED, order_id__in=orders.values("id")).exclude(balance_minor=0)
    moving = set(owed.values_list("order_id", flat=True))
    moving |= set(Refund.objects.filter(order__in=orders, ended_at__isnull=True).values_list("order_id", flat=True))
    sentences = []
    if moving:
        waiting = list(Order.objects.filter(pk__in=moving).order_by("id"))
        sentences.append(
            _("Money of {orders} is still on its way. Wait until it has arrived.").format(orders=named(waiting))
        )
    for member in alone(user):
        books = Account.objects.of_supplier(member.supplier_id).values_list("kind", "currency").distinct()
        for kind, currency in books:
            book = chart.Book(kind, currency, supplier_id=member.supplier_id)
            if minor := balance(book):
                said = _("{supplier} owes us {amount}.") if minor > 0 else _("{supplier} is still to be paid {amount}.")
                amount = money.display(abs(minor), currency)
                sentences.append(said.format(supplier=member.supplier.name, amount=amount))
    return sentences


def rows(user: User) -> list[dict]:
    """Each payment of the person's orders and each refund to it."""

    def amount(minor: int, currency: str) -> str:
        return str(money.to_decimal(minor, currency))

    paid = Payment.objects.filter(order__buyer=user).select_related("order").order_by("id")
    back = Refund.objects.filter(order__buyer=user).select_related("order").order_by("id")
    return [
        *(
            {"payment_for": p.order.reference, "method": p.method, "amount": amount(p.amount_minor, p.currency)}
            | {"currency": p.currency, "status": p.status, "at": p.created_at}
            for p in paid
        ),
        *(
            {"refund_of": r.order.reference, "method": r.method, "amount": amount(r.amount_minor, r.currency)}
            | {"currency": r.currency, "status": r.status, "at": r.created_at}
            for r in back
        ),
    ]


HOLDING = Holding("payments", _lazy("Payments and refunds"), rows=rows, waits=waits)


def blank(order: Order) -> None:
    """Take the names away that the buyer gave for its payers; the bank's own entries are the books, and stay."""
    PayerQuestion.objects.filter(order=order).exclude(name="").update(name=ERASED, relation=ERASED)


PART = Part(lambda order: (), blank, ("payments.PayerQuestion:end_stays",))
