"""Pages of paying: checkout, how a payment stands, and a supplier's payouts."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from ledger import chart
from ledger.models import Account
from orders.models import Order
from orders.steps import step_of
from payments import actions
from payments.forms import CheckoutForm
from payments.gateways import NotOffered, has_gateway
from payments.models import Method, Payment, Payout, PayoutLine
from payments.waiting import why_payout_waits
from suppliers.acting import acting_member
from trade_assurance import arrival
from trade_assurance.refused import Refused

PAYOUTS_SHOWN = 25
ARRIVES = {
    Method.CARD: _lazy("Arrives today."),
    Method.TT: _lazy("Arrives in 2 to 5 working days."),
    Method.ONLINE: _lazy("Arrives in 1 to 6 working days."),
}


def _ways(order: Order, instalment) -> tuple[list[dict], list[str]]:
    """Every method with its fee and total, or the reason why it can't be used here; and why others are not offered."""
    found, absent = [], []
    for method in (Method.CARD, Method.TT, Method.ONLINE):
        amount = instalment.open_minor
        fee = order.rulebook.processing_fee(method, amount, order.currency, order.usd_per_unit)
        refused = ""
        if method != Method.TT:
            try:
                actions.check_method(order, instalment, method)
            except NotOffered as error:
                absent.append(str(error))
                continue
            except Refused as error:
                refused = str(error)
            if not has_gateway(method):
                continue
        found.append(
            {
                "value": method.value,
                "label": method.label,
                "arrives": ARRIVES[method],
                "fee_minor": fee,
                "total_minor": amount + fee,
                "refused": refused,
            }
        )
    return found, absent


def _cover(order: Order, instalment) -> dict:
    """The covered amount now and when this instalment has cleared, with the meter's segments in percent."""
    now_minor = order.covered_minor
    paid = order.cleared_minor + instalment.open_minor - order.refunded_minor
    left = order.left_of_limit_minor
    released = order.status == Order.Status.RECEIVED
    after_minor = min(paid, max(left, order.escrow_minor + (0 if released else instalment.open_minor)))
    adds = max(0, after_minor - now_minor)
    width = now_minor * 100 // after_minor if after_minor else 0
    return {
        "now_minor": now_minor,
        "adds_minor": adds,
        "after_minor": now_minor + adds,
        "segments": [{"x": 0, "w": width, "tone": "safe"}, {"x": width, "w": 100 - width, "tone": "safe-half"}],
    }


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request, reference: str, number: int):
    """Choose how to pay one instalment; POST starts the payment and goes to the bank's page."""
    order = get_object_or_404(
        Order.objects.visible_to(request.user).filter(buyer=request.user).select_related("supplier", "buyer"),
        reference=reference,
    )
    instalment = get_object_or_404(order.instalments, number=number)
    now = timezone.now()
    form = CheckoutForm(request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            payment = actions.start_payment(
                order_id=order.id,
                instalment_number=number,
                method=form.cleaned_data["method"],
                key=form.cleaned_data["key"],
                by=request.user,
                now=now,
            )
        except Refused as error:
            form.add_error("method" if error.field == "method" else None, str(error))
        else:
            return _to_bank(request, payment, now)
    step = step_of("pay", order, request.user, now)
    ways, absent = _ways(order, instalment)
    free = [way for way in ways if not way["refused"]]  # a wire at least: its account is always there
    asked = form.data.get("method") if form.is_bound else request.GET.get("method")
    chosen = next((way for way in free if way["value"] == asked), free[0])
    processing = order.payments.on_the_way().filter(instalment=instalment).first()
    context = {
        "order": order,
        "instalment": instalment,
        "share_bp": instalment.amount_minor * 10_000 // order.total_minor,
        "step": step,
        "may_pay": step.allowed and instalment.open_minor > 0 and processing is None,
        "processing": processing,
        "ways": ways,
        "absent": absent,
        "way": chosen,
        "form": form,
        "cover": _cover(order, instalment),
        "account": getattr(order.supplier, "designated_account", None),
        "rules": order.rulebook,
        "overdue": instalment.open_minor and instalment.due_at <= now,
        "now": now,
        "active": "orders",
        "can_play": settings.SANDBOX,
    }
    return render(request, "payments/checkout.html", context, status=422 if form.errors else 200)


def _to_bank(request, payment: Payment, now) -> HttpResponse:
    """To the gateway's page; when it can't be reached the payment waits and its page offers to try again.

    Who was there before may have paid, or its time is over: that is asked first, so that nobody lands on a dead page.
    """
    if payment.url:
        payment = actions.ask(payment_id=payment.id, now=now)
    if payment.status != Payment.Status.STARTED:
        return redirect(payment)
    try:
        return redirect(actions.open_at_gateway(payment_id=payment.id, now=now))
    except Refused as error:
        messages.error(request, str(error))
        return redirect(payment)


def _payment(request, public_id) -> Payment:
    return get_object_or_404(
        Payment.objects.visible_to(request.user).select_related("order__supplier", "instalment"), public_id=public_id
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request, public_id):
    """How a payment stands. Coming back from the bank asks it at once; POST goes to the bank's page again."""
    payment, now = _payment(request, public_id), timezone.now()
    if request.method == "POST":
        return _to_bank(request, payment, now)
    if payment.awaits_gateway and ("back" in request.GET or payment.next_ask_at <= now):
        actions.ask(payment_id=payment.id, now=now)
        payment = _payment(request, public_id)
    return render(request, "payments/detail.html", _standing(payment, now))


@login_required
@never_cache
@require_safe
def state(request, public_id):
    """The part of the payment's page that keeps itself current. The bank's last answer loads the whole page once."""
    payment, now = _payment(request, public_id), timezone.now()
    if payment.awaits_gateway and payment.next_ask_at <= now:
        actions.ask(payment_id=payment.id, now=now)
        payment = _payment(request, public_id)
    if not request.htmx:
        return redirect(payment)
    answer = render(request, "payments/state.html", _standing(payment, now))
    if not payment.awaits_gateway:
        answer["HX-Redirect"] = payment.get_absolute_url()
    return answer


def _standing(payment: Payment, now) -> dict:
    order = payment.order
    return {
        "payment": payment,
        "order": order,
        "instalment": payment.instalment,
        "refunds": payment.refunds.order_by("-id"),
        "arrival": arrival.business_days(dict(order.rulebook.refund_arrival_days)[payment.method]),
        "contest_url": _contest_url(payment),
        "now": now,
        "active": "orders",
    }


def _contest_url(payment: Payment) -> str:
    """Where the sandbox lets a person play the bank of this payment's card; nowhere for real ones."""
    played = settings.SANDBOX and payment.gateway == "sandbox" and payment.method == Method.CARD
    if not played or payment.status != Payment.Status.CLEARED:
        return ""
    return reverse("sandbox:contest", args=[payment.gateway_reference])


@login_required
@never_cache
@require_GET
def payouts(request):
    """What a supplier was paid and will be paid: for those who keep its books."""
    member = acting_member(request)
    if member is None or not member.keeps_books:
        raise Http404
    supplier, now = member.supplier, timezone.now()
    rows = Payout.objects.visible_to(request.user).filter(supplier=supplier).order_by("-id")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(id__lt=int(before))
    lines = PayoutLine.objects.select_related("order").order_by("id")
    rows = list(rows.prefetch_related(Prefetch("lines", queryset=lines))[: PAYOUTS_SHOWN + 1])
    more, rows = len(rows) > PAYOUTS_SHOWN, rows[:PAYOUTS_SHOWN]
    owed = [
        {
            "currency": account.currency,
            "minor": -account.balance_minor,
            "why": why_payout_waits(supplier.id, account.currency, now),
        }
        for account in Account.objects.of_supplier(supplier.id).filter(
            kind=chart.supplier_payable(supplier.id, "USD").kind, balance_minor__lt=0
        )
    ]
    kept = Order.objects.filter(supplier=supplier, status=Order.Status.RECEIVED).order_by("protection_ends_at")
    context = {
        "supplier": supplier,
        "payouts": rows,
        "older": f"?before={rows[-1].id}" if more else "",
        "newer": request.path if before else "",
        "owed": owed,
        "reserves": [order for order in kept[:50] if order.escrow_minor > 0],
        "now": now,
        "active": "payouts",
    }
    return render(request, "payments/payouts.html", context)
