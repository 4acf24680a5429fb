"""What can be done with a person. Sign-in, passwords and second factors are django-allauth's own actions."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken

from accounts import mails
from accounts.models import ApiKey, KeptAnswer, MailOff, MailWhen, User
from events.actions import record
from trade_assurance.refused import NotAllowed, Refused

KEYS_MAX = 20  # a person's keys at once
NAME_MAX = 60
ANSWERS_KEPT = timedelta(days=30)  # quality.md §2


@transaction.atomic
def register(*, email: str, password: str | None, now: datetime, verified: bool = False, **fields) -> User:
    """Make a person with an e-mail address as sign-up does, without the mail; `verified` lets them sign in at once."""
    user = User.objects.create_user(email, password, date_joined=now, **fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    record("person", user.pk, "person.registered", by=user, now=now)
    return user


@transaction.atomic
def change_settings(*, user_id: int, by: User, now: datetime, **fields) -> User:
    """Change name, company, country, time zone or language; the event names the fields, never the personal values."""
    user = User.objects.select_for_update().get(pk=user_id)
    changed = sorted(name for name, value in fields.items() if getattr(user, name) != value)
    if changed:
        for name in changed:
            setattr(user, name, fields[name])
        user.save(update_fields=changed)
        record("person", user.pk, "person.settings_changed", by=by, now=now, data={"fields": changed})
    return user


@transaction.atomic
def choose_mails(
    *, user_id: int, on: Iterable[str], off: Iterable[str], when: str = "", by: User | None, now: datetime
) -> list[str]:
    """Turn kinds of mail on and off for a person, and say when those come that may wait; gives those that are off then.

    `by` is None for a mail's link; the daily mail's ends all that may wait. Raises Refused for a kind that nobody turns
    off, and for a kind or a time that there is not; then nothing changes.
    """
    on, off, known = set(on), set(off), mails.kinds()
    if mails.DAILY in off:
        off, when = off - {mails.DAILY}, MailWhen.NONE
    if when and when not in MailWhen.values:
        raise Refused(_("Choose when your mails come."), field="when")
    if wrong := [code for code in on | off if code not in known]:
        raise Refused(_("There are no mails of the kind “{kind}”. Open the page again.").format(kind=wrong[0][:40]))
    if wrong := [known[code] for code in off if known[code].always]:
        raise Refused(
            _("These mails are always sent: {kind}. {reason}").format(kind=wrong[0].label, reason=wrong[0].always)
        )
    user = User.objects.select_for_update().get(pk=user_id)
    stand = set(MailOff.objects.filter(user=user_id).values_list("kind", flat=True))
    turned_on, turned_off = sorted((on - off) & stand), sorted(off - stand)
    is_new_time = bool(when) and when != user.mail_when
    if is_new_time:
        user.mail_when = when
        user.save(update_fields=["mail_when"])
    if turned_on or turned_off or is_new_time:
        MailOff.objects.filter(user=user_id, kind__in=turned_on).delete()
        MailOff.objects.bulk_create(MailOff(user_id=user_id, kind=code, since_at=now) for code in turned_off)
        data = {"on": turned_on, "off": turned_off} | ({"when": str(when)} if is_new_time else {})
        record("person", user_id, "person.mails_chosen", by=by, now=now, data=data)
    return sorted((stand | set(turned_off)) - set(turned_on))


def hash_of(secret: str) -> str:
    """What of a key's secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_key(*, user_id: int, name: str, scope: str, by: User, now: datetime) -> tuple[ApiKey, str]:
    """Make a key that acts as `by`, and give its secret, which is shown once and kept nowhere. Raises Refused.

    The page asks for a fresh sign-in before; nobody makes keys for others.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if person.pk != by.pk or not person.is_active:
        raise NotAllowed(_("Only the person who signs in makes keys that act as them."))
    name = name.strip()
    if not name or len(name) > NAME_MAX:
        raise Refused(
            _("Give the key a name of at most {max} characters, such as: our ERP.").format(max=NAME_MAX),
            field="name",
        )
    if scope not in ApiKey.Scope.values:
        raise Refused(_("Choose what the key may do."), field="scope")
    if person.api_keys.alive().count() >= KEYS_MAX:
        raise Refused(
            _("You have {max} keys, which is the most. Revoke one that nothing uses any more.").format(max=KEYS_MAX)
        )
    begin = "ta_test_" if settings.SANDBOX else "ta_live_"
    secret = begin + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        user=person,
        name=name,
        scope=scope,
        prefix=secret[: len(begin) + 4],
        secret_hash=hash_of(secret),
        created_at=now,
    )
    record("person", person.pk, "person.key_made", by=by, now=now, data={"key": key.pk, "scope": scope})
    link = f"{settings.SITE_URL}{reverse('accounts:keys')}"
    mails.post("security.key", [person.email], {"user": person, "key": key, "link": link}, now=now)
    return key, secret


@transaction.atomic
def revoke_key(*, key_id: int, by: User, now: datetime) -> ApiKey:
    """End a key at once: when this returns, no request of its changes anything any more. Once is enough.

    A request that changes something holds its key's row until it has committed, and this waits for it.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    key = ApiKey.objects.select_for_update().filter(pk=key_id, user=person).first()
    if key is None:
        raise NotAllowed(_("This is no key of yours."))
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        record("person", person.pk, "person.key_revoked", by=by, now=now, data={"key": key.pk})
    return key


def note_used(*, key_id: int, now: datetime) -> None:
    """Note that a key is in use, at most once a minute."""
    minute = now.replace(second=0, microsecond=0)
    seen = Q(last_used_at__isnull=True) | Q(last_used_at__lt=minute)
    ApiKey.objects.filter(seen, pk=key_id).update(last_used_at=minute)


def forget_answers(*, now: datetime, most: int = 10_000) -> int:
    """Forget answers that were kept for 30 days (quality.md §2); gives how many."""
    due = KeptAnswer.objects.filter(made_at__lte=now - ANSWERS_KEPT).order_by("made_at").values("pk")[:most]
    return KeptAnswer.objects.filter(pk__in=due).delete()[0]


PROGRAMS_MAX = 10
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def redirect_addresses(text: str) -> list[str]:
    """The addresses that an answer may be sent to, one a line: https, or http on the person's own machine. Refused."""
    found = text.split()
    if not found or len(found) > 10:
        raise Refused(_("Give one to ten addresses, one a line."), field="addresses")
    for address in found:
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            parts, host = urlsplit(""), ""
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
        odd = not address.isascii() or parts.fragment or parts.username or "*" in address or len(address) > 500
        if not is_safe or not host or odd:
            raise Refused(
                _("{address} can’t be used. Give whole addresses with https, such as https://erp.example/back.").format(
                    address=address[:80]
                ),
                field="addresses",
            )
    return found


@transaction.atomic
def register_program(*, name: str, addresses: str, keeps_secret: bool, by: User, now: datetime):
    """Register a program that others may let act for them; gives it and its secret, which is shown once. Refused.

    Authorization code with PKCE is the only way in. A program that can't keep a secret (an app, a page) gets none.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    name = name.strip()
    if not name or len(name) > NAME_MAX:
        raise Refused(
            _("Give the program a name of at most {max} characters; people read it.").format(max=NAME_MAX),
            field="name",
        )
    found = redirect_addresses(addresses)
    if Application.objects.filter(user=person).count() >= PROGRAMS_MAX:
        raise Refused(
            _("You have {max} programs, which is the most. Remove one that nobody uses.").format(max=PROGRAMS_MAX)
        )
    secret = secrets.token_urlsafe(48) if keeps_secret else ""
    program = Application.objects.create(
        user=person,
        name=name,
        client_type=Application.CLIENT_CONFIDENTIAL if keeps_secret else Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=" ".join(found),
        client_secret=secret,
        hash_client_secret=True,
    )
    record("person", person.pk, "person.program_registered", by=by, now=now, data={"program": program.pk})
    return program, secret


@transaction.atomic
def remove_program(*, program_id: int, by: User, now: datetime) -> str:
    """Remove a program of one's own; whoever let it act for them is rid of it at once. Gives its name."""
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    program = Application.objects.select_for_update().filter(pk=program_id, user=person).first()
    if program is None:
        raise NotAllowed(_("This is no program of yours."))
    name = program.name
    record("person", person.pk, "person.program_removed", by=by, now=now, data={"program": program.pk})
    program.delete()
    return name


@transaction.atomic
def end_access(*, program_id: int, by: User, now: datetime) -> None:
    """End what a program may do for this person, at once: tokens, the means to renew them, and unused codes."""
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    for model in (Grant, RefreshToken, AccessToken):
        model.objects.filter(user=person, application=program_id).delete()
    record("person", person.pk, "person.program_access_ended", by=by, now=now, data={"program": program_id})
