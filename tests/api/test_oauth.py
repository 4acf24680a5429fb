"""OAuth 2 for programs of third parties: authorization code with PKCE, scopes, ended at once."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from accounts import actions
from tests import stories
from trade_assurance.refused import NotAllowed, Refused

BACK = "https://erp.example/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def program(world):
    made, secret = actions.register_program(
        name="Their ERP", addresses=BACK, keeps_secret=True, by=world.stranger, now=timezone.now()
    )
    made.secret = secret
    return made


def asked(program, **more):
    return {
        "response_type": "code",
        "client_id": program.client_id,
        "redirect_uri": BACK,
        "scope": "read write",
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | more


def signed_in(user):
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    browser.post("/accounts/reauthenticate/", {"password": "correct-horse-7"})
    return browser


def token_of(world, program, scope="read write"):
    browser = signed_in(world.buyer)
    page = browser.get("/oauth/authorize/", asked(program, scope=scope))
    assert page.status_code == 200 and "Their ERP" in page.content.decode()
    assert "https://erp.example" in page["Content-Security-Policy"].partition("form-action")[2].partition(";")[0]
    said = browser.post("/oauth/authorize/", asked(program, scope=scope, allow="yes"))
    code = parse_qs(urlsplit(said["Location"]).query)["code"][0]
    return code, Client().post(
        "/oauth/token/",
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "client_id": program.client_id,
            "client_secret": program.secret,
            "code_verifier": VERIFIER,
        },
    )


def call(token, method, path, **more):
    headers = {"authorization": f"Bearer {token}"} | more
    return getattr(Client(), method)(path, content_type="application/json", headers=headers)


def test_a_program_acts_as_far_as_the_person_allowed_and_no_longer_than_that(world, program):
    order = stories.placed(world)
    _, answer = token_of(world, program, scope="read")
    token = answer.json()["access_token"]
    address = f"/api/v1/orders/{order.reference}/"
    assert call(token, "get", address).json()["side"] == "buyer"
    refused = call(token, "post", f"{address}cancel/", **{"idempotency-key": "one"})
    assert refused.json()["code"] == "insufficient-scope"
    # only in the header
    assert Client().get(f"{address}?access_token={token}").status_code == 401
    actions.end_access(program_id=program.pk, by=world.buyer, now=timezone.now())
    assert call(token, "get", address).status_code == 401
    renewed = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]}
    own = {"client_id": program.client_id, "client_secret": program.secret}
    assert Client().post("/oauth/token/", renewed | own).status_code == 400


def test_a_program_with_write_changes_things(world, program):
    order = stories.placed(world)
    token = token_of(world, program)[1].json()["access_token"]
    done = call(token, "post", f"/api/v1/orders/{order.reference}/cancel/", **{"idempotency-key": "one"})
    assert (done.status_code, done.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_challenge": ""},
        {"redirect_uri": "https://thief.example/back"},
        {"response_type": "token"},
        {"client_id": "nobody"},
        {"scope": "admin"},
    ],
)
def test_what_is_asked_wrongly_is_never_allowed(world, program, wrong):
    browser = signed_in(world.buyer)
    for answer in (
        browser.get("/oauth/authorize/", asked(program, **wrong)),
        browser.post("/oauth/authorize/", asked(program, allow="yes", **wrong)),
    ):
        assert answer.status_code in (302, 400, 200, 401)
        where = answer.get("Location", "")
        assert "thief" not in where and "code=" not in where and "access_token" not in where
    assert not AccessToken.objects.exists()


def test_no_other_grant_is_given(world, program):
    own = {"client_id": program.client_id, "client_secret": program.secret}
    for grant in ("password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"):
        given = {"grant_type": grant, "username": world.buyer.email, "password": "correct-horse-7"}
        assert Client().post("/oauth/token/", own | given).status_code in (400, 401)


def test_a_code_is_no_use_without_its_verifier(world, program):
    browser = signed_in(world.buyer)
    said = browser.post("/oauth/authorize/", asked(program, allow="yes"))
    code = parse_qs(urlsplit(said["Location"]).query)["code"][0]
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": "w" * 64}
    own = {"client_id": program.client_id, "client_secret": program.secret}
    assert Client().post("/oauth/token/", given | own).status_code == 400


@pytest.mark.parametrize(
    "addresses",
    [
        "",
        "http://erp.example/back",
        "javascript:alert(1)",
        "https://*.example/",
        "https://a.example/#x",
        "https://",
        "//x",
    ],
)
def test_addresses_that_are_not_safe_are_refused(world, addresses):
    with pytest.raises(Refused):
        actions.register_program(name="x", addresses=addresses, keeps_secret=False, by=world.buyer, now=timezone.now())


def test_the_page_registers_removes_and_ends(world, program):
    token_of(world, program)
    browser = signed_in(world.buyer)
    assert "Their ERP" in browser.get("/settings/programs/").content.decode()
    browser.post(f"/settings/programs/{program.pk}/end/")
    assert not AccessToken.objects.exists()
    made = browser.post(
        "/settings/programs/", {"name": "Mine", "addresses": "http://127.0.0.1:8765/back", "keeps_secret": "on"}
    )
    assert made.context["secret"] in made.content.decode()
    own = Application.objects.get(name="Mine")
    assert made.context["secret"] not in own.client_secret
    assert browser.post(f"/settings/programs/{program.pk}/remove/").status_code == 403
    browser.post(f"/settings/programs/{own.pk}/remove/")
    assert not Application.objects.filter(name="Mine").exists()
    with pytest.raises(NotAllowed):
        actions.remove_program(program_id=program.pk, by=world.buyer, now=timezone.now())
