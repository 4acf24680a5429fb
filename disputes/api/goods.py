"""Returns and replacements over REST: how the goods travel, that they arrived, and whether they are as agreed."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from disputes import actions
from disputes.actions.performing import BECAUSE_MAX
from disputes.api.base import CaseThings
from disputes.api.examples import sends
from disputes.api.shown import DisputeDetailSerializer
from trade_assurance.rest.fields import Strict
from trade_assurance.rest.keeping import money


class SentSerializer(Strict):
    """How the goods travel; without tracking it does not count."""

    carrier = serializers.CharField(max_length=80)
    tracking_number = serializers.CharField(max_length=60)


class ArrivalSerializer(Strict):
    """When the goods arrived."""

    delivered_at = serializers.DateTimeField()


class ContestSerializer(Strict):
    """What is not as agreed."""

    because = serializers.CharField(max_length=BECAUSE_MAX)


class GoodsView(CaseThings):
    """The return or replacement that a case waits for."""

    @extend_schema(request=SentSerializer, responses={200: DisputeDetailSerializer}, examples=sends("sent"))
    @action(methods=["post"], detail=True)
    @money
    def goods(self, request, reference):
        """Enter how they travel: the return (buyer), or the replacement (supplier)."""
        return self.take(actions.send_goods, SentSerializer)

    @extend_schema(request=ArrivalSerializer, responses={200: DisputeDetailSerializer}, examples=sends("arrival"))
    @action(methods=["post"], detail=True, url_path="goods/arrival")
    @money
    def arrival(self, request, reference):
        """Say when they arrived (receiver); the time to check them begins."""
        return self.take(actions.record_delivery, ArrivalSerializer)

    @extend_schema(request=None, responses={200: DisputeDetailSerializer})
    @action(methods=["post"], detail=True, url_path="goods/accept")
    @money
    def accept(self, request, reference):
        """Say that they are as agreed (receiver): a return is refunded, a replacement ends the case."""
        return self.take(actions.accept_performance)

    @extend_schema(request=ContestSerializer, responses={200: DisputeDetailSerializer}, examples=sends("contest"))
    @action(methods=["post"], detail=True, url_path="goods/contest")
    @money
    def contest(self, request, reference):
        """Say what is not as agreed (receiver): staff decide."""
        return self.take(actions.contest_performance, ContestSerializer)
