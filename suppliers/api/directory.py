"""The directory, a supplier's page with its rating explained, its reviews and its products."""

import django_filters
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from suppliers import rating_words, reviews
from suppliers.directory import Search, suppliers_for
from suppliers.models import Category, Supplier
from trade_assurance.rest.fields import Sparse
from trade_assurance.rest.paging import Keyset
from trade_assurance.rest.views import ApiViewSet

SLUG = "[-a-zA-Z0-9_]{1,80}"
CHECKED = [("verified", "Verified"), ("inspected", "Inspected on site")]


class SupplierFilter(django_filters.FilterSet):
    """As the directory: words, where, what, how well, and how much can be covered now in whole US dollars."""

    q = django_filters.CharFilter(max_length=80, method="kept")
    country = django_filters.CharFilter(min_length=2, max_length=2, method="kept")
    category = django_filters.CharFilter(max_length=50, method="kept")
    checked = django_filters.ChoiceFilter(choices=CHECKED, method="kept")
    stars = django_filters.NumberFilter(min_value=1, max_value=5, decimal_places=0, method="kept")
    cover = django_filters.NumberFilter(min_value=1, max_value=10**9, decimal_places=0, method="kept")

    def kept(self, queryset, name, value):
        """All are asked for at once."""
        return queryset

    def filter_queryset(self, queryset):
        asked = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        asked |= {name: int(asked[name]) for name in ("stars", "cover") if name in asked}
        return suppliers_for(asked, Search.of(asked["q"]) if "q" in asked else None)


class SupplierSerializer(Sparse, serializers.ModelSerializer):
    """A supplier as anybody sees it; `stars` is null before the first rating."""

    categories = serializers.SerializerMethodField()
    takes_orders = serializers.SerializerMethodField()

    class Meta:
        model = Supplier
        fields = ["slug", "name", "country", "city", "level", "stars", "status", "categories", "takes_orders"]
        read_only_fields = fields

    def get_categories(self, supplier) -> list[str]:
        return [category.slug for category in supplier.categories.all()]

    def get_takes_orders(self, supplier) -> bool:
        return supplier.status == Supplier.Status.ACTIVE and supplier.free_limit_minor > 0


class IndicatorSerializer(serializers.Serializer):
    """One indicator of the rating, in words; the lowest makes the stars."""

    kind, name = serializers.CharField(), serializers.CharField()
    mark = serializers.CharField(help_text="Of 100")
    is_lowest = serializers.BooleanField()
    fact, how = serializers.CharField(), serializers.CharField()


class RatingSerializer(serializers.Serializer):
    """The rating as it was last worked out."""

    at = serializers.DateTimeField()
    stars = serializers.IntegerField(allow_null=True)
    completed = serializers.IntegerField(help_text="Orders that ended with protection expired")
    volume = serializers.CharField(help_text="A range; empty without any")
    indicators = IndicatorSerializer(many=True)


class MeanSerializer(serializers.Serializer):
    """The mean of the reviews, each with one decimal."""

    count = serializers.IntegerField()
    overall, on_time = serializers.CharField(), serializers.CharField()
    as_agreed, service = serializers.CharField(), serializers.CharField()


class SupplierDetailSerializer(SupplierSerializer):
    """A supplier with its rating explained, and the mean of its reviews; both null before the first."""

    rating, mean = serializers.SerializerMethodField(), serializers.SerializerMethodField()

    class Meta(SupplierSerializer.Meta):
        fields = [*SupplierSerializer.Meta.fields, "about", "founded_year", "rating", "mean"]
        read_only_fields = fields

    @extend_schema_field(RatingSerializer(allow_null=True))
    def get_rating(self, supplier):
        found = rating_words.public(supplier, timezone.now())
        return found and RatingSerializer(found).data

    @extend_schema_field(MeanSerializer(allow_null=True))
    def get_mean(self, supplier):
        found = reviews.mean_of(supplier)
        return found and MeanSerializer(found).data


class SupplierReviewSerializer(Sparse, serializers.Serializer):
    """A review as the supplier's page shows it, with what became of a claim on its order."""

    on_time, as_agreed = serializers.IntegerField(), serializers.IntegerField()
    service, text = serializers.IntegerField(), serializers.CharField()
    buyer = serializers.CharField(source="buyer_words")
    upheld = serializers.CharField(help_text="Empty where no claim was upheld")
    written_at = serializers.DateTimeField()
    reply = serializers.CharField()
    replied_at, revised_at = (serializers.DateTimeField(allow_null=True) for _ in range(2))


class SupplierView(ApiViewSet):
    """Suppliers as everybody sees them."""

    tag = "Suppliers"
    serializer_class = SupplierSerializer
    queryset = Supplier.objects.none()
    pagination_class = Keyset
    filter_backends = (DjangoFilterBackend,)
    filterset_class = SupplierFilter
    keyset = ("tier", "name", "id")
    lookup_field = "slug"
    lookup_value_regex = SLUG

    def get_queryset(self):
        return Supplier.objects.listed().prefetch_related(Prefetch("categories", Category.objects.order_by("name")))

    def list(self, request):
        """The directory: by stars, then by name."""
        return self.page()

    @extend_schema(responses=SupplierDetailSerializer)
    def retrieve(self, request, slug):
        """One supplier."""
        found = get_object_or_404(self.get_queryset(), slug=slug)
        return Response(SupplierDetailSerializer(found, context=self.get_serializer_context()).data)


class ReviewsView(ApiViewSet):
    """Reviews of one supplier."""

    tag = "Suppliers"
    serializer_class = SupplierReviewSerializer
    queryset = Supplier.objects.none()
    pagination_class = Keyset
    filter_backends = ()
    lookup_field = "slug"
    lookup_value_regex = SLUG

    @extend_schema(responses=SupplierReviewSerializer(many=True))
    @action(methods=["get"], detail=True)
    def reviews(self, request, slug):
        """The reviews, the newest first."""
        supplier = get_object_or_404(Supplier.objects.listed(), slug=slug)
        rows = self.paginate_queryset(self.filter_queryset(supplier.reviews.shown().select_related("by")))
        reviews.tell(rows)
        shown = self.get_serializer(rows, many=True)
        assert shown.child.fields is not None  # unknown names are told even where there are no rows
        return self.get_paginated_response(shown.data)
