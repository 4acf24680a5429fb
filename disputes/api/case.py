"""Cases: the list, one of them, the steps that need no more than the case, words, appeal and inspector."""

import uuid

import django_filters
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from disputes import actions
from disputes.actions.appealing import REASONS_MAX, RULE_MAX
from disputes.api.base import CaseThings
from disputes.api.examples import sends
from disputes.api.shown import DisputeDetailSerializer, DisputeSerializer
from disputes.models import Appeal, Dispute, Inspector
from orders import actions as order_actions
from orders.api.speaking import MessageSerializer, WriteSerializer
from trade_assurance.rest.fields import Amount, Strict, Whole, minor
from trade_assurance.rest.keeping import money
from trade_assurance.rest.paging import Keyset


class DisputeFilter(django_filters.FilterSet):
    """Which cases: by state, order, and who claims."""

    status = django_filters.MultipleChoiceFilter(choices=Dispute.Status.choices)
    order = django_filters.CharFilter(field_name="order__reference", max_length=12)
    claimant = django_filters.ChoiceFilter(choices=[("buyer", "Buyer"), ("supplier", "Supplier")])


class AppealWriteSerializer(Strict):
    """Why a side disagrees with the decision."""

    ground = serializers.ChoiceField(choices=Appeal.Ground.choices)
    rule = serializers.CharField(max_length=RULE_MAX, allow_blank=True, default="", help_text="For the ground `rule`")
    reasons = serializers.CharField(max_length=REASONS_MAX)


class InspectorSerializer(serializers.ModelSerializer):
    """An inspector that the buyer may choose."""

    class Meta:
        model = Inspector
        fields = ["id", "name", "country"]
        read_only_fields = fields


class ChooseSerializer(Strict):
    """The inspector, and the fee that the buyer advances."""

    inspector = Whole(min_value=1, max_value=2**31 - 1)
    fee = Amount()


class DisputeViewSet(CaseThings):
    """Cases on orders that the caller is a party to; anybody else's are 404."""

    serializer_class = DisputeSerializer
    pagination_class = Keyset
    filter_backends = (DjangoFilterBackend,)
    filterset_class = DisputeFilter

    def get_queryset(self):
        return Dispute.objects.visible_to(self.request.user).select_related("order")

    def list(self, request):
        """Your cases, the newest first."""
        return self.page()

    @extend_schema(responses=DisputeDetailSerializer)
    def retrieve(self, request, reference):
        """One case, with what you and the other side can do now and until when."""
        return self.show(reference)

    @extend_schema(request=None, responses=DisputeDetailSerializer)
    @action(methods=["post"], detail=True)
    def extension(self, request, reference):
        """Agree to more days of talk; it counts when both have."""
        return self.take(actions.extend_talk)

    @extend_schema(request=None, responses=DisputeDetailSerializer)
    @action(methods=["post"], detail=True)
    @money
    def escalation(self, request, reference):
        """Have staff decide (claimant)."""
        return self.take(actions.escalate)

    @extend_schema(request=None, responses=DisputeDetailSerializer)
    @action(methods=["post"], detail=True)
    @money
    def withdrawal(self, request, reference):
        """Take the claim back (claimant): what it held is freed."""
        return self.take(actions.withdraw_claim)

    @extend_schema(request=None, responses=DisputeDetailSerializer)
    @action(methods=["post"], detail=True)
    @money
    def waiver(self, request, reference):
        """Give up your appeal; when both have, the decision is carried out at once."""
        return self.take(actions.waive_appeal)

    @extend_schema(request=AppealWriteSerializer, responses={200: DisputeDetailSerializer}, examples=sends("appeal"))
    @action(methods=["post"], detail=True)
    @money
    def appeal(self, request, reference):
        """Have another adjudicator look again, once a side."""
        return self.take(actions.appeal, AppealWriteSerializer)

    @extend_schema(responses=InspectorSerializer(many=True))
    @action(methods=["get"], detail=True, pagination_class=None, filter_backends=())
    def inspectors(self, request, reference):
        """The inspectors to choose from."""
        self.find()
        return Response(InspectorSerializer(Inspector.objects.filter(is_listed=True).order_by("name"), many=True).data)

    @extend_schema(request=ChooseSerializer, responses={200: DisputeDetailSerializer}, examples=sends("inspector"))
    @action(methods=["post"], detail=True)
    @money
    def inspector(self, request, reference):
        """Choose the inspector and say the fee that you advance (buyer)."""
        currency, given = self.find().currency, self.read(ChooseSerializer)
        fee = minor(given["fee"], currency, "fee")
        return self.take(actions.choose_inspector, inspector_id=given["inspector"], fee_minor=fee)


class DisputeMessageView(CaseThings):
    """What the sides write to each other since the case was filed; it is kept with the order."""

    takes_if_match = False
    serializer_class = MessageSerializer
    pagination_class = Keyset

    @extend_schema(responses=MessageSerializer(many=True))
    @action(methods=["get"], detail=True)
    def messages(self, request, reference):
        """The messages since the case was filed, the newest first."""
        dispute = self.find()
        rows = dispute.order.messages.filter(sent_at__gte=dispute.filed_at).select_related("author")
        rows = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(request=WriteSerializer, responses={201: MessageSerializer}, examples=sends("message"))
    @messages.mapping.post
    def write(self, request, reference):
        """Write to the other side."""
        dispute, given = self.find(), self.read(WriteSerializer)
        made = order_actions.write_message(
            order_id=dispute.order_id, key=uuid.uuid4(), body=given["body"], by=request.user, now=timezone.now()
        )
        return Response(self.get_serializer(made).data, status=201)
