"""A company's documents, its request to be verified, and what staff answer; a verification ends by time."""

from datetime import date, datetime, timedelta

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from events.actions import record
from suppliers.actions.judging import by_staff
from suppliers.actions.rating import rerate
from suppliers.actions.team import KIND
from suppliers.models import Document, Member, RatingSnapshot, Supplier, Verification
from suppliers.telling import tell_of_verification
from trade_assurance import uploads
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT, end_of_day

MAY_VERIFY = "suppliers.verify_supplier"
ENDINGS = (".pdf", ".jpg", ".jpeg", ".png")
TYPES = _lazy("PDF, JPEG or PNG")
NOTE_MAX = 500
REASON_MAX = 1000
DAYS_ZONE = "UTC"  # whose day it is at the end of which a verification expires
Level = Supplier.Level
Outcome = Verification.Outcome


def _for_the_company(supplier_id: int, by) -> Supplier:
    """The supplier under lock, for who may bind the company."""
    supplier = Supplier.objects.locked(supplier_id)
    _demand_seller(supplier_id, by)
    return supplier


def _demand_seller(supplier_id: int, by) -> None:
    if not Member.objects.filter(
        supplier_id=supplier_id, user=by, role__in=(Member.Role.OWNER, Member.Role.SALES)
    ).exists():
        raise NotAllowed(_("Only owners and sales staff of the company show its documents. Ask one of them."))


# documents ----------------------------------------------------------------------------------------------------------


def add_document(*, supplier_id: int, kind: str, upload: File, by, now: datetime) -> Document:
    """Keep a document of the company, original bytes under a random name; only its members and staff see it.

    Staff who verify add the inspector's report in the same way. What takes long is done before the row is locked.
    """
    if not by.has_perm(MAY_VERIFY) or Member.objects.filter(supplier=supplier_id, user=by).exists():
        _demand_seller(supplier_id, by)
    if kind not in Document.Kind.values:
        raise Refused(_("Choose what kind of document it is."), field="kind")
    try:
        found = uploads.examine(
            upload, max_bytes=CURRENT.document_max_bytes, endings=ENDINGS, types=TYPES, purpose=_("company documents")
        )
    except uploads.BadFile as error:
        raise uploads.BadFile(str(error), field="file") from error
    document = Document(
        supplier_id=supplier_id,
        kind=kind,
        name=found.name,
        content_type=found.content_type,
        size=found.size,
        sha256=found.sha256,
        added_by=by,
        added_at=now,
    )
    _demand_room(supplier_id, document)
    try:
        document.file.save("original", upload, save=False)
        _keep(document, by=by, now=now)
    except BaseException:
        if document.file:
            document.file.delete(save=False)
        raise
    return document


def _demand_room(supplier_id: int, document: Document) -> None:
    kept = Document.objects.kept().filter(supplier=supplier_id)
    if (same := kept.filter(sha256=document.sha256).first()) is not None:
        raise MovedOn(_("This file is there already, as “{document}”. It was not added twice.").format(document=same))
    if kept.count() >= CURRENT.documents_max:
        raise Refused(
            _("A company keeps at most {most} documents here. Take one out first.").format(most=CURRENT.documents_max),
            field="file",
        )


@transaction.atomic
def _keep(document: Document, *, by, now: datetime) -> None:
    Supplier.objects.locked(document.supplier_id)
    _demand_room(document.supplier_id, document)
    document.save()
    data = {"document": document.id, "kind": document.kind, "sha256": document.sha256, "size": document.size}
    personal = {"name": document.name}
    record(KIND, document.supplier_id, "supplier.document_added", by=by, now=now, data=data, personal=personal)


@transaction.atomic
def remove_document(*, document_id: int, by, now: datetime) -> Document:
    """Take a document out, unless staff look at it now; they still see that it was there. Raises MovedOn."""
    document = Document.objects.get(pk=document_id)
    supplier = _for_the_company(document.supplier_id, by)
    document.refresh_from_db()
    if document.removed_at is not None:
        raise MovedOn(_("This document was taken out already."))
    if supplier.verifications.waiting().exists():
        raise MovedOn(_("We are looking at your documents now. Take your request back first, then change them."))
    document.removed_at = now
    document.save(update_fields=["removed_at"])
    record(KIND, supplier.id, "supplier.document_removed", by=by, now=now, data={"document": document.id})
    return document


@transaction.atomic
def note_document_opened(*, document_id: int, by, now: datetime) -> Document:
    """Staff opened a document of a company; that is kept with the company (quality.md §3). Raises NotAllowed."""
    document = Document.objects.get(pk=document_id)
    by_staff(by, MAY_VERIFY, document.supplier_id)
    supplier = Supplier.objects.locked(document.supplier_id)
    record(KIND, supplier.id, "supplier.document_opened", by=by, now=now, data={"document": document.id})
    return document


# asking -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_verification(*, supplier_id: int, note: str = "", by, now: datetime) -> Verification:
    """Ask staff to verify the company by its documents; one request at a time. Raises NotAllowed, MovedOn, Refused."""
    supplier = _for_the_company(supplier_id, by)
    if supplier.status == Supplier.Status.REMOVED:
        raise MovedOn(_("{name} was removed, so it can't be verified.").format(name=supplier.name))
    if supplier.verifications.waiting().exists():
        raise MovedOn(_("You have asked already. We answer on this page and by mail."))
    note = note.strip()
    if len(note) > NOTE_MAX:
        raise Refused(
            _("Keep this to {most} characters; it has {count}.").format(most=NOTE_MAX, count=f"{len(note):,}"),
            field="note",
        )
    if not supplier.documents.kept().filter(kind=Document.Kind.LICENCE).exists():
        raise Refused(_("Add your business licence first: without it nobody can be verified."))
    made = Verification.objects.create(supplier=supplier, asked_by=by, asked_at=now, note=note)
    record(KIND, supplier.id, "supplier.verification_asked", by=by, now=now, data={"verification": made.id})
    return made


@transaction.atomic
def withdraw_verification(*, supplier_id: int, by, now: datetime) -> Verification:
    """Take the request back while nobody has answered it. Raises NotAllowed, MovedOn."""
    supplier = _for_the_company(supplier_id, by)
    waiting = supplier.verifications.waiting().first()
    if waiting is None:
        raise MovedOn(_("No request is waiting: it was answered or taken back already."))
    waiting.outcome, waiting.decided_at = Outcome.WITHDRAWN, now
    waiting.save(update_fields=["outcome", "decided_at"])
    record(KIND, supplier.id, "supplier.verification_withdrawn", by=by, now=now, data={"verification": waiting.id})
    return waiting


# deciding -----------------------------------------------------------------------------------------------------------


def _waiting(verification_id: int, by) -> tuple[Supplier, Verification]:
    """The request and its company under lock, for staff who do not work there."""
    supplier_id = Verification.objects.values_list("supplier_id", flat=True).get(pk=verification_id)
    by_staff(by, MAY_VERIFY, supplier_id)
    supplier = Supplier.objects.locked(supplier_id)
    waiting = Verification.objects.get(pk=verification_id)
    if not waiting.is_waiting:
        raise MovedOn(f"This request is no longer open: {waiting.get_outcome_display().lower()}. Nothing was changed.")
    return supplier, waiting


@transaction.atomic
def accept_verification(
    *,
    verification_id: int,
    level: str,
    expires_on: date,
    inspected_on: date | None = None,
    inspector: str = "",
    report_id: int | None = None,
    by,
    now: datetime,
) -> Verification:
    """Verify a company to a level until the end of a day; its limit follows at once (Rulebook, "Credit rating").

    On site means: a date, an inspector and the report among the company's documents. An earlier verification to the
    same level ends. Raises NotAllowed, MovedOn, Refused.
    """
    supplier, waiting = _waiting(verification_id, by)
    if level not in (Level.VERIFIED, Level.INSPECTED):
        raise Refused("Choose the level that the documents show.", field="level")
    latest = (now + timedelta(days=CURRENT.verification_days_max)).date()
    if expires_on > latest:
        raise Refused(f"A verification holds until {latest} at most.", field="expires_on")
    expires_at = end_of_day(expires_on, DAYS_ZONE)
    if expires_at <= now:
        raise Refused("This day is over. Give the day until which the verification holds.", field="expires_on")
    if level == Level.INSPECTED:
        waiting.inspected_on, waiting.inspector = _inspection(inspected_on, inspector, now)
        waiting.report = supplier.documents.filter(kind=Document.Kind.REPORT, pk=report_id).first()
        if waiting.report is None:
            raise Refused("Choose the inspector's report, or add it.", field="report")
    supplier.verifications.standing().filter(level=level).update(ended_at=now, remind_at=None)
    waiting.outcome, waiting.level, waiting.decided_by, waiting.decided_at = Outcome.ACCEPTED, level, by, now
    waiting.expires_at, waiting.remind_at = expires_at, _next_reminder(expires_at, now)
    waiting.save()
    _follow(supplier, now)
    data = {"verification": waiting.id, "level": level, "until": expires_at.isoformat()}
    record(KIND, supplier.id, "supplier.verification_accepted", by=by, now=now, data=data)
    tell_of_verification(waiting, "accepted")
    return waiting


def _inspection(inspected_on: date | None, inspector: str, now: datetime) -> tuple[date, str]:
    if inspected_on is None:
        raise Refused("Say on which day the company was inspected.", field="inspected_on")
    if inspected_on > now.date():
        raise Refused("This day has not come yet.", field="inspected_on")
    if not inspector.strip():
        raise Refused("Say who inspected it.", field="inspector")
    return inspected_on, inspector.strip()[:120]


@transaction.atomic
def refuse_verification(*, verification_id: int, reason: str, by, now: datetime) -> Verification:
    """Refuse a request with a reason that the company reads, mends and asks again. Raises NotAllowed, MovedOn."""
    supplier, waiting = _waiting(verification_id, by)
    reason = reason.strip()
    if not reason:
        raise Refused("Say what is missing or wrong: the company reads it and mends it.", field="reason")
    if len(reason) > REASON_MAX:
        raise Refused(f"Keep this to {REASON_MAX:,} characters.", field="reason")
    waiting.outcome, waiting.reason, waiting.decided_by, waiting.decided_at = Outcome.REFUSED, reason, by, now
    waiting.save()
    data = {"verification": waiting.id, "reason": reason}
    record(KIND, supplier.id, "supplier.verification_refused", by=by, now=now, data=data)
    tell_of_verification(waiting, "refused")
    return waiting


# ending by time -----------------------------------------------------------------------------------------------------


def _next_reminder(expires_at: datetime, now: datetime) -> datetime | None:
    """The next moment, after `now`, at which the company is told that a verification ends."""
    moments = (expires_at - timedelta(days=days) for days in CURRENT.verification_reminder_days)
    return min((moment for moment in moments if moment > now), default=None)


def _follow(supplier: Supplier, now: datetime) -> Supplier:
    """Set the level to the highest verification that stands, and the limit by it."""
    levels = set(supplier.verifications.standing().values_list("level", flat=True))
    supplier.level = next((one for one in (Level.INSPECTED, Level.VERIFIED) if one in levels), Level.UNVERIFIED)
    supplier.save(update_fields=["level"])
    return rerate(supplier_id=supplier.pk, because=RatingSnapshot.Because.LEVEL, now=now)


def _standing(verification_id: int) -> tuple[Supplier, Verification]:
    found = Verification.objects.get(pk=verification_id)
    supplier = Supplier.objects.locked(found.supplier_id)
    found.refresh_from_db()
    if not found.stands:
        raise MovedOn("This verification no longer counts.")
    return supplier, found


@transaction.atomic
def remind_of_verification(*, verification_id: int, now: datetime) -> Verification:
    """Tell a company 30 and 7 days before its verification ends, each once; not if it has asked anew already."""
    supplier, found = _standing(verification_id)
    if found.remind_at is None or now < found.remind_at or now >= found.expires_at:
        raise MovedOn("No reminder is due.")
    found.remind_at = _next_reminder(found.expires_at, now)
    found.save(update_fields=["remind_at"])
    data = {"verification": found.id, "until": found.expires_at.isoformat()}
    record(KIND, supplier.id, "supplier.verification_reminded", now=now, data=data)
    if not supplier.verifications.waiting().exists():
        tell_of_verification(found, "reminder")
    return found


@transaction.atomic
def expire_verification(*, verification_id: int, now: datetime) -> Verification:
    """End a verification whose day is over: the level falls to what still stands, the limit with it.

    What open orders reserved stays reserved. Raises MovedOn.
    """
    supplier, found = _standing(verification_id)
    if now < found.expires_at:
        raise MovedOn("This verification still holds.")
    found.ended_at, found.remind_at = now, None
    found.save(update_fields=["ended_at", "remind_at"])
    supplier = _follow(supplier, now)
    data = {"verification": found.id, "level": supplier.level, "limit": supplier.limit_minor}
    record(KIND, supplier.id, "supplier.verification_expired", now=now, data=data)
    tell_of_verification(found, "expired")
    return found
