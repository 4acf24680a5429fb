"""The supplier portal: home, orders, requests for a draft, payouts, team and profile."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from orders import actions, beginnings, checks, desk, releasing
from orders.models import Order, Review
from orders.views.asking import answer
from suppliers import acting, rating_words
from suppliers import actions as supplier_actions
from suppliers.forms import CompanyForm, ProfileForm
from suppliers.models import Product
from trade_assurance import keyset
from trade_assurance.refused import Refused

S = Order.Status
PAGE = 25
BUYERS = 10  # former buyers on a page, and drafts that were not sent
RELEASES = 6  # of those that have a date, on the home page
CHOICES = 100  # products that a list offers; the others start contracts from their own pages
# Tab, label, states, order of the rows (ends in a unique column).
TABS = (
    ("to_ship", _lazy("To ship"), (S.PAID,), ("ship_by_at", "id")),
    ("contracts", _lazy("Contracts"), (S.DRAFT,), ("-id",)),
    ("unpaid", _lazy("Waiting for payment"), (S.PLACED,), ("-id",)),
    ("transit", _lazy("In transit"), (S.SHIPPED,), ("-id",)),
    ("protected", _lazy("In the 30 days"), (S.RECEIVED,), ("-id",)),
    ("complete", _lazy("Complete"), Order.FINAL, ("-id",)),
    ("all", _lazy("All"), (), ("-id",)),
)
TONES = {
    S.DRAFT: "wait",
    S.PLACED: "wait",
    S.PAID: "action",
    S.SHIPPED: "wait",
    S.RECEIVED: "safe",
    S.EXPIRED: "done",
    S.CANCELLED: "done",
    S.REFUNDED: "breach",
}


def _choose(request, form=None, status=200):
    return render(
        request,
        "portal/choose.html",
        {"memberships": acting.memberships(request), "form": form or CompanyForm()},
        status=status,
    )


@login_required
@never_cache
@require_safe
def home(request):
    member = acting.acting_member(request)
    if member is None:
        return _choose(request)
    now = timezone.now()
    supplier = member.supplier
    member.user = request.user
    todos = desk.todos(member, now)
    ship, drafts, cancels = (
        desk.counted(found(supplier)) for found in (desk.to_ship, desk.drafts_waiting, desk.cancels_asked)
    )
    cases = sum(todo.step.code == "case" for todo in todos)
    limit = max(supplier.limit_minor, supplier.reserved_minor, 1)
    context = {
        "now": now,
        "member": member,
        "supplier": supplier,
        "todos": todos,
        "to_ship": ship,
        "to_answer": drafts,
        "cancels": cancels,
        "cases": cases,
        "needs_you": ship + drafts + cancels + cases if member.sells else 0,
        "used": [{"x": 0, "w": round(100 * supplier.reserved_minor / limit, 1), "tone": "ink"}],
        "used_percent": 100 * supplier.reserved_minor // limit,
        "reservations": desk.counted(supplier.reservations.open()),
        "reviews": desk.counted(Review.objects.filter(supplier=supplier).waiting_for_reply(now)),
        "raise": rating_words.standing_raise(supplier, now),
    }
    context["balances"] = None
    if member.keeps_books:
        balances = desk.balances(supplier)
        owed = [balance.currency for balance in balances if balance.to_send_minor > 0]
        dated = releasing.releases(supplier)
        context |= {
            "balances": balances,
            "coming": dated,
            "releases": dated.releases[:RELEASES],
            "under_way": releasing.under_way(supplier, owed, now),
        }
    return render(request, "portal/home.html", context)


@login_required
@require_POST
def register(request):
    form = CompanyForm(request.POST)
    if not form.is_valid():
        return _choose(request, form, status=422)
    given = form.cleaned_data
    supplier = supplier_actions.register_supplier(
        name=given["name"], country=given["country"], city=given["city"], owner=request.user, now=timezone.now()
    )
    acting.switch(request, supplier.slug)
    messages.success(request, _("{supplier} is registered. Tell buyers what you make.").format(supplier=supplier))
    return redirect("portal:profile")


@acting.for_supplier
@require_safe
@vary_on_headers("HX-Request")
def orders(request, member):
    asked = request.GET.get("tab", "")
    tab = next((t for t in TABS if t[0] == asked), TABS[0])
    words = request.GET.get("q", "").strip().replace("\x00", "")[:80]
    found = Order.objects.filter(supplier=member.supplier)
    if tab[2]:
        found = found.filter(status__in=tab[2])
    if words:
        found = found.filter(
            Q(reference__istartswith=words)
            | Q(title__icontains=words)
            | Q(buyer__company_name__icontains=words)
            | Q(buyer__full_name__icontains=words)
        )
    found = checks.with_due(found).select_related("buyer")
    page = keyset.page(found, by=tab[3], cursor=request.GET.get("page", ""), size=PAGE)
    now = timezone.now()
    for order in page:
        order.late = order.is_late(now)
        order.disputed = bool(order.open_disputes) and not order.is_final
        order.tone = "wait" if order.disputed else "breach" if order.late else TONES[order.status]
        order.cover_words = _("Starts at payment") if order.cover == "none" else ""
    context = {
        "now": now,
        "page": page,
        "tabs": TABS,
        "tab": tab[0],
        "words": words,
        "member": member,
        "supplier": member.supplier,
        "active": "orders",
    }
    part = request.htmx and not request.htmx.boosted
    return render(request, "portal/order_rows.html" if part else "portal/orders.html", context)


@acting.for_supplier
@require_safe
def new_contract(request, member):
    """Requests of buyers that wait for a first draft, former buyers to write one for, and what to start it from."""
    supplier = member.supplier
    words = request.GET.get("q", "").strip().replace("\x00", "")[:80]
    waiting = desk.drafts_waiting(supplier).filter(latest_by=None).select_related("buyer")
    page = keyset.page(waiting, by=("-id",), cursor=request.GET.get("page", ""), size=PAGE)
    products = list(Product.objects.listed().filter(supplier=supplier).order_by("name", "id")[:CHOICES])
    start, begun, problem = {}, "", ""
    if slug := request.GET.get("product", "").replace("\x00", ""):
        product = get_object_or_404(Product.objects.listed(), supplier=supplier, slug=slug)
        start, begun = {"product": slug}, _("{product}, at its price and lead time").format(product=product)
    elif typed := request.GET.get("copy", "").strip().upper()[:20].replace("\x00", ""):
        former = Order.objects.filter(supplier=supplier, reference=typed).first()
        if former is not None and former.versions.sent().exists():
            start = {"copy": typed}
            begun = _("the terms of {reference}, {title}").format(reference=typed, title=former.title)
        else:
            problem = _("You have no contract with the number {reference}. Copy it from the order's page.").format(
                reference=typed
            )
    buyers, drafts = (), ()
    if member.sells:
        former = desk.former_buyers(supplier, words)
        buyers = keyset.page(former, by=("company_name", "id"), cursor=request.GET.get("buyers", ""), size=BUYERS)
        drafts = desk.unsent_drafts(supplier).select_related("buyer").order_by("-id")[:BUYERS]
    for buyer in buyers:
        buyer.key = uuid.uuid4()
    context = {
        "page": page,
        "buyers": buyers,
        "drafts": drafts,
        "words": words,
        "products": products,
        "start": urlencode(start),
        "start_fields": start.items(),
        "begun": begun,
        "problem": problem,
        "supplier": supplier,
        "member": member,
        "now": timezone.now(),
        "active": "orders",
    }
    return render(request, "portal/new_contract.html", context, status=422 if problem else 200)


@acting.for_supplier
@require_POST
def begin_contract(request, member):
    """Begin a contract for the buyer of an earlier order, which is how the form names the buyer."""
    reference = request.POST.get("buyer_of", "").replace("\x00", "")
    former = get_object_or_404(
        Order.objects.filter(supplier=member.supplier, placed_at__isnull=False).select_related("buyer"),
        reference=reference,
    )
    start, title = {}, f"For {former.buyer.display_name}"
    if slug := request.POST.get("product", "").replace("\x00", ""):
        product = get_object_or_404(Product.objects.listed(), supplier=member.supplier, slug=slug)
        start, title = {"product": slug}, beginnings.title_of(product, product.minimum_quantity)
    elif copy := request.POST.get("copy", "").replace("\x00", ""):
        copied = get_object_or_404(Order, supplier=member.supplier, reference=copy)
        start = {"copy": copy}
        if copied.buyer_id == former.buyer_id:  # what another buyer ordered is between them
            title = copied.title
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        key = uuid.uuid4()
    try:
        order = actions.begin_contract(
            supplier_id=member.supplier_id,
            buyer_id=former.buyer_id,
            title=title,
            key=key,
            by=request.user,
            now=timezone.now(),
        )
    except Refused as error:
        return answer(request, error, "portal:new_contract")
    begun = order.versions.exists()  # a second click comes back to what was written since
    query = f"?{urlencode(start)}" if start and not begun else ""
    return redirect(f"{reverse('orders:edit', args=[order.reference])}{query}")


@acting.for_supplier
def profile(request, member):
    supplier = member.supplier
    form = ProfileForm.of(supplier, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            supplier_actions.change_profile(
                supplier_id=supplier.pk, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. This is what buyers read now."))
            return redirect("portal:profile")
    context = {"form": form, "supplier": supplier, "member": member, "active": "profile"}
    return render(request, "portal/profile.html", context, status=422 if form.errors else 200)
