"""Die before and after each call of a gateway and around each recording, go on: one effect, as a plain model has it."""

import uuid

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from events.models import Event
from ledger import chart
from ledger.actions import balance
from ledger.models import Transfer
from orders import actions as order_actions
from payments import actions, tasks
from payments.gateways import Unreachable
from payments.gateways.sandbox import bank
from payments.gateways.sandbox.models import SandboxCharge, SandboxSending
from payments.models import BankEntry, Chargeback, GatewaySettlement, Payment, Payout, Refund, Webhook
from suppliers.models import Supplier
from tests import stories
from tests.payments.conftest import wire
from tests.payments.dying import deaths, everywhere
from tests.payments.stripe_orders import CHARGE, TOTAL, fresh, intend, paid, placed
from tests.payments.test_stripe_webhooks import event, send

__all__ = ["deaths"]  # the fixture


@pytest.fixture(autouse=True)
def many_orders(settings, world):
    """One buyer and one supplier of all these orders: no fraud rule holds them, no limit ends them."""
    settings.FRAUD_THRESHOLD = 10**6
    Supplier.objects.filter(pk=world.supplier.pk).update(limit_minor=1_000_000_00)


def due():
    """Everything that is asked again is asked now."""
    now = timezone.now()
    Payment.objects.filter(next_ask_at__isnull=False, status__in=("started", "processing")).update(next_ask_at=now)
    for model in (Refund, Payout):
        model.objects.filter(status__in=("sending", "sent")).update(next_ask_at=now)
    Webhook.objects.filter(state="received").update(next_try_at=now)
    BankEntry.objects.filter(status="returning").update(next_ask_at=now)


def told(order) -> dict:
    """What an order's books, events and rows say, without their ids."""
    order = stories.fresh(order)
    transfers = Transfer.objects.filter(order_id=order.id).order_by("id")
    return {
        "status": order.status,
        "money": (order.cleared_minor, order.escrow_minor, order.refunded_minor, order.charged_back_minor),
        "owed": -balance(chart.refund_payable(order.id, order.currency)),
        "transfers": list(transfers.values_list("kind", "amount_minor")),
        "events": list(Event.objects.about("order", order.id).values_list("kind", flat=True)),
        "payments": sorted(order.payments.values_list("status", "cleared_minor", "surplus_minor", "refunded_minor")),
        "refunds": sorted(order.refunds.values_list("status", "method", "amount_minor")),
        "chargebacks": sorted(order.chargebacks.values_list("state", "amount_minor")),
    }


class Played:
    """The sandbox's and Stripe's customers and banks by one name each."""

    def __init__(self, name, desk=None):
        self.name, self.desk = name, desk

    def pay(self, payment):
        """The customer pays on the page, once."""
        if self.desk is None:
            SandboxCharge.objects.filter(key=payment.key, state="open").update(state="paid")
        elif self.desk.session(payment)["status"] == "open":
            self.desk.pay(payment)

    def report(self, payment):
        """Its report; it is sent again until it is answered, with the same id."""
        if self.desk is not None:
            said = event(
                "checkout.session.completed",
                self.desk.session(payment),
                id=f"evt_{payment.key.hex[:8]}x{payment.key.hex[8:16]}",
            )
            assert send(Client(), said).status_code == 200
            tasks.hear_webhooks()

    def charged(self, payment) -> int:
        """How often the customer was charged."""
        if self.desk is None:
            return SandboxCharge.objects.filter(key=payment.key, state="paid").count()
        session = self.desk.session(payment)
        return int(session["payment_status"] == "paid")

    def sent(self, payment) -> list[int]:
        """What went back to the customer."""
        if self.desk is None:
            return list(SandboxSending.objects.filter(charge__key=payment.key).values_list("amount_minor", flat=True))
        made = self.desk.local(f"/v1/refunds?payment_intent={payment.gateway_reference}", "GET")["data"]
        return [one["amount"] for one in made]


@pytest.fixture(params=["sandbox", "stripe"])
def played(request):
    return Played(request.param, request.getfixturevalue("desk") if request.param == "stripe" else None)


def test_paid_by_card_cancelled_and_refunded_charges_and_sends_once(world, played, deaths):
    def story():
        order = placed(world)
        payment = intend(order, world)
        reported = []

        def go_on():
            due()
            if not fresh(payment).url:
                actions.open_at_gateway(payment_id=payment.id, now=timezone.now())
            played.pay(fresh(payment))
            if not reported:
                played.report(fresh(payment))
                reported.append(1)
            tasks.ask_gateways()
            if stories.fresh(order).status == "paid":
                order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
            tasks.send_refunds()
            return Refund.objects.filter(order=order, status="confirmed").exists()

        return go_on, lambda: told(order) | {"charged": played.charged(payment), "sent": played.sent(fresh(payment))}

    points = everywhere(deaths, story)
    order = Refund.objects.latest("id").order
    payment = order.payments.get()
    state = told(order)
    assert (state["status"], state["owed"], state["refunds"]) == ("cancelled", 0, [("confirmed", "card", TOTAL)])
    assert (played.charged(payment), played.sent(payment)) == (1, [TOTAL])
    for call in ("start", "refund") + (("ask",) if played.desk is None else ()):
        assert {f"before {played.name}.{call}", f"after {played.name}.{call}"} <= set(points)
    assert "payments.actions.pushing.record_sending, before its commit" in points


def test_a_payment_that_is_only_asked_for_clears_once(world, played, deaths):
    """Nothing reports: the return to our page and the sweep find out."""

    def story():
        order = placed(world)
        payment = intend(order, world)

        def go_on():
            due()
            actions.open_at_gateway(payment_id=payment.id, now=timezone.now())
            played.pay(fresh(payment))
            actions.ask(payment_id=payment.id, now=timezone.now())
            tasks.ask_gateways()
            return fresh(payment).is_final

        return go_on, lambda: told(order) | {"charged": played.charged(payment)}

    points = everywhere(deaths, story)
    assert {f"before {played.name}.ask", f"after {played.name}.ask"} <= set(points)
    assert set(Payment.objects.values_list("status", "cleared_minor")) == {("cleared", TOTAL)}


def test_what_a_supplier_is_owed_is_paid_out_once(world, deaths):
    def story():
        order = stories.placed(world, stories.simple_terms(TOTAL))
        wire(order)
        stories.then_received(stories.fresh(order), world)
        owed = -balance(chart.supplier_payable(world.supplier.id, "USD"))
        before = Payout.objects.count()

        def go_on():
            due()
            tasks.send_payouts()
            return Payout.objects.filter(status="confirmed").count() > before

        def state():
            payout = Payout.objects.latest("id")
            sent = SandboxSending.objects.filter(key=f"payout:{payout.key}").values_list("amount_minor", flat=True)
            lines = list(payout.lines.order_by("transfer_id").values_list("kind", "amount_minor"))
            left = balance(chart.supplier_payable(world.supplier.id, "USD"))
            return owed, payout.amount_minor, payout.status, list(sent), lines, left, Payout.objects.count() - before

        return go_on, state

    points = everywhere(deaths, story)
    assert {"before sandbox.payout", "after sandbox.payout"} <= set(points)
    assert balance(chart.clearing("bank", "USD")) == 0
    assert SandboxSending.objects.filter(key__startswith="payout:").aggregate(all=Sum("amount_minor"))["all"] == sum(
        Payout.objects.values_list("amount_minor", flat=True)
    )


def test_money_that_nobody_matched_goes_back_once(world, deaths):
    def story():
        order = placed(world)
        entry = wire(order, reference="lamps", amount_minor=1_000_00, entry=uuid.uuid4().hex)  # in September

        def go_on():
            due()
            tasks.return_unmatched()
            return BankEntry.objects.get(pk=entry.pk).status == "returned"

        def state():
            sent = SandboxSending.objects.filter(key__startswith=f"return:{entry.entry}:")
            return list(sent.values_list("amount_minor", flat=True)), balance(chart.suspense("USD"))

        return go_on, state

    points = everywhere(deaths, story)
    assert {"before sandbox.give_back", "after sandbox.give_back"} <= set(points)
    assert balance(chart.clearing("bank", "USD")) == balance(chart.bank("USD")) == 0


@pytest.mark.parametrize("won", [True, False])
def test_a_contested_payment_is_taken_and_decided_once(world, played, deaths, won):
    def story():
        order = placed(world)
        payment = intend(order, world)
        actions.open_at_gateway(payment_id=payment.id, now=timezone.now())
        played.pay(fresh(payment))
        payment = actions.ask(payment_id=payment.id, now=timezone.now())
        if played.desk is None:
            charge = SandboxCharge.objects.get(key=payment.key)
            case = bank.contest(charge_id=charge.id, amount_minor=CHARGE, reason="no goods", now=timezone.now())
        else:
            case = played.desk.contest(payment.gateway_reference, CHARGE)

        def decide():
            if played.desk is not None:
                case["status"] = "won" if won else "lost"
            elif type(case).objects.get(pk=case.pk).state == "open":
                bank.decide(contest_id=case.id, won=won)

        def go_on():
            due()
            known = Chargeback.objects.filter(payment=payment).first()
            if known is not None:
                decide()
            tasks.ask_gateways()
            tasks.ask_contested()
            if known is not None and played.desk is not None:
                number = Webhook.objects.count()
                assert send(Client(), event("charge.dispute.closed", case, id=f"evt_{number}case")).status_code == 200
                tasks.hear_webhooks()
            return Chargeback.objects.filter(payment=payment).exclude(state="open").exists()

        return go_on, lambda: told(order)

    points = everywhere(deaths, story)
    assert any("end_chargeback, before its commit" in point for point in points)
    if played.desk is not None:
        assert {"before stripe.case", "after stripe.case"} <= set(points)
    assert set(Chargeback.objects.values_list("state", flat=True)) == {"won" if won else "lost"}


def test_a_payout_of_stripes_is_booked_once(world, desk, deaths):
    def story():
        payment = paid(placed(world), world, desk)
        before = balance(chart.bank("USD"))
        reference = desk.pay_out(("charge", CHARGE, 90_25, payment.gateway_reference))

        def go_on():
            tasks.settle_stripe()
            return GatewaySettlement.objects.filter(reference=reference, state="booked").exists()

        return go_on, lambda: (balance(chart.clearing("card", "USD")), balance(chart.bank("USD")) - before)

    points = everywhere(deaths, story)
    assert {"before stripe.settlement", "after stripe.settlement"} <= set(points)
    assert balance(chart.clearing("card", "USD")) == 0


def test_a_refund_that_bounces_is_owed_again_once(world, desk, deaths):
    def story():
        order = placed(world)
        paid(order, world, desk)
        order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
        (refund,) = actions.send_refunds(order_id=order.id, now=timezone.now())
        refund = actions.push_refund(refund_id=refund.id, now=timezone.now())
        desk.bounce(refund.gateway_reference)

        def go_on():
            tasks.ask_bounced()
            tasks.send_refunds()  # waits for staff
            return Refund.objects.get(pk=refund.pk).status == "failed"

        return go_on, lambda: told(order)

    points = everywhere(deaths, story)
    assert "payments.actions.pushing.bounce_refund, before its commit" in points
    assert told(Refund.objects.latest("id").order)["owed"] == TOTAL


@pytest.mark.parametrize("lost", ["before", "after", "500"])
@pytest.mark.parametrize("path", ["/v1/checkout/sessions", "/v1/payment_intents", "/v1/refunds"])
def test_calls_whose_answers_are_lost_have_one_effect(world, desk, lost, path):
    """Each of Stripe's answers may get lost, twice: it is asked again until it is there."""
    order = placed(world)
    payment = intend(order, world)
    desk.lose(path, lost, times=2)
    for _ in range(8):
        due()
        try:
            actions.open_at_gateway(payment_id=payment.id, now=timezone.now())
        except Unreachable:
            continue
        if desk.session(payment)["status"] == "open":
            desk.pay(payment)
        tasks.ask_gateways()
        if stories.fresh(order).status == "paid":
            order_actions.cancel(order_id=order.id, by=world.buyer, now=timezone.now())
        tasks.send_refunds()
    assert (told(order)["owed"], told(order)["refunds"]) == (0, [("confirmed", "card", TOTAL)])
    assert len(desk.sessions) == 1 and Played("stripe", desk).sent(fresh(payment)) == [TOTAL]
