"""What would be done with an entry in suspense, checked against the books as they are now, under their locks."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts.models import User
from ledger import chart
from ledger.actions import balance
from orders.models import Instalment, Order, ReferenceRate
from payments import reconciliation
from payments.actions.arriving import payout_said
from payments.actions.receiving import expected
from payments.models import BankEntry, GatewaySettlement, MatchProposal, PayerQuestion
from suppliers.models import DesignatedAccount
from trade_assurance.money import display
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT, to_usd

Kind, Status = MatchProposal.Kind, BankEntry.Status
CLAIM_TOLD = timedelta(days=10)  # within which a processor tells of what it has taken
OURS = {Kind.CHARGE: chart.bank_charges, Kind.OWN: chart.own_funds}  # what is ours alone, and where it is booked


@dataclass(frozen=True)
class Part:
    """What of an entry is for an instalment, in minor units."""

    instalment_id: int
    amount_minor: int


@dataclass
class Plan:
    """Something to be done with an entry, checked against the books as they are now, under their locks."""

    kind: str
    entry: BankEntry
    reason: str
    orders: dict[int, Order]
    steps: list[tuple[Instalment, int, reconciliation.Verdict]]
    rest_minor: int = 0
    payout: GatewaySettlement | None = None

    @property
    def terms(self) -> dict:
        """All of it as plain JSON; who confirms it confirms exactly this."""
        more = {}
        if self.payout is not None:
            told = self.payout
            more["payout"] = {"gateway": told.gateway, "reference": told.reference, "amount": told.amount_minor}
        if self.kind in OURS:
            more["direction"] = self.entry.direction
        return more | {
            "kind": str(self.kind),
            "entry": self.entry.entry,
            "currency": self.entry.currency,
            "amount": self.entry.amount_minor,
            "payer": self.entry.payer_name,
            "returned_before": self.entry.returns,
            "reason": self.reason,
            "rest": self.rest_minor,
            "parts": [
                {
                    "order": self.orders[instalment.order_id].reference,
                    "instalment": instalment.id,
                    "label": instalment.label,
                    "amount": amount,
                    "pays": [[share.instalment_id, share.amount_minor, share.borne_minor] for share in verdict.parts],
                    "absorbed": verdict.absorbed_minor,
                    "back": verdict.surplus_minor,
                    "because": verdict.because,
                }
                for instalment, amount, verdict in self.steps
            ],
        }


def demand_undecided(kind: str, entry: BankEntry) -> None:
    """Raise MovedOn or Refused with what has become of an entry that this can't be done with."""
    if entry.status == Status.UNKNOWN:
        if kind not in OURS:
            raise Refused("This has left our bank. If it is a bank charge or our own money, book it as that.")
    elif entry.status != Status.SUSPENSE:
        raise MovedOn(f"This entry is {entry.get_status_display().lower()} already. Nothing was changed.")


def planned(
    kind,
    entry: BankEntry,
    orders: dict[int, Order],
    amounts: dict[int, int],
    reason,
    by: User,
    now: datetime,
    *,
    reference: str = "",
) -> Plan:
    """What would be done, or the reason why not; `reference` is a payout's. Raises NotAllowed, Refused."""
    for order in orders.values():
        if order.buyer_id == by.id or order.member(by):
            raise NotAllowed("You are a party to this order, so somebody else must decide on its money.")
        if order.status == Order.Status.DRAFT:
            raise Refused(f"Order {order.reference} is a draft: nobody owes money for it.")
    plan = Plan(kind, entry, reason, orders, [])
    if kind == Kind.PAYOUT:
        plan.payout = payout_said(entry, reference)
    if kind in OURS:
        _demand_ours(kind, entry, now)
    if kind in (Kind.RETURN, Kind.PAYOUT, *OURS):
        return plan
    parts = {part.id: part for part in Instalment.objects.filter(pk__in=amounts).order_by("order_id", "number")}
    if not parts or len(parts) < len(amounts):
        raise Refused("There is no such instalment. Look at its reference again.")
    if kind == Kind.REFUND:
        (instalment,) = parts.values()
        _demand_currency(entry, orders[instalment.order_id])
        owed = reconciliation.Verdict(
            surplus_minor=entry.amount_minor, because="Declined by finance: all of it goes back."
        )
        plan.steps = [(instalment, entry.amount_minor, owed)]
        return plan
    plan.rest_minor = _rest(kind, entry, list(amounts.values()))
    for instalment in parts.values():
        order = orders[instalment.order_id]
        _demand_takes(entry, order, instalment)
        plan.steps.append((instalment, amounts[instalment.id], _judged(plan, order, instalment, amounts)))
    return plan


def _demand_ours(kind, entry: BankEntry, now: datetime) -> None:
    """What came is ours alone only where nobody else can have sent it."""
    if entry.direction == BankEntry.Direction.DEBIT:
        if entry.gateway and now < entry.arrived_at + CLAIM_TOLD:
            raise Refused(
                f"By its words {entry.gateway} took it. When {entry.gateway} tells of it, it is booked by itself: wait "
                f"until {entry.arrived_at + CLAIM_TOLD:%d %b %Y}."
            )
        return
    if entry.gateway:
        raise Refused(
            f"By its words this is a payout of {entry.gateway}: accept it as that, or wait until {entry.gateway} tells."
        )
    if kind == Kind.OWN:
        _demand_nobodys(entry)
        return
    if not (entry.is_reversal or entry.is_return):
        raise Refused(
            "A credit is a bank charge only where the bank undoes one. Match it, or book it as our own money."
        )
    charged = balance(chart.bank_charges(entry.currency))
    if charged < entry.amount_minor:
        raise Refused(f"Only {display(charged, entry.currency)} of bank charges are in the books. Ask the bank.")


def _demand_nobodys(entry: BankEntry) -> None:
    """Our own money does not come as a buyer's does."""
    whole = entry.whole
    if DesignatedAccount.objects.filter(number=whole.account_number).exists():
        raise Refused("It came to a supplier's designated account, where only buyers pay. Match it, or return it.")
    if Instalment.objects.filter(rf_reference__in=reconciliation.references_in(whole.reference)).exists():
        raise Refused("It names a payment reference of an order, so it is a buyer's. Match it, refund it or return it.")
    about = PayerQuestion.objects.filter(entry_id__in={entry.pk, whole.pk}).exclude(state=PayerQuestion.State.DISOWNED)
    if (question := about.exclude(state=PayerQuestion.State.CLOSED).select_related("order").first()) is not None:
        raise Refused(f"The buyer of order {question.order.reference} is asked about it. Wait for the answer.")


def _rest(kind, entry: BankEntry, amounts: list[int]) -> int:
    """What of the entry goes on waiting; a split may not give out more than came."""
    if min(amounts) <= 0:
        raise Refused("Each part is more than zero.", field="parts")
    rest = entry.amount_minor - sum(amounts)
    if rest < 0:
        came, more = display(entry.amount_minor, entry.currency), display(-rest, entry.currency)
        raise Refused(f"The parts add up to {more} more than the {came} that came.", field="parts")
    if kind == Kind.SPLIT and rest == 0 and len(amounts) == 1:
        raise Refused("That is all of it for one instalment: match it instead of splitting it.", field="parts")
    return rest


def _demand_currency(entry: BankEntry, order: Order) -> None:
    if entry.currency != order.currency:
        raise Refused(
            f"It is in {entry.currency}, order {order.reference} is in {order.currency}. It can't pay this instalment: "
            "return it to its sender."
        )


def _demand_takes(entry: BankEntry, order: Order, instalment: Instalment) -> None:
    _demand_currency(entry, order)
    if not order.takes_money:
        raise Refused(
            f"Order {order.reference} is {order.get_status_display().lower()} and takes no money any more. "
            "Refund it to the payer."
        )
    if instalment.open_minor == 0:
        raise Refused(
            f"{instalment.label} of order {order.reference} is paid. "
            "Choose another instalment, or refund it to the payer."
        )
    buyer = expected(order, instalment).buyer_names
    if not reconciliation.same_payer(entry.payer_name, buyer) and naming_of(entry, order) is None:
        raise Refused(
            "The payer's name is not the buyer's. Ask the buyer who paid; when it has named the payer, come back here."
        )


def naming_of(entry: BankEntry, order: Order) -> PayerQuestion | None:
    """What this order's buyer has said of the payer, about this entry or the one that it is a part of."""
    chain, each = [entry.id], entry
    while each.split_of_id:
        each = each.split_of
        chain.append(each.id)
    said = (PayerQuestion.State.NAMED, PayerQuestion.State.CONFIRMED)
    return PayerQuestion.objects.filter(entry_id__in=chain, order=order, state__in=said).order_by("-id").first()


def _judged(plan: Plan, order: Order, instalment: Instalment, amounts: dict[int, int]) -> reconciliation.Verdict:
    entry, amount = plan.entry, amounts[instalment.id]
    awaited = expected(order, instalment)
    if plan.kind == Kind.SPLIT:
        if amount > instalment.open_minor:
            left = display(instalment.open_minor, order.currency)
            raise Refused(
                f"{instalment.label} of order {order.reference} has {left} open, which is less than its part.",
                field="parts",
            )
        # a gap is borne for the whole transfer, so not while some of it is left, and never carried on by its amount
        borne = 0 if plan.rest_minor else awaited.shortfall_borne_minor
        awaited = replace(awaited, shortfall_borne_minor=borne, total_minor=-1)
    charges = 0 if plan.kind == Kind.SPLIT or entry.split_of_id else entry.charges_minor
    credit = reconciliation.Arrived(amount, entry.currency, entry.payer_name, charges)
    verdict = reconciliation.judge(credit, awaited, payer_known=True)
    if verdict.suspense:
        raise Refused(f"{verdict.suspense} It can't pay this instalment.")
    return verdict


def takes_two(plan: Plan, now: datetime) -> bool:
    """Whether the transfer, whole as it came, is above the limit; splitting it first does not go around it."""
    whole = plan.entry.whole
    rates = {(order.usd_per_unit, order.rulebook.two_person_match_usd) for order in plan.orders.values()}
    if not rates:
        today = ReferenceRate.objects.usd_per_unit(whole.currency, now.date())
        rates = {(today, CURRENT.two_person_match_usd)}
    return any(rate is None or to_usd(whole.amount_minor, whole.currency, rate) > limit for rate, limit in rates)
