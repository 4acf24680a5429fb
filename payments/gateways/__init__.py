"""What a gateway is: it takes and sends money when told, and says how that went. It never decides anything.

Every call may be repeated: the payment's, refund's or payout's `key` is the idempotency key. A call that gets no clear
answer raises Unreachable, and the caller asks again later; nothing is guessed.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from trade_assurance.refused import Refused


class Unreachable(Refused):
    """The gateway gave no answer; what it did is not known yet."""

    def __init__(self):
        super().__init__("The bank cannot be reached at the moment. Nothing is lost; we keep asking until it answers.")


@dataclass(frozen=True)
class Outcome:
    """What the gateway says now. `pending` and `needs_customer` are asked again; the others are final."""

    state: Literal["pending", "needs_customer", "cleared", "failed"]
    reference: str = ""
    why: str = ""


class Gateway(Protocol):
    """Money in and out. `now` is for gateways without a clock of their own (the sandbox)."""

    name: str

    def start(self, payment, *, return_to: str, now: datetime) -> str:
        """Where the customer pays; the same payment gives the same charge. `return_to` is a path of ours."""

    def ask(self, payment, *, now: datetime) -> Outcome:
        """How a payment stands."""

    def refund(self, refund, *, now: datetime) -> Outcome:
        """Send a refund; `cleared` when it is confirmed, `pending` when it is on its way."""

    def ask_refund(self, refund, *, now: datetime) -> Outcome:
        """How a refund stands."""

    def payout(self, payout, *, now: datetime) -> Outcome:
        """Send a payout."""

    def ask_payout(self, payout, *, now: datetime) -> Outcome:
        """How a payout stands."""

    def give_back(self, entry, *, now: datetime) -> Outcome:
        """Send a bank entry back to its sender; asking again is the same call."""


@cache
def _made(path: str) -> Gateway:
    return import_string(path)()


def gateway(method: str) -> Gateway:
    """The gateway of a payment method. Raises Refused when none is set up (settings.PAYMENT_GATEWAYS)."""
    path = settings.PAYMENT_GATEWAYS.get(method)
    if path is None:
        raise Refused("This way to pay is not set up here. Choose another.")
    return _made(path)


def has_gateway(method: str) -> bool:
    """Whether this method can be used here."""
    return method in settings.PAYMENT_GATEWAYS


def clearing_name(method: str) -> str:
    """The clearing account that a method's money goes through (architecture.md §8)."""
    return "bank" if method == "tt" else method
