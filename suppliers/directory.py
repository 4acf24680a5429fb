"""Finding suppliers and products: words in any order, typed only to begin with, or mistyped.

A search reads each supplier's entry of words (`suppliers.actions.directory`). A word that occurs nowhere is looked up
by trigrams among all words that occur, and its nearest neighbours are searched as well.
"""

import re
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery, SearchRank
from django.db import connection
from django.db.models import Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from suppliers.models import Category, PriceStep, Product, ProductPhoto, Supplier

WORDS_MAX = 8
WORD_MAX = 40
ALIKE_MAX = 3
PRODUCTS_SHOWN = 3  # of a supplier, those that fit
# A word's neighbours, nearest first; none for a word that occurs, or that one begins with.
ALIKE = """
SELECT asked.word, alike.word
FROM unnest(%s::text[]) AS asked(word)
CROSS JOIN LATERAL (
    SELECT known.word, similarity(known.word, asked.word) AS near FROM suppliers_directoryword known
    WHERE known.word %% asked.word ORDER BY near DESC, known.word LIMIT %s
) alike
WHERE NOT EXISTS (SELECT FROM suppliers_directoryword known WHERE known.word LIKE asked.word || '%%')
ORDER BY asked.word, alike.near DESC, alike.word
"""

Query = SearchQuery | CombinedSearchQuery


@dataclass(frozen=True)
class Search:
    """What somebody looks for: the words, and the neighbours of those that occur nowhere."""

    words: tuple[str, ...]
    alike: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Search":
        """The words of what was typed, with neighbours looked up in one query."""
        words = tuple(dict.fromkeys(word[:WORD_MAX] for word in re.findall(r"[^\W_]+", text.lower())))[:WORDS_MAX]
        return cls(words, _alike(words)) if words else cls(words)

    def _query(self, word: str) -> Query:
        return reduce(or_, (_begins(each) for each in (word, *self.alike.get(word, ()))))

    @property
    def all_of(self) -> Query:
        """Every word occurs."""
        return reduce(and_, map(self._query, self.words))

    @property
    def any_of(self) -> Query:
        """Some word occurs."""
        return reduce(or_, map(self._query, self.words))


def _begins(word: str) -> Query:
    """A word by its stem, or the first letters of one; a single letter is no beginning."""
    lexeme = f"'{word}':*" if len(word) > 1 else f"'{word}'"
    stem, plain = (SearchQuery(lexeme, config=config, search_type="raw") for config in ("english", "simple"))
    return stem | plain


def _alike(words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, [list(words), ALIKE_MAX])
        for asked, known in cursor.fetchall():
            nearer = found.get(asked, ())
            if not known.startswith(nearer):  # a search for "pendant" finds "pendants"
                found[asked] = (*nearer, known)
    return found


def suppliers_for(asked: dict, search: Search | None) -> QuerySet[Supplier]:
    """Listed suppliers that fit what was asked."""
    found = Supplier.objects.listed()
    if search is not None:
        found = found.filter(directory_entry__words=search.all_of) if search.words else found.none()
    if country := asked.get("country"):
        found = found.filter(country=country)
    if category := asked.get("category"):
        own = Supplier.categories.through.objects.filter(supplier=OuterRef("pk"), category__slug=category)
        sold = Product.objects.listed().filter(supplier=OuterRef("pk"), category__slug=category)
        found = found.filter(Q(Exists(own)) | Q(Exists(sold)))
    if stars := asked.get("stars"):
        found = found.filter(stars__gte=stars)
    if cover := asked.get("cover"):
        free = F("limit_minor") - F("reserved_minor")
        found = found.alias(free=free).filter(free__gte=cover * 100, status=Supplier.Status.ACTIVE)
    match asked.get("checked"):
        case "verified":
            found = found.exclude(level=Supplier.Level.UNVERIFIED)
        case "inspected":
            found = found.filter(level=Supplier.Level.INSPECTED)
    return found.prefetch_related(Prefetch("categories", Category.objects.order_by("name")))


def show_products(suppliers: list[Supplier], asked: dict, search: Search | None) -> None:
    """Give each of a page's suppliers `fitting`: the products that fit best, at most three. One query for all."""
    found = Product.objects.listed().filter(supplier__in=suppliers)
    if category := asked.get("category"):
        found = found.filter(category__slug=category)
    by = [F("name").asc(), F("id").asc()]
    if search is not None and search.words:
        fits = search.any_of
        found = found.filter(words=fits)
        by = [SearchRank(F("words"), fits).desc(), *by]
    nth = Window(RowNumber(), partition_by=F("supplier"), order_by=by)
    cover = ProductPhoto.objects.filter(product=OuterRef("pk")).order_by("place", "id").values("public_id")[:1]
    least = PriceStep.objects.filter(product=OuterRef("pk")).values("product").annotate(least=Min("unit_price_minor"))
    rows = (
        found.annotate(nth=nth, cover=Subquery(cover), lowest_minor=Subquery(least.values("least")))
        .filter(nth__lte=PRODUCTS_SHOWN)
        .order_by("supplier", "nth")
    )
    fitting: dict[int, list[Product]] = {}
    if suppliers and (asked.get("category") or search):
        for row in rows:
            fitting.setdefault(row.supplier_id, []).append(row)
    for supplier in suppliers:
        supplier.fitting = fitting.get(supplier.pk, [])
