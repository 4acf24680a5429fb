"""How orders and what belongs to them are shown."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders import steps
from orders.api.ways import way
from orders.coming import coming
from orders.models import Instalment, Line, Order
from trade_assurance.rest.fields import Amount, Sparse


class StepSerializer(serializers.Serializer):
    """Who may do what, until when, and what happens on silence: the same rule as on the page.

    `method` and `href` say how it is taken here; null for what is done on the page `page` alone.
    """

    code = serializers.CharField()
    label = serializers.CharField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField()
    deadline = serializers.DateTimeField(allow_null=True)
    silence = serializers.CharField()
    must = serializers.BooleanField()
    method = serializers.SerializerMethodField()
    href = serializers.SerializerMethodField()
    page = serializers.CharField(source="url")

    def get_method(self, step) -> str | None:
        found = way(step)
        return found and found[0]

    def get_href(self, step) -> str | None:
        found = way(step)
        return found and found[1]


class ComingSerializer(serializers.Serializer):
    """What happens by itself at `at` if nobody acts before."""

    at = serializers.DateTimeField()
    title = serializers.CharField()
    detail = serializers.CharField()


class LineSerializer(serializers.ModelSerializer):
    """One line of the contract in force and what has happened to it, in whole units."""

    unit_price = Amount(source="unit_price_minor", currency="order.currency")
    freight = Amount(source="freight_minor", currency="order.currency", help_text="Its share of the freight")
    refunded = Amount(source="refunded_minor", currency="order.currency")
    protection_ends_at = serializers.DateTimeField(source="window_ends_at")

    class Meta:
        model = Line
        fields = [
            "number",
            "product",
            "quantity",
            "unit",
            "unit_price",
            "freight",
            "tolerance_bp",
            "shipped_quantity",
            "cancelled_quantity",
            "to_ship",
            "refunded",
            "protection_ends_at",
        ]
        read_only_fields = fields

    to_ship = serializers.IntegerField(read_only=True)


class InstalmentSerializer(serializers.ModelSerializer):
    """One instalment. A transfer must carry `rf_reference`, and go to the account of its instructions alone."""

    amount = Amount(source="amount_minor", currency="order.currency")
    paid = Amount(source="paid_minor", currency="order.currency")
    open = Amount(source="open_minor", currency="order.currency")

    class Meta:
        model = Instalment
        fields = [
            "number",
            "label",
            "amount",
            "paid",
            "open",
            "due_before",
            "due_on",
            "due_at",
            "paid_at",
            "rf_reference",
        ]
        read_only_fields = fields


class OrderSerializer(Sparse, serializers.ModelSerializer):
    """One order. Amounts are decimal texts in `currency`; instants are UTC."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    supplier = serializers.CharField(source="supplier.name")
    supplier_slug = serializers.CharField(source="supplier.slug")
    buyer = serializers.CharField(source="buyer.display_name")
    side = serializers.SerializerMethodField()
    total, cleared = Amount(source="total_minor"), Amount(source="cleared_minor")
    covered, escrow = Amount(source="covered_minor"), Amount(source="escrow_minor")
    refunded, released = Amount(source="refunded_minor"), Amount(source="released_minor")

    class Meta:
        model = Order
        fields = [
            "id",
            "reference",
            "status",
            "title",
            "supplier",
            "supplier_slug",
            "buyer",
            "side",
            "currency",
            "total",
            "cleared",
            "covered",
            "escrow",
            "released",
            "refunded",
            "is_sample",
            "timezone",
            "created_at",
            "lapses_at",
            "placed_at",
            "paid_at",
            "ship_by_at",
            "shipped_at",
            "auto_confirm_at",
            "received_at",
            "protection_ends_at",
            "closed_at",
            "closed_because",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Order.Side.choices))
    def get_side(self, order) -> str:
        return "buyer" if order.buyer_id == self.context["request"].user.id else "supplier"


class OrderDetailSerializer(OrderSerializer):
    """One order with its lines, instalments, every step of the caller's side, and what comes if nobody acts."""

    request = serializers.CharField(help_text="What the buyer asked the supplier to draft")
    lines, instalments = serializers.SerializerMethodField(), serializers.SerializerMethodField()
    steps, coming = serializers.SerializerMethodField(), serializers.SerializerMethodField()

    class Meta(OrderSerializer.Meta):
        fields = [
            *OrderSerializer.Meta.fields,
            "request",
            "production_confirmed_at",
            "cancel_proposed_by",
            "amendment_by",
            "amendment_lapses_at",
            "open_disputes",
            "lines",
            "instalments",
            "steps",
            "coming",
        ]
        read_only_fields = fields

    @extend_schema_field(LineSerializer(many=True))
    def get_lines(self, order):
        return LineSerializer(sorted(order.lines.all(), key=lambda line: line.number), many=True).data

    @extend_schema_field(InstalmentSerializer(many=True))
    def get_instalments(self, order):
        return InstalmentSerializer(sorted(order.instalments.all(), key=lambda part: part.number), many=True).data

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, order):
        found = steps.steps_for(order, self.context["request"].user, timezone.now())
        return StepSerializer(found, many=True).data

    @extend_schema_field(ComingSerializer(many=True))
    def get_coming(self, order):
        return ComingSerializer(coming(order, timezone.now()), many=True).data
