"""Who may make a transition of an order, and what must be true for it, each with the sentence that is told."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _lazy


# Who may make a transition: called as permission(order, user); `by=None`, the system, is never asked.
def nobody(order, user) -> bool:
    return False


def is_buyer(order, user) -> bool:
    return order.buyer_id == user.id


def is_seller(order, user) -> bool:
    member = order.member(user)
    return member is not None and member.sells


def is_party(order, user) -> bool:
    return is_buyer(order, user) or is_seller(order, user)


# What must be true for a transition; the sentence says what is missing.
def condition(sentence: str):
    def named(function):
        function.sentence = sentence
        return function

    return named


@condition(_lazy("Both sides must accept the same version first."))
def both_accepted(order) -> bool:
    version = order.versions.newest()
    return version is not None and version.accepted_by_both


@condition(
    _lazy("A payment is being processed. Wait until the bank has answered; nothing can be cancelled or changed before.")
)
def no_payment_processing(order) -> bool:
    return order.processing_payments == 0


@condition(_lazy("The instalments due before shipment have not all cleared."))
def paid_before_shipment(order) -> bool:
    due = [part for part in order.instalments.all() if part.before_shipment]
    return bool(due) and all(part.open_minor == 0 for part in due)


@condition(_lazy("Not all goods of the contract have been shipped."))
def all_shipped(order) -> bool:
    return not order.lines.filter(shipped_quantity__lt=F("quantity") - F("cancelled_quantity")).exists()


@condition(_lazy("Money is still held for this order."))
def escrow_empty(order) -> bool:
    return order.escrow_minor == 0


@condition(_lazy("A card payment of this order is contested at the bank. Nothing moves until the bank has decided."))
def nothing_contested(order) -> bool:
    return order.contested_minor == 0


@condition(_lazy("A claim on this order is open. Settle it, withdraw it, or let staff decide; then the order can end."))
def no_dispute_open(order) -> bool:
    return order.open_disputes == 0
