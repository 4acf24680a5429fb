"""Products: the public page of each, its photos, and the portal's pages where a supplier keeps them."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.places import country_name
from suppliers import acting, actions, photos
from suppliers.models import PriceStep, Product, ProductPhoto, Supplier
from suppliers.models.product import WIDTHS
from suppliers.product_forms import ProductPage
from trade_assurance import keyset, uploads
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

PAGE = 25
A_DAY = 24 * 3600
WITH_PHOTOS = Prefetch("photos", ProductPhoto.objects.order_by("place", "id"))
WITH_STEPS = Prefetch("steps", PriceStep.objects.order_by("quantity_from"))


# for everybody ----------------------------------------------------------------------------------------------------


def page_of(supplier: Supplier, *, cursor: str, size: int) -> keyset.Page:
    """One page of a supplier's listed products, for its public page."""
    found = Product.objects.listed().filter(supplier=supplier).prefetch_related(WITH_STEPS, WITH_PHOTOS)
    return keyset.page(found, by=("name", "id"), cursor=cursor, size=size)


@require_safe
def product(request, slug):
    found = Product.objects.listed().select_related("supplier", "category").prefetch_related(WITH_STEPS, WITH_PHOTOS)
    product = get_object_or_404(found, slug=slug)
    supplier = product.supplier
    context = {
        "product": product,
        "supplier": supplier,
        "country_words": country_name(supplier.country),
        "works_here": any(member.supplier_id == supplier.pk for member in acting.memberships(request)),
        "takes_orders": supplier.status == Supplier.Status.ACTIVE and supplier.free_limit_minor > 0,
        "rules": CURRENT,
        "active": "suppliers",
    }
    return render(request, "suppliers/product.html", context)


@require_safe
def photo(request, photo_id, width):
    """One of a photo's copies; of a product that buyers don't see only for those who keep it, and for staff."""
    if width not in WIDTHS:
        raise Http404
    found = get_object_or_404(ProductPhoto, public_id=photo_id)
    shown = Product.objects.listed().filter(pk=found.product_id).exists()
    if not shown and not request.user.has_perm("suppliers.view_product"):
        companies = [member.supplier_id for member in acting.memberships(request)]
        if not Product.objects.filter(pk=found.product_id, supplier__in=companies).exists():
            raise Http404
    with found.copy_of(width).open("rb") as stored:
        response = uploads.contained(HttpResponse(stored.read(), content_type=photos.CONTENT_TYPE))
    if shown:
        response["Cache-Control"] = f"public, max-age={A_DAY}"
    return response


# for those who keep them ------------------------------------------------------------------------------------------


@acting.for_supplier
@require_safe
def products(request, member):
    archived = request.GET.get("tab") == "archived"
    found = Product.objects.filter(supplier=member.supplier).defer("words").select_related("category")
    found = found.filter(archived_at__isnull=not archived).prefetch_related(WITH_STEPS, WITH_PHOTOS)
    by = ("-archived_at", "-id") if archived else ("name", "id")
    context = {
        "page": keyset.page(found, by=by, cursor=request.GET.get("page", ""), size=PAGE),
        "archived": archived,
        "member": member,
        "supplier": member.supplier,
        "active": "products",
    }
    return render(request, "portal/products.html", context)


def _form(request, member, page: ProductPage, product: Product | None = None):
    failed = page.form.errors or any(page.steps.errors) or page.steps.non_form_errors()
    context = {
        "form": page.form,
        "steps": page.steps,
        "product": product,
        "member": member,
        "supplier": member.supplier,
        "accept": photos.ACCEPT,
        "types": photos.TYPES,
        "rules": CURRENT,
        "active": "products",
    }
    return render(request, "portal/product.html", context, status=422 if page.form.is_bound and failed else 200)


def _own(member, product_id: int) -> Product:
    found = Product.objects.select_related("category").prefetch_related(WITH_STEPS, WITH_PHOTOS)
    product = get_object_or_404(found, pk=product_id, supplier=member.supplier)
    product.supplier = member.supplier
    return product


@acting.for_supplier
def add(request, member):
    page = ProductPage.typed(request.POST) if request.method == "POST" else ProductPage.of(None)
    if request.method == "POST" and page.is_valid():
        try:
            made = actions.add_product(
                supplier_id=member.supplier_id,
                key=page.form.cleaned_data["key"] or uuid.uuid4(),
                steps=page.ladder(),
                by=request.user,
                now=timezone.now(),
                **page.fields(),
            )
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Refused as error:
            page.refuse(str(error), error.field)
        else:
            messages.success(
                request, _("{product} is kept. Add photos: buyers look at them first.").format(product=made)
            )
            return redirect("portal:product", made.pk)
    return _form(request, member, page)


@acting.for_supplier
def change(request, member, product_id):
    product = _own(member, product_id)
    page = ProductPage.typed(request.POST) if request.method == "POST" else ProductPage.of(product)
    if request.method == "POST" and page.is_valid():
        try:
            actions.change_product(
                product_id=product.pk, steps=page.ladder(), by=request.user, now=timezone.now(), **page.fields()
            )
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Refused as error:
            page.refuse(str(error), error.field)
        else:
            listed = page.form.cleaned_data["is_listed"] and product.taken_out_at is None
            messages.success(
                request, _("Saved. This is what buyers read now.") if listed else _("Saved. Buyers don’t see it.")
            )
            return redirect("portal:product", product.pk)
    return _form(request, member, page, product)


@acting.for_supplier
@require_POST
def archive(request, member, product_id):
    product, now = _own(member, product_id), timezone.now()
    return acting.answer(
        request,
        lambda: actions.archive_product(product_id=product.pk, by=request.user, now=now),
        _("{product} is archived. Contracts drafted from it stay.").format(product=product),
        "portal:product",
        product.pk,
    )


@acting.for_supplier
@require_POST
def restore(request, member, product_id):
    product, now = _own(member, product_id), timezone.now()
    return acting.answer(
        request,
        lambda: actions.restore_product(product_id=product.pk, by=request.user, now=now),
        _("{product} is back. Check its prices, then let buyers see it.").format(product=product),
        "portal:product",
        product.pk,
    )


@acting.for_supplier
@require_POST
def add_photos(request, member, product_id):
    product, now = _own(member, product_id), timezone.now()
    sent = request.FILES.getlist("files")
    if not sent:
        messages.error(request, _("Choose a photo first."))
    for upload in sent[: CURRENT.photos_max]:
        try:
            actions.add_photo(product_id=product.pk, upload=upload, by=request.user, now=now)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("{photo} is on the page.").format(photo=uploads.safe_name(upload.name or "")))
    if len(sent) > CURRENT.photos_max:
        said = _("A product has at most {most} photos; the rest was left out.")
        messages.error(request, said.format(most=CURRENT.photos_max))
    return redirect("portal:product", product.pk)


def _photo(member, product_id: int, photo_id: int) -> ProductPhoto:
    return get_object_or_404(ProductPhoto, pk=photo_id, product_id=product_id, product__supplier=member.supplier_id)


@acting.for_supplier
@require_POST
def remove_photo(request, member, product_id, photo_id):
    photo, now = _photo(member, product_id, photo_id), timezone.now()
    return acting.answer(
        request,
        lambda: actions.remove_photo(photo_id=photo.pk, by=request.user, now=now),
        _("The photo is removed."),
        "portal:product",
        product_id,
    )


@acting.for_supplier
@require_POST
def put_photo_first(request, member, product_id, photo_id):
    photo, now = _photo(member, product_id, photo_id), timezone.now()
    return acting.answer(
        request,
        lambda: actions.put_photo_first(photo_id=photo.pk, by=request.user, now=now),
        _("This photo is shown first now."),
        "portal:product",
        product_id,
    )
