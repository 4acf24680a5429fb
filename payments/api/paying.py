"""Paying over REST: by the gateway's own page, or by a transfer with the instalment's reference."""

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from orders.api import ways
from orders.api.base import OrderThings
from orders.api.examples import sends
from orders.models import Order
from payments import actions, instructions
from payments.models import Method, Payment
from trade_assurance.refused import Refused
from trade_assurance.rest.fields import Amount, Strict, Whole
from trade_assurance.rest.files import A_PDF, PdfOrProblem, paper
from trade_assurance.rest.keeping import money
from trade_assurance.rest.schema import says
from trade_assurance.rest.views import ApiViewSet

ways.register("pay", "POST", "orders/{0}/payments/")


class PaymentSerializer(serializers.ModelSerializer):
    """One attempt to pay an instalment.

    Send the customer to `checkout_url`, the gateway's own page; no card number ever reaches us. It is null when the
    gateway could not be reached yet, with the reason in `checkout_problem`: ask for it at `…/checkout/`.
    """

    id = serializers.UUIDField(source="public_id", read_only=True)
    order = serializers.CharField(source="order.reference", read_only=True)
    instalment = serializers.IntegerField(source="instalment.number", read_only=True)
    amount, fee, total = Amount(source="amount_minor"), Amount(source="fee_minor"), Amount(source="total_minor")
    cleared, refunded = Amount(source="cleared_minor"), Amount(source="refunded_minor")
    checkout_url = serializers.SerializerMethodField()
    checkout_problem = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = [
            "id",
            "order",
            "instalment",
            "method",
            "status",
            "currency",
            "amount",
            "fee",
            "total",
            "cleared",
            "refunded",
            "started_at",
            "cleared_at",
            "failed_at",
            "failed_because",
            "checkout_url",
            "checkout_problem",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_checkout_url(self, payment) -> str | None:
        return payment.url if payment.url and payment.status == Payment.Status.STARTED else None

    def get_checkout_problem(self, payment) -> str:
        return ""


class StartSerializer(Strict):
    """Which instalment, and how. A transfer (T/T) is not started: its instructions say what to send where."""

    instalment = Whole(min_value=1, max_value=999)
    method = serializers.ChoiceField(choices=[(Method.CARD.value, "Card"), (Method.ONLINE.value, "Online bank")])


class InstructionSerializer(serializers.Serializer):
    """What to enter at the bank, row by row. Money paid to any other account is not covered."""

    rows = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    warning = serializers.CharField()


def to_bank(payment_id: int, body: dict) -> dict:
    """The payment's answer with the gateway's page, asked for after everything is committed."""
    try:
        return body | {"checkout_url": actions.open_at_gateway(payment_id=payment_id, now=timezone.now())}
    except Refused as error:
        return body | {"checkout_problem": str(error)}


class BuyersThings(OrderThings):
    """Addresses below one order that its buyer alone has."""

    tag = "Payments"

    def mine(self) -> Order:
        """The order, for its buyer alone."""
        order = self.find("supplier__designated_account")
        if order.buyer_id != self.request.user.pk:
            raise Http404
        return order


class PayingView(BuyersThings):
    """Payments of one order, for its buyer."""

    @extend_schema(responses=PaymentSerializer(many=True))
    @action(methods=["get"], detail=True)
    def payments(self, request, reference):
        """Every payment of the order that you may see, the newest first."""
        order = self.find()
        rows = Payment.objects.visible_to(request.user).filter(order=order).select_related("order", "instalment")
        return Response(PaymentSerializer(rows.order_by("-id"), many=True).data)

    @extend_schema(request=StartSerializer, responses={201: PaymentSerializer}, examples=sends("payment"))
    @payments.mapping.post
    @money
    def start(self, request, reference):
        """Start to pay what is open of an instalment (buyer); the customer pays on the gateway's page."""
        self.mine()
        order, given = self.to_change(), self.read(StartSerializer)
        payment = actions.start_payment(
            order_id=order.id,
            instalment_number=given["instalment"],
            method=given["method"],
            key=uuid.uuid4(),
            by=request.user,
            now=timezone.now(),
        )
        self.later = lambda body: to_bank(payment.pk, body)
        return Response(PaymentSerializer(payment).data, status=201)

    @extend_schema(responses=InstructionSerializer)
    @action(methods=["get"], detail=True, url_path="instalments/(?P<number>[0-9]{1,3})/instructions")
    @says(409)
    def instructions(self, request, reference, number):
        """What to send where to pay an instalment by transfer (buyer); a problem when nothing is to be paid."""
        order = self.mine()
        told = instructions.rows(order, get_object_or_404(order.instalments, number=int(number)))
        rows = [{"label": row.label, "value": str(row.value), "hint": row.hint} for row in told]
        return Response({"rows": rows, "warning": str(instructions.WARNING)})

    @extend_schema(responses=A_PDF)
    @action(
        methods=["get"],
        detail=True,
        url_path="instalments/(?P<number>[0-9]{1,3})/instructions/pdf",
        renderer_classes=[JSONRenderer, PdfOrProblem],
    )
    @says(409)
    def instructions_pdf(self, request, reference, number):
        """The same as one page for your bank (PDF); a problem when nothing is to be paid."""
        order = self.mine()
        instalment = get_object_or_404(order.instalments, number=int(number))
        return paper(instructions.pdf(order, instalment), f"payment-{instalment.rf_reference}")


class PaymentView(ApiViewSet):
    """One payment, for who may see it."""

    tag = "Payments"
    serializer_class = PaymentSerializer
    queryset = Payment.objects.none()
    pagination_class = None
    filter_backends = ()
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def get_queryset(self):
        return Payment.objects.visible_to(self.request.user).select_related("order", "instalment")

    def retrieve(self, request, public_id):
        """How a payment stands, as the gateway said last."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses={200: PaymentSerializer})
    @action(methods=["post"], detail=True)
    def checkout(self, request, public_id):
        """The gateway's page of a payment that was started; asked again, it is the same page."""
        payment = self.get_object()
        if payment.created_by_id != request.user.pk:
            raise Http404
        if payment.status == Payment.Status.STARTED:
            self.later = lambda body: to_bank(payment.pk, body)
        return Response(self.get_serializer(payment).data)
