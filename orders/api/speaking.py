"""What the parties say to each other over REST: messages, files of the contract, reviews."""

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from orders import actions
from orders.api.base import OrderThings
from orders.api.examples import sends
from orders.models import Attachment, Message, Order, Review
from orders.models.message import BODY_MAX
from orders.steps.reviewing import review_of
from trade_assurance.rest.fields import Sparse, Strict, Whole
from trade_assurance.rest.keeping import uploads
from trade_assurance.rest.paging import Keyset
from trade_assurance.rulebook import CURRENT
from trade_assurance.uploads import download


class MessageSerializer(Sparse, serializers.ModelSerializer):
    """One message; it is evidence by itself and never changes."""

    author = serializers.CharField(source="author.display_name", read_only=True)

    class Meta:
        model = Message
        fields = ["id", "side", "author", "body", "sent_at"]
        read_only_fields = fields


class WriteSerializer(Strict):
    """What to say to the other side."""

    body = serializers.CharField(max_length=BODY_MAX)


class FileSerializer(serializers.ModelSerializer):
    """A file of the contract; its SHA-256 is signed with the version that names it."""

    class Meta:
        model = Attachment
        fields = ["id", "name", "content_type", "size", "sha256", "side", "added_at"]
        read_only_fields = fields


class FileUpload(Strict):
    """A file to keep with the draft."""

    file = serializers.FileField(help_text="PDF, JPEG, PNG or WebP")


class ReviewSerializer(serializers.ModelSerializer):
    """The buyer's feedback and the supplier's reply."""

    text = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = [
            "on_time",
            "as_agreed",
            "service",
            "text",
            "written_at",
            "reply",
            "replied_at",
            "revised_at",
            "removed_at",
        ]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_text(self, review) -> str:
        return review.text


class ScoresSerializer(Strict):
    """Three scores from 1 to 5, and words."""

    on_time, as_agreed = Whole(min_value=1, max_value=5), Whole(min_value=1, max_value=5)
    service = Whole(min_value=1, max_value=5)
    text = serializers.CharField(max_length=CURRENT.feedback_text_max, allow_blank=True, default="")


class ReplySerializer(Strict):
    """The supplier's one reply."""

    text = serializers.CharField(max_length=CURRENT.feedback_text_max)


class MessageView(OrderThings):
    """Messages of an order."""

    tag = "Messages, files, reviews"
    takes_if_match = False
    serializer_class = MessageSerializer
    pagination_class = Keyset

    @extend_schema(responses=MessageSerializer(many=True))
    @action(methods=["get"], detail=True)
    def messages(self, request, reference):
        """The messages, the newest first."""
        rows = self.paginate_queryset(self.filter_queryset(self.find().messages.select_related("author")))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(request=WriteSerializer, responses={201: MessageSerializer}, examples=sends("message"))
    @messages.mapping.post
    def write(self, request, reference):
        """Write to the other side."""
        order, given = self.find(), self.read(WriteSerializer)
        made = actions.write_message(
            order_id=order.id, key=uuid.uuid4(), body=given["body"], by=request.user, now=timezone.now()
        )
        return Response(self.get_serializer(made).data, status=201)


class FileView(OrderThings):
    """Files of a contract, sent as multipart."""

    tag = "Messages, files, reviews"
    parser_classes = [MultiPartParser]
    takes_if_match = False

    def _seen(self, order: Order):
        """Files that the caller's side added, and those of the other side that a version names which was sent."""
        side = order.side_of(self.request.user)
        named = {
            kept["sha256"]
            for document in order.versions.sent().values_list("document", flat=True)
            for kept in document.get("attachments", ())
        }
        rows = order.attachments.order_by("id")
        return [row for row in rows if row.sha256 in named or (row.side == side and row.removed_at is None)]

    def _one(self, order: Order, file_id: str) -> Attachment:
        found = next((row for row in self._seen(order) if str(row.pk) == file_id), None)
        if found is None:
            raise Http404
        return found

    @extend_schema(responses=FileSerializer(many=True))
    @action(methods=["get"], detail=True)
    def files(self, request, reference):
        """The contract's files that you may see."""
        return Response(FileSerializer(self._seen(self.find()), many=True).data)

    @extend_schema(request=FileUpload, responses={201: FileSerializer})
    @files.mapping.post
    @uploads
    def add_file(self, request, reference):
        """Add a file to the draft, or to a change that you are going to propose."""
        order, given = self.find(), self.read(FileUpload)
        made = actions.add_attachment(order_id=order.id, upload=given["file"], by=request.user, now=timezone.now())
        return Response(FileSerializer(made).data, status=201)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(methods=["get"], detail=True, url_path="files/(?P<file_id>[0-9]{1,18})")
    def file(self, request, reference, file_id):
        """A file, byte for byte, as a download."""
        found = self._one(self.find(), file_id)
        return download(found.file, found.name)

    @extend_schema(request=None, responses={204: None})
    @file.mapping.delete
    def remove_file(self, request, reference, file_id):
        """Take a file out of the draft; versions already sent still name it."""
        order = self.find()
        found = get_object_or_404(order.attachments, pk=file_id)
        actions.remove_attachment(order_id=order.id, attachment_id=found.pk, by=request.user, now=timezone.now())
        return Response(status=204)


class ReviewView(OrderThings):
    """Feedback on an order."""

    tag = "Messages, files, reviews"

    def _show(self, status: int = 200) -> Response:
        review = review_of(self.find("review"))
        if review is None:
            raise Http404
        return Response(ReviewSerializer(review).data, status=status)

    def _write(self, call, serializer_class) -> None:
        order, given = self.to_change(), self.read(serializer_class)
        call(order_id=order.id, by=self.request.user, now=timezone.now(), **given)

    @extend_schema(responses=ReviewSerializer)
    @action(methods=["get"], detail=True)
    def review(self, request, reference):
        """The order's review; 404 while there is none."""
        return self._show()

    @extend_schema(request=ScoresSerializer, responses={201: ReviewSerializer}, examples=sends("review"))
    @review.mapping.post
    def write(self, request, reference):
        """Review the order, once (buyer)."""
        self._write(actions.write_review, ScoresSerializer)
        return self._show(201)

    @extend_schema(request=ScoresSerializer, responses={200: ReviewSerializer}, examples=sends("review"))
    @action(methods=["post"], detail=True, url_path="review/revision")
    def revise(self, request, reference):
        """Revise your review, once, after the supplier's reply (buyer)."""
        self._write(actions.revise_review, ScoresSerializer)
        return self._show()

    @extend_schema(request=ReplySerializer, responses={200: ReviewSerializer}, examples=sends("reply"))
    @action(methods=["post"], detail=True, url_path="review/reply")
    def reply(self, request, reference):
        """Reply to the review, once (supplier)."""
        self._write(actions.reply_to_review, ReplySerializer)
        return self._show()
