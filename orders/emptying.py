"""What is erased of an order once the law no longer asks us to keep it: texts and files, never amounts or dates.

Each app that keeps texts or files about orders registers its part; the books, the chain and who won stay. A document
whose personal parts are gone no longer has the fingerprint beside it, and its page says why.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from events.models import PersonalValue
from orders.models import (
    Attachment,
    ContractVersion,
    LaterReceipt,
    Message,
    Order,
    ReceiptLine,
    ReceiptPhoto,
    Review,
)

ERASED = "(erased)"
YEAR = timedelta(days=366)  # never too early
PERSONAL_TERMS = {"destination_address": ERASED, "parties": {}, "notes": "", "attachments": []}


@dataclass(frozen=True)
class Part:
    """One app's part. `files` gives stored files, each named anew on a second call; `texts` blanks rows.

    `protected` names the triggers that keep these rows otherwise: only here they stand aside.
    """

    files: Callable[[Order], Iterable]
    texts: Callable[[Order], object]
    protected: tuple[str, ...] = ()


_parts: list[Part] = []


def register(part: Part) -> None:
    """Add an app's part."""
    _parts.append(part)


def parts() -> list[Part]:
    """Every app's part."""
    return list(_parts)


def kept_long_enough(now: datetime) -> QuerySet:
    """Closed orders whose contracts and cases the law no longer asks us to keep (settings.CONTRACTS_KEPT_YEARS)."""
    closed = now - settings.CONTRACTS_KEPT_YEARS * YEAR
    return Order.objects.filter(status__in=Order.FINAL, closed_at__lte=closed, emptied_at__isnull=True)


def files(order: Order) -> list:
    """Files of the contract and of the receipt."""
    attached = [each.file for each in Attachment.objects.filter(order=order)]
    photos = [stored for each in ReceiptPhoto.objects.filter(order=order) for stored in (each.file, each.preview)]
    proofs = [each.proof for each in LaterReceipt.objects.filter(order=order)]
    return [stored for stored in attached + photos + proofs if stored]


def texts(order: Order) -> None:
    """Addresses, names, messages, notes and reviews' words of one order."""
    PersonalValue.objects.filter(event__subject_kind="order", event__subject_id=order.pk).delete()
    for version in ContractVersion.objects.filter(order=order):
        ContractVersion.objects.filter(pk=version.pk).update(document=version.document | PERSONAL_TERMS, because="")
    Attachment.objects.filter(order=order).update(file="", name=ERASED)
    ReceiptPhoto.objects.filter(order=order).update(file="", preview="", name=ERASED)
    LaterReceipt.objects.filter(order=order).update(proof="", name=ERASED, words=ERASED)
    ReceiptLine.objects.filter(line__order=order).exclude(note="").update(note=ERASED)
    Message.objects.filter(order=order).update(body=ERASED)
    for review in Review.objects.filter(order=order):
        first = review.first and review.first | {"text": ""}
        Review.objects.filter(pk=review.pk).update(text="", reply=review.reply and ERASED, first=first)


register(Part(files, texts, ("orders.ContractVersion:sent_stays",)))
