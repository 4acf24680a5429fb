"""Offers to settle and sealed limits over REST."""

import uuid

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from disputes import actions
from disputes.api.base import CaseThings
from disputes.api.examples import sends
from disputes.api.shown import CaseMovesSerializer, DisputeDetailSerializer, OfferSerializer, moves_of, own
from disputes.models import Dispute, Offer
from disputes.offering import NOTE_MAX, REPLACEMENT_MAX
from orders.api.base import at_lines
from orders.models import Order
from trade_assurance.refused import Refused
from trade_assurance.rest.fields import Amount, Strict, Whole, minor
from trade_assurance.rest.keeping import money
from trade_assurance.rest.keeping import uploads as unkept  # runs without a kept answer, under no key

MOST_LINES = 500


class OfferLineWriteSerializer(Strict):
    """What one disputed line gets."""

    line, amount = Whole(min_value=1, max_value=2**31 - 1), Amount()


class OfferPreviewSerializer(Strict):
    """An amount in all, or also line by line: then the lines add up to it."""

    amount = Amount()
    lines = OfferLineWriteSerializer(many=True, required=False, allow_empty=False, max_length=MOST_LINES)
    replacement = serializers.CharField(
        max_length=REPLACEMENT_MAX, allow_blank=True, default="", help_text="What the supplier ships again"
    )


class OfferWriteSerializer(OfferPreviewSerializer):
    """An offer: what the claimant gets, and what happens with the goods."""

    with_return = serializers.BooleanField(default=False, help_text="The goods go back first")
    freight_by = serializers.ChoiceField(choices=Order.Side.choices, allow_blank=True, default="")
    replace_by_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=NOTE_MAX, allow_blank=True, default="")


class LimitSerializer(Strict):
    """Your true limit: the least that you take as claimant, the most that you give else."""

    amount = Amount()


class OfferView(CaseThings):
    """Offers of a case."""

    serializer_class = OfferSerializer

    def _amounts(self, dispute: Dispute, given: dict) -> tuple[int, dict[int, int] | None, dict[int, int]]:
        """The amount, its parts by line id, and the ids by number."""
        amount = minor(given.pop("amount"), dispute.currency, "amount")
        rows = given.pop("lines", None)
        ids = dict(dispute.disputed_lines.values_list("line__number", "line_id"))
        if rows is None:
            return amount, None, ids
        numbers = [row["line"] for row in rows]
        if len(set(numbers)) < len(numbers) or not set(numbers) <= ids.keys():
            raise serializers.ValidationError({"lines": [_("Name each line of this claim once.")]})
        return amount, {ids[row["line"]]: minor(row["amount"], dispute.currency, "lines") for row in rows}, ids

    def _shown(self, dispute: Dispute, offers) -> list:
        side = dispute.order.side_of(self.request.user)
        context = self.get_serializer_context() | {"side": side, "now": timezone.now()}
        return OfferSerializer(own(offers, dispute), many=True, context=context).data

    @extend_schema(responses=OfferSerializer(many=True))
    @action(methods=["get"], detail=True)
    def offers(self, request, reference):
        """The offers, the newest first; each on the table with what it would move."""
        dispute = self.find()
        return Response(self._shown(dispute, dispute.offers.prefetch_related("lines__line").order_by("-number")))

    @extend_schema(request=OfferWriteSerializer, responses={201: OfferSerializer}, examples=sends("offer"))
    @offers.mapping.post
    @money
    def make(self, request, reference):
        """Make an offer; it replaces your own and counters the other side's."""
        dispute, given = self.to_change(), self.read(OfferWriteSerializer)
        amount, parts, ids = self._amounts(dispute, given)
        try:
            made = actions.make_offer(
                dispute_id=dispute.id,
                key=uuid.uuid4(),
                amount_minor=amount,
                lines=parts,
                by=request.user,
                now=timezone.now(),
                **given,
            )
        except Refused as error:
            raise at_lines(error, ids) from None
        return Response(self._shown(self.find(), [Offer.objects.get(pk=made.pk)])[0], status=201)

    @extend_schema(
        operation_id="disputes_offers_preview",
        request=OfferPreviewSerializer,
        responses={200: CaseMovesSerializer},
        examples=sends("offer_preview"),
    )
    @action(methods=["post"], detail=True, url_path="offers/preview")
    def preview(self, request, reference):
        """What an offer would move; nothing is written."""
        dispute, given = self.find(), self.read(OfferPreviewSerializer)
        amount, parts, _ids = self._amounts(dispute, given)
        if parts and sum(parts.values()) != amount:
            raise serializers.ValidationError({"amount": [_("The lines do not add up to it.")]})
        if amount > dispute.left_minor or not dispute.is_open:
            raise Refused(_("No more can be agreed than is claimed, covered and open."), field="amount")
        if dispute.claimant == Order.Side.SUPPLIER:
            amounts = {None: amount}
        else:
            amounts = parts or actions.spread(dispute, amount)
        moves = actions.preview(dispute, amounts, replaces=bool(given["replacement"].strip()))
        return Response(moves_of(moves, dispute.currency))

    def _answer(self, call, number: str) -> Response:
        offer = get_object_or_404(self.find().offers, number=number)
        return self.take(call, number=offer.number)

    @extend_schema(request=None, responses={200: DisputeDetailSerializer})
    @action(methods=["post"], detail=True, url_path="offers/(?P<number>[0-9]{1,4})/accept")
    @money
    def accept(self, request, reference, number):
        """Accept an offer: it settles the case and is carried out at once, as its `moves` say."""
        return self._answer(actions.accept_offer, number)

    @extend_schema(request=None, responses={200: DisputeDetailSerializer})
    @action(methods=["post"], detail=True, url_path="offers/(?P<number>[0-9]{1,4})/reject")
    @money
    def reject(self, request, reference, number):
        """Refuse an offer."""
        return self._answer(actions.reject_offer, number)

    @extend_schema(request=None, responses={200: DisputeDetailSerializer})
    @action(methods=["post"], detail=True, url_path="offers/(?P<number>[0-9]{1,4})/withdraw")
    @money
    def withdraw(self, request, reference, number):
        """Take your own offer off the table."""
        return self._answer(actions.withdraw_offer, number)

    @extend_schema(request=LimitSerializer, responses={200: DisputeDetailSerializer}, examples=sends("limit"))
    @action(methods=["post"], detail=True)
    @unkept
    @sensitive_variables()
    def limit(self, request, reference):
        """Seal your limit, once. Nobody can read it; when both are sealed and overlap, the midpoint is offered.

        Nothing of this request is kept, not even a hash: sent twice, the second is told that it is done.
        """
        dispute = self.find()
        try:
            amount = minor(self.read(LimitSerializer)["amount"], dispute.currency, "amount")
        except serializers.ValidationError:
            said = _("This can't be read as an amount: send a text such as “1234.50”, and nothing else.")
            raise serializers.ValidationError({"amount": [said]}) from None
        actions.seal_limit(dispute_id=dispute.id, amount_minor=amount, by=request.user, now=timezone.now())
        return self.show(dispute.reference)
