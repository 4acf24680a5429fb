from orders.models.contract import Attachment, ContractVersion, Instalment, Line, ReferenceRate
from orders.models.delivery import (
    CarrierEvent,
    Hold,
    LaterReceipt,
    Receipt,
    ReceiptLine,
    ReceiptPhoto,
    Shipment,
    ShipmentLine,
    TrackingReview,
)
from orders.models.message import Message
from orders.models.order import Order
from orders.models.review import Review, ReviewMail, ReviewRequest

__all__ = [
    "Attachment",
    "CarrierEvent",
    "ContractVersion",
    "Hold",
    "Instalment",
    "LaterReceipt",
    "Line",
    "Message",
    "Order",
    "Receipt",
    "ReceiptLine",
    "ReceiptPhoto",
    "ReferenceRate",
    "Review",
    "ReviewMail",
    "ReviewRequest",
    "Shipment",
    "ShipmentLine",
    "TrackingReview",
]
