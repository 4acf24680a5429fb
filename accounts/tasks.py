"""Sweeps: mails to leave, people who asked to be erased. Safe to run twice, at once, and after being lost."""

from celery import shared_task
from django.utils import timezone
from oauth2_provider.models import clear_expired

from accounts import actions, erasing, mails
from accounts.models import Letter, User
from trade_assurance.sweeping import SWEEP, sweep

LETTERS = 100  # that one run hands over at most


@shared_task
def send_letters():
    """Hand what is due to the mail server."""
    now = timezone.now()
    due = Letter.objects.due(now).order_by("due_at", "id").values_list("pk", flat=True)
    mails.deliver(list(due[:LETTERS]), now=now)


@shared_task
def erase_people():
    """Erase those who asked for it, whose days are over and who have nothing open (quality.md §3)."""
    now = timezone.now()
    due = User.objects.filter(erase_at__lte=now).order_by("erase_at").values_list("pk", flat=True)
    sweep([{"user_id": pk} for pk in due[:SWEEP]], erasing.erase, now=now)


@shared_task
def forget_answers():
    """Forget what requests with an Idempotency-Key were answered more than 30 days ago, a batch at a time."""
    actions.forget_answers(now=timezone.now())


@shared_task(ignore_result=True)
def forget_tokens():
    """Forget tokens and codes of programs that have ended."""
    clear_expired()
