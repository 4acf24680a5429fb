"""Who paid, over REST: money in another name waits until the buyer says whose it is (Rulebook 6)."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from orders.api.examples import sends
from payments import actions
from payments.api.paying import BuyersThings
from payments.models import PayerQuestion
from trade_assurance.rest.fields import Amount, Strict
from trade_assurance.rest.keeping import money

QUESTION = "payer-questions/(?P<question_id>[0-9]{1,18})"


class QuestionSerializer(serializers.ModelSerializer):
    """A transfer for your order in a name that is not yours; it waits, and goes back to its sender at `return_at`.

    `name` and `relation` are what you said; the bank's word is not shown, since only who knows the payer can name it.
    """

    instalment = serializers.IntegerField(source="instalment.number", read_only=True)
    currency = serializers.CharField(source="entry.currency", read_only=True)
    amount = Amount(source="entry.amount_minor", currency="entry.currency")
    arrived_at = serializers.DateTimeField(source="entry.arrived_at", read_only=True)
    return_at = serializers.DateTimeField(source="entry.return_at", allow_null=True, read_only=True)
    is_asked = serializers.BooleanField(read_only=True, help_text="Whether you can answer now")

    class Meta:
        model = PayerQuestion
        fields = [
            "id",
            "instalment",
            "currency",
            "amount",
            "arrived_at",
            "return_at",
            "state",
            "is_asked",
            "asked_at",
            "name",
            "relation",
            "named_at",
            "ended_at",
        ]
        read_only_fields = fields


class PayerSerializer(Strict):
    """Who sent the money, as their bank writes it, and why they pay for you."""

    name, relation = serializers.CharField(max_length=200), serializers.CharField(max_length=300)


class PayerView(BuyersThings):
    """Questions about who paid, for the order's buyer."""

    def _rows(self):
        rows = PayerQuestion.objects.filter(order=self.mine())
        return rows.select_related("order", "entry", "instalment").order_by("id")

    def _answer(self, call, question_id: str, **said) -> Response:
        question = get_object_or_404(self._rows(), pk=question_id)
        self.to_change()
        call(question_id=question.pk, by=self.request.user, now=timezone.now(), **said)
        return Response(QuestionSerializer(self._rows().get(pk=question.pk)).data)

    @extend_schema(responses=QuestionSerializer(many=True))
    @action(methods=["get"], detail=True, url_path="payer-questions")
    def questions(self, request, reference):
        """Transfers for the order in another name than yours, and what became of each (buyer)."""
        return Response(QuestionSerializer(self._rows(), many=True).data)

    @extend_schema(request=PayerSerializer, responses={200: QuestionSerializer}, examples=sends("payer"))
    @action(methods=["post"], detail=True, url_path=f"{QUESTION}/payer")
    @money
    def name_payer(self, request, reference, question_id):
        """Name who sent the money (buyer); it counts once finance has compared that with the bank's word."""
        self.mine()
        return self._answer(actions.name_payer, question_id, **self.read(PayerSerializer))

    @extend_schema(request=None, responses={200: QuestionSerializer})
    @action(methods=["post"], detail=True, url_path=f"{QUESTION}/disowning")
    @money
    def disown(self, request, reference, question_id):
        """Say that the money is somebody else's (buyer); it goes back to its sender."""
        return self._answer(actions.disown_payer, question_id)
