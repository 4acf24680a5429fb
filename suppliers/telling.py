"""What the people of a company are told by mail when power over its money changes, or its standing."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts import mails
from suppliers.models import Invitation, Member, PayoutAccount, Product, Supplier, Verification
from trade_assurance.rulebook import CURRENT

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

    _send("payments.payout_account", addresses, context)


def tell_of_standing(supplier: Supplier, points: int) -> None:
    """Once this is committed, tell owners and sales that penalty points paused or removed their company."""
    context = {
        "supplier": supplier,
        "points": points,
        "is_removed": supplier.status == Supplier.Status.REMOVED,
        "link": f"{settings.SITE_URL}{reverse('portal:rating')}",
        "rules": CURRENT,
    }
    _send("reviews.standing", _addresses(supplier), context)


def tell_of_invitation(invitation: Invitation, token: str) -> None:
    """Once this is committed, ask the person by mail; the link's secret is nowhere else."""
    context = {
        "invitation": invitation,
        "supplier": invitation.supplier,
        "by": invitation.invited_by.full_name or invitation.invited_by.email,
        "link": f"{settings.SITE_URL}{reverse('portal:join', args=[token])}",
    }
    _send("team.invitation", [invitation.email], context)


def tell_of_status(supplier: Supplier, reason: str) -> None:
    """Once this is committed, tell owners and sales what staff decided of new orders, and why."""
    context = {
        "supplier": supplier,
        "reason": reason,
        "is_active": supplier.status == Supplier.Status.ACTIVE,
        "is_removed": supplier.status == Supplier.Status.REMOVED,
        "link": f"{settings.SITE_URL}{reverse('portal:rating')}",
    }
    _send("team.status", _addresses(supplier), context)


def tell_of_verification(verification: Verification, what: str) -> None:
    """Once this is committed, tell owners and sales: accepted, refused, a reminder that it ends, or expired."""
    supplier = verification.supplier
    context = {
        "supplier": supplier,
        "verification": verification,
        "is_on_site": verification.level == Supplier.Level.INSPECTED,
        "is_accepted": what == "accepted",
        "is_refused": what == "refused",
        "is_reminder": what == "reminder",
        "link": f"{settings.SITE_URL}{reverse('portal:documents')}",
    }
    kind = "team.verified" if what in ("accepted", "refused") else "team.verification_ends"
    _send(kind, _addresses(supplier), context)


def tell_of_product(product: Product, reason: str) -> None:
    """Once this is committed, tell owners and sales that staff took a product out of the directory, or let it back."""
    context = {
        "product": product,
        "supplier": product.supplier,
        "reason": reason,
        "is_out": product.taken_out_at is not None,
        "link": f"{settings.SITE_URL}{reverse('portal:product', args=[product.pk])}",
    }
    _send("team.product", _addresses(product.supplier), context)


def _addresses(supplier: Supplier) -> list[str]:
    """The verified addresses of a company's owners and sales staff."""
    sells = (Member.Role.OWNER, Member.Role.SALES)
    people = Q(user__memberships__supplier=supplier, user__memberships__role__in=sells)
    found = EmailAddress.objects.filter(people, verified=True).order_by("email").values_list("email", flat=True)
    return list(found.distinct())


def _send(kind: str, addresses: list[str], context: dict) -> None:
    mails.post(kind, addresses, context)
