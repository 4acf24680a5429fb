"""Cards and bank payments by Stripe: its hosted Checkout takes the customer's details, so none of them come here."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from payments.gateways import Case, Meaning, NotOffered, Opened, Outcome, Report, Settlement, Unreachable
from payments.gateways.stripe import disputes, settling, telling, wording
from payments.gateways.stripe.amounts import check_amount, to_stripe
from payments.gateways.stripe.client import Declined, api, asked, listed, told
from trade_assurance.refused import Refused

logger = structlog.get_logger()
OPEN_FOR = timedelta(hours=3)  # Checkout takes between 30 minutes and 24 hours
LEAST_OPEN = timedelta(minutes=35)  # its shortest time, and a clock that is not exactly ours
CHARGED = {"expand": ["latest_charge"]}
DID_NOT_GO = ("failed", "canceled")
CARD = ("card",)
BANK_METHODS = {  # what Stripe has for a bank payment in a currency; each is debited, and known after days
    "USD": ("us_bank_account",),
    "EUR": ("sepa_debit",),
    "GBP": ("bacs_debit",),
}
NO_BANK_METHOD = {  # why what Stripe has there is no online bank payment (docs/adr/0015)
    "JPY": _lazy(
        "There is no online bank payment in {currency}: the processor only has transfers to an account of its own, and "
        "money is covered on the designated one only. Pay by T/T instead."
    ),
    "CNY": _lazy(
        "There is no online bank payment in {currency}: the processor only has wallets, which take a refund back for "
        "90 days, and protection lasts longer. Pay by T/T instead."
    ),
}


class Stripe:
    """The gateway of cards (3-D Secure when the card's bank asks) and of online bank payments."""

    name = "stripe"

    def check(self, *, method: str, currency: str, total_minor: int) -> None:
        _types(method, currency)
        check_amount(total_minor, currency)

    def start(self, payment, *, return_to: str, now: datetime) -> Opened:
        """The same payment gives the same session. Raises Refused when it is too late, or Stripe won't take it."""
        closes_at = payment.started_at + OPEN_FOR
        if now > closes_at - LEAST_OPEN:
            raise Refused(_("This payment was started too long ago. Nothing was charged; start it again."))
        key, back = str(payment.key), settings.SITE_URL + return_to
        about = {"payment": key, "order": payment.order.reference}
        try:
            session = told(
                api().checkout.sessions.create,
                {
                    "mode": "payment",
                    "payment_method_types": list(_types(payment.method, payment.currency)),
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": payment.currency.lower(),
                                "unit_amount": to_stripe(payment.total_minor, payment.currency),
                                "product_data": {
                                    "name": f"{payment.order.reference}, {payment.instalment.label}"[:200]
                                },
                            },
                        }
                    ],
                    "client_reference_id": key,
                    "metadata": about,
                    "payment_intent_data": {"metadata": about},
                    "adaptive_pricing": {"enabled": False},  # money is never converted
                    "expires_at": int(closes_at.timestamp()),
                    "success_url": back,
                    "cancel_url": back,
                },
                {"idempotency_key": key},
            )
        except Declined as declined:
            raise Refused(_("The processor does not take this payment. Choose another way to pay.")) from declined
        return Opened(session["url"], session["id"])

    def ask(self, payment, *, now: datetime) -> Outcome:
        reference = _own(payment).gateway_reference
        if not reference:  # nobody was shown a page of Stripe's, so nobody can have paid there
            late = now >= payment.started_at + OPEN_FOR
            return Outcome("failed", why=wording.LATE) if late else Outcome("needs_customer")
        if reference.startswith("pi_"):
            return _of_intent(asked(api().payment_intents.retrieve, reference, CHARGED), payment)
        session = asked(api().checkout.sessions.retrieve, reference, {"expand": ["payment_intent.latest_charge"]})
        intent = session.get("payment_intent")
        if session["status"] == "open":  # a declined card can be tried again on its page
            return Outcome("needs_customer", reference)
        if session["status"] == "expired":
            refused = wording.declined(intent and intent.get("last_payment_error"))
            return Outcome("failed", reference, refused or wording.LATE)
        if intent is None:
            return _strange(payment, "a session is complete without a payment")
        return _of_intent(intent, payment)

    def refund(self, refund, *, now: datetime) -> Outcome:
        """Looks first whether this refund was made: Stripe forgets an idempotency key after a day, we do not."""
        intent = _own(refund.payment).gateway_reference
        made = self._made(refund, intent)
        if made is None:
            try:
                made = told(
                    api().refunds.create,
                    {
                        "payment_intent": intent,
                        "amount": to_stripe(refund.amount_minor, refund.currency),
                        "metadata": {"refund": str(refund.key), "payment": str(refund.payment.key)},
                    },
                    {"idempotency_key": str(refund.key)},
                )
            except Declined as declined:
                return Outcome("failed", why=wording.refund_refused(declined.code))
            except Unreachable:
                raise
            except Refused:  # an amount that Stripe can't express
                return Outcome("failed", why=wording.INEXACT)
        return _of_refund(made)

    def ask_refund(self, refund, *, now: datetime) -> Outcome:
        if not refund.gateway_reference:
            return self.refund(refund, now=now)
        return _of_refund(asked(api().refunds.retrieve, refund.gateway_reference))

    def bounced(self, *, since: datetime) -> Iterator[str]:
        """References of refunds made since then that did not reach the buyer, whatever was said of them before."""
        made = listed(api().refunds.list, {"created": {"gte": int(since.timestamp())}})
        return (refund["id"] for refund in made if refund["status"] in DID_NOT_GO)

    def _made(self, refund, intent: str) -> dict | None:
        """The refund that Stripe made for this key; None when there is none."""
        key, known = str(refund.key), listed(api().refunds.list, {"payment_intent": intent})
        return next((made for made in known if (made.get("metadata") or {}).get("refund") == key), None)

    # what it reports by itself, and what is asked then -----------------------------------------------------------

    def read(self, body: bytes, signature: str) -> Report:
        """A report that came, when it is genuine. Raises NotGenuine."""
        return telling.read(body, signature)

    def meaning(self, kind: str, body: dict) -> Meaning:
        """What a stored report is about."""
        return telling.meaning(kind, body)

    def case(self, reference: str) -> Case:
        """How a contested payment stands."""
        return disputes.case(reference)

    def cases(self, *, since: datetime) -> Iterator[Case]:
        """Cases that were opened since then."""
        return disputes.cases(since=since)

    def settlement(self, reference: str) -> Settlement:
        """What one payout of Stripe's to our bank is made of."""
        return settling.settlement(reference)

    def settlements(self, *, since: datetime) -> Iterator[str]:
        """Payouts to our bank that arrived since then."""
        return settling.references(since=since)

    def payment_key(self, intent: str) -> str:
        """The key of our payment that a PaymentIntent was made for; empty when it was not made by us."""
        return (asked(api().payment_intents.retrieve, intent).get("metadata") or {}).get("payment", "")


def _types(method: str, currency: str) -> tuple[str, ...]:
    types = CARD if method == "card" else BANK_METHODS.get(currency) if method == "online" else None
    if types is None:
        none = _("There is no online bank payment in {currency}: the processor has none. Pay by T/T instead.")
        raise NotOffered(NO_BANK_METHOD.get(currency, none).format(currency=currency), field="method")
    return types


def _own(payment):
    """A payment that another gateway has started is not known here, whatever the settings say now."""
    if payment.gateway != Stripe.name:
        logger.error("payment of another gateway", payment_id=payment.pk, gateway=payment.gateway)
        raise Unreachable
    return payment


def _strange(payment, why: str):
    """Stripe says what can't be: nothing is booked, it is asked again, and somebody must look."""
    logger.error("stripe and we differ on a payment", payment_id=payment.pk, why=why)
    raise Unreachable


def _of_intent(intent: dict, payment) -> Outcome:
    """What a PaymentIntent of a finished page says. It names our payment and its exact amount, or it counts nothing."""
    if (intent.get("metadata") or {}).get("payment") != str(payment.key):
        return _strange(payment, "the payment at Stripe names another payment of ours")
    if intent["status"] == "succeeded":
        expected = (to_stripe(payment.total_minor, payment.currency), payment.currency)
        received = (intent.get("amount_received", intent["amount"]), intent["currency"].upper())
        if received != expected:
            return _strange(payment, f"{received} came where {expected} was asked for")
        return Outcome("cleared", intent["id"], **_payer(intent))
    if intent["status"] in ("requires_payment_method", "canceled"):
        return Outcome("failed", intent["id"], wording.declined(intent.get("last_payment_error")) or wording.LATE)
    return Outcome("pending", intent["id"])  # processing, or the bank is still checking the account


def _payer(intent: dict) -> dict:
    """Who paid, for the checks on payments: Stripe's fingerprint of the card, the name on it, and its country."""
    charge = intent.get("latest_charge")
    if not isinstance(charge, dict):
        return {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    name = (charge.get("billing_details") or {}).get("name")
    return {"card": card.get("fingerprint") or "", "payer": name or "", "country": card.get("country") or ""}


def _of_refund(made: dict) -> Outcome:
    if made["status"] == "succeeded":
        return Outcome("cleared", made["id"])
    if made["status"] in DID_NOT_GO:
        return Outcome("failed", made["id"], wording.refund_refused(made.get("failure_reason")))
    return Outcome("pending", made["id"])
