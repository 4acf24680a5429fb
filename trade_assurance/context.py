"""What every page needs from the site: the acting side's navigation, its companies, the demo strip."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _lazy

from suppliers import acting


@dataclass(frozen=True)
class NavItem:
    """One entry of the main navigation; `key` is what a view passes as `active` when the path does not say it."""

    key: str
    label: str
    href: str
    also: tuple[str, ...] = field(default=())

    def holds(self, path: str) -> bool:
        return any(path.startswith(start) for start in (self.href, *self.also))


# Key, label, route, other path beginnings that belong to it.
BUYER_NAV = (
    ("home", _lazy("Home"), "orders:dashboard", ()),
    ("orders", _lazy("Orders"), "orders:list", ("/payments/",)),
    ("disputes", _lazy("Disputes"), "disputes:list", ()),
    ("suppliers", _lazy("Suppliers"), "suppliers:directory", ()),
)
SUPPLIER_NAV = (
    ("home", _lazy("Home"), "portal:home", ()),
    ("orders", _lazy("Orders"), "portal:orders", ("/orders/", "/portal/contracts/")),
    ("disputes", _lazy("Disputes"), "disputes:list", ()),
    ("payouts", _lazy("Payouts"), "payments:payouts", ()),
    ("rating", _lazy("Rating"), "portal:rating", ("/portal/reviews/",)),
    ("products", _lazy("Products"), "portal:products", ()),
    ("team", _lazy("Team"), "portal:team", ()),
    ("profile", _lazy("Profile"), "portal:profile", ("/portal/documents/",)),
)


class Site:
    """The page's surroundings, worked out when the template first asks and kept for the request."""

    def __init__(self, request: HttpRequest):
        self.request = request

    @property
    def demo(self) -> bool:
        return settings.DEMO

    @property
    def languages(self) -> list[tuple[str, str]]:
        """Every language by its own name, whoever reads."""
        return settings.LANGUAGES

    @cached_property
    def user(self):
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def memberships(self) -> list:
        """The signed-in person's places in supplier companies: one query."""
        return list(acting.memberships(self.request)) if self.user else []

    @cached_property
    def supplier(self):
        """The company the person acts for, None when buying."""
        return acting.acting_supplier(self.request) if self.user else None

    @cached_property
    def portal(self) -> str:
        """Whose pages these are: "public", "buyer" or "supplier"."""
        if not self.user:
            return "public"
        return "supplier" if self.supplier else "buyer"

    @property
    def acting_name(self) -> str:
        return self.supplier.name if self.supplier else self.user.display_name

    @cached_property
    def nav(self) -> list[NavItem]:
        entries = {"buyer": BUYER_NAV, "supplier": SUPPLIER_NAV}.get(self.portal, ())
        items = []
        for key, label, route, also in entries:
            try:
                items.append(NavItem(key, label, reverse(route), also))
            except NoReverseMatch:  # that page is not part of this installation
                continue
        return items

    @cached_property
    def active(self) -> str:
        """The entry whose address is the longest beginning of this one."""
        held = [item for item in self.nav if item.holds(self.request.path)]
        return max(held, key=lambda item: len(item.href)).key if held else ""


def site(request: HttpRequest) -> dict:
    """Context processor: `site` on every page."""
    return {"site": Site(request)}
