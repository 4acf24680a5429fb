"""Two at once on real connections: a request, its answer, a pause beside an acceptance."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from orders.models import Order
from suppliers import actions
from suppliers.models import Document, Supplier, Verification
from tests import stories
from tests.orders.test_races import at_once
from tests.stories import DAY, NOW
from tests.suppliers.test_verification import PDF
from trade_assurance.refused import MovedOn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return stories.build_world()


@pytest.fixture
def staff(world):
    return [stories.person(f"root{n}@staff.test", is_staff=True, is_superuser=True) for n in range(2)]


def added(world):
    upload = SimpleUploadedFile("l.pdf", PDF)
    return actions.add_document(
        supplier_id=world.rival.id, kind="licence", upload=upload, by=world.rival_seller, now=NOW
    )


def one_is_told(results):
    assert sum(isinstance(result, MovedOn) for result in results) == 1, results


def test_the_same_document_twice_at_once_is_kept_once(world, tmp_path):
    one_is_told(at_once(*(lambda: added(world) for _ in range(2))))
    assert Document.objects.count() == 1 and len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_asked_twice_at_once_is_one_request(world):
    added(world)
    ask = {"supplier_id": world.rival.id, "by": world.rival_seller, "now": NOW}
    one_is_told(at_once(*(lambda: actions.ask_verification(**ask) for _ in range(2))))
    assert Verification.objects.waiting().count() == 1


def test_accepted_and_refused_at_once_is_one_answer(world, staff):
    added(world)
    asked = actions.ask_verification(supplier_id=world.rival.id, by=world.rival_seller, now=NOW)
    yes, no = staff
    about = {"verification_id": asked.id, "now": NOW}
    results = at_once(
        lambda: actions.accept_verification(level="verified", expires_on=(NOW + 99 * DAY).date(), by=yes, **about),
        lambda: actions.refuse_verification(reason="No stamp.", by=no, **about),
    )
    one_is_told(results)
    asked.refresh_from_db()
    level = Supplier.objects.get(pk=world.rival.id).level
    assert (asked.outcome, level) in {("accepted", "verified"), ("refused", "inspected")}


def test_a_pause_and_an_acceptance_at_once_leave_nothing_half_done(world, staff):
    order = stories.sent(world)
    results = at_once(
        lambda: stories.accept(order, by=world.buyer),
        lambda: actions.set_status(
            supplier_id=world.supplier.id, status="paused", reason="Papers.", by=staff[0], now=NOW
        ),
    )
    supplier, order = Supplier.objects.get(pk=world.supplier.id), stories.fresh(order)
    assert supplier.status == "paused" and isinstance(results[1], Supplier)
    placed = order.status == Order.Status.PLACED
    assert supplier.reserved_minor == (10_000_00 if placed else 0)
    assert placed or isinstance(results[0], MovedOn)
