"""Amendments over REST: what a change would move, proposing it, answering it (ADR 21)."""

from dataclasses import replace

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from orders import actions, amend_faults, amending
from orders.actions.agreeing import CoverChanged
from orders.actions.amending import attached, free_usd
from orders.amending import Standing
from orders.api.base import OrderThings
from orders.api.contract import ChangeSerializer, DraftSerializer, VersionSerializer
from orders.api.examples import sends
from orders.api.shown import OrderDetailSerializer
from orders.models import Order
from orders.terms import Terms, differences
from trade_assurance import money
from trade_assurance.rest.fields import Amount, Strict, minor
from trade_assurance.rest.keeping import money as moves_money
from trade_assurance.rest.problems import Problem


class MovesSerializer(serializers.Serializer):
    """What signing would move. Amounts in the order's currency; `cover` is that after release."""

    total_before, total_after = serializers.CharField(), serializers.CharField()
    cover_before, cover = serializers.CharField(), serializers.CharField()
    refund = serializers.CharField(help_text="Goes back to the buyer at once")
    added = serializers.CharField(help_text="What the buyer has to pay more than before")
    ship_by_at = serializers.DateTimeField(allow_null=True)
    reopens = serializers.BooleanField(help_text="Something due before shipment is open again")
    settles = serializers.BooleanField(help_text="All that is due before shipment is paid then")


class PreviewSerializer(serializers.Serializer):
    """A change that nobody has signed: what keeps it from being proposed, what differs, what it would move."""

    problems = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    changes = ChangeSerializer(many=True)
    moves = MovesSerializer(allow_null=True)


class AmendmentSerializer(serializers.Serializer):
    """The open amendment. Accept it with its version, fingerprint, and the `cover` and `refund` of its moves."""

    version = VersionSerializer()
    changes = ChangeSerializer(many=True)
    moves = MovesSerializer()


class ProposeSerializer(DraftSerializer):
    """The whole contract as it is to be, and why."""

    because = serializers.CharField(max_length=500)


class AcceptAmendmentSerializer(Strict):
    """What was read: the version, its fingerprint, and the cover and refund that were shown."""

    version = serializers.IntegerField(min_value=1, max_value=10_000)
    fingerprint = serializers.RegexField("^[0-9a-f]{64}$")
    cover, refund = Amount(), Amount()


class AnswerSerializer(Strict):
    """The number of the version that is answered."""

    version = serializers.IntegerField(min_value=1, max_value=10_000)


def told(standing: Standing, terms: Terms) -> dict:
    """What differs, and what signing moves."""
    order = standing.order
    found = amending.moves(standing, terms, free_usd_minor=free_usd(order.supplier))

    def cash(minor_units: int) -> str:
        return str(money.to_decimal(minor_units, order.currency))

    return {
        "changes": ChangeSerializer(differences(standing.terms, terms), many=True).data,
        "moves": MovesSerializer(
            {
                "total_before": cash(found.total_before_minor),
                "total_after": cash(found.total_after_minor),
                "cover_before": cash(found.cover_before_minor),
                "cover": cash(found.cover_after_minor),
                "refund": cash(found.refund_minor),
                "added": cash(found.added_minor),
                "ship_by_at": found.ship_by_at,
                "reopens": found.reopens,
                "settles": found.settles,
            }
        ).data,
    }


class AmendmentView(OrderThings):
    """Changing a contract that both sides have signed."""

    tag = "Amendments"

    def _standing(self, order: Order) -> Standing:
        if order.placed_at is None:
            raise Http404
        return Standing.of(order)

    def _open(self, order: Order, status: int = 200) -> Response:
        version = order.versions.open_amendments().first()
        if version is None:
            raise Http404
        context = self.get_serializer_context() | {"order": order}
        shown = VersionSerializer(version, context=context)
        return Response({"version": shown.data} | told(self._standing(order), version.terms), status=status)

    @extend_schema(responses=AmendmentSerializer)
    @action(methods=["get"], detail=True)
    def amendment(self, request, reference):
        """The amendment that is open, with everything that it moves; 404 while there is none."""
        return self._open(self.find())

    @extend_schema(request=ProposeSerializer, responses={201: AmendmentSerializer}, examples=sends("amendment"))
    @amendment.mapping.post
    @moves_money
    def propose(self, request, reference):
        """Sign a change and propose it; it counts when the other side has signed it too."""
        order, given = self.to_change(), self.read(ProposeSerializer)
        actions.propose_amendment(
            order_id=order.id, terms=given["contract"], because=given["because"], by=request.user, now=timezone.now()
        )
        return self._open(self.find(), status=201)

    @extend_schema(request=DraftSerializer, responses={200: PreviewSerializer}, examples=sends("draft"))
    @action(methods=["post"], detail=True, url_path="amendment/preview")
    def preview(self, request, reference):
        """What a change would move, before anybody signs it; nothing is kept."""
        order, given = self.find(), self.read(DraftSerializer)
        standing = self._standing(order)
        terms = replace(
            given["contract"],
            attachments=attached(order, standing.in_force),
            parties=standing.in_force.parties,
            rulebook=standing.in_force.rulebook,
        )
        wrong: dict[str, list[str]] = {}
        for each in amend_faults.faults(standing, terms, usd_per_unit=order.usd_per_unit, now=timezone.now()):
            wrong.setdefault(each.path, []).append(each.sentence)
        shown = {"changes": [], "moves": None} if wrong else told(standing, terms)
        return Response({"problems": wrong} | shown)

    @extend_schema(
        request=AcceptAmendmentSerializer,
        responses={200: OrderDetailSerializer},
        examples=sends("accept_amendment"),
    )
    @action(methods=["post"], detail=True, url_path="amendment/accept")
    @moves_money
    def accept(self, request, reference):
        """Sign the other side's change; all that it moves is moved at once."""
        order, given = self.to_change(), self.read(AcceptAmendmentSerializer)
        if order.amendment_by == "":
            raise Http404
        try:
            actions.accept_amendment(
                order_id=order.id,
                version=given["version"],
                fingerprint=given["fingerprint"],
                cover_minor=minor(given["cover"], order.currency, "cover"),
                refund_minor=minor(given["refund"], order.currency, "refund"),
                by=request.user,
                now=timezone.now(),
            )
        except CoverChanged as error:
            cover = str(money.to_decimal(error.cover_minor, order.currency))
            raise Problem("cover-changed", str(error), cover=cover) from None
        return self.show(order)

    def _answer(self, call):
        order, given = self.to_change(), self.read(AnswerSerializer)
        if order.amendment_by == "":
            raise Http404
        call(order_id=order.id, version=given["version"], by=self.request.user, now=timezone.now())
        return self.show(order)

    @extend_schema(request=AnswerSerializer, responses={200: OrderDetailSerializer}, examples=sends("version"))
    @action(methods=["post"], detail=True, url_path="amendment/decline")
    def decline(self, request, reference):
        """Decline the other side's change; the contract stays as it is."""
        return self._answer(actions.decline_amendment)

    @extend_schema(request=AnswerSerializer, responses={200: OrderDetailSerializer}, examples=sends("version"))
    @action(methods=["post"], detail=True, url_path="amendment/withdraw")
    def withdraw(self, request, reference):
        """Take your own change back; the contract stays as it is."""
        return self._answer(actions.withdraw_amendment)
