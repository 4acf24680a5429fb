"""Erasing a person who asks for it: after some days to think again, once nothing is open, keeping books and chains."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mails, personal
from accounts.models import User
from events.actions import record
from events.models import PersonalValue
from trade_assurance.refused import MovedOn, NotAllowed, Refused


@transaction.atomic
def ask_erasure(*, user_id: int, typed: str, by: User, now: datetime) -> User:
    """Ask to be erased: settings.ERASURE_WAIT_DAYS later, or as soon after as nothing is open. Raises Refused.

    `typed` is the person's e-mail address, so that nobody asks by a slip.
    """
    user = _self(user_id, by)
    if user.is_staff:
        raise Refused(personal.waits(user, now)[0])
    if typed.strip().lower() != user.email:
        raise Refused(_("Type {email} to confirm. Nothing was changed.").format(email=user.email), field="typed")
    if user.erase_at is None:
        user.erase_at = now + timedelta(days=settings.ERASURE_WAIT_DAYS)
        user.save(update_fields=["erase_at"])
        record("person", user.pk, "person.erasure_asked", by=by, now=now)
        link = f"{settings.SITE_URL}{reverse('accounts:data')}"
        words = {"user": user, "waits": personal.waits(user, now), "at": user.erase_at, "link": link}
        mails.send("security.erasure", [user.email], words)
    return user


@transaction.atomic
def keep(*, user_id: int, by: User, now: datetime) -> User:
    """Take the wish to be erased back. Raises MovedOn when there is none."""
    user = _self(user_id, by)
    if user.erase_at is None:
        raise MovedOn(_("You had not asked to be erased, or took it back already."))
    user.erase_at = None
    user.save(update_fields=["erase_at"])
    record("person", user.pk, "person.erasure_withdrawn", by=by, now=now)
    return user


def _self(user_id: int, by: User) -> User:
    if user_id != by.pk:
        raise NotAllowed(_("Only the person themselves decides this."))
    return User.objects.select_for_update(no_key=True).get(pk=user_id)


@transaction.atomic
def erase(*, user_id: int, now: datetime) -> User:
    """Erase a person who asked for it and whose days are over. Raises MovedOn, and Refused while something is open.

    What is theirs alone goes; orders, books and decisions stay and name an erased person. Each chain still verifies.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if user.erase_at is None or user.erase_at > now:
        raise MovedOn(_("The person took it back."))
    if found := personal.waits(user, now):
        raise Refused(found[0])
    for holding in personal.holdings():
        holding.erase(user, now)
    sessions = user.usersession_set.values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(sessions)).delete()
    for model, field in personal.theirs_alone():
        model._base_manager.filter(**{field: user}).delete()
    PersonalValue.objects.filter(event__subject_kind="person", event__subject_id=user.pk).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.email = f"erased-{user.public_id}@erased.invalid"  # RFC 2606: a domain that never receives
    user.full_name = user.company_name = user.country = ""
    user.timezone, user.language = "UTC", "en"
    user.is_active, user.last_login, user.erase_at, user.erased_at = False, None, None, now
    user.set_unusable_password()
    user.save()
    record("person", user.pk, "person.erased", now=now)
    return user
