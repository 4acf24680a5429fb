from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self):
        from django.utils.translation import gettext_lazy as _lazy

        from accounts import mails, personal
        from ledger import proof
        from orders import amend_words, coming, invariants, review_words, steps, tracking_words, wording
        from orders.personal import HOLDING
        from orders.receipt_words import tell_later, tell_photo
        from orders.steps import agreeing, amending, delivering, keeping, receiving, reviewing
        from orders.tracking import checks  # noqa: F401 - registers itself

        for code, rule in {
            "edit": agreeing.edit,
            "accept": agreeing.accept,
            "answer_amendment": amending.answer,
            "confirm_production": agreeing.confirm_production,
            "ship": delivering.ship,
            "confirm_receipt": delivering.confirm_receipt,
            "keep_late": keeping.keep_late,
            "extend_confirm": delivering.extend_confirm,
            "later_receipt": receiving.later_receipt,
            "propose_cancel": agreeing.propose_cancel,
            "amend": amending.amend,
            "decline_amendment": amending.decline,
            "withdraw_amendment": amending.withdraw,
            "withdraw_proposal": agreeing.withdraw_proposal,
            "cancel": agreeing.cancel,
            "message": delivering.write,
            "review": reviewing.review,
            "reply": reviewing.reply,
            "revise": reviewing.revise,
        }.items():
            steps.register(code, rule)
        coming.register(coming.of_order)
        coming.register(tracking_words.coming)
        coming.register(amend_words.coming)
        wording.register_teller("amendment", amend_words.tell)
        wording.register_teller("review", review_words.tell)
        wording.register_teller("tracking", tracking_words.tell)
        wording.register_teller("receipt_photo", tell_photo)
        wording.register_teller("later_receipt", tell_later)
        personal.register(HOLDING)
        mails.register(
            mails.Kind(
                "orders.available",
                "orders",
                _lazy("Goods are made available to you"),
                "orders/email/available",
                always=_lazy("It is the notice that your contract asks for, and time runs from it."),
            ),
            mails.Kind(
                "orders.late",
                "orders",
                _lazy("An order is late"),
                "orders/email/late",
                always=_lazy("The time to prove shipment, and your choices, run from then."),
            ),
            mails.Kind(
                "orders.later_receipt",
                "orders",
                _lazy("A later receipt is proven, or not"),
                "orders/email/later_receipt",
                always=_lazy("It says when protection ends."),
            ),
            mails.Kind(
                "orders.amendment_proposed",
                "orders",
                _lazy("A change of your contract is proposed"),
                "orders/email/amendment_proposed",
            ),
            mails.Kind(
                "orders.amended",
                "orders",
                _lazy("A contract of yours was changed"),
                "orders/email/amended",
                always=_lazy("It says what your contract is now, and which money moves."),
            ),
            mails.Kind(
                "orders.amendment_closed",
                "orders",
                _lazy("A proposed change of a contract has ended without being signed"),
                "orders/email/amendment_closed",
            ),
            mails.Kind(
                "reviews.ask", "reviews", _lazy("How did your order go, after you received it"), "orders/email/review"
            ),
            mails.Kind(
                "reviews.replied", "reviews", _lazy("A supplier replied to your review"), "orders/email/review_replied"
            ),
            mails.Kind(
                "reviews.written",
                "reviews",
                _lazy("A buyer reviewed an order of your company"),
                "orders/email/review_written",
            ),
            mails.Kind(
                "reviews.revised",
                "reviews",
                _lazy("A buyer revised a review of your company"),
                "orders/email/review_revised",
            ),
        )
        proof.register("I3", invariants.escrow_adds_up)
        proof.register("I4", invariants.refunds_within_cleared)
        proof.register("I5", invariants.held_stays)
        proof.register("I6", invariants.events_chain)
        proof.register("I9", invariants.reservations_add_up)
