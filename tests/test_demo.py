"""The tales of orders with the books beside them, and what the demo never does."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from disputes.models import Decision, Dispute
from ledger import chart
from ledger.actions import balance
from orders.models import Order
from trade_assurance.demo import cast
from trade_assurance.demo.tales import late_and_short, teller

pytestmark = pytest.mark.django_db
S, D = Order.Status, Dispute.Status
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def called(*command) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


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


def test_the_tales_tell_the_figures_and_end_with_the_proof():
    out = called("demo")

    assert max(map(len, out.splitlines())) <= teller.WIDTH
    first, _, second = out.partition(late_and_short.LateAndShort.TITLE)
    for figure in ("3,088.50", "3,008.50", "6,980.00", "10,988.50", "7,000.00", "3,988.50", "988.50", "-88.50"):
        assert figure in first
    for words in ("23:59:59", "nothing happens", "protection expires", "I9  holds"):
        assert words in first
    for figure in (
        "-1,200.00",
        "2,788.50",
        "-2,500.00",
        "700.00",
        "288.50",
        "5,288.50",
        "-2,730.00",
        "2,558.50",
        "-70.00",
    ):
        assert figure in second
    for words in ("days late", "refuses the offer", "7 × 24 hours", "cannot approve it", "guarantee", "I9  holds"):
        assert words in second
    assert "Every figure holds" in second
    well, order_a, order_b = Order.objects.order_by("id")
    assert (well.status, order_a.status, order_b.status) == (S.EXPIRED, S.EXPIRED, S.RECEIVED)
    assert (well.released_minor, well.refunded_minor) == (10_000_00, 0)
    assert (order_a.released_minor, order_a.refunded_minor) == (7_000_00, 3_700_00)
    assert (order_b.released_minor, order_b.reserve_minor) == (3_500_00, 1_500_00)
    assert balance(chart.bank("USD")) == 988_50 + 2_558_50
    decision = Decision.objects.get(award_minor=2_500_00)
    assert decision.deviates
    assert decision.approved_by_id not in (None, decision.proposed_by_id)
    case = decision.dispute
    assert (case.escalated_by, case.escalated_at - case.filed_at) == ("time", timedelta(days=7))
    assert case.offers.filter(side="supplier", status="rejected").count() == 1


def test_the_tale_fails_with_the_difference_when_a_figure_is_off(monkeypatch):
    monkeypatch.setattr(teller, "CARD_KEPT", 80_01)

    with pytest.raises(CommandError, match=r"step 6: bank is 400849, and must be 400850, -1 off"):
        called("demo")


def test_the_second_tale_fails_when_what_was_decided_is_off(monkeypatch):
    monkeypatch.setattr(late_and_short, "LATE_DAYS", 11)

    with pytest.raises(CommandError, match=r"claimed is 258250, and must be 259000, -750 off"):
        called("demo")
