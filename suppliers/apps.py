from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    name = "suppliers"

    def ready(self):
        from accounts import personal
        from accounts.mails import Kind, register
        from suppliers.personal import HOLDING

        personal.register(HOLDING)
        register(
            Kind(
                "payments.payout_account",
                "payments",
                "A new account for your company’s payouts",
                "suppliers/email/payout_account",
                "It is about where money goes, and there are only some hours to take it back.",
            ),
            Kind(
                "reviews.standing",
                "reviews",
                "Penalty points pause or remove your company",
                "suppliers/email/standing",
                "Your company loses rights by it.",
            ),
            Kind(
                "team.verified",
                "team",
                "Your company was verified, or could not be yet",
                "suppliers/email/verification",
            ),
            Kind(
                "team.verification_ends",
                "team",
                "Your company’s verification ends, or has ended",
                "suppliers/email/verification",
                "The protection limit falls when nobody acts by then.",
            ),
            Kind(
                "team.status",
                "team",
                "Our staff pause or remove your company, or let it trade again",
                "suppliers/email/status",
                "It decides whether your company gets new orders.",
            ),
            Kind(
                "team.product",
                "team",
                "Our staff take a product out of the directory, or let it back",
                "suppliers/email/product",
                "It decides whether buyers find what you offer.",
            ),
            Kind(
                "team.invitation",
                "team",
                "A company invites you to its team",
                "suppliers/email/invitation",
                "The link in it is nowhere else.",
            ),
        )
