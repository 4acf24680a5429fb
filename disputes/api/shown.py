"""How a case and what belongs to it are shown."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from disputes import wording
from disputes.models import Appeal, Claim, Dispute, Evidence, Inspection, Offer, Performance
from disputes.retelling import working_told
from disputes.steps import moves_for
from disputes.steps.talking import OFFERS_IN
from disputes.views.case import shown
from disputes.views.decision import decision_of
from orders.api.shown import StepSerializer
from orders.models import Order
from trade_assurance.rest.fields import Amount, Sparse


class PartSerializer(serializers.Serializer):
    """What one line of the contract gets."""

    line = serializers.IntegerField(source="line.number")
    amount = Amount(source="amount_minor", currency="offer.dispute.currency")


class WorkSerializer(serializers.Serializer):
    """One step of a computation, in words, and its amount in minor units."""

    words, minor = serializers.CharField(), serializers.IntegerField(allow_null=True)


class ClaimSerializer(serializers.ModelSerializer):
    """What is claimed of one line for one reason, with how the amount was computed. A cost has no line."""

    line = serializers.IntegerField(source="line.number", allow_null=True, read_only=True)
    computed = Amount(source="computed_minor", currency="dispute.currency")
    asked = Amount(source="asked_minor", currency="dispute.currency")
    covered = Amount(source="cap_minor", currency="dispute.currency")
    working = serializers.SerializerMethodField()

    class Meta:
        model = Claim
        fields = ["line", "reason", "wish", "agreed", "came", "quantity", "computed", "asked", "covered", "working"]
        read_only_fields = fields

    @extend_schema_field(WorkSerializer(many=True))
    def get_working(self, claim):
        return working_of(claim.working)


def working_of(steps) -> list[dict]:
    """The steps of a computation as they are shown."""
    return [{"words": words, "minor": amount} for words, amount in working_told(steps)]


class CaseMovesSerializer(serializers.Serializer):
    """What moves if this is agreed: the same figures for both sides, to the cent."""

    award = Amount(source="award_minor", help_text="To the claimant")
    fee_back = Amount(source="fee_back_minor", help_text="Of the processing fee, from us")
    buyer_gets = Amount(source="buyer_gets_minor")
    supplier_keeps = Amount(source="supplier_keeps_minor", help_text="Of what cleared, after it")
    service_fee = Amount(source="service_fee_minor", help_text="Taken of what the supplier gets")
    freed = Amount(source="freed_minor", help_text="Held now, and no more")
    reserve = Amount(source="reserve_minor", help_text="Of that, kept until protection ends")
    released = Amount(source="released_minor", help_text="Of that, to the supplier at once")


def moves_of(preview, currency: str) -> dict:
    """A preview's figures with their currency, for `CaseMovesSerializer`."""
    names = [field.source for field in CaseMovesSerializer().fields.values()]
    found = {name: getattr(preview, name) for name in names} | {"currency": currency}
    return CaseMovesSerializer(found).data


class OfferSerializer(serializers.ModelSerializer):
    """An offer; `side` is null for the midpoint of both limits. `moves` is there while it is on the table."""

    side = serializers.SerializerMethodField()
    amount = Amount(source="amount_minor", currency="dispute.currency", help_text="The claimant gets")
    lines = PartSerializer(many=True, read_only=True)
    status, answerable = serializers.SerializerMethodField(), serializers.SerializerMethodField()
    moves = serializers.SerializerMethodField()

    class Meta:
        model = Offer
        fields = [
            "number",
            "side",
            "status",
            "answerable",
            "amount",
            "lines",
            "with_return",
            "freight_by",
            "replacement",
            "replace_by_at",
            "note",
            "made_at",
            "expires_at",
            "ended_at",
            "buyer_accepted_at",
            "supplier_accepted_at",
            "moves",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Order.Side.choices, allow_null=True))
    def get_side(self, offer) -> str | None:
        return offer.side or None

    def _on_table(self, offer) -> bool:
        return offer.status == Offer.Status.LIVE and offer.expires_at > self.context["now"]

    @extend_schema_field(serializers.ChoiceField(choices=Offer.Status.choices))
    def get_status(self, offer) -> str:
        live = offer.status == Offer.Status.LIVE
        return Offer.Status.EXPIRED if live and not self._on_table(offer) else offer.status

    @extend_schema_field(serializers.BooleanField(help_text="Whether your side may accept or refuse it now"))
    def get_answerable(self, offer) -> bool:
        seen = shown(offer.dispute, offer, self.context["side"], self.context["now"])
        return seen.answerable and offer.dispute.status in OFFERS_IN

    @extend_schema_field(CaseMovesSerializer(allow_null=True))
    def get_moves(self, offer):
        if not self._on_table(offer) or offer.dispute.status not in OFFERS_IN:
            return None
        seen = shown(offer.dispute, offer, self.context["side"], self.context["now"], with_preview=True)
        return moves_of(seen.preview, offer.dispute.currency)


class CaseComingSerializer(serializers.Serializer):
    """What happens by itself at `at` if nobody acts before."""

    at, what = serializers.DateTimeField(), serializers.CharField()


class GoodsSerializer(serializers.ModelSerializer):
    """A return or replacement that the case waits for, or waited for."""

    amount = Amount(source="amount_minor", currency="dispute.currency")
    sender = serializers.CharField(read_only=True)

    class Meta:
        model = Performance
        fields = [
            "kind",
            "sender",
            "wanted",
            "amount",
            "freight_by",
            "send_by_at",
            "carrier",
            "tracking_number",
            "sent_at",
            "delivered_at",
            "check_by_at",
            "contested_because",
            "ended_at",
        ]
        read_only_fields = fields


class InspectionSerializer(serializers.ModelSerializer):
    """An inspection on contested facts."""

    inspector = serializers.CharField(source="inspector.name", allow_null=True, read_only=True)
    fee = Amount(source="fee_minor", currency="dispute.currency")

    class Meta:
        model = Inspection
        fields = ["question", "ordered_at", "inspector", "chosen_at", "fee", "reported_at", "findings", "upheld_bp"]
        read_only_fields = fields


class AppealSerializer(serializers.ModelSerializer):
    """A side's appeal."""

    class Meta:
        model = Appeal
        fields = ["side", "ground", "rule", "reasons", "filed_at"]
        read_only_fields = fields


class FindingSerializer(serializers.Serializer):
    """One claim as decided."""

    line = serializers.IntegerField(source="decided.claim.line.number", allow_null=True)
    reason = serializers.CharField(source="decided.claim.reason")
    outcome = serializers.CharField(source="decided.outcome")
    amount = Amount(source="decided.amount_minor", currency="decided.decision.dispute.currency")
    reasons = serializers.CharField()


class DecisionSerializer(serializers.Serializer):
    """The newest published decision."""

    number = serializers.IntegerField(source="decision.number")
    is_on_appeal = serializers.BooleanField(source="decision.is_on_appeal")
    published_at = serializers.DateTimeField(source="decision.published_at")
    award = Amount(source="decision.award_minor", currency="decision.dispute.currency")
    with_return = serializers.BooleanField(source="decision.with_return")
    replace_by_at = serializers.DateTimeField(source="decision.replace_by_at", allow_null=True)
    facts, reasons = serializers.CharField(), serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())
    findings = FindingSerializer(many=True)
    fingerprint = serializers.CharField(source="decision.digest", help_text="SHA-256 of its canonical JSON")


class EvidenceSerializer(Sparse, serializers.ModelSerializer):
    """A file of the case, kept byte for byte."""

    class Meta:
        model = Evidence
        fields = ["number", "side", "name", "note", "content_type", "size", "sha256", "is_rebuttal", "added_at"]
        read_only_fields = fields


class DisputeSerializer(Sparse, serializers.ModelSerializer):
    """One case. Amounts are decimal texts in `currency`; instants are UTC."""

    order = serializers.CharField(source="order.reference", read_only=True)
    side = serializers.SerializerMethodField()
    claimed, covered = Amount(source="claimed_minor"), Amount(source="cap_minor")
    awarded = Amount(source="awarded_minor")
    answer_by_at = serializers.DateTimeField(source="answer_due_at", read_only=True)
    is_frozen = serializers.BooleanField(read_only=True)

    class Meta:
        model = Dispute
        fields = [
            "reference",
            "order",
            "status",
            "outcome",
            "side",
            "claimant",
            "currency",
            "claimed",
            "covered",
            "awarded",
            "filed_at",
            "answer_by_at",
            "answered_at",
            "award_at",
            "escalate_from_at",
            "escalate_at",
            "escalated_at",
            "evidence_ends_at",
            "rebuttal_ends_at",
            "inspection_ends_at",
            "decide_by_at",
            "decided_at",
            "appeal_ends_at",
            "performance_due_at",
            "is_frozen",
            "closed_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Order.Side.choices))
    def get_side(self, dispute) -> str:
        return "buyer" if dispute.order.buyer_id == self.context["request"].user.id else "supplier"


class DisputeDetailSerializer(DisputeSerializer):
    """One case with its claims, offers, goods, decision, every step of the caller's side, and what comes."""

    claims, offers = serializers.SerializerMethodField(), serializers.SerializerMethodField()
    goods, appeals = serializers.SerializerMethodField(), serializers.SerializerMethodField()
    inspection, decision = serializers.SerializerMethodField(), serializers.SerializerMethodField()
    steps, coming = serializers.SerializerMethodField(), serializers.SerializerMethodField()

    class Meta(DisputeSerializer.Meta):
        fields = [
            *DisputeSerializer.Meta.fields,
            "buyer_sealed_at",
            "supplier_sealed_at",
            "buyer_extended_at",
            "supplier_extended_at",
            "buyer_waived_at",
            "supplier_waived_at",
            "claims",
            "offers",
            "goods",
            "inspection",
            "decision",
            "appeals",
            "steps",
            "coming",
        ]
        read_only_fields = fields

    @extend_schema_field(ClaimSerializer(many=True))
    def get_claims(self, dispute):
        rows = dispute.claims.select_related("line").order_by("line__number", "id")
        return ClaimSerializer(own(rows, dispute), many=True).data

    @extend_schema_field(OfferSerializer(many=True))
    def get_offers(self, dispute):
        return OfferSerializer(own(dispute.shown_offers, dispute), many=True, context=self.context).data

    @extend_schema_field(GoodsSerializer(many=True))
    def get_goods(self, dispute):
        return GoodsSerializer(own(dispute.performances.order_by("id"), dispute), many=True).data

    @extend_schema_field(InspectionSerializer(allow_null=True))
    def get_inspection(self, dispute):
        found = getattr(dispute, "inspection", None)
        return found and InspectionSerializer(found).data

    @extend_schema_field(DecisionSerializer(allow_null=True))
    def get_decision(self, dispute):
        found = decision_of(dispute, self.context["side"]).get("decision") if dispute.decided_at else None
        return found and DecisionSerializer(found).data

    @extend_schema_field(AppealSerializer(many=True))
    def get_appeals(self, dispute):
        return AppealSerializer(dispute.appeals.order_by("id") if dispute.decided_at else [], many=True).data

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, dispute):
        found = moves_for(dispute, self.context["request"].user, self.context["now"])
        return StepSerializer(found, many=True).data

    @extend_schema_field(CaseComingSerializer(many=True))
    def get_coming(self, dispute):
        found = wording.inaction(dispute, self.context["now"], self.context["side"])
        return CaseComingSerializer(found, many=True).data


def own(rows, dispute: Dispute) -> list:
    """Rows of a case that know it, and so its order, without asking again."""
    found = list(rows)
    for row in found:
        row.dispute = dispute
    return found
