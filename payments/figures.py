"""The finance desk's figures: every balance as the ledger has it now, by currency, and how the days went."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Sum
from django.db.models.functions import Least

from ledger import proof, rollup
from ledger.models import Kind
from orders import rates
from orders.models import Hold, Order
from payments import charts, closing
from payments.models import BankEntry, CloseLine, DailyClose, Receivable
from payments.models.closing import Level
from suppliers.models import Supplier
from trade_assurance.money import CURRENCIES, display

PERIODS = (30, 90)
LISTED = 12  # rows of each list
DEAF_HOURS = 36  # from then on a missing close is a warning


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: its name, what it means, and its amount in each currency; `part` is of the line above."""

    name: str
    means: str
    minors: tuple[int, ...]
    part: bool = False
    bad: tuple[bool, ...] = ()

    @property
    def cells(self):
        return zip(self.minors, self.bad or (False,) * len(self.minors), strict=True)


# name, what it means, kinds of account, sign that makes the usual balance positive
NOW = (
    ("Held in escrow", "Buyers’ money on orders", ("escrow",), -1),
    ("Owed to suppliers", "Released, not yet told to go", ("supplier_payable",), -1),
    ("Owed to buyers", "Refunds not yet told to go", ("refund_payable",), -1),
    ("In suspense", "Arrived and not matched, or held for a check", ("suspense",), -1),
    ("At the bank", "By the books", ("bank",), 1),
    ("In clearing", "At gateways, less what is on its way out", ("clearing",), 1),
    ("Contested", "Taken back by card networks, undecided", ("chargebacks",), 1),
    ("Guarantee used", "Owed to us by suppliers", ("supplier_receivable",), 1),
    ("Processing fees", "Earned", ("processing_fees",), -1),
    ("Service fees", "Earned", ("service_fees",), -1),
    ("Costs", "Gateways, bank charges, given up", ("gateway_costs", "bank_charges", "write_offs"), 1),
    ("Own funds", "Our own money put in", ("own_funds",), -1),
)


def finance(*, now: datetime, days: int = 30, currency: str = "") -> dict:
    """Everything that the finance page shows; its balances are the ledger's of this moment."""
    books = closing.Books(now.date(), now, tuple(rollup.balances()))
    currencies = [code for code in CURRENCIES if code in books.currencies] or ["USD"]
    chosen = currency if currency in currencies else currencies[0]
    days = days if days in PERIODS else PERIODS[0]
    return {
        "currencies": currencies,
        "chosen": chosen,
        "days": days,
        "periods": PERIODS,
        "figures": table(books, currencies),
        "warnings": warnings(now),
        "suspense": suspense(now),
        "guarantee": guarantee(),
        "closes": list(DailyClose.objects.latest_runs()[:7]),
        **history(chosen, now.date(), days),
    }


def table(books: closing.Books, currencies: list[str]) -> list[Figure]:
    """Where money stands now, one line a kind, and whether what we hold covers what we owe (quality.md §1)."""
    reserved, held = _reserved(), _held()
    rows = []
    for name, means, kinds, sign in NOW:
        minors = tuple(sum(sign * books.by_kind.get((kind, code), 0) for kind in kinds) for code in currencies)
        rows.append(Figure(name, means, minors))
        if kinds == ("escrow",):
            rows.append(Figure("reserved", "Kept back after receipt", _row(reserved, currencies), part=True))
            rows.append(Figure("on hold", "Disputed, contested, short or rejected", _row(held, currencies), part=True))
    covers = [closing.covered(books.by_kind, code) for code in currencies]
    spare = tuple(have - owed for owed, have in covers)
    means = "Bank, clearing and contested, less escrow, owed and suspense"
    rows.append(Figure("Our own money left", means, spare, bad=tuple(minor < 0 for minor in spare)))
    return rows


def _row(by_currency: dict[str, int], currencies: list[str]) -> tuple[int, ...]:
    return tuple(by_currency.get(code, 0) for code in currencies)


def _reserved() -> dict[str, int]:
    """What is kept back of received orders until protection ends, as far as escrow has it."""
    escrow = (
        F("cleared_minor")
        + F("borne_minor")
        - F("released_minor")
        - F("refunded_escrow_minor")
        - F("charged_back_escrow_minor")
        - F("unborne_minor")
    )
    received = Order.objects.filter(status=Order.Status.RECEIVED).values_list("currency")
    return dict(received.annotate(minor=Sum(Least(F("reserve_minor"), escrow))))


def _held() -> dict[str, int]:
    return dict(Hold.objects.open().values_list("order__currency").annotate(minor=Sum("amount_minor")))


def warnings(now: datetime) -> list[tuple[str, str]]:
    """What somebody must know first, as (alarm or look, sentence): closes that alarm or are missing, proof, rates."""
    found = []
    last = DailyClose.objects.order_by("-day", "-run").first()
    if last is None or last.made_at < now - timedelta(hours=DEAF_HOURS):
        said = f"The last close was made {last.made_at:%d %b %H:%M} UTC" if last else "No day has been closed yet"
        found.append(("look", f"{said}: the nightly close has not run."))
    if last is not None and last.alarms:
        lines = CloseLine.objects.filter(close=last, level=Level.ALARM).order_by("id")[:LISTED]
        found += [("alarm", f"{last}: {line.sentence}") for line in lines]
    proved = proof.last_result()
    if proved is not None and not proved.holds:
        said = f"The proof of {proved.at:%d %b %H:%M} UTC found {proved.breaches} broken promises of the books."
        found.append(("alarm", f"{said} Payouts wait until it holds again."))
    old = rates.stale(now)
    if old:
        names = ", ".join(f"{code} ({on:%d %b %Y})" if on else f"{code} (none)" for code, on in old)
        found.append(("look", f"Reference rates are old: {names}. New contracts are made at them; import rates."))
    return found


def suspense(now: datetime) -> list[dict]:
    """What has waited in suspense for longest."""
    entries = BankEntry.objects.in_suspense().order_by("arrived_at", "id")[:LISTED]
    rows = [
        {
            "page": ("admin:payments_bankentry_change", entry.pk),
            "name": entry.entry,
            "from": entry.payer_name,
            "minor": entry.amount_minor,
            "currency": entry.currency,
            "since": entry.arrived_at,
            "why": entry.why,
        }
        for entry in entries
    ]
    rows += [
        {
            "page": ("admin:payments_payment_change", pk),
            "name": f"Payment {pk}",
            "from": "",
            "minor": minor,
            "currency": currency,
            "since": since,
            "why": "Held for a fraud check.",
        }
        for pk, currency, minor, since in closing.held_payments()[:LISTED]
    ]
    rows.sort(key=lambda row: row["since"])
    return [row | {"age": max(0, (now - row["since"]).days)} for row in rows[:LISTED]]


def guarantee() -> list[dict]:
    """The suppliers that owe us most after the guarantee."""
    accounts = list(Receivable.objects.owed_to_us().order_by("-balance_minor", "id")[:LISTED])
    suppliers = Supplier.objects.in_bulk([account.supplier_id for account in accounts])
    return [
        {"supplier": suppliers.get(each.supplier_id), "minor": each.balance_minor, "currency": each.currency}
        for each in accounts
    ]


def history(currency: str, today: date, days: int) -> dict:
    """The last days of one currency as charts, with the same figures as rows."""
    first = today - timedelta(days=days - 1)
    moved = rollup.days(currency, first, today)
    calendar = [first + timedelta(days=number) for number in range(days)]
    quiet = [rollup.Day(day, 0, 0, 0) for day in calendar]

    def of(*kinds):
        return [moved.get(kind, quiet) for kind in kinds]

    def total(kinds, value):
        return tuple(sum(value(day) for day in each) for each in zip(*of(*kinds), strict=True))

    held = total((Kind.ESCROW,), lambda day: -day.balance_minor)
    owed = total((Kind.SUPPLIER_PAYABLE, Kind.REFUND_PAYABLE), lambda day: -day.balance_minor)
    waiting = total((Kind.SUSPENSE,), lambda day: -day.balance_minor)
    came = total((Kind.ESCROW,), lambda day: day.credit_minor)
    left = total((Kind.ESCROW,), lambda day: day.debit_minor)
    fees = total((Kind.PROCESSING_FEES, Kind.SERVICE_FEES), lambda day: day.credit_minor - day.debit_minor)
    costs = total(
        (Kind.GATEWAY_COSTS, Kind.BANK_CHARGES, Kind.WRITE_OFFS), lambda day: day.debit_minor - day.credit_minor
    )
    Series = charts.Series
    return {
        "charts": [
            charts.lines(
                "Money held at the end of each day",
                f"Escrow was {_span(held, currency)}.",
                [
                    Series("In escrow", "one", held),
                    Series("Owed to suppliers and buyers", "two", owed),
                    Series("In suspense", "three", waiting),
                ],
                calendar,
                currency,
            ),
            charts.bars(
                "Into and out of escrow each day",
                "Money that cleared is drawn upwards, money released or refunded downwards.",
                [Series("Cleared", "one", came), Series("Left", "two", tuple(-minor for minor in left))],
                calendar,
                currency,
            ),
            charts.bars(
                "Fees earned and costs borne each day",
                "Fees are drawn upwards, costs downwards.",
                [Series("Fees", "one", fees), Series("Costs", "two", tuple(-minor for minor in costs))],
                calendar,
                currency,
            ),
        ],
        "rows": list(zip(calendar, held, owed, waiting, came, left, fees, costs, strict=True))[::-1],
    }


def _span(values: tuple[int, ...], currency: str) -> str:
    return f"{display(values[0], currency)} on the first day and {display(values[-1], currency)} on the last"
