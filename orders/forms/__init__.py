"""What people type about an order, turned into what actions take; whatever was typed is kept and shown again."""

from orders.forms.doing import MessageForm, ReceiptForm, RequestForm, ShipmentForm
from orders.forms.draft import Draft, fresh_terms

__all__ = ["Draft", "MessageForm", "ReceiptForm", "RequestForm", "ShipmentForm", "fresh_terms"]
