"""Files around a receipt: which are taken as its photos and proofs, who sees them, and what waits for staff."""

from orders.models import LaterReceipt, Order, ReceiptPhoto
from trade_assurance import uploads

PHOTO_TYPES = "JPEG, PNG or WebP"
PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
PHOTO_ACCEPT = "image/jpeg,image/png,image/webp,.jpg,.jpeg,.png,.webp"  # exact types make phones turn HEIC into JPEG
PROOF_TYPES = "PDF, JPEG, PNG, WebP, MP4, EML, XML, CSV or TXT"
PROOF_ENDINGS = tuple(uploads.KINDS)
PROOF_ACCEPT = "application/pdf,message/rfc822,.eml," + PHOTO_ACCEPT


def photos(order: Order, side: str | None) -> list[ReceiptPhoto]:
    """The photos of a receipt, in the order they were taken; before it is confirmed, for the buyer alone."""
    if order.received_at is None and side != Order.Side.BUYER:
        return []
    return list(order.receipt_photos.filter(removed_at__isnull=True).order_by("id"))


def latest_later(order: Order) -> LaterReceipt | None:
    """The last later receipt that the buyer said."""
    return max(order.later_receipts.all(), key=lambda each: each.id, default=None)
