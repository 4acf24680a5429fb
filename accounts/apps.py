from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from django.utils.translation import gettext_lazy as _lazy

        from accounts.mails import Kind, register

        always = _lazy("It shows what was done with your account, so that you see what was not you.")
        register(
            Kind(
                "security.account",
                "security",
                _lazy("Your address, your password, signing up"),
                "account/email/",
                always,
            ),
            Kind("security.erasure", "security", _lazy("Your wish to be erased"), "accounts/email/erasure", always),
            Kind("security.key", "security", _lazy("Keys that act as you"), "accounts/email/key_made", always),
            Kind("security.factor", "security", _lazy("Your second factor"), "mfa/email/", always),
        )
