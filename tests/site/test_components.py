"""Components and filters: money and moments as a reader sees them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.template import engines
from django.utils import timezone
from django_cotton.compiler_regex import CottonCompiler

from trade_assurance.templatetags import ta

AT = datetime(2026, 12, 10, 14, 32, tzinfo=UTC)


def shown(template, **context):
    return engines["django"].from_string(CottonCompiler().process(template)).render(context).strip()


@pytest.mark.parametrize(
    ("minor", "currency", "figure"),
    [
        (2460000, "USD", "24,600.00"),
        (24600, "JPY", "24,600"),
        (1234567, "KWD", "1,234.567"),
        (5, "KWD", "0.005"),
        (0, "USD", "0.00"),
        (-100, "EUR", "-1.00"),
    ],
)
def test_money_shows_the_currency_and_its_own_decimals(minor, currency, figure):
    page = shown('<c-money :minor="minor" :currency="currency" />.', minor=minor, currency=currency)
    assert page == f'<span class="money " ><span class="ccy">{currency}</span> {figure}</span>.'
    assert ta.amount(minor, currency) == f"{currency} {figure}"


def test_percentages_have_no_idle_zeros():
    assert [ta.percent(n) for n in (295, 3000, 50, 10_000, 5, 0)] == ["2.95%", "30%", "0.5%", "100%", "0.05%", "0%"]
    assert ta.usd(12_000_00) == "USD 12,000"
    assert ta.usd(15_50) == "USD 15.50"


def test_a_moment_names_its_zone():
    assert ta.moment(AT) == "Thu 10 Dec 2026, 14:32 UTC"
    assert ta.moment(AT, "Pacific/Auckland") == "Fri 11 Dec 2026, 03:32 Auckland time"
    assert ta.moment(AT, "America/New_York") == "Thu 10 Dec 2026, 09:32 New York time"
    assert ta.moment(AT, "Etc/GMT+5") == "Thu 10 Dec 2026, 09:32 UTC-5"
    with timezone.override("Asia/Shanghai"):
        assert ta.moment(AT) == "Thu 10 Dec 2026, 22:32 Shanghai time"
        assert ta.day(date(2026, 12, 10)) == "Thu 10 Dec 2026"


def test_a_deadline_stored_as_midnight_is_shown_as_the_end_of_its_day():
    end = datetime(2026, 12, 11, tzinfo=UTC)
    assert ta.moment_end(end) == "Thu 10 Dec 2026, 23:59 UTC"
    assert ta.day_end(end) == "Thu 10 Dec 2026"
    page = shown('<c-when :at="at" :end="True" />', at=end)
    assert page == '<time datetime="2026-12-11T00:00:00Z" >Thu 10 Dec 2026, 23:59 UTC</time>'


def test_the_machine_readable_moment_is_in_utc():
    auckland = AT.astimezone(ta._zone("Pacific/Auckland"))
    assert 'datetime="2026-12-10T14:32:00Z"' in shown('<c-when :at="at" show="short" />', at=auckland)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(days=17, hours=9, minutes=5), "17 days 9 h left"),
        (timedelta(days=1, hours=12), "1 day 12 h left"),
        (timedelta(hours=4, minutes=12), "4 h 12 min left"),
        (timedelta(minutes=3, seconds=59), "3 min left"),
        (timedelta(0), "0 min left"),
        (-timedelta(days=2, hours=5), "2 days 5 h late"),
    ],
)
def test_a_countdown_says_what_is_left_or_how_late(ahead, words):
    page = shown('<c-countdown :until="until" />', until=AT + ahead, now=AT)
    assert f">{words}</time>" in page
    assert ("text-breach" in page) == words.endswith("late")


def test_nothing_is_shown_for_a_moment_that_is_not_known():
    assert ta.moment(None) == ta.left(None) == ta.iso_utc(None) == ta.figure(None, "USD") == ""


def test_the_clock_has_one_tick_a_day():
    assert ta.clock_ticks(13) == ["past"] * 12 + ["today"] + [""] * 17
    assert ta.clock_ticks(31) == ["past"] * 30
    assert shown('<c-clock :day="1" label="Day 1" />').count("<i") == 30


class Trial(forms.Form):
    name = forms.CharField(help_text="As on the contract.", max_length=5)
    agree = forms.BooleanField()
    side = forms.ChoiceField(choices=[("b", "Buy"), ("s", "Sell")], widget=forms.RadioSelect)
    note = forms.CharField(required=False)


FIELDS = "".join(f'<c-formfield :field="form.{name}" />' for name in Trial.base_fields)


def test_a_field_ties_hint_and_error_to_its_input():
    page = shown(FIELDS, form=Trial({"name": "too long a name"}))
    assert 'id="id_name_helptext"' in page
    assert 'id="id_name_error"' in page
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert 'value="too long a name"' in page  # what was typed is kept
    assert '<fieldset class="field invalid' in page
    assert page.count("(optional)") == 1


def test_the_error_summary_links_to_each_field():
    page = shown('<c-errors :form="form" />', form=Trial({"name": "too long a name"}))
    assert 'role="alert"' in page
    assert [target for target in ("#id_name", "#id_agree", "#id_side_0") if f'href="{target}"' in page] == [
        "#id_name",
        "#id_agree",
        "#id_side_0",
    ]
    assert shown('<c-errors :form="form" />', form=Trial()) == ""


def test_the_error_summary_reads_formsets():
    formset = forms.formset_factory(Trial, extra=2)(
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-1-name": "too long a name"}
    )
    page = shown('<c-errors :form="form" :more="lines" />', form=Trial(), lines=formset)
    assert 'href="#id_form-1-name"' in page


def test_what_people_write_is_escaped():
    hostile = '"><script>alert(1)</script>'
    for template in (
        '<c-copy :value="text" :label="text" />',
        '<c-empty :title="text">{{ text }}</c-empty>',
        '<c-status tone="done">{{ text }}</c-status>',
        '<c-section :title="text" id="s">{{ text }}</c-section>',
        '<c-todo :what="text" :about="text" :cta="text" href="/">{{ text }}</c-todo>',
        '<c-field id="f" :label="text" :hint="text" :error="text"></c-field>',
        '<c-copy value="{{ text }}" label="{{ text }}" />',
        '<c-section title="{{ text }}" id="s"></c-section>',
    ):
        assert "<script>" not in shown(template, text=hostile)
