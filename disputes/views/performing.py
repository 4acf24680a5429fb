"""Returns and replacements: how the goods travel, when they arrived, and whether they are as agreed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from disputes import actions, wording
from disputes.forms import ContestForm, DeliveryForm, SendForm
from disputes.models import Performance
from disputes.views.asking import case_for, move_or_away
from orders.views.asking import act, answer
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.templatetags.ta import zone_words


def _standing(dispute) -> Performance | None:
    return dispute.performances.filter(ended_at__isnull=True).first()


def _form_step(request, reference, code: str, make_form, call, done: str, title: str):
    """A step with one small form: shown, checked, taken once, and what was refused said at its field."""
    now = timezone.now()
    dispute = case_for(request, reference)
    step, away = move_or_away(request, dispute, code, now)
    if away is not None:
        return away
    form = make_form(request.POST if request.method == "POST" else None, now)
    if request.method == "POST" and form.is_valid():
        try:
            call(dispute, form.cleaned_data, now)
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, dispute)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, done)
            return redirect(dispute)
    performance = _standing(dispute)
    page = {"dispute": dispute, "order": dispute.order, "form": form, "step": step, "now": now, "title": title}
    page |= {"performance": performance, "silence": wording.silence_of(performance, dispute)}
    return render(request, "disputes/performance_form.html", page, status=422 if form.errors else 200)


def _send(request, reference, code: str, title: str):
    return _form_step(
        request,
        reference,
        code,
        lambda data, now: SendForm(data),
        lambda dispute, read, now: actions.send_goods(
            dispute_id=dispute.id,
            carrier=read["carrier"],
            tracking_number=read["tracking_number"],
            by=request.user,
            now=now,
        ),
        _("Noted. The other side sees how it travels."),
        title,
    )


@login_required
def ship_return(request, reference):
    """The buyer enters how the goods go back."""
    return _send(request, reference, "ship_return", _("How do the goods go back?"))


@login_required
def ship_replacement(request, reference):
    """The supplier enters how the replacement travels."""
    return _send(request, reference, "ship_replacement", _("How does the replacement travel?"))


@login_required
def record_delivery(request, reference):
    """The receiver says when it arrived."""
    zone = request.user.zone

    def make_form(data, now):
        local = now.astimezone(zone).replace(second=0, microsecond=0)
        return DeliveryForm(data, zone_words=zone_words(zone), initial={"delivered_at": local})

    def call(dispute, read, now):
        actions.record_delivery(
            dispute_id=dispute.id, delivered_at=min(read["delivered_at"], now), by=request.user, now=now
        )

    return _form_step(
        request,
        reference,
        "record_delivery",
        make_form,
        call,
        _("Its arrival is noted. Check it now."),
        _("When did it arrive?"),
    )


@login_required
def contest_performance(request, reference):
    """The receiver says what is not as agreed; staff decide."""
    return _form_step(
        request,
        reference,
        "contest_performance",
        lambda data, now: ContestForm(data),
        lambda dispute, read, now: actions.contest_performance(
            dispute_id=dispute.id, because=read["because"].replace("\r\n", "\n"), by=request.user, now=now
        ),
        _("Our staff decide. Add photos as evidence."),
        _("What is not as agreed?"),
    )


@login_required
def accept_performance(request, reference):
    """The receiver says that it is as agreed."""
    now = timezone.now()
    dispute = case_for(request, reference)
    if request.method == "POST":

        def call():
            actions.accept_performance(dispute_id=dispute.id, by=request.user, now=now)

        return act(request, dispute, _("Noted as agreed. The case is closed."), call)
    step, away = move_or_away(request, dispute, "accept_performance", now)
    if away is not None:
        return away
    performance = _standing(dispute)
    amount = wording.cash(dispute, performance.amount_minor + performance.extra_minor)
    if performance.kind == Performance.Kind.RETURN:
        says = [_("{amount} is refunded to the buyer at once, and the case is closed.").format(amount=amount)]
    else:
        says = [
            _("The case is closed. {amount} that was held for the claim goes on as the contract says.").format(
                amount=amount
            )
        ]
    page = {"dispute": dispute, "order": dispute.order, "step": step, "now": now, "says": says, "keep": _("Not yet")}
    page["question"] = _("{step}?").format(step=step.label)
    return render(request, "disputes/confirm.html", page)
