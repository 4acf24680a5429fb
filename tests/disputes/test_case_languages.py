"""What a case keeps is the same in whatever language somebody acts; what it shows is in the reader's."""

from datetime import timedelta

import pytest
from django.utils import translation

from disputes import noticed, sealing
from disputes.casefile import saying, verify
from disputes.forms.claim import agreed_in
from disputes.grounds import Ground
from disputes.models import Claim
from disputes.retelling import working_told
from orders import facts
from tests import stories
from tests.disputes import casefiles, staff
from tests.disputes.talks import open_case, overdue_case
from trade_assurance import retold

LANGUAGES = ("es", "zh-hans")


@pytest.fixture
def marked(monkeypatch):
    """Every message is translated by a mark before it."""
    monkeypatch.setattr(retold, "gettext", lambda text: f"§{text}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_limit_sealed_in_one_language_opens_in_another(language):
    with translation.override(language):
        sealed = sealing.seal(1_000_00, 7, "buyer")
    assert sealing.unseal(sealed, 7, "buyer") == 1_000_00


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_claim_is_kept_in_english(world, language):
    with translation.override(language):
        dispute = open_case(world)
        cost = overdue_case(world)
    words = [words for claim in Claim.objects.filter(dispute=dispute) for words, _minor in claim.working]
    assert words[0] == "60 pieces agreed − 50 pieces received"
    claim = cost.claims.get()
    assert (claim.agreed, claim.working[0][0]) == ("Payment by the due date", "Documented cost")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_noticed_and_agreed_is_said_in_english(world, language):
    order = stories.paid(world)
    now, line = order.ship_by_at + timedelta(days=5), order.lines.get()

    def made():
        broken = noticed.chosen(order, ["not_shipped"], now)
        ground = Ground(line, Claim.Reason.NON_SHIPMENT, True)
        return noticed.items(order, broken), agreed_in(facts.contract(order).terms, ground, order)

    english = made()
    with translation.override(language):
        assert made() == english and english[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decision_and_a_case_file_are_the_same_in_every_language(world, language, settings):
    one = staff.adjudicator("one")
    with translation.override(language):
        order, now = casefiles.decided(world, one)
        files = casefiles.made(order, world.buyer, now)
    decision = order.disputes.get().decisions.get()
    working = [words for row in decision.document["claims"] for words, *_minor in row["recommended"]["working"]]
    assert working and all(word.isascii() or "−" in word or "×" in word for word in working)
    english = casefiles.made(order, world.buyer, now)
    assert files.keys() == english.keys()
    assert {name for name in files if files[name] != english[name]} <= {"manifest.json", "manifest.sig"} | {
        name for name in files if name.endswith(".pdf")
    }


def test_what_the_verifier_says_is_said_again(world, marked):
    order, now = casefiles.decided(world, staff.adjudicator("one"))
    files = casefiles.made(order, world.buyer, now)
    events = casefiles.events_of(files)
    broken = casefiles.with_events(files, [*events[:2], *events[3:]]) | {"more.txt": b""}
    broken.pop("private/people.json")
    with translation.override("es"):
        for one in (files, broken):
            found = verify.check(casefiles.zipped(one))
            for sentence in (*saying.said(found.holds), *saying.said(found.wrong)):
                assert sentence.startswith("§"), sentence


def test_a_text_that_no_template_made_stays(marked):
    templates = ("{n} files: none was changed.",)
    with translation.override("es"):
        assert retold.retold("3 files: none was changed.", templates) == "§3 files: none was changed."
        assert retold.retold("3 files: some were {n}.", templates) == "3 files: some were {n}."
        assert retold.retold("x" * 2000 + " files: none was changed.", templates).startswith("x")
        assert working_told([["Documented cost", 5], ["Brass", None]]) == [("§Documented cost", 5), ("Brass", None)]
    assert retold.retold("3 files: none was changed.", templates) == "3 files: none was changed."
