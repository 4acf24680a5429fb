"""Writing a contract: a new one, a request for one, an answer with changes, its files and its live total."""

import uuid
from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders import actions, beginnings
from orders.actions.agreeing import REQUEST_MAX, coverable
from orders.forms import Draft, RequestForm, fresh_terms
from orders.models import Order, ReferenceRate
from orders.steps import step_of
from orders.terms import BEFORE_SHIPMENT, BadTerms, problems
from orders.views import checking, filling
from orders.views.asking import act, answer, order_for
from suppliers.models import Product, Supplier
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.uploads import download


def _rate(currency: str, now):
    return ReferenceRate.objects.usd_per_unit(currency, now.date())


def _supplier(request) -> Supplier | None:
    slug = request.GET.get("supplier", "") or request.POST.get("supplier", "")
    if not slug:
        product = _product(request)
        return product.supplier if product else None
    return get_object_or_404(Supplier, slug=slug)


def _stopped(request, supplier: Supplier):
    """For a supplier that takes no new orders: say so before anybody fills in anything; else None."""
    if supplier.status == Supplier.Status.ACTIVE:
        return None
    messages.error(
        request,
        f"{supplier.name} takes no new protected orders at the moment, so no contract can be started with it. "
        "Orders that exist go on, with their cover.",
    )
    return redirect(supplier)


def _named(request, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "")


def _product(request, supplier: Supplier | None = None) -> Product | None:
    """The product that the address names; 404 unless it is listed, and this supplier's where one is given."""
    if not (slug := _named(request, "product")):
        return None
    found = Product.objects.listed().select_related("supplier", "category").prefetch_related("steps")
    return get_object_or_404(found if supplier is None else found.filter(supplier=supplier), slug=slug)


def _quantity(request, product: Product) -> int:
    """How many the buyer wants; below the minimum order the minimum, with a word about it."""
    typed = request.GET.get("quantity", "")
    quantity = beginnings.quantity_of(product, typed)
    if typed and quantity == product.minimum_quantity and f"{quantity:,}" != typed and str(quantity) != typed:
        messages.info(request, f"The minimum order is {quantity:,} {product.unit}, so the contract starts with that.")
    return quantity


def _key(request) -> uuid.UUID:
    """The nonce of the form that was sent, or a new one."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid.uuid4()


def summary(draft: Draft, supplier: Supplier, now) -> dict:
    """The total as far as it can be read, the plan's amounts, and how much of it the supplier's limit covers."""
    terms = draft.terms() if draft.form.is_bound else draft.filled
    total = terms.total_minor
    rate = _rate(terms.currency, now)
    covered = coverable(Order(supplier=supplier), terms, rate) if rate and total else None
    planned = sum(part.amount_minor for part in terms.plan)
    return {
        "currency": terms.currency,
        "lines": len(terms.lines),
        "goods_minor": terms.goods_minor,
        "freight_minor": terms.freight_minor,
        "total_minor": total,
        "plan": terms.plan,
        "gap_minor": abs(total - planned),
        "gap_more": planned > total,
        "covered_minor": covered,
        "in_full": covered is not None and covered >= total,
        "late_parts": [part for part in terms.plan if part.due_before not in BEFORE_SHIPMENT],
        "check": checking.check_of(terms, supplier, now=now, draft=draft),
    }


def _page(request, draft: Draft, *, supplier: Supplier, key, now, order: Order | None = None, side="buyer", done=""):
    """The contract form with everything typed kept."""
    status = 200
    bad = draft.has_errors
    if bad:
        status = 422 if not request.htmx else 200
    files = list(order.attachments.filter(removed_at__isnull=True).order_by("id")) if order is not None else []
    return render(
        request,
        "orders/contract_form.html",
        {
            "draft": draft.ask(),
            "bad_rows": bad and not draft.form.errors,
            "form": draft.form,
            "summary": summary(draft, supplier, now),
            "supplier": supplier,
            "order": order,
            "side": side,
            "other": supplier.name if side == "buyer" else order.buyer.display_name,
            "files": files,
            "done": done,
            "key": key,
            "lapse_days": (order or Order()).rulebook.lapse_days,
            "now": now,
        },
        status=status,
    )


@login_required
def new(request):
    """Write a new contract as the buyer; nothing is sent before the button says so."""
    now = timezone.now()
    if (supplier := _supplier(request)) is None:
        messages.info(request, "Choose the supplier first.")
        return redirect("suppliers:directory")
    if request.method != "POST":
        if stopped := _stopped(request, supplier):
            return stopped
        terms = replace(fresh_terms(buyer=request.user, now=now), category=filling.only_category(supplier))
        product = _product(request, supplier)
        if product is not None:
            terms = beginnings.from_product(product, _quantity(request, product), terms)
        elif reference := request.GET.get("from", ""):
            former = order_for(request, reference)
            if former.supplier_id != supplier.pk or former.buyer_id != request.user.pk:
                raise Http404
            terms = beginnings.again(former, terms, same_buyer=True)
        draft = Draft.of(terms, now=now, in_shares=product is not None)
        return _page(request, draft, supplier=supplier, key=uuid.uuid4(), now=now)
    key, draft = _key(request), Draft.typed(request.POST, now=now)
    again = {"supplier": supplier, "key": key, "now": now}
    if looked := filling.only_looked(request, draft, supplier, now):
        return _page(request, looked[0], done=looked[1], **again)
    if not draft.is_valid():
        return _page(request, draft, **again)
    try:
        order = actions.draft_contract(
            buyer=request.user, supplier_id=supplier.id, terms=draft.terms(), key=key, now=now
        )
    except NotAllowed as error:
        return answer(request, error, request.path)
    except Refused as error:
        draft.form.add_error(None, str(error))
        return _page(request, draft, **again)
    return _save_or_send(request, order, draft, now)


def _save_or_send(request, order: Order, draft: Draft, now):
    if "send" not in request.POST:
        messages.success(request, _("Draft saved. Nobody else sees it until you send it."))
        return redirect("orders:edit", order.reference)
    try:
        actions.send_contract(order_id=order.id, by=request.user, now=now)
    except BadTerms:
        # The draft is kept; its page shows every problem at its field.
        return redirect(f"{_edit_url(order)}?check=1")
    except Refused as error:
        return answer(request, error, order.get_absolute_url())
    days = order.rulebook.lapse_days
    messages.success(
        request,
        _("Signed and sent. The other side has {days} days to answer.{left_open}").format(
            days=days, left_open=checking.left_open(order, now)
        ),
    )
    return redirect("orders:contract", order.reference)


def _edit_url(order: Order) -> str:
    page = "orders:edit" if order.status == Order.Status.DRAFT else "orders:amend"
    return reverse(page, args=[order.reference])


@login_required
def edit(request, reference):
    """Write the first version, or answer with changes; for both sides."""
    now = timezone.now()
    order = order_for(request, reference)
    side = order.side_of(request.user)
    step = step_of("edit", order, request.user, now)
    if not step.allowed:
        messages.error(request, step.reason)
        return redirect(order)
    page = {"supplier": order.supplier, "order": order, "side": side, "key": "", "now": now}
    if request.method != "POST":
        terms = _start(order, side, request.user, now)
        begun = _from_former(request, order, terms) if side == Order.Side.SUPPLIER else terms
        draft = Draft.of(begun, now=now, in_shares=begun is not terms and "product" in request.GET)
        if "check" in request.GET:
            return _page(request, filling.checked(draft, order, now), **page)
        return _page(request, draft, **page)
    draft = Draft.typed(request.POST, now=now)
    if looked := filling.only_looked(request, draft, order.supplier, now):
        return _page(request, looked[0], done=looked[1], **page)
    if not draft.is_valid():
        return _page(request, draft, **page)
    terms = draft.terms()
    try:
        actions.save_draft(order_id=order.id, terms=terms, by=request.user, now=now)
    except Refused as error:
        return answer(request, error, order)
    if "send" in request.POST:
        found = problems(terms, rules=order.rulebook, usd_per_unit=_rate(terms.currency, now), now=now)
        if found:
            draft.show(found)
            return _page(request, draft, **page)
    return _save_or_send(request, order, draft, now)


def _from_former(request, order: Order, terms):
    """The supplier's own product or earlier contract as its first draft; 404 for another company's."""
    product = _product(request, order.supplier)
    reference = _named(request, "copy")
    if product is None and not reference:
        return terms
    former = get_object_or_404(Order, reference=reference, supplier=order.supplier) if reference else None
    if order.versions.exists():
        messages.info(request, "This contract is being written already, so nothing was copied into it.")
        return terms
    if product is not None:
        return beginnings.from_product(product, product.minimum_quantity, terms)
    return beginnings.again(former, terms, same_buyer=former.buyer_id == order.buyer_id)


def _start(order: Order, side: str, user, now):
    """What the form starts with: one's own draft, else the newest version, else a sensible beginning."""
    own = order.versions.working().filter(drafted_by=side).first()
    version = own or order.versions.newest()
    if version is not None:
        return version.terms
    terms = fresh_terms(buyer=order.buyer, now=now, title=order.title, currency=order.currency)
    return replace(terms, timezone=str(user.zone), category=filling.only_category(order.supplier))


@login_required
@require_POST
def total(request):
    """The total, the plan and the cover of what is typed so far, as a fragment."""
    now = timezone.now()
    supplier = _supplier(request)
    if supplier is None:
        raise Http404
    draft = Draft.typed(request.POST, now=now)
    page = {"draft": draft, "summary": summary(draft, supplier, now), "supplier": supplier}
    page["form_url"] = getattr(request.htmx, "current_url_abs_path", None) or ""
    return render(request, "orders/contract_live.html", page)


@login_required
def ask_for_draft(request):
    """Ask a supplier to write the contract."""
    now = timezone.now()
    if (supplier := _supplier(request)) is None:
        messages.info(request, "Choose the supplier first.")
        return redirect("suppliers:directory")
    if request.method != "POST" and (stopped := _stopped(request, supplier)):
        return stopped
    first = {"key": uuid.uuid4()}
    if request.method != "POST" and (product := _product(request, supplier)) is not None:
        quantity = _quantity(request, product)
        words = beginnings.request_for(product, quantity)
        first |= {"title": beginnings.title_of(product, quantity), "request": words}
    form = RequestForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        read = form.cleaned_data
        try:
            order = actions.request_contract(
                buyer=request.user,
                supplier_id=supplier.id,
                title=read["title"],
                request=read["request"],
                key=read["key"],
                now=now,
            )
        except NotAllowed as error:
            return answer(request, error, request.path)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(
                request,
                _("Sent. {name} writes the contract; you read it before anyone pays.").format(name=supplier.name),
            )
            return redirect(order)
    status = 422 if form.errors else 200
    page = {"form": form, "supplier": supplier, "most": REQUEST_MAX, "lapse_days": Order().rulebook.lapse_days}
    return render(request, "orders/request.html", page, status=status)


@login_required
@require_POST
def send(request, reference):
    """Send one's working draft as it was saved."""
    order = order_for(request, reference)
    return _save_or_send(request, order, None, timezone.now())


@login_required
@require_POST
def attach(request, reference):
    """Add a file to the draft."""
    order = order_for(request, reference)
    upload = request.FILES.get("attachment")
    to = f"{_edit_url(order)}#files"
    if upload is None:
        messages.error(request, "Choose a file first.")
        return redirect(to)
    now = timezone.now()
    return act(
        request,
        to,
        _("File added. Its SHA-256 becomes part of the version that you send."),
        lambda: actions.add_attachment(order_id=order.id, upload=upload, by=request.user, now=now),
    )


@login_required
@require_POST
def detach(request, reference, attachment_id):
    """Take a file out of the draft."""
    order = order_for(request, reference)
    now = timezone.now()
    return act(
        request,
        f"{_edit_url(order)}#files",
        _("File removed."),
        lambda: actions.remove_attachment(order_id=order.id, attachment_id=attachment_id, by=request.user, now=now),
    )


@login_required
def attachment(request, reference, attachment_id):
    """A file of the contract, always as a download; the other side's only once a version that names it was sent."""
    order = order_for(request, reference)
    file = get_object_or_404(order.attachments, pk=attachment_id)
    if file.side != order.side_of(request.user):
        named = any(
            kept["sha256"] == file.sha256
            for document in order.versions.sent().values_list("document", flat=True)
            for kept in document.get("attachments", ())
        )
        if not named:
            raise Http404
    return download(file.file, file.name)
