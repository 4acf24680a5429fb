"""Products of a supplier, and for those who work there: changing them, its profile, its limit and who reserves it."""

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from suppliers import actions
from suppliers.api.directory import SLUG, SupplierDetailSerializer
from suppliers.api.shown import PRODUCT, PROFILE, ProductSerializer, ProductWriteSerializer, example
from suppliers.models import Category, Member, Product, Supplier
from suppliers.product_views import WITH_PHOTOS, WITH_STEPS
from trade_assurance.rest.fields import Amount, Strict, Whole, minor
from trade_assurance.rest.paging import Keyset
from trade_assurance.rest.views import ApiViewSet

CATEGORIES_MAX = 100


class ProfileSerializer(Strict):
    """What the public page says; what is not sent stays. Name and country stay what staff verified."""

    name = serializers.CharField(max_length=120, required=False)
    country = serializers.RegexField("^[A-Z]{2}$", required=False)
    city = serializers.CharField(max_length=80, allow_blank=True, required=False)
    about = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    founded_year = Whole(min_value=1700, max_value=2100, allow_null=True, required=False)
    categories = serializers.SlugRelatedField(
        slug_field="slug", queryset=Category.objects.order_by("slug"), many=True, required=False
    )


class ReservationSerializer(serializers.Serializer):
    """What one open order holds of the limit."""

    amount = Amount(source="usd_minor", currency="currency")
    reserved_at = serializers.DateTimeField()


class LimitSerializer(serializers.Serializer):
    """The protection limit in US dollars, and what open orders hold of it."""

    currency = serializers.CharField()
    limit = Amount(source="limit_minor")
    reserved = Amount(source="reserved_minor")
    free = Amount(source="free_minor")
    reservations = ReservationSerializer(many=True)


class CompanyThings(ApiViewSet):
    """Addresses below one supplier."""

    tag = "Suppliers"
    queryset = Supplier.objects.none()
    pagination_class = Keyset
    filter_backends = ()
    lookup_field = "slug"
    lookup_value_regex = SLUG

    def member(self) -> Member | None:
        """The caller as one who works there."""
        return Member.objects.of(self.request.user).filter(supplier__slug=self.kwargs["slug"]).first()

    def company(self) -> Supplier:
        """The supplier of the address, for those who work there; 404 for everybody else."""
        member = self.member()
        if member is None:
            raise Http404
        return member.supplier


class ProductView(CompanyThings):
    """Products."""

    serializer_class = ProductSerializer
    keyset = ("name", "id")

    def _seen(self):
        """All of one's own company; of others those that buyers see."""
        rows = Product.objects.filter(supplier__slug=self.kwargs["slug"]).defer("words")
        rows = rows if self.member() else Product.objects.listed().filter(supplier__slug=self.kwargs["slug"])
        return rows.select_related("category").prefetch_related(WITH_STEPS, WITH_PHOTOS)

    def _show(self, product: Product, status: int = 200) -> Response:
        found = self._seen().get(pk=product.pk)
        return Response(ProductSerializer(found, context=self.get_serializer_context()).data, status=status)

    def _own(self, product_id: str) -> Product:
        return get_object_or_404(Product, supplier=self.company(), pk=product_id)

    def _given(self) -> dict:
        given = self.read(ProductWriteSerializer)
        steps = [
            (row["quantity_from"], minor(row["unit_price"], given["currency"], "steps")) for row in given.pop("steps")
        ]
        return given | {"steps": steps}

    @extend_schema(responses=ProductSerializer(many=True))
    @action(methods=["get"], detail=True)
    def products(self, request, slug):
        """The products by name; of your own company also those that are not listed or archived."""
        get_object_or_404(Supplier.objects.listed(), slug=slug)
        rows = self.paginate_queryset(self.filter_queryset(self._seen()))
        shown = self.get_serializer(rows, many=True)
        assert shown.child.fields is not None  # unknown names are told even where there are no rows
        return self.get_paginated_response(shown.data)

    @extend_schema(
        request=ProductWriteSerializer, responses={201: ProductSerializer}, examples=example("Product", PRODUCT)
    )
    @products.mapping.post
    def add(self, request, slug):
        """Add a product (owners and sales staff)."""
        supplier, given = self.company(), self._given()
        made = actions.add_product(
            supplier_id=supplier.pk, key=uuid.uuid4(), by=request.user, now=timezone.now(), **given
        )
        return self._show(made, 201)

    @extend_schema(responses=ProductSerializer)
    @action(methods=["get"], detail=True, url_path="products/(?P<product_id>[0-9]{1,18})")
    def product(self, request, slug, product_id):
        """One product."""
        return self._show(get_object_or_404(self._seen(), pk=product_id))

    @extend_schema(
        request=ProductWriteSerializer, responses={200: ProductSerializer}, examples=example("Product", PRODUCT)
    )
    @product.mapping.put
    def change(self, request, slug, product_id):
        """Change a product; contracts that were drafted from it stay."""
        product, given = self._own(product_id), self._given()
        return self._show(actions.change_product(product_id=product.pk, by=request.user, now=timezone.now(), **given))

    @extend_schema(request=None, responses={200: ProductSerializer})
    @product.mapping.delete
    def archive(self, request, slug, product_id):
        """Archive a product; it can be restored."""
        product = self._own(product_id)
        return self._show(actions.archive_product(product_id=product.pk, by=request.user, now=timezone.now()))

    @extend_schema(request=None, responses={200: ProductSerializer})
    @action(methods=["post"], detail=True, url_path="products/(?P<product_id>[0-9]{1,18})/restoration")
    def restore(self, request, slug, product_id):
        """Bring an archived product back, not listed."""
        product = self._own(product_id)
        return self._show(actions.restore_product(product_id=product.pk, by=request.user, now=timezone.now()))


class CompanyView(CompanyThings):
    """For those who work there; for everybody else there is no such address."""

    serializer_class = SupplierDetailSerializer
    pagination_class = None

    @extend_schema(responses=LimitSerializer)
    @action(methods=["get"], detail=True)
    def limit(self, request, slug):
        """Your protection limit, and what is reserved of it."""
        supplier = self.company()
        held = supplier.reservations.open().order_by("id").values("usd_minor", "reserved_at")
        found = {
            "currency": "USD",
            "limit_minor": supplier.limit_minor,
            "reserved_minor": supplier.reserved_minor,
            "free_minor": supplier.free_limit_minor,
            "reservations": [row | {"currency": "USD"} for row in held],
        }
        return Response(LimitSerializer(found).data)

    @extend_schema(
        request=ProfileSerializer, responses={200: SupplierDetailSerializer}, examples=example("Profile", PROFILE)
    )
    @action(methods=["put"], detail=True)
    def profile(self, request, slug):
        """Change what your public page says (owners and sales staff)."""
        supplier = self.company()
        changed = actions.change_profile(
            supplier_id=supplier.pk, by=request.user, now=timezone.now(), **self.read(ProfileSerializer)
        )
        return Response(SupplierDetailSerializer(changed, context=self.get_serializer_context()).data)
