"""A person's copy and erasure: nothing of theirs stays that need not, and every chain and book still holds."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.db import models

from accounts import actions as account_actions
from accounts import erasing, personal
from accounts.models import ApiKey, User
from events.chain import verify
from events.models import PersonalValue
from ledger.proof import prove
from notifications.webhooks import actions as webhooks
from notifications.webhooks.models import Endpoint
from orders import actions, emptying
from orders.models import Message, Order, Review
from suppliers.models import Member, Supplier
from tests import stories
from tests.stories import NOW, SECOND
from trade_assurance.refused import MovedOn, Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def opened(user) -> dict:
    out = io.BytesIO()
    personal.write_copy(user, out, NOW)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def ask(user, now=NOW):
    return erasing.ask_erasure(user_id=user.pk, typed=user.email, by=user, now=now)


def test_the_copy_holds_what_the_person_did_and_nobody_elses(world):
    received_order = stories.received(world)
    told = opened(world.buyer)
    orders = json.loads(told["orders.json"])

    assert orders[0]["order"] == received_order.reference
    assert orders[0]["contracts"][-1]["terms"]["title"]
    assert json.loads(told["you.json"])[0]["you"]["email"] == world.buyer.email
    assert received_order.reference not in opened(world.stranger)["orders.json"]
    assert json.loads(opened(world.seller)["companies.json"])[0]["role"] == "owner"


def test_no_secret_is_in_the_copy(world):
    key, secret = account_actions.make_key(user_id=world.buyer.pk, name="erp", scope="read", by=world.buyer, now=NOW)
    whole = "".join(opened(world.buyer).values())

    assert "erp" in whole
    for hidden in (secret, key.secret_hash, world.buyer.password):
        assert hidden not in whole


def test_erasure_waits_the_days_and_can_be_taken_back(world, settings):
    user = ask(world.stranger)
    due = user.erase_at

    assert due == NOW + settings.ERASURE_WAIT_DAYS * DAY
    with pytest.raises(MovedOn):
        erasing.erase(user_id=user.pk, now=due - SECOND)
    erasing.keep(user_id=user.pk, by=user, now=due - SECOND)
    with pytest.raises(MovedOn):
        erasing.erase(user_id=user.pk, now=due)
    with pytest.raises(MovedOn):
        erasing.keep(user_id=user.pk, by=user, now=due)
    ask(world.stranger)
    erasing.erase(user_id=user.pk, now=due)
    assert User.objects.get(pk=user.pk).erased_at == due


def test_it_is_told_by_mail_once_and_by_nobody_else(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ask(world.stranger)
        ask(world.stranger)

    assert [(m.to, m.subject) for m in mail.outbox] == [([world.stranger.email], "You asked us to erase your account")]
    with pytest.raises(Refused, match="themselves"):
        erasing.ask_erasure(user_id=world.stranger.pk, typed=world.stranger.email, by=world.buyer, now=NOW)
    with pytest.raises(Refused, match="Type"):
        erasing.ask_erasure(user_id=world.buyer.pk, typed="", by=world.buyer, now=NOW)


def test_what_is_open_delays_it_and_says_what(world):
    paid_order = stories.paid(world)
    user = ask(world.buyer)

    with pytest.raises(Refused, match=paid_order.reference):
        erasing.erase(user_id=user.pk, now=user.erase_at)
    assert User.objects.get(pk=user.pk).erased_at is None


def test_staff_do_not_erase_themselves(world):
    world.stranger.is_staff = True
    world.stranger.save()

    with pytest.raises(Refused, match="administrator"):
        ask(world.stranger)


def test_the_erased_are_gone_and_the_books_and_chains_hold(world):
    expired_order = stories.expired(world)
    buyer, order = world.buyer, expired_order
    account_actions.make_key(user_id=buyer.pk, name="erp", scope="write", by=buyer, now=NOW)
    endpoint = webhooks.add(
        supplier_id=None, url="https://erp.example/hook", types=["order.shipped"], description="", by=buyer, now=NOW
    )
    user = ask(buyer, now=order.closed_at)
    erasing.erase(user_id=user.pk, now=user.erase_at)

    assert Endpoint.objects.get(pk=endpoint.pk).removed_at == user.erase_at
    gone = User.objects.get(pk=buyer.pk)
    assert (gone.display_name, gone.full_name, gone.company_name, gone.is_active) == ("Erased person", "", "", False)
    assert "@erased.invalid" in gone.email
    assert authenticate(None, email=buyer.email, password="correct-horse-7") is None
    for model, field in personal.theirs_alone():
        assert not model._base_manager.filter(**{field: gone}).exists(), model
    assert not ApiKey.objects.filter(user=gone).exists()
    assert not PersonalValue.objects.filter(event__subject_kind="person", event__subject_id=gone.pk).exists()
    assert verify("person", gone.pk) == []
    assert verify("order", order.pk) == []
    assert prove() == []
    assert Order.objects.get(pk=order.pk).buyer_id == gone.pk


def test_an_only_owner_hands_over_first_and_the_last_one_closes_the_company(world):
    user = ask(world.seller)

    with pytest.raises(Refused, match="Make one of them an owner"):
        erasing.erase(user_id=user.pk, now=user.erase_at)
    Member.objects.filter(user=world.bookkeeper).delete()
    erasing.erase(user_id=user.pk, now=user.erase_at)
    assert Supplier.objects.get(pk=world.supplier.pk).status == "removed"
    assert not Member.objects.filter(user=user).exists()


def test_a_draft_ends_with_its_person(world):
    order = stories.requested(world)
    user = ask(world.buyer)

    erasing.erase(user_id=user.pk, now=user.erase_at)

    assert Order.objects.get(pk=order.pk).status == Order.Status.CANCELLED


def test_a_review_loses_its_words_and_keeps_its_scores(world):
    expired_order = stories.expired(world)
    review = actions.write_review(
        order_id=expired_order.pk,
        on_time=5,
        as_agreed=4,
        service=3,
        text="Call me on 021 555",
        by=world.buyer,
        now=expired_order.closed_at,
    )
    user = ask(world.buyer, now=expired_order.closed_at)
    erasing.erase(user_id=user.pk, now=user.erase_at)

    review = Review.objects.get(pk=review.pk)
    assert (review.text, review.on_time, review.as_agreed, review.service) == ("", 5, 4, 3)


def test_texts_and_files_of_an_order_go_when_the_law_allows_and_not_a_second_before(world, settings):
    expired_order = stories.expired(world)
    order = expired_order
    Message.objects.create(
        order=order, key=order.public_id, author=world.buyer, side="buyer", body="My number", sent_at=NOW
    )
    due = order.closed_at + settings.CONTRACTS_KEPT_YEARS * emptying.YEAR
    address = order.versions.in_force().document["destination_address"]

    with pytest.raises(MovedOn):
        actions.empty(order_id=order.pk, now=due - SECOND)
    assert order.versions.in_force().document["destination_address"] == address
    actions.empty(order_id=order.pk, now=due)

    order = Order.objects.get(pk=order.pk)
    assert order.emptied_at == due
    assert order.versions.in_force().document["destination_address"] == "(erased)"
    assert order.messages.get().body == "(erased)"
    assert not PersonalValue.objects.filter(event__subject_kind="order", event__subject_id=order.pk).exists()
    assert verify("order", order.pk) == []
    assert prove() == []
    with pytest.raises(MovedOn):
        actions.empty(order_id=order.pk, now=due)


def test_an_erased_order_can_still_be_read(world, settings, client):
    expired_order = stories.expired(world)
    due = expired_order.closed_at + settings.CONTRACTS_KEPT_YEARS * emptying.YEAR
    actions.empty(order_id=expired_order.pk, now=due)
    client.force_login(world.buyer)

    for path in ("", "contract/", "contract.json", "contract.pdf"):
        assert client.get(f"{expired_order.get_absolute_url()}{path}").status_code == 200, path


def test_every_model_that_names_a_person_goes_with_them_or_stays_for_a_reason():
    """A new model has to be looked at: rows that CASCADE go, and what is PROTECTed is order, book or decision."""
    kept = {
        relation.related_model._meta.app_label
        for relation in User._meta.related_objects
        if relation.on_delete is not models.CASCADE
    }

    assert kept <= {"suppliers", "orders", "payments", "disputes", "notifications", "pghistory"}
    gone = {model._meta.label for model, _ in personal.theirs_alone()}
    assert {"accounts.ApiKey", "account.EmailAddress", "mfa.Authenticator", "usersessions.UserSession"} <= gone


def test_the_page_says_what_waits_and_asks_for_the_address(world, client):
    paid_order = stories.paid(world)
    client.force_login(world.buyer)

    page = client.get("/settings/data/").content.decode()

    assert paid_order.reference in page
    assert "3 days after you ask" in page
