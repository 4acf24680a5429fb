"""The demo's world, loaded once for all that is looked at in it."""

from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker

from accounts.models import Letter, User
from disputes.casefile import packing, verify
from disputes.models import Claim, DecidedClaim, Decision, Dispute, Inspector, Offer, SealedLimit
from disputes.steps import moves_for
from events.actions import publish_root
from events.models import Event, Untold
from ledger import chart
from ledger.actions import balance
from ledger.models import Transfer
from ledger.proof import prove
from notifications import mailing
from notifications.models import Mailing, Notice
from orders.models import ContractVersion, Hold, Order, Review, ReviewRequest
from orders.terms.schema import schema
from payments import tasks
from payments.models import (
    BankEntry,
    DailyClose,
    MatchProposal,
    PayerQuestion,
    Payment,
    Payout,
    PayoutBatch,
    Refund,
    SandboxTransfer,
    StatementFile,
)
from suppliers import reviews as suppliers_reviews
from suppliers.facts import facts_of
from suppliers.models import Pause, Supplier, Verification
from suppliers.rating import rate
from tests.test_coming import sweep_all
from trade_assurance import run
from trade_assurance.demo import cast, docket
from trade_assurance.sweeping import sweep

S, D = Order.Status, Dispute.Status
HOUR = timedelta(hours=1)


def called(*command) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo, loaded once: what it said and the moment at which it stood. Undone when the module is through."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media"))),
        transaction.atomic(),
    ):
        said = called("load_demo")
        yield SimpleNamespace(said=said, now=timezone.now())
        transaction.set_rollback(True)


@pytest.fixture
def world(loaded):
    """The loaded demo for one test; what the test changes is undone after the books were proved."""
    with transaction.atomic():
        yield loaded
        assert prove() == []
        transaction.set_rollback(True)


def test_the_world_has_every_state_and_the_books_add_up(world):
    assert "the books add up" in world.said
    assert set(Order.objects.values_list("status", flat=True)) == set(S.values)
    assert set(Order.objects.values_list("currency", flat=True)) == {"USD", "EUR", "CNY", "JPY"}
    assert Supplier.objects.count() == 12
    assert len(set(Supplier.objects.values_list("country", flat=True))) >= 8
    now = world.now
    open_orders = Order.objects.open()
    hour = timedelta(hours=1)
    ends = open_orders.filter(status=S.RECEIVED, protection_ends_at__lte=now + hour)
    assert [order.protection_ends_at > now - hour for order in ends] == [True]
    late = sorted(order.supplier.name for order in open_orders if order.is_late(now))
    assert late == ["Kestrel Components", "Lumenworks Foshan"]
    assert open_orders.filter(status=S.SHIPPED, auto_confirm_at__range=(now, now + timedelta(days=1))).count() == 1
    assert not open_orders.filter(status=S.SHIPPED, auto_confirm_at__lte=now).exists()
    assert set(Hold.objects.open().values_list("reason", flat=True)) == {Hold.Reason.DISPUTED, Hold.Reason.CHARGED_BACK}
    assert Order.objects.filter(is_sample=True).count() == 1
    published = Draft202012Validator(schema("https://trade.example"), format_checker=FormatChecker())
    documents = list(ContractVersion.objects.sent().values_list("document", flat=True))
    assert [error.message for each in documents for error in published.iter_errors(each)] == []
    assert {each["category"] for each in documents if "category" in each} >= {"furniture", "textiles"}
    assert Order.objects.filter(borne_minor__gt=0).count() == 2
    part_shipped = open_orders.filter(status=S.PAID, lines__shipped_quantity__gt=0).distinct()
    assert part_shipped.count() == 1
    in_suspense = BankEntry.objects.in_suspense().values_list("amount_minor", flat=True)
    assert len(in_suspense) == 3 and -balance(chart.suspense("USD")) == sum(in_suspense)
    held = Payment.objects.get(status="held")
    assert held.fraud_check.score == 100 and held.fraud_check.due_at > now
    assert SandboxTransfer.objects.filter(account_number="OTHER-0000-0000").count() == 1
    assert Payment.objects.filter(method="card").exists()
    assert Payout.objects.exists()
    assert Refund.objects.exists()
    assert sorted(set(Event.objects.values_list("at", flat=True)))[-1] <= now
    day_13 = open_orders.get(title__startswith="Brass pendant lamps")
    zone = ZoneInfo(day_13.protection_timezone)
    assert (now.astimezone(zone).date() - day_13.received_at.astimezone(zone).date()).days == 13


def test_finance_has_something_on_every_page(world):
    """A statement with odd entries and its refused copy, what waits for a second person, and a close."""
    booked, refused = StatementFile.objects.order_by("id")
    assert (booked.status, booked.matched, booked.suspended) == ("complete", 2, 2)
    assert refused.status == "refused" and "does not add up" in refused.why
    assert PayerQuestion.objects.get().order.buyer.email == cast.BUYER
    proposal, batch = MatchProposal.objects.waiting().get(), PayoutBatch.objects.get()
    assert (proposal.proposed_by, batch.made_by, batch.state) == (batch.made_by, proposal.proposed_by, "made")
    assert proposal.amount_minor > 10_000_00 and batch.count >= 2
    assert not batch.items.exclude(payout__status="sending").exists()
    tasks.send_payouts()  # the pretend bank sends nothing that is in a file
    assert not batch.items.exclude(payout__status="sending").exists()
    close = DailyClose.objects.get()
    assert close.verdict != "alarm", list(close.lines.filter(level="alarm").values_list("sentence", flat=True))
    assert close.lines.exists()


def test_each_demo_sign_in_works_and_has_much_to_see(world):
    for name in run.SIGN_INS:
        user = authenticate(None, email=f"{name}@demo.test", password=run.PASSWORD)
        assert user is not None, name
        assert user.emailaddress_set.filter(verified=True, primary=True).exists()
        assert user.is_staff is (name not in ("buyer", "supplier"))
    groups = dict(User.objects.exclude(groups=None).values_list("email", "groups__name"))
    assert groups == {
        "adjudicator@demo.test": "adjudicator",
        "second@demo.test": "adjudicator",
        "third@demo.test": "adjudicator",
        "fourth@demo.test": "adjudicator",
        "finance@demo.test": "finance",
        "finance2@demo.test": "finance",
        "risk@demo.test": "risk",
    }
    assert User.objects.get(email=cast.ADMIN).is_superuser
    for email, least in ((cast.BUYER, 20), (cast.SUPPLIER, 12)):
        assert Order.objects.visible_to(User.objects.get(email=email)).count() >= least


def test_cases_stand_in_every_stage(world):
    now = world.now
    cases = Dispute.objects.all()

    assert set(cases.values_list("status", flat=True)) == set(D.values)
    assert set(cases.exclude(outcome="").values_list("outcome", flat=True)) == {
        "settled",
        "awarded",
        "decided",
        "withdrawn",
    }
    assert set(Claim.objects.values_list("reason", flat=True)) == set(Claim.Reason.values)
    talking = cases.filter(status=D.OPEN, frozen_at__isnull=True)
    assert talking.filter(filed_at__gt=now - 6 * HOUR, answered_at__isnull=True).exists()
    assert talking.filter(escalate_at__range=(now, now + timedelta(minutes=10))).count() == 1
    assert talking.filter(award_at__gt=now).count() == 1
    assert talking.filter(buyer_extended_at__isnull=False, supplier_extended_at__isnull=False).count() == 1
    assert SealedLimit.objects.values_list("side", flat=True).get() == "supplier"
    assert talking.filter(claimant="supplier").count() == 1
    live = Offer.objects.live()
    assert set(live.values_list("side", flat=True)) == {"buyer", "supplier"}
    assert live.exclude(replacement="").exists()
    assert Offer.objects.filter(status="countered").count() >= 3
    both = [case for case in cases.filter(status=D.EVIDENCE) if case.evidence.values("side").distinct().count() == 2]
    assert both
    assert set(cases.filter(status=D.DECIDING).values_list("adjudicator__email", flat=True)) == {
        None,
        "adjudicator@demo.test",
    }
    waiting = Decision.objects.get(status="proposed")
    assert waiting.award_minor > 5_000_00
    assert waiting.proposed_by.email == "adjudicator@demo.test"
    assert cases.get(status=D.INSPECTION).inspection.inspector is None
    assert Inspector.objects.filter(is_listed=True).values("country").distinct().count() == 3
    decided = cases.filter(status=D.DECIDED)
    assert decided.filter(appeal_ends_at__lte=now + HOUR).count() == 1
    assert decided.filter(appeal_ends_at__gt=now + 24 * HOUR).exists()
    appealed = cases.get(status=D.APPEALED)
    assert appealed.decisions.get().award_minor > 5_000_00
    assert appealed.decisions.get().approved_by.email == "second@demo.test"
    assert appealed.adjudicator is None
    assert cases.get(frozen_at__isnull=False).order.contested_minor > 0
    assert docket.next_due() > now
    _register_has_entries_of_most_reasons()
    _both_sides_have_something_to_do(now)


def test_suppliers_have_reviews_with_a_reply_a_revision_and_one_that_waits(world):
    now = world.now

    reviews = Review.objects.shown()
    assert reviews.values("supplier").distinct().count() >= 4
    lumenworks = reviews.filter(supplier__name="Lumenworks Foshan")
    assert lumenworks.exclude(reply="").exists()
    revised = lumenworks.get(revised_at__isnull=False)
    told = [*lumenworks.select_related("by")]
    suppliers_reviews.tell(told)
    assert "quantity short" in {review.pk: review.upheld for review in told}[revised.pk]
    assert lumenworks.waiting_for_reply(now).exists()
    assert not ReviewRequest.objects.due(now).exists()


def test_suppliers_are_rated_by_their_orders_and_risk_staff_have_something_in_each_queue(world):
    now = world.now

    suppliers = {supplier.name: supplier for supplier in Supplier.objects.all()}
    assert not any(supplier.stars_reason for supplier in suppliers.values())
    assert {supplier.stars for supplier in suppliers.values()} >= {None, 1, 2, 3, 4}
    lumenworks = suppliers["Lumenworks Foshan"]
    assert lumenworks.stars == rate(facts_of([lumenworks.id], now)[lumenworks.id], now).stars
    assert lumenworks.penalty_points.counting(now).exists()
    assert lumenworks.ratings.count() >= 10
    assert all(not s.reserved_minor or s.free_limit_minor for s in suppliers.values())
    assert lumenworks.documents.kept().count() == 3
    waiting = Verification.objects.waiting().get()
    assert waiting.supplier.name == "Vidrios del Sur" and waiting.supplier.documents.kept().count() == 2
    pause = Pause.objects.to_review().get()
    assert (pause.supplier.name, pause.supplier.status, pause.points) == ("Anatolia Loom", "paused", 24)
    assert Review.objects.exclude(removed_because="").get().removed_because == "advert"
    assert Order.objects.exclude(flagged_because="").count() == 1


def test_it_stands_as_the_sweeps_would_leave_it(world):
    """No sweep finds anything to do: a late order, too, has been told to both sides at its second."""
    before = Event.objects.count()
    sweep_all(world.now)
    assert list(Event.objects.order_by("-id")[: Event.objects.count() - before].values_list("kind", flat=True)) == []
    late = [order for order in Order.objects.filter(status=S.PAID) if order.is_late(world.now)]
    assert late and all(order.late_noticed_at == order.ship_by_at for order in late)


def _register_has_entries_of_most_reasons():
    published = DecidedClaim.objects.filter(decision__status="final")
    reasons = {"shortage", "quality", "late", "packaging", "wrong", "documents", "non_receipt"}
    assert set(published.values_list("reason", flat=True)) == reasons
    assert {"full_refund", "partial_refund", "compensation", "reject"} <= set(
        published.values_list("outcome", flat=True)
    )


def _both_sides_have_something_to_do(now):
    for email in (cast.BUYER, cast.SUPPLIER):
        person = User.objects.get(email=email)
        codes = {
            step.code
            for case in Dispute.objects.visible_to(person).open()
            for step in moves_for(case, person, now)
            if step.allowed
        }
        assert {"message", "offer", "accept_offer", "reject_offer", "evidence", "waive", "appeal"} <= codes, email


def test_what_went_well_was_paid_out_to_the_cent(world):
    for order in Order.objects.filter(status=S.EXPIRED):
        carried = sum(line.amount_minor for line in order.payout_lines.all())
        owed_too = order.refunded_minor - order.refunded_escrow_minor  # from the supplier's, else our guarantee
        assert order.released_minor + order.refunded_escrow_minor == order.total_minor == order.cleared_minor
        assert 0 <= order.released_minor - order.service_fee_minor - carried <= owed_too


def _counts() -> list[int]:
    return [model.objects.count() for model in (Order, User, Event, Transfer, Dispute, Offer, Inspector)]


def test_loading_again_if_empty_changes_nothing(world):
    before = _counts()

    out = called("load_demo", "--if-empty")

    assert "not loaded" in out
    assert before == _counts()
    with pytest.raises(CommandError, match="empty database"):
        called("load_demo")


def test_the_tales_can_be_told_in_a_world_that_has_money_already(world):
    assert "Every figure holds" in called("demo")


def test_the_case_files_of_the_demo_check_themselves_whoever_reads_them(world):
    publish_root(now=world.now)
    staff = User.objects.filter(is_superuser=True).first()
    disputed = Order.objects.filter(disputes__isnull=False).distinct()
    others = [Order.objects.filter(status=status).order_by("id").first() for status in S.values]
    for n, order in enumerate([*disputed.select_related("buyer", "supplier").order_by("id"), *others]):
        seller = order.supplier.members.get(role="owner").user
        reader = (order.buyer, seller, staff)[n % 3]
        with packing.build(order_id=order.id, by=reader, now=world.now) as file:
            found = verify.check(file)
        assert found.wrong == [], order.reference
        assert found.facts["covered"] == Event.objects.about("order", order.id).count()


def test_the_inbox_has_the_demo_s_past_mostly_read_and_nobody_is_mailed(world):
    assert not Untold.objects.exists()
    assert not Mailing.objects.filter(done_at=None).exists() and not Letter.objects.exists()
    for email in (cast.BUYER, cast.SUPPLIER):
        notices = Notice.objects.filter(user__email=email)
        assert notices.count() > 100
        assert 0 < notices.unread().count() < notices.count() / 4
    assert sweep(mailing.due(world.now + HOUR, 500), mailing.write, now=world.now + HOUR) == 0
