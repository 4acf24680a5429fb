"""What every view about a case shares: finding it for a party, asking a step first, answering with it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from disputes.models import Dispute
from disputes.steps import move_of
from orders import opened
from orders.steps import NOT_YOURS, Step
from orders.views.asking import answer
from trade_assurance.refused import NotAllowed


def case_for(request, reference: str, *related: str) -> Dispute:
    """The case if the person is a party to its order, else 404."""
    disputes = Dispute.objects.visible_to(request.user).select_related("order__supplier", "order__buyer", *related)
    dispute = get_object_or_404(disputes, reference=reference)
    if request.method == "GET" and not request.htmx:
        opened.tell(dispute.order, request.user, timezone.now(), group="claims")
    return dispute


def move_or_away(request, dispute: Dispute, code: str, now) -> tuple[Step | None, object]:
    """The step if it can be taken now; else (None, answer): 403 for the wrong side or role, or why not, on the case."""
    step = move_of(code, dispute, request.user, now)
    if step is None:
        is_other = dispute.acting_side(request.user) is not None
        reason = _("This step belongs to the other side of the case.") if is_other else NOT_YOURS
        return None, answer(request, NotAllowed(reason), dispute)
    if not step.allowed:
        messages.error(request, step.reason)
        return None, redirect(dispute)
    return step, None
