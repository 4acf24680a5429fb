"""A company by the API: where it is paid, who acts for it, its documents, the photos of its products."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from payments.api.account import ACCOUNT
from suppliers import actions
from suppliers.api.shown import ASK, INVITATION, PRODUCT, ROLE
from suppliers.bank_details import BankDetails
from suppliers.models import Category, Document, Invitation, Member, PayoutAccount
from tests import stories
from tests.api.calling import Caller
from tests.api.test_whole_order import good
from tests.suppliers.test_products import a_photo

PAPER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def books(world):
    return Caller(world.bookkeeper)


@pytest.fixture
def strangers(world):
    return Caller(world.buyer), Caller(world.stranger), Caller(world.rival_seller)


@pytest.fixture
def root(world):
    return f"suppliers/{world.supplier.slug}/"


def upload(caller, path, **given):
    return caller.client.post(f"/api/v1/{path}", given, headers={"authorization": f"Bearer {caller.secret}"})


# where it is paid -----------------------------------------------------------------------------------------------------


def signed_in(person, *, proved: bool) -> Client:
    """A browser of a person with a second factor, proved a moment ago or not at all."""
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    client = Client()
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}] if proved else []
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def test_no_key_names_an_account_and_the_problem_says_where_to(world, seller, books, strangers, root):
    for caller in (seller, books):
        answer = caller.post(f"{root}payout-accounts/", ACCOUNT)
        assert (answer.status_code, answer.json()["code"]) == (403, "second-factor")
        assert "/portal/payouts/account/" in answer.json()["detail"]
    for caller in strangers:
        assert caller.post(f"{root}payout-accounts/", ACCOUNT).status_code == 404
        assert caller.get(f"{root}payout-accounts/").status_code == 404
    assert not PayoutAccount.objects.exists()


@pytest.mark.parametrize(("proved", "status"), [(True, 201), (False, 403)])
def test_a_browser_names_one_with_the_second_factor_alone(world, books, root, proved, status):
    client = signed_in(world.seller, proved=proved)
    options = {"content_type": "application/json", "headers": {"idempotency-key": "one"}}
    answer = client.post(f"/api/v1/{root}payout-accounts/", ACCOUNT, **options)
    assert answer.status_code == status, answer.content
    assert PayoutAccount.objects.count() == proved
    if proved:
        again = client.post(f"/api/v1/{root}payout-accounts/", ACCOUNT, **options)
        assert again["Idempotent-Replayed"] == "true" and PayoutAccount.objects.count() == 1
        [row] = good(books.get(f"{root}payout-accounts/"))
        assert row == answer.json() and row["state"] == "pending"
        assert ACCOUNT["iban"] not in str(row) and row["account"].endswith("3000")
        options["headers"] = {"idempotency-key": "two"}
        wrong = client.post(f"/api/v1/{root}payout-accounts/", ACCOUNT | {"iban": "DE00"}, **options)
        assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["iban"])


def test_an_owner_takes_a_new_account_back(world, seller, books, strangers, root):
    from django.utils import timezone

    made = actions.add_payout_account(
        supplier_id=world.supplier.pk,
        details=BankDetails("Lumenworks", "DE", iban=ACCOUNT["iban"]),
        second_factor=True,
        by=world.seller,
        now=timezone.now(),
    )
    path = f"{root}payout-accounts/{made.pk}/withdrawal/"
    assert [caller.post(path).status_code for caller in strangers] == [404] * 3
    assert books.post(path).status_code == 403 and Caller(world.seller, "read").post(path).status_code == 403
    assert good(seller.post(path, key="one"))["state"] == "withdrawn"
    assert seller.post(path, key="one")["Idempotent-Replayed"] == "true"
    assert seller.post(path).status_code == 409
    assert seller.post(f"{root}payout-accounts/0/withdrawal/").status_code == 404


# who acts for it ------------------------------------------------------------------------------------------------------


def test_a_team_is_read_by_its_members_and_changed_by_owners(world, seller, books, strangers, root):
    rows = {row["email"]: row for row in good(books.get(f"{root}team/"))}
    assert rows[world.seller.email]["role"] == "owner" and len(rows) == 2
    one = f"{root}team/{rows[world.bookkeeper.email]['id']}/"
    for caller in strangers:
        assert caller.get(f"{root}team/").status_code == 404
        assert caller.put(one, ROLE).status_code == caller.delete(one).status_code == 404
    assert books.put(one, {"role": "owner"}).status_code == books.delete(one).status_code == 403
    assert Caller(world.seller, "read").put(one, ROLE).json()["code"] == "insufficient-scope"
    for role in ({"role": "boss"}, {}, {"role": "sales", "pay": 1}):
        assert seller.put(one, role).status_code == 400
    assert good(seller.put(one, ROLE, key="r"))["role"] == "sales"
    assert seller.put(one, ROLE, key="r")["Idempotent-Replayed"] == "true"
    last = seller.put(f"{root}team/{rows[world.seller.email]['id']}/", ROLE)
    assert (last.status_code, last.json()["code"]) == (422, "refused")
    assert seller.delete(one, key="d").status_code == seller.delete(one, key="d").status_code == 204
    assert seller.delete(one).status_code == 404 and books.get(f"{root}team/").status_code == 404
    assert not Member.objects.filter(user=world.bookkeeper).exists()


def test_invitations_are_sent_seen_and_taken_back_by_owners(
    world, seller, books, strangers, root, django_capture_on_commit_callbacks
):
    path = f"{root}invitations/"
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        made = good(seller.post(path, INVITATION, key="i"), 201)
        assert seller.post(path, INVITATION, key="i").json() == made
    [sent] = mail.outbox
    assert sent.to == [INVITATION["email"]] and "/portal/join/" in sent.body
    assert set(made) == {"id", "email", "role", "invited_at", "expires_at"}  # the link is in the mail alone
    assert good(seller.get(path)) == [made] and good(books.get(path)) == []
    one = f"{path}{made['id']}/"
    for caller in strangers:
        assert caller.get(path).status_code == caller.post(path, INVITATION).status_code == 404
        assert caller.delete(one).status_code == 404
    assert books.post(path, INVITATION).status_code == books.delete(one).status_code == 403
    for wrong in ({"email": "nobody"}, {"role": "boss"}, {"name": "x"}):
        assert seller.post(path, INVITATION | wrong).status_code == 400
    known = seller.post(path, INVITATION | {"email": world.bookkeeper.email})
    assert (known.status_code, list(known.json()["errors"])) == (422, ["email"])
    assert seller.delete(one).status_code == 204 and seller.delete(one).status_code == 409
    assert good(seller.get(path)) == [] and Invitation.objects.get().withdrawn_at


# its documents --------------------------------------------------------------------------------------------------------


def test_documents_are_added_and_looked_at_on_request(world, seller, books, strangers, root):
    path = f"{root}documents/"
    early = seller.post(f"{root}verifications/", ASK)
    assert (early.status_code, early.json()["code"]) == (422, "refused")
    made = good(upload(seller, path, kind="licence", file=SimpleUploadedFile("licence.pdf", PAPER)), 201)
    one = f"{path}{made['id']}/"
    assert upload(seller, path, kind="tax", file=SimpleUploadedFile("same.pdf", PAPER)).status_code == 409
    assert upload(books, path, kind="tax", file=SimpleUploadedFile("x.pdf", PAPER + b"\n")).status_code == 403
    assert upload(seller, path, kind="poem", file=SimpleUploadedFile("x.pdf", PAPER)).status_code == 400
    bad = upload(seller, path, kind="tax", file=SimpleUploadedFile("x.exe", b"MZ"))
    assert (bad.status_code, list(bad.json()["errors"])) == (422, ["file"])
    assert good(books.get(path)) == [made] and b"".join(books.get(one).streaming_content) == PAPER
    for caller in strangers:
        assert caller.get(path).status_code == caller.get(one).status_code == caller.delete(one).status_code == 404
        assert caller.get(f"{root}verifications/").status_code == 404
        assert caller.post(f"{root}verifications/", ASK).status_code == 404
    assert books.post(f"{root}verifications/", ASK).status_code == 403
    asked = good(seller.post(f"{root}verifications/", ASK, key="a"), 201)
    assert seller.post(f"{root}verifications/", ASK, key="a").json() == asked and asked["outcome"] == "waiting"
    assert seller.post(f"{root}verifications/", {}).status_code == 409
    assert seller.delete(one).status_code == 409  # staff look at it
    assert good(seller.post(f"{root}verifications/withdrawal/"))["outcome"] == "withdrawn"
    assert [row["outcome"] for row in good(books.get(f"{root}verifications/"))] == ["withdrawn"]
    assert books.delete(one).status_code == 403 and seller.delete(one).status_code == 204
    assert seller.get(one).status_code == 404 and not Document.objects.kept().exists()


# photos of its products -----------------------------------------------------------------------------------------------


def test_photos_are_added_ordered_and_removed(world, buyer, seller, books, strangers, root):
    Category.objects.get_or_create(slug="lighting", defaults={"name": "Lighting"})
    product = good(seller.post(f"{root}products/", PRODUCT), 201)
    path = f"{root}products/{product['id']}/photos/"
    first = good(upload(seller, path, photo=a_photo()), 201)
    assert good(upload(seller, path, photo=a_photo()), 201)["id"] == first["id"]
    second = good(upload(seller, path, photo=a_photo(colour="#0a43a8")), 201)
    assert (first["width"], first["height"]) == (1000, 700)
    assert buyer.client.get(second["addresses"]["320"])["Content-Type"] == "image/webp"
    bad = upload(seller, path, photo=SimpleUploadedFile("x.jpg", b"<html>"))
    assert (bad.status_code, list(bad.json()["errors"])) == (422, ["photo"])
    assert upload(seller, path).status_code == 400
    assert upload(books, path, photo=a_photo(colour="#111")).status_code == 403
    assert upload(Caller(world.seller, "read"), path, photo=a_photo()).json()["code"] == "insufficient-scope"
    one = f"{path}{second['id']}/"
    for caller in strangers:
        assert caller.get(path).status_code == caller.delete(one).status_code == 404
        assert caller.post(f"{one}first/").status_code == upload(caller, path, photo=a_photo()).status_code == 404
    assert books.post(f"{one}first/").status_code == books.delete(one).status_code == 403
    moved = good(seller.post(f"{one}first/", key="f"))
    assert [row["id"] for row in moved] == [second["id"], first["id"]] == [row["id"] for row in good(books.get(path))]
    assert seller.post(f"{one}first/", key="f").json() == moved
    shown = good(buyer.get(f"{root}products/{product['id']}/"))["photos"]
    assert shown[0] == second["addresses"]["800"]
    assert seller.delete(one).status_code == 204 and seller.delete(one).status_code == 404
    other = good(seller.post(f"{root}products/", PRODUCT | {"name": "Another"}), 201)["id"]
    assert seller.delete(f"{root}products/{other}/photos/{first['id']}/").status_code == 404
    good(seller.delete(f"{root}products/{product['id']}/"))
    assert upload(seller, path, photo=a_photo(colour="#222")).status_code == 409


def test_a_company_is_read_with_few_queries(world, seller, root, django_assert_max_num_queries):
    for number in range(4):
        person = stories.person(f"more{number}@test.test")
        actions.add_member(supplier_id=world.supplier.pk, user=person, role="sales", by=world.seller, now=stories.NOW)
    seller.get(f"{root}team/")
    for path in ("team/", "payout-accounts/", "invitations/", "documents/", "verifications/"):
        with django_assert_max_num_queries(5):
            good(seller.get(f"{root}{path}"))
