"""Stripe's codes in plain words, for the buyer and for staff."""

LATE = "it was not finished in time"
_DECLINES = {
    "authentication_required": "the bank asked to confirm the payment, and that did not happen",
    "payment_intent_authentication_failure": "the payment was not confirmed at the bank",
    "approve_with_id": "the bank could not authorise it; try again",
    "bank_account_closed": "the bank account is closed",
    "bank_account_restricted": "the bank does not allow debits of this account",
    "call_issuer": "the bank refused and did not say why; the cardholder can ask it",
    "card_not_supported": "the card can't be used for this purchase",
    "card_velocity_exceeded": "the card has reached its limit",
    "currency_not_supported": "the card can't be charged in this currency",
    "debit_not_authorized": "the account's holder did not allow the debit",
    "expired_card": "the card has expired",
    "incorrect_cvc": "the security code was wrong",
    "incorrect_number": "the card number was wrong",
    "insufficient_funds": "there was not enough money in the account",
    "invalid_account": "the card or its account can't be used",
    "issuer_not_available": "the card's bank could not be reached",
    "processing_error": "the bank could not process it; try again",
    "try_again_later": "the bank could not process it; try again later",
    "withdrawal_count_limit_exceeded": "the card has reached its limit",
}
_REFUNDS = {
    "charge_already_refunded": "it has all gone back to this payment already",
    "charge_disputed": "the cardholder has it back from its bank",
    "charge_for_pending_refund_disputed": "the cardholder has it back from its bank",
    "amount_too_large": "more was to go back than is left of the payment",
    "balance_insufficient": "there is not enough money at the processor",
    "insufficient_funds": "there is not enough money at the processor",
    "declined": "the buyer's bank refused it",
    "expired_or_canceled_card": "the card has expired or was closed",
    "lost_or_stolen_card": "the card was lost or stolen",
    "resource_missing": "the processor does not know the payment",
}
_CONTESTS = {
    "bank_cannot_process": "The bank could not process the payment",
    "check_returned": "The bank returned the payment",
    "credit_not_processed": "A refund that was promised did not arrive",
    "customer_initiated": "The customer asked its bank to take it back",
    "debit_not_authorized": "The account's holder did not allow the debit",
    "duplicate": "It was charged twice",
    "fraudulent": "The cardholder did not make this payment",
    "incorrect_account_details": "The account's details were wrong",
    "insufficient_funds": "There was not enough money in the account",
    "product_not_received": "Goods not received",
    "product_unacceptable": "Goods not as described",
    "unrecognized": "The cardholder does not recognise it",
}


def declined(error: dict | None) -> str:
    """Why a payment failed: the bank's reason, or that it gave none. `error` is `last_payment_error` or None."""
    if not error:
        return ""
    for code in (error.get("decline_code"), error.get("code")):
        if code in _DECLINES:
            return _DECLINES[code]
    return "the bank refused it and gave no reason"


def refund_refused(code: str | None) -> str:
    """Why a refund did not go, in words for staff."""
    return _REFUNDS.get(code or "", "the processor refused it" + (f" ({code})" if code else ""))


def contested(reason: str | None) -> str:
    """Why a customer contests a payment."""
    return _CONTESTS.get(reason or "", "No reason given")
