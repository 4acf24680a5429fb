"""The site's languages: the tag that says a sentence, the catalogues, dates and clocks, how a language is chosen."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from accounts.models import User
from tests import stories
from tests.pseudo import spoken_by
from trade_assurance import catalogue
from trade_assurance.templatetags import ta

TEMPLATES = Path(settings.BASE_DIR) / "templates"
AT = datetime(2026, 12, 10, 14, 32, tzinfo=UTC)


def said(source: str, texts: dict | None = None, **context) -> str:
    """What a template says to a reader whose catalogue holds these texts."""
    with spoken_by("es", lambda text: (texts or {}).get(text, text)), translation.override("es"):
        return Template(source).render(Context(context))


# the tag --------------------------------------------------------------------------------------------------------


def test_a_sentence_puts_links_and_values_where_its_language_wants_them():
    source = '{% say %}<b>{{ a.name }}</b> pays by {{ due }}, see <a class="x" href="/{{ n }}">fees</a>.{% endsay %}'
    context = {"a": {"name": "A & B"}, "due": "Monday", "n": 7}
    assert said(source, **context) == '<b>A &amp; B</b> pays by Monday, see <a class="x" href="/7">fees</a>.'
    texts = {"<b>{name}</b> pays by {due}, see <a>fees</a>.": "Vea <a>tarifas</a>: {due}, paga <b>{name}</b>."}
    assert said(source, texts, **context) == ('Vea <a class="x" href="/7">tarifas</a>: Monday, paga <b>A &amp; B</b>.')


def test_a_sentence_holds_components():
    source = (
        '{% say %}Pay by {% moment_text at %}, <c-money :minor="order.kept_minor" currency="USD" /> in all{% endsay %}'
    )
    from django_cotton.compiler_regex import CottonCompiler

    source = CottonCompiler().process(source)
    texts = {"Pay by {simple}, {kept_minor} in all": "{kept_minor} hasta {simple}"}
    shown = said(source, texts, at=AT, order={"kept_minor": 150_00})
    assert re.sub("<[^>]+>", "", shown) == "USD 150.00 hasta jue 10 dic 2026, 14:32 UTC"


def test_two_of_a_name_are_told_apart():
    source = '{% say %}<a href="/1">One</a>, <a href="/2">two</a>, {{ a.n }}, {{ b.n }}{% endsay %}'
    texts = {"<a>One</a>, <a2>two</a2>, {n}, {n2}": "{n2}, {n}, <a2>dos</a2>, <a>uno</a>"}
    assert said(source, texts, a={"n": 1}, b={"n": 2}) == '2, 1, <a href="/2">dos</a>, <a href="/1">uno</a>'


@pytest.mark.parametrize(("n", "shown"), [(1, "1 day"), (2, "2 days"), (0, "0 days"), ([1], "[1] day")])
def test_a_number_chooses_its_form(n, shown):
    assert said("{% say count=n %}{{ n }} day{% plural %}{{ n }} days{% endsay %}", n=n) == shown


def test_a_translation_with_a_placeholder_that_there_is_not_is_passed_over():
    assert said("{% say %}Pay {{ a }}{% endsay %}", {"Pay {a}": "Pague {b}"}, a=1) == "Pay 1"


@pytest.mark.parametrize(
    "source",
    [
        "{% say %}{{ only }}{% endsay %}",
        "{% say %}{braces}{% endsay %}",
        "{% say count=n %}no plural{% endsay %}",
        "{% say %}one{% plural %}many{% endsay %}",
        "{% say other=1 %}text{% endsay %}",
    ],
)
def test_a_sentence_that_cannot_be_translated_is_no_template(source):
    with pytest.raises(TemplateSyntaxError):
        Template(source)


# the catalogues -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", catalogue.languages())
def test_every_message_is_translated(language):
    assert catalogue.missing(language) == []


@pytest.mark.parametrize("language", catalogue.languages())
def test_the_catalogue_holds_the_messages_of_today(language):
    """`manage.py write_catalogues` writes it anew."""
    assert catalogue.path(language).read_bytes() == catalogue.written(language)


@pytest.mark.parametrize("language", catalogue.languages())
def test_the_site_speaks_from_the_catalogue(language):
    with translation.override(language):
        assert translation.gettext("Help centre") == catalogue.load(language).get("Help centre").string


def test_a_language_that_says_less_or_other_things_is_noticed(monkeypatch):
    known = catalogue.load("es")
    known.get("Help centre").string = ""
    with_slot = next(message for message in known if message.id and "{" in str(message.id) and not message.pluralizable)
    with_slot.string = "nada"
    monkeypatch.setattr(catalogue, "load", lambda language: known)
    assert sorted(catalogue.missing("es")) == sorted(["Help centre", with_slot.id])


# every text of a template is marked -----------------------------------------------------------------------------

TOKENS = re.compile(
    r"""(?P<raw>\{\#.*?\#\}|\{%\s*comment.*?endcomment\s*%\}|<!--.*?-->|<!doctype[^>]*>|<style\b.*?</style>|<script\b.*?</script>)
|(?P<said>\{%\s*say\b.*?\{%\s*endsay\s*%\})|(?P<tag>\{%.*?%\}|\{\{.*?\}\})
|(?P<html></?[A-Za-z](?:\{%.*?%\}|\{\{.*?\}\}|"(?:\{%.*?%\}|\{\{.*?\}\}|[^"])*?"|[^>"{]|\{(?![%{]))*>)|(?P<text>[^<{]+|[<{])""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
SPOKEN = set(
    "title aria-label placeholder alt label hint caption do_label now_label safe_label cta suffix parent".split()
)
ATTRIBUTE = re.compile(r'(?<=\s)([\w-]+)="((?:\{%.*?%\}|\{\{.*?\}\}|[^"])*?)"', re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = (
    {"Trade", "Assurance", "Webhooks"}
    | {"HTML", "SWIFT", "BIC"}
    | {"SHA", "PDF", "CSV", "USD", "ID", "API", "QR", "IBAN", "BIC", "JSON", "UBL", "ZIP"}
)
# What only the machine reads: classes in a block, and the marks of questions.txt.
MACHINE = re.compile(r"\{% block \w+_class %\}.*?\{% endblock %\}|^# \w+:|^-> [\w:-]+:|^//.*$", re.MULTILINE)
# The staff desk and papers for developers are in English; so are parts that a library gives us to fill.
ENGLISH = ("admin/", "unfold/", "allauth/elements/", "site/api.html", "notifications/webhook_message.html")


def unmarked(source: str) -> list[str]:
    """Text of a template that no reader gets in another language."""
    found = []
    for token in TOKENS.finditer(MACHINE.sub(" ", source)):
        if token.lastgroup == "text":
            found.append(token.group())
        elif token.lastgroup == "html":
            for name, value in ATTRIBUTE.findall(token.group()):
                if name in SPOKEN:
                    found.append(re.sub(r"\{%\s*say\b.*?endsay\s*%\}|\{%.*?%\}|\{\{.*?\}\}", " ", value))
    return [text.strip() for text in found if set(WORD.findall(re.sub(r"&\w+;", " ", text))) - NAMES]


def test_every_text_of_the_templates_is_marked():
    found = {}
    for path in sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]):
        name = path.relative_to(TEMPLATES).as_posix()
        if not name.startswith(ENGLISH) and (texts := unmarked(path.read_text())):
            found[name] = texts
    assert found == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Pay {{ n }} now</p>", ["Pay", "now"]),
        ('<p title="Pay now">{{ n }}</p>', ["Pay now"]),
        ('{% say %}Pay {{ n }}{% endsay %}<b class="Not this">12 USD</b>{# nor this #}', []),
        ('<c-x label="{% translate "Pay" %}" hint="{% if a %}Late{% endif %}" />', ["Late"]),
    ],
)
def test_what_is_not_marked_is_found(source, found):
    assert unmarked(source) == found


# moments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "moment", "day", "left", "late"),
    [
        ("en", "Thu 10 Dec 2026, 14:32 UTC", "Thu 10 Dec 2026", "1 day 2 h left", "2 days 5 h late"),
        ("zh-hans", "2026年12月10日 周四, 14:32 UTC", "2026年12月10日 周四", None, None),
        ("es", "jue 10 dic 2026, 14:32 UTC", "jue 10 dic 2026", None, None),
    ],
)
def test_moments_are_told_in_the_readers_language(language, moment, day, left, late):
    with translation.override(language):
        assert re.sub(r"[，\s,]+", " ", ta.moment(AT)) == re.sub(r"[，\s,]+", " ", moment)
        assert ta.day(AT) == day
        soon, gone = ta.left(AT + timedelta(hours=26), AT), ta.left(AT - timedelta(hours=53), AT)
    if left:
        assert (soon, gone) == (left, late)
    else:
        assert re.findall(r"\d+", soon) == ["1", "2"] and re.findall(r"\d+", gone) == ["2", "5"]
        assert "left" not in soon and "late" not in gone


def test_an_amount_reads_the_same_in_every_language():
    shown = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            shown[language] = Template("{{ minor|amount:'USD' }} {{ d }}").render(
                Context({"minor": 2_460_050, "d": 4.5})
            )
    assert set(shown.values()) == {"USD 24,600.50 4.5"}


def test_a_zone_is_named_in_the_readers_language():
    with translation.override("zh-hans"):
        assert "奥克兰" in ta.moment(AT, "Pacific/Auckland")


# choosing -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "language"),
    [("zh-CN,zh;q=0.9", "zh-hans"), ("es-MX,es;q=0.9,en;q=0.8", "es"), ("fr,en;q=0.5", "en"), ("de", "en"), ("", "en")],
)
def test_a_visitor_reads_the_browsers_language(client, asked, language):
    page = client.get("/", headers={"accept-language": asked})
    assert f'<html lang="{language}">' in page.text and page.headers["Content-Language"] == language


@pytest.mark.django_db
def test_a_visitor_chooses_a_language_for_the_browser(client):
    answer = client.post("/language/", {"language": "es", "next": "/fees/"})
    assert answer.status_code == 302 and answer.url == "/fees/"
    assert '<html lang="es">' in client.get("/", headers={"accept-language": "zh-CN"}).text


@pytest.mark.django_db
def test_a_persons_language_is_kept_with_the_person(client):
    person = stories.person("reader@example.test")
    client.force_login(person)
    client.post("/language/", {"language": "zh-hans", "next": "/settings/"})
    assert User.objects.get(pk=person.pk).language == "zh-hans"
    page = client.get("/settings/", headers={"accept-language": "es"})
    assert '<html lang="zh-hans">' in page.text


@pytest.mark.django_db
def test_no_other_site_changes_a_persons_language():
    person, browser = stories.person("reader@example.test"), Client(enforce_csrf_checks=True)
    browser.force_login(person)
    assert browser.post("/language/", {"language": "es"}).status_code == 403
    assert User.objects.get(pk=person.pk).language == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["xx", "", "en-gb\0", "../../etc"])
def test_a_language_that_we_do_not_speak_changes_nothing(client, language):
    person = stories.person("reader@example.test")
    client.force_login(person)
    assert client.post("/language/", {"language": language, "next": "//evil.test/"}).url == "/"
    assert User.objects.get(pk=person.pk).language == "en"


@pytest.mark.django_db
def test_who_signs_up_in_spanish_is_written_to_in_spanish(client, mailoutbox):
    given = {"email": "ana@example.test", "password1": "una-clave-larga-9", "role": "buy", "company_name": "Telas Ana"}
    given |= {"full_name": "Ana", "country": "MX", "browser_zone": ""}
    client.post("/accounts/signup/", given, headers={"accept-language": "es"})
    assert User.objects.get(email="ana@example.test").reads == "es"


@pytest.mark.django_db
def test_the_staff_desk_is_in_english_for_everybody(client):
    staff = stories.person("desk@staff.test", is_staff=True, is_superuser=True, language="es")
    client.force_login(staff)
    assert client.get("/admin/", follow=True).headers["Content-Language"] == "en"


def test_pseudo_leaves_the_real_catalogues_alone():
    before = trans_real.translation("es")
    with spoken_by("es", str.upper), translation.override("es"):
        assert translation.gettext("anything new") == "ANYTHING NEW"
    assert trans_real.translation("es") is before
