"""Endpoints: added, changed, turned off and on, deleted; their secrets: shown once, and rotated."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from events.actions import record
from notifications.webhooks import catalogue, guard, signing
from notifications.webhooks.models import Delivery, Endpoint, Secret
from notifications.webhooks.telling import tell_of_turning_off
from suppliers.models import Member, Supplier
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

DESCRIPTION_MAX = 120
Off = Endpoint.Off


@transaction.atomic
def add(
    *, supplier_id: int | None, url: str, types: Iterable[str], description: str = "", by: User, now: datetime
) -> Endpoint:
    """Tell an address of events from now on: a company's when `supplier_id` is given, else of the person as buyer.

    Its secret is made with it, for `reveal` to show once. Raises NotAllowed, BadUrl, Refused.
    """
    _lock_owner(None if supplier_id else by.pk, supplier_id)
    if supplier_id:
        demand_owner(supplier_id, by)
    standing = Endpoint.objects.standing().filter(supplier_id=supplier_id, user=None if supplier_id else by)
    if standing.count() >= CURRENT.webhooks_max:
        raise Refused(
            _("There are {n} webhooks already. Delete one that you no longer need.").format(n=CURRENT.webhooks_max)
        )
    endpoint = Endpoint(supplier_id=supplier_id, user=None if supplier_id else by, made_at=now, made_by=by)
    _fill(endpoint, url=url, types=types, description=description)
    endpoint.save()
    _new_secret(endpoint, now)
    _record(endpoint, "webhook_added", by=by, now=now)
    return endpoint


@transaction.atomic
def change(
    *, endpoint_id: int, url: str, types: Iterable[str], description: str = "", by: User, now: datetime
) -> Endpoint:
    """Give an endpoint another address, other events or another description; what is on its way goes there too.

    Raises NotAllowed, MovedOn, BadUrl, Refused.
    """
    endpoint = _locked(endpoint_id, by)
    before = (endpoint.url, endpoint.types, endpoint.description)
    _fill(endpoint, url=url, types=types, description=description)
    if before == (endpoint.url, endpoint.types, endpoint.description):
        return endpoint
    if endpoint.url != before[0]:
        endpoint.failing_since_at, endpoint.is_slow = None, False
    endpoint.save()
    _record(endpoint, "webhook_changed", by=by, now=now)
    return endpoint


@transaction.atomic
@sensitive_variables()
def reveal(*, endpoint_id: int, by: User, now: datetime) -> str:
    """The newest secret, the first time it is asked for and never again. Raises NotAllowed, MovedOn."""
    endpoint = _locked(endpoint_id, by)
    newest = endpoint.secrets.get(ends_at__isnull=True)
    if newest.shown_at is not None:
        raise MovedOn(_("This secret was shown already. If nobody has it, make a new one."))
    secret = signing.unseal(newest.sealed, endpoint.pk)
    newest.shown_at = now
    newest.save(update_fields=["shown_at"])
    _record(endpoint, "webhook_secret_shown", by=by, now=now)
    return secret


@transaction.atomic
def rotate(*, endpoint_id: int, at_once: bool = False, by: User, now: datetime) -> Endpoint:
    """Make a new secret; the old one signs along for 24 h, or ends `at_once` when somebody else has it.

    Raises NotAllowed, and MovedOn while two sign already.
    """
    endpoint = _locked(endpoint_id, by)
    if not at_once and endpoint.secrets.signing(now).count() > 1:
        raise MovedOn(_("Two secrets sign already. Wait until the older one ends, or end it at once."))
    ends = now if at_once else now + timedelta(hours=CURRENT.webhook_overlap_hours)
    endpoint.secrets.filter(ends_at__isnull=True).update(ends_at=ends)
    if at_once:
        endpoint.secrets.filter(ends_at__gt=now).update(ends_at=now)
    _new_secret(endpoint, now)
    _record(endpoint, "webhook_secret_rotated", by=by, now=now, at_once=at_once)
    return endpoint


@transaction.atomic
def turn_off(*, endpoint_id: int, by: User, now: datetime) -> Endpoint:
    """Tell it nothing until it is turned on; what waited counts as failed and can be sent again then."""
    endpoint = _locked(endpoint_id, by)
    if not endpoint.is_on:
        raise MovedOn(_("It is off already."))
    return _off(endpoint, Off.PERSON, by=by, now=now)


@transaction.atomic
def turn_on(*, endpoint_id: int, by: User, now: datetime) -> Endpoint:
    """Tell it of events again from now on."""
    endpoint = _locked(endpoint_id, by)
    if endpoint.is_on:
        raise MovedOn(_("It is on already."))
    endpoint.off_at, endpoint.off_because, endpoint.failing_since_at, endpoint.is_slow = None, "", None, False
    endpoint.save()
    _record(endpoint, "webhook_on", by=by, now=now)
    return endpoint


@transaction.atomic
def disable(*, endpoint_id: int, because: str, now: datetime) -> Endpoint:
    """Turn off an endpoint that wants nothing more, or failed for days, and tell its owners by mail.

    Raises MovedOn when it is off, was deleted, or has answered since.
    """
    endpoint = _locked(endpoint_id, None)
    gone = because == Off.GONE
    if not endpoint.is_on or not (gone or is_failing_too_long(endpoint, now)):
        raise MovedOn(_("It is off already, or it answers again."))
    return _off(endpoint, because, by=None, now=now)


@transaction.atomic
def remove(*, endpoint_id: int, by: User, now: datetime) -> None:
    """Delete an endpoint: nothing more is sent, and its secrets are gone at once; the log goes after its 30 days."""
    endpoint = _locked(endpoint_id, by)
    endpoint.secrets.all().delete()
    endpoint.removed_at = now
    endpoint.save()
    _give_up(endpoint, now)
    _record(endpoint, "webhook_removed", by=by, now=now)


def is_failing_too_long(endpoint: Endpoint, now: datetime) -> bool:
    """Whether nothing has reached it for as many days as the rulebook bears."""
    since = endpoint.failing_since_at
    return since is not None and now - since >= timedelta(days=CURRENT.webhook_off_days)


def demand_owner(supplier_id: int, by: User) -> None:
    """Raise NotAllowed unless this person owns the company."""
    if not Member.objects.filter(supplier=supplier_id, user=by, role=Member.Role.OWNER).exists():
        raise NotAllowed(_("Only an owner of the company sets up its webhooks. Ask an owner to do this."))


def locked_for(endpoint_id: int, by: User | None) -> Endpoint:
    """An endpoint under its lock, after its owner's, for whoever may change it. Raises NotAllowed, MovedOn."""
    return _locked(endpoint_id, by)


def _lock_owner(user_id: int | None, supplier_id: int | None) -> None:
    if supplier_id:
        Supplier.objects.locked(supplier_id)
    else:
        User.objects.select_for_update(no_key=True).get(pk=user_id)


def _locked(endpoint_id: int, by: User | None) -> Endpoint:
    owner = Endpoint.objects.only("user_id", "supplier_id").get(pk=endpoint_id)
    _lock_owner(owner.user_id, owner.supplier_id)
    endpoint = Endpoint.objects.locked(endpoint_id)
    if by is not None and endpoint.supplier_id:
        demand_owner(endpoint.supplier_id, by)
    elif by is not None and endpoint.user_id != by.pk:
        raise NotAllowed(_("This webhook belongs to somebody else."))
    if endpoint.removed_at is not None:
        raise MovedOn(_("This webhook was deleted."))
    return endpoint


def _fill(endpoint: Endpoint, *, url: str, types: Iterable[str], description: str) -> None:
    endpoint.url = guard.checked(url)
    known = {one.name for one in catalogue.for_side(catalogue.SUPPLIER if endpoint.supplier_id else catalogue.BUYER)}
    chosen = set(types)
    if not chosen:
        raise Refused(_("Choose at least one event."), field="types")
    if unknown := sorted(chosen - known):
        raise Refused(_("There is no event {name} to choose here.").format(name=unknown[0][:60]), field="types")
    endpoint.types = sorted(chosen)
    endpoint.description = description.strip()
    if len(endpoint.description) > DESCRIPTION_MAX or "\x00" in description:
        raise Refused(
            _("Keep the description to {most} characters.").format(most=DESCRIPTION_MAX),
            field="description",
        )


@sensitive_variables()
def _new_secret(endpoint: Endpoint, now: datetime) -> None:
    Secret.objects.create(endpoint=endpoint, sealed=signing.seal(signing.new_secret(), endpoint.pk), made_at=now)


def _off(endpoint: Endpoint, because: str, *, by: User | None, now: datetime) -> Endpoint:
    endpoint.off_at, endpoint.off_because = now, because
    endpoint.save()
    waited = _give_up(endpoint, now)
    _record(endpoint, "webhook_off", by=by, now=now, because=str(because), waited=waited)
    if by is None:
        tell_of_turning_off(endpoint)
    return endpoint


def _give_up(endpoint: Endpoint, now: datetime) -> int:
    rows = endpoint.deliveries.waiting()
    return rows.update(state=Delivery.State.FAILED, next_at=None, ended_at=now)


def _record(endpoint: Endpoint, what: str, *, by: User | None, now: datetime, **more) -> None:
    kind = "supplier" if endpoint.supplier_id else "person"
    data = {"webhook": str(endpoint.public_id)} | more
    record(kind, endpoint.supplier_id or endpoint.user_id, f"{kind}.{what}", by=by, now=now, data=data)
