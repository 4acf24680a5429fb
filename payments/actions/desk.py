"""What finance does with money in suspense: match, split, refund, return; above a limit by two persons (Rulebook 5, 6).

So with what is no buyer's: a processor's payout, a bank charge, our own money, also in debits that nobody knew. The
fraud rules look at what is matched before the transaction that books it, as at any payment. Then the orders' rows are
locked first, by id, then the entry's, then the proposal's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import rfc8785
from django.db import transaction

from accounts.models import User
from events.actions import record
from ledger import chart
from orders import books
from orders.models import Instalment, Order
from payments.actions.arriving import one_at_a_time, take_short
from payments.actions.leftovers import end_open
from payments.actions.planning import OURS, Kind, Part, Plan, demand_undecided, naming_of, planned, takes_two
from payments.actions.receiving import STATEMENT, pay_with
from payments.actions.returning import send_back
from payments.fraud.facts import Arriving
from payments.fraud.scoring import Assessment, assess
from payments.models import BankEntry, MatchProposal, PayerQuestion
from trade_assurance.refused import MovedOn, NotAllowed, Refused

Status = BankEntry.Status


def digest_of(terms: dict) -> str:
    """The SHA-256 of the canonical JSON (RFC 8785) of what is proposed."""
    return hashlib.sha256(rfc8785.dumps(terms)).hexdigest()


def match_entry(*, entry_id: int, instalment_id: int, by: User, now: datetime) -> BankEntry:
    """Finance says what money in suspense is for: it pays that instalment by the rules for transfers (Rulebook 5, 6).

    Above the limit it is proposed, and a second person does it. So with the three below. Raises NotAllowed, MovedOn,
    Refused.
    """
    return _decide(Kind.MATCH, entry_id, [instalment_id], None, "", by, now)


def split_entry(*, entry_id: int, parts: Sequence[Part], by: User, now: datetime) -> BankEntry:
    """Finance splits one transfer over instalments, of several orders too; what is left goes on waiting (Rulebook 5).

    Each part becomes an entry of its own, so that suspense stays a list of entries (I8).
    """
    amounts = {part.instalment_id: part.amount_minor for part in parts}
    if len(amounts) < len(parts):
        raise Refused("The same instalment is named twice. Give it one amount.", field="parts")
    return _decide(Kind.SPLIT, entry_id, list(amounts), amounts, "", by, now)


def refund_entry(*, entry_id: int, instalment_id: int, reason: str, by: User, now: datetime) -> BankEntry:
    """Finance declines a transfer that an order is known for: all of it is owed back to its payer (Rulebook 5, 6)."""
    return _decide(Kind.REFUND, entry_id, [instalment_id], None, reason, by, now)


def return_entry(*, entry_id: int, reason: str, by: User, now: datetime) -> BankEntry:
    """Finance sends a transfer that no order is known for back to its sender, before its days are over (Rulebook 5)."""
    return _decide(Kind.RETURN, entry_id, [], None, reason, by, now)


def take_payout(*, entry_id: int, reference: str, reason: str, by: User, now: datetime) -> BankEntry:
    """Finance says that money in suspense is a payout that was booked with a little more: our bank took charges."""
    return _decide(Kind.PAYOUT, entry_id, [], None, reason, by, now, reference=reference)


def book_charge(*, entry_id: int, reason: str, by: User, now: datetime) -> BankEntry:
    """Finance says that a debit nobody knew is a charge of our bank, or that our bank gives one back (§8)."""
    return _decide(Kind.CHARGE, entry_id, [], None, reason, by, now)


def book_own_funds(*, entry_id: int, reason: str, by: User, now: datetime) -> BankEntry:
    """Finance says that what came or left is our own money, put in or taken out (§8)."""
    return _decide(Kind.OWN, entry_id, [], None, reason, by, now)


def confirm_proposal(*, proposal_id: int, digest: str, by: User, now: datetime) -> MatchProposal:
    """A second finance person does what was proposed, if it would still do exactly that (quality.md §3).

    Raises NotAllowed, MovedOn when the money moved otherwise meanwhile, Refused.
    """
    _demand_finance(by)
    read = MatchProposal.objects.select_related("entry").get(pk=proposal_id)
    amounts = {part["instalment"]: part["amount"] for part in read.terms["parts"]}
    return _confirm(proposal_id, digest, _looked_at(read.entry, amounts, now), by, now)


@transaction.atomic
def _confirm(proposal_id: int, digest: str, looked: Mapping[int, Assessment], by: User, now: datetime) -> MatchProposal:
    read = MatchProposal.objects.get(pk=proposal_id)
    orders = _locked_orders([part["instalment"] for part in read.terms["parts"]])
    entry = _locked_entry(read.entry_id)
    proposal = MatchProposal.objects.locked(proposal_id)
    if proposal.proposed_by_id == by.id:
        raise NotAllowed("You proposed this, so somebody else must confirm it.")
    _demand_waiting(proposal, entry)
    amounts = {part["instalment"]: part["amount"] for part in proposal.terms["parts"]}
    reference = proposal.terms.get("payout", {}).get("reference", "")
    plan = planned(proposal.kind, entry, orders, amounts, proposal.reason, by, now, reference=reference)
    if digest_of(plan.terms) != proposal.digest:
        raise MovedOn(
            "What this would do has changed since it was proposed, because other money came or went. "
            "Decline it and propose it anew."
        )
    if digest != proposal.digest:
        raise MovedOn("This page showed something else than what is proposed. Open it again and read it.")
    proposal.state, proposal.ended_by, proposal.ended_at = MatchProposal.State.DONE, by, now
    proposal.save(update_fields=["state", "ended_by", "ended_at"])
    _done(plan, looked, by=by, now=now, proposal=proposal)
    return proposal


@transaction.atomic
def decline_proposal(*, proposal_id: int, reason: str, by: User, now: datetime) -> MatchProposal:
    """A finance person declines a proposal, or takes an own one back; the money goes on waiting."""
    _demand_finance(by)
    reason = _demand_reason(reason)
    entry = BankEntry.objects.locked(MatchProposal.objects.values_list("entry_id", flat=True).get(pk=proposal_id))
    proposal = MatchProposal.objects.locked(proposal_id)
    _demand_waiting(proposal, entry)
    proposal.state, proposal.ended_by, proposal.ended_at = MatchProposal.State.DECLINED, by, now
    proposal.ended_because = reason
    proposal.save(update_fields=["state", "ended_by", "ended_at", "ended_because"])
    told = {"entry": entry.entry, "proposal": proposal.id, "because": reason}
    record(STATEMENT, entry.id, "proposal.declined", by=by, now=now, data=told)
    return proposal


# parts ----------------------------------------------------------------------------------------------------------------


def _decide(
    kind, entry_id, instalment_ids, amounts, reason, by: User, now: datetime, *, reference: str = ""
) -> BankEntry:
    """Let the fraud rules look, then decide under the locks."""
    _demand_finance(by)
    if kind not in (Kind.MATCH, Kind.SPLIT):
        reason = _demand_reason(reason)
    entry = BankEntry.objects.get(pk=entry_id)
    looked = _looked_at(entry, amounts or dict.fromkeys(instalment_ids, entry.amount_minor), now)
    return _decided(kind, entry_id, instalment_ids, amounts, reason, looked, by, now, reference)


def _looked_at(entry: BankEntry, amounts: Mapping[int, int], now: datetime) -> dict[int, Assessment]:
    """What the fraud rules say of what each instalment gets, by its id; read before anything is locked."""
    account = entry.whole.other_account
    orders = Instalment.objects.filter(pk__in=amounts).values_list("pk", "order_id")
    return {pk: assess(Arriving(order_id, amounts[pk], payer_account=account), now=now) for pk, order_id in orders}


@transaction.atomic
def _decided(
    kind, entry_id, instalment_ids, amounts, reason, looked: Mapping, by: User, now: datetime, reference: str
) -> BankEntry:
    """Check it under the locks, then do it, or propose it where two persons are needed."""
    orders = _locked_orders(instalment_ids)
    entry = _locked_entry(entry_id)
    demand_undecided(kind, entry)
    if (waiting := entry.proposals.filter(state=MatchProposal.State.OPEN).first()) is not None:
        raise MovedOn(
            f"A proposal waits for this entry: {waiting.get_kind_display().lower()}. Confirm or decline it first."
        )
    if amounts is None:
        amounts = dict.fromkeys(instalment_ids, entry.amount_minor)
    plan = planned(kind, entry, orders, amounts, reason, by, now, reference=reference)
    if takes_two(plan, now):
        return _propose(plan, by=by, now=now)
    return _done(plan, looked, by=by, now=now)


def _locked_orders(instalment_ids: Sequence[int]) -> dict[int, Order]:
    ids = set(Instalment.objects.filter(pk__in=instalment_ids).values_list("order_id", flat=True))
    return {order_id: Order.objects.locked(order_id) for order_id in sorted(ids)}


def _locked_entry(entry_id: int) -> BankEntry:
    """An entry under its lock; one of a card processor waits for that processor's reports first."""
    read = BankEntry.objects.get(pk=entry_id)
    if read.gateway:
        one_at_a_time(read.gateway, read.currency)
    return BankEntry.objects.locked(entry_id)


def _propose(plan: Plan, *, by: User, now: datetime) -> BankEntry:
    entry, terms = plan.entry, plan.terms
    proposal = MatchProposal.objects.create(
        entry=entry,
        kind=plan.kind,
        currency=entry.currency,
        amount_minor=entry.amount_minor,
        terms=terms,
        digest=digest_of(terms),
        reason=plan.reason,
        proposed_by=by,
        proposed_at=now,
    )
    told = {"entry": entry.entry, "proposal": proposal.id, "kind": str(plan.kind), "digest": proposal.digest}
    record(STATEMENT, entry.id, "proposal.made", by=by, now=now, data=told)
    return entry


def _done(
    plan: Plan, looked: Mapping[int, Assessment], *, by: User, now: datetime, proposal: MatchProposal | None = None
) -> BankEntry:
    """Carry a plan out, and end what was open about the entry."""
    entry = plan.entry
    told = {"entry": entry.entry} | ({"proposal": proposal.id} if proposal else {})
    for order in plan.orders.values():
        if plan.kind in (Kind.MATCH, Kind.SPLIT) and (naming := naming_of(entry, order)) is not None:
            if naming.state == PayerQuestion.State.NAMED:
                naming.state, naming.ended_by, naming.ended_at = PayerQuestion.State.CONFIRMED, by, now
                naming.save(update_fields=["state", "ended_by", "ended_at"])
    end_open(entry, "The money was dealt with otherwise.", by=by, now=now)
    if plan.kind == Kind.RETURN:
        return send_back(entry, by=by, reason=plan.reason, now=now)
    if plan.kind == Kind.PAYOUT:
        take_short(entry, plan.payout, plan.reason, by=by, now=now)
        return entry
    if plan.kind in OURS:
        return _ours(plan, told, by=by, now=now)
    if plan.kind == Kind.SPLIT:
        return _split(plan, looked, told, by=by, now=now)
    ((instalment, amount, verdict),) = plan.steps
    order = plan.orders[instalment.order_id]
    _matched(entry, order, instalment, amount, verdict, looked[instalment.id], by=by, now=now)
    entry.save()
    told |= {"payment": entry.payment_id} | ({"reason": plan.reason} if plan.reason else {})
    kind = "credit.matched" if plan.kind == Kind.MATCH else "credit.refunded"
    record(STATEMENT, entry.id, kind, by=by, now=now, data=told)
    return entry


def _ours(plan: Plan, told: dict, *, by: User, now: datetime) -> BankEntry:
    """What the bank booked is nobody's but ours; it keeps what it was read as, and finance's word."""
    entry, is_credit = plan.entry, plan.entry.direction == BankEntry.Direction.CREDIT
    status = Status.CHARGE if plan.kind == Kind.CHARGE else Status.OWN
    books.our_own(
        book=OURS[plan.kind](entry.currency),
        amount_minor=entry.amount_minor,
        is_credit=is_credit,
        kind="bank_charge" if plan.kind == Kind.CHARGE else "own_funds",
        entry=entry.entry,
        now=now,
    )
    entry.status, entry.matched_by, entry.return_at = status, by, None
    entry.why = f"{status.label}, by finance: {plan.reason} Before: {entry.why}"[:500]
    entry.save()
    kind = f"{entry.direction}.booked_as_{status.value}"
    record(STATEMENT, entry.id, kind, by=by, now=now, data=told | {"reason": plan.reason})
    return entry


def _matched(
    entry: BankEntry, order, instalment, amount: int, verdict, assessment: Assessment, *, by: User, now: datetime
) -> None:
    name, suspense = entry.whole.entry, chart.suspense(entry.currency)
    entry.payment = pay_with(order, instalment, name, amount, verdict, suspense, now, assessment)
    entry.status, entry.matched_by, entry.return_at, entry.why = Status.MATCHED, by, None, verdict.because


def _split(plan: Plan, looked: Mapping[int, Assessment], told: dict, *, by: User, now: datetime) -> BankEntry:
    """Each part an entry of its own, and the rest one that waits as long as the whole would have."""
    entry = plan.entry
    returns_at, entry.status, entry.return_at, entry.matched_by = entry.return_at, Status.SPLIT, None, by
    entry.save()
    made = []
    for instalment, amount, verdict in plan.steps:
        part = _part_of(entry, len(made) + 1, amount)
        order = plan.orders[instalment.order_id]
        _matched(part, order, instalment, amount, verdict, looked[instalment.id], by=by, now=now)
        part.save()
        made.append({"entry": part.entry, "payment": part.payment_id, "amount": amount})
    if plan.rest_minor:
        rest = _part_of(entry, len(made) + 1, plan.rest_minor)
        rest.status, rest.return_at = Status.SUSPENSE, returns_at
        rest.why = f"What is left of {entry.entry} after a part of it was matched. {entry.why}"[:500]
        rest.save()
        told = told | {"rest": rest.entry}
    record(STATEMENT, entry.id, "credit.split", by=by, now=now, data=told | {"parts": made})
    return entry


def _part_of(entry: BankEntry, number: int, amount: int) -> BankEntry:
    """A part has the entry's own words; its name has the entry's id in it, so that no bank's can be the same."""
    return BankEntry(
        entry=f"{entry.entry[:70]}~{entry.pk}.{number}",
        account_number=entry.account_number,
        currency=entry.currency,
        amount_minor=amount,
        reference=entry.reference,
        payer_name=entry.payer_name,
        other_account=entry.other_account,
        is_return=entry.is_return,
        is_reversal=entry.is_reversal,
        arrived_at=entry.arrived_at,
        split_of=entry,
    )


def _demand_finance(by: User) -> None:
    if not by.has_perm("payments.match_entry"):
        raise NotAllowed("Only finance staff match money in suspense.")


def _demand_reason(reason: str) -> str:
    reason = reason.strip()[:300]
    if not reason:
        raise Refused("Say why: the reason is kept with the change.", field="reason")
    return reason


def _demand_waiting(proposal: MatchProposal, entry: BankEntry) -> None:
    if proposal.state != MatchProposal.State.OPEN:
        said = f" The reason: {proposal.ended_because.rstrip('.')}." if proposal.ended_because else ""
        raise MovedOn(f"This proposal waits no more, it is {proposal.get_state_display().lower()}.{said}")
    demand_undecided(proposal.kind, entry)
