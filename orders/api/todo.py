"""What a person can do on all open orders, and until when: the same rules as on the pages (product.md §6.3)."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from orders.api.shown import StepSerializer
from orders.models import Order
from orders.steps import agreeing, steps_for
from orders.views.home import ELSEWHERE
from suppliers.models import Member
from trade_assurance.rest.fields import Sparse
from trade_assurance.rest.views import ApiViewSet


class OrderStepsSerializer(Sparse, serializers.Serializer):
    """An open order with the steps that the caller can take on it now; those that it waits for say `must`.

    Claims, cases and reviews are not among them: those stand with the order and the case.
    """

    reference, title = serializers.CharField(), serializers.CharField()
    side = serializers.ChoiceField(choices=Order.Side.choices)
    status = serializers.ChoiceField(choices=Order.Status.choices)
    steps = StepSerializer(many=True)


class StepsView(ApiViewSet):
    """Actions with their deadlines, of all open orders."""

    tag = "Orders"
    serializer_class = OrderStepsSerializer
    filter_backends = ()

    @extend_schema(responses=OrderStepsSerializer(many=True))
    def list(self, request):
        """What you can do on your open orders, until when, and what happens if nobody acts; newest order first."""
        orders = (
            Order.objects.visible_to(request.user)
            .open()
            .select_related("supplier", "buyer")
            .prefetch_related("instalments", "shipments", "payer_questions__entry")
        )
        rows, now = self.paginate_queryset(self.filter_queryset(orders)), timezone.now()
        agreeing.know_latest(rows)
        members = {member.supplier_id: member for member in Member.objects.of(request.user)}
        for order in rows:
            order._members = {request.user.id: members.get(order.supplier_id)}
        found = [
            {
                "reference": order.reference,
                "title": order.title,
                "side": order.side_of(request.user),
                "status": order.status,
                "steps": [step for step in steps_for(order, request.user, now, without=ELSEWHERE) if step.allowed],
            }
            for order in rows
        ]
        return self.get_paginated_response(self.get_serializer(found, many=True).data)
