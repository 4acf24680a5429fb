"""Sweeps about people's sign-in and their programs' requests."""

from celery import shared_task
from django.utils import timezone

from accounts import actions


@shared_task(ignore_result=True)
def forget_answers():
    """Forget what requests with an Idempotency-Key were answered more than 30 days ago, a batch at a time."""
    actions.forget_answers(now=timezone.now())
