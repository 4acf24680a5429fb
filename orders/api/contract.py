"""The contract over REST: drafts, versions, what differs, what the linter finds, signing."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from orders import actions, contract_pdf
from orders.actions.agreeing import CoverChanged, coverable
from orders.api.base import REFERENCE, OrderThings
from orders.api.document import ContractField
from orders.api.examples import sends
from orders.api.shown import OrderDetailSerializer
from orders.models import ContractVersion, Order, ReferenceRate
from orders.terms import Terms, differences, problems
from orders.views.checking import check_of
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.rest.fields import Amount, Sparse, Strict, minor
from trade_assurance.rest.keeping import money as moves_money
from trade_assurance.rest.problems import Problem
from trade_assurance.rest.views import ApiViewSet
from trade_assurance.rulebook import CURRENT


class VersionSerializer(Sparse, serializers.ModelSerializer):
    """One version of the contract. `fingerprint` is the SHA-256 of the document's canonical JSON (RFC 8785).

    `cover` is what can be covered after release now, before acceptance; accept with this figure.
    """

    contract = serializers.SerializerMethodField()
    total, cover = serializers.SerializerMethodField(), serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()

    class Meta:
        model = ContractVersion
        fields = [
            "number",
            "state",
            "drafted_by",
            "is_amendment",
            "because",
            "fingerprint",
            "total",
            "cover",
            "sent_at",
            "buyer_accepted_at",
            "supplier_accepted_at",
            "lapses_at",
            "closed_at",
            "closed_because",
            "contract",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=["draft", "sent", "signed", "closed"]))
    def get_state(self, version) -> str:
        if version.sent_at is None:
            return "draft"
        return "signed" if version.accepted_by_both else "closed" if version.closed_at else "sent"

    @extend_schema_field({"type": "object", "description": "By /schemas/contract-1.json"})
    def get_contract(self, version) -> dict:
        return version.document

    def get_total(self, version) -> str:
        return str(money.to_decimal(version.terms.total_minor, version.terms.currency))

    def get_cover(self, version) -> str | None:
        order, terms = self.context["order"], version.terms
        if order.status != Order.Status.DRAFT:
            return None
        rate = ReferenceRate.objects.usd_per_unit(terms.currency, timezone.now().date())
        return str(money.to_decimal(coverable(order, terms, rate), terms.currency)) if rate else None


class DraftSerializer(Strict):
    """A contract's document; `attachments`, `parties` and `rulebook` are filled in by us."""

    contract = ContractField()


class NewOrderSerializer(DraftSerializer):
    """A buyer's own draft for a supplier."""

    supplier = serializers.SlugField(max_length=80)


class BeginSerializer(Strict):
    """A supplier's contract for a buyer that it has an earlier order with."""

    like = serializers.RegexField(f"^{REFERENCE}$", help_text="The reference of an earlier order of the same buyer")
    title = serializers.CharField(max_length=120)


class AcceptSerializer(Strict):
    """What was read: the version, its fingerprint, and the cover that was shown."""

    version = serializers.IntegerField(min_value=1, max_value=10_000)
    fingerprint = serializers.RegexField("^[0-9a-f]{64}$")
    cover = Amount(help_text="If less can be covered by now, nothing is accepted and the problem says how much")


class CheckSerializer(serializers.Serializer):
    """What the linter finds. `problems` keep a draft from being sent, `findings` do not."""

    problems = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    points = serializers.IntegerField(allow_null=True, help_text="Of protection, 0 to 100")
    findings = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    unprotected = serializers.ListField(child=serializers.CharField())
    total = serializers.CharField()


class ChangeSerializer(serializers.Serializer):
    """One difference between two versions, in words."""

    label, before, after = serializers.CharField(), serializers.CharField(), serializers.CharField()


def checked(terms: Terms, supplier: Supplier, rules) -> dict:
    """Everything that the site says of a draft while it is written."""
    now = timezone.now()
    rate = ReferenceRate.objects.usd_per_unit(terms.currency, now.date())
    wrong: dict[str, list[str]] = {}
    for each in problems(terms, rules=rules, usd_per_unit=rate, now=now):
        wrong.setdefault(each.path, []).append(each.sentence)
    check = check_of(terms, supplier, now=now, rules=rules)
    return {
        "problems": wrong,
        "points": check.score.points if check else None,
        "findings": [
            {name: getattr(each, name) for name in ("code", "path", "severity", "what", "why")}
            for each in (check.findings if check else ())
        ],
        "unprotected": list(check.unprotected) if check else [],
        "total": str(money.to_decimal(terms.total_minor, terms.currency)),
    }


class CheckView(ApiViewSet):
    """The linter for any draft, kept nowhere."""

    tag = "Contracts"
    serializer_class = CheckSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(request=NewOrderSerializer, responses={200: CheckSerializer}, examples=sends("check"))
    def create(self, request):
        """What would keep a draft from being sent, what is weak in it, and what is not protected as drafted."""
        given = self.read(NewOrderSerializer)
        supplier = get_object_or_404(Supplier, slug=given["supplier"])
        return Response(checked(given["contract"], supplier, CURRENT))


class ContractView(OrderThings):
    """Writing and signing the contract of an order."""

    tag = "Contracts"

    @extend_schema(request=NewOrderSerializer, responses={201: OrderDetailSerializer}, examples=sends("order"))
    @action(methods=["post"], detail=False, url_path="drafts")
    def start(self, request):
        """Start an order with your own draft (buyer). Nobody else sees it until you send it."""
        given = self.read(NewOrderSerializer)
        supplier = get_object_or_404(Supplier, slug=given["supplier"])
        order = actions.draft_contract(
            buyer=request.user,
            supplier_id=supplier.id,
            terms=given["contract"],
            key=uuid.uuid4(),
            now=timezone.now(),
        )
        return self.show(order, status=201)

    @extend_schema(request=BeginSerializer, responses={201: OrderDetailSerializer}, examples=sends("begin"))
    @action(methods=["post"], detail=False, url_path="begun")
    def begin(self, request):
        """Begin a contract for a buyer that has ordered from you before (supplier)."""
        given = self.read(BeginSerializer)
        self.kwargs["reference"] = given["like"]
        former = self.find()
        order = actions.begin_contract(
            supplier_id=former.supplier_id,
            buyer_id=former.buyer_id,
            title=given["title"],
            key=uuid.uuid4(),
            by=request.user,
            now=timezone.now(),
        )
        return self.show(order, status=201)

    def _own_draft(self, order: Order) -> ContractVersion:
        found = order.versions.working().filter(drafted_by=order.side_of(self.request.user)).first()
        if found is None:
            raise Http404
        return found

    def _version(self, order: Order, version: ContractVersion, status: int = 200) -> Response:
        context = self.get_serializer_context() | {"order": order}
        return Response(VersionSerializer(version, context=context).data, status=status)

    @extend_schema(responses=VersionSerializer)
    @action(methods=["get"], detail=True)
    def draft(self, request, reference):
        """Your working draft; 404 while you have none."""
        order = self.find()
        return self._version(order, self._own_draft(order))

    @extend_schema(request=DraftSerializer, responses={200: VersionSerializer}, examples=sends("draft"))
    @draft.mapping.put
    def save_draft(self, request, reference):
        """Keep your draft, the first version or an answer with changes; nobody else sees it until it is sent."""
        order = self.to_change()
        terms = self.read(DraftSerializer)["contract"]
        version = actions.save_draft(order_id=order.id, terms=terms, by=request.user, now=timezone.now())
        return self._version(order, version)

    @extend_schema(responses=CheckSerializer)
    @action(methods=["get"], detail=True, url_path="draft/check")
    def check_draft(self, request, reference):
        """What the linter finds in your draft."""
        order = self.find()
        return Response(checked(self._own_draft(order).terms, order.supplier, order.rulebook))

    @extend_schema(request=None, responses={200: VersionSerializer})
    @action(methods=["post"], detail=True, url_path="draft/send")
    @moves_money
    def send(self, request, reference):
        """Sign and send your draft; the other side accepts it, answers with changes, or declines."""
        order = self.to_change()
        version = actions.send_contract(order_id=order.id, by=request.user, now=timezone.now())
        return self._version(self.find(), version)

    @extend_schema(responses=VersionSerializer(many=True))
    @action(methods=["get"], detail=True)
    def versions(self, request, reference):
        """Every version that was sent, the newest first."""
        order = self.find()
        context = self.get_serializer_context() | {"order": order}
        rows = order.versions.sent().order_by("-number")
        return Response(VersionSerializer(rows, many=True, context=context).data)

    def _sent(self, order: Order, number: str) -> ContractVersion:
        return get_object_or_404(order.versions.sent(), number=int(number))

    @extend_schema(responses=VersionSerializer, operation_id="orders_version")
    @action(methods=["get"], detail=True, url_path="versions/(?P<number>[0-9]{1,5})")
    def version(self, request, reference, number):
        """One version that was sent."""
        order = self.find()
        return self._version(order, self._sent(order, number))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(methods=["get"], detail=True, url_path="versions/(?P<number>[0-9]{1,5})/pdf")
    def paper(self, request, reference, number):
        """One version on paper (PDF)."""
        order = self.find()
        version = self._sent(order, number)
        version.order = order
        response = HttpResponse(contract_pdf.pdf(version), content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="contract-{order.reference}-v{version.number}.pdf"'
        return response

    @extend_schema(responses=ChangeSerializer(many=True))
    @action(
        methods=["get"],
        detail=True,
        url_path="versions/(?P<number>[0-9]{1,5})/differences/(?P<older>[0-9]{1,5})",
    )
    def differences(self, request, reference, number, older):
        """What differs between two versions, term by term, in words."""
        order = self.find()
        found = differences(self._sent(order, older).terms, self._sent(order, number).terms)
        return Response(ChangeSerializer(found, many=True).data)

    @extend_schema(request=AcceptSerializer, responses={200: OrderDetailSerializer}, examples=sends("accept"))
    @action(methods=["post"], detail=True)
    @moves_money
    def accept(self, request, reference):
        """Accept the other side's newest version at the cover that it showed; the order is placed."""
        order, given = self.to_change(), self.read(AcceptSerializer)
        newest = order.versions.newest()
        currency = newest.terms.currency if newest else order.currency
        try:
            actions.accept(
                order_id=order.id,
                version=given["version"],
                fingerprint=given["fingerprint"],
                cover_minor=minor(given["cover"], currency, "cover"),
                by=request.user,
                now=timezone.now(),
            )
        except CoverChanged as error:
            raise Problem(
                "cover-changed", str(error), cover=str(money.to_decimal(error.cover_minor, currency))
            ) from None
        return self.show(order)
