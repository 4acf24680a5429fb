"""Files of a contract: kept beside the draft, their SHA-256 signed with the version (Rulebook 16 names the types)."""

import hashlib
from datetime import datetime

import puremagic
from django.db import IntegrityError, transaction
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders.models import Attachment, Order
from orders.steps import demand
from trade_assurance.refused import MovedOn, Refused

ORDER = "order"
# what a contract may carry, by content
FILE_TYPES = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
}


class BadFile(Refused):
    """The file is not one that a contract may carry."""


@transaction.atomic
def add_attachment(*, order_id: int, upload, by: User, now: datetime) -> Attachment:
    """Keep a file with the draft; its SHA-256 becomes part of the next version. Raises BadFile with the reason."""
    order = Order.objects.locked(order_id)
    _demand_files(order, by, now)
    rules = order.rulebook
    name = get_valid_filename(upload.name.replace("\\", "/").split("/")[-1])[-150:]
    if upload.size == 0:
        raise BadFile(_("{name} is empty. Choose another file.").format(name=name), field="attachment")
    if upload.size > rules.file_max_bytes:
        raise BadFile(
            _("{name} is above {most} MB. Make it smaller.").format(name=name, most=rules.file_max_bytes // 2**20),
            field="attachment",
        )
    if order.attachments.filter(removed_at__isnull=True).count() >= rules.files_max:
        raise BadFile(_("A contract has at most {most} files.").format(most=rules.files_max), field="attachment")
    content = upload.read()
    upload.seek(0)
    content_type = _type_of(content)
    if content_type is None or not name.lower().endswith(FILE_TYPES[content_type]):
        raise BadFile(
            _("{name} is not what its name says. Add a PDF, JPEG, PNG or WebP file.").format(name=name),
            field="attachment",
        )
    attachment = Attachment(
        order=order,
        name=name,
        content_type=content_type,
        size=upload.size,
        sha256=hashlib.sha256(content).hexdigest(),
        side=order.side_of(by),
        added_by=by,
        added_at=now,
    )
    attachment.file.save(f"{attachment.sha256[:32]}", upload, save=False)
    try:
        with transaction.atomic():
            attachment.save()
    except IntegrityError as error:
        raise BadFile(_("{name} is attached already.").format(name=name), field="attachment") from error
    record(ORDER, order.id, "contract.file_added", by=by, now=now, data={"sha256": attachment.sha256})
    return attachment


def _demand_files(order: Order, by: User, now: datetime) -> None:
    """Files come and go while a contract is written, and while a change of one can be proposed."""
    demand("edit" if order.status == Order.Status.DRAFT else "amend", order, by=by, now=now)


def _type_of(content: bytes) -> str | None:
    """The file's type by its content, if it is one that a contract may carry."""
    try:
        found = {match.mime_type for match in puremagic.magic_string(content[:8192])}
    except (puremagic.PureError, ValueError):
        return None
    return next((mime for mime in FILE_TYPES if mime in found), None)


@transaction.atomic
def remove_attachment(*, order_id: int, attachment_id: int, by: User, now: datetime) -> None:
    """Take a file out of the draft; versions already sent still name it."""
    order = Order.objects.locked(order_id)
    _demand_files(order, by, now)
    attachment = order.attachments.filter(pk=attachment_id, removed_at__isnull=True).first()
    if attachment is None:
        raise MovedOn(_("This file was removed already."))
    in_force = order.versions.in_force()
    if in_force is not None and attachment.sha256 in {file["sha256"] for file in in_force.terms.attachments}:
        raise MovedOn(_("Both sides have signed this file, so it stays with the contract."))
    attachment.removed_at = now
    attachment.save(update_fields=["removed_at"])
    record(ORDER, order.id, "contract.file_removed", by=by, now=now, data={"sha256": attachment.sha256})
