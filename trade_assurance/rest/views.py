"""The base of every view of the API: one way through authentication, limits, once-only changes, versions, problems."""

from django.conf import settings
from django.utils import translation
from rest_framework import status, viewsets
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView

from trade_assurance.rest import keeping, limits, versions
from trade_assurance.rest.fields import thin
from trade_assurance.rest.problems import Problem

PARAMETERS = {"fields", "cursor", "limit"}


class ApiViewSet(viewsets.GenericViewSet):
    """A group of addresses. A handler locks nothing and decides nothing: it calls one action and shows the object."""

    def initial(self, request, *args, **kwargs):
        try:
            super().initial(request, *args, **kwargs)
        except AuthenticationFailed:
            request._request.rate_limit = None
            request._not_authenticated()  # a guess counts as its address's, and one too many is told so
            self.check_throttles(request)
            raise

    def dispatch(self, request, *args, **kwargs):
        """As the framework does it, but a change runs under one transaction with the answer that is kept."""
        self.args, self.kwargs = args, kwargs
        self.request = request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(request, *args, **kwargs)
            handler = getattr(self, request.method.lower(), None) or self.http_method_not_allowed
            with translation.override(self.language(request)):
                response = keeping.run(self, request, handler, *args, **kwargs)
            if request.method == "GET" and "fields" in request.query_params and isinstance(response, Response):
                response.data = thin(response.data, request.query_params["fields"])
        except Exception as error:  # noqa: BLE001 - as the framework: what nobody expected is raised again
            response = self.handle_exception(error)
        self.response = self.finalize_response(request, response, *args, **kwargs)
        return self.response

    def language(self, request) -> str:
        """The words of the person whose key it is."""
        return getattr(request.user, "reads", settings.LANGUAGE_CODE)

    def finalize_response(self, request, response, *args, **kwargs):
        if response.status_code == 200 and request.method == "GET" and isinstance(response, Response):
            if "ETag" not in response:
                versions.tag(response)
            if versions.is_known(request, response):
                response = Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": response["ETag"]})
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        limits.tell(request, answer)
        return answer

    def filter_queryset(self, queryset):
        """Rows as the filters ask; a parameter that is none is told, not dropped."""
        filters = getattr(self, "filterset_class", None)
        known = PARAMETERS | set(filters.base_filters if filters else ())
        if unknown := sorted(set(self.request.query_params) - known):
            raise Problem("malformed", f"There is no parameter “{unknown[0][:40]}” here.")
        return super().filter_queryset(queryset)

    def page(self) -> Response:
        """A page of the rows that the filters ask for."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = self.get_serializer(rows, many=True)
        assert shown.child.fields is not None  # unknown names are told even where there are no rows
        return self.get_paginated_response(shown.data)

    def read(self, serializer_class, **context) -> dict:
        """What was sent, read and checked by a serializer."""
        given = serializer_class(data=self.request.data, context=self.get_serializer_context() | context)
        given.is_valid(raise_exception=True)
        return given.validated_data


class NoSuchAddress(APIView):
    """Every other address below /api/: a problem document, not a page."""

    permission_classes = []
    schema = None

    def initial(self, request, *args, **kwargs):
        raise Problem("not-found", "There is no such address. Each ends with a slash; /api/docs/ lists them.")

    def get(self, request, *args, **kwargs):
        """Never answered: `initial` has refused."""
