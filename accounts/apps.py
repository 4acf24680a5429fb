from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts.mails import Kind, register

        always = "It shows what was done with your account, so that you see what was not you."
        register(
            Kind("security.account", "security", "Your address, your password, signing up", "account/email/", always),
            Kind("security.erasure", "security", "Your wish to be erased", "accounts/email/erasure", always),
            Kind("security.key", "security", "Keys that act as you", "accounts/email/key_made", always),
            Kind("security.factor", "security", "Your second factor", "mfa/email/", always),
        )
