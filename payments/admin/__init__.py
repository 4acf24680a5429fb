"""Staff pages of payments, one module a part; each is named here, and registers what it has."""

from payments.admin import bank, batches, closing, fraud, payment, proposals, reports, sending, statements

__all__ = ["bank", "batches", "closing", "fraud", "payment", "proposals", "reports", "sending", "statements"]
