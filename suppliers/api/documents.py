"""A company's documents and its request to be verified, over REST; its members alone see them."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from suppliers import actions
from suppliers.actions.verifying import NOTE_MAX
from suppliers.api.company import CompanyThings
from suppliers.api.shown import ASK, example
from suppliers.models import Document, Verification
from suppliers.verification_views import HISTORY
from trade_assurance.rest.fields import Strict
from trade_assurance.rest.keeping import uploads
from trade_assurance.uploads import download


class DocumentSerializer(serializers.ModelSerializer):
    """A document of the company."""

    class Meta:
        model = Document
        fields = ["id", "kind", "name", "content_type", "size", "sha256", "added_at"]
        read_only_fields = fields


class DocumentUpload(Strict):
    """A document, and what it is."""

    kind = serializers.ChoiceField(choices=Document.Kind)
    file = serializers.FileField(help_text="PDF, JPEG or PNG")


class VerificationSerializer(serializers.ModelSerializer):
    """A request to be verified and its answer: a level until a day, or why not."""

    class Meta:
        model = Verification
        fields = ["id", "asked_at", "note", "outcome", "decided_at", "reason", "level", "expires_at", "ended_at"]
        read_only_fields = fields


class AskSerializer(Strict):
    """What we should know; for an inspection on site where, and whom we call."""

    note = serializers.CharField(max_length=NOTE_MAX, allow_blank=True, default="")


class DocumentView(CompanyThings):
    """Documents, sent as multipart."""

    tag = "Verification (supplier)"
    serializer_class = DocumentSerializer
    pagination_class = None
    parser_classes = [MultiPartParser]

    @extend_schema(responses=DocumentSerializer(many=True))
    @action(methods=["get"], detail=True)
    def documents(self, request, slug):
        """Your company's documents, the oldest first."""
        rows = self.company().documents.kept().order_by("added_at", "id")
        return Response(DocumentSerializer(rows, many=True).data)

    @extend_schema(request=DocumentUpload, responses={201: DocumentSerializer})
    @documents.mapping.post
    @uploads
    def add(self, request, slug):
        """Add a document (owners and sales staff); a problem when it is there already."""
        supplier, given = self.company(), self.read(DocumentUpload)
        made = actions.add_document(
            supplier_id=supplier.pk, kind=given["kind"], upload=given["file"], by=request.user, now=timezone.now()
        )
        return Response(DocumentSerializer(made).data, status=201)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(methods=["get"], detail=True, url_path="documents/(?P<document_id>[0-9]{1,18})")
    def document(self, request, slug, document_id):
        """A document, byte for byte, as a download."""
        found = get_object_or_404(self.company().documents.kept(), pk=document_id)
        return download(found.file, found.name)

    @extend_schema(request=None, responses={204: None})
    @document.mapping.delete
    def remove(self, request, slug, document_id):
        """Take a document out (owners and sales staff), unless staff look at it now."""
        found = get_object_or_404(self.company().documents, pk=document_id)
        actions.remove_document(document_id=found.pk, by=request.user, now=timezone.now())
        return Response(status=204)


class VerificationView(CompanyThings):
    """Requests to be verified."""

    tag = "Verification (supplier)"
    serializer_class = VerificationSerializer
    pagination_class = None

    @extend_schema(responses=VerificationSerializer(many=True))
    @action(methods=["get"], detail=True)
    def verifications(self, request, slug):
        """Your requests and what came of them, the newest first, the last 12."""
        rows = self.company().verifications.order_by("-asked_at", "-id")[:HISTORY]
        return Response(VerificationSerializer(rows, many=True).data)

    @extend_schema(
        request=AskSerializer, responses={201: VerificationSerializer}, examples=example("Verification", ASK)
    )
    @verifications.mapping.post
    def ask(self, request, slug):
        """Ask staff to verify the company by its documents (owners and sales staff); one request at a time."""
        supplier, given = self.company(), self.read(AskSerializer)
        made = actions.ask_verification(supplier_id=supplier.pk, by=request.user, now=timezone.now(), **given)
        return Response(VerificationSerializer(made).data, status=201)

    @extend_schema(request=None, responses={200: VerificationSerializer})
    @action(methods=["post"], detail=True, url_path="verifications/withdrawal")
    def withdraw(self, request, slug):
        """Take the request back while nobody has answered it (owners and sales staff)."""
        ended = actions.withdraw_verification(supplier_id=self.company().pk, by=request.user, now=timezone.now())
        return Response(VerificationSerializer(ended).data)
