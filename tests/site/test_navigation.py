"""The header: the acting side's pages, the companies to switch to, at the price of one query."""

import re

import pytest
from django.contrib.messages import ERROR, SUCCESS
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from notifications.signing_in import Backend
from suppliers import acting, actions
from trade_assurance.context import Site

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.site.routes")]


@pytest.fixture
def person():
    return User.objects.create_user(email="ana@north.example", full_name="Ana Ruiz", company_name="Northline")


@pytest.fixture
def company(person):
    return actions.register_supplier(name="Lumenworks Foshan", country="CN", owner=person, now=timezone.now())


def labels(page, name="Main"):
    nav = re.search(rf'<nav aria-label="{name}".*?</nav>', page, re.DOTALL).group()
    return re.findall(r">([A-Z][a-z]+)<", nav)


def test_a_buyer_sees_the_buyers_pages(client, person):
    client.force_login(person)
    page = client.get("/orders/").content.decode()
    assert labels(page) == ["Home", "Orders", "Disputes", "Suppliers"]
    assert "Northline" in page
    assert "Staff desk" not in page
    assert "You are acting as" not in page


def test_the_entry_of_the_open_page_is_marked(client, person):
    client.force_login(person)
    for path, label in (("/dashboard/", "Home"), ("/orders/TA-1/", "Orders"), ("/payments/1/", "Orders")):
        page = client.get(path).content.decode()
        assert [
            re.sub(r"<.*", "", words) for words in re.findall(r'aria-current="page" class="flex[^>]*>([^/]*)', page)
        ] == [label]


def test_who_supplies_too_can_switch_and_then_sees_the_portal(client, person, company):
    client.force_login(person)
    page = client.get("/orders/").content.decode()
    assert "You are acting as" in page
    assert f'name="acting" value="{company.slug}"' in page
    session = client.session
    session[acting.SESSION_KEY] = company.slug
    session.save()
    page = client.get("/portal/orders/").content.decode()
    assert labels(page) == ["Home", "Orders", "Disputes", "Payouts", "Team", "Profile"]
    assert "Lumenworks Foshan" in page


def test_the_header_costs_one_query_beyond_the_person(person, company, rf, django_assert_num_queries):
    request = rf.get("/orders/")
    signed_in = Backend().get_user(person.pk)  # as every request finds its person, with what is unread
    request.user, request.session = signed_in, {acting.SESSION_KEY: company.slug}
    with django_assert_num_queries(1):
        site = Site(request)
        assert (site.portal, site.active, site.acting_name) == ("supplier", "orders", "Lumenworks Foshan")
        assert [member.supplier.name for member in site.memberships] == ["Lumenworks Foshan"]
        render_to_string("404.html", {}, request)


def test_staff_find_their_desk(client, person):
    person.is_staff = True
    person.save()
    client.force_login(person)
    assert "Staff desk" in client.get("/orders/").content.decode()


def test_what_needs_you_is_counted_with_words(client, person):
    client.force_login(person)
    assert '3<span class="sr-only"> need you</span>' in client.get("/orders/").content.decode()


def test_signing_out_and_switching_are_forms(client, person, company):
    client.force_login(person)
    page = client.get("/orders/").content.decode()
    for address in ("/accounts/logout/", "/switch/"):
        assert f'<form method="post" action="{address}">' in page


def test_errors_are_notices_and_good_news_are_toasts(person):
    request = RequestFactory().get("/orders/")
    request.user, request.session = person, {}
    told = [Message(SUCCESS, "Sent."), Message(ERROR, "<b>No</b>")]
    page = render_to_string("404.html", {"messages": told}, request)
    assert re.search(r"data-toast>.*?<span>Sent\.</span>", page, re.DOTALL)
    assert re.search(r'role="alert">.*?&lt;b&gt;No&lt;/b&gt;', page, re.DOTALL)


def test_the_demo_says_that_it_is_one(client, settings):
    settings.DEMO = True
    assert "Demo: no real money moves. Sample names." in client.get("/").content.decode()
    settings.DEMO = False
    assert "no real money moves" not in client.get("/").content.decode()
