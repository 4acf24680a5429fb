"""Adding evidence to the case file (Rulebook 16)."""

from datetime import datetime
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from disputes import files
from disputes.case_file import is_rebuttal, may_add, side_for
from disputes.models import Dispute, Evidence
from events.actions import record
from trade_assurance.refused import MovedOn, NotAllowed, Refused

NOTE_MAX = 500


def add_evidence(*, dispute_id: int, key: UUID, upload: File, note: str, by: User, now: datetime) -> Evidence:
    """Append a file to the case and give its receipt; the same file again of the same side gives the first (16).

    What takes long, reading and storing the file, is done before the order is locked; a refused file is not kept.
    """
    dispute = Dispute.objects.select_related("order__buyer", "order__supplier").get(pk=dispute_id)
    side = side_for(dispute, by)
    if side is None:
        raise NotAllowed(_("Only the parties of the order, and staff who decide, add evidence to its case."))
    if not Evidence.objects.filter(key=key).exists():  # a repeated one gets its receipt after the deadline too
        _demand(dispute, side, now=now)
    note = note.strip()
    if len(note) > NOTE_MAX:
        raise Refused(
            _("Keep the note to {most} characters; this has {count}.").format(most=NOTE_MAX, count=f"{len(note):,}"),
            field="note",
        )
    found = files.examine(upload, max_bytes=dispute.order.rulebook.file_max_bytes)
    if (kept := _kept(dispute, side, found.sha256)) is not None:
        return kept
    evidence = Evidence(
        dispute=dispute,
        side=side,
        added_by=by,
        key=key,
        name=found.name,
        note=note,
        content_type=found.content_type,
        size=found.size,
        sha256=found.sha256,
        added_at=now,
    )
    try:
        evidence.file.save("original", upload, save=False)
        if found.preview:
            evidence.preview.save("preview", files.copy_of(found.preview), save=False)
        added = _append(evidence, by=by, now=now)
    except BaseException:
        _forget(evidence)
        raise
    if added is not evidence:
        _forget(evidence)
    return added


@transaction.atomic
def _append(evidence: Evidence, *, by: User, now: datetime) -> Evidence:
    dispute = Dispute.objects.locked(evidence.dispute_id)
    if side_for(dispute, by) != evidence.side:
        raise NotAllowed(_("You no longer act for this side of the order."))
    if (kept := _kept(dispute, evidence.side, evidence.sha256)) is not None:
        return kept
    if Evidence.objects.filter(key=evidence.key).exists():
        raise MovedOn(_("This form was used for another file already. Reload the page and choose the file again."))
    _demand(dispute, evidence.side, now=now)
    last = dispute.evidence.order_by("-number").values_list("number", flat=True).first()
    evidence.dispute = dispute
    evidence.number = (last or 0) + 1
    evidence.is_rebuttal = is_rebuttal(dispute, now)
    evidence.save()
    record(
        "order",
        dispute.order_id,
        "evidence.added",
        by=by,
        now=now,
        data={
            "dispute": dispute.reference,
            "number": evidence.number,
            "sha256": evidence.sha256,
            "side": evidence.side,
            "size": evidence.size,
        },
        personal={"name": evidence.name, "note": evidence.note},
    )
    return evidence


def _demand(dispute: Dispute, side: str, *, now: datetime) -> None:
    adding = may_add(dispute, side, now)
    if not adding.allowed:
        raise MovedOn(adding.reason)


def _kept(dispute: Dispute, side: str, sha256: str) -> Evidence | None:
    return dispute.evidence.filter(side=side, sha256=sha256).first()


def _forget(evidence: Evidence) -> None:
    """Remove what was stored of a file that did not enter the case."""
    for stored in (evidence.preview, evidence.file):
        if stored:
            stored.delete(save=False)
