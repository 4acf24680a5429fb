"""Reviews as pages show them: from whom, the upheld dispute beside them, and their mean.

Nothing is imported from the apps above: orders keep the reviews, disputes their outcomes; both are read by relation.
"""

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.places import country_name
from suppliers.models import Category, Supplier
from trade_assurance import keyset

SCORES = ("on_time", "as_agreed", "service")
FOR_BUYER = ("returning", "replacing", "closed")  # states of a case whose outcome stands
LOOKED_AT = 60  # of the newest reviews, for the landing page
CATEGORIES, OF_EACH = 3, 2
REFUSED = ("reject", "out_of_scope")
REASONS = {
    "non_shipment": _lazy("not shipped"),
    "non_receipt": _lazy("not received"),
    "late": _lazy("shipped late"),
    "shortage": _lazy("quantity short"),
    "quality": _lazy("quality not as agreed"),
    "wrong": _lazy("wrong goods"),
    "packaging": _lazy("packaging"),
    "documents": _lazy("certificate missing"),
}


@dataclass(frozen=True)
class Mean:
    """The mean of a supplier's reviews; each figure has one decimal, as text."""

    count: int
    overall: str
    on_time: str
    as_agreed: str
    service: str


def tenths(total: int, count: int) -> str:
    """A mean to one decimal, halves rounded up, without a float."""
    tenths = (20 * total + count) // (2 * count)
    return f"{tenths // 10}.{tenths % 10}"


def mean_of(supplier: Supplier) -> Mean | None:
    """The mean of all reviews that are shown; None without any."""
    found = supplier.reviews.shown().aggregate(count=Count("id"), **{name: Sum(name) for name in SCORES})
    count = found.pop("count")
    if not count:
        return None
    return Mean(count, tenths(sum(found.values()), 3 * count), *(tenths(found[name], count) for name in SCORES))


def page_of(reviews, *, cursor: str, size: int, by=("-id",)) -> keyset.Page:
    """One page of reviews, newest first, each told."""
    page = keyset.page(reviews.select_related("by"), by=by, cursor=cursor, size=size)
    tell(page.rows)
    return page


def by_category(reviews) -> list[dict]:
    """The newest reviews with words, two of each of three categories, whatever they say; none is picked by hand."""
    newest = (
        reviews.exclude(text="")
        .exclude(supplier__status=Supplier.Status.REMOVED)
        .select_related("by", "supplier")
        .prefetch_related(Prefetch("supplier__categories", Category.objects.order_by("name")))
        .order_by("-id")[:LOOKED_AT]
    )
    found: dict[int, dict] = {}
    for review in newest:
        for category in review.supplier.categories.all()[:1]:
            of = found.setdefault(category.pk, {"category": category, "reviews": []})
            if len(of["reviews"]) < OF_EACH:
                of["reviews"].append(review)
    shown = list(found.values())[:CATEGORIES]
    tell([review for of in shown for review in of["reviews"]])
    return shown


def tell(reviews: list) -> None:
    """Give each review its buyer's words and the upheld dispute of its order, in one query for all."""
    for review in reviews:
        review.buyer_words = (
            _("Buyer, {country}").format(country=country_name(review.by.country)) if review.by.country else _("A buyer")
        )
        review.upheld = ""
    if not reviews:
        return
    case = "order__disputes__"
    rows = (
        type(reviews[0])
        .objects.filter(
            Q(**{f"{case}decisions__status": "final"}) | Q(**{f"{case}outcome": "awarded"}),
            **{"pk__in": [review.pk for review in reviews], f"{case}claimant": "buyer"},
            **{f"{case}status__in": FOR_BUYER},
        )
        .order_by(f"{case}id", f"{case}decisions__id", f"{case}decisions__claims__id")
        .values_list(
            "pk",
            f"{case}id",
            f"{case}decisions__id",
            f"{case}decisions__at_fault",
            f"{case}decisions__claims__reason",
            f"{case}decisions__claims__outcome",
        )
    )
    cases: dict[int, dict[int, tuple]] = {}
    for pk, dispute, decision, at_fault, reason, outcome in rows:
        known = cases.setdefault(pk, {}).get(dispute)
        if known is None or known[0] != decision:  # an appeal's decision comes later and takes the place of the first
            known = (decision, at_fault, [])
            cases[pk][dispute] = known
        if outcome not in REFUSED and reason in REASONS:
            known[2].append(reason)
    for review in reviews:
        review.upheld = upheld_words(cases.get(review.pk, {}).values())


def upheld_words(decided) -> str:
    """What the cases of an order say beside its review; nothing when none was upheld."""
    reasons = [
        reason for decision, at_fault, found in decided if decision and at_fault == "supplier" for reason in found
    ]
    if reasons:
        first, *others = (str(REASONS[reason]) for reason in dict.fromkeys(reasons))
        for other in others:
            first = _("{this}, {that}").format(this=first, that=other)
        return _("Our staff upheld a claim on this order: {reasons}.").format(reasons=first)
    if any(decision is None for decision, *_rest in decided):
        return _("A claim on this order was awarded to the buyer.")
    return ""
