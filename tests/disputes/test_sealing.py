"""Sealed limits: compared once, deleted, and found nowhere: tables, events, logs, SQL, pages, errors (§6.10)."""

import logging
import os
import subprocess
import sys
import traceback

import pytest
import time_machine
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.views.debug import ExceptionReporter

from accounts.models import User
from disputes import actions, sealing
from disputes.actions import talking
from disputes.models import Dispute, SealedLimit
from disputes.steps import moves_for
from events.models import Event
from orders.models import Order
from tests.disputes.talks import CAP, OPENED, fresh, offer, open_case, overdue_case
from tests.stories import DAY, SECOND
from trade_assurance.refused import MovedOn, NotAllowed, Refused

LEAST, MOST = 123_457_891, 134_689_137  # what the buyer takes, what the supplier gives: both odd, both long
MIDPOINT = 129_073_514
LOW, HIGH = 101_234_567, 187_654_321  # no overlap: the supplier gives LOW, the buyer takes HIGH


@pytest.fixture
def case(world):
    return open_case(world)


def seal(dispute, by, amount_minor, now=OPENED):
    return actions.seal_limit(dispute_id=dispute.id, amount_minor=amount_minor, by=by, now=now)


def forms(amount_minor: int) -> list[str]:
    """Every way in which the amount could be written down, as text or in the hex that a dump shows bytes in."""
    whole, cents = divmod(amount_minor, 100)
    texts = [str(amount_minor), f"{amount_minor:,}", f"{whole:,}.{cents:02d}", f"{whole}.{cents:02d}", f"{whole:,}"]
    return [*texts, f"{amount_minor:08x}", *(text.encode().hex() for text in texts)]


def tables() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall()]
        assert "disputes_sealedlimit" in names
        dump = []
        for name in names:
            cursor.execute(f"SELECT t::text FROM {name} t")
            dump += [row for (row,) in cursor.fetchall()]
    return "\n".join(dump)


def pages(dispute, world) -> str:
    """What both sides and a staff member who may see everything are shown of the case."""
    staff = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("root@test.test")
    shown = []
    for person in (world.buyer, world.seller):
        client = Client()
        client.force_login(person)
        for url in (dispute.get_absolute_url(), reverse("orders:detail", args=[dispute.order.reference])):
            answer = client.get(url)
            assert answer.status_code == 200, url
            shown.append(answer.content.decode())
    client = Client()
    client.force_login(staff)
    assert SealedLimit not in admin.site._registry
    for model in admin.site._registry:
        if model._meta.app_label in ("disputes", "orders", "events"):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            shown.append(client.get(reverse(f"{name}_changelist")).content.decode())
            for pk in model._default_manager.values_list("pk", flat=True)[:5]:
                shown.append(client.get(reverse(f"{name}_change", args=[pk])).content.decode())
    return "\n".join(shown)


def assert_nowhere(amounts, *places: str) -> None:
    for amount in amounts:
        for form in forms(amount):
            for place in places:
                at = place.find(form)
                assert at < 0, f"{form} is in: …{place[max(0, at - 80) : at + 80]}…"


# encryption -----------------------------------------------------------------------------------------------------------


def test_what_was_sealed_comes_back_for_its_side_of_its_case_only():
    sealed = sealing.seal(LEAST, 7, "buyer")
    assert sealing.unseal(memoryview(sealed), 7, "buyer") == LEAST
    for dispute_id, side in ((7, "supplier"), (8, "buyer")):
        with pytest.raises(sealing.Unreadable, match="can't be opened") as error:
            sealing.unseal(sealed, dispute_id, side)
        assert error.value.__cause__ is None


@pytest.mark.parametrize("spoil", [lambda s: s[:-1], lambda s: s[:40] + b"A" + s[41:], lambda s: b""])
def test_what_was_changed_is_not_read(spoil):
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(spoil(sealing.seal(LEAST, 7, "buyer")), 7, "buyer")


def test_equal_limits_look_different_and_all_have_one_length():
    assert sealing.seal(LEAST, 7, "buyer") != sealing.seal(LEAST, 7, "buyer")
    assert len({len(sealing.seal(amount, 7, "buyer")) for amount in (0, 1, LEAST, 10**13)}) == 1


def test_a_new_key_seals_and_the_older_still_opens(settings):
    settings.SEALING_KEY = "first"
    sealed = sealing.seal(LEAST, 7, "buyer")
    settings.SEALING_KEY = "second, first"
    assert sealing.unseal(sealed, 7, "buyer") == LEAST
    again = sealing.seal(LEAST, 7, "buyer")
    settings.SEALING_KEY = "second"
    assert sealing.unseal(again, 7, "buyer") == LEAST
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealed, 7, "buyer")
    settings.SEALING_KEY = ""  # then the site's own secret
    assert sealing.unseal(sealing.seal(LEAST, 7, "buyer"), 7, "buyer") == LEAST
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(again, 7, "buyer")


# the midpoint ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("buyer_first", [True, False])
def test_limits_that_overlap_offer_the_midpoint_to_both(case, world, buyer_first):
    lodged = [(world.buyer, LEAST), (world.seller, MOST)]
    first, second = lodged if buyer_first else lodged[::-1]
    assert seal(case, *first) is None
    midpoint = seal(case, *second)
    assert (midpoint.amount_minor, midpoint.side, midpoint.by) == (MIDPOINT, "", None)
    assert not case.sealed_limits.exists()
    actions.accept_offer(dispute_id=case.id, number=midpoint.number, by=world.buyer, now=OPENED)
    assert fresh(case).status == Dispute.Status.OPEN
    with pytest.raises(MovedOn, match="once the other side accepts"):
        actions.accept_offer(dispute_id=case.id, number=midpoint.number, by=world.buyer, now=OPENED + SECOND)
    actions.accept_offer(dispute_id=case.id, number=midpoint.number, by=world.seller, now=OPENED + DAY)
    closed = fresh(case)
    assert (closed.status, closed.outcome, closed.awarded_minor) == ("closed", "settled", MIDPOINT)
    done = case.offers.get(number=midpoint.number)
    assert (done.status, done.buyer_accepted_at, done.supplier_accepted_at) == ("accepted", OPENED, OPENED + DAY)


@pytest.mark.parametrize(
    ("least", "most", "midpoint"), [(0, 0, 0), (5, 5, 5), (5, 6, 5), (0, CAP, CAP // 2), (CAP, CAP, CAP), (6, 5, None)]
)
def test_the_midpoint_is_rounded_down(case, world, least, most, midpoint):
    seal(case, world.buyer, least)
    made = seal(case, world.seller, most)
    assert (made and made.amount_minor) == midpoint


def test_the_midpoint_stays_beside_offers_and_counts_for_nobody(case, world):
    seal(case, world.buyer, LEAST)
    midpoint = seal(case, world.seller, MOST)
    offer(case, world.seller, 1)
    offer(case, world.buyer, 2)
    assert dict(case.offers.values_list("number", "status")) == {
        1: "countered",
        midpoint.number: "live",
        3: "countered",
        4: "live",
    }
    with pytest.raises(NotAllowed, match="nobody's own offer"):
        actions.withdraw_offer(dispute_id=case.id, number=midpoint.number, by=world.buyer, now=OPENED)
    actions.accept_offer(dispute_id=case.id, number=4, by=world.seller, now=OPENED)
    assert case.offers.get(number=midpoint.number).status == "void"


@pytest.mark.parametrize("who", ["buyer", "seller"])
def test_either_side_may_refuse_the_midpoint(case, world, who):
    seal(case, world.buyer, LEAST)
    midpoint = seal(case, world.seller, MOST)
    actions.reject_offer(dispute_id=case.id, number=midpoint.number, by=getattr(world, who), now=OPENED)
    with pytest.raises(MovedOn, match="was refused already"):
        actions.accept_offer(dispute_id=case.id, number=midpoint.number, by=world.buyer, now=OPENED)
    assert fresh(case).status == Dispute.Status.OPEN


def test_the_midpoint_expires_too(case, world):
    seal(case, world.buyer, LEAST)
    midpoint = seal(case, world.seller, MOST)
    actions.accept_offer(dispute_id=case.id, number=midpoint.number, by=world.buyer, now=OPENED)
    with pytest.raises(MovedOn, match="has expired"):
        actions.accept_offer(dispute_id=case.id, number=midpoint.number, by=world.seller, now=midpoint.expires_at)
    actions.expire_offer(offer_id=midpoint.id, now=midpoint.expires_at)
    assert fresh(case).status == Dispute.Status.OPEN


def test_a_supplier_who_claims_its_cost_seals_the_least_it_takes(world):
    case = overdue_case(world)
    seal(case, world.seller, 300_00, case.filed_at)
    midpoint = seal(case, world.buyer, 500_01, case.filed_at)
    assert midpoint.amount_minor == 400_00


# once, and only while both talk ---------------------------------------------------------------------------------------


def test_each_side_seals_once_for_ever(case, world):
    seal(case, world.buyer, HIGH)
    with pytest.raises(MovedOn, match="each side may do so once"):
        seal(case, world.buyer, LEAST)
    seal(case, world.seller, LOW)
    assert not case.sealed_limits.exists()
    for by in (world.buyer, world.seller):
        with pytest.raises(MovedOn, match="each side may do so once"):
            seal(case, by, LEAST)
    step = next(each for each in moves_for(fresh(case), world.buyer, OPENED) if each.code == "seal")
    assert not step.allowed


@pytest.mark.parametrize("amount", [-1, CAP + 1, True, None, "5"])
def test_a_limit_lies_within_the_claim_and_no_refusal_repeats_it(case, world, amount):
    with pytest.raises(Refused, match=r"from 0 to USD 2,000,000\.00") as refused:
        seal(case, world.buyer, amount)
    assert refused.value.field == "amount"
    assert str(amount) not in str(refused.value) or amount is True
    assert fresh(case).buyer_sealed_at is None


@pytest.mark.parametrize("who", ["stranger", "rival_seller", "bookkeeper"])
def test_others_seal_nothing(case, world, who):
    with pytest.raises(NotAllowed):
        seal(case, getattr(world, who), LEAST)


def test_a_frozen_case_takes_no_limit(case, world):
    Order.objects.filter(pk=case.order_id).update(contested_minor=1)
    with pytest.raises(MovedOn, match="contested"):
        seal(case, world.buyer, LEAST)
    Order.objects.filter(pk=case.order_id).update(contested_minor=0)


ENDS = {
    "escalated": lambda c, w: actions.escalate(dispute_id=c.id, by=w.buyer, now=OPENED + 4 * DAY),
    "escalated by time": lambda c, w: actions.escalate(dispute_id=c.id, by=None, now=OPENED + 7 * DAY),
    "withdrawn": lambda c, w: actions.withdraw_claim(dispute_id=c.id, by=w.buyer, now=OPENED),
    "settled": lambda c, w: actions.accept_offer(dispute_id=c.id, number=1, by=w.seller, now=OPENED),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_was_sealed_goes_when_the_talk_ends(case, world, end):
    seal(case, world.buyer, LEAST)
    assert case.sealed_limits.count() == 1
    ENDS[end](case, world)
    assert not SealedLimit.objects.exists()
    assert fresh(case).buyer_sealed_at == OPENED
    with pytest.raises(MovedOn):
        seal(case, world.seller, MOST, OPENED + 8 * DAY)
    assert_nowhere([LEAST, MOST], tables())


def test_a_limit_that_no_key_opens_stops_nothing_else(case, world, settings):
    settings.SEALING_KEY = "lost"
    seal(case, world.buyer, LEAST)
    settings.SEALING_KEY = "another"
    with pytest.raises(sealing.Unreadable):
        seal(case, world.seller, MOST)
    assert fresh(case).supplier_sealed_at is None
    offer(case, world.seller, 1)


# nothing is revealed --------------------------------------------------------------------------------------------------


def test_stored_bytes_do_not_hold_the_amount(case, world):
    seal(case, world.buyer, LEAST)
    stored = bytes(SealedLimit.objects.get().ciphertext)
    for form in forms(LEAST):
        assert form.encode() not in stored
    for size in (4, 8):
        for order in ("big", "little"):
            assert LEAST.to_bytes(size, order) not in stored
    assert_nowhere([LEAST], tables())


@pytest.mark.parametrize(
    ("takes", "gives", "offered"), [(LEAST, MOST, True), (HIGH, LOW, False)], ids=["overlap", "no overlap"]
)
def test_limits_are_found_nowhere(case, world, caplog, takes, gives, offered):
    for name in (None, "django", "django.db.backends"):
        caplog.set_level(logging.DEBUG, logger=name)
    with CaptureQueriesContext(connection) as queries:
        seal(case, world.buyer, takes)
        after_one = tables()
        midpoint = seal(case, world.seller, gives)
        if offered:
            actions.reject_offer(dispute_id=case.id, number=midpoint.number, by=world.seller, now=OPENED)
    assert (midpoint is not None) is offered
    assert 'INSERT INTO "disputes_sealedlimit"' in caplog.text  # so the log did hold the SQL
    sql = "\n".join(query["sql"] for query in queries)
    assert_nowhere([takes, gives], after_one, tables(), caplog.text, sql)
    if not offered:
        assert_nowhere([(takes + gives) // 2, abs(takes - gives)], tables(), caplog.text, sql)


@time_machine.travel(OPENED, tick=False)
@pytest.mark.parametrize(("takes", "gives"), [(LEAST, MOST), (HIGH, LOW)], ids=["overlap", "no overlap"])
def test_limits_are_on_no_page(case, world, takes, gives):
    seal(case, world.buyer, takes)
    assert_nowhere([takes], pages(case, world))
    seal(case, world.seller, gives)
    assert_nowhere([takes, gives], pages(case, world))


@time_machine.travel(OPENED, tick=False)
def test_the_page_that_takes_a_limit_never_shows_it_again(case, world, caplog):
    caplog.set_level(logging.DEBUG)
    client = Client()
    client.force_login(world.buyer)
    url = reverse("disputes:seal", args=[case.reference])
    for typed in ("1,234,578.911", "9,234,578.91", "12,34578.91", "1,234,578.91x"):
        answer = client.post(url, {"amount": typed})
        assert answer.status_code == 422
        assert typed not in answer.content.decode()
        assert fresh(case).buyer_sealed_at is None
    answer = client.post(url, {"amount": "1,234,578.91"}, follow=True)
    assert fresh(case).buyer_sealed_at == OPENED
    assert_nowhere([LEAST], answer.content.decode(), tables(), caplog.text)
    client.force_login(world.seller)
    assert_nowhere([LEAST], client.get(url, follow=True).content.decode(), pages(case, world))


def test_events_say_that_limits_were_sealed_and_whether_an_offer_follows(case, world):
    seal(case, world.buyer, HIGH)
    seal(case, world.seller, LOW)
    told = Event.objects.about("order", case.order_id).filter(kind__startswith="limit")
    reference = case.reference
    assert list(told.values_list("kind", "data")) == [
        ("limit.sealed", {"dispute": reference, "side": "buyer"}),
        ("limit.sealed", {"dispute": reference, "side": "supplier"}),
        ("limits.compared", {"dispute": reference, "offer": None}),
    ]
    assert not any(event for event in told if hasattr(event, "personal"))


def test_an_unexpected_error_does_not_name_a_limit(case, world, monkeypatch, settings):
    """The mail and page of an error show the variables of each frame; these are starred."""
    seal(case, world.buyer, LEAST)

    def broken(*args, **kwargs):
        raise RuntimeError("the database went away")

    monkeypatch.setattr(talking, "_put", broken)
    with pytest.raises(RuntimeError) as error:
        seal(case, world.seller, MOST)
    frames = error.value.__traceback__.tb_next.tb_next  # without this test's own
    assert "sensitive_variables_wrapper" in frames.tb_frame.f_code.co_name
    settings.DEBUG = False
    reporter = ExceptionReporter(None, RuntimeError, error.value, frames)
    shown = reporter.get_traceback_text() + reporter.get_traceback_html()
    assert "the database went away" in shown
    assert_nowhere([LEAST, MOST], shown, "".join(traceback.format_exception(error.value)))
    assert case.sealed_limits.count() == 1  # nothing was lost
    assert fresh(case).supplier_sealed_at is None


def test_error_reports_that_leave_the_site_hold_no_variables_and_no_forms():
    code = "import django; django.setup(); import sentry_sdk as s; o = s.get_client().options; "
    code += "print(o['include_local_variables'], o['max_request_body_size'])"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "trade_assurance.settings", "SENTRY_DSN": "http://key@127.0.0.1:9/1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert told.stdout.split() == ["False", "never"]


def test_no_history_and_no_admin_knows_of_limits():
    assert SealedLimit not in admin.site._registry
    assert not SealedLimit._meta.default_permissions
    related = [each.related_model.__name__ for each in SealedLimit._meta.related_objects]
    assert related == []
