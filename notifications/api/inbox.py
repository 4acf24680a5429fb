"""The inbox over REST: what a person was told, in words, and marking it read."""

import django_filters
from django.http import Http404
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts import mails
from notifications import inbox
from notifications.models import Notice
from notifications.words import say
from trade_assurance.rest.fields import Sparse, Strict, Whole
from trade_assurance.rest.paging import Keyset
from trade_assurance.rest.views import ApiViewSet

GROUPS = list(mails.GROUPS.items())
ID_MAX = 2**63 - 1
UNTIL = [OpenApiExample("Read", value={"until": 4711}, request_only=True)]


class NoticeFilter(django_filters.FilterSet):
    """Which notices: those unread, or of a group."""

    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")
    group = django_filters.ChoiceFilter(choices=GROUPS)


class NoticeSerializer(Sparse, serializers.Serializer):
    """One thing that you were told, in words; `page` is where it is."""

    id = serializers.IntegerField(source="notice.pk")
    kind, group = serializers.CharField(source="notice.kind"), serializers.CharField(source="notice.group")
    side = serializers.CharField(source="notice.side", help_text="As which side of the order; empty for neither")
    title, detail, about = serializers.CharField(), serializers.CharField(), serializers.CharField()
    page = serializers.CharField(source="url")
    at = serializers.DateTimeField(source="notice.at")
    read_at = serializers.DateTimeField(source="notice.read_at", allow_null=True)


class UntilSerializer(Strict):
    """The newest notice that you have seen; it and all older ones are marked."""

    until = Whole(min_value=0, max_value=ID_MAX)
    group = serializers.ChoiceField(choices=GROUPS, required=False)


class MarkedSerializer(serializers.Serializer):
    """How many were unread till now."""

    marked = serializers.IntegerField()


class NoticeView(ApiViewSet):
    """Your own notices."""

    tag = "Inbox"
    serializer_class = NoticeSerializer
    queryset = Notice.objects.none()
    pagination_class = Keyset
    filter_backends = (DjangoFilterBackend,)
    filterset_class = NoticeFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self):
        return Notice.objects.filter(user=self.request.user).select_related("event", "reminder__dispute")

    @extend_schema(responses=NoticeSerializer(many=True))
    def list(self, request):
        """What you were told, the newest first."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = self.get_serializer(say(rows, timezone.now()), many=True)
        assert shown.child.fields is not None  # unknown names are told even where there are no rows
        return self.get_paginated_response(shown.data)

    @extend_schema(request=None, responses={204: None})
    @action(methods=["post"], detail=True, url_path="read")
    def mark(self, request, pk):
        """Mark one as read; one that is read stays so."""
        if not self.get_queryset().filter(pk=pk).exists():
            raise Http404
        inbox.read(notice_id=int(pk), by=request.user, now=timezone.now())
        return Response(status=204)

    @extend_schema(
        operation_id="inbox_read_all", request=UntilSerializer, responses={200: MarkedSerializer}, examples=UNTIL
    )
    @action(methods=["post"], detail=False, url_path="read")
    def mark_all(self, request):
        """Mark all that you have seen as read."""
        marked = inbox.read_all(by=request.user, now=timezone.now(), **self.read(UntilSerializer))
        return Response({"marked": marked})
