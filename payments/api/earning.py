"""What a supplier is paid, over REST: its statement, its payouts and where its money stands."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from orders import desk
from payments import supplier_statement
from payments.models import Payout
from payments.supplier_statement import Month, Statement
from suppliers.models import Member, Supplier
from trade_assurance import money
from trade_assurance.rest.fields import Amount, Sparse
from trade_assurance.rest.paging import Keyset
from trade_assurance.rest.problems import Problem
from trade_assurance.rest.views import PARAMETERS, ApiViewSet

SIGNED = "A decimal text; below zero, more was paid for you than you are owed"
CURRENCY = OpenApiParameter("currency", str, enum=money.CURRENCIES, description="The first that you were paid in, else")
MONTH = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}


class MovementSerializer(serializers.Serializer):
    """One movement of the statement; amounts are what it adds, `balance` what it comes to."""

    at, words, order = serializers.DateTimeField(), serializers.CharField(), serializers.CharField()
    owed = serializers.CharField(help_text="To you")
    owes = serializers.CharField(help_text="By you")
    balance = serializers.CharField(help_text=SIGNED)


class SumSerializer(serializers.Serializer):
    """One sum of the summary."""

    words, amount = serializers.CharField(), serializers.CharField(help_text=SIGNED)


class MonthSerializer(serializers.Serializer):
    """A month of the statement in one currency, as the books have it; oldest first."""

    currency, month = serializers.CharField(), serializers.CharField()
    summary = SumSerializer(many=True)
    results = MovementSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class BalanceSerializer(serializers.Serializer):
    """Where the supplier's money of one currency stands."""

    currency = serializers.CharField()
    to_send = Amount(source="to_send_minor", help_text="Released, and on its way to you next")
    owed_to_us = Amount(source="owed_to_us_minor")
    reserve = Amount(source="reserve_minor")
    held = Amount(source="held_minor")


class PayoutSerializer(Sparse, serializers.ModelSerializer):
    """What was sent to the supplier's account in one go."""

    amount = Amount(source="amount_minor")
    because = serializers.CharField(read_only=True, help_text="Why it waits or came back")
    reference = serializers.CharField(source="end_to_end", read_only=True, help_text="On your bank's statement")

    class Meta:
        model = Payout
        fields = ["id", "reference", "currency", "amount", "status", "because", "created_at", "ended_at"]
        read_only_fields = fields


class BooksThings(ApiViewSet):
    """For those who keep a supplier's books; for everybody else there is no such address."""

    tag = "Statements and payouts (supplier)"
    serializer_class = PayoutSerializer
    queryset = Payout.objects.none()
    pagination_class = Keyset
    filter_backends = ()
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]{1,80}"

    def company(self) -> Supplier:
        """The supplier of the address, whose books the caller keeps."""
        members = Member.objects.of(self.request.user).filter(supplier__slug=self.kwargs["slug"])
        member = members.first()
        if member is None or not member.keeps_books:
            raise Http404
        return member.supplier


class EarningView(BooksThings):
    """What a supplier is paid."""

    @extend_schema(responses=PayoutSerializer(many=True))
    @action(methods=["get"], detail=True)
    def payouts(self, request, slug):
        """Payouts, the newest first."""
        rows = Payout.objects.visible_to(request.user).filter(supplier=self.company())
        rows = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(responses=BalanceSerializer(many=True))
    @action(methods=["get"], detail=True)
    def balances(self, request, slug):
        """Where your money stands, by currency."""
        return Response(BalanceSerializer(desk.balances(self.company()), many=True).data)

    @extend_schema(
        responses={200: MonthSerializer},
        parameters=[
            CURRENCY,
            OpenApiParameter("month", MONTH, description="In UTC, such as 2026-09; this month without it."),
            *(
                OpenApiParameter(each.pop("name"), each.pop("schema"), description=each["description"])
                for each in Keyset().get_schema_operation_parameters(None)
            ),
        ],
    )
    @action(methods=["get"], detail=True)
    def statement(self, request, slug):
        """What was released, kept, refunded and paid in a month, with the balance after each movement."""
        supplier, asked, now = self.company(), request.query_params, timezone.now()
        if unknown := sorted(set(asked) - PARAMETERS - {"currency", "month"}):
            raise Problem("malformed", f"There is no parameter “{unknown[0][:40]}” here.")
        held = supplier_statement.currencies(supplier)
        currency = asked.get("currency", held[0])
        if currency not in money.CURRENCIES:
            raise Problem("malformed", f"`currency` is one of {', '.join(money.CURRENCIES)}.")
        month = Month.read(asked.get("month", ""), now)
        if "month" in asked and str(month) != asked["month"]:
            raise Problem("malformed", "`month` is a month such as 2026-09.")
        shown, self.keyset = Statement(supplier, currency, month), ("at", "id")
        rows = self.paginate_queryset(shown.movements())
        before = shown.before(rows[0].at, rows[0].pk) if rows else 0

        def text(minor: int) -> str:
            return f"{money.to_decimal(minor, currency):f}"

        found = [
            {
                "at": row.at,
                "words": row.words,
                "order": row.order_reference,
                "owed": text(row.owed_minor),
                "owes": text(row.owes_minor),
                "balance": text(row.balance_minor),
            }
            for row in shown.rows(rows, before)
        ]
        page = self.get_paginated_response(MovementSerializer(found, many=True).data).data
        summary = [{"words": one["words"], "amount": text(one["minor"])} for one in shown.summary()]
        return Response({"currency": currency, "month": str(month), "summary": summary, **page})
