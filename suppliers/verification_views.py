"""A company's documents and its request to be verified; only its members see them (product.md §4, "Credit rating")."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_POST

from suppliers import acting, actions
from suppliers.actions.verifying import NOTE_MAX, TYPES
from suppliers.models import Document, Supplier
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.rulebook import CURRENT
from trade_assurance.uploads import download

CUT_OFF = _lazy("The upload broke off half-way, so nothing of it was kept. Choose the file and add it again.")
ACCEPT = "application/pdf,image/jpeg,image/png,.pdf,.jpg,.jpeg,.png"
HISTORY = 12


class DocumentForm(forms.Form):
    """One document to add."""

    kind = forms.ChoiceField(
        label=_lazy("What it is"),
        choices=[("", _lazy("Choose")), *Document.Kind.choices],
        error_messages={"required": _lazy("Choose what kind of document it is.")},
    )
    file = forms.FileField(
        label=_lazy("The file"),
        allow_empty_file=True,  # the action says what is wrong with it
        help_text=format_lazy(
            _lazy("{types}, up to {most} MB."), types=TYPES, most=CURRENT.document_max_bytes // 2**20
        ),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={"required": _lazy("Choose a file first.")},
        max_length=1000,
    )


class AskForm(forms.Form):
    """The request to look at the documents."""

    note = forms.CharField(
        label=_lazy("Anything we should know"),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy("For an inspection on site: where, and whom we call."),
    )


def _page(request, member, *, form=None, ask=None):
    supplier, now = member.supplier, timezone.now()
    requests = list(supplier.verifications.order_by("-asked_at", "-id")[:HISTORY])
    standing = sorted((one for one in requests if one.stands), key=lambda one: one.level != Supplier.Level.INSPECTED)
    documents = list(supplier.documents.kept().select_related("added_by").order_by("added_at", "id"))
    failed = bool((form and form.errors) or (ask and ask.errors))
    context = {
        "supplier": supplier,
        "member": member,
        "now": now,
        "form": form or DocumentForm(),
        "ask": ask or AskForm(),
        "documents": documents,
        "has_licence": any(one.kind == Document.Kind.LICENCE for one in documents),
        "waiting": next((one for one in requests if one.is_waiting), None),
        "refused": requests[0] if requests and requests[0].outcome == "refused" else None,
        "standing": standing[0] if standing else None,
        "requests": [one for one in requests if not one.is_waiting],
        "can_add": len(documents) < CURRENT.documents_max,
        "base_limits": dict(CURRENT.base_limit_usd),
        "rules": CURRENT,
        "active": "profile",
    }
    return render(request, "portal/documents.html", context, status=422 if failed else 200)


@acting.for_supplier
def documents(request, member):
    """The documents, what came of each request, and the form to add one."""
    if request.method != "POST":
        return _page(request, member)
    if "whole" not in request.POST:  # the form's last field: without it the body ended before its end
        form = DocumentForm()
        messages.error(request, CUT_OFF)
        return _page(request, member, form=form)
    form = DocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, member, form=form)
    try:
        added = actions.add_document(
            supplier_id=member.supplier_id,
            kind=form.cleaned_data["kind"],
            upload=form.cleaned_data["file"],
            by=request.user,
            now=timezone.now(),
        )
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _page(request, member, form=form)
    messages.success(request, _("Added: {document}.").format(document=added))
    return redirect("portal:documents")


@acting.for_supplier
@require_POST
def ask(request, member):
    """Ask staff to look at the documents."""
    form, now = AskForm(request.POST), timezone.now()
    if not form.is_valid():
        return _page(request, member, ask=form)
    return acting.answer(
        request,
        lambda: actions.ask_verification(
            supplier_id=member.supplier_id, note=form.cleaned_data["note"], by=request.user, now=now
        ),
        _("Asked. We answer on this page and by mail."),
        "portal:documents",
    )


@acting.for_supplier
@require_POST
def withdraw(request, member):
    """Take the request back."""
    now = timezone.now()
    return acting.answer(
        request,
        lambda: actions.withdraw_verification(supplier_id=member.supplier_id, by=request.user, now=now),
        _("Taken back. Change your documents, then ask again."),
        "portal:documents",
    )


@acting.for_supplier
@require_POST
def remove_document(request, member, document_id):
    """Take a document out."""
    document, now = get_object_or_404(member.supplier.documents, pk=document_id), timezone.now()
    return acting.answer(
        request,
        lambda: actions.remove_document(document_id=document.pk, by=request.user, now=now),
        _("Taken out: {document}.").format(document=document),
        "portal:documents",
    )


@acting.for_supplier
@require_GET
def document(request, member, document_id):
    """A document of one's own company, byte for byte, always as a download."""
    found = get_object_or_404(member.supplier.documents.kept(), pk=document_id)
    return download(found.file, found.name)
