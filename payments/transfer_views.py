"""Pages around bank transfers: the payment instruction, as page and PDF, and who paid when the name is another."""

import re

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from orders.models import Order
from payments import actions, instructions
from payments.forms import PayerForm
from payments.models import PayerQuestion
from payments.questions import became_of, page_of
from trade_assurance.refused import MovedOn, Refused

NUMBER = re.compile(r"[0-9]{1,18}")


def _order(request, reference: str) -> Order:
    """An order of the buyer's own; for everybody else there is no such page."""
    mine = Order.objects.visible_to(request.user).filter(buyer=request.user)
    return get_object_or_404(mine.select_related("supplier__designated_account", "buyer"), reference=reference)


@login_required
@never_cache
@require_safe
def instruction(request, reference: str, number: int):
    """What to send where for one instalment; when nothing is to be paid it says so and names no account."""
    order = _order(request, reference)
    instalment = get_object_or_404(order.instalments, number=number)
    told, gone = [], ""
    try:
        told = instructions.rows(order, instalment)
    except MovedOn as moved:
        gone = str(moved)
    context = {
        "order": order,
        "instalment": instalment,
        "rows": told,
        "gone": gone,
        "covered_minor": order.covered_minor,
        "now": timezone.now(),
        "active": "orders",
        "can_play": settings.SANDBOX,
    }
    return render(request, "payments/instruction.html", context)


@login_required
@never_cache
@require_safe
def instruction_pdf(request, reference: str, number: int):
    """The same as a PDF; when nothing is to be paid, the page says why."""
    order = _order(request, reference)
    instalment = get_object_or_404(order.instalments, number=number)
    try:
        written = instructions.pdf(order, instalment)
    except MovedOn:
        return redirect("payments:instruction", reference, number)
    answer = HttpResponse(written, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="payment-{instalment.rf_reference}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def payer(request, reference: str):
    """The buyer names who sent a transfer in another name, or says that it is none of its own (Rulebook 6)."""
    order = _order(request, reference)
    questions = PayerQuestion.objects.filter(order=order).select_related("order", "entry", "instalment").order_by("id")
    asked = questions.asked()
    named = (request.POST if request.method == "POST" else request.GET).get("question", "")
    shown = questions.filter(pk=named).first() if NUMBER.fullmatch(named) else None
    question = shown or asked.first() or questions.last()
    if question is None:
        if request.method == "POST":
            messages.info(request, _("Nobody is asked who paid for this order. Nothing was changed."))
            return redirect(order)
        raise Http404
    if not question.is_asked:
        return _answered(request, question, asked)
    given = request.POST if request.method == "POST" else None
    is_disowned = request.POST.get("answer") == "disown"
    form = PayerForm(given, initial={"question": question.pk}, is_disowned=is_disowned)
    if request.method == "POST" and form.is_valid():
        try:
            _answer(request, form.cleaned_data, shown)
        except MovedOn:  # answered from another window, or the money moved, since this was read
            return _answered(request, questions.get(pk=question.pk), asked)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Thank you. Our finance staff look at it next."))
            return redirect(order)
    context = {
        "order": order,
        "question": question,
        "entry": question.entry,
        "form": form,
        "now": timezone.now(),
        "active": "orders",
    }
    return render(request, "payments/payer.html", context, status=422 if form.errors else 200)


def _answered(request, question: PayerQuestion, asked):
    """What became of a question; an answer that comes too late changes nothing."""
    heading, more = became_of(question)
    other = asked.exclude(pk=question.pk).first()
    context = {
        "order": question.order,
        "entry": question.entry,
        "heading": heading,
        "more": more,
        "another": page_of(other) if other else "",
        "active": "orders",
    }
    return render(request, "payments/payer_answered.html", context, status=409 if request.method == "POST" else 200)


def _answer(request, given: dict, question: PayerQuestion | None) -> None:
    """What the buyer said, of the question that its page showed."""
    if question is None:
        raise Refused(_("This form was of another transfer. Read the page again, and answer for this one."))
    if request.POST.get("answer") == "disown":
        actions.disown_payer(question_id=question.pk, by=request.user, now=timezone.now())
        return
    actions.name_payer(
        question_id=question.pk,
        name=given["name"],
        relation=given["relation"],
        by=request.user,
        now=timezone.now(),
    )
