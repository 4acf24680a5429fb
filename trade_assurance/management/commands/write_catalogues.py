from django.conf import settings
from django.core.management.base import BaseCommand

from trade_assurance import catalogue


class Command(BaseCommand):
    help = "Write today's messages into locale/, keeping the translations; says how many each language lacks."

    def handle(self, **options):
        for language in catalogue.languages():
            path = catalogue.path(language)
            text = catalogue.written(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
            lacking = len(catalogue.missing(language))
            self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} written, {lacking} messages not translated")
