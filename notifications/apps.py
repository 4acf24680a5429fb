from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self):
        from accounts import mails, personal
        from notifications import fanout, inbox
        from notifications.mail_kinds import KINDS
        from notifications.personal import HOLDING
        from notifications.webhooks import payloads, telling
        from orders import opened

        fanout.register(inbox.hear)
        fanout.register(payloads.deliver)
        opened.register(inbox.opened)
        personal.register(HOLDING)
        mails.register(*KINDS)
        mails.register(
            mails.Kind(
                telling.KIND,
                "team",
                "We turned a webhook off",
                "notifications/email/webhook_off",
                "Your systems would miss events and nobody would know.",
            ),
        )
