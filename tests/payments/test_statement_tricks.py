"""What a payer writes is never taken for what the bank says, and what stands in a file never stops the others."""

import pytest

from payments import actions
from payments.models import BankEntry
from payments.reconciliation import same_payer
from tests import stories
from tests.payments.bank_files import Line, camt, imported, mt940
from tests.payments.conftest import DAY, NOW, wire
from tests.payments.desking import part

IBAN, THIEF = "DE89370400440532013000", "GB33BUKB20201555555555"


@pytest.fixture
def order(world):
    return stories.placed(world)


@pytest.fixture
def account(order):
    return order.supplier.designated_account.number


@pytest.fixture(autouse=True)
def bank(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def one() -> BankEntry:
    return BankEntry.objects.get()


@pytest.mark.parametrize("code", ["CHGS", "OCMT"])
def test_charges_that_the_payer_writes_explain_nothing(order, account, code):
    reference = part(order).rf_reference
    line = Line("1.00", f"{reference} /{code}/USD99999,00", ref="A")
    imported(mt940(account, line))
    assert one().charges_minor == 0
    assert part(order).open_minor > 0


def test_a_name_that_the_payer_writes_is_not_its_name(order, account):
    line = Line(
        str(part(order).open_minor / 100), f"{part(order).rf_reference} /NAME/Northline", payer="Shell Trading", ref="A"
    )
    imported(mt940(account, line))
    assert (one().payer_name, one().status) == ("Shell Trading", "suspense")


def test_an_account_that_the_payer_writes_is_not_its_account(order, account):
    content = mt940(account, Line("100.00", f"lamps /IBAN/{THIEF}", ref="A")).replace(
        b":86:", f":86:/IBAN/{IBAN}".encode()
    )
    imported(content)
    assert one().other_account == IBAN


def test_no_name_and_account_but_what_the_payer_writes(order, account):
    content = mt940(
        account, Line("100.00", f"{part(order).rf_reference}/NAME/Northline/IBAN/{THIEF}", payer="X", ref="A")
    )
    imported(content.replace(b"/NAME/X", b""))
    assert (one().payer_name, one().other_account, one().status) == ("", "", "suspense")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("sign", ["DBIT", "CRDT"])
def test_a_day_far_off_is_refused_before_anything_is_booked(account, day, sign):
    file = imported(camt(account, Line("5.00", "lamps", sign=sign, ref="A", day=day)))
    assert (file.status, file.why) == ("refused", f"{day} is no date of a bank statement.")


def test_signs_that_mean_something_to_the_database_are_kept_as_they_are(account):
    text = "tab\ttab \\. \\N \u2028 \\x41 ,;\"' \\"
    lines = [Line("5.00", text + str(number), payer="\\N", ref=f"R\\{number}") for number in range(25)]
    file = imported(camt(account, *lines))
    assert file.status == "complete" and file.suspended == 25
    assert BankEntry.objects.filter(payer_name="\\N", reference__startswith=text).count() == 25


def test_charges_that_the_bank_writes_explain_what_is_missing(order, account):
    short = f"{(part(order).open_minor - 40_00) / 100:.2f}"
    content = mt940(account, Line(short, part(order).rf_reference, ref="A"))
    imported(content.replace(b"//A\n", f"//A\n/OCMT/USD{short.replace('.', ',')}/CHGS/USD40,00\n".encode()))
    assert (one().charges_minor, one().status, part(order).open_minor) == (40_00, "matched", 0)


def test_the_original_amount_is_no_charge(order, account):
    half = f"{part(order).open_minor / 200:.2f}"
    content = mt940(account, Line(half, part(order).rf_reference, ref="A"))
    imported(content.replace(b"//A\n", f"//A\n/OCMT/USD{half.replace('.', ',')}\n".encode()))
    assert one().charges_minor == 0 and part(order).open_minor > 0


@pytest.mark.parametrize("sub", ["?32Northline?33", "?31" + THIEF])
def test_sub_fields_that_the_payer_writes_are_not_the_banks(order, account, sub):
    amount = str(part(order).open_minor / 100)
    content = mt940(account, Line(amount, "x", ref="A"))
    before = content.index(b":86:")
    after = content.index(b":62F:")
    said = f":86:166?00CREDIT?20SVWZ+{part(order).rf_reference}{sub}?21more?31{IBAN}?32Shell Trading\n"
    imported(content[:before] + said.encode() + content[after:])
    entry = one()
    assert (entry.status, part(order).open_minor > 0) == ("suspense", True)
    assert "only a bank writes" in entry.why


def test_a_payer_who_writes_that_it_is_a_return_brings_nothing_back(world, order, account):
    wire(order), wire(order, 2)
    stories.then_received(stories.fresh(order), world)
    payout = actions.send_payout(supplier_id=order.supplier_id, currency="USD", now=NOW + 20 * DAY)
    actions.push_payout(payout_id=payout.id, now=NOW + 20 * DAY)
    amount = f"{payout.amount_minor / 100:.2f}"
    imported(mt940(account, Line(amount, f"x /RTRN/AC04/EREF/TA-P{payout.id}", ref="A")))
    payout.refresh_from_db()
    assert payout.status != "failed"
    assert "only a bank writes" in BankEntry.objects.get(bank_reference="A").why


def test_for_whom_somebody_pays_does_not_say_who_pays(order, account):
    amount = f"{part(order).open_minor / 100:.2f}"
    content = camt(account, Line(amount, part(order).rf_reference, payer="Shell Trading", ref="A"))
    said = b"<UltmtDbtr><Nm>Northline</Nm></UltmtDbtr></RltdPties>"
    imported(content.replace(b"</RltdPties>", said))
    assert (one().payer_name, one().status) == ("Shell Trading", "suspense")
    assert "The payer's name is not the buyer's." in one().why


@pytest.mark.parametrize(
    ("payer", "buyer", "same"),
    [
        ("カラス商事", "ガラス商事", False),
        ("ハラダ", "バラダ", False),
        ("กุง", "กง", False),
        ("กุง", "กิง", False),
        ("ガラス", "カ ラス", False),
        ("Nоrthline", "Northline", False),  # a Cyrillic o
        ("Nоrthlinе Ltd", "Northline", False),
        ("Northline\u200b", "Northline", True),
        ("ＮＯＲＴＨＬＩＮＥ　ＬＴＤ", "Northline", True),
        ("Müller & Söhne", "MULLER SOHNE GmbH", True),
        ("ﾊﾞﾗﾀﾞ", "バラダ", True),
        ("Ltd", "Limited", False),
        ("", "", False),
        ("Northline Northline", "Northline", False),
    ],
)
def test_names_that_only_look_alike(payer, buyer, same):
    assert same_payer(payer, (buyer,)) is same
