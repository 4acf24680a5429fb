"""Every change to suppliers, their teams and their protection limits."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from events.actions import record
from suppliers.bank_details import BankDetails
from suppliers.models import (
    ACCOUNT_WAIT,
    DesignatedAccount,
    Member,
    PayoutAccount,
    PenaltyPoint,
    Reservation,
    Supplier,
)
from suppliers.telling import tell_of_account
from trade_assurance import money
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

KIND = "supplier"


class LastOwner(Refused):
    """A company keeps at least one owner."""


class AlreadyMember(Refused):
    """The person works for this supplier already."""


class NothingFree(MovedOn):
    """The protection limit has less free than was promised; `free_usd_minor` is what it has (US cents)."""

    def __init__(self, sentence: str, *, free_usd_minor: int):
        super().__init__(sentence)
        self.free_usd_minor = free_usd_minor


@transaction.atomic
def register_supplier(*, name: str, country: str, owner, now: datetime, city: str = "", about: str = "") -> Supplier:
    """Create a company with its first owner, the limit of an unverified supplier, and its designated account."""
    supplier = Supplier.objects.create(
        name=name.strip(),
        slug=f"{slugify(name)[:60] or 'supplier'}-{secrets.token_hex(3)}",
        country=country,
        city=city,
        about=about,
        limit_minor=CURRENT.base_limit(Supplier.Level.UNVERIFIED),
        created_at=now,
    )
    Member.objects.create(supplier=supplier, user=owner, role=Member.Role.OWNER, joined_at=now)
    _designate_account(supplier)
    record(KIND, supplier.id, "supplier.registered", by=owner, now=now)
    return supplier


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
        raise NotAllowed("Only an owner of the company changes its team. Ask an owner to do this.")
    return supplier


@transaction.atomic
def add_member(*, supplier_id: int, user, role: str, by, now: datetime) -> Member:
    """Let a registered person act for the supplier. Raises NotAllowed, AlreadyMember."""
    supplier = _team(supplier_id, by)
    if role not in Member.Role.values:
        raise Refused("Choose a role: owner, sales or finance.", field="role")
    if supplier.orders.filter(buyer=user).exists():
        raise Refused(f"{user.email} has bought from {supplier.name}, so can't act for it too.", field="email")
    try:
        with transaction.atomic():
            member = Member.objects.create(supplier=supplier, user=user, role=role, joined_at=now)
    except IntegrityError as error:
        raise AlreadyMember(f"{user.email} works for {supplier.name} already.", field="email") from error
    record(KIND, supplier.id, "supplier.member_added", by=by, now=now, data={"user_id": user.id, "role": role})
    return member


@transaction.atomic
def change_role(*, member_id: int, role: str, by, now: datetime) -> Member:
    """Give a member another role. Raises NotAllowed, LastOwner."""
    member = Member.objects.get(pk=member_id)
    supplier = _team(member.supplier_id, by)
    member.refresh_from_db()
    if role not in Member.Role.values:
        raise Refused("Choose a role: owner, sales or finance.", field="role")
    if role != Member.Role.OWNER:
        _keep_an_owner(supplier, member)
    member.role = role
    member.save(update_fields=["role"])
    record(KIND, supplier.id, "supplier.role_changed", by=by, now=now, data={"user_id": member.user_id, "role": role})
    return member


@transaction.atomic
def remove_member(*, member_id: int, by, now: datetime) -> None:
    """End a person's membership. Raises NotAllowed, LastOwner; a member already gone raises MovedOn."""
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise MovedOn("This person had left the team already.")
    supplier = _team(member.supplier_id, by)
    _keep_an_owner(supplier, member)
    record(KIND, supplier.id, "supplier.member_removed", by=by, now=now, data={"user_id": member.user_id})
    member.delete()


def _keep_an_owner(supplier: Supplier, leaving: Member) -> None:
    if not supplier.members.filter(role=Member.Role.OWNER).exclude(pk=leaving.pk).exists():
        raise LastOwner("A company needs at least one owner. Make somebody else an owner first.")


@transaction.atomic
def change_profile(*, supplier_id: int, by, now: datetime, categories=None, **fields) -> Supplier:
    """Change what the public page says: name, country, city, about, founded_year, categories. Raises NotAllowed."""
    supplier = Supplier.objects.locked(supplier_id)
    if not supplier.members.filter(user=by, role__in=(Member.Role.OWNER, Member.Role.SALES)).exists():
        raise NotAllowed("Only owners and sales staff change the company's profile.")
    changed = sorted(name for name, value in fields.items() if getattr(supplier, name) != value)
    for name in changed:
        setattr(supplier, name, fields[name])
    supplier.save(update_fields=changed or None)
    if categories is not None:
        supplier.categories.set(categories)
    record(KIND, supplier.id, "supplier.profile_changed", by=by, now=now, data={"fields": changed})
    return supplier


@transaction.atomic
def add_payout_account(
    *, supplier_id: int, details: BankDetails, currency: str = "", second_factor: bool, by, now: datetime
) -> PayoutAccount:
    """Let payouts go to another account 24 h from now; owners and bookkeepers are told at once (quality.md §3).

    `second_factor` is whether the session proved one in the last minutes. An empty `currency` means all of them.
    A new account that does not count yet gives way to this one. Raises NotAllowed, MovedOn.
    """
    supplier = Supplier.objects.locked(supplier_id)
    if not supplier.members.filter(user=by, role=Member.Role.OWNER).exists():
        raise NotAllowed("Only an owner of the company says where its money goes. Ask an owner to do this.")
    if not second_factor:
        raise NotAllowed("Confirm with your second factor first: this decides where the company's money goes.")
    if currency and currency not in money.CURRENCIES:
        raise Refused("Choose a currency, or all.", field="currency")
    pending = supplier.payout_accounts.pending(now).filter(currency=currency)
    before = supplier.payout_accounts.to_pay(currency, now).filter(currency=currency).first()
    if before is not None and before.details == details and not pending.exists():
        raise MovedOn("Payouts go to this account already. Nothing was changed.")
    pending.update(withdrawn_at=now, withdrawn_by=by)
    account = PayoutAccount.objects.create(
        supplier=supplier,
        currency=currency,
        holder=details.holder,
        country=details.country,
        iban=details.iban,
        number=details.number,
        bic=details.bic,
        bank_name=details.bank_name,
        added_by=by,
        added_at=now,
        valid_from_at=now + ACCOUNT_WAIT,
    )
    data = {"account": account.id, "currency": currency or "all", "ends": details.masked[-4:]}
    record(KIND, supplier.id, "supplier.payout_account_added", by=by, now=now, data=data)
    tell_of_account(account, before)
    return account


@transaction.atomic
def withdraw_payout_account(*, account_id: int, by, now: datetime) -> PayoutAccount:
    """Take a new account back before it counts; payouts go on to the one before. Raises NotAllowed, MovedOn."""
    account = PayoutAccount.objects.get(pk=account_id)
    supplier = Supplier.objects.locked(account.supplier_id)
    if not supplier.members.filter(user=by, role=Member.Role.OWNER).exists():
        raise NotAllowed("Only an owner of the company takes an account back.")
    account.refresh_from_db()
    if account.withdrawn_at is not None or account.valid_from_at <= now:
        raise MovedOn("This account counts already, or was taken back. Add the right one instead.")
    account.withdrawn_at, account.withdrawn_by = now, by
    account.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(KIND, supplier.id, "supplier.payout_account_withdrawn", by=by, now=now, data={"account": account.id})
    return account


def _by_staff(by, permission: str, supplier_id: int) -> None:
    if by is not None and not by.has_perm(permission):
        raise NotAllowed("Only risk staff may do this.")
    if by is not None and Member.objects.filter(supplier_id=supplier_id, user=by).exists():
        raise NotAllowed("You work for this company, so somebody else must do this.")


@transaction.atomic
def verify_supplier(*, supplier_id: int, level: str, by, now: datetime) -> Supplier:
    """Set how far a company is verified; its limit follows the base of that level (Rulebook, "Credit rating")."""
    _by_staff(by, "suppliers.verify_supplier", supplier_id)
    supplier = Supplier.objects.locked(supplier_id)
    supplier.level = Supplier.Level(level)
    supplier.limit_minor = CURRENT.base_limit(supplier.level)
    supplier.save(update_fields=["level", "limit_minor"])
    record(KIND, supplier.id, "supplier.verified", by=by, now=now, data={"level": level, "limit": supplier.limit_minor})
    return supplier


@transaction.atomic
def set_limit(*, supplier_id: int, limit_minor: int, reason: str, by, now: datetime) -> Supplier:
    """Set the protection limit in US cents, with a reason. A reservation is never taken back."""
    _by_staff(by, "suppliers.verify_supplier", supplier_id)
    if not 0 <= limit_minor <= CURRENT.limit_max_usd:
        raise Refused(f"Give a limit between 0 and {money.display(CURRENT.limit_max_usd, 'USD')}.", field="limit")
    if not reason.strip():
        raise Refused("Say why: the reason is kept with the change.", field="reason")
    supplier = Supplier.objects.locked(supplier_id)
    supplier.limit_minor = limit_minor
    supplier.save(update_fields=["limit_minor"])
    record(KIND, supplier.id, "supplier.limit_set", by=by, now=now, data={"limit": limit_minor, "reason": reason})
    return supplier


@transaction.atomic
def set_stars(*, supplier_id: int, stars: int | None, reason: str, by, now: datetime) -> Supplier:
    """Set the stars 0-5, or None for new, with a reason; they decide the reserve at receipt (Rulebook 12)."""
    _by_staff(by, "suppliers.verify_supplier", supplier_id)
    if stars is not None and not 0 <= stars <= 5:
        raise Refused("Stars go from 0 to 5, or none for a new supplier.", field="stars")
    if not reason.strip():
        raise Refused("Say why: the reason is kept with the change.", field="reason")
    supplier = Supplier.objects.locked(supplier_id)
    supplier.stars, supplier.stars_reason = stars, reason.strip()
    supplier.save(update_fields=["stars", "stars_reason"])
    record(KIND, supplier.id, "supplier.stars_set", by=by, now=now, data={"stars": stars, "reason": reason})
    return supplier


@transaction.atomic
def set_status(*, supplier_id: int, status: str, reason: str, by, now: datetime) -> Supplier:
    """Let a supplier take new protected orders, pause it, or remove it, with a reason."""
    _by_staff(by, "suppliers.verify_supplier", supplier_id)
    if not reason.strip():
        raise Refused("Say why: the reason is kept with the change.", field="reason")
    supplier = Supplier.objects.locked(supplier_id)
    supplier.status = Supplier.Status(status)
    supplier.save(update_fields=["status"])
    record(KIND, supplier.id, f"supplier.{status}", by=by, now=now, data={"reason": reason})
    return supplier


def reserve(*, supplier_id: int, order_id: int, wanted_usd_minor: int, now: datetime) -> int:
    """Reserve min(wanted, free) US cents of the limit for an order and say how much (I9).

    Runs in the caller's transaction, after the order's row is locked. Raises NothingFree when nothing is left.
    """
    supplier = Supplier.objects.locked(supplier_id)
    if supplier.status != Supplier.Status.ACTIVE:
        raise NothingFree(f"{supplier.name} takes no new protected orders at the moment.", free_usd_minor=0)
    reserved = min(wanted_usd_minor, supplier.free_limit_minor)
    if reserved <= 0:
        raise NothingFree(
            f"Nothing of {supplier.name}'s protection limit is free, so this order could not be covered.",
            free_usd_minor=0,
        )
    supplier.reserved_minor += reserved
    supplier.save(update_fields=["reserved_minor"])
    Reservation.objects.create(
        supplier=supplier,
        order_id=order_id,
        usd_minor=reserved,
        limit_then_minor=supplier.limit_minor,
        reserved_then_minor=supplier.reserved_minor,
        reserved_at=now,
    )
    return reserved


def free(*, supplier_id: int, order_id: int, now: datetime) -> None:
    """Give an order's reservation back to the limit; nothing happens when it holds none."""
    supplier = Supplier.objects.locked(supplier_id)
    reservation = Reservation.objects.open().filter(order_id=order_id).first()
    if reservation is None:
        return
    reservation.freed_at = now
    reservation.save(update_fields=["freed_at"])
    supplier.reserved_minor -= reservation.usd_minor
    supplier.save(update_fields=["reserved_minor"])


def note_points(*, supplier_id: int, order_id: int, kind: str, cause: str, now: datetime) -> None:
    """Note penalty points for the rating, once for each `cause` (Rulebook, "Credit rating").

    Runs in the caller's transaction, after the order's row is locked.
    """
    PenaltyPoint.objects.get_or_create(
        cause=cause,
        defaults={
            "supplier_id": supplier_id,
            "order_id": order_id,
            "kind": kind,
            "points": dict(CURRENT.points)[kind],
            "at": now,
            "expires_at": now + timedelta(days=CURRENT.points_days),
        },
    )
