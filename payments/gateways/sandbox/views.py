"""The pretend bank's own pages. They stand for a bank's site, know only what the bank knows, and ask no card number."""

from functools import wraps

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.models import Instalment, Order
from payments.gateways.sandbox import bank
from payments.gateways.sandbox.gateway import delay
from payments.gateways.sandbox.models import SandboxCharge
from payments.models import Payment
from payments.stored import said
from trade_assurance import money
from trade_assurance.refused import MovedOn, Refused

State = SandboxCharge.State
OUTCOMES = {
    "card": [
        ("succeeds", _lazy("Pay"), _lazy("The card is charged at once.")),
        ("3ds", _lazy("Pay, and the bank asks to confirm"), _lazy("A further page asks for 3-D Secure.")),
        ("fails_later", _lazy("Pay, and it fails later"), _lazy("The card is taken and refused afterwards.")),
        ("declined", _lazy("Decline"), _lazy("The bank refuses the card.")),
    ],
    "online": [
        ("arrives", _lazy("Pay from my account"), _lazy("The money arrives after a delay.")),
        ("fails_later", _lazy("Pay, and it fails later"), _lazy("The bank takes the order and cannot carry it out.")),
        ("declined", _lazy("Cancel at the bank"), _lazy("Nothing is paid.")),
    ],
}
REASONS = (
    gettext_noop("Goods not received"),
    gettext_noop("Goods not as described"),
    gettext_noop("Not made by me"),
)


def played(view):
    """Serve a page only where the pretend bank is in use."""

    @wraps(view)
    def served(request, *args, **kwargs):
        if not settings.SANDBOX:
            raise Http404
        return view(request, *args, **kwargs)

    return served


@played
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def charge(request, reference: str):
    """The bank's page of one charge: choose what the bank does."""
    found = get_object_or_404(SandboxCharge, reference=reference)
    get_object_or_404(Payment, key=found.key, order__buyer=request.user)  # who pays, and nobody else
    three = found.state == State.THREE_D_SECURE
    if request.method == "POST":
        allowed = {"confirm", "refuse"} if three else {outcome[0] for outcome in OUTCOMES[found.method]}
        outcome = request.POST.get("outcome")
        if outcome in allowed:
            _play(found, outcome, timezone.now())
        found.refresh_from_db()
        if found.state == State.THREE_D_SECURE:
            return redirect("sandbox:charge", reference)
        return redirect(found.return_to)
    if found.state not in (State.OPEN, State.THREE_D_SECURE):
        return redirect(found.return_to)
    context = {"charge": found, "three": three, "outcomes": OUTCOMES[found.method], "delay": delay().seconds}
    return render(request, "sandbox/charge.html", context)


def _play(found: SandboxCharge, outcome: str, now) -> None:
    """Change the charge if it still waits for its customer; a second click finds it changed."""
    state, values = {
        "succeeds": (State.PAID, {}),
        "3ds": (State.THREE_D_SECURE, {}),
        "confirm": (State.PAID, {}),
        "refuse": (State.REFUSED, {"why": gettext_noop("it was not confirmed by 3-D Secure")}),
        "declined": (State.REFUSED, {"why": gettext_noop("the bank declined it")}),
        "arrives": (State.ON_ITS_WAY, {"ends_at": now + delay()}),
        "fails_later": (
            State.ON_ITS_WAY,
            {
                "ends_at": now + delay(),
                "fails": True,
                "why": gettext_noop("the bank took it back after accepting it"),
            },
        ),
    }[outcome]
    SandboxCharge.objects.filter(pk=found.pk, state=found.state).update(state=state, **values)


class ContestForm(forms.Form):
    """What a cardholder tells its bank."""

    amount = forms.CharField(label=_lazy("How much of the charge"), max_length=40)
    reason = forms.ChoiceField(
        label=_lazy("Why"),
        choices=[(words, _lazy(words)) for words in REASONS],
        widget=forms.RadioSelect,
        initial=REASONS[0],
    )

    def __init__(self, *args, currency: str, **kwargs):
        self.currency = currency
        super().__init__(*args, **kwargs)

    def clean_amount(self):
        try:
            return money.parse(self.cleaned_data["amount"], self.currency)
        except Refused as error:
            raise forms.ValidationError(str(error)) from error


@played
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contest(request, reference: str):
    """Play the cardholder's bank: take a cleared charge back, in part or whole, then decide."""
    found = get_object_or_404(SandboxCharge, reference=reference, method="card")
    paid = Payment.objects.select_related("order").filter(order__buyer=request.user, status="cleared")
    payment = get_object_or_404(paid, key=found.key)
    running = found.contests.filter(state="open").first()
    form = ContestForm(
        request.POST if request.method == "POST" and running is None and "outcome" not in request.POST else None,
        currency=found.currency,
        initial={"amount": money.format_amount(found.left_minor, found.currency)},
    )
    if request.method == "POST":
        try:
            if _play_bank(request.POST, found, running, form, timezone.now()):
                return redirect(payment.order) if running else redirect("sandbox:contest", reference)
        except MovedOn as moved_on:
            messages.warning(request, str(moved_on))
            return redirect("sandbox:contest", reference)
        except Refused as refused:
            form.add_error("amount", str(refused))
        if not form.errors:  # an old tab: show how it stands
            return redirect("sandbox:contest", reference)
    past = found.contests.exclude(state="open").order_by("-id")
    context = {"charge": found, "payment": payment, "order": payment.order, "form": form}
    context |= {"running": running, "reason": said(running.reason) if running else "", "past": past}
    return render(request, "sandbox/contest.html", context, status=422 if form.errors else 200)


def _play_bank(posted, charge: SandboxCharge, running, form, now) -> bool:
    """Contest or decide, whichever is asked for and can be done; False when neither."""
    outcome = posted.get("outcome")
    if running is not None and outcome in ("won", "lost"):
        told = bank.decide(contest_id=running.id, won=outcome == "won")
    elif running is None and outcome is None and form.is_valid():
        typed = form.cleaned_data
        told = bank.contest(charge_id=charge.id, amount_minor=typed["amount"], reason=typed["reason"], now=now)
    else:
        return False
    bank.tell(contest_id=told.id, now=now)
    return True


class TransferForm(forms.Form):
    """A transfer as its sender writes it."""

    amount = forms.CharField(label=_lazy("Amount you send"), max_length=40)
    charges = forms.CharField(label=_lazy("Charges that banks take on the way"), max_length=40, initial="0")
    reference = forms.CharField(label=_lazy("Payment reference"), max_length=140, required=False)
    payer_name = forms.CharField(label=_lazy("Sender's name"), max_length=140)
    account = forms.ChoiceField(
        label=_lazy("To which account"),
        choices=[("right", _lazy("The designated account")), ("other", _lazy("Another account, sent to me by e-mail"))],
        initial="right",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, currency: str, **kwargs):
        self.currency = currency
        super().__init__(*args, **kwargs)

    def _minor(self, name: str) -> int:
        try:
            return money.parse(self.cleaned_data[name], self.currency)
        except Refused as error:
            raise forms.ValidationError(str(error)) from error

    def clean_amount(self):
        minor = self._minor("amount")
        if minor <= 0:
            raise forms.ValidationError(_("Send more than zero."))
        return minor

    def clean_charges(self):
        minor = self._minor("charges")
        if minor >= self.cleaned_data.get("amount", minor + 1):
            raise forms.ValidationError(_("Charges must be less than the amount."))
        return minor


@played
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request, reference: str):
    """Play the sender of a bank wire: right or wrong reference, short by charges, too much, wrong account."""
    instalment = get_object_or_404(
        Instalment.objects.filter(order__in=Order.objects.filter(buyer=request.user)).select_related(
            "order__supplier__designated_account", "order__buyer"
        ),
        rf_reference=reference,
    )
    order, account = instalment.order, instalment.order.supplier.designated_account
    form = TransferForm(
        request.POST if request.method == "POST" else None,
        currency=order.currency,
        initial={
            "amount": money.format_amount(instalment.open_minor, order.currency),
            "reference": instalment.rf_reference,
            "payer_name": order.buyer.company_name or order.buyer.full_name,
        },
    )
    context = {"order": order, "instalment": instalment, "account": account, "form": form}
    if request.method == "POST" and form.is_valid():
        now, typed = timezone.now(), form.cleaned_data
        right = typed["account"] == "right"
        sent = bank.send_transfer(
            account_number=account.number if right else "OTHER-0000-0000",
            currency=order.currency,
            amount_minor=typed["amount"],
            charges_minor=typed["charges"],
            reference=typed["reference"],
            payer_name=typed["payer_name"],
            now=now,
        )
        if not right:
            return render(request, "sandbox/not_covered.html", context | {"sent": sent})
        entry = bank.report(transfer_id=sent.id, now=now)
        if entry.payment_id:
            return redirect(entry.payment)
        messages.warning(
            request,
            _(
                "The bank has {amount} and waits to know what it is for. {why} Finance staff match it, or it goes back "
                "to its sender after {days} days."
            ).format(
                amount=money.display(sent.amount_minor, order.currency),
                why=said(entry.why),
                days=order.rulebook.unmatched_return_days,
            ),
        )
        return redirect(f"{reverse('payments:checkout', args=[order.reference, instalment.number])}?method=tt")
    return render(request, "sandbox/transfer.html", context, status=422 if form.errors else 200)
