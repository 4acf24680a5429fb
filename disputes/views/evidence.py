"""The case file's evidence on pages: adding files, their receipts, the originals and previews."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_POST

from disputes import files
from disputes.actions.evidencing import add_evidence
from disputes.actions.handling import log_view
from disputes.case_file import STAFF, Adding, may_add, side_for
from disputes.models import Dispute, Evidence
from orders.views.asking import answer
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.uploads import contained, download, pictures

CUT_OFF = _lazy("The upload broke off half-way, so nothing of it was kept. Choose the files and add them again.")


@dataclass(frozen=True)
class SideFiles:
    """What one side has put into the file."""

    side: str
    title: str
    files: list[Evidence]


@dataclass(frozen=True)
class CaseFiles:
    """What `disputes/evidence.html` shows: every side's files, and whether this person may add more."""

    dispute: Dispute
    side: str | None
    sides: list[SideFiles]
    adding: Adding
    left: int
    key: uuid.UUID
    max_mb: int
    accept: str = files.ACCEPT
    types: str = files.TYPES


def case_files(dispute: Dispute, user, now: datetime) -> CaseFiles:
    """The evidence of a case as `user` sees it; pass it to the page as `evidence`."""
    side = side_for(dispute, user)
    prefetch_related_objects([dispute], "evidence")  # once: what may be added asks too
    found = sorted(dispute.evidence.all(), key=lambda each: each.number)
    names = {
        Evidence.Side.BUYER: _("{name}, the buyer").format(name=dispute.order.buyer.display_name),
        Evidence.Side.SUPPLIER: _("{name}, the supplier").format(name=dispute.order.supplier.name),
        Evidence.Side.STAFF: _("Staff"),
    }
    yours = names | {Evidence.Side.BUYER: _("You, the buyer"), Evidence.Side.SUPPLIER: _("You, the supplier")}
    sides = []
    for which in Evidence.Side:
        own = [each for each in found if each.side == which]
        if which != STAFF or own:
            sides.append(SideFiles(which, (yours if which == side else names)[which], own))
    adding = may_add(dispute, side, now) if side else Adding(False)
    return CaseFiles(
        dispute=dispute,
        side=side,
        sides=sides,
        adding=adding,
        left=max(0, dispute.order.rulebook.files_max - sum(each.side == side for each in found)) if side else 0,
        key=uuid.uuid4(),
        max_mb=dispute.order.rulebook.file_max_bytes // 2**20,
    )


def _case_for(request, reference: str) -> Dispute:
    """The dispute for a party of its order, or for staff who may see disputes; 404 for all others."""
    disputes = Dispute.objects.select_related("order__buyer", "order__supplier")
    if request.user.is_staff and request.user.has_perm("disputes.view_dispute"):
        dispute = get_object_or_404(disputes, reference=reference)
        if dispute.order.side_of(request.user) is None and not (settings.DEMO or is_mfa_enabled(request.user)):
            raise PermissionDenied("Set up a second factor first. The case opens once you have one.")
        return dispute
    return get_object_or_404(disputes.visible_to(request.user), reference=reference)


def _page_of(dispute: Dispute, user) -> str:
    """Where a person sees the case: the parties on its page, staff at their desk."""
    if dispute.order.side_of(user) is None:
        return reverse("admin:disputes_dispute_change", args=[dispute.pk])
    return f"{dispute.get_absolute_url()}#evidence"


@login_required
@require_POST
def evidence(request, reference):
    """Add files. A request of the page's script carries one and gets its receipt; a plain form may carry many."""
    now = timezone.now()
    dispute = _case_for(request, reference)
    to = _page_of(dispute, request.user)
    uploads = request.FILES.getlist("files")
    if "whole" not in request.POST:  # the form's last field: without it the body ended before its end
        return answer(request, Refused(CUT_OFF), to)
    if not uploads:
        return answer(request, Refused(_("Choose a file first."), field="files"), to)
    if len(uploads) > dispute.order.rulebook.files_max:
        said = _("Add at most {most} files at once.").format(most=dispute.order.rulebook.files_max)
        return answer(request, Refused(said), to)
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        key = uuid.uuid4()
    added, refused = [], None
    for number, upload in enumerate(uploads):
        try:
            added.append(
                add_evidence(
                    dispute_id=dispute.id,
                    key=uuid.uuid5(key, f"{request.POST.get('batch')}/{number}/{upload.name}/{upload.size}"),
                    upload=upload,
                    note=request.POST.get("note", ""),
                    by=request.user,
                    now=now,
                )
            )
        except Refused as error:
            refused = error
            if request.htmx or (isinstance(error, NotAllowed) and not added):
                return answer(request, error, to)
            messages.error(request, str(error))
            if isinstance(error, MovedOn | NotAllowed):
                break
    if request.htmx and refused is None:
        return render(request, "disputes/evidence_receipts.html", {"added": added, "now": now}, status=201)
    for each in added:
        said = (
            _("{name} is in the file already, as number {number}. SHA-256 {sha256}.")
            if each.added_at < now
            else _("{name} is in the file now, as number {number}. SHA-256 {sha256}.")
        )
        messages.success(request, said.format(name=each.name, number=each.number, sha256=each.sha256))
    return redirect(to)


@login_required
@require_GET
def file(request, reference, number):
    """An original, byte for byte, always as a download."""
    dispute = _case_for(request, reference)
    found = get_object_or_404(dispute.evidence, number=number)
    if dispute.order.side_of(request.user) is None:
        log_view(dispute_id=dispute.id, by=request.user, now=timezone.now())
    return download(found.file, found.name)


@login_required
@require_GET
def preview(request, reference, number):
    """Our own copy of a picture, to look at."""
    dispute = _case_for(request, reference)
    found = get_object_or_404(dispute.evidence, number=number)
    if not found.preview:
        raise Http404
    with found.preview.open("rb") as stored:
        content = stored.read()
    response = HttpResponse(content, content_type=pictures.type_of_preview(content))
    response["Content-Disposition"] = "inline"
    return contained(response)
