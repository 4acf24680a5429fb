"""Making, accepting, refusing and withdrawing offers, and sealing a limit."""

import uuid
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from disputes import actions, wording
from disputes.forms import OfferForm, SealForm
from disputes.models import Dispute, Offer
from disputes.views.asking import case_for, move_or_away
from disputes.views.case import shown
from orders.models import Order
from orders.steps import NOT_YOURS
from orders.views.asking import act, answer
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import end_of_day


@login_required
def offer(request, reference):
    """Write an offer; what it moves is shown to both sides the same, before and after it is made."""
    now = timezone.now()
    dispute = case_for(request, reference)
    posted = request.method == "POST"
    if posted and _made_already(dispute, request.POST.get("key", "")):
        return redirect(dispute)
    step, away = move_or_away(request, dispute, "offer", now)
    if away is not None:
        return away
    side = dispute.acting_side(request.user)
    lines = list(dispute.disputed_lines.select_related("line").order_by("line__number"))
    form = OfferForm(
        request.POST if posted else None, dispute=dispute, lines=lines, initial={"key": uuid.uuid4(), "goods": "keep"}
    )
    page = {"dispute": dispute, "order": dispute.order, "form": form, "step": step, "side": side, "now": now}
    page |= {"is_buyer": side == Order.Side.BUYER, "rules": dispute.order.rulebook, "live": _live(dispute, side, now)}
    if posted and form.is_valid():
        amount = form.cleaned_data["amount"]
        values = form.values(lambda day: end_of_day(day, request.user.timezone))
        if "send" in request.POST:
            try:
                actions.make_offer(
                    dispute_id=dispute.id,
                    key=form.cleaned_data["key"],
                    amount_minor=amount,
                    by=request.user,
                    now=now,
                    **values,
                )
            except (NotAllowed, MovedOn) as error:
                return answer(request, error, dispute)
            except Refused as error:
                field = "replace_by" if error.field == "replace_by_at" else error.field
                field = "goods" if field == "with_return" else field
                form.add_error(field if field in form.fields else None, str(error))
            else:
                messages.success(request, _("Your offer is on the table. The other side sees it now."))
                return redirect(dispute)
        elif amount > dispute.cap_minor:
            form.add_error("amount", form.fields["amount"].help_text)
        if not form.errors:
            page |= _preview(dispute, form, amount, values)
    page["expires_at"] = now + timedelta(hours=dispute.order.rulebook.offer_hours)
    return render(request, "disputes/offer.html", page, status=422 if form.errors and not request.htmx else 200)


def _made_already(dispute: Dispute, key: str) -> bool:
    try:
        return dispute.offers.filter(key=uuid.UUID(key)).exists()
    except ValueError:
        return False


def _live(dispute: Dispute, side: str, now) -> list:
    return [shown(dispute, each, side, now) for each in dispute.offers.live().filter(expires_at__gt=now)]


def _preview(dispute: Dispute, form: OfferForm, amount: int, values: dict) -> dict:
    """What the offer would move; nothing is written."""
    if dispute.claimant == Order.Side.SUPPLIER:
        amounts = {None: amount}
    else:
        amounts = values["lines"] or actions.spread(dispute, amount)
    preview = actions.preview(dispute, amounts, replaces=bool(values["replacement"]))
    return {"preview": preview, "amount_minor": amount, "with_return": values["with_return"]}


@login_required
@never_cache
def accept_offer(request, reference, number):
    """GET shows once more what accepting moves; POST settles."""
    now = timezone.now()
    dispute = case_for(request, reference)
    side = dispute.acting_side(request.user)
    if side is None:
        return answer(request, NotAllowed(NOT_YOURS), dispute)
    found = get_object_or_404(dispute.offers.prefetch_related("lines"), number=number)
    if request.method == "POST":
        done = _("Accepted, and carried out.") if found.side else _("You have accepted the midpoint.")

        def call():
            actions.accept_offer(dispute_id=dispute.id, number=number, by=request.user, now=now)

        return act(request, dispute, done, call)
    _step, away = move_or_away(request, dispute, "accept_offer", now)
    if away is not None:
        return away
    seen = shown(dispute, found, side, now, with_preview=found.status == Offer.Status.LIVE)
    if not seen.answerable:
        messages.error(request, _("This offer can’t be answered now. Nothing was changed."))
        return redirect(dispute)
    page = {"dispute": dispute, "order": dispute.order, "shown": seen, "side": side, "now": now}
    page |= {"other": wording.name_of(dispute, _other(side)), "is_buyer": side == Order.Side.BUYER}
    return render(request, "disputes/accept.html", page)


def _other(side: str) -> str:
    return Order.Side.SUPPLIER if side == Order.Side.BUYER else Order.Side.BUYER


@login_required
@require_POST
def reject_offer(request, reference, number):
    """Refuse what is on the table."""
    now = timezone.now()
    dispute = case_for(request, reference)

    def call():
        actions.reject_offer(dispute_id=dispute.id, number=number, by=request.user, now=now)

    return act(request, dispute, _("Offer {number} is refused.").format(number=number), call)


@login_required
@require_POST
def withdraw_offer(request, reference, number):
    """Take one's own offer off the table."""
    now = timezone.now()
    dispute = case_for(request, reference)

    def call():
        actions.withdraw_offer(dispute_id=dispute.id, number=number, by=request.user, now=now)

    return act(request, dispute, _("Offer {number} is withdrawn.").format(number=number), call)


@sensitive_post_parameters("amount")
@sensitive_variables()
@login_required
@never_cache
def seal(request, reference):
    """Lodge a true limit, once; what was typed is never shown again, not even when it is refused."""
    now = timezone.now()
    dispute = case_for(request, reference)
    step, away = move_or_away(request, dispute, "seal", now)
    if away is not None:
        return away
    side = dispute.acting_side(request.user)
    form = SealForm(request.POST if request.method == "POST" else None, dispute=dispute)
    if request.method == "POST" and form.is_valid():
        amount = form.cleaned_data["amount"]
        try:
            midpoint = actions.seal_limit(
                dispute_id=dispute.id, amount_minor=-1 if amount is None else amount, by=request.user, now=now
            )
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, dispute)
        except Refused as error:
            form.add_error("amount", str(error))
        else:
            said = _("Your limit is sealed. Nobody can read it.")
            if midpoint is not None:
                said = _("Both limits overlap. Their midpoint is offered to both of you now.")
            messages.success(request, said)
            return redirect(dispute)
    failed = bool(form.errors)
    if failed:
        form.forget()
    page = {"dispute": dispute, "order": dispute.order, "form": form, "step": step, "side": side, "now": now}
    page |= {"is_claimant": side == dispute.claimant, "other": wording.name_of(dispute, _other(side))}
    return render(request, "disputes/seal.html", page, status=422 if failed else 200)
