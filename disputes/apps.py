from django.apps import AppConfig


class DisputesConfig(AppConfig):
    name = "disputes"

    def ready(self):
        from accounts import personal
        from disputes import coming, facts, invariants, steps, telling, waiting
        from disputes.personal import HOLDING, PART
        from disputes.steps import casework, deciding, filing, performing, talking
        from ledger import proof
        from orders import coming as order_coming
        from orders import emptying
        from orders import facts as order_facts
        from orders import steps as order_steps
        from orders import waiting as order_waiting
        from orders import wording as order_wording

        personal.register(HOLDING)
        emptying.register(PART)
        for beginning in telling.BEGINNINGS:
            order_wording.register_teller(beginning, telling.tell)
        order_coming.register(coming.of_cases)
        order_facts.register(facts.beyond)
        order_waiting.register(waiting.waiting)
        order_steps.register("case", filing.case)
        order_steps.register("claim", filing.claim)
        order_steps.register("claim_cost", filing.claim_cost)
        for code, rule in {
            "accept_offer": talking.accept_offer,
            "offer": talking.offer,
            "reject_offer": talking.reject_offer,
            "withdraw_offer": talking.withdraw_offer,
            "seal": talking.seal,
            "choose_inspector": deciding.choose_inspector,
            "appeal": deciding.appeal,
            "waive": deciding.waive,
            "ship_return": performing.ship_return,
            "ship_replacement": performing.ship_replacement,
            "accept_performance": performing.accept_performance,
            "contest_performance": performing.contest_performance,
            "record_delivery": performing.record_delivery,
            "evidence": casework.evidence,
            "extend": casework.extend,
            "escalate": casework.escalate,
            "withdraw_claim": casework.withdraw_claim,
            "message": casework.message,
        }.items():
            steps.register(code, rule)
        proof.register("I4c", invariants.awards_within_cover)
        proof.register("I5b", invariants.disputes_hold)
