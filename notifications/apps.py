from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self):
        from accounts import mails
        from notifications import fanout
        from notifications.webhooks import payloads, telling

        fanout.register(payloads.deliver)
        mails.register(
            mails.Kind(
                telling.KIND,
                "team",
                "We turned a webhook off",
                "notifications/email/webhook_off",
                "Your systems would miss events and nobody would know.",
            ),
        )
