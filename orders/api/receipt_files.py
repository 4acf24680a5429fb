"""Files around the receipt over REST: its photos, and what proves a later one."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from orders import actions, receipts
from orders.api.base import OrderThings
from orders.models import LaterReceipt, ReceiptPhoto
from trade_assurance.rest.fields import Strict
from trade_assurance.rest.keeping import uploads
from trade_assurance.uploads import download


class PhotoSerializer(serializers.ModelSerializer):
    """A photo of a receipt: shown to the supplier once receipt is confirmed, and evidence later."""

    line = serializers.IntegerField(source="line.number", allow_null=True, read_only=True)

    class Meta:
        model = ReceiptPhoto
        fields = ["id", "line", "name", "size", "sha256", "added_at"]
        read_only_fields = fields


class PhotoUpload(Strict):
    """A photo, of one line or of the whole."""

    photo = serializers.FileField(help_text="JPEG, PNG or WebP")
    line = serializers.IntegerField(min_value=1, max_value=500, required=False)


class LaterSerializer(serializers.ModelSerializer):
    """A later receipt than time confirmed, and what staff found (Rulebook 11); `name` is that of its proof."""

    class Meta:
        model = LaterReceipt
        fields = ["id", "received_on", "words", "name", "state", "asked_at", "decided_at", "reason"]
        read_only_fields = fields


class LaterUpload(Strict):
    """When the goods really came, and what proves it."""

    received_on = serializers.DateField()
    words = serializers.CharField(max_length=1000)
    proof = serializers.FileField(required=False)


class ReceiptFiles(OrderThings):
    """Files around the receipt, sent as multipart."""

    tag = "Shipping and receipt"
    parser_classes = [MultiPartParser]
    takes_if_match = False

    @extend_schema(responses=PhotoSerializer(many=True))
    @action(methods=["get"], detail=True, url_path="receipt/photos")
    def photos(self, request, reference):
        """The photos of the receipt."""
        order = self.find()
        return Response(PhotoSerializer(receipts.photos(order, order.side_of(request.user)), many=True).data)

    @extend_schema(request=PhotoUpload, responses={201: PhotoSerializer})
    @photos.mapping.post
    @uploads
    def add_photo(self, request, reference):
        """Add a photo before you confirm receipt (buyer); the same one again is one."""
        order, given = self.find(), self.read(PhotoUpload)
        number = given.get("line")
        line_id = self.line_ids(order, [number])[number] if number else None
        photo = actions.add_photo(
            order_id=order.id, line_id=line_id, upload=given["photo"], by=request.user, now=timezone.now()
        )
        return Response(PhotoSerializer(photo).data, status=201)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(methods=["get"], detail=True, url_path="receipt/photos/(?P<photo_id>[0-9]{1,18})")
    def photo(self, request, reference, photo_id):
        """A photo of the receipt, byte for byte, as a download."""
        order = self.find()
        seen = receipts.photos(order, order.side_of(request.user))
        found = next((row for row in seen if str(row.pk) == photo_id), None)
        if found is None:
            raise Http404
        return download(found.file, found.name)

    @extend_schema(request=None, responses={204: None})
    @photo.mapping.delete
    def remove_photo(self, request, reference, photo_id):
        """Take a photo out before you confirm receipt (buyer)."""
        order = self.find()
        found = get_object_or_404(order.receipt_photos, pk=photo_id)
        actions.remove_photo(order_id=order.id, photo_id=found.pk, by=request.user, now=timezone.now())
        return Response(status=204)

    @extend_schema(responses=LaterSerializer(many=True))
    @action(methods=["get"], detail=True, url_path="later-receipts")
    def later_receipts(self, request, reference):
        """Later receipts that the buyer told of, and what became of each."""
        return Response(LaterSerializer(self.find().later_receipts.order_by("id"), many=True).data)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(methods=["get"], detail=True, url_path="later-receipts/(?P<later_id>[0-9]{1,18})/proof")
    def proof(self, request, reference, later_id):
        """What proves a later receipt, byte for byte, as a download."""
        later = get_object_or_404(self.find().later_receipts.exclude(proof=""), pk=later_id)
        return download(later.proof, later.name)

    @extend_schema(request=LaterUpload, responses={201: LaterSerializer})
    @later_receipts.mapping.post
    @uploads
    def later(self, request, reference):
        """Say when goods that time confirmed really came, with what proves it (buyer)."""
        order, given = self.find("receipt"), self.read(LaterUpload)
        later = actions.ask_later_receipt(
            order_id=order.id,
            received_on=given["received_on"],
            words=given["words"],
            upload=given.get("proof"),
            by=request.user,
            now=timezone.now(),
        )
        return Response(LaterSerializer(later).data, status=201)
