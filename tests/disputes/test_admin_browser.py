"""A case at the staff desk in Chromium, by clicking: queue, case, decision, preview, approval; wide and on a phone."""

import io
import re
import uuid
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from disputes import actions
from disputes.actions.evidencing import add_evidence
from disputes.models import Decision
from tests import cases, stories
from tests.browsing import AXE, MARKS, SHOTS
from tests.disputes import staff

pytestmark = MARKS
PASSWORD = "correct-horse-7"  # as tests.stories.person sets it


def photo(shade: int) -> SimpleUploadedFile:
    kept = io.BytesIO()
    Image.new("RGB", (1200, 900), (shade, 120, 80)).save(kept, "JPEG")
    return SimpleUploadedFile(f"lamp-{shade}.jpg", kept.getvalue())


def claims_of(order):
    lamps, shades = order.lines.order_by("number")
    return [cases.quality(lamps, minor=2), cases.shortage(shades, 38)]


def file_of(dispute, world):
    """Two photos, a paper, words of both and an offer that was refused."""
    at = dispute.filed_at + timedelta(hours=1)
    paper = SimpleUploadedFile("inspection at our works.txt", b"No scratches when it left. Signed, Chen Yu")
    for upload, by, note in (
        (photo(90), world.buyer, "Scratches on the brass"),
        (photo(160), world.buyer, "Another lamp"),
        (paper, world.seller, "Our own check before shipping"),
    ):
        add_evidence(dispute_id=dispute.id, key=uuid.uuid4(), upload=upload, note=note, by=by, now=at)
    staff.says(
        dispute, world.buyer, "Four of the twenty lamps that we opened are scratched, and two shades are missing."
    )
    staff.says(dispute, world.seller, "The lamps left our works without a scratch. We can offer a tenth.")
    offer = actions.make_offer(
        dispute_id=dispute.id,
        key=uuid.uuid4(),
        amount_minor=600_00,
        by=world.seller,
        now=at,
        note="A tenth of the lamps",
    )
    actions.reject_offer(dispute_id=dispute.id, number=offer.number, by=world.buyer, now=at + timedelta(hours=1))


def to_deciding(dispute):
    actions.escalate(dispute_id=dispute.id, by=None, now=dispute.escalate_at)
    dispute = cases.fresh(dispute)
    actions.close_evidence(dispute_id=dispute.id, now=dispute.evidence_ends_at)
    actions.close_rebuttal(dispute_id=dispute.id, now=dispute.rebuttal_ends_at)
    return cases.fresh(dispute)


@pytest.fixture
def desk(transactional_db, settings, tmp_path, time_machine):
    """A case to be decided, one that was, and two adjudicators; it is an hour after the rebuttal ended."""
    settings.MEDIA_ROOT = tmp_path
    world = stories.build_world()
    first, second = staff.adjudicator("first"), staff.adjudicator("second")
    before, now = staff.held(world, first)
    staff.propose(before, first, now)
    dispute = cases.claimed(world, contract=cases.two_lines(), items=claims_of)
    file_of(dispute, world)
    dispute = to_deciding(cases.fresh(dispute))
    cases.escalated(world)  # another, still in its evidence
    time_machine.move_to(dispute.rebuttal_ends_at + timedelta(hours=1))
    return dispute, first, second


def sign_in(page, live_server, client, user):
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def look(page, name, ours=".case"):
    """Hold what we write on the page to axe, and the page to the width of the screen; keep a picture if asked to."""
    page.wait_for_load_state("networkidle")
    page.locator(ours).wait_for()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/desk-{name}-{page.viewport_size['width']}.png", full_page=True, caret="initial")
    found = Axe().run(page, context=ours, options=AXE).response["violations"]
    assert not found, "\n".join(f"{name}: {v['id']} {node['html'][:200]}" for v in found for node in v["nodes"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"


def confirm(page):
    page.get_by_label(re.compile("password", re.I)).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("confirm", re.I)).click()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, False)])
def test_a_case_is_picked_up_decided_and_approved_by_clicking(live_server, browser, client, desk, width, scripts):
    dispute, first, second = desk
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    page = context.new_page()
    held_to = look if scripts else lambda *seen: None  # axe is a script too
    sign_in(page, live_server, client, first)
    page.goto(live_server.url + reverse("admin:disputes_dispute_changelist"))
    held_to(page, "queue", "#result_list")
    page.get_by_role("link", name=dispute.reference).click()
    held_to(page, "case")
    page.get_by_role("link", name="Pick up").click()
    page.get_by_role("button", name="Pick it up").click()
    confirm(page)
    page.get_by_text("The case is yours.").wait_for()
    page.get_by_role("link", name="Decide", exact=True).click()
    held_to(page, "decide")
    page.get_by_label("Facts found").fill("Four of twenty lamps were scratched; two shades are missing.")
    page.locator('input[name$=".amount"]').first.fill("900.00")
    page.get_by_role("button", name="See what moves").last.click()
    page.get_by_text("Give the reasons of the decision.").wait_for()
    held_to(page, "decide-refused")
    assert page.get_by_label("Facts found").input_value().startswith("Four of twenty")
    page.get_by_label("Reasons", exact=False).last.wait_for()
    page.locator("textarea[name=reasons]").fill("The photos show scratches; the count at receipt was not contested.")
    page.locator("textarea[name=deviation_reason]").fill("The scratches are small and the lamps were sold.")
    page.locator("textarea[name=summary]").fill("Scratched lamps and two missing shades: refunded in part.")
    page.get_by_role("button", name="See what moves").last.click()
    page.get_by_text("A second adjudicator must approve it").wait_for()
    held_to(page, "preview")
    page.get_by_role("button", name="Propose this decision").click()
    page.get_by_text("A second adjudicator reads it next.").wait_for()
    page.get_by_role("link", name="Read the proposed decision").click()
    page.get_by_text("You proposed this decision").wait_for()
    sign_in(page, live_server, client, second)
    page.reload()
    held_to(page, "approval")
    page.get_by_role("button", name="Approve exactly this").click()
    confirm(page)
    page.get_by_text("is approved and published").wait_for()
    held_to(page, "decided")
    decision = Decision.objects.get(dispute=dispute)
    assert (decision.status, decision.approved_by) == ("final", second)
    context.close()
