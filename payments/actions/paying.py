"""Paying through a gateway: intent, commit, call, record (Rulebook 3, 4)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from ledger import chart
from orders import actions as order_actions
from orders import books
from orders.models import Instalment, Order
from orders.steps import demand
from payments.actions import holding
from payments.fraud.facts import Arriving
from payments.fraud.scoring import Assessment, assess
from payments.gateways import Outcome, Unreachable, clearing_name, gateway, has_gateway
from payments.models import Method, Payment
from payments.return_reasons import NO_REASON
from trade_assurance.money import display
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import to_usd

ORDER = "order"
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)


def later(now: datetime, times: int) -> datetime:
    """When to ask again after asking `times` times: 5 s, 10 s, 20 s, … at most 15 min."""
    return now + min(FIRST_WAIT * 2 ** min(times, 10), LONGEST_WAIT)


def check_method(order: Order, instalment: Instalment, method: str) -> None:
    """Raise Refused with the reason when this instalment can't be paid by this method (Rulebook 4)."""
    if method not in (Method.CARD, Method.ONLINE):
        raise Refused(
            _("A bank wire is sent from your bank to the designated account; there is nothing to start here."),
            field="method",
        )
    if not has_gateway(method):
        raise Refused(_("This way to pay is not set up here. Choose another."), field="method")
    limit = order.rulebook.card_max_usd
    if method == Method.CARD and to_usd(instalment.open_minor, order.currency, order.usd_per_unit) > limit:
        raise Refused(
            _("A card can pay at most {limit} of one instalment. Choose another method.").format(
                limit=display(limit, "USD")
            ),
            field="method",
        )
    fee = order.rulebook.processing_fee(method, instalment.open_minor, order.currency, order.usd_per_unit)
    gateway(method).check(method=method, currency=order.currency, total_minor=instalment.open_minor + fee)


@transaction.atomic
def start_payment(*, order_id: int, instalment_number: int, method: str, key: UUID, by: User, now: datetime) -> Payment:
    """Note the intent to pay what is open of an instalment by card or online; then call `open_at_gateway`.

    The same key gives the same payment, so a double click starts one. An earlier attempt that the customer left is
    replaced; should it be finished all the same, what it brings is counted or owed back. Raises NotAllowed, MovedOn,
    Refused with the method's limit.
    """
    order = Order.objects.locked(order_id)
    if (made := Payment.objects.filter(key=key).first()) is not None:
        if made.order_id != order.id or made.created_by_id != by.id:
            raise NotAllowed(_("This form belongs to another payment. Open the page again."))
        return made
    demand("pay", order, by=by, now=now)
    instalment = order.instalments.select_for_update().filter(number=instalment_number).first()
    if instalment is None:
        raise Refused(_("This order has no such instalment."))
    if instalment.open_minor == 0:
        raise MovedOn(_("{label} is paid. Nothing was charged.").format(label=instalment.label))
    if order.payments.on_the_way().filter(instalment=instalment).exists():
        raise MovedOn(
            _("A payment for {label} is being processed. Wait until the bank has answered.").format(
                label=instalment.label
            )
        )
    check_method(order, instalment, method)
    order.payments.filter(instalment=instalment, status=Payment.Status.STARTED, replaced_at=None).update(
        replaced_at=now
    )
    amount = instalment.open_minor
    payment = Payment.objects.create(
        order=order,
        instalment=instalment,
        method=method,
        key=key,
        currency=order.currency,
        amount_minor=amount,
        fee_minor=order.rulebook.processing_fee(method, amount, order.currency, order.usd_per_unit),
        gateway=gateway(method).name,
        created_by=by,
        started_at=now,
        next_ask_at=later(now, 0),
    )
    record(
        ORDER,
        order.id,
        "payment.started",
        by=by,
        now=now,
        data={
            "payment": payment.id,
            "method": method,
            "instalment": instalment.number,
            "amount": amount,
            "fee": payment.fee_minor,
        },
    )
    return payment


def open_at_gateway(*, payment_id: int, now: datetime) -> str:
    """The gateway's page for this payment, asked for once it is committed. Raises Unreachable; then try again.

    Raises Refused when the gateway won't take it.
    """
    payment = Payment.objects.select_related("order", "instalment").get(pk=payment_id)
    if not payment.url:
        opened = gateway(payment.method).start(payment, return_to=f"{payment.get_absolute_url()}?back=1", now=now)
        Payment.objects.filter(pk=payment_id, url="").update(url=opened.url, gateway_reference=opened.reference)
        return opened.url
    return payment.url


def ask(*, payment_id: int, now: datetime) -> Payment:
    """Ask the gateway how a payment stands and record the answer; without one it stays as it is and is asked later."""
    payment = Payment.objects.get(pk=payment_id)
    if not payment.awaits_gateway:
        return payment
    try:
        outcome = gateway(payment.method).ask(payment, now=now)
    except Unreachable:
        return postpone(payment_id=payment_id, now=now)
    return refresh(payment_id=payment_id, outcome=outcome, now=now)


@transaction.atomic
def postpone(*, payment_id: int, now: datetime) -> Payment:
    """Nobody answered: ask again later. What the gateway has done is not guessed."""
    payment = Payment.objects.locked(payment_id)
    if payment.awaits_gateway:
        payment.asked += 1
        payment.next_ask_at = later(now, payment.asked)
        payment.save(update_fields=["asked", "next_ask_at"])
    return payment


def refresh(*, payment_id: int, outcome: Outcome, now: datetime) -> Payment:
    """Record what a gateway said. The same answer twice, or a late one after a final one, changes nothing.

    The fraud rules look before the transaction that books the money; a payment that scores high waits in suspense.
    """
    assessment = None
    if outcome.state == "cleared":
        payment = Payment.objects.get(pk=payment_id)
        if not payment.awaits_gateway:
            return payment
        assessment = assess(_arriving(payment, outcome), now=now)
    return _record(payment_id, outcome, assessment, now)


def _arriving(payment: Payment, outcome: Outcome) -> Arriving:
    return Arriving(
        order_id=payment.order_id,
        amount_minor=payment.amount_minor,
        card=outcome.card,
        payer_name=outcome.payer,
        payer_country=outcome.country,
    )


@transaction.atomic
def _record(payment_id: int, outcome: Outcome, assessment: Assessment | None, now: datetime) -> Payment:
    order = Order.objects.locked(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
    payment = Payment.objects.locked(payment_id)
    if not payment.awaits_gateway:
        return payment
    payment.asked += 1
    payment.next_ask_at = later(now, payment.asked)
    payment.gateway_reference = outcome.reference or payment.gateway_reference
    was_processing = payment.status == Payment.Status.PROCESSING
    if outcome.state == "cleared":
        _arrive(order, payment, assessment, was_processing=was_processing, now=now)
    elif outcome.state == "failed":
        because = outcome.why or NO_REASON
        payment.fail(now=now, because=because)
        if was_processing:
            order_actions.payment_ended(order_id=order.id, payment_id=payment.id, because=because, now=now)
        else:
            record(ORDER, order.id, "payment.failed", now=now, data={"payment": payment.id, "because": because})
    elif outcome.state == "pending" and not was_processing and order.takes_money:
        payment.process()
        order_actions.payment_began(order_id=order.id, payment_id=payment.id, now=now)
    payment.save()
    return payment


def _arrive(order: Order, payment: Payment, assessment: Assessment, *, was_processing: bool, now: datetime) -> None:
    """The gateway has the money: it clears, or waits in suspense for risk staff."""
    name = clearing_name(payment.method)
    source = chart.clearing(name, order.currency)
    is_held = holding.is_to_hold(order, assessment)
    holding.note(payment, assessment, is_held=is_held, now=now)
    if is_held:
        suspense = chart.suspense(order.currency, name)
        holding.hold(order, payment, source=source, suspense=suspense, was_processing=was_processing, now=now)
    else:
        clear(order, payment, source=source, was_processing=was_processing, now=now)


def clear(order: Order, payment: Payment, *, source: chart.Book, was_processing: bool, now: datetime) -> None:
    """To the instalment what it has open; the rest, with its share of the fee, is owed back (Rulebook 2, 4).

    Part of an action that holds order and payment, and saves the payment.
    """
    instalment = order.instalments.select_for_update().get(pk=payment.instalment_id)
    part = 0 if not order.takes_money else min(instalment.open_minor, payment.amount_minor)
    fee = payment.fee_minor
    if part == 0:
        fee = 0
    elif part < payment.amount_minor:
        fee = min(fee, order.rulebook.processing_fee(payment.method, part, order.currency, order.usd_per_unit))
    parts = [order_actions.Part(instalment.id, part)] if part else []
    _book(order, payment, parts, fee, source=source, was_processing=was_processing, now=now)


def give_back(order: Order, payment: Payment, *, source: chart.Book, was_processing: bool, now: datetime) -> None:
    """All of what a payment brought is owed back, its fee too. Part of an action, as `clear` is."""
    _book(order, payment, [], 0, source=source, was_processing=was_processing, now=now)


def _book(order: Order, payment: Payment, parts: list, fee: int, *, source, was_processing: bool, now) -> None:
    cleared = sum(part.amount_minor for part in parts)
    surplus = payment.total_minor - cleared - fee
    order_actions.clear_payment(
        order_id=order.id,
        payment_id=payment.id,
        method=payment.method,
        source=source,
        parts=parts,
        fee_minor=fee,
        surplus_minor=surplus,
        was_processing=was_processing,
        entry=payment.gateway_reference,
        now=now,
    )
    payment.cleared_minor, payment.fee_kept_minor, payment.surplus_minor = cleared, fee, surplus
    payment.clear(now=now)


settle_gateway = transaction.atomic(books.settled)  # what a processor sent and what it kept, each `key` once
