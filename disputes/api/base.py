"""The base of every address about one case."""

from django.http import Http404
from django.utils import timezone
from rest_framework.response import Response

from disputes import waiting
from disputes.api.shown import DisputeDetailSerializer
from disputes.models import Dispute
from orders.api.base import number_of
from orders.api.ways import register
from trade_assurance.rest import versions
from trade_assurance.rest.views import ApiViewSet

REFERENCE = "D-[A-Z0-9]{8}"


class CaseThings(ApiViewSet):
    """Addresses below one case on an order that the caller is a party to; anybody else's is 404."""

    tag = "Disputes"
    takes_if_match = True
    serializer_class = DisputeDetailSerializer
    queryset = Dispute.objects.none()
    pagination_class = None
    filter_backends = ()
    lookup_field = "reference"
    lookup_value_regex = REFERENCE

    def find(self) -> Dispute:
        """The case of the address, for a party of its order."""
        cases = Dispute.objects.visible_to(self.request.user)
        cases = cases.select_related("order__supplier", "order__buyer", "inspection__inspector")
        dispute = cases.filter(reference=self.kwargs["reference"]).first()
        if dispute is None:
            raise Http404
        return dispute

    def to_change(self) -> Dispute:
        """The case of the address, about to be changed: as If-Match says it was read, under its lock."""
        dispute = self.find()
        if "If-Match" in self.request.headers:
            Dispute.objects.locked(dispute.id)
            versions.demand_match(self.request, number_of(dispute.order))
        return dispute

    def take(self, call, reads=None, **values) -> Response:
        """One step of the case, with what the serializer `reads`; the case as it is after it."""
        dispute = self.to_change()
        values |= self.read(reads) if reads else {}
        call(dispute_id=dispute.id, by=self.request.user, now=timezone.now(), **values)
        return self.show(dispute.reference)

    def show(self, reference: str, status: int = 200) -> Response:
        """The whole case as it is now, with its ETag: the number of its order's events."""
        self.kwargs["reference"] = reference
        dispute, now = self.find(), timezone.now()
        side = dispute.order.side_of(self.request.user)
        dispute.shown_offers = list(dispute.offers.prefetch_related("lines__line").order_by("-number"))
        waiting.fill_talk(dispute, dispute.shown_offers, side, now)
        shown = DisputeDetailSerializer(dispute, context=self.get_serializer_context() | {"side": side, "now": now})
        response = Response(shown.data, status=status)
        versions.tag(response, number_of(dispute.order))
        return response


for code, method, address in (
    ("claim", "POST", "orders/{0}/claims/"),
    ("claim_cost", "POST", "orders/{0}/claims/cost/"),
    ("case", "GET", "disputes/{0}/"),
    ("offer", "POST", "disputes/{0}/offers/"),
    ("accept_offer", "POST", "disputes/{0}/offers/{1}/accept/"),
    ("reject_offer", "POST", "disputes/{0}/offers/{1}/reject/"),
    ("withdraw_offer", "POST", "disputes/{0}/offers/{1}/withdraw/"),
    ("seal", "POST", "disputes/{0}/limit/"),
    ("extend", "POST", "disputes/{0}/extension/"),
    ("escalate", "POST", "disputes/{0}/escalation/"),
    ("withdraw_claim", "POST", "disputes/{0}/withdrawal/"),
    ("evidence", "POST", "disputes/{0}/evidence/"),
    ("waive", "POST", "disputes/{0}/waiver/"),
    ("appeal", "POST", "disputes/{0}/appeal/"),
    ("choose_inspector", "POST", "disputes/{0}/inspector/"),
    ("ship_return", "POST", "disputes/{0}/goods/"),
    ("ship_replacement", "POST", "disputes/{0}/goods/"),
    ("record_delivery", "POST", "disputes/{0}/goods/arrival/"),
    ("accept_performance", "POST", "disputes/{0}/goods/accept/"),
    ("contest_performance", "POST", "disputes/{0}/goods/contest/"),
):
    register(code, method, address)
