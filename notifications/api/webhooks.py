"""Webhooks over REST: a person's own, and with `supplier` those of a company that the person owns."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from notifications.webhooks import actions, guard
from notifications.webhooks.actions.endpoints import DESCRIPTION_MAX
from notifications.webhooks.models import Attempt, Delivery, Endpoint
from suppliers.models import Member
from trade_assurance.rest.fields import Sparse, Strict
from trade_assurance.rest.keeping import money
from trade_assurance.rest.keeping import uploads as unkept  # runs without a kept answer, under no key
from trade_assurance.rest.paging import Keyset
from trade_assurance.rest.problems import Problem
from trade_assurance.rest.views import ApiViewSet

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TYPES_MAX = 200
HOOK = {"url": "https://erp.example.com/hooks/orders", "types": ["order.cancelled"], "description": "Our ERP"}


def example(name: str, value: dict) -> list[OpenApiExample]:
    """The example of a request's body."""
    return [OpenApiExample(name, value=value, request_only=True)]


class EndpointSerializer(Sparse, serializers.ModelSerializer):
    """An address that is told of events; `supplier` is null for your own as a buyer."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    supplier = serializers.CharField(source="supplier.slug", allow_null=True, read_only=True)
    is_on = serializers.BooleanField(read_only=True)

    class Meta:
        model = Endpoint
        fields = [
            "id",
            "supplier",
            "url",
            "description",
            "types",
            "made_at",
            "is_on",
            "off_at",
            "off_because",
            "failing_since_at",
        ]
        read_only_fields = fields


class EndpointWriteSerializer(Strict):
    """Where to, what of, and what it is for."""

    url = serializers.CharField(max_length=guard.URL_MAX)
    types = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, max_length=TYPES_MAX)
    description = serializers.CharField(max_length=DESCRIPTION_MAX, allow_blank=True, default="")


class EndpointAddSerializer(EndpointWriteSerializer):
    """The same, and whose: yours as a buyer without `supplier`."""

    supplier = serializers.SlugField(max_length=80, required=False, help_text="The slug of a company that you own")


class SecretSerializer(serializers.Serializer):
    """What messages are signed with (Standard Webhooks)."""

    secret = serializers.CharField()


class RotateSerializer(Strict):
    """Whether the old secret ends now, since somebody else has it; else it signs along for a day."""

    at_once = serializers.BooleanField(default=False)


class SinceSerializer(Strict):
    """From when on."""

    since = serializers.DateTimeField()


class AgainSerializer(serializers.Serializer):
    """How many messages are on their way again."""

    again = serializers.IntegerField()


class DeliverySerializer(Sparse, serializers.ModelSerializer):
    """One message of the log."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    webhook_id = serializers.CharField(source="message_id", read_only=True, help_text="The header of that name")

    class Meta:
        model = Delivery
        fields = ["id", "webhook_id", "type", "state", "made_at", "attempts", "next_at", "ended_at"]
        read_only_fields = fields


class AttemptSerializer(serializers.ModelSerializer):
    """One call, and what was answered."""

    class Meta:
        model = Attempt
        fields = ["number", "at", "took_ms", "status", "problem", "answer"]
        read_only_fields = fields


class DeliveryDetailSerializer(DeliverySerializer):
    """One message with its body as sent, and its last hundred attempts."""

    tries = serializers.SerializerMethodField()

    class Meta(DeliverySerializer.Meta):
        fields = [*DeliverySerializer.Meta.fields, "body", "tries"]
        read_only_fields = fields

    @extend_schema_field(AttemptSerializer(many=True))
    def get_tries(self, row):
        return AttemptSerializer(row.tries.order_by("-number")[:100], many=True).data


class DeliveryFilter(filters.FilterSet):
    """Which messages: by state."""

    state = filters.ChoiceFilter(choices=Delivery.State.choices)


class HookThings(ApiViewSet):
    """Webhooks that are yours, or of a company that you own; all others are 404."""

    tag = "Webhooks"
    queryset = Endpoint.objects.none()
    pagination_class = Keyset
    filter_backends = ()
    lookup_value_regex = UUID

    def get_queryset(self):
        return Endpoint.objects.visible_to(self.request.user).select_related("supplier")

    def find(self) -> Endpoint:
        """The webhook of the address."""
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["pk"])


class WebhookView(HookThings):
    """Webhooks: what they are told of, and their secrets."""

    serializer_class = EndpointSerializer

    def _show(self, endpoint: Endpoint, status: int = 200) -> Response:
        found = self.get_queryset().get(pk=endpoint.pk)
        return Response(EndpointSerializer(found, context=self.get_serializer_context()).data, status=status)

    def _do(self, call, reads=None) -> Response:
        endpoint = self.find()
        values = self.read(reads) if reads else {}
        return self._show(call(endpoint_id=endpoint.pk, by=self.request.user, now=timezone.now(), **values))

    def list(self, request):
        """Your webhooks, the newest first."""
        return self.page()

    @extend_schema(
        request=EndpointAddSerializer, responses={201: EndpointSerializer}, examples=example("Webhook", HOOK)
    )
    def create(self, request):
        """Add a webhook. Ask for its secret next; it is shown once."""
        given, supplier_id = self.read(EndpointAddSerializer), None
        if (slug := given.pop("supplier", None)) is not None:
            supplier_id = get_object_or_404(Member.objects.of(request.user), supplier__slug=slug).supplier_id
        made = actions.add(supplier_id=supplier_id, by=request.user, now=timezone.now(), **given)
        return self._show(made, 201)

    @extend_schema(responses=EndpointSerializer)
    def retrieve(self, request, pk):
        """One webhook."""
        return self._show(self.find())

    @extend_schema(
        request=EndpointWriteSerializer, responses={200: EndpointSerializer}, examples=example("Webhook", HOOK)
    )
    def update(self, request, pk):
        """Change its address, events or description."""
        return self._do(actions.change, EndpointWriteSerializer)

    @extend_schema(responses={204: None})
    def destroy(self, request, pk):
        """Delete it: nothing more is sent."""
        actions.remove(endpoint_id=self.find().pk, by=request.user, now=timezone.now())
        return Response(status=204)

    @extend_schema(request=None, responses={200: SecretSerializer})
    @action(methods=["post"], detail=True)
    @unkept
    @sensitive_variables()
    def secret(self, request, pk):
        """The newest secret, once and never again. With a key or token; a browser shows it on its page."""
        endpoint = self.find()
        self._demand_key()
        secret = actions.reveal(endpoint_id=endpoint.pk, by=request.user, now=timezone.now())
        return Response({"secret": secret}, headers={"Cache-Control": "no-store"})

    @extend_schema(
        request=RotateSerializer,
        responses={200: EndpointSerializer},
        examples=example("Rotation", {"at_once": False}),
    )
    @action(methods=["post"], detail=True)
    @money
    def rotation(self, request, pk):
        """Make a new secret. With a key or token; in a browser it is done on its page."""
        self.find()
        self._demand_key()
        return self._do(actions.rotate, RotateSerializer)

    def _demand_key(self) -> None:
        """A browser's session must be fresh for secrets, which only its page asks for."""
        if self.request.auth is None:
            raise Problem("not-allowed", "Use a key or token for this, or the page of the webhook in your settings.")

    @extend_schema(request=None, responses={200: EndpointSerializer})
    @action(methods=["post"], detail=True, url_path="on")
    def turn_on(self, request, pk):
        """Tell it of events again, from now on."""
        return self._do(actions.turn_on)

    @extend_schema(request=None, responses={200: EndpointSerializer})
    @action(methods=["post"], detail=True, url_path="off")
    def turn_off(self, request, pk):
        """Tell it nothing for now."""
        return self._do(actions.turn_off)

    @extend_schema(request=None, responses={201: DeliverySerializer})
    @action(methods=["post"], detail=True)
    def test(self, request, pk):
        """Send a test message."""
        made = actions.send_test(endpoint_id=self.find().pk, by=request.user, now=timezone.now())
        return Response(DeliverySerializer(made).data, status=201)

    @extend_schema(
        request=SinceSerializer,
        responses={200: AgainSerializer},
        examples=example("Since", {"since": "2026-09-01T09:00:00Z"}),
    )
    @action(methods=["post"], detail=True)
    def replay(self, request, pk):
        """Send everything again that failed since then."""
        endpoint = self.find()
        count = actions.replay_failed(
            endpoint_id=endpoint.pk, by=request.user, now=timezone.now(), **self.read(SinceSerializer)
        )
        return Response({"again": count})


class WebhookLogView(HookThings):
    """The log of a webhook: what was sent in the last days."""

    serializer_class = DeliverySerializer
    filter_backends = (filters.DjangoFilterBackend,)
    filterset_class = DeliveryFilter

    def _one(self, message_id: str) -> Delivery:
        return get_object_or_404(self.find().deliveries, public_id=message_id)

    @extend_schema(responses=DeliverySerializer(many=True))
    @action(methods=["get"], detail=True)
    def messages(self, request, pk):
        """The log, the newest first."""
        rows = self.paginate_queryset(self.filter_queryset(self.find().deliveries.defer("body")))
        shown = self.get_serializer(rows, many=True)
        assert shown.child.fields is not None  # unknown names are told even where there are no rows
        return self.get_paginated_response(shown.data)

    @extend_schema(responses=DeliveryDetailSerializer)
    @action(methods=["get"], detail=True, url_path=f"messages/(?P<message_id>{UUID})")
    def message(self, request, pk, message_id):
        """One message: its body as sent, and each attempt with what was answered."""
        shown = DeliveryDetailSerializer(self._one(message_id), context=self.get_serializer_context())
        return Response(shown.data)

    @extend_schema(operation_id="webhooks_messages_replay", request=None, responses={200: DeliverySerializer})
    @action(methods=["post"], detail=True, url_path=f"messages/(?P<message_id>{UUID})/replay")
    def again(self, request, pk, message_id):
        """Send one message again, with the same id and body."""
        row = actions.replay(delivery_id=self._one(message_id).pk, by=request.user, now=timezone.now())
        return Response(DeliverySerializer(row).data)
