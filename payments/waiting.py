"""Why money that is owed is not on its way: one sentence for staff and for the supplier (I7)."""

from dataclasses import dataclass
from datetime import datetime

from ledger import proof
from ledger.models import Account
from payments.gateways import gateway, has_gateway
from payments.gateways.files.gateway import Files
from payments.models import Method, Payout, Refund, Sending
from suppliers.models import PayoutAccount, Supplier
from trade_assurance import money

SHOWN = 200
STOPPED = "The nightly proof of our books did not pass, so no payout leaves until it does. What is owed stays."
CAME_BACK = "A payout came back. Look at it, then let it be sent again."


def by_files() -> bool:
    """Whether transfers leave in payment files here."""
    return has_gateway(Method.TT) and isinstance(gateway(Method.TT), Files)


def stopped() -> str:
    """Why no payout at all leaves now; "" when they do."""
    last = proof.last_result()
    return STOPPED if last is not None and not last.holds else ""


def why_payout_waits(supplier_id: int, currency: str, now: datetime) -> str:
    """Why what a supplier is owed in a currency does not leave; "" when it does."""
    if reason := stopped():
        return reason
    if not by_files():
        return ""
    accounts = PayoutAccount.objects.filter(supplier_id=supplier_id)
    if accounts.to_pay(currency, now).exists():
        return ""
    pending = accounts.pending(now).filter(currency__in=(currency, "")).order_by("valid_from_at").first()
    if pending is not None:
        return f"The payout account is new. Payouts go to it from {pending.valid_from_at:%d %B %Y, %H:%M} UTC."
    return f"No account for payouts in {currency} is named. An owner of the company names it under Payouts, Account."


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
