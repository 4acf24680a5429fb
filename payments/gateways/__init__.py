"""What a gateway is: it takes and sends money when told, and says how that went. It never decides anything.

Every call may be repeated: the payment's, refund's or payout's `key` is the idempotency key. A call that gets no clear
answer raises Unreachable, and the caller asks again later; nothing is guessed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from trade_assurance.refused import Refused


class Unreachable(Refused):
    """The gateway gave no answer; what it did is not known yet."""

    def __init__(self):
        super().__init__(
            _("The bank cannot be reached at the moment. Nothing is lost; we keep asking until it answers.")
        )


class NotOffered(Refused):
    """This method does not exist in this currency; the sentence says why, and how to pay instead."""


class NotGenuine(Refused):
    """What came is not a report of the gateway's, too old to be believed, or not for us; `code` names the reason."""

    def __init__(self, sentence: str, code: str):
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Outcome:
    """What the gateway says now. `pending` and `needs_customer` are asked again; the others are final.

    Of money that cleared it may tell its fingerprint of the card, and the payer's name and country (ISO 3166-1).
    """

    state: Literal["waiting", "pending", "needs_customer", "cleared", "failed"]
    reference: str = ""
    why: str = ""
    card: str = ""
    payer: str = ""
    country: str = ""


@dataclass(frozen=True)
class Opened:
    """The page where the customer pays, and the gateway's name for it."""

    url: str
    reference: str = ""


@dataclass(frozen=True)
class Case:
    """A payment that its customer contests at its bank; "none" is a case that takes no money. Minor units."""

    reference: str
    intent: str
    amount_minor: int
    currency: str
    reason: str
    state: Literal["open", "won", "lost", "none"]


@dataclass(frozen=True)
class Settled:
    """One row of a settlement: of a payment of ours, a cost, or strange; `said` is the gateway's kind. Minor units."""

    reference: str
    kind: Literal["payment", "cost", "strange"]
    said: str
    intent: str
    currency: str
    amount_minor: int
    fee_minor: int


@dataclass(frozen=True)
class Settlement:
    """What a gateway sent to our bank at once, and of what that is made. Minor units."""

    reference: str
    currency: str
    amount_minor: int
    has_arrived: bool
    rows: tuple[Settled, ...]
    arrives_on: date | None = None  # expected at our bank


@dataclass(frozen=True)
class Meaning:
    """What a report is about; how that stands is asked. `sentence` says for staff what "trouble" there is."""

    what: Literal["payment", "refund", "case", "settlement", "trouble", "nothing"]
    reference: str = ""
    key: str = ""
    intent: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class Report:
    """A signed report as its gateway understands it: the fields of its body that may be kept, and its digest."""

    event: str
    kind: str
    said_at: datetime
    body: dict
    digest: str


class Gateway(Protocol):
    """Money in and out. `now` is for gateways without a clock of their own (the sandbox)."""

    name: str

    def check(self, *, method: str, currency: str, total_minor: int) -> None:
        """Raise Refused, with a sentence for the buyer, when it can't take this amount by this method.

        NotOffered when it takes no amount by it: then the checkout does not show the method.
        """

    def start(self, payment, *, return_to: str, now: datetime) -> Opened:
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
        raise Refused(_("This way to pay is not set up here. Choose another."))
    return _made(path)


def has_gateway(method: str) -> bool:
    """Whether this method can be used here."""
    return method in settings.PAYMENT_GATEWAYS


def named(name: str) -> Gateway:
    """The gateway with this name, whatever it is set up for. Raises Refused when it is not set up."""
    for path in settings.PAYMENT_GATEWAYS.values():
        if _made(path).name == name:
            return _made(path)
    raise Refused(f"The gateway {name} is not set up here (settings.PAYMENT_GATEWAYS).")


def is_set_up(name: str) -> bool:
    """Whether a gateway with this name takes payments here."""
    return any(_made(path).name == name for path in settings.PAYMENT_GATEWAYS.values())


def clearing_name(method: str) -> str:
    """The clearing account that a method's money goes through (architecture.md §8)."""
    return "bank" if method == "tt" else method
