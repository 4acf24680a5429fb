"""The demo's world made and read in a language in which each message shows itself: nothing is stored in the reader's
language, and pages hold no text of ours that no message says."""

import html
import re
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test import Client, override_settings
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from accounts import places
from accounts.models import User
from tests.pseudo import CLOSE, OPEN, bracketed, outside, spoken_by
from trade_assurance.demo import cast

pytestmark = pytest.mark.django_db

LANGUAGE = "es"
TEXTS = models.CharField | models.TextField | models.JSONField
PER_ROUTE = 4  # pages of one route that are read: its states differ
# Words that are the same in every language, and what a machine says.
SAME = """trade assurance demo utc usd eur gbp cny jpy kwd sha iban bic swift pdf csv json jpeg png webp api url ics
oauth qr tt fob cif exw fca cpt cip dap dpu ddp fas cfr incoterm incoterms aql iso ubl zip english español https http
localhost testserver kb mb bytes webhooks""".split()
# What a form writes into a field and reads back when it is sent; it knows our languages, not one of brackets.
TYPED = {"{low} to {high}", "at least {low}", "at most {high}"}


def said(text: str) -> str:
    return text if text in TYPED else bracketed(text)


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo, loaded by people who all act in a language of brackets."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media"))),
        spoken_by(LANGUAGE, said),
        transaction.atomic(),
    ):
        with translation.override(LANGUAGE):
            call_command("load_demo", verbosity=0)
        found = list(stored())
        with translation.override(LANGUAGE):
            places_named = [name for _code, name in places.countries()]
            places_named += [name for _region, zones in places.zone_choices(timezone.now()) for _zone, name in zones]
        known = Known([*(text for _label, _name, text in found), *places_named, "简体中文"])
        yield SimpleNamespace(stored=found, known=known)
        transaction.set_rollback(True)


def stored():
    """(model, field, text) of every text in the database."""
    tables = set(connection.introspection.table_names())
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, TEXTS)]
        if names and model._meta.db_table in tables:
            for row in model._base_manager.values_list(*names):
                yield from ((model._meta.label, name, str(value)) for name, value in zip(names, row, strict=True))


def test_nothing_is_stored_in_the_language_of_who_acts(told):
    found = {(label, name): text for label, name, text in told.stored if OPEN in text or CLOSE in text}
    assert found == {}


DAY = re.compile(r"\b(?:(?:lun|mar|mié|jue|vie|sáb|dom) )?(?:\d+ )?[a-z]{3,5} \d{4}\b")  # as CLDR writes it


def words_of(page: str) -> list[str]:
    """Pieces of text of a page that no message said."""
    page = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", " ", page, flags=re.DOTALL)
    page = DAY.sub(" ", outside(html.unescape(page)))
    pieces = [*re.split(r"<[^>]+>|\n", page), *re.findall(r'\s(?:title|aria-label|placeholder|alt)="([^"]*)"', page)]
    return [piece.strip() for piece in pieces if re.search(r"[^\W\d_]{3}", piece)]


WORD = re.compile(r"[^\W\d_]{3,}")
JOINED = re.compile(r", | – |\b\d+\.? (?:pieces )?|\b[a-z]+\.[a-z_]+\b")  # data side by side; kinds of events


class Known:
    """Everybody's data, and words that are the same everywhere."""

    def __init__(self, texts):
        self.text = "\n".join(texts).lower()
        self.words = set(WORD.findall(self.text)) | set(SAME)
        self.judged = {}

    def holds(self, text: str) -> bool:
        return all(self._holds(piece) for piece in JOINED.split(text))

    def _holds(self, piece: str) -> bool:
        piece = piece.strip(" .,;:()“”·×/–-").lower()
        if piece not in self.judged:
            few = not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", piece)
            self.judged[piece] = (few and self.words.issuperset(WORD.findall(piece))) or piece in self.text
        return self.judged[piece]


def test_pages_hold_no_text_that_no_message_says(told):
    for email, least in ((cast.BUYER, 25), (cast.SUPPLIER, 25), (None, 10)):
        client = Client()
        if email:
            User.objects.filter(email=email).update(language=LANGUAGE)
            client.force_login(User.objects.get(email=email))
        left, read = crawl(client, told.known)
        assert left == {} and len(read) >= least, (email, left, sorted(read))


def crawl(client, known: Known) -> tuple[dict, dict]:
    """What no message said on each route that links lead to, and how many pages of each were read."""
    todo, seen, read, left = ["/", "/dashboard/"], set(), {}, {}
    while todo:
        path = todo.pop(0)
        route = route_of(path)
        if path in seen or route is None or read.get(route, 0) >= PER_ROUTE:
            continue
        seen.add(path)
        page = client.get(path, headers={"accept-language": LANGUAGE}, follow=True)
        if page.status_code != 200 or not page.headers["Content-Type"].startswith("text/html"):
            continue
        read[route] = read.get(route, 0) + 1
        pieces = [piece for piece in words_of(page.text) if not known.holds(piece)]
        if pieces:
            left.setdefault(route, set()).update(pieces)
        todo += [html.unescape(link) for link in re.findall(r'<a [^>]*href="(/[^"#]*)', page.text)]
    return left, read


def route_of(path: str) -> str | None:
    """The route of an address; None for what is no page of ours in the reader's language."""
    if path.startswith(("/admin/", "/api/", "/static/", "/oauth/")):
        return None
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return None
