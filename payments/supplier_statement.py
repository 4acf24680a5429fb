"""A supplier's statement: every movement of what it is owed and of what it owes us, as the books have it.

Two accounts of the ledger make it: `supplier_payable` and `supplier_receivable`. The balance is the one less the other;
below zero, the guarantee has paid more for the supplier than it is owed, and its next releases are kept against it.
"""

import csv
import io
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ledger.models import Account, Kind, Transfer
from orders.models import Order
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.sheets import cell

CHUNK = 2_000
WORDS = {
    "release": gettext_noop("Released"),
    "service_fee": gettext_noop("Service fee"),
    "recourse": gettext_noop("Kept for what you owed us"),
    "refund_from_payable": gettext_noop("Refunded to the buyer from what you were owed"),
    "guarantee": gettext_noop("Refunded to the buyer by our guarantee, you owe it to us"),
    "send_payout": gettext_noop("Paid out"),
    "owed_again": gettext_noop("Payout came back"),
    "lost_from_payable": gettext_noop("Taken back by the buyer’s bank, from what you were owed"),
    "lost_guarantee": gettext_noop("Taken back by the buyer’s bank, you owe it to us"),
    "lost_escrow": gettext_noop("Made good from escrow at the order’s end"),
    "write_off": gettext_noop("Given up by us"),
}
# Each sum of the summary: its words, and the kinds that it adds up.
SUMS = (
    (gettext_noop("Released"), ("release", "lost_escrow")),
    (gettext_noop("Service fees"), ("service_fee",)),
    (
        gettext_noop("Refunds and chargebacks"),
        ("refund_from_payable", "guarantee", "lost_from_payable", "lost_guarantee"),
    ),
    (gettext_noop("Paid out"), ("send_payout", "owed_again")),
)


@dataclass(frozen=True)
class Month:
    """A calendar month, in UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        moment = moment.astimezone(UTC)
        return cls(moment.year, moment.month)

    @classmethod
    def read(cls, text: str, now: datetime) -> "Month":
        """The month that an address names, such as 2026-09; this month for anything else."""
        year, _dash, number = text.partition("-")
        if year.isascii() and number.isascii() and year.isdecimal() and number.isdecimal() and len(text) == 7:
            if 2000 <= int(year) <= 2999 and 1 <= int(number) <= 12:
                return cls(int(year), int(number))
        return cls.of(now)

    def __str__(self):
        return f"{self.year}-{self.number:02d}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=monthrange(self.year, self.number)[1])

    @property
    def before(self) -> "Month":
        return Month.of(self.start - timedelta(days=1))

    @property
    def after(self) -> "Month":
        return Month.of(self.end)


@dataclass(slots=True)
class Row:
    """One movement; amounts are what it adds."""

    at: datetime
    said: str  # in English, as papers have it
    order_reference: str
    owed_minor: int  # to the supplier
    owes_minor: int  # by the supplier
    balance_minor: int

    @property
    def words(self) -> str:
        """What it is, in the reader's language."""
        return _(self.said)


class Statement:
    """The movements of one supplier in one currency, of one month, or of all time when `month` is None."""

    def __init__(self, supplier: Supplier, currency: str, month: Month | None = None):
        self.supplier, self.currency, self.month = supplier, currency, month
        kinds = (Kind.SUPPLIER_PAYABLE, Kind.SUPPLIER_RECEIVABLE)
        accounts = Account.objects.of_supplier(supplier.pk).filter(kind__in=kinds, currency=currency)
        self.accounts = {account.kind: account for account in accounts}
        self.payable = self._id(Kind.SUPPLIER_PAYABLE)
        self.receivable = self._id(Kind.SUPPLIER_RECEIVABLE)

    def _id(self, kind: str) -> int:
        return self.accounts[kind].pk if kind in self.accounts else -1

    @property
    def owes_now_minor(self) -> int:
        """What the supplier owes us at this moment."""
        account = self.accounts.get(Kind.SUPPLIER_RECEIVABLE)
        return account.balance_minor if account else 0

    @property
    def owed_now_minor(self) -> int:
        """What the supplier is owed at this moment and has not been sent."""
        account = self.accounts.get(Kind.SUPPLIER_PAYABLE)
        return -account.balance_minor if account else 0

    def movements(self) -> QuerySet:
        """The transfers, each with what it adds to what is owed and to what is owing."""
        found = self._all()
        if self.month:
            found = found.filter(at__gte=self.month.start, at__lt=self.month.end)
        return found

    def _all(self) -> QuerySet:
        ours = [pk for pk in (self.payable, self.receivable) if pk > 0]
        return Transfer.objects.filter(Q(debit__in=ours) | Q(credit__in=ours)).annotate(
            owed=_signed(credit=self.payable, debit=self.payable),
            owes=-_signed(credit=self.receivable, debit=self.receivable),
        )

    def before(self, moment: datetime, transfer_id: int = 0) -> int:
        """The balance before a transfer of a moment, or before everything of the moment."""
        earlier = self._all().filter(Q(at__lt=moment) | Q(at=moment, id__lt=transfer_id))
        return _balance(earlier)

    def opening_minor(self) -> int:
        return self.before(self.month.start) if self.month else 0

    def summary(self) -> list[dict]:
        """The opening balance, what each kind of movement came to, and the closing balance."""
        by_kind = {
            row["kind"]: row["owed_sum"] - row["owes_sum"]
            for row in self.movements().values("kind").annotate(owed_sum=Sum("owed"), owes_sum=Sum("owes")).order_by()
        }
        by_kind.pop("recourse", None)  # takes from both sides alike
        opening = self.opening_minor()
        sums = [{"words": _(words), "minor": sum(by_kind.pop(kind, 0) for kind in kinds)} for words, kinds in SUMS]
        if other := sum(by_kind.values()):
            sums.append({"words": _("Other"), "minor": other})
        closing = opening + sum(one["minor"] for one in sums)
        return [
            {"words": _("Balance before"), "minor": opening},
            *(one for one in sums if one["minor"]),
            {"words": _("Balance after"), "minor": closing, "is_sum": True},
        ]

    def netted_minor(self) -> int:
        """What of the releases was kept for what the supplier owed us."""
        return self.movements().filter(kind="recourse").total_minor()

    def rows(self, transfers, balance_minor: int) -> Iterator[Row]:
        """Movements in words, each with the balance after it; `balance_minor` is the one before the first."""
        transfers = list(transfers)
        ids = {one.order_id for one in transfers if one.order_id}
        references = dict(Order.objects.filter(pk__in=ids).values_list("pk", "reference"))
        for one in transfers:
            balance_minor += one.owed - one.owes
            said = WORDS.get(one.kind, one.kind.replace("_", " ").capitalize())
            yield Row(one.at, said, references.get(one.order_id, ""), one.owed, one.owes, balance_minor)

    def every_row(self) -> Iterator[Row]:
        """All movements in bounded memory, oldest first."""
        balance, last = self.opening_minor(), None
        while True:
            found = self.movements().order_by("at", "id")
            if last is not None:
                found = found.filter(Q(at__gt=last.at) | Q(at=last.at, id__gt=last.pk), at__gte=last.at)
            chunk = list(found[:CHUNK])
            if not chunk:
                return
            last = chunk[-1]
            for row in self.rows(chunk, balance):
                balance = row.balance_minor
                yield row

    @property
    def title(self) -> str:
        return f"{self.supplier.name}, {self.currency}, {self.month or 'all movements'}"

    @property
    def file_name(self) -> str:
        return f"statement-{self.supplier.slug}-{self.currency}-{self.month or 'all'}"


def _signed(*, credit: int, debit: int):
    """Plus the amount where it is credited to an account, minus where it is debited, else 0."""
    return Case(
        When(credit_id=credit, then=F("amount_minor")),
        When(debit_id=debit, then=-F("amount_minor")),
        default=0,
        output_field=BigIntegerField(),
    )


def _balance(transfers: QuerySet) -> int:
    found = transfers.aggregate(owed_sum=Coalesce(Sum("owed"), 0), owes_sum=Coalesce(Sum("owes"), 0))
    return int(found["owed_sum"] - found["owes_sum"])


def currencies(supplier: Supplier) -> list[str]:
    """The currencies in which anything was ever released to a supplier; the dollar before the first."""
    found = Account.objects.of_supplier(supplier.pk).values_list("currency", flat=True)
    return sorted(set(found)) or ["USD"]


def as_csv(statement: Statement) -> Iterator[str]:
    """The statement line by line in English, amounts in major units."""
    line, currency = io.StringIO(), statement.currency
    writer = csv.writer(line)

    def written(*cells) -> str:
        writer.writerow(cells)
        text = line.getvalue()
        line.seek(0)
        line.truncate()
        return text

    def major(minor: int) -> str:
        return f"{money.to_decimal(minor, currency):f}"

    yield "\ufeff" + written("Date (UTC)", "Movement", "Order", "Owed to you", "You owe us", "Balance", "Currency")
    opening = statement.opening_minor()
    yield written("", cell(f"Balance before: {statement.title}"), "", "", "", major(opening), currency)
    balance = opening
    for row in statement.every_row():
        balance = row.balance_minor
        yield written(
            f"{row.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            cell(row.said),
            cell(row.order_reference),
            major(row.owed_minor),
            major(row.owes_minor),
            major(balance),
            currency,
        )
    yield written("", "Balance after", "", "", "", major(balance), currency)
