"""The certificate of coverage: what of an order is covered, since when and until when, and the number that proves it.

The number is the order's public id in Crockford's base 32: random, so nobody finds one by trying, and easy to read out.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.models import Order
from trade_assurance import money
from trade_assurance.templatetags.ta import moment, moment_end

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
GROUPS = (6, 5, 5, 5, 5)
UTC = "UTC"  # a paper that goes from hand to hand names one zone
MISREAD = str.maketrans("OIL", "011")


def number_of(order: Order) -> str:
    """The certificate's number, such as 01KAXW-8M2Q4-…"""
    value, letters = order.public_id.int, ""
    for _place in range(LENGTH):
        value, letter = divmod(value, 32)
        letters = LETTERS[letter] + letters
    parts, at = [], 0
    for size in GROUPS:
        parts.append(letters[at : at + size])
        at += size
    return "-".join(parts)


def order_of(number: str) -> Order | None:
    """The order whose certificate has this number, as people type it; None for what is no certificate."""
    letters = re.sub(r"[\s-]", "", number.upper()).translate(MISREAD)
    if len(letters) != LENGTH or any(letter not in LETTERS for letter in letters):
        return None
    value = 0
    for letter in letters:
        value = value * 32 + LETTERS.index(letter)
    if value >= 2**128:
        return None
    found = Order.objects.filter(public_id=UUID(int=value), placed_at__isnull=False)
    return found.select_related("supplier").first()


def link(order: Order) -> str:
    """Where the certificate's code leads: the page that says what is true now."""
    return f"{settings.SITE_URL}{reverse('orders:certificate_check', args=[number_of(order)])}"


@dataclass(frozen=True)
class Certificate:
    """What a certificate says at one moment, in words."""

    state: str  # "waiting", "in_force", "ended"
    headline: str
    since: str
    until: str
    after_receipt: str
    covers: tuple[str, ...]
    limits: tuple[str, ...]


def certificate(order: Order, now: datetime) -> Certificate:
    """The certificate of a placed order as of `now`."""
    amount = money.display(order.covered_minor, order.currency)
    days = order.rulebook.protection_days
    if order.is_final:
        state, headline = (
            "ended",
            _("Ended {closed_at}: {because}.").format(
                closed_at=moment(order.closed_at, UTC), because=_(order.closed_because)
            ),
        )
    elif order.kept_minor <= 0:
        state, headline = "waiting", _("Not in force yet: nothing that was paid has cleared.")
    else:
        state, headline = "in_force", _("In force: {amount} are covered.").format(amount=amount)
    return Certificate(
        state=state,
        headline=headline,
        since=moment(order.first_cleared_at, UTC) if order.first_cleared_at else _("The first payment that clears"),
        until=_until(order, days),
        after_receipt=_after_receipt(order),
        covers=_covers(order),
        limits=(
            _("Money paid to any account other than the designated one is not covered."),
            _("What a payment adds, or a refund takes away, changes the covered amount."),
            _("Version {version} of the rulebook of Trade Assurance holds.").format(version=order.rulebook_version),
        ),
    )


def _until(order: Order, days: int) -> str:
    if order.is_final:
        return moment(order.closed_at, UTC)
    if order.status == Order.Status.RECEIVED and order.protection_ends_at:
        return moment_end(order.protection_ends_at, UTC)
    if order.status == Order.Status.RECEIVED:
        return _("Its clock stands still while a claim is open")
    return _("{days} days after the buyer has received the goods").format(days=days)


def _after_receipt(order: Order) -> str:
    """What stays covered once the supplier has been paid."""
    after = min(order.total_minor, order.left_of_limit_minor)
    amount = money.display(after, order.currency)
    return _("Up to {amount}, and always what is still held for the order").format(amount=amount)


def _covers(order: Order) -> tuple[str, ...]:
    shipping = (
        _("Goods that are not shipped by the date agreed, or do not arrive."),
        _("What was paid until it is released to the supplier: it is held for this order."),
    )
    if order.is_sample:
        return (*shipping, _("A sample order has no quality protection."))
    return (*shipping, _("Goods that are short, wrong, damaged or not of the quality agreed in the contract."))
