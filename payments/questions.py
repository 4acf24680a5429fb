"""The question to a buyer about a transfer in another name: its mail, and what became of it (Rulebook 6)."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mails
from payments.models import BankEntry, PayerQuestion
from trade_assurance import money
from trade_assurance.templatetags.ta import moment

State = PayerQuestion.State


def mail_question(question: PayerQuestion) -> None:
    """Once this is committed, ask the buyer at its confirmed address; the link leads to the question itself.

    The mail tells amount and day, never the payer's name: only who knows it can name it.
    """
    order, entry = question.order, question.entry
    addresses = EmailAddress.objects.filter(user=order.buyer_id, verified=True).order_by("email")
    told = list(addresses.values_list("email", flat=True))
    context = {
        "order": order,
        "instalment": question.instalment,
        "arrived_at": entry.arrived_at,
        "until": entry.return_at,
        "zone": order.buyer.timezone,
        "link": f"{settings.SITE_URL}{page_of(question)}",
    }
    mails.post(
        "payments.payer_asked",
        told,
        lambda reader: context | {"amount": money.display(entry.amount_minor, entry.currency)},
    )


def page_of(question: PayerQuestion) -> str:
    """The page of this very question, which an order may have several of."""
    return f"{reverse('payments:payer', args=[question.order.reference])}?question={question.pk}"


def became_of(question: PayerQuestion) -> tuple[str, str]:
    """What became of a question that is not to be answered any more, for its buyer: a heading and what follows."""
    entry = question.entry
    match question.state:
        case State.NAMED:
            return _("You have named the payer"), _(
                "You answered on {named_at}: {name}, {relation}. Our finance staff compare that with the bank’s word "
                "next."
            ).format(named_at=moment(question.named_at), name=question.name, relation=question.relation)
        case State.CONFIRMED:
            return _("The payer is confirmed"), _(
                "Our finance staff have confirmed it, and the money counts for your order."
            )
        case State.DISOWNED:
            said = (
                _("You answered on {ended_at}. The money goes back to its sender by {return_at}.")
                if entry.return_at
                else _("You answered on {ended_at}.")
            )
            return _("You said that the money is somebody else’s"), said.format(
                ended_at=moment(question.ended_at), return_at=moment(entry.return_at)
            )
    if entry.status in (BankEntry.Status.RETURNING, BankEntry.Status.RETURNED):
        return _("Too late: the money went back to its sender"), _("Pay again from an account in your own name.")
    return (
        _("This needs no answer any more"),
        _("Our finance staff dealt with the money otherwise. The order’s page says how."),
    )
