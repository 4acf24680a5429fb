"""Stripe's payouts empty clearing; contested payments are found by report or by asking; settings are checked."""

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from ledger import chart
from ledger.actions import balance
from payments import tasks
from payments.actions import hearing, settling
from payments.models import Chargeback, GatewaySettlement
from tests.payments.stripe_orders import CHARGE, ask, fresh, paid, placed, start
from tests.payments.test_stripe_webhooks import event, hear, send
from trade_assurance.refused import MovedOn, Refused

COST = 90_25


def settle(reference):
    return settling.settle_payout(gateway_name="stripe", reference=reference, now=timezone.now())


# settlements ------------------------------------------------------------------------------------------------------


def test_a_payout_of_stripes_empties_clearing_and_its_cost_is_booked(world, desk):
    payment = paid(placed(world), world, desk)
    desk.pay_out(("charge", CHARGE, COST, payment.gateway_reference))
    for _ in range(2):  # again changes nothing
        tasks.settle_stripe()
    row = GatewaySettlement.objects.get()
    assert (row.state, row.amount_minor, row.kept_minor) == ("booked", CHARGE - COST, COST)
    assert balance(chart.clearing("card", "USD")) == 0
    assert balance(chart.bank("USD")) == CHARGE - COST
    assert balance(chart.gateway_costs("USD")) == COST


def test_a_payout_over_several_pages_is_split_by_method_with_refunds_and_fees_without_a_payment(world, desk):
    card = paid(placed(world), world, desk)
    online = start(placed(world), world, "online")
    intent = desk.play_intent(online, status="succeeded")["id"]
    online = ask(online)
    desk.pay_out(
        ("charge", CHARGE, COST, card.gateway_reference),
        ("payment", online.total_minor, 5_00, intent),
        ("stripe_fee", -2_00, 0, None),
    )
    tasks.settle_stripe()
    assert GatewaySettlement.objects.get().state == "booked"
    assert balance(chart.clearing("card", "USD")) == balance(chart.clearing("online", "USD")) == 0
    assert balance(chart.gateway_costs("USD")) == COST + 7_00


def test_a_payout_that_gave_back_more_than_it_took_is_paid_by_our_bank(world, desk):
    payment = paid(placed(world), world, desk)
    desk.pay_out(("charge", CHARGE, COST, payment.gateway_reference))
    tasks.settle_stripe()
    case = desk.contest(payment.gateway_reference, CHARGE)
    hearing.ask_case(gateway_name="stripe", reference=case["id"], now=timezone.now())
    desk.pay_out(("adjustment", -CHARGE, 15_00, payment.gateway_reference))
    tasks.settle_stripe()
    assert balance(chart.clearing("card", "USD")) == 0
    assert balance(chart.bank("USD")) == -COST - 15_00


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([("charge", 100_00, 3_00, "pi_1Stranger")], {}, "not a payment of ours"),
        ([("transfer", 100_00, 0, None)], {}, "kind that we do not book: transfer"),
        ([("charge", CHARGE, COST, "ours")], {"amount": 1}, "add up to"),
        ([("charge", CHARGE, COST, "ours")], {"currency": "eur"}, ""),
        ([("charge", 100_00, -3_00, "ours")], {}, "More fees were given back"),
    ],
)
def test_a_payout_that_does_not_fit_is_parked_with_the_reason_and_books_nothing(world, desk, rows, options, words):
    payment = paid(placed(world), world, desk)
    rows = [(kind, part, fee, payment.gateway_reference if who == "ours" else who) for kind, part, fee, who in rows]
    reference = desk.pay_out(*rows, **options)
    if not words:
        desk.payouts[reference]["currency"] = "usd"
        words = "money is never converted"
    with pytest.raises(Refused, match=words):
        settle(reference)
    row = GatewaySettlement.objects.get()
    assert row.state == "parked" and words in row.why
    assert balance(chart.clearing("card", "USD")) == CHARGE and balance(chart.bank("USD")) == 0


def test_a_parked_payout_is_booked_once_it_fits(world, desk):
    payment = start(placed(world), world)
    intent = desk.pay(payment)
    desk.pay_out(("charge", CHARGE, COST, intent["id"]))
    tasks.settle_stripe()
    assert GatewaySettlement.objects.get().state == "parked"
    ask(payment)
    tasks.settle_stripe()
    assert GatewaySettlement.objects.get().state == "booked"
    assert balance(chart.clearing("card", "USD")) == 0


def test_a_payout_that_has_not_arrived_is_not_booked(world, desk):
    payment = paid(placed(world), world, desk)
    reference = desk.pay_out(("charge", CHARGE, COST, payment.gateway_reference), status="in_transit")
    with pytest.raises(MovedOn):
        settle(reference)
    assert not GatewaySettlement.objects.exists()


def test_a_report_settles_it_sooner(world, desk, client):
    payment = paid(placed(world), world, desk)
    reference = desk.pay_out(("charge", CHARGE, COST, payment.gateway_reference))
    send(client, event("payout.paid", desk.payouts[reference]))
    assert hear().state == "acted"
    assert balance(chart.clearing("card", "USD")) == 0


class Crash(BaseException):
    """The process died here."""


@pytest.mark.parametrize(
    "point",
    [
        "payments.gateways.stripe.settling.asked",
        "payments.actions.settling._objection",
        "payments.actions.paying.settle_gateway",
    ],
)
def test_dying_while_a_payout_is_booked_books_it_once(world, desk, monkeypatch, point):
    payment = paid(placed(world), world, desk)
    reference = desk.pay_out(("charge", CHARGE, COST, payment.gateway_reference))

    def died(*arguments, **options):
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(point, died)
        with pytest.raises(Crash):
            settle(reference)
    assert balance(chart.clearing("card", "USD")) == CHARGE
    assert settle(reference).state == settle(reference).state == "booked"
    assert balance(chart.clearing("card", "USD")) == 0


# contested --------------------------------------------------------------------------------------------------------


def test_a_case_is_opened_by_its_report_and_ends_by_the_next(world, desk, client):
    order = placed(world)
    payment = paid(order, world, desk)
    case = desk.contest(payment.gateway_reference, CHARGE)
    send(client, event("charge.dispute.created", case))
    hear()
    chargeback = Chargeback.objects.get()
    assert (chargeback.state, chargeback.reason, chargeback.amount_minor) == ("open", "Goods not received", CHARGE)
    assert balance(chart.clearing("card", "USD")) == 0
    case["status"] = "won"
    for kind in ("charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.created"):
        send(client, event(kind, case))
        assert hear().state == "acted"
    assert Chargeback.objects.get().state == "won"
    assert balance(chart.clearing("card", "USD")) == CHARGE


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_case_whose_reports_were_all_lost_is_found_by_asking(world, desk, status):
    payment = paid(placed(world), world, desk)
    case = desk.contest(payment.gateway_reference, CHARGE)
    tasks.ask_contested()
    assert Chargeback.objects.get().state == "open"
    case["status"] = status
    for _ in range(2):
        tasks.ask_contested()
    assert Chargeback.objects.get().state == status


def test_an_end_that_comes_before_the_beginning_does_both(world, desk, client):
    payment = paid(placed(world), world, desk)
    case = desk.contest(payment.gateway_reference, CHARGE, status="lost")
    for kind in ("charge.dispute.closed", "charge.dispute.created"):
        send(client, event(kind, case))
        hear()
    assert Chargeback.objects.get().state == "lost"


def test_a_case_of_a_payment_that_we_have_not_asked_yet_asks_it_first(world, desk, client):
    payment = start(placed(world), world)
    intent = desk.pay(payment)
    send(client, event("charge.dispute.created", desk.contest(intent["id"], CHARGE)))
    assert hear().state == "acted"
    assert fresh(payment).status == "cleared" and Chargeback.objects.get().state == "open"


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_closed", "prevented", "never_seen"])
def test_an_inquiry_takes_no_money(world, desk, client, status):
    payment = paid(placed(world), world, desk)
    send(client, event("charge.dispute.created", desk.contest(payment.gateway_reference, CHARGE, status=status)))
    assert hear().state == "acted" and not Chargeback.objects.exists()


def test_a_decision_that_is_turned_round_needs_a_person(world, desk, client):
    payment = paid(placed(world), world, desk)
    case = desk.contest(payment.gateway_reference, CHARGE, status="lost")
    send(client, event("charge.dispute.closed", case))
    hear()
    case["status"] = "won"
    send(client, event("charge.dispute.closed", case))
    webhook = hear()
    assert webhook.state == "parked" and "now says otherwise" in webhook.why


def test_a_case_in_another_currency_needs_a_person(world, desk, client):
    payment = paid(placed(world), world, desk)
    send(client, event("charge.dispute.created", desk.contest(payment.gateway_reference, CHARGE, currency="eur")))
    assert hear().state == "parked" and not Chargeback.objects.exists()


# switching it on --------------------------------------------------------------------------------------------------


def found() -> set[str]:
    return {message.id for message in run_checks(tags=["payments"])}


def test_checks_are_quiet_when_it_is_set_up_for_trying_or_not_at_all(desk, settings):
    assert found() == set()
    settings.PAYMENT_GATEWAYS, settings.STRIPE_SECRET_KEY = {}, ""
    assert found() == set()


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"STRIPE_SECRET_KEY": ""}, {"payments.E002"}),
        ({"STRIPE_SECRET_KEY": "pk_test_1"}, {"payments.E003"}),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, {"payments.E004", "payments.E006"}),
        ({"STRIPE_SECRET_KEY": "rk_live_1", "HTTPS": True}, {"payments.E004"}),
        ({"STRIPE_SECRET_KEY": "rk_live_1", "HTTPS": True, "DEMO": False, "SANDBOX": False}, set()),
        (
            {"STRIPE_SECRET_KEY": "sk_live_1", "HTTPS": True, "DEMO": False, "SANDBOX": True},
            {"payments.E004"},
        ),
        ({"STRIPE_WEBHOOK_SECRETS": []}, {"payments.E005"}),
        ({"STRIPE_API_BASE": "http://stripe.example"}, {"payments.E007"}),
    ],
)
def test_manage_check_names_what_is_wrong_with_the_settings(desk, settings, changed, errors):
    for name, value in changed.items():
        setattr(settings, name, value)
    assert found() == errors


def test_stripe_for_wires_is_refused(desk, settings):
    settings.PAYMENT_GATEWAYS |= {"tt": settings.PAYMENT_GATEWAYS["card"]}
    assert found() == {"payments.E001"}
    assert all(message.msg.endswith(".") for message in run_checks(tags=["payments"]))


def test_without_a_gateway_for_wires_it_warns(desk, settings):
    settings.PAYMENT_GATEWAYS = {"card": settings.PAYMENT_GATEWAYS["card"]}
    assert found() == {"payments.W008"}


def test_the_sweeps_do_nothing_where_stripe_is_not_chosen(db, settings):
    tasks.settle_stripe()
    tasks.ask_contested()
    tasks.ask_bounced()
    tasks.hear_webhooks()
    assert not GatewaySettlement.objects.exists()
