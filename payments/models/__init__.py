from payments.gateways.sandbox.models import SandboxCharge, SandboxSending, SandboxSettlement, SandboxTransfer
from payments.models.bank import BankEntry
from payments.models.payment import Method, Payment
from payments.models.sending import Payout, PayoutLine, Refund, Sending

__all__ = [
    "BankEntry",
    "Method",
    "Payment",
    "Payout",
    "PayoutLine",
    "Refund",
    "SandboxCharge",
    "SandboxSending",
    "SandboxSettlement",
    "SandboxTransfer",
    "Sending",
]
