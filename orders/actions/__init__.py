"""Every change to an order. Each function locks the order's row first and writes one event."""

from orders.actions.agreeing import (
    CoverChanged,
    accept,
    draft_contract,
    lapse,
    request_contract,
    save_draft,
    send_contract,
)
from orders.actions.amending import (
    accept_amendment,
    decline_amendment,
    lapse_amendment,
    propose_amendment,
    withdraw_amendment,
)
from orders.actions.attaching import add_attachment, remove_attachment
from orders.actions.cancelling import (
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
)
from orders.actions.emptying import empty
from orders.actions.keeping import keep_late_goods
from orders.actions.lateness import award_unshipped, note_late
from orders.actions.offering import begin_contract
from orders.actions.receiving import (
    add_photo,
    ask_later_receipt,
    grant_later_receipt,
    refuse_later_receipt,
    remove_photo,
)
from orders.actions.reviewing import (
    ask_for_review,
    note_asked,
    remove_review,
    reply_to_review,
    revise_review,
    send_review_mail,
    write_review,
)
from orders.actions.shipping import ship
from orders.actions.talking import write_message
from orders.actions.tracking import end_waiting, find_false, find_valid, hear, record_arrival

__all__ = [
    "Counted",
    "CoverChanged",
    "Part",
    "accept",
    "accept_amendment",
    "add_attachment",
    "add_photo",
    "ask_for_review",
    "ask_later_receipt",
    "auto_confirm",
    "award_unshipped",
    "begin_contract",
    "cancel",
    "cancel_unpaid",
    "clear_payment",
    "confirm_production",
    "confirm_receipt",
    "decline_amendment",
    "draft_contract",
    "empty",
    "end_waiting",
    "expire_protection",
    "extend_confirm",
    "find_false",
    "find_valid",
    "grant_later_receipt",
    "hear",
    "keep_late_goods",
    "lapse",
    "lapse_amendment",
    "note_asked",
    "note_late",
    "payment_began",
    "payment_ended",
    "propose_amendment",
    "propose_cancel",
    "record_arrival",
    "refuse_later_receipt",
    "remove_attachment",
    "remove_photo",
    "remove_review",
    "reply_to_review",
    "request_contract",
    "revise_review",
    "save_draft",
    "send_contract",
    "send_review_mail",
    "ship",
    "withdraw_amendment",
    "withdraw_proposal",
    "write_message",
    "write_review",
]
