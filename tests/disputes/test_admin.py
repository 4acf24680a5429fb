"""Disputes at the staff desk: the queue, the case page, each act from its page, four eyes, and what nobody sees."""

import re
import time
import uuid
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from disputes import actions, facts
from disputes.admin.acts import PARTY
from disputes.admin.decision_form import fact_names
from disputes.admin.queue import urgency
from disputes.models import (
    CaseView,
    Decision,
    Dispute,
    Evidence,
    Inspection,
    Inspector,
    Performance,
    Question,
    SealedLimit,
)
from events.models import Event
from orders.models import Message
from suppliers.models import Supplier
from tests import cases, stories
from tests.disputes import staff, talks

pytestmark = pytest.mark.django_db
S = Dispute.Status


def role(name):
    user = stories.person(f"{name}@desk.test", full_name=f"{name.title()} Desk", is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    return type(user).objects.get(pk=user.pk)


def sign_in(client, user, *, fresh=True):
    """Signed in, and unless told otherwise with the password given again just now."""
    client.force_login(user)
    if fresh:
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()


def page_of(dispute):
    return reverse("admin:disputes_dispute_change", args=[dispute.pk])


def act(dispute, name):
    return reverse(f"admin:disputes_dispute_{name}", args=[dispute.pk])


def decision_page(decision, name="change"):
    return reverse(f"admin:disputes_decision_{name}", args=[decision.pk])


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def first(world):
    return staff.adjudicator("first")


@pytest.fixture
def second(world):
    return staff.adjudicator("second")


@pytest.fixture
def held(world, first):
    """A case that `first` has picked up and may decide."""
    return staff.held(world, first)[0]


@pytest.fixture
def proposed(held, first):
    """A decision that deviates from the guide, so that another must approve it."""
    return staff.deviating(held, first, timezone.now())


# the queue ------------------------------------------------------------------------------------------------------------


def queue(client, **asked):
    return client.get(reverse("admin:disputes_dispute_changelist"), asked)


def rows(response):
    return [row.reference for row in response.context["cl"].result_list]


def test_the_queue_shows_cases_with_staff_by_the_legal_clock_and_says_what_is_overdue(client, world, first, held):
    sign_in(client, first)
    page = queue(client)
    html = text(page)
    assert rows(page) == [held.reference]
    for words in ("Overdue:", "First Staff", "Being decided", "Quality not as agreed", "By time", "USD 2,000.00"):
        assert words in html, words
    assert rows(queue(client, who="mine")) == [held.reference]
    assert rows(queue(client, who="nobody")) == []
    assert rows(queue(client, due="over")) == [held.reference]
    assert (
        rows(queue(client, due="soon")) == rows(queue(client, frozen="yes")) == rows(queue(client, who="second")) == []
    )
    assert rows(queue(client, stage="open")) == rows(queue(client, currency="EUR")) == []


def test_the_queue_begins_with_what_is_due_first(client, world, first):
    early, late = cases.deciding(world), cases.deciding(world)
    Dispute.objects.filter(pk=late.pk).update(staff_due_at=timezone.now() + timedelta(hours=2))
    Dispute.objects.filter(pk=early.pk).update(staff_due_at=timezone.now() + timedelta(hours=1))
    sign_in(client, first)
    assert rows(queue(client)) == [early.reference, late.reference]
    assert rows(queue(client, due="soon")) == [early.reference, late.reference]


def test_a_search_finds_a_case_in_any_stage_by_its_number_or_its_orders(client, world, first):
    talking = cases.claimed(world)
    sign_in(client, first)
    assert rows(queue(client)) == []
    for term in (talking.reference.lower(), talking.order.reference, str(talking.pk)):
        assert rows(queue(client, q=term)) == [talking.reference], term
    for term in ("D-NOTHING", "9" * 30, "%'"):
        assert rows(queue(client, q=term)) == []
    assert rows(queue(client, stage="any_open")) == rows(queue(client, stage="all")) == [talking.reference]
    assert rows(queue(client, stage="closed")) == []


def test_decisions_that_wait_are_marked_in_the_queue_and_have_a_list(client, proposed, second):
    sign_in(client, second)
    page = queue(client, who="second")
    assert rows(page) == [proposed.dispute.reference]
    assert "waits for a second look" in text(page)
    waiting = client.get(reverse("admin:disputes_decision_changelist"))
    assert [row.pk for row in waiting.context["cl"].result_list] == [proposed.pk]


@pytest.mark.parametrize(
    ("hours", "look", "words"),
    [(-1, "over", "Overdue: 1 h 0 min late"), (5, "soon", "Soon: 5 h 0 min left"), (30, "", "")],
)
def test_urgency_is_said_in_words(hours, look, words):
    now = timezone.now()
    shown = urgency(now + timedelta(hours=hours), now)
    assert shown[0] == look
    assert words in shown[1]


@pytest.mark.parametrize("count", [50, 500])
def test_the_queue_asks_the_same_few_questions_however_many_cases(client, world, first, count, settings, queries_of):
    from trade_assurance.demo import bulk

    settings.DEMO = True
    bulk.make_orders(0, disputes=count, buyer=None, now=timezone.now())
    sign_in(client, first)
    queue(client)
    with queries_of() as asked:
        page = queue(client, stage="any_open")
    assert len(rows(page)) == 50
    assert len(asked) <= 9, [each["sql"] for each in asked]
    few = "notifications_notice"  # the header's unread notices, counted up to a hundred
    assert not [each for each in asked if "COUNT(" in each["sql"].upper() and few not in each["sql"]]


@pytest.fixture
def queries_of():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


# the case page --------------------------------------------------------------------------------------------------------


def test_a_case_shows_contract_facts_evidence_guide_and_what_to_do(client, world, held, first):
    sign_in(client, first)
    html = text(client.get(page_of(held)))
    for words in (
        "Decide it.",
        "Pendant lamp",
        "100 pieces at USD 100.00",
        "FOB Nansha",
        "Sample Ocean Line",
        "Brass, no scratches",
        "The photos show the scratches.",
        "Remedies: ",
        "Dispute: picked up",
        "Mere Whitlock" if not world.buyer.company_name else world.buyer.company_name,
        "Lumenworks",
        "No decision on this reason has been published yet.",
        "First Staff",
    ):
        assert words in html, words


def test_a_case_opens_in_every_stage_with_the_acts_that_fit_it(client, world, first):
    Supplier.objects.update(limit_minor=10**9)
    returning = cases.settle(cases.claimed(world), world, 1_000_00, with_return=True, freight_by="supplier")
    settled = cases.settle(cases.claimed(world), world, 1_000_00)
    found = [cases.claimed(world), cases.escalated(world), returning, settled, cases.unshipped(world)]
    found.append(staff.held(world, first)[0])
    staff.propose(found[-1], first, timezone.now())
    sign_in(client, first)
    shown = {}
    for dispute in found:
        page = client.get(page_of(dispute))
        assert page.status_code == 200, dispute.status
        shown.setdefault(fresh(dispute).status, [each.path for each in page.context["acts"]])
    assert shown == {S.OPEN: [], S.EVIDENCE: ["pick-up"], S.RETURNING: [], S.CLOSED: [], S.DECIDED: []}


def test_a_contested_card_payment_stops_every_act_and_is_said(client, held, first, monkeypatch):
    monkeypatch.setattr(Dispute, "is_frozen", property(lambda dispute: dispute.is_open))
    sign_in(client, first)
    page = client.get(page_of(held))
    assert page.context["acts"] == []
    assert not page.context["may_decide"]
    assert "contested at the bank" in text(page)


def test_every_view_of_a_case_is_logged_and_the_log_is_shown(client, held, first, second):
    sign_in(client, second)
    client.get(page_of(held))
    sign_in(client, first)
    html = text(client.get(page_of(held)))
    assert list(CaseView.objects.order_by("id").values_list("user", flat=True)) == [second.pk, first.pk]
    assert "Second Staff" in html
    assert Event.objects.filter(kind__contains="view").count() == 0


def test_views_of_a_decision_and_of_the_form_are_logged_too(client, proposed, second):
    sign_in(client, second)
    client.get(decision_page(proposed))
    client.get(act(proposed.dispute, "decide"))
    assert CaseView.objects.filter(user=second).count() == 2


def test_a_case_page_asks_no_more_with_a_longer_file(client, held, first, queries_of):
    sign_in(client, first)
    client.get(page_of(held))
    with queries_of() as asked:
        client.get(page_of(held))
    before = len(asked)
    now = timezone.now()
    for number in range(1, 21):
        Evidence.objects.create(
            dispute=held,
            number=number,
            side="buyer" if number % 2 else "supplier",
            added_by=held.order.buyer,
            key=uuid.uuid4(),
            name=f"photo-{number}.jpg",
            content_type="image/jpeg",
            size=10,
            sha256=f"{number:064d}",
            file="evidence/none",
            added_at=now,
        )
        Message.objects.create(
            order=held.order, key=uuid.uuid4(), author=held.order.buyer, side="buyer", body="Look", sent_at=now
        )
        actions.log_view(dispute_id=held.pk, by=first, now=now)
    with queries_of() as asked:
        html = text(client.get(page_of(held)))
    assert len(asked) <= before
    assert before <= 50, before
    assert "photo-20.jpg" in html


@pytest.mark.parametrize("name", ["finance", "risk"])
def test_finance_and_risk_read_a_case_and_cannot_decide_it(client, proposed, name):
    dispute = proposed.dispute
    sign_in(client, role(name))
    html = text(client.get(page_of(dispute)))
    assert "adjudicators decide this case" in html
    assert client.get(decision_page(proposed)).status_code == 200
    for path in ("pick-up", "ask", "inspection", "report", "extend", "hand-back", "decide"):
        assert act(dispute, path) not in html
        assert client.get(act(dispute, path)).status_code == 403, path
        assert client.post(act(dispute, path), {"text": "x"}).status_code == 403, path
    for path in ("approve", "send-back", "take-back"):
        refused = client.post(decision_page(proposed, path), {"digest": proposed.digest, "because": "x"})
        assert refused.status_code == 403, path
    proposed = Decision.objects.get()
    assert proposed.status == "proposed"


def test_parties_who_are_no_staff_are_not_let_in(client, held, world):
    for person in (world.buyer, world.seller):
        client.force_login(person)
        assert client.get(page_of(held)).status_code in (302, 403)
        assert client.post(act(held, "pick-up")).status_code in (302, 403)


def test_an_adjudicator_who_is_party_gets_the_sentence_and_no_page(client, proposed, world, second):
    from suppliers import actions as supplier_actions

    dispute = proposed.dispute
    supplier_actions.add_member(
        supplier_id=world.supplier.id, user=second, role="sales", by=world.seller, now=timezone.now()
    )
    sign_in(client, second)
    pages = [page_of(dispute), decision_page(proposed)]
    pages += [act(dispute, name) for name in ("pick-up", "decide", "ask")]
    pages += [decision_page(proposed, name) for name in ("approve", "send-back")]
    for address in pages:
        refused = client.get(address)
        assert refused.status_code == 403, address
        assert PARTY in text(refused)
    assert client.post(decision_page(proposed, "approve"), {"digest": proposed.digest}).status_code == 403
    assert not CaseView.objects.filter(user=second).exists()


def test_the_case_page_takes_no_posts(client, held, first):
    sign_in(client, first)
    assert client.post(page_of(held), {"status": "closed"}).status_code == 403
    assert client.get(page_of(held).replace(str(held.pk), "999999")).status_code == 404


def test_sealed_limits_are_registered_nowhere():
    assert SealedLimit not in admin.site._registry


# acts -----------------------------------------------------------------------------------------------------------------


def fresh(dispute):
    return Dispute.objects.get(pk=dispute.pk)


def test_every_button_on_the_page_leads_to_a_page(client, held, first):
    sign_in(client, first)
    shown = client.get(page_of(held)).context["acts"]
    assert [each.path for each in shown] == ["ask", "inspection", "extend", "hand-back"]
    for each in shown:
        assert client.get(act(held, each.path)).status_code == 200


def test_picked_up_and_handed_back_from_the_page(client, world, first, second):
    dispute = cases.deciding(world)
    sign_in(client, first)
    assert "Pick it up." in text(client.get(page_of(dispute)))
    assert client.post(act(dispute, "pick-up")).status_code == 302
    assert fresh(dispute).adjudicator == first
    sign_in(client, second)
    refused = client.post(act(dispute, "pick-up"))
    assert refused.status_code == 422
    assert "First Staff has picked this case up already." in text(refused)
    sign_in(client, first)
    assert client.post(act(dispute, "hand-back")).status_code == 302
    assert fresh(dispute).adjudicator is None


def test_asking_a_party_from_the_page(client, held, first):
    sign_in(client, first)
    empty = client.post(act(held, "ask"), {"side": "supplier", "text": "", "days": "2"})
    assert empty.status_code == 422
    assert (
        client.post(act(held, "ask"), {"side": "supplier", "text": "The packing list", "days": "2"}).status_code == 302
    )
    asked = Question.objects.get()
    assert (asked.side, asked.text, asked.due_at - asked.asked_at) == (
        "supplier",
        "The packing list",
        timedelta(days=2),
    )
    assert "The packing list" in text(client.get(page_of(held)))


def test_taking_longer_once_from_the_page(client, held, first):
    sign_in(client, first)
    before = fresh(held).decide_by_at
    assert client.post(act(held, "extend"), {"reason": " "}).status_code == 422
    assert client.post(act(held, "extend"), {"reason": "The laboratory is closed."}).status_code == 302
    assert fresh(held).decide_by_at > before
    again = client.post(act(held, "extend"), {"reason": "Once more."})
    assert again.status_code == 422
    assert "once a case" in text(again)


def test_an_inspection_is_ordered_and_its_report_entered_from_the_page(client, world, first):
    held, _ = staff.held(world, first, items=lambda order: [cases.quality(order.lines.get(), major=5)])
    sign_in(client, first)
    assert act(held, "inspection") in text(client.get(page_of(held))) or "inspection" in [
        each.path for each in client.get(page_of(held)).context["acts"]
    ]
    assert client.post(act(held, "inspection"), {"question": "Are they scratched?"}).status_code == 302
    assert fresh(held).status == S.INSPECTION
    inspector = Inspector.objects.create(name="Plain Look", country="CN", contact="look@inspect.test")
    now = timezone.now()
    actions.choose_inspector(dispute_id=held.pk, inspector_id=inspector.pk, fee_minor=300_00, by=world.buyer, now=now)
    bad = client.post(act(held, "report"), {"findings": "Half of them.", "upheld_bp": "101"})
    assert bad.status_code == 422
    given = {"findings": "Half of them.", "upheld_bp": "62.5"}
    for fee in ("lots", "300.01"):
        assert "fee" in client.post(act(held, "report"), given | {"fee": fee}).context["form"].errors
    assert client.post(act(held, "report"), given | {"fee": "250.00"}).status_code == 302
    inspection = Inspection.objects.get()
    assert (inspection.upheld_bp, inspection.fee_minor) == (6250, 250_00)
    assert fresh(held).status == S.DECIDING
    assert "62.5%" in text(client.get(page_of(held)))


def test_a_small_claim_is_not_inspected_and_the_page_says_why(client, world, first):
    held, _ = staff.held(world, first, items=lambda order: [cases.quality(order.lines.get(), major=2)])
    sign_in(client, first)
    refused = client.post(act(held, "inspection"), {"question": "Are they scratched?"})
    assert refused.status_code == 422
    assert "An inspection is for contested facts from USD 2,000.00." in text(refused)


def test_risk_records_a_delivery_of_a_return_from_the_page(client, world):
    dispute = cases.settle(cases.claimed(world), world, 1_000_00, with_return=True, freight_by="supplier")
    now = timezone.now()
    Performance.objects.update(sent_at=now - timedelta(days=2), carrier="Sample Road", tracking_number="SR-1")
    sign_in(client, staff.adjudicator("third"))
    assert client.post(act(dispute, "delivery")).status_code == 403
    risk = role("risk")
    sign_in(client, risk)
    assert "delivery" in [each.path for each in client.get(page_of(dispute)).context["acts"]]
    at = now - timedelta(days=1)
    posted = {"delivered_at_0": f"{at:%Y-%m-%d}", "delivered_at_1": f"{at:%H:%M:%S}"}
    assert client.post(act(dispute, "delivery"), posted).status_code == 302
    assert Performance.objects.get().delivered_at == at.replace(microsecond=0)


def test_staff_add_evidence_from_the_page(client, held, first, settings, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    sign_in(client, first)
    assert reverse("disputes:evidence", args=[held.reference]) in text(client.get(page_of(held)))
    note = SimpleUploadedFile("carrier.txt", b"The carrier says that the seal was whole.")
    sent = client.post(
        reverse("disputes:evidence", args=[held.reference]), {"files": note, "note": "By phone", "whole": "1"}
    )
    assert sent.url == page_of(held)
    assert Evidence.objects.get().side == "staff"
    assert "carrier.txt" in text(client.get(page_of(held)))


def test_who_signed_in_long_ago_confirms_first_and_the_act_goes_on(client, world, first):
    dispute = cases.deciding(world)
    sign_in(client, first, fresh=False)
    asked = client.post(act(dispute, "pick-up"), {})
    assert asked.status_code == 302
    assert "reauthenticate" in asked.url
    assert fresh(dispute).adjudicator is None
    went_on = client.post(asked.url, {"password": "correct-horse-7"})
    assert went_on.status_code == 302
    assert fresh(dispute).adjudicator == first


# deciding -------------------------------------------------------------------------------------------------------------


def typed(dispute, **changes):
    """The form as a browser would send it, begun by the guide."""
    given = {
        "facts": "Four of twenty were scratched.",
        "rules": ["Remedies"],
        "reasons": "The sample shows defects beyond the acceptable limit.",
        "summary": "Scratched lamps: a fifth of their value was refunded.",
        "at_fault": "supplier",
        "deviation_reason": "",
        "replace_by_at_0": "",
        "replace_by_at_1": "",
    }
    for each in facts.advice(dispute, timezone.now()):
        prefix = each.claim.id
        for name in fact_names(each):
            value = getattr(each.found, name)
            if value is True:
                given[f"{prefix}.{name}"] = "on"
            elif value not in (False, None):
                given[f"{prefix}.{name}"] = str(value)
            elif value == 0 and value is not False:
                given[f"{prefix}.{name}"] = "0"
        given[f"{prefix}.outcome"] = each.recommendation.outcome
        given[f"{prefix}.amount"] = f"{each.recommendation.amount_minor / 100:.2f}"
        given[f"{prefix}.reasons"] = "As the photos show."
    return given | changes


def claim_of(dispute):
    return dispute.claims.get().id


def test_the_form_begins_with_what_the_guide_says(client, held, first):
    sign_in(client, first)
    page = client.get(act(held, "decide"))
    form, claim = page.context["form"], claim_of(held)
    assert form[f"{claim}.amount"].value() == "2,000.00"
    assert form[f"{claim}.outcome"].value() == "partial_refund"
    assert form["at_fault"].value() == "supplier"
    assert form["rules"].value() == ["Remedies"]


def test_the_preview_shows_what_moves_and_changes_nothing_and_then_it_is_published(client, held, first):
    sign_in(client, first)
    given = typed(held)
    preview = client.post(act(held, "decide"), given | {"step": "preview"})
    html = text(preview)
    for words in ("The buyer gets", "USD 2,000.00", "from the order’s escrow", "Nobody else", "Publish this decision"):
        assert words in html, words
    assert not Decision.objects.exists()
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html))
    assert hidden["facts"] == given["facts"]
    again = {**hidden, "step": "confirm"}
    assert client.post(act(held, "decide"), again).status_code == 302
    decision = Decision.objects.get()
    assert (decision.status, decision.award_minor, decision.proposed_by) == ("final", 2_000_00, first)
    assert fresh(held).status == S.DECIDED


def test_a_deviation_needs_a_reason_and_then_a_second_adjudicator(client, held, first):
    sign_in(client, first)
    amount = f"{claim_of(held)}.amount"
    given = typed(held, **{amount: "100.00", "step": "preview"})
    refused = client.post(act(held, "decide"), given)
    assert refused.status_code == 422
    html = text(refused)
    assert "This differs from the guide. Say why." in html
    assert "it needs a reason and a second adjudicator" in html
    assert refused.context["form"][amount].value() == "100.00"  # nothing typed is lost
    assert refused.context["form"]["facts"].value() == given["facts"]
    preview = client.post(act(held, "decide"), given | {"deviation_reason": "Sold at a discount."})
    assert "because it differs from the guide" in text(preview)
    client.post(act(held, "decide"), given | {"deviation_reason": "Sold at a discount.", "step": "confirm"})
    decision = Decision.objects.get()
    assert (decision.status, decision.deviates, decision.needs_second) == ("proposed", True, True)
    assert fresh(held).status == S.DECIDING


def test_other_facts_change_the_guides_word_and_its_amount_can_be_used(client, held, first):
    sign_in(client, first)
    claim = claim_of(held)
    given = typed(held, **{f"{claim}.major": "2", "facts": ""})
    asked = client.post(act(held, "decide"), given | {"step": "guide"})
    assert asked.status_code == 200
    assert asked.context["claims"][0]["advice"].amount_minor == 1_000_00
    assert asked.context["claims"][0]["differs"]
    used = client.post(act(held, "decide"), given | {"step": f"use-{claim}"})
    assert used.context["form"][f"{claim}.amount"].value() == "1,000.00"
    assert not used.context["claims"][0]["differs"]
    assert not Decision.objects.exists()


def test_back_from_the_preview_everything_stands_as_typed(client, held, first):
    sign_in(client, first)
    given = typed(held, reasons="Long and careful reasons.")
    back = client.post(act(held, "decide"), given | {"step": "edit"})
    assert back.status_code == 200
    assert back.context["form"]["reasons"].value() == "Long and careful reasons."
    assert not back.context["form"].errors


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("amount", "ten", "Enter the amount"),
        ("amount", "99,999.00", "can be awarded"),
        ("amount", "0", "Give the amount that is awarded"),
        ("outcome", "everything", "valid choice"),
        ("inspected", "", "required"),
        ("major", "50", "Count each defective unit once"),
        ("facts", "", "Say what you found to be the facts."),
        ("rules", [], "Name the rules that you applied."),
        ("reasons", " ", "Give the reasons of the decision."),
        ("summary", "Lumenworks was wrong.", "published without names"),
        ("at_fault", "", "Say which side is at fault"),
        ("at_fault", "nobody", "valid choice"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "confirm"])
def test_what_cannot_be_so_is_said_at_its_field(client, held, first, name, value, words, step):
    sign_in(client, first)
    key = f"{claim_of(held)}.{name}" if name in ("amount", "outcome", "inspected", "major") else name
    refused = client.post(act(held, "decide"), typed(held, **{key: value, "step": step}))
    assert refused.status_code == 422
    assert words in " ".join(refused.context["form"].errors[key]), refused.context["form"].errors
    assert not Decision.objects.exists()


def test_deciding_needs_a_fresh_sign_in_and_what_was_typed_is_proposed_after_it(client, held, first):
    sign_in(client, first, fresh=False)
    assert client.post(act(held, "decide"), typed(held, step="preview")).status_code == 200
    asked = client.post(act(held, "decide"), typed(held, step="confirm"))
    assert "reauthenticate" in asked.url
    assert not Decision.objects.exists()
    assert client.post(asked.url, {"password": "correct-horse-7"}).status_code == 302
    assert Decision.objects.get().document["facts"] == "Four of twenty were scratched."


def test_who_does_not_hold_the_case_reads_why_not(client, held, second):
    sign_in(client, second)
    assert not client.get(page_of(held)).context["may_decide"]
    refused = client.post(act(held, "decide"), typed(held, step="confirm"))
    assert refused.status_code == 422
    assert "First Staff holds this case now." in text(refused)


def test_a_suppliers_cost_is_decided_from_the_same_pages(client, world, first):
    dispute = talks.overdue_case(world)
    actions.escalate(dispute_id=dispute.id, by=None, now=dispute.escalate_at)
    dispute = fresh(dispute)
    actions.close_evidence(dispute_id=dispute.id, now=dispute.evidence_ends_at)
    actions.close_rebuttal(dispute_id=dispute.id, now=dispute.rebuttal_ends_at)
    actions.pick_up(dispute_id=dispute.id, by=first, now=dispute.rebuttal_ends_at)
    sign_in(client, first)
    html = text(client.get(page_of(dispute)))
    assert "cost of a cancelled order" in html
    claim = claim_of(dispute)
    given = typed(dispute, at_fault="buyer") | {f"{claim}.cost_minor": "750.00", "step": f"use-{claim}"}
    used = client.post(act(dispute, "decide"), given)
    assert used.context["form"][f"{claim}.amount"].value() == "750.00"
    outcome = used.context["form"][f"{claim}.outcome"].value()
    given |= {f"{claim}.amount": "750.00", f"{claim}.outcome": outcome, "step": "preview"}
    preview = text(client.post(act(dispute, "decide"), given))
    assert "The supplier gets of its cost" in preview
    assert "The rest goes back to the buyer" in preview


def test_a_replacement_is_asked_about_only_where_it_is_wished(client, world, first):
    held, _ = staff.held(world, first, items=lambda order: [cases.quality(order.lines.get(), wish="replacement")])
    sign_in(client, first)
    page = client.get(act(held, "decide"))
    claim = claim_of(held)
    assert f"{claim}.replacement_agreed" in page.context["form"].fields
    assert "Replacement shipped by" in text(page)
    given = typed(held) | {f"{claim}.outcome": "replacement", f"{claim}.amount": "0", "step": "preview"}
    refused = client.post(act(held, "decide"), given)
    assert "A replacement needs the consent of both" in refused.context["form"].errors[f"{claim}.outcome"][0]


def test_an_appeal_is_not_for_who_decided_before(client, world, held, first, second):
    now = timezone.now()
    staff.propose(held, first, now)
    actions.appeal(
        dispute_id=held.pk, ground="rule", rule="Remedies", reasons="The share is wrong.", by=world.seller, now=now
    )
    actions.waive_appeal(dispute_id=held.pk, by=world.buyer, now=now)
    sign_in(client, first)
    page = client.get(page_of(held))
    assert "Nothing: you decided this case before." in text(page)
    assert "The share is wrong." in text(page)
    assert page.context["acts"] == []
    refused = client.post(act(held, "pick-up"))
    assert refused.status_code == 403
    assert "You decided this case before" in text(refused)
    sign_in(client, second)
    assert client.post(act(held, "pick-up")).status_code == 302
    assert client.get(page_of(held)).context["may_decide"]
    given = typed(fresh(held))
    assert "on appeal at once" in text(client.post(act(held, "decide"), given | {"step": "preview"}))
    assert client.post(act(held, "decide"), given | {"step": "confirm"}).status_code == 302
    assert fresh(held).status == S.CLOSED
    assert "The case is closed: decided." in text(client.get(page_of(held)))


# four eyes ------------------------------------------------------------------------------------------------------------


def test_the_second_adjudicator_reads_exactly_what_was_proposed_and_approves_it(client, proposed, second):
    sign_in(client, second)
    html = text(client.get(decision_page(proposed)))
    for words in (
        proposed.digest,
        "USD 100.00",
        "The lamps were sold at a discount.",
        "Differs from the guide: Partial refund, USD 2,000.00",
        "The buyer gets",
        "Approve exactly this",
    ):
        assert words in html, words
    assert client.post(decision_page(proposed, "approve"), {"digest": proposed.digest}).status_code == 302
    proposed = Decision.objects.get()
    assert (proposed.status, proposed.approved_by, proposed.approved_digest) == ("final", second, proposed.digest)


def test_the_proposer_reads_why_they_may_not_approve_and_is_refused(client, proposed, first):
    sign_in(client, first)
    html = text(client.get(decision_page(proposed)))
    assert "You proposed this decision, so somebody else approves it or sends it back." in html
    assert "Approve exactly this" not in html
    refused = client.post(decision_page(proposed, "approve"), {"digest": proposed.digest})
    assert refused.status_code == 403
    assert "somebody else approves it" in text(refused)
    proposed = Decision.objects.get()
    assert proposed.approved_by is None


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_another_digest_than_the_shown_one_is_refused_with_a_sentence(client, proposed, second, digest):
    sign_in(client, second)
    refused = client.post(decision_page(proposed, "approve"), {"digest": digest})
    assert refused.status_code == 409
    assert "This is not the decision that you were shown." in text(refused)
    proposed = Decision.objects.get()
    assert proposed.status == "proposed"


def test_an_old_tab_cannot_approve_what_was_taken_back(client, proposed, first, second):
    actions.take_back(decision_id=proposed.pk, by=first, now=timezone.now())
    sign_in(client, second)
    refused = client.post(decision_page(proposed, "approve"), {"digest": proposed.digest})
    assert refused.status_code == 409
    assert "not waiting any more" in text(refused)


def test_approval_needs_a_fresh_sign_in(client, proposed, second):
    sign_in(client, second, fresh=False)
    asked = client.post(decision_page(proposed, "approve"), {"digest": proposed.digest})
    assert "reauthenticate" in asked.url
    proposed = Decision.objects.get()
    assert proposed.status == "proposed"


def test_sent_back_with_a_reason_that_the_holder_reads(client, proposed, first, second):
    sign_in(client, second)
    assert client.post(decision_page(proposed, "send-back"), {"because": ""}).status_code == 422
    posted = client.post(decision_page(proposed, "send-back"), {"because": "Look at file 3 again."})
    assert posted.status_code == 302
    sign_in(client, first)
    page = client.get(page_of(proposed.dispute))
    assert "Look at file 3 again." in text(page)
    assert page.context["may_decide"]


def test_taken_back_by_who_proposed_it_and_by_nobody_else(client, proposed, first, second):
    sign_in(client, second)
    refused = client.post(decision_page(proposed, "take-back"))
    assert refused.status_code == 403
    sign_in(client, first)
    assert client.post(decision_page(proposed, "take-back")).status_code == 302
    proposed = Decision.objects.get()
    assert proposed.status == "withdrawn"


def test_adjudicators_keep_the_list_of_inspectors_and_others_read_it(client, first):
    posted = {"name": "Plain Look", "country": "CN", "contact": "look@inspect.test", "is_listed": "on"}
    add = reverse("admin:disputes_inspector_add")
    sign_in(client, role("risk"))
    assert client.post(add, posted).status_code == 403
    assert client.get(reverse("admin:disputes_inspector_changelist")).status_code == 200
    sign_in(client, first)
    assert client.post(add, posted).status_code == 302
    made = Inspector.objects.get()
    assert client.post(reverse("admin:disputes_inspector_delete", args=[made.pk])).status_code == 403
