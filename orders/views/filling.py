"""A draft that is looked at or filled in without being kept: rows, typical terms, problems at their fields."""

from django.utils.translation import gettext as _

from orders import beginnings
from orders.forms import Draft
from orders.forms.overlaying import overlaid, sent_by
from orders.models import Order, ReferenceRate
from orders.terms import LineTerms, problems
from orders.terms.typical import TYPICAL, with_typical
from orders.views import checking
from suppliers.models import Supplier

OPENED = 2  # lines whose typed parts are unfolded after a template has filled them


def only_looked(request, draft: Draft, supplier: Supplier, now) -> tuple[Draft, str] | None:
    """For a button that keeps nothing: the draft to show, and what it did in words; None for all others."""
    if "begin" in request.POST:
        return _begun(request, draft, now)
    if Draft.only_rows(request.POST):
        return draft.forget_errors(), ""
    return checking.only_looked(request, draft, supplier, now)


def _begun(request, draft: Draft, now) -> tuple[Draft, str]:
    """What was typed with the typical terms of the chosen category wherever nothing was typed yet."""
    terms = draft.terms()
    new = with_typical(terms, LineTerms("", 0, "pieces", 0))
    if new is terms:
        draft.forget_errors().form.add_error("category", _("Choose a category first."))
        return draft, ""
    begun = Draft.typed(overlaid(request.POST, draft, terms, new, now), now=now)
    for number in range(min(OPENED, len(begun.lines.forms))):
        begun.open_line(number)
    if new == terms:
        return begun.forget_errors(), _("Nothing was filled in: everything that is typical is typed already.")
    name = TYPICAL[terms.category].name
    return begun.forget_errors(), _("Filled in what is typical of {name}. Edit it until it fits these goods.").format(
        name=_(name).lower()
    )


def checked(draft: Draft, order: Order, now) -> Draft:
    """The draft as if just typed, with every problem at its field."""
    typed = sent_by(draft)
    for rows in (draft.lines, draft.plan):
        typed[f"{rows.prefix}-TOTAL_FORMS"] = str(len(rows.forms))
        typed[f"{rows.prefix}-INITIAL_FORMS"] = "0"
    for line in draft.lines.forms:
        for rows in (line.attributes, line.certificates):
            typed[f"{rows.prefix}-TOTAL_FORMS"] = str(len(rows))
    checked = Draft.typed(typed, now=now)
    if checked.is_valid():
        terms = checked.terms()
        rate = ReferenceRate.objects.usd_per_unit(terms.currency, now.date())
        checked.show(problems(terms, rules=order.rulebook, usd_per_unit=rate, now=now))
    return checked


def only_category(supplier: Supplier) -> str:
    """The supplier's category where it has one only: its goods are most likely of it."""
    slugs = list(supplier.categories.values_list("slug", flat=True)[:2])
    return beginnings.known_category(slugs[0]) if len(slugs) == 1 else ""
