"""The base of every address about one order."""

from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404
from rest_framework import serializers
from rest_framework.response import Response

from events.models import Event
from orders import facts, safety
from orders.api.shown import OrderDetailSerializer
from orders.models import Line, Order
from trade_assurance.refused import Refused
from trade_assurance.rest import versions
from trade_assurance.rest.views import ApiViewSet

REFERENCE = "TA-[A-Z0-9]{4}-[A-Z0-9]{4}"


def number_of(order: Order) -> int:
    """How many events the order has: the version that its ETag begins with."""
    return Event.objects.about("order", order.id).values_list("number", flat=True).last() or 0


class OrderThings(ApiViewSet):
    """Addresses below one order that the caller is a party to; anybody else's is 404."""

    tag = "Orders"
    takes_if_match = True
    serializer_class = OrderDetailSerializer
    queryset = Order.objects.none()
    pagination_class = None
    filter_backends = ()
    lookup_field = "reference"
    lookup_value_regex = REFERENCE

    def find(self, *related: str) -> Order:
        """The order of the address, for a party of it."""
        orders = Order.objects.visible_to(self.request.user).select_related("supplier", "buyer", *related)
        order = facts.with_hints(safety.with_refused(orders)).filter(reference=self.kwargs["reference"]).first()
        if order is None:
            raise Http404
        return order

    def to_change(self) -> Order:
        """The order of the address, about to be changed: as If-Match says it was read, under its lock."""
        order = self.find()
        if "If-Match" in self.request.headers:
            Order.objects.locked(order.id)
            versions.demand_match(self.request, number_of(order))
        return order

    def show(self, order: Order, status: int = 200) -> Response:
        """The whole order as it is now, with its ETag."""
        self.kwargs["reference"] = order.reference
        order = self.find("receipt", "review__by", "review_request")
        prefetch_related_objects([order], *WHOLE)
        response = Response(OrderDetailSerializer(order, context=self.get_serializer_context()).data, status=status)
        versions.tag(response, number_of(order))
        return response

    def line_ids(self, order: Order, numbers) -> dict[int, int]:
        """The ids of contract lines by their numbers; a ValidationError for a number that there is not."""
        known = dict(order.lines.values_list("number", "id"))
        if unknown := [number for number in numbers if number not in known]:
            raise serializers.ValidationError({"lines": [f"The contract has no line {unknown[0]}."]})
        return known


def at_lines(error: Refused, ids: dict[int, int]) -> Refused:
    """The same refusal with a form's field of a line named as it was sent: `lines.2`."""
    name, _, tail = (error.field or "").rpartition("_")
    numbers = {str(pk): number for number, pk in ids.items()}
    if name and tail in numbers:
        error.field = f"lines.{numbers[tail]}"
    return error


WHOLE = (
    "instalments",
    "shipments__lines",
    "shipments__events",
    Prefetch("lines", Line.objects.select_related("receipt").order_by("number")),
)
