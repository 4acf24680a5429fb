"""What the people of a company are told by mail when power over its money changes."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from suppliers.models import Member, PayoutAccount

TOLD = (Member.Role.OWNER, Member.Role.FINANCE)


def tell_of_account(account: PayoutAccount, before: PayoutAccount | None) -> None:
    """Once this is committed, tell owners, bookkeepers and who named the account before, at each of their addresses."""
    people = Q(user__memberships__supplier=account.supplier_id, user__memberships__role__in=TOLD)
    if before is not None:
        people |= Q(user=before.added_by_id)
    found = EmailAddress.objects.filter(people, verified=True).order_by("email").values_list("email", flat=True)
    addresses = list(found.distinct())
    context = {
        "account": account,
        "before": before,
        "supplier": account.supplier,
        "link": f"{settings.SITE_URL}{reverse('payments:payout_account')}",
    }

    def send():
        for address in addresses:
            get_adapter().render_mail("suppliers/email/payout_account", address, context).send()

    transaction.on_commit(send, robust=True)
