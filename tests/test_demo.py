"""The demo's world, and the tale of one order with the books beside it."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from events.models import Event
from ledger import chart
from ledger.actions import balance
from ledger.models import Transfer
from ledger.proof import prove
from orders.models import Hold, Order
from payments.models import BankEntry, Payment, Payout, Refund, SandboxTransfer
from suppliers.models import Supplier
from trade_assurance import run
from trade_assurance.demo import cast, tale

pytestmark = pytest.mark.django_db
S = Order.Status


def called(*command) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_the_world_has_every_state_and_the_books_add_up():
    out = called("load_demo")

    assert "the books add up" in out
    assert prove() == []
    assert set(Order.objects.values_list("status", flat=True)) == set(S.values)
    assert set(Order.objects.values_list("currency", flat=True)) == {"USD", "EUR", "CNY", "JPY"}
    assert Supplier.objects.count() == 12
    assert len(set(Supplier.objects.values_list("country", flat=True))) >= 8
    now = timezone.now()
    open_orders = Order.objects.open()
    hour = timedelta(hours=1)
    ends = open_orders.filter(status=S.RECEIVED, protection_ends_at__lte=now + hour)
    assert [order.protection_ends_at > now - hour for order in ends] == [True]
    assert [order.supplier.name for order in open_orders if order.is_late(now)] == ["Kestrel Components"]
    assert open_orders.filter(status=S.SHIPPED, auto_confirm_at__range=(now, now + timedelta(days=1))).count() == 1
    assert not open_orders.filter(status=S.SHIPPED, auto_confirm_at__lte=now).exists()
    assert Hold.objects.open().get().reason == Hold.Reason.REJECTED
    assert Order.objects.filter(is_sample=True).count() == 1
    assert Order.objects.filter(borne_minor__gt=0).count() == 1
    part_shipped = open_orders.filter(status=S.PAID, lines__shipped_quantity__gt=0).distinct()
    assert part_shipped.count() == 1
    in_suspense = BankEntry.objects.get(status=BankEntry.Status.SUSPENSE)
    assert -balance(chart.suspense(in_suspense.currency)) == in_suspense.amount_minor
    held = Payment.objects.get(status="held")
    assert held.fraud_check.score == 100 and held.fraud_check.due_at > now
    assert SandboxTransfer.objects.filter(account_number="OTHER-0000-0000").count() == 1
    assert Payment.objects.filter(method="card").exists()
    assert Payout.objects.exists()
    assert Refund.objects.exists()
    assert sorted(set(Event.objects.values_list("at", flat=True)))[-1] <= now
    day_13 = open_orders.get(title__startswith="Brass pendant lamps")
    zone = ZoneInfo(day_13.protection_timezone)
    assert (now.astimezone(zone).date() - day_13.received_at.astimezone(zone).date()).days == 13


def test_each_demo_sign_in_works_and_has_much_to_see(client):
    called("load_demo")

    for name in run.SIGN_INS:
        user = authenticate(None, email=f"{name}@demo.test", password=run.PASSWORD)
        assert user is not None, name
        assert user.emailaddress_set.filter(verified=True, primary=True).exists()
        assert user.is_staff is (name not in ("buyer", "supplier"))
    groups = dict(User.objects.exclude(groups=None).values_list("email", "groups__name"))
    assert groups == {
        "adjudicator@demo.test": "adjudicator",
        "second@demo.test": "adjudicator",
        "finance@demo.test": "finance",
        "risk@demo.test": "risk",
    }
    assert User.objects.get(email=cast.ADMIN).is_superuser
    for email, least in ((cast.BUYER, 20), (cast.SUPPLIER, 12)):
        assert Order.objects.visible_to(User.objects.get(email=email)).count() >= least


def test_what_went_well_was_paid_out_to_the_cent():
    called("load_demo")

    for order in Order.objects.filter(status=S.EXPIRED):
        carried = sum(line.amount_minor for line in order.payout_lines.all())
        assert order.released_minor == order.total_minor == order.cleared_minor
        assert carried == order.total_minor - order.service_fee_minor


def test_loading_again_if_empty_changes_nothing():
    called("load_demo")
    before = (Order.objects.count(), User.objects.count(), Event.objects.count(), Transfer.objects.count())

    out = called("load_demo", "--if-empty")

    assert "not loaded" in out
    assert before == (Order.objects.count(), User.objects.count(), Event.objects.count(), Transfer.objects.count())
    with pytest.raises(CommandError, match="empty database"):
        called("load_demo")


@pytest.mark.parametrize("command", [["load_demo"], ["load_demo", "--if-empty"], ["demo"], ["make_orders", "20"]])
def test_nothing_is_made_up_outside_the_demo(settings, command):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        called(*command)

    assert not User.objects.exists()
    assert not Order.objects.exists()


@pytest.mark.parametrize("month", [1, 7])
def test_somewhere_it_is_always_nearly_midnight(month):
    for hour in range(24):
        present = datetime(2026, month, 15, hour, 30, tzinfo=UTC)
        assert present.astimezone(ZoneInfo(cast.nearly_midnight(present)[2])).hour == 23


def test_the_tale_tells_the_figures_and_ends_with_the_proof():
    out = called("demo")

    assert max(map(len, out.splitlines())) <= tale.WIDTH
    for figure in ("3,088.50", "3,008.50", "6,980.00", "10,988.50", "7,000.00", "3,988.50", "988.50", "-88.50"):
        assert figure in out
    for words in ("23:59:59", "nothing happens", "protection expires", "I9  holds", "Every figure holds"):
        assert words in out
    order = Order.objects.get()
    assert order.status == S.EXPIRED
    assert order.released_minor == 10_000_00
    assert balance(chart.bank("USD")) == 988_50
    assert sum(Payout.objects.filter(status="confirmed").values_list("amount_minor", flat=True)) == 10_000_00


def test_the_tale_can_be_told_in_a_world_that_has_money_already():
    called("load_demo")

    assert "Every figure holds" in called("demo")


def test_the_tale_fails_with_the_difference_when_a_figure_is_off(monkeypatch):
    monkeypatch.setattr(tale, "CARD_KEPT", 80_01)

    with pytest.raises(CommandError, match=r"step 6: bank is 400849, and must be 400850, -1 off"):
        called("demo")
