"""Bank transfers: each credit is matched to its instalment, or waits in suspense by its entry (Rulebook 5, 6)."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import itemgetter

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from events.actions import Entry, record, record_firsts
from ledger import chart
from orders import actions as order_actions
from orders import books
from orders.models import Instalment, Order
from payments import reconciliation
from payments.actions import holding
from payments.actions.naming import ask_who_paid
from payments.fraud.facts import Arriving
from payments.fraud.scoring import Assessment, assess
from payments.models import BankEntry, Method, Payment
from suppliers.models import DesignatedAccount
from trade_assurance.copying import copy_rows, draw_ids
from trade_assurance.refused import Refused
from trade_assurance.rulebook import CURRENT, from_usd

STATEMENT = "bank_statement"


@dataclass(frozen=True)
class Credit:
    """One credit of a statement. `entry` is the bank's id of it; amounts in minor units.

    `own_account` says that it is on an account of our own that is no supplier's; `odd` why a person must look at it,
    whatever its reference says; `told` is what else the statement tells, by the names of BankEntry.
    """

    entry: str
    account_number: str
    currency: str
    amount_minor: int
    reference: str = ""
    payer_name: str = ""
    charges_minor: int = 0
    own_account: bool = False
    odd: str = ""
    told: dict = field(default_factory=dict)

    def but_odd(self, why: str) -> "Credit":
        """The same credit, for a person to look at."""
        return replace(self, odd=why)

    @property
    def arrived(self) -> reconciliation.Arrived:
        return reconciliation.Arrived(self.amount_minor, self.currency, self.payer_name, self.charges_minor)


class NotOurAccount(Refused):
    """The credit is on an account that is not one of ours; it is no money of ours and not covered."""


def record_bank_credit(*, credit: Credit, now: datetime) -> BankEntry:
    """Book a credit at our bank: to its instalment, or to suspense with the reason. An entry twice counts once.

    Raises NotOurAccount.
    """
    try:
        booked = _record(credit, _looked_at(credit, now), now)
        return booked or _record(credit, _looked_at(credit, now), now)  # of an order placed while the rules looked
    except IntegrityError:  # the same entry from another connection, committed since we looked
        known = BankEntry.objects.filter(entry=credit.entry).first()
        if known is None:
            raise
        return known


def _looked_at(credit: Credit, now: datetime) -> Assessment | None:
    """What the fraud rules say of a credit, before the transaction that books it; None when it names no order."""
    issued = Instalment.objects.filter(rf_reference__in=reconciliation.references_in(credit.reference))
    named = list(issued.values_list("order_id", flat=True)[:2])
    if len(named) != 1 or credit.odd:
        return None
    arriving = Arriving(
        order_id=named[0],
        amount_minor=credit.amount_minor,
        payer_name=credit.payer_name,
        payer_account=credit.told.get("other_account", ""),
    )
    return assess(arriving, now=now)


@transaction.atomic
def _record(credit: Credit, assessment: Assessment | None, now: datetime) -> BankEntry | None:
    """Book it by what the rules said; None, and nothing is booked, when they did not look at the order it names."""
    account = DesignatedAccount.objects.filter(number=credit.account_number).first()
    if account is None and not credit.own_account:
        raise NotOurAccount("This account is not one of ours, so what was paid to it is not covered.")
    issued = list(Instalment.objects.filter(rf_reference__in=reconciliation.references_in(credit.reference))[:2])
    instalment = issued[0] if len(issued) == 1 else None  # two references leave open what the money is for
    order = Order.objects.locked(instalment.order_id) if instalment else None
    if (known := BankEntry.objects.filter(entry=credit.entry).first()) is not None:
        return known
    if order is not None and assessment is None and not credit.odd:
        return None
    verdict = reconciliation.judge(credit.arrived, expected(order, instalment))
    if credit.odd:
        verdict = reconciliation.Verdict(suspense=credit.odd)
    elif order is None:
        verdict = reconciliation.Verdict(suspense=reconciliation.without_order(credit.reference, len(issued)))
    elif account is not None and order.supplier_id != account.supplier_id and not verdict.suspense:
        verdict = reconciliation.Verdict(
            suspense=gettext_noop("It came to the designated account of another supplier.")
        )
    if verdict.suspense:
        entry = _suspend(credit, verdict.suspense, now)
        if verdict.third_party and order.takes_money:
            ask_who_paid(order, instalment, entry, by=None, now=now)
        return entry
    entry, source = _entry(credit, now), chart.bank(order.currency)
    entry.payment = pay_with(order, instalment, credit.entry, credit.amount_minor, verdict, source, now, assessment)
    entry.status, entry.why = BankEntry.Status.MATCHED, verdict.because
    entry.save()
    told = {"entry": credit.entry, "payment": entry.payment_id, "score": verdict.score}
    record(STATEMENT, entry.id, "credit.matched", now=now, data=told)
    return entry


@transaction.atomic
def suspend_credits(*, credits: list[tuple[Credit, str]], now: datetime) -> None:
    """Book credits of a statement that no order is named for to suspense, each by its entry and with its reason (5).

    All or none, and thousands at once. Raises IntegrityError when one of them was booked meanwhile.
    """
    ids = draw_ids(BankEntry._meta.db_table, len(credits))
    rest = {  # whatever else an entry has is as for any new one
        field.column: field.get_default()
        for field in BankEntry._meta.concrete_fields
        if field.column not in _COPIED and field.get_default() is not None
    }
    rows = _suspended(ids, credits, tuple(rest.values()), now)
    copy_rows(BankEntry._meta.db_table, (*_COPIED, *rest), rows)
    books.suspend([(credit.entry, credit.amount_minor, credit.currency) for credit, _ in credits], now=now)
    record_firsts([_told_suspended(*each, now) for each in zip(ids, credits, strict=True)])


def _suspend(credit: Credit, why: str, now: datetime) -> BankEntry:
    entry = _entry(credit, now)
    entry.status, entry.why, entry.return_at = BankEntry.Status.SUSPENSE, why[:500], return_by(now)
    entry.save()
    books.suspend([(credit.entry, credit.amount_minor, credit.currency)], now=now)
    record_firsts([_told_suspended(entry.id, (credit, why), now)])
    return entry


def return_by(now: datetime) -> datetime:
    """When money in suspense goes back to its sender unless it is matched (Rulebook 5)."""
    return now + timedelta(days=CURRENT.unmatched_return_days)


def _told_suspended(entry_id: int, credit_and_why: tuple[Credit, str], now: datetime) -> Entry:
    credit, why = credit_and_why
    return Entry(STATEMENT, entry_id, "credit.suspended", now, data={"entry": credit.entry, "why": why[:500]})


_TOLD = (
    "direction",
    "booked_on",
    "value_on",
    "bank_reference",
    "end_to_end_id",
    "batch",
    "other_account",
    "is_reversal",
    "is_return",
)
_COPIED = (
    "id",
    "entry",
    "account_number",
    "currency",
    "amount_minor",
    "charges_minor",
    "reference",
    "payer_name",
    "arrived_at",
    "status",
    "why",
    "return_at",
    "statement_id",
    *_TOLD,
)


def _suspended(ids: list[int], credits: list[tuple[Credit, str]], rest: tuple, now: datetime) -> Iterator[tuple]:
    arrived_at, return_at, status = str(now), str(return_by(now)), BankEntry.Status.SUSPENSE.value
    told_of = itemgetter(*_TOLD)
    for entry_id, (credit, why) in zip(ids, credits, strict=True):
        yield (
            entry_id,
            credit.entry,
            credit.account_number,
            credit.currency,
            credit.amount_minor,
            credit.charges_minor,
            credit.reference[:200],
            credit.payer_name[:200],
            arrived_at,
            status,
            why[:500],
            return_at,
            credit.told["statement"].pk,
            *told_of(credit.told),
            *rest,
        )


def _entry(credit: Credit, now: datetime) -> BankEntry:
    return BankEntry(
        entry=credit.entry,
        account_number=credit.account_number,
        currency=credit.currency,
        amount_minor=credit.amount_minor,
        charges_minor=credit.charges_minor,
        reference=credit.reference[:200],
        payer_name=credit.payer_name[:200],
        arrived_at=now,
        **credit.told,
    )


def expected(order: Order | None, instalment: Instalment | None) -> reconciliation.Expected | None:
    """What an order expects, with its instalments locked, for judging a credit; None without an order."""
    if order is None:
        return None
    rules, rate = order.rulebook, order.usd_per_unit
    parts = list(order.instalments.select_for_update().order_by("id"))
    target = next(part for part in parts if part.id == instalment.id)
    # As signed: a name that the buyer takes on afterwards does not make somebody else's money its own (Rulebook 6).
    signed = order.versions.in_force()
    buyer = signed.terms.parties.get("buyer", {}) if signed else {}
    return reconciliation.Expected(
        currency=order.currency,
        takes_money=order.takes_money,
        buyer_names=tuple(filter(None, (buyer.get("name"), buyer.get("person")))),
        total_minor=order.total_minor,
        instalments=tuple(reconciliation.Open(p.id, p.number, p.open_minor) for p in parts),
        target=target.id,
        shortfall_borne_minor=rules.shortfall_borne(target.open_minor, order.currency, rate),
        surplus_kept_minor=from_usd(rules.surplus_kept_usd, order.currency, rate),
    )


def pay_with(
    order: Order,
    instalment: Instalment,
    entry: str,
    amount: int,
    verdict: reconciliation.Verdict,
    source: chart.Book,
    now: datetime,
    assessment: Assessment,
) -> Payment:
    """Make the payment that a matched credit is, and clear it; part of an action that holds the order.

    One that scores high with the fraud rules, which looked before, is held in suspense (product.md §4).
    """
    payment = Payment(
        order=order,
        instalment=instalment,
        method=Method.TT,
        key=uuid.uuid4(),
        currency=order.currency,
        amount_minor=amount,
        gateway="bank",
        gateway_reference=entry,
        created_by=None,
        started_at=now,
        next_ask_at=now,
    )
    payment.save()
    is_held = bool(verdict.parts) and holding.is_to_hold(order, assessment)
    holding.note(payment, assessment, is_held=is_held, now=now)
    if is_held:
        suspense = chart.suspense(order.currency)
        holding.hold(order, payment, source=source, suspense=suspense, was_processing=False, now=now)
    else:
        _clear(order, payment, verdict, source=source, was_processing=False, now=now)
    payment.save()
    return payment


def clear_held(order: Order, payment: Payment, *, source: chart.Book, now: datetime) -> None:
    """A transfer that was held is approved: judged anew, for what is open now. Part of an action, which saves."""
    entry = payment.bank_entry
    awaited = expected(order, payment.instalment)
    charges = entry.charges_minor
    if entry.split_of_id:  # a part of a transfer bears no gap and pays its own instalment alone
        awaited, charges = replace(awaited, shortfall_borne_minor=0, total_minor=-1), 0
    credit = reconciliation.Arrived(payment.amount_minor, payment.currency, entry.payer_name, charges)
    verdict = reconciliation.judge(credit, awaited, payer_known=True)
    _clear(order, payment, verdict, source=source, was_processing=True, now=now)


def _clear(order, payment: Payment, verdict, *, source: chart.Book, was_processing: bool, now: datetime) -> None:
    order_actions.clear_payment(
        order_id=order.id,
        payment_id=payment.id,
        method=Method.TT,
        source=source,
        parts=[order_actions.Part(p.instalment_id, p.amount_minor, p.borne_minor) for p in verdict.parts],
        absorbed_minor=verdict.absorbed_minor,
        surplus_minor=verdict.surplus_minor,
        was_processing=was_processing,
        entry=payment.gateway_reference,
        now=now,
    )
    payment.cleared_minor = sum(part.amount_minor for part in verdict.parts)
    payment.borne_minor = sum(part.borne_minor for part in verdict.parts)
    payment.absorbed_minor, payment.surplus_minor = verdict.absorbed_minor, verdict.surplus_minor
    payment.clear(now=now)
