"""Countries and time zones as a person reads them, from the CLDR tables that Babel carries."""

import unicodedata
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import zone_names
from trade_assurance.templatetags.ta import zone_city

NOT_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
REGIONS = {  # by the first part of a zone's IANA name
    "Africa": _lazy("Africa"),
    "America": _lazy("Americas"),
    "Antarctica": _lazy("Antarctica"),
    "Arctic": _lazy("Europe"),
    "Asia": _lazy("Asia"),
    "Atlantic": _lazy("Atlantic"),
    "Australia": _lazy("Australia"),
    "Europe": _lazy("Europe"),
    "Indian": _lazy("Indian Ocean"),
    "Pacific": _lazy("Pacific"),
}
# Where most people of a country with several zones live (CLDR primaryZones, and capitals or largest cities).
MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
    "XK": "Europe/Belgrade",
}


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def _sorting(language: str):
    """How names stand in a list: Chinese ones by their sound, which the order of GB 18030 is for common characters."""
    if language.startswith("zh"):
        return lambda name: name.encode("gb18030")
    return lambda name: unicodedata.normalize("NFKD", name).encode("ascii", "ignore").lower()


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    order = _sorting(language)
    names = _locale(language).territories
    found = [(code, name) for code, name in names.items() if len(code) == 2 and code not in NOT_COUNTRIES]
    return tuple(sorted(found, key=lambda pair: order(pair[1])))


def countries(language=None):
    """Every country as (ISO 3166-1 alpha-2, name), by name; in the reader's language unless told otherwise."""
    return _countries(language or get_language() or "en")


def country_name(code, language=None):
    """The country's name, or the code itself when CLDR has no name for it."""
    return dict(countries(language)).get(code, code)


@cache
def _zones():
    zones = {zone for zones in get_global("territory_zones").values() for zone in zones}
    return tuple(sorted(zone for zone in zones & zone_names() if "/" in zone))


def zone_choices(now: datetime, *, also=()):
    """Zones for a select, grouped by region, each with its offset at `now`; `also` adds zones that must be there."""
    order = _sorting(get_language() or "en")
    groups: dict[str, list] = {}
    for zone in dict.fromkeys((*_zones(), *also)):
        if zone == "UTC" or zone not in zone_names():
            continue
        region, slash, _place = zone.partition("/")
        offset = now.astimezone(ZoneInfo(zone)).strftime("%z")
        label = f"{zone_city(zone)} (UTC{offset[:3].replace('-', '−')}:{offset[3:5]})"
        group = str(REGIONS.get(region, region)) if slash else _("Others")
        groups.setdefault(group, []).append((zone, label))
    rest = sorted(groups.items(), key=lambda group: order(group[0]))
    within = [(region, sorted(zones, key=lambda pair: order(pair[1]))) for region, zones in rest]
    return [(_("Everywhere"), [("UTC", "UTC")]), *within]


def guess_zone(*, browser="", country=""):
    """The zone that a new person is most likely in: what the browser says, else the country's main one, else UTC."""
    browser = get_global("zone_aliases").get(browser, browser)
    if browser in zone_names():
        return browser
    of_country = get_global("territory_zones").get(country, [])
    guess = MAIN_ZONES.get(country) or (of_country[0] if of_country else "UTC")
    return guess if guess in zone_names() else "UTC"
