"""The account pages in Chromium: a passkey under the strict policy, axe on every page, nothing sideways."""

import pytest
from allauth.mfa.models import Authenticator

from tests.accounts.conftest import PASSWORD, make_person
from tests.browsing import MARKS, complaints_of, look

pytestmark = MARKS


@pytest.mark.parametrize("width", [390, 1280])
def test_account_pages_are_accessible_and_a_passkey_signs_in(live_server, browser, width):
    make_person("mere@southern.example", full_name="Mere Tane", company_name="Southern Imports", country="NZ")
    base = live_server.url.replace("127.0.0.1", "localhost")  # passkeys need a name
    context = browser.new_context(viewport={"width": width, "height": 900}, timezone_id="Pacific/Auckland")
    page = context.new_page()
    complaints = complaints_of(page)

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
