"""What can be done with a person. Sign-in, passwords and second factors are django-allauth's own actions."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from events.actions import record


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
