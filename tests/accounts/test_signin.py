import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.test import Client

from tests.accounts.conftest import PASSWORD, links, make_person, sign_in

pytestmark = pytest.mark.django_db


def is_in(client):
    return "_auth_user_id" in client.session


def give_app(user):
    """A second factor as the page makes it; answers with its secret."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def code_of(secret):
    import time

    counter = int(time.time()) // 30
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def test_signing_in_and_out(client, person):
    assert sign_in(client, "MERE@southern.example").url == "/dashboard/"
    assert is_in(client)
    assert "Sign out of this device?" in client.get("/accounts/logout/").content.decode()
    assert is_in(client)  # opening an address signs nobody out
    assert client.post("/accounts/logout/").url == "/"
    assert not is_in(client)


def test_after_signing_in_one_is_not_sent_to_another_site(client, person):
    assert sign_in(client, person.email, next="https://evil.example/").url == "/dashboard/"


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, person):
    known = sign_in(client, person.email, "wrong password here").content.decode()
    unknown = sign_in(client, "nobody@else.example", "wrong password here").content.decode()
    sentence = "This e-mail address and password do not belong together."
    assert sentence in known and sentence in unknown
    strip = lambda text, email: text.replace(email, "")  # noqa: E731
    assert len(strip(known, person.email)) == pytest.approx(len(strip(unknown, "nobody@else.example")), abs=8)


def test_guessing_one_address_is_stopped_even_with_the_right_password(client, person):
    for _ in range(5):
        sign_in(client, person.email, "wrong password here")
    page = sign_in(client, person.email)
    assert "Too many attempts" in page.content.decode()
    assert not is_in(client)


def test_guessing_many_addresses_from_one_place_is_stopped(client, person):
    for number in range(10):
        sign_in(client, f"person{number}@else.example", "wrong password here")
    page = sign_in(client, person.email)
    assert "Too many attempts" in page.content.decode()


def test_more_than_30_requests_a_minute_get_a_page_of_ours(client, db):
    for _ in range(30):
        client.post("/accounts/login/", {})
    page = client.post("/accounts/login/", {})
    assert page.status_code == 429
    assert "Too many tries from here" in page.content.decode()


def test_resetting_a_password_reads_the_same_for_everybody_and_signs_the_others_out(client, person, mailoutbox):
    elsewhere = Client()
    sign_in(elsewhere, person.email)
    for email in (person.email, "nobody@else.example"):
        assert client.post("/accounts/password/reset/", {"email": email}).url == "/accounts/password/reset/done/"
    mine, nobodys = mailoutbox
    assert (mine.subject, nobodys.subject) == ("Choose a new password", "You have no account with us")
    page = client.get(links(mine.body)[0], follow=True)
    key_page = page.redirect_chain[-1][0]
    assert "Choose a new password" in page.content.decode()
    refused = client.post(key_page, {"password1": "short", "password2": "short"})
    assert "at least 10 characters" in refused.content.decode()
    new = "quiet harbour seven boats"
    assert client.post(key_page, {"password1": new, "password2": new}).url.endswith("/done/")
    assert mailoutbox[-1].subject == "Your password was reset"
    assert "127.0.0.1" in mailoutbox[-1].body
    assert elsewhere.get("/settings/").status_code == 302
    sign_in(client, person.email, new)
    assert is_in(client)
    again = Client().get(links(mine.body)[0], follow=True)
    assert "This link does not work any more" in again.content.decode()


def test_the_second_factor_is_asked_for_and_its_secret_is_not_stored_in_clear(client, person):
    secret = give_app(person)
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    assert sign_in(client, person.email).url == "/accounts/2fa/authenticate/"
    assert not is_in(client)
    page = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "This code is wrong or has expired." in page.content.decode()
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert is_in(client)


def test_a_second_factor_is_set_up_by_the_page_after_saying_again_who_one_is(client, person):
    sign_in(client, person.email)
    answer = client.get("/accounts/2fa/totp/activate/")
    assert answer.url.startswith("/accounts/reauthenticate/")
    client.post(answer.url, {"password": PASSWORD, "next": "/accounts/2fa/totp/activate/"})
    page = client.get("/accounts/2fa/totp/activate/")
    assert "<svg" in page.content.decode() and "<?xml" not in page.content.decode()
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).url == "/accounts/2fa/recovery-codes/"
    codes = client.get("/accounts/2fa/recovery-codes/")
    assert len(codes.context["unused_codes"]) == 10
    assert codes.context["unused_codes"][0] in codes.content.decode()

    elsewhere = Client()
    sign_in(elsewhere, person.email)
    elsewhere.post("/accounts/2fa/authenticate/", {"code": codes.context["unused_codes"][0]})
    assert is_in(elsewhere)


def test_the_other_devices_are_listed_and_signed_out(client, person):
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1")
    sign_in(phone, person.email)
    sign_in(client, person.email)
    page = client.get("/accounts/sessions/").content.decode()
    assert "Safari on iPhone" in page
    assert "Sign out the other device" in page
    client.post("/accounts/sessions/")
    assert UserSession.objects.count() == 1
    assert phone.get("/settings/").status_code == 302
    assert client.get("/settings/").status_code == 200


def test_changing_the_address_keeps_the_old_one_until_the_new_is_confirmed(client, person, mailoutbox):
    sign_in(client, person.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"email": "Mere@new.example", "action_add": ""})
    person.refresh_from_db()
    assert person.email == "mere@southern.example"
    page = client.get("/accounts/email/").content.decode()
    assert "mere@new.example" in page and "Not confirmed" in page
    mail = next(mail for mail in mailoutbox if mail.to == ["mere@new.example"])
    client.post(links(mail.body)[0])
    person.refresh_from_db()
    assert person.email == "mere@new.example"


def test_a_locked_account_does_not_get_in(client, person):
    person.is_active = False
    person.save()
    sign_in(client, person.email)
    assert not is_in(client)


def test_staff_without_a_second_factor_do_not_enter_the_staff_pages(client, settings, db):
    settings.DEMO = False
    make_person("ada@staff.example", is_staff=True, is_superuser=True)
    sign_in(client, "ada@staff.example")
    answer = client.get("/admin/")
    assert (answer.status_code, answer.url) == (302, "/accounts/2fa/totp/activate/")
    assert client.post("/admin/accounts/user/add/", {}).url == "/accounts/2fa/totp/activate/"


def test_staff_with_a_second_factor_enter_and_so_do_all_staff_of_the_demo(client, settings, db):
    settings.DEMO = False
    staff = make_person("ada@staff.example", is_staff=True, is_superuser=True)
    secret = give_app(staff)
    sign_in(client, "ada@staff.example")
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/accounts/user/").status_code == 200
    assert client.get(f"/admin/accounts/user/{staff.pk}/change/").status_code == 200
    assert client.get("/admin/accounts/user/add/").status_code == 200

    settings.DEMO = True
    make_person("bo@staff.example", is_staff=True, is_superuser=True)
    demo = Client()
    sign_in(demo, "bo@staff.example")
    assert demo.get("/admin/").status_code == 200


def test_the_staff_door_is_the_ordinary_sign_in_with_its_limits(client, person):
    for address in ("/admin/", "/admin/login/"):
        answer = client.get(address, follow=True)
        assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    answer = client.post("/admin/login/", {"username": person.email, "password": PASSWORD})
    assert answer.url.startswith("/accounts/login/")
    assert not is_in(client)
    sign_in(client, person.email)
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/accounts/user/", follow=True).status_code == 403


@pytest.mark.parametrize(("wait", "inside"), [(29 * 60 + 59, True), (30 * 60, False)])
def test_a_staff_session_ends_after_30_minutes_without_use(client, db, wait, inside):
    make_person("ada@staff.example", is_staff=True)
    with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
        sign_in(client, "ada@staff.example")
        assert client.get("/settings/").status_code == 200
        clock.shift(wait)
        assert client.get("/settings/").status_code == (200 if inside else 302)
        assert is_in(client) is inside


def test_a_staff_session_ends_after_8_hours_of_use(client, db):
    make_person("ada@staff.example", is_staff=True)
    with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
        sign_in(client, "ada@staff.example")
        assert client.get("/settings/").status_code == 200
        for _ in range(23):  # 7 h 40 min
            clock.shift(20 * 60)
            assert client.get("/settings/").status_code == 200
        clock.shift(20 * 60 - 1)
        assert client.get("/settings/").status_code == 200
        clock.shift(1)
        assert client.get("/settings/").status_code == 302


def test_a_page_that_refreshes_itself_does_not_keep_a_staff_session(client, db):
    make_person("ada@staff.example", is_staff=True)
    with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
        sign_in(client, "ada@staff.example")
        client.get("/settings/")
        for _ in range(3):
            clock.shift(10 * 60)
            client.get("/settings/", headers={"HX-Request": "true"})
        assert not is_in(client)


def test_a_buyer_stays_in_for_days_if_asked_to(client, person):
    with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
        sign_in(client, person.email, remember="on")
        clock.shift(13 * 24 * 3600)
        assert client.get("/settings/").status_code == 200


BROKEN_KEYS = ["", "x", "{}", "[]", '"x"', '{"id": "x"}', '{"id": 1, "response": null}', '{"id": "eA", "rawId": "eA"}']


@pytest.mark.parametrize("credential", BROKEN_KEYS)
def test_a_passkey_that_is_none_is_refused_and_breaks_nothing(client, person, credential):
    client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential}, follow=True)
    assert answer.status_code == 200
    assert not is_in(client)

    give_app(person)
    sign_in(client, person.email)
    assert client.post("/accounts/2fa/authenticate/", {"credential": credential}).status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize("credential", BROKEN_KEYS)
def test_a_key_that_is_none_is_not_added(client, person, credential):
    sign_in(client, person.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/webauthn/add/")
    assert client.post("/accounts/2fa/webauthn/add/", {"credential": credential}).status_code == 200
    assert not Authenticator.objects.exists()
