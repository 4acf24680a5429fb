"""Evidence over REST: files of the case, sent as multipart, and the originals."""

import uuid

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from disputes import actions, files
from disputes.actions.evidencing import NOTE_MAX
from disputes.api.base import CaseThings
from disputes.api.shown import EvidenceSerializer
from trade_assurance.rest.fields import Strict
from trade_assurance.rest.keeping import uploads
from trade_assurance.rulebook import CURRENT
from trade_assurance.uploads import download


class EvidenceUpload(Strict):
    """A file that proves something, and what it shows."""

    file = serializers.FileField(help_text=f"{files.TYPES}; at most {CURRENT.file_max_bytes // 2**20} MB")
    note = serializers.CharField(max_length=NOTE_MAX, allow_blank=True, default="")


class EvidenceView(CaseThings):
    """The files of a case; what is added in the time for answers is an answer to the other side's."""

    parser_classes = [MultiPartParser]
    takes_if_match = False
    serializer_class = EvidenceSerializer

    @extend_schema(responses=EvidenceSerializer(many=True))
    @action(methods=["get"], detail=True)
    def evidence(self, request, reference):
        """Every file of both sides and of staff, as numbered."""
        rows = self.find().evidence.order_by("number")
        return Response(self.get_serializer(rows, many=True).data)

    @extend_schema(request=EvidenceUpload, responses={201: EvidenceSerializer})
    @evidence.mapping.post
    @uploads
    def add(self, request, reference):
        """Add a file; the same one again of your side is the first. The answer is its receipt."""
        dispute, given = self.find(), self.read(EvidenceUpload)
        added = actions.add_evidence(
            dispute_id=dispute.id,
            key=uuid.uuid4(),
            upload=given["file"],
            note=given["note"],
            by=request.user,
            now=timezone.now(),
        )
        return Response(self.get_serializer(added).data, status=201)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(methods=["get"], detail=True, url_path="evidence/(?P<number>[0-9]{1,4})")
    def file(self, request, reference, number):
        """An original, byte for byte, as a download."""
        found = get_object_or_404(self.find().evidence, number=number)
        return download(found.file, found.name)
