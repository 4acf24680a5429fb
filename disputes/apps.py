from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "disputes"

    def ready(self):
        from disputes import invariants
        from disputes.steps import claim_step, dispute_step
        from ledger import proof
        from orders import steps

        steps.register("claim", claim_step)
        steps.register("dispute", dispute_step)
        proof.register("I4c", invariants.awards_within_cover)
        proof.register("I5b", invariants.disputes_hold)
