"""Evidence in Chromium: several files at once with progress, what is refused stays, from a phone, without scripts."""

import io
import re

import pytest
from PIL import Image

from disputes.models import Evidence
from tests import cases, stories
from tests.browsing import MARKS, complaints_of, look, until
from tests.disputes.evidence_page import evidence_page  # noqa: F401 - a fixture

pytestmark = MARKS
LATER = stories.DAY


def photo(shade: int) -> dict:
    kept = io.BytesIO()
    Image.new("RGB", (1200, 900), (shade, 80, 80)).save(kept, "JPEG")
    return {"name": f"lamp {shade}.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


FAKE = {"name": "program.jpg", "mimeType": "image/jpeg", "buffer": b"MZ\x90\x00" + b"\0" * 200}


@pytest.fixture
def dispute(transactional_db, evidence_page, time_machine):  # noqa: F811
    world = stories.build_world()
    made = cases.claimed(world)
    time_machine.move_to(made.filed_at + LATER)
    return made


def sign_in(page, live_server, client, user):
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_files_go_up_one_by_one_and_what_is_refused_is_named(live_server, browser, client, dispute, width):
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    complaints = complaints_of(page)
    sign_in(page, live_server, client, dispute.order.buyer)
    look(page, live_server.url + dispute.get_absolute_url(), f"evidence-empty-{width}")
    page.get_by_label("What they show").fill("Scratches on the brass")
    page.get_by_label("Add evidence").set_input_files([photo(10), FAKE, photo(20)])
    page.get_by_role("button", name="Add these files").click()
    rows = page.locator("[data-upload-rows]")
    rows.get_by_text("as number 2").wait_for()
    assert "program.jpg is not what its name says" in rows.inner_text()
    listed = page.locator("#evidence-files")
    listed.get_by_text("lamp 20.jpg").wait_for()
    kept = list(Evidence.objects.order_by("number"))
    assert [each.name for each in kept] == ["lamp 10.jpg", "lamp 20.jpg"]
    assert all(each.note == "Scratches on the brass" for each in kept)
    assert all(each.sha256 in rows.inner_text() for each in kept)
    until(page, "!document.querySelector('form[data-upload]').dataset.busy")
    assert page.evaluate("document.querySelector('[data-upload] input[type=file]').files.length") == 1
    images = page.locator("#evidence-files img")
    images.first.scroll_into_view_if_needed()
    until(page, "document.querySelector('#evidence-files img').naturalWidth > 0")
    with page.expect_download() as loaded:
        listed.get_by_role("link", name=re.compile("lamp 10")).click()
    assert loaded.value.suggested_filename == "lamp 10.jpg"
    look(page, None, f"evidence-{width}")
    assert complaints == []


def test_files_can_be_dropped(live_server, browser, client, dispute):
    page = browser.new_page()
    sign_in(page, live_server, client, dispute.order.buyer)
    page.goto(live_server.url + dispute.get_absolute_url())
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            for (const name of ["one.txt", "two.txt"]) data.items.add(new File([`The words of ${name}`], name));
            const zone = document.querySelector("[data-dropzone]");
            zone.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
        }"""
    )
    assert "two.txt" in page.locator("[data-dropzone-list]").inner_text()
    page.get_by_role("button", name="Add these files").click()
    page.locator("[data-upload-rows]").get_by_text("as number 2").wait_for()
    assert Evidence.objects.count() == 2


def test_an_upload_that_breaks_off_says_so_and_can_be_tried_again(live_server, browser, client, dispute):
    page = browser.new_page()
    sign_in(page, live_server, client, dispute.order.buyer)
    page.goto(live_server.url + dispute.get_absolute_url())
    page.route("**/evidence/", lambda route: route.abort("connectionreset"))
    page.get_by_label("Add evidence").set_input_files([photo(30)])
    button = page.get_by_role("button", name="Add these files")
    button.click()
    page.get_by_text("lamp 30.jpg did not arrive").wait_for()
    assert not Evidence.objects.exists()
    page.unroute("**/evidence/")
    button.click()
    page.locator("[data-upload-rows]").get_by_text("as number 1").wait_for()


def test_without_scripts_the_form_sends_all_files(live_server, browser, client, dispute):
    page = browser.new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False).new_page()
    sign_in(page, live_server, client, dispute.order.buyer)
    page.goto(live_server.url + dispute.get_absolute_url())
    page.get_by_label("Add evidence").set_input_files([photo(40), FAKE, photo(50)])
    page.get_by_role("button", name="Add these files").click()
    page.get_by_text("program.jpg is not what its name says").wait_for()
    assert page.locator("#evidence-files").get_by_text("lamp 50.jpg").is_visible()
    assert Evidence.objects.count() == 2
