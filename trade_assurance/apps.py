from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "trade_assurance"
    label = "site_pages"

    def ready(self):
        from trade_assurance import celery  # noqa: F401  shared tasks find the app that sends them
