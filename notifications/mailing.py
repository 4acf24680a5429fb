"""From notices to mails: what is due of one order for one person leaves as one mail, and a day's as one too.

A mail is written in the transaction that ends its mailings, so each notice is in one mail and no crash loses any; its
way to the mail server is `accounts.mails`' matter.
"""

from dataclasses import replace
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mails
from accounts.models import MailWhen, User
from disputes import waiting
from disputes import wording as case_words
from disputes.models import Dispute
from notifications.audience import still_concerns
from notifications.inbox import TOO_OLD
from notifications.models import Mailing, Notice
from notifications.words import Said, case_of, say
from orders import wording
from orders.models import Order
from orders.steps import agreeing, steps_for
from orders.wording import Answers
from trade_assurance.refused import MovedOn

O = Mailing.Outcome  # noqa: E741
MOST = 30  # notices that one mail tells of; the inbox has the rest


def due(now: datetime, limit: int) -> list[dict]:
    """What is to be written now: of whom, of which order, or for the day."""
    rows = Mailing.objects.due(now).order_by("due_at", "notice").values("user_id", "order_id", "is_daily")[:limit]
    found = {(r["user_id"], None if r["is_daily"] else r["order_id"], r["is_daily"]): None for r in rows}
    return [{"user_id": user, "order_id": order, "is_daily": daily} for user, order, daily in found]


@transaction.atomic
def write(*, user_id: int, order_id: int | None, is_daily: bool, now: datetime) -> None:
    """Write one person the mail that is due of an order, or of the day; raises MovedOn when another worker has.

    With what is due goes what waits its minute still. What is older than three days, or read before the daily mail, is
    not mailed, nor what concerns a person no longer.
    """
    of = {"is_daily": True} if is_daily else {"is_daily": False, "order": order_id}
    waits = Mailing.objects.filter(user=user_id, done_at__isnull=True, **of)
    if is_daily:
        waits = waits.filter(due_at__lte=now)
    mailings = list(waits.select_for_update(skip_locked=True).order_by("notice"))
    if not any(each.due_at <= now for each in mailings):
        raise MovedOn("This mail is written already.")
    person = User.objects.get(pk=user_id)
    notices = {
        each.pk: each
        for each in Notice.objects.filter(pk__in=[one.pk for one in mailings]).select_related(
            "event", "order", "reminder__dispute"
        )
    }
    outcomes = {each.pk: _outcome(notices[each.pk], person, is_daily, now) for each in mailings}
    told = [notices[each.pk] for each in mailings if outcomes[each.pk] == O.MAILED]
    kinds = mails.kinds()
    if told:
        with mails.as_reader(person):
            code = (
                mails.DAILY
                if is_daily
                else _kind([each.kind for each in mailings if outcomes[each.pk] == O.MAILED], kinds)
            )
            context = _daily(told, person, now) if is_daily else _context(told, person, now)
        address = EmailAddress.objects.filter(user=person, verified=True, primary=True).first()
        if address is None or not mails.post(code, [address.email], context, now=now):
            outcomes = {pk: O.UNWANTED if outcome == O.MAILED else outcome for pk, outcome in outcomes.items()}
    for each in mailings:
        each.done_at, each.outcome = now, outcomes[each.pk]
    Mailing.objects.bulk_update(mailings, ["done_at", "outcome"])


def _kind(codes: list[str], kinds) -> str:
    """The kind of a mail about several things: the first that is always sent, else the first."""
    return next((code for code in codes if kinds[code].always), codes[0])


def _outcome(notice: Notice, person: User, is_daily: bool, now: datetime) -> str:
    if now - notice.at >= TOO_OLD:
        return O.OLD
    if is_daily and person.mail_when == MailWhen.NONE:
        return O.UNWANTED
    if not still_concerns(notice, person):
        return O.LEFT
    return O.READ if is_daily and notice.read_at is not None else O.MAILED


# what a mail says ---------------------------------------------------------------------------------------------------


def _context(notices: list[Notice], person: User, now: datetime) -> dict:
    """A mail about one order, or about one thing of a company: what happened, what to do, by when, what if not."""
    said = say(notices[::-1][:MOST], now)
    newest = said[0]
    context = {
        "said": said[::-1],
        "newest": newest,
        "more": len(said) - 1,
        "order": newest.notice.order,
        "link": f"{settings.SITE_URL}{newest.url}",
    }
    if newest.notice.order_id:
        answers = must_do(newest, person, now)
        if answers.do_more == _("This page says when it is your move."):  # a mail is no page that changes
            answers = replace(answers, do_more=_("We write to you when it is your move."))
        context["answers"] = answers
        context["is_case"] = bool(case_of(newest.notice))
    return context


def must_do(said: Said, person: User, now: datetime) -> Answers:
    """What the reader must do, by when and what if not: as the page says it that the mail leads to."""
    notice = said.notice
    if reference := case_of(notice):
        cases = Dispute.objects.filter(reference=reference)
        return case_words.answers(waiting.with_talk(cases, notice.side, now).get(), notice.side, now)
    order = Order.objects.select_related("buyer", "supplier").get(pk=notice.order_id)
    steps = [step for step in steps_for(order, person, now) if step.code != "message"]
    return wording.answers(order, notice.side, now, steps, agreeing.turn(order))


def _daily(notices: list[Notice], person: User, now: datetime) -> dict:
    """A day's mail: what happened, order by order, and the inbox."""
    groups: dict[str, list[Said]] = {}
    for each in say(notices[::-1][:MOST], now):
        groups.setdefault(each.about, []).append(each)
    return {
        "groups": [
            (about, rows[::-1], next((r.state for r in rows if r.state), None)) for about, rows in groups.items()
        ],
        "count": len(notices),
        "left_out": max(0, len(notices) - MOST),
        "link": f"{settings.SITE_URL}{reverse('notifications:inbox')}",
    }
