"""Orders: the list, one of them, starting one, and the steps that need no more than the order."""

import uuid

import django_filters
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from orders import actions
from orders.api.base import OrderThings
from orders.api.examples import sends
from orders.api.shown import OrderDetailSerializer, OrderSerializer
from orders.models import Order
from suppliers.models import Supplier
from trade_assurance.rest.fields import Strict
from trade_assurance.rest.keeping import money
from trade_assurance.rest.paging import Keyset


class OrderFilter(django_filters.FilterSet):
    """Which orders: by state, side, supplier, and when they were started."""

    status = django_filters.MultipleChoiceFilter(choices=Order.Status.choices)
    side = django_filters.ChoiceFilter(choices=Order.Side.choices, method="of_side")
    supplier = django_filters.CharFilter(field_name="supplier__slug", max_length=80)
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    def of_side(self, queryset, name, value):
        mine = {"buyer": self.request.user}
        return queryset.filter(**mine) if value == Order.Side.BUYER else queryset.exclude(**mine)


class RequestSerializer(Strict):
    """What a buyer asks a supplier to draft."""

    supplier = serializers.SlugField(max_length=80, help_text="The supplier's slug, as in its page's address")
    title = serializers.CharField(max_length=120)
    request = serializers.CharField(max_length=5000, help_text="Goods, quantity, quality, where to, and by when")


class OrderViewSet(OrderThings):
    """Orders that the caller is a party to; anybody else's are 404."""

    serializer_class = OrderSerializer
    pagination_class = Keyset
    filter_backends = (DjangoFilterBackend,)
    filterset_class = OrderFilter

    def get_queryset(self):
        return Order.objects.visible_to(self.request.user).select_related("supplier", "buyer")

    def list(self, request):
        """Your orders, the newest first."""
        return self.page()

    @extend_schema(responses=OrderDetailSerializer)
    def retrieve(self, request, reference):
        """One order, with what you and the other side can do now and until when."""
        return self.show(self.find())

    @extend_schema(request=RequestSerializer, responses={201: OrderDetailSerializer}, examples=sends("request"))
    @action(methods=["post"], detail=False, url_path="requests")
    def ask(self, request):
        """Ask a supplier to write the contract (buyer)."""
        given = self.read(RequestSerializer)
        supplier = get_object_or_404(Supplier, slug=given["supplier"])
        order = actions.request_contract(
            buyer=request.user,
            supplier_id=supplier.id,
            title=given["title"],
            request=given["request"],
            key=uuid.uuid4(),
            now=timezone.now(),
        )
        return self.show(order, status=201)

    def _take(self, call):
        order = self.to_change()
        call(order_id=order.id, by=self.request.user, now=timezone.now())
        return self.show(order)

    @extend_schema(request=None, responses=OrderDetailSerializer)
    @action(methods=["post"], detail=True)
    @money
    def cancel(self, request, reference):
        """Cancel alone where the rules let you; a draft is declined or withdrawn by it. What cleared goes back."""
        return self._take(actions.cancel)

    @extend_schema(request=None, responses=OrderDetailSerializer)
    @action(methods=["post"], detail=True, url_path="cancel-proposal")
    @money
    def propose_cancel(self, request, reference):
        """Propose to cancel, or agree to the other side's proposal: then the order ends at once."""
        return self._take(actions.propose_cancel)

    @extend_schema(request=None, responses={200: OrderDetailSerializer})
    @propose_cancel.mapping.delete
    def withdraw_proposal(self, request, reference):
        """Take your proposal to cancel back."""
        return self._take(actions.withdraw_proposal)

    @extend_schema(request=None, responses=OrderDetailSerializer)
    @action(methods=["post"], detail=True)
    def production(self, request, reference):
        """Say that production has begun (supplier); from then on the buyer can't cancel alone."""
        return self._take(actions.confirm_production)

    @extend_schema(request=None, responses=OrderDetailSerializer)
    @action(methods=["post"], detail=True)
    def extension(self, request, reference):
        """Move the automatic confirmation of receipt, once a side."""
        return self._take(actions.extend_confirm)

    @extend_schema(request=None, responses=OrderDetailSerializer)
    @action(methods=["post"], detail=True)
    @money
    def keep(self, request, reference):
        """Keep goods that are late, with compensation for each day (buyer); time cancels nothing of them then."""
        return self._take(actions.keep_late_goods)
