"""What orders hold of a supplier's protection limit (I9)."""

from datetime import datetime

from django.utils.translation import gettext as _

from suppliers.models import Reservation, Supplier
from trade_assurance.refused import MovedOn


class NothingFree(MovedOn):
    """The protection limit has less free than was promised; `free_usd_minor` is what it has (US cents)."""

    def __init__(self, sentence: str, *, free_usd_minor: int):
        super().__init__(sentence)
        self.free_usd_minor = free_usd_minor


def reserve(*, supplier_id: int, order_id: int, wanted_usd_minor: int, now: datetime) -> int:
    """Reserve min(wanted, free) US cents of the limit for an order and say how much (I9).

    Runs in the caller's transaction, after the order's row is locked. Raises NothingFree when nothing is left.
    """
    supplier = Supplier.objects.locked(supplier_id)
    if supplier.status != Supplier.Status.ACTIVE:
        raise NothingFree(
            _("{name} takes no new protected orders at the moment.").format(name=supplier.name), free_usd_minor=0
        )
    reserved = min(wanted_usd_minor, supplier.free_limit_minor)
    if reserved <= 0:
        raise NothingFree(
            _("Nothing of {name}'s protection limit is free, so this order could not be covered.").format(
                name=supplier.name
            ),
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


def change_reservation(*, supplier_id: int, order_id: int, by_usd_minor: int, now: datetime) -> int:
    """Raise or lower what an order reserves, by at most what is free, and say by how much (I9, ADR 21).

    Runs in the caller's transaction, after the order's row is locked. A supplier that is paused gives nothing more.
    """
    supplier = Supplier.objects.locked(supplier_id)
    old = Reservation.objects.open().get(order_id=order_id)
    if by_usd_minor > 0:
        is_open = supplier.status == Supplier.Status.ACTIVE
        by = min(by_usd_minor, supplier.free_limit_minor) if is_open else 0
    else:
        by = max(by_usd_minor, 1 - old.usd_minor)
    if by == 0:
        return 0
    old.freed_at = now
    old.save(update_fields=["freed_at"])
    supplier.reserved_minor += by
    supplier.save(update_fields=["reserved_minor"])
    then = (
        (supplier.limit_minor, supplier.reserved_minor) if by > 0 else (old.limit_then_minor, old.reserved_then_minor)
    )
    Reservation.objects.create(
        supplier=supplier,
        order_id=order_id,
        usd_minor=old.usd_minor + by,
        limit_then_minor=then[0],
        reserved_then_minor=then[1],
        reserved_at=now,
    )
    return by
