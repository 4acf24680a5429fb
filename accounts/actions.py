"""What can be done with a person. Sign-in, passwords and second factors are django-allauth's own actions."""

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts import mails
from accounts.models import MailOff, User
from events.actions import record
from trade_assurance.refused import Refused


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
def choose_mails(*, user_id: int, on: Iterable[str], off: Iterable[str], by: User | None, now: datetime) -> list[str]:
    """Turn kinds of mail on and off for a person; gives those that are off then. `by` is None for a mail's link.

    Raises Refused for a kind that nobody turns off, and for one that there is not; then nothing changes.
    """
    on, off, known = set(on), set(off), mails.kinds()
    if wrong := [code for code in on | off if code not in known]:
        raise Refused(f"There are no mails of the kind “{wrong[0][:40]}”. Open the page again.")
    if wrong := [known[code] for code in off if known[code].always]:
        raise Refused(f"These mails are always sent: {wrong[0].label}. {wrong[0].always}")
    User.objects.select_for_update().get(pk=user_id)
    stand = set(MailOff.objects.filter(user=user_id).values_list("kind", flat=True))
    turned_on, turned_off = sorted((on - off) & stand), sorted(off - stand)
    if turned_on or turned_off:
        MailOff.objects.filter(user=user_id, kind__in=turned_on).delete()
        MailOff.objects.bulk_create(MailOff(user_id=user_id, kind=code, since_at=now) for code in turned_off)
        record("person", user_id, "person.mails_chosen", by=by, now=now, data={"on": turned_on, "off": turned_off})
    return sorted((stand | set(turned_off)) - set(turned_on))
