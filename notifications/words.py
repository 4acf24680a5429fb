"""A notice in words, made when it is read: of an order in those of its timeline, of a company or a person in these."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from disputes import waiting
from disputes import wording as case_words
from disputes.models import Dispute
from notifications.models import Notice, Reminder
from orders import wording
from orders.models import Order
from orders.views.home import turn_of, with_next
from orders.wording import Moment, State
from suppliers.models import Member, PenaltyPoint, Supplier
from trade_assurance import money

S = Order.Status


@dataclass(frozen=True)
class Said:
    """A notice as a page or a mail shows it; `state` is what its order or case waits for from the reader, if it does"""

    notice: Notice
    title: str
    detail: str
    tone: str
    about: str
    url: str
    state: State | None = None

    @property
    def sentence(self) -> str:
        """The title as a sentence of a mail."""
        return _("{title}.").format(title=self.title)


def say(notices: list[Notice], now) -> list[Said]:
    """These notices in words, in their order; a bounded number of queries for any number of them.

    What waits for the reader is said once an order, with its newest notice.
    """
    orders = _orders({notice.order_id for notice in notices if notice.order_id})
    cases = _cases(notices, now)
    ids = {n.event.subject_id for n in notices if n.event_id and n.event.subject_kind == "supplier"}
    companies = Supplier.objects.in_bulk(ids) if ids else {}
    found, stated = [], set()
    for notice in notices:
        case = cases.get((case_of(notice), notice.side))
        subject = case or orders.get(notice.order_id)
        state = None
        if subject is not None and (key := (type(subject), subject.pk)) not in stated:
            stated.add(key)
            state = _state(notice, orders[notice.order_id], case, now)
        moment = moment_of(notice, orders.get(notice.order_id), companies)
        about, url = _place(notice, orders.get(notice.order_id), case, companies)
        detail = moment.detail
        if case is not None:  # `about` names it already
            detail = detail.removeprefix(
                _("Case {case}. {detail}").format(case=case.reference, detail="").strip()
            ).strip()
        found.append(Said(notice, moment.title, detail, moment.tone, about, url, state))
    return found


def case_of(notice: Notice) -> str:
    """The reference of the case that a notice is about; empty for what is about none."""
    if notice.reminder_id:
        return notice.reminder.dispute.reference if notice.reminder.dispute_id else ""
    case = notice.event.data.get("dispute", "") if notice.group == "claims" else ""
    return case if isinstance(case, str) else ""


def moment_of(notice: Notice, order: Order | None, companies: dict) -> Moment:
    """What happened, in words for the reader's side."""
    if notice.reminder_id:
        return reminded(notice.reminder)
    event = notice.event
    if event.subject_kind == "supplier":
        return Moment(*_of_company(event, companies[event.subject_id].name), event.at)
    if event.subject_kind == "person":
        return Moment(*OF_PERSON[event.kind], "", event.at)
    if event.kind == "message.sent":
        by_buyer = event.actor_id == order.buyer_id
        writer = order.buyer.display_name if by_buyer else order.supplier.name
        return Moment(
            _("{writer} wrote to you").format(writer=writer), _("The message is on the order’s page."), "", event.at
        )
    told = wording.timeline(order, [event], notice.side)
    return told[0] if told else Moment(_("Something happened"), _("The order’s page says what."), "", event.at)


REMINDED = {  # what is near: in words that say what is to be done, and what happens if it is not
    "pay": (
        _lazy("Reminder: pay to keep the order"),
        _lazy("Nothing has arrived yet. Without a payment the order is cancelled by itself."),
    ),
    "confirm": (
        _lazy("Reminder: confirm receipt, or extend the time"),
        _lazy("Else receipt is confirmed for you and the days of protection begin."),
    ),
    "answer": (_lazy("Reminder: answer the claim"), _lazy("Your time to answer ends. Silence counts against you.")),
    "escalate": (
        _lazy("Reminder: agree while you still can"),
        _lazy("Without an agreement, or more time from both, our staff take over."),
    ),
    "evidence": (
        _lazy("Reminder: add your evidence"),
        _lazy("The time for evidence ends. The case is decided from what is in its file."),
    ),
    "rebuttal": (
        _lazy("Reminder: answer the other side’s evidence"),
        _lazy("The time for it ends, and the file is complete."),
    ),
    "offer": (_lazy("Reminder: answer the offer"), _lazy("It expires, and nothing is agreed by it.")),
    "appeal": (
        _lazy("Reminder: appeal, if you disagree"),
        _lazy("The time to appeal ends. Then the decision is carried out."),
    ),
    "inspector": (
        _lazy("Reminder: choose an inspector"),
        _lazy("Else there is no inspection, and the case is decided as the file stands."),
    ),
    "send_return": (
        _lazy("Reminder: send the goods back, with tracking"),
        _lazy("Else you are warned once, and then the claim lapses."),
    ),
    "send_replacement": (
        _lazy("Reminder: send the replacement, with tracking"),
        _lazy("Else what the claim still holds is refunded."),
    ),
    "check_return": (_lazy("Reminder: check what came back"), _lazy("Unless you contest it, the buyer is refunded.")),
    "check_replacement": (
        _lazy("Reminder: check the replacement"),
        _lazy("Unless you contest it, it counts as accepted."),
    ),
}


def reminded(reminder: Reminder) -> Moment:
    """What a reminder says."""
    title, detail = REMINDED[reminder.what.partition(":")[0]]
    return Moment(title, detail, "action", reminder.made_at)


def _orders(ids: set[int]) -> dict[int, Order]:
    if not ids:
        return {}
    return with_next(Order.objects.filter(pk__in=ids)).select_related("buyer", "supplier").in_bulk()


def _cases(notices: list[Notice], now) -> dict[tuple[str, str], Dispute]:
    """The cases of these notices by their reference and the reader's side."""
    wanted = {(case_of(notice), notice.side) for notice in notices} - {("", "")}
    found = {}
    for side in sorted({side for reference, side in wanted if reference}):
        references = [reference for reference, its in wanted if its == side and reference]
        cases = waiting.with_talk(Dispute.objects.filter(reference__in=references), side, now)
        found |= {(case.reference, side): case for case in cases}
    return found


def _state(notice: Notice, order: Order, case: Dispute | None, now) -> State | None:
    """What the order or the case waits for from the reader's side; None when it waits for nothing of it."""
    if case is not None:
        state, tones = case_words.state(case, notice.side), ("action",)
    else:
        state = wording.state(order, notice.side, now, turn=turn_of(order), due_at=order.due_at)
        tones = ("action", "breach")
    return state if state.tone in tones else None


def _place(notice: Notice, order: Order | None, case: Dispute | None, companies: dict) -> tuple[str, str]:
    """What a notice is about, and the page it leads to."""
    if order is not None:
        about = f"{order.title}, {order.reference}"
        if case is None:
            return about, order.get_absolute_url()
        return _("{order}, case {reference}").format(order=about, reference=case.reference), case.get_absolute_url()
    if notice.event.subject_kind == "supplier":
        return companies[notice.event.subject_id].name, reverse(PAGES.get(notice.event.kind, "portal:team"))
    return _("Your account"), reverse("accounts:settings")


# companies and people -----------------------------------------------------------------------------------------------

PAGES = {
    "supplier.verification_accepted": "portal:documents",
    "supplier.verification_refused": "portal:documents",
    "supplier.verification_reminded": "portal:documents",
    "supplier.verification_expired": "portal:documents",
    "supplier.active": "portal:rating",
    "supplier.paused": "portal:rating",
    "supplier.removed": "portal:rating",
    "supplier.points_noted": "portal:rating",
    "supplier.payout_account_added": "payments:payout_account",
    "supplier.payout_account_withdrawn": "payments:payout_account",
    "payout.sent": "payments:payouts",
    "payout.failed": "payments:payouts",
    "product.taken_out": "portal:products",
    "product.let_back": "portal:products",
}
OF_COMPANY = {  # title with the company's name, detail, tone
    "supplier.verification_accepted": (
        _lazy("{name} is verified"),
        _lazy("Buyers see it on your page, and the limit is higher."),
        "safe",
    ),
    "supplier.verification_refused": (
        _lazy("{name} could not be verified yet"),
        _lazy("The page says what is missing."),
        "action",
    ),
    "supplier.verification_reminded": (
        _lazy("The verification of {name} ends soon"),
        _lazy("Add new documents and ask again."),
        "action",
    ),
    "supplier.verification_expired": (
        _lazy("The verification of {name} has ended"),
        _lazy("The protection limit is lower now."),
        "breach",
    ),
    "supplier.active": (_lazy("{name} takes new protected orders again"), _lazy("Our staff have reviewed it."), "safe"),
    "supplier.paused": (_lazy("{name} takes no new protected orders"), _lazy("Open orders go on as agreed."), "breach"),
    "supplier.removed": (
        _lazy("{name} was removed"),
        _lazy("Buyers no longer find it. Open orders go on as agreed."),
        "breach",
    ),
    "supplier.member_removed": (_lazy("Somebody left the team of {name}"), _lazy("The page says who is in it."), ""),
    "supplier.payout_account_added": (
        _lazy("{name} has a new account for payouts"),
        _lazy("An owner can still take it back."),
        "action",
    ),
    "supplier.payout_account_withdrawn": (
        _lazy("A new account of {name} was taken back"),
        _lazy("Payouts go where they went before."),
        "",
    ),
    "payout.failed": (
        _lazy("A payout to {name} came back"),
        _lazy("The money is with us and is sent again."),
        "action",
    ),
    "product.taken_out": (
        _lazy("A product of {name} was taken out of the directory"),
        _lazy("Your mail and its page say why."),
        "breach",
    ),
    "product.let_back": (
        _lazy("A product of {name} is let back into the directory"),
        _lazy("Buyers can find it again."),
        "safe",
    ),
}
OF_PERSON = {
    "person.settings_changed": (_lazy("Your settings were changed"), _lazy("Not by you, but by our staff.")),
    "person.mails_chosen": (
        _lazy("Mails were turned off"),
        _lazy("By the link in one of our mails. You can turn them on again."),
    ),
    "person.key_made": (
        _lazy("An API key was made for you"),
        _lazy("If you don’t know of it, end it in your settings."),
    ),
    "person.key_revoked": (_lazy("An API key of yours was ended"), _lazy("It opens nothing any more.")),
    "person.calendar_made": (
        _lazy("Your calendar has an address"),
        _lazy("If you don’t know of it, end it in your settings."),
    ),
    "person.calendar_ended": (
        _lazy("Your calendar’s address was ended"),
        _lazy("Calendars that ask for it get nothing any more."),
    ),
}


JOINED = {
    Member.Role.OWNER: _lazy("As owner."),
    Member.Role.SALES: _lazy("As sales."),
    Member.Role.FINANCE: _lazy("As finance."),
}
BECAME = {
    Member.Role.OWNER: _lazy("It is owner now."),
    Member.Role.SALES: _lazy("It is sales now."),
    Member.Role.FINANCE: _lazy("It is finance now."),
}


def _of_company(event, name: str) -> tuple[str, str, str]:
    read = event.data
    match event.kind:
        case "supplier.points_noted":
            points = read["points"]
            title = ngettext("{points} penalty point for {name}", "{points} penalty points for {name}", points)
            why = str(read.get("reason") or PenaltyPoint.Kind(read["kind"]).label).removesuffix(".")
            return title.format(points=points, name=name), _("{reason}.").format(reason=why), "breach"
        case "supplier.member_added":
            return _("Somebody joined the team of {name}").format(name=name), JOINED[read["role"]], ""
        case "supplier.role_changed":
            return _("A role in the team of {name} changed").format(name=name), BECAME[read["role"]], ""
        case "payout.sent":
            amount = money.display(read["amount"], read["currency"])
            return (
                _("A payout of {amount} is on its way").format(amount=amount),
                _("To the account of {name}.").format(name=name),
                "safe",
            )
    title, detail, tone = OF_COMPANY[event.kind]
    return title.format(name=name), detail, tone
