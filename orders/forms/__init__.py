"""What people type about an order, turned into what actions take; whatever was typed is kept and shown again."""

from orders.forms.doing import MessageForm, RequestForm, ShipmentForm
from orders.forms.draft import Draft, fresh_terms
from orders.forms.receiving import LaterReceiptForm, ReceiptForm
from orders.forms.reviewing import ReplyForm, ReviewForm

__all__ = [
    "Draft",
    "LaterReceiptForm",
    "MessageForm",
    "ReceiptForm",
    "ReplyForm",
    "RequestForm",
    "ReviewForm",
    "ShipmentForm",
    "fresh_terms",
]
