"""A case at the staff desk: its page, the acts on it, and the way to decide it."""

from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from disputes import actions
from disputes.admin import acts, deciding, screen
from disputes.admin.queue import CaseQueue
from disputes.models import Dispute
from disputes.views import verifying


@admin.register(Dispute)
class DisputeAdmin(CaseQueue):
    def get_queryset(self, request):
        found = super().get_queryset(request)
        return found.select_related("order__buyer", "order__supplier", "adjudicator")

    def get_urls(self):
        def staff(view):
            return self.admin_site.admin_view(partial(view, self))

        own = [
            path(f"<int:object_id>/{each.path}/", staff(partial(_act, each.path)), name=f"disputes_dispute_{each.path}")
            for each in acts.ACTS
        ]
        own.append(path("<int:object_id>/decide/", staff(deciding.decide), name="disputes_dispute_decide"))
        own.append(path("<int:object_id>/case-file.zip", staff(_case_file), name="disputes_dispute_case_file"))
        return own + super().get_urls()

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The case page, to be read; each view is logged. Who is party to the order sees it on the site alone."""
        if object_id is None or request.method != "GET":
            raise PermissionDenied
        dispute = self.get_object(request, str(object_id))
        if dispute is None:
            raise Http404
        if not self.has_view_permission(request, dispute):
            raise PermissionDenied
        acts.demand_no_party(dispute.order, request.user)
        now = timezone.now()
        actions.log_view(dispute_id=dispute.pk, by=request.user, now=now)
        shown = screen.case(dispute, request.user, now)
        context = self.admin_site.each_context(request) | shown
        context |= {
            "title": f"Case {dispute}",
            "opts": self.opts,
            "acts": acts.shown_acts(dispute, request.user, shown["proposal"]),
            "may_decide": deciding.may_decide(dispute, request.user, shown["proposal"]),
        }
        return TemplateResponse(request, "admin/disputes/case.html", context)


def _act(which: str, model_admin, request, object_id):
    return acts.answer(model_admin, request, object_id, which)


def _case_file(model_admin, request, object_id):
    """The whole case file of the dispute's order, for staff who see the case; it is logged as a view of each case."""
    if request.method != "GET":
        raise PermissionDenied
    dispute = model_admin.get_object(request, str(object_id))
    if dispute is None:
        raise Http404
    if not model_admin.has_view_permission(request, dispute):
        raise PermissionDenied
    acts.demand_no_party(dispute.order, request.user)
    if (refusal := verifying.too_often(request, "case_file")) is not None:
        return refusal
    now = timezone.now()
    for each in dispute.order.disputes.order_by("id"):
        actions.log_view(dispute_id=each.pk, by=request.user, now=now)
    return verifying.send(dispute.order, request.user, now)
