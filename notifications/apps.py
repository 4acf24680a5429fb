from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self):
        from django.core import checks
        from django.utils.translation import gettext_lazy as _lazy

        from accounts import mails, personal
        from notifications import fanout, inbox
        from notifications.mail_kinds import KINDS
        from notifications.personal import HOLDING
        from notifications.push import keys
        from notifications.webhooks import payloads, telling
        from orders import opened

        checks.register(keys.check)
        fanout.register(inbox.hear)
        fanout.register(payloads.deliver)
        opened.register(inbox.opened)
        personal.register(HOLDING)
        mails.register(*KINDS)
        mails.register(
            mails.Kind(
                telling.KIND,
                "team",
                _lazy("We turned a webhook off"),
                "notifications/email/webhook_off",
                _lazy("Your systems would miss events and nobody would know."),
            ),
        )
