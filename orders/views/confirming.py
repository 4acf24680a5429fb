"""Steps of an order that say what they do and ask once before they act."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import actions, wording
from orders.models import Order
from orders.steps import step_of
from orders.views.asking import act, answer, order_for
from trade_assurance.refused import NotAllowed
from trade_assurance.templatetags.ta import moment

S = Order.Status


def _confirm(request, reference, code: str, consequence, call, done):
    """GET says what the step does, with amounts and dates; POST takes it once."""
    now = timezone.now()
    order = order_for(request, reference)
    if request.method == "POST":
        to = order
        return act(request, to, done(order), lambda: call(order_id=order.id, by=request.user, now=now))
    step = step_of(code, order, request.user, now)
    if step is None:
        return answer(request, NotAllowed(_("This step belongs to the other side of the order.")), order)
    if not step.allowed:
        messages.error(request, step.reason)
        return redirect(order)
    side = order.side_of(request.user)
    page = {"order": order, "step": step, "side": side, "now": now} | consequence(order, side, step, now)
    return render(request, "orders/confirm.html", page)


def _going_back(order) -> list[tuple[str, int]]:
    back = order.kept_minor
    rows = [(_("Cleared so far"), order.cleared_minor)]
    if order.fees_minor:
        rows.append((_("Transaction fees, not given back"), order.fees_minor))
    return [*rows, (_("Goes back to the buyer"), back)]


@login_required
def cancel(request, reference):
    """Cancel alone, decline or withdraw a contract."""

    def consequence(order, side, step, now):
        if order.status == S.DRAFT:
            return {
                "says": [_("The contract ends here. Nobody owes anything, and a new one can be written at any time.")],
                "danger": True,
                "keep": _("Keep the contract"),
            }
        says = [_("The order ends at once and cannot be opened again.")]
        rows = []
        if order.cleared_minor:
            says.append(_("What cleared goes back to where it came from."))
            rows = _going_back(order)
        else:
            says.append(_("Nothing has cleared, so no money moves. The supplier's limit is freed."))
        return {"says": says, "rows": rows, "danger": True, "keep": _("Keep the order")}

    return _confirm(
        request,
        reference,
        "cancel",
        consequence,
        actions.cancel,
        lambda order: _("The contract has ended.") if order.status == S.DRAFT else _("The order is cancelled."),
    )


@login_required
def propose_cancel(request, reference):
    """Propose to cancel, or agree to the other side's proposal."""

    def consequence(order, side, step, now):
        agree = bool(order.cancel_proposed_by) and order.cancel_proposed_by != side
        says = [
            _("The other side is asked. If it agrees, the order ends at once."),
            _("If nobody agrees, the order goes on. You can take the proposal back."),
        ]
        if agree:
            ends = _(
                "The other side has proposed to cancel. If you agree, the order ends at once and can't be opened again."
            )
            says = [ends]
        return {"says": says, "rows": _going_back(order), "danger": agree, "keep": _("Keep the order")}

    return _confirm(
        request,
        reference,
        "propose_cancel",
        consequence,
        actions.propose_cancel,
        lambda order: (
            _("Cancelled by both.") if order.cancel_proposed_by else _("Proposed. The other side decides now.")
        ),
    )


@login_required
def withdraw_proposal(request, reference):
    """Take a proposal to cancel back."""
    return _confirm(
        request,
        reference,
        "withdraw_proposal",
        lambda *_order: {"says": [_("The order goes on as before.")], "keep": _("Leave the proposal")},
        actions.withdraw_proposal,
        lambda order: _("Taken back. The order goes on."),
    )


@login_required
def confirm_production(request, reference):
    """The supplier says that production has begun."""
    return _confirm(
        request,
        reference,
        "confirm_production",
        lambda *_order: {
            "says": [
                _("From now the buyer can't cancel alone; cancelling needs both of you."),
                _("This can't be undone."),
            ],
            "keep": _("Not yet"),
        },
        actions.confirm_production,
        lambda order: _("Production is confirmed."),
    )


@login_required
def extend_confirm(request, reference):
    """Move the automatic confirmation, once a side."""

    def consequence(order, side, step, now):
        after = order.auto_confirm_at + wording.confirm_after(order)
        return {
            "says": [
                _("Receipt is confirmed by itself on {now} now. It moves to {after}.").format(
                    now=moment(order.auto_confirm_at), after=moment(after)
                ),
                _("Each side may do this one time. Cover stays as it is."),
            ],
            "keep": _("Leave the date"),
        }

    return _confirm(
        request,
        reference,
        "extend_confirm",
        consequence,
        actions.extend_confirm,
        lambda order: _("Extended."),
    )
