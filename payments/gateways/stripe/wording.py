"""Stripe's codes in plain words, for the buyer and for staff; in English, as they are stored."""

from django.utils.translation import gettext_noop

from payments import stored

LATE = gettext_noop("it was not finished in time")
REFUSED = gettext_noop("the bank refused it and gave no reason")
PROCESSOR = gettext_noop("the processor refused it")
PROCESSOR_CODE = gettext_noop("the processor refused it ({code})")
INEXACT = gettext_noop("the processor can't give back exactly this amount")
UNSAID = gettext_noop("No reason given")
stored.remember(PROCESSOR_CODE)
_DECLINES = {
    "authentication_required": gettext_noop("the bank asked to confirm the payment, and that did not happen"),
    "payment_intent_authentication_failure": gettext_noop("the payment was not confirmed at the bank"),
    "approve_with_id": gettext_noop("the bank could not authorise it; try again"),
    "bank_account_closed": gettext_noop("the bank account is closed"),
    "bank_account_restricted": gettext_noop("the bank does not allow debits of this account"),
    "call_issuer": gettext_noop("the bank refused and did not say why; the cardholder can ask it"),
    "card_not_supported": gettext_noop("the card can't be used for this purchase"),
    "card_velocity_exceeded": gettext_noop("the card has reached its limit"),
    "currency_not_supported": gettext_noop("the card can't be charged in this currency"),
    "debit_not_authorized": gettext_noop("the account's holder did not allow the debit"),
    "expired_card": gettext_noop("the card has expired"),
    "incorrect_cvc": gettext_noop("the security code was wrong"),
    "incorrect_number": gettext_noop("the card number was wrong"),
    "insufficient_funds": gettext_noop("there was not enough money in the account"),
    "invalid_account": gettext_noop("the card or its account can't be used"),
    "issuer_not_available": gettext_noop("the card's bank could not be reached"),
    "processing_error": gettext_noop("the bank could not process it; try again"),
    "try_again_later": gettext_noop("the bank could not process it; try again later"),
    "withdrawal_count_limit_exceeded": gettext_noop("the card has reached its limit"),
}
_REFUNDS = {
    "charge_already_refunded": gettext_noop("it has all gone back to this payment already"),
    "charge_disputed": gettext_noop("the cardholder has it back from its bank"),
    "charge_for_pending_refund_disputed": gettext_noop("the cardholder has it back from its bank"),
    "amount_too_large": gettext_noop("more was to go back than is left of the payment"),
    "balance_insufficient": gettext_noop("there is not enough money at the processor"),
    "insufficient_funds": gettext_noop("there is not enough money at the processor"),
    "declined": gettext_noop("the buyer's bank refused it"),
    "expired_or_canceled_card": gettext_noop("the card has expired or was closed"),
    "lost_or_stolen_card": gettext_noop("the card was lost or stolen"),
    "resource_missing": gettext_noop("the processor does not know the payment"),
}
_CONTESTS = {
    "bank_cannot_process": gettext_noop("The bank could not process the payment"),
    "check_returned": gettext_noop("The bank returned the payment"),
    "credit_not_processed": gettext_noop("A refund that was promised did not arrive"),
    "customer_initiated": gettext_noop("The customer asked its bank to take it back"),
    "debit_not_authorized": gettext_noop("The account's holder did not allow the debit"),
    "duplicate": gettext_noop("It was charged twice"),
    "fraudulent": gettext_noop("The cardholder did not make this payment"),
    "incorrect_account_details": gettext_noop("The account's details were wrong"),
    "insufficient_funds": gettext_noop("There was not enough money in the account"),
    "product_not_received": gettext_noop("Goods not received"),
    "product_unacceptable": gettext_noop("Goods not as described"),
    "unrecognized": gettext_noop("The cardholder does not recognise it"),
}


def declined(error: dict | None) -> str:
    """Why a payment failed: the bank's reason, or that it gave none. `error` is `last_payment_error` or None."""
    if not error:
        return ""
    for code in (error.get("decline_code"), error.get("code")):
        if code in _DECLINES:
            return _DECLINES[code]
    return REFUSED


def refund_refused(code: str | None) -> str:
    """Why a refund did not go, in words for staff."""
    return _REFUNDS.get(code or "", PROCESSOR_CODE.format(code=code) if code else PROCESSOR)


def contested(reason: str | None) -> str:
    """Why a customer contests a payment."""
    return _CONTESTS.get(reason or "", UNSAID)
