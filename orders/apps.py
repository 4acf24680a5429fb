from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self):
        from accounts import mails
        from ledger import proof
        from orders import invariants, review_words, steps, wording
        from orders.steps import agreeing, delivering, reviewing

        for code, rule in {
            "edit": agreeing.edit,
            "accept": agreeing.accept,
            "confirm_production": agreeing.confirm_production,
            "ship": delivering.ship,
            "confirm_receipt": delivering.confirm_receipt,
            "extend_confirm": delivering.extend_confirm,
            "propose_cancel": agreeing.propose_cancel,
            "withdraw_proposal": agreeing.withdraw_proposal,
            "cancel": agreeing.cancel,
            "message": delivering.write,
            "review": reviewing.review,
            "reply": reviewing.reply,
            "revise": reviewing.revise,
        }.items():
            steps.register(code, rule)
        wording.register_teller("review", review_words.tell)
        mails.register(
            mails.Kind("reviews.ask", "reviews", "How did your order go, after you received it", "orders/email/review"),
            mails.Kind(
                "reviews.replied", "reviews", "A supplier replied to your review", "orders/email/review_replied"
            ),
            mails.Kind(
                "reviews.written",
                "reviews",
                "A buyer reviewed an order of your company",
                "orders/email/review_written",
            ),
            mails.Kind(
                "reviews.revised",
                "reviews",
                "A buyer revised a review of your company",
                "orders/email/review_revised",
            ),
        )
        proof.register("I3", invariants.escrow_adds_up)
        proof.register("I4", invariants.refunds_within_cleared)
        proof.register("I5", invariants.held_stays)
        proof.register("I6", invariants.events_chain)
        proof.register("I9", invariants.reservations_add_up)
