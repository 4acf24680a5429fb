"""The fraud rules by name (product.md §4). Each looks at the facts and says in one sentence why it fires, or nothing.

A rule decides nothing alone; `scoring` adds the weights up. Weights are changed by settings.FRAUD_WEIGHTS, 0 switches
a rule off. Sentences are for staff: who is judged never reads them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import disposable_email_domains
from babel.numbers import get_territory_currencies
from stdnum import iban

from payments.reconciliation import same_payer
from trade_assurance.money import display

PAYMENTS_A_DAY = 10  # of one buyer, or with one card
BUYERS_A_DEVICE, BUYERS_AN_ADDRESS = 2, 4  # other buyers who pay from there within a day
LARGE_USD = 5_000_00
PRICES_LEAST, PRICE_FACTOR = 3, 3  # earlier lines that make a usual price; how far is far
TRADE_CURRENCIES = ("USD", "EUR")
PUBLIC_MAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com aol.com"
    " gmx.com gmx.de gmx.net web.de mail.com mail.ru yandex.ru yandex.com proton.me protonmail.com zoho.com"
    " fastmail.com qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn aliyun.com naver.com daum.net"
    " hanmail.net rediffmail.com orange.fr wanadoo.fr free.fr laposte.net libero.it t-online.de".split()
)
NOBODYS = (".test", ".example", ".invalid", ".localhost")  # RFC 2606: no mail reaches anybody there
IBAN = re.compile(r"(?=\b([A-Z]{2}[0-9]{2}(?:[ \-]?[A-Z0-9]){11,30}))", re.IGNORECASE)
ACCOUNT = re.compile(
    r"\b(?:account|acct|acc|a/c)\b[ .]*(?:no\b|number\b|nr\b|#)?[ .:#]*([0-9](?:[ \-]?[0-9]){6,24})", re.IGNORECASE
)


@dataclass(frozen=True)
class Rule:
    """A rule with the weight that it has unless settings say otherwise."""

    name: str
    title: str
    weight: int
    look: Callable[[object], str]


RULES: dict[str, Rule] = {}


def rule(weight: int, title: str):
    """Register a function as a rule; it gives its sentence, or "" when it does not fire."""

    def added(look):
        RULES[look.__name__] = Rule(look.__name__, title, weight, look)
        return look

    return added


@rule(30, "Many payments of one buyer")
def velocity_buyer(facts) -> str:
    count = facts.buyer_payments
    return f"The buyer has made {count} payments within 24 hours." if count > PAYMENTS_A_DAY else ""


@rule(50, "One card, many payments or buyers")
def velocity_card(facts) -> str:
    if facts.card_other_buyers:
        return f"The same card paid for {_others(facts.card_other_buyers, 'buyer')} within 90 days."
    count = facts.card_payments
    return f"The same card has paid {count} times within 24 hours." if count > PAYMENTS_A_DAY else ""


@rule(30, "One device, many buyers")
def velocity_device(facts) -> str:
    count = facts.device_buyers
    return f"{count} other buyers have paid from this device within 24 hours." if count >= BUYERS_A_DEVICE else ""


@rule(15, "One address, many buyers")
def velocity_address(facts) -> str:
    count = facts.address_buyers
    return f"{count} other buyers have paid from this address within 24 hours." if count >= BUYERS_AN_ADDRESS else ""


@rule(40, "First order with a large amount")
def first_large(facts) -> str:
    if facts.earlier_orders or facts.amount_usd < LARGE_USD:
        return ""
    return f"It is the buyer's first paid order, and the payment is {display(facts.amount_usd, 'USD')}."


@rule(30, "Payer is not the buyer")
def payer_differs(facts) -> str:
    if not facts.payer_name or same_payer(facts.payer_name, facts.buyer_names):
        return ""
    return "The payer's name is not the buyer's or its company's."


@rule(30, "Payer's country differs")
def country_differs(facts) -> str:
    if not facts.payer_country or not facts.buyer_country or facts.payer_country == facts.buyer_country:
        return ""
    return f"The money comes from {facts.payer_country}, the buyer is in {facts.buyer_country}."


@rule(15, "Currency of neither side")
def currency_unusual(facts) -> str:
    if facts.currency in TRADE_CURRENCIES or not (facts.buyer_country and facts.supplier_country):
        return ""
    countries = (facts.buyer_country, facts.supplier_country)
    if any(facts.currency in get_territory_currencies(country) for country in countries):
        return ""
    return f"{facts.currency} is the currency of neither {' nor '.join(countries)}."


@rule(100, "Supplier's people work with the buyer")
def linked_member(facts) -> str:
    count = facts.shared_members
    return (
        f"{_people(count)} of the supplier's team {'work' if count > 1 else 'works'} with the buyer." if count else ""
    )


@rule(40, "Supplier and buyer share a mail domain")
def linked_domain(facts) -> str:
    domain = _domain(facts.buyer_email)
    if not domain or domain in PUBLIC_MAIL or domain.endswith(NOBODYS):
        return ""
    if domain not in {_domain(email) for email in facts.supplier_emails}:
        return ""
    return f"Buyer and supplier use mail addresses of {domain}."


@rule(50, "Supplier and buyer share a device")
def linked_device(facts) -> str:
    return "Buyer and supplier were seen on the same device within 90 days." if facts.shares_device else ""


@rule(20, "Supplier and buyer share an address")
def linked_address(facts) -> str:
    return "Buyer and supplier were seen at the same internet address within 90 days." if facts.shares_address else ""


@rule(100, "Money comes from the supplier's own account")
def linked_account(facts) -> str:
    own = {_plain(number) for number in facts.payout_accounts}
    if not facts.payer_account or _plain(facts.payer_account) not in own:
        return ""
    return "The money comes from an account that the supplier is paid to."


@rule(60, "Bank details in the supplier's messages")
def bank_details_in_messages(facts) -> str:
    found = [number for text in facts.supplier_messages for number in bank_details(text)]
    ours = {_plain(number) for number in facts.designated_numbers} if found else set()
    found = [number for number in found if number not in ours]
    return f"The supplier wrote bank details on the order, ending in {found[0][-4:]}." if found else ""


@rule(25, "Price far from the usual")
def price_far(facts) -> str:
    for product, unit, price in facts.lines:
        known = [each for other, other_unit, each in facts.usual_lines if unit == other_unit and _alike(product, other)]
        if len(known) < PRICES_LEAST:
            continue
        usual = int(median(known))
        if price > usual * PRICE_FACTOR or price * PRICE_FACTOR < usual:
            shown = display(price, facts.currency), display(usual, facts.currency)
            return f"{product[:60]} costs {shown[0]} a unit, usually {shown[1]} at this supplier."
    return ""


@rule(40, "Disposable mail address")
def disposable_mail(facts) -> str:
    domain = _domain(facts.buyer_email)
    labels = domain.split(".")
    parents = {".".join(labels[n:]) for n in range(len(labels) - 1)}
    found = parents & disposable_email_domains.blocklist
    return f"The buyer's mail address is of {domain}, which gives addresses away for a time." if found else ""


def bank_details(text: str) -> list[str]:
    """Account numbers that a text names: valid IBANs (ISO 13616), and numbers called an account."""
    found = []
    for match in IBAN.finditer(text):
        compact = _plain(match.group(1))
        length = next((end for end in range(len(compact), 14, -1) if iban.is_valid(compact[:end])), 0)
        if length:
            found.append(compact[:length])
    return found + [_plain(match.group(1)) for match in ACCOUNT.finditer(text)]


def _plain(number: str) -> str:
    return re.sub(r"[\s\-]", "", number).upper()


def _domain(email: str) -> str:
    return email.rpartition("@")[2].lower()


def _alike(one: str, other: str) -> bool:
    """Whether two products share at least half of their words."""
    first, second = (set(re.findall(r"\w+", text.casefold())) for text in (one, other))
    return bool(first and second) and 2 * len(first & second) >= len(first | second)


def _others(count: int, noun: str) -> str:
    return f"{count} other {noun}{'' if count == 1 else 's'}"


def _people(count: int) -> str:
    return "One person" if count == 1 else f"{count} people"
