"""The supplier portal: who gets in, the team's rules, the to-do list, the lists."""

import re
import uuid

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import transaction

from accounts.models import User
from orders import actions, desk
from suppliers import actions as supplier_actions
from suppliers.models import Member, Supplier
from suppliers.rating import Facts, Need, Share, next_raise
from suppliers.rating_words import need_words, raise_words
from tests import stories
from tests.stories import DAY, NOW, SECOND
from trade_assurance.refused import NotAllowed
from trade_assurance.rulebook import CURRENT

pytestmark = pytest.mark.django_db
PAGES = (
    "/portal/",
    "/portal/orders/",
    "/portal/contracts/new/",
    "/portal/team/",
    "/portal/profile/",
)


@pytest.fixture
def desk_of(client, world):
    """The client signed in as a person, acting for a supplier."""

    def sign_in(user, supplier=None):
        client.force_login(user)
        if supplier:
            assert client.post("/switch/", {"acting": supplier.slug}).status_code == 302
        return client

    return sign_in


@pytest.mark.parametrize("path", PAGES)
def test_visitors_sign_in_first_and_people_without_a_company_are_asked_to_choose(client, world, path):
    assert "/accounts/login/" in client.get(path)["Location"]
    client.force_login(world.buyer)
    response = client.get(path, follow=True)
    assert response.request["PATH_INFO"] == "/portal/"
    assert "Register a company" in response.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_an_owner(desk_of, world, path):
    stories.sent(world)
    stories.requested(world)
    assert desk_of(world.seller, world.supplier).get(path).status_code == 200


def test_the_switch_refuses_another_company_and_comes_back_to_buying(desk_of, world):
    client = desk_of(world.seller, world.supplier)
    assert client.post("/switch/", {"acting": world.rival.slug}).status_code == 404
    assert client.session["acting_supplier"] == world.supplier.slug
    assert client.get("/switch/").status_code == 405
    client.post("/switch/", {"acting": "buyer"})
    assert client.session["acting_supplier"] == ""
    assert client.get("/dashboard/").status_code == 200


def test_who_works_for_a_supplier_starts_out_acting_for_it(client, world):
    client.force_login(world.seller)
    assert client.get("/dashboard/")["Location"] == "/portal/"
    assert client.get("/portal/").status_code == 200


def test_a_member_who_was_removed_no_longer_acts(desk_of, world):
    client = desk_of(world.bookkeeper, world.supplier)
    Member.objects.filter(user=world.bookkeeper).delete()
    assert client.get("/portal/team/")["Location"] == "/portal/"


def test_a_person_registers_a_company_and_acts_for_it(desk_of, world):
    client = desk_of(world.stranger)
    assert client.post("/portal/register/", {"name": "", "country": "CN"}).status_code == 422
    response = client.post("/portal/register/", {"name": "Odeworks", "country": "NG", "city": "Lagos"})
    assert response["Location"] == "/portal/profile/"
    assert Member.objects.get(user=world.stranger).supplier.name == "Odeworks"


# the team ---------------------------------------------------------------------------------------------------------


def invited(desk_of, world, mailoutbox, email="STRANGER@test.test", role="sales") -> str:
    """The owner invites somebody; the path of the link in the mail."""
    client = desk_of(world.seller, world.supplier)
    assert client.post("/portal/team/", {"email": email, "role": role}).status_code == 302
    (link,) = re.findall(r"http://testserver(/portal/join/\S+)", mailoutbox[-1].body)
    assert mailoutbox[-1].to == [email.lower()]
    return link


@pytest.fixture
def sent_at_once(django_capture_on_commit_callbacks, monkeypatch):
    """Mails go when their transaction would have been committed."""
    monkeypatch.setattr("accounts.mails.transaction.on_commit", lambda send, robust=False: send())


def test_an_invited_person_joins_by_the_link_in_the_mail_once(desk_of, client, world, mailoutbox, sent_at_once):
    link = invited(desk_of, world, mailoutbox)
    client.logout()
    assert "Sign in" in client.get(link).content.decode()
    client.force_login(world.stranger)
    assert "Join Lumenworks" in client.get(link).content.decode()
    assert client.post(link)["Location"] == "/portal/"
    assert world.supplier.members.get(user=world.stranger).role == "sales"
    assert client.get(link).status_code == 404
    assert "over" in client.post(link).content.decode()


def test_a_link_is_for_the_invited_address_only(desk_of, client, world, mailoutbox, sent_at_once):
    link = invited(desk_of, world, mailoutbox)
    client.force_login(world.rival_seller)
    assert "is for stranger@test.test" in client.post(link).content.decode()
    assert world.supplier.members.count() == 2


def test_an_unconfirmed_address_does_not_join(desk_of, client, world, mailoutbox, sent_at_once):
    unconfirmed = User.objects.create_user("unconfirmed@test.test", "correct-horse-7")
    link = invited(desk_of, world, mailoutbox, "unconfirmed@test.test")
    client.force_login(unconfirmed)
    assert "confirm it first" in client.post(link).content.decode()


def test_a_withdrawn_an_old_and_a_replaced_link_lead_nowhere(desk_of, client, world, mailoutbox, sent_at_once):
    replaced = invited(desk_of, world, mailoutbox)
    withdrawn = invited(desk_of, world, mailoutbox)
    client.force_login(world.stranger)
    assert client.get(replaced).status_code == 404
    invitation = world.supplier.invitations.get(withdrawn_at=None)
    assert client.get(withdrawn).status_code == 200
    with time_machine.travel(invitation.expires_at - SECOND, tick=False):
        assert client.get(withdrawn).status_code == 200
    with time_machine.travel(invitation.expires_at, tick=False):
        assert client.get(withdrawn).status_code == 404
    path = f"/portal/team/invitations/{invitation.pk}/withdraw/"
    assert desk_of(world.rival_seller, world.rival).post(path).status_code == 404
    desk_of(world.seller, world.supplier).post(path)
    assert client.get(withdrawn).status_code == 404


def test_a_buyer_of_the_company_does_not_join_it(desk_of, client, world, mailoutbox, sent_at_once):
    stories.requested(world)
    link = invited(desk_of, world, mailoutbox, "buyer@test.test")
    client.force_login(world.buyer)
    assert "has bought from" in client.post(link).content.decode()


def test_the_answer_is_the_same_whether_the_address_has_an_account(desk_of, world, mailoutbox, sent_at_once):
    invited(desk_of, world, mailoutbox, "nobody-at-all@test.test")


@pytest.mark.parametrize(
    ("email", "role", "words"),
    [
        ("books@test.test", "sales", "already"),
        ("stranger@test.test", "king", "Select a valid choice"),
        ("", "sales", "Enter the person"),
        ("no address", "sales", "valid email"),
    ],
)
def test_nobody_is_invited_by_mistake(desk_of, world, email, role, words):
    response = desk_of(world.seller, world.supplier).post("/portal/team/", {"email": email, "role": role})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not world.supplier.invitations.exists()


def test_invitations_have_an_end(desk_of, world):
    client = desk_of(world.seller, world.supplier)
    for number in range(CURRENT.invitations_max):
        client.post("/portal/team/", {"email": f"n{number}@test.test", "role": "sales"})
    response = client.post("/portal/team/", {"email": "more@test.test", "role": "sales"})
    assert response.status_code == 422
    assert "invitations are open" in response.content.decode()


def test_only_owners_change_the_team(desk_of, world):
    client = desk_of(world.bookkeeper, world.supplier)
    owner = world.supplier.members.get(user=world.seller)
    client.post("/portal/team/", {"email": "stranger@test.test", "role": "owner"})
    client.post(f"/portal/team/{owner.pk}/role/", {"role": "finance"})
    client.post(f"/portal/team/{owner.pk}/remove/")
    assert dict(world.supplier.members.values_list("user__email", "role")) == {
        "seller@test.test": "owner",
        "books@test.test": "finance",
    }


def test_the_last_owner_stays(desk_of, world):
    client = desk_of(world.seller, world.supplier)
    owner = world.supplier.members.get(user=world.seller)
    for path, posted in (
        (f"/portal/team/{owner.pk}/role/", {"role": "sales"}),
        (f"/portal/team/{owner.pk}/remove/", {}),
    ):
        page = client.post(path, posted, follow=True).content.decode()
        assert "at least one owner" in page
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_an_owner_changes_roles_and_removes_people_of_their_company_only(desk_of, world):
    client = desk_of(world.seller, world.supplier)
    books = world.supplier.members.get(user=world.bookkeeper)
    client.post(f"/portal/team/{books.pk}/role/", {"role": "owner"})
    books.refresh_from_db()
    assert books.role == "owner"
    client.post(f"/portal/team/{books.pk}/remove/")
    assert not Member.objects.filter(pk=books.pk).exists()
    rival = world.rival.members.get()
    assert client.post(f"/portal/team/{rival.pk}/remove/").status_code == 404
    assert client.post(f"/portal/team/{rival.pk}/role/", {"role": "sales"}).status_code == 404


def test_the_profile_keeps_what_was_typed_when_it_is_refused(desk_of, world):
    client = desk_of(world.seller, world.supplier)
    typed = {"name": "Lumenworks Ltd", "country": "CN", "city": "Foshan", "about": "Lamps", "founded_year": "2999"}
    response = client.post("/portal/profile/", typed)
    assert response.status_code == 422
    assert "Lumenworks Ltd" in response.content.decode()
    response = client.post("/portal/profile/", typed | {"founded_year": "2009"})
    assert response.status_code == 422 and "We verified this company" in response.content.decode()
    supplier_actions.verify_supplier(supplier_id=world.supplier.id, level="unverified", by=None, now=NOW)
    assert client.post("/portal/profile/", typed | {"founded_year": "2009"}).status_code == 302
    world.supplier.refresh_from_db()
    assert (world.supplier.name, world.supplier.founded_year) == ("Lumenworks Ltd", 2009)


def test_finance_staff_see_the_money_and_sales_staff_do_not(desk_of, world):
    assert desk_of(world.bookkeeper, world.supplier).get("/portal/").context["balances"] == []
    Member.objects.filter(user=world.bookkeeper).update(role="sales")
    assert desk_of(world.bookkeeper, world.supplier).get("/portal/").context["balances"] is None


# the desk ---------------------------------------------------------------------------------------------------------


@time_machine.travel(NOW + DAY, tick=False)
def test_the_list_names_drafts_to_write_and_leaves_out_what_waits_for_the_buyer(desk_of, world):
    asked = stories.requested(world)
    stories.sent(world)
    page = desk_of(world.seller, world.supplier).get("/portal/")
    assert [todo.order.pk for todo in page.context["todos"]] == [asked.pk]
    assert "1 contract to answer" in page.content.decode()
    assert page.context["needs_you"] == 1


def test_home_and_lists_cost_the_same_for_many_orders(desk_of, world, django_assert_max_num_queries):
    for _ in range(12):
        stories.requested(world)
        stories.sent(world)
    client = desk_of(world.seller, world.supplier)
    with django_assert_max_num_queries(19):
        client.get("/portal/")
    with django_assert_max_num_queries(7):
        client.get("/portal/orders/?tab=contracts")
    with django_assert_max_num_queries(7):
        client.get("/portal/contracts/new/")


def test_lists_are_of_the_own_company_and_turn_pages(desk_of, world):
    for number in range(30):
        actions.request_contract(
            buyer=world.buyer,
            supplier_id=world.supplier.pk,
            title=f"Lamps {number}",
            request="x",
            key=uuid.uuid4(),
            now=NOW,
        )
    client = desk_of(world.seller, world.supplier)
    first = client.get("/portal/orders/?tab=contracts").context["page"]
    second = client.get(f"/portal/orders/?tab=contracts&page={first.after}").context["page"]
    assert [len(first), len(second), second.after] == [25, 5, ""]
    assert not {row.pk for row in first} & {row.pk for row in second}
    assert len(client.get("/portal/orders/?tab=contracts&q=Lamps 7").context["page"]) == 1
    rival = desk_of(world.rival_seller, world.rival)
    assert len(rival.get("/portal/orders/?tab=all").context["page"]) == 0


def test_the_money_of_an_order_is_told_once(world):
    from tests.stories import paid

    order = paid(world, now=NOW)
    (balance,) = desk.balances(order.supplier)
    assert (balance.currency, balance.escrow_minor, balance.to_send_minor) == ("USD", order.escrow_minor, 0)


def test_the_rating_names_the_orders_behind_points_and_standing(desk_of, world, django_assert_max_num_queries):
    order = stories.expired(world)
    about = {"supplier_id": world.supplier.id, "order_id": order.id, "now": order.closed_at}
    with transaction.atomic():
        supplier_actions.note_points(kind="late", cause="a", **about)
        supplier_actions.note_points(kind="upheld", cause="b", **about)
    with time_machine.travel(order.closed_at + DAY, tick=False):
        client = desk_of(world.seller, world.supplier)
        page = client.get("/portal/rating/").content.decode()
        assert page.count(f"/orders/{order.reference}/") == 2
        assert "/portal/rating/standing/" in page
        with django_assert_max_num_queries(10):
            behind = client.get("/portal/rating/standing/").content.decode()
    assert order.reference in behind and "Completed" in behind


def test_waiting_for_points_to_expire_is_a_sentence_of_its_own(world):
    facts = Facts(completed=Share(6000, 6000, 6, 6), points=((24, NOW + 30 * DAY),))
    said = raise_words(next_raise(facts, NOW))
    assert said.startswith("Waiting until penalty points expire on ")
    both = need_words(Need("standing", 2, NOW + DAY))
    assert both.startswith("2 more completed orders after penalty points expire on ")


def test_a_paused_company_reads_so_where_it_drafts(desk_of, world):
    Supplier.objects.filter(pk=world.supplier.pk).update(status="paused")
    page = desk_of(world.seller, world.supplier).get("/portal/contracts/new/").content.decode()
    assert "takes no new protected orders" in page


def test_risk_staff_decide_nothing_about_their_own_company(world):
    world.seller.user_permissions.add(Permission.objects.get(codename="verify_supplier"))
    about = {"supplier_id": world.supplier.id, "by": world.seller, "now": NOW}
    for act in (
        lambda: supplier_actions.verify_supplier(level="inspected", **about),
        lambda: supplier_actions.set_limit(limit_minor=100_000_00, reason="ours", **about),
        lambda: supplier_actions.set_stars(stars=5, reason="ours", **about),
        lambda: supplier_actions.set_status(status="active", reason="ours", **about),
    ):
        with pytest.raises(NotAllowed, match="work for"):
            act()
