"""What somebody tries who wants days or words that the other side never gave: amendments, carriers, later receipts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import time_machine
from django.contrib.auth.models import Group

from orders import actions
from orders.actions.receiving import delivered_on
from orders.terms import differences
from orders.tracking import aftership
from tests import stories
from tests.orders.test_amending import propose, sign
from tests.orders.test_pages import client_of
from tests.orders.test_tracking import SHIP, hear, now_of, told, tracked
from tests.stories import DAY, NOW


@pytest.fixture
def risk(world):
    person = stories.person("risk@test.test", is_staff=True)
    person.groups.add(Group.objects.get(name="risk"))
    return person


def test_who_pays_late_does_not_sign_away_the_days_that_moved_the_ship_by_date(world):
    """The supplier offers a tolerance while the balance is open; the buyer pays 6 days late, then signs 1 October."""
    order = stories.clear(stories.placed(world), 1)
    balance = order.instalments.get(number=2)
    late = balance.due_at + 5 * DAY + timedelta(hours=1)
    propose(order, world, now=late - DAY, line={"tolerance_bp": 100})
    order = stories.fresh(stories.clear(order, 2, now=late))
    moved = order.ship_by_at
    assert moved.astimezone(stories.zone(order)).date() == date(2026, 10, 8)  # the end of the 7th
    assert (order.amendment_by, order.versions.get(number=2).closed_because) == ("", "overtaken")
    # paid in time, the same proposal stays on the table
    other = stories.clear(stories.placed(world), 1)
    propose(other, world, line={"tolerance_bp": 100})
    other = stories.fresh(stories.clear(other, 2, now=NOW + 2 * DAY))
    assert (other.status, other.amendment_by) == ("paid", "supplier")
    signed = sign(other, world, now=NOW + 2 * DAY)
    assert signed.ship_by_at == other.ship_by_at


def test_a_change_proposed_upon_a_shipment_ends_when_that_is_found_false(world, risk):
    """Else a supplier has the rest cancelled for goods that it never sent."""
    order = stories.paid(world)
    line = order.lines.get()
    false = stories.dispatch(order, world, now=SHIP, quantities={line.id: 60}, tracking_number="F-1")
    hear(false, told("picked_up", SHIP), destination="PA", now=SHIP + DAY)
    propose(stories.fresh(order), world, now=SHIP + DAY, line={"quantity": 60})
    actions.find_false(shipment_id=false.id, reason="false", by=risk, now=SHIP + 2 * DAY)
    order = stories.fresh(order)
    assert (order.amendment_by, order.lines.get().to_ship) == ("", 100)


def test_of_two_files_with_one_name_none_hides_the_other():
    """A hostile drawing goes in under the name of a harmless one that is added after it."""
    first, second = ({"name": "drawing.pdf", "size": 1, "sha256": each * 64} for each in "ab")
    changes = differences(stories.terms(), replace(stories.terms(), attachments=(first, second)))
    assert [(each.label, each.before, each.after) for each in changes] == [
        ("Attachment drawing.pdf", "—", "a" * 64),
        ("Attachment drawing.pdf", "—", "b" * 64),
    ]


# carriers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("promised", [date.min, date.max, SHIP.date() - 2 * DAY, SHIP.date() + 500 * DAY])
def test_a_promise_that_no_journey_keeps_is_not_heard(world, promised):
    """Else the page of the order fails for both, or goods that left yesterday count as lost."""
    order, shipment = tracked(world)
    hear(shipment, told("picked_up", SHIP), promised_on=promised, now=SHIP + DAY)
    assert now_of(shipment).promised_on is None
    with time_machine.travel(SHIP + DAY, tick=False):
        assert client_of(world.buyer).get(order.get_absolute_url()).status_code == 200


def test_an_event_of_the_year_one_is_not_heard(world):
    _, shipment = tracked(world)
    for at in (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), datetime(1900, 1, 1, tzinfo=UTC)):
        hear(shipment, replace(told("picked_up", SHIP), at=at), now=SHIP + DAY)
    assert (now_of(shipment).tracking, shipment.events.count()) == ("pending", 0)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59", "0001-01-01T00:00:00", "9999-12-31"])
def test_a_carriers_time_at_the_end_of_the_calendar_is_left_out(text):
    assert aftership._moment(text, NOW) == (None, False)


@pytest.mark.parametrize(("name", "country"), [("UK", "GB"), ("gb", "GB"), ("GBR", "GB"), ("XYZ", ""), ("NZ", "NZ")])
def test_a_country_by_another_name_is_the_same_country(name, country):
    """Else goods for Britain are rejected as going elsewhere, and their supplier waits for risk staff."""
    assert aftership._alpha2(name) == country


# a later receipt ------------------------------------------------------------------------------------------------------


def test_a_day_that_staff_have_corrected_proves_no_later_receipt(world, risk):
    """Risk staff typed a wrong day and put it right; the wrong one gives no 30 days more."""
    order, shipment = tracked(world, transport="express", contract=stories.terms(incoterm="FCA"))
    for days in (6, 2):
        at = SHIP + days * DAY
        actions.record_arrival(shipment_id=shipment.id, delivered_at=at, by=risk, now=SHIP + 7 * DAY)
    order = stories.fresh(order)
    now = order.auto_confirm_at
    order = actions.auto_confirm(order_id=order.id, now=now)
    assert delivered_on(order, at.astimezone(stories.zone(order)).date()) is not None
    wrong = (SHIP + 6 * DAY).astimezone(stories.zone(order)).date()
    assert delivered_on(order, wrong) is None
