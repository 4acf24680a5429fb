from orders.models.contract import Attachment, ContractVersion, Instalment, Line, ReferenceRate
from orders.models.delivery import Hold, Receipt, ReceiptLine, Shipment, ShipmentLine
from orders.models.message import Message
from orders.models.order import Order
from orders.models.review import Review, ReviewMail, ReviewRequest

__all__ = [
    "Attachment",
    "ContractVersion",
    "Hold",
    "Instalment",
    "Line",
    "Message",
    "Order",
    "Receipt",
    "ReceiptLine",
    "ReferenceRate",
    "Review",
    "ReviewMail",
    "ReviewRequest",
    "Shipment",
    "ShipmentLine",
]
