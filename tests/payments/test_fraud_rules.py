"""Each fraud rule by examples, the score, and what settings change (product.md §4)."""

from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from payments.fraud import scoring
from payments.fraud.rules import RULES, bank_details
from payments.fraud.scoring import Assessment, Fired

PLAIN = {
    "buyer_payments": 1,
    "card_payments": 1,
    "card_other_buyers": 0,
    "device_buyers": 0,
    "address_buyers": 0,
    "earlier_orders": True,
    "amount_usd": 12_000_00,
    "currency": "USD",
    "payer_name": "Northline Ltd",
    "buyer_names": ("Northline", "Mere Whitlock"),
    "payer_country": "NZ",
    "buyer_country": "NZ",
    "supplier_country": "CN",
    "payer_account": "NZ0202020000123456",
    "payout_accounts": ["NL91ABNA0417164300"],
    "shared_members": 0,
    "buyer_email": "mere@northline.co.nz",
    "supplier_emails": ["yu@lumenworks.cn", "na@lumenworks.cn"],
    "shares_device": False,
    "shares_address": False,
    "supplier_messages": ["Deposit seen, thank you. 1,200 pieces, order 2026-0912345.", "Account manager: Yu"],
    "designated_numbers": ["DEMO000001"],
    "lines": [("Pendant lamp, brass", "pieces", 36_00)],
    "usual_lines": [("Pendant lamp, brass", "pieces", price) for price in (33_00, 35_00, 38_00)],
}
IBAN = "Please pay to NL91 ABNA 0417 1643 00 instead."


def facts(**changes):
    return SimpleNamespace(**PLAIN | changes)


EXAMPLES = [
    # rule, what differs from the plain case, whether it fires
    ("velocity_buyer", {"buyer_payments": 10}, False),
    ("velocity_buyer", {"buyer_payments": 11}, True),
    ("velocity_card", {"card_payments": 10}, False),
    ("velocity_card", {"card_payments": 11}, True),
    ("velocity_card", {"card_other_buyers": 1}, True),
    ("velocity_device", {"device_buyers": 1}, False),
    ("velocity_device", {"device_buyers": 2}, True),
    ("velocity_address", {"address_buyers": 3}, False),
    ("velocity_address", {"address_buyers": 4}, True),
    ("first_large", {"earlier_orders": False, "amount_usd": 4_999_99}, False),
    ("first_large", {"earlier_orders": False, "amount_usd": 5_000_00}, True),
    ("first_large", {"amount_usd": 900_000_00}, False),
    ("payer_differs", {"payer_name": ""}, False),
    ("payer_differs", {"payer_name": "WHITLOCK Mere"}, False),
    ("payer_differs", {"payer_name": "Somebody Else Ltd"}, True),
    ("country_differs", {"payer_country": "", "buyer_country": "NZ"}, False),
    ("country_differs", {"payer_country": "NG", "buyer_country": ""}, False),
    ("country_differs", {"payer_country": "NG"}, True),
    ("currency_unusual", {"currency": "CNY"}, False),
    ("currency_unusual", {"currency": "EUR"}, False),
    ("currency_unusual", {"currency": "KWD"}, True),
    ("currency_unusual", {"currency": "KWD", "buyer_country": ""}, False),
    ("linked_member", {"shared_members": 1}, True),
    ("linked_domain", {"supplier_emails": ["yu@northline.co.nz"]}, True),
    ("linked_domain", {"buyer_email": "a@gmail.com", "supplier_emails": ["b@gmail.com"]}, False),
    ("linked_domain", {"buyer_email": "a@demo.test", "supplier_emails": ["b@demo.test"]}, False),
    ("linked_device", {"shares_device": True}, True),
    ("linked_address", {"shares_address": True}, True),
    ("linked_account", {"payer_account": "nl91 abna 0417 1643 00"}, True),
    ("linked_account", {"payer_account": ""}, False),
    ("bank_details_in_messages", {"supplier_messages": [IBAN]}, True),
    ("bank_details_in_messages", {"supplier_messages": [IBAN.lower()]}, True),
    ("bank_details_in_messages", {"supplier_messages": ["Account no. 123-456-789 at our bank"]}, True),
    ("bank_details_in_messages", {"supplier_messages": [IBAN.replace("91", "92")]}, False),
    ("bank_details_in_messages", {"supplier_messages": [IBAN], "designated_numbers": ["NL91ABNA0417164300"]}, False),
    ("price_far", {"lines": [("Brass pendant lamp", "pieces", 105_00)]}, False),
    ("price_far", {"lines": [("Brass pendant lamp", "pieces", 105_01)]}, True),
    ("price_far", {"lines": [("Brass pendant lamp", "pieces", 11_66)]}, True),
    ("price_far", {"lines": [("Brass pendant lamp", "boxes", 900_00)]}, False),
    ("price_far", {"lines": [("Ring chandelier", "pieces", 900_00)]}, False),
    (
        "price_far",
        {"lines": [("Brass pendant lamp", "pieces", 900_00)], "usual_lines": PLAIN["usual_lines"][:2]},
        False,
    ),
    ("disposable_mail", {"buyer_email": "x@mailinator.com"}, True),
    ("disposable_mail", {"buyer_email": "x@inbox.mailinator.com"}, True),
]


@pytest.mark.parametrize(("name", "changes", "fires"), EXAMPLES)
def test_each_rule_fires_by_its_examples(name, changes, fires):
    why = RULES[name].look(facts(**changes))
    assert bool(why) is fires, why
    if fires:
        assert why.endswith(".")


@pytest.mark.parametrize("name", RULES)
def test_no_rule_fires_on_a_plain_payment_and_each_has_its_example(name):
    assert RULES[name].look(facts()) == ""
    assert any(rule == name and fires for rule, _, fires in EXAMPLES)


def test_the_price_is_told_beside_the_usual_one():
    why = RULES["price_far"].look(facts(lines=[("Brass pendant lamp", "pieces", 200_00)]))
    assert "200.00" in why and "35.00" in why


def test_bank_details_are_found_in_running_text_and_nothing_else_is():
    assert bank_details(f"Hello. {IBAN} Thanks") == ["NL91ABNA0417164300"]
    assert bank_details("A/C 12345678 or account number: 87 65 43 21") == ["12345678", "87654321"]
    assert bank_details("PO 2026-0912345, 12345678 pieces, RF18 5390 0754 7034, tel +49 30 1234567") == []


def test_a_very_long_text_is_read_in_no_time():
    assert bank_details("AB12 " * 1000 + "account " * 500) == []


def test_weights_add_up_and_the_threshold_itself_is_high():
    fired = (Fired("first_large", 40, "a"), Fired("linked_domain", 40, "b"))
    assert [Assessment(fired, (), limit).is_high for limit in (79, 80, 81)] == [True, True, False]
    assert Assessment(fired, (), 81).score == 80
    assert not Assessment((), (), 1).is_high


def test_settings_change_a_weight_and_an_unknown_rule_is_said(settings):
    settings.FRAUD_WEIGHTS = {"linked_domain": 7}
    assert scoring.weight_of("linked_domain") == 7
    assert scoring.weight_of("first_large") == 40
    settings.FRAUD_WEIGHTS = {"linked_domian": 7}
    with pytest.raises(SystemCheckError, match="linked_domian"):
        call_command("check")
