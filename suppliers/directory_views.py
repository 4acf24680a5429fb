"""The public directory: search, filters as links, suppliers by stars."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.places import country_name
from suppliers.directory import Search, show_products, suppliers_for
from suppliers.forms import DirectorySearch
from suppliers.models import Category, Supplier
from trade_assurance import keyset, money

PAGE = 20
STARS = (5, 4, 3)
COVERS = (10_000, 50_000, 250_000)  # US dollars


def _filters(asked: dict, categories: list[Category], countries: list[tuple[str, str]]) -> list[dict]:
    """Each filter with its choices as links that keep all other filters; the first choice takes it away."""
    named = (
        ("category", _("Category"), [(category.slug, category.words) for category in categories]),
        ("country", _("Country"), countries),
        ("checked", _("Checked by us"), DirectorySearch.base_fields["checked"].choices),
        ("stars", _("Stars"), [(n, _("5 stars") if n == 5 else _("{n} stars or more").format(n=n)) for n in STARS]),
        (
            "cover",
            _("Can be covered now"),
            [
                (usd, _("{amount} or more").format(amount=money.display(usd * 100, "USD").removesuffix(".00")))
                for usd in COVERS
            ],
        ),
    )
    found = []
    for name, title, choices in named:
        others = {key: value for key, value in asked.items() if key != name}
        links = [(_("Any"), f"?{urlencode(others)}", name not in asked)]
        links += [
            (label, f"?{urlencode(others | {name: value})}", str(asked.get(name)) == str(value))
            for value, label in choices
        ]
        chosen = next((label for label, _unused, is_on in links[1:] if is_on), "")
        found.append({"name": name, "title": title, "links": links, "chosen": chosen})
    return found


@require_safe
@vary_on_headers("HX-Request")
def directory(request):
    asked = DirectorySearch(request.GET).asked()
    categories = list(Category.objects.order_by("name"))
    held = Supplier.objects.listed().order_by("country").values_list("country", flat=True).distinct()
    countries = sorted(((code, country_name(code)) for code in held), key=lambda pair: pair[1])
    for name, known in (("category", {each.slug for each in categories}), ("country", dict(countries))):
        if asked.get(name) not in known:
            asked.pop(name, None)
    search = Search.of(asked["q"]) if "q" in asked else None
    page = keyset.page(
        suppliers_for(asked, search), by=("tier", "name", "id"), cursor=request.GET.get("page", ""), size=PAGE
    )
    show_products(page.rows, asked, search)
    for supplier in page:
        supplier.country_words = country_name(supplier.country)
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
