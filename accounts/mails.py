"""Every mail that leaves, by its kind: who does not want it is not written to. Each app registers its kinds.

A kind that may be turned off carries the link that does it, for people and for mail programs (RFC 8058). What must
reach a person, such as security, decisions about money and deadlines that lose rights, says why and is always sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import MailOff, User

GROUPS = {
    "orders": "Orders",
    "payments": "Payments and refunds",
    "claims": "Claims and disputes",
    "reviews": "Reviews and rating",
    "team": "Your company",
    "security": "Security",
}
SIGNER = Signer(salt="accounts.mails.stop")


@dataclass(frozen=True)
class Kind:
    """One kind of mail. `template` is the beginning of its templates' names; `always` says why nobody turns it off."""

    code: str
    group: str
    label: str
    template: str
    always: str = ""


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds of mail; the settings page shows them in this order within their group."""
    for kind in kinds:
        if kind.group not in GROUPS:
            raise ValueError(f"no such group of mails: {kind.group}")
        _kinds[kind.code] = kind


def kinds() -> dict[str, Kind]:
    """Every kind by its code, in the order of the groups."""
    order = list(GROUPS)
    return dict(sorted(_kinds.items(), key=lambda item: order.index(item[1].group)))


def send(code: str, addresses: Iterable[str], context: dict) -> None:
    """Send one mail of this kind to each address whose owner wants it; raises what the mail server raises."""
    kind, addresses = _kinds[code], list(addresses)
    owners = EmailAddress.objects.filter(email__in=addresses, verified=True).values_list("email", "user_id")
    people = {} if kind.always else dict(owners)
    off = set(MailOff.objects.filter(kind=code, user__in=people.values()).values_list("user_id", flat=True))
    for address in addresses:
        person = people.get(address)
        if person in off:
            continue
        more, headers = {}, None
        if person is not None:
            more = {"stop": stop_link(person, code)}
            headers = {"List-Unsubscribe": f"<{more['stop']}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        get_adapter().render_mail(kind.template, address, context | more, headers=headers).send()


def stop_link(user_id: int, code: str) -> str:
    """The address that turns a kind of mail off for a person, signed; it does nothing else, so it never ends."""
    return f"{settings.SITE_URL}{reverse('accounts:stop_mail', args=[SIGNER.sign_object([user_id, code])])}"


def of_link(token: str) -> tuple[User, Kind] | None:
    """Whom and which kind a link of ours names; None for any other text."""
    try:
        user_id, code = SIGNER.unsign_object(token)
    except (BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=user_id).first()
    return (user, _kinds[code]) if user is not None and code in _kinds else None
