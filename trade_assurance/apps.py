from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "trade_assurance"
    label = "site_pages"
