"""Bank statements over REST: finance's systems hand them in, and read what became of them."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import permissions, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from payments import actions
from payments.models import Statement, StatementFile
from trade_assurance import money
from trade_assurance.rest.authentication import InScope
from trade_assurance.rest.fields import Sparse
from trade_assurance.rest.keeping import uploads
from trade_assurance.rest.views import ApiViewSet


class StatementSerializer(serializers.ModelSerializer):
    """One statement of a file. Amounts are decimal texts in `currency`, null where the bank names no balance."""

    opening, closing = serializers.SerializerMethodField(), serializers.SerializerMethodField()
    credits, debits = serializers.SerializerMethodField(), serializers.SerializerMethodField()

    class Meta:
        model = Statement
        fields = [
            "account",
            "currency",
            "number",
            "from_on",
            "to_on",
            "opening",
            "credits",
            "debits",
            "closing",
            "continuity",
        ]

    def get_opening(self, statement) -> str | None:
        return _text(statement.opening_minor, statement.currency)

    def get_closing(self, statement) -> str | None:
        return _text(statement.closing_minor, statement.currency)

    def get_credits(self, statement) -> str:
        return _text(statement.credits_minor, statement.currency)

    def get_debits(self, statement) -> str:
        return _text(statement.debits_minor, statement.currency)


def _text(minor: int | None, currency: str) -> str | None:
    return None if minor is None else str(money.to_decimal(minor, currency))


class StatementFileSerializer(Sparse, serializers.ModelSerializer):
    """A file of statements. `received` is still being booked; `refused` says why, and nothing of it was booked."""

    file = serializers.FileField(write_only=True, help_text="camt.053, camt.054 or MT940")

    class Meta:
        model = StatementFile
        fields = [
            "id",
            "file",
            "sha256",
            "name",
            "size",
            "kind",
            "status",
            "why",
            "entries",
            "matched",
            "suspended",
            "ours",
            "unknown",
            "known",
            "imported_at",
            "ended_at",
        ]
        read_only_fields = [name for name in fields if name != "file"]


class StatementFileDetailSerializer(StatementFileSerializer):
    statements = StatementSerializer(many=True, read_only=True)

    class Meta(StatementFileSerializer.Meta):
        fields = [*StatementFileSerializer.Meta.fields, "statements"]
        read_only_fields = [*StatementFileSerializer.Meta.read_only_fields, "statements"]


class ImportsStatements(permissions.BasePermission):
    message = "Only finance staff import bank statements."

    def has_permission(self, request, view):
        return request.user.is_staff and request.user.has_perm("payments.import_statement")


class StatementFileViewSet(ApiViewSet):
    """Files of bank statements. The same file twice is answered with what became of it the first time."""

    queryset = StatementFile.objects.all()
    tag = "Bank statements (staff)"
    permission_classes = [InScope, ImportsStatements]
    parser_classes = [MultiPartParser]
    filter_backends = ()
    lookup_value_regex = "[0-9]{1,18}"

    def get_serializer_class(self):
        return StatementFileDetailSerializer if self.action == "retrieve" else StatementFileSerializer

    def list(self, request):
        """Files of statements, the newest first."""
        return self.page()

    def retrieve(self, request, pk):
        """One file and the statements in it."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        responses={
            201: StatementFileSerializer,
            202: OpenApiResponse(StatementFileSerializer, description="Taken in; it is large, so booking goes on"),
            422: OpenApiResponse(StatementFileSerializer, description="Refused, with the reason; nothing was booked"),
        }
    )
    @uploads
    def create(self, request):
        """Hand in a file; nothing of it is booked twice."""
        file = self.read(StatementFileSerializer)["file"]
        made = actions.import_at_once(source=file, name=file.name, by=request.user, now=timezone.now())
        answers = {
            StatementFile.Status.REFUSED: status.HTTP_422_UNPROCESSABLE_ENTITY,
            StatementFile.Status.RECEIVED: status.HTTP_202_ACCEPTED,
        }
        return Response(self.get_serializer(made).data, status=answers.get(made.status, status.HTTP_201_CREATED))
