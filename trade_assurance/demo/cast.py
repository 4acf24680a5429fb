"""Who is in the demo: the sign-ins, other buyers, and a dozen suppliers. All of them are made up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts import actions as account_actions
from accounts.models import User
from disputes.models import Inspector
from suppliers import actions as supplier_actions
from suppliers.models import Category, Supplier

PASSWORD = "demo-protect-1"
BUYER, SUPPLIER, ADMIN = "buyer@demo.test", "supplier@demo.test", "admin@demo.test"
STAFF = (  # sign-in, name, group
    ("adjudicator@demo.test", "Ines Marchetti", "adjudicator"),
    ("second@demo.test", "Samuel Achterberg", "adjudicator"),
    ("third@demo.test", "Leilani Okafor", "adjudicator"),
    ("fourth@demo.test", "Piotr Zielinski", "adjudicator"),
    ("finance@demo.test", "Wanjiru Kimani", "finance"),
    ("finance2@demo.test", "Amara Osei", "finance"),
    ("risk@demo.test", "Tomas Lindqvist", "risk"),
)
INSPECTORS = (  # name, country, contact
    ("Pearl Delta Inspection", "CN", "desk@pearl-delta.example"),
    ("Iberia Quality Control", "PT", "office@iberia-quality.example"),
    ("Tasman Cargo Surveyors", "NZ", "survey@tasman-cargo.example"),
)
OTHER_BUYERS = (  # sign-in, name, company, country, zone
    ("paris@demo.test", "Camille Delorme", "Maison Delorme", "FR", "Europe/Paris"),
    ("seattle@demo.test", "Jo Whitfield", "Harbour & Pine", "US", "America/Los_Angeles"),
    ("tokyo@demo.test", "Haruka Mori", "Ginza Living", "JP", "Asia/Tokyo"),
    ("montreal@demo.test", "Luc Gagnon", "Gagnon Luminaires", "CA", "America/Toronto"),
)
# Somewhere it is always between 23 and 24 o'clock: a place for each hour, none of which moves its clocks.
CITIES = (
    ("Apia Trading House", "WS", "Pacific/Apia"),
    ("Waikiki Rooms", "US", "Pacific/Honolulu"),
    ("Gambier Stores", "PF", "Pacific/Gambier"),
    ("Bounty Trading", "PN", "Pacific/Pitcairn"),
    ("Sonoran Living", "US", "America/Phoenix"),
    ("Casa Tica", "CR", "America/Costa_Rica"),
    ("Andes Interiors", "CO", "America/Bogota"),
    ("San Juan Furnishings", "PR", "America/Puerto_Rico"),
    ("Casa Paulista", "BR", "America/Sao_Paulo"),
    ("Atlantic Stores", "GS", "Atlantic/South_Georgia"),
    ("Sal Trading", "CV", "Atlantic/Cape_Verde"),
    ("Accra Lighting", "GH", "Africa/Accra"),
    ("Lagos Living", "NG", "Africa/Lagos"),
    ("Cape Rooms", "ZA", "Africa/Johannesburg"),
    ("Rift Valley Homes", "KE", "Africa/Nairobi"),
    ("Creek Interiors", "AE", "Asia/Dubai"),
    ("Indus Furnishing", "PK", "Asia/Karachi"),
    ("Padma House", "BD", "Asia/Dhaka"),
    ("Siam Rooms", "TH", "Asia/Bangkok"),
    ("Marina Furnishing", "SG", "Asia/Singapore"),
    ("Sumida Living", "JP", "Asia/Tokyo"),
    ("Moreton Homes", "AU", "Australia/Brisbane"),
    ("Coral Rooms", "SB", "Pacific/Guadalcanal"),
    ("Suva Stores", "FJ", "Pacific/Fiji"),
    ("Pago Rooms", "AS", "Pacific/Pago_Pago"),
)


@dataclass(frozen=True)
class Company:
    key: str
    name: str
    country: str
    city: str
    category: str
    level: str
    stars: int | None
    limit_usd: int | None  # None keeps the base of its level
    founded: int
    about: str


COMPANIES = (
    Company(
        "lumenworks",
        "Lumenworks Foshan",
        "CN",
        "Foshan",
        "Lighting",
        "inspected",
        3,
        600_000,
        2009,
        "Pendant, wall and table lamps in brass, steel and blown glass. Own foundry, CE and RCM test reports.",
    ),
    Company(
        "ardent",
        "Ardent Textiles",
        "PT",
        "Guimarães",
        "Textiles",
        "inspected",
        4,
        120_000,
        1987,
        "Linen and cotton for homes and hotels, woven and dyed under one roof. OEKO-TEX certified.",
    ),
    Company(
        "kestrel",
        "Kestrel Components",
        "GB",
        "Sheffield",
        "Components",
        "verified",
        2,
        90_000,
        1998,
        "Cable harnesses, drivers and machined fittings for makers of lamps and furniture.",
    ),
    Company(
        "olaria",
        "Casa Olaria",
        "PT",
        "Aveiro",
        "Ceramics",
        "verified",
        3,
        60_000,
        1974,
        "Stoneware and tiles, glazed by hand, fired in small series.",
    ),
    Company(
        "orbita",
        "Orbita Audio",
        "TW",
        "Taichung",
        "Electronics",
        "verified",
        2,
        80_000,
        2014,
        "Wall and ceiling speakers for hotels and shops, with drivers of our own.",
    ),
    Company(
        "baltic",
        "Baltic Timberworks",
        "LT",
        "Kaunas",
        "Furniture",
        "inspected",
        4,
        90_000,
        2003,
        "Oak and ash furniture parts, FSC chain of custody, kiln-dried to 8 %.",
    ),
    Company(
        "hearthline",
        "Hearthline",
        "PL",
        "Gdańsk",
        "Kitchenware",
        "verified",
        5,
        80_000,
        1995,
        "Enamelled cast iron and oven dishes for shops and kitchens.",
    ),
    Company(
        "sakai",
        "Sakai Edge Works",
        "JP",
        "Sakai",
        "Kitchenware",
        "inspected",
        5,
        60_000,
        1961,
        "Kitchen knives forged and ground by hand, priced in yen.",
    ),
    Company(
        "rajwada",
        "Rajwada Stoneworks",
        "IN",
        "Jaipur",
        "Stone",
        "verified",
        2,
        None,
        2006,
        "Marble and sandstone table tops, cut to drawing.",
    ),
    Company(
        "anatolia",
        "Anatolia Loom",
        "TR",
        "Denizli",
        "Textiles",
        "verified",
        1,
        None,
        2011,
        "Towels and bathrobes, 450 to 700 g/m².",
    ),
    Company(
        "vidrios",
        "Vidrios del Sur",
        "MX",
        "Guadalajara",
        "Glass",
        "unverified",
        None,
        None,
        2019,
        "Blown glass from recycled bottles.",
    ),
    Company(
        "hanoi",
        "Hanoi Rattan",
        "VN",
        "Hanoi",
        "Furniture",
        "unverified",
        None,
        None,
        2021,
        "Rattan seats and baskets, woven to order.",
    ),
)


@dataclass
class Cast:
    """The people and companies of the demo by short names."""

    people: dict[str, User]
    companies: dict[str, Supplier]
    owners: dict[str, User]


def gather(now: datetime, *, present: datetime) -> Cast:
    """Register everybody as of `now`; `present` is the real hour, which says where it is nearly midnight."""
    password = make_password(PASSWORD)  # hashed once: hashing is slow on purpose

    def person(email, name, company="", country="", zone="UTC", **more):
        user = account_actions.register(
            email=email,
            password=None,
            now=now,
            verified=True,
            full_name=name,
            company_name=company,
            country=country,
            timezone=zone,
            **more,
        )
        user.password = password
        user.save(update_fields=["password"])
        return user

    people = {
        "northline": person(BUYER, "Aroha Ngata", "Northline Interiors", "NZ", "Pacific/Auckland"),
        "admin": person(ADMIN, "Site Admin", is_staff=True, is_superuser=True),
    }
    for email, name, group in STAFF:
        people[email.partition("@")[0]] = staff = person(email, name, is_staff=True)
        staff.groups.add(Group.objects.get(name=group))
    for email, name, company, country, zone in OTHER_BUYERS:
        people[email.partition("@")[0]] = person(email, name, company, country, zone)
    company, country, zone = nearly_midnight(present)
    people["midnight"] = person("midnight@demo.test", "Noa Vale", company, country, zone)

    for name, country, contact in INSPECTORS:
        Inspector.objects.create(name=name, country=country, contact=contact)
    companies, owners = {}, {}
    for given in COMPANIES:
        email = SUPPLIER if given.key == "lumenworks" else f"{given.key}@demo.test"
        name = "Wei Liang" if given.key == "lumenworks" else f"Sales, {given.name}"
        owners[given.key] = person(email, name, country=given.country, zone=_zone(given.country))
        companies[given.key] = _company(given, owners[given.key], people["admin"], now)
    return Cast(people, companies, owners)


def nearly_midnight(present: datetime) -> tuple[str, str, str]:
    """A company in a city where today ends within the hour."""
    return next(city for city in CITIES if present.astimezone(ZoneInfo(city[2])).hour == 23)


def _zone(country: str) -> str:
    return {
        "CN": "Asia/Shanghai",
        "PT": "Europe/Lisbon",
        "GB": "Europe/London",
        "TW": "Asia/Taipei",
        "LT": "Europe/Vilnius",
        "PL": "Europe/Warsaw",
        "JP": "Asia/Tokyo",
        "IN": "Asia/Kolkata",
        "TR": "Europe/Istanbul",
        "MX": "America/Mexico_City",
        "VN": "Asia/Ho_Chi_Minh",
    }[country]


def _company(given: Company, owner: User, staff: User, now: datetime) -> Supplier:
    made = supplier_actions.register_supplier(
        name=given.name, country=given.country, city=given.city, about=given.about, owner=owner, now=now
    )
    category, _ = Category.objects.get_or_create(slug=given.category.lower(), defaults={"name": given.category})
    supplier_actions.change_profile(
        supplier_id=made.id,
        by=owner,
        now=now + timedelta(hours=2),
        categories=[category],
        founded_year=given.founded,
    )
    by_staff = {"supplier_id": made.id, "by": staff}
    if given.level != Supplier.Level.UNVERIFIED:
        supplier_actions.verify_supplier(level=given.level, now=now + timedelta(days=2), **by_staff)
    if given.stars is not None:
        reason = "Orders of the past 180 days, reckoned by hand"
        supplier_actions.set_stars(stars=given.stars, reason=reason, now=now + timedelta(days=3), **by_staff)
    if given.limit_usd is not None:
        reason = "Completed protected volume of the past 180 days"
        limit = given.limit_usd * 100
        supplier_actions.set_limit(limit_minor=limit, reason=reason, now=now + timedelta(days=3), **by_staff)
    return Supplier.objects.get(pk=made.id)
