"""What a new contract starts with: a product as its supplier offers it, or the terms of an earlier order."""

import unicodedata
from dataclasses import replace

from orders.models import Order
from orders.terms import QUANTITY_MAX, InstalmentTerms, LineTerms, Terms
from orders.terms.typical import TYPICAL, with_typical
from suppliers.models import Product
from trade_assurance import money
from trade_assurance.rulebook import CURRENT

# The named place lies with the supplier; any other lies with the buyer, whose it stays.
SUPPLIERS_PLACE = ("EXW", "FCA", "FAS", "FOB")
TITLE_MAX = 120


def quantity_of(product: Product, typed: str) -> int:
    """The quantity that was typed; the minimum order when it can't be read, or is below it."""
    text = unicodedata.normalize("NFKC", typed).strip().replace(",", "")[:20]
    wanted = int(text) if text.isascii() and text.isdigit() else 0
    return min(max(wanted, product.minimum_quantity), QUANTITY_MAX)


def title_of(product: Product, quantity: int) -> str:
    ending = f", {quantity:,} {product.unit}"
    return product.name[: TITLE_MAX - len(ending)] + ending


def from_product(product: Product, quantity: int, fresh: Terms) -> Terms:
    """A new contract's terms for so many of a product: the price of that step, what is typical of its category."""
    price = product.price_minor(quantity)
    line = LineTerms(product.name, quantity, product.unit, price, specification=product.description)
    deposit = CURRENT.deposit_default_bp
    shares = money.allocate(line.value_minor, [deposit, 10_000 - deposit])
    plan = tuple(
        InstalmentTerms(part.label, minor, part.due_before, part.due_on)
        for part, minor in zip(fresh.plan, shares, strict=True)
    )
    terms = replace(
        fresh,
        title=fresh.title or title_of(product, quantity),
        currency=product.currency,
        lines=(line,),
        plan=plan,
        ship_by_on=None,
        lead_days=product.lead_days,
        category=known_category(product.category.slug),
    )
    return with_typical(terms, line)


def known_category(slug: str) -> str:
    """The category where it has typical terms, else none."""
    return slug if slug in TYPICAL else ""


def request_for(product: Product, quantity: int) -> str:
    """What a buyer who comes from a product's page asks for, to be completed by hand."""
    price = money.display(product.price_minor(quantity), product.currency)
    return (
        f"{quantity:,} {product.unit} of {product.name}, at {price} each as on your page, "
        f"shipped within {product.lead_days} days of payment.\n\nDelivered to: \nQuality and packing: \n"
    )


def again(order: Order, fresh: Terms, *, same_buyer: bool) -> Terms:
    """An earlier order's terms with the dates of a new one; another buyer's address and title never come along."""
    version = order.versions.in_force() or order.versions.newest()
    if version is None:
        return fresh
    old = version.terms
    plan = tuple(replace(part, due_on=fresh.plan[min(n, 1)].due_on) for n, part in enumerate(old.plan))
    ship = None if old.lead_days is not None else fresh.ship_by_on
    kept = replace(old, plan=plan, ship_by_on=ship, attachments=(), parties={})
    if same_buyer:
        return kept
    return replace(
        kept,
        title=fresh.title or old.title,
        place=old.place if old.incoterm in SUPPLIERS_PLACE else "",
        destination_country=fresh.destination_country,
        destination_address=fresh.destination_address,
        timezone=fresh.timezone,
    )
