"""Questions and answers of the help centre; every number in them comes from the rulebook."""

from dataclasses import dataclass

from trade_assurance.rulebook import Rulebook
from trade_assurance.templatetags.ta import percent, usd


@dataclass(frozen=True)
class Question:
    """One question; `answer` is paragraphs, `link` a route and the words of a link below them."""

    asked: str
    answer: tuple[str, ...]
    link: tuple[str, str] | None = None
    first: bool = False  # also on the landing page

    def speaks_of(self, words: list[str]) -> bool:
        text = " ".join((self.asked, *self.answer)).casefold()
        return all(word in text for word in words)


@dataclass(frozen=True)
class Topic:
    """Questions that belong together."""

    slug: str
    title: str
    questions: tuple[Question, ...]


def topics(rules: Rulebook) -> list[Topic]:
    """The whole help centre under one rulebook."""
    arrival = dict(rules.refund_arrival_days)
    return [
        Topic(
            "protection",
            "What is protected",
            (
                Question(
                    "What does protection cost me?",
                    (
                        f"Nothing. Protection is {usd(rules.protection_fee_usd)} per order for buyers. You pay only the "
                        "standard transaction fee of the payment method that you choose, and you see it before you confirm.",
                    ),
                    ("site:fees", "See all fees"),
                    first=True,
                ),
                Question(
                    "How do I know an order is covered?",
                    (
                        "Look for the green shield on the order page and in your order list. Without a shield there is no "
                        "cover, and the page says why and what to do about it.",
                    ),
                    first=True,
                ),
                Question(
                    "What is the covered amount?",
                    (
                        "It is the most that we would refund: what your payments brought in for the order, less what was "
                        "refunded. Processing fees are not part of it.",
                        "Before you have the goods all of it is covered. After the supplier has been paid, the limit that was "
                        "reserved for your order when you accepted bounds it. You saw that figure before you accepted.",
                    ),
                    first=True,
                ),
                Question(
                    "How long am I protected?",
                    (
                        f"From your first payment that clears until the end of day {rules.protection_days} after receipt, in "
                        "your own time zone. The day you receive the goods is day 0.",
                    ),
                ),
                Question(
                    "What are the three protections?",
                    (
                        "Payment: every payment to the designated account is covered, deposit and balance alike.",
                        "Shipping: the contract has a ship-by date. If it passes without shipment, you can have what is not "
                        "shipped cancelled and refunded.",
                        "Product quality: goods that differ from the specification or quantity in the contract are covered.",
                    ),
                ),
                Question(
                    "Are sample orders covered?",
                    (
                        f"Sample orders, at most {usd(rules.sample_max_usd)} and {rules.sample_max_units} units, have payment "
                        "and shipping protection. They have no product-quality protection, and every page of the order says so.",
                    ),
                    first=True,
                ),
                Question(
                    "What is not covered?",
                    (
                        "Money paid to any account but the designated one. What the contract does not say: a quality that "
                        "nobody wrote down cannot be measured. And an instalment that falls due after shipment, once "
                        "protection has ended.",
                    ),
                ),
            ),
        ),
        Topic(
            "orders",
            "Orders and contracts",
            (
                Question(
                    "How do I start a protected order?",
                    (
                        "Choose a supplier. Write the contract yourself, or ask the supplier to draft it. The order is placed "
                        "when both of you have accepted the same version, and cover starts with your first payment to the "
                        "designated account.",
                    ),
                    ("orders:new", "Start a protected order"),
                    first=True,
                ),
                Question(
                    "Can the contract change afterwards?",
                    (
                        "An accepted version never changes. A change is a new version, and counts only when both sides have "
                        "accepted it. Both see the same fingerprint (SHA-256), which differs if a single character differs.",
                    ),
                ),
                Question(
                    "What if the other side does not answer?",
                    (f"A contract that was sent and not answered lapses after {rules.lapse_days} days. Nothing is owed.",),
                ),
                Question(
                    "Can I cancel?",
                    (
                        "Before anything has cleared, either side can cancel alone. After it, and before shipment, both can "
                        f"agree to cancel; and you alone can within {rules.buyer_cancel_hours} hours of your first cleared "
                        "payment, if the supplier has not confirmed production. Everything you paid for the goods is refunded.",
                        "While a payment is on its way nobody can cancel or change the order.",
                    ),
                ),
                Question(
                    "What if I do not pay?",
                    (
                        f"An accepted order with nothing paid is cancelled after {rules.unpaid_cancel_days} days. When a payment "
                        f"due before shipment is {rules.overdue_supplier_cancel_days} days overdue, the supplier may cancel.",
                    ),
                ),
            ),
        ),
        Topic(
            "payment",
            "Paying",
            (
                Question(
                    "Where do I pay?",
                    (
                        "To the supplier’s designated account at Citibank, which the checkout shows. Each payment has its own "
                        "reference, starting with RF. Money paid anywhere else is not covered, whoever asked for it.",
                    ),
                ),
                Question(
                    "How can I pay, and what are the fees?",
                    (
                        f"By card: {percent(rules.card_fee_bp)} of the payment, at most {usd(rules.card_max_usd)} per "
                        f"instalment. By online bank payment: {usd(rules.online_fee_usd)}. By T/T (bank wire): nothing from us; "
                        "your own bank may charge you.",
                    ),
                    ("site:fees", "See all fees"),
                ),
                Question(
                    "My transfer arrived short. What now?",
                    (
                        f"If the gap is at most {usd(rules.shortfall_max_usd)} and {percent(rules.shortfall_bp)} of the payment, "
                        "or bank charges on the way explain it, the payment counts as made and we bear the gap. If more is "
                        "missing, what arrived is kept and covered, and the rest stays due.",
                    ),
                ),
                Question(
                    "I forgot the reference.",
                    (
                        "The money waits in a separate account. We suggest a match by amount, payer and open payments, and a "
                        f"person confirms it; above {usd(rules.two_person_match_usd)} two persons do. What cannot be matched "
                        f"goes back to the sender after {rules.unmatched_return_days} days.",
                    ),
                ),
                Question(
                    "Somebody sent me other bank details.",
                    (
                        "Do not pay. Suppliers never change the designated account by e-mail or chat. Pay only to the account "
                        "that the checkout shows, and tell us.",
                    ),
                    ("site:security", "Report it"),
                ),
                Question(
                    "When does a refund arrive?",
                    (
                        "We send it within one business day, the way you paid, latest payment first. It arrives in "
                        f"{arrival['tt']} business days by T/T, {arrival['card']} by card, {arrival['online']} by online bank "
                        "payment.",
                    ),
                ),
            ),
        ),
        Topic(
            "receipt",
            "Shipping and receipt",
            (
                Question(
                    "What if the supplier ships late?",
                    (
                        "Late means: no valid shipment by the end of the ship-by date. The supplier then has "
                        f"{rules.late_proof_hours} hours to prove shipment. You may have what is not shipped cancelled and "
                        f"refunded in full, keep the goods and take {percent(rules.late_compensation_bp_per_day)} of their value "
                        f"for each day late, at most {percent(rules.late_compensation_max_bp)}, or give more time.",
                    ),
                ),
                Question(
                    "How do I confirm receipt?",
                    (
                        "Line by line, on the order page: received, short or rejected. What you mark short or rejected is held "
                        "back from the supplier at its value.",
                    ),
                ),
                Question(
                    "What if I do nothing?",
                    (
                        f"Receipt is confirmed by itself {rules.confirm_after_delivery_days} days after delivery, "
                        f"{rules.confirm_after_arrival_days} days after arrival at the port, or "
                        f"{rules.confirm_after_dispatch_days} days after dispatch when there is no tracking. We remind you "
                        f"before. Either side can extend this once by {rules.confirm_extension_days} days. Your "
                        f"{rules.protection_days} days start then.",
                    ),
                ),
                Question(
                    "What counts as shipped?",
                    (
                        "What the Incoterm of the contract names: for FOB the on-board date of the bill of lading, for FCA the "
                        "handover to the first carrier, for EXW the goods made available to you. A printed label is not a "
                        "shipment.",
                    ),
                    ("site:rulebook", "Read the rulebook"),
                ),
            ),
        ),
        Topic(
            "suppliers",
            "For suppliers",
            (
                Question(
                    "When am I paid?",
                    (
                        "When the buyer has the goods: what the order holds, less a reserve. The reserve follows when protection "
                        f"ends. It is {percent(rules.reserve_bp[0])} for new suppliers and falls to "
                        f"{percent(rules.reserve_bp[5])} with five stars.",
                    ),
                ),
                Question(
                    "What does it cost me?",
                    (
                        f"{percent(rules.service_fee_bp)} of what is paid out to you, for orders up to "
                        f"{usd(rules.service_fee_max_order_usd)}. Nothing above that.",
                    ),
                    ("site:fees", "See all fees"),
                ),
                Question(
                    "What is the protection limit?",
                    (
                        "How much covered money you may have outstanding at once. It starts at "
                        f"{usd(rules.base_limit('unverified'))}, {usd(rules.base_limit('verified'))} once you are verified and "
                        f"{usd(rules.base_limit('inspected'))} after an inspection on site, and grows with what you deliver "
                        f"well, up to {usd(rules.limit_max_usd)}.",
                    ),
                ),
                Question(
                    "How do I become a supplier here?",
                    ("Sign up and choose “I supply”. Then complete your company’s profile and invite your team.",),
                    ("account_signup", "Sign up"),
                ),
            ),
        ),
        Topic(
            "account",
            "Your account",
            (
                Question(
                    "Can I buy and supply with one sign-in?",
                    ("Yes. Switch between buying and each of your companies in the menu at the top of every page.",),
                ),
                Question(
                    "In which time zone are deadlines shown?",
                    (
                        "In the one of your settings, and it is always named. A date in a contract ends at the end of that day "
                        "in the contract’s own time zone.",
                    ),
                ),
                Question(
                    "How do I protect my account?",
                    ("Turn on two-step sign-in in your settings, and sign out sessions that you do not know.",),
                ),
            ),
        ),
    ]


def search(rules: Rulebook, query: str) -> list[Topic]:
    """Topics with only the questions that hold every word of `query`; all of them for an empty one."""
    words = query.casefold().split()
    found = []
    for topic in topics(rules):
        questions = tuple(question for question in topic.questions if question.speaks_of(words))
        if questions:
            found.append(Topic(topic.slug, topic.title, questions))
    return found


def first_questions(rules: Rulebook) -> list[Question]:
    """The few that stand on the landing page."""
    return [question for topic in topics(rules) for question in topic.questions if question.first]
