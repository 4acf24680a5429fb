"""Shipments, receipt and what went wrong, over REST."""

import uuid

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from orders import actions, facts, receipts, shipped
from orders.api.base import REFERENCE, OrderThings, at_lines
from orders.api.examples import sends
from orders.api.shown import OrderDetailSerializer
from orders.counting import Counted
from orders.models import Order, Shipment
from orders.terms import QUANTITY_MAX
from trade_assurance import money
from trade_assurance.refused import Refused
from trade_assurance.rest.fields import Strict, Whole
from trade_assurance.rest.keeping import in_parts, part
from trade_assurance.rest.keeping import money as moves_money
from trade_assurance.rest.problems import Problem, handler

MANY = 100


class ShippedLineSerializer(serializers.Serializer):
    """How much of a contract line, by its number."""

    line = serializers.IntegerField(source="line.number", read_only=True)
    quantity = serializers.IntegerField(read_only=True)


class CarrierEventSerializer(serializers.Serializer):
    """One thing that the carrier said."""

    code, at = serializers.CharField(), serializers.DateTimeField()
    place, country, words = serializers.CharField(), serializers.CharField(), serializers.CharField()


class ShipmentSerializer(serializers.ModelSerializer):
    """A shipment. `tracking` says what the carrier's word on it is worth (Rulebook 8)."""

    lines = ShippedLineSerializer(many=True, read_only=True)
    events = serializers.SerializerMethodField()

    class Meta:
        model = Shipment
        fields = [
            "number",
            "transport",
            "fact",
            "dispatched_on",
            "carrier",
            "document",
            "tracking_number",
            "container_number",
            "tracking",
            "rejected_because",
            "counts",
            "promised_on",
            "arrived_at",
            "delivered_at",
            "entered_at",
            "lines",
            "events",
        ]
        read_only_fields = fields

    counts = serializers.BooleanField(read_only=True)

    @extend_schema_field(CarrierEventSerializer(many=True))
    def get_events(self, shipment):
        return CarrierEventSerializer(sorted(shipment.events.all(), key=lambda each: each.at), many=True).data


class LineOf(Strict):
    """Whole units of one contract line."""

    line = Whole(min_value=1, max_value=500)
    quantity = Whole(min_value=0, max_value=QUANTITY_MAX)


class HowSerializer(Strict):
    """How goods travel, with the fact that the Incoterm names and the document that proves it (Rulebook 7)."""

    transport = serializers.ChoiceField(choices=Shipment.Transport.choices)
    dispatched_on = serializers.DateField(help_text="Of the fact, in the contract's time zone")
    carrier = serializers.CharField(max_length=80)
    document = serializers.CharField(max_length=60)
    tracking_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    container_number = serializers.CharField(max_length=20, required=False, allow_blank=True)
    proof = serializers.ChoiceField(choices=[shipped.FACT, shipped.EXPORT], required=False)


class ShipSerializer(HowSerializer):
    """A shipment of the lines named; without lines, of all that is left to ship."""

    lines = LineOf(many=True, required=False, max_length=500)


class ShipOneSerializer(HowSerializer):
    """All that is left of one order."""

    order = serializers.RegexField(f"^{REFERENCE}$")


class ShipManySerializer(Strict):
    """Shipments of several orders; one that can't be entered stops none of the others."""

    orders = ShipOneSerializer(many=True, min_length=1, max_length=MANY)


class OutcomeSerializer(serializers.Serializer):
    """What became of one order: its shipment, or the problem."""

    order = serializers.CharField()
    shipment = ShipmentSerializer(allow_null=True)
    problem = serializers.DictField(allow_null=True)


class CountSerializer(Strict):
    """How one line arrived. What is neither short nor rejected was received."""

    line = Whole(min_value=1, max_value=500)
    short = Whole(min_value=0, max_value=QUANTITY_MAX, default=0)
    rejected = Whole(min_value=0, max_value=QUANTITY_MAX, default=0)
    note = serializers.CharField(max_length=1000, default="", allow_blank=True)
    inspected = Whole(min_value=0, max_value=QUANTITY_MAX, allow_null=True, default=None)
    critical = Whole(min_value=0, max_value=QUANTITY_MAX, default=0)
    major = Whole(min_value=0, max_value=QUANTITY_MAX, default=0)
    minor = Whole(min_value=0, max_value=QUANTITY_MAX, default=0)


class ConfirmSerializer(Strict):
    """The lines that did not arrive as agreed; all others arrived in full."""

    lines = CountSerializer(many=True, required=False, max_length=500)


class CountedSerializer(serializers.Serializer):
    """How one line arrived; `verdict` is what the inspection says by its AQL, null where nobody inspected."""

    line = serializers.IntegerField(source="line.number")
    received = serializers.IntegerField(source="row.received_quantity")
    short = serializers.IntegerField(source="row.short_quantity")
    rejected = serializers.IntegerField(source="row.rejected_quantity")
    note = serializers.CharField(source="row.note")
    verdict = serializers.SerializerMethodField()

    def get_verdict(self, told) -> str | None:
        return told.words or None


class ReceiptSerializer(serializers.Serializer):
    """The buyer's word, or that of time, that the goods are there."""

    at, is_automatic = serializers.DateTimeField(), serializers.BooleanField()
    protection_ends_at = serializers.DateTimeField(allow_null=True)
    lines = CountedSerializer(many=True)


class BreachSerializer(serializers.Serializer):
    """A term that the facts do not keep to, and what a claim for it would be worth."""

    key, code, line = serializers.CharField(), serializers.CharField(), serializers.IntegerField()
    term, expected, observed = serializers.CharField(), serializers.CharField(), serializers.CharField()
    amount = serializers.SerializerMethodField()
    is_claimable = serializers.BooleanField()
    why_not = serializers.CharField()
    claimed = serializers.CharField(help_text="The open case that the line is in")

    def get_amount(self, breach) -> str:
        return str(money.to_decimal(breach.amount_minor, self.context["order"].currency))


class DeliveryView(OrderThings):
    """From shipment to receipt."""

    tag = "Shipping and receipt"

    @extend_schema(responses=ShipmentSerializer(many=True))
    @action(methods=["get"], detail=True)
    def shipments(self, request, reference):
        """The order's shipments with what their carriers said."""
        rows = self.find().shipments.order_by("number").prefetch_related("lines__line", "events")
        return Response(ShipmentSerializer(rows, many=True).data)

    @extend_schema(request=ShipSerializer, responses={201: ShipmentSerializer}, examples=sends("shipment"))
    @shipments.mapping.post
    @moves_money
    def ship(self, request, reference):
        """Enter what was shipped (supplier). A created label is not shipment."""
        order, given = self.to_change(), self.read(ShipSerializer)
        return Response(ShipmentSerializer(self._ship(order, given)).data, status=201)

    def _ship(self, order: Order, given: dict, *, key: uuid.UUID | None = None) -> Shipment:
        named = given.pop("lines", None)
        numbers = [row["line"] for row in named or ()]
        ids = self.line_ids(order, numbers)
        if len(set(numbers)) < len(numbers):
            raise serializers.ValidationError({"lines": ["Name each line once."]})
        if named is None:
            quantities = {line.id: line.to_ship for line in order.lines.all()}
        else:
            quantities = {ids[row["line"]]: row["quantity"] for row in named}
        if order.status == Order.Status.DRAFT:
            raise Problem("moved-on", "There is no contract yet, so there is nothing to ship.")
        try:
            return actions.ship(
                order_id=order.id,
                key=key or uuid.uuid4(),
                quantities=quantities,
                by=self.request.user,
                now=timezone.now(),
                **given,
            )
        except Refused as error:
            raise at_lines(error, ids) from None

    @extend_schema(
        operation_id="orders_ship_many",
        request=ShipManySerializer,
        responses={200: OutcomeSerializer(many=True)},
        examples=sends("shipments"),
    )
    @action(methods=["post"], detail=False, url_path="shipments")
    @in_parts
    def ship_many(self, request):
        """Enter all that is left of many orders; each is answered for itself, in the order in which they came.

        Sent again with the same Idempotency-Key, no order is shipped twice.
        """
        return Response([self._one_of_many(row) for row in self.read(ShipManySerializer)["orders"]])

    def _one_of_many(self, row: dict) -> dict:
        reference = self.kwargs["reference"] = row.pop("order")
        try:
            with part(self.request):
                order = self.find()
                key = uuid.uuid5(order.public_id, f"{self.request.user.pk} {self.key}")
                made = self._ship(order, row, key=key)
        except (Refused, Http404, Problem, serializers.ValidationError) as error:
            return {"order": reference, "shipment": None, "problem": handler(error, {}).data}
        return {"order": reference, "shipment": ShipmentSerializer(made).data, "problem": None}

    @extend_schema(responses=ReceiptSerializer)
    @action(methods=["get"], detail=True)
    def receipt(self, request, reference):
        """How the goods arrived, line by line; 404 before receipt."""
        order = self.find("receipt")
        if not hasattr(order, "receipt"):
            raise Http404
        version = facts.contract(order)
        lines = order.lines.select_related("receipt").order_by("number")
        found = {
            "at": order.receipt.at,
            "is_automatic": order.receipt.is_automatic,
            "protection_ends_at": order.protection_ends_at,
            "lines": receipts.told(order, lines, version.terms if version else None),
        }
        return Response(ReceiptSerializer(found).data)

    @extend_schema(request=ConfirmSerializer, responses={200: OrderDetailSerializer}, examples=sends("receipt"))
    @receipt.mapping.post
    @moves_money
    def confirm(self, request, reference):
        """Confirm receipt line by line (buyer): it releases what neither a hold nor the reserve keeps."""
        order, given = self.to_change(), self.read(ConfirmSerializer)
        rows = given.get("lines", [])
        numbers = [row["line"] for row in rows]
        ids = self.line_ids(order, numbers)
        if len(set(numbers)) < len(numbers):
            raise serializers.ValidationError({"lines": ["Name each line once."]})
        counts = [Counted(line_id=ids[row["line"]], **{k: v for k, v in row.items() if k != "line"}) for row in rows]
        try:
            actions.confirm_receipt(order_id=order.id, counts=counts, by=request.user, now=timezone.now())
        except Refused as error:
            raise at_lines(error, ids) from None
        return self.show(order)

    @extend_schema(responses=BreachSerializer(many=True))
    @action(methods=["get"], detail=True)
    def breaches(self, request, reference):
        """What differs from the contract, held against the facts, with what a claim for it would be worth."""
        order = self.find()
        return Response(
            BreachSerializer(facts.noticed(order, timezone.now()), many=True, context={"order": order}).data
        )
