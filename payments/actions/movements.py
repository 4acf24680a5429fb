"""What every movement of a statement is kept as: an entry with its state and, where staff must look, the reason."""

from dataclasses import dataclass
from datetime import date, datetime

from events.actions import record
from payments.actions.receiving import STATEMENT, Credit
from payments.models import BankEntry, Payout, PayoutBatch, Refund
from payments.statements import Entry

Status = BankEntry.Status


@dataclass(frozen=True)
class Movement:
    """An entry of a statement on an account of ours; `credit` is what it would be as new money, for a credit."""

    entry: Entry
    account: str
    told: dict  # what the statement tells, by the names of BankEntry
    credit: Credit | None = None

    @property
    def names(self) -> set[str]:
        """Every name that the bank gives it, or what it is of."""
        entry = self.entry
        return {name for name in (entry.end_to_end_id, entry.bank_reference, *entry.references) if name}

    @property
    def words(self) -> str:
        """All that is said in it, for finding a reference of ours."""
        return " ".join([*sorted(self.names), self.entry.batch, self.entry.text])

    def on(self, now: datetime) -> date:
        """The bank's day of it."""
        return self.entry.booked_on or self.entry.value_on or now.date()

    @property
    def has_balances(self) -> bool:
        """Whether it stands on a statement with balances; a notification tells the same money once more."""
        return self.told["statement"].closing_minor is not None


def told_with_balances(entry: BankEntry) -> bool:
    """Whether an entry that is kept stands on a statement with balances."""
    return entry.statement is not None and entry.statement.closing_minor is not None


def keep(
    movement: Movement,
    status: str,
    now: datetime,
    *,
    why: str = "",
    sending: Refund | Payout | None = None,
    file: PayoutBatch | None = None,
    **links,
) -> BankEntry:
    """The entry that a movement is from now on; `links` are other rows that it is of, by the names of BankEntry."""
    entry = movement.entry
    row = BankEntry(
        entry=entry.number,
        account_number=movement.account,
        currency=entry.currency,
        amount_minor=entry.amount_minor,
        charges_minor=entry.charges_minor,
        reference=entry.text[:200],
        payer_name=entry.other_name,
        arrived_at=now,
        status=status,
        why=why[:500],
        refund=sending if isinstance(sending, Refund) else None,
        payout=sending if isinstance(sending, Payout) else None,
        payout_batch=file,
        **links,
        **movement.told,
    )
    row.save()
    side = BankEntry.Direction(row.direction).value
    record(STATEMENT, row.id, f"{side}.{status}", now=now, data={"entry": row.entry} | ({"why": why} if why else {}))
    return row
