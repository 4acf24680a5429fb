"""The bank accounts that a company is paid at."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from events.actions import record
from suppliers.actions.team import KIND
from suppliers.bank_details import BankDetails
from suppliers.models import ACCOUNT_WAIT, Member, PayoutAccount, Supplier
from suppliers.telling import tell_of_account
from trade_assurance import money
from trade_assurance.refused import MovedOn, NotAllowed, Refused


@transaction.atomic
def add_payout_account(
    *, supplier_id: int, details: BankDetails, currency: str = "", second_factor: bool, by, now: datetime
) -> PayoutAccount:
    """Let payouts go to another account 24 h from now; owners and bookkeepers are told at once (quality.md §3).

    `second_factor` is whether the session proved one in the last minutes. An empty `currency` means all of them.
    A new account that does not count yet gives way to this one. Raises NotAllowed, MovedOn.
    """
    supplier = Supplier.objects.locked(supplier_id)
    if not supplier.members.filter(user=by, role=Member.Role.OWNER).exists():
        raise NotAllowed(_("Only an owner of the company says where its money goes. Ask an owner to do this."))
    if not second_factor:
        raise NotAllowed(_("Confirm with your second factor first: this decides where the company's money goes."))
    if currency and currency not in money.CURRENCIES:
        raise Refused(_("Choose a currency, or all."), field="currency")
    pending = supplier.payout_accounts.pending(now).filter(currency=currency)
    before = supplier.payout_accounts.to_pay(currency, now).filter(currency=currency).first()
    if before is not None and before.details == details and not pending.exists():
        raise MovedOn(_("Payouts go to this account already. Nothing was changed."))
    pending.update(withdrawn_at=now, withdrawn_by=by)
    account = PayoutAccount.objects.create(
        supplier=supplier,
        currency=currency,
        holder=details.holder,
        country=details.country,
        iban=details.iban,
        number=details.number,
        bic=details.bic,
        bank_name=details.bank_name,
        added_by=by,
        added_at=now,
        valid_from_at=now + ACCOUNT_WAIT,
    )
    data = {"account": account.id, "currency": currency or "all", "ends": details.masked[-4:]}
    record(KIND, supplier.id, "supplier.payout_account_added", by=by, now=now, data=data)
    tell_of_account(account, before)
    return account


@transaction.atomic
def withdraw_payout_account(*, account_id: int, by, now: datetime) -> PayoutAccount:
    """Take a new account back before it counts; payouts go on to the one before. Raises NotAllowed, MovedOn."""
    account = PayoutAccount.objects.get(pk=account_id)
    supplier = Supplier.objects.locked(account.supplier_id)
    if not supplier.members.filter(user=by, role=Member.Role.OWNER).exists():
        raise NotAllowed(_("Only an owner of the company takes an account back."))
    account.refresh_from_db()
    if account.withdrawn_at is not None or account.valid_from_at <= now:
        raise MovedOn(_("This account counts already, or was taken back. Add the right one instead."))
    account.withdrawn_at, account.withdrawn_by = now, by
    account.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(KIND, supplier.id, "supplier.payout_account_withdrawn", by=by, now=now, data={"account": account.id})
    return account
