from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    name = "suppliers"

    def ready(self):
        from django.utils.translation import gettext_lazy as _lazy

        from accounts import personal
        from accounts.mails import Kind, register
        from suppliers.personal import HOLDING

        personal.register(HOLDING)
        register(
            Kind(
                "payments.payout_account",
                "payments",
                _lazy("A new account for your company’s payouts"),
                "suppliers/email/payout_account",
                _lazy("It is about where money goes, and there are only some hours to take it back."),
            ),
            Kind(
                "reviews.standing",
                "reviews",
                _lazy("Penalty points pause or remove your company"),
                "suppliers/email/standing",
                _lazy("Your company loses rights by it."),
            ),
            Kind(
                "team.verified",
                "team",
                _lazy("Your company was verified, or could not be yet"),
                "suppliers/email/verification",
            ),
            Kind(
                "team.verification_ends",
                "team",
                _lazy("Your company’s verification ends, or has ended"),
                "suppliers/email/verification",
                _lazy("The protection limit falls when nobody acts by then."),
            ),
            Kind(
                "team.status",
                "team",
                _lazy("Our staff pause or remove your company, or let it trade again"),
                "suppliers/email/status",
                _lazy("It decides whether your company gets new orders."),
            ),
            Kind(
                "team.product",
                "team",
                _lazy("Our staff take a product out of the directory, or let it back"),
                "suppliers/email/product",
                _lazy("It decides whether buyers find what you offer."),
            ),
            Kind(
                "team.invitation",
                "team",
                _lazy("A company invites you to its team"),
                "suppliers/email/invitation",
                _lazy("The link in it is nowhere else."),
            ),
        )
