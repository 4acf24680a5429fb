"""The step of paying: for pages and actions the same rule (Rulebook 1, 2)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import checks
from orders.models import Order
from orders.models.conditions import no_payment_processing
from orders.steps import Step, gone
from trade_assurance.money import display

S = Order.Status
PAYABLE = (S.PLACED, S.PAID, S.SHIPPED, S.RECEIVED)
CHECKED = _lazy("Our staff are checking a payment. Until they have, nothing can be cancelled or changed.")
UNVERIFIED = _lazy("Confirm your e-mail address before you pay: open the link that we sent you.")


def next_due(order: Order):
    """The first instalment, by number, with something to pay; None when all is paid."""
    parts = sorted(order.instalments.all(), key=lambda part: part.number)
    return next((part for part in parts if part.open_minor), None)


def _verified(user) -> bool:
    """Whether the person's e-mail address is confirmed, asked once a request."""
    if not hasattr(user, "_has_verified_email"):
        user._has_verified_email = user.emailaddress_set.filter(verified=True).exists()
    return user._has_verified_email


def pay(order, user, side, now):
    """Pay the next open instalment."""
    if side != Order.Side.BUYER:
        return None
    if order.status not in PAYABLE:
        reason = (
            _("Nothing is to be paid before both sides have accepted the contract.")
            if order.status == S.DRAFT
            else gone(order)
        )
        return Step("pay", _("Pay"), False, reason)
    part = next_due(order)
    if part is None:
        return Step("pay", _("Pay"), False, _("Everything is paid."))
    reason = ""
    if order.processing_payments:
        busy = set(order.payments.on_the_way().values_list("instalment_id", flat=True))
        free = [p for p in order.instalments.all() if p.open_minor and p.id not in busy]
        part = min(free, key=lambda p: p.number, default=part)
        reason = "" if free else CHECKED if checks.due_at(order) else no_payment_processing.sentence
    if not reason and not _verified(user):
        reason = UNVERIFIED
    rules = order.rulebook
    silence = ""
    if order.status == S.PLACED and part.before_shipment:
        silence = _(
            "The supplier may cancel {supplier_days} days after this date; "
            "{days} days after it the order is cancelled and what you paid is "
            "refunded."
        ).format(
            supplier_days=rules.overdue_supplier_cancel_days,
            days=rules.overdue_cancel_days,
        )
        if order.cleared_minor == 0:
            silence = _(
                "{unpaid_days} days after the contract was signed, or {days} days "
                "after this date, an order with nothing paid is cancelled. Nobody owes anything then."
            ).format(unpaid_days=rules.unpaid_cancel_days, days=rules.overdue_cancel_days)
    return Step(
        "pay",
        _("Pay {label}").format(label=part.label),
        not reason,
        reason,
        part.due_at,
        silence,
        ("payments:checkout", order.reference, part.number),
        _asked(order) is None,  # what waits for its payer's name may be this very money: nobody is told to pay it twice
    )


def _asked(order):
    """The first question about a payer that waits for the buyer; lists fetch those of all their orders at once."""
    questions = sorted(order.payer_questions.all(), key=lambda question: question.id)
    return next((question for question in questions if question.is_asked), None)


def name_payer(order, user, side, now):
    """Say who sent a transfer that came in another name (Rulebook 6)."""
    if side != Order.Side.BUYER or order.status not in PAYABLE or next_due(order) is None:
        return None  # where nothing is open the money can only go back, whoever sent it
    asked = _asked(order)
    if asked is None:
        return None
    came = display(asked.entry.amount_minor, asked.entry.currency)
    return Step(
        "name_payer",
        _("Say who sent {came}").format(came=came),
        True,
        "",
        asked.entry.return_at,
        _("If nobody says so by then, the money goes back to its sender."),
        ("payments:payer", order.reference),
        True,
    )
