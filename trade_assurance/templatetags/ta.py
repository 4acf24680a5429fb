"""Template filters of the site: money and moments as a reader sees them."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date
from django import forms, template
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from trade_assurance import money

register = template.Library()


# money -----------------------------------------------------------------------------------------------------------


@register.filter
def figure(minor, currency: str) -> str:
    """Minor units as grouped figures with the currency's own decimals, without the code: "24,600.00"; "" for None."""
    return "" if minor in (None, "") else money.format_amount(int(minor), str(currency))


@register.filter
def amount(minor, currency: str) -> str:
    """Minor units as text: "USD 24,600.00". On pages use `<c-money>`; this is for attributes and plain text."""
    return "" if minor in (None, "") else money.display(int(minor), str(currency))


@register.filter
def usd(minor: int) -> str:
    """A rulebook threshold, US cents, for a sentence: "USD 12,000"; decimals only where there are some."""
    return money.display(int(minor), "USD").removesuffix(".00")


@register.filter
def percent(basis_points: int) -> str:
    """Basis points as a percentage without idle zeros: 295 -> "2.95%", 3000 -> "30%"."""
    whole, rest = divmod(int(basis_points), 100)
    return f"{whole}.{rest:02d}".rstrip("0") + "%" if rest else f"{whole}%"


# moments ---------------------------------------------------------------------------------------------------------


def _zone(zone) -> tzinfo:
    if not zone:
        return timezone.get_current_timezone()
    return zone if isinstance(zone, tzinfo) else ZoneInfo(str(zone))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@cache
def _cities(language: str) -> dict[str, str]:
    """CLDR's names of zones' places, also under the newer names of those that it still calls by an old one."""
    named = {zone: words["city"] for zone, words in _locale(language).time_zones.items() if "city" in words}
    newer = ((new, old) for old, new in get_global("zone_aliases").items() if old in named)
    return {new: named[old] for new, old in newer} | named


def zone_city(zone):
    """The place that a zone is named after, in the reader's language: "America/Sao_Paulo" → "Sao Paulo"."""
    language = get_language() or "en"
    if language != "en" and zone in _cities(language):
        return _cities(language)[zone]
    *_regions, area, city = ("", *zone.split("/"))
    if zone.count("/") == 2 and area not in ("Argentina",):
        return f"{area}, {city}".replace("_", " ")
    return city.replace("_", " ")


def zone_words(zone: tzinfo) -> str:
    """How a zone is named to a reader: "UTC", "Auckland time". Abbreviations such as CST name several zones."""
    key = getattr(zone, "key", None) or str(zone)
    if key in ("UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "UCT", "Etc/UCT"):
        return "UTC"
    if key.startswith("Etc/GMT"):  # POSIX turns the sign round: Etc/GMT+5 is UTC-5
        return "UTC" + key.removeprefix("Etc/GMT").translate(str.maketrans("+-", "-+"))
    if "/" not in key:
        return key
    return _("{city} time").format(city=zone_city(key))


def _local(at: datetime, zone, end: bool) -> datetime:
    return (at - timedelta(minutes=1) if end else at).astimezone(_zone(zone))


# A day in each language, with its weekday and without, as CLDR patterns.
_DAYS = {"zh-hans": ("y年M月d日 EEE", "y年M月d日"), "es": ("EEE d MMM y", "d MMM y")}


def _day(on: date, weekday: bool = True) -> str:
    language = get_language()
    if language in _DAYS:
        return format_date(on, _DAYS[language][not weekday], locale=_locale(language))
    return f"{on:%a} {on.day} {on:%b} {on.year}" if weekday else f"{on.day} {on:%b} {on.year}"


@register.simple_tag
def moment_text(at, zone=None, end=False, style="moment") -> str:
    """The text of `<c-when>`: `style` is moment, day or short (no weekday), `end` shows midnight as 23:59 before it."""
    if not at:
        return ""
    if not isinstance(at, datetime):
        return _day(at)
    local = _local(at, zone, bool(end))
    if style == "day":
        return _day(local)
    days = _day(local, weekday=style == "moment")
    return _("{day}, {time} {zone}").format(day=days, time=f"{local:%H:%M}", zone=zone_words(_zone(zone)))


@register.filter
def moment(at, zone=None) -> str:
    """A datetime in the reader's zone, or in the one named: "Thu 10 Dec 2026, 14:32 UTC"."""
    return moment_text(at, zone)


@register.filter
def moment_end(at, zone=None) -> str:
    """A deadline that is stored as the following midnight, shown as the last minute of its day."""
    return moment_text(at, zone, end=True)


@register.filter
def day(at, zone=None) -> str:
    """A date, or a datetime's day in the reader's zone: "Thu 10 Dec 2026"."""
    return moment_text(at, zone, style="day")


@register.filter
def day_end(at, zone=None) -> str:
    """The day that ends at this instant: a deadline stored as the following midnight."""
    return moment_text(at, zone, end=True, style="day")


@register.filter
def iso_utc(at) -> str:
    """A moment for `<time datetime>`: "2026-12-10T14:32:00Z"; dates stay dates."""
    if isinstance(at, datetime):
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return at.isoformat() if at else ""


def _clock_words(late: bool) -> list[str]:
    """The ways to say how long there is, or how late it is: one day, several days, hours, minutes."""
    if late:
        days = [ngettext("{days} day {hours} h late", "{days} days {hours} h late", n) for n in (1, 2)]
        return [*days, _("{hours} h {minutes} min late"), _("{minutes} min late")]
    days = [ngettext("{days} day {hours} h left", "{days} days {hours} h left", n) for n in (1, 2)]
    return [*days, _("{hours} h {minutes} min left"), _("{minutes} min left")]


@register.filter
def left(until, now=None) -> str:
    """Time to a deadline in words: "17 days 9 h left", "4 h 12 min left", past it "2 days 5 h late"."""
    if not until:
        return ""
    seconds = (until - (now or timezone.now())).total_seconds()
    minutes = int(abs(seconds) // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    way = (0 if days == 1 else 1) if days else 2 if hours else 3
    return _clock_words(seconds < 0)[way].format(days=days, hours=hours, minutes=rest)


@register.simple_tag
def script_words() -> dict:
    """What app.js says by itself, in the reader's language."""
    return {
        "left": _clock_words(late=False),
        "late": _clock_words(late=True),
        "copy": _("Copy"),
        "copied": _("Copied"),
        "select": _("Select it"),
        "sending": _("Sending {name}"),
        "lost": _("{name} did not arrive, and nothing of it was kept. Check that you are signed in and add it again."),
    }


@register.simple_tag(takes_context=True)
def time_left(context, until) -> str:
    """`left` against the page's `now`, when the view passes one."""
    now = context.get("now")
    return left(until, now if isinstance(now, datetime) else None)


@register.simple_tag(takes_context=True)
def is_over(context, until) -> bool:
    """Whether the deadline has passed at the page's `now`."""
    now = context.get("now")
    return bool(until) and until < (now if isinstance(now, datetime) else timezone.now())


@register.simple_tag
def clock_ticks(day_number, days=30) -> list[str]:
    """The protection clock's ticks, one a day: past, today or empty (still to come)."""
    today = int(day_number or 0)
    return ["past" if n < today else "today" if n == today else "" for n in range(1, int(days) + 1)]


# forms -----------------------------------------------------------------------------------------------------------

_BARE = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.HiddenInput)


@register.filter
def as_input(field, extra: str = "") -> str:
    """A bound field's control in the design's class; Django adds required, aria-invalid and aria-describedby."""
    attrs = {}
    if not isinstance(field.field.widget, _BARE):
        own = field.field.widget.attrs.get("class", "")
        attrs["class"] = " ".join(filter(None, ["input", own, extra]))
    return field.as_widget(attrs=attrs)


@register.filter
def control(field) -> str:
    """What kind of control a bound field is: check (one box), choices (radio rows, boxes) or input."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "choices"
    return "check" if isinstance(widget, forms.CheckboxInput) else "input"


@register.simple_tag
def form_errors(*forms_or_sets) -> list[dict]:
    """Every error of forms, formsets and a form's own rows, in page order: its sentence and its field's id, if any."""
    found = []
    for item in forms_or_sets:
        if not item:
            continue
        if hasattr(item, "management_form"):
            found += [{"text": text, "id": ""} for text in item.non_form_errors()]
            for form in item.forms:
                found += form_errors(form)
            continue
        found += [{"text": text, "id": ""} for text in item.non_field_errors()]
        for field in item:
            # A group of radio buttons has no element with the field's own id; its first button has.
            target = field.id_for_label or (f"{field.auto_id}_0" if field.auto_id else "")
            found += [{"text": text, "id": target, "label": field.label} for text in field.errors]
        for row in getattr(item, "rows", ()):
            found += form_errors(row)
    return found


@register.simple_tag
def has_errors(form) -> bool:
    """Whether a bound form or formset of this page has errors; the page's title then starts with "Error:"."""
    return bool(getattr(form, "is_bound", False) and form_errors(form))
