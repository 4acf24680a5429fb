"""What a gateway reports: stored first, then acted on by asking it. A report makes things only sooner.

Nothing in a report's body is believed but what it is about: how a payment, refund, case or settlement stands is asked,
and recorded under the lock of the order. So a report twice, late, out of order or never changes no outcome.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from payments.actions import contesting, paying, pushing, settling
from payments.gateways import Case, Report, Unreachable, named
from payments.models import Chargeback, Payment, Refund, Sending, Webhook
from payments.models.sending import IN_FLIGHT
from trade_assurance.refused import MovedOn, NotAllowed, Refused

State = Webhook.State
MOST_TRIES = 200  # about two days at the longest wait; then a person looks


class UnknownHere(Refused):
    """A report about something that we did not start."""


def store_webhook(*, gateway: str, report: Report, now: datetime) -> tuple[Webhook, bool]:
    """Keep a report before anything is done about it; False when it was stored before. It is due at once."""
    values = {
        "kind": report.kind,
        "said_at": report.said_at,
        "body": report.body,
        "digest": report.digest,
        "received_at": now,
        "next_try_at": now,
    }
    try:
        with transaction.atomic():
            return Webhook.objects.create(gateway=gateway, event=report.event, **values), True
    except IntegrityError:
        return Webhook.objects.get(gateway=gateway, event=report.event), False


def note_refused(*, gateway: str, code: str, why: str, now: datetime) -> None:
    """Let finance see that something was refused as no report, and why: once a day for each reason."""
    event = f"refused:{now:%Y-%m-%d}:{code}"
    rows = Webhook.objects.filter(gateway=gateway, event=event)
    if rows.exists():
        return
    values = {"kind": "refused", "said_at": now, "received_at": now, "body": {}, "digest": "", "ended_at": now}
    try:
        with transaction.atomic():
            Webhook.objects.create(gateway=gateway, event=event, state=State.PARKED, why=why[:500], **values)
    except IntegrityError:
        pass  # another request was first


def hear_webhook(*, webhook_id: int, now: datetime) -> Webhook:
    """Ask the gateway about what a stored report is about, and record the answer. Twice, or at once, does it once.

    Without an answer it stays due. What can't be acted on is parked with the reason, and staff see it.
    """
    webhook = Webhook.objects.get(pk=webhook_id)
    if webhook.state != State.RECEIVED:
        return webhook
    payment = None
    try:
        bank = named(webhook.gateway)
        about = bank.meaning(webhook.kind, webhook.body)
        if about.what == "nothing":
            return _end(webhook_id, State.IGNORED, now=now)
        if about.what not in ("settlement", "trouble"):
            payment = _payment(bank, about.key, about.intent)
        _act(bank, about, payment, now)
    except (Unreachable, MovedOn) as later:
        return _try_later(webhook_id, str(later), payment=payment, now=now)
    except Refused as refused:
        return _end(webhook_id, State.PARKED, why=str(refused), payment=payment, now=now)
    return _end(webhook_id, State.ACTED, payment=payment, now=now)


def _act(bank, about, payment: Payment | None, now: datetime) -> None:
    if about.what == "settlement":
        settling.settle_payout(gateway_name=bank.name, reference=about.reference, now=now)
    elif about.what == "case":
        hear_case(gateway_name=bank.name, case=bank.case(about.reference), now=now)
    elif about.what == "refund":
        _ask_refunds(payment, about.reference, now)
    elif about.what == "trouble":
        raise Refused(about.sentence)
    else:
        payment = paying.ask(payment_id=payment.id, now=now)
        if payment.status == Payment.Status.FAILED and bank.ask(payment, now=now).state == "cleared":
            raise Refused("The gateway has money for this payment, and it had told us before that it failed.")


def _ask_refunds(payment: Payment, reference: str, now: datetime) -> None:
    """Ask how a payment's refunds stand, also one that had been confirmed; one that is not ours needs a person."""
    if payment.awaits_gateway:  # it is told before its payment is
        payment = paying.ask(payment_id=payment.id, now=now)
    for refund in payment.refunds.filter(status__in=IN_FLIGHT):
        pushing.push_refund(refund_id=refund.id, now=now)
    if not reference:
        return
    refund = Refund.objects.filter(payment=payment, gateway_reference=reference).first()
    if refund is None:
        if payment.refunds.filter(status__in=IN_FLIGHT).exists():
            raise MovedOn("A refund of this payment is being made; this is heard once its answer is here.")
        raise UnknownHere(f"The gateway has made a refund ({reference}) that we did not order.")
    ask_confirmed(refund_id=refund.id, now=now)


def ask_confirmed(*, refund_id: int, now: datetime) -> Refund:
    """Ask about a refund that was confirmed: one that failed all the same is owed again. Raises Unreachable.

    A bank can send a refund back days after its processor has called it done.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status != Sending.CONFIRMED:
        return refund
    stands = named(refund.payment.gateway).ask_refund(refund, now=now)
    if stands.state != "failed":
        return refund
    return pushing.bounce_refund(refund_id=refund.id, why=stands.why, now=now)


def _payment(bank, key: str, intent: str) -> Payment:
    """The payment that a report is about: by our key, else by the gateway's reference. Raises UnknownHere."""
    ours = Payment.objects.filter(gateway=bank.name)
    found = None
    if not key and intent:
        found = ours.filter(gateway_reference=intent).first()
        key = "" if found else bank.payment_key(intent)
    if found is None and _is_uuid(key):
        found = ours.filter(key=key).first()
    if found is None:
        raise UnknownHere("No payment of ours has this reference. It may belong to another use of the same account.")
    return found


def _is_uuid(key: str) -> bool:
    try:
        return bool(UUID(key))
    except ValueError:
        return False


def hear_case(*, gateway_name: str, case: Case, now: datetime) -> Chargeback | None:
    """A customer contests a payment, or its bank has decided: as the gateway says when it is asked.

    Raises UnknownHere, Unreachable, MovedOn while the payment has not cleared here, Refused when it does not fit.
    """
    if case.state == "none":
        return None
    bank = named(gateway_name)
    payment = _payment(bank, "", case.intent)
    if not payment.is_final:
        payment = paying.ask(payment_id=payment.id, now=now)
    if case.currency != payment.currency:
        raise Refused(f"The case is in {case.currency} and the payment in {payment.currency}. Nothing was changed.")
    known = Chargeback.objects.filter(gateway=bank.name, gateway_reference=case.reference).first()
    if known is not None and known.amount_minor != case.amount_minor:
        raise Refused("The amount of the case has changed since it was opened. Nothing was changed.")
    contested = contesting.Contested(case.reference, case.amount_minor, case.reason)
    if case.state == "open":
        return contesting.open_chargeback(payment_id=payment.id, contested=contested, now=now)
    chargeback = contesting.end_chargeback(payment_id=payment.id, contested=contested, won=case.state == "won", now=now)
    if chargeback.state != case.state:
        raise Refused(
            f"The bank had decided this case before ({chargeback.state}) and now says otherwise ({case.state})."
        )
    return chargeback


def ask_case(*, gateway_name: str, reference: str, now: datetime) -> Chargeback | None:
    """Ask how a case stands that we know to be open; finds what a lost report would have told."""
    return hear_case(gateway_name=gateway_name, case=named(gateway_name).case(reference), now=now)


@transaction.atomic
def _end(webhook_id: int, state: str, *, why: str = "", payment: Payment | None = None, now: datetime) -> Webhook:
    webhook = Webhook.objects.locked(webhook_id)
    if webhook.state == State.RECEIVED:
        webhook.state, webhook.why, webhook.payment = state, why[:500], payment
        webhook.tries += 1
        webhook.next_try_at, webhook.ended_at = None, now
        webhook.save()
    return webhook


@transaction.atomic
def _try_later(webhook_id: int, why: str, *, payment: Payment | None, now: datetime) -> Webhook:
    webhook = Webhook.objects.locked(webhook_id)
    if webhook.state != State.RECEIVED:
        return webhook
    webhook.tries, webhook.payment, webhook.why = webhook.tries + 1, payment, why[:500]
    webhook.next_try_at = paying.later(now, webhook.tries)
    if webhook.tries >= MOST_TRIES:
        webhook.state, webhook.next_try_at, webhook.ended_at = State.PARKED, None, now
    webhook.save()
    return webhook


@transaction.atomic
def hear_again(*, webhook_id: int, by: User, now: datetime) -> Webhook:
    """Finance lets a parked report be tried again. Raises NotAllowed, MovedOn."""
    webhook = _parked(webhook_id, by)
    webhook.state, webhook.next_try_at, webhook.ended_at, webhook.tries = State.RECEIVED, now, None, 0
    webhook.looked_by = by
    webhook.save()
    return webhook


@transaction.atomic
def set_aside(*, webhook_id: int, reason: str, by: User, now: datetime) -> Webhook:
    """Finance has looked at a parked report and nothing is to be done. Raises NotAllowed, MovedOn, Refused."""
    webhook = _parked(webhook_id, by)
    if not reason.strip():
        raise Refused("Say why nothing is to be done.", field="reason")
    webhook.state, webhook.ended_at, webhook.looked_by = State.SET_ASIDE, now, by
    webhook.why = f"{webhook.why} · {reason.strip()}"[:500]
    webhook.save()
    return webhook


def _parked(webhook_id: int, by: User) -> Webhook:
    if not by.has_perm("payments.hear_webhook"):
        raise NotAllowed("Only finance staff act on what a gateway reports.")
    webhook = Webhook.objects.locked(webhook_id)
    if webhook.state != State.PARKED:
        raise MovedOn(f"This report is {webhook.get_state_display().lower()} already. Nothing was changed.")
    return webhook
