"""Countries and time zones as a person reads them, from the CLDR tables that Babel carries."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from accounts.models import zone_names

NOT_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
REGIONS = {"Indian": "Indian Ocean", "Arctic": "Europe", "America": "Americas"}
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
def countries(language="en"):
    """Every country as (ISO 3166-1 alpha-2, name), by name."""
    names = Locale.parse(language, sep="-").territories
    found = [(code, name) for code, name in names.items() if len(code) == 2 and code not in NOT_COUNTRIES]
    return tuple(sorted(found, key=lambda pair: pair[1]))


def country_name(code, language="en"):
    """The country's name, or the code itself when CLDR has no name for it."""
    return dict(countries(language)).get(code, code)


@cache
def _zones():
    zones = {zone for zones in get_global("territory_zones").values() for zone in zones}
    return tuple(sorted(zone for zone in zones & zone_names() if "/" in zone))


def zone_city(zone):
    """The last part of an IANA name as a place: "America/Sao_Paulo" → "Sao Paulo"."""
    *_, area, city = ("", *zone.split("/"))
    if zone.count("/") == 2 and area not in ("Argentina",):
        return f"{area}, {city}".replace("_", " ")
    return city.replace("_", " ")


def zone_choices(now: datetime, *, also=()):
    """Zones for a select, grouped by region, each with its offset at `now`; `also` adds zones that must be there."""
    groups = {"Everywhere": [("UTC", "UTC")]}
    for zone in dict.fromkeys((*_zones(), *also)):
        if zone == "UTC" or zone not in zone_names():
            continue
        region, slash, _ = zone.partition("/")
        offset = now.astimezone(ZoneInfo(zone)).strftime("%z")
        label = f"{zone_city(zone)} (UTC{offset[:3].replace('-', '−')}:{offset[3:5]})"
        groups.setdefault(REGIONS.get(region, region) if slash else "Others", []).append((zone, label))
    first = groups.pop("Everywhere")
    rest = sorted((region, sorted(zones, key=lambda pair: pair[1])) for region, zones in groups.items())
    return [("Everywhere", first), *rest]


def guess_zone(*, browser="", country=""):
    """The zone that a new person is most likely in: what the browser says, else the country's main one, else UTC."""
    browser = get_global("zone_aliases").get(browser, browser)
    if browser in zone_names():
        return browser
    of_country = get_global("territory_zones").get(country, [])
    guess = MAIN_ZONES.get(country) or (of_country[0] if of_country else "UTC")
    return guess if guess in zone_names() else "UTC"
