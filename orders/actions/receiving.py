"""What is done around a receipt: photos before it, and a later one than time confirmed (Rulebook 11)."""

import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders import holds, telling
from orders.models import CarrierEvent, LaterReceipt, Order, ReceiptPhoto, ReviewRequest
from orders.receipts import BY_CARRIER, PHOTO_ENDINGS, PHOTO_TYPES, PROOF_ENDINGS, PROOF_TYPES
from orders.steps import demand
from orders.tracking.reading import in_order
from trade_assurance import uploads
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.templatetags.ta import day as spelled

ORDER = "order"
C = CarrierEvent.Code
WORDS_MAX, REASON_MAX = 1000, 500


# photos ---------------------------------------------------------------------------------------------------------------


def add_photo(*, order_id: int, line_id: int | None = None, upload: File, by: User, now: datetime) -> ReceiptPhoto:
    """Keep a photo for the receipt that the buyer is about to confirm; the same one again gives the first.

    Reading and storing it is done before the order is locked; a refused file is not kept. Raises Refused, MovedOn.
    """
    order = Order.objects.select_related("buyer", "supplier").get(pk=order_id)
    demand("confirm_receipt", order, by=by, now=now)
    most = order.rulebook.file_max_bytes
    found = uploads.examine(
        upload, max_bytes=most, endings=PHOTO_ENDINGS, types=PHOTO_TYPES, purpose=_("a photo of the goods")
    )
    photo = ReceiptPhoto(
        order=order,
        line_id=line_id,
        name=found.name,
        content_type=found.content_type,
        size=found.size,
        sha256=found.sha256,
        added_by=by,
        added_at=now,
    )
    try:
        photo.file.save(uuid.uuid4().hex, upload, save=False)
        photo.preview.save(uuid.uuid4().hex, uploads.copy_of(found.preview), save=False)
        added = _add(photo, by=by, now=now)
    except BaseException:
        _forget(photo.preview, photo.file)
        raise
    if added is not photo:
        _forget(photo.preview, photo.file)
    return added


@transaction.atomic
def _add(photo: ReceiptPhoto, *, by: User, now: datetime) -> ReceiptPhoto:
    order = Order.objects.locked(photo.order_id)
    demand("confirm_receipt", order, by=by, now=now)
    kept = order.receipt_photos.filter(removed_at__isnull=True)
    if (same := kept.filter(sha256=photo.sha256).first()) is not None:
        return same
    most = order.rulebook.receipt_photos_max
    if kept.count() >= most:
        raise Refused(_("A receipt has at most {most} photos. Remove one first.").format(most=most), field="photos")
    if photo.line_id is not None and not order.lines.filter(pk=photo.line_id).exists():
        raise Refused(_("This line is not of this contract. Reload the page and add the photo again."), field="photos")
    photo.save()
    data = {"photo": photo.id, "line": photo.line_id, "sha256": photo.sha256, "size": photo.size}
    record(ORDER, order.id, "receipt_photo.added", by=by, now=now, data=data, personal={"name": photo.name})
    return photo


@transaction.atomic
def remove_photo(*, order_id: int, photo_id: int, by: User, now: datetime) -> ReceiptPhoto:
    """Take a photo out while receipt is not confirmed; the file stays, nobody is shown it. Once is enough."""
    order = Order.objects.locked(order_id)
    demand("confirm_receipt", order, by=by, now=now)
    photo = order.receipt_photos.filter(pk=photo_id).first()
    if photo is None:
        raise Refused(_("This photo is not of this order. Nothing was changed."), field="photos")
    if photo.removed_at is None:
        photo.removed_at = now
        photo.save(update_fields=["removed_at"])
        data = {"photo": photo.id, "sha256": photo.sha256}
        record(ORDER, order.id, "receipt_photo.removed", by=by, now=now, data=data)
    return photo


def _forget(*files) -> None:
    """Remove what was stored of a file that is not kept."""
    for stored in files:
        if stored:
            stored.delete(save=False)


# a later receipt (Rulebook 11) ----------------------------------------------------------------------------------------


def ask_later_receipt(
    *, order_id: int, received_on: date, words: str, upload: File | None, by: User, now: datetime
) -> LaterReceipt:
    """Say when goods that time confirmed really came, with what proves it; granted at once if the carrier says so (11).

    Until staff have decided, no window of this order closes. Raises Refused, MovedOn, NotAllowed.
    """
    order = Order.objects.select_related("buyer", "supplier").get(pk=order_id)
    demand("later_receipt", order, by=by, now=now)
    words = words.strip()
    if len(words) > WORDS_MAX:
        sentence = _("Keep this to {most} characters; this has {count}.")
        raise Refused(sentence.format(most=f"{WORDS_MAX:,}", count=f"{len(words):,}"), field="words")
    later = LaterReceipt(order=order, received_on=received_on, words=words, asked_by=by, asked_at=now)
    if upload is not None:
        most = order.rulebook.file_max_bytes
        try:
            found = uploads.examine(
                upload, max_bytes=most, endings=PROOF_ENDINGS, types=PROOF_TYPES, purpose=_("a proof of receipt")
            )
        except uploads.BadFile as error:
            raise uploads.BadFile(str(error), field="proof") from error
        later.name, later.content_type, later.sha256 = found.name, found.content_type, found.sha256
    try:
        if upload is not None:
            later.proof.save(uuid.uuid4().hex, upload, save=False)
        return _ask(later, by=by, now=now)
    except BaseException:
        _forget(later.proof)
        raise


@transaction.atomic
def _ask(later: LaterReceipt, *, by: User, now: datetime) -> LaterReceipt:
    order = Order.objects.locked(later.order_id)
    demand("later_receipt", order, by=by, now=now)
    zone, day = ZoneInfo(order.protection_timezone), later.received_on
    before = order.received_at.astimezone(zone).date()
    if day <= before:
        sentence = _("Receipt counts from {day} already. Give a later day.").format(day=spelled(before))
        raise Refused(sentence, field="received_on")
    if day > now.astimezone(zone).date():
        raise Refused(_("This day is still to come. Say when the goods came once they are there."), field="received_on")
    carrier = delivered_on(order, day)
    if carrier is None and not later.proof:
        raise Refused(_("Add a file that proves the day: the carrier does not say so by itself."), field="proof")
    if carrier is None and not later.words:
        raise Refused(_("Say in a few words what the file shows."), field="words")
    later.order = order
    later.save()
    data = {"later_receipt": later.id, "received_on": day.isoformat(), "sha256": later.sha256}
    record(ORDER, order.id, "later_receipt.asked", by=by, now=now, data=data)
    if carrier is not None:
        later.reason = BY_CARRIER.format(number=carrier.shipment.number)
        _grant(order, later, at=carrier.at, by=None, now=now)
    return later


def delivered_on(order: Order, day: date) -> CarrierEvent | None:
    """The last word of a carrier that goods of this order were delivered on `day`, as the buyer's timezone has it.

    What was delivered on other days of part shipments does not matter: the last of them completes the receipt. So
    nothing that counts may have been delivered later, and tracking that is unverified or rejected says nothing.
    """
    zone = ZoneInfo(order.protection_timezone)
    told = []
    for shipment in order.shipments.counted().prefetch_related("events"):
        if shipment.is_tracked:
            said = [each for each in in_order(shipment.events.all()) if each.code in (C.DELIVERED, C.RETURNED)]
            told += [each for each in said[-1:] if each.code == C.DELIVERED]
    last = max(told, key=lambda each: (each.at, each.id), default=None)
    return last if last is not None and last.at.astimezone(zone).date() == day else None


@transaction.atomic
def grant_later_receipt(*, later_id: int, reason: str, by: User, now: datetime) -> LaterReceipt:
    """Staff find the later receipt proven: protection counts from it (Rulebook 11)."""
    order, later = _to_judge(later_id, reason, by)
    later.reason = reason.strip()
    zone = ZoneInfo(order.protection_timezone)
    noon = datetime.combine(later.received_on, time(12), tzinfo=zone)
    _grant(order, later, at=min(noon, later.asked_at), by=by, now=now)
    return later


@transaction.atomic
def refuse_later_receipt(*, later_id: int, reason: str, by: User, now: datetime) -> LaterReceipt:
    """Staff find it not proven: the dates stay, and windows that have ended meanwhile close (Rulebook 11)."""
    order, later = _to_judge(later_id, reason, by)
    _decide(later, LaterReceipt.State.REFUSED, reason=reason.strip(), by=by, now=now)
    record(ORDER, order.id, "later_receipt.refused", by=by, now=now, data={"later_receipt": later.id})
    telling.tell_later_receipt(order, later)
    return later


def _to_judge(later_id: int, reason: str, by: User) -> tuple[Order, LaterReceipt]:
    """The order under lock and what is asked of it, for staff who may judge it and are on neither side."""
    order = Order.objects.locked(LaterReceipt.objects.values_list("order_id", flat=True).get(pk=later_id))
    if not by.has_perm("orders.judge_later_receipt"):
        raise NotAllowed("Only risk staff judge whether a later receipt is proven.")
    if order.side_of(by) is not None:
        raise NotAllowed("You are a party to this order, so somebody else must judge this.")
    later = order.later_receipts.get(pk=later_id)
    if later.state != LaterReceipt.State.ASKED:
        raise MovedOn(f"This was found {later.get_state_display().lower()} already. Nothing was changed.")
    if order.status != Order.Status.RECEIVED:
        raise MovedOn(f"The order is {order.get_status_display().lower()} now, so no date of it moves any more.")
    if not reason.strip():
        raise Refused("Say why: the reason is kept with the change.", field="reason")
    if len(reason.strip()) > REASON_MAX:
        raise Refused(f"Keep this to {REASON_MAX} characters.", field="reason")
    return order, later


def _decide(later: LaterReceipt, state: str, *, reason: str, by: User | None, now: datetime) -> None:
    later.state, later.reason, later.decided_by, later.decided_at = state, reason, by, now
    later.save(update_fields=["state", "reason", "decided_by", "decided_at"])


def _grant(order: Order, later: LaterReceipt, *, at: datetime, by: User | None, now: datetime) -> None:
    """Count every window that was open when it was asked from the later receipt; none gets shorter, none opens again.

    What was released stays released; the reserve waits for the new end.
    """
    old_end = order.rulebook.protection_end(order.received_at, order.protection_timezone)
    new_end = order.rulebook.protection_end(at, order.protection_timezone)
    order.received_at = at
    holds.count_windows_from(order, later.asked_at, old_end=old_end, new_end=new_end)
    ReviewRequest.objects.filter(order=order).update(
        due_at=max(now, at + timedelta(days=order.rulebook.feedback_ask_days))
    )
    order.save()
    _decide(later, LaterReceipt.State.GRANTED, reason=later.reason, by=by, now=now)
    data = {
        "later_receipt": later.id,
        "received_on": later.received_on.isoformat(),
        "by": "carrier" if by is None else "staff",
        "ends_at": new_end.isoformat(),
    }
    record(ORDER, order.id, "later_receipt.granted", by=by, now=now, data=data)
    telling.tell_later_receipt(order, later)
