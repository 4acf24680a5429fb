"""Where a supplier's money goes: owners with a second factor say it, all hear of it, it waits 24 h (quality.md §3)."""

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from suppliers import actions
from suppliers.bank_details import BankDetails, checked, is_latin, swift_text
from suppliers.models import PayoutAccount
from tests import stories
from tests.stories import NOW, SECOND
from trade_assurance.refused import MovedOn, NotAllowed, Refused

world = stories.world
DAY = stories.DAY
FIRST = BankDetails("Lumenworks Co Ltd", "DE", iban="DE89370400440532013000")
SECOND_ONE = BankDetails("Lumenworks HK", "HK", number="123-456789-838", bic="HSBCHKHHHKH", bank_name="HSBC")


def add(world, details=FIRST, *, now=NOW, by=None, **given):
    values = {"supplier_id": world.supplier.id, "details": details, "second_factor": True} | given
    return actions.add_payout_account(by=by or world.seller, now=now, **values)


def paid_to(world, currency="USD", now=NOW):
    account = world.supplier.payout_accounts.to_pay(currency, now).first()
    return account and account.details


def test_an_account_counts_at_the_second_24_h_after_it_was_added(world):
    add(world)
    assert paid_to(world, now=NOW + DAY - SECOND) is None
    assert paid_to(world, now=NOW + DAY) == FIRST
    add(world, SECOND_ONE, now=NOW + 2 * DAY)
    assert paid_to(world, now=NOW + 3 * DAY - SECOND) == FIRST
    assert paid_to(world, now=NOW + 3 * DAY) == SECOND_ONE


def test_an_account_for_one_currency_goes_before_the_one_for_all(world):
    add(world, SECOND_ONE, currency="USD")
    add(world, FIRST, now=NOW + SECOND)
    later = NOW + 2 * DAY
    assert (paid_to(world, "USD", later), paid_to(world, "EUR", later)) == (SECOND_ONE, FIRST)


def test_only_owners_with_a_second_factor_say_where_money_goes(world):
    for by in (world.bookkeeper, world.buyer, world.rival_seller):
        with pytest.raises(NotAllowed, match="owner"):
            add(world, by=by)
    with pytest.raises(NotAllowed, match="second factor"):
        add(world, second_factor=False)
    assert not PayoutAccount.objects.exists()


def test_owners_bookkeepers_and_who_named_the_old_account_are_told(world, django_capture_on_commit_callbacks):
    add(world)
    other = stories.person("owner2@test.test")
    actions.add_member(supplier_id=world.supplier.id, user=other, role="owner", by=world.seller, now=NOW)
    member = world.supplier.members.get(user=world.seller)
    actions.remove_member(member_id=member.id, by=other, now=NOW + DAY)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        add(world, SECOND_ONE, by=other, now=NOW + 2 * DAY)
    assert sorted(one.to[0] for one in mail.outbox) == ["books@test.test", "owner2@test.test", "seller@test.test"]
    told = mail.outbox[0].body
    assert "···· 9838" in told and "···· 3000" in told and "4 Sep 2026, 09:00 UTC" in told
    assert SECOND_ONE.number not in told and FIRST.iban not in told
    assert "/portal/payouts/account/" in told


def test_a_new_account_is_taken_back_before_it_counts(world):
    add(world)
    new = add(world, SECOND_ONE, now=NOW + 2 * DAY)
    with pytest.raises(NotAllowed):
        actions.withdraw_payout_account(account_id=new.id, by=world.bookkeeper, now=NOW + 2 * DAY)
    actions.withdraw_payout_account(account_id=new.id, by=world.seller, now=NOW + 3 * DAY - SECOND)
    assert paid_to(world, now=NOW + 9 * DAY) == FIRST
    with pytest.raises(MovedOn):
        actions.withdraw_payout_account(account_id=new.id, by=world.seller, now=NOW + 3 * DAY - SECOND)
    late = add(world, SECOND_ONE, now=NOW + 10 * DAY)
    with pytest.raises(MovedOn):
        actions.withdraw_payout_account(account_id=late.id, by=world.seller, now=NOW + 11 * DAY)


def test_a_second_change_leaves_the_first_no_second_to_count(world):
    add(world, SECOND_ONE)
    add(world, FIRST, now=NOW + DAY / 2)
    assert paid_to(world, now=NOW + DAY) is None
    assert paid_to(world, now=NOW + 2 * DAY) == FIRST


def test_the_same_account_again_changes_nothing(world):
    add(world)
    with pytest.raises(MovedOn):
        add(world, now=NOW + 2 * DAY)
    assert PayoutAccount.objects.count() == 1


def test_the_database_holds_the_24_hours_and_what_was_written(world):
    account = add(world)
    for change in ({"iban": "GB82WEST12345698765432"}, {"valid_from_at": NOW}, {"supplier_id": world.rival.id}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PayoutAccount.objects.filter(pk=account.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        PayoutAccount.objects.filter(pk=account.pk)._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        PayoutAccount.objects.create(
            supplier=world.supplier,
            holder="X",
            iban=FIRST.iban,
            country="DE",
            added_by=world.seller,
            added_at=NOW,
            valid_from_at=NOW + DAY - SECOND,
        )


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"iban": "DE89370400440532013001"}, "iban"),
        ({"iban": "DE89370400440532013000", "number": "123456"}, "iban"),
        ({}, "iban"),
        ({"iban": "DE89370400440532013000", "country": "FR"}, "country"),
        ({"number": "12", "bic": "HSBCHKHH"}, "number"),
        ({"number": "123456"}, "bic"),
        ({"number": "123456", "bic": "HSBC"}, "bic"),
        ({"number": "123456", "bic": "HSBCHKHH", "bank_name": "HSBC", "country": "CN"}, "country"),
        ({"number": "123456", "bic": "HSBCHKHH", "country": "HK"}, "bank_name"),
        ({"iban": "DE89370400440532013000", "holder": "深圳灯具有限公司"}, "holder"),
        ({"iban": "DE89370400440532013000", "holder": "   "}, "holder"),
        ({"iban": "DE89370400440532013000", "holder": "..."}, "holder"),
    ],
)
def test_what_is_no_account_is_refused_at_its_field(typed, field):
    with pytest.raises(Refused) as refused:
        checked(**{"holder": "Lumenworks", "country": ""} | typed)
    assert refused.value.field == field


def test_accounts_are_stored_as_banks_write_them():
    assert checked(holder=" Lumenworks  Co ", country="", iban="de89 3704 0044 0532 0130 00", bic="cobadeff") == (
        BankDetails("Lumenworks Co", "DE", iban="DE89370400440532013000", bic="COBADEFF")
    )
    assert checked(holder="A", country="HK", number="123 456", bic="HSBCHKHH", bank_name="HSBC").number == "123456"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Søren Åkesson & Co_1", "Soren Akesson + Co-1"),
        ("Weiß GmbH – Łódź", "Weiss GmbH - Lodz"),
        ("<script>\x00", ".script.."),
        ("//a//b/", "a/b"),
        ("中文", ".."),
        ("L’Été\tfini", "L'Ete fini"),
    ],
)
def test_texts_for_banks_hold_what_every_bank_takes(text, plain):
    assert swift_text(text, 140) == plain


def test_long_texts_are_cut():
    assert swift_text("é" * 200, 70) == "e" * 70 and is_latin("Ünïted 1") and not is_latin("Дом")
