"""Feedback: the buyer's review, the supplier's reply, one revision, removal by staff (Rulebook, "Feedback")."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.actions import record
from orders import telling
from orders.models import Order, Review, ReviewMail, ReviewRequest
from orders.steps import demand, step_of
from orders.steps.reviewing import works_there
from suppliers.models import Member
from trade_assurance.refused import MovedOn, NotAllowed, Refused

ORDER = "order"
SCORES = ("on_time", "as_agreed", "service")
TRY_AGAIN = timedelta(minutes=15)  # when a mail that could not be sent is tried again


@transaction.atomic
def write_review(
    *, order_id: int, on_time: int, as_agreed: int, service: int, text: str, by: User, now: datetime
) -> Review:
    """Rate an order once, from receipt until 60 days after it closed. Raises NotAllowed, Refused, MovedOn."""
    order = _for_buyer(order_id, by)
    demand("review", order, by=by, now=now)
    scores = _scores(on_time, as_agreed, service)
    text = _text(order, text)
    review = Review.objects.create(
        order=order, supplier_id=order.supplier_id, by=by, text=text, written_at=now, **scores
    )
    ReviewRequest.objects.filter(order=order).delete()
    _tell(review, ReviewMail.What.WRITTEN, _sellers(order), now)
    record(ORDER, order.id, "review.written", by=by, now=now, data=scores, personal={"text": text})
    return review


@transaction.atomic
def reply_to_review(*, order_id: int, text: str, by: User, now: datetime) -> Review:
    """Answer a review once, within 30 days of it, by a member who sells. Raises NotAllowed, Refused, MovedOn."""
    order = Order.objects.locked(order_id)
    if order.buyer_id == by.id:
        raise NotAllowed(_("The reply is the supplier's; you wrote the review."))
    demand("reply", order, by=by, now=now)
    text = _text(order, text)
    if not text:
        raise Refused(_("Write your reply first."), field="text")
    review = order.review
    review.reply, review.replied_by, review.replied_at = text, by, now
    review.save(update_fields=["reply", "replied_by", "replied_at"])
    _tell(review, ReviewMail.What.REPLIED, [order.buyer_id], now)
    record(ORDER, order.id, "review.replied", by=by, now=now, personal={"text": text})
    return review


@transaction.atomic
def revise_review(
    *, order_id: int, on_time: int, as_agreed: int, service: int, text: str, by: User, now: datetime
) -> Review:
    """Change a review once, within 30 days of the reply; the first version is kept. Raises NotAllowed, Refused."""
    order = _for_buyer(order_id, by)
    demand("revise", order, by=by, now=now)
    scores = _scores(on_time, as_agreed, service)
    text = _text(order, text)
    review = order.review
    first = {name: getattr(review, name) for name in (*SCORES, "text")}
    if first == scores | {"text": text}:
        raise Refused(_("Nothing is different from your first review. Change it, or leave it as it is."))
    review.first, review.text, review.revised_at = first, text, now
    for name, score in scores.items():
        setattr(review, name, score)
    review.save(update_fields=[*SCORES, "text", "first", "revised_at"])
    _tell(review, ReviewMail.What.REVISED, _sellers(order), now)
    record(ORDER, order.id, "review.revised", by=by, now=now, data=scores, personal={"text": text})
    return review


@transaction.atomic
def remove_review(*, review_id: int, because: str, by: User, now: datetime) -> Review:
    """Take a review off every public page for one of the listed reasons; it is kept, and no longer counts.

    By staff with the permission who are no party to the order. Raises NotAllowed, Refused, MovedOn.
    """
    order = Order.objects.locked(Review.objects.values_list("order_id", flat=True).get(pk=review_id))
    if not by.has_perm("orders.remove_review"):
        raise NotAllowed("Only risk staff remove reviews.")
    if order.side_of(by) is not None:
        raise NotAllowed("You are a party to this order, so somebody else must decide this.")
    if because not in Review.Removed.values:
        raise Refused("Choose one of the listed reasons; a review is removed for no other.", field="because")
    review = order.review
    if review.removed_at is not None:
        raise MovedOn("This review is removed already.")
    review.removed_at, review.removed_by, review.removed_because = now, by, because
    review.save(update_fields=["removed_at", "removed_by", "removed_because"])
    record(ORDER, order.id, "review.removed", by=by, now=now, data={"because": because})
    return review


# asking for it ----------------------------------------------------------------------------------------------------


def ask_for_review(*, order_id: int, now: datetime) -> None:
    """Ask the buyer for its review by mail, one time. Raises MovedOn when there is nothing to ask, or no longer.

    The mail leaves between two short transactions: the first moves the hour on, so that nobody else sends it
    meanwhile; the second notes that it was sent. What could not be sent is due again.
    """
    with transaction.atomic():
        order = Order.objects.locked(order_id)
        request = ReviewRequest.objects.filter(order=order).first()
        if request is None or now < request.due_at:
            raise MovedOn("This buyer is not to be asked for a review now.")
        asks = step_of("review", order, order.buyer, now).allowed
        if asks:
            request.due_at = now + TRY_AGAIN
            request.save(update_fields=["due_at"])
        else:
            request.delete()
    if asks:
        telling.ask_for_review(order)
        note_asked(order_id=order_id, now=now)


@transaction.atomic
def note_asked(*, order_id: int, now: datetime) -> None:
    """Note that the buyer was asked for its review; it is not asked again."""
    order = Order.objects.locked(order_id)
    ReviewRequest.objects.filter(order=order).delete()
    record(ORDER, order.id, "review.asked", now=now)


# telling of it ----------------------------------------------------------------------------------------------------


def _sellers(order: Order) -> list[int]:
    """Whom the supplier's side of a review concerns: its owners and sales staff."""
    sells = (Member.Role.OWNER, Member.Role.SALES)
    return list(order.supplier.members.filter(role__in=sells).order_by("user").values_list("user", flat=True))


def _tell(review: Review, what: str, people: list[int], now: datetime) -> None:
    """Note that these people are to be told by mail, each once."""
    ReviewMail.objects.bulk_create(ReviewMail(review=review, what=what, to_id=person, due_at=now) for person in people)


def send_review_mail(*, mail_id: int, now: datetime) -> None:
    """Tell one person by mail of a review, its revision or its reply, one time. Raises MovedOn when it is not due.

    The mail leaves between two short transactions, as `ask_for_review` says. Nobody is told of a review that staff
    have removed since, nor a person who has left the company.
    """
    with transaction.atomic():
        due = ReviewMail.objects.due(now).select_related("review__order__supplier", "to")
        mail = due.select_for_update(of=("self",)).filter(pk=mail_id).first()
        if mail is None:
            raise MovedOn("This mail is not to be sent now.")
        review = mail.review
        concerned = [review.by_id] if mail.what == ReviewMail.What.REPLIED else _sellers(review.order)
        if review.removed_at is not None or mail.to_id not in concerned:
            mail.delete()
            return
        mail.due_at = now + TRY_AGAIN
        mail.save(update_fields=["due_at"])
    telling.tell_of_review(mail)
    mail.delete()


# what all of it shares --------------------------------------------------------------------------------------------


def _for_buyer(order_id: int, by: User) -> Order:
    """The order under its lock; refused to a buyer who works for the supplier."""
    order = Order.objects.locked(order_id)
    if order.buyer_id == by.id and order.member(by) is not None:
        raise NotAllowed(works_there(order))
    return order


def _scores(*given: int) -> dict[str, int]:
    """The three scores by name; each is a whole number from 1 to 5."""
    for name, score in zip(SCORES, given, strict=True):
        if type(score) is not int or not 1 <= score <= 5:
            raise Refused(_("Choose from 1 to 5."), field=name)
    return dict(zip(SCORES, given, strict=True))


def _text(order: Order, text: str) -> str:
    """The words as they are kept: plain text, with the line ends of one kind."""
    most = order.rulebook.feedback_text_max
    text = text.replace("\r\n", "\n").strip()
    if len(text) > most:
        sentence = _("Keep this to {most} characters; this has {count}.")
        raise Refused(sentence.format(most=f"{most:,}", count=f"{len(text):,}"), field="text")
    if "\x00" in text:
        raise Refused(_("This has a character that can't be shown. Write it again without it."), field="text")
    return text
