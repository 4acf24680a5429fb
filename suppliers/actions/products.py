"""Products that a supplier offers: what they are, what they cost, how they look."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from events.actions import record
from suppliers import photos
from suppliers.actions.directory import note_words
from suppliers.actions.team import KIND
from suppliers.models import Category, Member, PriceStep, Product, ProductPhoto, Supplier
from suppliers.names import readable
from trade_assurance import money
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

QUANTITY_MAX = 10**9  # as on a contract's line
UNIT_MAX = 20
TEXT_MAX = {"name": 120, "description": 4000}
FIELDS = (
    "name",
    "category",
    "description",
    "currency",
    "unit",
    "minimum_quantity",
    "lead_days",
    "hs_code",
    "is_listed",
)
COPIES = ("small", "medium", "large")


def _sells(supplier_id: int, by) -> Supplier:
    """The supplier under lock, for a person who keeps its products."""
    supplier = Supplier.objects.locked(supplier_id)
    if not supplier.members.filter(user=by, role__in=(Member.Role.OWNER, Member.Role.SALES)).exists():
        raise NotAllowed(_("Only owners and sales staff of the company change its products."))
    return supplier


def _product(product_id: int, by) -> Product:
    """The product, its supplier under lock; archived ones are only restored."""
    supplier_id = Product.objects.values_list("supplier_id", flat=True).get(pk=product_id)
    supplier = _sells(supplier_id, by)
    product = Product.objects.select_related("category").get(pk=product_id)
    product.supplier = supplier
    return product


def _current(product: Product) -> Product:
    if product.archived_at is not None:
        raise MovedOn(_("This product was archived. Restore it before you change it."))
    return product


def _checked(given: dict, steps: Sequence[tuple[int, int]]) -> dict:
    """The fields as they are kept; raises Refused at the first that is wrong."""
    kept = dict(given)
    for name, most in TEXT_MAX.items():
        kept[name] = given[name].strip()
        if len(kept[name]) > most:
            raise Refused(_("Keep this to {most} characters.").format(most=f"{most:,}"), field=name)
    kept["name"] = readable(kept["name"])
    if not kept["name"]:
        raise Refused(_("Name the product."), field="name")
    if not isinstance(given["category"], Category):
        raise Refused(_("Choose the category in which buyers look for it."), field="category")
    if given["currency"] not in money.CURRENCIES:
        raise Refused(_("Choose one of {currencies}.").format(currencies=", ".join(money.CURRENCIES)), field="currency")
    kept["unit"] = given["unit"].strip()
    if not 1 <= len(kept["unit"]) <= UNIT_MAX:
        raise Refused(
            _("Name the unit in at most {most} characters, like pieces or kg.").format(most=UNIT_MAX),
            field="unit",
        )
    minimum = given["minimum_quantity"]
    if minimum is None or not 1 <= minimum <= QUANTITY_MAX:
        raise Refused(
            _("Give a whole number from 1 to {most}.").format(most=f"{QUANTITY_MAX:,}"),
            field="minimum_quantity",
        )
    lead_days = given["lead_days"]
    if lead_days is None or not 1 <= lead_days <= CURRENT.lead_days_max:
        raise Refused(
            _("The lead time is 1 to {most} days.").format(most=CURRENT.lead_days_max),
            field="lead_days",
        )
    kept["hs_code"] = re.sub(r"[ .]", "", given["hs_code"])
    if kept["hs_code"] and not re.fullmatch(r"[0-9]{6,10}", kept["hs_code"]):
        raise Refused(_("An HS code has 6 to 10 figures, such as 9405.11."), field="hs_code")
    _check_steps(steps, minimum, given["currency"])
    return kept


def _check_steps(steps: Sequence[tuple[int, int]], minimum: int, currency: str) -> None:
    """Quantities rise strictly from the minimum, prices fall or stay."""

    def wrong(sentence: str):
        raise Refused(sentence, field="steps")

    if not steps:
        wrong(_("Give at least one price."))
    if len(steps) > CURRENT.price_steps_max:
        wrong(_("A product has at most {most} price steps.").format(most=CURRENT.price_steps_max))
    for quantity, price in steps:
        if quantity is None or quantity > QUANTITY_MAX:
            wrong(_("Give whole numbers from 1 to {most}.").format(most=f"{QUANTITY_MAX:,}"))
        if not 1 <= price <= money.MAX_MINOR:
            wrong(_("Give prices above zero."))
    if steps[0][0] != minimum:
        wrong(
            _("The first price counts from the minimum order, {minimum}. Make both the same.").format(
                minimum=f"{minimum:,}"
            )
        )
    for (fewer, dearer), (more, cheaper) in pairwise(steps):
        if more <= fewer:
            wrong(
                _("Each step begins at a larger quantity than the one before; {more} comes after {fewer}.").format(
                    more=f"{more:,}", fewer=f"{fewer:,}"
                )
            )
        if cheaper > dearer:
            wrong(
                _(
                    "From {more} a unit costs {price}, more than for fewer. More units cost the same or less each."
                ).format(more=f"{more:,}", price=money.display(cheaper, currency))
            )


def _write_steps(product: Product, steps: Sequence[tuple[int, int]]) -> None:
    product.steps.all().delete()
    PriceStep.objects.bulk_create(
        PriceStep(product=product, quantity_from=quantity, unit_price_minor=price) for quantity, price in steps
    )


def _room(supplier: Supplier) -> None:
    if supplier.products.filter(archived_at__isnull=True).count() >= CURRENT.products_max:
        raise Refused(
            _("A company keeps at most {most} products. Archive one first.").format(most=f"{CURRENT.products_max:,}")
        )


@transaction.atomic
def add_product(
    *, supplier_id: int, key: UUID, steps: Sequence[tuple[int, int]], by, now: datetime, **fields
) -> Product:
    """Add a product with its price steps, (quantity from, unit price in minor units). Raises NotAllowed, Refused.

    The same `key` twice gives the same product. `fields` are those of `FIELDS`.
    """
    supplier = _sells(supplier_id, by)
    if (made := Product.objects.filter(key=key).first()) is not None:
        if made.supplier_id != supplier.pk:
            raise NotAllowed(_("This form belongs to another product. Open the page again."))
        return made
    _room(supplier)
    kept = _checked(fields, steps)
    slug = f"{slugify(kept['name'])[:70] or 'product'}-{secrets.token_hex(4)}"
    product = Product.objects.create(supplier=supplier, key=key, slug=slug, created_at=now, **kept)
    _write_steps(product, steps)
    note_words([supplier.pk])
    record(KIND, supplier.pk, "product.added", by=by, now=now, data={"product_id": product.pk})
    return product


@transaction.atomic
def change_product(*, product_id: int, steps: Sequence[tuple[int, int]], by, now: datetime, **fields) -> Product:
    """Change what a product is and costs; contracts that were drafted from it stay. Raises NotAllowed, Refused."""
    product = _current(_product(product_id, by))
    kept = _checked(fields, steps)
    changed = sorted(name for name in kept if getattr(product, name) != kept[name])
    before = [(step.quantity_from, step.unit_price_minor) for step in product.ladder]
    if before != list(steps):
        changed.append("steps")
        _write_steps(product, steps)
    if not changed:
        return product
    for name in kept:
        setattr(product, name, kept[name])
    product.save(update_fields=FIELDS)
    note_words([product.supplier_id])
    data = {"product_id": product.pk, "fields": changed}
    record(KIND, product.supplier_id, "product.changed", by=by, now=now, data=data)
    return product


@transaction.atomic
def archive_product(*, product_id: int, by, now: datetime) -> Product:
    """Take a product off the shelf for good; nothing of it is deleted. Archiving twice changes nothing."""
    product = _product(product_id, by)
    if product.archived_at is None:
        product.archived_at = now
        product.save(update_fields=["archived_at"])
        note_words([product.supplier_id])
        record(KIND, product.supplier_id, "product.archived", by=by, now=now, data={"product_id": product.pk})
    return product


@transaction.atomic
def restore_product(*, product_id: int, by, now: datetime) -> Product:
    """Bring an archived product back, not listed, so that its price is looked at first."""
    product = _product(product_id, by)
    if product.archived_at is not None:
        _room(product.supplier)
        product.archived_at, product.is_listed = None, False
        product.save(update_fields=["archived_at", "is_listed"])
        note_words([product.supplier_id])
        record(KIND, product.supplier_id, "product.restored", by=by, now=now, data={"product_id": product.pk})
    return product


# photos -----------------------------------------------------------------------------------------------------------


def add_photo(*, product_id: int, upload: File, by, now: datetime) -> ProductPhoto:
    """Add a photo behind the others; the same picture again gives the first. Raises BadFile, NotAllowed, Refused.

    What takes long, making and storing the copies, is done before the supplier is locked.
    """
    product = Product.objects.get(pk=product_id)
    if not Member.objects.filter(supplier=product.supplier_id, user=by, role__in=("owner", "sales")).exists():
        raise NotAllowed(_("Only owners and sales staff of the company change its products."))
    _place_for_photo(product)
    made = photos.copies_of(upload)
    photo = ProductPhoto(product=product, sha256=made.sha256, width=made.width, height=made.height, added_at=now)
    try:
        for name, file in zip(COPIES, made.files, strict=True):
            getattr(photo, name).save(file.name, file, save=False)
        added = _hang(photo, by=by, now=now)
    except BaseException:
        _forget(photo)
        raise
    if added is not photo:
        _forget(photo)
    return added


def _place_for_photo(product: Product) -> None:
    if product.photos.count() >= CURRENT.photos_max:
        raise Refused(
            _("A product has at most {most} photos. Remove one first.").format(most=CURRENT.photos_max),
            field="files",
        )


@transaction.atomic
def _hang(photo: ProductPhoto, *, by, now: datetime) -> ProductPhoto:
    product = _current(_product(photo.product_id, by))
    if (same := product.photos.filter(sha256=photo.sha256).first()) is not None:
        return same
    _place_for_photo(product)
    last = product.photos.order_by("-place").values_list("place", flat=True).first()
    photo.place = 0 if last is None else last + 1
    photo.save()
    data = {"product_id": product.pk, "sha256": photo.sha256}
    record(KIND, product.supplier_id, "product.photo_added", by=by, now=now, data=data)
    return photo


def _forget(photo: ProductPhoto) -> None:
    """Remove what was stored of a photo that nobody sees."""
    for name in COPIES:
        if stored := getattr(photo, name):
            stored.delete(save=False)


def _photo(photo_id: int, by) -> ProductPhoto:
    photo = ProductPhoto.objects.filter(pk=photo_id).first()
    if photo is None:
        raise MovedOn(_("This photo was removed already."))
    photo.product = _current(_product(photo.product_id, by))
    if not photo.product.photos.filter(pk=photo_id).exists():  # somebody else was first, before the lock
        raise MovedOn(_("This photo was removed already."))
    return photo


@transaction.atomic
def remove_photo(*, photo_id: int, by, now: datetime) -> None:
    """Remove a photo and, once that is committed, its copies."""
    photo = _photo(photo_id, by)
    data = {"product_id": photo.product_id, "sha256": photo.sha256}
    photo.delete()
    record(KIND, photo.product.supplier_id, "product.photo_removed", by=by, now=now, data=data)
    transaction.on_commit(lambda: _forget(photo), robust=True)


@transaction.atomic
def put_photo_first(*, photo_id: int, by, now: datetime) -> ProductPhoto:
    """Show this photo first, in lists too."""
    photo = _photo(photo_id, by)
    first = photo.product.photos.order_by("place", "id").first()
    if first.pk != photo.pk:
        photo.place = first.place - 1
        photo.save(update_fields=["place"])
        data = {"product_id": photo.product_id, "sha256": photo.sha256}
        record(KIND, photo.product.supplier_id, "product.photo_moved", by=by, now=now, data=data)
    return photo
