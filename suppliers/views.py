"""A supplier's public page, and the header's switch."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.places import country_name
from suppliers import acting, product_views, rating_words, reviews
from suppliers.models import Category, Supplier
from trade_assurance.rulebook import CURRENT

REVIEWS = 10
PRODUCTS = 12


@require_safe
def profile(request, slug):
    supplier = get_object_or_404(
        Supplier.objects.prefetch_related(Prefetch("categories", Category.objects.order_by("name"))), slug=slug
    )
    if supplier.status == Supplier.Status.REMOVED:  # its open orders go on, and lead here
        return render(request, "suppliers/removed.html", {"supplier": supplier, "active": "suppliers"}, status=410)
    now = timezone.now()
    works_here = any(member.supplier_id == supplier.pk for member in acting.memberships(request))
    context = {
        "supplier": supplier,
        "country_words": country_name(supplier.country),
        "years": now.year - supplier.founded_year if supplier.founded_year else None,
        "works_here": works_here,
        "rating": rating_words.public(supplier, now),
        "disputes": _disputes(supplier, now),
        "products": product_views.page_of(supplier, cursor=request.GET.get("products", ""), size=PRODUCTS),
        "mean": reviews.mean_of(supplier),
        "reviews": reviews.page_of(supplier.reviews.shown(), cursor=request.GET.get("page", ""), size=REVIEWS),
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
    messages.success(
        request,
        _("You act for {supplier}.").format(supplier=acting.acting_supplier(request))
        if slug
        else _("You act as a buyer."),
    )
    try:
        return redirect(reverse("portal:home" if slug else "orders:dashboard"))
    except NoReverseMatch:  # that page is not part of this installation
        return redirect("/")
