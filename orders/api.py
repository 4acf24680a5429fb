"""Orders over REST, as their parties see them; changes follow with the rest of the API."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.pagination import CursorPagination

from orders import steps
from orders.coming import coming
from orders.models import Order
from trade_assurance import money


class StepSerializer(serializers.Serializer):
    """Who may do what, until when, and what happens on silence: the same rule as on the page."""

    code = serializers.CharField()
    label = serializers.CharField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField()
    deadline = serializers.DateTimeField(allow_null=True)
    silence = serializers.CharField()
    must = serializers.BooleanField()


class ComingSerializer(serializers.Serializer):
    """What happens by itself at `at` if nobody acts before."""

    at = serializers.DateTimeField()
    title = serializers.CharField()
    detail = serializers.CharField()


class OrderSerializer(serializers.ModelSerializer):
    """One order. Amounts are decimal texts in `currency`; instants are UTC."""

    id = serializers.UUIDField(source="public_id")
    supplier = serializers.CharField(source="supplier.name")
    side = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    cleared = serializers.SerializerMethodField()
    covered = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "id",
            "reference",
            "status",
            "title",
            "supplier",
            "side",
            "currency",
            "total",
            "cleared",
            "covered",
            "is_sample",
            "placed_at",
            "paid_at",
            "ship_by_at",
            "shipped_at",
            "auto_confirm_at",
            "received_at",
            "protection_ends_at",
            "closed_at",
        ]

    def get_side(self, order) -> str:
        return "buyer" if order.buyer_id == self.context["request"].user.id else "supplier"

    def get_total(self, order) -> str:
        return str(money.to_decimal(order.total_minor, order.currency))

    def get_cleared(self, order) -> str:
        return str(money.to_decimal(order.cleared_minor, order.currency))

    def get_covered(self, order) -> str:
        return str(money.to_decimal(order.covered_minor, order.currency))


class OrderDetailSerializer(OrderSerializer):
    """One order with every step that the caller's side could ever take, and what comes next if nobody acts."""

    steps = serializers.SerializerMethodField()
    coming = serializers.SerializerMethodField()

    class Meta(OrderSerializer.Meta):
        fields = [*OrderSerializer.Meta.fields, "steps", "coming"]

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, order):
        found = steps.steps_for(order, self.context["request"].user, timezone.now())
        return StepSerializer(found, many=True).data

    @extend_schema_field(ComingSerializer(many=True))
    def get_coming(self, order):
        return ComingSerializer(coming(order, timezone.now()), many=True).data


class NewestFirst(CursorPagination):
    """Keyset paging: no page numbers, no counting."""

    ordering = "-id"
    page_size = 25


class OrderViewSet(viewsets.ReadOnlyModelViewSet):
    """Orders that the caller is a party to; anybody else's are 404."""

    queryset = Order.objects.none()
    pagination_class = NewestFirst
    lookup_field = "reference"
    lookup_value_regex = "TA-[A-Z0-9]{4}-[A-Z0-9]{4}"

    def get_queryset(self):
        return Order.objects.visible_to(self.request.user).select_related("supplier", "buyer")

    def get_serializer_class(self):
        return OrderDetailSerializer if self.action == "retrieve" else OrderSerializer
