"""Offers: who may make and answer them, until when, and what accepting one does (Rulebook 14-15)."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from disputes import actions, tasks
from disputes.models import Dispute, Offer
from disputes.steps import moves_for
from events.models import Event
from orders.models import Order
from suppliers import actions as supplier_actions
from suppliers.models import Member
from tests.disputes.talks import CAP, OPENED, fresh, offer, open_case, overdue_case
from tests.stories import DAY, NOW, SECOND, person
from trade_assurance.refused import MovedOn, NotAllowed, Refused

HOUR = timedelta(hours=1)


@pytest.fixture
def case(world):
    return open_case(world)


def answer(verb, dispute, number, by, now=OPENED):
    return getattr(actions, f"{verb}_offer")(dispute_id=dispute.id, number=number, by=by, now=now)


def statuses(dispute) -> dict[int, str]:
    return dict(dispute.offers.order_by("number").values_list("number", "status"))


def kinds(dispute) -> list[str]:
    return list(Event.objects.about("order", dispute.order_id).values_list("kind", flat=True))


def step(code, dispute, user, now=OPENED):
    return next(each for each in moves_for(fresh(dispute), user, now) if each.code == code)


# the claim as an offer ------------------------------------------------------------------------------------------------


def test_the_claim_is_its_side_s_first_offer(case, world):
    first = case.offers.get()
    assert (first.number, first.side, first.amount_minor, first.with_return) == (1, "buyer", CAP, False)
    assert first.expires_at == OPENED + 72 * HOUR
    assert sum(first.lines.values_list("amount_minor", flat=True)) == CAP
    answer("accept", case, 1, world.seller)
    closed = fresh(case)
    assert (closed.status, closed.outcome, closed.awarded_minor) == ("closed", "settled", CAP)
    assert closed.answered_at == OPENED
    assert closed.order.refunded_minor == CAP


# making ---------------------------------------------------------------------------------------------------------------


def test_an_offer_stands_for_72_hours_and_counters_the_other_s(case, world):
    made = offer(case, world.seller, 30_000_001, note="  Ten lamps broke in our hands.  ")
    assert (made.number, made.side, made.amount_minor) == (2, "supplier", 30_000_001)
    assert made.note == "Ten lamps broke in our hands."
    assert made.expires_at == OPENED + 72 * HOUR
    assert statuses(case) == {1: "countered", 2: "live"}
    assert fresh(case).answered_at == OPENED
    assert kinds(case)[-1] == "offer.made"


def test_a_newer_offer_of_one_s_own_replaces(case, world):
    offer(case, world.seller, 1)
    offer(case, world.seller, 2)
    assert statuses(case) == {1: "countered", 2: "replaced", 3: "live"}


def test_an_offer_whose_time_was_over_is_neither_countered_nor_replaced(case, world):
    offer(case, world.seller, 2, now=OPENED + 72 * HOUR)
    assert statuses(case) == {1: "expired", 2: "live"}


def test_the_same_form_twice_makes_one_offer(case, world):
    key = uuid.uuid4()
    first, second = offer(case, world.seller, 7, key=key), offer(case, world.seller, 7, key=key)
    assert first == second
    assert case.offers.count() == 2
    with pytest.raises(Refused, match="Open the page again"):
        offer(case, world.buyer, 7, key=key)


def test_ten_offers_a_side_and_not_one_more(case, world):
    for amount in range(10):
        offer(case, world.seller, amount)
    with pytest.raises(MovedOn, match="You have made 10 offers"):
        offer(case, world.seller, 11)
    assert not step("offer", case, world.seller).allowed
    for amount in range(9):  # the claim was the buyer's first
        offer(case, world.buyer, amount)
    with pytest.raises(MovedOn, match="You have made 10 offers"):
        offer(case, world.buyer, 11)
    answer("accept", case, 20, world.seller)  # answering is still possible
    assert fresh(case).awarded_minor == 8


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"amount_minor": -1}, "amount", "zero or more"),
        ({"amount_minor": True}, "amount", "zero or more"),
        ({"amount_minor": CAP + 1}, "amount", "At most USD 2,000,000.00"),
        ({"lines": {0: 50_000_000}}, "lines", "only for the lines of this claim"),
        ({"with_return": True}, "freight_by", "who pays"),
        ({"with_return": True, "freight_by": "carrier"}, "freight_by", "Choose who pays"),
        (
            {"with_return": True, "freight_by": "buyer", "replacement": "Ten"},
            "replacement",
            "a return or a replacement",
        ),
        ({"replacement": "Ten lamps"}, "replace_by_at", "by when"),
        ({"replace_by_at": OPENED + DAY}, "replacement", "Say what"),
        ({"replacement": "Ten", "replace_by_at": OPENED}, "replace_by_at", "next 60 days"),
        ({"replacement": "Ten", "replace_by_at": OPENED + 60 * DAY + SECOND}, "replace_by_at", "next 60 days"),
        ({"replacement": "x" * 501, "replace_by_at": OPENED + DAY}, "replacement", "500"),
        ({"note": "x" * 2001}, "note", "2,000"),
    ],
)
def test_what_can_t_be_offered(case, world, values, field, says):
    with pytest.raises(Refused, match=says) as refused:
        offer(case, world.seller, **{"amount_minor": 50_000_000} | values)
    assert refused.value.field == field
    assert statuses(case) == {1: "live"}


@pytest.mark.parametrize("change", [-1, 1])
def test_lines_add_up_to_the_offer(case, world, change):
    one, two = case.disputed_lines.order_by("line__number")
    with pytest.raises(Refused, match="add up to"):
        offer(case, world.seller, 300 + change, lines={one.line_id: 100, two.line_id: 200})
    with pytest.raises(Refused, match=r"Lamp: at most USD 1,000,000\.00") as refused:
        offer(case, world.seller, CAP, lines={one.line_id: 100_000_001, two.line_id: 99_999_999})
    assert refused.value.field == f"line_{one.line_id}"


def test_lines_are_paid_as_they_were_offered(case, world):
    one, two = case.disputed_lines.order_by("line__number")
    offer(case, world.seller, 300, lines={one.line_id: 0, two.line_id: 300})
    answer("accept", case, 2, world.buyer)
    order = fresh(case).order
    assert list(order.lines.order_by("number").values_list("refunded_minor", flat=True)) == [0, 300]


def test_without_lines_the_amount_is_spread_to_the_cent(case, world):
    offer(case, world.seller, 301)
    answer("accept", case, 2, world.buyer)
    order = fresh(case).order
    assert list(order.lines.order_by("number").values_list("refunded_minor", flat=True)) == [151, 150]
    assert order.refunded_minor == 301


def test_nothing_can_be_offered_and_accepted_for_nothing(case, world):
    offer(case, world.seller, 0)
    answer("accept", case, 2, world.buyer)
    assert (fresh(case).outcome, fresh(case).order.refunded_minor) == ("settled", 0)


def test_freight_is_kept_only_where_goods_move(case, world):
    assert offer(case, world.seller, freight_by="buyer").freight_by == ""
    again = offer(case, world.seller, replacement="Ten lamps", replace_by_at=OPENED + 60 * DAY)
    assert (again.freight_by, again.replacement) == ("supplier", "Ten lamps")
    back = offer(case, world.seller, with_return=True, freight_by="buyer")
    assert (back.freight_by, back.with_return) == ("buyer", True)


def test_a_return_agreed_waits_for_the_goods(case, world):
    offer(case, world.seller, with_return=True, freight_by="supplier")
    answer("accept", case, 2, world.buyer)
    assert fresh(case).status == Dispute.Status.RETURNING
    assert fresh(case).order.refunded_minor == 0
    with pytest.raises(MovedOn, match="is being carried out"):
        offer(case, world.seller)


def test_a_replacement_agreed_waits_for_the_goods(case, world):
    offer(case, world.seller, 0, replacement="Ten lamps, ten shades", replace_by_at=OPENED + 9 * DAY)
    answer("accept", case, 2, world.buyer)
    assert fresh(case).status == Dispute.Status.REPLACING


# answering ------------------------------------------------------------------------------------------------------------


def test_both_sides_agreed_when_the_one_offered_and_the_other_accepted(case, world):
    offer(case, world.seller, 5, now=OPENED + HOUR)
    answer("accept", case, 2, world.buyer, OPENED + 2 * HOUR)
    done = case.offers.get(number=2)
    assert (done.supplier_accepted_at, done.buyer_accepted_at) == (OPENED + HOUR, OPENED + 2 * HOUR)
    assert done.ended_at == OPENED + 2 * HOUR
    assert "offer.accepted" in kinds(case)


def test_refusals_are_counted_and_two_let_the_buyer_escalate(case, world):
    answer("reject", case, 1, world.seller)
    assert (fresh(case).rejections, fresh(case).answered_at) == (1, OPENED)
    assert not step("escalate", case, world.buyer).allowed
    offer(case, world.buyer, 3)
    answer("reject", case, 2, world.seller)
    assert statuses(case) == {1: "rejected", 2: "rejected"}
    assert step("escalate", case, world.buyer).allowed


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_only_the_other_side_answers(case, world, verb):
    with pytest.raises(NotAllowed, match="your own side's offer"):
        answer(verb, case, 1, world.buyer)


@pytest.mark.parametrize("verb", ["accept", "reject", "withdraw"])
@pytest.mark.parametrize("who", ["stranger", "rival_seller", "bookkeeper"])
def test_others_get_a_sentence(case, world, verb, who):
    with pytest.raises(NotAllowed):
        answer(verb, case, 1, getattr(world, who))
    with pytest.raises(NotAllowed):
        offer(case, getattr(world, who))
    assert statuses(case) == {1: "live"}


def test_sales_may_bind_the_supplier(case, world):
    colleague = person("sales@test.test", full_name="Wu Lan")
    supplier_actions.add_member(
        supplier_id=world.supplier.id, user=colleague, role=Member.Role.SALES, by=world.seller, now=NOW
    )
    assert offer(case, colleague, 4).side == "supplier"


def test_one_withdraws_one_s_own_offer_only(case, world):
    with pytest.raises(NotAllowed, match="the other side's offer"):
        answer("withdraw", case, 1, world.seller)
    answer("withdraw", case, 1, world.buyer)
    assert statuses(case) == {1: "withdrawn"}
    assert fresh(case).status == Dispute.Status.OPEN
    for verb, by in (("accept", world.seller), ("reject", world.seller), ("withdraw", world.buyer)):
        with pytest.raises(MovedOn, match="was withdrawn"):
            answer(verb, case, 1, by)


def test_an_offer_lasts_until_its_second_and_not_at_it(case, world):
    at = case.offers.get().expires_at
    for verb in ("accept", "reject", "withdraw"):
        with pytest.raises(MovedOn, match="has expired"):
            answer(verb, case, 1, world.buyer if verb == "withdraw" else world.seller, at)
    answer("accept", case, 1, world.seller, at - SECOND)
    assert fresh(case).status == Dispute.Status.CLOSED


@pytest.mark.parametrize(
    ("ending", "says"),
    [
        (lambda c, w: answer("reject", c, 1, w.seller), "was refused"),
        (lambda c, w: offer(c, w.seller), "A newer offer has answered"),
        (lambda c, w: offer(c, w.buyer), "has replaced this offer"),
        (lambda c, w: answer("accept", c, 1, w.seller), "was accepted already"),
        (lambda c, w: actions.withdraw_claim(dispute_id=c.id, by=w.buyer, now=OPENED), "The case went on"),
    ],
)
def test_an_old_tab_is_told_what_became_of_the_offer(case, world, ending, says):
    ending(case, world)
    with pytest.raises(MovedOn, match=says):
        answer("accept", case, 1, world.seller)


def test_an_offer_that_never_was(case, world):
    with pytest.raises(Refused, match="no such offer"):
        answer("accept", case, 99, world.seller)


def test_nothing_is_offered_in_a_closed_case(case, world):
    answer("accept", case, 1, world.seller)
    with pytest.raises(MovedOn, match="This case is closed: settled"):
        offer(case, world.seller)
    assert not any(
        step(code, case, world.seller).allowed
        for code in ("offer", "accept_offer", "reject_offer", "withdraw_offer", "seal")
    )


def test_a_frozen_case_stands_still(case, world):
    Order.objects.filter(pk=case.order_id).update(contested_minor=1)
    with pytest.raises(MovedOn, match="contested at the bank"):
        offer(case, world.seller)
    for verb, by in (("accept", world.seller), ("reject", world.seller), ("withdraw", world.buyer)):
        with pytest.raises(MovedOn, match="contested at the bank"):
            answer(verb, case, 1, by)
    Order.objects.filter(pk=case.order_id).update(contested_minor=0)


def test_an_escalated_case_can_still_be_settled(case, world):
    later = OPENED + 80 * HOUR
    actions.escalate(dispute_id=case.id, by=world.buyer, now=later)
    made = offer(case, world.seller, 9, now=later)
    answer("accept", case, made.number, world.buyer, later)
    assert (fresh(case).status, fresh(case).outcome) == ("closed", "settled")


# time -----------------------------------------------------------------------------------------------------------------


def test_offers_expire_at_their_second(case, world):
    made = offer(case, world.seller)
    with pytest.raises(MovedOn):
        actions.expire_offer(offer_id=made.id, now=made.expires_at - SECOND)
    actions.expire_offer(offer_id=made.id, now=made.expires_at)
    assert statuses(case)[2] == "expired"
    assert kinds(case)[-1] == "offer.expired"
    with pytest.raises(MovedOn):
        actions.expire_offer(offer_id=made.id, now=made.expires_at)


def test_the_sweep_expires_what_is_due_and_nothing_twice(case, world):
    made = offer(case, world.seller)
    with time_machine.travel(made.expires_at - SECOND, tick=False):
        tasks.expire_offers()
    assert statuses(case)[2] == "live"
    with time_machine.travel(made.expires_at, tick=False):
        tasks.expire_offers()
        tasks.expire_offers()
    assert statuses(case)[2] == "expired"
    assert kinds(case).count("offer.expired") == 1


# steps ----------------------------------------------------------------------------------------------------------------


def test_steps_say_what_may_be_done_until_when(case, world):
    accept = step("accept_offer", case, world.seller)
    assert (accept.allowed, accept.must, accept.deadline) == (True, True, OPENED + 72 * HOUR)
    assert accept.target == ("disputes:accept_offer", case.reference, 1)
    assert step("offer", case, world.seller).label == "Make a counter-offer"
    assert step("offer", case, world.buyer).label == "Make an offer"
    assert step("accept_offer", case, world.buyer).reason == "The other side has no offer on the table."
    assert step("withdraw_offer", case, world.buyer).allowed
    assert step("withdraw_offer", case, world.seller).reason == "You have no offer on the table."
    assert not [each for each in moves_for(case, world.stranger, OPENED) if each.allowed]


# a supplier's cost ----------------------------------------------------------------------------------------------------


def test_a_supplier_s_cost_is_settled_by_amount(world):
    case = overdue_case(world)
    at = case.filed_at
    assert case.offers.get().side == "supplier"
    with pytest.raises(Refused, match="about a cost"):
        offer(case, world.buyer, 1, with_return=True, freight_by="buyer", now=at)
    offer(case, world.buyer, 400_00, now=at)
    assert fresh(case).answered_at == at
    answer("accept", case, 2, world.seller, at)
    order = fresh(case).order
    assert (order.status, order.released_minor + order.service_fee_minor) == ("cancelled", 400_00)
    assert order.refunded_minor == 3_000_00 - 400_00


def test_the_database_keeps_offers_as_they_were_made(case):
    from django.db import InternalError, transaction

    for change in ({"amount_minor": 1}, {"side": "supplier"}, {"note": "x"}, {"expires_at": OPENED + 9 * DAY}):
        with pytest.raises(InternalError), transaction.atomic():
            Offer.objects.filter(dispute=case).update(**change)
