"""What telling keeps about a person: addresses of its systems; its inbox, browsers and calendar go with it."""

from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from accounts.personal import Holding
from notifications.models import Notice
from notifications.webhooks.actions import disable, remove
from notifications.webhooks.models import Endpoint


def rows(user: User) -> list[dict]:
    """Where the person's systems and browsers are told, and what stands in its inbox."""
    addresses = Endpoint.objects.standing().filter(user=user).order_by("id")
    notices = Notice.objects.filter(user=user).order_by("id")
    return [
        *({"webhook": each.url, "events": each.types, "made": each.made_at} for each in addresses),
        *(
            {"browser": each.user_agent, "push_service": urlsplit(each.url).hostname, "made": each.made_at}
            for each in user.push_browsers.order_by("id")
        ),
        *({"told_of": each.kind, "at": each.at, "read": each.read_at} for each in notices),
    ]


def erase(user: User, now: datetime) -> None:
    """Tell the person's systems nothing more, nor those of a company that was closed with it."""
    for endpoint in Endpoint.objects.standing().filter(user=user).order_by("id"):
        remove(endpoint_id=endpoint.pk, by=user, now=now)
    closed = Endpoint.objects.on().filter(supplier__isnull=False, supplier__members__isnull=True)
    for endpoint in closed.order_by("id"):
        disable(endpoint_id=endpoint.pk, because=Endpoint.Off.GONE, now=now)


HOLDING = Holding("notifications", _lazy("Inbox and webhooks"), rows=rows, erase=erase)
