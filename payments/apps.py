from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self):
        from django.utils.translation import gettext_lazy as _lazy

        from accounts import mails, personal
        from ledger import proof
        from orders import emptying, releasing, steps, wording
        from payments import invariants
        from payments.fraud import checks as fraud_checks  # noqa: F401  manage.py check
        from payments.gateways.stripe import checks  # noqa: F401  manage.py check
        from payments.personal import HOLDING, PART
        from payments.steps import name_payer, pay
        from payments.telling import tell_chargeback, tell_payer, tell_refund
        from payments.waiting import tell_supplier

        personal.register(HOLDING)
        emptying.register(PART)
        mails.register(
            mails.Kind(
                "payments.payer_asked",
                "payments",
                _lazy("Somebody else’s name stands on a transfer for your order"),
                "payments/email/payer_asked",
                _lazy("The money goes back when nobody answers in time."),
            ),
            mails.Kind(
                "payments.refund_came_back",
                "payments",
                _lazy("A refund to you came back"),
                "payments/email/refund_came_back",
                _lazy("It is about money that we owe you."),
            ),
        )
        steps.register("pay", pay)
        steps.register("name_payer", name_payer)
        releasing.register(tell_supplier)
        wording.register_teller("chargeback", tell_chargeback)
        wording.register_teller("payer", tell_payer)
        wording.register_teller("refund", tell_refund)
        proof.register("I4b", invariants.refunds_within_payment)
        proof.register("I7", invariants.owed_is_sent_once)
        proof.register("I8", invariants.suspense_is_listed)
        proof.register("I8c", invariants.checks_are_true)
        proof.register("I8d", invariants.own_entries_are_booked)
        proof.register("I8b", invariants.chargebacks_are_listed)
