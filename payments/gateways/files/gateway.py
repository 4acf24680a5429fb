"""Transfers by files: what is told to go waits for a payment file that two persons let out.

Nothing is sent from here. `payments.actions.batching` writes the file; the bank's statement says what has left.
"""

from datetime import datetime

from django.utils.translation import gettext_noop

from payments import stored
from payments.gateways import Outcome
from payments.models.batch import BatchItem, PayoutBatch
from trade_assurance.refused import Refused

State = PayoutBatch.State
WAITS = gettext_noop("Waits for the next payment file.")
IN_FILE = gettext_noop("In the file {file}, which is not with the bank yet.")
WITH_BANK = gettext_noop("With the bank, in the file {file}.")
stored.remember(IN_FILE, WITH_BANK)


class Files:
    """The gateway of T/T with a real bank."""

    name = "files"

    def check(self, *, method: str, currency: str, total_minor: int) -> None:
        """A transfer of any amount may come."""

    def start(self, payment, *, return_to: str, now: datetime):
        raise Refused("A transfer is made at the buyer's own bank, with the reference of its instalment.")

    def ask(self, payment, *, now: datetime) -> Outcome:
        return Outcome("pending")

    def refund(self, refund, *, now: datetime) -> Outcome:
        return self._stands(refund.batch_items)

    ask_refund = refund

    def payout(self, payout, *, now: datetime) -> Outcome:
        return self._stands(payout.batch_items)

    ask_payout = payout

    def give_back(self, entry, *, now: datetime) -> Outcome:
        why = f"Send it back at the bank with the reference {entry.end_to_end}; the statement says when it has left."
        return Outcome("pending", why=why)

    def _stands(self, items) -> Outcome:
        item: BatchItem | None = items.filter(is_dropped=False).select_related("batch").first()
        if item is None:
            return Outcome("waiting", why=WAITS)
        if item.batch.state in (State.SENT, State.CONFIRMED):
            return Outcome("pending", item.end_to_end, why=WITH_BANK.format(file=item.batch))
        return Outcome("waiting", item.end_to_end, why=IN_FILE.format(file=item.batch))
