"""The directory of suppliers, a supplier's public page, and the header's switch."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.places import country_name
from suppliers import acting, rating_words
from suppliers.forms import DirectorySearch
from suppliers.models import Category, Supplier
from trade_assurance import keyset
from trade_assurance.rulebook import CURRENT

PAGE = 20


def _found(asked: dict):
    """Listed suppliers that fit what was asked."""
    found = Supplier.objects.listed()
    if words := asked.get("q"):
        named = Category.objects.filter(suppliers=OuterRef("pk"), name__icontains=words)
        found = found.filter(
            Q(name__icontains=words) | Q(city__icontains=words) | Q(about__icontains=words) | Exists(named)
        )
    if country := asked.get("country"):
        found = found.filter(country=country)
    if category := asked.get("category"):
        found = found.filter(
            Exists(Supplier.categories.through.objects.filter(supplier=OuterRef("pk"), category=category))
        )
    if asked.get("verified"):
        found = found.exclude(level=Supplier.Level.UNVERIFIED)
    return found.prefetch_related(Prefetch("categories", Category.objects.order_by("name")))


@require_safe
@vary_on_headers("HX-Request")
def directory(request):
    form = DirectorySearch(request.GET)
    asked = form.asked()
    page = keyset.page(_found(asked), by=("name", "id"), cursor=request.GET.get("page", ""), size=PAGE)
    for supplier in page:
        supplier.country_words = country_name(supplier.country)
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "form": form,
        "asked": asked,
        "page": page,
        "kept": kept.urlencode(),
        "active": "suppliers",
    }
    template = "suppliers/results.html" if request.htmx and not request.htmx.boosted else "suppliers/directory.html"
    return render(request, template, context)


@require_safe
def profile(request, slug):
    supplier = get_object_or_404(
        Supplier.objects.listed().prefetch_related(Prefetch("categories", Category.objects.order_by("name"))), slug=slug
    )
    now = timezone.now()
    works_here = any(member.supplier_id == supplier.pk for member in acting.memberships(request))
    context = {
        "supplier": supplier,
        "country_words": country_name(supplier.country),
        "years": now.year - supplier.founded_year if supplier.founded_year else None,
        "works_here": works_here,
        "rating": rating_words.public(supplier, now),
        "disputes": _disputes(supplier, now),
        "rules": CURRENT,
        "takes_orders": supplier.status == Supplier.Status.ACTIVE and supplier.free_limit_minor > 0,
        "active": "suppliers",
    }
    return render(request, "suppliers/profile.html", context)


def _disputes(supplier, now) -> dict:
    """How many cases buyers opened in the rating's time, and how they ended."""
    opened = supplier.disputes.filter(claimant="buyer", filed_at__gt=now - CURRENT.rating_time)
    upheld = Q(decisions__status="final", decisions__at_fault="supplier")
    return opened.aggregate(
        opened=Count("id", distinct=True),
        settled=Count("id", filter=Q(outcome="settled"), distinct=True),
        upheld=Count("id", filter=upheld | Q(outcome="awarded"), distinct=True),
    )


@login_required
@require_POST
def switch(request):
    """Act as a buyer or for one of the person's companies; another company's name is not found."""
    asked = request.POST.get("acting", "")
    slug = None if asked == "buyer" else asked
    if not acting.switch(request, slug):
        raise Http404("The person does not work there.")
    messages.success(request, f"You act for {acting.acting_supplier(request)}." if slug else "You act as a buyer.")
    try:
        return redirect(reverse("portal:home" if slug else "orders:dashboard"))
    except NoReverseMatch:  # that page is not part of this installation
        return redirect("/")
