"""Ways to come back into a team, or to be somebody else once verified; two owners at once."""

from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile

from events.models import Event
from suppliers import actions
from suppliers.models import Invitation, Member
from tests import stories
from tests.orders.test_races import at_once
from tests.stories import NOW
from tests.suppliers.test_verification import PDF
from trade_assurance.refused import MovedOn, NotAllowed, Refused

db = pytest.mark.django_db
races = pytest.mark.django_db(transaction=True)


@pytest.fixture
def second(world):
    """A second owner of the company."""
    return actions.add_member(
        supplier_id=world.supplier.id, user=world.stranger, role="owner", by=world.seller, now=NOW
    )


def invited(world, monkeypatch, *, email, by):
    """The secret of the link that the invited person gets."""
    sent = []
    monkeypatch.setattr("suppliers.actions.team.tell_of_invitation", lambda invitation, token: sent.append(token))
    actions.invite(supplier_id=world.supplier.id, email=email, role="owner", by=by, now=NOW)
    return sent[0]


@db
def test_an_owner_who_was_removed_does_not_come_back_by_an_invitation_that_it_sent(world, second, monkeypatch):
    other = stories.person("other@test.test")
    token = invited(world, monkeypatch, email="other@test.test", by=world.stranger)
    actions.remove_member(member_id=second.id, by=world.seller, now=NOW)
    with pytest.raises(MovedOn):
        actions.accept_invitation(token=token, by=other, now=NOW)
    assert Event.objects.filter(kind="supplier.invitation_withdrawn").count() == 1


@db
def test_an_owner_who_sells_from_now_on_has_invited_nobody(world, second, monkeypatch):
    other = stories.person("other@test.test")
    token = invited(world, monkeypatch, email="other@test.test", by=world.stranger)
    actions.change_role(member_id=second.id, role="sales", by=world.seller, now=NOW)
    with pytest.raises(MovedOn):
        actions.accept_invitation(token=token, by=other, now=NOW)


@db
def test_a_member_who_was_removed_does_not_come_back_by_its_other_address(world, second, monkeypatch):
    EmailAddress.objects.create(user=world.stranger, email="Sam@Home.test", verified=True)
    token = invited(world, monkeypatch, email="sam@home.test", by=world.seller)
    actions.remove_member(member_id=second.id, by=world.seller, now=NOW)
    with pytest.raises(MovedOn):
        actions.accept_invitation(token=token, by=world.stranger, now=NOW)
    again = invited(world, monkeypatch, email="sam@home.test", by=world.seller)
    assert actions.accept_invitation(token=again, by=world.stranger, now=NOW).role == "owner"


@db
def test_invitations_of_others_stay(world, second, monkeypatch):
    invited(world, monkeypatch, email="other@test.test", by=world.seller)
    actions.remove_member(member_id=second.id, by=world.seller, now=NOW)
    assert Invitation.objects.open(NOW).count() == 1


@db
def test_who_has_left_gets_no_role(world, second):
    actions.remove_member(member_id=second.id, by=world.seller, now=NOW)
    with pytest.raises(MovedOn):
        actions.change_role(member_id=second.id, role="sales", by=world.seller, now=NOW)


@pytest.fixture
def alone(transactional_db):
    return stories.build_world()


def two_owners(world) -> tuple[Member, Member]:
    """The company's owner, and a second one that it made."""
    theirs = actions.add_member(
        supplier_id=world.supplier.id, user=world.stranger, role="owner", by=world.seller, now=NOW
    )
    return world.supplier.members.get(user=world.seller), theirs


@races
def test_two_owners_who_remove_each_other_at_once_leave_one(alone):
    mine, theirs = two_owners(alone)
    results = at_once(
        lambda: actions.remove_member(member_id=theirs.id, by=alone.seller, now=NOW),
        lambda: actions.remove_member(member_id=mine.id, by=alone.stranger, now=NOW),
    )
    assert sum(isinstance(result, NotAllowed) for result in results) == 1
    assert Member.objects.filter(supplier=alone.supplier, role="owner").count() == 1


@races
def test_two_owners_who_both_leave_at_once_leave_one(alone):
    mine, theirs = two_owners(alone)
    results = at_once(
        lambda: actions.remove_member(member_id=mine.id, by=alone.seller, now=NOW),
        lambda: actions.change_role(member_id=theirs.id, role="sales", by=alone.stranger, now=NOW),
    )
    assert sum(isinstance(result, actions.LastOwner) for result in results) == 1
    assert Member.objects.filter(supplier=alone.supplier, role="owner").count() == 1


@races
def test_a_member_removed_twice_at_once_leaves_once(alone):
    theirs = alone.supplier.members.get(user=alone.bookkeeper)
    remove = {"member_id": theirs.id, "by": alone.seller, "now": NOW}
    results = at_once(*(lambda: actions.remove_member(**remove) for _ in range(2)))
    assert sum(isinstance(result, MovedOn) for result in results) == 1, results
    assert Event.objects.filter(kind="supplier.member_removed").count() == 1


@races
def test_a_member_removed_while_it_gets_a_role_is_a_sentence(alone):
    theirs = alone.supplier.members.get(user=alone.bookkeeper)
    about = {"member_id": theirs.id, "by": alone.seller, "now": NOW}
    results = at_once(lambda: actions.remove_member(**about), lambda: actions.change_role(role="sales", **about))
    assert results[0] is None and isinstance(results[1], (Member, MovedOn)), results


# what was verified ----------------------------------------------------------------------------------------------------


def changed(world, **fields):
    given = {"name": "Lumenworks", "country": "CN"} | fields
    return actions.change_profile(supplier_id=world.supplier.id, by=world.seller, now=NOW, **given)


@db
@pytest.mark.parametrize("fields", [{"name": "Siemens AG"}, {"country": "DE"}])
def test_a_verified_company_does_not_take_another_name_or_country(world, fields):
    assert changed(world, about="Lamps.").about == "Lamps."
    with pytest.raises(Refused) as refused:
        changed(world, **fields)
    assert refused.value.field == next(iter(fields))
    actions.verify_supplier(supplier_id=world.supplier.id, level="unverified", by=None, now=NOW)
    changed(world, **fields)


@db
def test_nor_while_staff_look_at_its_documents(world, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    actions.verify_supplier(supplier_id=world.supplier.id, level="unverified", by=None, now=NOW)
    upload = SimpleUploadedFile("l.pdf", PDF)
    about = {"supplier_id": world.supplier.id, "by": world.seller, "now": NOW}
    actions.add_document(kind="licence", upload=upload, **about)
    asked = actions.ask_verification(**about)
    with pytest.raises(Refused):
        changed(world, name="Siemens AG")
    staff = stories.person("root@staff.test", is_staff=True, is_superuser=True)
    with pytest.raises(Refused, match="at most"):
        actions.accept_verification(
            verification_id=asked.id, level="verified", expires_on=date(9999, 12, 31), by=staff, now=NOW
        )
    actions.withdraw_verification(**about)
    assert changed(world, name="Siemens AG").name == "Siemens AG"


@db
@pytest.mark.parametrize("name", ["\u200b\u200b", "\u202e", " \u00ad ", "—", ""])
def test_a_company_has_a_name_that_can_be_read(world, name):
    with pytest.raises(Refused):
        actions.register_supplier(name=name, country="CN", owner=world.stranger, now=NOW)
    actions.verify_supplier(supplier_id=world.supplier.id, level="unverified", by=None, now=NOW)
    with pytest.raises(Refused):
        changed(world, name=name)


@db
def test_marks_that_turn_the_text_around_are_left_out_of_a_name(world):
    named = actions.register_supplier(name="Lumen\u202eskrow\u200b", country="CN", owner=world.stranger, now=NOW)
    assert named.name == "Lumenskrow"


@db
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "2026-01-01", "now"])
def test_a_forged_cursor_of_the_orders_behind_an_indicator_shows_a_page(client, world, at):
    client.force_login(world.seller)
    assert client.get("/portal/rating/on-time/", {"page": f"{at}~1"}).status_code == 200
