"""Why money that is owed is not on its way: one sentence for staff and for the supplier (I7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ledger import proof
from ledger.models import Account
from orders.releasing import UnderWay
from payments.gateways import gateway, has_gateway
from payments.gateways.files.gateway import Files
from payments.models import Method, Payout, Refund, Sending
from payments.models.sending import IN_FLIGHT
from payments.return_reasons import NO_REASON
from suppliers.models import PayoutAccount, Supplier
from trade_assurance import money
from trade_assurance.templatetags.ta import moment

SHOWN = 200
UNDER_WAY_SHOWN = 5
STOPPED = gettext_noop(
    "The nightly proof of our books did not pass, so no payout leaves until it does. What is owed stays."
)
CAME_BACK = "A payout came back. Look at it, then let it be sent again."


def by_files() -> bool:
    """Whether transfers leave in payment files here."""
    return has_gateway(Method.TT) and isinstance(gateway(Method.TT), Files)


def stopped() -> str:
    """Why no payout at all leaves now, in English; "" when they do."""
    last = proof.last_result()
    return STOPPED if last is not None and not last.holds else ""


def why_payout_waits(supplier_id: int, currency: str, now: datetime) -> str:
    """Why what a supplier is owed in a currency does not leave; "" when it does."""
    if reason := stopped():
        return _(reason)
    if not by_files():
        return ""
    accounts = PayoutAccount.objects.filter(supplier_id=supplier_id)
    if accounts.to_pay(currency, now).exists():
        return ""
    pending = accounts.pending(now).filter(currency__in=(currency, "")).order_by("valid_from_at").first()
    if pending is not None:
        return _("The payout account is new. Payouts go to it from {valid_from_at}.").format(
            valid_from_at=moment(pending.valid_from_at, UTC)
        )
    return _(
        "No account for payouts in {currency} is named. An owner of the company names it under Payouts, Account."
    ).format(currency=currency)


def tell_supplier(supplier: Supplier, owed: Sequence[str], now: datetime) -> list[UnderWay]:
    """The payouts of a company that are on their way or came back, and why what it is owed waits."""
    open_ones = Q(status__in=IN_FLIGHT) | Q(status=Sending.FAILED, looked_at__isnull=True)
    rows = list(Payout.objects.filter(open_ones, supplier=supplier).order_by("-id")[:UNDER_WAY_SHOWN])
    found = []
    for payout in rows:
        words, tone = _("On its way to your bank"), "wait"
        if payout.status == Sending.FAILED:
            words, tone = (
                _("Came back: {because}. Our staff look at it").format(because=payout.because or _(NO_REASON)),
                "breach",
            )
        elif payout.status == Sending.SENDING and payout.why:
            words = payout.because
        found.append(UnderWay(words, payout.currency, payout.amount_minor, payout.created_at, tone))
    back = {payout.currency for payout in rows if payout.status == Sending.FAILED}
    for currency in owed:
        if currency not in back and (why := why_payout_waits(supplier.pk, currency, now)):
            found.append(UnderWay(why, currency, tone="action"))
    return found


@dataclass(frozen=True)
class Waiting:
    """Something that is owed or told to go and has not left."""

    what: str
    currency: str
    amount_minor: int
    since: datetime | None
    why: str

    @property
    def amount(self) -> str:
        return money.display(self.amount_minor, self.currency)


def waiting(now: datetime) -> list[Waiting]:
    """What waits, each with its reason: owed and not told to go, then told to go and not with the bank."""
    found = []
    owed = Account.objects.owed().filter(kind=Account.Kind.SUPPLIER_PAYABLE).order_by("id")[:SHOWN]
    names = Supplier.objects.in_bulk([account.supplier_id for account in owed])
    back = set(Payout.objects.waiting_for_staff().values_list("supplier_id", "currency"))
    for account in owed:
        key = (account.supplier_id, account.currency)
        why = CAME_BACK if key in back else why_payout_waits(*key, now) or "It goes with the next sweep."
        found.append(Waiting(str(names[account.supplier_id]), account.currency, -account.balance_minor, None, why))
    for model in (Refund, Payout):
        rows = model.objects.filter(status=Sending.SENDING).select_related(*model.WITH).order_by("id")
        rows = rows.filter(method=Method.TT) if model is Refund else rows
        found += [
            Waiting(f"{row.end_to_end}, {row.towards}", row.currency, row.amount_minor, row.created_at, row.why)
            for row in rows[:SHOWN]
        ]
    return found
