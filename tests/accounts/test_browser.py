"""The account pages in Chromium: a passkey under the strict policy, axe on every page, nothing sideways."""

import os
import shutil
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

from tests.accounts.conftest import PASSWORD, make_person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium on this machine"),
]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
SHOTS = os.environ.get("SHOTS", "")  # a folder to keep pictures in, for a person to look at


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright runs a loop in this thread
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()
        connections.close_all()  # those that the loop's context opened


def look(page, address, name):
    """Open a page, hold it to axe and to the width of the screen, and keep a picture if asked to."""
    if address:
        page.goto(address)
    found = [f"{name}: {v['id']} {v['nodes'][0]['html'][:160]}" for v in Axe().run(page).response["violations"]]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize("width", [390, 1280])
def test_account_pages_are_accessible_and_a_passkey_signs_in(live_server, browser, width):
    make_person("mere@southern.example", full_name="Mere Tane", company_name="Southern Imports", country="NZ")
    base = live_server.url.replace("127.0.0.1", "localhost")  # passkeys need a name
    context = browser.new_context(viewport={"width": width, "height": 900}, timezone_id="Pacific/Auckland")
    page = context.new_page()
    complaints = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    look(page, f"{base}/accounts/signup/", "signup")
    assert page.locator("[name=browser_zone]").input_value() == "Pacific/Auckland"
    page.get_by_role("button", name="Create account").click()
    look(page, None, "signup-errors")
    look(page, f"{base}/accounts/password/reset/", "reset")
    look(page, f"{base}/accounts/password/reset/done/", "reset-done")
    look(page, f"{base}/accounts/confirm-email/", "verification-sent")
    look(page, f"{base}/accounts/confirm-email/gone/", "confirm-gone")
    look(page, f"{base}/accounts/inactive/", "inactive")
    look(page, f"{base}/accounts/login/?next=/settings/", "login")
    page.get_by_label("E-mail address").fill("mere@southern.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    look(page, None, "login-errors")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/settings/")
    look(page, None, "settings")
    for path in ("email", "password/change", "2fa", "sessions", "logout"):
        look(page, f"{base}/accounts/{path}/", path.replace("/", "-"))

    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    kind |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": kind})

    page.goto(f"{base}/accounts/2fa/webauthn/add/")
    look(page, None, "reauthenticate")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    look(page, None, "key-add")
    page.get_by_label("Let this key sign me in without my password").check()
    page.get_by_role("button", name="Add key").click()
    page.wait_for_url("**/recovery-codes/")
    look(page, None, "recovery-codes")
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    key = Authenticator.objects.get(type="webauthn").pk
    look(page, f"{base}/accounts/2fa/totp/activate/", "totp")
    look(page, f"{base}/accounts/2fa/recovery-codes/generate/", "codes-generate")
    look(page, f"{base}/accounts/2fa/webauthn/", "keys")
    look(page, f"{base}/accounts/2fa/webauthn/keys/{key}/edit/", "key-edit")
    look(page, f"{base}/accounts/2fa/webauthn/keys/{key}/remove/", "key-remove")
    look(page, f"{base}/accounts/2fa/", "2fa-on")

    page.goto(f"{base}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.goto(f"{base}/accounts/login/?next=/settings/")
    page.get_by_label("E-mail address").fill("mere@southern.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/2fa/authenticate/**")
    look(page, None, "second-factor")
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url("**/settings/")

    page.goto(f"{base}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.goto(f"{base}/accounts/login/?next=/settings/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/settings/")
    assert complaints == []
