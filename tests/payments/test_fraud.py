"""A payment's fraud check: it clears, or its money waits in suspense until risk staff approve or decline it."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from events.models import Event
from ledger import chart
from ledger.actions import balance
from ledger.models import Transfer
from ledger.proof import prove
from orders import actions as order_actions
from payments import actions, tasks
from payments.actions import reviewing
from payments.fraud import figures, rules, scoring, sightings
from payments.fraud.facts import Arriving, linked_accounts
from payments.gateways import Outcome
from payments.models import BankEntry, Check, Payment, Refund, Sighting
from suppliers import actions as supplier_actions
from suppliers.models import Member
from tests import stories
from tests.payments.conftest import DAY, NOW, SECOND, pay, play, start, wire
from tests.payments.contesting import contested, end, owed, send_all
from tests.payments.fraud import approve, check_of, decline, risk, suspicious
from trade_assurance.refused import MovedOn, NotAllowed, Refused

pytestmark = pytest.mark.django_db
CHARGE = 3_088_50  # USD 3,000.00 with the card's fee
S = Payment.Status


def fired(payment) -> set[str]:
    return {each["name"] for each in check_of(payment).rules}


def suspense(name="card") -> int:
    return -balance(chart.suspense("USD", name))


def test_below_the_threshold_it_clears_and_the_check_is_kept(world):
    payment = pay(stories.placed(world), world)
    check = check_of(payment)
    assert (payment.status, check.verdict, check.score, check.threshold) == (S.CLEARED, "clear", 0, 100)
    assert (check.rules, check.crashed, check.due_at) == ([], [], None)


def test_a_first_large_order_and_a_shared_domain_are_told_with_their_weights(world):
    world.buyer.email, world.seller.email = "mere@lamps-of.nz", "yu@lamps-of.nz"
    world.buyer.save()
    world.seller.save()
    payment = pay(stories.placed(world, stories.simple_terms(9_000_00)), world)
    check = check_of(payment)
    assert payment.status == S.CLEARED
    assert check.score == 80
    assert [(each["name"], each["weight"]) for each in check.rules] == [("first_large", 40), ("linked_domain", 40)]
    assert "USD" in check.rules[0]["why"] and "lamps-of.nz" in check.rules[1]["why"]


def test_at_the_threshold_it_is_held_and_one_above_it_clears(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    settings.FRAUD_THRESHOLD = 41
    assert pay(order, world).status == S.CLEARED
    settings.FRAUD_THRESHOLD = 40
    assert pay(order, world, number=2, method="online").status == S.HELD


def test_held_money_waits_in_suspense_and_nobody_cancels_meanwhile(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = pay(order, world)
    order = stories.fresh(order)
    assert (payment.status, payment.held_at, payment.next_ask_at) == (S.HELD, NOW, None)
    assert check_of(payment).due_at == NOW + DAY
    assert (suspense(), balance(chart.clearing("card", "USD"))) == (CHARGE, CHARGE)
    assert (order.status, order.cleared_minor, order.processing_payments) == ("placed", 0, 1)
    with pytest.raises(Refused):
        order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    with pytest.raises(MovedOn, match="processed"):
        start(order, world)
    hold = Transfer.objects.get(key=f"payment:{payment.id}:hold")
    assert (hold.order_id, hold.amount_minor) == (order.id, CHARGE)
    assert prove() == []


def test_what_the_gateway_says_again_changes_nothing_while_it_is_held(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = pay(order, world)
    before = stories.snapshot(order)
    for state in ("cleared", "failed", "pending"):
        actions.refresh(payment_id=payment.id, outcome=Outcome(state, "r"), now=NOW)
    actions.ask(payment_id=payment.id, now=NOW)
    actions.postpone(payment_id=payment.id, now=NOW)
    assert stories.snapshot(order) == before
    assert Check.objects.count() == 1


def test_approved_it_clears_to_the_cent_with_its_fee(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = pay(order, world)
    check = approve(payment, risk(), NOW + timedelta(hours=3))
    payment = Payment.objects.get(pk=payment.pk)
    order = stories.fresh(order)
    assert (payment.status, payment.cleared_minor, payment.fee_kept_minor) == (S.CLEARED, 3_000_00, 88_50)
    assert (order.cleared_minor, order.fees_minor, order.processing_payments) == (3_000_00, 88_50, 0)
    assert (suspense(), balance(chart.escrow(order.id, "USD"))) == (0, -3_000_00)
    assert balance(chart.processing_fees("USD")) == -88_50
    assert (check.verdict, check.reason) == ("approved", "The company answers its phone.")
    assert check.reviewed_by.email == "tomas@staff.test"
    kinds = list(
        Event.objects.filter(subject_kind="order", subject_id=order.id)
        .order_by("-number")
        .values_list("kind", flat=True)
    )
    assert kinds[:3] == ["payment.cleared", "payment.approved", "payment.held"]


def test_declined_all_of_it_goes_back_the_fee_too(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = pay(order, world)
    decline(payment, risk())
    payment = Payment.objects.get(pk=payment.pk)
    order = stories.fresh(order)
    assert (payment.status, payment.cleared_minor, payment.surplus_minor) == (S.CLEARED, 0, CHARGE)
    assert (order.cleared_minor, order.processing_payments, suspense(), owed(order)) == (0, 0, 0, CHARGE)
    send_all(order)
    refund = Refund.objects.get()
    assert (refund.payment_id, refund.amount_minor, refund.status) == (payment.id, CHARGE, "confirmed")
    assert owed(order) == 0
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW + DAY)  # nothing is on its way any more


def test_an_online_payment_that_was_pending_is_held_and_approved(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = start(order, world, "online")
    actions.refresh(payment_id=payment.id, outcome=Outcome("pending", "r"), now=NOW)
    assert stories.fresh(order).processing_payments == 1
    payment = actions.refresh(payment_id=payment.id, outcome=Outcome("cleared", "r"), now=NOW)
    assert (payment.status, stories.fresh(order).processing_payments) == (S.HELD, 1)
    approve(payment, risk())
    assert (stories.fresh(order).processing_payments, suspense("online")) == (0, 0)


@pytest.mark.parametrize("review", [approve, decline])
def test_a_transfer_is_held_too(world, settings, review):
    suspicious(world, settings)
    order = stories.placed(world)
    entry = wire(order, amount_minor=2_990_00)  # short by less than what we bear
    payment = entry.payment
    assert (entry.status, payment.status) == (BankEntry.Status.MATCHED, S.HELD)
    assert (suspense("main"), stories.fresh(order).processing_payments) == (2_990_00, 1)
    review(payment, risk())
    payment = Payment.objects.get(pk=payment.pk)
    order = stories.fresh(order)
    assert (suspense("main"), order.processing_payments) == (0, 0)
    if review is approve:
        assert (payment.cleared_minor, payment.borne_minor, order.cleared_minor) == (2_990_00, 10_00, 2_990_00)
        assert order.instalments.get(number=1).open_minor == 0
    else:
        assert (payment.surplus_minor, owed(order), order.cleared_minor) == (2_990_00, 2_990_00, 0)


def test_what_the_order_can_no_longer_take_goes_back_when_it_is_approved(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = pay(order, world)
    settings.FRAUD_THRESHOLD = 1000
    wire(order, 1)  # the same instalment by wire meanwhile
    approve(payment, risk())
    payment = Payment.objects.get(pk=payment.pk)
    assert (payment.cleared_minor, payment.surplus_minor, owed(order)) == (0, CHARGE, CHARGE)


def test_money_for_a_closed_order_is_not_held_it_goes_back_anyway(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = start(order, world)
    order_actions.cancel(order_id=order.id, by=world.buyer, now=NOW)
    play(payment, state="paid")
    payment = actions.ask(payment_id=payment.id, now=NOW)
    assert (payment.status, payment.surplus_minor) == (S.CLEARED, CHARGE)
    assert (check_of(payment).verdict, check_of(payment).score) == ("clear", 40)


@pytest.mark.parametrize("error", [RuntimeError("no"), DatabaseError("no")])
def test_a_rule_that_crashes_is_logged_and_counts_as_not_fired(world, settings, monkeypatch, error):
    suspicious(world, settings)

    def crash(facts):
        if isinstance(error, DatabaseError):
            with connection.cursor() as cursor:
                cursor.execute("SELECT no_such_column")
        raise error

    broken = rules.RULES["disposable_mail"]
    monkeypatch.setitem(rules.RULES, "disposable_mail", rules.Rule(broken.name, broken.title, broken.weight, crash))
    payment = pay(stories.placed(world), world)
    assert (payment.status, payment.cleared_minor) == (S.CLEARED, 3_000_00)
    assert (check_of(payment).crashed, check_of(payment).score) == (["disposable_mail"], 0)


def test_a_crash_between_the_rules_and_the_booking_loses_nothing(world, settings, monkeypatch):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = start(order, world)
    play(payment, state="paid")
    with monkeypatch.context() as patched:
        patched.setattr("payments.actions.holding.books.hold_payment", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.ask(payment_id=payment.id, now=NOW)
    assert (Check.objects.count(), suspense(), stories.fresh(order).processing_payments) == (0, 0, 0)
    assert actions.ask(payment_id=payment.id, now=NOW).status == S.HELD
    assert (Check.objects.count(), suspense()) == (1, CHARGE)


def test_only_risk_staff_review_and_never_their_own_order(world, settings):
    suspicious(world, settings)
    order = stories.placed(world)
    payment = pay(order, world)
    before = stories.snapshot(order)
    with pytest.raises(NotAllowed, match="risk staff"):
        approve(payment, world.stranger)
    insider = risk("insider")
    supplier_actions.add_member(
        supplier_id=world.supplier.id, user=insider, role=Member.Role.SALES, by=world.seller, now=NOW
    )
    staff = risk()
    for review in (approve, decline):
        with pytest.raises(NotAllowed, match="party"):
            review(payment, insider)
        with pytest.raises(Refused, match="why"):
            review(payment, staff, reason="  ")
    assert stories.snapshot(order) == before
    assert check_of(payment).verdict == "held"


def test_what_is_reviewed_stays_reviewed(world, settings):
    suspicious(world, settings)
    payment = pay(stories.placed(world), world)
    staff = risk()
    decline(payment, staff)
    with pytest.raises(MovedOn, match="declined already"):
        approve(payment, staff)


def test_the_database_keeps_a_check_as_it_was(world, settings):
    suspicious(world, settings)
    payment = pay(stories.placed(world), world)
    for change in ({"score": 0}, {"rules": []}, {"threshold": 1}, {"due_at": NOW + 2 * DAY}, {"verdict": "clear"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Check.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Check.objects.update(verdict="approved")  # by nobody
    with pytest.raises(DatabaseError), transaction.atomic():
        Check.objects.all().delete()
    for change in ({"status": "processing", "next_ask_at": NOW}, {"status": "started"}, {"held_at": NOW + SECOND}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(**change)
    approve(payment, risk())
    with pytest.raises(DatabaseError), transaction.atomic():
        Check.objects.update(reason="another")


def test_overdue_reviews_are_told_once_and_never_approved_by_time(world, settings, monkeypatch):
    suspicious(world, settings)
    payment = pay(stories.placed(world), world)
    told = []
    monkeypatch.setattr(reviewing.logger, "error", lambda *a, **said: told.append(said), raising=False)
    for at, expected in ((NOW + DAY - SECOND, 0), (NOW + DAY, 1), (NOW + 3 * DAY, 1)):
        with time_machine.travel(at, tick=False):
            tasks.alarm_overdue_reviews()
        assert len(told) == expected
    check = check_of(payment)
    assert (check.verdict, check.alarmed_at) == ("held", NOW + DAY)
    assert Payment.objects.get(pk=payment.pk).status == S.HELD
    approve(payment, risk(), NOW + 4 * DAY)


def test_velocity_counts_payments_of_the_last_day(world, settings):
    settings.FRAUD_WEIGHTS = {"velocity_buyer": 3}
    order = stories.placed(world)
    for _ in range(10):
        start(order, world)
    payment = pay(order, world)
    assert "velocity_buyer" in fired(payment)
    later = pay(order, world, number=2, now=NOW + DAY + SECOND)
    assert "velocity_buyer" not in fired(later)


def test_a_card_that_paid_for_another_buyer_fires(world):
    order = stories.placed(world)
    first = start(order, world)
    actions.refresh(payment_id=first.id, outcome=Outcome("cleared", "r", card="fp_1", country="NZ"), now=NOW)
    other = stories.person("other@buyer.test", full_name="Ola Nordmann", country="NO")
    world.buyer = other
    second = start(stories.placed(world), world)
    said = Outcome("cleared", "r2", card="fp_1", payer="Somebody Else", country="NG")
    actions.refresh(payment_id=second.id, outcome=said, now=NOW)
    assert fired(second) == {"velocity_card", "payer_differs", "country_differs"}
    assert "fp_1" not in check_of(second).card
    links = linked_accounts(check_of(second), now=NOW)
    assert [(link.what, link.who, link.order.id) for link in links] == [("Card", "buyer@test.test", order.id)]


def test_a_shared_device_links_buyer_and_supplier(world):
    for user in (world.buyer, world.seller, world.stranger):
        sightings.see(user_id=user.id, device="d-1", address="203.0.113.9", now=NOW - DAY)
    payment = pay(stories.placed(world), world)
    assert fired(payment) == {"linked_device", "linked_address"}
    links = {(link.what, link.who) for link in linked_accounts(check_of(payment), now=NOW)}
    assert ("Device of the buyer", "stranger@test.test") in links
    assert ("Device of the buyer", "seller@test.test (the supplier's team)") in links
    old = pay(stories.placed(world), world, now=NOW + 100 * DAY)
    assert not fired(old) & {"linked_device", "linked_address"}


def test_many_buyers_on_one_device_fire(world):
    order = stories.placed(world)
    for name in ("ada", "bob"):
        other = stories.person(f"{name}@buyer.test", full_name=name)
        sightings.see(user_id=other.id, device="d-1", now=NOW)
        mine, world.buyer = world.buyer, other
        pay(stories.placed(world), world)
        world.buyer = mine
    sightings.see(user_id=world.buyer.id, device="d-1", now=NOW)
    assert fired(pay(order, world)) == {"velocity_device"}


def test_a_buyer_who_works_with_the_suppliers_people_fires(world):
    supplier_actions.add_member(
        supplier_id=world.rival.id, user=world.buyer, role=Member.Role.SALES, by=world.rival_seller, now=NOW
    )
    supplier_actions.add_member(
        supplier_id=world.rival.id, user=world.seller, role=Member.Role.SALES, by=world.rival_seller, now=NOW
    )
    payment = pay(stories.placed(world), world)
    assert fired(payment) == {"linked_member"}
    assert payment.status == S.HELD


def test_bank_details_and_odd_prices_are_found_on_the_real_order(world):
    for _ in range(3):
        stories.placed(world, stories.simple_terms(3_000_00))
    order = stories.placed(world, stories.simple_terms(900_00))
    body = "Please pay NL91 ABNA 0417 1643 00"
    order_actions.write_message(order_id=order.id, key=uuid.uuid4(), body=body, by=world.seller, now=NOW)
    assert fired(pay(order, world)) == {"bank_details_in_messages", "price_far"}


def test_sightings_are_forgotten(world):
    sightings.see(user_id=world.buyer.id, device="d", address="a", now=NOW)
    sightings.see(user_id=world.buyer.id, device="d", now=NOW + DAY)
    assert Sighting.objects.filter(first_at=F("last_at")).count() == 1
    assert sightings.forget(now=NOW + 180 * DAY) == 1
    assert sightings.forget(now=NOW + 181 * DAY) == 1


def test_figures_say_how_often_each_rule_fired_and_was_right(world, settings):
    suspicious(world, settings)
    staff, made = risk(), []
    for _ in range(4):
        order = stories.placed(world, stories.simple_terms(3_000_00))
        made.append((order, pay(order, world)))
    for (_, payment), review in zip(made, (approve, approve, decline), strict=False):
        review(payment, staff)
    contested(made[0][1], reference="won")
    end(made[0][1], won=True, reference="won")
    contested(made[1][1], reference="lost")
    found = {each.name: each for each in figures.by_rule(now=NOW)}["disposable_mail"]
    assert (found.fired, found.held, found.right, found.wrong, found.precision_percent) == (4, 4, 2, 1, 66)
    counts = figures.totals(now=NOW + DAY)
    assert (counts.checked, counts.held, counts.approved, counts.declined) == (4, 4, 2, 1)
    assert (counts.waiting, counts.overdue) == (1, 1)
    assert figures.by_rule(now=NOW + 181 * DAY)[0].fired == 0


def test_the_rules_ask_few_questions_and_write_nothing(world):
    order = stories.placed(world)
    sightings.see(user_id=world.buyer.id, device="d", address="a", now=NOW)
    with CaptureQueriesContext(connection) as asked:
        scoring.assess(Arriving(order.id, 3_000_00, card="fp", payer_name="Northline", payer_account="NZ1"), now=NOW)
    queries = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(queries) <= 17
    assert all(sql.startswith("SELECT") and "FOR UPDATE" not in sql for sql in queries)
