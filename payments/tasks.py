"""Sweeps that move real money: find what is due, call one action each. Safe to run twice, at once, and when lost."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ledger.models import Account
from payments import actions
from payments.actions import closing, hearing, reviewing, settling
from payments.fraud import sightings
from payments.gateways import is_set_up, named
from payments.gateways.sandbox import bank as sandbox
from payments.models import (
    BankEntry,
    Chargeback,
    Check,
    GatewaySettlement,
    Payment,
    Payout,
    PayoutBatch,
    Refund,
    Sending,
    StatementFile,
    Webhook,
)
from trade_assurance.sweeping import SWEEP, sweep

LOOK_BACK = timedelta(days=60)  # how far back a processor is asked for what its reports may have lost


def _ids(name: str, due) -> list[dict]:
    return [{name: pk} for pk in due.order_by("next_ask_at").values_list("id", flat=True)[:SWEEP]]


@shared_task
def ask_gateways():
    """Ask gateways how the payments stand that have no final answer; book what the sandbox's bank reports."""
    now = timezone.now()
    sweep(_ids("payment_id", Payment.objects.to_ask(now)), actions.ask, now=now)
    if settings.SANDBOX:
        sweep(sandbox.unreported(), sandbox.report, now=now)
        sweep(sandbox.untold(), sandbox.tell, now=now)


@shared_task
def send_refunds():
    """Send what the ledger owes to buyers, and follow each refund until it ends (Rulebook 22)."""
    now = timezone.now()
    owed = Account.objects.owed().filter(kind=Account.Kind.REFUND_PAYABLE).order_by("id")[:SWEEP]
    sweep([{"order_id": account.order_id} for account in owed], actions.send_refunds, now=now)
    sweep(_ids("refund_id", Refund.objects.to_push(now)), actions.push_refund, now=now)


@shared_task
def send_payouts():
    """Send what the ledger owes to suppliers, and follow each payout until it ends."""
    now = timezone.now()
    owed = Account.objects.owed().filter(kind=Account.Kind.SUPPLIER_PAYABLE).order_by("id")[:SWEEP]
    due = [{"supplier_id": account.supplier_id, "currency": account.currency} for account in owed]
    sweep(due, actions.send_payout, now=now)
    sweep(_ids("payout_id", Payout.objects.to_push(now)), actions.push_payout, now=now)
    with_bank = PayoutBatch.objects.filter(state=PayoutBatch.State.SENT).order_by("id").values_list("id", flat=True)
    sweep([{"batch_id": pk} for pk in with_bank[:SWEEP]], actions.end_batch, now=now)


@shared_task
def return_unmatched():
    """Send money back that nobody could match for 14 days (Rulebook 5)."""
    now = timezone.now()
    due = BankEntry.objects.to_return(now).order_by("return_at").values_list("id", flat=True)[:SWEEP]
    sweep([{"entry_id": pk} for pk in due], actions.begin_return, now=now)
    sweep(_ids("entry_id", BankEntry.objects.to_push(now)), actions.push_return, now=now)


@shared_task
def alarm_overdue_reviews():
    """Tell staff of held payments that nobody reviewed within 24 h; time approves nothing (product.md §4)."""
    now = timezone.now()
    due = Check.objects.to_alarm(now).order_by("due_at").values_list("id", flat=True)[:SWEEP]
    sweep([{"check_id": pk} for pk in due], reviewing.mark_overdue, now=now)


@shared_task
def forget_sightings():
    """Delete what is too old to say where people were seen."""
    sightings.forget(now=timezone.now())


@shared_task
def hear_webhooks():
    """Act on what gateways reported: each report was stored first, and asks only sooner what is asked anyway."""
    now = timezone.now()
    due = Webhook.objects.to_hear(now).order_by("next_try_at").values_list("id", flat=True)[:SWEEP]
    sweep([{"webhook_id": pk} for pk in due], hearing.hear_webhook, now=now)


@shared_task
def ask_contested():
    """Ask Stripe for cases that were opened lately, and how those stand that are open: a lost report is found here."""
    if not is_set_up("stripe"):
        return
    now = timezone.now()
    ended = Chargeback.objects.filter(gateway="stripe").exclude(state=Chargeback.State.OPEN)
    new = {case.reference for case in named("stripe").cases(since=now - LOOK_BACK)}
    new -= set(ended.filter(gateway_reference__in=new).values_list("gateway_reference", flat=True))
    new |= set(Chargeback.objects.open().filter(gateway="stripe").values_list("gateway_reference", flat=True))
    due = [{"gateway_name": "stripe", "reference": reference} for reference in sorted(new)]
    sweep(due, hearing.ask_case, now=now)


@shared_task
def ask_bounced():
    """Ask Stripe for refunds that came back after they were confirmed: a lost report is found here."""
    if not is_set_up("stripe"):
        return
    now = timezone.now()
    found = list(named("stripe").bounced(since=now - LOOK_BACK))
    ours = Refund.objects.filter(gateway_reference__in=found, payment__gateway="stripe", status=Sending.CONFIRMED)
    sweep([{"refund_id": pk} for pk in ours.values_list("id", flat=True)], hearing.ask_confirmed, now=now)


@shared_task
def settle_stripe():
    """Book what Stripe has paid out to our bank, less what it kept."""
    if not is_set_up("stripe"):
        return
    now = timezone.now()
    found = list(named("stripe").settlements(since=now - LOOK_BACK))
    rows = GatewaySettlement.objects.filter(gateway="stripe", reference__in=found)
    booked = set(rows.filter(state=GatewaySettlement.State.BOOKED).values_list("reference", flat=True))
    waiting = GatewaySettlement.objects.filter(gateway="stripe", state=GatewaySettlement.State.PARKED)
    due = sorted((set(found) | set(waiting.values_list("reference", flat=True)[:SWEEP])) - booked)
    sweep([{"gateway_name": "stripe", "reference": ref} for ref in due], settling.settle_payout, now=now)


@shared_task
def import_statements():
    """Book statement files that were too large to wait for, and those whose booking was broken off."""
    now = timezone.now()
    due = StatementFile.objects.unfinished().order_by("id").values_list("id", flat=True)[:SWEEP]
    sweep([{"file_id": pk} for pk in due], actions.import_statement, now=now)


@shared_task
def settle_sandbox():
    """The pretend processor settles what it took by card and online, less its cost."""
    if settings.SANDBOX:
        now = timezone.now()
        sweep(sandbox.unsettled(), sandbox.settle, now=now)


@shared_task
def close_the_day():
    """Reconcile gateways, bank and ledger for the day before (UTC); what differs is kept, and an alarm is an error."""
    now = timezone.now()
    closing.close_day(day=now.date() - timedelta(days=1), now=now)
