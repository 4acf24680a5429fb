"""Claims over REST: what can be claimed, what it comes to, filing it; what was noticed, and a supplier's cost."""

import uuid
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from disputes import actions, grounds, noticed
from disputes.actions.claiming import awarded_by_time
from disputes.api.base import CaseThings
from disputes.api.examples import sends
from disputes.api.shown import DisputeDetailSerializer, WorkSerializer, working_of
from disputes.assessing import TEXT_MAX, wishes
from disputes.forms.claim import FIGURES, KEEPS
from disputes.models import Claim
from orders.api.base import OrderThings
from orders.models import Order
from orders.steps import demand
from trade_assurance.money import to_decimal
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rest.fields import Amount, Strict, Whole, minor
from trade_assurance.rest.keeping import money

REASONS = [(reason.value, reason.label) for reason in grounds.BUYERS]
COUNTS = ("quantity", "received", "inspected", "critical", "major", "minor", "damaged")
MOST_UNITS, MOST_ITEMS = 10**12, 800


class GroundSerializer(serializers.Serializer):
    """Whether a line can be claimed for a reason now; else why not, and from when if time alone is missing."""

    line = serializers.IntegerField(source="line.number")
    reason = serializers.ChoiceField(choices=REASONS)
    allowed, why = serializers.BooleanField(), serializers.CharField()
    from_at = serializers.DateTimeField(allow_null=True)
    most = serializers.IntegerField(help_text="Units that can be claimed")
    wishes = serializers.SerializerMethodField()

    def get_wishes(self, ground) -> list[str]:
        return [str(wish) for wish in wishes(ground.reason)]


class FiguresSerializer(Strict):
    """What the amount is computed from, in whole units; which of them, the reason says."""

    quantity = Whole(min_value=0, max_value=MOST_UNITS, required=False, help_text="Not shipped, not received, wrong")
    received = Whole(min_value=0, max_value=MOST_UNITS, required=False, help_text="For a shortage")
    inspected = Whole(min_value=0, max_value=MOST_UNITS, required=False, help_text="For quality and packaging")
    critical = Whole(min_value=0, max_value=MOST_UNITS, required=False)
    major = Whole(min_value=0, max_value=MOST_UNITS, required=False)
    minor = Whole(min_value=0, max_value=MOST_UNITS, required=False)
    damaged = Whole(min_value=0, max_value=MOST_UNITS, required=False, help_text="For packaging")
    keep_bp = Whole(min_value=0, max_value=10_000, required=False, help_text="Off the price, to keep severe goods")


class ItemSerializer(Strict):
    """One line, one reason, what was agreed and what came, and what the buyer wants for it."""

    line = Whole(min_value=1, max_value=2**31 - 1)
    reason = serializers.ChoiceField(choices=REASONS)
    wish = serializers.ChoiceField(choices=Claim.Wish.choices)
    agreed, came = serializers.CharField(max_length=TEXT_MAX), serializers.CharField(max_length=TEXT_MAX)
    figures = FiguresSerializer(required=False)
    asked = Amount(required=False, help_text="Less than what is computed, if you want less")

    def validate(self, given):
        known = {*FIGURES.get(given["reason"], ()), *(["keep_bp"] if given["reason"] in KEEPS else [])}
        if unknown := sorted(set(given.get("figures", ())) - known):
            raise serializers.ValidationError({"figures": {name: [_("Not for this reason.")] for name in unknown}})
        return given


class AssessSerializer(Strict):
    """A claim as it would be filed."""

    items = ItemSerializer(many=True, allow_empty=False, max_length=MOST_ITEMS)


class FileClaimSerializer(AssessSerializer):
    """A claim, with the amounts that you were shown for it."""

    claimed, covered = Amount(), Amount()


class NoticedSerializer(Strict):
    """Breaches by their `key`, or `code` for every line, with what they come to."""

    breaches = serializers.ListField(child=serializers.CharField(max_length=80), allow_empty=False, max_length=500)
    claimed = Amount()


class CostSerializer(Strict):
    """A supplier's documented cost."""

    amount, statement = Amount(), serializers.CharField(max_length=TEXT_MAX)


class AssessedSerializer(serializers.Serializer):
    """One item with its amount and how it was computed."""

    line, reason = serializers.IntegerField(), serializers.CharField()
    computed, asked, covered = serializers.CharField(), serializers.CharField(), serializers.CharField()
    working = WorkSerializer(many=True)


class AssessmentSerializer(serializers.Serializer):
    """What a claim comes to; `covered` is the most that can be awarded."""

    currency = serializers.CharField()
    claimed, covered = serializers.CharField(), serializers.CharField()
    items = AssessedSerializer(many=True)
    answer_by_at, escalate_at = serializers.DateTimeField(), serializers.DateTimeField()
    award_at = serializers.DateTimeField(allow_null=True, help_text="When it is awarded by itself")


class ClaimView(OrderThings):
    """Claims on an order."""

    tag = "Disputes"

    def _case(self, dispute, status: int = 201) -> Response:
        view = CaseThings(request=self.request, kwargs={}, format_kwarg=None)
        return view.show(dispute.reference, status)

    def _items(self, order, given: dict) -> list:
        numbers = [row["line"] for row in given["items"]]
        ids = self.line_ids(order, numbers)
        return [
            actions.Item(
                line_id=ids[row["line"]],
                reason=row["reason"],
                wish=row["wish"],
                agreed=row["agreed"],
                came=row["came"],
                facts=dict(row.get("figures", {})),
                asked_minor=minor(row["asked"], order.currency, "asked") if "asked" in row else None,
            )
            for row in given["items"]
        ]

    def _assess(self, order, items, now):
        try:
            return actions.assess(order=order, items=items, now=now)
        except Refused as error:
            raise at_items(error) from None

    @extend_schema(responses=GroundSerializer(many=True))
    @action(methods=["get"], detail=True, url_path="claims/grounds")
    def grounds(self, request, reference):
        """What can be claimed, by line and reason, or why not (buyer)."""
        order = self.find()
        if order.side_of(request.user) != Order.Side.BUYER:
            raise NotAllowed(_("This is the buyer's to claim. What a supplier can claim, the order's steps say."))
        found = grounds.grounds(order, timezone.now())
        return Response(GroundSerializer(found, many=True).data)

    @extend_schema(request=AssessSerializer, responses={200: AssessmentSerializer}, examples=sends("assess"))
    @action(methods=["post"], detail=True, url_path="claims/assessment")
    def assessment(self, request, reference):
        """What a claim would come to, with its working (buyer); nothing is written."""
        order, given, now = self.find(), self.read(AssessSerializer), timezone.now()
        demand("claim", order, by=request.user, now=now)
        found = self._assess(order, self._items(order, given), now)
        numbers = {line.id: line.number for line in order.lines.all()}

        def text(amount: int) -> str:
            return f"{to_decimal(amount, order.currency):f}"

        parts = [
            {
                "line": numbers[part.line.id],
                "reason": part.item.reason,
                "computed": text(part.remedy.minor),
                "asked": text(part.asked_minor),
                "covered": text(part.cap_minor),
                "working": working_of(part.remedy.working),
            }
            for part in found.parts
        ]
        award_at, _awards_silence = awarded_by_time(order, [part.item.reason for part in found.parts], now)
        return Response(
            {
                "currency": order.currency,
                "claimed": text(found.claimed_minor),
                "covered": text(found.cap_minor),
                "items": parts,
                "answer_by_at": now + timedelta(hours=order.rulebook.dispute_answer_hours),
                "escalate_at": now + timedelta(days=order.rulebook.dispute_settle_days),
                "award_at": award_at,
            }
        )

    @extend_schema(request=FileClaimSerializer, responses={201: DisputeDetailSerializer}, examples=sends("claim"))
    @action(methods=["post"], detail=True)
    @money
    def claims(self, request, reference):
        """File a claim (buyer): its covered amount is held, and the supplier has to answer."""
        order, given, now = self.to_change(), self.read(FileClaimSerializer), timezone.now()
        demand("claim", order, by=request.user, now=now)
        items = self._items(order, given)
        found = self._assess(order, items, now)
        seen = [minor(given[name], order.currency, name) for name in ("claimed", "covered")]
        if seen != [found.claimed_minor, found.cap_minor]:
            raise MovedOn(_("The amount is another now. Look at the assessment, then file the claim."))
        try:
            made = actions.file_claim(order_id=order.id, key=uuid.uuid4(), items=items, by=request.user, now=now)
        except Refused as error:
            raise at_items(error) from None
        return self._case(made)

    @extend_schema(request=NoticedSerializer, responses={201: DisputeDetailSerializer}, examples=sends("noticed"))
    @action(methods=["post"], detail=True, url_path="claims/noticed")
    @money
    def noticed(self, request, reference):
        """File what `breaches/` shows, as it stands: its words, figures and amount are filled in (buyer)."""
        order, given, now = self.to_change(), self.read(NoticedSerializer), timezone.now()
        demand("claim", order, by=request.user, now=now)
        broken = noticed.chosen(order, given["breaches"], now)
        if not broken:
            raise MovedOn(_("None of these breaches stands now, or can be claimed. Read them again."))
        if minor(given["claimed"], order.currency, "claimed") != sum(each.amount_minor for each in broken):
            raise MovedOn(_("The amount is another now. Read the breaches again, then file the claim."))
        items = noticed.items(order, broken)
        return self._case(
            actions.file_claim(order_id=order.id, key=uuid.uuid4(), items=items, by=request.user, now=now)
        )

    @extend_schema(request=CostSerializer, responses={201: DisputeDetailSerializer}, examples=sends("cost"))
    @action(methods=["post"], detail=True, url_path="claims/cost")
    @money
    def cost(self, request, reference):
        """Cancel an order whose payment is overdue and claim its documented cost (supplier)."""
        order, given = self.to_change(), self.read(CostSerializer)
        made = actions.claim_cost(
            order_id=order.id,
            key=uuid.uuid4(),
            amount_minor=minor(given["amount"], order.currency, "amount"),
            statement=given["statement"],
            by=request.user,
            now=timezone.now(),
        )
        return self._case(made)


def at_items(error: Refused) -> Refused:
    """The same refusal at the field as it was sent: "0.inspected" is `items.0.figures.inspected`."""
    place, _dot, name = (error.field or "").partition(".")
    if place.isdecimal():
        error.field = f"items.{place}.{'figures.' if name in (*COUNTS, 'keep_bp') else ''}{name}"
    return error
