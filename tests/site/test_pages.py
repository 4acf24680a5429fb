"""Public pages: they answer, speak the rulebook's numbers, and hold to the content policy."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from trade_assurance import questions, views
from trade_assurance.rulebook import CURRENT

PAGES = ["/", "/help/", "/fees/", "/rulebook/", "/terms/", "/privacy/", "/accessibility/", "/security/"]
INLINE = re.compile(
    r"<script(?![^>]*(?:\ssrc=|application/json))|<style|\sstyle=|\son[a-z]+=|javascript:|\shx-on", re.IGNORECASE
)
ELSEWHERE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//(?!www\.w3\.org)""", re.IGNORECASE)

pytestmark = pytest.mark.django_db


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("path", PAGES)
def test_public_pages_answer_without_cookie_inline_code_or_another_host(client, path):
    response = client.get(path)
    page = response.content.decode()
    assert response.status_code == 200
    assert not response.cookies
    assert not INLINE.search(page)
    assert not ELSEWHERE.search(page)
    assert page.count("<h1") == 1
    assert '<html lang="en"' in page


@pytest.mark.parametrize("path", PAGES)
def test_public_pages_ask_the_database_nothing_of_a_visitor_but_the_newest_reviews(
    client, path, django_assert_num_queries
):
    with django_assert_num_queries(1 if path == "/" else 0):  # with reviews two more: their categories, and cases
        client.get(path)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_on_a_public_page_leads_somewhere(client, path):
    for href in set(re.findall(r'href="(/[^"#]*)', client.get(path).content.decode())):
        if not href.startswith("/static/"):
            assert client.get(href, follow=True).status_code == 200, href


def test_the_landing_page_makes_the_whole_promise(client):
    words = text_of(client.get("/").content.decode())
    for promise in (
        "you get your money&nbsp;back",
        "until 30 days after the goods reach you",
        "USD 0 per order",
        "Payment",
        "Shipping",
        "Product quality",
        "designated Citibank account",
        "Four steps",
        "T/T",
        "card",
        "Online bank payment",
        "2.95% of the payment",
        "credit rating",
        "Questions",
    ):
        assert promise in words, promise


@pytest.mark.parametrize(
    ("path", "change", "words"),
    [
        ("/", {"protection_days": 41}, "until 41 days after the goods reach you"),
        ("/", {"card_fee_bp": 312}, "3.12% of the payment"),
        ("/fees/", {"online_fee_usd": 17_50}, "USD 17.50"),
        ("/fees/", {"card_fee_bp": 1000}, "USD 873.60"),
        ("/fees/", {"service_fee_bp": 250}, "2.5% of what is released"),
        ("/help/", {"lapse_days": 33}, "lapses after 33 days"),
        ("/rulebook/", {"confirm_after_arrival_days": 19}, "19 days after arrival at the port"),
        ("/terms/", {"protection_days": 41}, "day 41 after receipt"),
    ],
)
def test_numbers_come_from_the_rulebook(client, monkeypatch, path, change, words):
    monkeypatch.setattr(views, "CURRENT", replace(CURRENT, **change))
    assert words in text_of(client.get(path).content.decode())


def test_no_public_page_types_a_rulebook_number():
    literal = re.compile(r"(?<![\w#.-])(?:2\.95|30 days|USD \d|72 hours|0\.5%)")
    for page in Path(settings.BASE_DIR, "templates", "site").glob("*.html"):
        assert not literal.search(page.read_text()), page.name


def test_no_review_is_shown_before_there_is_one(client):
    assert "<blockquote" not in client.get("/").content.decode()


def test_help_finds_answers_by_all_their_words(client):
    page = client.get("/help/", {"q": "Short TRANSFER"}).content.decode()
    assert "My transfer arrived short" in page
    assert "Can I cancel?" not in page
    assert "1 answer with" in text_of(page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("退款", {"退款什么时候到账？", "定金能退吗？"}),
        ("怎么退款到账？", {"退款什么时候到账？"}),  # no spaces, and a word that only asks
        ("定金退款", {"定金能退吗？"}),
        ("ＲＦ 编号", {"我忘了写附言。"}),  # as an input method may write it
        ("机器人", set()),
        ("reclamacion", {"¿Cómo presento una reclamación?"}),
    ],
)
def test_help_is_searched_in_languages_without_spaces_and_with_accents(monkeypatch, query, found):
    answers = {
        "退款什么时候到账？": "按原路退回，三天到账。",
        "定金能退吗？": "能。发货之前可以全额退款。",
        "我忘了写附言。": "每笔付款有自己的 RF 编号。",
        "¿Cómo presento una reclamación?": "Abra el pedido.",
    }
    told = [questions.Question(asked, False, [answer]) for asked, answer in answers.items()]
    monkeypatch.setattr(questions, "topics", lambda rules: [questions.Topic("all", "All", told)])
    assert {each.asked for topic in questions.search(CURRENT, query) for each in topic.questions} == found


def test_every_answer_of_the_help_links_to_a_page_that_there_is():
    links = [each.link for topic in questions.topics(CURRENT) for each in topic.questions if each.link]
    assert len(links) > 20 and all(reverse(route) and words for route, words in links)


def test_help_says_when_nothing_is_found_and_escapes_what_was_asked(client):
    page = client.get("/help/", {"q": '"><script>x\x00</script>' + "y" * 500}).content.decode()
    assert "No answer has these words" in page
    assert "<script>x" not in page


def test_security_contact_for_machines(client):
    response = client.get("/.well-known/security.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert b"Contact: mailto:" in response.content
    assert b"Expires: " in response.content


def test_public_pages_cannot_be_written_to(client):
    assert client.post("/fees/").status_code == 405


def test_an_unknown_page_is_404_in_our_design(client):
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "There is nothing here that you can see" in response.content.decode()


def test_a_forged_form_is_refused_with_a_sentence(settings):
    settings.DEBUG = False
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example", "password": "x"})
    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()


@pytest.mark.parametrize("code", ["400", "403_csrf", "500", "503"])
def test_error_pages_stand_without_request_or_database(code, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = render_to_string(f"{code}.html")
    assert "/static/app" in page
    assert not INLINE.search(page)
    assert "<h1" in page


@pytest.mark.parametrize(("error", "status"), [(OperationalError("gone"), 503), (RuntimeError("bug"), 500)])
def test_a_database_that_is_away_is_503_and_a_bug_is_500(client, monkeypatch, error, status):
    def broken(*args, **kwargs):
        raise error

    monkeypatch.setattr("trade_assurance.views.questions.first_questions", broken)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == status
    assert (response.headers.get("Retry-After") == "30") == (status == 503)


def test_refused_requests_are_400_in_our_design(client, settings):
    settings.ALLOWED_HOSTS = ["right.example"]
    client.raise_request_exception = False
    response = client.get("/", headers={"host": "wrong.example"})
    assert response.status_code == 400
    assert "We could not read that request" in response.content.decode()


def test_a_403_says_why():
    request = RequestFactory().get("/")
    page = render_to_string("403.html", {"exception": "Only the owner may invite."}, request)
    assert "Only the owner may invite. Nothing was changed." in text_of(page)


def test_templates_hold_no_inline_code():
    for page in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        if "email" in page.parts:
            continue
        found = INLINE.search(re.sub(r"\{#.*?#\}", "", page.read_text()))
        assert not found, (page.name, found and found.group())


def test_the_style_sheet_is_small():
    import gzip

    sheet = Path(settings.BASE_DIR, "static", "app.css")
    if sheet.exists():
        assert len(gzip.compress(sheet.read_bytes())) <= 40_000
