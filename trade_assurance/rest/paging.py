"""Lists by keyset: pages after a row, not by number; nothing is counted."""

from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from trade_assurance import keyset
from trade_assurance.rest.problems import Problem

SIZE, MOST = 25, 100


class Keyset(BasePagination):
    """Pages in the order `keyset` of the view, newest first if it says nothing."""

    def paginate_queryset(self, queryset, request, view=None):
        by = getattr(view, "keyset", ("-id",))
        cursor, size = request.query_params.get("cursor", ""), self.size(request)
        if not keyset.is_ours(queryset, by=by, cursor=cursor):
            raise Problem("malformed", "This cursor is none of ours. Begin without one.")
        self.page = keyset.page(queryset, by=by, cursor=cursor, size=size)
        self.address = request.build_absolute_uri()
        return self.page.rows

    def size(self, request) -> int:
        given = request.query_params.get("limit", str(SIZE))
        if not (given.isascii() and given.isdecimal() and len(given) < 4 and 1 <= int(given) <= MOST):
            raise Problem("malformed", f"`limit` is a whole number from 1 to {MOST}.")
        return int(given)

    def link(self, cursor: str) -> str | None:
        if not cursor:
            return None
        return replace_query_param(self.address, "cursor", cursor)

    def get_paginated_response(self, data):
        return Response({"results": data, "next": self.link(self.page.after), "previous": self.link(self.page.before)})

    def get_paginated_response_schema(self, schema):
        link = {"type": ["string", "null"], "format": "uri", "description": "With the same filters"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view):
        cursor = {"type": "string", "maxLength": 600}
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": SIZE}
        return [
            {"name": "cursor", "in": "query", "schema": cursor, "description": "As `next` and `previous` give it."},
            {"name": "limit", "in": "query", "schema": limit, "description": "Rows a page."},
        ]
