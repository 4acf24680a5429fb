"""Files around a receipt: which are taken as its photos and proofs, who sees them, and what waits for staff."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop as N_

from orders import counting
from orders.models import LaterReceipt, Line, Order, ReceiptLine, ReceiptPhoto
from orders.sampling import Verdict
from orders.terms import Terms
from trade_assurance import uploads
from trade_assurance.retold import retold

PHOTO_TYPES = _lazy("JPEG, PNG or WebP")
PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
PHOTO_ACCEPT = "image/jpeg,image/png,image/webp,.jpg,.jpeg,.png,.webp"  # exact types make phones turn HEIC into JPEG
PROOF_TYPES = _lazy("PDF, JPEG, PNG, WebP, MP4, EML, XML, CSV or TXT")
BY_CARRIER = N_("The carrier says: delivered, shipment {number}.")  # a later receipt keeps it as its reason
PROOF_ENDINGS = tuple(uploads.KINDS)
PROOF_ACCEPT = "application/pdf,message/rfc822,.eml," + PHOTO_ACCEPT


def photos(order: Order, side: str | None) -> list[ReceiptPhoto]:
    """The photos of a receipt, in the order they were taken, asked once an order; before it, for the buyer alone."""
    if order.received_at is None and side != Order.Side.BUYER:
        return []
    if not hasattr(order, "_receipt_photos"):
        kept = order.receipt_photos.filter(removed_at__isnull=True).select_related("line")
        order._receipt_photos = list(kept.order_by("id"))
    return order._receipt_photos


def reason_of(later: LaterReceipt) -> str:
    """Why a later receipt was found so: the words of our staff, or the carrier's day in the reader's language."""
    if later.decided_by_id is not None:
        return later.reason
    return retold(later.reason, [BY_CARRIER])


def latest_later(order: Order) -> LaterReceipt | None:
    """The last later receipt that the buyer said."""
    return max(order.later_receipts.all(), key=lambda each: each.id, default=None)


@dataclass(frozen=True)
class Told:
    """How one line arrived, and what its inspection says; `tone` and `words` are empty where nobody inspected."""

    line: Line
    row: ReceiptLine
    verdict: Verdict | None
    tone: str = ""
    words: str = ""


def told(order: Order, lines: Iterable[Line], terms: Terms | None) -> list[Told]:
    """The lines of a receipt with their verdicts; `lines` come with their receipt."""
    limits = counting.aqls(terms, order.rulebook)
    found = []
    for line in lines:
        if hasattr(line, "receipt"):
            verdict = counting.verdict(line, counting.Counted.of(line.receipt), limits)
            found.append(Told(line, line.receipt, verdict, *(counting.words(verdict) if verdict else ())))
    return found
