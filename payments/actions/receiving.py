"""Bank transfers: each credit is matched to its instalment, or waits in suspense by its entry (Rulebook 5, 6)."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from events.actions import Entry, record, record_many
from ledger import chart
from orders import actions as order_actions
from orders import books
from orders.models import Instalment, Order
from payments import reconciliation
from payments.actions.paying import later
from payments.gateways import Outcome, Unreachable, gateway
from payments.models import BankEntry, Method, Payment
from suppliers.models import DesignatedAccount
from trade_assurance.money import display
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT, from_usd, to_usd

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
        return _record(credit, now)
    except IntegrityError:  # the same entry from another connection, committed since we looked
        known = BankEntry.objects.filter(entry=credit.entry).first()
        if known is None:
            raise
        return known


@transaction.atomic
def _record(credit: Credit, now: datetime) -> BankEntry:
    account = DesignatedAccount.objects.filter(number=credit.account_number).first()
    if account is None and not credit.own_account:
        raise NotOurAccount("This account is not one of ours, so what was paid to it is not covered.")
    issued = list(Instalment.objects.filter(rf_reference__in=reconciliation.references_in(credit.reference))[:2])
    instalment = issued[0] if len(issued) == 1 else None  # two references leave open what the money is for
    order = Order.objects.locked(instalment.order_id) if instalment else None
    if (known := BankEntry.objects.filter(entry=credit.entry).first()) is not None:
        return known
    verdict = reconciliation.judge(credit.arrived, _expected(order, instalment))
    if credit.odd:
        verdict = reconciliation.Verdict(suspense=credit.odd)
    elif order is None:
        verdict = reconciliation.Verdict(suspense=reconciliation.without_order(credit.reference, len(issued)))
    elif account is not None and order.supplier_id != account.supplier_id and not verdict.suspense:
        verdict = reconciliation.Verdict(suspense="It came to the designated account of another supplier.")
    if verdict.suspense:
        return _suspend([(credit, verdict.suspense)], now)[0]
    entry = _entry(credit, now)
    entry.payment = _pay(order, instalment, credit.entry, credit.amount_minor, verdict, chart.bank(order.currency), now)
    entry.status = BankEntry.Status.MATCHED
    entry.save()
    record(STATEMENT, entry.id, "credit.matched", now=now, data={"entry": credit.entry, "payment": entry.payment_id})
    return entry


@transaction.atomic
def suspend_credits(*, credits: list[tuple[Credit, str]], now: datetime) -> list[BankEntry]:
    """Book credits that no order is named for to suspense, each by its entry and with its reason, all or none (5).

    Raises IntegrityError when one of them was booked meanwhile.
    """
    return _suspend(credits, now)


def _suspend(credits: list[tuple[Credit, str]], now: datetime) -> list[BankEntry]:
    entries = [_entry(credit, now) for credit, _ in credits]
    for entry, (_, why) in zip(entries, credits, strict=True):
        entry.status, entry.why = BankEntry.Status.SUSPENSE, why[:500]
        entry.return_at = now + timedelta(days=CURRENT.unmatched_return_days)
    BankEntry.objects.bulk_create(entries)
    books.suspend([(credit.entry, credit.amount_minor, credit.currency) for credit, _ in credits], now=now)
    record_many(
        [
            Entry(STATEMENT, entry.id, "credit.suspended", now, data={"entry": entry.entry, "why": entry.why})
            for entry in entries
        ]
    )
    return entries


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


def _expected(order: Order | None, instalment: Instalment | None) -> reconciliation.Expected | None:
    if order is None:
        return None
    rules, rate = order.rulebook, order.usd_per_unit
    parts = list(order.instalments.select_for_update().order_by("id"))
    target = next(part for part in parts if part.id == instalment.id)
    # As signed: a name that the buyer takes on afterwards does not make somebody else's money its own (Rulebook 6).
    signed = order.versions.sent().order_by("-number").first()
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


def _pay(order, instalment, entry: str, amount: int, verdict, source: chart.Book, now: datetime) -> Payment:
    """Make the payment that a matched credit is, and clear it."""
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
    order_actions.clear_payment(
        order_id=order.id,
        payment_id=payment.id,
        method=Method.TT,
        source=source,
        parts=[order_actions.Part(p.instalment_id, p.amount_minor, p.borne_minor) for p in verdict.parts],
        absorbed_minor=verdict.absorbed_minor,
        surplus_minor=verdict.surplus_minor,
        entry=entry,
        now=now,
    )
    payment.cleared_minor = sum(part.amount_minor for part in verdict.parts)
    payment.borne_minor = sum(part.borne_minor for part in verdict.parts)
    payment.absorbed_minor, payment.surplus_minor = verdict.absorbed_minor, verdict.surplus_minor
    payment.clear(now=now)
    payment.save()
    return payment


def suggestions(entry: BankEntry) -> list[str]:
    """Which open instalments a credit in suspense could be for, in words; a person decides (Rulebook 5)."""
    rows = (
        Instalment.objects.filter(
            order__supplier__designated_account__number=entry.account_number,
            order__currency=entry.currency,
            order__status__in=(Order.Status.PLACED, Order.Status.PAID, Order.Status.SHIPPED, Order.Status.RECEIVED),
            paid_at=None,
        )
        .select_related("order__buyer")
        .order_by("due_at")[:200]
    )
    known = [
        (
            part.order.reference,
            part.label,
            reconciliation.Open(part.id, part.number, part.open_minor),
            (part.order.buyer.company_name, part.order.buyer.full_name),
        )
        for part in rows
    ]
    credit = reconciliation.Arrived(entry.amount_minor, entry.currency, entry.payer_name, entry.charges_minor)
    return reconciliation.suggest(credit, known)


@transaction.atomic
def match_entry(*, entry_id: int, instalment_id: int, by: User, now: datetime) -> BankEntry:
    """Finance says what money in suspense is for; it leaves suspense as the payment of that instalment (5, 6).

    Raises NotAllowed, MovedOn, Refused.
    """
    if not by.has_perm("payments.match_entry"):
        raise NotAllowed("Only finance staff match money in suspense.")
    instalment = Instalment.objects.get(pk=instalment_id)
    order = Order.objects.locked(instalment.order_id)
    entry = BankEntry.objects.locked(entry_id)
    if entry.status != BankEntry.Status.SUSPENSE:
        raise MovedOn(f"This entry is {entry.get_status_display().lower()} already. Nothing was changed.")
    if order.buyer_id == by.id or order.member(by):
        raise NotAllowed("You are a party to this order, so somebody else must match its money.")
    limit = order.rulebook.two_person_match_usd
    if to_usd(entry.amount_minor, order.currency, order.usd_per_unit) > limit:
        raise Refused(
            f"Above {display(limit, 'USD')} two persons must confirm a match. The desk for that comes later; "
            "until then the money stays in suspense."
        )
    credit = reconciliation.Arrived(entry.amount_minor, entry.currency, entry.payer_name, entry.charges_minor)
    verdict = reconciliation.judge(credit, _expected(order, instalment), payer_known=True)
    if verdict.suspense:
        raise Refused(f"{verdict.suspense} It can't pay this instalment.")
    entry.payment = _pay(
        order, instalment, entry.entry, entry.amount_minor, verdict, chart.suspense(entry.currency), now
    )
    entry.status, entry.matched_by, entry.return_at = BankEntry.Status.MATCHED, by, None
    entry.save()
    record(
        STATEMENT, entry.id, "credit.matched", by=by, now=now, data={"entry": entry.entry, "payment": entry.payment_id}
    )
    return entry


@transaction.atomic
def begin_return(*, entry_id: int, now: datetime) -> BankEntry:
    """Nobody could match it for 14 days: it is told to go back to its sender (Rulebook 5)."""
    entry = BankEntry.objects.locked(entry_id)
    if entry.status != BankEntry.Status.SUSPENSE or now < entry.return_at:
        raise MovedOn("This entry does not go back now.")
    entry.returns += 1
    books.send_unmatched(amount_minor=entry.amount_minor, currency=entry.currency, entry=_attempt(entry), now=now)
    entry.status, entry.next_ask_at = BankEntry.Status.RETURNING, now
    entry.save()
    record(STATEMENT, entry.id, "credit.returning", now=now, data={"entry": entry.entry})
    return entry


def _attempt(entry: BankEntry) -> str:
    """The entry's name in the books; a second try after the money came back has its own."""
    return entry.entry if entry.returns == 1 else f"{entry.entry}#{entry.returns}"


def push_return(*, entry_id: int, now: datetime) -> BankEntry:
    """Tell the bank to send an entry back, or ask how that went; recorded when it answers."""
    entry = BankEntry.objects.get(pk=entry_id)
    if entry.status != BankEntry.Status.RETURNING:
        return entry
    try:
        outcome = gateway(Method.TT).give_back(entry, now=now)
    except Unreachable:
        outcome = Outcome("pending")
    return _record_return(entry_id, outcome, now)


@transaction.atomic
def _record_return(entry_id: int, outcome: Outcome, now: datetime) -> BankEntry:
    entry = BankEntry.objects.locked(entry_id)
    if entry.status != BankEntry.Status.RETURNING:
        return entry
    key = f"unmatched:{_attempt(entry)}"
    entry.asked += 1
    entry.next_ask_at = later(now, entry.asked)
    if outcome.state == "cleared":
        books.left_the_bank(currency=entry.currency, amount_minor=entry.amount_minor, key=key, now=now)
        entry.status, entry.next_ask_at = BankEntry.Status.RETURNED, None
        record(STATEMENT, entry.id, "credit.returned", now=now, data={"entry": entry.entry})
    elif outcome.state == "failed":
        books.came_back(
            payable=chart.suspense(entry.currency),
            gateway="bank",
            amount_minor=entry.amount_minor,
            had_left=False,
            key=key,
            now=now,
        )
        entry.status, entry.next_ask_at = BankEntry.Status.SUSPENSE, None
        entry.why = f"It came back from its sender's bank: {outcome.why or 'no reason given'}."
        entry.return_at = now + timedelta(days=CURRENT.unmatched_return_days)
        record(STATEMENT, entry.id, "credit.came_back", now=now, data={"entry": entry.entry, "why": entry.why})
    entry.save()
    return entry
