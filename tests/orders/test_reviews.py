"""Feedback: who may say what until when, once; bad input; removal by staff; the one mail that asks for it."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.actions import choose_mails
from disputes import actions as dispute_actions
from events.models import Event
from orders import actions, tasks, telling
from orders.actions.reviewing import TRY_AGAIN
from orders.models import Review, ReviewMail, ReviewRequest
from orders.steps import step_of
from suppliers import facts, reviews
from suppliers.models import Category, Member
from tests import cases, stories
from tests.disputes.staff import adjudicator, held, propose
from tests.orders.test_pages import client_of, text_of, url
from tests.orders.test_races import at_once
from tests.stories import DAY, NOW, SECOND, fresh, person, snapshot
from trade_assurance.refused import MovedOn, NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

pytestmark = pytest.mark.django_db
LATER = NOW + 31 * DAY  # a day after receipt
FINE = {"on_time": 5, "as_agreed": 4, "service": 3, "text": "Well packed."}


def write(order, world, *, now=LATER, by=None, **changes) -> Review:
    return actions.write_review(order_id=order.id, by=by or world.buyer, now=now, **(FINE | changes))


def reply(order, world, *, now=LATER + DAY, by=None, text="Thank you.") -> Review:
    return actions.reply_to_review(order_id=order.id, text=text, by=by or world.seller, now=now)


def revise(order, world, *, now=LATER + 2 * DAY, by=None, **changes) -> Review:
    return actions.revise_review(order_id=order.id, by=by or world.buyer, now=now, **(FINE | changes))


def risk(email="risk@staff.test"):
    staff = person(email, is_staff=True)
    staff.groups.add(Group.objects.get(name="risk"))
    return staff


def kinds(order) -> list[str]:
    found = Event.objects.about("order", order.id).filter(kind__startswith="review.")
    return list(found.values_list("kind", flat=True))


def test_a_review_a_reply_and_a_revision_that_keeps_the_first(world):
    order = stories.received(world)
    write(order, world, text="  Late by\r\na week. ", on_time=2)
    reply(order, world)
    review = revise(order, world, on_time=4, text="They made up for it.")
    review.refresh_from_db()
    assert (review.on_time, review.as_agreed, review.service, review.text) == (4, 4, 3, "They made up for it.")
    assert review.first == {"on_time": 2, "as_agreed": 4, "service": 3, "text": "Late by\na week."}
    assert (review.written_at, review.replied_at, review.revised_at) == (LATER, LATER + DAY, LATER + 2 * DAY)
    assert kinds(order) == ["review.written", "review.replied", "review.revised"]
    written = Event.objects.about("order", order.id).get(kind="review.written")
    assert written.data["on_time"] == 2 and "week" not in str(written.data)  # the text can be erased


@pytest.mark.parametrize("story", ["requested", "placed", "paid", "shipped", "cancelled", "refunded"])
def test_nothing_is_reviewed_before_receipt(world, story):
    order = stories.STORIES[story](world)
    before = snapshot(order)
    with pytest.raises(MovedOn, match="once you have received"):
        write(order, world)
    assert snapshot(order) == before


def test_the_time_to_review_ends_sixty_days_after_the_close_to_the_second(world):
    order = stories.expired(world)
    end = order.closed_at + timedelta(days=60)
    step = step_of("review", order, world.buyer, end - SECOND)
    assert (step.allowed, step.deadline) == (True, end)
    with pytest.raises(MovedOn, match="60 days after the order is closed"):
        write(order, world, now=end)
    assert write(order, world, now=end - SECOND).pk


def test_an_open_order_has_no_deadline_and_says_so(world):
    order = stories.received(world)
    step = step_of("review", order, world.buyer, LATER)
    assert step.allowed and step.deadline is None and "60 days after" in step.silence


def test_the_times_to_reply_and_to_revise_end_to_the_second(world):
    order = stories.received(world)
    write(order, world)
    reply_end = LATER + timedelta(days=CURRENT.reply_days)
    assert step_of("reply", fresh(order), world.seller, LATER).deadline == reply_end
    with pytest.raises(MovedOn, match="within 30 days of the review"):
        reply(order, world, now=reply_end)
    replied_at = reply_end - SECOND
    reply(order, world, now=replied_at)
    end = replied_at + timedelta(days=CURRENT.revision_days)
    assert step_of("revise", fresh(order), world.buyer, replied_at).deadline == end
    with pytest.raises(MovedOn, match="within 30 days of the reply"):
        revise(order, world, now=end, service=5)
    assert revise(order, world, now=end - SECOND, service=5).revised_at


def test_each_thing_is_done_once(world):
    order = stories.received(world)
    with pytest.raises(MovedOn, match="has not reviewed"):
        reply(order, world)
    with pytest.raises(MovedOn, match="not reviewed"):
        revise(order, world)
    write(order, world)
    with pytest.raises(MovedOn, match="reviewed this order already"):
        write(order, world, text="Again")
    with pytest.raises(MovedOn, match="after the supplier has replied"):
        revise(order, world, service=5)
    reply(order, world)
    with pytest.raises(MovedOn, match="there is one reply"):
        reply(order, world, text="Another")
    with pytest.raises(Refused, match="Nothing is different"):
        revise(order, world)
    revise(order, world, service=5)
    with pytest.raises(MovedOn, match="possible once"):
        revise(order, world, service=1)
    assert kinds(order) == ["review.written", "review.replied", "review.revised"]


def test_only_the_buyer_reviews_and_only_who_sells_replies(world):
    order = stories.received(world)
    for by in (world.seller, world.stranger, world.rival_seller):
        with pytest.raises(NotAllowed):
            write(order, world, by=by)
    write(order, world)
    for by in (world.buyer, world.stranger, world.rival_seller):
        with pytest.raises(NotAllowed):
            reply(order, world, by=by)
    with pytest.raises(MovedOn, match="another role"):
        reply(order, world, by=world.bookkeeper)
    reply(order, world)
    with pytest.raises(NotAllowed):
        revise(order, world, by=world.seller, service=5)


@pytest.mark.parametrize("score", [0, 6, -1, True, 4.0, "5", None])
@pytest.mark.parametrize("field", ["on_time", "as_agreed", "service"])
def test_a_score_is_a_whole_number_from_one_to_five(world, field, score):
    order = stories.received(world)
    with pytest.raises(Refused, match="from 1 to 5") as refused:
        write(order, world, **{field: score})
    assert refused.value.field == field
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("x" * 2001, "2,000 characters"), ("x" * 10_000_000, "10,000,000"), ("a\x00b", "can't be shown")],
)
def test_a_text_that_is_too_long_or_no_text_is_refused(world, text, sentence):
    order = stories.received(world)
    with pytest.raises(Refused, match=sentence) as refused:
        write(order, world, text=text)
    assert refused.value.field == "text"
    write(order, world, text="ü" * 2000)
    with pytest.raises(Refused, match=sentence):
        reply(order, world, text=text)
    with pytest.raises(Refused, match="Write your reply"):
        reply(order, world, text=" \n ")
    assert fresh(order).review.replied_at is None


def test_a_review_needs_no_words(world):
    assert write(stories.received(world), world, text="").text == ""


# self-dealing -----------------------------------------------------------------------------------------------------


def test_a_buyer_who_has_come_to_work_for_the_supplier_reviews_nothing(world):
    order, other = stories.received(world), stories.received(world, stories.simple_terms(100_00))
    write(other, world)
    reply(other, world)
    Member.objects.create(supplier=world.supplier, user=world.buyer, role="sales", joined_at=NOW)
    with pytest.raises(NotAllowed, match="You work for Lumenworks"):
        write(order, world)
    with pytest.raises(NotAllowed, match="the supplier's"):
        reply(order, world, by=world.buyer)
    with pytest.raises(NotAllowed, match="You work for Lumenworks"):
        revise(other, world, service=5)
    step = step_of("review", fresh(order), world.buyer, LATER)
    assert not step.allowed and "You work for Lumenworks" in step.reason


def test_who_works_for_a_supplier_neither_orders_from_it_nor_accepts_its_contract(world):
    with pytest.raises(Refused, match="can't buy from it"):
        actions.request_contract(
            buyer=world.seller, supplier_id=world.supplier.id, title="L", request="x", key=None, now=NOW
        )
    order = stories.sent(world)
    Member.objects.create(supplier=world.supplier, user=world.buyer, role="finance", joined_at=NOW)
    with pytest.raises(Refused, match="works for Lumenworks now"):
        stories.accept(order, by=world.buyer)
    assert fresh(order).status == "draft"


# twice at once ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins_and_the_other_gets_a_sentence(transactional_db):
    world = stories.build_world()
    order = stories.received(world)
    for act, options in (
        (lambda text: write(order, world, text=text), ("one", "two")),
        (lambda text: reply(order, world, text=text), ("one", "two")),
        (lambda text: revise(order, world, text=text), ("three", "four")),
    ):
        results = at_once(*(partial(act, text) for text in options))
        losers = [result for result in results if isinstance(result, Exception)]
        assert [type(loser) for loser in losers] == [MovedOn], results
    assert kinds(order) == ["review.written", "review.replied", "review.revised"]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_ask_once(transactional_db, mailoutbox):
    world = stories.build_world()
    order = stories.received(world)
    due = ReviewRequest.objects.get().due_at
    results = at_once(*(lambda: actions.ask_for_review(order_id=order.id, now=due) for _ in range(2)))
    assert sorted(type(result) for result in results if result) == [MovedOn], results
    assert len(mailoutbox) == 1


# removal ----------------------------------------------------------------------------------------------------------


def test_staff_remove_a_review_for_a_listed_reason_and_it_counts_no_more(world):
    order = stories.received(world)
    review = write(order, world)
    at = LATER + DAY
    assert facts.facts_of([world.supplier.id], at)[world.supplier.id].feedback.count == 1
    staff = risk()
    for reason in ("", "bad", "we do not like it"):
        with pytest.raises(Refused, match="listed reasons"):
            actions.remove_review(review_id=review.id, because=reason, by=staff, now=at)
    for by in (world.seller, world.buyer, world.stranger, person("finance@staff.test", is_staff=True)):
        with pytest.raises(NotAllowed):
            actions.remove_review(review_id=review.id, because="insult", by=by, now=at)
    actions.remove_review(review_id=review.id, because="insult", by=staff, now=at)
    with pytest.raises(MovedOn, match="removed already"):
        actions.remove_review(review_id=review.id, because="advert", by=staff, now=at)
    [event] = Event.objects.about("order", order.id).filter(kind="review.removed")
    assert (event.actor_id, event.data) == (staff.id, {"because": "insult"})
    assert facts.facts_of([world.supplier.id], at)[world.supplier.id].feedback.count == 0
    assert reviews.mean_of(world.supplier) is None
    for act in (lambda: write(order, world), lambda: reply(order, world)):
        with pytest.raises(MovedOn, match="removed"):
            act()


def test_a_party_does_not_remove_a_review_even_as_staff(world):
    order = stories.received(world)
    review = write(order, world)
    world.seller.groups.add(Group.objects.get(name="risk"))
    seller = type(world.seller).objects.get(pk=world.seller.pk)
    with pytest.raises(NotAllowed, match="party"):
        actions.remove_review(review_id=review.id, because="insult", by=seller, now=LATER)


def test_the_desk_removes_with_one_of_the_listed_reasons_only(client, world):
    order = stories.received(world)
    review = write(order, world, text="<b>rude</b>")
    page = reverse("admin:orders_review_change", args=[review.pk])
    client.force_login(risk())
    assert "&lt;b&gt;rude" in client.get(page).content.decode()
    remove = page.replace("change/", "remove/")
    assert client.get(remove).status_code == 200
    for because in ("", "bad"):
        assert client.post(remove, {"because": because}).status_code == 422
    with time_machine.travel(LATER, tick=False):
        assert client.post(remove, {"because": "private"}).status_code == 302
    assert Review.objects.get().removed_because == "private"
    adjudicator = person("judge@staff.test", is_staff=True)
    adjudicator.groups.add(Group.objects.get(name="adjudicator"))
    client.force_login(adjudicator)
    assert client.get(page).status_code == 200
    assert client.post(remove, {"because": "insult"}).status_code == 403


# the mail that asks -----------------------------------------------------------------------------------------------


def test_the_buyer_is_asked_once_some_days_after_receipt(world, mailoutbox):
    order = stories.received(world)
    due = order.received_at + timedelta(days=CURRENT.feedback_ask_days)
    with time_machine.travel(due - SECOND, tick=False):
        tasks.ask_for_reviews()
    assert mailoutbox == []
    with time_machine.travel(due, tick=False):
        tasks.ask_for_reviews()
        tasks.ask_for_reviews()
    [mail] = mailoutbox
    assert mail.to == ["buyer@test.test"] and order.reference in mail.subject
    [(html, kind)] = mail.alternatives
    for body in (mail.body, html):
        assert f"/orders/{order.reference}/review/" in body
    assert kind == "text/html" and not ReviewRequest.objects.exists()
    assert kinds(order) == ["review.asked"]


def test_who_has_reviewed_or_can_no_longer_is_not_asked(world, mailoutbox):
    write(stories.received(world), world)
    assert not ReviewRequest.objects.exists()
    order = stories.received(world, stories.simple_terms(100_00))
    actions.expire_protection(order_id=order.id, now=order.protection_ends_at)
    with time_machine.travel(fresh(order).closed_at + 60 * DAY, tick=False):
        tasks.ask_for_reviews()
    assert mailoutbox == [] and not ReviewRequest.objects.exists()


def test_a_mail_that_could_not_be_sent_is_tried_again(world, mailoutbox, monkeypatch):
    order = stories.received(world)
    due = ReviewRequest.objects.get().due_at

    def fails(order):
        raise OSError("the mail server is away")

    with monkeypatch.context() as away, time_machine.travel(due, tick=False):
        away.setattr("orders.telling.ask_for_review", fails)
        tasks.ask_for_reviews()
    assert kinds(order) == [] and ReviewRequest.objects.get().due_at == due + timedelta(minutes=15)
    with time_machine.travel(due + timedelta(minutes=15), tick=False):
        tasks.ask_for_reviews()
    assert len(mailoutbox) == 1 and kinds(order) == ["review.asked"]


# the mails that tell of it ----------------------------------------------------------------------------------------


def told(mailoutbox) -> list[tuple[str, str]]:
    """Who was told what, by the subjects' words, and nothing twice."""
    words = {"reviewed": "written", "revised": "revised", "replied": "replied"}
    return sorted(
        (mail.to[0].partition("@")[0], next(what for word, what in words.items() if f" {word} " in mail.subject))
        for mail in mailoutbox
    )


def tell(at) -> None:
    with time_machine.travel(at, tick=False):
        tasks.tell_of_reviews()


def test_a_review_and_its_revision_reach_the_company_and_the_reply_the_buyer_each_once(world, mailoutbox):
    order = stories.received(world)
    write(order, world, text="Visit https://evil.test now")
    for _ in range(2):
        tell(LATER)
    assert told(mailoutbox) == [("seller", "written")]  # owners and sales staff; who only keeps the books is not told
    mail = mailoutbox[0]
    assert f"/orders/{order.reference}/review/reply/" in mail.body and "4 of 5 for as agreed" in mail.body
    assert "evil" not in mail.body and "evil" not in mail.alternatives[0][0]
    mailoutbox.clear()
    reply(order, world)
    tell(LATER + DAY)
    assert (
        told(mailoutbox) == [("buyer", "replied")] and f"/orders/{order.reference}/review/revise/" in mailoutbox[0].body
    )
    mailoutbox.clear()
    revise(order, world, service=5)
    for _ in range(2):
        tell(LATER + 2 * DAY)
    assert told(mailoutbox) == [("seller", "revised")] and "5 of 5 for service" in mailoutbox[0].body
    assert not ReviewMail.objects.exists()


def test_each_person_who_sells_is_told_and_can_turn_it_off(world, mailoutbox):
    for name, role in (("sales", Member.Role.SALES), ("quiet", Member.Role.SALES), ("left", Member.Role.OWNER)):
        Member.objects.create(supplier=world.supplier, user=person(f"{name}@test.test"), role=role, joined_at=NOW)
    quiet = Member.objects.get(user__email="quiet@test.test").user
    choose_mails(user_id=quiet.pk, on=(), off=["reviews.written"], by=quiet, now=NOW)
    write(stories.received(world), world)
    Member.objects.get(user__email="left@test.test").delete()
    tell(LATER)
    assert told(mailoutbox) == [("sales", "written"), ("seller", "written")]
    assert not ReviewMail.objects.exists()
    assert all("List-Unsubscribe" in mail.extra_headers for mail in mailoutbox)


def test_nobody_is_told_of_a_review_that_was_removed_before(world, mailoutbox):
    review = write(stories.received(world), world)
    actions.remove_review(review_id=review.id, because="insult", by=risk(), now=LATER)
    tell(LATER)
    assert mailoutbox == [] and not ReviewMail.objects.exists()


def test_a_mail_about_a_review_that_could_not_be_sent_is_tried_again_alone(world, mailoutbox, monkeypatch):
    Member.objects.create(
        supplier=world.supplier, user=person("sales@test.test"), role=Member.Role.SALES, joined_at=NOW
    )
    write(stories.received(world), world)
    sends = telling.tell_of_review

    def fails(mail):
        if mail.to.email == "sales@test.test":
            raise OSError("the mail server is away")
        sends(mail)

    with monkeypatch.context() as away:
        away.setattr("orders.telling.tell_of_review", fails)
        tell(LATER)
    assert told(mailoutbox) == [("seller", "written")] and ReviewMail.objects.get().due_at == LATER + TRY_AGAIN
    tell(LATER + SECOND)
    assert len(mailoutbox) == 1
    tell(LATER + TRY_AGAIN)
    assert told(mailoutbox) == [("sales", "written"), ("seller", "written")] and not ReviewMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_once(transactional_db, mailoutbox):
    world = stories.build_world()
    write(stories.received(world), world)
    mail = ReviewMail.objects.get()
    results = at_once(*(lambda: actions.send_review_mail(mail_id=mail.id, now=LATER) for _ in range(2)))
    assert [type(result) for result in results if result] == [MovedOn], results
    assert len(mailoutbox) == 1


# pages ------------------------------------------------------------------------------------------------------------


def form(**changes) -> dict:
    return FINE | changes


def test_the_form_keeps_what_was_typed_and_takes_a_double_click_once(world):
    order = stories.received(world)
    client = client_of(world.buyer)
    with time_machine.travel(LATER, tick=False):
        page = text_of(client.get(url("detail", order)))
        assert "Write a review" in page and "60 days after the order is closed" in page
        assert client.get(url("review", order)).status_code == 200
        for wrong in ({"on_time": ""}, {"service": "0"}, {"service": "6"}, {"as_agreed": "x"}, {"text": "y" * 2001}):
            response = client.post(url("review", order), form(**wrong))
            assert response.status_code == 422 and "There is a problem" in text_of(response)
        assert client.post(url("review", order), form(text="z" * 10_000_000)).status_code == 400
        assert not Review.objects.exists()
        for _ in range(2):
            assert client.post(url("review", order), form())["Location"].endswith("#review")
        second = client.post(url("review", order), form(text="Other"), follow=True)
        assert "reviewed this order already" in text_of(second)
        assert Review.objects.get().text == "Well packed."
        assert client.get(url("review", order)).status_code == 302


def test_both_sides_read_it_on_the_order_page_and_strangers_find_nothing(world):
    order = stories.received(world)
    write(order, world, text="<script>alert(1)</script>")
    seller, buyer = client_of(world.seller), client_of(world.buyer)
    with time_machine.travel(LATER + DAY, tick=False):
        for client in (buyer, seller):
            page = client.get(url("detail", order)).content.decode()
            assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
        assert "Reply to the review" in text_of(seller.get(url("detail", order)))
        assert seller.get(url("reply", order)).status_code == 200
        assert seller.get(url("review", order)).status_code == 403
        assert buyer.get(url("reply", order)).status_code == 403
        assert buyer.get(url("revise", order)).status_code == 302
        assert seller.post(url("reply", order), {"text": ""}).status_code == 422
        for _ in range(2):
            assert seller.post(url("reply", order), {"text": "We are sorry."}).status_code == 302
        assert "We are sorry." in text_of(buyer.get(url("detail", order)))
        assert "We are sorry." in text_of(buyer.get(url("revise", order)))
        for _ in range(2):
            assert buyer.post(url("revise", order), form(service=5)).status_code == 302
        page = text_of(seller.get(url("detail", order)))
        assert "revised on" in page and "The first version" in page and "revised the review" in page
        for user in (world.stranger, world.rival_seller):
            for name in ("review", "reply", "revise"):
                assert client_of(user).get(url(name, order)).status_code == 404
                assert client_of(user).post(url(name, order), form()).status_code == 404


def test_a_removed_review_is_shown_nowhere_but_its_removal_to_both(world, client):
    order = stories.received(world)
    review = write(order, world)
    actions.remove_review(review_id=review.id, because="insult", by=risk(), now=LATER)
    with time_machine.travel(LATER + DAY, tick=False):
        for user in (world.buyer, world.seller):
            page = text_of(client_of(user).get(url("detail", order)))
            assert "removed this review" in page and "insulting or threatening" in page
            assert "Well packed" not in page
        page = text_of(client.get(world.supplier.get_absolute_url()))
        assert "Well packed" not in page and "No reviews yet" in page


def test_the_public_page_shows_mean_reply_and_revision_without_names(world, client):
    order = stories.received(world)
    write(order, world, on_time=4, as_agreed=2, service=4, text="A fifth was <i>cracked</i>.")
    page = client.get(world.supplier.get_absolute_url()).content.decode()
    assert "A fifth was &lt;i&gt;cracked&lt;/i&gt;." in page and "<b>3.3</b>" not in page
    reply(order, world, text="We have changed the glass.")
    revise(order, world, now=LATER + 3 * DAY, on_time=4, as_agreed=3, service=4, text="Better now.")
    page = text_of(client.get(world.supplier.get_absolute_url()))
    assert "3.7" in page and "Better now." in page and "We have changed the glass." in page
    assert "revised on" in page and "upheld a claim" not in page
    assert "buyer@test.test" not in page and "Northline" not in page


def test_an_upheld_claim_stands_beside_the_review_once_it_is_carried_out(world, client):
    by = adjudicator("Ada")
    dispute, now = held(world, by)
    write(dispute.order, world, now=now)
    propose(dispute, by, now)
    assert "upheld a claim" not in text_of(client.get(world.supplier.get_absolute_url()))
    dispute = cases.fresh(dispute)
    dispute_actions.execute(dispute_id=dispute.id, now=dispute.appeal_ends_at)
    page = text_of(client.get(world.supplier.get_absolute_url()))
    assert "Our staff upheld a claim on this order: quality not as agreed." in page
    with time_machine.travel(dispute.appeal_ends_at, tick=False):
        assert "Our staff upheld a claim" in text_of(client_of(world.buyer).get(url("detail", dispute.order)))


@pytest.mark.parametrize(
    ("decided", "words"),
    [
        ([], ""),
        ([(7, "buyer", [])], ""),
        ([(7, "supplier", ["late", "wrong", "late"])], "order: shipped late, wrong goods."),
        ([(None, None, [])], "was awarded to the buyer."),
    ],
)
def test_what_is_said_of_the_cases_of_an_order(decided, words):
    said = reviews.upheld_words(decided)
    assert said.endswith(words) and bool(said) == bool(words)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_as_much_for_many_reviews_as_for_few(world, client, count, django_assert_max_num_queries):
    for n in range(count):
        order = stories.received(world, stories.simple_terms(100_00 + n))
        write(order, world)
    client.force_login(world.seller)
    with time_machine.travel(LATER, tick=False):
        client.get("/portal/reviews/")
        for path in ("/portal/reviews/", "/portal/reviews/?tab=all", "/portal/reviews/?page=nonsense"):
            with django_assert_max_num_queries(7):
                assert text_of(client.get(path)).count("Well packed.") == count
        client.logout()
        with django_assert_max_num_queries(9):
            assert text_of(client.get(world.supplier.get_absolute_url())).count("Well packed.") == count


def test_paging_goes_on_after_a_row(world, client, monkeypatch):
    monkeypatch.setattr("suppliers.views.REVIEWS", 1)
    monkeypatch.setattr("orders.views.reviewing.PAGE", 1)
    for text in ("First", "Second"):
        write(stories.received(world, stories.simple_terms(100_00)), world, text=f"{text} words.")
    client.force_login(world.seller)
    with time_machine.travel(LATER, tick=False):
        for path in (world.supplier.get_absolute_url(), "/portal/reviews/", "/portal/reviews/?tab=all"):
            response = client.get(path)
            assert "Second words." in text_of(response) and "First words." not in text_of(response)
            page = response.context["reviews"] if "reviews" in response.context else response.context["page"]
            assert "First words." in text_of(client.get(path, {"page": page.after, "tab": "all" * ("all" in path)}))


def test_the_landing_page_shows_real_reviews_by_category_or_says_that_there_are_none(
    world, client, django_assert_max_num_queries
):
    assert "There are no reviews yet" in text_of(client.get("/"))
    world.supplier.categories.add(Category.objects.create(slug="lighting", name="Lighting"))
    write(stories.received(world), world)
    write(stories.received(world, stories.simple_terms(100_00)), world, text="")
    with django_assert_max_num_queries(3):
        page = text_of(client.get("/"))
    assert page.count("Well packed.") == 1 and "Suppliers of lighting" in page
    assert "no reviews yet" not in page


def test_a_mean_has_one_decimal_rounded_half_up(world):
    assert reviews.tenths(9, 2) == "4.5"
    assert reviews.tenths(5, 1) == "5.0"
    assert reviews.tenths(11, 3) == "3.7"
    assert reviews.tenths(85, 20) == "4.3"  # 4.25


def test_the_table_refuses_what_the_action_would(world):
    order = stories.received(world)
    write(order, world)
    for values in ({"on_time": 6}, {"service": 0}, {"revised_at": LATER}, {"removed_at": LATER}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Review.objects.update(**values)
