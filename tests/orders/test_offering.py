"""A contract that the supplier begins for a buyer it has supplied before: who, for whom, and who sees what when."""

import re
import uuid
from functools import partial

import pytest
import time_machine
from django.urls import reverse

from events.models import Event
from orders import actions, desk
from orders.models import Message, Order
from orders.steps import step_of
from orders.views.home import needing_buyer
from suppliers.models import Member, Supplier
from tests import stories
from tests.orders.test_pages import client_of, text_of, url
from tests.orders.test_races import at_once
from tests.stories import DAY, NOW, fresh, person
from trade_assurance.refused import NotAllowed, Refused

pytestmark = pytest.mark.django_db
LATER = NOW + 31 * DAY
PAGE = "/portal/contracts/new/"


def desk_of(user, supplier):
    """A client of the person's, acting for the supplier."""
    client = client_of(user)
    assert client.post("/switch/", {"acting": supplier.slug}).status_code == 302
    return client


def begin(world, *, buyer=None, by=None, key=None, now=LATER) -> Order:
    return actions.begin_contract(
        supplier_id=world.supplier.id,
        buyer_id=(buyer or world.buyer).id,
        title="More lamps",
        key=key or uuid.uuid4(),
        by=by or world.seller,
        now=now,
    )


def contract():
    return stories.terms(
        plan=(stories.InstalmentTerms("All", 10_000_00, "shipment", "2026-11-01"),), ship_by_on=None, lead_days=20
    )


def sent(world) -> Order:
    order = begin(world)
    actions.save_draft(order_id=order.id, terms=contract(), by=world.seller, now=LATER)
    actions.send_contract(order_id=order.id, by=world.seller, now=LATER)
    return fresh(order)


# the action -------------------------------------------------------------------------------------------------------


def test_it_goes_to_the_buyer_as_any_sent_version_and_becomes_an_order(world):
    stories.placed(world)
    order = sent(world)
    assert not order.unsent_by_supplier and order.lapses_at == LATER + order.rulebook.lapse_days * DAY
    assert order in Order.objects.visible_to(world.buyer) and order in needing_buyer(Order.objects.all())
    placed = stories.accept(order, by=world.buyer, now=LATER)
    assert placed.status == Order.Status.PLACED
    kinds = Event.objects.about("order", order.id).values_list("kind", flat=True)
    assert list(kinds)[:3] == ["contract.started", "contract.drafted", "contract.sent"]


def test_the_buyer_sees_nothing_of_it_before_it_is_sent(world):
    stories.placed(world)
    order = begin(world)
    actions.save_draft(order_id=order.id, terms=contract(), by=world.seller, now=LATER)
    assert order not in Order.objects.visible_to(world.buyer) and order not in Order.objects.bought_by(world.buyer)
    assert order in Order.objects.visible_to(world.seller)
    buyer, seller = client_of(world.buyer), client_of(world.seller)
    with time_machine.travel(LATER, tick=False):
        for name in ("detail", "edit", "contract", "cancel"):
            assert buyer.get(url(name, order)).status_code == 404, name
        for path in ("/orders/", "/dashboard/", "/api/v1/orders/"):
            assert order.reference not in buyer.get(path).content.decode(), path
        page = text_of(seller.get(url("detail", order)))
        assert "sees nothing until you send it" in page and "Drop the draft" in page and "Write to" not in page
        sent = seller.post(url("message", order), {"key": uuid.uuid4(), "body": "Psst"}, follow=True)
    assert "once you have sent the contract" in text_of(sent) and not Message.objects.exists()
    assert not desk.drafts_waiting(world.supplier).filter(pk=order.pk).exists()


def test_a_dropped_draft_stays_unseen_and_makes_room_for_another(world):
    stories.placed(world)
    order = begin(world)
    actions.cancel(order_id=order.id, by=world.seller, now=LATER)
    assert fresh(order).status == Order.Status.CANCELLED
    assert order not in Order.objects.visible_to(world.buyer)
    assert begin(world).pk != order.pk


def test_only_for_buyers_who_have_ordered_before(world):
    with pytest.raises(NotAllowed, match="ordered from you before"):
        begin(world)
    stories.requested(world)
    with pytest.raises(NotAllowed, match="ordered from you before"):
        begin(world)
    stories.placed(world)
    with pytest.raises(NotAllowed, match="ordered from you before"):
        begin(world, buyer=world.stranger)
    assert begin(world).buyer_id == world.buyer.id


def test_only_those_who_sell_for_a_company_that_trades(world):
    stories.placed(world)
    for by in (world.bookkeeper, world.rival_seller, world.buyer, world.stranger):
        with pytest.raises(NotAllowed):
            begin(world, by=by)
    Supplier.objects.filter(pk=world.supplier.pk).update(status=Supplier.Status.PAUSED)
    with pytest.raises(Refused, match="no new protected orders"):
        begin(world)
    Supplier.objects.filter(pk=world.supplier.pk).update(status=Supplier.Status.ACTIVE)
    Member.objects.create(supplier=world.supplier, user=world.buyer, role=Member.Role.SALES, joined_at=NOW)
    with pytest.raises(Refused, match="works for Lumenworks"):
        begin(world)
    world.buyer.memberships.all().delete()
    world.buyer.is_active = False
    world.buyer.save()
    with pytest.raises(Refused, match="account is closed"):
        begin(world)
    assert not Order.objects.filter(unsent_by_supplier=True).exists()


def test_one_at_a_time_for_a_buyer_who_has_not_answered(world):
    stories.placed(world)
    first = begin(world)
    with pytest.raises(Refused, match=f"begun {first.reference}"):
        begin(world)
    actions.save_draft(order_id=first.id, terms=contract(), by=world.seller, now=LATER)
    actions.send_contract(order_id=first.id, by=world.seller, now=LATER)
    with pytest.raises(Refused, match="has not answered your contract"):
        begin(world)
    stories.requested(world, now=LATER)  # what the buyer asks for is another matter
    actions.save_draft(order_id=first.id, terms=contract(), by=world.buyer, now=LATER)
    assert begin(world).pk


def test_the_same_form_twice_makes_one_and_a_key_of_another_order_none(world):
    stories.placed(world)
    stories.placed(stories.replace(world, buyer=world.stranger), stories.simple_terms(100_00))
    key = uuid.uuid4()
    assert begin(world, key=key).pk == begin(world, key=key).pk
    with pytest.raises(NotAllowed, match="another order"):
        begin(world, buyer=world.stranger, key=key)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_begun(transactional_db):
    world = stories.build_world()
    stories.placed(world)
    results = at_once(*(partial(begin, world) for _ in range(3)))
    assert Order.objects.filter(unsent_by_supplier=True).count() == 1
    refused = [result for result in results if isinstance(result, Exception)]
    assert [type(error) for error in refused] == [Refused, Refused], results


def test_its_steps_belong_to_the_supplier(world):
    stories.placed(world)
    order = begin(world)
    step = step_of("edit", order, world.seller, LATER)
    assert step.allowed and step.must and step.deadline is None
    assert not step_of("edit", order, world.bookkeeper, LATER).allowed


# the page ---------------------------------------------------------------------------------------------------------


def begins(client, page: str, **changes):
    """Press the page's first button to begin."""
    form = dict(re.findall(r'<input type="hidden" name="(key|buyer_of|product|copy)" value="([^"]*)"', page))
    return client.post("/portal/contracts/begin/", form | changes)


def test_from_the_portal_to_the_form_with_the_terms_of_a_former_contract(world):
    former = stories.placed(world)
    client = desk_of(world.seller, world.supplier)
    with time_machine.travel(LATER, tick=False):
        page = client.get(f"{PAGE}?copy={former.reference}").content.decode()
        assert "Northline" in page and f"Last order {former.reference}" in page
        answer = begins(client, page)
        order = Order.objects.get(unsent_by_supplier=True)
        assert answer["Location"] == f"{reverse('orders:edit', args=[order.reference])}?copy={former.reference}"
        form = client.get(answer["Location"]).content.decode()
        assert 'value="Pendant lamp"' in form and "12 Quay Street" in form and order.title == former.title
        assert begins(client, page)["Location"] == answer["Location"]  # a second click
        listed = text_of(client.get(PAGE))
        assert "Begun, not sent" in listed and order.reference in listed
        again = begins(client, page, key=str(uuid.uuid4()))
        assert again.status_code == 302 and f"begun {order.reference}" in text_of(client.get(again["Location"]))


def test_what_another_buyer_ordered_does_not_become_the_title(world):
    other = person("other@test.test", company_name="Other Ltd")
    mine = stories.placed(world)
    theirs = stories.placed(stories.replace(world, buyer=other), stories.terms(title="A secret project"))
    client = desk_of(world.seller, world.supplier)
    with time_machine.travel(LATER, tick=False):
        answer = client.post(
            "/portal/contracts/begin/", {"buyer_of": mine.reference, "copy": theirs.reference, "key": "no key"}
        )
        form = client.get(answer["Location"]).content.decode()
    order = Order.objects.get(unsent_by_supplier=True)
    assert order.title == "For Northline" and "A secret project" not in form and "Pendant lamp" in form


def test_names_find_former_buyers_only(world):
    stories.placed(world)
    person("near@test.test", company_name="Northern Lights")
    client = desk_of(world.seller, world.supplier)
    page = text_of(client.get(f"{PAGE}?q=north"))
    assert "Northline" in page and "Northern Lights" not in page and "buyer@test.test" not in page
    for words in ("test.test", "nobody", "\x00", "%", "n" * 500):
        page = text_of(client.get(PAGE, {"q": words}))
        assert ("Northline" in page) == (not words.strip("\x00")), words
    rival = desk_of(world.rival_seller, world.rival)
    assert "Northline" not in text_of(rival.get(PAGE, {"q": "north"}))
    assert "Begin" not in text_of(desk_of(world.bookkeeper, world.supplier).get(PAGE))


def test_nobody_begins_by_an_order_that_is_not_theirs_or_was_never_placed(world):
    placed, asked = stories.placed(world), stories.requested(world)
    rival = desk_of(world.rival_seller, world.rival)
    post = {"key": str(uuid.uuid4())}
    for client, reference in (
        (rival, placed.reference),
        (desk_of(world.seller, world.supplier), asked.reference),
        (desk_of(world.seller, world.supplier), "TA-none"),
        (desk_of(world.seller, world.supplier), ""),
    ):
        assert client.post("/portal/contracts/begin/", post | {"buyer_of": reference}).status_code == 404
    books = desk_of(world.bookkeeper, world.supplier)
    assert books.post("/portal/contracts/begin/", post | {"buyer_of": placed.reference}).status_code == 403
    wrong = {"buyer_of": placed.reference, "product": "no-such"}
    assert desk_of(world.seller, world.supplier).post("/portal/contracts/begin/", post | wrong).status_code == 404
    assert not Order.objects.filter(unsent_by_supplier=True).exists()


def test_the_list_of_buyers_costs_the_same_for_many_and_goes_on_after_a_row(
    world, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr("orders.portal_views.BUYERS", 2)
    for n in range(5):
        buyer = person(f"b{n}@test.test", company_name=f"Buyer {n}", country="NZ")
        stories.placed(stories.replace(world, buyer=buyer), stories.simple_terms(100_00))
    client = desk_of(world.seller, world.supplier)
    client.get(PAGE)
    with django_assert_max_num_queries(9):
        answer = client.get(PAGE)
    seen = []
    while True:
        buyers = answer.context["buyers"]
        seen += [buyer.company_name for buyer in buyers]
        if not buyers.after:
            break
        answer = client.get(PAGE, {"buyers": buyers.after})
    assert seen == [f"Buyer {n}" for n in range(5)]
