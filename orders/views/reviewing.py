"""Feedback on pages: the buyer's review and its revision, the supplier's reply, and the supplier's list of them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from orders import actions
from orders.actions.reviewing import SCORES
from orders.forms import ReplyForm, ReviewForm
from orders.models import Review
from orders.steps import step_of
from orders.steps.reviewing import review_of
from orders.views.asking import answer, order_for, step_or_away
from suppliers import acting, reviews
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

PAGE = 20


@login_required
def review(request, reference):
    """Three scores and words, once."""
    return _write(
        request,
        reference,
        code="review",
        form_class=ReviewForm,
        call=actions.write_review,
        made=lambda review, given: _same(review, given),
        done=_("Thank you. Your review is shown on the supplier's page."),
    )


@login_required
def revise(request, reference):
    """The review once more, with what the first one said filled in."""
    return _write(
        request,
        reference,
        code="revise",
        form_class=ReviewForm,
        call=actions.revise_review,
        initial=lambda review: {name: getattr(review, name) for name in (*SCORES, "text")},
        made=lambda review, given: review.revised_at is not None and _same(review, given),
        done=_("Your review is revised. It says since when."),
    )


@login_required
def reply(request, reference):
    """The supplier's one reply."""
    return _write(
        request,
        reference,
        code="reply",
        form_class=ReplyForm,
        call=actions.reply_to_review,
        made=lambda review, given: review.reply == given["text"] != "",
        done=_("Your reply is shown below the review."),
    )


def _same(review: Review, given: dict) -> bool:
    return all(getattr(review, name) == given[name] for name in (*SCORES, "text"))


def _write(request, reference, *, code, form_class, call, made, done, initial=lambda review: {}):
    """The page of one step of feedback; the same form sent twice is taken once and refused to nobody."""
    now = timezone.now()
    order = order_for(request, reference, "review__by")
    written = review_of(order)
    posted = request.method == "POST"
    form = form_class(request.POST if posted else None, initial=initial(written) if written else {})
    valid = posted and form.is_valid()
    step = step_of(code, order, request.user, now)
    if step is not None and valid and written is not None and made(written, form.cleaned_data):
        return redirect(_place(order))
    step, away = step_or_away(request, order, code, now)
    if away is not None:
        return away
    if valid:
        try:
            call(order_id=order.id, by=request.user, now=now, **form.cleaned_data)
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, _place(order))
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, done)
            return redirect(_place(order))
    if written is not None:
        reviews.tell([written])
    page = {"order": order, "form": form, "step": step, "code": code, "review": written, "now": now, "rules": CURRENT}
    return render(request, "orders/review.html", page, status=422 if form.errors else 200)


def _place(order) -> str:
    return f"{order.get_absolute_url()}#review"


TABS = (("", _lazy("Waiting for your reply")), ("all", _lazy("All reviews")))


@acting.for_supplier
@require_safe
def portal_list(request, member):
    """The reviews of the company's orders: those that wait for a reply, the oldest deadline last; or all."""
    now = timezone.now()
    everything = request.GET.get("tab") == "all"
    found = Review.objects.filter(supplier=member.supplier)
    found = found.shown() if everything else found.waiting_for_reply(now)
    by = ("-id",) if everything else ("-written_at", "-id")
    page = reviews.page_of(found.select_related("order"), by=by, cursor=request.GET.get("page", ""), size=PAGE)
    for review in page:
        order = review.order
        order.supplier, order._members = member.supplier, {request.user.id: member}
        review.step = step_of("reply", order, request.user, now)
    context = {
        "page": page,
        "tabs": TABS,
        "tab": "all" if everything else "",
        "mean": reviews.mean_of(member.supplier),
        "supplier": member.supplier,
        "rules": CURRENT,
        "active": "rating",
    }
    return render(request, "portal/reviews.html", context)
