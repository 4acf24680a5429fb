"""The nightly rating of all suppliers; safe to run twice."""

from celery import shared_task
from django.utils import timezone

from suppliers import actions
from suppliers.models import Supplier


@shared_task
def rate_suppliers():
    """Work out every rating anew; on and after the 10th raise the limits that are due to be raised."""
    ids = Supplier.objects.order_by("pk").values_list("pk", flat=True)
    actions.rerate_many(supplier_ids=list(ids), now=timezone.now())
