"""A company's start, its team and what its page says."""

import hashlib
import secrets
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify
from django.utils.translation import gettext as _

from events.actions import record
from suppliers.actions.directory import note_words
from suppliers.models import DesignatedAccount, Invitation, Member, Supplier
from suppliers.names import readable
from suppliers.telling import tell_of_invitation
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

KIND = "supplier"


class LastOwner(Refused):
    """A company keeps at least one owner."""


class AlreadyMember(Refused):
    """The person works for this supplier already."""


@transaction.atomic
def register_supplier(*, name: str, country: str, owner, now: datetime, city: str = "", about: str = "") -> Supplier:
    """Create a company with its first owner, the limit of an unverified supplier, and its designated account."""
    name = _name(name)
    supplier = Supplier.objects.create(
        name=name,
        slug=f"{slugify(name)[:60] or 'supplier'}-{secrets.token_hex(3)}",
        country=country,
        city=city,
        about=about,
        limit_minor=CURRENT.base_limit(Supplier.Level.UNVERIFIED),
        created_at=now,
    )
    Member.objects.create(supplier=supplier, user=owner, role=Member.Role.OWNER, joined_at=now)
    _designate_account(supplier)
    note_words([supplier.id])
    record(KIND, supplier.id, "supplier.registered", by=owner, now=now)
    return supplier


def _name(given: str) -> str:
    name = readable(given)
    if not name:
        raise Refused(_("Enter the company's registered name, with letters or figures."), field="name")
    return name


def _designate_account(supplier: Supplier) -> DesignatedAccount:
    """Give the supplier its own number at the bank that holds our money (settings.DESIGNATED_BANK)."""
    bank = settings.DESIGNATED_BANK
    return DesignatedAccount.objects.create(
        supplier=supplier,
        bank_name=bank["name"],
        holder=bank["holder"].format(supplier=supplier.name)[:120],
        number=f"{bank['prefix']}{supplier.id:08d}",
        swift=bank["swift"],
    )


def _team(supplier_id: int, by) -> Supplier:
    """The supplier under lock, for an owner who changes its team."""
    supplier = Supplier.objects.locked(supplier_id)
    if not supplier.members.filter(user=by, role=Member.Role.OWNER).exists():
        raise NotAllowed(_("Only an owner of the company changes its team. Ask an owner to do this."))
    return supplier


@transaction.atomic
def add_member(*, supplier_id: int, user, role: str, by, now: datetime) -> Member:
    """Let a registered person act for the supplier at once. Raises NotAllowed, AlreadyMember, Refused."""
    supplier = _team(supplier_id, by)
    return _join(supplier, user, role, by=by, now=now)


def _join(supplier: Supplier, user, role: str, *, by, now: datetime) -> Member:
    _known_role(role)
    _not_its_buyer(supplier, user)
    try:
        with transaction.atomic():
            member = Member.objects.create(supplier=supplier, user=user, role=role, joined_at=now)
    except IntegrityError as error:
        raise AlreadyMember(
            _("{email} works for {name} already.").format(email=user.email, name=supplier.name), field="email"
        ) from error
    record(KIND, supplier.id, "supplier.member_added", by=by, now=now, data={"user_id": user.id, "role": role})
    return member


def _known_role(role: str) -> None:
    if role not in Member.Role.values:
        raise Refused(_("Choose a role: owner, sales or finance."), field="role")


def _not_its_buyer(supplier: Supplier, user) -> None:
    if supplier.orders.filter(buyer=user).exists():
        raise Refused(
            _("{email} has bought from {name}, so can't act for it too.").format(email=user.email, name=supplier.name),
            field="email",
        )


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(*, supplier_id: int, email: str, role: str, by, now: datetime) -> Invitation:
    """Ask somebody by mail to act for the supplier; whether the address has an account is not told to the asker.

    An open invitation of the same address gives way to this one. Raises NotAllowed, AlreadyMember, Refused.
    """
    supplier, email = _team(supplier_id, by), email.strip().lower()
    _known_role(role)
    if supplier.members.filter(user__email=email).exists():
        raise AlreadyMember(
            _("{email} works for {name} already.").format(email=email, name=supplier.name), field="email"
        )
    supplier.invitations.filter(email=email, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    if supplier.invitations.open(now).count() >= CURRENT.invitations_max:
        raise Refused(
            _("{count} invitations are open. Withdraw one first, or wait for an answer.").format(
                count=CURRENT.invitations_max
            ),
            field="email",
        )
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        supplier=supplier,
        email=email,
        role=role,
        token_hash=_hashed(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + CURRENT.invitation_time,
    )
    record(KIND, supplier.id, "supplier.member_invited", by=by, now=now, data={"id": invitation.id, "role": role})
    tell_of_invitation(invitation, token)
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation_id: int, by, now: datetime) -> None:
    """Take an invitation back. Raises NotAllowed, MovedOn."""
    invitation = Invitation.objects.get(pk=invitation_id)
    _team(invitation.supplier_id, by)
    taken = Invitation.objects.filter(pk=invitation_id, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    if not taken:
        raise MovedOn(_("This invitation was accepted or withdrawn already."))
    record(KIND, invitation.supplier_id, "supplier.invitation_withdrawn", by=by, now=now, data={"id": invitation_id})


def invitation_of(token: str, now: datetime) -> Invitation | None:
    """The invitation that a link stands for, while it can be accepted."""
    found = Invitation.objects.open(now).select_related("supplier", "invited_by")
    return found.filter(token_hash=_hashed(token)).first()


@transaction.atomic
def accept_invitation(*, token: str, by, now: datetime) -> Member:
    """Join the team that invited; only with the address invited, confirmed. Raises NotAllowed, MovedOn, Refused."""
    invitation = invitation_of(token, now)
    if invitation is None:
        raise MovedOn(_("This invitation is over: it was accepted, withdrawn, or too old. Ask for a new one."))
    supplier = Supplier.objects.locked(invitation.supplier_id)
    if not Invitation.objects.open(now).filter(pk=invitation.pk).exists():
        raise MovedOn(_("This invitation is over: it was accepted or withdrawn a moment ago."))
    if not EmailAddress.objects.filter(user=by, email__iexact=invitation.email, verified=True).exists():
        raise NotAllowed(
            _("This invitation is for {email}. Sign in with that address, and confirm it first.").format(
                email=invitation.email
            )
        )
    member = _join(supplier, by, invitation.role, by=by, now=now)
    invitation.accepted_at, invitation.accepted_by = now, by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return member


@transaction.atomic
def change_role(*, member_id: int, role: str, by, now: datetime) -> Member:
    """Give a member another role; who is no owner any more, whose open invitations end. Raises NotAllowed, LastOwner.

    A member already gone raises MovedOn.
    """
    supplier, member = _member(member_id, by)
    _known_role(role)
    if role != Member.Role.OWNER:
        _keep_an_owner(supplier, member)
        _withdraw_invitations(supplier, Q(invited_by=member.user_id), by=by, now=now)
    member.role = role
    member.save(update_fields=["role"])
    record(KIND, supplier.id, "supplier.role_changed", by=by, now=now, data={"user_id": member.user_id, "role": role})
    return member


@transaction.atomic
def remove_member(*, member_id: int, by, now: datetime) -> None:
    """End a person's membership, with the open invitations that it sent, or that it could come back by.

    Raises NotAllowed, LastOwner; a member already gone raises MovedOn.
    """
    supplier, member = _member(member_id, by)
    _keep_an_owner(supplier, member)
    theirs = EmailAddress.objects.filter(user=member.user_id).annotate(lower=Lower("email")).values("lower")
    _withdraw_invitations(supplier, Q(invited_by=member.user_id) | Q(email__in=theirs), by=by, now=now)
    record(KIND, supplier.id, "supplier.member_removed", by=by, now=now, data={"user_id": member.user_id})
    member.delete()


@transaction.atomic
def leave_all(*, user, now: datetime) -> None:
    """Take a person who is erased out of every company; one that nobody else works for is closed for good.

    Raises LastOwner when others would stay without an owner.
    """
    for supplier_id in Member.objects.filter(user=user).order_by("supplier_id").values_list("supplier_id", flat=True):
        supplier = Supplier.objects.locked(supplier_id)
        member = supplier.members.get(user=user)
        if supplier.members.exclude(pk=member.pk).exists():
            _keep_an_owner(supplier, member)
            _withdraw_invitations(supplier, Q(invited_by=user), by=None, now=now)
        else:
            _withdraw_invitations(supplier, Q(), by=None, now=now)
            supplier.status = Supplier.Status.REMOVED
            supplier.save(update_fields=["status"])
            note_words([supplier.id])
            record(KIND, supplier.id, "supplier.closed", now=now)
        record(KIND, supplier.id, "supplier.member_removed", now=now, data={"user_id": user.pk})
        member.delete()


def _member(member_id: int, by) -> tuple[Supplier, Member]:
    """The company under lock and one of its team, for an owner."""
    gone = MovedOn(_("This person had left the team already."))
    supplier_id = Member.objects.filter(pk=member_id).values_list("supplier_id", flat=True).first()
    if supplier_id is None:
        raise gone
    supplier = _team(supplier_id, by)
    member = supplier.members.filter(pk=member_id).first()
    if member is None:  # somebody else was first, before the lock
        raise gone
    return supplier, member


def _withdraw_invitations(supplier: Supplier, which: Q, *, by, now: datetime) -> None:
    """Take open invitations back, each with its event."""
    for invitation in supplier.invitations.open(now).filter(which).order_by("id"):
        invitation.withdrawn_at = now
        invitation.save(update_fields=["withdrawn_at"])
        record(KIND, supplier.id, "supplier.invitation_withdrawn", by=by, now=now, data={"id": invitation.id})


def _keep_an_owner(supplier: Supplier, leaving: Member) -> None:
    if not supplier.members.filter(role=Member.Role.OWNER).exclude(pk=leaving.pk).exists():
        raise LastOwner(_("A company needs at least one owner. Make somebody else an owner first."))


def _keep_who_it_is(supplier: Supplier, field: str) -> None:
    is_name = field == "name"
    if supplier.verified:
        raise Refused(
            _(
                "We verified this company with its name as it stands. Write to us to change it: we then verify it "
                "anew. Nothing was saved."
            )
            if is_name
            else _(
                "We verified this company with its country as it stands. Write to us to change it: we then verify it "
                "anew. Nothing was saved."
            ),
            field=field,
        )
    if supplier.verifications.waiting().exists():
        raise Refused(
            _("We are looking at your documents under this name. Take your request back first. Nothing was saved.")
            if is_name
            else _(
                "We are looking at your documents under this country. Take your request back first. Nothing was saved."
            ),
            field=field,
        )


@transaction.atomic
def change_profile(*, supplier_id: int, by, now: datetime, categories=None, **fields) -> Supplier:
    """Change what the public page says: name, country, city, about, founded_year, categories.

    Name and country stay what staff verified, or look at now. Raises NotAllowed, Refused.
    """
    supplier = Supplier.objects.locked(supplier_id)
    if not supplier.members.filter(user=by, role__in=(Member.Role.OWNER, Member.Role.SALES)).exists():
        raise NotAllowed(_("Only owners and sales staff change the company's profile."))
    if "name" in fields:
        fields["name"] = _name(fields["name"])
    changed = sorted(name for name, value in fields.items() if getattr(supplier, name) != value)
    if found := {"name", "country"}.intersection(changed):
        _keep_who_it_is(supplier, min(found, key=["name", "country"].index))
    for name in changed:
        setattr(supplier, name, fields[name])
    supplier.save(update_fields=changed or None)
    if categories is not None:
        supplier.categories.set(categories)
    note_words([supplier.id])
    record(KIND, supplier.id, "supplier.profile_changed", by=by, now=now, data={"fields": changed})
    return supplier
