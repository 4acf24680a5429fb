import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from events.models import Event
from suppliers.models import Member
from tests.accounts.conftest import PASSWORD, links, sign_in

pytestmark = pytest.mark.django_db

BUYER = {
    "role": "buy",
    "company_name": "Southern Imports Ltd",
    "full_name": "Mere Tane",
    "country": "NZ",
    "email": "Mere@Southern.example",
    "password1": PASSWORD,
    "browser_zone": "Pacific/Auckland",
}


def sign_up(client, **changes):
    return client.post("/accounts/signup/", BUYER | changes)


def test_a_buyer_signs_up_confirms_the_address_and_is_in(client, mailoutbox):
    answer = sign_up(client)
    assert (answer.status_code, answer.url) == (302, "/accounts/confirm-email/")
    user = User.objects.get()
    assert user.email == "mere@southern.example"
    assert (user.full_name, user.company_name, user.country) == ("Mere Tane", "Southern Imports Ltd", "NZ")
    assert user.timezone == "Pacific/Auckland"
    assert not Member.objects.exists()

    (mail,) = mailoutbox
    assert mail.to == ["mere@southern.example"]
    assert mail.subject == "Confirm your e-mail address"
    assert "Southern Imports Ltd" in mail.body
    (link, *_) = links(mail.body)
    html, kind = mail.alternatives[0]
    assert kind == "text/html"
    assert link in html
    assert "<script" not in html

    assert client.get(link).status_code == 200
    assert not EmailAddress.objects.get().verified  # a mail scanner that opens the link confirms nothing
    answer = client.post(link)
    assert answer.url == "/dashboard/"
    assert EmailAddress.objects.get().verified
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_supplier_signs_up_and_owns_a_company(client):
    sign_up(client, role="supply", company_name="Ardent Textiles", country="IN", browser_zone="Asia/Calcutta")
    member = Member.objects.select_related("supplier", "user").get()
    assert member.role == "owner"
    assert (member.supplier.name, member.supplier.country) == ("Ardent Textiles", "IN")
    assert member.user.timezone == "Asia/Kolkata"
    assert Event.objects.filter(kind="supplier.registered", actor_id=member.user_id).exists()


def test_when_the_company_is_refused_there_is_no_person_and_the_form_says_why(client, monkeypatch):
    from suppliers import actions
    from trade_assurance.refused import Refused

    def refuse(**kwargs):
        raise Refused("This name is taken. Add your city to it.", field="company_name")

    monkeypatch.setattr(actions, "register_supplier", refuse)
    answer = sign_up(client, role="supply")
    assert answer.status_code == 422
    assert "This name is taken. Add your city to it." in answer.content.decode()
    assert "Southern Imports Ltd" in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("browser", "country", "zone"),
    [
        ("Not/AZone", "CN", "Asia/Shanghai"),
        ("", "US", "America/New_York"),
        ("", "DE", "Europe/Berlin"),
        ("<script>", "SE", "Europe/Stockholm"),
        ("../../etc/passwd", "GB", "Europe/London"),
    ],
)
def test_a_browser_that_does_not_know_its_zone_gets_that_of_the_country(client, browser, country, zone):
    sign_up(client, browser_zone=browser, country=country)
    assert User.objects.get().timezone == zone


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("role", "", "Choose whether you buy or supply."),
        ("role", "admin", "Choose one of the two."),
        ("company_name", "", "Enter your company’s name"),
        ("company_name", "x" * 151, "at most 150 characters"),
        ("full_name", " ", "Enter your name."),
        ("country", "ZZ", "Choose from the list."),
        ("email", "mere", "Enter a valid email address."),
        ("password1", "short1", "at least 10 characters"),
        ("password1", "password123", "too common"),
        ("password1", "12345678901", "entirely numeric"),
        ("password1", "mere@southern.example", "too similar"),
    ],
)
def test_wrong_input_is_told_at_its_field_and_the_rest_is_kept(client, field, value, words):
    page = sign_up(client, **{field: value})
    assert page.status_code == 200
    text = page.content.decode()
    assert words in text
    assert "<title>Error: " in text
    if field != "full_name":
        assert 'value="Mere Tane"' in text
    assert PASSWORD not in text
    assert not User.objects.exists()


def test_signing_up_with_a_known_address_looks_the_same_and_tells_the_owner_by_mail(client, person, mailoutbox):
    answer = sign_up(client, email=person.email.upper())
    assert (answer.status_code, answer.url) == (302, "/accounts/confirm-email/")
    assert User.objects.count() == 1
    (mail,) = mailoutbox
    assert mail.to == [person.email]
    assert mail.subject == "You already have an account"


def test_nobody_signs_in_before_the_address_is_confirmed(client):
    sign_up(client)
    client.post("/accounts/logout/")
    answer = sign_in(client, "mere@southern.example")
    assert answer.url == "/accounts/confirm-email/"
    assert "_auth_user_id" not in client.session


def test_a_link_that_is_no_link_says_what_to_do(client):
    page = client.get("/accounts/confirm-email/nonsense/")
    assert "This link does not work any more" in page.content.decode()
