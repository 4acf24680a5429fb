from payments.gateways.sandbox.models import (
    SandboxCharge,
    SandboxContest,
    SandboxSending,
    SandboxSettlement,
    SandboxTransfer,
)
from payments.models.bank import BankEntry
from payments.models.batch import BatchItem, PayoutBatch, SenderAccount
from payments.models.chargeback import Chargeback
from payments.models.closing import CloseLine, DailyClose, Receivable
from payments.models.desk import MatchProposal, PayerQuestion
from payments.models.fraud import Check, Sighting
from payments.models.payment import Method, Payment
from payments.models.sending import Payout, PayoutLine, Refund, Sending
from payments.models.statement import Statement, StatementFile
from payments.models.webhook import GatewaySettlement, Webhook

__all__ = [
    "BankEntry",
    "BatchItem",
    "Chargeback",
    "Check",
    "CloseLine",
    "DailyClose",
    "GatewaySettlement",
    "MatchProposal",
    "Method",
    "PayerQuestion",
    "Payment",
    "Payout",
    "PayoutBatch",
    "PayoutLine",
    "Receivable",
    "Refund",
    "SandboxCharge",
    "SandboxContest",
    "SandboxSending",
    "SandboxSettlement",
    "SandboxTransfer",
    "SenderAccount",
    "Sending",
    "Sighting",
    "Statement",
    "StatementFile",
    "Webhook",
]
