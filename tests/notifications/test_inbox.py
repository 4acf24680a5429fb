"""Who is told of what, in which words, and what counts as read."""

import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Event, Untold
from notifications import fanout, inbox, inbox_views, told
from notifications.audience import concerned
from notifications.models import Mailing, Notice
from notifications.words import say
from orders import actions as order_actions
from suppliers import actions as supplier_actions
from suppliers.models import Member, Supplier
from tests import stories
from tests.disputes.talks import open_case
from tests.stories import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def hear():
    """Tell all that happened, to the inbox alone."""

    def tell():
        while fanout.tell():
            pass

    return tell


def kinds_of(user) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("id").values_list("kind", flat=True))


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


# who ----------------------------------------------------------------------------------------------------------------


def test_both_sides_are_told_but_nobody_of_its_own_act(world, hear):
    order = stories.shipped(world)
    hear()

    assert "contract.sent" in kinds_of(world.buyer)
    assert "contract.sent" not in kinds_of(world.seller)
    assert "contract.accepted" in kinds_of(world.seller)
    assert "contract.accepted" not in kinds_of(world.buyer)
    assert "shipment.entered" in kinds_of(world.buyer)
    assert kinds_of(world.stranger) == []
    assert set(Notice.objects.filter(order=order).values_list("user", flat=True)) == {
        world.buyer.pk,
        world.seller.pk,
        world.bookkeeper.pk,
    }


def test_a_bookkeeper_is_told_of_money_and_not_of_the_rest(world, hear):
    stories.received(world)
    hear()

    assert "payment.cleared" in kinds_of(world.bookkeeper)
    assert "receipt.confirmed" in kinds_of(world.bookkeeper)
    assert not {"contract.requested", "contract.accepted", "message.sent"} & set(kinds_of(world.bookkeeper))


def test_a_colleague_finds_it_in_its_inbox_and_only_the_other_side_is_written_to(world, hear):
    colleague = stories.person("colleague@test.test")
    supplier_actions.add_member(
        supplier_id=world.supplier.id, user=colleague, role=Member.Role.SALES, by=world.seller, now=NOW
    )
    stories.shipped(world)
    Notice.objects.all().delete()
    hear()

    [notice] = Notice.objects.filter(user=colleague, kind="shipment.entered")
    assert not Mailing.objects.filter(notice=notice).exists()


def test_a_buyer_hears_nothing_of_a_draft_that_was_not_sent(world, hear):
    stories.placed(world)  # only who has ordered before is written a contract
    Untold.objects.all().delete()
    order = order_actions.begin_contract(
        supplier_id=world.supplier.id,
        buyer_id=world.buyer.id,
        title="Lamps",
        key=uuid.uuid4(),
        by=world.seller,
        now=NOW,
    )
    order_actions.cancel(order_id=order.id, by=world.seller, now=NOW)
    hear()
    assert not Notice.objects.filter(user=world.buyer, order=order).exists()


def test_the_people_of_a_batch_are_found_in_two_queries(world, django_assert_num_queries):
    stories.received(world)
    stories.received(world)
    events = list(Event.objects.filter(subject_kind="order"))
    assert len(events) > 10

    with django_assert_num_queries(2):
        concerned(events)


def test_every_event_is_told_once_however_often_it_is_handed_over(world, hear):
    stories.shipped(world)
    events = list(Event.objects.order_by("id"))
    hear()
    before = Notice.objects.count()
    Untold.objects.bulk_create(Untold(event=event) for event in events)

    hear()  # a restored outbox: the constraint refuses what was told

    assert Notice.objects.count() == before


# words --------------------------------------------------------------------------------------------------------------


def test_every_kind_that_the_code_records_of_an_order_is_in_one_table_or_the_other():
    root = Path(settings.BASE_DIR)
    known = set(told.OF_ORDERS) | set(told.UNTOLD)
    heads = {kind.partition(".")[0] for kind in known}
    found = set()
    for app in ("orders", "disputes", "payments"):
        for path in (root / app / "actions").rglob("*.py"):
            for kind in re.findall(r'"([a-z_]+\.[a-z_]+)"', path.read_text()):
                if kind.partition(".")[0] in heads:
                    found.add(kind)
    assert found - known <= {"payout.sent", "payout.confirmed"}
    assert not set(told.OF_ORDERS) & set(told.UNTOLD)


def test_a_story_and_a_dispute_are_told_in_words_that_name_no_event(world, hear):
    stories.expired(world)
    open_case(world)
    hear()
    for user in (world.buyer, world.seller, world.bookkeeper):
        notices = list(Notice.objects.filter(user=user).select_related("event", "reminder__dispute"))
        for said in say(notices, NOW + 60 * DAY):
            assert said.title and said.title != "Something happened", said.notice.kind
            assert said.notice.kind.replace(".", " ") not in said.title.lower(), said.title
            assert said.url


def test_what_waits_for_the_reader_is_said_once_an_order(world, hear):
    order = stories.placed(world)
    order_actions.write_message(order_id=order.id, key=uuid.uuid4(), body="Hello", by=world.seller, now=NOW)
    hear()

    notices = list(Notice.objects.filter(user=world.buyer).order_by("-id").select_related("event", "reminder__dispute"))
    said = say(notices, NOW)

    assert said[0].title == "Lumenworks wrote to you"
    assert [each.state.words for each in said if each.state] == ["Payment due"]
    assert said[0].state.next.startswith("Pay by")


# reading ------------------------------------------------------------------------------------------------------------


def test_the_order_s_page_marks_its_notices_as_read_and_no_other(world, hear):
    order, another = stories.shipped(world), stories.shipped(world)
    hear()
    client = signed_in(world.buyer)
    assert "unread" in client.get(reverse("notifications:inbox")).content.decode()

    client.get(order.get_absolute_url(), headers={"HX-Request": "true"})
    assert Notice.objects.filter(user=world.buyer, order=order).unread().exists()
    client.get(order.get_absolute_url())

    assert not Notice.objects.filter(user=world.buyer, order=order).unread().exists()
    assert Notice.objects.filter(user=world.buyer, order=another).unread().exists()
    assert Notice.objects.filter(user=world.seller, order=order).unread().exists()


def test_one_or_all_are_marked_and_only_one_s_own(world, hear):
    stories.shipped(world)
    hear()
    client = signed_in(world.buyer)
    mine = Notice.objects.filter(user=world.buyer)
    first, theirs = mine.first(), Notice.objects.filter(user=world.seller).first()

    client.post(reverse("notifications:mark_read", args=[first.pk]))
    client.post(reverse("notifications:mark_read", args=[theirs.pk]))
    client.post(reverse("notifications:mark_read", args=[10**12]))
    first.refresh_from_db()
    theirs.refresh_from_db()
    assert first.read_at is not None and theirs.read_at is None

    seen = mine.order_by("-id")[1]
    answer = client.post(reverse("notifications:mark_all_read"), {"until": seen.pk, "here": "https://evil.test/"})
    assert answer.url == reverse("notifications:inbox")
    assert mine.unread().count() == 1  # what came after the page was made stays

    for bad in ("", "-1", "x", "9" * 30, "²"):
        client.post(reverse("notifications:mark_all_read"), {"until": bad})
    assert mine.unread().count() == 1


def test_the_inbox_is_paged_and_filtered_with_as_many_queries_for_many_as_for_few(
    world, hear, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(inbox_views, "PAGE", 10)
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=10**12)
    for _ in range(2):
        stories.received(world)
    open_case(world)
    hear()
    client = signed_in(world.buyer)
    client.get(reverse("notifications:inbox"))
    with django_assert_max_num_queries(12):  # session, person, companies, count, notices, orders, and 5 of cases
        page = client.get(reverse("notifications:inbox")).content.decode()
    assert page.count('<li class="relative') == 10
    older = re.search(r'href="(\?page=[^"]+)"', page).group(1)
    rest = client.get(reverse("notifications:inbox") + older).content.decode()
    assert '<li class="relative' in rest

    for show in ("unread", "orders", "payments", "claims", "reviews", "team", "security", "nonsense", "'"):
        assert client.get(reverse("notifications:inbox"), {"show": show, "page": "x"}).status_code == 200
    claims = client.get(reverse("notifications:inbox"), {"show": "payments"}).content.decode()
    assert "received" in claims and "All goods shipped" not in claims


def test_the_header_s_count_costs_one_query_and_stops_at_99(world, django_assert_num_queries):
    order = stories.placed(world)
    events = list(Event.objects.all())
    event = events[0]
    many = [
        Notice(user=world.stranger, kind="x", group="orders", event=each, order=order, at=event.at) for each in events
    ]
    Notice.objects.bulk_create(many)
    with django_assert_num_queries(1):
        assert inbox.unread(world.stranger) == len(many)
        assert inbox.unread(world.stranger) == len(many)


def test_a_past_that_was_made_up_is_read_but_for_its_newest_and_never_mailed(world, hear):
    stories.received(world)
    hear()
    present = timezone.now()
    inbox.settle_past(present=present, new_for=timedelta(days=2))
    assert not Mailing.objects.filter(done_at=None).exists()
    assert not Notice.objects.filter(at__lt=present - timedelta(days=2)).unread().exists()
