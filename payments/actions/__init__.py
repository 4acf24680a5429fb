"""Every change to payments: what is started, what arrived, what is sent. The order's row is locked first."""

from payments.actions.batching import (
    NothingToBatch,
    confirm_batch,
    drop_batch,
    end_batch,
    make_batch,
    mark_returned,
    name_sender_account,
    release_batch,
    take_file,
)
from payments.actions.contesting import Contested, end_chargeback, open_chargeback
from payments.actions.desk import (
    book_charge,
    book_own_funds,
    confirm_proposal,
    decline_proposal,
    match_entry,
    refund_entry,
    return_entry,
    split_entry,
    take_payout,
)
from payments.actions.importing import import_at_once, import_statement, receive_statement
from payments.actions.naming import ask_payer, disown_payer, name_payer
from payments.actions.paying import ask, check_method, open_at_gateway, postpone, refresh, settle_gateway, start_payment
from payments.actions.planning import Part
from payments.actions.pushing import let_send_again, push_payout, push_refund, record_payout, record_refund
from payments.actions.receiving import Credit, record_bank_credit
from payments.actions.returning import begin_return, push_return
from payments.actions.sending import NothingToSend, send_payout, send_refunds

__all__ = [
    "Contested",
    "Credit",
    "NothingToBatch",
    "NothingToSend",
    "Part",
    "ask",
    "ask_payer",
    "begin_return",
    "book_charge",
    "book_own_funds",
    "check_method",
    "confirm_batch",
    "confirm_proposal",
    "decline_proposal",
    "disown_payer",
    "drop_batch",
    "end_batch",
    "end_chargeback",
    "import_at_once",
    "import_statement",
    "let_send_again",
    "make_batch",
    "mark_returned",
    "match_entry",
    "name_payer",
    "name_sender_account",
    "open_at_gateway",
    "open_chargeback",
    "postpone",
    "push_payout",
    "push_refund",
    "push_return",
    "receive_statement",
    "record_bank_credit",
    "record_payout",
    "record_refund",
    "refresh",
    "refund_entry",
    "release_batch",
    "return_entry",
    "send_payout",
    "send_refunds",
    "settle_gateway",
    "split_entry",
    "start_payment",
    "take_file",
    "take_payout",
]
