"""What the owners of a webhook are told by mail."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts import mails
from notifications.webhooks.models import Endpoint
from suppliers.models import Member
from trade_assurance.rulebook import CURRENT

KIND = "team.webhook_off"


def tell_of_turning_off(endpoint: Endpoint) -> None:
    """Tell the person, or the company's owners, that we turned a webhook off and why."""
    owned = Q(user__memberships__supplier=endpoint.supplier_id, user__memberships__role=Member.Role.OWNER)
    people = owned if endpoint.supplier_id else Q(user=endpoint.user_id)
    found = EmailAddress.objects.filter(people, verified=True).order_by("email").values_list("email", flat=True)
    addresses = list(found.distinct())
    pages = "company_webhooks" if endpoint.supplier_id else "webhooks"
    context = {
        "endpoint": endpoint,
        "is_gone": endpoint.off_because == Endpoint.Off.GONE,
        "days": CURRENT.webhook_off_days,
        "log_days": CURRENT.webhook_log_days,
        "link": f"{settings.SITE_URL}{reverse(f'notifications:{pages}:endpoint', args=[endpoint.public_id])}",
    }
    mails.post(KIND, addresses, context)
