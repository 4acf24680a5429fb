"""The contract: its page, as PDF and as JSON with the published schema, and the answer to it."""

import base64

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from orders import actions, contract_pdf
from orders.actions.agreeing import coverable
from orders.models import ContractVersion, Order, ReferenceRate
from orders.steps import steps_for
from orders.terms import BEFORE_SHIPMENT, canonical, differences, spell_head, spell_rest
from orders.terms.schema import PATH, schema
from orders.views.asking import answer, order_for
from orders.views.checking import check_of
from suppliers.models import Supplier
from trade_assurance.refused import Refused


@login_required
def contract(request, reference):
    """One version of the contract, and what the person can answer.

    By default the one in force, with an open amendment named beside it; while nothing is in force the newest.
    """
    now = timezone.now()
    order = order_for(request, reference)
    side = order.side_of(request.user)
    versions = list(order.versions.sent().order_by("-number"))
    in_force = next((version for version in versions if version.accepted_by_both), None)
    shown = _wanted(request, versions)
    steps = {step.code: step for step in steps_for(order, request.user, now)}
    page = {
        "order": order,
        "side": side,
        "other": order.supplier.name if side == Order.Side.BUYER else order.buyer.display_name,
        "versions": versions,
        "version": shown,
        "newest": bool(versions) and shown is versions[0],
        "in_force": in_force,
        "amendment": next((v for v in versions if v.is_amendment and v.closed_at is None), None),
        "steps": steps,
        "working": order.versions.working().filter(drafted_by=side).first(),
        "now": now,
    }
    if shown is not None:
        terms = shown.terms
        older = [version for version in versions if version.number < shown.number]
        before = next((v for v in older if v.accepted_by_both or not shown.is_amendment), None)
        page |= {
            "terms": terms,
            "head": spell_head(terms),
            "text": [
                (label, words)
                for label, words in spell_rest(terms)
                if not label.startswith("Attachment ") and words != "—"
            ],
            "before": before,
            "changes": differences(before.terms, terms) if before else [],
            "late_parts": [part for part in terms.plan if part.due_before not in BEFORE_SHIPMENT],
            "files": _files(order, terms),
            "cover": _cover(order, terms, now),
        }
        if page["newest"] and steps["accept"].allowed:
            page["check"] = check_of(terms, order.supplier, now=now, rules=order.rulebook)
    return render(request, "orders/contract.html", page)


def _wanted(request, versions: list[ContractVersion]) -> ContractVersion | None:
    """The version that the address names, 404 for one that was not sent; else the one in force, else the newest."""
    if wanted := request.GET.get("version", ""):
        shown = next((version for version in versions if str(version.number) == wanted), None)
        if shown is None:
            raise Http404
        return shown
    return next((version for version in versions if version.accepted_by_both), versions[0] if versions else None)


def _sent(request, reference) -> ContractVersion:
    """The version to download, for a party of the order; 404 while none was sent."""
    order = order_for(request, reference)
    version = _wanted(request, list(order.versions.sent().order_by("-number")))
    if version is None:
        raise Http404
    version.order = order
    return version


@login_required
@require_safe
def contract_json(request, reference):
    """The document itself, byte for byte what the fingerprint is the SHA-256 of."""
    version = _sent(request, reference)
    response = HttpResponse(canonical(version.document), content_type="application/json")
    digest = base64.b64encode(bytes.fromhex(version.fingerprint)).decode()
    response["Repr-Digest"] = _("sha-256=:{digest}:").format(digest=digest)  # RFC 9530
    response["Link"] = _('<{SITE_URL}{PATH}>; rel="describedby"; type="application/schema+json"').format(
        SITE_URL=settings.SITE_URL, PATH=PATH
    )
    return _as_file(response, version, "json")


@login_required
@require_safe
def contract_paper(request, reference):
    """The version as a PDF."""
    version = _sent(request, reference)
    return _as_file(HttpResponse(contract_pdf.pdf(version), content_type="application/pdf"), version, "pdf")


def _as_file(response: HttpResponse, version: ContractVersion, ending: str) -> HttpResponse:
    name = _("contract-{reference}-v{number}.{ending}").format(
        reference=version.order.reference, number=version.number, ending=ending
    )
    response["Content-Disposition"] = _('attachment; filename="{name}"').format(name=name)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@cache_control(public=True, max_age=86_400)
def contract_schema(request):
    """The JSON Schema that a contract's document follows, for everybody."""
    return JsonResponse(schema(settings.SITE_URL), content_type="application/schema+json")


def _files(order, terms) -> list[dict]:
    """The files that the version names, each with its download if it is still kept."""
    if not terms.attachments:
        return []
    kept = {file.sha256: file for file in order.attachments.order_by("id")}
    return [file | {"kept": kept.get(file["sha256"])} for file in terms.attachments]


def _cover(order, terms, now) -> dict:
    """How much is covered before release (all) and after it (what the supplier's limit has free), and why."""
    total, supplier = terms.total_minor, order.supplier
    if order.placed_at is not None:
        after = min(order.left_of_limit_minor, total)
    else:
        rate = ReferenceRate.objects.usd_per_unit(terms.currency, now.date())
        after = coverable(order, terms, rate) if rate else 0
    return {
        "before_minor": total,
        "after_minor": after,
        "in_full": after >= total,
        "missing_minor": total - after,
        "is_pinned": order.placed_at is not None,
        "is_offered": order.status == Order.Status.DRAFT and supplier.status == Supplier.Status.ACTIVE,
        "is_converted": terms.currency != "USD",
        "free_usd_minor": supplier.free_limit_minor,
        "limit_usd_minor": supplier.limit_minor,
        "reserved_usd_minor": supplier.reserved_minor,
    }


@login_required
@require_POST
def accept(request, reference):
    """Accept the version that the page showed, at the cover that it showed."""
    order = order_for(request, reference)
    version, cover = (request.POST.get(name, "") for name in ("version", "cover"))
    if not (version.isdecimal() and cover.isdecimal() and len(version) < 9 and len(cover) < 19):
        return redirect("orders:contract", order.reference)
    now = timezone.now()
    try:
        actions.accept(
            order_id=order.id,
            version=int(version),
            fingerprint=request.POST.get("fingerprint", "")[:64],
            cover_minor=int(cover),
            by=request.user,
            now=now,
        )
    except Refused as error:
        # Not placed means that there is something new to read on the contract's page; else the order's page tells.
        waits = Order.objects.filter(pk=order.pk, status=Order.Status.DRAFT).exists()
        back = reverse("orders:contract", args=[order.reference]) if waits else order
        return answer(request, error, back)
    messages.success(request, _("Accepted. Both of you have now signed the same contract."))
    return redirect(order)
