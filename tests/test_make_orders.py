"""Orders in bulk are true to the books, and real actions go on from where they stand."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import actions as account_actions
from accounts.models import User
from disputes import actions as dispute_actions
from disputes.models import Dispute, Offer
from events.models import Event, Untold
from ledger.proof import prove
from orders import actions
from orders.models import Order
from payments import actions as payment_actions
from payments.models import Refund
from trade_assurance.demo.till import Till

pytestmark = pytest.mark.django_db
S, D = Order.Status, Dispute.Status


def make(*arguments) -> str:
    out = StringIO()
    call_command("make_orders", *arguments, stdout=out)
    return out.getvalue()


def test_two_hundred_orders_are_in_every_state_and_the_books_add_up():
    out = make("200")

    assert "200 orders in" in out
    assert "orders/s" in out
    assert Order.objects.count() == 200
    assert set(Order.objects.values_list("status", flat=True)) == set(S.values)
    assert prove() == []
    assert not Event.objects.filter(at__gt=timezone.now()).exists()
    assert not Untold.objects.filter(event__subject_kind="order").exists(), "nobody hears of what was made up"


def test_more_orders_can_be_added_for_one_buyer():
    now = timezone.now()
    buyer = account_actions.register(email="many@demo.test", password=None, now=now, verified=True)

    make("20", "--buyer", "Many@demo.test")
    make("25", "--buyer", "many@demo.test")

    assert Order.objects.visible_to(buyer).count() == 45
    assert prove() == []


def test_the_page_of_a_bulk_order_in_each_state_opens_for_its_buyer(client):
    buyer = account_actions.register(email="many@demo.test", password=None, now=timezone.now(), verified=True)
    make("100", "--buyer", "many@demo.test")
    client.force_login(buyer)

    for status in S.values:
        reference = Order.objects.filter(buyer=buyer, status=status).first().reference
        assert client.get(f"/orders/{reference}/").status_code == 200, status
        assert client.get(f"/orders/{reference}/contract/").status_code == 200, status


def test_nothing_is_due_at_once_but_what_the_sweeps_pay_out():
    make("100")
    now = timezone.now()

    for due in ("unanswered", "unpaid_too_long", "unshipped_too_long", "to_auto_confirm", "protection_over"):
        assert not getattr(Order.objects, due)(now).exists(), due


def test_real_actions_go_on_from_where_bulk_orders_stand():
    make("60")
    shipped = Order.objects.filter(status=S.SHIPPED).first()
    now = timezone.now()

    actions.confirm_receipt(order_id=shipped.id, counts=[], by=shipped.buyer, now=now)
    shipped = Order.objects.get(pk=shipped.id)
    actions.expire_protection(order_id=shipped.id, now=shipped.protection_ends_at)
    placed = Order.objects.filter(status=S.PLACED, cleared_minor__gt=0).first()
    actions.propose_cancel(order_id=placed.id, by=placed.buyer, now=now)
    actions.propose_cancel(order_id=placed.id, by=placed.supplier.members.get().user, now=now)
    payment_actions.send_refunds(order_id=placed.id, now=now)
    till = Till()
    till.sweep(now)
    till.push(now=now + timedelta(days=1))

    assert Order.objects.get(pk=shipped.id).released_minor == shipped.total_minor
    assert Refund.objects.get(order=placed).status == "confirmed"
    assert prove() == []


def test_open_disputes_in_bulk_hold_what_they_dispute():
    make("20", "--disputes", "70")
    now = timezone.now()

    assert Order.objects.count() == 90
    assert Dispute.objects.open().count() == 70
    assert set(Dispute.objects.values_list("status", flat=True)) == {D.OPEN, D.EVIDENCE, D.REBUTTAL, D.DECIDING}
    assert prove() == []
    assert not Event.objects.filter(at__gt=now).exists()
    for due in ("to_award", "stalled", "evidence_over", "rebuttal_over", "to_execute", "performance_due"):
        assert not getattr(Dispute.objects, due)(now).exists(), due
    assert not Offer.objects.to_expire(now).exists()
    assert not Order.objects.protection_over(now).exists()


def test_real_actions_go_on_from_where_bulk_disputes_stand():
    make("0", "--disputes", "7")
    now = timezone.now()
    talking = Dispute.objects.get(status=D.OPEN)
    deciding = Dispute.objects.filter(status=D.DECIDING).first()

    dispute_actions.withdraw_claim(dispute_id=talking.id, by=talking.filed_by, now=now)
    Group.objects.get(name="adjudicator").user_set.add(
        staff := account_actions.register(email="a@demo.test", password=None, now=now, verified=True)
    )
    dispute_actions.pick_up(dispute_id=deciding.id, by=User.objects.get(pk=staff.pk), now=now)

    assert Dispute.objects.get(pk=talking.pk).order.open_disputes == 0
    assert prove() == []


@pytest.mark.parametrize(
    ("count", "buyer", "sentence"),
    [(0, None, "above zero"), (-5, None, "above zero"), (20, "nobody@demo.test", "Nobody is registered")],
)
def test_a_count_or_buyer_that_cannot_be_is_refused(count, buyer, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("make_orders", count, buyer=buyer, stdout=StringIO())

    assert not Order.objects.exists()
