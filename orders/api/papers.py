"""The order's papers over REST: the certificate of coverage, and the packing list of each shipment."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer

from orders import certificate_pdf, packing_list
from orders.api.base import OrderThings
from trade_assurance.rest.files import A_PDF, PdfOrProblem, paper


class PaperView(OrderThings):
    """Papers of one order, for both sides; in English, for banks and customs."""

    tag = "Papers"
    takes_if_match = False
    renderer_classes = [JSONRenderer, PdfOrProblem]

    @extend_schema(responses=A_PDF)
    @action(methods=["get"], detail=True)
    def certificate(self, request, reference):
        """The certificate of coverage (PDF); 404 until both sides have accepted the contract."""
        order = self.find()
        if order.placed_at is None:
            raise Http404
        return paper(certificate_pdf.pdf(order, timezone.now()), f"certificate-{order.reference}")

    @extend_schema(responses=A_PDF)
    @action(methods=["get"], detail=True, url_path="shipments/(?P<number>[0-9]{1,4})/packing-list")
    def packing_list(self, request, reference, number):
        """The packing list of one shipment (PDF)."""
        order = self.find()
        shipment = get_object_or_404(order.shipments.counted(), number=int(number))
        return paper(packing_list.pdf(order, shipment), f"packing-list-{order.reference}-{shipment.number}")
