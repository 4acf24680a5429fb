"""Receipt at the dock: the packing list, counting line by line with photos, and a later receipt (Rulebook 10-12)."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET

from orders import actions, counting, facts, packing_list, receipts
from orders.forms import LaterReceiptForm, ReceiptForm
from orders.holds import held_value
from orders.models import Order
from orders.views.asking import answer, order_for, step_or_away
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.uploads import contained, download, pictures

BUYER = Order.Side.BUYER
CUT_OFF = _lazy("The page did not arrive whole, so receipt is not confirmed. Look at it below and send it again.")


@login_required
@require_GET
def packing(request, reference, number):
    """The packing list of one shipment as a PDF, for both sides, and for staff who may see shipments."""
    order, _side = _order_of_files(request, reference, "orders.view_shipment")
    shipment = get_object_or_404(order.shipments.counted(), number=number)
    response = HttpResponse(packing_list.pdf(order, shipment), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="packing-list-{order.reference}-{number}.pdf"'
    return response


@login_required
def receipt(request, reference):
    """Say line by line how the goods arrived, with photos, seeing first what that releases and holds.

    What was typed stays whatever is refused; photos that arrived are kept before receipt is confirmed.
    """
    now = timezone.now()
    order = order_for(request, reference, "receipt")
    posted = request.method == "POST"
    if posted and order.status == Order.Status.RECEIVED and order.receipt.by_id == request.user.id:
        messages.success(request, _("Receipt is confirmed already; nothing was counted twice. It stands below."))
        return redirect(f"{order.get_absolute_url()}#receipt")
    step, away = step_or_away(request, order, "confirm_receipt", now)
    if away is not None:
        return away
    lines = list(order.lines.order_by("number"))
    form = ReceiptForm(request.POST if posted else None, lines=lines)
    shows_amounts, unkept = True, {}
    if posted:
        try:
            unkept = _photos(request, order, lines, now)
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, order)
        is_last = "confirm" in request.POST and not unkept
        if is_last and "whole" not in request.POST:
            form.add_error(None, CUT_OFF)
        if is_last and form.is_valid():
            try:
                actions.confirm_receipt(order_id=order.id, counts=form.counts(), by=request.user, now=now)
            except (NotAllowed, MovedOn) as error:
                return answer(request, error, order)
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                days = order.rulebook.protection_days
                messages.success(
                    request, _("Receipt confirmed. Your {days} days of protection have begun.").format(days=days)
                )
                return redirect(order)
        shows_amounts = not form.errors
    page = _page(request, order, form, lines, unkept, now) | {"step": step}
    if shows_amounts:
        page["amounts"] = outcome(order, lines, form.counts() if posted and form.is_valid() else [])
    refused = (form.errors or unkept) and not request.htmx
    return render(request, "orders/receipt.html", page, status=422 if refused else 200)


def _photos(request, order: Order, lines, now) -> dict[int, list[str]]:
    """Keep the photos that came with the form, or take one out; gives what could not be kept, by line (0 is none)."""
    gone = request.POST.get("remove", "")
    if gone.isdecimal() and len(gone) < 19:
        try:
            actions.remove_photo(order_id=order.id, photo_id=int(gone), by=request.user, now=now)
        except (NotAllowed, MovedOn):
            raise
        except Refused as error:
            return {0: [str(error)]}
    unkept: dict[int, list[str]] = {}
    for line in lines:
        for upload in request.FILES.getlist(f"photos_{line.id}"):
            try:
                actions.add_photo(order_id=order.id, line_id=line.id, upload=upload, by=request.user, now=now)
            except (NotAllowed, MovedOn):
                raise
            except Refused as error:
                unkept.setdefault(line.id, []).append(str(error))
    return unkept


def _page(request, order: Order, form, lines, unkept: dict, now) -> dict:
    """What the page shows beside the amounts: each line with its plan, its photos and what was wrong with them."""
    version = facts.contract(order)
    limits = counting.aqls(version.terms if version else None, order.rulebook)
    shipment, held = _scanned(request, order)
    photos = receipts.photos(order, BUYER)
    filled = form.is_bound and form.is_valid()
    counts = {count.line_id: count for count in form.counts()} if filled else {}
    rows = []
    for row in form.line_fields():
        line = row.line
        count = counts.get(line.id)
        found = counting.verdict(line, count, limits) if count else None
        rows.append(
            {
                "fields": row,
                "line": line,
                "photos": [photo for photo in photos if photo.line_id == line.id],
                "unkept": unkept.get(line.id, []),
                "asked": "" if order.is_sample else counting.asked(line, limits),
                "verdict": found,
                "verdict_words": counting.words(found) if found else None,
                "in_shipment": held.get(line.id),
            }
        )
    inspection = version.terms.inspection if version else None
    return {
        "order": order,
        "form": form,
        "rows": sorted(rows, key=lambda row: row["in_shipment"] is None) if shipment else rows,
        "verdicts": ",".join(f"#verdict-{row['line'].id}" for row in rows if row["asked"]),
        "shipment": shipment,
        "shipments": order.shipments.counted().count(),
        "unkept": [sentence for each in unkept.values() for sentence in each],
        "photos_left": order.rulebook.receipt_photos_max - len(photos),
        "max_mb": order.rulebook.file_max_bytes // 2**20,
        "accept": receipts.PHOTO_ACCEPT,
        "agreed_inspection": inspection if inspection and inspection.when == "at_receipt" else None,
        "ends_at": order.rulebook.protection_end(now, order.buyer.timezone),
        "now": now,
    }


def _scanned(request, order: Order):
    """The shipment whose code was scanned, with how much of each line it holds; (None, {}) for none."""
    number = request.GET.get("shipment", "")
    if not number.isdecimal() or len(number) > 4:
        return None, {}
    shipment = order.shipments.counted().filter(number=int(number)).first()
    return shipment, dict(shipment.lines.values_list("line_id", "quantity")) if shipment else {}


def outcome(order: Order, lines, counts) -> dict:
    """What confirming with these counts releases, keeps in reserve and holds (Rulebook 12)."""
    by_line = {count.line_id: count for count in counts}
    free, held = order.escrow_minor, 0
    for line in lines:
        count = by_line.get(line.id)
        for quantity in (count.short, count.rejected) if count else ():
            part = min(free, held_value(line, quantity))
            free, held = free - part, held + part
    reserve = order.rulebook.reserve(free, order.supplier.stars)
    return {
        "escrow_minor": order.escrow_minor,
        "held_minor": held,
        "reserve_minor": reserve,
        "released_minor": free - reserve,
    }


# files around the receipt -------------------------------------------------------------------------------------------


def _order_of_files(request, reference: str, permission: str) -> tuple[Order, str | None]:
    """The order and the person's side, for a party or for staff who may see such files; 404 for all others."""
    if request.user.is_staff and request.user.has_perm(permission):
        order = get_object_or_404(Order.objects.select_related("supplier", "buyer"), reference=reference)
        side = order.side_of(request.user)
        if side is None and not (settings.DEMO or is_mfa_enabled(request.user)):
            raise PermissionDenied(_("Set up a second factor first. The file opens once you have one."))
        return order, side
    order = order_for(request, reference)
    return order, order.side_of(request.user)


def _photo(request, reference: str, photo_id: int):
    order, side = _order_of_files(request, reference, "orders.view_receiptphoto")
    found = next((each for each in receipts.photos(order, side) if each.id == photo_id), None)
    if found is None:
        raise Http404
    return found


@login_required
@require_GET
def photo(request, reference, photo_id):
    """Our own copy of a photo, without its metadata, to look at."""
    with _photo(request, reference, photo_id).preview.open("rb") as stored:
        content = stored.read()
    response = HttpResponse(content, content_type=pictures.type_of_preview(content))
    response["Content-Disposition"] = "inline"
    return contained(response)


@login_required
@require_GET
def photo_original(request, reference, photo_id):
    """A photo as it was taken, byte for byte, always as a download."""
    found = _photo(request, reference, photo_id)
    return download(found.file, found.name)


@login_required
@require_GET
def later_proof(request, reference, later_id):
    """What proves a later receipt, byte for byte, always as a download."""
    order, _side = _order_of_files(request, reference, "orders.view_laterreceipt")
    later = get_object_or_404(order.later_receipts.exclude(proof=""), pk=later_id)
    return download(later.proof, later.name)


# a later receipt (Rulebook 11) --------------------------------------------------------------------------------------


@login_required
def later_receipt(request, reference):
    """Say when goods that time confirmed really came, with what proves it."""
    now = timezone.now()
    order = order_for(request, reference, "receipt")
    step, away = step_or_away(request, order, "later_receipt", now)
    if away is not None:
        return away
    posted = request.method == "POST"
    form = LaterReceiptForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        read = form.cleaned_data
        try:
            later = actions.ask_later_receipt(
                order_id=order.id,
                received_on=read["received_on"],
                words=read["words"],
                upload=read["proof"],
                by=request.user,
                now=now,
            )
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, order)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            is_granted = later.state == later.State.GRANTED
            told = _("The later receipt is noted. Our staff look at it now.")
            if is_granted:
                told = _("The later receipt is noted. It is proven: the carrier says so too.")
            messages.success(request, told)
            return redirect(f"{order.get_absolute_url()}#receipt")
    page = {
        "order": order,
        "form": form,
        "step": step,
        "accept": receipts.PROOF_ACCEPT,
        "types": receipts.PROOF_TYPES,
        "max_mb": order.rulebook.file_max_bytes // 2**20,
        "now": now,
    }
    return render(request, "orders/later_receipt.html", page, status=422 if form.errors else 200)
