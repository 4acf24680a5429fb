"""The chart of accounts (architecture.md §8): how to name an account before it exists. There are no others."""

from dataclasses import dataclass

from ledger.models import ASSETS, GUARDED, Kind


@dataclass(frozen=True, slots=True)
class Book:
    """The name of one account: its kind and currency, and the order, the supplier or the label that it belongs to."""

    kind: str
    currency: str
    order_id: int | None = None
    supplier_id: int | None = None
    name: str = ""

    @property
    def guarded(self) -> bool:
        """Whether the account stores its balance and may not cross zero."""
        return self.kind in GUARDED

    @property
    def sign(self) -> int:
        """The side on which the balance stands: 1 for assets and costs, -1 for what we owe and earn, 0 for clearing."""
        if self.kind == Kind.CLEARING:
            return 0
        return 1 if self.kind in ASSETS else -1


def escrow(order_id: int, currency: str) -> Book:
    """Money held for an order."""
    return Book(Kind.ESCROW.value, currency, order_id=order_id)


def refund_payable(order_id: int, currency: str) -> Book:
    """Owed to the buyer of an order, not yet sent."""
    return Book(Kind.REFUND_PAYABLE.value, currency, order_id=order_id)


def chargebacks(order_id: int, currency: str) -> Book:
    """Taken back by a card network or a bank, not yet decided."""
    return Book(Kind.CHARGEBACKS.value, currency, order_id=order_id)


def supplier_payable(supplier_id: int, currency: str) -> Book:
    """Released to a supplier, not yet sent."""
    return Book(Kind.SUPPLIER_PAYABLE.value, currency, supplier_id=supplier_id)


def supplier_receivable(supplier_id: int, currency: str) -> Book:
    """Owed to us by a supplier after the guarantee paid for it."""
    return Book(Kind.SUPPLIER_RECEIVABLE.value, currency, supplier_id=supplier_id)


def clearing(name: str, currency: str) -> Book:
    """Taken by a gateway and not yet at our bank, or told to send and not yet gone ("bank" for transfers)."""
    return Book(Kind.CLEARING.value, currency, name=name)


def bank(currency: str, name: str = "main") -> Book:
    """Our balance at a bank."""
    return Book(Kind.BANK.value, currency, name=name)


def suspense(currency: str, name: str = "main") -> Book:
    """Arrived at a bank account or a gateway, not yet cleared; each transfer carries its entry."""
    return Book(Kind.SUSPENSE.value, currency, name=name)


def processing_fees(currency: str) -> Book:
    """Payment fees that we earned."""
    return Book(Kind.PROCESSING_FEES.value, currency)


def service_fees(currency: str) -> Book:
    """Fees on releases that we earned."""
    return Book(Kind.SERVICE_FEES.value, currency)


def gateway_costs(currency: str) -> Book:
    """What gateways kept."""
    return Book(Kind.GATEWAY_COSTS.value, currency)


def bank_charges(currency: str) -> Book:
    """Bank charges and small differences that we bore."""
    return Book(Kind.BANK_CHARGES.value, currency)


def write_offs(currency: str) -> Book:
    """Receivables that we gave up."""
    return Book(Kind.WRITE_OFFS.value, currency)


def own_funds(currency: str) -> Book:
    """Our own money put in."""
    return Book(Kind.OWN_FUNDS.value, currency)
