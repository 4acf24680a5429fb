"""What the pretend bank does by itself: it reports transfers and contested charges, and settles card money."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from ledger import chart
from ledger.actions import balance
from ledger.models import Account
from payments import actions
from payments.gateways.sandbox.models import SandboxCharge, SandboxContest, SandboxSettlement, SandboxTransfer
from payments.models import BankEntry, Chargeback, Payment
from suppliers.models import DesignatedAccount
from trade_assurance import money
from trade_assurance.refused import MovedOn, Refused


def send_transfer(
    *,
    account_number: str,
    currency: str,
    amount_minor: int,
    charges_minor: int = 0,
    reference: str = "",
    payer_name: str = "",
    now: datetime,
) -> SandboxTransfer:
    """Play a sender: the transfer is on the bank's side at once; `report` tells us of it when the account is ours."""
    ours = DesignatedAccount.objects.filter(number=account_number).exists()
    return SandboxTransfer.objects.create(
        entry=f"SBX-{secrets.token_hex(8)}",
        account_number=account_number,
        currency=currency,
        amount_minor=amount_minor - charges_minor,
        charges_minor=charges_minor,
        reference=reference,
        payer_name=payer_name,
        sent_at=now,
        reported_at=None if ours else now,  # money on somebody else's account is never on our statement
    )


def unreported() -> list[dict]:
    """Transfers that are on our accounts and not yet in our books."""
    due = SandboxTransfer.objects.filter(reported_at__isnull=True).order_by("sent_at")
    return [{"transfer_id": pk} for pk in due.values_list("id", flat=True)[:500]]


def report(*, transfer_id: int, now: datetime) -> BankEntry:
    """Tell us of a transfer as a statement does; telling twice counts once."""
    transfer = SandboxTransfer.objects.get(pk=transfer_id)
    entry = actions.record_bank_credit(
        credit=actions.Credit(
            entry=transfer.entry,
            account_number=transfer.account_number,
            currency=transfer.currency,
            amount_minor=transfer.amount_minor,
            reference=transfer.reference,
            payer_name=transfer.payer_name,
            charges_minor=transfer.charges_minor,
        ),
        now=now,
    )
    SandboxTransfer.objects.filter(pk=transfer_id, reported_at=None).update(reported_at=now)
    return entry


@transaction.atomic
def contest(*, charge_id: int, amount_minor: int, reason: str, now: datetime) -> SandboxContest:
    """Play the cardholder's bank: it takes a charge back, in part or whole, until it decides. Raises Refused."""
    charge = SandboxCharge.objects.select_for_update().get(pk=charge_id)
    if charge.state != SandboxCharge.State.PAID:
        raise MovedOn(_("This charge was not paid, so there is nothing to contest."))
    left = charge.left_minor
    if left == 0:
        raise MovedOn(_("All of this charge has gone back already, so there is nothing left to contest."))
    if not 0 < amount_minor <= left:
        most = money.display(left, charge.currency)
        raise Refused(
            _("Contest more than zero and at most {most}: that is what has not gone back.").format(most=most),
            field="amount",
        )
    return SandboxContest.objects.create(
        charge=charge, reference=f"CB-{secrets.token_hex(8)}", amount_minor=amount_minor, reason=reason, at=now
    )


@transaction.atomic
def decide(*, contest_id: int, won: bool) -> SandboxContest:
    """Play the cardholder's bank: it decides, once; `won` is for the merchant."""
    contest = SandboxContest.objects.select_for_update().get(pk=contest_id)
    if contest.state != SandboxContest.State.OPEN:
        raise MovedOn(_("The bank has decided this already."))
    contest.state = SandboxContest.State.WON if won else SandboxContest.State.LOST
    contest.save(update_fields=["state"])
    return contest


def untold() -> list[dict]:
    """Contests of which we do not know yet, or not yet how they ended."""
    due = SandboxContest.objects.exclude(told=F("state")).order_by("id")
    return [{"contest_id": pk} for pk in due.values_list("id", flat=True)[:500]]


def tell(*, contest_id: int, now: datetime) -> Chargeback:
    """Tell us how a contest stands; telling twice counts once."""
    contest = SandboxContest.objects.select_related("charge").get(pk=contest_id)
    payment = Payment.objects.get(key=contest.charge.key)
    said = {
        "payment_id": payment.id,
        "contested": actions.Contested(contest.reference, contest.amount_minor, contest.reason),
        "now": now,
    }
    if contest.state == SandboxContest.State.OPEN:
        chargeback = actions.open_chargeback(**said)
    else:
        chargeback = actions.end_chargeback(**said, won=contest.state == SandboxContest.State.WON)
    SandboxContest.objects.filter(pk=contest_id).update(told=contest.state)
    return chargeback


def unsettled() -> list[dict]:
    """Clearing accounts of the pretend processor that have something to settle."""
    accounts = Account.objects.filter(kind=Account.Kind.CLEARING, name__in=("card", "online"))
    return [
        {"gateway": account.name, "currency": account.currency}
        for account in accounts
        if balance(chart.clearing(account.name, account.currency))
    ]


@transaction.atomic
def settle(*, gateway: str, currency: str, now: datetime, kept_minor: int | None = None) -> SandboxSettlement:
    """Settle all that a clearing account holds: `kept_minor` is the processor's cost, by default its usual share."""
    rows = SandboxSettlement.objects.filter(gateway=gateway, currency=currency)
    number = (rows.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    try:  # a second settlement at once waits here for the first, then sees that this number is taken
        with transaction.atomic():
            settlement = SandboxSettlement.objects.create(gateway=gateway, currency=currency, number=number, at=now)
    except IntegrityError as taken:
        raise MovedOn("This is being settled already.") from taken
    taken_minor = balance(chart.clearing(gateway, currency))
    if kept_minor is None:
        kept_minor = money.percent(max(0, taken_minor), settings.SANDBOX_COST_BP, "half_up")
    if taken_minor:
        actions.settle_gateway(
            gateway=gateway,
            currency=currency,
            paid_minor=taken_minor - kept_minor,
            kept_minor=kept_minor,
            key=f"sandbox:{gateway}:{currency}:{number}",
            now=now,
        )
    settlement.taken_minor, settlement.kept_minor = taken_minor, kept_minor
    settlement.save()
    return settlement
