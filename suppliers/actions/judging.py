"""What risk staff say of a company, each time with a reason."""

from datetime import datetime

from django.db import transaction

from events.actions import record
from suppliers.actions.directory import note_words
from suppliers.actions.pausing import review_pause
from suppliers.actions.rating import note_points, rerate
from suppliers.actions.team import KIND
from suppliers.models import Member, PenaltyPoint, Product, RatingSnapshot, Supplier
from suppliers.telling import tell_of_product, tell_of_status
from trade_assurance import money
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT


def by_staff(by, permission: str, supplier_id: int) -> None:
    """Refuse whoever is not of the staff that may, and whoever works for the company; None is the system."""
    if by is not None and not by.has_perm(permission):
        raise NotAllowed("Only risk staff may do this.")
    if by is not None and Member.objects.filter(supplier_id=supplier_id, user=by).exists():
        raise NotAllowed("You work for this company, so somebody else must do this.")


@transaction.atomic
def verify_supplier(*, supplier_id: int, level: str, by, now: datetime) -> Supplier:
    """Set how far a company is verified, without end; its limit follows at once (Rulebook, "Credit rating").

    A verification with an end no longer counts then, so that no day to come takes back what staff say now.
    """
    by_staff(by, "suppliers.verify_supplier", supplier_id)
    supplier = Supplier.objects.locked(supplier_id)
    supplier.verifications.standing().update(ended_at=now, remind_at=None)
    supplier.level = Supplier.Level(level)
    supplier.save(update_fields=["level"])
    supplier = rerate(supplier_id=supplier_id, because=RatingSnapshot.Because.LEVEL, now=now)
    record(KIND, supplier.id, "supplier.verified", by=by, now=now, data={"level": level, "limit": supplier.limit_minor})
    return supplier


@transaction.atomic
def set_limit(*, supplier_id: int, limit_minor: int, reason: str, by, now: datetime) -> Supplier:
    """Set the protection limit in US cents, with a reason; it stays so until `follow_rating`.

    A reservation is never taken back.
    """
    by_staff(by, "suppliers.verify_supplier", supplier_id)
    if not 0 <= limit_minor <= CURRENT.limit_max_usd:
        raise Refused(f"Give a limit between 0 and {money.display(CURRENT.limit_max_usd, 'USD')}.", field="limit")
    supplier, reason = _with_reason(supplier_id, reason)
    supplier.limit_minor, supplier.limit_reason = limit_minor, reason
    supplier.save(update_fields=["limit_minor", "limit_reason"])
    record(KIND, supplier.id, "supplier.limit_set", by=by, now=now, data={"limit": limit_minor, "reason": reason})
    return supplier


@transaction.atomic
def set_stars(*, supplier_id: int, stars: int | None, reason: str, by, now: datetime) -> Supplier:
    """Set the stars 0-5, or None for new, with a reason that is shown; they stay so until `follow_rating`."""
    by_staff(by, "suppliers.verify_supplier", supplier_id)
    if stars is not None and not 0 <= stars <= 5:
        raise Refused("Stars go from 0 to 5, or none for a new supplier.", field="stars")
    supplier, reason = _with_reason(supplier_id, reason)
    supplier.stars, supplier.stars_reason = stars, reason
    supplier.save(update_fields=["stars", "stars_reason"])
    record(KIND, supplier.id, "supplier.stars_set", by=by, now=now, data={"stars": stars, "reason": reason})
    return supplier


@transaction.atomic
def follow_rating(*, supplier_id: int, reason: str, by, now: datetime) -> Supplier:
    """End what staff had set: stars and limit are again as the rating works them out."""
    by_staff(by, "suppliers.verify_supplier", supplier_id)
    supplier, reason = _with_reason(supplier_id, reason)
    if not supplier.stars_reason and not supplier.limit_reason:
        raise MovedOn(f"Stars and limit of {supplier.name} follow the rating already.")
    supplier.stars_reason = supplier.limit_reason = ""
    supplier.save(update_fields=["stars_reason", "limit_reason"])
    record(KIND, supplier.id, "supplier.follows_rating", by=by, now=now, data={"reason": reason})
    return rerate(supplier_id=supplier_id, because=RatingSnapshot.Because.STAFF, now=now, anew=True)


def _with_reason(supplier_id: int, reason: str) -> tuple[Supplier, str]:
    if not reason.strip():
        raise Refused("Say why: the reason is kept with the change.", field="reason")
    return Supplier.objects.locked(supplier_id), reason.strip()


@transaction.atomic
def set_status(*, supplier_id: int, status: str, reason: str, by, now: datetime) -> Supplier:
    """Let a supplier take new protected orders, pause it, or remove it, with a reason; a review ends so too.

    Its owners and sales staff get the reason by mail when something changes for them. Open orders go on.
    """
    by_staff(by, "suppliers.verify_supplier", supplier_id)
    supplier, reason = _with_reason(supplier_id, reason)
    before, supplier.status = supplier.status, Supplier.Status(status)
    if before == supplier.status == Supplier.Status.ACTIVE:
        raise MovedOn(f"{supplier.name} takes new orders already. Nothing was changed.")
    supplier.save(update_fields=["status"])
    review_pause(supplier, reason=reason, by=by, now=now)
    kind = f"supplier.{status}" if before != supplier.status else f"supplier.kept_{status}"
    record(KIND, supplier.id, kind, by=by, now=now, data={"reason": reason})
    if before != supplier.status:
        tell_of_status(supplier, reason)
    return supplier


@transaction.atomic
def note_forged(*, supplier_id: int, reference: str, is_unresolved: bool, reason: str, by, now: datetime) -> Supplier:
    """Note forged evidence or false tracking on an order: 24 points, 48 if it stays unresolved, once an order.

    What was noted with 24 is brought to 48 when it turns out unresolved. Raises NotAllowed, Refused, MovedOn.
    """
    by_staff(by, "suppliers.verify_supplier", supplier_id)
    orders = Supplier.objects.get(pk=supplier_id).orders
    order = orders.select_for_update(of=("self",), no_key=True).filter(reference=reference.strip().upper()).first()
    if order is None:
        raise Refused("This company has no order with this number. Look it up and try again.", field="reference")
    _, reason = _with_reason(supplier_id, reason)
    first, second = f"order {order.pk} forged", f"order {order.pk} forged, unresolved"
    known = set(PenaltyPoint.objects.filter(cause__in=(first, second)).values_list("cause", "points"))
    causes = {cause for cause, _ in known}
    single = dict(CURRENT.points)[PenaltyPoint.Kind.FORGED]
    if known and (not is_unresolved or second in causes or (first, 2 * single) in known):
        raise MovedOn(f"This is noted for {order.reference} already. Points count once an order.")
    note_points(
        supplier_id=supplier_id,
        order_id=order.pk,
        kind=PenaltyPoint.Kind.FORGED,
        cause=second if known else first,
        twice=is_unresolved and not known,
        reason=reason,
        by=by,
        now=now,
    )
    return rerate(supplier_id=supplier_id, because=RatingSnapshot.Because.CLAIM, now=now)


@transaction.atomic
def take_out_product(*, product_id: int, reason: str, by, now: datetime) -> Product:
    """Take a product out of the directory with a reason that the company gets by mail; only staff let it back.

    Contracts and orders that exist stay. Raises NotAllowed, Refused, MovedOn.
    """
    product, reason = _judged(product_id, reason, by)
    if product.taken_out_at is not None:
        raise MovedOn("This product is out of the directory already.")
    return _show(product, "product.taken_out", reason, by, now, taken_out_at=now, taken_out_because=reason)


@transaction.atomic
def let_product_back(*, product_id: int, reason: str, by, now: datetime) -> Product:
    """Let a product that staff took out be shown again, with a reason that the company gets by mail."""
    product, reason = _judged(product_id, reason, by)
    if product.taken_out_at is None:
        raise MovedOn("This product is not taken out of the directory.")
    return _show(product, "product.let_back", reason, by, now, taken_out_at=None, taken_out_because="")


def _judged(product_id: int, reason: str, by) -> tuple[Product, str]:
    """The product, its supplier under lock, and the reason, for staff who may judge it."""
    supplier_id = Product.objects.values_list("supplier_id", flat=True).get(pk=product_id)
    by_staff(by, "suppliers.verify_supplier", supplier_id)
    supplier, reason = _with_reason(supplier_id, reason)
    most = Product._meta.get_field("taken_out_because").max_length
    if len(reason) > most:
        raise Refused(f"Keep the reason to {most} characters.", field="reason")
    product = Product.objects.defer("words").get(pk=product_id)
    product.supplier = supplier
    return product, reason


def _show(product: Product, kind: str, reason: str, by, now: datetime, **fields) -> Product:
    for name, value in fields.items():
        setattr(product, name, value)
    product.save(update_fields=list(fields))
    note_words([product.supplier_id])
    data = {"product_id": product.pk, "reason": reason}
    record(KIND, product.supplier_id, kind, by=by, now=now, data=data)
    tell_of_product(product, reason)
    return product
