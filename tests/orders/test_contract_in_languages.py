"""Contracts in another language: their pages are, what is agreed, compared and kept is not."""

import re
from dataclasses import replace

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from disputes import noticed
from orders import facts
from orders.forms import Draft, fresh_terms
from orders.forms.typed import read_agreed, written_agreed
from orders.linting import lint, mended
from orders.linting.amended import amended, no_longer_protected, points
from orders.linting.scoring import score, unprotected
from orders.models import Order
from orders.terms import Attribute, differences, spell
from orders.terms.typical import TYPICAL, with_typical
from tests import stories
from tests.notifications.test_told_in_languages import english, page_words, spoken
from tests.orders.test_amending import SOON, propose
from tests.orders.test_linting import CHINA, LAMP, sound
from tests.orders.test_typed_terms import whole
from tests.pseudo import bracketed, outside, spoken_by
from tests.stories import DAY, NOW

WRITTEN = re.compile(  # by people, names, codes, examples of what to write, and what stands in every contract
    r"Pendant lamps?|Pendant shade|lamps, matt black|Deposit|Balance|Incoterms?|SHA|pieces|Nansha|Quay Street, Auckland"
    r"|\bNZ\b|\bUTC\b|\b[A-Z][\w-]+/[A-Z]\w+(?:/\w+)?|\b[0-9a-f]{16,64}\b|PDF|JSON|AQL|ISO|\b[A-Z]{3}\b|Lamps|mié|sáb"
    r"|It suits both of us|Added|China|National Day"  # a calendar names its holidays in its own languages alone
)
WEAK = replace(
    sound(),
    lines=(
        replace(LAMP, specification="Good quality, approx. 40 mm", attributes=(), packaging=None, tolerance_bp=1000),
        replace(LAMP, unit="kg", attributes=(Attribute("Width", "value", value="40"), Attribute("", "range"))),
    ),
    place="China",
    incoterm="FOB",
    freight_minor=100_00,
    quality="As sample, to be confirmed",
    documents=(),
    inspection=None,
    destination_country="DE",
    lead_days=None,
    ship_by_on="2026-10-01",
)


def worded(finding):
    return (finding.key, finding.severity, finding.mend and finding.mend.change(WEAK).dump())


def test_the_check_finds_scores_and_mends_the_same_in_every_language():
    found = lint(WEAK, CHINA)
    assert len(found) > 12
    with spoken_by("es", bracketed), translation.override("es"):
        told = lint(WEAK, CHINA)
        assert [worded(one) for one in told] == [worded(one) for one in found]
        assert score(told).points == score(found).points
        assert mended(WEAK, CHINA, key="rough_figure:*") is not None
        said = [text for one in told for text in (one.what, one.why, one.mend.label if one.mend else "")]
        said += unprotected(WEAK, CHINA, told)
    for text in said:
        assert not outside(text).strip(), text


def test_what_an_amendment_brings_does_not_depend_on_how_its_findings_read():
    new = replace(WEAK, lines=(replace(LAMP, attributes=()), *WEAK.lines[1:]), ship_by_on="2026-10-03")
    found, left = amended(WEAK, new, CHINA), no_longer_protected(sound(), new, CHINA)
    with spoken_by("es", lambda text: "igual"), translation.override("es"):  # however badly it is translated
        assert [one.key for one in amended(WEAK, new, CHINA)] == [one.key for one in found]
        assert len(no_longer_protected(sound(), new, CHINA)) == len(left)
        assert points(new, CHINA) == score(lint(new, CHINA)).points


def test_what_differs_is_the_same_however_it_reads():
    old = whole()
    new = replace(old, incoterm="DDP", documents=old.documents[:1], plan=old.plan[:1], notes="Other", category="toys")
    plain = differences(old, new)
    with spoken_by("es", lambda text: "igual"), translation.override("es"):
        assert [(each.code, each.label) for each in differences(old, new)] == [(each.code, "igual") for each in plain]
        assert len({(row.code, row.mark) for row in spell(old)}) == len(spell(old))


def test_starter_terms_are_the_contracts_own_words(world):
    def begun(slug):
        terms = replace(fresh_terms(buyer=world.buyer, now=NOW), category=slug)
        return with_typical(terms, terms.lines[0]).dump()

    plain = {slug: begun(slug) for slug in TYPICAL}
    with spoken_by("es", bracketed), translation.override("es"):
        assert {slug: begun(slug) for slug in TYPICAL} == plain


@pytest.mark.parametrize("language", ["en", "zh-hans", "es"])
def test_a_range_is_read_back_as_it_is_written_in_a_language(language):
    with translation.override(language):
        for low, high in (("10", "20"), ("-40", "-20"), ("0.5", ""), ("", "20")):
            attribute = Attribute("Width", "range", low=low, high=high)
            parts = read_agreed("range", written_agreed(attribute))
            assert (parts.get("low", ""), parts.get("high", "")) == (low, high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("10 至 20", "10", "20"),
        ("10到20", "10", "20"),
        ("从 10 至 20", "10", "20"),
        ("至少 10", "10", ""),
        ("不超过20", "", "20"),
        ("至多 20", "", "20"),
        ("10 a 20", "10", "20"),
        ("de -10 a 20", "-10", "20"),
        ("al menos 10", "10", ""),
        ("como mínimo 10", "10", ""),
        ("como máximo 20", "", "20"),
        ("hasta 20", "", "20"),
    ],
)
def test_a_range_may_be_typed_in_chinese_and_spanish(text, low, high):
    parts = read_agreed("range", text)
    assert (parts.get("low", ""), parts.get("high", "")) == (low, high)


@pytest.mark.django_db
def test_a_form_is_read_into_the_same_terms_in_every_language(world):
    order = stories.sent(world)
    terms = order.versions.newest().terms
    with spoken_by("es", bracketed), translation.override("es"):
        assert Draft.of(terms, now=NOW).filled.dump() == terms.dump()


@pytest.mark.django_db
def test_a_claim_of_what_was_noticed_is_in_english_whoever_files_it(world):
    order = stories.fresh(stories.paid(world))
    late = order.ship_by_at + DAY
    [plain] = noticed.items(order, noticed.chosen(order, ["not_shipped"], late))
    with spoken_by("es", bracketed), translation.override("es"):
        [told] = noticed.items(stories.fresh(order), noticed.chosen(stories.fresh(order), ["not_shipped"], late))
        shown = facts.noticed(stories.fresh(order), late)[0]
    assert (told.agreed, told.came) == (plain.agreed, plain.came)
    assert "⟦" in shown.observed


@pytest.fixture
def reader(client, world):
    """Reads a page in Spanish and gives the words of it that nobody translated."""
    for person in (world.buyer, world.seller):
        person.language = "es"
        person.save()

    def read(path: str, user, at=NOW, sending=None) -> list[str]:
        with spoken_by("es", spoken), time_machine.travel(at, tick=False):
            client.logout()
            client.cookies["django_language"] = "es"
            client.force_login(user)
            if user == world.seller:
                client.post("/switch/", {"acting": world.supplier.slug})
            answer = client.get(path, follow=True) if sending is None else client.post(path, sending)
        html = re.sub(r"<(?:textarea|option)\b.*?</(?:textarea|option)>", "", answer.content.decode(), flags=re.DOTALL)
        assert '<html lang="es"' in html
        return english(WRITTEN.sub(" ", page_words(html)), world)

    return read


@pytest.mark.django_db
def test_a_contract_is_written_and_read_in_the_language_of_either_side(reader, world):
    order: Order = stories.sent(world)
    left = {}
    for user in (world.buyer, world.seller):
        for name in ("contract", "edit"):
            path = reverse(f"orders:{name}", args=[order.reference])
            left[user.email, path] = reader(path, user)
    new = f"{reverse('orders:new')}?supplier={world.supplier.slug}"
    left["new"] = reader(new, world.buyer)
    left["ask"] = reader(f"{reverse('orders:request')}?supplier={world.supplier.slug}", world.buyer)
    assert {where: words for where, words in left.items() if words} == {}


@pytest.mark.django_db
def test_a_change_is_proposed_and_answered_in_the_language_of_either_side(reader, world):
    order = stories.paid(world)
    before = reader(reverse("orders:amend", args=[order.reference]), world.buyer, SOON)
    propose(order, world, line={"quantity": 700}, ship_by_on="2026-11-20")
    path = reverse("orders:amendment", args=[order.reference])
    left = {user.email: reader(path, user, SOON) for user in (world.buyer, world.seller)}
    assert ({where: words for where, words in left.items() if words}, before) == ({}, [])
