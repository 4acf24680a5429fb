"""The case file over REST: one ZIP with all that the caller's side may see, and the means to verify it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer

from disputes.views.verifying import is_too_often, send
from orders.api.base import OrderThings
from trade_assurance.rest.files import A_ZIP, ZipOrProblem
from trade_assurance.rest.problems import Problem


class CaseFileView(OrderThings):
    """The case file of one order, for its parties."""

    tag = "Papers"
    takes_if_match = False
    renderer_classes = [JSONRenderer, ZipOrProblem]

    @extend_schema(responses=A_ZIP)
    @action(methods=["get"], detail=True, url_path="case-file")
    def case_file(self, request, reference):
        """The case file (ZIP) as your side may see it: contract, events, ledger, evidence and their verifier.

        It is made anew each time; how often, is limited beside the limits of your key.
        """
        order = self.find()
        if is_too_often(request._request, "case_file"):
            raise Problem("throttled", "Too many case files in a short time.", headers={"Retry-After": "60"})
        return send(order, request.user, timezone.now())
