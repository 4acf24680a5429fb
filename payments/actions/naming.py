"""A payer whose name is not the buyer's: the buyer names it when asked, finance confirms by matching (Rulebook 6)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders.models import Instalment, Order
from payments.models import BankEntry, PayerQuestion
from payments.questions import mail_question
from trade_assurance.refused import MovedOn, NotAllowed, Refused

ORDER = "order"
State = PayerQuestion.State


def ask_who_paid(order: Order, instalment: Instalment, entry: BankEntry, *, by: User | None, now) -> PayerQuestion:
    """Put the question to an order's buyer, by mail too; part of an action that holds the order and the entry."""
    question = PayerQuestion.objects.create(entry=entry, order=order, instalment=instalment, asked_by=by, asked_at=now)
    told = {"question": question.id, "entry": entry.entry, "amount": entry.amount_minor}
    record(ORDER, order.id, "payer.asked", by=by, now=now, data=told)
    mail_question(question)
    return question


@transaction.atomic
def ask_payer(*, entry_id: int, instalment_id: int, by: User, now: datetime) -> PayerQuestion:
    """Finance asks the buyer of an order whether a transfer in another name is for it. Raises NotAllowed, MovedOn."""
    if not by.has_perm("payments.match_entry"):
        raise NotAllowed("Only finance staff match money in suspense.")
    instalment = Instalment.objects.get(pk=instalment_id)
    order = Order.objects.locked(instalment.order_id)
    entry = BankEntry.objects.locked(entry_id)
    if entry.status != BankEntry.Status.SUSPENSE:
        raise MovedOn(f"This entry is {entry.get_status_display().lower()} already. Nothing was changed.")
    if entry.currency != order.currency or not order.takes_money:
        raise Refused(f"This transfer can't pay order {order.reference}: its currency or its state does not fit.")
    if (open_one := entry.questions.unsettled().select_related("order").first()) is not None:
        state = "has named the payer" if open_one.state == State.NAMED else "is asked already"
        raise MovedOn(f"The buyer of order {open_one.order.reference} {state}.")
    return ask_who_paid(order, instalment, entry, by=by, now=now)


@transaction.atomic
def name_payer(*, question_id: int, name: str, relation: str, by: User, now: datetime) -> PayerQuestion:
    """The buyer says who paid for it and why; finance compares that with the bank's word before it counts."""
    name, relation = name.strip()[:200], relation.strip()[:300]
    if not name:
        raise Refused(_("Write the name of the company or person that sent the money."), field="name")
    if not relation:
        raise Refused(_("Say why it pays for you, such as “our parent company”."), field="relation")
    order, question = _answering(question_id, by, now)
    question.state, question.name, question.relation = State.NAMED, name, relation
    question.named_by, question.named_at = by, now
    question.save()
    told = {"question": question.id, "entry": question.entry.entry}
    record(ORDER, order.id, "payer.named", by=by, now=now, data=told, personal={"payer": name, "relation": relation})
    return question


@transaction.atomic
def disown_payer(*, question_id: int, by: User, now: datetime) -> PayerQuestion:
    """The buyer says that the money is not from or for it; it waits on, and goes back when its days are over."""
    order, question = _answering(question_id, by, now)
    question.state, question.ended_by, question.ended_at = State.DISOWNED, by, now
    question.save()
    told = {"question": question.id, "entry": question.entry.entry}
    record(ORDER, order.id, "payer.disowned", by=by, now=now, data=told)
    return question


def _answering(question_id: int, by: User, now: datetime) -> tuple[Order, PayerQuestion]:
    """The order and the question that its buyer may answer now, under their locks."""
    read = PayerQuestion.objects.get(pk=question_id)
    order = Order.objects.locked(read.order_id)
    entry = BankEntry.objects.locked(read.entry_id)
    question = PayerQuestion.objects.locked(question_id)
    question.entry = entry
    if order.buyer_id != by.id:
        raise NotAllowed(_("Only the buyer of this order says who paid for it."))
    if question.state in (State.NAMED, State.CONFIRMED):
        raise MovedOn(_("You have named the payer already. Nothing was changed; our finance staff compare the names."))
    if question.state == State.DISOWNED:
        raise MovedOn(_("You have said already that this money is somebody else’s. Nothing was changed."))
    if question.state == State.CLOSED:
        raise MovedOn(_("This needs no answer any more: the money was dealt with otherwise. Nothing was changed."))
    if entry.status != BankEntry.Status.SUSPENSE:
        raise MovedOn(_("This money was dealt with already. Nothing was changed."))
    return order, question
