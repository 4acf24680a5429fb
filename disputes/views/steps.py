"""Steps of a case that ask once before they act: more time, staff, withdrawal, waiver, appeal, inspector."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from disputes import actions, wording
from disputes.forms import AppealForm, InspectorForm
from disputes.models import Dispute, Inspector
from disputes.views.asking import case_for, move_or_away
from orders.models import Order
from orders.views.asking import act, answer
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.templatetags.ta import moment, percent


def _confirm(request, reference, code: str, consequence, call, done):
    """GET says what the step does, with amounts and dates; POST takes it once."""
    now = timezone.now()
    dispute = case_for(request, reference)
    if request.method == "POST":
        return act(request, dispute, done, lambda: call(dispute_id=dispute.id, by=request.user, now=now))
    step, away = move_or_away(request, dispute, code, now)
    if away is not None:
        return away
    page = {"dispute": dispute, "order": dispute.order, "step": step, "now": now} | consequence(dispute)
    page["question"] = _("{step}?").format(step=step.label)
    return render(request, "disputes/confirm.html", page)


@login_required
def extend(request, reference):
    """Agree to more days of talk."""

    def consequence(dispute: Dispute) -> dict:
        days = dispute.order.rulebook.dispute_extension_days
        says = [
            _("Now the case goes to our staff by itself on {at}.").format(at=moment(dispute.escalate_at)),
            _(
                "When both of you have agreed, that moves by {days} days, one time. Everything else stays as it is."
            ).format(days=days),
        ]
        return {"says": says, "keep": _("Leave the date")}

    return _confirm(request, reference, "extend", consequence, actions.extend_talk, _("You have agreed to more time."))


@login_required
def escalate(request, reference):
    """Have staff decide."""

    def consequence(dispute: Dispute) -> dict:
        rules = dispute.order.rulebook
        says = [
            _(
                "Both sides have {days} days to add evidence, then {hours} hours to answer what the other side added."
            ).format(days=rules.evidence_days, hours=rules.rebuttal_hours),
            _(
                "Then our staff decide within {days} business days, from the contract "
                "and the file. Either side may appeal once."
            ).format(days=rules.decision_business_days),
            _("You can still settle until a decision is published. Sealed limits are deleted."),
        ]
        return {"says": says, "keep": _("Go on talking")}

    return _confirm(
        request, reference, "escalate", consequence, actions.escalate, _("Our staff decide. Add your evidence now.")
    )


@login_required
def withdraw(request, reference):
    """Take the claim back."""

    def consequence(dispute: Dispute) -> dict:
        order, held = dispute.order, wording.cash(dispute, dispute.cap_minor)
        if dispute.claimant == Order.Side.SUPPLIER:
            says = [
                _("{amount} that is held for your cost goes back to the buyer. The order stays cancelled.").format(
                    amount=held
                )
            ]
        else:
            said = _("{amount} is no longer held for this claim; it goes on as the contract says.")
            says = [said.format(amount=held)]
            if order.received_at is not None:
                days = order.rulebook.clock_floor_days
                says.append(
                    _(
                        "The protection clock goes on with what was left, at least {days} days. Until it ends "
                        "you can claim anew."
                    ).format(days=days)
                )
            elif order.is_late(timezone.now()):
                says.append(_("Nothing is shipped yet: you can claim it again at any time."))
        return {"says": says, "danger": True, "keep": _("Keep the claim")}

    return _confirm(
        request, reference, "withdraw_claim", consequence, actions.withdraw_claim, _("The claim is withdrawn.")
    )


@login_required
def waive(request, reference):
    """Give up one's appeal."""

    def consequence(dispute: Dispute) -> dict:
        says = [
            _("You give up your appeal. This can’t be undone."),
            _("When both have, the decision is carried out at once; else on {at}.").format(
                at=moment(dispute.appeal_ends_at)
            ),
        ]
        return {"says": says, "keep": _("Keep the appeal")}

    return _confirm(request, reference, "waive", consequence, actions.waive_appeal, _("You have waived your appeal."))


@login_required
def appeal(request, reference):
    """Have another adjudicator look again."""
    now = timezone.now()
    dispute = case_for(request, reference)
    step, away = move_or_away(request, dispute, "appeal", now)
    if away is not None:
        return away
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        read = form.cleaned_data
        try:
            actions.appeal(
                dispute_id=dispute.id,
                ground=read["ground"],
                rule=read["rule"],
                reasons=read["reasons"].replace("\r\n", "\n"),
                by=request.user,
                now=now,
            )
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, dispute)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            hours = dispute.order.rulebook.rebuttal_hours
            messages.success(
                request, _("You have appealed. You can add new evidence for {hours} hours.").format(hours=hours)
            )
            return redirect(dispute)
    page = {"dispute": dispute, "order": dispute.order, "form": form, "step": step, "now": now}
    page["rules"] = dispute.order.rulebook
    return render(request, "disputes/appeal.html", page, status=422 if form.errors else 200)


@login_required
def inspector(request, reference):
    """Choose one of the listed inspectors, and say the fee that the buyer advances."""
    now = timezone.now()
    dispute = case_for(request, reference)
    step, away = move_or_away(request, dispute, "choose_inspector", now)
    if away is not None:
        return away
    listed = list(Inspector.objects.filter(is_listed=True).order_by("name"))
    form = InspectorForm(request.POST if request.method == "POST" else None, dispute=dispute, inspectors=listed)
    if request.method == "POST" and form.is_valid():
        read = form.cleaned_data
        try:
            actions.choose_inspector(
                dispute_id=dispute.id,
                inspector_id=int(read["inspector"]),
                fee_minor=read["fee"] if read["fee"] is not None else -1,
                by=request.user,
                now=now,
            )
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, dispute)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Your inspector is chosen. We tell both of you when the report is here."))
            return redirect(dispute)
    page = {"dispute": dispute, "order": dispute.order, "form": form, "step": step, "now": now, "listed": listed}
    page |= {"rules": dispute.order.rulebook, "upheld": percent(dispute.order.rulebook.inspection_upheld_bp)}
    return render(request, "disputes/inspector.html", page, status=422 if form.errors else 200)
