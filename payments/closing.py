"""Closing a day: gateways, bank and ledger held against each other; what differs is found, with its reason.

Every check reads and says; none changes anything. Each balance is explained by named items with their age, or it is a
difference. Amounts in minor units.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from django.conf import settings
from django.db.models import Q, Sum

from ledger import rollup
from ledger.models import Kind
from orders import rates
from payments.closing_lists import (
    bank_moves_to_come,
    last_statements,
    moves_of_clearing,
    owed_since,
    payouts_to_come,
    told_back_at,
)
from payments.models import BankEntry, GatewaySettlement, Payment, Payout, Refund, StatementFile, Webhook
from payments.models.closing import Level
from payments.models.sending import IN_FLIGHT
from trade_assurance import business_days
from trade_assurance.money import display
from trade_assurance.rulebook import CURRENT

NAMED = 100  # items that a check names; the rest is counted
OWED = ("escrow", "refund_payable", "supplier_payable", "suspense")
CARRIES = ("bank", "clearing", "chargebacks")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found."""

    check: str
    level: str
    sentence: str
    currency: str = ""
    subject: str = ""
    expected_minor: int | None = None
    found_minor: int | None = None
    age_days: int | None = None


@dataclass(frozen=True)
class Books:
    """The day to close, the moment of closing, and every balance at that moment."""

    day: date
    now: datetime
    balances: tuple[rollup.Balance, ...]

    @cached_property
    def by_kind(self) -> dict[tuple[str, str], int]:
        """Debits less credits by kind and currency, all names together."""
        found = defaultdict(int)
        for balance in self.balances:
            found[balance.kind, balance.currency] += balance.minor
        return found

    @property
    def currencies(self) -> list[str]:
        return sorted({balance.currency for balance in self.balances})

    def age(self, moment: datetime) -> int:
        """Whole days from a moment to the closing."""
        return max(0, (self.now - moment).days)


def findings(books: Books) -> list[Finding]:
    """What every check says, in the order of the checks."""
    return [finding for check in CHECKS for finding in check(books)]


def covered(by_kind: dict[tuple[str, str], int], currency: str) -> tuple[int, int]:
    """What is owed to others in a currency, and what bank, clearing and chargebacks hold for it (quality.md §1)."""
    owed = -sum(by_kind.get((kind, currency), 0) for kind in OWED)
    return owed, sum(by_kind.get((kind, currency), 0) for kind in CARRIES)


def own_money_carries(books: Books) -> Iterator[Finding]:
    """Our own money pays costs and the guarantee, never a buyer's: what we hold covers what we owe."""
    for currency in books.currencies:
        owed, held = covered(books.by_kind, currency)
        if held < owed:
            yield Finding(
                "cover",
                Level.ALARM,
                f"{display(owed, currency)} is owed to buyers and suppliers, and we hold {display(held, currency)}: "
                f"{display(owed - held, currency)} of our own money is missing for costs and the guarantee.",
                currency,
                "own funds",
                owed,
                held,
            )


def told_to_go(books: Books) -> Iterator[Finding]:
    """What bank clearing has to go is a list of refunds, payouts and returns on their way, none of them old."""
    flying = defaultdict(list)
    for name, rows in (
        ("refund", Refund.objects.filter(method="tt", status__in=IN_FLIGHT)),
        ("payout", Payout.objects.filter(status__in=IN_FLIGHT)),
    ):
        for pk, currency, minor, at in rows.order_by("id").values_list("id", "currency", "amount_minor", "created_at"):
            flying[currency].append((f"{name} {pk}", minor, at))
    returning = list(BankEntry.objects.filter(status=BankEntry.Status.RETURNING).order_by("id"))
    told_at = told_back_at([row.attempt for row in returning])
    for row in returning:
        flying[row.currency].append((f"return of {row.entry}", row.amount_minor, told_at[row.attempt]))
    stands = {
        each.currency: -each.minor for each in books.balances if (each.kind, each.name) == (Kind.CLEARING, "bank")
    }
    for currency in sorted({*flying, *stands}):
        items, balance = flying[currency], stands.get(currency, 0)
        listed = sum(minor for _, minor, _ in items)
        if listed != balance:
            yield Finding(
                "sending",
                Level.ALARM,
                f"The books have {display(balance, currency)} on its way through the bank; "
                f"what was told to go adds up to {display(listed, currency)}.",
                currency,
                "clearing:bank",
                listed,
                balance,
            )
        yield from _named(books, "sending", currency, items, settings.CLOSE_SENDING_DAYS, "on its way through the bank")


def gateways_clear(books: Books) -> Iterator[Finding]:
    """What a gateway still has is its newest payments and refunds, none of them old; a rest is looked at."""
    for each in books.balances:
        if each.kind != Kind.CLEARING or each.name == "bank" or not each.minor:
            continue
        items, rest = moves_of_clearing(each.name, each.currency, each.minor)
        if rest:
            yield Finding(
                "gateway",
                Level.LOOK,
                f"{display(each.minor, each.currency)} is open at the gateway, and no run of its newest payments and "
                f"refunds adds up to that: {display(rest, each.currency)} is the rest of a settlement.",
                each.currency,
                f"clearing:{each.name}",
                each.minor - rest,
                each.minor,
            )
        said = f"taken or given back by {each.name}, not settled yet"
        yield from _named(books, "gateway", each.currency, items, settings.CLOSE_CLEARING_DAYS, said)
    for parked in GatewaySettlement.objects.filter(state=GatewaySettlement.State.PARKED).order_by("id")[:NAMED]:
        yield Finding(
            "gateway",
            Level.LOOK,
            f"A settlement of {display(parked.amount_minor, parked.currency)} can't be booked: {parked.why}",
            parked.currency,
            str(parked),
            found_minor=parked.amount_minor,
            age_days=books.age(parked.seen_at),
        )
    for row in payouts_to_come():
        age = max(0, (books.now.date() - (row.arrives_on or row.seen_at.date())).days)
        yield Finding(
            "gateway",
            Level.LOOK if age > settings.CLOSE_STATEMENT_DAYS else Level.EXPLAINED,
            f"{display(row.amount_minor, row.currency)} that {row.gateway} says it paid out ({row.reference}) is on no "
            f"bank statement, {age} {'day' if age == 1 else 'days'} after it was expected.",
            row.currency,
            str(row),
            found_minor=row.amount_minor,
            age_days=age,
        )
    parked = Webhook.objects.waiting_for_staff().count()
    if parked:
        yield Finding("gateway", Level.LOOK, f"{parked} reports of gateways wait for staff.", subject="reports")


def suspense_is_named(books: Books) -> Iterator[Finding]:
    """Suspense is a list of bank entries and held payments, and goes back to zero in time (Rulebook 5; I8)."""
    entries = defaultdict(list)
    for entry, currency, minor, at in (
        BankEntry.objects.in_suspense()
        .order_by("arrived_at", "id")
        .values_list("entry", "currency", "amount_minor", "arrived_at")
    ):
        entries[currency].append((f"entry {entry}", minor, at))
    for payment, currency, minor, at in held_payments():
        entries[currency].append((f"held payment {payment}", minor, at))
    for currency in sorted({*entries, *books.currencies}):
        items, balance = entries[currency], -books.by_kind.get((Kind.SUSPENSE, currency), 0)
        listed = sum(minor for _, minor, _ in items)
        if listed != balance:
            yield Finding(
                "suspense",
                Level.ALARM,
                f"Suspense has {display(balance, currency)}; its entries add up to {display(listed, currency)}.",
                currency,
                "suspense",
                listed,
                balance,
            )
        yield from _named(books, "suspense", currency, items, CURRENT.unmatched_return_days, "in suspense")


def held_payments() -> list[tuple]:
    """Payments whose money fraud checks hold in suspense, as (id, currency, amount with fee, since)."""
    held = Payment.objects.filter(status=Payment.Status.HELD).order_by("held_at", "id")
    return [(row.pk, row.currency, row.total_minor, row.held_at) for row in held]


def bank_agrees(books: Books) -> Iterator[Finding]:
    """The bank's last closing balances, with what came since, are what the books say; no statement is missing."""
    payouts = list(payouts_to_come())
    for currency, statements in sorted(last_statements().items()):
        closing = sum(statement.closing_minor for statement in statements)
        until = min(statement.to_on or statement.file.imported_at.date() for statement in statements)
        to_come = bank_moves_to_come(currency, datetime.combine(until + timedelta(days=1), time.min, tzinfo=UTC))
        to_come += sum(row.amount_minor for row in payouts if row.currency == currency)
        unknown = BankEntry.objects.filter(currency=currency, status=BankEntry.Status.UNKNOWN)
        not_booked = unknown.aggregate(minor=Sum("amount_minor"))["minor"] or 0
        expected, found = closing + to_come + not_booked, books.by_kind.get((Kind.BANK, currency), 0)
        named = f"The last statement closes with {display(closing, currency)} on {until:%d %b %Y}"
        if expected != found:
            yield Finding(
                "bank",
                Level.ALARM,
                f"{named}, {display(to_come, currency)} came in the books since, and of its debits "
                f"{display(not_booked, currency)} is not known: that makes {display(expected, currency)}, "
                f"and the books have {display(found, currency)}.",
                currency,
                "bank",
                expected,
                found,
            )
        elif to_come:
            sentence = f"{named}; {display(to_come, currency)} came in the books since."
            yield Finding("bank", Level.EXPLAINED, sentence, currency, "bank", expected, found)
        old = (books.day - until).days
        if old > settings.CLOSE_STATEMENT_DAYS:
            yield Finding(
                "bank",
                Level.LOOK,
                f"No statement in {currency} has been imported for the days after {until:%d %b %Y}.",
                currency,
                "bank",
                age_days=old,
            )
        for statement in statements:
            if statement.continuity == statement.Continuity.GAP:
                yield Finding(
                    "bank",
                    Level.LOOK,
                    f"A statement is missing before {statement}: {display(statement.missing_minor, currency)} between "
                    "its opening balance and the one before.",
                    currency,
                    str(statement),
                    found_minor=statement.missing_minor,
                )
    for entry in BankEntry.objects.filter(status=BankEntry.Status.UNKNOWN).order_by("id")[:NAMED]:
        sentence = f"{display(entry.amount_minor, entry.currency)} left our bank and is not known: {entry.why}"
        age, named = books.age(entry.arrived_at), f"entry {entry.entry}"
        yield Finding("bank", Level.LOOK, sentence, entry.currency, named, None, entry.amount_minor, age)
    stopped = Q(status=StatementFile.Status.RECEIVED)
    for file in StatementFile.objects.filter(stopped, imported_at__lt=books.now - timedelta(hours=1))[:NAMED]:
        sentence = f"{file.name} was taken in and is not booked to its end; import it again."
        yield Finding("bank", Level.LOOK, sentence, subject=file.name, age_days=books.age(file.imported_at))


def sendings_end(books: Books) -> Iterator[Finding]:
    """Every refund and payout that came back is looked at, and what is owed to buyers is on its way (I7, rule 22)."""
    for name, model in (("Refund", Refund), ("Payout", Payout)):
        for row in model.objects.waiting_for_staff().order_by("id")[:NAMED]:
            yield Finding(
                "stuck",
                Level.LOOK,
                f"{name} {row.pk} of {display(row.amount_minor, row.currency)} came back and nobody has looked at it: "
                f"{row.why or 'no reason given'}",
                row.currency,
                f"{row.name} {row.pk}",
                found_minor=row.amount_minor,
                age_days=books.age(row.ended_at or row.created_at),
            )
    cards = Refund.objects.filter(status__in=IN_FLIGHT).exclude(method="tt")
    old = books.now - timedelta(days=settings.CLOSE_CLEARING_DAYS)
    for row in cards.filter(created_at__lt=old).order_by("id")[:NAMED]:
        sentence = f"Refund {row.pk} of {display(row.amount_minor, row.currency)} has no final answer of its gateway."
        age = books.age(row.created_at)
        yield Finding("stuck", Level.LOOK, sentence, row.currency, f"refund {row.pk}", None, row.amount_minor, age)
    unsure = Payment.objects.filter(status="processing", started_at__lt=old)
    for row in unsure.order_by("id")[:NAMED]:
        sentence = f"Payment {row.pk} of {display(row.total_minor, row.currency)} has no final answer of its gateway."
        age = books.age(row.started_at)
        yield Finding("stuck", Level.LOOK, sentence, row.currency, f"payment {row.pk}", None, row.total_minor, age)
    for account, since in owed_since(NAMED):
        if business_days.after(since, CURRENT.refund_business_days) >= books.now:
            continue
        to = "the buyer of an order" if account.kind == Kind.REFUND_PAYABLE else "a supplier"
        yield Finding(
            "stuck",
            Level.LOOK,
            f"{display(-account.balance_minor, account.currency)} is owed to {to} and has not been told to go.",
            account.currency,
            f"order id {account.order_id}" if account.order_id else f"supplier {account.supplier_id}",
            found_minor=-account.balance_minor,
            age_days=books.age(since),
        )


def rates_are_new(books: Books) -> Iterator[Finding]:
    """The reference rates that contracts are made at are not older than a few business days."""
    for currency, on in rates.stale(books.now):
        said = f"is of {on:%d %b %Y}" if on else "is missing"
        age = (books.now.date() - on).days if on else None
        sentence = f"The newest reference rate of {currency} {said}; new contracts are made at it. Import rates."
        yield Finding("rates", Level.LOOK, sentence, currency, "reference rates", age_days=age)


def _named(books: Books, check: str, currency: str, items, days: int, where: str) -> Iterator[Finding]:
    """Each item that explains a balance; one that is older than `days` is to be looked at. Only the first are named."""
    items = sorted(items, key=lambda item: item[2])
    for subject, minor, at in items[:NAMED]:
        age = books.age(at)
        level = Level.LOOK if age > days else Level.EXPLAINED
        sentence = f"{display(minor, currency)} is {where}: {subject}, {age} {'day' if age == 1 else 'days'} old."
        yield Finding(check, level, sentence, currency, subject, None, minor, age)
    if more := items[NAMED:]:
        minor = sum(item[1] for item in more)
        sentence = f"{len(more):,} more of {display(minor, currency)} are {where}; the oldest are named."
        yield Finding(check, Level.EXPLAINED, sentence, currency, "more", None, minor)


CHECKS: tuple[Callable[[Books], Iterator[Finding]], ...] = (
    own_money_carries,
    bank_agrees,
    gateways_clear,
    told_to_go,
    suspense_is_named,
    sendings_end,
    rates_are_new,
)
