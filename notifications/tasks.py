"""Sweeps of what people and systems are told. Safe to run twice, at once, and after being lost."""

from celery import shared_task
from django.utils import timezone

from notifications import fanout, mailing, reminding
from notifications.push import sending
from notifications.webhooks import actions as webhooks
from notifications.webhooks import rounds
from trade_assurance.sweeping import SWEEP, sweep

BATCHES = 50  # that one run takes at most; the next one goes on
SOON = 5  # seconds after which a message that only hurries a sweep has nothing to add
FORGOTTEN = 2_000  # messages that are deleted at a time


@shared_task
def tell_what_happened():
    """Hand new events to the inbox and to whoever else is told."""
    told = 0
    for _ in range(BATCHES):
        batch = fanout.tell()
        told += batch
        if batch == 0:
            break
    if told:
        send_webhooks.apply_async(expires=SOON)  # only sooner: the sweeps find the rows anyway
        push_notices.apply_async(expires=SOON)


@shared_task
def send_webhooks():
    """Send what is due to the endpoints of buyers and suppliers, and note what they answered."""
    rounds.run_in_turn()


@shared_task
def forget_webhooks():
    """Delete messages of webhooks that are older than their log goes back."""
    for _ in range(BATCHES):
        if webhooks.forget(limit=FORGOTTEN, now=timezone.now()) == 0:
            break


@shared_task
def push_notices():
    """Push what is due to the browsers of its readers."""
    sending.run_in_turn()


@shared_task
def write_mails():
    """Write the mails of notices that are due; accounts.tasks sends them."""
    now = timezone.now()
    sweep(mailing.due(now, SWEEP), mailing.write, now=now)


@shared_task
def remind_of_deadlines():
    """Remind the side that can act of deadlines that are near (Rulebook 1, 10, 14-21)."""
    now = timezone.now()
    sweep(reminding.due(now, SWEEP), reminding.remind, now=now)
