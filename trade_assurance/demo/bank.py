"""Money in earnest, in the demo: a bank's statement with its odd entries, a payment file that waits, a close.

What a real bank would tell is written as MT940 and imported like any other file.
"""

import io
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from ledger import chart
from ledger.actions import balance
from orders.models import Instalment, Order
from payments import actions
from payments.actions.closing import close_day
from payments.closing_lists import bank_moves_to_come
from payments.models import BankEntry, MatchProposal
from suppliers import actions as supplier_actions
from suppliers import bank_details
from trade_assurance import money
from trade_assurance.demo.stage import Stage, Story, days
from trade_assurance.demo.till import by_files

PAID_TO = {  # where suppliers of the demo are paid to: numbers out of the banks' own examples
    "lumenworks": {"country": "CN", "number": "6222021234567890", "bic": "ICBKCNBJ", "bank_name": "Bank of Foshan"},
    "orbita": {"country": "TW", "number": "012345678901", "bic": "CTCBTWTP", "bank_name": "Bank of Taichung"},
    "ardent": {"country": "PT", "iban": "PT50000201231234567890154"},
    "kestrel": {"country": "GB", "iban": "GB33BUKB20201555555555"},
    "hearthline": {"country": "PL", "iban": "PL61109010140000071219812874"},
}
SHORT_BY = 12_00
ORDERED = {  # by what the bank tells of it: buyer, title, line
    "plain": ("seattle", "Floor lamps, 150 pieces", ("Floor lamp, ash tripod", 150, "pieces", "60.00")),
    "third party": ("northline", "Garden lights, 220 pieces", ("Garden light IP67", 220, "pieces", "40.00")),
    "nameless": ("seattle", "Lamps for a hotel, 300 pieces", ("Bedside lamp, linen", 300, "pieces", "52.00")),
}


def name_accounts(stage: Stage, now: datetime) -> None:
    """The owners of some companies say where their payouts go."""
    for key, given in PAID_TO.items():
        company = stage.company(key)
        supplier_actions.add_payout_account(
            supplier_id=company.id,
            details=bank_details.checked(holder=company.name, **given),
            second_factor=True,
            by=stage.cast.owners[key],
            now=now,
        )


def ordered(what: str):
    """The story of an order that its buyer pays by a transfer of yesterday's statement."""

    def tell(stage: Stage) -> Story:
        buyer, title, line = ORDERED[what]
        yield from stage.agree(buyer, "lumenworks", title, [line])
        yield days(1)

    return tell


def play(stage: Stage) -> None:
    """The finance desk on the morning of the present: files imported, something proposed, a file made, a day closed."""
    now, clerk = stage.present, stage.cast.people["finance2"]
    day = (now - timedelta(days=1)).date()
    files = (
        (f"{day}-USD.sta", _statement(stage, day)),
        (f"{day}-USD-copy.sta", _statement(stage, day, missing=900_00)),
    )
    for name, content in files:
        actions.import_at_once(source=io.BytesIO(content), name=name, by=clerk, now=now)
    entry = BankEntry.objects.get(
        status=BankEntry.Status.SUSPENSE, statement__isnull=False, reference__startswith="HOTEL LAMPS"
    )
    actions.match_entry(entry_id=entry.id, instalment_id=_part("nameless").id, by=clerk, now=now)
    if not MatchProposal.objects.waiting().exists():
        raise AssertionError("The demo's large transfer needs no second person any more.")
    with by_files():
        actions.make_batch(currency="USD", by=clerk, now=now)
    close_day(day=day, now=now)


def _part(what: str, number: int = 1) -> Instalment:
    return Order.objects.get(title=ORDERED[what][1]).instalments.get(number=number)


def _statement(stage: Stage, day, missing: int = 0) -> bytes:
    """What the bank tells of yesterday: paid, short by charges, in another name, and without a reference."""
    first, second, other, nameless = _part("plain"), _part("plain", 2), _part("third party"), _part("nameless")
    pine = first.order.buyer.company_name
    lines = (
        (first.amount_minor, pine, first.rf_reference),
        (second.amount_minor - SHORT_BY, pine, second.rf_reference),
        (other.amount_minor, "Ngata Family Holdings Ltd", other.rf_reference),
        (nameless.order.total_minor, pine, "HOTEL LAMPS"),
    )
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)
    opening = balance(chart.bank("USD")) - bank_moves_to_come("USD", midnight)
    return _mt940(stage.company("lumenworks").designated_account.number, day, opening, lines, missing)


def _mt940(account: str, day, opening: int, lines: Iterable[tuple[int, str, str]], missing: int) -> bytes:
    def shown(minor: int) -> str:
        return f"{money.to_decimal(minor, 'USD'):f}".replace(".", ",")

    rows = [f":20:TA{day:%y%m%d}", f":25:{account}", f":28C:{day:%j}/1", f":60F:C{day:%y%m%d}USD{shown(opening)}"]
    closing = opening
    for number, (minor, payer, words) in enumerate(lines, 1):
        rows.append(f":61:{day:%y%m%d}{day:%m%d}C{shown(minor)}NTRFNONREF//{day:%y%m%d}{number:04}")
        rows.append(f":86:/NAME/{payer}/REMI/{words}")
        closing += minor
    rows.append(f":62F:C{day:%y%m%d}USD{shown(closing + missing)}")
    return "\n".join([*rows, "-", ""]).encode()
