"""Every change to payments: what is started, what arrived, what is sent. The order's row is locked first."""

from payments.actions.contesting import Contested, end_chargeback, open_chargeback
from payments.actions.paying import ask, check_method, open_at_gateway, postpone, refresh, settle_gateway, start_payment
from payments.actions.pushing import let_send_again, push_payout, push_refund, record_payout, record_refund
from payments.actions.receiving import Credit, begin_return, match_entry, push_return, record_bank_credit, suggestions
from payments.actions.sending import NothingToSend, send_payout, send_refunds

__all__ = [
    "Contested",
    "Credit",
    "NothingToSend",
    "ask",
    "begin_return",
    "check_method",
    "end_chargeback",
    "let_send_again",
    "match_entry",
    "open_at_gateway",
    "open_chargeback",
    "postpone",
    "push_payout",
    "push_refund",
    "push_return",
    "record_bank_credit",
    "record_payout",
    "record_refund",
    "refresh",
    "send_payout",
    "send_refunds",
    "settle_gateway",
    "start_payment",
    "suggestions",
]
