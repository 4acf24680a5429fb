"""The public directory: search, filters as links, suppliers by stars."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts import places
from suppliers.directory import Search, show_products, suppliers_for
from suppliers.forms import DirectorySearch
from suppliers.models import Category, Supplier
from trade_assurance import keyset
from trade_assurance.templatetags.ta import usd

PAGE = 20
STARS = (5, 4, 3)
COVERS = (10_000, 50_000, 250_000)  # US dollars


def _filters(asked: dict, categories: list[Category], countries: list[tuple[str, str]]) -> list[dict]:
    """Each filter with its choices as links that keep all other filters; the first choice takes it away."""
    of_usd = _("{amount} or more")
    named = (
        ("category", _("Category"), _("Any category"), [(category.slug, category.words) for category in categories]),
        ("country", _("Country"), _("Any country"), countries),
        (
            "checked",
            _("Checked by us"),
            _("Any, checked or not"),
            DirectorySearch.base_fields["checked"].choices,
        ),
        (
            "stars",
            _("Stars"),
            _("Any stars"),
            [(n, _("5 stars") if n == 5 else _("{n} stars or more").format(n=n)) for n in STARS],
        ),
        (
            "cover",
            _("Can be covered now"),
            _("Any amount covered"),
            [(amount, of_usd.format(amount=usd(amount * 100))) for amount in COVERS],
        ),
    )
    choose = {"category": _("Choose a category"), "country": _("Choose a country")}
    found = []
    for name, title, any_of, choices in named:
        others = {key: value for key, value in asked.items() if key != name}
        links = [(_("Any"), f"?{urlencode(others)}", name not in asked)]
        links += [
            (label, f"?{urlencode(others | {name: value})}", str(asked.get(name)) == str(value))
            for value, label in choices
        ]
        chosen = next((label for label, _href, is_on in links[1:] if is_on), "")
        found.append(
            {"name": name, "title": title, "links": links, "chosen": chosen, "any": any_of, "choose": choose.get(name)}
        )
    return found


@require_safe
@vary_on_headers("HX-Request")
def directory(request):
    asked = DirectorySearch(request.GET).asked()
    categories = list(Category.objects.order_by("name"))
    held = Supplier.objects.listed().order_by("country").values_list("country", flat=True).distinct()
    codes = set(held)
    countries = [(code, name) for code, name in places.countries() if code in codes]
    for name, known in (("category", {each.slug for each in categories}), ("country", dict(countries))):
        if asked.get(name) not in known:
            asked.pop(name, None)
    search = Search.of(asked["q"]) if "q" in asked else None
    page = keyset.page(
        suppliers_for(asked, search), by=("tier", "name", "id"), cursor=request.GET.get("page", ""), size=PAGE
    )
    show_products(page.rows, asked, search)
    for supplier in page:
        supplier.country_words = places.country_name(supplier.country)
    context = {
        "asked": asked,
        "others": [(name, value) for name, value in asked.items() if name != "q"],
        "filters": _filters(asked, categories, countries),
        "alike": search.alike if search else {},
        "page": page,
        "kept": urlencode(asked),
        "active": "suppliers",
    }
    template = "suppliers/results.html" if request.htmx and not request.htmx.boosted else "suppliers/directory.html"
    return render(request, template, context)
