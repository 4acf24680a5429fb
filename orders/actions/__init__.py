"""Every change to an order. Each function locks the order's row first and writes one event."""

from orders.actions.agreeing import (
    CoverChanged,
    accept,
    add_attachment,
    draft_contract,
    lapse,
    remove_attachment,
    request_contract,
    save_draft,
    send_contract,
)
from orders.actions.cancelling import (
    award_unshipped,
    cancel,
    cancel_unpaid,
    confirm_production,
    propose_cancel,
    withdraw_proposal,
)
from orders.actions.clearing import Part, clear_payment, payment_began, payment_ended
from orders.actions.delivering import (
    Counted,
    auto_confirm,
    confirm_receipt,
    expire_protection,
    extend_confirm,
    record_arrival,
    ship,
)
from orders.actions.offering import begin_contract
from orders.actions.reviewing import (
    ask_for_review,
    note_asked,
    remove_review,
    reply_to_review,
    revise_review,
    send_review_mail,
    write_review,
)
from orders.actions.talking import write_message

__all__ = [
    "Counted",
    "CoverChanged",
    "Part",
    "accept",
    "add_attachment",
    "ask_for_review",
    "auto_confirm",
    "award_unshipped",
    "begin_contract",
    "cancel",
    "cancel_unpaid",
    "clear_payment",
    "confirm_production",
    "confirm_receipt",
    "draft_contract",
    "expire_protection",
    "extend_confirm",
    "lapse",
    "note_asked",
    "payment_began",
    "payment_ended",
    "propose_cancel",
    "record_arrival",
    "remove_attachment",
    "remove_review",
    "reply_to_review",
    "request_contract",
    "revise_review",
    "save_draft",
    "send_contract",
    "send_review_mail",
    "ship",
    "withdraw_proposal",
    "write_message",
    "write_review",
]
